/* kernels/compare.c - Bland-Altman and isodose overlap. */
#include "kernels/compare.h"

#include <math.h>
#include <stdbool.h>

static const double GRID_TOL_MM = 1e-3;
/* 97.5th percentile of the standard normal distribution, rounded as Bland and Altman do. */
static const double LIMIT_SD = 1.96;

static enum ot_rc check(const struct ot_volume *a, const struct ot_volume *b,
                        const struct ot_volume *fraction, struct ot_err *err)
{
    enum ot_rc rc = ot_volume_require_unit(a, OT_UNIT_GY, "the first dose map", err);
    if (rc == OT_OK) {
        rc = ot_volume_require_unit(b, OT_UNIT_GY, "the second dose map", err);
    }
    if (rc == OT_OK &&
        (!ot_grid_same(&a->grid, &b->grid, GRID_TOL_MM) ||
         (fraction != NULL && !ot_grid_same(&a->grid, &fraction->grid, GRID_TOL_MM)))) {
        rc = ot_fail(err, OT_ERR_GEOMETRY, "the dose maps and the VOI are on different grids");
    }
    return rc;
}

enum ot_rc ot_compare_agreement(const struct ot_volume *a, const struct ot_volume *b,
                                const struct ot_volume *fraction, double threshold_gy,
                                struct ot_agreement *out, struct ot_err *err)
{
    *out = (struct ot_agreement){.count = 0};
    const enum ot_rc rc = check(a, b, fraction, err);
    if (rc != OT_OK) {
        return rc;
    }
    const size_t voxels = ot_grid_voxel_count(&a->grid);
    double weight_sum = 0.0;
    double mean = 0.0;
    double square = 0.0;
    /* West's update: stable where the differences are small beside the doses. */
    for (size_t x = 0; x < voxels; x++) {
        const double weight = fraction != NULL ? (double)fraction->data[x] : 1.0;
        const double dose_a = (double)a->data[x];
        const double dose_b = (double)b->data[x];
        if (!(weight > 0.0 && dose_a >= threshold_gy && isfinite(dose_b))) {
            continue;
        }
        const double difference = dose_b - dose_a;
        const double off = difference - mean;
        weight_sum += weight;
        mean += off * weight / weight_sum;
        square += weight * off * (difference - mean);
        out->count++;
    }
    if (out->count == 0) {
        return ot_fail(err, OT_ERR_RANGE, "no voxel with %.4g Gy and more lies in both dose maps",
                       threshold_gy);
    }
    out->mean_difference_gy = mean;
    out->sd_gy = sqrt(square / weight_sum);
    out->lower_gy = mean - LIMIT_SD * out->sd_gy;
    out->upper_gy = mean + LIMIT_SD * out->sd_gy;
    return OT_OK;
}

enum ot_rc ot_compare_isodose(const struct ot_volume *a, const struct ot_volume *b, double level_gy,
                              struct ot_isodose *out, struct ot_err *err)
{
    *out = (struct ot_isodose){.level_gy = level_gy, .dice = NAN};
    const enum ot_rc rc = check(a, b, NULL, err);
    if (rc != OT_OK) {
        return rc;
    }
    const size_t voxels = ot_grid_voxel_count(&a->grid);
    size_t in_a = 0;
    size_t in_b = 0;
    size_t in_both = 0;
    for (size_t x = 0; x < voxels; x++) {
        if (isfinite((double)b->data[x])) {
            const bool has_a = (double)a->data[x] >= level_gy;
            const bool has_b = (double)b->data[x] >= level_gy;
            in_a += has_a;
            in_b += has_b;
            in_both += has_a && has_b;
        }
    }
    const double voxel_ml = ot_grid_voxel_volume_ml(&a->grid);
    out->a_ml = (double)in_a * voxel_ml;
    out->b_ml = (double)in_b * voxel_ml;
    if (in_a + in_b > 0) {
        out->dice = 2.0 * (double)in_both / (double)(in_a + in_b);
    }
    return OT_OK;
}
