/* tests/test_selector.c - PATH#SELECTOR: what it means, and what it must not be mistaken for. */
#include "tests/support/ot_test.h"

#include "io/selector.h"

static void keys_and_numbers_are_taken_apart(void **state)
{
    (void)state;
    struct ot_selector part;
    struct ot_err err = {0};
    assert_ok(ot_selector_parse("window=2,slot=13", &part, &err), err);
    assert_int_equal(part.number[OT_SELECT_WINDOW], 2);
    assert_int_equal(part.number[OT_SELECT_SLOT], 13);
    assert_int_equal(part.number[OT_SELECT_VOLUME], 0);
    assert_ok(ot_selector_parse("4", &part, &err), err);
    assert_int_equal(part.number[OT_SELECT_VOLUME], 4);
    assert_int_equal(part.number[OT_SELECT_WINDOW], 0);
    for (int key = 0; key < OT_SELECT_COUNT; key++) {
        char text[32];
        (void)snprintf(text, sizeof text, "%s=%d", ot_select_name((enum ot_select)key), key + 1);
        assert_ok(ot_selector_parse(text, &part, &err), err);
        assert_int_equal(part.number[key], key + 1);
    }
}

static void what_names_no_part_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"", "empty"},
        {"window=1,", "empty"},
        {"windows=1", "'windows'"},
        {"0", "from 1"},
        {"-1", "from 1"},
        {"1.5", "'1.5'"},
        {"window=", "from 1"},
        {"window=1,window=2", "twice"},
        {"3000000000", "from 1"},
        {"window=0x1", "'0x1'"},
        {"a name that is far too long to be any=1", "too long"},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_selector part;
        struct ot_err err = {0};
        assert_refused(ot_selector_parse(cases[n].text, &part, &err), err, OT_ERR_ARG,
                       cases[n].part);
    }
}

static void a_hash_in_the_name_of_a_file_is_no_selector(void **state)
{
    (void)state;
    char name[160];
    char path[160];
    struct ot_selector part;
    struct ot_err err = {0};
    const char *folder = ot_test_folder();
    (void)snprintf(name, sizeof name, "%s/scan#2", folder);
    assert_ok(ot_selector_split(name, path, sizeof path, &part, &err), err);
    assert_int_equal(part.number[OT_SELECT_VOLUME], 2);
    assert_null(strchr(path, '#'));
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    (void)fclose(file);
    assert_ok(ot_selector_split(name, path, sizeof path, &part, &err), err);
    assert_string_equal(path, name);
    assert_int_equal(part.number[OT_SELECT_VOLUME], 0);
    ot_test_remove_folder(folder);
    assert_refused(ot_selector_split("#2", path, sizeof path, &part, &err), err, OT_ERR_ARG,
                   "no path");
    err = (struct ot_err){0};
    assert_refused(ot_selector_split("abc", path, 3, &part, &err), err, OT_ERR_ARG, "too long");
}

static void a_key_that_does_not_apply_is_refused(void **state)
{
    (void)state;
    struct ot_selector part;
    struct ot_err err = {0};
    assert_ok(ot_selector_parse("volume=1", &part, &err), err);
    assert_ok(ot_selector_allow(&part, 1U << OT_SELECT_VOLUME, "a file", &err), err);
    assert_ok(ot_selector_allow(NULL, 0, "a file", &err), err);
    assert_refused(ot_selector_allow(&part, 1U << OT_SELECT_WINDOW, "an NM image", &err), err,
                   OT_ERR_ARG, "volume does not apply to an NM image");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_numbers_are_taken_apart),
        cmocka_unit_test(what_names_no_part_is_refused),
        cmocka_unit_test(a_hash_in_the_name_of_a_file_is_no_selector),
        cmocka_unit_test(a_key_that_does_not_apply_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
