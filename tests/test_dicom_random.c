/* tests/test_dicom_random.c - rows d05 and d44: every bit of a small file turned over, and objects
 * of random but valid-looking content. labels: shim */
#include "tests/support/ot_test.h"

#include <jansson.h>
#include <omp.h>

#include "core/text.h"
#include "io/dicom.h"
#include "io/file.h"
#include "io/inspect.h"
#include "tests/support/make_dicom.h"

enum { PIXELS = 24, MOST_LINES = 48 };

/* A SPECT of 4 columns, 3 rows, 2 frames; 4.7 (i) x 4.8 (j) x 4.4 (k) mm; pixel n stores 10 n. */
static const char *const spect[] = {MADE_SPECT,
                                    MADE_PATIENT,
                                    "(0008,0022)=20260901",
                                    "(0008,0032)=101530",
                                    "(0054,0022)[0].(0020,0037)=1\\0\\0\\0\\1\\0",
                                    NULL};

static const char *folder;

static int make_folder(void **state)
{
    (void)state;
    folder = ot_test_folder();
    omp_set_num_threads(1); /* thousands of tiny files: threads would only wait for each other */
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    ot_test_remove_folder(folder);
    return 0;
}

static const char *path_of(const char *name)
{
    static char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* What holds of every answer: an image of finite values, or one line that names the file. */
static void check_answer(enum ot_rc rc, const struct ot_image *image, const struct ot_err *err,
                         const char *name)
{
    assert_int_equal(rc == OT_OK, image != NULL);
    if (image == NULL) {
        assert_true(rc != OT_ERR_ARG && rc != OT_ERR_WRITE);
        if (strstr(err->text, name) == NULL) {
            fail_msg("the refusal does not name the file: %s", err->text);
        }
        assert_null(strchr(err->text, '\n'));
        assert_null(strstr(err->text, "SECRET"));
        assert_null(strstr(err->text, "Somebody"));
        return;
    }
    for (size_t n = 0; n < ot_grid_voxel_count(&image->volume->grid); n++) {
        assert_true(isfinite(image->volume->data[n]));
    }
}

static size_t voxels_that_differ(const struct ot_image *a, const struct ot_image *b)
{
    size_t count = 0;
    for (size_t n = 0; n < PIXELS; n++) {
        count += fabsf(a->volume->data[n] - b->volume->data[n]) > 0.0F ? 1 : 0;
    }
    return count;
}

/* One bit: refused, or the same image, or one that differs in one thing only. In the pixels that is
 * one voxel. In the header it is where the image lies, or what is known of it, but not a value:
 * this object has no scale, so that a value that moved would be a frame or row out of place. */
static void d05_one_bit_changes_at_most_one_thing(void **state)
{
    (void)state;
    struct ot_buffer whole = {0};
    struct ot_image *golden = NULL;
    struct ot_err err = {0};
    uint16_t pixels[PIXELS];
    size_t refused = 0;
    size_t same = 0;
    for (size_t n = 0; n < PIXELS; n++) {
        pixels[n] = (uint16_t)(10 * n);
    }
    assert_int_equal(make_dicom(path_of("nm.dcm"), NULL, spect, NULL, pixels, PIXELS), 0);
    assert_ok(ot_file_read(path_of("nm.dcm"), SIZE_MAX, &whole, &err), err);
    assert_ok(ot_dicom_image_load(path_of("nm.dcm"), OT_USE_SPECT, &golden, &err), err);
    const size_t header = whole.size - sizeof pixels;
    for (size_t bit = 0; bit < 8 * whole.size; bit += ot_test_step(5)) {
        struct ot_image *image = NULL;
        struct ot_err why = {0};
        const size_t at = bit / 8;
        const char kept = whole.data[at];
        whole.data[at] = (char)(kept ^ (1 << bit % 8));
        write_file(path_of("nm.dcm"), whole.data, whole.size);
        const enum ot_rc rc = ot_dicom_image_load(path_of("nm.dcm"), OT_USE_SPECT, &image, &why);
        whole.data[at] = kept;
        check_answer(rc, image, &why, "nm.dcm");
        if (rc != OT_OK) {
            refused++;
            assert_true(at < header); /* no sample is invalid */
            continue;
        }
        const bool moved = !ot_grid_same(&image->volume->grid, &golden->volume->grid, 1e-9);
        assert_int_equal(ot_grid_voxel_count(&image->volume->grid), PIXELS);
        if (voxels_that_differ(image, golden) != (at < header ? 0 : 1) || (at >= header && moved)) {
            fail_msg("bit %zu of byte %zu: %zu values differ, grid %s", bit % 8, at,
                     voxels_that_differ(image, golden), moved ? "moved" : "kept");
        }
        same += !moved && at < header ? 1 : 0;
        ot_image_destroy(image);
    }
    print_message("%zu changes refused, %zu without effect\n", refused, same);
    assert_true(refused > 100 && same > 100);
    ot_image_destroy(golden);
    ot_buffer_release(&whole);
}

/* A small generator of its own: the same objects everywhere. */
static uint32_t next(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8U) % below;
}

