/* tests/test_calibrate.c - calibration rules and decay over several days. */
#include "kernels/calibrate.h"

#include "kernels/decay.h"
#include "tests/support/ot_test.h"

static const double Y90_S = 64.1 * 3600.0;

static struct ot_time at(const char *text)
{
    struct ot_time time;
    assert_true(ot_time_from_iso8601(text, &time));
    return time;
}

static void decay_follows_dates_zones_and_the_fact_sheet(void **state)
{
    (void)state;
    /* fact sheet 5.1: 2 h 1.02186, 24 h 1.29631, 48 h 1.68043, 72 h 2.17836 at 64.1 h */
    static const double want[][2] = {{2, 1.02186}, {24, 1.29631}, {48, 1.68043}, {72, 2.17836}};
    for (size_t n = 0; n < 4; n++) {
        assert_near(ot_decay_factor(want[n][0] * 3600.0, Y90_S), want[n][1], 1e-5);
    }
    struct ot_image_facts facts = {.value_time = at("2026-09-04T09:00:00+01:00")};
    const struct ot_time injection = at("2026-09-01T10:00:00+02:00");
    double factor = 0.0;
    struct ot_err err = {0};
    assert_ok(ot_decay_to_injection(&facts, &injection, Y90_S, &factor, &err), err);
    assert_near(factor, 2.17836, 1e-5);
}

static void a_scanners_own_half_life_is_undone(void **state)
{
    (void)state;
    /* Measured 100 at 26 h, "corrected" to 24 h with the half-life of F-18. */
    const double f18_s = 6586.2;
    struct ot_image_facts facts = {.value_time = at("2026-09-02T08:00:00Z"),
                                   .acquired = at("2026-09-02T10:00:00Z"),
                                   .corrected_half_life_s = f18_s};
    const double written = 100.0 * ot_decay_factor(7200.0, f18_s);
    const struct ot_time injection = at("2026-09-01T08:00:00Z");
    double factor = 0.0;
    struct ot_err err = {0};
    assert_ok(ot_decay_to_injection(&facts, &injection, Y90_S, &factor, &err), err);
    assert_ratio(written * factor, 100.0 * ot_decay_factor(26 * 3600.0, Y90_S), 1e-12);
}

static void a_foreign_half_life_needs_the_acquisition(void **state)
{
    (void)state;
    struct ot_image_facts facts = {.value_time = at("2026-09-01T08:00:00Z"),
                                   .corrected_half_life_s = 6586.2};
    const struct ot_time injection = at("2026-09-01T08:00:00Z");
    double factor = 0.0;
    struct ot_err err = {0};
    assert_true(ot_decay_is_foreign(&facts, Y90_S));
    assert_refused(ot_decay_to_injection(&facts, &injection, Y90_S, &factor, &err), err,
                   OT_ERR_RANGE, "half-life of 6586.2 s, and the image does not say when");
    facts.corrected_half_life_s = 64.05 * 3600.0; /* another table's Y-90 */
    struct ot_err none = {0};
    assert_false(ot_decay_is_foreign(&facts, Y90_S));
    assert_ok(ot_decay_to_injection(&facts, &injection, Y90_S, &factor, &none), none);
    assert_near(factor, 1.0, 1e-12);
}

static void an_injection_after_the_scan_is_refused(void **state)
{
    (void)state;
    const struct ot_image_facts facts = {.value_time = at("2026-09-02T08:00:00Z"),
                                         .acquired = at("2026-09-02T10:00:00Z")};
    const struct ot_time before = at("2026-09-02T10:10:00Z"); /* clocks differ by minutes */
    const struct ot_time after = at("2026-09-02T11:00:00Z");
    double factor = 0.0;
    struct ot_err err = {0};
    assert_ok(ot_decay_to_injection(&facts, &before, Y90_S, &factor, &err), err);
    assert_refused(ot_decay_to_injection(&facts, &after, Y90_S, &factor, &err), err, OT_ERR_RANGE,
                   "1.0 h after the image was acquired");
}

