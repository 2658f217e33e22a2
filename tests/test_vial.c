/* tests/test_vial.c - decay, days and vials against the fact sheet's table. */
#include "core/criterion.h"
#include "kernels/vial.h"
#include "tests/support/ot_test.h"

static const double half_life_h = 64.1;

static void the_decay_table_is_reproduced(void **state)
{
    (void)state;
    static const struct {
        int day;
        double factor[4], bq[4]; /* at 08, 12, 16 and 20 h */
    } rows[] = {
        {1, {.8055, .7714, .7388, .7075}, {2014, 1929, 1847, 1769}},
        {2, {.6214, .5951, .5699, .5458}, {1553, 1488, 1425, 1364}},
        {3, {.4794, .4591, .4396, .4210}, {1198, 1148, 1099, 1053}},
        {4, {.3698, .3541, .3391, .3248}, {924, 885, 848, 812}},
        {5, {.2853, .2732, .2616, .2505}, {713, 683, 654, 626}},
        {7, {.1698, .1626, .1557, .1491}, {424, 406, 389, 373}},
        {8, {.1309, .1254, .1201, .1150}, {327, 314, 300, 288}},
        {9, {.1010, .0967, .0926, .0887}, {253, 242, 232, 222}},
        {10, {.0779, .0746, .0715, .0684}, {195, 187, 179, 171}},
        {11, {.0601, .0576, .0551, .0528}, {150, 144, 138, 132}},
        {12, {.0464, .0444, .0425, .0407}, {116, 111, 106, 102}},
    };
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        for (int c = 0; c < 4; c++) {
            const double hours = 24.0 * rows[n].day - 4.0 + 4.0 * c;
            assert_near(ot_vial_decay_factor(half_life_h, hours), rows[n].factor[c], 5.1e-5);
            assert_near(ot_vial_bq_per_sphere(2500.0, half_life_h, hours), rows[n].bq[c], 0.51);
        }
    }
    assert_near(ot_vial_decay_factor(half_life_h, 96.0), 0.3541, 5e-5);
    /* 297 Bq is reached until 197.0 h, Monday 17:00 of the second week. */
    double hours = 0.0;
    struct ot_err err = {0};
    assert_ok(ot_vial_hours_until(2500.0, 297.0, half_life_h, &hours, &err), err);
    assert_near(hours, 197.0, 0.05);
}

static void the_worked_vial_example_holds(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const double wanted_gbq = 1.27592;
    const double noon_h = 72.0;
    assert_near(wanted_gbq / ot_vial_decay_factor(half_life_h, noon_h), 2.779, 5e-4);
    assert_near(3.0 * ot_vial_decay_factor(half_life_h, noon_h), 1.37718, 2e-5);
    double hours = 0.0;
    assert_ok(ot_vial_hours_until(3.0, wanted_gbq, half_life_h, &hours, &err), err);
    assert_near(hours, 79.06, 5e-3);

    const struct ot_vial_window window = {.open_h = 72.0, .close_h = 78.0, .day = 3};
    const struct ot_vial_request request = {.activity_gbq = wanted_gbq,
                                            .max_gbq = INFINITY,
                                            .half_life_h = half_life_h,
                                            .vials_gbq = OT_STANDARD_VIALS_GBQ,
                                            .vial_count = OT_STANDARD_VIAL_COUNT,
                                            .windows = &window,
                                            .window_count = 1};
    struct ot_vial_option option[4];
    size_t count = 0;
    assert_ok(ot_vial_options(&request, option, 4, &count, &err), err);
    assert_int_equal(count, 1);
    assert_near(option[0].vial_gbq, 3.0, 0.0);
    assert_near(option[0].from_h, 72.0, 0.0);
    assert_near(option[0].to_h, 78.0, 0.0);
    assert_near(option[0].equal_h, 79.06, 5e-3);
    assert_near(option[0].activity_from_gbq, 1.37718, 2e-5);
    assert_int_equal(option[0].day, 3);
}

