/* core/dvh.c - dose-volume histograms with voxel fractions. */
#include "core/dvh.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "core/stats.h"

static const double SAME_POINT_MM = 1e-3;
static const float CLEARLY_INSIDE = 0.001F; /* minimum and maximum look at more than this */

struct sample {
    double dose_gy;
    double weight_ml;
};

/* A number that is ordered as the dose is; doses are floats, and finite. */
static uint32_t order_of(double dose_gy)
{
    const float value = (float)dose_gy + 0.0F; /* -0 becomes 0 */
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
}

/* Sorts by dose, ascending; samples of one dose keep their order, that of the voxels. Eleven bits
 * of the order at a time, the lowest first; `other` has room for as many. */
static void sort_by_dose(struct sample *samples, struct sample *other, size_t count)
{
    enum { BITS = 11, BUCKETS = 1 << BITS, PASSES = 3 };
    struct sample *from = samples;
    struct sample *to = other;
    for (unsigned pass = 0; pass < PASSES; pass++) {
        size_t next[BUCKETS] = {0};
        const unsigned shift = pass * BITS;
        for (size_t n = 0; n < count; n++) {
            next[order_of(from[n].dose_gy) >> shift & (BUCKETS - 1U)]++;
        }
        size_t before = 0;
        for (size_t b = 0; b < BUCKETS; b++) {
            const size_t here = next[b];
            next[b] = before;
            before += here;
        }
        for (size_t n = 0; n < count; n++) {
            to[next[order_of(from[n].dose_gy) >> shift & (BUCKETS - 1U)]++] = from[n];
        }
        struct sample *swap = from;
        from = to;
        to = swap;
    }
    memcpy(samples, from, count * sizeof *samples); /* an odd number of passes */
}

/* Fills samples (ascending; room for twice as many) and the moments of dvh. */
static enum ot_rc gather(const struct ot_volume *dose, const struct ot_own_dose *own,
                         size_t own_count, const struct ot_volume *fraction, struct sample *samples,
                         struct ot_dvh *dvh, struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(&dose->grid);
    const double voxel_ml = ot_grid_voxel_volume_ml(&dose->grid);
    size_t used = 0;
    double energy = 0.0;
    dvh->min_gy = INFINITY;
    dvh->max_gy = -INFINITY;
    const float *inside = fraction->data;
    for (size_t x = ot_skip_zeros(inside, 0, count); x < count;
         x = ot_skip_next(inside, x, count)) {
        const float f = inside[x];
        if (!(f > 0.0F)) {
            continue;
        }
        while (own_count > 0 && own->voxel < x) {
            own++;
            own_count--;
        }
        const double d = (double)(own_count > 0 && own->voxel == x ? own->dose_gy : dose->data[x]);
        if (!isfinite(d)) {
            return ot_fail(err, OT_ERR_RANGE, "dose of voxel %zu is not finite", x);
        }
        samples[used++] = (struct sample){d, (double)f * voxel_ml};
        dvh->volume_ml += (double)f * voxel_ml;
        energy += d * (double)f * voxel_ml;
        if (f > CLEARLY_INSIDE) {
            dvh->min_gy = d < dvh->min_gy ? d : dvh->min_gy;
            dvh->max_gy = d > dvh->max_gy ? d : dvh->max_gy;
        }
    }
    if (!(dvh->volume_ml > 0.0) || !(dvh->max_gy >= dvh->min_gy)) {
        return ot_fail(err, OT_ERR_RANGE, "no voxel of the dose grid lies inside");
    }
    dvh->count = used;
    dvh->mean_gy = energy / dvh->volume_ml;
    double squares = 0.0;
    for (size_t n = 0; n < used; n++) {
        const double off = samples[n].dose_gy - dvh->mean_gy;
        squares += off * off * samples[n].weight_ml;
    }
    dvh->sd_gy = sqrt(squares / dvh->volume_ml);
    sort_by_dose(samples, samples + used, used);
    return OT_OK;
}