static void times_without_zone_or_unknown_are_refused(void **state)
{
    (void)state;
    struct ot_image_facts facts = {.value_time = at("2026-09-02T08:00:00")};
    const struct ot_time injection = at("2026-09-01T08:00:00Z");
    double factor = 0.0;
    struct ot_err err = {0};
    assert_refused(ot_decay_to_injection(&facts, &injection, Y90_S, &factor, &err), err,
                   OT_ERR_RANGE, "no zone");
    facts.value_time = (struct ot_time){0};
    struct ot_err other = {0};
    assert_refused(ot_decay_to_injection(&facts, &injection, Y90_S, &factor, &other), other,
                   OT_ERR_RANGE, "not known");
}

static struct ot_image an_image(struct ot_volume *volume, const char *nuclide, bool stated)
{
    struct ot_image image = {.volume = volume};
    image.facts.quantity_stated = stated;
    (void)snprintf(image.facts.nuclide, sizeof image.facts.nuclide, "%s", nuclide);
    return image;
}

static void the_default_is_what_the_image_states(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(2, 3, 4, 4, 4.5, 5);
    struct ot_volume *bqml = ot_test_volume(&grid, OT_UNIT_BQ_PER_ML);
    struct ot_volume *counts = ot_test_volume(&grid, OT_UNIT_NONE);
    struct ot_calibration calibration;
    struct ot_err err = {0};
    struct ot_image image = an_image(bqml, "Y-90", true);
    assert_ok(ot_calibration_default(&image, true, false, &calibration, &err), err);
    assert_int_equal(calibration.method, OT_CALIBRATION_BQML);
    image = an_image(counts, "Tc-99m", true);
    assert_ok(ot_calibration_default(&image, false, false, &calibration, &err), err);
    assert_int_equal(calibration.method, OT_CALIBRATION_RELATIVE);
    assert_string_equal(calibration.region, "fov");
    image = an_image(bqml, "F-18", true);
    assert_refused(ot_calibration_default(&image, true, false, &calibration, &err), err,
                   OT_ERR_UNIT, "--isotope-override");
    struct ot_err overridden = {0};
    assert_ok(ot_calibration_default(&image, true, true, &calibration, &overridden), overridden);
    assert_int_equal(calibration.method, OT_CALIBRATION_BQML);
    bool declares = false;
    struct ot_err other = {0};
    assert_ok(ot_calibration_parse("bqml", &calibration, &other), other);
    assert_refused(ot_calibration_check_nuclide(&image, &calibration, false, &declares, &other),
                   other, OT_ERR_UNIT, "--isotope-override");
    struct ot_err third = {0};
    assert_ok(ot_calibration_check_nuclide(&image, &calibration, true, &declares, &third), third);
    image = an_image(bqml, "", false);
    assert_ok(ot_calibration_check_nuclide(&image, &calibration, false, &declares, &third), third);
    assert_true(declares);
    /* SUV, counts: no advice to declare what the file contradicts. */
    image = an_image(counts, "Y-90", false);
    image.facts.other_quantity = true;
    struct ot_err fourth = {0};
    assert_refused(ot_calibration_default(&image, true, false, &calibration, &fourth), fourth,
                   OT_ERR_UNIT, "export it in BQML");
    assert_null(strstr(fourth.text, "bqml"));
    ot_volume_destroy(bqml);
    ot_volume_destroy(counts);
}

static struct ot_image_facts a_header(const char *nuclide, double half_life_s, double positrons)
{
    struct ot_image_facts facts = {
        .stated_half_life_s = half_life_s, .positron_fraction = positrons, .quantity_stated = true};
    (void)snprintf(facts.nuclide, sizeof facts.nuclide, "%s", nuclide);
    return facts;
}

/* Threat Q09: what gives a wrong protocol away is refused, and with the override its branching
 * ratio is replaced by that of Y-90. */
