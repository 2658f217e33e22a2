/* segment/body.h - the patient's body in a CT. */
#ifndef OT_SEGMENT_BODY_H
#define OT_SEGMENT_BODY_H

#include "core/err.h"
#include "core/volume.h"

/* 1 in every voxel that is not air connected to the sides of the image: voxels below -300 HU
 * that are reached from the faces at the ends of axes i and j, face by face, are outside; all
 * others, lungs and bowel gas included, are body. (The ends of axis k may cut through lungs.)
 * A table the patient lies on counts as body.
 *
 * hu    OT_UNIT_HU.
 * body  owned by the caller; OT_UNIT_NONE, 0 or 1; NULL on failure.
 * Errors: OT_ERR_UNIT, OT_ERR_RANGE (no voxel is body), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_body_from_hu(const struct ot_volume *hu, struct ot_volume **body,
                                         struct ot_err *err);

#endif /* OT_SEGMENT_BODY_H */
