/* tests/test_inspect_names.c - names of files become numbers, and other words stay. */
#include "io/inspect_names.h"
#include "tests/support/ot_test.h"

static void expect(const struct ot_texts *paths, const char *reason, const char *wanted)
{
    json_t *list = json_pack("[{s:s}, {s:n}]", "reason", reason, "reason");
    assert_non_null(list);
    ot_inspect_hide_names(list, paths);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "reason")),
                        wanted);
    assert_true(json_is_null(json_object_get(json_array_get(list, 1), "reason")));
    json_decref(list);
}

static void names_become_numbers_and_words_stay(void **state)
{
    (void)state;
    static const char *const names[] = {"/x/IM1", "/x/IM10", "/x/1", "/x/Doe John.dcm", "/x/slice"};
    struct ot_texts paths = {0};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        assert_non_null(ot_texts_add(&paths, "%s", names[n]));
    }
    expect(&paths, "IM10: has another face than IM1 of the same series",
           "<file 2>: has another face than <file 1> of the same series");
    expect(&paths, "IM1: its Units (0054,1001) are '1', those of IM10 'CNTS'",
           "<file 1>: its Units (0054,1001) are '1', those of <file 2> 'CNTS'");
    expect(&paths, "1: holds 1 slice of 1 (0028,1)", "<file 3>: holds 1 slice of 1 (0028,1)");
    expect(&paths, "Doe John.dcm: has the same UID as Doe John.dcm, but other content",
           "<file 4>: has the same UID as <file 4>, but other content");
    ot_texts_release(&paths);
}

static void one_file_has_no_number(void **state)
{
    (void)state;
    struct ot_texts paths = {0};
    assert_non_null(ot_texts_add(&paths, "/x/Doe.nii.gz"));
    expect(&paths, "Doe.nii.gz: is cut off", "<file>: is cut off");
    expect(&paths, "Doe.json: Units is not a text", "<JSON file beside it>: Units is not a text");
    expect(&paths, "see report.json: no", "see report.json: no");
    ot_texts_release(&paths);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_numbers_and_words_stay),
        cmocka_unit_test(one_file_has_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
