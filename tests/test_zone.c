/* tests/test_zone.c - civil time, daylight saving and the two weeks after calibration.
 * Instants are those of `date -u -d 'TZ="America/New_York" ...' +%s`. */
#include <stdlib.h>

#include "cli/calendar.h"
#include "cli/zone.h"
#include "tests/support/ot_test.h"

static const char ny[] = "America/New_York";

static double utc(const char *zone, int year, int month, int day, int hour, int minute)
{
    struct ot_err err = {0};
    double s = 0.0;
    const struct ot_civil civil = {year, month, day, hour, minute};
    assert_ok(ot_zone_to_utc(zone, &civil, &s, NULL, &err), err);
    return s;
}

static void civil_times_become_instants(void **state)
{
    (void)state;
    assert_near(utc(ny, 2026, 11, 22, 12, 0), 1795366800.0, 0.0);           /* 17:00 UTC */
    assert_near(utc(ny, 2026, 7, 5, 12, 0), 1783267200.0, 0.0);             /* 16:00 UTC */
    assert_near(utc("Europe/Paris", 2026, 7, 5, 18, 0), 1783267200.0, 0.0); /* the same instant */
    assert_near(utc("UTC", 1970, 1, 1, 0, 0), 0.0, 0.0);
}

static void absolute_hours_are_right_across_both_changes(void **state)
{
    (void)state;
    /* Spring 2026-03-08: from Saturday noon to Sunday noon are 23 h. */
    assert_near(utc(ny, 2026, 3, 8, 12, 0) - utc(ny, 2026, 3, 7, 12, 0), 23.0 * 3600.0, 0.0);
    /* Autumn 2026-11-01: 25 h. */
    assert_near(utc(ny, 2026, 11, 1, 12, 0) - utc(ny, 2026, 10, 31, 12, 0), 25.0 * 3600.0, 0.0);
    /* Calibration Sunday noon after the change, injection Wednesday noon: 72 h as ever. */
    assert_near(utc(ny, 2026, 3, 11, 12, 0) - utc(ny, 2026, 3, 8, 12, 0), 72.0 * 3600.0, 0.0);
    /* W1 Sun before the autumn change to W2 Mon: 193 h of decay, where the clock says 192. */
    assert_near(utc(ny, 2026, 11, 2, 12, 0) - utc(ny, 2026, 10, 25, 12, 0), 193.0 * 3600.0, 0.0);
}

static void skipped_times_are_refused_and_doubled_ones_are_the_first(void **state)
{
    (void)state;
    struct ot_err err = {0};
    double s = 0.0;
    long offset_s = 0;
    const struct ot_civil skipped = {2026, 3, 8, 2, 30};
    err = (struct ot_err){0};
    assert_refused(ot_zone_to_utc(ny, &skipped, &s, NULL, &err), err, OT_ERR_RANGE, "skip");
    err = (struct ot_err){0};
    const struct ot_civil doubled = {2026, 11, 1, 1, 30};
    assert_ok(ot_zone_to_utc(ny, &doubled, &s, &offset_s, &err), err);
    assert_int_equal(offset_s, -4 * 3600);
    const struct ot_civil never = {2026, 2, 29, 12, 0};
    err = (struct ot_err){0};
    assert_refused(ot_zone_to_utc(ny, &never, &s, NULL, &err), err, OT_ERR_RANGE, "no date");
    err = (struct ot_err){0};
    const struct ot_civil dublin = {2026, 10, 25, 1, 30}; /* its daylight flag is inverted */
    assert_ok(ot_zone_to_utc("Europe/Dublin", &dublin, &s, &offset_s, &err), err);
    assert_int_equal(offset_s, 3600);
}

static void unknown_zones_are_refused(void **state)
{
    (void)state;
    struct ot_err err = {0};
    static const char *const bad[] = {
        "America/Neu_York", "", "EST5EDT,M3.2.0", "/etc/passwd", "../../../etc/passwd", "Europe"};
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        err = (struct ot_err){0};
        assert_refused(ot_zone_check(bad[n], &err), err, OT_ERR_ARG, "no time zone");
        err = (struct ot_err){0};
    }
    assert_ok(ot_zone_check("Europe/Paris", &err), err);
}

static void the_variable_tz_is_as_it_was(void **state)
{
    (void)state;
    assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
    (void)utc(ny, 2026, 3, 9, 12, 0);
    assert_string_equal(getenv("TZ"), "Asia/Tokyo");
    assert_int_equal(unsetenv("TZ"), 0);
    (void)utc(ny, 2026, 3, 9, 12, 0);
    assert_null(getenv("TZ"));
}

