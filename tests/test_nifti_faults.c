/* tests/test_nifti_faults.c - rows n03 to n27 of the threat model that need bytes of their own; the
 * others stand in test_nifti.c and test_load.c. */
#include "tests/support/ot_test.h"

#include <math.h>
#include <unistd.h>

#include "core/text.h"
#include "io/gzip.h"
#include "io/load.h"
#include "io/nifti.h"
#include "io/nifti_header.h"
#include "io/store.h"
#include "tests/support/image_case.h"

enum {
    VOXELS = 60,
    AT_VOX_OFFSET = 108,
    AT_SLOPE = 112,
    AT_UNITS = 123,
    AT_QFORM = 252,
    HEAD = 352
};

static const char *folder;

static const char *path_of(const char *name)
{
    static char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* 5 x 4 x 3 voxels of 2 x 2.5 x 3.25 mm that hold their number. */
static void encode(struct ot_buffer *file)
{
    struct ot_grid grid = ot_test_grid(5, 4, 3, 2.0, 2.5, 3.25);
    struct ot_volume *volume = ot_test_volume(&grid, OT_UNIT_NONE);
    struct ot_err err = {0};
    for (size_t n = 0; n < VOXELS; n++) {
        volume->data[n] = (float)n;
    }
    assert_ok(ot_nifti_encode(volume, NULL, false, file, &err), err);
    ot_volume_destroy(volume);
}

static void put(const char *name, const void *bytes, size_t size)
{
    struct ot_err err = {0};
    assert_ok(ot_store_file(path_of(name), bytes, size, true, &err), err);
}

static struct ot_image *load(const char *name, enum ot_use want)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    assert_ok(ot_image_load(path_of(name), want, &image, &err), err);
    return image;
}

static void refuse(const char *name, enum ot_rc code, const char *part)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    assert_refused(ot_image_load(path_of(name), OT_USE_SPECT, &image, &err), err, code, part);
    assert_null(image);
}

static void check_values(const char *name)
{
    struct ot_image *image = load(name, OT_USE_SPECT);
    for (size_t n = 0; n < VOXELS; n++) {
        assert_near(image->volume->data[n], n, 0);
    }
    ot_image_destroy(image);
}

static void n03_members_of_gzip_are_joined_and_garbage_is_refused(void **state)
{
    (void)state;
    struct ot_buffer file = {0};
    struct ot_buffer packed = {0};
    struct ot_err err = {0};
    encode(&file);
    assert_ok(ot_gzip_deflate(file.data, 560, &packed, &err), err);
    struct ot_buffer second = {0};
    assert_ok(ot_gzip_deflate(file.data + 560, file.size - 560, &second, &err), err);
    ot_buffer_append(&packed, second.data, second.size);
    put("two.nii.gz", packed.data, packed.size);
    check_values("two.nii.gz");
    ot_buffer_append(&packed, "garbage", 7);
    put("more.nii.gz", packed.data, packed.size);
    refuse("more.nii.gz", OT_ERR_FORMAT, "more.nii.gz: ");
    ot_buffer_release(&second);
    ot_buffer_release(&packed);
    ot_buffer_release(&file);
}

static void n12_n13_slope_0_and_an_intercept_are_told(void **state)
{
    (void)state;
    struct ot_buffer file = {0};
    encode(&file);
    const float none[2] = {0.0F, 5.0F};
    memcpy(file.data + AT_SLOPE, none, sizeof none);
    put("slope.nii", file.data, file.size);
    struct ot_image *image = load("slope.nii", OT_USE_SPECT);
    assert_near(image->volume->data[7], 7, 0); /* without a slope there is no intercept */
    assert_true(ot_test_noted(image, "scl_slope is 0: values are taken as they are stored"));
    ot_image_destroy(image);
    const float shifted[2] = {2.0F, 5.0F};
    memcpy(file.data + AT_SLOPE, shifted, sizeof shifted);
    put("slope.nii", file.data, file.size);
    image = load("slope.nii", OT_USE_SPECT);
    assert_near(image->volume->data[7], 2 * 7 + 5, 0);
    assert_true(ot_test_noted(image, "scl_inter adds 5 to every voxel"));
    assert_near(image->facts.intercept, 5, 0); /* commands ask for --allow-intercept */
    ot_image_destroy(image);
    ot_buffer_release(&file);
}

/* 0.0025 without a unit might be meters, 2500 might be micrometers: not taken for millimeters. */
static void n15_sizes_that_are_no_millimetres_need_a_unit(void **state)
{
    (void)state;
    static const float factors[] = {1e-3F, 1e3F};
    for (size_t f = 0; f < 2; f++) {
        struct ot_buffer file = {0};
        encode(&file);
        for (size_t n = 0; n < 3; n++) {
            float size = 0.0F;
            memcpy(&size, file.data + 80 + 4 * n, 4);
            size *= factors[f];
            memcpy(file.data + 80 + 4 * n, &size, 4);
        }
        memset(file.data + 254, 0, 2); /* by the qform alone */
        file.data[AT_UNITS] = 0;
        put("unit.nii", file.data, file.size);
        refuse("unit.nii", OT_ERR_GEOMETRY, "states no unit of length");
        file.data[AT_UNITS] = f == 0 ? 1 : 3;
        put("unit.nii", file.data, file.size);
        struct ot_image *image = load("unit.nii", OT_USE_SPECT);
        assert_ratio(image->volume->grid.spacing_mm[1], 2.5, 1e-6);
        ot_image_destroy(image);
        ot_buffer_release(&file);
    }
}

