/* segment/lungs.h - both lungs in a CT, without trachea and main bronchi. */
#ifndef OT_SEGMENT_LUNGS_H
#define OT_SEGMENT_LUNGS_H

#include <stdbool.h>

#include "core/err.h"
#include "core/volume.h"

struct ot_lungs {
    struct ot_volume *left;  /* owned; 0 or 1 on the CT's grid; NULL where there is none */
    struct ot_volume *right; /* the patient's right, as always */
    double airways_ml;       /* taken out of them; 0: none was found in them */
    bool parted;             /* they touched, and were parted where they are narrowest */
};

/* 1. Air is what is below -400 HU within the body (segment/body.h).
 * 2. Connected air of 50 ml and more is lung, unless half of it is below -950 HU: gas in trachea,
 *    stomach or bowel.
 * 3. Airways within it: the connected gas (below -930 HU after smoothing by a voxel, 1 mm at most)
 * of 3 to 150 ml whose middle is within 40 mm of the body's midline, and what is within 2 mm of it.
 * 4. Parts of 1 ml and more belong to the side that their middle is on. Lungs that touch are
 *    parted by a watershed from their cores. Holes are filled.
 * Vessels wider than a voxel are not in it.
 *
 * hu: OT_UNIT_HU. out: released by the caller with ot_lungs_release().
 * Errors: OT_ERR_UNIT, OT_ERR_RANGE (no lung: no connected part of 50 ml), OT_ERR_UNSUPPORTED (a
 *   build without ITK), OT_ERR_EXTERNAL, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_lungs_from_hu(const struct ot_volume *hu, int threads,
                                          struct ot_lungs *out, struct ot_err *err);
void ot_lungs_release(struct ot_lungs *lungs);

#endif /* OT_SEGMENT_LUNGS_H */
