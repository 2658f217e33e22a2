/* core/clock.c - calendar arithmetic and the three notations of time. */
#include "core/clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SECONDS_PER_DAY = 86400 };

/* Howard Hinnant's days_from_civil, "chrono-Compatible Low-Level Date Algorithms". */
long ot_days_from_date(int year, int month, int day)
{
    const long y = (long)year - (month <= 2);
    const long era = (y >= 0 ? y : y - 399) / 400;
    const long year_of_era = y - era * 400;
    const long day_of_year = (153L * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const long day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void ot_date_from_days(long days, int *year, int *month, int *day)
{
    const long z = days + 719468;
    const long era = (z >= 0 ? z : z - 146096) / 146097;
    const long day_of_era = z - era * 146097;
    const long year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const long day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const long shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted + (shifted < 10 ? 3 : -9));
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

/* Exactly `count` digits; advances *at. */
static bool take_digits(const char **at, size_t count, int *value)
{
    int sum = 0;
    for (size_t n = 0; n < count; n++) {
        const char c = (*at)[n];
        if (c < '0' || c > '9') {
            return false;
        }
        sum = 10 * sum + (c - '0');
    }
    *at += count;
    *value = sum;
    return true;
}

static bool take_char(const char **at, char wanted)
{
    if (**at != wanted) {
        return false;
    }
    (*at)++;
    return true;
}

/* ".123": at least one digit; at most what a double holds. */
static bool take_fraction(const char **at, double *fraction)
{
    double scale = 0.1;
    size_t digits = 0;
    *fraction = 0.0;
    for (; **at >= '0' && **at <= '9'; (*at)++, digits++) {
        *fraction += scale * (**at - '0');
        scale /= 10.0;
    }
    return digits > 0 && digits <= 9;
}

static bool valid_date(int year, int month, int day)
{
    if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31) {
        return false;
    }
    int y = 0;
    int m = 0;
    int d = 0;
    ot_date_from_days(ot_days_from_date(year, month, day), &y, &m, &d);
    return y == year && m == month && d == day;
}

struct parts {
    int year, month, day, hour, minute, second;
    double fraction;
};

static bool make_time(const struct parts *p, struct ot_time *time)
{
    /* A leap second, :60, is read as the second that follows. */
    if (!valid_date(p->year, p->month, p->day) || p->hour > 23 || p->minute > 59 ||
        p->second > 60) {
        return false;
    }
    const double days = (double)ot_days_from_date(p->year, p->month, p->day);
    time->s =
        days * SECONDS_PER_DAY + 3600.0 * p->hour + 60.0 * p->minute + p->second + p->fraction;
    time->known = true;
    time->zoned = false;
    return true;
}

static void apply_offset(int sign, int hours, int minutes, struct ot_time *time)
{
    time->s -= sign * (3600.0 * hours + 60.0 * minutes);
    time->zoned = true;
}

/* "+02:00", "+0200" (colon_needed false), at the end of the text. */
static bool take_offset(const char **at, bool colon, struct ot_time *time)
{
    const int sign = **at == '-' ? -1 : 1;
    int hours = 0;
    int minutes = 0;
    if (!take_char(at, '+') && !take_char(at, '-')) {
        return false;
    }
    if (!take_digits(at, 2, &hours) || (colon && !take_char(at, ':')) ||
        !take_digits(at, 2, &minutes) || **at != '\0' || hours > 14 || minutes > 59) {
        return false;
    }
    apply_offset(sign, hours, minutes, time);
    return true;
}

static bool iso8601(const char *at, struct ot_time *time)
{
    struct parts p = {0};
    if (!take_digits(&at, 4, &p.year) || !take_char(&at, '-') || !take_digits(&at, 2, &p.month) ||
        !take_char(&at, '-') || !take_digits(&at, 2, &p.day) ||
        (!take_char(&at, 'T') && !take_char(&at, ' ')) || !take_digits(&at, 2, &p.hour) ||
        !take_char(&at, ':') || !take_digits(&at, 2, &p.minute)) {
        return false;
    }
    if (take_char(&at, ':') && (!take_digits(&at, 2, &p.second) ||
                                (take_char(&at, '.') && !take_fraction(&at, &p.fraction)))) {
        return false;
    }
    if (!make_time(&p, time)) {
        return false;
    }
    if (strcmp(at, "Z") == 0) {
        apply_offset(1, 0, 0, time);
        return true;
    }
    return *at == '\0' || take_offset(&at, true, time);
}

bool ot_time_from_iso8601(const char *text, struct ot_time *time)
{
    *time = (struct ot_time){0};
    const bool good = iso8601(text, time);
    if (!good) {
        *time = (struct ot_time){0};
    }
    return good;
}

/* HH[MM[SS[.F]]]; stops at the end or at a zone. */
static bool take_time_of_day(const char **at, struct parts *p)
{
    if (!take_digits(at, 2, &p->hour)) {
        return false;
    }
    if (**at < '0' || **at > '9') {
        return true;
    }
    if (!take_digits(at, 2, &p->minute)) {
        return false;
    }
    if (**at < '0' || **at > '9') {
        return true;
    }
    return take_digits(at, 2, &p->second) &&
           (!take_char(at, '.') || take_fraction(at, &p->fraction));
}

static bool take_date(const char **at, struct parts *p)
{
    return take_digits(at, 4, &p->year) && take_digits(at, 2, &p->month) &&
           take_digits(at, 2, &p->day);
}

bool ot_time_from_dicom(const char *date, const char *time_of_day, struct ot_time *time)
{
    struct parts p = {0};
    *time = (struct ot_time){0};
    return take_date(&date, &p) && *date == '\0' && take_time_of_day(&time_of_day, &p) &&
           *time_of_day == '\0' && make_time(&p, time);
}

bool ot_time_from_dicom_dt(const char *text, struct ot_time *time)
{
    struct parts p = {0};
    *time = (struct ot_time){0};
    if (!take_date(&text, &p) || !take_time_of_day(&text, &p) || !make_time(&p, time)) {
        return false;
    }
    if (*text == '\0' || take_offset(&text, false, time)) {
        return true;
    }
    *time = (struct ot_time){0};
    return false;
}

bool ot_time_apply_dicom_offset(const char *offset, struct ot_time *time)
{
    struct ot_time shifted = *time;
    if (!time->known || time->zoned) {
        return true;
    }
    if (!take_offset(&offset, false, &shifted)) {
        return false;
    }
    *time = shifted;
    return true;
}

enum ot_rc ot_time_difference(const struct ot_time *later, const struct ot_time *earlier,
                              double *seconds, struct ot_err *err)
{
    if (!later->known || !earlier->known) {
        return ot_fail(err, OT_ERR_RANGE, "a time is not known");
    }
    if (later->zoned != earlier->zoned) {
        return ot_fail(err, OT_ERR_RANGE,
                       "one of two times has no zone, so they cannot be compared");
    }
    *seconds = later->s - earlier->s;
    return OT_OK;
}

void ot_time_to_iso8601(const struct ot_time *time, char *text, size_t size)
{
    if (!time->known) {
        (void)snprintf(text, size, "unknown");
        return;
    }
    const double whole = floor(time->s + 0.5);
    const double day = floor(whole / SECONDS_PER_DAY);
    const int second = (int)(whole - day * SECONDS_PER_DAY);
    int year = 0;
    int month = 0;
    int of_month = 0;
    ot_date_from_days((long)day, &year, &month, &of_month);
    (void)snprintf(text, size, "%04d-%02d-%02dT%02d:%02d:%02d%s", year, month, of_month,
                   second / 3600, second / 60 % 60, second % 60, time->zoned ? "Z" : "");
}