static void q09_a_wrong_isotope_is_refused_and_its_positrons_are_put_right(void **state)
{
    (void)state;
    static const struct {
        const char *nuclide;
        double half_life_s, positrons, factor; /* factor 0: cannot be told */
        bool y90, assumed;
    } headers[] = {
        {"Y-90", 230760.0, 31.86e-6, 1.0, true, false},
        {"Y-90", 230580.0, 34e-6, 1.0, true, false}, /* an older branching ratio: told, kept */
        {"Y-90", 0.0, 0.0, 1.0, true, false},
        {"F-18", 6586.2, 0.9673, 30360.95, false, false},
        {"F-18", 6586.2, 31.86e-6, 1.0, false, false}, /* the site has seen to it */
        {"F-18", 0.0, 0.0, 30360.95, false, true},
        {"Zr-89", 282276.0, 0.0, 7137.48, false, true},
        {"Y-90", 6586.2, 0.9673, 30360.95, false, false},
        {"Y-90", 6586.2, 0.0, 0.0, false, false},
        {"Y-90", 230760.0, 0.9673, 30360.95, false, false},
        {"Tc-99m", 21624.1, 0.0, 0.0, false, false},
    };
    const struct ot_grid grid = ot_test_grid(2, 3, 4, 4, 4.5, 5);
    struct ot_volume *bqml = ot_test_volume(&grid, OT_UNIT_BQ_PER_ML);
    struct ot_calibration calibration = {.method = OT_CALIBRATION_BQML};
    for (size_t n = 0; n < sizeof headers / sizeof headers[0]; n++) {
        struct ot_image image = {
            .volume = bqml,
            .facts = a_header(headers[n].nuclide, headers[n].half_life_s, headers[n].positrons)};
        struct ot_err err = {0};
        bool declares = false;
        bool assumed = false;
        double factor = 0.0;
        if (headers[n].y90) {
            assert_ok(ot_calibration_check_nuclide(&image, &calibration, false, &declares, &err),
                      err);
        } else {
            assert_refused(
                ot_calibration_check_nuclide(&image, &calibration, false, &declares, &err), err,
                OT_ERR_UNIT, "--isotope-override");
        }
        struct ot_err other = {0};
        assert_ok(ot_calibration_check_nuclide(&image, &calibration, true, &declares, &other),
                  other);
        if (headers[n].factor > 0.0) {
            assert_ok(ot_calibration_positron_factor(&image.facts, &factor, &assumed, &other),
                      other);
            assert_ratio(factor, headers[n].factor, 1e-6);
            assert_int_equal(assumed, headers[n].assumed);
        } else {
            assert_refused(ot_calibration_positron_factor(&image.facts, &factor, &assumed, &other),
                           other, OT_ERR_UNIT, "(0018,1076)");
        }
    }
    ot_volume_destroy(bqml);
}

/* Threat Q05: the elapsed time over months' ends, leap days and both changes of the clock, as
 * instants; what the wall clocks show is not what decays. */
static void q05_decay_counts_absolute_hours(void **state)
{
    (void)state;
    static const struct {
        const char *injection, *scan;
        double hours;
    } pairs[] = {
        {"2024-02-28T10:00:00Z", "2024-03-01T10:00:00Z", 48},
        {"2024-02-29T23:30:00Z", "2024-03-01T00:30:00Z", 1},
        {"2023-02-28T10:00:00Z", "2023-03-01T10:00:00Z", 24},
        {"2000-02-28T12:00:00Z", "2000-03-01T12:00:00Z", 48},
        {"2025-12-31T23:00:00-05:00", "2026-01-01T09:00:00+01:00", 4},
        {"2026-03-07T12:00:00-05:00", "2026-03-08T12:00:00-04:00", 23}, /* spring, New York */
        {"2026-10-31T12:00:00-04:00", "2026-11-01T12:00:00-05:00", 25}, /* autumn */
        {"2026-03-28T15:00:00+01:00", "2026-03-30T15:00:00+02:00", 47}, /* spring, Paris */
        {"2026-10-24T15:00:00+02:00", "2026-10-27T15:00:00+01:00", 73},
        {"2026-09-01T22:00:00+09:00", "2026-09-01T09:00:00-05:00", 1}, /* two continents */
        {"2026-09-01T10:00:00+05:45", "2026-09-02T10:00:00+05:45", 24},
        {"2026-08-31T23:59:59Z", "2026-09-01T00:00:00Z", 1.0 / 3600.0},
    };
    for (size_t n = 0; n < sizeof pairs / sizeof pairs[0]; n++) {
        const struct ot_time injection = at(pairs[n].injection);
        const struct ot_image_facts facts = {.value_time = at(pairs[n].scan)};
        double factor = 0.0;
        struct ot_err err = {0};
        assert_ok(ot_decay_to_injection(&facts, &injection, Y90_S, &factor, &err), err);
        assert_ratio(factor, exp2(pairs[n].hours / 64.1), 1e-12);
    }
}