/* Attributes with values of which some are right, for some class of object. */
static const struct {
    const char *tag;
    const char *values[7]; /* "" is an empty value; NULL ends them */
} attributes[] = {
    {"(0008,0016)",
     {"1.2.840.10008.5.1.4.1.1.20", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.128",
      "1.2.840.10008.5.1.4.1.1.130", "1.2.840.10008.5.1.4.1.1.481.2",
      "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.481.3"}},
    {"(0008,0018)", {"2.25.1", "2.25.1", "2.25.1", ""}},
    {"(0008,0008)",
     {"DERIVED\\PRIMARY\\RECON TOMO\\EMISSION", "ORIGINAL\\PRIMARY\\AXIAL", "ORIGINAL\\PRIMARY",
      "DERIVED\\SECONDARY", ""}},
    {"(0008,0022)", {"20260901", "20260230", "", "2026.09.01"}},
    {"(0008,0031)", {"101500", "246060", "10:15", ""}},
    {"(0008,0032)", {"101530", "101530.5", "99", ""}},
    {"(0008,0060)", {"NM", "CT", "PT", "RTDOSE", "SEG", "RTSTRUCT", "OT"}},
    {"(0008,0201)", {"+0100", "-9999", ""}},
    {"(0010,0010)", {"Somebody^Else"}},
    {"(0010,0020)", {"SECRET-ID", ""}},
    {"(0010,1030)", {"70", "0", "-3"}},
    {"(0018,0050)", {"4.4", "0", "-1", "1e400"}},
    {"(0018,0088)", {"4.4", "-4.4", "0", "nan"}},
    {"(0020,000d)", {"2.25.2", "", "../../etc"}},
    {"(0020,000e)", {"2.25.3", "2.25.3", ""}},
    {"(0020,0011)", {"4", "-1", "12345678901"}},
    {"(0020,0032)", {"-10\\-20\\30", "1e9\\0\\0", "1\\2", ""}},
    {"(0020,0037)",
     {"1\\0\\0\\0\\1\\0", "0\\0\\0\\0\\0\\0", "1\\0\\0\\1\\0\\0", "0\\1\\0\\0\\0\\-1"}},
    {"(0020,0052)", {"2.25.4", ""}},
    {"(0028,0002)", {"1", "1", "3", "0"}},
    {"(0028,0004)", {"MONOCHROME2", "MONOCHROME2", "MONOCHROME1", "RGB", "PALETTE COLOR"}},
    {"(0028,0008)", {"2", "2", "1", "0", "2147483647"}},
    {"(0028,0009)", {"(3004,000C)", "(0054,0080)"}},
    {"(0028,0010)", {"3", "3", "3", "0", "65535"}},
    {"(0028,0011)", {"4", "4", "4", "8", "0"}},
    {"(0028,0030)", {"4.8\\4.7", "4.8\\4.7", "0\\4", "4.8", "-1\\-1"}},
    {"(0028,0100)", {"16", "16", "16", "8", "32", "1"}},
    {"(0028,0101)", {"16", "16", "16", "12", "8", "0"}},
    {"(0028,0102)", {"15", "15", "15", "11", "7", "16"}},
    {"(0028,0103)", {"0", "1", "0", "2"}},
    {"(0028,1052)", {"0", "-1024", "inf", "1,5"}},
    {"(0028,1053)", {"1", "2.5", "0", "-1", "1e-400"}},
    {"(0028,0120)", {"0", "65535"}},
    {"(0054,0022)[0].(0020,0032)", {"-10\\-20\\30", "", "0\\0"}},
    {"(0054,0022)[0].(0020,0037)", {"1\\0\\0\\0\\1\\0", "2\\0\\0\\0\\2\\0"}},
    {"(0054,0080)", {"1\\2", "2\\1", "1\\1", "0\\65535", "1"}},
    {"(0054,0081)", {"2", "0", "7"}},
    {"(0054,1001)", {"BQML", "GML", "CNTS", "1CM"}},
    {"(0054,1102)", {"START", "ADMIN", "NONE", "SOMETIMES"}},
    {"(0054,1300)", {"1000", "-1e30", ""}},
    {"(0054,0016)[0].(0018,1075)", {"230760", "0", "-1"}},
    {"(0054,0016)[0].(0054,0300)[0].(0008,0104)", {"^90^Yttrium", "Unobtainium", ""}},
    {"(3004,0002)", {"GY", "RELATIVE"}},
    {"(3004,000C)", {"0\\5", "0\\0", "5\\0", "0\\1e400"}},
    {"(3004,000E)", {"0.001", "0", "-1"}},
    {"(0062,0001)", {"BINARY", "FRACTIONAL", "LABELMAP"}},
    {"(0062,0002)[0].(0062,0004)", {"1", "0", "65535"}},
    {"(0062,0002)[0].(0062,0005)", {"Liver", ""}},
    {"(5200,9229)[0].(0028,9110)[0].(0028,0030)", {"4.8\\4.7", "0\\0"}},
    {"(5200,9229)[0].(0020,9116)[0].(0020,0037)", {"1\\0\\0\\0\\1\\0", "1\\0\\0\\1\\0\\0"}},
    {"(5200,9230)[0].(0020,9113)[0].(0020,0032)", {"0\\0\\0", "1"}},
    {"(5200,9230)[1].(0020,9113)[0].(0020,0032)", {"0\\0\\4.4", "0\\0\\0", "0\\0\\-1e300"}},
    {"(3006,0020)[0].(3006,0022)", {"1", "-1"}},
    {"(3006,0020)[0].(3006,0026)", {"Liver", "\xff\xfe", ""}},
    {"(3006,0039)[0].(3006,0084)", {"1", "2"}},
    {"(3006,0039)[0].(3006,0040)[0].(3006,0042)", {"CLOSED_PLANAR", "POINT"}},
    {"(3006,0039)[0].(3006,0040)[0].(3006,0050)",
     {"0\\0\\0\\10\\0\\0\\10\\10\\0", "0\\0\\0", "1e300\\0\\0\\0\\1e300\\0\\0\\0\\1e300", ""}},
};
enum { ATTRIBUTES = sizeof attributes / sizeof attributes[0] };

