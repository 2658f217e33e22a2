/* tests/test_partition.c - single compartment and partition model on the fact sheet's cases. */
#include "kernels/mird.h"
#include "kernels/partition.h"
#include "tests/support/ot_test.h"

static const struct ot_dose_constant k4967 = {.gy_kg_per_gbq = 49.67, .half_life_h = 64.1};
static const struct ot_dose_constant k50 = {.gy_kg_per_gbq = 50.0, .half_life_h = 64.1};

static struct ot_administration given(double gbq, double shunt, double residual)
{
    return (struct ot_administration){
        .activity_gbq = gbq, .residual_fraction = residual, .lung_shunt_fraction = shunt};
}

static void the_shunt_is_applied_once(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_administration a = given(2.2, 0.05, 0.01);
    double gy = 0.0;
    assert_near(ot_administration_net_gbq(&a), 2.0691, 1e-12);
    assert_ok(ot_mird_dose_gy(&k50, &a, 1.0, &gy, &err), err);
    assert_near(gy, 103.455, 1e-9);
    assert_ok(ot_mird_dose_gy(&k4967, &a, 1.0, &gy, &err), err);
    assert_near(gy, 102.772, 5e-4);
}

static void worked_partition_cases_hold(void **state)
{
    (void)state;
    static const struct {
        double gbq, shunt, residual, tumor_kg, normal_kg, tn;
        double at_4967[4], at_50[4]; /* normal, tumor, lung of 1 kg, single compartment */
    } cases[] = {
        {2.2,
         .05,
         .01,
         .3,
         1.2,
         5,
         {38.064, 190.319, 5.409, 68.515},
         {38.317, 191.583, 5.445, 68.970}},
        {3.0,
         .08,
         0,
         .25,
         1.5,
         4,
         {54.836, 219.343, 11.921, 78.337},
         {55.200, 220.800, 12.0, 78.857}},
        {2.0, .05, 0, .2, .8, 10, {33.705, 337.046, 4.967, 94.373}, {33.929, 339.286, 5.0, 95.0}},
    };
    for (size_t n = 0; n < 2 * (sizeof cases / sizeof cases[0]); n++) {
        struct ot_err err = {0};
        const size_t c = n / 2;
        const struct ot_dose_constant *k = n % 2 == 0 ? &k4967 : &k50;
        const double *want = n % 2 == 0 ? cases[c].at_4967 : cases[c].at_50;
        const struct ot_administration a = given(cases[c].gbq, cases[c].shunt, cases[c].residual);
        struct ot_partition normal = {.normal_mass_kg = cases[c].normal_kg};
        struct ot_partition_tumor tumor = {.mass_kg = cases[c].tumor_kg, .tn_ratio = cases[c].tn};
        double lung = 0.0;
        double single = 0.0;
        assert_ok(ot_partition_dose(k, &a, &normal, &tumor, 1, &err), err);
        assert_ok(ot_mird_lung_dose_gy(k, &a, 1.0, &lung, &err), err);
        assert_ok(ot_mird_dose_gy(k, &a, cases[c].tumor_kg + cases[c].normal_kg, &single, &err),
                  err);
        assert_near(normal.normal_gy, want[0], 6e-4);
        assert_near(tumor.dose_gy, want[1], 6e-4);
        assert_near(lung, want[2], 6e-4);
        assert_near(single, want[3], 6e-4);
        /* What went in is what is there. */
        assert_ratio(normal.normal_activity_gbq + tumor.activity_gbq, ot_administration_net_gbq(&a),
                     1e-14);
    }
}

static void limits_give_the_fact_sheet_s_activities(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_partition normal = {.normal_mass_kg = 1.2};
    const struct ot_partition_tumor tumor = {.mass_kg = 0.3, .tn_ratio = 5.0};
    struct ot_administration a = given(1.0, 0.05, 0.01);
    double gbq = 0.0;
    assert_ok(ot_partition_activity_gbq(&k4967, &a, &normal, &tumor, 1, 50.0, &gbq, &err), err);
    assert_near(gbq, 2.890, 5e-4);
    assert_ok(ot_mird_lung_activity_gbq(&k4967, &a, 1.0, 30.0, &gbq, &err), err);
    assert_near(gbq, 12.20, 5e-3);
    a.lung_shunt_fraction = 0.12;
    assert_ok(ot_partition_activity_gbq(&k4967, &a, &normal, &tumor, 1, 120.0, &gbq, &err), err);
    assert_near(gbq, 7.487, 5e-4);
    assert_ok(ot_mird_lung_activity_gbq(&k4967, &a, 1.0, 30.0, &gbq, &err), err);
    assert_near(gbq, 5.084, 1e-3);
    static const double lungs[][2] = {{0.05, 12.08}, {0.10, 6.04}, {0.20, 3.02}};
    for (size_t n = 0; n < 3; n++) {
        a = given(1.0, lungs[n][0], 0.0);
        assert_ok(ot_mird_lung_activity_gbq(&k4967, &a, 1.0, 30.0, &gbq, &err), err);
        assert_near(gbq, lungs[n][1], 5e-3);
    }
    a.lung_shunt_fraction = 0.0;
    assert_ok(ot_mird_lung_activity_gbq(&k4967, &a, 1.0, 30.0, &gbq, &err), err);
    assert_true(isinf(gbq));
    /* D 400, M 0.15, F .05, R .01 */
    a = given(1.0, 0.05, 0.01);
    assert_ok(ot_mird_activity_gbq(&k50, &a, 0.15, 400.0, &gbq, &err), err);
    assert_near(gbq, 1.27592, 5e-6);
}

