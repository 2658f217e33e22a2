/* cli/zone.c - libc's zones, one conversion at a time. */
#include "cli/zone.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/clock.h"
#include "core/text.h"

static const char zone_folder[] = "/usr/share/zoneinfo/";
static const double S_PER_DAY = 86400.0;
static const double EARLIEST_S = -2208988800.0; /* 1900-01-01 */
static const double LATEST_S = 7258118400.0;    /* 2200-01-01 */

enum { TZ_SIZE = 256, S_PER_H = 3600, S_PER_MIN = 60 };

/* What TZ was before; restored by leave(). */
struct before {
    char tz[TZ_SIZE];
    bool was_set;
};

static enum ot_rc enter(const char *zone, struct before *before, struct ot_err *err)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the header says so */
    const char *tz = getenv("TZ");
    before->was_set = tz != NULL;
    if (!ot_text_copy(before->tz, sizeof before->tz, tz != NULL ? tz : "")) {
        return ot_fail(err, OT_ERR_ARG, "the variable TZ is too long");
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    if (setenv("TZ", zone, 1) != 0) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory to set the zone");
    }
    tzset();
    return OT_OK;
}

static void leave(const struct before *before)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    (void)(before->was_set ? setenv("TZ", before->tz, 1) : unsetenv("TZ"));
    tzset();
}

enum ot_rc ot_zone_check(const char *zone, struct ot_err *err)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "_+-/";
    char path[TZ_SIZE];
    struct stat status;
    const size_t length = strlen(zone);
    const bool plain = length > 0 && length < TZ_SIZE - sizeof zone_folder && zone[0] != '/' &&
                       strspn(zone, allowed) == length;
    (void)snprintf(path, sizeof path, "%s%.200s", zone_folder, plain ? zone : "");
    if (!plain || stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        return ot_fail(err, OT_ERR_ARG,
                       "'%.60s' is no time zone of this system; write one as America/New_York",
                       zone);
    }
    return OT_OK;
}

/* Seconds since 1970 that the clock's own reading would be in UTC. */
static double reading_s(const struct tm *tm)
{
    const long days = ot_days_from_date(tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday);
    return (double)days * S_PER_DAY + tm->tm_hour * S_PER_H + tm->tm_min * S_PER_MIN + tm->tm_sec;
}

static bool valid_civil(const struct ot_civil *civil)
{
    if (civil->year < 1900 || civil->year >= 2200 || civil->month < 1 || civil->month > 12 ||
        civil->day < 1 || civil->day > 31 || civil->hour < 0 || civil->hour > 23 ||
        civil->minute < 0 || civil->minute > 59) {
        return false;
    }
    int year = 0;
    int month = 0;
    int day = 0;
    ot_date_from_days(ot_days_from_date(civil->year, civil->month, civil->day), &year, &month,
                      &day);
    return month == civil->month && day == civil->day;
}

/* The earliest instant whose reading in the zone that is set is the civil time. */
static bool find_instant(const struct ot_civil *civil, double *utc_s, long *offset_s)
{
    bool found = false;
    for (int daylight = -1; daylight <= 1; daylight++) {
        struct tm asked = {.tm_year = civil->year - 1900,
                           .tm_mon = civil->month - 1,
                           .tm_mday = civil->day,
                           .tm_hour = civil->hour,
                           .tm_min = civil->minute,
                           .tm_isdst = daylight};
        const double wanted_s = reading_s(&asked);
        const time_t instant = mktime(&asked);
        struct tm got;
        if (localtime_r(&instant, &got) == NULL || fabs(reading_s(&got) - wanted_s) > 0.5) {
            continue; /* skipped by the clock, or the other of the two */
        }
        if (!found || (double)instant < *utc_s) {
            *utc_s = (double)instant;
            *offset_s = lround(wanted_s - (double)instant);
        }
        found = true;
    }
    return found;
}

enum ot_rc ot_zone_to_utc(const char *zone, const struct ot_civil *civil, double *utc_s,
                          long *offset_s, struct ot_err *err)
{
    struct before before;
    enum ot_rc rc = ot_zone_check(zone, err);
    if (rc == OT_OK && !valid_civil(civil)) {
        rc = ot_fail(err, OT_ERR_RANGE, "%04d-%02d-%02d %02d:%02d is no date and time", civil->year,
                     civil->month, civil->day, civil->hour, civil->minute);
    }
    if (rc == OT_OK) {
        rc = enter(zone, &before, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    long offset = 0;
    const bool found = find_instant(civil, utc_s, &offset);
    leave(&before);
    if (!found) {
        return ot_fail(err, OT_ERR_RANGE,
                       "%04d-%02d-%02d %02d:%02d does not exist in %.60s: the clocks skip it",
                       civil->year, civil->month, civil->day, civil->hour, civil->minute, zone);
    }
    if (offset_s != NULL) {
        *offset_s = offset;
    }
    return OT_OK;
}

enum ot_rc ot_zone_from_utc(const char *zone, double utc_s, struct ot_civil *civil, long *offset_s,
                            struct ot_err *err)
{
    struct before before;
    enum ot_rc rc = ot_zone_check(zone, err);
    if (rc == OT_OK && !(utc_s >= EARLIEST_S && utc_s < LATEST_S)) {
        rc = ot_fail(err, OT_ERR_RANGE, "the time is outside the years 1900 to 2199");
    }
    if (rc == OT_OK) {
        rc = enter(zone, &before, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    const time_t instant = (time_t)floor(utc_s);
    struct tm got;
    const bool known = localtime_r(&instant, &got) != NULL;
    leave(&before);
    if (!known) {
        return ot_fail(err, OT_ERR_RANGE, "the time cannot be written in %.60s", zone);
    }
    *civil = (struct ot_civil){.year = got.tm_year + 1900,
                               .month = got.tm_mon + 1,
                               .day = got.tm_mday,
                               .hour = got.tm_hour,
                               .minute = got.tm_min};
    if (offset_s != NULL) {
        *offset_s = lround(reading_s(&got) - (double)instant);
    }
    return OT_OK;
}

enum ot_rc ot_zone_text(const char *zone, double utc_s, char *text, size_t size, struct ot_err *err)
{
    struct ot_civil civil;
    long offset_s = 0;
    enum ot_rc rc = ot_zone_from_utc(zone, utc_s, &civil, &offset_s, err);
    if (rc != OT_OK) {
        return rc;
    }
    const long minutes = labs(offset_s) / S_PER_MIN;
    const double in_minute = utc_s - S_PER_MIN * floor(utc_s / S_PER_MIN);
    (void)snprintf(text, size, "%04d-%02d-%02dT%02d:%02d:%02d%c%02ld:%02ld", civil.year,
                   civil.month, civil.day, civil.hour, civil.minute, (int)in_minute,
                   offset_s < 0 ? '-' : '+', minutes / S_PER_MIN, minutes % S_PER_MIN);
    return OT_OK;
}