static size_t count_inside(const struct ot_volume *fraction)
{
    const size_t count = ot_grid_voxel_count(&fraction->grid);
    size_t inside = 0;
    for (size_t x = ot_skip_zeros(fraction->data, 0, count); x < count;
         x = ot_skip_next(fraction->data, x, count)) {
        inside += fraction->data[x] > 0.0F;
    }
    return inside;
}

static enum ot_rc store_samples(const struct sample *samples, struct ot_dvh *dvh,
                                struct ot_err *err)
{
    dvh->dose_gy = OT_NEW_UNSET(double, dvh->count, err);
    dvh->weight_ml = dvh->dose_gy != NULL ? OT_NEW_UNSET(double, dvh->count, err) : NULL;
    dvh->below_ml = dvh->weight_ml != NULL ? OT_NEW_UNSET(double, dvh->count, err) : NULL;
    if (dvh->below_ml == NULL) {
        return OT_ERR_NOMEM;
    }
    double before = 0.0;
    for (size_t n = 0; n < dvh->count; n++) {
        dvh->dose_gy[n] = samples[n].dose_gy;
        dvh->weight_ml[n] = samples[n].weight_ml;
        dvh->below_ml[n] = before + samples[n].weight_ml / 2.0;
        before += samples[n].weight_ml;
    }
    return OT_OK;
}

enum ot_rc ot_dvh_create(const struct ot_volume *dose, const struct ot_volume *fraction,
                         struct ot_dvh **out, struct ot_err *err)
{
    return ot_dvh_create_own(dose, NULL, 0, fraction, out, err);
}

enum ot_rc ot_dvh_create_own(const struct ot_volume *dose, const struct ot_own_dose *own,
                             size_t own_count, const struct ot_volume *fraction,
                             struct ot_dvh **out, struct ot_err *err)
{
    struct ot_dvh *dvh = NULL;
    struct sample *samples = NULL;
    enum ot_rc rc = OT_OK;
    *out = NULL;

    if (!ot_grid_same(&dose->grid, &fraction->grid, SAME_POINT_MM)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "dose and VOI are on different grids");
    }
    dvh = OT_NEW(struct ot_dvh, 1, err);
    samples = dvh != NULL ? OT_NEW_UNSET(struct sample, 2 * count_inside(fraction), err) : NULL;
    if (samples == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    rc = gather(dose, own, own_count, fraction, samples, dvh, err);
    if (rc != OT_OK) {
        goto done;
    }
    rc = store_samples(samples, dvh, err);
    if (rc != OT_OK) {
        goto done;
    }
    *out = dvh;
    dvh = NULL; /* handed over */

done:
    ot_free(samples);
    ot_dvh_destroy(dvh);
    return rc;
}

void ot_dvh_destroy(struct ot_dvh *dvh)
{
    if (dvh == NULL) {
        return;
    }
    ot_free(dvh->dose_gy);
    ot_free(dvh->weight_ml);
    ot_free(dvh->below_ml);
    ot_free(dvh);
}

