/* cli/selftest_kernels.c - voxel S values against a Monte Carlo calculation that shares no code
 * with the program. */
#include "cli/selftest_parts.h"

#include "core/radial_kernel.h"
#include "io/kernel_table.h"
#include "kernels/nuclide.h"

enum ot_rc ot_selftest_kernel(const char *medium, const double spacing_mm[3], int threads,
                              struct ot_voxel_s **out, struct ot_err *err)
{
    struct ot_radial_kernel *radial = NULL;
    enum ot_rc rc = ot_kernel_table_load("Y-90", medium, &radial, err);
    if (rc == OT_OK) {
        rc = ot_voxel_s_create(radial, spacing_mm, radial->density_g_per_cm3,
                               ot_dose_constant_mev_per_decay(&OT_Y90_DEFAULT), threads, out, err);
    }
    ot_radial_kernel_destroy(radial);
    return rc;
}

/* Values of the Monte Carlo voxel tables, mGy/(MBq s), statistics 0.03 to 0.1 %: PENELOPE-2018
 * physics, each deposit scored in the voxel it falls in, no kernel used; 0.92989 (water) and
 * 0.92997 (liver) MeV per decay within the beta range. */
struct reference {
    const char *medium;
    double edge_mm, local_mev;
    struct {
        int offset[3];
        double s;
    } values[3];
};

static const struct reference references[] = {
    {"water", 3.0, 0.92989, {{{0, 0, 0}, 1.5971}, {{1, 0, 0}, 0.28049}, {{1, 1, 0}, 0.099029}}},
    {"liver", 4.42, 0.92997, {{{0, 0, 0}, 0.68191}, {{1, 0, 0}, 0.096096}, {{1, 1, 0}, 0.024254}}},
};

static enum ot_rc hold_kernel(struct ot_selftest *t, const struct reference *reference,
                              struct ot_err *err)
{
    const double spacing_mm[3] = {reference->edge_mm, reference->edge_mm, reference->edge_mm};
    const double mev = ot_dose_constant_mev_per_decay(&OT_Y90_DEFAULT);
    struct ot_voxel_s *kernel = NULL;
    const enum ot_rc rc =
        ot_selftest_kernel(reference->medium, spacing_mm, t->threads, &kernel, err);
    for (size_t n = 0; rc == OT_OK && n < 3; n++) {
        const int *d = reference->values[n].offset;
        ot_selftest_add(
            t, (struct ot_selftest_case){
                   .group = "kernels",
                   .name = ot_texts_add(&t->pool, "S of voxel %d,%d,%d, %g mm %s", d[0], d[1], d[2],
                                        reference->edge_mm, reference->medium),
                   .truth = "Monte Carlo with PENELOPE-2018 physics, scored voxel by voxel, "
                            "scaled to the same energy per decay",
                   .unit = "mGy/(MBq s)",
                   .expected = reference->values[n].s * mev / reference->local_mev,
                   .obtained = ot_voxel_s_mgy_per_mbq_s(kernel, d[0], d[1], d[2]),
                   .tolerance = 0.01,
                   .relative = true});
    }
    ot_voxel_s_destroy(kernel);
    return rc;
}

enum ot_rc ot_selftest_kernels(struct ot_selftest *t, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < sizeof references / sizeof references[0]; n++) {
        rc = hold_kernel(t, &references[n], err);
    }
    return rc;
}
