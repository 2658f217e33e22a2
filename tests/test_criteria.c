/* tests/test_criteria.c - the table is whole, and each edge case of the paper gets its verdict. */
#include <stdlib.h>

#include "core/criterion.h"
#include "io/checks_json.h"
#include "io/criteria_json.h"
#include "io/json.h"
#include "kernels/criteria.h"
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

/* "name=value;name=value", by the names of the table; short forms for the doses. */
static void give(const char *text, struct ot_facts *facts)
{
    static const char *const shorts[][2] = {
        {"MT", "vois.tumor.mean_gy"},
        {"MP", "vois.normal_perfused.mean_gy"},
        {"ML", "vois.normal_liver.mean_gy"},
        {"SP", "single_compartment.perfused.mean_gy"},
        {"SL", "single_compartment.liver.mean_gy"},
        {"reserve", "hepatic_reserve_percent"},
        {"model", "dosimetry_model"},
        {"day", "treatment_day"},
    };
    struct ot_err err = {0};
    while (*text != '\0') {
        char name[64] = "";
        char value[64] = "";
        assert_int_equal(sscanf(text, "%63[^=]=%63[^;]", name, value), 2);
        const char *full = name;
        for (size_t n = 0; n < sizeof shorts / sizeof shorts[0]; n++) {
            full = strcmp(shorts[n][0], name) == 0 ? shorts[n][1] : full;
        }
        const struct ot_criterion_input *input = ot_criteria_input(&table, full);
        assert_non_null(input);
        if (input->is_number) {
            assert_ok(ot_facts_set_number(facts, full, strtod(value, NULL), &err), err);
        } else {
            assert_ok(ot_facts_add_word(facts, full, value, &err), err);
        }
        text = strchr(text, ';') != NULL ? strchr(text, ';') + 1 : "";
    }
}

static const struct ot_check *find(const struct ot_checks *checks, const char *id)
{
    for (size_t n = 0; n < checks->count; n++) {
        if (strcmp(checks->check[n].id, id) == 0) {
            return &checks->check[n];
        }
    }
    fail_msg("no check %s", id);
    return NULL;
}

static void judge(int scenario, const char *values, struct ot_checks *checks)
{
    struct ot_err err = {0};
    struct ot_facts facts = {0};
    give(values, &facts);
    const struct ot_criteria_case input = {
        .scenario = scenario, .facts = &facts, .activity_gbq = NAN};
    assert_ok(ot_criteria_judge(&table, &input, checks, &err), err);
    ot_facts_release(&facts);
}

