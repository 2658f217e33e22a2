/* tests/test_dicom_faults.c - one fault of a DICOM folder each, by the rows of the threat model:
 * d01 and so on. The rest of the rows stand where their kind of file is tested. labels: shim */
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
#include "tests/support/make_dicom.h"

enum { PIXELS = 12, MOST_LINES = 64 };

/* A CT slice of 4 x 3 pixels, 4.7 (i) x 4.8 (j) mm; pixel n stores 10 n, HU = 2 * stored - 5. */
static const char *const ct[] = {
    MADE_CT,         MADE_PATIENT,     MADE_STRAIGHT,   "(0008,0008)=ORIGINAL\\PRIMARY\\AXIAL",
    "(0020,0011)=4", "(0028,1052)=-5", "(0028,1053)=2", NULL};

static const char *folder;

static const char *path_of(const char *name)
{
    static char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Slice `number` at z with `count` pixels of `first` + 10 n. */
static void slice(unsigned number, double z_mm, size_t count, const char *const *changes)
{
    char name[32];
    char position[64];
    char instance[64];
    const char *lines[MOST_LINES];
    size_t used = 0;
    uint16_t pixels[2 * PIXELS];
    for (size_t n = 0; n < 2 * PIXELS; n++) {
        pixels[n] = (uint16_t)(10 * n);
    }
    (void)snprintf(name, sizeof name, "slice%u.dcm", number);
    (void)snprintf(position, sizeof position, "(0020,0032)=-10\\-20\\%.6g", z_mm);
    (void)snprintf(instance, sizeof instance, "(0008,0018)=2.25.9.%u", number);
    lines[used++] = position;
    lines[used++] = instance;
    for (; changes != NULL && *changes != NULL; changes++) {
        lines[used++] = *changes;
    }
    lines[used] = NULL;
    assert_int_equal(make_dicom(path_of(name), NULL, ct, lines, pixels, count), 0);
}

static void two_slices(const char *const *changes)
{
    folder = ot_test_folder();
    slice(1, 0, PIXELS, changes);
    slice(2, 3, PIXELS, changes);
}

static void write_file(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(path_of(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static struct ot_image *load_as(enum ot_use want)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    assert_ok(ot_dicom_image_load(folder, want, &image, &err), err);
    ot_test_remove_folder(folder);
    return image;
}

static struct ot_image *load(void)
{
    return load_as(OT_USE_CT);
}

static void refuse_path(const char *path, enum ot_rc code, const char *part)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    assert_refused(ot_dicom_image_load(path, OT_USE_CT, &image, &err), err, code, part);
    assert_null(image);
    assert_null(strstr(err.text, "SECRET"));
    assert_null(strstr(err.text, "Somebody"));
    assert_null(strchr(err.text, '\n'));
}

static void refuse(enum ot_rc code, const char *part)
{
    refuse_path(folder, code, part);
    ot_test_remove_folder(folder);
}

static void refuse_change(const char *change, enum ot_rc code, const char *part)
{
    const char *const changes[] = {change, NULL};
    two_slices(changes);
    refuse(code, part);
}

static bool noted(const struct ot_image *image, const char *part)
{
    for (size_t n = 0; n < image->facts.notes.count; n++) {
        if (strstr(image->facts.notes.text[n], part) != NULL) {
            return true;
        }
    }
    return false;
}

static void d01_what_is_too_short_is_no_dicom_file(void **state)
{
    (void)state;
    static const char zeros[132] = {0};
    static const size_t sizes[] = {0, 1, 127, 128, 131, 132};
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        folder = ot_test_folder();
        write_file("short.dcm", zeros, sizes[n]);
        refuse_path(path_of("short.dcm"), OT_ERR_FORMAT, "short.dcm: is no DICOM file");
        ot_test_remove_folder(folder);
    }
    folder = ot_test_folder();
    const char preamble[132] = {[128] = 'D', 'I', 'C', 'M'};
    write_file("preamble.dcm", preamble, sizeof preamble);
    refuse(OT_ERR_FORMAT, "preamble.dcm: states no transfer syntax");
}

static void d02_other_files_under_that_name_are_refused(void **state)
{
    (void)state;
    static const char *const contents[] = {"Just a text, which DCMTK would take for a data set.",
                                           "\xff\xd8\xff\xe0 JPEG", "PK\3\4 ZIP"};
    for (size_t n = 0; n < 3; n++) {
        folder = ot_test_folder();
        write_file("other.dcm", contents[n], strlen(contents[n]));
        refuse_path(path_of("other.dcm"), OT_ERR_FORMAT, "other.dcm: is no DICOM file");
        ot_test_remove_folder(folder);
    }
    /* A data set without preamble and meta group: nothing says how it is written. */
    const char *bare = ot_test_shared("testdata/hostile/dicom__pydicom/no_meta.dcm");
    refuse_path(bare, OT_ERR_FORMAT, "a bare data set is made one by dcmconv");
}

static void d06_lengths_beyond_the_file_are_refused_before_allocating(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0x7fffffffU, 0xfffffff0U};
    for (size_t n = 0; n < 2; n++) {
        struct ot_buffer bytes = {0};
        struct ot_err err = {0};
        two_slices(NULL);
        assert_ok(ot_file_read(path_of("slice1.dcm"), SIZE_MAX, &bytes, &err), err);
        memcpy(bytes.data + bytes.size - 2 * PIXELS - 4, &lengths[n], 4);
        write_file("slice1.dcm", bytes.data, bytes.size);
        ot_buffer_release(&bytes);
        refuse(OT_ERR_FORMAT, "slice1.dcm: is truncated or damaged at element (7fe0,0010)");
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
    two_slices(NULL);
    assert_ok(ot_file_read(path_of("slice1.dcm"), SIZE_MAX, &bytes, &err), err);
    size_t at = 132;
    while (memcmp(bytes.data + at, known, sizeof known) != 0) {
        at++;
    }
    ot_buffer_append(&changed, bytes.data, at);
    ot_buffer_append(&changed, unknown, sizeof unknown);
    ot_buffer_append(&changed, value, 2);
    at += sizeof known + 2;
    ot_buffer_append(&changed, bytes.data + at, bytes.size - at);
    write_file("slice1.dcm", changed.data, changed.size);
    ot_buffer_release(&changed);
    ot_buffer_release(&bytes);
}

static void d08_a_value_of_unknown_kind_must_still_be_a_number(void **state)
{
    (void)state;
    slope_of_unknown_kind("3 ");
    struct ot_image *image = load();
    assert_near(image->volume->data[1], 3 * 10 - 5, 0);
    assert_near(image->volume->data[PIXELS + 1], 15, 0);
    ot_image_destroy(image);
    slope_of_unknown_kind("3x");
    refuse(OT_ERR_FORMAT, "RescaleSlope (0028,1053) is '3x'");
    slope_of_unknown_kind("\1\2"); /* no text: as good as missing */
    refuse(OT_ERR_FORMAT, "RescaleSlope (0028,1053) is missing");
}

static void d11_impossible_sizes_are_refused(void **state)
{
    (void)state;
    refuse_change("(0028,0010)=65535", OT_ERR_FORMAT, "holds 24 bytes, the header says 524280");
    static const char *const huge[] = {"(0028,0010)=65535", "(0028,0011)=65535",
                                       "(0028,0008)=100000", NULL};
    two_slices(huge);
    refuse(OT_ERR_FORMAT, "65535 x 65535 x 100000 pixels are more than are read here");
    refuse_change("(0028,0008)=2147483647", OT_ERR_FORMAT, "NumberOfFrames (0028,0008)");
    static const char *const wide[] = {"-(0028,0010)", "!0028,0010 UL=65539", NULL};
    two_slices(wide);
    refuse(OT_ERR_FORMAT, "Rows (0028,0010)");
}

static void d12_pixel_data_of_another_length_are_refused(void **state)
{
    (void)state;
    folder = ot_test_folder();
    slice(1, 0, PIXELS, NULL);
    slice(2, 3, PIXELS - 1, NULL);
    refuse(OT_ERR_FORMAT, "slice2.dcm: PixelData (7fe0,0010) holds 22 bytes, the header says 24");
    folder = ot_test_folder();
    slice(1, 0, PIXELS, NULL);
    slice(2, 3, PIXELS + 1, NULL);
    refuse(OT_ERR_FORMAT, "slice2.dcm: PixelData (7fe0,0010) holds 26 bytes, the header says 24");
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
        two_slices(changes);
        refuse(OT_ERR_UNSUPPORTED, text);
    }
}

