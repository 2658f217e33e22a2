/* tests/test_summary.c - the summary fits a screen and hides nothing. */
#include "cli/summary.h"
#include "tests/support/ot_test.h"

static void print(const json_t *result, char *text, size_t size)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    ot_summary_print(result, file);
    rewind(file);
    const size_t got = fread(text, 1, size - 1, file);
    text[got] = '\0';
    (void)fclose(file);
}

static void assert_fits(const char *text)
{
    size_t lines = 0;
    size_t columns = 0;
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            lines++;
            columns = 0;
        } else if (((unsigned char)*text & 0xC0U) != 0x80U) {
            columns++;
        }
        assert_true(columns <= OT_SUMMARY_COLUMNS);
    }
    assert_true(lines <= OT_SUMMARY_LINES);
}

static json_t *big_result(void)
{
    json_t *checks = json_array();
    static const char *const VERDICTS[] = {"fail", "caution", "pass", "info", "not_evaluated"};
    for (int n = 0; n < 100; n++) {
        (void)json_array_append_new(
            checks,
            json_pack("{s:s, s:s, s:s, s:s, s:f, s:s, s:i, s:s}", "verdict", VERDICTS[n % 5], "id",
                      "S3-04", "quantity", "a_quantity_with_a_long_name_that_does_not_end", "voi",
                      "a volume of \xC3\xA9 interest\nwith a very long name indeed, is it not",
                      "value", 204.9, "comparator", ">=", "limit", 205, "unit", "Gy"));
    }
    json_t *warnings = json_array();
    for (int n = 0; n < 9; n++) {
        (void)json_array_append_new(warnings, json_string("a warning"));
    }
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:{s:f, s:f, s:n, s:{s:f, s:s, s:s}},"
                     " s:[{s:s, s:f}], s:{s:f, s:n}, s:{s:f, s:f}}",
                     "case_id", "C", "stage", "plan", "scenario", "unilobar", "checks", checks,
                     "warnings", warnings, "prescription", "prescribed_gbq", 2.2, "a_aim_gbq", 2.91,
                     "a_max_gbq", "vial", "gbq_at_calibration", 5.0, "treatment_day", "W1 Wed",
                     "from", "2026-12-02T08:00:00-05:00", "vois", "role", "tumor", "mean_gy", 204.9,
                     "lungs", "dose_gy", 5.409, "voxel_mean_gy", "comparison", "planned_gbq", 2.2,
                     "delivered_gbq", 2.1);
}

static void a_caution_whose_limit_is_met_says_why(void **state)
{
    (void)state;
    char text[8192];
    json_t *result = json_pack("{s:s, s:[{s:s, s:s, s:s, s:f, s:s, s:i, s:s, s:s}]}", "stage",
                               "plan", "checks", "verdict", "caution", "id", "S3-09", "quantity",
                               "NTAD_whole", "value", 63.4, "comparator", "<=", "limit", 90, "unit",
                               "Gy", "reason", "met, but of another day");
    assert_non_null(result);
    print(result, text, sizeof text);
    assert_fits(text);
    assert_non_null(strstr(text, "wanted <= 90 Gy\n                  met, but of another day\n"));
    json_decref(result);
}

static void it_has_at_most_25_lines_of_100_columns(void **state)
{
    (void)state;
    char text[8192];
    json_t *result = big_result();
    assert_non_null(result);
    print(result, text, sizeof text);
    assert_fits(text);
    assert_non_null(strstr(text, "20 fail, 20 caution, 20 not evaluated, 20 pass, 20 for inform"));
    assert_non_null(strstr(text, "and 32 more, see the report"));
    assert_non_null(strstr(text, "prescribed 2.2 GBq (aim 2.91 GBq, max -)"));
    assert_non_null(strstr(text, "5 GBq at calibration"));
    assert_non_null(strstr(text, "W1 Wed"));
    assert_non_null(strstr(text, "tumor             mean 204.9 Gy, D95 -"));
    assert_non_null(strstr(text, "lungs             5.409 Gy from the shunt, voxel mean -"));
    assert_non_null(strstr(text, "and 7 more warnings"));
    json_decref(result);
}

/* A waiver stands on the screen however many warnings there are, and before them; a text that names
 * a flag is none, as in results that record no waivers. */
