/* kernels/phantom_image.c - blur, counting noise and quantization. */
#include "kernels/phantom_image.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/stats.h"
#include "kernels/random.h"

static const double FWHM_PER_SIGMA = 2.354820045030949;

enum ot_rc ot_phantom_breathe(struct ot_volume *activity, double fwhm_mm, struct ot_err *err)
{
    const size_t n = activity->grid.n[2];
    const size_t plane = activity->grid.n[0] * activity->grid.n[1];
    const double sigma = fwhm_mm / FWHM_PER_SIGMA / activity->grid.spacing_mm[2];
    if (!(sigma > 0.0)) {
        return OT_OK;
    }
    double *weight = OT_NEW(double, n *n, err); /* weight[to + n * from] */
    double *line = OT_NEW(double, n, err);
    if (weight == NULL || line == NULL) {
        ot_free(weight);
        ot_free(line);
        return OT_ERR_NOMEM;
    }
    for (size_t from = 0; from < n; from++) {
        double sum = 0.0;
        for (size_t to = 0; to < n; to++) {
            const double at = ((double)to - (double)from) / sigma;
            const double half = 0.5 / sigma;
            weight[to + n * from] = erf((at + half) / sqrt(2.0)) - erf((at - half) / sqrt(2.0));
            sum += weight[to + n * from];
        }
        for (size_t to = 0; to < n; to++) {
            weight[to + n * from] /= sum;
        }
    }
    for (size_t x = 0; x < plane; x++) {
        for (size_t to = 0; to < n; to++) {
            line[to] = 0.0;
        }
        for (size_t from = 0; from < n; from++) {
            const double value = (double)activity->data[x + plane * from];
            for (size_t to = 0; value > 0.0 && to < n; to++) {
                line[to] += value * weight[to + n * from];
            }
        }
        for (size_t to = 0; to < n; to++) {
            activity->data[x + plane * to] = (float)line[to];
        }
    }
    ot_free(weight);
    ot_free(line);
    return OT_OK;
}

static double greatest(const float *values, size_t count)
{
    double most = 0.0;
    for (size_t x = 0; x < count; x++) {
        most = fmax(most, (double)values[x]);
    }
    return most;
}

static double draw(double mean, uint64_t seed, size_t x)
{
    struct ot_random random;
    ot_random_seed(&random, seed, x);
    return ot_random_poisson(&random, mean);
}

enum ot_rc ot_phantom_count(const struct ot_volume *activity, bool noise, double total_counts,
                            uint64_t seed, uint16_t *counts, struct ot_err *err)
{
    const double most_counts = 60000.0;
    const size_t all = ot_grid_voxel_count(&activity->grid);
    const double most = greatest(activity->data, all);
    if (!(most > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "the phantom's image holds no activity");
    }
    const double scale = noise ? total_counts / ot_sum(activity->data, all) : most_counts / most;
    for (size_t x = 0; x < all; x++) {
        const double mean = (double)activity->data[x] * scale;
        const double count = noise ? draw(mean, seed, x) : floor(mean + 0.5);
        if (!(count <= (double)UINT16_MAX)) {
            return ot_fail(err, OT_ERR_RANGE, "a voxel of the phantom has %g counts, beyond 65535",
                           count);
        }
        counts[x] = (uint16_t)count;
    }
    return OT_OK;
}

double ot_phantom_nine_digits(double value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%.9g", value);
    return strtod(text, NULL);
}

static void quantize(const double *values, size_t count, uint16_t *stored, double *slope)
{
    const double most_stored = 32767.0;
    double most = 0.0;
    for (size_t x = 0; x < count; x++) {
        most = fmax(most, values[x]);
    }
    *slope = most > 0.0 ? ot_phantom_nine_digits(most / most_stored) : 1.0;
    for (size_t x = 0; x < count; x++) {
        stored[x] = (uint16_t)floor(values[x] / *slope + 0.5);
    }
}

enum ot_rc ot_phantom_scan(const struct ot_volume *activity, double factor, bool noise,
                           double total_counts, uint64_t seed, uint16_t *stored, double *slope,
                           struct ot_err *err)
{
    const size_t plane = activity->grid.n[0] * activity->grid.n[1];
    const size_t all = ot_grid_voxel_count(&activity->grid);
    const double sum = ot_sum(activity->data, all);
    if (!(sum > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "the phantom's image holds no activity");
    }
    double *values = OT_NEW(double, plane, err);
    if (values == NULL) {
        return OT_ERR_NOMEM;
    }
    const double counts_per_unit = total_counts / sum;
    for (size_t k = 0; k < activity->grid.n[2]; k++) {
        for (size_t x = 0; x < plane; x++) {
            const double value = (double)activity->data[x + plane * k];
            values[x] = factor * (noise ? draw(value * counts_per_unit, seed, x + plane * k) /
                                              counts_per_unit
                                        : value);
        }
        quantize(values, plane, stored + plane * k, &slope[k]);
    }
    ot_free(values);
    return OT_OK;
}
