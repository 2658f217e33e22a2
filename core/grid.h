/* core/grid.h - where voxels are: size, spacing, origin and orientation.
 *
 * Coordinates are DICOM patient coordinates (LPS+) in millimetres. Index i runs
 * fastest in memory, then j, then k: voxel (i,j,k) is element i + nx*(j + ny*k).
 */
#ifndef OT_CORE_GRID_H
#define OT_CORE_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_grid {
    size_t n[3];          /* voxels along i, j, k; each >= 1 */
    double spacing_mm[3]; /* distance between voxel centres; each > 0 */
    double origin_mm[3];  /* centre of voxel (0,0,0) */
    double dir[3][3];     /* dir[r][c]: LPS component r of unit axis c */
};

/* Checks every invariant above, that `dir` is orthonormal and right-handed to
 * 1e-4, and that the voxel count fits size_t.
 * Errors: OT_ERR_GEOMETRY naming the first field that fails. */
OT_MUST_CHECK enum ot_rc ot_grid_validate(const struct ot_grid *grid, struct ot_err *err);

/* Pre: `grid` passed ot_grid_validate(). */
size_t ot_grid_voxel_count(const struct ot_grid *grid);
double ot_grid_voxel_volume_ml(const struct ot_grid *grid);

/* True when sizes are equal and every voxel centre agrees within `tol_mm`. */
bool ot_grid_same(const struct ot_grid *a, const struct ot_grid *b, double tol_mm);

/* Centre of the voxel at the (fractional) index, LPS mm: origin + dir * (spacing * index). */
void ot_grid_to_point(const struct ot_grid *grid, const double index[3], double point_mm[3]);

/* The inverse: fractional index of a point; dir is orthonormal, so its transpose is used. */
void ot_grid_to_index(const struct ot_grid *grid, const double point_mm[3], double index[3]);

/* True when every axis of `a` is parallel or antiparallel to an axis of `b` within 1e-4 (the
 * cosine's distance from 0 or 1). On success axis[c] is the axis of `a` that runs along axis c
 * of `b` and sign[c] is +1 or -1. Spacings and origins may differ. */
bool ot_grid_axes_aligned(const struct ot_grid *a, const struct ot_grid *b, size_t axis[3],
                          int sign[3]);

/* The part of `grid` that starts at voxel first[] and has n[] voxels. Pre: it fits. */
struct ot_grid ot_grid_part(const struct ot_grid *grid, const size_t first[3], const size_t n[3]);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_GRID_H */
