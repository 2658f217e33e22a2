/* tests/test_dicom_faults.c - one fault of a DICOM object each, by the rows of the threat model:
 * d01 to d23. The rest of the rows stand where their kind of file is tested. labels: shim */
#include "tests/support/ot_test.h"

#include "core/mem.h"
#include "core/text.h"
#include "io/dicom.h"
#include "io/file.h"
#include "tests/support/image_case.h"
#include "tests/support/make_dicom.h"

enum { PIXELS = 12 };

static const char *folder;

static void d01_what_is_too_short_is_no_dicom_file(void **state)
{
    (void)state;
    static const char zeros[132] = {0};
    static const size_t sizes[] = {0, 1, 127, 128, 131, 132};
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        folder = ot_test_folder();
        ot_test_write_file(folder, "short.dcm", zeros, sizes[n]);
        ot_test_refuse_path(ot_test_path_in(folder, "short.dcm"), OT_USE_CT, OT_ERR_FORMAT,
                            "short.dcm: is no DICOM file");
        ot_test_remove_folder(folder);
    }
    folder = ot_test_folder();
    const char preamble[132] = {[128] = 'D', 'I', 'C', 'M'};
    ot_test_write_file(folder, "preamble.dcm", preamble, sizeof preamble);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT,
                          "preamble.dcm: states no transfer syntax");
}

static void d02_other_files_under_that_name_are_refused(void **state)
{
    (void)state;
    static const char *const contents[] = {"Just a text, which DCMTK would take for a data set.",
                                           "\xff\xd8\xff\xe0 JPEG", "PK\3\4 ZIP"};
    for (size_t n = 0; n < 3; n++) {
        folder = ot_test_folder();
        ot_test_write_file(folder, "other.dcm", contents[n], strlen(contents[n]));
        ot_test_refuse_path(ot_test_path_in(folder, "other.dcm"), OT_USE_CT, OT_ERR_FORMAT,
                            "other.dcm: is no DICOM file");
        ot_test_remove_folder(folder);
    }
    /* A data set without preamble and meta group: nothing says how it is written. */
    const char *bare = ot_test_shared("testdata/hostile/dicom__pydicom/no_meta.dcm");
    ot_test_refuse_path(bare, OT_USE_CT, OT_ERR_FORMAT, "a bare data set is made one by dcmconv");
}

static void d06_lengths_beyond_the_file_are_refused_before_allocating(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0x7fffffffU, 0xfffffff0U};
    for (size_t n = 0; n < 2; n++) {
        struct ot_buffer bytes = {0};
        struct ot_err err = {0};
        folder = ot_test_two_cts(NULL);
        assert_ok(ot_file_read(ot_test_path_in(folder, "slice1.dcm"), SIZE_MAX, &bytes, &err), err);
        memcpy(bytes.data + bytes.size - 2 * PIXELS - 4, &lengths[n], 4);
        ot_test_write_file(folder, "slice1.dcm", bytes.data, bytes.size);
        ot_buffer_release(&bytes);
        ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT,
                              "slice1.dcm: is truncated or damaged at element (7fe0,0010)");
    }
}

/* RescaleSlope of slice 1 as an element of unknown kind, with these two bytes as its value. */
static void slope_of_unknown_kind(const char *value)
{
    static const char known[] = {0x28, 0, 0x53, 0x10, 'D', 'S', 2, 0};
    static const char unknown[] = {0x28, 0, 0x53, 0x10, 'U', 'N', 0, 0, 2, 0, 0, 0};
    struct ot_buffer bytes = {0};
    struct ot_buffer changed = {0};
    struct ot_err err = {0};
    folder = ot_test_two_cts(NULL);
    assert_ok(ot_file_read(ot_test_path_in(folder, "slice1.dcm"), SIZE_MAX, &bytes, &err), err);
    size_t at = 132;
    while (memcmp(bytes.data + at, known, sizeof known) != 0) {
        at++;
    }
    ot_buffer_append(&changed, bytes.data, at);
    ot_buffer_append(&changed, unknown, sizeof unknown);
    ot_buffer_append(&changed, value, 2);
    at += sizeof known + 2;
    ot_buffer_append(&changed, bytes.data + at, bytes.size - at);
    ot_test_write_file(folder, "slice1.dcm", changed.data, changed.size);
    ot_buffer_release(&changed);
    ot_buffer_release(&bytes);
}

