/* kernels/recovery.c - a logistic curve of recovery over the logarithm of the volume. */
#include "kernels/recovery.h"

#include <math.h>

#include "kernels/uncertainty.h"

enum { LEAST_SPHERES = 3 };
static const double LEAST_SPREAD = 0.01; /* standard deviation of ln(volume): one size of sphere */

/* Sums of the weighted regression of y on x. */
struct sums {
    double w, x, y, xx, xy;
};

static double logit(double recovery)
{
    return log(recovery / (1.0 - recovery));
}

static double weight(double recovery)
{
    const double slope = recovery * (1.0 - recovery); /* dR/dy */
    return slope * slope;
}

static enum ot_rc add_up(const double *diameter_mm, const double *recovery, size_t count,
                         struct sums *sums, struct ot_err *err)
{
    *sums = (struct sums){0};
    for (size_t n = 0; n < count; n++) {
        if (!(diameter_mm[n] > 0.0 && diameter_mm[n] < 1000.0)) {
            return ot_fail(err, OT_ERR_RANGE, "sphere %zu has a diameter of %g mm", n + 1,
                           diameter_mm[n]);
        }
        if (!(recovery[n] > 0.0 && recovery[n] < 1.0)) {
            return ot_fail(err, OT_ERR_RANGE,
                           "the recovery of the sphere of %g mm is %g, which is not between 0 and "
                           "1: leave out spheres that are recovered in full",
                           diameter_mm[n], recovery[n]);
        }
        const double w = weight(recovery[n]);
        const double x = log(ot_sphere_volume_ml(diameter_mm[n]));
        const double y = logit(recovery[n]);
        sums->w += w;
        sums->x += w * x;
        sums->y += w * y;
        sums->xx += w * x * x;
        sums->xy += w * x * y;
    }
    return OT_OK;
}

/* Scatter of R about the curve gives the covariance of intercept and slope. */
static void find_covariance(const double *diameter_mm, const double *recovery, size_t count,
                            const struct sums *sums, double determinant, struct ot_recovery *fit)
{
    double squares = 0.0;
    fit->least_ml = (double)INFINITY;
    fit->most_ml = 0.0;
    for (size_t n = 0; n < count; n++) {
        double at = 0.0;
        double slope = 0.0;
        double u = 0.0;
        const double volume_ml = ot_sphere_volume_ml(diameter_mm[n]);
        ot_recovery_at(fit, volume_ml, &at, &u, &slope);
        squares += (recovery[n] - at) * (recovery[n] - at);
        fit->least_ml = fmin(fit->least_ml, volume_ml);
        fit->most_ml = fmax(fit->most_ml, volume_ml);
    }
    const double variance = squares / (double)(count - 2);
    fit->var_intercept = variance * sums->xx / determinant;
    fit->var_slope = variance * sums->w / determinant;
    fit->covariance = -variance * sums->x / determinant;
    fit->rms = sqrt(squares / (double)count);
    fit->spheres = count;
}

enum ot_rc ot_recovery_fit(const double *diameter_mm, const double *recovery, size_t count,
                           struct ot_recovery *fit, struct ot_err *err)
{
    struct sums sums;
    *fit = (struct ot_recovery){0};
    if (count < LEAST_SPHERES) {
        return ot_fail(err, OT_ERR_RANGE, "%zu spheres are too few for a recovery curve, wanted %d",
                       count, LEAST_SPHERES);
    }
    const enum ot_rc rc = add_up(diameter_mm, recovery, count, &sums, err);
    if (rc != OT_OK) {
        return rc;
    }
    const double determinant = sums.w * sums.xx - sums.x * sums.x;
    if (!(determinant > LEAST_SPREAD * LEAST_SPREAD * sums.w * sums.w)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "the spheres are all of one size, which makes no recovery curve");
    }
    fit->slope = (sums.w * sums.xy - sums.x * sums.y) / determinant;
    fit->intercept = (sums.y - fit->slope * sums.x) / sums.w;
    if (!(fit->slope > 0.0 && isfinite(fit->slope))) {
        return ot_fail(err, OT_ERR_RANGE, "the recovery does not rise with the spheres' volume");
    }
    fit->b2 = fit->slope;
    fit->b1_ml = exp(-fit->intercept / fit->slope);
    find_covariance(diameter_mm, recovery, count, &sums, determinant, fit);
    return OT_OK;
}

void ot_recovery_at(const struct ot_recovery *fit, double volume_ml, double *recovery, double *u,
                    double *slope)
{
    const double x = log(volume_ml);
    const double y = fit->intercept + fit->slope * x;
    const double variance = fit->var_intercept + 2.0 * x * fit->covariance + x * x * fit->var_slope;
    *recovery = 1.0 / (1.0 + exp(-y));
    *u = *recovery * (1.0 - *recovery) * sqrt(fmax(0.0, variance));
    *slope = fit->slope * (1.0 - *recovery);
}
