/* kernels/vial.c - decay, treatment day, and which vial fits when. */
#include "kernels/vial.h"

#include <math.h>
#include <stdbool.h>

static const double S_PER_H = 3600.0;
static const double S_PER_DAY = 86400.0;

const double OT_STANDARD_VIALS_GBQ[OT_STANDARD_VIAL_COUNT] = {
    3.0,  3.5,  4.0,  4.5,  5.0,  5.5,  6.0,  6.5,  7.0,  7.5,  8.0,  8.5,
    9.0,  9.5,  10.0, 10.5, 11.0, 11.5, 12.0, 12.5, 13.0, 13.5, 14.0, 14.5,
    15.0, 15.5, 16.0, 16.5, 17.0, 17.5, 18.0, 18.5, 19.0, 19.5, 20.0,
};

double ot_vial_decay_factor(double half_life_h, double hours)
{
    return exp2(-hours / half_life_h);
}

double ot_vial_bq_per_sphere(double bq_per_sphere_at_calibration, double half_life_h, double hours)
{
    return bq_per_sphere_at_calibration * ot_vial_decay_factor(half_life_h, hours);
}

enum ot_rc ot_vial_hours_until(double vial_gbq, double activity_gbq, double half_life_h,
                               double *hours, struct ot_err *err)
{
    if (!(vial_gbq > 0.0 && activity_gbq > 0.0 && half_life_h > 0.0) || !isfinite(vial_gbq) ||
        !isfinite(activity_gbq) || !isfinite(half_life_h)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "a vial of %g GBq, %g GBq wanted, half-life %g h: all must be above 0",
                       vial_gbq, activity_gbq, half_life_h);
    }
    *hours = half_life_h * log2(vial_gbq / activity_gbq);
    return OT_OK;
}

int ot_vial_treatment_day(double calibration_utc_s, long calibration_offset_s,
                          double injection_utc_s, long injection_offset_s)
{
    const double first = floor((calibration_utc_s + (double)calibration_offset_s) / S_PER_DAY);
    const double last = floor((injection_utc_s + (double)injection_offset_s) / S_PER_DAY);
    return (int)(last - first);
}

double ot_vial_hours_between(double calibration_utc_s, double injection_utc_s)
{
    return (injection_utc_s - calibration_utc_s) / S_PER_H;
}

static enum ot_rc check_request(const struct ot_vial_request *request, struct ot_err *err)
{
    if (!(request->activity_gbq > 0.0 && request->half_life_h > 0.0) ||
        !isfinite(request->activity_gbq) || !isfinite(request->half_life_h)) {
        return ot_fail(err, OT_ERR_RANGE, "a vial for %g GBq, half-life %g h: both must be above 0",
                       request->activity_gbq, request->half_life_h);
    }
    if (!(request->max_gbq >= request->activity_gbq)) {
        return ot_fail(err, OT_ERR_RANGE, "the greatest activity is %g GBq, but %g GBq are wanted",
                       request->max_gbq, request->activity_gbq);
    }
    double last = 0.0;
    for (size_t n = 0; n < request->vial_count; n++) {
        if (!(request->vials_gbq[n] > last) || !isfinite(request->vials_gbq[n])) {
            return ot_fail(err, OT_ERR_RANGE,
                           "the vials must ascend from above 0 GBq: %g follows %g GBq",
                           request->vials_gbq[n], last);
        }
        last = request->vials_gbq[n];
    }
    for (size_t n = 0; n < request->window_count; n++) {
        const struct ot_vial_window *window = &request->windows[n];
        if (!(window->open_h <= window->close_h) || !isfinite(window->open_h) ||
            !isfinite(window->close_h)) {
            return ot_fail(err, OT_ERR_RANGE, "a treatment window opens at %g h and closes at %g h",
                           window->open_h, window->close_h);
        }
    }
    return OT_OK;
}

/* The part of a window, from `from_h` on, in which this vial fits; false when there is none. */
static bool fit(const struct ot_vial_request *request, size_t window, double vial_gbq,
                double from_h, struct ot_vial_option *option)
{
    const double half_life_h = request->half_life_h;
    const double equal_h = half_life_h * log2(vial_gbq / request->activity_gbq);
    const double not_before_h = isfinite(request->max_gbq)
                                    ? half_life_h * log2(vial_gbq / request->max_gbq)
                                    : -(double)INFINITY;
    *option = (struct ot_vial_option){
        .window = window,
        .day = request->windows[window].day,
        .vial_gbq = vial_gbq,
        .from_h = fmax(from_h, not_before_h),
        .to_h = fmin(request->windows[window].close_h, equal_h),
        .equal_h = equal_h,
    };
    option->activity_from_gbq = vial_gbq * ot_vial_decay_factor(half_life_h, option->from_h);
    option->activity_to_gbq = vial_gbq * ot_vial_decay_factor(half_life_h, option->to_h);
    return option->from_h <= option->to_h;
}

enum ot_rc ot_vial_options(const struct ot_vial_request *request, struct ot_vial_option *options,
                           size_t capacity, size_t *count, struct ot_err *err)
{
    *count = 0;
    enum ot_rc rc = check_request(request, err);
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t w = 0; w < request->window_count; w++) {
        double from_h = request->windows[w].open_h;
        for (size_t v = 0; v < request->vial_count && *count < capacity; v++) {
            struct ot_vial_option option;
            if (fit(request, w, request->vials_gbq[v], from_h, &option)) {
                options[(*count)++] = option;
            }
            /* Until then this vial was the smallest that suffices; larger ones follow. */
            from_h = fmax(from_h, option.equal_h);
            if (from_h > request->windows[w].close_h) {
                break;
            }
        }
    }
    return OT_OK;
}
