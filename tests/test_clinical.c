/* tests/test_clinical.c - scores and small facts against the fact sheet. */
#include "kernels/biology.h"
#include "kernels/clinical.h"
#include "tests/support/ot_test.h"

static void albi_follows_its_formula_and_cut_offs(void **state)
{
    (void)state;
    struct ot_err err = {0};
    double score = 0.0;
    int grade = 0;
    /* 17.104 umol/l, 40 g/l: 0.66 * 1.23310 - 3.4 = -2.58616 */
    assert_ok(ot_clinical_albi_score(4.0, 1.0, &score, &err), err);
    assert_near(score, -2.58616, 1e-4);
    assert_ok(ot_clinical_albi_grade(4.0, 1.0, &grade, &err), err);
    assert_int_equal(grade, 2);
    assert_ok(ot_clinical_albi_grade(4.2, 1.0, &grade, &err), err);
    assert_int_equal(grade, 1);
    assert_ok(ot_clinical_albi_grade(2.5, 3.0, &grade, &err), err);
    assert_int_equal(grade, 3);
    err = (struct ot_err){0};
    assert_refused(ot_clinical_albi_grade(40.0, 1.0, &grade, &err), err, OT_ERR_RANGE, "albumin");
    err = (struct ot_err){0};
    assert_refused(ot_clinical_albi_grade(4.0, 0.0, &grade, &err), err, OT_ERR_RANGE, "bilirubin");
    err = (struct ot_err){0};
    assert_refused(ot_clinical_albi_grade(4.0, NAN, &grade, &err), err, OT_ERR_RANGE, "bilirubin");
}

static void child_pugh_scores_have_their_class(void **state)
{
    (void)state;
    assert_int_equal(ot_clinical_child_pugh_class("A6"), 'A');
    assert_int_equal(ot_clinical_child_pugh_class("B7"), 'B');
    assert_int_equal(ot_clinical_child_pugh_class("C15"), 'C');
    assert_int_equal(ot_clinical_child_pugh_class("A7"), '\0');
    assert_int_equal(ot_clinical_child_pugh_class("B"), '\0');
}

static void treated_liver_is_perfused_over_liver(void **state)
{
    (void)state;
    struct ot_err err = {0};
    double percent = 0.0;
    assert_ok(ot_clinical_treated_liver_percent(375.0, 1500.0, &percent, &err), err);
    assert_near(percent, 25.0, 1e-12);
    assert_ok(ot_clinical_treated_liver_percent(1505.0, 1500.0, &percent, &err), err);
    assert_near(percent, 100.0, 0.0);
    err = (struct ot_err){0};
    assert_refused(ot_clinical_treated_liver_percent(1600.0, 1500.0, &percent, &err), err,
                   OT_ERR_RANGE, "not possible");
    err = (struct ot_err){0};
    assert_refused(ot_clinical_treated_liver_percent(1.0, 0.0, &percent, &err), err, OT_ERR_RANGE,
                   "not possible");
}

static void coverage_takes_the_smaller_fraction(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_grid grid = ot_test_grid(5, 4, 3, 2.0, 2.5, 3.0);
    struct ot_volume *tumor = ot_test_volume(&grid, OT_UNIT_NONE);
    struct ot_volume *perfused = ot_test_volume(&grid, OT_UNIT_NONE);
    double percent = 0.0;
    err = (struct ot_err){0};
    assert_refused(ot_clinical_inside_percent(tumor, perfused, &percent, &err), err, OT_ERR_RANGE,
                   "no voxel");
    err = (struct ot_err){0};
    tumor->data[7] = 1.0F;
    tumor->data[8] = 0.5F;
    tumor->data[9] = 0.5F;
    perfused->data[7] = 0.75F;
    perfused->data[8] = 1.0F;
    assert_ok(ot_clinical_inside_percent(tumor, perfused, &percent, &err), err);
    assert_near(percent, 62.5, 1e-12);
    perfused->data[9] = 1.0F;
    perfused->data[7] = 0.992F; /* 99.6 % counts as whole */
    assert_ok(ot_clinical_inside_percent(tumor, perfused, &percent, &err), err);
    assert_near(percent, 100.0, 0.0);
    perfused->data[7] = 0.98F; /* 99.0 % does not */
    assert_ok(ot_clinical_inside_percent(tumor, perfused, &percent, &err), err);
    assert_near(percent, 99.0, 1e-5);
    const struct ot_grid other = ot_test_grid(5, 4, 3, 2.0, 2.5, 3.5);
    struct ot_volume *moved = ot_test_volume(&other, OT_UNIT_NONE);
    err = (struct ot_err){0};
    assert_refused(ot_clinical_inside_percent(tumor, moved, &percent, &err), err, OT_ERR_GEOMETRY,
                   "different grids");
    ot_volume_destroy(moved);
    ot_volume_destroy(tumor);
    ot_volume_destroy(perfused);
}

static void bed_and_eqd2_match_the_fact_sheet(void **state)
{
    (void)state;
    static const struct {
        double gy, alpha_beta, repair, bed, eqd2;
    } rows[] = {
        {100, 10, 1.5, 122.87, 102.39}, {205, 10, 1.5, 301.09, 250.91},
        {400, 10, 1.5, 765.85, 638.21}, {40, 2.5, 2.5, 64.02, 35.57},
        {50, 2.5, 2.5, 87.54, 48.63},   {70, 2.5, 2.5, 143.57, 79.76},
        {90, 2.5, 2.5, 211.62, 117.57}, {120, 2.5, 2.5, 336.22, 186.79},
    };
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        const double bed = ot_biology_bed_gy(rows[n].gy, rows[n].alpha_beta, rows[n].repair, 64.1);
        assert_near(bed, rows[n].bed, 6e-3);
        assert_near(ot_biology_eqd2_gy(bed, rows[n].alpha_beta), rows[n].eqd2, 6e-3);
    }
    assert_true(isnan(ot_biology_bed_gy(100.0, 0.0, 1.5, 64.1)));
    assert_true(isnan(ot_biology_eqd2_gy(-1.0, 10.0)));
    assert_near(ot_clinical_sphere_diameter_cm(4.18879), 2.0, 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(albi_follows_its_formula_and_cut_offs),
        cmocka_unit_test(child_pugh_scores_have_their_class),
        cmocka_unit_test(treated_liver_is_perfused_over_liver),
        cmocka_unit_test(coverage_takes_the_smaller_fraction),
        cmocka_unit_test(bed_and_eqd2_match_the_fact_sheet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