/* criteria_notes.md, section 3: read from the paper by hand, before there was an engine. */
static const struct {
    int scenario;
    const char *values, *verdicts;
} cases[] = {
    {1, "SP=399.9", "S1-12 fail"},
    {1, "SP=400.0", "S1-12 pass"},
    {1, "child_pugh=B7;treatment_intent=definitive;segmental_infusion_possible=yes",
     "S1-01 pass S1-20 caution S1-02 info"},
    {1, "child_pugh=B8;segmental_infusion_possible=yes;treatment_intent=bridge",
     "S1-01 caution S1-02 caution"},
    {1, "child_pugh=B8;segmental_infusion_possible=yes;treatment_intent=definitive",
     "S1-01 fail S1-02 info"},
    {1, "albi_grade=1;child_pugh=A5;treated_liver_percent=25.0", "S1-07 pass S1-08 info"},
    {1, "albi_grade=1;child_pugh=A5;treated_liver_percent=25.1", "S1-07 caution S1-08 info"},
    {1, "albi_grade=2;child_pugh=A6;treated_liver_percent=14.0", "S1-08 pass S1-07 info"},
    {1, "albi_grade=2;child_pugh=A6;treated_liver_percent=14.1", "S1-08 caution S1-07 info"},
    {1, "albi_grade=1;child_pugh=B7;treated_liver_percent=20", "S1-07 pass S1-08 caution"},
    {1, "day=W1 Wed;bq_per_sphere=1148", "S1-15 pass S1-16 pass"},
    {1, "day=W1 Sat;bq_per_sphere=527", "S1-15 caution S1-16 pass"},
    {1, "day=W2 Tue;bq_per_sphere=242", "S1-15 pass S1-16 caution"},
    {1, "microcatheter_french=2.4", "S1-17 pass S1-18 pass"},
    {1, "microcatheter_french=1.9", "S1-17 pass S1-18 caution"},
    {1, "model=multi;SP=500", "S1-11 caution S1-12 info"},
    {2, "MT=205.0;day=W1 Wed;reserve=30.0", "S2-03 pass S2-04 pass"},
    {2, "MT=205.0;day=W1 Wed;reserve=29.9", "S2-03 caution S2-04 info"},
    {2, "reserve=35;day=W1 Wed;child_pugh=A5;ML=49;MP=120.0", "S2-06 pass S2-09 not_evaluated"},
    {2, "reserve=35;day=W1 Wed;child_pugh=A5;ML=49;MP=120.01", "S2-06 fail S2-09 not_evaluated"},
    {2, "reserve=35;day=W1 Wed;child_pugh=A5;bilirubin_mg_dl=1.1;MP=130;ML=50",
     "S2-06 caution S2-09 caution"},
    {2, "reserve=35;day=W1 Wed;child_pugh=A5;bilirubin_mg_dl=1.1;MP=130;ML=50.1",
     "S2-06 fail S2-09 fail"},
    {2, "day=W1 Thu;child_pugh=A6;ML=60;bilirubin_mg_dl=1.1", "S2-09 fail S2-10 info"},
    {2, "day=W1 Thu;child_pugh=A6;ML=60;bilirubin_mg_dl=1.099", "S2-09 info S2-10 pass"},
    {2, "day=W1 Wed;child_pugh=A5;MP=88.0", "S2-07 fail"},
    {2, "day=W1 Wed;child_pugh=A5;MP=88.1", "S2-07 pass"},
    {2, "model=single;child_pugh=A5;reserve=40;SL=100;day=W1 Wed;SP=150",
     "S2-11 pass S2-12 info S2-14 info"},
    {2, "model=single;child_pugh=A5;reserve=40;SL=100;day=W1 Wed;SP=150.1",
     "S2-11 caution S2-12 pass S2-14 pass"},
    {2, "model=single;child_pugh=A5;day=W1 Wed;SP=178;SL=100;reserve=30.0",
     "S2-11 fail S2-12 info"},
    {2, "model=single;child_pugh=A5;day=W1 Wed;SP=178;SL=100;reserve=30.1",
     "S2-11 caution S2-12 pass"},
    {2, "model=single;child_pugh=A5;reserve=40;day=W1 Wed;SP=178;SL=149.9",
     "S2-11 caution S2-12 pass S2-14 pass"},
    {2, "model=single;child_pugh=A5;reserve=40;day=W1 Wed;SP=178;SL=150",
     "S2-11 fail S2-12 info S2-14 fail"},
    {3, "reserve=35;day=W1 Wed;MT=204.9", "S3-04 fail S3-05 caution"},
    {3, "reserve=35;day=W1 Wed;MT=250.0", "S3-04 pass S3-05 caution"},
    {3, "reserve=35;day=W1 Wed;MT=250.1", "S3-04 pass S3-05 pass"},
    {3, "reserve=35;MT=260;day=W1 Wed", "S3-04 pass S3-11 pass S3-12 pass"},
    {3, "reserve=35;MT=260;day=W1 Thu", "S3-04 caution S3-11 info S3-12 pass"},
    {3, "reserve=35;MT=260;day=W2 Wed", "S3-04 caution S3-11 info S3-12 caution"},
    {3, "reserve=35;MT=260", "S3-04 caution S3-12 not_evaluated S3-22 pass"},
    {3, "child_pugh=A6;multidisciplinary_review=yes", "S3-01 pass S3-21 pass S3-16 info"},
    {3, "child_pugh=B7;multidisciplinary_review=yes", "S3-01 pass S3-21 caution S3-16 pass"},
    {3, "child_pugh=B8;multidisciplinary_review=yes", "S3-01 fail S3-21 pass S3-16 pass"},
    {4, "child_pugh=A6;ML=39.9", "S4-05 caution"},
    {4, "child_pugh=A6;ML=40", "S4-05 pass"},
    {4, "child_pugh=A6;ML=70", "S4-05 pass"},
    {4, "child_pugh=A6;ML=70.1", "S4-05 fail"},
    {4, "model=single;SP=79.9", "S4-10 caution S4-04 caution"},
    {4, "model=single;SP=80", "S4-10 pass"},
    {4, "model=single;SP=150", "S4-10 pass"},
    {4, "model=single;SP=150.1", "S4-10 fail"},
    {5, "MT=204.9;day=W1 Wed", "S5-11 caution S5-07 not_evaluated"},
    {5, "MT=205;day=W1 Wed", "S5-11 pass S5-07 not_evaluated"},
    {5, "child_pugh=B8;reserve=29.9;mvi_extent=segmental", "S5-01 caution S5-02 info S5-23 pass"},
    {5, "child_pugh=B8;reserve=29.9;mvi_extent=main", "S5-01 fail S5-02 fail S5-23 caution"},
    /* Unknown or true is true, unknown and false is false; else unknown stays unknown. */
    {1, "albi_grade=2;treated_liver_percent=15", "S1-08 caution S1-07 info"},
    {1, "child_pugh=B7;treated_liver_percent=15", "S1-08 caution S1-07 not_evaluated"},
    {1, "child_pugh=A5;treated_liver_percent=15", "S1-08 not_evaluated"},
    {1, "albi_grade=1;treated_liver_percent=15", "S1-08 not_evaluated S1-07 pass"},
    {2, "bilirubin_mg_dl=0.9;ML=60", "S2-09 info S2-10 not_evaluated"},
    {2, "child_pugh=B7;ML=60", "S2-09 info S2-10 info"},
    {5, "maa_mvi_targeting=poor", "S5-20 caution"},
    /* Lists, and what is missing is never a pass. */
    {1, "prior_therapy=resection;prior_therapy=tace", "S1-22 caution S1-23 pass S1-24 caution"},
    {1, "", "S1-01 not_evaluated S1-11 not_evaluated S1-12 not_evaluated S1-33 not_evaluated"},
};