static void waivers_are_always_told(void **state)
{
    (void)state;
    char text[8192];
    json_t *result = big_result();
    assert_non_null(result);
    (void)json_array_append_new(
        json_object_get(result, "warnings"),
        json_string("spect: states no unit of length; taken as mm by --units-mm"));
    print(result, text, sizeof text);
    assert_null(strstr(text, "waived by"));
    json_t *waived_by = json_array();
    (void)json_object_set_new(result, "waived_by", waived_by);
    print(result, text, sizeof text);
    assert_null(strstr(text, "waived by"));
    static const char *const flags[] = {
        "units-mm",        "patient-override",       "study-override",  "frame-override",
        "allow-negative",  "isotope-override",       "allow-saturated", "skip-bad-voi",
        "allow-intercept", "allow-uncorrected-beds",
    };
    for (size_t n = 0; n < sizeof flags / sizeof flags[0]; n++) {
        (void)json_array_append_new(waived_by, json_string(flags[n]));
        print(result, text, sizeof text);
        assert_fits(text);
        assert_non_null(strstr(text, "waived by         units-mm"));
        assert_non_null(strstr(text, flags[n]));
    }
    assert_non_null(strstr(text, "waived by         units-mm patient-override study-override "
                                 "frame-override allow-negative\n"
                                 "                isotope-override allow-saturated skip-bad-voi "
                                 "allow-intercept allow-uncorrected-beds\n"));
    json_decref(result);
}

static void dvh_tells_its_vois_and_nothing_else(void **state)
{
    (void)state;
    char text[8192];
    json_t *vois = json_array();
    for (int n = 0; n < 40; n++) {
        (void)json_array_append_new(vois, json_pack("{s:s, s:f, s:f, s:n, s:f}", "name",
                                                    n == 1 ? "a very long name of a VOI, with over "
                                                             "sixty characters if one counts them"
                                                           : "T1",
                                                    "volume_ml", 14.13, "mean_gy", 204.9, "d95_gy",
                                                    "d50_gy", 200.5));
    }
    json_t *warnings = json_array();
    for (int n = 0; n < 9; n++) {
        (void)json_array_append_new(
            warnings, json_string("a warning that is longer than a line has room for, since it "
                                  "says what is wrong, where it is, and what one should do"));
    }
    json_t *result = json_pack("{s:s, s:s, s:o, s:o, s:[]}", "case_id", "C", "stage", "dose",
                               "vois", vois, "warnings", warnings, "checks");
    assert_non_null(result);
    FILE *file = tmpfile();
    assert_non_null(file);
    ot_summary_print_dvh(result, file);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    assert_fits(text);
    assert_ptr_equal(strstr(text,
                            "C: doses of 40 VOIs\n"
                            "T1                14.13 ml, mean 204.9 Gy, D95 -, D50 200.5 Gy\n"),
                     text);
    assert_non_null(strstr(text, "and 25 more VOIs, see result.json\n"));
    assert_non_null(strstr(text, "and 7 more warnings"));
    static const char *const of_plan[] = {"doses are for", "shunt", "normal",  "lungs",
                                          "criteria",      "vial",  "scenario"};
    for (size_t n = 0; n < sizeof of_plan / sizeof of_plan[0]; n++) {
        assert_null(strstr(text, of_plan[n]));
    }
    json_decref(result);
}

static void a_lung_dose_of_earlier_treatments_is_named(void **state)
{
    (void)state;
    char text[8192];
    json_t *result = big_result();
    assert_non_null(result);
    json_object_set_new(json_object_get(result, "lungs"), "prior_gy", json_real(4.0));
    print(result, text, sizeof text);
    assert_fits(text);
    assert_non_null(strstr(text, "5.409 Gy from the shunt with earlier treatments' 4 Gy, voxel"));
    json_decref(result);
}

static void an_empty_result_shows_dashes_and_no_zero(void **state)
{
    (void)state;
    char text[4096];
    json_t *result = json_object();
    print(result, text, sizeof text);
    assert_fits(text);
    assert_non_null(strstr(text, "lungs             - from the shunt"));
    assert_null(strstr(text, " 0"));
    json_decref(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_caution_whose_limit_is_met_says_why),
        cmocka_unit_test(it_has_at_most_25_lines_of_100_columns),
        cmocka_unit_test(waivers_are_always_told),
        cmocka_unit_test(dvh_tells_its_vois_and_nothing_else),
        cmocka_unit_test(a_lung_dose_of_earlier_treatments_is_named),
        cmocka_unit_test(an_empty_result_shows_dashes_and_no_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