static void d08_a_value_of_unknown_kind_must_still_be_a_number(void **state)
{
    (void)state;
    slope_of_unknown_kind("3 ");
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    assert_near(image->volume->data[1], 3 * 10 - 5, 0);
    assert_near(image->volume->data[PIXELS + 1], 15, 0);
    ot_image_destroy(image);
    slope_of_unknown_kind("3x");
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT, "RescaleSlope (0028,1053) is '3x'");
    slope_of_unknown_kind("\1\2"); /* no text: as good as missing */
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT, "RescaleSlope (0028,1053) is missing");
}

static void d11_impossible_sizes_are_refused(void **state)
{
    (void)state;
    ot_test_refuse_ct_change("(0028,0010)=65535", OT_ERR_FORMAT,
                             "holds 24 bytes, the header says 524280");
    static const char *const huge[] = {"(0028,0010)=65535", "(0028,0011)=65535",
                                       "(0028,0008)=100000", NULL};
    folder = ot_test_two_cts(huge);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT,
                          "65535 x 65535 x 100000 pixels are more than are read here");
    ot_test_refuse_ct_change("(0028,0008)=2147483647", OT_ERR_FORMAT, "NumberOfFrames (0028,0008)");
    static const char *const wide[] = {"-(0028,0010)", "!0028,0010 UL=65539", NULL};
    folder = ot_test_two_cts(wide);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT, "Rows (0028,0010)");
}

static void d12_pixel_data_of_another_length_are_refused(void **state)
{
    (void)state;
    folder = ot_test_folder();
    ot_test_put_ct(folder, 1, 0, PIXELS, NULL);
    ot_test_put_ct(folder, 2, 3, PIXELS - 1, NULL);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT,
                          "slice2.dcm: PixelData (7fe0,0010) holds 22 bytes, the header says 24");
    folder = ot_test_folder();
    ot_test_put_ct(folder, 1, 0, PIXELS, NULL);
    ot_test_put_ct(folder, 2, 3, PIXELS + 1, NULL);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT,
                          "slice2.dcm: PixelData (7fe0,0010) holds 26 bytes, the header says 24");
}

static void d13_bits_that_are_not_read_are_named(void **state)
{
    (void)state;
    static const char *const wrong[][3] = {
        {"12", "12", "11"}, {"24", "24", "23"}, {"64", "64", "63"}, {"16", "12", "15"},
        {"16", "12", "10"}, {"16", "17", "16"}, {"16", "16", "16"},
    };
    for (size_t n = 0; n < sizeof wrong / sizeof wrong[0]; n++) {
        char lines[3][32];
        char text[96];
        (void)snprintf(lines[0], sizeof lines[0], "(0028,0100)=%s", wrong[n][0]);
        (void)snprintf(lines[1], sizeof lines[1], "(0028,0101)=%s", wrong[n][1]);
        (void)snprintf(lines[2], sizeof lines[2], "(0028,0102)=%s", wrong[n][2]);
        const char *const changes[] = {lines[0], lines[1], lines[2], NULL};
        (void)snprintf(text, sizeof text, "pixels of %s bits allocated, %s stored, high bit %s",
                       wrong[n][0], wrong[n][1], wrong[n][2]);
        folder = ot_test_two_cts(changes);
        ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_UNSUPPORTED, text);
    }
}

/* 12 bits stored of 16: the rest is not part of the value, the highest of them is the sign. */
static void d14_signs_and_unused_bits_are_taken_by_the_header(void **state)
{
    (void)state;
    static const char *const signed12[] = {"(0028,0101)=6", "(0028,0102)=5", "(0028,0103)=1", NULL};
    folder = ot_test_two_cts(signed12);
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    for (int n = 0; n < PIXELS; n++) {
        const int low = 10 * n & 63;
        assert_near(image->volume->data[n], 2.0 * (low > 31 ? low - 64 : low) - 5.0, 0);
    }
    ot_image_destroy(image);
    ot_test_refuse_ct_change("-(0028,0103)", OT_ERR_FORMAT,
                             "PixelRepresentation (0028,0103) is missing");
    ot_test_refuse_ct_change("(0028,0103)=2", OT_ERR_FORMAT,
                             "PixelRepresentation (0028,0103) is '2'");
}

