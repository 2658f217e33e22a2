/* tests/test_csv.c - RFC 4180, to the letter. */
#include "core/mem.h"
#include "io/csv.h"
#include "tests/support/ot_test.h"

static struct ot_csv *parse(const char *text)
{
    struct ot_csv *csv = NULL;
    struct ot_err err = {0};
    assert_ok(ot_csv_parse(text, strlen(text), "cohort.csv", &csv, &err), err);
    return csv;
}

static void fields_are_texts_with_their_lines(void **state)
{
    (void)state;
    struct ot_csv *csv = parse("\xEF\xBB\xBF"
                               "case_id,activity_gbq,note\r\n"
                               "A1, 2.5 ,\"a \"\"b\"\", c\r\nd\"\r\n"
                               "A2,,\n"
                               "\"A3\",1,x");
    assert_int_equal(csv->columns.count, 3);
    assert_int_equal(csv->row_count, 3);
    assert_int_equal(ot_csv_column(csv, "activity_gbq"), 1);
    assert_int_equal(ot_csv_column(csv, "case_id"), 0); /* the mark is gone */
    assert_true(ot_csv_column(csv, "none") == SIZE_MAX);
    assert_string_equal(ot_csv_cell(csv, 0, 1), " 2.5 ");
    assert_string_equal(ot_csv_cell(csv, 0, 2), "a \"b\", c\r\nd");
    assert_string_equal(ot_csv_cell(csv, 1, 1), "");
    assert_string_equal(ot_csv_cell(csv, 2, 0), "A3");
    assert_string_equal(ot_csv_cell(csv, 2, 2), "x");
    assert_int_equal(csv->lines[0], 2);
    assert_int_equal(csv->lines[1], 4);
    assert_int_equal(csv->lines[2], 5);
    ot_csv_destroy(csv);
}

static void a_header_alone_is_a_table_without_rows(void **state)
{
    (void)state;
    struct ot_csv *csv = parse("a,b\n");
    assert_int_equal(csv->row_count, 0);
    ot_csv_destroy(csv);
}

static void what_the_standard_does_not_have_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "line 1: there is no header"},
        {"a,,b\n1,2,3\n", "column 2 has no name"},
        {"a,b,a\n1,2,3\n", "two columns are called 'a'"},
        {"a,b\n1,2\n1\n", "line 3: 1 fields, the header has 2"},
        {"a,b\n1,2,3\n", "line 2: 3 fields"},
        {"a,b\n1,2\n\n", "line 3: 1 fields"},
        {"a,b\n\"1\n\n2\",2\nx\n", "line 5: 1 fields"},
        {"a,b\n1,x\"y\"\n", "line 2: a quote within"},
        {"a,b\n1,\"y\"z\n", "line 2: text behind"},
        {"a,b\n1,2\n3,\"y\n\n", "line 3: a quote is not closed"},
        {"a,b\r1,2\r", "line 1: a carriage return"},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_csv *csv = NULL;
        struct ot_err err = {0};
        assert_refused(ot_csv_parse(cases[n][0], strlen(cases[n][0]), "cohort.csv", &csv, &err),
                       err, OT_ERR_FORMAT, cases[n][1]);
        assert_int_equal(strncmp(err.text, "cohort.csv: ", 12), 0);
        assert_null(csv);
    }
    struct ot_csv *csv = NULL;
    struct ot_err err = {0};
    assert_refused(ot_csv_parse("a\n1\0\n", 5, "cohort.csv", &csv, &err), err, OT_ERR_FORMAT,
                   "NUL byte");
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    static const char text[] = "a,b\n1,\"2\"\n3,4\n";
    bool ok = false;
    for (size_t nth = 1; !ok && nth < 60; nth++) {
        struct ot_csv *csv = NULL;
        ot_mem_fail_at(nth);
        const enum ot_rc rc = ot_csv_parse(text, sizeof text - 1, "t.csv", &csv, NULL);
        ot_mem_fail_at(0);
        ok = rc == OT_OK;
        assert_true(ok || (rc == OT_ERR_NOMEM && csv == NULL));
        ot_csv_destroy(csv);
    }
    assert_true(ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_texts_with_their_lines),
        cmocka_unit_test(a_header_alone_is_a_table_without_rows),
        cmocka_unit_test(what_the_standard_does_not_have_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
