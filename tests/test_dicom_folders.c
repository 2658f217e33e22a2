/* tests/test_dicom_folders.c - what else lies in a folder of DICOM files, and what happens to it
 * meanwhile: rows d24 to d43 of the threat model. labels: shim */
#include "tests/support/ot_test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/text.h"
#include "io/dicom.h"
#include "io/file.h"
#include "tests/support/image_case.h"
#include "tests/support/make_dicom.h"

enum { PIXELS = 12 };

static const enum ot_use CT = OT_USE_CT;
static const char *folder;

static void d24_of_two_series_one_is_selected_by_its_number(void **state)
{
    (void)state;
    static const char *const other[] = {"(0020,000e)=2.25.33", "(0020,0011)=7", "(0028,1052)=100",
                                        NULL};
    struct ot_selector part;
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    folder = ot_test_two_cts(NULL);
    ot_test_put_ct(folder, 3, 0, PIXELS, other);
    ot_test_put_ct(folder, 4, 3, PIXELS, other);
    ot_test_refuse_path(
        folder, OT_USE_CT, OT_ERR_FORMAT,
        "2 ct series (CT 4x3x2 (2 files, series 4); CT 4x3x2 (2 files, series 7)); choose "
        "one as in FOLDER#series=1");
    assert_ok(ot_selector_parse("series=7", &part, &err), err);
    assert_ok(ot_dicom_image_load_first(folder, &part, &CT, 1, &image, &err), err);
    assert_near(image->volume->data[0], 100, 0);
    assert_int_equal(image->facts.file_count, 2);
    ot_image_destroy(image);
    assert_ok(ot_selector_parse("series=8", &part, &err), err);
    assert_refused(ot_dicom_image_load_first(folder, &part, &CT, 1, &image, &err), err,
                   OT_ERR_FORMAT, "the folder holds no ct series 8: CT 4x3x2");
    ot_test_remove_folder(folder);
}

static void d24_nothing_stands_in_for_a_series_that_is_refused(void **state)
{
    (void)state;
    static const enum ot_use uses[] = {OT_USE_CT, OT_USE_MR, OT_USE_RTDOSE};
    static const char *const other[] = {"(0020,000e)=2.25.33", "(0020,0011)=7", NULL};
    static const char *const mr[] = {"(0008,0016)=1.2.840.10008.5.1.4.1.1.4", "(0008,0060)=MR",
                                     "(0020,000e)=2.25.34", "(0020,0011)=9", NULL};
    struct ot_selector part;
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    folder = ot_test_two_cts(NULL);
    ot_test_put_ct(folder, 3, 0, PIXELS, other);
    ot_test_put_ct(folder, 4, 3, PIXELS, other);
    ot_test_put_ct(folder, 5, 0, PIXELS, mr);
    ot_test_put_ct(folder, 6, 3, PIXELS, mr);
    assert_refused(ot_dicom_image_load_first(folder, NULL, uses, 3, &image, &err), err,
                   OT_ERR_FORMAT, "holds 2 ct series");
    assert_null(image);
    err = (struct ot_err){0};
    /* The one that was selected is no CT. */
    assert_ok(ot_selector_parse("series=9", &part, &err), err);
    assert_ok(ot_dicom_image_load_first(folder, &part, uses, 3, &image, &err), err);
    assert_int_equal(image->facts.use, OT_USE_MR);
    ot_image_destroy(image);
    ot_test_remove_folder(folder);
    /* A CT that makes no volume is one all the same; without it there is the MR. */
    folder = ot_test_folder();
    ot_test_put_ct(folder, 1, 0, PIXELS, NULL);
    ot_test_put_ct(folder, 2, 90, PIXELS, NULL);
    ot_test_put_ct(folder, 3, 95, PIXELS, NULL);
    ot_test_put_ct(folder, 5, 0, PIXELS, mr);
    ot_test_put_ct(folder, 6, 3, PIXELS, mr);
    assert_refused(ot_dicom_image_load_first(folder, NULL, uses, 3, &image, &err), err,
                   OT_ERR_GEOMETRY, "slice");
    assert_null(image);
    err = (struct ot_err){0};
    ot_test_remove_folder(folder);
    folder = ot_test_folder();
    ot_test_put_ct(folder, 5, 0, PIXELS, mr);
    ot_test_put_ct(folder, 6, 3, PIXELS, mr);
    assert_ok(ot_dicom_image_load_first(folder, NULL, uses, 3, &image, &err), err);
    assert_int_equal(image->facts.use, OT_USE_MR);
    ot_image_destroy(image);
    ot_test_remove_folder(folder);
}

