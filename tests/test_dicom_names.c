/* tests/test_dicom_names.c - names of regions in other alphabets, and contours that enclose
 * nothing. labels: shim */
#include "tests/support/ot_test.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/dicom.h"
#include "tests/support/make_dicom.h"

#define SQUARE "0\\0\\0\\10\\0\\0\\10\\10\\0\\0\\10\\0"

static const char *const structures[] = {
    "(0008,0005)=ISO_IR 100",
    "(0008,0016)=1.2.840.10008.5.1.4.1.1.481.3",
    "(0008,0018)=2.25.1",
    "(0008,0060)=RTSTRUCT",
    "(0010,0020)=SECRET-ID",
    "(0020,000d)=2.25.2",
    "(0020,000e)=2.25.3",
    "(3006,0020)[0].(3006,0022)=7",
    "(3006,0020)[0].(3006,0024)=2.25.44",
    "(3006,0020)[0].(3006,0026)=L\xe9sion",
    "(3006,0020)[1].(3006,0022)=8",
    "(3006,0020)[1].(3006,0026)=Liver",
    "(3006,0020)[2].(3006,0022)=9",
    "(3006,0020)[2].(3006,0026)=Liver",
    "(3006,0039)[0].(3006,0084)=7",
    "(3006,0039)[0].(3006,0040)[0].(3006,0042)=CLOSED_PLANAR",
    "(3006,0039)[0].(3006,0040)[0].(3006,0046)=4",
    "(3006,0039)[0].(3006,0040)[0].(3006,0050)=" SQUARE, /* NOLINT: joined on purpose */
    "(3006,0039)[0].(3006,0040)[1].(3006,0042)=CLOSED_PLANAR",
    "(3006,0039)[0].(3006,0040)[1].(3006,0046)=0",
    "(3006,0039)[0].(3006,0040)[1].(3006,0050)=",
    "(3006,0039)[1].(3006,0084)=8",
    "(3006,0039)[1].(3006,0040)[0].(3006,0042)=POINT",
    "(3006,0039)[1].(3006,0040)[0].(3006,0046)=1",
    "(3006,0039)[1].(3006,0040)[0].(3006,0050)=1\\2\\3",
    NULL};

static enum ot_rc load(const char *const *changes, const char *selector, struct ot_region **out,
                       struct ot_err *err)
{
    char path[160];
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/rs.dcm", folder);
    assert_int_equal(make_dicom(path, NULL, structures, changes, NULL, 0), 0);
    const enum ot_rc rc = ot_dicom_regions_load(path, &selector, 1, out, err);
    ot_test_remove_folder(folder);
    return rc;
}

/* Every text that is shown is UTF-8, whatever the file says of its alphabet. */
static void d33_texts_of_other_alphabets_become_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *alphabet, *name, *shown;
    } cases[] = {
        {"(0008,0005)=ISO_IR 192", "(3006,0020)[0].(3006,0026)=L\xc3\xa9sion", "L\xc3\xa9sion"},
        /* cut off, overlong, a surrogate, bytes that begin nothing */
        {"(0008,0005)=ISO_IR 192", "(3006,0020)[0].(3006,0026)=A\xc3", "A\xef\xbf\xbd"},
        {"(0008,0005)=ISO_IR 192", "(3006,0020)[0].(3006,0026)=A\xc0\xaf",
         "A\xef\xbf\xbd\xef\xbf\xbd"},
        {"(0008,0005)=ISO_IR 192", "(3006,0020)[0].(3006,0026)=A\xed\xa0\x80",
         "A\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"(0008,0005)=ISO_IR 192", "(3006,0020)[0].(3006,0026)=\xff\xfeZ",
         "\xef\xbf\xbd\xef\xbf\xbdZ"},
        /* switches of ISO 2022, and GB 18030 */
        {"(0008,0005)=\\ISO 2022 IR 87", "(3006,0020)[0].(3006,0026)=A\x1b$B4N\x1b(B",
         "A\xef\xbf\xbd$B4N\xef\xbf\xbd(B"},
        {"(0008,0005)=GB18030", "(3006,0020)[0].(3006,0026)=\xb8\xce", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"(0008,0005)=UNHEARD OF", "(3006,0020)[0].(3006,0026)=Liver\x07", "Liver\xef\xbf\xbd"},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        const char *const changes[] = {cases[n].alphabet, cases[n].name, NULL};
        struct ot_region *region = NULL;
        struct ot_err err = {0};
        assert_ok(load(changes, "7", &region, &err), err);
        assert_string_equal(region->label, cases[n].shown);
        ot_region_destroy(region);
    }
}

