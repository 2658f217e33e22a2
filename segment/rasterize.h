/* segment/rasterize.h - regions as files hold them, to fractions of voxels.
 *
 * Masks: exact overlap of voxel boxes (core/resample.h). Contours: closed planar polygons. Each
 * plane stands for a slab that reaches half way to the neighboring planes (the rules for ends
 * and gaps: segment/contour_planes.h). Polygons of a plane are combined by even-odd: holes,
 * islands and keyholes come out right. Where the grid has an axis along the normal of the
 * planes, the fraction is the exact area of the polygons in each pixel times the overlap with
 * the slabs; otherwise the polygons are rasterized so on a fine grid of their own, which is then
 * resampled.
 * Bits are equal for every thread count.
 */
#ifndef OT_SEGMENT_RASTERIZE_H
#define OT_SEGMENT_RASTERIZE_H

#include <stddef.h>

#include "core/err.h"
#include "core/grid.h"
#include "core/voi.h"
#include "core/volume.h"
#include "segment/contour_planes.h"

/* The fraction, 0..1, of each voxel of `grid` that lies in the region.
 *
 * fraction        owned by the caller; unit OT_UNIT_NONE; NULL on failure.
 * inside_fraction part of the region's volume that lies inside the grid, 0..1; NULL: not asked.
 * Errors: OT_ERR_GEOMETRY when the region "lies outside the image", when contours are not
 *   planar (0.1 mm), not parallel (0.5 degrees), or lie in one plane only;
 *   OT_ERR_FORMAT when the region is empty, or a contour has under 3 points or one that is not
 *   finite; OT_ERR_NOMEM. The text begins with the region's part, so that a caller can put the
 *   VOI's name in front. */
OT_MUST_CHECK enum ot_rc ot_region_to_fraction(const struct ot_region *region,
                                               const struct ot_grid *grid, int threads,
                                               struct ot_volume **fraction, double *inside_fraction,
                                               struct ot_err *err);

/* The same for bare contours. slice_mm: thickness of a slab where there is one plane only, as a
 * file may state it; 0: not known. */
OT_MUST_CHECK enum ot_rc ot_contours_to_fraction(const struct ot_contour_set *set, double slice_mm,
                                                 const struct ot_grid *grid, int threads,
                                                 struct ot_volume **fraction,
                                                 double *inside_fraction, struct ot_err *err);

/* The same for contours whose planes are known, as for several grids. planes: of `set`. */
OT_MUST_CHECK enum ot_rc ot_planes_to_fraction(const struct ot_contour_set *set,
                                               const struct ot_contour_planes *planes,
                                               const struct ot_grid *grid, int threads,
                                               struct ot_volume **fraction, double *inside_fraction,
                                               struct ot_err *err);

/* Volume of the region itself, on no grid: sum of mask * voxel volume, or of even-odd contour
 * areas times slab thickness. Errors: as ot_region_to_fraction(). */
OT_MUST_CHECK enum ot_rc ot_region_volume_ml(const struct ot_region *region, double *volume_ml,
                                             struct ot_err *err);

/* The finest of the grids that the regions live on, around the box of the first region only (so
 * that memory stays bounded): where the others reach beyond it they cannot matter to the
 * question how much of the first lies inside them. A contour set counts as a grid of its
 * planes' distance by 1 mm by 1 mm. Over 2^26 voxels are made coarser.
 * Pre: count >= 1. Errors: as ot_region_to_fraction(). */
OT_MUST_CHECK enum ot_rc ot_region_finest_grid(const struct ot_region *const *regions, size_t count,
                                               struct ot_grid *out, struct ot_err *err);

/* The same about the boxes of all regions, with at most 2^23 voxels: for lengths and overlaps. */
OT_MUST_CHECK enum ot_rc ot_regions_common_grid(const struct ot_region *const *regions,
                                                size_t count, struct ot_grid *out,
                                                struct ot_err *err);

#endif /* OT_SEGMENT_RASTERIZE_H */
