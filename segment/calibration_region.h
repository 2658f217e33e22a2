/* segment/calibration_region.h - where the counts of a relative calibration are summed. */
#ifndef OT_SEGMENT_CALIBRATION_REGION_H
#define OT_SEGMENT_CALIBRATION_REGION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/voi.h"
#include "core/volume.h"

/* Weight of each voxel, 0..1, in the sum of counts over a region:
 *   fov          1
 *   body, liver  fraction of the VOI
 *   liver+lungs  min(1, f_liver + f_lungs)
 *   liver+MM     1 where the voxel's centre is within MM mm of the liver, less the lungs
 *   NAME         fraction of the perfused VOI of that name (`perfused`: of all of them)
 * each less the exclude VOIs: max(0, w - min(1, sum f_exclude)).
 * The liver's surface for liver+MM is where the linearly interpolated fraction is 0.5, found on
 * a grid three times finer; distances are good to a third of a voxel.
 *
 * vois         on `grid`.
 * weights      owned by the caller; NULL on failure.
 * holds_lungs  true for fov, body, liver+lungs: the net activity there includes the shunt.
 * Errors: OT_ERR_ARG (a tumor, thrombus, lungs or exclude VOI as region, or one that is not
 *   given), OT_ERR_GEOMETRY (a VOI on another grid), OT_ERR_UNSUPPORTED (liver+MM in a build
 *   without ITK), OT_ERR_EXTERNAL, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_region_weights(const char *region, const struct ot_voi *vois,
                                           size_t count, const struct ot_grid *grid,
                                           struct ot_volume **weights, bool *holds_lungs,
                                           struct ot_err *err);

#endif /* OT_SEGMENT_CALIBRATION_REGION_H */
