/* segment/consistency.h - VOIs that hardly fit each other, or a person. */
#ifndef OT_SEGMENT_CONSISTENCY_H
#define OT_SEGMENT_CONSISTENCY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/text.h"
#include "core/voi.h"

/* What adults have, diseased or not: liver 600 to 5000 ml (ICRP 89: 1400 to 1800 g), lungs 1000 to
 * 9000 ml (ICRP 89: 2700 ml at the end of breathing out, 7000 ml at most). False for other roles.
 */
bool ot_voi_expected_ml(enum ot_role role, double *least_ml, double *most_ml);

/* Under 27 voxels, or less than a sphere of 20 mm: blur and voxels take much of its dose, and the
 * ends of its DVH are those of a few voxels. */
bool ot_voi_is_small(const struct ot_voi *voi);

/* Adds a warning for each of:
 *   - over 1 % of a tumor or of a territory outside the liver, of the liver in the lungs;
 *   - a liver or lungs of a volume that no adult has;
 *   - a liver that lies on the left of the lungs' or the body's middle: left and right may be
 *     exchanged;
 *   - a small tumor or thrombus.
 * vois: on one grid; derived ones are passed over.
 * Errors: OT_ERR_RANGE (over 20 % of a tumor outside the liver, or of the liver in the lungs),
 *   OT_ERR_GEOMETRY, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_vois_check(const struct ot_voi *vois, size_t count,
                                       struct ot_texts *warnings, struct ot_err *err);

#endif /* OT_SEGMENT_CONSISTENCY_H */
