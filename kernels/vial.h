/* kernels/vial.h - decay from calibration, the treatment day, and the vial to order.
 *
 * Hours are absolute hours (UTC differences): 24 h of decay are not always one civil day. Civil
 * time is turned into instants by cli/zone.h and handed over.
 * f(t) = 2^(-t / half_life).
 */
#ifndef OT_KERNELS_VIAL_H
#define OT_KERNELS_VIAL_H

#include <stddef.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { OT_STANDARD_VIAL_COUNT = 35 };

/* 3, 3.5, ... 20 GBq at calibration, the custom vials of glass microspheres. A clinic may pass
 * its own list instead. */
extern const double OT_STANDARD_VIALS_GBQ[OT_STANDARD_VIAL_COUNT];

/* 2^(-hours / half_life_h); hours may be negative. */
double ot_vial_decay_factor(double half_life_h, double hours);
/* Specific activity at `hours` after calibration, Bq. */
double ot_vial_bq_per_sphere(double bq_per_sphere_at_calibration, double half_life_h, double hours);
/* Hours after calibration at which the vial holds activity_gbq: T log2(vial / activity); before
 * calibration it is negative. Errors: OT_ERR_RANGE (not finite, <= 0). */
OT_MUST_CHECK enum ot_rc ot_vial_hours_until(double vial_gbq, double activity_gbq,
                                             double half_life_h, double *hours, struct ot_err *err);

/* Calendar days from calibration to injection, both as UTC seconds with the offset that the
 * calibration's zone has at that instant (seconds east of UTC). */
int ot_vial_treatment_day(double calibration_utc_s, long calibration_offset_s,
                          double injection_utc_s, long injection_offset_s);

/* Absolute hours from calibration to injection. */
double ot_vial_hours_between(double calibration_utc_s, double injection_utc_s);

/* A time in which the clinic can inject: hours after calibration, open <= close. */
struct ot_vial_window {
    double open_h, close_h;
    int day; /* treatment day, see core/criterion.h */
};

/* A vial and the part of a window in which its whole content is between the wanted activity
 * and the maximum. It holds exactly the wanted activity at equal_h, be that in the window or
 * later. */
struct ot_vial_option {
    size_t window;
    int day;
    double vial_gbq; /* at calibration */
    double from_h, to_h, equal_h;
    double activity_from_gbq, activity_to_gbq; /* at from_h and to_h */
};

struct ot_vial_request {
    double activity_gbq; /* wanted at injection, > 0 */
    double max_gbq;      /* greatest allowed; INFINITY for none */
    double half_life_h;
    const double *vials_gbq; /* ascending */
    size_t vial_count;
    const struct ot_vial_window *windows; /* in time order */
    size_t window_count;
};

/* For each window, in the given order (earliest first), the smallest vial >= A/f(t) for its
 * times t; where a vial falls short within a window, the next one follows. Writes at
 * most `capacity` options and sets *count; 0 is a result: no vial fits.
 * Errors: OT_ERR_RANGE (activity, half-life, windows, vials not ascending or <= 0,
 * max < activity). */
OT_MUST_CHECK enum ot_rc ot_vial_options(const struct ot_vial_request *request,
                                         struct ot_vial_option *options, size_t capacity,
                                         size_t *count, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_VIAL_H */