static void d24_a_series_that_makes_no_volume_is_passed_over_and_told(void **state)
{
    (void)state;
    static const char *const other[] = {"(0020,000e)=2.25.33", "(0020,0011)=7", NULL};
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    folder = ot_test_two_cts(NULL);
    ot_test_put_ct(folder, 3, 0, PIXELS, other); /* alone */
    assert_ok(ot_dicom_image_load(folder, OT_USE_CT, &image, &err), err);
    assert_int_equal(image->facts.file_count, 2);
    bool told = false;
    for (size_t n = 0; n < image->facts.notes.count; n++) {
        told = told || strstr(image->facts.notes.text[n],
                              "of 2 ct series in the folder only this one makes a volume") != NULL;
    }
    assert_true(told);
    ot_image_destroy(image);
    ot_test_remove_folder(folder);
}

static void d27_a_meta_group_that_names_another_class_is_refused(void **state)
{
    (void)state;
    struct ot_buffer bytes = {0};
    struct ot_err err = {0};
    static const char from[] = "1.2.840.10008.5.1.4.1.1.2";
    folder = ot_test_two_cts(NULL);
    assert_ok(ot_file_read(ot_test_path_in(folder, "slice1.dcm"), SIZE_MAX, &bytes, &err), err);
    size_t at = 132;
    while (memcmp(bytes.data + at, from, sizeof from - 1) != 0) {
        at++;
    }
    bytes.data[at + sizeof from - 2] = '4'; /* MR */
    ot_test_write_file(folder, "slice1.dcm", bytes.data, bytes.size);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT,
                          "another than that of its meta group (0002,0002), MRImageStorage");
    /* Another instance is told; the data set is believed. */
    folder = ot_test_two_cts(NULL);
    bytes.size = 0;
    assert_ok(ot_file_read(ot_test_path_in(folder, "slice1.dcm"), SIZE_MAX, &bytes, &err), err);
    at = 132;
    while (memcmp(bytes.data + at, "2.25.9.1", 8) != 0) {
        at++;
    }
    bytes.data[at + 7] = '5';
    ot_test_write_file(folder, "slice1.dcm", bytes.data, bytes.size);
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    assert_true(ot_test_noted(image, "the meta group (0002,0003) names another object"));
    ot_image_destroy(image);
    ot_buffer_release(&bytes);
}

static void d32_a_series_without_identity_is_read(void **state)
{
    (void)state;
    static const char *const nobody[] = {"-(0010,0010)", "-(0010,0020)", "-(0020,0052)",
                                         "-(0020,000d)", NULL};
    folder = ot_test_two_cts(nobody);
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    assert_string_equal(image->facts.identity.patient_sha256, "");
    assert_string_equal(image->facts.identity.frame_of_reference, "");
    assert_false(image->facts.acquired.known);
    ot_image_destroy(image);
}

static void links_are_refused(const char *name, const char *part)
{
    struct ot_err err = {0};
    ot_test_refuse_path(folder, OT_USE_CT, OT_ERR_IO, part);
    assert_refused(ot_file_refuse_links(folder, &err), err, OT_ERR_IO, name);
    assert_int_equal(unlink(ot_test_path_in(folder, name)), 0);
}