/* 12 bits stored of 16: the rest is not part of the value, the highest of them is the sign. */
static void d14_signs_and_unused_bits_are_taken_by_the_header(void **state)
{
    (void)state;
    static const char *const signed12[] = {"(0028,0101)=6", "(0028,0102)=5", "(0028,0103)=1", NULL};
    two_slices(signed12);
    struct ot_image *image = load();
    for (int n = 0; n < PIXELS; n++) {
        const int low = 10 * n & 63;
        assert_near(image->volume->data[n], 2.0 * (low > 31 ? low - 64 : low) - 5.0, 0);
    }
    ot_image_destroy(image);
    refuse_change("-(0028,0103)", OT_ERR_FORMAT, "PixelRepresentation (0028,0103) is missing");
    refuse_change("(0028,0103)=2", OT_ERR_FORMAT, "PixelRepresentation (0028,0103) is '2'");
}

static void d15_pictures_are_no_measured_images(void **state)
{
    (void)state;
    static const char *const kinds[] = {"PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422"};
    for (size_t n = 0; n < 4; n++) {
        char line[48];
        (void)snprintf(line, sizeof line, "(0028,0004)=%s", kinds[n]);
        refuse_change(line, OT_ERR_UNSUPPORTED, "holds a color picture");
    }
    refuse_change("(0008,0016)=1.2.840.10008.5.1.4.1.1.7", OT_ERR_FORMAT, "Secondary Capture");
    /* White for low values is how it is shown, not what is stored. */
    static const char *const inverse[] = {"(0028,0004)=MONOCHROME1", NULL};
    two_slices(inverse);
    struct ot_image *image = load();
    assert_near(image->volume->data[1], 15, 0);
    ot_image_destroy(image);
}

