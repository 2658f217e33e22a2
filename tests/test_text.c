/* tests/test_text.c - texts that are cut to a width, and what of them can be shown. */
#include "core/text.h"
#include "tests/support/ot_test.h"

static void expect(const char *from, size_t size, size_t columns, const char *wanted, size_t used)
{
    char to[64];
    memset(to, 'x', sizeof to);
    assert_int_equal(ot_text_fit(to, size, from, columns), used);
    assert_string_equal(to, wanted);
    for (size_t n = size; n < sizeof to; n++) {
        assert_int_equal(to[n], 'x');
    }
}

static void a_letter_is_a_column_and_is_never_cut(void **state)
{
    (void)state;
    expect("liver", 64, 5, "liver", 5);
    expect("liver", 64, 24, "liver", 5);
    expect("", 64, 24, "", 0);
    expect("lung_upper_lobe_left", 64, 10, "lung_up...", 10);
    /* minus, union and an umlaut have 3, 3 and 2 bytes */
    expect("a \xE2\x88\x92 b", 64, 5, "a \xE2\x88\x92 b", 5);
    expect("T1 \xE2\x88\xAA T2", 64, 6, "T1 ...", 6);
    expect("L\xC3\xA4\xC3\xA4\xC3\xA4sion", 64, 6, "L\xC3\xA4\xC3\xA4...", 6);
    /* the room ends before the columns do */
    expect("\xE2\x88\x92\xE2\x88\x92\xE2\x88\x92\xE2\x88\x92", 10, 8, "\xE2\x88\x92\xE2\x88\x92...",
           5);
    expect("liver", 6, 24, "liver", 5);
    expect("livers", 6, 24, "li...", 5);
}

static void what_is_no_letter_is_shown_as_a_question_mark(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"a\nb\tc\x7F", "a?b?c?"},
        {"L\xC3\xA4sion \xE2\x88\x92 \xF0\x9F\x98\x80",
         "L\xC3\xA4sion \xE2\x88\x92 \xF0\x9F\x98\x80"},
        {"cut \xC3", "cut ?"},
        {"cut \xE2\x88'", "cut ?\?'"},
        {"\xA4\xC0\x80\xFF", "????"},
    };
    for (size_t n = 0; n < sizeof texts / sizeof texts[0]; n++) {
        char text[64];
        assert_true(ot_text_copy(text, sizeof text, texts[n][0]));
        ot_text_make_printable(text);
        assert_string_equal(text, texts[n][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_is_a_column_and_is_never_cut),
        cmocka_unit_test(what_is_no_letter_is_shown_as_a_question_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
