/* tests/test_clock.c - times as DICOM, BIDS and people write them. */
#include "core/clock.h"
#include "tests/support/ot_test.h"

static void the_calendar_round_trips(void **state)
{
    (void)state;
    assert_int_equal(ot_days_from_date(1970, 1, 1), 0);
    assert_int_equal(ot_days_from_date(2000, 3, 1), 11017); /* date -d 2000-03-01 +%s / 86400 */
    assert_int_equal(ot_days_from_date(2026, 11, 24), 20781);
    for (long days = -800000; days < 800000; days += 997) {
        int y = 0;
        int m = 0;
        int d = 0;
        ot_date_from_days(days, &y, &m, &d);
        assert_int_equal(ot_days_from_date(y, m, d), days);
    }
}

static void iso_times_with_zones_are_instants(void **state)
{
    (void)state;
    struct ot_time a;
    struct ot_time b;
    assert_true(ot_time_from_iso8601("2026-09-01T10:00:00+02:00", &a));
    assert_true(ot_time_from_iso8601("2026-09-01 08:00Z", &b));
    assert_true(a.zoned && b.zoned);
    double seconds = -1.0;
    assert_int_equal(ot_time_difference(&a, &b, &seconds, NULL), OT_OK);
    assert_near(seconds, 0.0, 1e-9);
    char text[32];
    ot_time_to_iso8601(&a, text, sizeof text);
    assert_string_equal(text, "2026-09-01T08:00:00Z");
}

static void junk_is_not_a_time(void **state)
{
    (void)state;
    static const char *const junk[] = {
        "",
        "2026-09-01",
        "2026-9-1T10:00",
        "2026-02-30T10:00Z",
        "yesterday",
        "2026-09-01T24:00Z",
        "2026-09-01T10:60Z",
        "2026-09-01T10:00+2",
        "2026-09-01T10:00:00.Z",
        "2026-09-01T10:00:00Zjunk",
        "1026-09-01T10:00Z",
    };
    for (size_t n = 0; n < sizeof junk / sizeof junk[0]; n++) {
        struct ot_time time;
        assert_false(ot_time_from_iso8601(junk[n], &time));
        assert_false(time.known);
    }
}

static void dicom_times_cross_midnight_and_take_an_offset(void **state)
{
    (void)state;
    struct ot_time before;
    struct ot_time after;
    assert_true(ot_time_from_dicom("20260831", "235000", &before));
    assert_true(ot_time_from_dicom("20260901", "0010", &after));
    double seconds = 0.0;
    assert_int_equal(ot_time_difference(&after, &before, &seconds, NULL), OT_OK);
    assert_near(seconds, 1200.0, 1e-9);
    assert_true(ot_time_apply_dicom_offset("-0500", &after));
    assert_true(after.zoned);
    assert_int_equal(ot_time_difference(&after, &before, &seconds, NULL), OT_ERR_RANGE);
    struct ot_time dt;
    assert_true(ot_time_from_dicom_dt("20260901051000.000000+0000", &dt));
    assert_int_equal(ot_time_difference(&after, &dt, &seconds, NULL), OT_OK);
    assert_near(seconds, 0.0, 1e-6);
    assert_false(ot_time_from_dicom("20261301", "1000", &dt));
    assert_false(ot_time_from_dicom("20260901", "2560", &dt));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_calendar_round_trips),
        cmocka_unit_test(iso_times_with_zones_are_instants),
        cmocka_unit_test(junk_is_not_a_time),
        cmocka_unit_test(dicom_times_cross_midnight_and_take_an_offset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
