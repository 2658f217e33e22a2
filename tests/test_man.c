/* tests/test_man.c - manual pages: roff that shows the text as it is. */
#include "tests/support/ot_test.h"

#include "cli/man.h"

struct params {
    double dose_gy;
    int count;
    const char *word;
    bool flag;
};
static const struct params defaults = {.dose_gy = 2.5, .count = 3, .word = "a-b"};
static const char *const words[] = {"a-b", "c", NULL};
static const struct ot_opt opts[] = {
    OT_FILE_NEEDED(struct params, word, "in-put", "FILE", "what to read"),
    OT_F64(struct params, dose_gy, "dose-gy", "Gy", 0, 10, ".5 is a start that roff would eat"),
    OT_INT(struct params, count, "count", "N", 0, 10, "how many"),
    OT_CHOICE(struct params, word, "word", "WORD", words, "one of two"),
    OT_FLAG(struct params, flag, "flag", "yes or no"),
};
static const struct ot_cmd cmd = {
    .name = "trial",
    .summary = "a trial",
    .details = "First paragraph.\n.hidden line\n\nSecond, with a \\ in it.",
    .example = "tare trial --in-put x",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
};

static void page(char *text, size_t size)
{
    memset(text, 0, size);
    FILE *out = fmemopen(text, size - 1, "w");
    assert_non_null(out);
    ot_man_print_command(&cmd, out);
    assert_int_equal(fclose(out), 0);
}

static void a_page_has_its_title_options_and_defaults(void **state)
{
    (void)state;
    char text[8192];
    page(text, sizeof text);
    assert_non_null(strstr(text, ".TH \"TARE\\-TRIAL\" 1 "));
    assert_non_null(strstr(text, "\\fB\\-\\-dose\\-gy\\fR \\fIGy\\fR"));
    assert_non_null(strstr(text, "Default: 2.5."));
    assert_non_null(strstr(text, "Default: 3."));
    assert_non_null(strstr(text, "Default: a\\-b."));
    assert_non_null(strstr(text, "What to read. Required."));
}

static void text_never_becomes_a_roff_request(void **state)
{
    (void)state;
    char text[8192];
    page(text, sizeof text);
    assert_non_null(
        strstr(text, "First paragraph.\n\\&.hidden line\n.PP\nSecond, with a \\e in it."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_has_its_title_options_and_defaults),
        cmocka_unit_test(text_never_becomes_a_roff_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
