/* segment/margin.h - voxels near a region. */
#ifndef OT_SEGMENT_MARGIN_H
#define OT_SEGMENT_MARGIN_H

#include "core/err.h"
#include "core/volume.h"

/* Sets weights to 1 where a voxel's center is within margin_mm of the region, and leaves the
 * others. The region's surface is where its linearly interpolated fraction is 0.5, found on a
 * grid three times finer (the same where that has over 2^26 voxels); distances are good to a
 * third of a voxel.
 * Pre: both on one grid.
 * Errors: OT_ERR_RANGE (the region fills no voxel by half), OT_ERR_UNSUPPORTED (a build without
 *   ITK), OT_ERR_EXTERNAL, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_margin_mark(const struct ot_volume *region, double margin_mm,
                                        struct ot_volume *weights, struct ot_err *err);

/* The same on the grid as it is: distances are good to half a voxel, in a twentieth of the time. */
OT_MUST_CHECK enum ot_rc ot_margin_mark_quickly(const struct ot_volume *region, double margin_mm,
                                                struct ot_volume *weights, struct ot_err *err);

#endif /* OT_SEGMENT_MARGIN_H */
