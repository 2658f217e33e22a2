/* cli/schedule.h - when a treatment can be given, and which vial serves: civil time made hours
 * after calibration. */
#ifndef OT_CLI_SCHEDULE_H
#define OT_CLI_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "cli/calendar.h"
#include "cli/case.h"
#include "core/clock.h"
#include "core/err.h"
#include "kernels/vial.h"

enum { OT_MAX_WINDOWS = OT_CALENDAR_DAYS + 1, OT_MAX_VIAL_OPTIONS = 32 };

struct ot_schedule {
    double calibration_utc_s;
    bool calibration_given; /* else the next Sunday 12:00 New York after `now` */
    struct ot_vial_window windows[OT_MAX_WINDOWS];
    size_t window_count;
    struct ot_vial_option options[OT_MAX_VIAL_OPTIONS];
    size_t option_count;
};

/* Calibration and the windows of two weeks: working days within site_hours; or only the
 * injection time, where the case states it.
 * Errors: OT_ERR_ARG (zone, hours, times), OT_ERR_RANGE (injection before calibration). */
OT_MUST_CHECK enum ot_rc ot_schedule_make(const struct ot_case *c,
                                          const struct ot_injection *injection, double now_utc_s,
                                          struct ot_schedule *schedule, struct ot_err *err);

/* Fills options for an activity wanted at injection; max_gbq may be INFINITY.
 * Errors: as ot_vial_options(). */
OT_MUST_CHECK enum ot_rc ot_schedule_vials(struct ot_schedule *schedule, double activity_gbq,
                                           double max_gbq, double half_life_h, struct ot_err *err);

/* {gbq_at_calibration, calibration_time, day, from, to, exact_at, ...}; a new reference. */
json_t *ot_schedule_option_json(const struct ot_case *c, const struct ot_schedule *schedule,
                                const struct ot_vial_option *option, double bq_per_sphere_at_cal);

/* Day after calibration ("W1 Wed") and activity of a sphere at the stated injection; both
 * unknown ("" and NAN) where calibration or injection time is not stated.
 * Errors: OT_ERR_ARG (times), OT_ERR_RANGE (injection before calibration). */
OT_MUST_CHECK enum ot_rc ot_schedule_stated_day(const struct ot_injection *injection,
                                                double half_life_h, char *day, size_t size,
                                                double *bq_per_sphere, struct ot_err *err);

#endif /* OT_CLI_SCHEDULE_H */