static void d15_pictures_are_no_measured_images(void **state)
{
    (void)state;
    static const char *const kinds[] = {"PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422"};
    for (size_t n = 0; n < 4; n++) {
        char line[48];
        (void)snprintf(line, sizeof line, "(0028,0004)=%s", kinds[n]);
        ot_test_refuse_ct_change(line, OT_ERR_UNSUPPORTED, "holds a color picture");
    }
    ot_test_refuse_ct_change("(0008,0016)=1.2.840.10008.5.1.4.1.1.7", OT_ERR_FORMAT,
                             "Secondary Capture");
    /* White for low values is how it is shown, not what is stored. */
    static const char *const inverse[] = {"(0028,0004)=MONOCHROME1", NULL};
    folder = ot_test_two_cts(inverse);
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    assert_near(image->volume->data[1], 15, 0);
    ot_image_destroy(image);
}

static void d18_float_pixels_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const floats[] = {"!7fe0,0008 OF=1\\2\\3\\4\\5\\6\\7\\8\\9\\10\\11\\12",
                                         NULL};
    folder = ot_test_folder();
    ot_test_put_ct(folder, 1, 0, 0, floats);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_UNSUPPORTED,
                          "pixels in floating point (7fe0,0008/0009)");
    folder = ot_test_folder(); /* nor are they passed over beside others */
    ot_test_put_ct(folder, 1, 0, PIXELS, floats);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_UNSUPPORTED,
                          "pixels in floating point (7fe0,0008/0009)");
}

static void d19_scales_that_are_none_are_refused_and_each_slice_has_its_own(void **state)
{
    (void)state;
    ot_test_refuse_ct_change("-(0028,1053)", OT_ERR_FORMAT, "RescaleSlope (0028,1053) is missing");
    ot_test_refuse_ct_change("-(0028,1052)", OT_ERR_FORMAT,
                             "RescaleIntercept (0028,1052) is missing");
    ot_test_refuse_ct_change("(0028,1053)=0", OT_ERR_RANGE, "RescaleSlope (0028,1053) is 0");
    ot_test_refuse_ct_change("(0028,1053)=-1", OT_ERR_RANGE, "RescaleSlope (0028,1053) is -1");
    ot_test_refuse_ct_change("(0028,1053)=nan", OT_ERR_FORMAT, "'nan', not a number");
    ot_test_refuse_ct_change("(0028,1053)=1,5", OT_ERR_FORMAT, "'1,5', not a number");
    ot_test_refuse_ct_change("(0028,1053)=1\\2", OT_ERR_FORMAT, "'1\\2', not a number");
    static const char *const longer[] = {"(0028,1053)=0.12345678901234567", NULL};
    folder = ot_test_folder();
    ot_test_put_ct(folder, 1, 0, PIXELS, longer);
    ot_test_put_ct(folder, 2, 3, PIXELS, NULL);
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    assert_ratio(image->volume->data[1], 0.12345678901234567 * 10 - 5, 1e-7);
    assert_near(image->volume->data[PIXELS + 1], 15, 0);
    ot_image_destroy(image);
}

/* What DCMTK would take for a number, and what is one. */
static void d20_numbers_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    static const char *const none[] = {
        "1.5mm",    "0x10",      "nan", "NAN",   "inf",   "-inf", "infinity", "1e400",
        "-1e400",   "--5",       "+-5", "1.2.3", "1e",    "e5",   "1e+",      ".",
        "-",        "+",         "1 2", "1_000", "1,000", "2,5",  "1d3",      "0b1",
        "1f",       "1L",        "$5",  "5%",    "(5)",   "1/2",  "1:30",     "1e5.5",
        "1e 5",     "- 5",       "one", "NULL",  "0x1p3", "1e-",  "..5",      "5..",
        "\xd9\xa3", "1\xc2\xb5", "1;2", "1'0",   "~1",    "1!",   "1\t2",
    };
    for (size_t n = 0; n < sizeof none / sizeof none[0]; n++) {
        char line[48];
        (void)snprintf(line, sizeof line, "(0028,1053)=%s", none[n]);
        ot_test_refuse_ct_change(line, OT_ERR_FORMAT, "RescaleSlope (0028,1053) is '");
    }
    static const struct {
        const char *text;
        double value;
    } some[] = {{"2", 2},      {"+2", 2},      {" 2 ", 2},     {"2.", 2},
                {".5", 0.5},   {"2e1", 20},    {"2E-1", 0.2},  {"0002", 2},
                {"2.0e+0", 2}, {"1e-3", 1e-3}, {"1.5E1", 15.0}};
    for (size_t n = 0; n < sizeof some / sizeof some[0]; n++) {
        char line[48];
        const char *const changes[] = {line, NULL};
        (void)snprintf(line, sizeof line, "(0028,1053)=%s", some[n].text);
        folder = ot_test_two_cts(changes);
        struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
        assert_near(image->volume->data[1], some[n].value * 10 - 5, 1e-6);
        ot_image_destroy(image);
    }
    static const char *const no_integers[] = {"12.7", "2147483648", "99999999999",
                                              "0x4",  "4a",         "-3"};
    for (size_t n = 0; n < sizeof no_integers / sizeof no_integers[0]; n++) {
        char line[48];
        (void)snprintf(line, sizeof line, "(0028,0008)=%s", no_integers[n]);
        ot_test_refuse_ct_change(line, OT_ERR_FORMAT, "NumberOfFrames (0028,0008) is '");
    }
}

