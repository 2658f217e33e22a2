/* kernels/voxel_s.h - voxel S values for any voxel size and density, from a radial kernel.
 *
 * f_ijk, the fraction of the energy emitted uniformly in one voxel that another voxel at offset
 * (i,j,k) absorbs, is the radial energy distribution F(r) averaged over both voxels:
 *     f_ijk = int F(r) G_ijk(r) dr,
 *     G_ijk(r) = mean over directions u of L(r u_x/a - i) L(r u_y/b - j) L(r u_z/c - k),
 *     L(t) = max(0, 1 - |t|), voxel a x b x c.
 * No source or target points are sampled. S_ijk = f_ijk * energy per decay / voxel mass.
 */
#ifndef OT_KERNELS_VOXEL_S_H
#define OT_KERNELS_VOXEL_S_H

#include <stddef.h>

#include "core/err.h"
#include "core/radial_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_voxel_s {
    size_t radius[3]; /* largest offset along i, j, k that holds energy */
    double spacing_mm[3];
    double density_g_per_cm3;
    double energy_mev; /* absorbed per decay over all offsets */
    double *octant;    /* owned; f for offsets >= 0, (radius[0]+1)(radius[1]+1)(radius[2]+1), i
                          fastest; summed over all signs of the offsets exactly 1 */
    char nuclide[16];
    char medium[16];
    char table_sha256[65]; /* of the radial kernel */
};

/* Voxel S values of voxels of spacing_mm (0.2 to 50) in a medium of the given density
 * (0.05 to 5 g/cm3): radii of the table are scaled by its density over this one.
 *
 * Only shells within the table's beta range are used; their energy is scaled to
 * energy_mev_per_decay (> 0), so that the fractions sum to 1. Outer planes of offsets that hold
 * less than 1e-7 of the energy are left out.
 * Accuracy: integration error below 1e-5 of any f > 1e-3 f_000 for voxels of 2 mm and more
 * out     owned by the caller (ot_voxel_s_destroy); NULL on failure.
 * Errors: OT_ERR_RANGE (voxel size, density, energy, more than 256 voxels within the range, the
 *         table as ot_radial_kernel_validate()), OT_ERR_NOMEM.
 * Threads: bits are equal for any number. */
OT_MUST_CHECK enum ot_rc ot_voxel_s_create(const struct ot_radial_kernel *radial,
                                           const double spacing_mm[3], double density_g_per_cm3,
                                           double energy_mev_per_decay, int threads,
                                           struct ot_voxel_s **out, struct ot_err *err);
void ot_voxel_s_destroy(struct ot_voxel_s *kernel); /* NULL is fine */

/* f at a signed offset; 0 beyond the radius. */
double ot_voxel_s_fraction(const struct ot_voxel_s *kernel, ptrdiff_t di, ptrdiff_t dj,
                           ptrdiff_t dk);
/* S at a signed offset in mGy/(MBq s): f * energy / (density * voxel volume). */
double ot_voxel_s_mgy_per_mbq_s(const struct ot_voxel_s *kernel, ptrdiff_t di, ptrdiff_t dj,
                                ptrdiff_t dk);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_VOXEL_S_H */