static void d18_float_pixels_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const floats[] = {"!7fe0,0008 OF=1\\2\\3\\4\\5\\6\\7\\8\\9\\10\\11\\12",
                                         NULL};
    folder = ot_test_folder();
    slice(1, 0, 0, floats);
    refuse(OT_ERR_UNSUPPORTED, "pixels in floating point (7fe0,0008/0009)");
    folder = ot_test_folder(); /* nor are they passed over beside others */
    slice(1, 0, PIXELS, floats);
    refuse(OT_ERR_UNSUPPORTED, "pixels in floating point (7fe0,0008/0009)");
}

static void d19_scales_that_are_none_are_refused_and_each_slice_has_its_own(void **state)
{
    (void)state;
    refuse_change("-(0028,1053)", OT_ERR_FORMAT, "RescaleSlope (0028,1053) is missing");
    refuse_change("-(0028,1052)", OT_ERR_FORMAT, "RescaleIntercept (0028,1052) is missing");
    refuse_change("(0028,1053)=0", OT_ERR_RANGE, "RescaleSlope (0028,1053) is 0");
    refuse_change("(0028,1053)=-1", OT_ERR_RANGE, "RescaleSlope (0028,1053) is -1");
    refuse_change("(0028,1053)=nan", OT_ERR_FORMAT, "'nan', not a number");
    refuse_change("(0028,1053)=1,5", OT_ERR_FORMAT, "'1,5', not a number");
    refuse_change("(0028,1053)=1\\2", OT_ERR_FORMAT, "'1\\2', not a number");
    static const char *const longer[] = {"(0028,1053)=0.12345678901234567", NULL};
    folder = ot_test_folder();
    slice(1, 0, PIXELS, longer);
    slice(2, 3, PIXELS, NULL);
    struct ot_image *image = load();
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
        refuse_change(line, OT_ERR_FORMAT, "RescaleSlope (0028,1053) is '");
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
        two_slices(changes);
        struct ot_image *image = load();
        assert_near(image->volume->data[1], some[n].value * 10 - 5, 1e-6);
        ot_image_destroy(image);
    }
    static const char *const no_integers[] = {"12.7", "2147483648", "99999999999",
                                              "0x4",  "4a",         "-3"};
    for (size_t n = 0; n < sizeof no_integers / sizeof no_integers[0]; n++) {
        char line[48];
        (void)snprintf(line, sizeof line, "(0028,0008)=%s", no_integers[n]);
        refuse_change(line, OT_ERR_FORMAT, "NumberOfFrames (0028,0008) is '");
    }
}

