/* kernels/shift_sensitivity.c - what a misregistration would do to a mean dose. */
#include "kernels/shift_sensitivity.h"

#include <math.h>
#include <stdbool.h>

#include "core/stats.h"

static const double OUTSIDE_MOST = 0.01;

/* Index box of the voxels that the VOI touches, inclusive; false where there are none. */
static bool box_of(const struct ot_volume *fraction, size_t low[3], size_t high[3])
{
    const size_t *n = fraction->grid.n;
    bool any = false;
    const size_t count = ot_grid_voxel_count(&fraction->grid);
    for (size_t x = ot_skip_zeros(fraction->data, 0, count); x < count;
         x = ot_skip_next(fraction->data, x, count)) {
        if (!(fraction->data[x] > 0.0F)) {
            continue;
        }
        const size_t at[3] = {x % n[0], x / n[0] % n[1], x / n[0] / n[1]};
        for (size_t c = 0; c < 3; c++) {
            low[c] = !any || at[c] < low[c] ? at[c] : low[c];
            high[c] = !any || at[c] > high[c] ? at[c] : high[c];
        }
        any = true;
    }
    return any;
}

/* Weighted mean of the dose `whole` voxels and `part` of one further along axis c; NAN where too
 * much of the VOI would have no dose there. */
static double mean_at(const struct ot_volume *dose, const struct ot_volume *fraction,
                      const size_t low[3], const size_t high[3], size_t c, double voxels)
{
    const size_t *n = fraction->grid.n;
    const size_t stride[3] = {1, n[0], n[0] * n[1]};
    const double whole = floor(voxels);
    const double part = voxels - whole;
    const size_t ahead = part > 0.0 ? stride[c] : 0;
    const ptrdiff_t apart = (ptrdiff_t)whole * (ptrdiff_t)stride[c];
    const double first = -whole; /* of the voxels along c whose doses are on the grid */
    const double last = (double)n[c] - 1.0 - whole - (part > 0.0 ? 1.0 : 0.0);
    double sum = 0.0;
    double weight = 0.0;
    double outside = 0.0;
    for (size_t k = low[2]; k <= high[2]; k++) {
        for (size_t j = low[1]; j <= high[1]; j++) {
            for (size_t i = low[0]; i <= high[0]; i++) {
                const size_t at[3] = {i, j, k};
                const size_t x = i + stride[1] * j + stride[2] * k;
                const double f = (double)fraction->data[x];
                if (!(f > 0.0)) {
                    continue;
                }
                if ((double)at[c] < first || (double)at[c] > last) {
                    outside += f;
                    continue;
                }
                const float *from = dose->data + ((ptrdiff_t)x + apart);
                sum += f * ((1.0 - part) * (double)from[0] + part * (double)from[ahead]);
                weight += f;
            }
        }
    }
    return outside <= OUTSIDE_MOST * (weight + outside) ? sum / weight : (double)NAN;
}

double ot_shift_worst_percent(const struct ot_volume *dose, const struct ot_volume *fraction,
                              double shift_mm)
{
    size_t low[3] = {0, 0, 0};
    size_t high[3] = {0, 0, 0};
    double worst = 0.0;
    if (!box_of(fraction, low, high)) {
        return NAN;
    }
    const double here = mean_at(dose, fraction, low, high, 0, 0.0);
    for (size_t n = 0; n < 6; n++) {
        const size_t c = n / 2;
        const double voxels = (n % 2 == 0 ? shift_mm : -shift_mm) / dose->grid.spacing_mm[c];
        const double change = 100.0 * (mean_at(dose, fraction, low, high, c, voxels) / here - 1.0);
        if (!isfinite(change)) {
            return NAN;
        }
        worst = fabs(change) > fabs(worst) ? change : worst;
    }
    return worst;
}
