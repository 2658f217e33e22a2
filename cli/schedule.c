/* cli/schedule.c - windows of a clinic's working days, and the vials that fit them. */
#include "cli/schedule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/calendar.h"
#include "cli/zone.h"
#include "core/criterion.h"
#include "core/text.h"

static const double S_PER_H = 3600.0;
static const double WEEK_S = 7.0 * 86400.0;

static enum ot_rc parse_time(const char *name, const char *text, struct ot_time *time,
                             struct ot_err *err)
{
    if (!ot_time_from_iso8601(text, time) || !time->zoned) {
        return ot_fail(err, OT_ERR_ARG, "--%s: '%.40s' is no ISO 8601 time with zone", name, text);
    }
    return OT_OK;
}

/* Calendar days from calibration to injection in the calibration's zone: the offset that its
 * text states, else that of the vendor's zone. */
static enum ot_rc stated_day(const char *calibration_text, double calibration_utc_s,
                             double injection_utc_s, int *day, struct ot_err *err)
{
    long offset_s = 0;
    if (calibration_text == NULL) {
        return ot_calendar_treatment_day(OT_CALIBRATION_ZONE, calibration_utc_s, injection_utc_s,
                                         day, err);
    }
    (void)ot_calendar_iso_offset(calibration_text, &offset_s);
    *day = ot_vial_treatment_day(calibration_utc_s, offset_s, injection_utc_s, offset_s);
    return OT_OK;
}

static enum ot_rc working_windows(const struct ot_case *c, struct ot_schedule *schedule,
                                  struct ot_err *err)
{
    struct ot_site_hours hours;
    const enum ot_rc rc = ot_site_hours_parse(c->site_hours, &hours, err);
    return rc == OT_OK
               ? ot_calendar_windows(schedule->calibration_utc_s, OT_CALIBRATION_ZONE, c->site_zone,
                                     &hours, schedule->windows, &schedule->window_count, err)
               : rc;
}

enum ot_rc ot_schedule_make(const struct ot_case *c, const struct ot_injection *injection,
                            double now_utc_s, struct ot_schedule *schedule, struct ot_err *err)
{
    struct ot_time calibration = {0};
    struct ot_time planned = {0};
    enum ot_rc rc = ot_zone_check(c->site_zone, err);
    *schedule = (struct ot_schedule){0};
    if (rc == OT_OK && injection->calibration_time != NULL) {
        rc = parse_time("calibration-time", injection->calibration_time, &calibration, err);
        schedule->calibration_given = true;
        schedule->calibration_utc_s = calibration.s;
    } else if (rc == OT_OK) {
        rc = ot_calendar_next_calibration(now_utc_s, &schedule->calibration_utc_s, err);
    }
    if (rc != OT_OK || injection->injection_time == NULL) {
        return rc == OT_OK ? working_windows(c, schedule, err) : rc;
    }
    rc = parse_time("injection-time", injection->injection_time, &planned, err);
    if (rc == OT_OK && planned.s < schedule->calibration_utc_s && !schedule->calibration_given) {
        /* Without a calibration time, the Sunday before the injection is meant. */
        rc = ot_calendar_next_calibration(planned.s - WEEK_S, &schedule->calibration_utc_s, err);
    }
    const double hours = (planned.s - schedule->calibration_utc_s) / S_PER_H;
    if (rc == OT_OK && !(hours >= 0.0)) {
        rc = ot_fail(err, OT_ERR_RANGE, "the injection is %.1f h before the calibration", -hours);
    }
    if (rc == OT_OK) {
        int day = 0;
        rc = stated_day(injection->calibration_time, schedule->calibration_utc_s, planned.s, &day,
                        err);
        schedule->windows[schedule->window_count++] =
            (struct ot_vial_window){.open_h = hours, .close_h = hours, .day = day};
    }
    return rc;
}

enum ot_rc ot_schedule_vials(struct ot_schedule *schedule, double activity_gbq, double max_gbq,
                             double half_life_h, struct ot_err *err)
{
    const struct ot_vial_request request = {
        .activity_gbq = activity_gbq,
        .max_gbq = max_gbq,
        .half_life_h = half_life_h,
        .vials_gbq = OT_STANDARD_VIALS_GBQ,
        .vial_count = OT_STANDARD_VIAL_COUNT,
        .windows = schedule->windows,
        .window_count = schedule->window_count,
    };
    return ot_vial_options(&request, schedule->options, OT_MAX_VIAL_OPTIONS,
                           &schedule->option_count, err);
}

static json_t *civil_text(const char *zone, double utc_s)
{
    char text[40];
    return ot_zone_text(zone, utc_s, text, sizeof text, NULL) == OT_OK ? json_string(text)
                                                                       : json_null();
}

json_t *ot_schedule_option_json(const struct ot_case *c, const struct ot_schedule *schedule,
                                const struct ot_vial_option *option, double bq_per_sphere_at_cal)
{
    char day[16];
    const double zero_s = schedule->calibration_utc_s;
    ot_treatment_day_text(option->day, day, sizeof day);
    return json_pack(
        "{s:f, s:o, s:s, s:o, s:o, s:o, s:f, s:f, s:f}", "gbq_at_calibration", option->vial_gbq,
        "calibration_time", civil_text(OT_CALIBRATION_ZONE, zero_s), "treatment_day", day, "from",
        civil_text(c->site_zone, zero_s + option->from_h * S_PER_H), "to",
        civil_text(c->site_zone, zero_s + option->to_h * S_PER_H), "holds_prescribed_at",
        civil_text(c->site_zone, zero_s + option->equal_h * S_PER_H), "activity_from_gbq",
        option->activity_from_gbq, "activity_to_gbq", option->activity_to_gbq, "bq_per_sphere_from",
        ot_vial_bq_per_sphere(bq_per_sphere_at_cal, c->half_life_h, option->from_h));
}

enum ot_rc ot_schedule_stated_day(const struct ot_injection *injection, double half_life_h,
                                  char *day, size_t size, double *bq_per_sphere, struct ot_err *err)
{
    struct ot_time calibration = {0};
    struct ot_time injected = {0};
    day[0] = '\0';
    *bq_per_sphere = NAN;
    if (injection->calibration_time == NULL || injection->injection_time == NULL) {
        return OT_OK;
    }
    enum ot_rc rc = parse_time("calibration-time", injection->calibration_time, &calibration, err);
    if (rc == OT_OK) {
        rc = parse_time("injection-time", injection->injection_time, &injected, err);
    }
    if (rc == OT_OK && injected.s < calibration.s) {
        rc = ot_fail(err, OT_ERR_RANGE, "the injection is %.1f h before the calibration",
                     (calibration.s - injected.s) / S_PER_H);
    }
    if (rc != OT_OK) {
        return rc;
    }
    int number = 0;
    rc = stated_day(injection->calibration_time, calibration.s, injected.s, &number, err);
    if (rc != OT_OK) {
        return rc;
    }
    ot_treatment_day_text(number, day, size);
    *bq_per_sphere = ot_vial_bq_per_sphere(injection->bq_per_sphere_at_calibration, half_life_h,
                                           (injected.s - calibration.s) / S_PER_H);
    return OT_OK;
}