static void each_edge_case_gets_its_verdict(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_checks checks = {0};
        judge(cases[n].scenario, cases[n].values, &checks);
        char id[8];
        char verdict[16];
        int used = 0;
        for (const char *at = cases[n].verdicts; sscanf(at, "%7s %15s%n", id, verdict, &used) == 2;
             at += used) {
            const struct ot_check *check = find(&checks, id);
            if (strcmp(ot_verdict_name(check->verdict), verdict) != 0) {
                fail_msg("%s: %s is %s, wanted %s", cases[n].values, id,
                         ot_verdict_name(check->verdict), verdict);
            }
        }
        for (size_t c = 0; c < checks.count; c++) {
            const struct ot_check *check = &checks.check[c];
            assert_true(check->verdict == OT_VERDICT_PASS || check->reason[0] != '\0');
            assert_true(check->source[0] != '\0');
        }
        ot_checks_release(&checks);
    }
}

static void every_row_of_the_scenario_is_reported(void **state)
{
    (void)state;
    static const size_t rows[] = {26, 41, 35, 22, 21, 34}; /* counted in the transcription */
    assert_int_equal(table.count, 179);
    assert_int_equal(table.conflict_count, 34);
    for (int scenario = 1; scenario <= 5; scenario++) {
        struct ot_checks checks = {0};
        judge(scenario, "", &checks);
        assert_int_equal(checks.count, rows[scenario]);
        ot_checks_release(&checks);
    }
    size_t judged = 0;
    for (size_t n = 0; n < table.count; n++) {
        judged += table.row[n].input[0] != '\0';
    }
    assert_int_equal(judged, 88);
}