static void n17_forms_may_differ_by_rounding_only(void **state)
{
    (void)state;
    static const struct {
        float shift_mm;
        bool refused;
    } cases[] = {{0.005F, false}, {0.02F, true}, {5.0F, true}};
    for (size_t n = 0; n < 3; n++) {
        struct ot_buffer file = {0};
        float offset = 0.0F;
        encode(&file);
        memcpy(&offset, file.data + 268, 4); /* qoffset_x */
        offset += cases[n].shift_mm;
        memcpy(file.data + 268, &offset, 4);
        put("forms.nii", file.data, file.size);
        if (cases[n].refused) {
            refuse("forms.nii", OT_ERR_GEOMETRY, "sform and qform disagree by ");
        } else {
            check_values("forms.nii");
        }
        ot_buffer_release(&file);
    }
}

/* A unit quaternion in single precision may exceed 1 by rounding; qfac 0 means 1. By the qform
 * alone: half a turn about z, (b, c, d) = (0, 0, 1). */
static void n19_quaternions_may_differ_from_1_by_rounding_only(void **state)
{
    (void)state;
    static const struct {
        float d, qfac;
        const char *refusal; /* NULL: read */
    } cases[] = {
        {1.0F, 1.0F, NULL},
        {1.0F + 4e-7F, 1.0F, NULL},
        {1.0F + 4e-7F, 0.0F, NULL},
        {1.0F + 2e-6F, 1.0F, "is no rotation"},
        {NAN, 1.0F, "is no rotation"},
        {1.0F, 0.5F, "pixdim[0] is 0.5"},
        {1.0F, -2.0F, "pixdim[0] is -2"},
        {1.0F, NAN, "pixdim[0] is nan"},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_buffer file = {0};
        const int16_t codes[2] = {1, 0};
        const float quaternion[6] = {0.0F, 0.0F, cases[n].d, 0.0F, 0.0F, 0.0F};
        encode(&file);
        memcpy(file.data + 76, &cases[n].qfac, 4);
        memcpy(file.data + AT_QFORM, codes, sizeof codes);
        memcpy(file.data + AT_QFORM + 4, quaternion, sizeof quaternion);
        put("turned.nii", file.data, file.size);
        if (cases[n].refusal != NULL) {
            refuse("turned.nii", OT_ERR_GEOMETRY, cases[n].refusal);
        } else {
            struct ot_image *image = load("turned.nii", OT_USE_SPECT);
            const struct ot_grid *grid = &image->volume->grid;
            const double last[3] = {4.0, 3.0, 2.0};
            double point_mm[3];
            ot_grid_to_point(grid, last, point_mm);
            assert_near(point_mm[0], 8.0, 1e-5); /* RAS -x, -y are LPS +x, +y */
            assert_near(point_mm[1], 7.5, 1e-5);
            assert_near(point_mm[2], 6.5, 1e-5);
            ot_image_destroy(image);
        }
        ot_buffer_release(&file);
    }
}

/* Counted, and placed; commands refuse them without --allow-negative (cli_bad_input). */
static void n11_negative_voxels_are_counted_and_placed(void **state)
{
    (void)state;
    struct ot_buffer file = {0};
    encode(&file);
    const float below[2] = {-2.0F, -7.5F};
    memcpy(file.data + HEAD + 4 * 7, &below[0], 4);  /* (2, 1, 0) */
    memcpy(file.data + HEAD + 4 * 48, &below[1], 4); /* (3, 1, 2) */
    put("below.nii", file.data, file.size);
    struct ot_image *image = load("below.nii", OT_USE_SPECT);
    assert_int_equal(image->facts.negative_count, 2);
    assert_true(
        ot_test_noted(image, "2 voxels are negative, the lowest is -7.5; they lie within "));
    assert_near(image->volume->data[48], -7.5, 0);
    ot_image_destroy(image);
    ot_buffer_release(&file);
}

static void n22_half_a_pair_and_analyze_are_refused(void **state)
{
    (void)state;
    struct ot_buffer file = {0};
    encode(&file);
    memcpy(file.data + 344, "ni1", 4);
    const float start = 0.0F;
    memcpy(file.data + AT_VOX_OFFSET, &start, 4);
    put("pair.hdr", file.data, 348);
    refuse("pair.hdr", OT_ERR_FORMAT, "its .img file is not beside it");
    put("pair.img", file.data + HEAD, file.size - HEAD);
    check_values("pair.hdr");
    put("pair.img", file.data + HEAD, file.size - HEAD - 4);
    refuse("pair.hdr", OT_ERR_FORMAT, "cut off");
    memset(file.data + 344, 0, 4);
    put("analyze.hdr", file.data, 348);
    refuse("analyze.hdr", OT_ERR_FORMAT, "an Analyze file does not state how the patient lies");
    ot_buffer_release(&file);
}