static void several_tumors_share_by_their_own_ratios(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_administration a = given(2.0, 0.1, 0.0);
    struct ot_partition normal = {.normal_mass_kg = 1.0};
    struct ot_partition_tumor tumors[] = {{.mass_kg = 0.1, .tn_ratio = 10.0},
                                          {.mass_kg = 0.25, .tn_ratio = 4.0}};
    assert_ok(ot_partition_dose(&k50, &a, &normal, tumors, 2, &err), err);
    /* 50 * 1.8 / (1 + 1 + 1) = 30 Gy */
    assert_near(normal.normal_gy, 30.0, 1e-12);
    assert_near(tumors[0].dose_gy, 300.0, 1e-11);
    assert_near(tumors[1].dose_gy, 120.0, 1e-11);
    /* One tumor split in two of the same ratio changes nothing. */
    struct ot_partition whole = {.normal_mass_kg = 1.0};
    struct ot_partition_tumor one = {.mass_kg = 0.35, .tn_ratio = 4.0};
    struct ot_partition_tumor two[] = {{.mass_kg = 0.1, .tn_ratio = 4.0},
                                       {.mass_kg = 0.25, .tn_ratio = 4.0}};
    assert_ok(ot_partition_dose(&k50, &a, &whole, &one, 1, &err), err);
    assert_ok(ot_partition_dose(&k50, &a, &normal, two, 2, &err), err);
    assert_ratio(normal.normal_gy, whole.normal_gy, 1e-14);
}

static void counts_and_ratios_say_the_same(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_administration a = given(2.2, 0.05, 0.01);
    double tn = 0.0;
    double gy = 0.0;
    double whole = 0.0;
    assert_ok(ot_partition_tn_ratio(1.5e6, 0.3, 1.2e6, 1.2, &tn, &err), err);
    assert_ratio(tn, 5.0, 1e-14);
    assert_ok(ot_partition_by_counts_gy(&k4967, &a, 1.5 / 2.7, 0.3, &gy, &err), err);
    assert_near(gy, 190.319, 6e-4);
    assert_ok(ot_partition_whole_normal_gy(60.0, 0.8, 1.6, &whole, &err), err);
    assert_near(whole, 30.0, 1e-12);
}

static void the_impossible_is_refused(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_administration a = given(2.0, 0.05, 0.0);
    struct ot_partition normal = {.normal_mass_kg = 1.0};
    struct ot_partition_tumor tumor = {.mass_kg = 0.0, .tn_ratio = 5.0};
    double out = 0.0;
    err = (struct ot_err){0};
    assert_refused(ot_partition_dose(&k50, &a, &normal, &tumor, 1, &err), err, OT_ERR_RANGE,
                   "mass of tumor 1");
    tumor.mass_kg = 0.2;
    tumor.tn_ratio = 0.0;
    err = (struct ot_err){0};
    assert_refused(ot_partition_dose(&k50, &a, &normal, &tumor, 1, &err), err, OT_ERR_RANGE, "T:N");
    tumor.tn_ratio = NAN;
    err = (struct ot_err){0};
    assert_refused(ot_partition_dose(&k50, &a, &normal, &tumor, 1, &err), err, OT_ERR_RANGE, "T:N");
    tumor.tn_ratio = 5.0;
    err = (struct ot_err){0};
    assert_refused(ot_partition_dose(&k50, &a, &normal, &tumor, 0, &err), err, OT_ERR_ARG, "tumor");
    normal.normal_mass_kg = -1.0;
    err = (struct ot_err){0};
    assert_refused(ot_partition_dose(&k50, &a, &normal, &tumor, 1, &err), err, OT_ERR_RANGE,
                   "normal mass");
    normal.normal_mass_kg = 1.0;
    static const double bad[] = {-0.01, 1.0, 1.5, NAN};
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        a = given(2.0, bad[n], 0.0);
        err = (struct ot_err){0};
        assert_refused(ot_mird_dose_gy(&k50, &a, 1.0, &out, &err), err, OT_ERR_RANGE,
                       "lung_shunt_fraction");
        a = given(2.0, 0.0, bad[n]);
        err = (struct ot_err){0};
        assert_refused(ot_partition_dose(&k50, &a, &normal, &tumor, 1, &err), err, OT_ERR_RANGE,
                       "residual_fraction");
    }
    a = given(0.0, 0.0, 0.0);
    err = (struct ot_err){0};
    assert_refused(ot_mird_dose_gy(&k50, &a, 1.0, &out, &err), err, OT_ERR_RANGE, "activity_gbq");
    a = given(1.0, 0.0, 0.0);
    err = (struct ot_err){0};
    assert_refused(ot_mird_dose_gy(&k50, &a, 0.0, &out, &err), err, OT_ERR_RANGE, "mass");
    err = (struct ot_err){0};
    assert_refused(ot_mird_activity_gbq(&k50, &a, 1.0, -1.0, &out, &err), err, OT_ERR_RANGE,
                   "dose");
    err = (struct ot_err){0};
    assert_refused(ot_partition_tn_ratio(1.0, 1.0, 0.0, 1.0, &out, &err), err, OT_ERR_RANGE,
                   "T:N is not defined");
    err = (struct ot_err){0};
    assert_refused(ot_partition_whole_normal_gy(1.0, 2.0, 1.0, &out, &err), err, OT_ERR_RANGE,
                   "not possible");
    err = (struct ot_err){0};
    assert_refused(ot_partition_by_counts_gy(&k50, &a, 1.1, 1.0, &out, &err), err, OT_ERR_RANGE,
                   "share");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shunt_is_applied_once),
        cmocka_unit_test(worked_partition_cases_hold),
        cmocka_unit_test(limits_give_the_fact_sheet_s_activities),
        cmocka_unit_test(several_tumors_share_by_their_own_ratios),
        cmocka_unit_test(counts_and_ratios_say_the_same),
        cmocka_unit_test(the_impossible_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