/* Most attributes, most of them with their first value: objects that get far into the readers. */
static void make_random(uint32_t *seed, const char *path)
{
    struct ot_texts pool = {0};
    const char *lines[ATTRIBUTES + 1];
    size_t used = 0;
    uint16_t pixels[PIXELS];
    for (size_t a = 0; a < ATTRIBUTES; a++) {
        size_t count = 1;
        while (count < 7 && attributes[a].values[count] != NULL) {
            count++;
        }
        const bool picked = a == 0 || strcmp(attributes[a].tag, "(0008,0060)") == 0;
        const bool odd = picked || next(seed, 12) == 0;
        const size_t which = odd ? next(seed, (uint32_t)count) : 0;
        if (next(seed, 25) > 0 || a < 2) {
            lines[used++] =
                ot_texts_add(&pool, "%s=%s", attributes[a].tag, attributes[a].values[which]);
        }
    }
    lines[used] = NULL;
    for (size_t n = 0; n < PIXELS; n++) {
        pixels[n] = (uint16_t)next(seed, 65536);
    }
    /* Some lines cannot be written (a text for a number): the object is made without pixels then.
     */
    if (make_dicom(path, NULL, lines, NULL, pixels, next(seed, 10) == 0 ? 7 : PIXELS) != 0) {
        assert_int_equal(make_dicom(path, NULL, spect, NULL, NULL, 0), 0);
    }
    ot_texts_release(&pool);
}

static void d44_random_objects_end_in_an_image_or_in_one_line(void **state)
{
    (void)state;
    static const enum ot_use uses[] = {OT_USE_SPECT, OT_USE_PET, OT_USE_CT, OT_USE_RTDOSE};
    const size_t objects = ot_test_full() ? 20000 : 250;
    size_t images = 0;
    size_t regions = 0;
    uint32_t seed = 20260901;
    for (size_t n = 0; n < objects; n++) {
        make_random(&seed, path_of("object.dcm"));
        for (size_t u = 0; u < sizeof uses / sizeof uses[0]; u++) {
            struct ot_image *image = NULL;
            struct ot_err err = {0};
            const enum ot_rc rc = ot_dicom_image_load(path_of("object.dcm"), uses[u], &image, &err);
            check_answer(rc, image, &err, "object.dcm");
            images += rc == OT_OK ? 1 : 0;
            ot_image_destroy(image);
        }
        const char *none = NULL;
        struct ot_region *region = NULL;
        struct ot_err err = {0};
        const enum ot_rc rc = ot_dicom_regions_load(path_of("object.dcm"), &none, 1, &region, &err);
        assert_int_equal(rc == OT_OK, region != NULL);
        if (rc != OT_OK && strstr(err.text, "object.dcm") == NULL) {
            fail_msg("the refusal does not name the file: %s", err.text);
        }
        regions += rc == OT_OK ? 1 : 0;
        ot_region_destroy(region);
        json_t *list = NULL;
        const enum ot_rc told = ot_inspect(path_of("object.dcm"), &list, &err);
        assert_int_equal(told == OT_OK, list != NULL);
        char *text = list != NULL ? json_dumps(list, 0) : NULL;
        assert_true(text == NULL || strstr(text, "SECRET") == NULL);
        free(text); /* words: allow free - json_dumps() allocates with malloc */
        json_decref(list);
    }
    print_message("%zu objects: %zu images, %zu regions\n", objects, images, regions);
    assert_true(images > objects / 100); /* else nothing but refusals was tested */
    assert_true(regions > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(d05_one_bit_changes_at_most_one_thing),
        cmocka_unit_test(d44_random_objects_end_in_an_image_or_in_one_line),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