/* Extensions stand between header and voxels: their sizes are never believed, nothing is read. */
static void n23_extensions_are_skipped_whatever_they_say(void **state)
{
    (void)state;
    static const int32_t sizes[] = {16, 7, -1, 2147483647, 0};
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        struct ot_buffer file = {0};
        struct ot_buffer changed = {0};
        const float offset = HEAD + 16;
        int32_t extension[4] = {sizes[n], 4, 0, 0};
        encode(&file);
        memcpy(file.data + AT_VOX_OFFSET, &offset, 4);
        file.data[348] = 1;
        ot_buffer_append(&changed, file.data, HEAD);
        ot_buffer_append(&changed, extension, sizeof extension);
        ot_buffer_append(&changed, file.data + HEAD, file.size - HEAD);
        put("extension.nii", changed.data, changed.size);
        check_values("extension.nii");
        ot_buffer_release(&changed);
        ot_buffer_release(&file);
    }
}

static void n24_a_nifti_does_not_say_what_its_values_are(void **state)
{
    (void)state;
    struct ot_buffer file = {0};
    encode(&file);
    put("values.nii", file.data, file.size);
    struct ot_image *image = load("values.nii", OT_USE_PET);
    assert_false(image->facts.quantity_stated);
    assert_int_equal(image->volume->unit, OT_UNIT_NONE);
    assert_string_equal(image->facts.nuclide, "");
    assert_false(image->facts.value_time.known);
    ot_image_destroy(image);
    ot_buffer_release(&file);
}

/* 2049 cubed: more voxels than 32 bits count. */
static void n27_sizes_are_counted_in_64_bits(void **state)
{
    (void)state;
    struct ot_buffer file = {0};
    struct ot_nifti_header header;
    struct ot_texts notes = {0};
    struct ot_err err = {0};
    encode(&file);
    const int16_t dim[4] = {3, 2049, 2049, 2049};
    memcpy(file.data + 40, dim, sizeof dim);
    assert_ok(ot_nifti_header_parse(file.data, file.size, &header, &notes, &err), err);
    assert_true(header.voxel_bytes == (size_t)2049 * 2049 * 2049 * 4);
    put("large.nii", file.data, file.size);
    refuse("large.nii", OT_ERR_FORMAT, "holds 592 bytes, its header promises 34410094948");
    ot_texts_release(&notes);
    ot_buffer_release(&file);
}

static int make_folder(void **state)
{
    (void)state;
    folder = ot_test_folder();
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    ot_test_remove_folder(folder);
    return 0;
}

/* Files that claim, and one that has, more than this machine's memory; nothing of it is written. */
static void n06_what_memory_cannot_hold_is_refused_before_it_is_taken(void **state)
{
    (void)state;
    const double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    const int16_t side = (int16_t)ceil(cbrt(memory / 2.0)); /* of float: twice the memory */
    const int16_t dim[4] = {3, side, side, side};
    const off_t whole = HEAD + (off_t)4 * side * side * side;
    struct ot_buffer file = {0};
    struct ot_buffer packed = {0};
    struct ot_err err = {0};
    encode(&file);
    memcpy(file.data + 40, dim, sizeof dim);
    assert_ok(ot_gzip_deflate(file.data, file.size, &packed, &err), err);
    put("claims.nii.gz", packed.data, packed.size);
    if (truncate(path_of("claims.nii.gz"), whole / 900) == 0) { /* a ratio that may be */
        refuse("claims.nii.gz", OT_ERR_UNSUPPORTED, "claims.nii.gz: the inflated file needs ");
    }
    put("holds.nii", file.data, file.size);
    if (truncate(path_of("holds.nii"), whole) == 0) {
        refuse("holds.nii", OT_ERR_UNSUPPORTED, "holds.nii: the file needs ");
    }
    ot_buffer_release(&packed);
    ot_buffer_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(n03_members_of_gzip_are_joined_and_garbage_is_refused),
        cmocka_unit_test(n12_n13_slope_0_and_an_intercept_are_told),
        cmocka_unit_test(n15_sizes_that_are_no_millimetres_need_a_unit),
        cmocka_unit_test(n17_forms_may_differ_by_rounding_only),
        cmocka_unit_test(n19_quaternions_may_differ_from_1_by_rounding_only),
        cmocka_unit_test(n11_negative_voxels_are_counted_and_placed),
        cmocka_unit_test(n22_half_a_pair_and_analyze_are_refused),
        cmocka_unit_test(n23_extensions_are_skipped_whatever_they_say),
        cmocka_unit_test(n24_a_nifti_does_not_say_what_its_values_are),
        cmocka_unit_test(n27_sizes_are_counted_in_64_bits),
        cmocka_unit_test(n06_what_memory_cannot_hold_is_refused_before_it_is_taken),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