static void the_next_vial_follows_where_one_falls_short(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_vial_window windows[] = {{20.0, 30.0, 1}, {44.0, 54.0, 2}};
    struct ot_vial_request request = {.activity_gbq = 2.4,
                                      .max_gbq = INFINITY,
                                      .half_life_h = half_life_h,
                                      .vials_gbq = OT_STANDARD_VIALS_GBQ,
                                      .vial_count = OT_STANDARD_VIAL_COUNT,
                                      .windows = windows,
                                      .window_count = 2};
    struct ot_vial_option option[8];
    size_t count = 0;
    assert_ok(ot_vial_options(&request, option, 8, &count, &err), err);
    assert_true(count >= 2);
    /* 3.0 GBq hold 2.4 GBq until 20.6 h, 3.5 GBq until 34.9 h. */
    assert_near(option[0].vial_gbq, 3.0, 0.0);
    assert_near(option[0].to_h, 64.1 * log2(3.0 / 2.4), 1e-9);
    assert_near(option[0].activity_to_gbq, 2.4, 1e-12);
    assert_near(option[1].vial_gbq, 3.5, 0.0);
    assert_near(option[1].from_h, option[0].to_h, 0.0);
    for (size_t n = 0; n < count; n++) {
        assert_true(option[n].activity_from_gbq >= option[n].activity_to_gbq);
        assert_true(option[n].activity_to_gbq >= 2.4 - 1e-12);
    }
    /* A maximum leaves only the time after the vial has decayed to it. */
    request.max_gbq = 2.42;
    assert_ok(ot_vial_options(&request, option, 8, &count, &err), err);
    for (size_t n = 0; n < count; n++) {
        assert_true(option[n].activity_from_gbq <= 2.42 + 1e-12);
    }
    /* More than the largest vial ever holds. */
    request.activity_gbq = 19.0;
    request.max_gbq = INFINITY;
    assert_ok(ot_vial_options(&request, option, 8, &count, &err), err);
    assert_int_equal(count, 0);
}

static void standard_vials_are_half_steps(void **state)
{
    (void)state;
    for (size_t n = 0; n < OT_STANDARD_VIAL_COUNT; n++) {
        assert_near(OT_STANDARD_VIALS_GBQ[n], 3.0 + 0.5 * (double)n, 0.0);
    }
}

static void treatment_days_are_calendar_days(void **state)
{
    (void)state;
    char text[16];
    int day = 0;
    static const struct {
        int day;
        const char *text;
    } days[] = {{0, "W1 Sun"}, {3, "W1 Wed"}, {6, "W1 Sat"}, {7, "W2 Sun"}, {9, "W2 Tue"}};
    for (size_t n = 0; n < sizeof days / sizeof days[0]; n++) {
        ot_treatment_day_text(days[n].day, text, sizeof text);
        assert_string_equal(text, days[n].text);
        assert_true(ot_treatment_day_parse(text, &day));
        assert_int_equal(day, days[n].day);
    }
    assert_true(ot_treatment_day_parse("day 4", &day));
    assert_int_equal(day, 4);
    assert_false(ot_treatment_day_parse("W0 Wed", &day));
    assert_false(ot_treatment_day_parse("W1 wed", &day));
    assert_false(ot_treatment_day_parse("Wed", &day));
    assert_false(ot_treatment_day_parse("day -1", &day));
    /* Sunday noon to Wednesday 00:30 in the same zone: 60.5 h are three calendar days. */
    assert_int_equal(ot_vial_treatment_day(0.0, 43200, 60.5 * 3600.0, 43200), 3);
    assert_int_equal(ot_vial_treatment_day(0.0, 43200, 59.5 * 3600.0, 43200), 2);
    assert_near(ot_vial_hours_between(100.0, 3700.0), 1.0, 0.0);
}

static void impossible_vials_are_refused(void **state)
{
    (void)state;
    struct ot_err err = {0};
    double hours = 0.0;
    err = (struct ot_err){0};
    assert_refused(ot_vial_hours_until(0.0, 1.0, 64.1, &hours, &err), err, OT_ERR_RANGE, "above 0");
    const struct ot_vial_window window = {.open_h = 10.0, .close_h = 9.0};
    static const double falling[] = {5.0, 3.0};
    struct ot_vial_request request = {.activity_gbq = 1.0,
                                      .max_gbq = 0.5,
                                      .half_life_h = 64.1,
                                      .vials_gbq = falling,
                                      .vial_count = 2,
                                      .windows = &window,
                                      .window_count = 1};
    struct ot_vial_option option;
    size_t count = 0;
    err = (struct ot_err){0};
    assert_refused(ot_vial_options(&request, &option, 1, &count, &err), err, OT_ERR_RANGE,
                   "greatest activity");
    request.max_gbq = INFINITY;
    err = (struct ot_err){0};
    assert_refused(ot_vial_options(&request, &option, 1, &count, &err), err, OT_ERR_RANGE,
                   "ascend");
    request.vial_count = 1;
    err = (struct ot_err){0};
    assert_refused(ot_vial_options(&request, &option, 1, &count, &err), err, OT_ERR_RANGE,
                   "window opens");
    request.activity_gbq = NAN;
    err = (struct ot_err){0};
    assert_refused(ot_vial_options(&request, &option, 1, &count, &err), err, OT_ERR_RANGE,
                   "above 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_decay_table_is_reproduced),
        cmocka_unit_test(the_worked_vial_example_holds),
        cmocka_unit_test(the_next_vial_follows_where_one_falls_short),
        cmocka_unit_test(standard_vials_are_half_steps),
        cmocka_unit_test(treatment_days_are_calendar_days),
        cmocka_unit_test(impossible_vials_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
