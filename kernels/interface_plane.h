/* kernels/interface_plane.h - where in a voxel the border between two media runs.
 *
 * The border is taken as a plane (PLIC, after Youngs 1982, of fluid dynamics): its normal is the
 * gradient of the fraction, its place follows from the voxel's own fraction.
 */
#ifndef OT_KERNELS_INTERFACE_PLANE_H
#define OT_KERNELS_INTERFACE_PLANE_H

#include <stddef.h>

#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A point p, mm from the voxel's center along i, j, k, is in the inner part where
 * normal . p < offset_mm. */
struct ot_plane {
    double normal[3]; /* unit */
    double offset_mm;
};

/* Signed distance of a point, < 0 in the inner part. */
double ot_plane_distance_mm(const struct ot_plane *plane, const double point_mm[3]);

/* The plane of the direction `normal` (not zero; towards the outer part) that leaves the part
 * `inner` (0..1) of a voxel within. */
struct ot_plane ot_plane_at_fraction(const double normal[3], const double spacing_mm[3],
                                     double inner);

/* The plane of voxel (i, j, k), from the fraction `outer` of every voxel: gradient over 3 x 3 x 3
 * neighbors, those beyond the grid taken as the nearest in it. */
struct ot_plane ot_plane_in_voxel(const struct ot_volume *outer, const size_t at[3]);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_INTERFACE_PLANE_H */