static void d21_d22_the_number_of_values_must_be_right(void **state)
{
    (void)state;
    refuse_change("(0028,0030)=4.8", OT_ERR_FORMAT, "PixelSpacing (0028,0030) is '4.8', not 2");
    refuse_change("(0028,0030)=4.8\\4.7\\4.6", OT_ERR_FORMAT, "not 2 numbers");
    refuse_change("(0020,0037)=1\\0\\0\\0\\1", OT_ERR_FORMAT, "not 6 numbers");
    refuse_change("(0020,0032)=1\\\\2", OT_ERR_FORMAT,
                  "ImagePositionPatient (0020,0032) is '1\\\\2'");
    refuse_change("(0028,1052)=1\\2\\3", OT_ERR_FORMAT, "'1\\2\\3', not a number");
}

/* An element of this tag twice, or one out of order, behind which a second value could hide. */
static void d23_elements_that_stand_twice_are_refused(void **state)
{
    (void)state;
    struct ot_buffer bytes = {0};
    struct ot_err err = {0};
    two_slices(NULL);
    assert_ok(ot_file_read(path_of("slice1.dcm"), SIZE_MAX, &bytes, &err), err);
    const size_t tail = 12 + 2 * PIXELS; /* PixelData: head and value */
    static const char slope[] = "\x28\0\x53\x10"
                                "DS\2\0"
                                "9 ";
    struct ot_buffer changed = {0};
    ot_buffer_append(&changed, bytes.data, bytes.size - tail);
    ot_buffer_append(&changed, slope, sizeof slope - 1);
    ot_buffer_append(&changed, bytes.data + bytes.size - tail, tail);
    write_file("slice1.dcm", changed.data, changed.size);
    refuse_path(folder, OT_ERR_FORMAT, "slice1.dcm: element (0028,1053) appears twice");
    changed.size = 0;
    ot_buffer_append(&changed, bytes.data, bytes.size);
    ot_buffer_append(&changed, slope, sizeof slope - 1);
    write_file("slice1.dcm", changed.data, changed.size);
    refuse(OT_ERR_FORMAT, "element (0028,1053) stands behind one of a higher number");
    ot_buffer_release(&changed);
    ot_buffer_release(&bytes);
}

static const enum ot_use CT = OT_USE_CT;

