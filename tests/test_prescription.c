/* tests/test_prescription.c - activities by hand: limit over dose per GBq. */
#include "core/criterion.h"
#include "core/mem.h"
#include "io/criteria_json.h"
#include "kernels/prescription.h"
#include "tests/support/ot_test.h"

static struct ot_criteria table;

static int load(void **state)
{
    (void)state;
    struct ot_err err = {0};
    assert_ok(ot_criteria_load(&table, &err), err);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    ot_criteria_release(&table);
    return 0;
}

static void dose(struct ot_facts *facts, const char *name, double gy_per_gbq)
{
    struct ot_err err = {0};
    assert_ok(ot_facts_set_dose(facts, name, gy_per_gbq, 0.0, &err), err);
}

static void word(struct ot_facts *facts, const char *name, const char *text)
{
    struct ot_err err = {0};
    assert_ok(ot_facts_set_word(facts, name, text, &err), err);
}

static void number(struct ot_facts *facts, const char *name, double value)
{
    struct ot_err err = {0};
    assert_ok(ot_facts_set_number(facts, name, value, &err), err);
}

static const char MT[] = "vois.tumor.mean_gy";
static const char MP[] = "vois.normal_perfused.mean_gy";
static const char ML[] = "vois.normal_liver.mean_gy";
static const char SP[] = "single_compartment.perfused.mean_gy";
static const char SL[] = "single_compartment.liver.mean_gy";

static struct ot_prescription prescribe(int scenario, const struct ot_facts *facts,
                                        const struct ot_lung_facts *lungs)
{
    struct ot_err err = {0};
    struct ot_prescription rx;
    const struct ot_criteria_case input = {
        .scenario = scenario, .facts = facts, .activity_gbq = NAN, .lungs = lungs};
    assert_ok(ot_prescribe(&table, &input, &rx, &err), err);
    return rx;
}

static void the_tumor_goal_sets_the_activity(void **state)
{
    (void)state;
    struct ot_facts facts = {0};
    number(&facts, "hepatic_reserve_percent", 40.0);
    dose(&facts, MT, 86.5);
    dose(&facts, MP, 17.3);
    const struct ot_lung_facts lungs = {
        .gy_per_gbq = 2.5, .limit_gy = 30.0, .limit_cumulative_gy = 50.0, .known = true};
    const struct ot_prescription rx = prescribe(3, &facts, &lungs);
    assert_int_equal(rx.outcome, OT_RX_AIM);
    assert_ratio(rx.a_aim_gbq, 205.0 / 86.5, 2e-9);
    assert_true(86.5 * rx.a_aim_gbq >= 205.0);
    assert_ratio(rx.a_max_gbq, 120.0 / 17.3, 2e-9);
    assert_string_equal(rx.max_id, "S3-07");
    assert_true(rx.prescribed_gbq >= rx.a_aim_gbq && rx.prescribed_gbq <= rx.a_aim_gbq);
    assert_true(strcmp(rx.aim_id, "S3-04") == 0 || strcmp(rx.aim_id, "S3-22") == 0);
    assert_string_equal(rx.binding_id, rx.aim_id);
    /* > 250 Gy where possible: possible, but not at the prescribed activity. */
    assert_int_equal(rx.stretch_count, 1);
    assert_string_equal(rx.stretch[0].id, "S3-05");
    assert_ratio(rx.stretch[0].activity_gbq, 250.0 / 86.5, 2e-9);
    assert_true(86.5 * rx.stretch[0].activity_gbq > 250.0);
    assert_true(rx.stretch[0].within_max && !rx.stretch[0].reached);
    ot_facts_release(&facts);
}