static void instants_are_written_with_their_offset(void **state)
{
    (void)state;
    struct ot_err err = {0};
    char text[40];
    assert_ok(ot_zone_text(ny, 1795366800.0, text, sizeof text, &err), err);
    assert_string_equal(text, "2026-11-22T12:00:00-05:00");
    assert_ok(ot_zone_text("Asia/Kolkata", 1783267230.0, text, sizeof text, &err), err);
    assert_string_equal(text, "2026-07-05T21:30:30+05:30");
}

static void calibrations_are_sundays_at_noon_in_new_york(void **state)
{
    (void)state;
    struct ot_err err = {0};
    double s = 0.0;
    assert_ok(ot_calendar_next_calibration(utc(ny, 2026, 11, 24, 9, 0), &s, &err), err);
    assert_near(s, utc(ny, 2026, 11, 29, 12, 0), 0.0);
    assert_ok(ot_calendar_next_calibration(utc(ny, 2026, 11, 29, 12, 0), &s, &err), err);
    assert_near(s, utc(ny, 2026, 11, 29, 12, 0), 0.0);
    assert_ok(ot_calendar_next_calibration(utc(ny, 2026, 11, 29, 12, 1), &s, &err), err);
    assert_near(s, utc(ny, 2026, 12, 6, 12, 0), 0.0);
    /* Sunday noon New York is already Monday in Tokyo. */
    assert_ok(ot_calendar_next_calibration(utc("Asia/Tokyo", 2026, 11, 30, 0, 0), &s, &err), err);
    assert_near(s, utc(ny, 2026, 11, 29, 12, 0), 0.0);
}

static void windows_are_the_working_days_of_two_weeks(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_site_hours hours;
    struct ot_vial_window windows[OT_CALENDAR_DAYS + 1];
    size_t count = 0;
    assert_ok(ot_site_hours_parse("08:00-18:00", &hours, &err), err);
    const double calibration_s = utc(ny, 2026, 10, 25, 12, 0);
    assert_ok(ot_calendar_windows(calibration_s, ny, ny, &hours, windows, &count, &err), err);
    assert_int_equal(count, 10);
    assert_int_equal(windows[0].day, 1);
    assert_near(windows[0].open_h, 20.0, 0.0);
    assert_near(windows[0].close_h, 30.0, 0.0);
    assert_int_equal(windows[2].day, 3);
    assert_near(windows[2].open_h, 68.0, 0.0);
    /* The clocks go back on the second Sunday: an hour more of decay. */
    assert_int_equal(windows[5].day, 8);
    assert_near(windows[5].open_h, 8 * 24.0 - 4.0 + 1.0, 0.0);
    assert_int_equal(windows[9].day, 12);
    /* In Paris the working day begins 6 h earlier; 5 h while only Europe has changed. */
    assert_ok(ot_calendar_windows(calibration_s, ny, "Europe/Paris", &hours, windows, &count, &err),
              err);
    assert_int_equal(count, 10);
    assert_near(windows[0].open_h, 15.0, 0.0);
    assert_near(windows[5].open_h, 7 * 24.0 + 15.0, 0.0);
    int day = 0;
    assert_ok(ot_calendar_treatment_day(ny, calibration_s, utc(ny, 2026, 11, 3, 9, 0), &day, &err),
              err);
    assert_int_equal(day, 9);
}

static void offsets_are_read_from_iso_times(void **state)
{
    (void)state;
    long s = 1;
    assert_true(ot_calendar_iso_offset("2026-11-22T12:00:00-05:00", &s));
    assert_int_equal(s, -18000);
    assert_true(ot_calendar_iso_offset("2026-11-22T12:00+05:30", &s));
    assert_int_equal(s, 19800);
    assert_true(ot_calendar_iso_offset("2026-11-22T12:00Z", &s));
    assert_int_equal(s, 0);
    assert_false(ot_calendar_iso_offset("2026-11-22T12:00", &s));
    assert_false(ot_calendar_iso_offset("-05:00", &s));
}

static void site_hours_are_strict(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_site_hours hours;
    static const char *const bad[] = {"8-18",        "08:00-24:00", "18:00-08:00", "08:00-08:00",
                                      "08:60-18:00", "08:00 18:00", "08:00-18:00 "};
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        err = (struct ot_err){0};
        assert_refused(ot_site_hours_parse(bad[n], &hours, &err), err, OT_ERR_ARG, "site_hours");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(civil_times_become_instants),
        cmocka_unit_test(absolute_hours_are_right_across_both_changes),
        cmocka_unit_test(skipped_times_are_refused_and_doubled_ones_are_the_first),
        cmocka_unit_test(unknown_zones_are_refused),
        cmocka_unit_test(the_variable_tz_is_as_it_was),
        cmocka_unit_test(instants_are_written_with_their_offset),
        cmocka_unit_test(calibrations_are_sundays_at_noon_in_new_york),
        cmocka_unit_test(windows_are_the_working_days_of_two_weeks),
        cmocka_unit_test(offsets_are_read_from_iso_times),
        cmocka_unit_test(site_hours_are_strict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
