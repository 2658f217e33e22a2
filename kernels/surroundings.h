/* kernels/surroundings.h - which voxels have one density and one medium all around. */
#ifndef OT_KERNELS_SURROUNDINGS_H
#define OT_KERNELS_SURROUNDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { OT_KIND_MIXED = 255 };

/* uniform[x] = 1 where every voxel of the grid within reach/rho of x (in the box of that half
 * width, so rather too far) is of x's kind and differs from x's density by at most 2 %; 0
 * elsewhere. The reach of a voxel is that of the least dense one of its kind and of its
 * band (densities between powers of two), so rather too far again.
 *
 * density_g_per_cm3  a value for each voxel, 0 outside the body: never uniform, nor its
 *                    surroundings. Beyond the grid there is nothing to differ.
 * kind               of each voxel: 0.. or OT_KIND_MIXED, which is never uniform
 * Errors: OT_ERR_NOMEM. Threads: equal results for any number. */
OT_MUST_CHECK enum ot_rc ot_surroundings_uniform(const struct ot_grid *grid,
                                                 const float *density_g_per_cm3,
                                                 const uint8_t *kind, double reach_g_per_cm2,
                                                 int threads, uint8_t *uniform, struct ot_err *err);

/* near[x] = 1 where within `reach_mm` of x (in the box) some value is not 0. With `beyond_grid`,
 * all that is beyond the grid is not 0. Errors, threads: as above. */
OT_MUST_CHECK enum ot_rc ot_surroundings_near(const struct ot_grid *grid, const float *value,
                                              double reach_mm, bool beyond_grid, int threads,
                                              uint8_t *near, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_SURROUNDINGS_H */