static void d24_of_two_series_one_is_selected_by_its_number(void **state)
{
    (void)state;
    static const char *const other[] = {"(0020,000e)=2.25.33", "(0020,0011)=7", "(0028,1052)=100",
                                        NULL};
    struct ot_selector part;
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    two_slices(NULL);
    slice(3, 0, PIXELS, other);
    slice(4, 3, PIXELS, other);
    refuse_path(folder, OT_ERR_FORMAT,
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
    two_slices(NULL);
    slice(3, 0, PIXELS, other);
    slice(4, 3, PIXELS, other);
    slice(5, 0, PIXELS, mr);
    slice(6, 3, PIXELS, mr);
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
    slice(1, 0, PIXELS, NULL);
    slice(2, 90, PIXELS, NULL);
    slice(3, 95, PIXELS, NULL);
    slice(5, 0, PIXELS, mr);
    slice(6, 3, PIXELS, mr);
    assert_refused(ot_dicom_image_load_first(folder, NULL, uses, 3, &image, &err), err,
                   OT_ERR_GEOMETRY, "slice");
    assert_null(image);
    err = (struct ot_err){0};
    ot_test_remove_folder(folder);
    folder = ot_test_folder();
    slice(5, 0, PIXELS, mr);
    slice(6, 3, PIXELS, mr);
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
    two_slices(NULL);
    slice(3, 0, PIXELS, other); /* alone */
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
    two_slices(NULL);
    assert_ok(ot_file_read(path_of("slice1.dcm"), SIZE_MAX, &bytes, &err), err);
    size_t at = 132;
    while (memcmp(bytes.data + at, from, sizeof from - 1) != 0) {
        at++;
    }
    bytes.data[at + sizeof from - 2] = '4'; /* MR */
    write_file("slice1.dcm", bytes.data, bytes.size);
    refuse(OT_ERR_FORMAT, "another than that of its meta group (0002,0002), MRImageStorage");
    /* Another instance is told; the data set is believed. */
    two_slices(NULL);
    bytes.size = 0;
    assert_ok(ot_file_read(path_of("slice1.dcm"), SIZE_MAX, &bytes, &err), err);
    at = 132;
    while (memcmp(bytes.data + at, "2.25.9.1", 8) != 0) {
        at++;
    }
    bytes.data[at + 7] = '5';
    write_file("slice1.dcm", bytes.data, bytes.size);
    struct ot_image *image = load();
    assert_true(noted(image, "the meta group (0002,0003) names another object"));
    ot_image_destroy(image);
    ot_buffer_release(&bytes);
}

static void d32_a_series_without_identity_is_read(void **state)
{
    (void)state;
    static const char *const nobody[] = {"-(0010,0010)", "-(0010,0020)", "-(0020,0052)",
                                         "-(0020,000d)", NULL};
    two_slices(nobody);
    struct ot_image *image = load();
    assert_string_equal(image->facts.identity.patient_sha256, "");
    assert_string_equal(image->facts.identity.frame_of_reference, "");
    assert_false(image->facts.acquired.known);
    ot_image_destroy(image);
}

static void links_are_refused(const char *name, const char *part)
{
    struct ot_err err = {0};
    refuse_path(folder, OT_ERR_IO, part);
    assert_refused(ot_file_refuse_links(folder, &err), err, OT_ERR_IO, name);
    assert_int_equal(unlink(path_of(name)), 0);
}

static void d35_only_regular_files_are_read_and_links_end_somewhere(void **state)
{
    (void)state;
    struct ot_err err = {0};
    two_slices(NULL);
    assert_int_equal(mkfifo(path_of("pipe.dcm"), 0600), 0);
    assert_ok(ot_file_refuse_links(folder, &err), err);
    assert_int_equal(symlink("nowhere", path_of("dangling.dcm")), 0);
    links_are_refused("dangling.dcm", "dangling.dcm: is a symbolic link that leads nowhere");
    assert_int_equal(symlink("loop.dcm", path_of("loop.dcm")), 0);
    links_are_refused("loop.dcm", "loop.dcm: is a symbolic link that leads nowhere");
    assert_int_equal(symlink("/dev/zero", path_of("zero.dcm")), 0);
    links_are_refused("zero.dcm", "zero.dcm: is a symbolic link to no regular file");
    assert_int_equal(symlink("pipe.dcm", path_of("pipe2.dcm")), 0);
    links_are_refused("pipe2.dcm", "pipe2.dcm: is a symbolic link to no regular file");
    assert_int_equal(symlink(".", path_of("again")), 0);
    links_are_refused("again", "again: is a symbolic link to a folder above it");
    /* A third slice that lies elsewhere; the whole folder, named by a link. */
    char first[64];
    struct ot_image *image = NULL;
    (void)snprintf(first, sizeof first, "%s", folder);
    folder = ot_test_folder();
    slice(3, 6, PIXELS, NULL);
    assert_int_equal(symlink(first, path_of("more")), 0);
    assert_refused(ot_file_refuse_links(folder, &err), err, OT_ERR_IO,
                   "more: is a symbolic link; inside a folder they are read only with --follow");
    assert_ok(ot_dicom_image_load(folder, OT_USE_CT, &image, &err), err);
    assert_int_equal(image->facts.file_count, 3);
    ot_image_destroy(image);
    struct ot_err none = {0};
    assert_ok(ot_file_refuse_links(path_of("more"), &none), none);
    assert_ok(ot_dicom_image_load(path_of("more"), OT_USE_CT, &image, &none), none);
    assert_int_equal(image->facts.file_count, 2);
    ot_image_destroy(image);
    assert_int_equal(symlink("loop.dcm", path_of("loop.dcm")), 0);
    refuse_path(path_of("loop.dcm"), OT_ERR_IO, "loop.dcm");
    refuse_path("/dev/zero", OT_ERR_IO, "zero");
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
    two_slices(NULL);
    (void)snprintf(writer.path, sizeof writer.path, "%s", path_of("slice1.dcm"));
    assert_ok(ot_file_read(writer.path, SIZE_MAX, &bytes, &err), err);
    unsigned char *padding = OT_NEW(unsigned char, (size_t)32 << 20, &err);
    assert_non_null(padding);
    ot_buffer_append(&bytes, padding, (size_t)32 << 20);
    write_file("slice1.dcm", bytes.data, bytes.size);
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
    slice(1, 0, PIXELS, NULL);
    refuse(OT_ERR_GEOMETRY, "holds 1 slice; a volume needs two or more");
    two_slices(NULL);
    struct ot_image *image = load();
    assert_true(noted(image, "two slices only"));
    ot_image_destroy(image);
}

/* As many series as files: the time must not grow with the square of their number. */
static void d38_thousands_of_files_are_sorted_in_little_time(void **state)
{
    (void)state;
    const size_t count = ot_test_full() ? 10000 : 1500;
    two_slices(NULL);
    for (size_t n = 0; n < count; n++) {
        char series[48];
        const char *const single[] = {series, "(0008,0016)=1.2.840.10008.5.1.4.1.1.4", NULL};
        (void)snprintf(series, sizeof series, "(0020,000e)=2.25.7.%zu", n);
        slice((unsigned)(100 + n), 0, 0, single);
    }
    struct ot_image *image = load();
    assert_int_equal(image->facts.file_count, 2);
    ot_image_destroy(image);
}

static void d03_d39_other_files_and_directories_of_files_are_passed_over(void **state)
{
    (void)state;
    static const char *const dicomdir[] = {"(0008,0016)=1.2.840.10008.1.3.10",
                                           "(0004,1220)[0].(0004,1500)=..\\..\\ETC\\PASSWD", NULL};
    two_slices(NULL);
    slice(3, 9, 0, dicomdir);
    write_file("README", "nothing", 7);
    write_file(".DS_Store", "\0\0\0\1Bud1", 8);
    struct ot_image *image = load();
    assert_int_equal(image->facts.file_count, 2);
    ot_image_destroy(image);
    folder = ot_test_folder();
    write_file("README", "nothing", 7);
    write_file("report.pdf", "%PDF-1.4", 8);
    refuse(OT_ERR_FORMAT, "is no DICOM file");
}

static void d40_d41_preambles_and_private_content_do_not_matter(void **state)
{
    (void)state;
    static const char *const private_things[] = {"!0009,0010 LO=SOMEBODY",
                                                 "!0009,1001 OB=4d\\5a\\90\\00", NULL};
    two_slices(private_things);
    struct ot_buffer bytes = {0};
    struct ot_err err = {0};
    assert_ok(ot_file_read(path_of("slice1.dcm"), SIZE_MAX, &bytes, &err), err);
    memcpy(bytes.data, "MZ\x90\0<html><script>alert(1)</script>", 36);
    write_file("slice1.dcm", bytes.data, bytes.size);
    ot_buffer_release(&bytes);
    struct ot_image *image = load();
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
        two_slices(changes);
        struct ot_image *image = load();
        assert_near(image->volume->grid.dir[0][0], 1, 0);
        assert_near(image->volume->grid.origin_mm[0], -10, 0);
        assert_near(image->volume->data[1], 15, 0);
        ot_image_destroy(image);
    }
}

