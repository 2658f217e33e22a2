/* segment/refine.h - a region's neighborhood on a finer grid, where its surface is at home.
 *
 * A region's surface is where its linearly interpolated fraction is 0.5, or where it encloses the
 * region's own volume: the first shrinks what is thin, by 0.2 mm a rod of three voxels. It is found
 * on a grid three or five times finer, so that lengths are good to a third or a tenth of a voxel.
 */
#ifndef OT_SEGMENT_REFINE_H
#define OT_SEGMENT_REFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/volume.h"

struct ot_refined {
    size_t first[3];     /* of the part of the region's grid that is refined */
    size_t parts;        /* sub-voxels per axis: 5, 3 or 1; odd keeps the centers */
    struct ot_grid grid; /* the fine one */
    unsigned char
        *inside; /* owned; 1 where the interpolated fraction is that of the surface or more */
};

enum { OT_REFINE = 3, OT_REFINE_SMALL = 5 };

enum ot_surface_level { OT_SURFACE_AT_HALF, OT_SURFACE_KEEPS_VOLUME };

/* `parts`: sub-voxels per axis, odd; 1 leaves the grid as it is, twenty times faster than 3. Where
 * the grid would have over 2^23 voxels, 3 do; where it had over 2^26, 1.
 * The part of the region's grid that holds it and `reach_mm` along each grid axis beyond it.
 * Errors: OT_ERR_RANGE (the region is empty, or fills no voxel by half or, where its volume is
 * kept, not half a sub-voxel), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_refined_init(const struct ot_volume *region, const double reach_mm[3],
                                         size_t parts, enum ot_surface_level level,
                                         struct ot_refined *out, struct ot_err *err);
void ot_refined_release(struct ot_refined *refined);

/* Distance of each sub-voxel's center from the region (outwards; 0 or less within it), or its depth
 * in the region (!outwards; 0 or less outside), where a step of unit_mm[c] along grid axis c has
 * length 1. distance: as many values as refined->grid has voxels.
 * Errors: those of otx_itk_distance(). */
OT_MUST_CHECK enum ot_rc ot_refined_distance(const struct ot_refined *refined,
                                             const double unit_mm[3], bool outwards, int threads,
                                             float *distance, struct ot_err *err);

/* out[voxel] = share of the voxel's sub-voxels with mark != 0, in the refined part; the others are
 * left. Pre: `out` is on the grid that was refined. */
void ot_refined_share(const struct ot_refined *refined, const unsigned char *mark,
                      struct ot_volume *out);

#endif /* OT_SEGMENT_REFINE_H */
