/* kernels/voxel_overlap.h - energy on spheres, shared out among the voxels it reaches. */
#ifndef OT_KERNELS_VOXEL_OVERLAP_H
#define OT_KERNELS_VOXEL_OVERLAP_H

#include <stddef.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Spheres of energy round a point: a radial kernel at the points of its quadrature. */
struct ot_spheres {
    size_t count;
    double *radius_mm; /* owned; ascending */
    double *fraction;  /* owned; of the energy, sums to 1 */
};

/* Offsets (+-i, +-j, +-k) that an offset of the octant stands for: 1, 2, 4 or 8. */
double ot_octant_multiplicity(size_t i, size_t j, size_t k);

/* Adds the overlap integral of voxel_s.h over all spheres to `f`, zeros at entry: the fraction of
 * the energy at each offset i, j, k >= 0, radius + 1 of each, i fastest. No sphere reaches beyond
 * radius * spacing. `order` points of polar angle are used from kink to kink.
 * Errors: OT_ERR_NOMEM. Threads: bits are equal for any number. */
OT_MUST_CHECK enum ot_rc ot_voxel_overlap(const struct ot_spheres *spheres,
                                          const double spacing_mm[3], const size_t radius[3],
                                          int order, int threads, double *f, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_VOXEL_OVERLAP_H */