static void reasons_name_what_is_missing_or_exceeded(void **state)
{
    (void)state;
    struct ot_checks checks = {0};
    judge(2, "child_pugh=A5;MP=130;reserve=35;ML=40", &checks);
    assert_string_equal(find(&checks, "S2-06")->reason, "130 is not <= 120");
    assert_string_equal(find(&checks, "S2-09")->reason, "missing: bilirubin_mg_dl");
    assert_non_null(strstr(find(&checks, "S2-11")->reason, "this is multi"));
    assert_non_null(strstr(find(&checks, "S2-07")->reason, "W1 Wed; the day here is unknown"));
    assert_string_equal(find(&checks, "S2-06")->source, "Salem 2023, Table 4, dose calculation 1");
    ot_checks_release(&checks);
    judge(1, "child_pugh=A5;treated_liver_percent=15", &checks);
    assert_string_equal(find(&checks, "S1-08")->reason, "missing: albi_grade");
    ot_checks_release(&checks);
    judge(2, "MT=210", &checks);
    assert_string_equal(find(&checks, "S2-04")->reason, "missing: hepatic_reserve_percent");
    ot_checks_release(&checks);
}

static void injections_are_judged_one_by_one_and_tumors_shown(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_facts all = {0};
    struct ot_facts part[4] = {0};
    give("model=single;MT=300", &all);
    give("SP=410", &part[0]);
    give("SP=390", &part[1]);
    give("MT=100", &part[2]);
    give("MT=400", &part[3]);
    const struct ot_named_facts injections[] = {{"RHA", &part[0]}, {"LHA", &part[1]}};
    const struct ot_named_facts tumors[] = {{"T1", &part[2]}, {"T2", &part[3]}};
    struct ot_criteria_case input = {.scenario = 1,
                                     .facts = &all,
                                     .activity_gbq = NAN,
                                     .injections = injections,
                                     .injection_count = 2,
                                     .tumors = tumors,
                                     .tumor_count = 2};
    struct ot_checks checks = {0};
    assert_ok(ot_criteria_judge(&table, &input, &checks, &err), err);
    size_t at = 0;
    while (strcmp(checks.check[at].id, "S1-12") != 0) {
        at++;
    }
    assert_string_equal(checks.check[at].voi, "RHA");
    assert_int_equal(checks.check[at].verdict, OT_VERDICT_PASS);
    assert_string_equal(checks.check[at + 1].voi, "LHA");
    assert_int_equal(checks.check[at + 1].verdict, OT_VERDICT_FAIL);
    ot_checks_release(&checks);

    /* S2-14 reads the liver, when the perfused dose is above 150: once per injection. */
    ot_facts_release(&all);
    give("model=single;SL=160", &all);
    input.scenario = 2;
    assert_ok(ot_criteria_judge(&table, &input, &checks, &err), err);
    size_t limits = 0;
    for (size_t n = 0; n < checks.count; n++) {
        limits +=
            strcmp(checks.check[n].id, "S2-14") == 0 && checks.check[n].verdict == OT_VERDICT_FAIL;
    }
    assert_int_equal(limits, 2);
    ot_checks_release(&checks);

    ot_facts_release(&all);
    give("MT=300", &all);
    input.scenario = 3;
    assert_ok(ot_criteria_judge(&table, &input, &checks, &err), err);
    for (at = 0; strcmp(checks.check[at].id, "S3-22") != 0;) {
        at++;
    }
    assert_int_equal(checks.check[at].verdict, OT_VERDICT_PASS);
    assert_string_equal(checks.check[at + 1].voi, "T1");
    assert_int_equal(checks.check[at + 1].verdict, OT_VERDICT_INFO);
    assert_non_null(strstr(checks.check[at + 1].reason, "does not hold"));
    assert_near(checks.check[at + 2].value, 400.0, 0.0);
    ot_checks_release(&checks);
    for (size_t n = 0; n < 4; n++) {
        ot_facts_release(&part[n]);
    }
    ot_facts_release(&all);
}