/* In a process of its own: DCMTK looks for its dictionary once. Implicit value representations
 * would be unreadable without it. Pre: nothing has been read here yet. */
static void d34_without_the_dictionary_nothing_is_read(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    char path[160];
    char bytes[140] = {0};
    int status = 0;
    memcpy(bytes + 128, "DICM\2\0\1\0OB\0", 12);
    (void)snprintf(path, sizeof path, "%s/any.dcm", folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, sizeof bytes, file), sizeof bytes);
    assert_int_equal(fclose(file), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct ot_image *image = NULL;
        struct ot_err err = {0};
        (void)setenv("DCMDICTPATH", "/nonexistent", 1);
        const enum ot_rc rc = ot_dicom_image_load(path, OT_USE_CT, &image, &err);
        _exit(rc == OT_ERR_EXTERNAL && strstr(err.text, "no data dictionary") != NULL ? 7 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    ot_test_remove_folder(folder);
}

static void latin_names_are_shown_and_chosen_in_utf8(void **state)
{
    (void)state;
    struct ot_region *region = NULL;
    struct ot_err err = {0};
    assert_ok(load(NULL, "L\xc3\xa9sion", &region, &err), err);
    assert_string_equal(region->label, "L\xc3\xa9sion");
    assert_int_equal(region->contours.count, 1); /* a contour without points is none */
    assert_int_equal(region->contours.contours[0].count, 4);
    assert_near(region->contours.contours[0].points_mm[6], 10.0, 0.0);
    assert_string_equal(region->identity.frame_of_reference, "2.25.44");
    assert_string_equal(region->identity.study, "2.25.2");
    ot_region_destroy(region);
    assert_ok(load(NULL, "7", &region, &err), err);
    ot_region_destroy(region);
}

static void names_given_twice_and_points_are_refused(void **state)
{
    (void)state;
    struct ot_region *region = NULL;
    struct ot_err err = {0};
    assert_refused(load(NULL, "Liver", &region, &err), err, OT_ERR_FORMAT,
                   "has several ROIs 'Liver'; select one by its number");
    err = (struct ot_err){0};
    assert_refused(load(NULL, "8", &region, &err), err, OT_ERR_FORMAT, "of the type 'POINT'");
    err = (struct ot_err){0};
    assert_refused(load(NULL, "9", &region, &err), err, OT_ERR_RANGE, "ROI 'Liver' is empty");
    assert_null(strstr(err.text, "SECRET"));
}

static void contours_whose_numbers_do_not_fit_are_refused(void **state)
{
    (void)state;
    struct ot_region *region = NULL;
    static const char *const few[] = {"(3006,0039)[0].(3006,0040)[0].(3006,0046)=5", NULL};
    struct ot_err err = {0};
    assert_refused(load(few, "7", &region, &err), err, OT_ERR_FORMAT,
                   "has 12 numbers (3006,0050) for 5 points");
    err = (struct ot_err){0};
    static const char *const junk[] = {
        "(3006,0039)[0].(3006,0040)[0].(3006,0050)=0\\0\\0\\1\\0\\0\\1\\1\\x", NULL};
    assert_refused(load(junk, "7", &region, &err), err, OT_ERR_FORMAT,
                   "ContourData (3006,0050) is 'x', not a number");
}

static void names_of_the_longest_kind_can_be_chosen(void **state)
{
    (void)state;
    struct ot_region *region = NULL;
    struct ot_err err = {0};
    char line[128];
    char name[65];
    memset(name, 'a', 64);
    name[64] = '\0';
    (void)snprintf(line, sizeof line, "(3006,0020)[0].(3006,0026)=%s", name);
    const char *const changes[] = {line, NULL};
    assert_ok(load(changes, name, &region, &err), err);
    assert_int_equal(strlen(region->label), 63);
    ot_region_destroy(region);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(d34_without_the_dictionary_nothing_is_read), /* first */
        cmocka_unit_test(d33_texts_of_other_alphabets_become_utf8),
        cmocka_unit_test(latin_names_are_shown_and_chosen_in_utf8),
        cmocka_unit_test(names_given_twice_and_points_are_refused),
        cmocka_unit_test(contours_whose_numbers_do_not_fit_are_refused),
        cmocka_unit_test(names_of_the_longest_kind_can_be_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
