/* tests/support/kernel.h - the shipped kernels of Y-90, which must load. */
#ifndef OT_TESTS_SUPPORT_KERNEL_H
#define OT_TESTS_SUPPORT_KERNEL_H

#include "core/grid.h"
#include "core/radial_kernel.h"
#include "kernels/mass_depth.h"
#include "kernels/voxel_s.h"

/* All are the caller's to destroy. */
struct ot_radial_kernel *ot_test_radial(const char *medium);
struct ot_mass_depth *ot_test_mass_depth(const char *medium);
/* Voxel S values of voxels of a x b x c mm, with an energy per decay of one's own. */
struct ot_voxel_s *ot_test_voxel_s_box(const char *medium, double density_g_per_cm3, double a,
                                       double b, double c, double energy_mev);
/* Voxel S values of the grid's voxels, with the energy of the default dose constant. */
struct ot_voxel_s *ot_test_voxel_s(const char *medium, double density_g_per_cm3,
                                   const struct ot_grid *grid);

#endif /* OT_TESTS_SUPPORT_KERNEL_H */