/* Largest n with keys[n] <= key; pre: keys[0] <= key. */
static size_t last_not_above(const double *keys, size_t count, double key)
{
    size_t lo = 0;
    size_t hi = count;
    while (hi - lo > 1) {
        const size_t mid = lo + (hi - lo) / 2;
        if (keys[mid] <= key) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    return lo;
}

double ot_dvh_dose_at_percent(const struct ot_dvh *dvh, double percent)
{
    const double target_ml = (1.0 - percent / 100.0) * dvh->volume_ml;
    if (target_ml <= dvh->below_ml[0]) {
        return dvh->dose_gy[0];
    }
    const size_t last = dvh->count - 1;
    if (target_ml >= dvh->below_ml[last]) {
        return dvh->dose_gy[last];
    }
    const size_t n = last_not_above(dvh->below_ml, dvh->count, target_ml);
    const double part = (target_ml - dvh->below_ml[n]) / (dvh->below_ml[n + 1] - dvh->below_ml[n]);
    return dvh->dose_gy[n] + part * (dvh->dose_gy[n + 1] - dvh->dose_gy[n]);
}

double ot_dvh_percent_at_dose(const struct ot_dvh *dvh, double dose_gy)
{
    const size_t last = dvh->count - 1;
    if (dose_gy <= dvh->dose_gy[0]) {
        return 100.0;
    }
    if (dose_gy > dvh->dose_gy[last]) {
        return 0.0;
    }
    /* Between neighbours the curve is linear, as for D_x; among equal doses the whole group
     * has at least that dose. */
    size_t n = last_not_above(dvh->dose_gy, dvh->count, dose_gy);
    while (n > 0 && dvh->dose_gy[n] >= dose_gy) {
        n--;
    }
    const double step_gy = dvh->dose_gy[n + 1] - dvh->dose_gy[n];
    const double part = step_gy > 0.0 ? (dose_gy - dvh->dose_gy[n]) / step_gy : 0.0;
    const double below = dvh->below_ml[n] + part * (dvh->below_ml[n + 1] - dvh->below_ml[n]);
    return 100.0 * (1.0 - below / dvh->volume_ml);
}

double ot_dvh_geud_gy(const struct ot_dvh *dvh, double a)
{
    /* Scaled by the largest dose, so that powers neither overflow nor vanish. */
    const double top_gy = dvh->dose_gy[dvh->count - 1];
    if (!(top_gy > 0.0)) {
        return 0.0;
    }
    if (a < 0.0 && !(dvh->dose_gy[0] > 0.0)) {
        return 0.0; /* a cold voxel: the limit of the mean of D^a with a < 0 */
    }
    double sum = 0.0;
    for (size_t n = 0; n < dvh->count; n++) {
        const double relative = dvh->dose_gy[n] / top_gy;
        if (relative > 0.0) {
            sum += dvh->weight_ml[n] * pow(relative, a);
        }
    }
    return top_gy * pow(sum / dvh->volume_ml, 1.0 / a);
}

/* BED = D (1 + D * this). */
static double bed_per_gy(double alpha_beta_gy, double repair_half_time_h,
                         double physical_half_life_h)
{
    return repair_half_time_h / ((repair_half_time_h + physical_half_life_h) * alpha_beta_gy);
}

double ot_dvh_mean_bed_gy(const struct ot_dvh *dvh, double alpha_beta_gy, double repair_half_time_h,
                          double physical_half_life_h)
{
    const double per_gy = bed_per_gy(alpha_beta_gy, repair_half_time_h, physical_half_life_h);
    double sum = 0.0;
    for (size_t n = 0; n < dvh->count; n++) {
        const double d = dvh->dose_gy[n];
        sum += dvh->weight_ml[n] * d * (1.0 + d * per_gy);
    }
    return sum / dvh->volume_ml;
}

double ot_dvh_survival_eud_gy(const struct ot_dvh *dvh, double alpha_per_gy, double alpha_beta_gy,
                              double repair_half_time_h, double physical_half_life_h)
{
    const double per_gy = alpha_beta_gy > 0.0
                              ? bed_per_gy(alpha_beta_gy, repair_half_time_h, physical_half_life_h)
                              : 0.0;
    /* Relative to the least dose: survivors of high doses vanish, those of the coldest do not. */
    const double least = dvh->dose_gy[0] * (1.0 + dvh->dose_gy[0] * per_gy);
    double sum = 0.0;
    for (size_t n = 0; n < dvh->count; n++) {
        const double x = dvh->dose_gy[n] * (1.0 + dvh->dose_gy[n] * per_gy);
        sum += dvh->weight_ml[n] * exp(-alpha_per_gy * (x - least));
    }
    return least - log(sum / dvh->volume_ml) / alpha_per_gy;
}
