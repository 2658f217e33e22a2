/* kernels/mass_depth.c - shells of distance made into a table of absorbed parts. */
#include "kernels/mass_depth.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"

const double OT_MASS_DEPTH_STEP_G_PER_CM2 = 0.8e-4; /* 0.8 um of liver */

static const double CM_PER_MM = 0.1;
static const double ROUNDING_MM = 1e-9;
static const double BEYOND_REACH = 1e-4; /* of the energy */

/* The part absorbed up to r; *shell and *before_mev go on from the last, smaller r. */
static double absorbed_to(const struct ot_radial_kernel *radial, double r_mm, size_t *shell,
                          double *before_mev)
{
    const double end_mm = radial->beta_range_mm;
    while (radial->edge_mm[*shell + 1] < r_mm &&
           radial->edge_mm[*shell + 1] < end_mm - ROUNDING_MM) {
        *before_mev += radial->energy_mev[(*shell)++];
    }
    const double lo = radial->edge_mm[*shell];
    const double hi = radial->edge_mm[*shell + 1];
    const double part = r_mm < hi ? (r_mm - lo) / (hi - lo) : 1.0;
    return (*before_mev + part * radial->energy_mev[*shell]) / ot_radial_kernel_beta_mev(radial);
}

static void tabulate(const struct ot_radial_kernel *radial, struct ot_mass_depth *depth)
{
    const double step_mm = OT_MASS_DEPTH_STEP_G_PER_CM2 / (CM_PER_MM * radial->density_g_per_cm3);
    size_t shell = 0;
    double before_mev = 0.0;
    for (size_t n = 0; n <= depth->count; n++) {
        const double absorbed = absorbed_to(radial, step_mm * (double)n, &shell, &before_mev);
        depth->absorbed[n] = (float)absorbed;
        if (absorbed < 1.0 - BEYOND_REACH) {
            depth->reach_g_per_cm2 = OT_MASS_DEPTH_STEP_G_PER_CM2 * (double)(n + 1);
        }
    }
    depth->absorbed[depth->count] = 1.0F;
}

enum ot_rc ot_mass_depth_create(const struct ot_radial_kernel *radial, struct ot_mass_depth **out,
                                struct ot_err *err)
{
    *out = NULL;
    const enum ot_rc rc = ot_radial_kernel_validate(radial, err);
    if (rc != OT_OK) {
        return rc;
    }
    struct ot_mass_depth *depth = OT_NEW(struct ot_mass_depth, 1, err);
    if (depth == NULL) {
        return OT_ERR_NOMEM;
    }
    depth->count = (size_t)ceil(radial->beta_range_mm * CM_PER_MM * radial->density_g_per_cm3 /
                                OT_MASS_DEPTH_STEP_G_PER_CM2);
    depth->absorbed = OT_NEW(float, depth->count + 1, err);
    if (depth->absorbed == NULL) {
        ot_mass_depth_destroy(depth);
        return OT_ERR_NOMEM;
    }
    memcpy(depth->medium, radial->medium, sizeof depth->medium);
    tabulate(radial, depth);
    *out = depth;
    return OT_OK;
}

void ot_mass_depth_destroy(struct ot_mass_depth *depth)
{
    if (depth == NULL) {
        return;
    }
    ot_free(depth->absorbed);
    ot_free(depth);
}