static void d35_only_regular_files_are_read_and_links_end_somewhere(void **state)
{
    (void)state;
    struct ot_err err = {0};
    folder = ot_test_two_cts(NULL);
    assert_int_equal(mkfifo(ot_test_path_in(folder, "pipe.dcm"), 0600), 0);
    assert_ok(ot_file_refuse_links(folder, &err), err);
    assert_int_equal(symlink("nowhere", ot_test_path_in(folder, "dangling.dcm")), 0);
    links_are_refused("dangling.dcm", "dangling.dcm: is a symbolic link that leads nowhere");
    assert_int_equal(symlink("loop.dcm", ot_test_path_in(folder, "loop.dcm")), 0);
    links_are_refused("loop.dcm", "loop.dcm: is a symbolic link that leads nowhere");
    assert_int_equal(symlink("/dev/zero", ot_test_path_in(folder, "zero.dcm")), 0);
    links_are_refused("zero.dcm", "zero.dcm: is a symbolic link to no regular file");
    assert_int_equal(symlink("pipe.dcm", ot_test_path_in(folder, "pipe2.dcm")), 0);
    links_are_refused("pipe2.dcm", "pipe2.dcm: is a symbolic link to no regular file");
    assert_int_equal(symlink(".", ot_test_path_in(folder, "again")), 0);
    links_are_refused("again", "again: is a symbolic link to a folder above it");
    /* A third slice that lies elsewhere; the whole folder, named by a link. */
    char first[64];
    struct ot_image *image = NULL;
    (void)snprintf(first, sizeof first, "%s", folder);
    folder = ot_test_folder();
    ot_test_put_ct(folder, 3, 6, PIXELS, NULL);
    assert_int_equal(symlink(first, ot_test_path_in(folder, "more")), 0);
    assert_refused(ot_file_refuse_links(folder, &err), err, OT_ERR_IO,
                   "more: is a symbolic link; inside a folder they are read only with --follow");
    assert_ok(ot_dicom_image_load(folder, OT_USE_CT, &image, &err), err);
    assert_int_equal(image->facts.file_count, 3);
    ot_image_destroy(image);
    struct ot_err none = {0};
    assert_ok(ot_file_refuse_links(ot_test_path_in(folder, "more"), &none), none);
    assert_ok(ot_dicom_image_load(ot_test_path_in(folder, "more"), OT_USE_CT, &image, &none), none);
    assert_int_equal(image->facts.file_count, 2);
    ot_image_destroy(image);
    assert_int_equal(symlink("loop.dcm", ot_test_path_in(folder, "loop.dcm")), 0);
    ot_test_refuse_path(ot_test_path_in(folder, "loop.dcm"), OT_USE_CT, OT_ERR_IO, "loop.dcm");
    ot_test_refuse_path("/dev/zero", OT_USE_CT, OT_ERR_IO, "zero");
    ot_test_remove_folder(folder);
    ot_test_remove_folder(first);
}

struct writer {
    char path[160];
    atomic_bool stop;
};

static void *touch_for_ever(void *context)
{
    struct writer *writer = (struct writer *)context;
    struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    while (!atomic_load(&writer->stop)) {
        times[1].tv_nsec = (times[1].tv_nsec + 1) % 1000000000;
        (void)utimensat(AT_FDCWD, writer->path, times, 0);
    }
    return NULL;
}

/* Pixels of 32 MB, so that the writer comes in between the looks before and after. */
static void d36_a_file_that_changes_while_it_is_read_is_refused(void **state)
{
    (void)state;
    pthread_t thread;
    struct writer writer = {.path = ""};
    struct ot_buffer bytes = {0};
    struct ot_err err = {0};
    folder = ot_test_two_cts(NULL);
    (void)snprintf(writer.path, sizeof writer.path, "%s", ot_test_path_in(folder, "slice1.dcm"));
    assert_ok(ot_file_read(writer.path, SIZE_MAX, &bytes, &err), err);
    unsigned char *padding = OT_NEW(unsigned char, (size_t)32 << 20, &err);
    assert_non_null(padding);
    ot_buffer_append(&bytes, padding, (size_t)32 << 20);
    ot_test_write_file(folder, "slice1.dcm", bytes.data, bytes.size);
    ot_free(padding);
    ot_buffer_release(&bytes);
    assert_int_equal(pthread_create(&thread, NULL, touch_for_ever, &writer), 0);
    bool refused = false;
    for (int n = 0; n < 50 && !refused; n++) {
        struct ot_image *image = NULL;
        struct ot_err why = {0};
        refused = ot_dicom_image_load(folder, OT_USE_CT, &image, &why) == OT_ERR_IO;
        assert_true(!refused || strstr(why.text, "slice1.dcm: changed while it was read") != NULL);
        ot_image_destroy(image);
    }
    atomic_store(&writer.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(refused);
    ot_test_remove_folder(folder);
}

static void d37_one_slice_is_no_volume_and_two_are_told(void **state)
{
    (void)state;
    folder = ot_test_folder();
    ot_test_put_ct(folder, 1, 0, PIXELS, NULL);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_GEOMETRY,
                          "holds 1 slice; a volume needs two or more");
    folder = ot_test_two_cts(NULL);
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    assert_true(ot_test_noted(image, "two slices only"));
    ot_image_destroy(image);
}

/* As many series as files: the time must not grow with the square of their number. */
static void d38_thousands_of_files_are_sorted_in_little_time(void **state)
{
    (void)state;
    const size_t count = ot_test_full() ? 10000 : 1500;
    folder = ot_test_two_cts(NULL);
    for (size_t n = 0; n < count; n++) {
        char series[48];
        const char *const single[] = {series, "(0008,0016)=1.2.840.10008.5.1.4.1.1.4", NULL};
        (void)snprintf(series, sizeof series, "(0020,000e)=2.25.7.%zu", n);
        ot_test_put_ct(folder, (unsigned)(100 + n), 0, 0, single);
    }
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    assert_int_equal(image->facts.file_count, 2);
    ot_image_destroy(image);
}

