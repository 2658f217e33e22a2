/* tests/support/kernel.c - the shipped kernels of Y-90, which must load. */
#include "tests/support/kernel.h"

#include "io/kernel_table.h"
#include "kernels/nuclide.h"
#include "tests/support/ot_test.h"

struct ot_radial_kernel *ot_test_radial(const char *medium)
{
    struct ot_err err = {0};
    struct ot_radial_kernel *radial = NULL;
    assert_ok(ot_kernel_table_load("Y-90", medium, &radial, &err), err);
    return radial;
}

struct ot_mass_depth *ot_test_mass_depth(const char *medium)
{
    struct ot_err err = {0};
    struct ot_mass_depth *depth = NULL;
    struct ot_radial_kernel *radial = ot_test_radial(medium);
    assert_ok(ot_mass_depth_create(radial, &depth, &err), err);
    ot_radial_kernel_destroy(radial);
    return depth;
}

struct ot_voxel_s *ot_test_voxel_s_box(const char *medium, double density_g_per_cm3, double a,
                                       double b, double c, double energy_mev)
{
    struct ot_err err = {0};
    struct ot_voxel_s *kernel = NULL;
    struct ot_radial_kernel *radial = ot_test_radial(medium);
    const double spacing_mm[3] = {a, b, c};
    assert_ok(
        ot_voxel_s_create(radial, spacing_mm, density_g_per_cm3, energy_mev, 2, &kernel, &err),
        err);
    ot_radial_kernel_destroy(radial);
    return kernel;
}

struct ot_voxel_s *ot_test_voxel_s(const char *medium, double density_g_per_cm3,
                                   const struct ot_grid *grid)
{
    const double *mm = grid->spacing_mm;
    return ot_test_voxel_s_box(medium, density_g_per_cm3, mm[0], mm[1], mm[2],
                               ot_dose_constant_mev_per_decay(&OT_Y90_DEFAULT));
}
