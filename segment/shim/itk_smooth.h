/* segment/shim/itk_smooth.h - Gaussian smoothing and gradients, by ITK. */
#ifndef OT_SEGMENT_SHIM_ITK_SMOOTH_H
#define OT_SEGMENT_SHIM_ITK_SMOOTH_H

#include "core/err.h"
#include "core/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `values` convolved with a Gaussian of standard deviation sigma_mm along each axis; beyond the
 * image the value at its face goes on. values, smooth: ot_grid_voxel_count(grid), the caller's.
 * Errors: OT_ERR_EXTERNAL (ITK's text), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc otx_smooth_gaussian(const float *values, const struct ot_grid *grid,
                                             double sigma_mm, float *smooth, struct ot_err *err);

/* |grad| of `values` per mm, smoothed likewise. */
OT_MUST_CHECK enum ot_rc otx_gradient_magnitude(const float *values, const struct ot_grid *grid,
                                                double sigma_mm, float *gradient,
                                                struct ot_err *err);

/* Watershed of `relief` grown from marked voxels: marker[x] 0 is free, 1 and 2 are the two basins.
 * basin[x] is 1 or 2 for every voxel that a marker reaches through face neighbors.
 * Errors: as above.
 * Source: Beare, Lehmann, The Insight Journal 2006, watershed from markers (Meyer's flooding). */
OT_MUST_CHECK enum ot_rc otx_watershed(const float *relief, const unsigned char *marker,
                                       const struct ot_grid *grid, unsigned char *basin,
                                       struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_SEGMENT_SHIM_ITK_SMOOTH_H */
