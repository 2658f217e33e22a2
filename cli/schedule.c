/* cli/schedule.c - windows of a clinic's working days, and the vials that fit them. */
#include "cli/schedule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/zone.h"
#include "core/criterion.h"
#include "core/text.h"

static const double S_PER_H = 3600.0;
/* Vials are calibrated on Sunday noon, Eastern time (vendor; fact sheet 6). */
static const char CALIBRATION_ZONE[] = "America/New_York";
enum { CALIBRATION_HOUR = 12, LAST_DAY = 12, DAYS_PER_WEEK = 7, SUNDAY = 0, SATURDAY = 6 };

/* 0 for Sunday; 1970-01-01 was a Thursday. */
static int weekday(long days)
{
    const long shifted = (days + 4) % DAYS_PER_WEEK;
    return (int)(shifted < 0 ? shifted + DAYS_PER_WEEK : shifted);
}

static enum ot_rc next_sunday_noon(double now_utc_s, double *utc_s, struct ot_err *err)
{
    struct ot_civil civil;
    enum ot_rc rc = ot_zone_from_utc(CALIBRATION_ZONE, now_utc_s, &civil, NULL, err);
    if (rc != OT_OK) {
        return rc;
    }
    long days = ot_days_from_date(civil.year, civil.month, civil.day);
    days += (DAYS_PER_WEEK - weekday(days)) % DAYS_PER_WEEK;
    for (int tries = 0; tries < 2; tries++, days += DAYS_PER_WEEK) {
        ot_date_from_days(days, &civil.year, &civil.month, &civil.day);
        civil.hour = CALIBRATION_HOUR;
        civil.minute = 0;
        rc = ot_zone_to_utc(CALIBRATION_ZONE, &civil, utc_s, NULL, err);
        if (rc != OT_OK || *utc_s > now_utc_s) {
            break;
        }
    }
    return rc;
}

static enum ot_rc parse_time(const char *name, const char *text, struct ot_time *time,
                             struct ot_err *err)
{
    if (!ot_time_from_iso8601(text, time) || !time->zoned) {
        return ot_fail(err, OT_ERR_ARG, "--%s: '%.40s' is no ISO 8601 time with zone", name, text);
    }
    return OT_OK;
}

/* "08:00-18:00" */
static enum ot_rc parse_hours(const char *text, struct ot_civil *open, struct ot_civil *close,
                              struct ot_err *err)
{
    int used = 0;
    int h[4] = {0};
    const int got = sscanf(text, "%2d:%2d-%2d:%2d%n", &h[0], &h[1], &h[2], &h[3], &used);
    const bool fits = got == 4 && text[used] == '\0' && h[0] >= 0 && h[0] < 24 && h[1] >= 0 &&
                      h[1] < 60 && h[2] >= 0 && h[2] < 24 && h[3] >= 0 && h[3] < 60 &&
                      60 * h[0] + h[1] < 60 * h[2] + h[3];
    if (!fits) {
        return ot_fail(err, OT_ERR_ARG, "--site-hours: '%.40s' is not HH:MM-HH:MM", text);
    }
    open->hour = h[0];
    open->minute = h[1];
    close->hour = h[2];
    close->minute = h[3];
    return OT_OK;
}

