/* core/radial_kernel.c - invariants of a dose point kernel table. */
#include "core/radial_kernel.h"

#include <math.h>

#include "core/mem.h"

void ot_radial_kernel_destroy(struct ot_radial_kernel *kernel)
{
    if (kernel == NULL) {
        return;
    }
    ot_free(kernel->edge_mm);
    ot_free(kernel->energy_mev);
    ot_free(kernel);
}

enum ot_rc ot_radial_kernel_validate(const struct ot_radial_kernel *kernel, struct ot_err *err)
{
    if (kernel->count == 0 || !(fabs(kernel->edge_mm[0]) <= 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "a radial kernel starts at radius 0 and has shells");
    }
    if (!(isfinite(kernel->density_g_per_cm3) && kernel->density_g_per_cm3 > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "kernel density is %g g/cm3", kernel->density_g_per_cm3);
    }
    for (size_t n = 0; n < kernel->count; n++) {
        if (!(isfinite(kernel->edge_mm[n + 1]) && kernel->edge_mm[n + 1] > kernel->edge_mm[n])) {
            return ot_fail(err, OT_ERR_RANGE, "shell %zu ends at %g mm, not beyond its start", n,
                           kernel->edge_mm[n + 1]);
        }
        if (!(isfinite(kernel->energy_mev[n]) && kernel->energy_mev[n] >= 0.0)) {
            return ot_fail(err, OT_ERR_RANGE, "shell %zu holds %g MeV", n, kernel->energy_mev[n]);
        }
    }
    if (!(kernel->beta_range_mm > 0.0 && kernel->beta_range_mm <= kernel->edge_mm[kernel->count])) {
        return ot_fail(err, OT_ERR_RANGE, "beta range %g mm is not within the table",
                       kernel->beta_range_mm);
    }
    if (!(ot_radial_kernel_beta_mev(kernel) > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "the shells up to %g mm hold no energy",
                       kernel->beta_range_mm);
    }
    return OT_OK;
}

bool ot_radial_kernel_is_beta(const struct ot_radial_kernel *kernel, size_t n)
{
    static const double rounding_mm = 1e-9;
    return kernel->edge_mm[n + 1] <= kernel->beta_range_mm + rounding_mm;
}

static double sum_mev(const struct ot_radial_kernel *kernel, bool beta)
{
    double sum = 0.0;
    for (size_t n = 0; n < kernel->count; n++) {
        sum += ot_radial_kernel_is_beta(kernel, n) == beta ? kernel->energy_mev[n] : 0.0;
    }
    return sum;
}

double ot_radial_kernel_beta_mev(const struct ot_radial_kernel *kernel)
{
    return sum_mev(kernel, true);
}

double ot_radial_kernel_tail_mev(const struct ot_radial_kernel *kernel)
{
    return sum_mev(kernel, false);
}