static void d03_d39_other_files_and_directories_of_files_are_passed_over(void **state)
{
    (void)state;
    static const char *const dicomdir[] = {"(0008,0016)=1.2.840.10008.1.3.10",
                                           "(0004,1220)[0].(0004,1500)=..\\..\\ETC\\PASSWD", NULL};
    folder = ot_test_two_cts(NULL);
    ot_test_put_ct(folder, 3, 9, 0, dicomdir);
    ot_test_write_file(folder, "README", "nothing", 7);
    ot_test_write_file(folder, ".DS_Store", "\0\0\0\1Bud1", 8);
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    assert_int_equal(image->facts.file_count, 2);
    ot_image_destroy(image);
    folder = ot_test_folder();
    ot_test_write_file(folder, "README", "nothing", 7);
    ot_test_write_file(folder, "report.pdf", "%PDF-1.4", 8);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT,
                          "none of the folder's 2 files is a DICOM file");
}

static void d40_d41_preambles_and_private_content_do_not_matter(void **state)
{
    (void)state;
    static const char *const private_things[] = {"!0009,0010 LO=SOMEBODY",
                                                 "!0009,1001 OB=4d\\5a\\90\\00", NULL};
    folder = ot_test_two_cts(private_things);
    struct ot_buffer bytes = {0};
    struct ot_err err = {0};
    assert_ok(ot_file_read(ot_test_path_in(folder, "slice1.dcm"), SIZE_MAX, &bytes, &err), err);
    memcpy(bytes.data, "MZ\x90\0<html><script>alert(1)</script>", 36);
    ot_test_write_file(folder, "slice1.dcm", bytes.data, bytes.size);
    ot_buffer_release(&bytes);
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    assert_near(image->volume->data[1], 15, 0);
    ot_image_destroy(image);
}

static void d42_the_position_of_the_patient_turns_nothing(void **state)
{
    (void)state;
    static const char *const positions[] = {"HFS", "FFS", "HFP", "FFDR", "nonsense"};
    for (size_t n = 0; n < 5; n++) {
        char line[48];
        const char *const changes[] = {line, NULL};
        (void)snprintf(line, sizeof line, "(0018,5100)=%s", positions[n]);
        folder = ot_test_two_cts(changes);
        struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
        assert_near(image->volume->grid.dir[0][0], 1, 0);
        assert_near(image->volume->grid.origin_mm[0], -10, 0);
        assert_near(image->volume->data[1], 15, 0);
        ot_image_destroy(image);
    }
}

static void d43_what_is_no_identifier_is_not_taken_for_a_missing_one(void **state)
{
    (void)state;
    ot_test_refuse_ct_change(
        "(0020,000e)=1.2.3333333333333333333333333333333333333333333333333333333333333333",
        OT_ERR_FORMAT, "SeriesInstanceUID (0020,000e) is no identifier");
    ot_test_refuse_ct_change("(0020,0052)=../../etc/passwd", OT_ERR_FORMAT,
                             "FrameOfReferenceUID (0020,0052) is no identifier");
    ot_test_refuse_ct_change("(0020,000d)=1.2.3; rm", OT_ERR_FORMAT,
                             "StudyInstanceUID (0020,000d)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(d24_of_two_series_one_is_selected_by_its_number),
        cmocka_unit_test(d24_nothing_stands_in_for_a_series_that_is_refused),
        cmocka_unit_test(d24_a_series_that_makes_no_volume_is_passed_over_and_told),
        cmocka_unit_test(d27_a_meta_group_that_names_another_class_is_refused),
        cmocka_unit_test(d32_a_series_without_identity_is_read),
        cmocka_unit_test(d35_only_regular_files_are_read_and_links_end_somewhere),
        cmocka_unit_test(d36_a_file_that_changes_while_it_is_read_is_refused),
        cmocka_unit_test(d37_one_slice_is_no_volume_and_two_are_told),
        cmocka_unit_test(d38_thousands_of_files_are_sorted_in_little_time),
        cmocka_unit_test(d03_d39_other_files_and_directories_of_files_are_passed_over),
        cmocka_unit_test(d40_d41_preambles_and_private_content_do_not_matter),
        cmocka_unit_test(d42_the_position_of_the_patient_turns_nothing),
        cmocka_unit_test(d43_what_is_no_identifier_is_not_taken_for_a_missing_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
