/* tests/test_criterion.c - the table is read strictly, and its small grammar is one. */
#include "core/criterion.h"
#include "core/facts.h"
#include "core/mem.h"
#include "io/builtin.h"
#include "io/criteria_json.h"
#include "io/json.h"
#include "tests/support/ot_test.h"

static json_t *whole_table(void)
{
    struct ot_err err = {0};
    json_t *table = NULL;
    size_t size = 0;
    const char *text = ot_builtin_text("criteria/salem2023.json", &size);
    assert_non_null(text);
    assert_ok(ot_json_parse(text, size, "table", &table, &err), err);
    return table;
}

static json_t *row_of(json_t *table, const char *id)
{
    size_t n = 0;
    json_t *row = NULL;
    json_array_foreach(json_object_get(table, "criteria"), n, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "id")), id) == 0) {
            return row;
        }
    }
    fail_msg("no row %s", id);
    return NULL;
}

static void what_is_unknown_in_the_table_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *id, *column, *value, *part;
    } changes[] = {
        {"S1-12", "role", "gaol", "unknown role 'gaol'"},
        {"S1-12", "comparator", "=>", "unknown comparator '=>'"},
        {"S1-12", "if_true", "passed", "verdicts 'passed'"},
        {"S1-12", "if_false", "caution|fail", "verdicts"},
        {"S4-05", "if_false", "caution|fail|fail", "verdicts"},
        {"S1-12", "if_false", "", "verdicts"},
        {"S1-12", "input", "vois.tumour.mean_gy", "cannot be compared"},
        {"S1-12", "value", "four hundred", "cannot be compared"},
        {"S1-12", "value_hi", "500", "cannot be compared"},
        {"S4-05", "value_hi", "", "cannot be compared"},
        {"S1-01", "value", "A|B11", "cannot be compared"},
        {"S1-07", "when", "albi_grade = 1", "no comparison"},
        {"S1-07", "when", "albi_grade ==", "no comparison"},
        {"S1-07", "when", "albi == 1", "cannot be compared"},
        {"S1-07", "when", "albi_grade == one", "cannot be compared"},
        {"S1-01", "alternative", "S9-99", "no alternative S9-99"},
        {"S1-01", "conflict", "C05|C99", "no contradiction C99"},
        {"S3-04", "timing", "Wednesday", "no day"},
        {"S3-04", "scenario_name", "bilobar", "do not fit"},
        {"S3-04", "id", "S3-05", "stands twice"},
    };
    for (size_t n = 0; n < sizeof changes / sizeof changes[0]; n++) {
        struct ot_err err = {0};
        struct ot_criteria criteria;
        json_t *table = whole_table();
        assert_int_equal(json_object_set_new(row_of(table, changes[n].id), changes[n].column,
                                             json_string(changes[n].value)),
                         0);
        assert_refused(ot_criteria_from_json(table, &criteria, &err), err, OT_ERR_FORMAT,
                       changes[n].part);
        json_decref(table);
    }
    struct ot_err err = {0};
    struct ot_criteria criteria;
    json_t *table = whole_table();
    assert_int_equal(json_object_set_new(row_of(table, "S1-12"), "extra", json_string("")), 0);
    assert_refused(ot_criteria_from_json(table, &criteria, &err), err, OT_ERR_FORMAT, "do not fit");
    json_decref(table);
    err = (struct ot_err){0};
    table = json_object();
    assert_refused(ot_criteria_from_json(table, &criteria, &err), err, OT_ERR_FORMAT, "schema");
    json_decref(table);
}

static void when_splits_into_clauses_and_alternatives(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const char *when = "albi_grade == 2 or child_pugh in B|C; bilirubin_mg_dl >= 1.1";
    struct ot_comparison c;
    bool more = false;
    assert_ok(ot_when_next(&when, &c, &more, &err), err);
    assert_true(more && !c.ends_clause && c.op == OT_CMP_EQ);
    assert_string_equal(c.name, "albi_grade");
    assert_ok(ot_when_next(&when, &c, &more, &err), err);
    assert_true(more && c.ends_clause && c.op == OT_CMP_IN);
    assert_string_equal(c.literal, "B|C");
    assert_ok(ot_when_next(&when, &c, &more, &err), err);
    assert_true(more && c.ends_clause && c.op == OT_CMP_GE);
    assert_string_equal(c.literal, "1.1");
    assert_ok(ot_when_next(&when, &c, &more, &err), err);
    assert_false(more);
}

static void facts_are_set_replaced_and_forgotten(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_facts facts = {0};
    assert_ok(ot_facts_set_dose(&facts, "dose", 20.0, 5.0, &err), err);
    assert_near(ot_fact_value(ot_facts_find(&facts, "dose"), 2.0), 45.0, 0.0);
    assert_true(isnan(ot_fact_value(ot_facts_find(&facts, "dose"), NAN)));
    assert_ok(ot_facts_set_number(&facts, "dose", 7.0, &err), err);
    assert_near(ot_fact_value(ot_facts_find(&facts, "dose"), NAN), 7.0, 0.0);
    assert_ok(ot_facts_add_word(&facts, "therapy", "tace", &err), err);
    assert_ok(ot_facts_add_word(&facts, "therapy", "sbrt", &err), err);
    assert_int_equal(ot_facts_find(&facts, "therapy")->words.count, 2);
    assert_ok(ot_facts_set_word(&facts, "therapy", "none", &err), err);
    assert_int_equal(ot_facts_find(&facts, "therapy")->words.count, 1);
    assert_ok(ot_facts_set_number(&facts, "dose", NAN, &err), err);
    assert_ok(ot_facts_set_word(&facts, "therapy", "", &err), err);
    assert_null(ot_facts_find(&facts, "dose"));
    assert_null(ot_facts_find(&facts, "therapy"));
    assert_int_equal(facts.count, 0);
    ot_facts_release(&facts);
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    json_t *table = whole_table();
    enum ot_rc rc = OT_ERR_NOMEM;
    for (size_t n = 1; rc != OT_OK; n += ot_test_step(37)) {
        struct ot_err err = {0};
        struct ot_criteria criteria;
        ot_mem_fail_at(n);
        rc = ot_criteria_from_json(table, &criteria, &err);
        ot_mem_fail_at(0);
        assert_true(rc == OT_OK || rc == OT_ERR_NOMEM);
        ot_criteria_release(&criteria);
    }
    json_decref(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_unknown_in_the_table_is_refused),
        cmocka_unit_test(when_splits_into_clauses_and_alternatives),
        cmocka_unit_test(facts_are_set_replaced_and_forgotten),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