static void d21_d22_the_number_of_values_must_be_right(void **state)
{
    (void)state;
    ot_test_refuse_ct_change("(0028,0030)=4.8", OT_ERR_FORMAT,
                             "PixelSpacing (0028,0030) is '4.8', not 2");
    ot_test_refuse_ct_change("(0028,0030)=4.8\\4.7\\4.6", OT_ERR_FORMAT, "not 2 numbers");
    ot_test_refuse_ct_change("(0020,0037)=1\\0\\0\\0\\1", OT_ERR_FORMAT, "not 6 numbers");
    ot_test_refuse_ct_change("(0020,0032)=1\\\\2", OT_ERR_FORMAT,
                             "ImagePositionPatient (0020,0032) is '1\\\\2'");
    ot_test_refuse_ct_change("(0028,1052)=1\\2\\3", OT_ERR_FORMAT, "'1\\2\\3', not a number");
}

/* An element of this tag twice, or one out of order, behind which a second value could hide. */
static void d23_elements_that_stand_twice_are_refused(void **state)
{
    (void)state;
    struct ot_buffer bytes = {0};
    struct ot_err err = {0};
    folder = ot_test_two_cts(NULL);
    assert_ok(ot_file_read(ot_test_path_in(folder, "slice1.dcm"), SIZE_MAX, &bytes, &err), err);
    const size_t tail = 12 + 2 * PIXELS; /* PixelData: head and value */
    static const char slope[] = "\x28\0\x53\x10"
                                "DS\2\0"
                                "9 ";
    struct ot_buffer changed = {0};
    ot_buffer_append(&changed, bytes.data, bytes.size - tail);
    ot_buffer_append(&changed, slope, sizeof slope - 1);
    ot_buffer_append(&changed, bytes.data + bytes.size - tail, tail);
    ot_test_write_file(folder, "slice1.dcm", changed.data, changed.size);
    ot_test_refuse_path(folder, OT_USE_CT, OT_ERR_FORMAT,
                        "slice1.dcm: element (0028,1053) appears twice");
    changed.size = 0;
    ot_buffer_append(&changed, bytes.data, bytes.size);
    ot_buffer_append(&changed, slope, sizeof slope - 1);
    ot_test_write_file(folder, "slice1.dcm", changed.data, changed.size);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT,
                          "element (0028,1053) stands behind one of a higher number");
    ot_buffer_release(&changed);
    ot_buffer_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(d01_what_is_too_short_is_no_dicom_file),
        cmocka_unit_test(d02_other_files_under_that_name_are_refused),
        cmocka_unit_test(d06_lengths_beyond_the_file_are_refused_before_allocating),
        cmocka_unit_test(d08_a_value_of_unknown_kind_must_still_be_a_number),
        cmocka_unit_test(d11_impossible_sizes_are_refused),
        cmocka_unit_test(d12_pixel_data_of_another_length_are_refused),
        cmocka_unit_test(d13_bits_that_are_not_read_are_named),
        cmocka_unit_test(d14_signs_and_unused_bits_are_taken_by_the_header),
        cmocka_unit_test(d15_pictures_are_no_measured_images),
        cmocka_unit_test(d18_float_pixels_are_refused_by_name),
        cmocka_unit_test(d19_scales_that_are_none_are_refused_and_each_slice_has_its_own),
        cmocka_unit_test(d20_numbers_are_read_whole_or_not_at_all),
        cmocka_unit_test(d21_d22_the_number_of_values_must_be_right),
        cmocka_unit_test(d23_elements_that_stand_twice_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