static void d43_what_is_no_identifier_is_not_taken_for_a_missing_one(void **state)
{
    (void)state;
    refuse_change(
        "(0020,000e)=1.2.3333333333333333333333333333333333333333333333333333333333333333",
        OT_ERR_FORMAT, "SeriesInstanceUID (0020,000e) is no identifier");
    refuse_change("(0020,0052)=../../etc/passwd", OT_ERR_FORMAT,
                  "FrameOfReferenceUID (0020,0052) is no identifier");
    refuse_change("(0020,000d)=1.2.3; rm", OT_ERR_FORMAT, "StudyInstanceUID (0020,000d)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(d01_what_is_too_short_is_no_dicom_file),
        cmocka_unit_test(d02_other_files_under_that_name_are_refused),
        cmocka_unit_test(d03_d39_other_files_and_directories_of_files_are_passed_over),
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
        cmocka_unit_test(d24_of_two_series_one_is_selected_by_its_number),
        cmocka_unit_test(d24_nothing_stands_in_for_a_series_that_is_refused),
        cmocka_unit_test(d24_a_series_that_makes_no_volume_is_passed_over_and_told),
        cmocka_unit_test(d27_a_meta_group_that_names_another_class_is_refused),
        cmocka_unit_test(d32_a_series_without_identity_is_read),
        cmocka_unit_test(d35_only_regular_files_are_read_and_links_end_somewhere),
        cmocka_unit_test(d36_a_file_that_changes_while_it_is_read_is_refused),
        cmocka_unit_test(d37_one_slice_is_no_volume_and_two_are_told),
        cmocka_unit_test(d38_thousands_of_files_are_sorted_in_little_time),
        cmocka_unit_test(d40_d41_preambles_and_private_content_do_not_matter),
        cmocka_unit_test(d42_the_position_of_the_patient_turns_nothing),
        cmocka_unit_test(d43_what_is_no_identifier_is_not_taken_for_a_missing_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