static void the_limit_wins_over_the_aim(void **state)
{
    (void)state;
    struct ot_facts facts = {0};
    number(&facts, "hepatic_reserve_percent", 40.0);
    dose(&facts, MT, 30.0); /* aim 6.833 GBq */
    dose(&facts, MP, 20.0); /* limit 6 GBq */
    const struct ot_prescription rx = prescribe(3, &facts, NULL);
    assert_int_equal(rx.outcome, OT_RX_AIM_NOT_REACHED);
    assert_ratio(rx.prescribed_gbq, 6.0, 2e-9);
    assert_true(20.0 * rx.prescribed_gbq <= 120.0);
    assert_string_equal(rx.binding_id, "S3-07");
    assert_non_null(strstr(rx.reason, "aim not reached"));
    ot_facts_release(&facts);
}

static void earlier_lung_dose_counts_only_cumulatively(void **state)
{
    (void)state;
    struct ot_facts facts = {0};
    dose(&facts, MT, 20.0); /* aim 10.25 GBq */
    struct ot_lung_facts lungs = {.gy_per_gbq = 3.0,
                                  .prior_gy = 25.0,
                                  .limit_gy = 30.0,
                                  .limit_cumulative_gy = 50.0,
                                  .known = true};
    struct ot_prescription rx = prescribe(3, &facts, &lungs);
    assert_string_equal(rx.max_id, "L-02");
    assert_ratio(rx.a_max_gbq, 25.0 / 3.0, 2e-9);
    assert_int_equal(rx.outcome, OT_RX_AIM_NOT_REACHED);
    lungs.prior_gy = 0.0;
    rx = prescribe(3, &facts, &lungs);
    assert_string_equal(rx.max_id, "L-01");
    assert_ratio(rx.a_max_gbq, 10.0, 2e-9);
    /* Nothing may be added when the limit is spent. */
    lungs.prior_gy = 51.0;
    rx = prescribe(3, &facts, &lungs);
    assert_near(rx.a_max_gbq, 0.0, 0.0);
    assert_near(rx.prescribed_gbq, 0.0, 0.0);
    /* An assumed shunt cannot limit. */
    lungs.known = false;
    rx = prescribe(3, &facts, &lungs);
    assert_true(isnan(rx.a_max_gbq));
    assert_non_null(strstr(rx.max_reason, "L-01"));
    assert_int_equal(rx.outcome, OT_RX_AIM);
    ot_facts_release(&facts);
}

static void a_strict_goal_ends_just_above_its_limit(void **state)
{
    (void)state;
    struct ot_facts facts = {0};
    word(&facts, "child_pugh", "A5");
    dose(&facts, MP, 22.0);
    const struct ot_prescription rx = prescribe(2, &facts, NULL); /* S2-07: > 88 Gy */
    assert_ratio(rx.a_aim_gbq, 4.0, 2e-9);
    assert_true(22.0 * rx.a_aim_gbq > 88.0);
    assert_string_equal(rx.aim_id, "S2-07");
    assert_non_null(strstr(rx.aim_reason, "not judged: S2-04"));
    ot_facts_release(&facts);
}

static void an_alternative_moves_the_limit(void **state)
{
    (void)state;
    struct ot_facts facts = {0};
    word(&facts, "child_pugh", "A5");
    word(&facts, "dosimetry_model", "single");
    number(&facts, "hepatic_reserve_percent", 40.0);
    dose(&facts, SP, 50.0); /* 150 Gy at 3 GBq */
    dose(&facts, SL, 30.0); /* 150 Gy at 5 GBq */
    struct ot_prescription rx = prescribe(2, &facts, NULL);
    /* Above 150 Gy S2-12 holds until the whole liver reaches 150 Gy. */
    assert_ratio(rx.a_max_gbq, 5.0, 2e-9);
    assert_true(30.0 * rx.a_max_gbq < 150.0);
    assert_int_equal(rx.outcome, OT_RX_NO_AIM);
    number(&facts, "hepatic_reserve_percent", 30.0);
    rx = prescribe(2, &facts, NULL);
    assert_ratio(rx.a_max_gbq, 3.0, 2e-9);
    assert_string_equal(rx.max_id, "S2-11");
    ot_facts_release(&facts);
}

