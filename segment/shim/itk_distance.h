/* segment/shim/itk_distance.h - distance from a surface, by ITK's signed Maurer filter. */
#ifndef OT_SEGMENT_SHIM_ITK_DISTANCE_H
#define OT_SEGMENT_SHIM_ITK_DISTANCE_H

#include <stddef.h>

#include "core/err.h"
#include "core/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

/* distance_mm[x]: from each voxel's center to the center of the nearest voxel at the border of
 * the object (inside[x] != 0); negative within the object, 0 on its border voxels.
 * inside, distance_mm: ot_grid_voxel_count(grid) values, the caller's.
 * Errors: OT_ERR_EXTERNAL (ITK's text), OT_ERR_NOMEM.
 * Source: Maurer, Qi, Raghavan, IEEE Trans Pattern Anal Mach Intell 2003;25:265. */
OT_MUST_CHECK enum ot_rc otx_itk_distance(const unsigned char *inside, const struct ot_grid *grid,
                                          int threads, float *distance_mm, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_SEGMENT_SHIM_ITK_DISTANCE_H */