static enum ot_rc working_windows(const struct ot_case *c, struct ot_schedule *schedule,
                                  struct ot_err *err)
{
    struct ot_civil open;
    struct ot_civil close;
    struct ot_civil civil;
    enum ot_rc rc = parse_hours(c->site_hours, &open, &close, err);
    if (rc == OT_OK) {
        rc = ot_zone_from_utc(c->site_zone, schedule->calibration_utc_s, &civil, NULL, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    const long first = ot_days_from_date(civil.year, civil.month, civil.day);
    for (int day = 1; day <= LAST_DAY; day++) {
        const int of_week = weekday(first + day);
        double from_s = 0.0;
        double to_s = 0.0;
        if (of_week == SUNDAY || of_week == SATURDAY) {
            continue;
        }
        ot_date_from_days(first + day, &open.year, &open.month, &open.day);
        ot_date_from_days(first + day, &close.year, &close.month, &close.day);
        rc = ot_zone_to_utc(c->site_zone, &open, &from_s, NULL, err);
        if (rc == OT_OK) {
            rc = ot_zone_to_utc(c->site_zone, &close, &to_s, NULL, err);
        }
        if (rc != OT_OK) {
            return rc;
        }
        if (from_s > schedule->calibration_utc_s && schedule->window_count < OT_MAX_WINDOWS) {
            schedule->windows[schedule->window_count++] =
                (struct ot_vial_window){.open_h = (from_s - schedule->calibration_utc_s) / S_PER_H,
                                        .close_h = (to_s - schedule->calibration_utc_s) / S_PER_H,
                                        .day = day};
        }
    }
    return OT_OK;
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
        rc = next_sunday_noon(now_utc_s, &schedule->calibration_utc_s, err);
    }
    if (rc != OT_OK || injection->injection_time == NULL) {
        return rc == OT_OK ? working_windows(c, schedule, err) : rc;
    }
    rc = parse_time("injection-time", injection->injection_time, &planned, err);
    if (rc == OT_OK && planned.s < schedule->calibration_utc_s && !schedule->calibration_given) {
        /* Without a calibration time, the Sunday before the injection is meant. */
        rc = next_sunday_noon(planned.s - DAYS_PER_WEEK * 24.0 * S_PER_H,
                              &schedule->calibration_utc_s, err);
    }
    const double hours = (planned.s - schedule->calibration_utc_s) / S_PER_H;
    if (rc == OT_OK && !(hours >= 0.0)) {
        rc = ot_fail(err, OT_ERR_RANGE, "the injection is %.1f h before the calibration", -hours);
    }
    if (rc == OT_OK) {
        char day[16];
        double bq = NAN;
        int number = (int)floor(hours / 24.0);
        if (injection->calibration_time != NULL &&
            ot_schedule_stated_day(injection, 64.0, day, sizeof day, &bq, err) == OT_OK) {
            (void)ot_treatment_day_parse(day, &number);
        }
        schedule->windows[schedule->window_count++] =
            (struct ot_vial_window){.open_h = hours, .close_h = hours, .day = number};
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
        "calibration_time", civil_text(CALIBRATION_ZONE, zero_s), "treatment_day", day, "from",
        civil_text(c->site_zone, zero_s + option->from_h * S_PER_H), "to",
        civil_text(c->site_zone, zero_s + option->to_h * S_PER_H), "holds_prescribed_at",
        civil_text(c->site_zone, zero_s + option->equal_h * S_PER_H), "activity_from_gbq",
        option->activity_from_gbq, "activity_to_gbq", option->activity_to_gbq, "bq_per_sphere_from",
        ot_vial_bq_per_sphere(bq_per_sphere_at_cal, c->half_life_h, option->from_h));
}

/* Seconds east of UTC that an ISO 8601 text with zone states. */
static long stated_offset_s(const char *text, const struct ot_time *instant)
{
    char bare[40];
    struct ot_time reading = {0};
    const size_t length = strlen(text);
    if (text[length - 1] == 'Z' || length < 7 || length - 6 >= sizeof bare) {
        return 0;
    }
    memcpy(bare, text, length - 6);
    bare[length - 6] = '\0';
    return ot_time_from_iso8601(bare, &reading) ? lround(reading.s - instant->s) : 0;
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
    /* Calendar days in the calibration's zone. */
    const long offset_s = stated_offset_s(injection->calibration_time, &calibration);
    ot_treatment_day_text(ot_vial_treatment_day(calibration.s, offset_s, injected.s, offset_s), day,
                          size);
    *bq_per_sphere = ot_vial_bq_per_sphere(injection->bq_per_sphere_at_calibration, half_life_h,
                                           (injected.s - calibration.s) / S_PER_H);
    return OT_OK;
}