static void lung_limits_are_rows_of_their_own(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_facts none = {0};
    struct ot_lung_facts lungs = {.gy_per_gbq = 10.0,
                                  .prior_gy = 25.0,
                                  .limit_gy = 30.0,
                                  .limit_cumulative_gy = 50.0,
                                  .known = true};
    const struct ot_criteria_case input = {
        .scenario = 0, .facts = &none, .activity_gbq = 3.0, .lungs = &lungs};
    struct ot_checks checks = {0};
    assert_ok(ot_criteria_judge(&table, &input, &checks, &err), err);
    assert_int_equal(checks.count, 2);
    assert_int_equal(find(&checks, "L-01")->verdict, OT_VERDICT_PASS);
    assert_int_equal(find(&checks, "L-02")->verdict, OT_VERDICT_FAIL);
    assert_near(find(&checks, "L-02")->value, 55.0, 1e-12);
    ot_checks_release(&checks);
    lungs.known = false;
    assert_ok(ot_criteria_judge(&table, &input, &checks, &err), err);
    assert_int_equal(find(&checks, "L-01")->verdict, OT_VERDICT_NOT_EVALUATED);
    ot_checks_release(&checks);
}

static void the_model_follows_declaration_scenario_and_images(void **state)
{
    (void)state;
    struct ot_facts facts = {0};
    struct ot_criteria_case input = {.scenario = 1, .facts = &facts};
    assert_string_equal(ot_criteria_model(&input), "single");
    input.scenario = 4;
    assert_string_equal(ot_criteria_model(&input), "multi");
    input.images_without_tumor = true;
    assert_string_equal(ot_criteria_model(&input), "single");
    give("model=multi", &facts);
    assert_string_equal(ot_criteria_model(&input), "multi");
    ot_facts_release(&facts);
}

static void values_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } refused[] = {
        {"{\"vois.tumour.mean_gy\": 205}", "did you mean vois.tumor.mean_gy"},
        {"{\"child_pugh\": \"A\"}", "expected one of A5"},
        {"{\"child_pugh\": 5}", "must be a word"},
        {"{\"vois.tumor.mean_gy\": \"205\"}", "must be a number in Gy"},
        {"{\"vois.tumor.mean_gy\": -1}", "expected 0 or more"},
        {"{\"hepatic_reserve_percent\": 130}", "0 to 100"},
        {"{\"albi_grade\": 4}", "expected 0 to 3"},
        {"{\"prior_therapy\": \"TACE\"}", "expected one of none"},
        {"{\"child_pugh\": [\"A5\", \"A6\"]}", "one value, not a list"},
        {"{\"treatment_day\": \"Wednesday\"}", "W1 Sun"},
        {"[1]", "flat JSON object"},
    };
    for (size_t n = 0; n < sizeof refused / sizeof refused[0]; n++) {
        struct ot_err err = {0};
        struct ot_facts facts = {0};
        json_t *json = NULL;
        assert_ok(ot_json_parse(refused[n].text, strlen(refused[n].text), "values", &json, &err),
                  err);
        assert_refused(ot_facts_from_json(&table, json, &facts, &err), err, OT_ERR_ARG,
                       refused[n].part);
        ot_facts_release(&facts);
        json_decref(json);
    }
    struct ot_err err = {0};
    struct ot_facts facts = {0};
    assert_ok(ot_facts_add_text(&table, "vois.tumor.mean_gy", "204.9", &facts, &err), err);
    assert_ok(ot_facts_add_text(&table, "prior_therapy", "tace", &facts, &err), err);
    assert_ok(ot_facts_add_text(&table, "prior_therapy", "sbrt", &facts, &err), err);
    assert_near(ot_fact_value(ot_facts_find(&facts, "vois.tumor.mean_gy"), NAN), 204.9, 0.0);
    assert_int_equal(ot_facts_find(&facts, "prior_therapy")->words.count, 2);
    assert_refused(ot_facts_add_text(&table, "albi_grade", "1x", &facts, &err), err, OT_ERR_ARG,
                   "must be a number");
    ot_facts_release(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_edge_case_gets_its_verdict),
        cmocka_unit_test(every_row_of_the_scenario_is_reported),
        cmocka_unit_test(reasons_name_what_is_missing_or_exceeded),
        cmocka_unit_test(injections_are_judged_one_by_one_and_tumors_shown),
        cmocka_unit_test(lung_limits_are_rows_of_their_own),
        cmocka_unit_test(the_model_follows_declaration_scenario_and_images),
        cmocka_unit_test(values_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
