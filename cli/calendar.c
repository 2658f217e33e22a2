/* cli/calendar.c - Sundays of calibration and the clinic's hours as instants. */
#include "cli/calendar.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/zone.h"
#include "core/clock.h"

const char OT_CALIBRATION_ZONE[] = "America/New_York";
static const double S_PER_DAY = 86400.0;
static const double S_PER_H = 3600.0;

enum { NOON = 12, DAYS_PER_WEEK = 7, MIN_PER_H = 60, THURSDAY = 4, S_PER_MIN = 60 };

/* 0 Sunday to 6 Saturday; 1970-01-01 was a Thursday. */
static long weekday(long days)
{
    return ((days + THURSDAY) % DAYS_PER_WEEK + DAYS_PER_WEEK) % DAYS_PER_WEEK;
}

static bool digits(const char *text, int *minute)
{
    for (int n = 0; n < 5; n++) {
        if (n == 2 ? text[n] != ':' : (text[n] < '0' || text[n] > '9')) {
            return false;
        }
    }
    const int hour = 10 * (text[0] - '0') + (text[1] - '0');
    const int rest = 10 * (text[3] - '0') + (text[4] - '0');
    *minute = hour * MIN_PER_H + rest;
    return hour <= 23 && rest < MIN_PER_H;
}

enum ot_rc ot_site_hours_parse(const char *text, struct ot_site_hours *hours, struct ot_err *err)
{
    if (strlen(text) != strlen("08:00-18:00") || text[5] != '-' ||
        !digits(text, &hours->open_minute) || !digits(text + 6, &hours->close_minute) ||
        hours->open_minute >= hours->close_minute) {
        return ot_fail(err, OT_ERR_ARG, "site_hours '%.40s' must be written as 08:00-18:00", text);
    }
    return OT_OK;
}

static enum ot_rc instant_of(const char *zone, long days, int minute, double *utc_s,
                             struct ot_err *err)
{
    struct ot_civil civil = {.hour = minute / MIN_PER_H, .minute = minute % MIN_PER_H};
    ot_date_from_days(days, &civil.year, &civil.month, &civil.day);
    return ot_zone_to_utc(zone, &civil, utc_s, NULL, err);
}

enum ot_rc ot_calendar_next_calibration(double utc_s, double *calibration_utc_s, struct ot_err *err)
{
    struct ot_civil civil;
    enum ot_rc rc = ot_zone_from_utc(OT_CALIBRATION_ZONE, utc_s, &civil, NULL, err);
    if (rc != OT_OK) {
        return rc;
    }
    long days = ot_days_from_date(civil.year, civil.month, civil.day);
    days += (DAYS_PER_WEEK - weekday(days)) % DAYS_PER_WEEK;
    rc = instant_of(OT_CALIBRATION_ZONE, days, NOON * MIN_PER_H, calibration_utc_s, err);
    if (rc == OT_OK && *calibration_utc_s < utc_s) {
        rc = instant_of(OT_CALIBRATION_ZONE, days + DAYS_PER_WEEK, NOON * MIN_PER_H,
                        calibration_utc_s, err);
    }
    return rc;
}

enum ot_rc ot_calendar_treatment_day(const char *calibration_zone, double calibration_utc_s,
                                     double injection_utc_s, int *day, struct ot_err *err)
{
    struct ot_civil civil;
    long first_s = 0;
    long last_s = 0;
    enum ot_rc rc = ot_zone_from_utc(calibration_zone, calibration_utc_s, &civil, &first_s, err);
    if (rc == OT_OK) {
        rc = ot_zone_from_utc(calibration_zone, injection_utc_s, &civil, &last_s, err);
    }
    if (rc == OT_OK) {
        *day = ot_vial_treatment_day(calibration_utc_s, first_s, injection_utc_s, last_s);
    }
    return rc;
}

bool ot_calendar_iso_offset(const char *iso8601, long *offset_s)
{
    struct ot_time time;
    int minute = 0;
    const size_t length = strlen(iso8601);
    if (!ot_time_from_iso8601(iso8601, &time) || !time.zoned) {
        return false;
    }
    *offset_s = 0;
    if (iso8601[length - 1] == 'Z') {
        return true;
    }
    /* The reader above accepts +HH:MM and -HH:MM only. */
    const char *sign = iso8601 + length - strlen("+00:00");
    if (!digits(sign + 1, &minute)) {
        return false;
    }
    *offset_s = (sign[0] == '-' ? -S_PER_MIN : S_PER_MIN) * (long)minute;
    return true;
}

enum ot_rc ot_calendar_windows(double calibration_utc_s, const char *calibration_zone,
                               const char *site_zone, const struct ot_site_hours *hours,
                               struct ot_vial_window *windows, size_t *count, struct ot_err *err)
{
    struct ot_civil civil;
    *count = 0;
    enum ot_rc rc = ot_zone_from_utc(site_zone, calibration_utc_s, &civil, NULL, err);
    if (rc != OT_OK) {
        return rc;
    }
    const long first = ot_days_from_date(civil.year, civil.month, civil.day);
    const double last_s = calibration_utc_s + OT_CALENDAR_DAYS * S_PER_DAY;
    for (long day = first; day <= first + OT_CALENDAR_DAYS; day++) {
        if (weekday(day) == 0 || weekday(day) == DAYS_PER_WEEK - 1) {
            continue;
        }
        double open_s = 0.0;
        double close_s = 0.0;
        rc = instant_of(site_zone, day, hours->open_minute, &open_s, err);
        if (rc == OT_OK) {
            rc = instant_of(site_zone, day, hours->close_minute, &close_s, err);
        }
        open_s = fmax(open_s, calibration_utc_s);
        close_s = fmin(close_s, last_s);
        struct ot_vial_window *window = &windows[*count];
        if (rc == OT_OK && open_s <= close_s) {
            rc = ot_calendar_treatment_day(calibration_zone, calibration_utc_s, open_s,
                                           &window->day, err);
            window->open_h = (open_s - calibration_utc_s) / S_PER_H;
            window->close_h = (close_s - calibration_utc_s) / S_PER_H;
            (*count)++;
        }
        if (rc != OT_OK) {
            return rc;
        }
    }
    return OT_OK;
}
