/* segment/uptake.h - connected regions of activity where none should be. */
#ifndef OT_SEGMENT_UPTAKE_H
#define OT_SEGMENT_UPTAKE_H

#include <stddef.h>

#include "core/err.h"
#include "core/volume.h"

struct ot_uptake {
    double center_mm[3]; /* LPS, weighted by activity */
    double volume_ml;
    double mean, max; /* of the values */
    double share;     /* of the sum of all values, 0..1 */
};

/* Regions of voxels whose value is above `threshold` and whose weight in `allowed` is over one
 * half, voxels that touch being connected; only those of at least `least_ml`. The largest share
 * comes first.
 *
 * values, allowed  on one grid.
 * regions          owned by the caller (ot_free); NULL and 0 where there are none.
 * Errors: OT_ERR_UNSUPPORTED (a build without ITK), OT_ERR_EXTERNAL, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_uptake_find(const struct ot_volume *values,
                                        const struct ot_volume *allowed, double threshold,
                                        double least_ml, struct ot_uptake **regions, size_t *count,
                                        struct ot_err *err);

#endif /* OT_SEGMENT_UPTAKE_H */