/* Counts of a DICOM object are no rates: a factor in Bq per count/s cannot scale them. */
static void a_factor_needs_count_rates(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(2, 3, 4, 4, 4.5, 5);
    struct ot_volume *counts = ot_test_volume(&grid, OT_UNIT_NONE);
    struct ot_image image = an_image(counts, "Y-90", false);
    struct ot_calibration calibration;
    bool declares = false;
    struct ot_err err = {0};
    assert_ok(ot_calibration_parse("factor:10", &calibration, &err), err);
    image.facts.use = OT_USE_IMAGE;
    assert_ok(ot_calibration_check_nuclide(&image, &calibration, false, &declares, &err), err);
    image.facts.use = OT_USE_SPECT;
    assert_refused(ot_calibration_check_nuclide(&image, &calibration, false, &declares, &err), err,
                   OT_ERR_UNIT, "count/s");
    ot_volume_destroy(counts);
}

static void the_words_of_calibration_are_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "rel", "relative:", "factor:", "factor:-1", "factor:1e9x", "bqml ", "factor:nan"};
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        struct ot_calibration calibration;
        struct ot_err err = {0};
        assert_refused(ot_calibration_parse(bad[n], &calibration, &err), err, OT_ERR_ARG,
                       "--calibration");
    }
    struct ot_calibration calibration;
    struct ot_err err = {0};
    assert_ok(ot_calibration_parse("relative:liver+10", &calibration, &err), err);
    assert_string_equal(calibration.region, "liver+10");
    assert_ok(ot_calibration_parse("factor:8.5", &calibration, &err), err);
    assert_near(calibration.bq_per_cps, 8.5, 0.0);
}

static void a_net_activity_is_spread_over_its_region(void **state)
{
    (void)state;
    double factor = 0.0;
    struct ot_err err = {0};
    /* 2 GBq over 4e6 counts in voxels of 0.08 ml: 500 Bq a count, 6250 Bq/ml a count. */
    assert_ok(ot_calibrate_relative_factor(2.0, 4e6, 0.08, &factor, &err), err);
    assert_ratio(factor, 6250.0, 1e-12);
    assert_refused(ot_calibrate_relative_factor(2.0, 0.0, 0.08, &factor, &err), err, OT_ERR_RANGE,
                   "0 counts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decay_follows_dates_zones_and_the_fact_sheet),
        cmocka_unit_test(a_scanners_own_half_life_is_undone),
        cmocka_unit_test(a_foreign_half_life_needs_the_acquisition),
        cmocka_unit_test(an_injection_after_the_scan_is_refused),
        cmocka_unit_test(times_without_zone_or_unknown_are_refused),
        cmocka_unit_test(q05_decay_counts_absolute_hours),
        cmocka_unit_test(q09_a_wrong_isotope_is_refused_and_its_positrons_are_put_right),
        cmocka_unit_test(the_default_is_what_the_image_states),
        cmocka_unit_test(a_factor_needs_count_rates),
        cmocka_unit_test(the_words_of_calibration_are_strict),
        cmocka_unit_test(a_net_activity_is_spread_over_its_region),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