static void only_the_upper_side_of_a_band_limits(void **state)
{
    (void)state;
    struct ot_facts facts = {0};
    word(&facts, "child_pugh", "A6");
    dose(&facts, MT, 100.0); /* aim 2.05 GBq, there normal liver 16 Gy: below its band */
    dose(&facts, ML, 8.0);   /* 70 Gy at 8.75 GBq */
    const struct ot_prescription rx = prescribe(4, &facts, NULL);
    assert_ratio(rx.a_max_gbq, 8.75, 2e-9);
    assert_ratio(rx.prescribed_gbq, 2.05, 2e-9);
    assert_string_equal(rx.max_id, "S4-05");
    ot_facts_release(&facts);
}

static void without_data_nothing_is_prescribed(void **state)
{
    (void)state;
    struct ot_facts facts = {0};
    dose(&facts, MP, 22.0);
    const struct ot_lung_facts lungs = {
        .gy_per_gbq = 2.5, .limit_gy = 30.0, .limit_cumulative_gy = 50.0, .known = true};
    const struct ot_prescription rx = prescribe(2, &facts, &lungs);
    assert_int_equal(rx.outcome, OT_RX_NONE);
    assert_true(isnan(rx.prescribed_gbq) && isnan(rx.a_aim_gbq));
    assert_ratio(rx.a_max_gbq, 12.0, 2e-9);
    assert_non_null(strstr(rx.max_reason, "S2-06"));
    struct ot_err err = {0};
    struct ot_prescription none;
    const struct ot_criteria_case input = {.scenario = 0, .facts = &facts};
    err = (struct ot_err){0};
    assert_refused(ot_prescribe(&table, &input, &none, &err), err, OT_ERR_ARG, "scenario");
    ot_facts_release(&facts);
}

static void every_injection_must_reach_the_goal(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_facts all = {0};
    struct ot_facts right = {0};
    struct ot_facts left = {0};
    dose(&right, SP, 200.0);
    dose(&left, SP, 160.0);
    const struct ot_named_facts injections[] = {{"RHA", &right}, {"LHA", &left}};
    const struct ot_criteria_case input = {.scenario = 1,
                                           .facts = &all,
                                           .activity_gbq = NAN,
                                           .injections = injections,
                                           .injection_count = 2};
    struct ot_prescription rx;
    assert_ok(ot_prescribe(&table, &input, &rx, &err), err);
    assert_ratio(rx.a_aim_gbq, 2.5, 2e-9);
    assert_string_equal(rx.aim_voi, "LHA");
    assert_true(isnan(rx.a_max_gbq));
    ot_facts_release(&all);
    ot_facts_release(&right);
    ot_facts_release(&left);
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    struct ot_facts facts = {0};
    word(&facts, "child_pugh", "A6");
    dose(&facts, MT, 100.0);
    dose(&facts, ML, 8.0);
    const struct ot_criteria_case input = {.scenario = 4, .facts = &facts, .activity_gbq = NAN};
    enum ot_rc rc = OT_ERR_NOMEM;
    for (size_t n = 1; rc != OT_OK; n++) {
        struct ot_err err = {0};
        struct ot_prescription rx;
        ot_mem_fail_at(n);
        rc = ot_prescribe(&table, &input, &rx, &err);
        ot_mem_fail_at(0);
        assert_true(rc == OT_OK || rc == OT_ERR_NOMEM);
    }
    ot_facts_release(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tumor_goal_sets_the_activity),
        cmocka_unit_test(the_limit_wins_over_the_aim),
        cmocka_unit_test(earlier_lung_dose_counts_only_cumulatively),
        cmocka_unit_test(a_strict_goal_ends_just_above_its_limit),
        cmocka_unit_test(an_alternative_moves_the_limit),
        cmocka_unit_test(only_the_upper_side_of_a_band_limits),
        cmocka_unit_test(without_data_nothing_is_prescribed),
        cmocka_unit_test(every_injection_must_reach_the_goal),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
