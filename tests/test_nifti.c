/* tests/test_nifti.c - NIfTI reading against nibabel's numbers, writing, and what is refused. */
#include <stdlib.h>

#include "core/mem.h"
#include "io/load.h"
#include "io/nifti.h"
#include "io/store.h"
#include "tests/support/ot_test.h"

static struct ot_image *load(const char *path)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    assert_ok(ot_image_load(path, OT_USE_IMAGE, &image, &err), err);
    assert_ok(ot_grid_validate(&image->volume->grid, &err), err);
    return image;
}

static double mean_of(const struct ot_volume *volume)
{
    double sum = 0.0;
    const size_t count = ot_grid_voxel_count(&volume->grid);
    for (size_t x = 0; x < count; x++) {
        sum += (double)volume->data[x];
    }
    return sum / (double)count;
}

static double max_of(const struct ot_volume *volume)
{
    double most = -INFINITY;
    for (size_t x = 0; x < ot_grid_voxel_count(&volume->grid); x++) {
        most = fmax(most, (double)volume->data[x]);
    }
    return most;
}

/* The value whose voxel centre is at this point; it must be one. */
static double value_at(const struct ot_volume *volume, double x_mm, double y_mm, double z_mm)
{
    const double point[3] = {x_mm, y_mm, z_mm};
    double index[3];
    size_t at[3];
    ot_grid_to_index(&volume->grid, point, index);
    for (size_t a = 0; a < 3; a++) {
        assert_near(index[a], round(index[a]), 1e-3);
        assert_true(index[a] > -0.5 && index[a] < (double)volume->grid.n[a] - 0.5);
        at[a] = (size_t)lround(index[a]);
    }
    return (double)volume->data[at[0] + volume->grid.n[0] * (at[1] + volume->grid.n[1] * at[2])];
}

/* Numbers by nibabel (testdata/INDEX.md). */
static void n21_n22_odd_headers_give_one_volume(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double mean, most;
        size_t files;
    } cases[] = {
        {"testdata/nifti/derived__odd_headers/big_endian_sform_only.nii", 1431.7175, 20702.63, 1},
        {"testdata/nifti/derived__odd_headers/int16_slope.nii", 1431.7175, 20702.63, 1},
        {"testdata/nifti/derived__odd_headers/nifti2.nii", 1431.7138, 20702.63, 1},
        {"testdata/nifti/derived__odd_headers/pair.hdr", 1431.7175, 20702.63, 2},
        {"testdata/nifti/derived__odd_headers/qform_only.nii", 1431.7138, 20702.63, 1},
        {"testdata/nifti/derived__odd_headers/slope_zero.nii", 2074.689, 30000, 1},
        {"testdata/nifti/derived__odd_headers/units_micron.nii", 1431.7138, 20702.63, 1},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_image *image = load(ot_test_shared(cases[n].name));
        const struct ot_grid *grid = &image->volume->grid;
        assert_int_equal(grid->n[0], 28);
        assert_int_equal(grid->n[2], 10);
        assert_near(grid->spacing_mm[0], 8, 1e-5);
        assert_near(grid->spacing_mm[2], 14, 1e-5);
        /* RAS diagonal (-8, -8, 14), offset (100, 110, -60): LPS the other way round in x, y */
        assert_near(grid->dir[0][0], 1, 1e-6);
        assert_near(grid->dir[1][1], 1, 1e-6);
        assert_near(grid->origin_mm[0], -100, 1e-3);
        assert_near(grid->origin_mm[1], -110, 1e-3);
        assert_near(grid->origin_mm[2], -60, 1e-3);
        assert_ratio(mean_of(image->volume), cases[n].mean, 1e-6);
        assert_ratio(max_of(image->volume), cases[n].most, 1e-6);
        assert_int_equal(image->facts.file_count, cases[n].files);
        assert_int_equal(strlen(image->facts.files_sha256), 64);
        assert_false(image->facts.quantity_stated);
        ot_image_destroy(image);
    }
}

static void an_oblique_image_keeps_its_angle(void **state)
{
    (void)state;
    struct ot_image *image =
        load(ot_test_shared("testdata/nifti/derived__odd_headers/oblique20.nii"));
    const struct ot_grid *grid = &image->volume->grid;
    assert_near(grid->dir[0][0], cos(20 * M_PI / 180), 1e-4);
    assert_near(fabs(grid->dir[1][0]), sin(20 * M_PI / 180), 1e-4);
    assert_near(grid->spacing_mm[1], 8, 1e-3);
    assert_near(grid->origin_mm[0], -90, 1e-3);
    assert_ratio(mean_of(image->volume), 1431.7138, 1e-6);
    ot_image_destroy(image);
}

static void every_real_type_counts_to_26(void **state)
{
    (void)state;
    static const char *const names[] = {"float32", "float64", "int16", "int32", "uint16", "uint8"};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        char name[100];
        (void)snprintf(name, sizeof name, "testdata/nifti/Enet4-nifti-rs__datatypes/%s.nii",
                       names[n]);
        struct ot_image *image = load(ot_test_shared(name));
        for (size_t x = 0; x < 27; x++) {
            /* they count along k first */
            const size_t want = x % 3 * 9 + x / 3 % 3 * 3 + x / 9;
            assert_near(image->volume->data[x], want, 0.0);
        }
        ot_image_destroy(image);
    }
}

static void other_programs_files_have_their_means(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double mean, most;
        size_t negative;
    } cases[] = {
        {"testdata/nifti/Enet4-nifti-rs__bigendian_pairs/zstat1.nii.gz", 0.13542099, 18.58253, 1},
        {"testdata/nifti/nibabel__basic/anatomical.nii", 8401.0667, 30393, 1},
        {"testdata/nifti/nibabel__basic/reoriented_anat_moved.nii", 2725.5885, 21199.94, 0},
        {"testdata/nifti/nibabel__basic/standard.nii.gz", 54.642857, 255, 0},
        {"testdata/nifti/Enet4-nifti-rs__datatypes/f32.nii.gz", 0.12471826, 1, 0},
        {"testdata/nifti/debian-mricron-data__labels/aal.nii.gz", 10.782815, 116, 0},
        {"testdata/nifti/NIFTI-Imaging-nifti-test-data__regress/anat0.nii", 82.897162, 255, 0},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_image *image = load(ot_test_shared(cases[n].name));
        assert_ratio(mean_of(image->volume), cases[n].mean, 1e-6);
        assert_ratio(max_of(image->volume), cases[n].most, 1e-6);
        assert_int_equal(image->facts.negative_count > 0, cases[n].negative);
        ot_image_destroy(image);
    }
}

static void a_radiological_order_is_turned_and_stays_in_place(void **state)
{
    (void)state;
    struct ot_image *image =
        load(ot_test_shared("testdata/nifti/NIFTI-Imaging-nifti-test-data__regress/anat0.nii"));
    unsigned char raw[64];
    FILE *file = fopen(
        ot_test_shared("testdata/nifti/NIFTI-Imaging-nifti-test-data__regress/anat0.nii"), "rb");
    assert_non_null(file);
    /* voxels (i, 50, 40) of 91 x 109 x 91 bytes */
    assert_int_equal(fseek(file, 352 + 91 * (50 + 109 * 40), SEEK_SET), 0);
    assert_int_equal(fread(raw, 1, sizeof raw, file), sizeof raw);
    (void)fclose(file);
    for (int i = 0; i < (int)sizeof raw; i++) {
        /* RAS = (-2 i + 90, 2 j - 126, 2 k - 72) */
        assert_near(value_at(image->volume, 2.0 * i - 90, -(2.0 * 50 - 126), 2.0 * 40 - 72), raw[i],
                    0.0);
    }
    ot_image_destroy(image);
}

static void several_time_points_and_missing_geometry_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum ot_rc code;
        const char *text;
    } cases[] = {
        {"testdata/nifti/nibabel__basic/functional.nii", OT_ERR_UNSUPPORTED, "20 volumes"},
        {"testdata/nifti/nibabel__basic/example_nifti2.nii.gz", OT_ERR_UNSUPPORTED, "2 volumes"},
        {"testdata/nifti/NIFTI-Imaging-nifti-test-data__regress/"
         "ATestReferenceImageForReadingAndWriting.nii"
         ".gz",
         OT_ERR_GEOMETRY, "sform and qform disagree by 15.32 mm"},
        {"testdata/nifti/Enet4-nifti-rs__bigendian_pairs/minimal.hdr", OT_ERR_GEOMETRY,
         "geometry is missing"},
        {"testdata/nifti/Enet4-nifti-rs__bigendian_pairs/minimal.nii.gz", OT_ERR_GEOMETRY,
         "geometry is missing"},
        {"testdata/hostile/derived__nifti/dim_overflow.nii", OT_ERR_FORMAT, "promises"},
        {"testdata/hostile/derived__nifti/gz_truncated.nii.gz", OT_ERR_FORMAT, "cut off"},
        {"testdata/hostile/derived__nifti/truncated.nii", OT_ERR_FORMAT, "cut off"},
        {"testdata/hostile/derived__nifti/vox_offset_past_eof.nii", OT_ERR_FORMAT, "promises"},
        {"testdata/hostile/nifti__orphan_headers/analyze.hdr", OT_ERR_FORMAT, "Analyze"},
        {"testdata/hostile/nifti__orphan_headers/nifti1.hdr", OT_ERR_FORMAT, ".img"},
        {"testdata/hostile/nifti__orphan_headers/rand.hdr", OT_ERR_FORMAT, "neither"},
        {"testdata/hostile/nifti__Enet4-nifti-rs_fuzz/crash-1.nii", OT_ERR_FORMAT, "neither"},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_image *image = NULL;
        struct ot_err err = {0};
        const char *path = ot_test_shared(cases[n].name);
        assert_refused(ot_image_load(path, OT_USE_SPECT, &image, &err), err, cases[n].code,
                       cases[n].text);
        assert_null(image);
        assert_null(strchr(err.text, '/')); /* no folder */
    }
}

/* ---- files made here ---- */

static struct ot_volume *ramp(bool negative)
{
    struct ot_grid grid = ot_test_grid(5, 4, 3, 2.0, 2.5, 3.25);
    grid.origin_mm[0] = -12.5;
    grid.origin_mm[2] = 77.0;
    grid.dir[0][0] = -1.0; /* RAS+ */
    grid.dir[1][1] = -1.0;
    struct ot_volume *volume = ot_test_volume(&grid, OT_UNIT_GY);
    for (size_t x = 0; x < 60; x++) {
        volume->data[x] = (float)x + (negative && x % 7 == 3 ? -100.0F : 0.25F);
    }
    return volume;
}

struct workplace {
    const char *folder;
    char path[128];
};

static struct workplace workplace(const char *name)
{
    struct workplace place = {.folder = ot_test_folder()};
    (void)snprintf(place.path, sizeof place.path, "%s/%s", place.folder, name);
    return place;
}

static void put(const char *path, const void *bytes, size_t size)
{
    struct ot_err err = {0};
    assert_ok(ot_store_file(path, bytes, size, true, &err), err);
}

static void what_is_written_comes_back(void **state)
{
    (void)state;
    struct workplace place = workplace("dose.bin"); /* the name's ending does not matter */
    struct ot_volume *volume = ramp(true);
    struct ot_err err = {0};
    for (int gz = 0; gz < 2; gz++) {
        struct ot_buffer file = {0};
        assert_ok(ot_nifti_encode(volume, "dose in Gy", gz == 1, &file, &err), err);
        put(place.path, file.data, file.size);
        struct ot_image *image = load(place.path);
        assert_true(ot_grid_same(&volume->grid, &image->volume->grid, 1e-5));
        assert_memory_equal(volume->data, image->volume->data, 60 * sizeof(float));
        assert_int_equal(image->facts.negative_count, 9);
        assert_int_equal(image->facts.notes.count, 1);
        assert_non_null(strstr(image->facts.notes.text[0], "9 voxels are negative"));
        assert_non_null(strstr(image->facts.notes.text[0], "k 0-2"));
        ot_image_destroy(image);
        ot_buffer_release(&file);
    }
    ot_volume_destroy(volume);
    ot_test_remove_folder(place.folder);
}

/* A RAS+ grid keeps a positive diagonal in both forms. */
static void both_forms_are_written_and_equal(void **state)
{
    (void)state;
    struct ot_volume *volume = ramp(false);
    struct ot_buffer file = {0};
    struct ot_err err = {0};
    assert_ok(ot_nifti_encode(volume, NULL, false, &file, &err), err);
    float srow[3][4];
    float quatern[3];
    float offset[3];
    int16_t codes[2];
    memcpy(srow, file.data + 280, sizeof srow);
    memcpy(quatern, file.data + 256, sizeof quatern);
    memcpy(offset, file.data + 268, sizeof offset);
    memcpy(codes, file.data + 252, sizeof codes);
    for (size_t a = 0; a < 3; a++) {
        assert_near(srow[a][a], volume->grid.spacing_mm[a], 1e-6);
        assert_near(quatern[a], 0.0, 1e-7);
        assert_near(offset[a], srow[a][3], 0.0);
    }
    assert_near(offset[0], 12.5, 0.0);
    assert_int_equal(codes[0], 1);
    assert_int_equal(codes[1], 1);
    assert_int_equal(file.size, 352 + 60 * 4);
    ot_buffer_release(&file);
    ot_volume_destroy(volume);
}

/* All 24 rotations of the axes and an oblique one survive by sform and by qform alone. */
static void n20_g11_every_orientation_survives_by_either_form(void **state)
{
    (void)state;
    struct workplace place = workplace("x.nii");
    struct ot_volume *volume = ramp(false);
    struct ot_err err = {0};
    size_t done = 0;
    for (unsigned code = 0; code < 216; code++) {
        const size_t axis[3] = {code % 6 / 2, code / 6 % 6 / 2, code / 36 / 2};
        double dir[3][3] = {{0.0}};
        for (size_t c = 0; c < 3; c++) {
            const unsigned side = code / (c == 0 ? 1 : c == 1 ? 6 : 36) % 2;
            dir[axis[c]][c] = side == 0 ? 1.0 : -1.0;
        }
        memcpy(volume->grid.dir, dir, sizeof dir);
        if (ot_grid_validate(&volume->grid, NULL) != OT_OK) {
            continue; /* an axis twice, or left-handed */
        }
        done++;
        for (size_t form = 0; form < 2; form++) {
            struct ot_buffer file = {0};
            assert_ok(ot_nifti_encode(volume, NULL, false, &file, &err), err);
            memset(file.data + 252 + 2 * form, 0, 2); /* one of the codes */
            put(place.path, file.data, file.size);
            struct ot_image *image = load(place.path);
            assert_true(ot_grid_same(&volume->grid, &image->volume->grid, 1e-4));
            ot_image_destroy(image);
            ot_buffer_release(&file);
        }
    }
    assert_int_equal(done, 24);
    ot_volume_destroy(volume);
    ot_test_remove_folder(place.folder);
}

static void patched(const char *path, size_t at, const void *bytes, size_t size)
{
    struct ot_volume *volume = ramp(false);
    struct ot_buffer file = {0};
    struct ot_err err = {0};
    assert_ok(ot_nifti_encode(volume, NULL, false, &file, &err), err);
    memcpy(file.data + at, bytes, size);
    put(path, file.data, file.size);
    ot_buffer_release(&file);
    ot_volume_destroy(volume);
}

#define PATCH(path, at, type, ...) \
    do { \
        const type value_[] = {__VA_ARGS__}; \
        patched((path), (at), value_, sizeof value_); \
    } while (0)

static void refuse(const char *path, enum ot_rc code, const char *part)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    assert_refused(ot_image_load(path, OT_USE_SPECT, &image, &err), err, code, part);
    assert_null(image);
    assert_int_equal(strncmp(err.text, "bad.nii: ", 9), 0);
}

/* The volumes of a real 4-D file, whose mean nibabel gives as 3637.4085; each of 17 x 21 x 3. */
static void n07_a_volume_of_four_dimensions_is_selected(void **state)
{
    (void)state;
    char path[512];
    double sum = 0.0;
    const char *file = ot_test_shared("testdata/nifti/nibabel__basic/functional.nii");
    for (int n = 1; n <= 20; n++) {
        struct ot_image *image = NULL;
        struct ot_err err = {0};
        (void)snprintf(path, sizeof path, "%s#%d", file, n);
        assert_ok(ot_image_load(path, OT_USE_SPECT, &image, &err), err);
        assert_int_equal(image->volume->grid.n[2], 3);
        for (size_t x = 0; x < 17U * 21U * 3U; x++) {
            sum += (double)image->volume->data[x];
        }
        ot_image_destroy(image);
    }
    assert_near(sum / (20.0 * 17.0 * 21.0 * 3.0), 3637.4085, 1e-3);
    static const struct {
        const char *selector;
        enum ot_rc code;
        const char *text;
    } wrong[] = {{"#21", OT_ERR_FORMAT, "has no volume 21, there are 20"},
                 {"#volume=0", OT_ERR_ARG, "from 1"},
                 {"#window=1", OT_ERR_ARG, "window does not apply to a NIfTI file"}};
    for (size_t n = 0; n < 3; n++) {
        struct ot_image *image = NULL;
        struct ot_err err = {0};
        (void)snprintf(path, sizeof path, "%s%s", file, wrong[n].selector);
        assert_refused(ot_image_load(path, OT_USE_SPECT, &image, &err), err, wrong[n].code,
                       wrong[n].text);
        assert_null(image);
    }
}

static void n05_n06_n08_n09_n12_n14_n16_n17_n19_wrong_headers_are_refused(void **state)
{
    (void)state;
    struct workplace place = workplace("bad.nii");
    const char *path = place.path;
    PATCH(path, 40, int16_t, 0);
    refuse(path, OT_ERR_FORMAT, "dim[0] is 0");
    PATCH(path, 40, int16_t, -5000);
    refuse(path, OT_ERR_FORMAT, "dim[0] is -5000");
    PATCH(path, 40, int16_t, 200);
    refuse(path, OT_ERR_FORMAT, "dim[0] is 200");
    PATCH(path, 42, int16_t, -5);
    refuse(path, OT_ERR_FORMAT, "dim[1] is -5");
    PATCH(path, 70, int16_t, 32, 64);
    refuse(path, OT_ERR_UNSUPPORTED, "datatype 32");
    PATCH(path, 72, int16_t, 16);
    refuse(path, OT_ERR_FORMAT, "16 bits");
    PATCH(path, 80, float, NAN);
    refuse(path, OT_ERR_GEOMETRY, "pixdim[1]");
    PATCH(path, 80, float, 0.0F);
    refuse(path, OT_ERR_GEOMETRY, "pixdim[1]");
    PATCH(path, 76, float, 0.5F);
    refuse(path, OT_ERR_GEOMETRY, "pixdim[0]");
    PATCH(path, 108, float, INFINITY);
    refuse(path, OT_ERR_FORMAT, "vox_offset");
    PATCH(path, 108, float, 348.0F);
    refuse(path, OT_ERR_FORMAT, "vox_offset");
    PATCH(path, 108, float, 352.5F);
    refuse(path, OT_ERR_FORMAT, "vox_offset");
    PATCH(path, 112, float, NAN);
    refuse(path, OT_ERR_FORMAT, "scl_slope");
    PATCH(path, 112, float, -1.0F);
    refuse(path, OT_ERR_UNSUPPORTED, "negative");
    PATCH(path, 123, uint8_t, 7);
    refuse(path, OT_ERR_FORMAT, "xyzt_units");
    PATCH(path, 256, float, 0.9F, 0.9F);
    refuse(path, OT_ERR_GEOMETRY, "quaternion");
    PATCH(path, 268, float, 13.5F);
    refuse(path, OT_ERR_GEOMETRY, "sform and qform disagree");
    PATCH(path, 252, int16_t, 0, 0);
    refuse(path, OT_ERR_GEOMETRY, "geometry is missing");
    ot_test_remove_folder(place.folder);
}

/* With the qform switched off: a sheared sform, one of another scale than pixdim, NaN. */
static void n18_wrong_sforms_are_refused(void **state)
{
    (void)state;
    struct workplace place = workplace("bad.nii");
    struct ot_volume *volume = ramp(false);
    struct ot_err err = {0};
    static const struct {
        size_t at;
        float value;
        const char *part;
    } cases[] = {{284, 0.01F, "sheared"}, {280, 2.1F, "pixdim[1]"}, {280, NAN, "spacing"}};
    for (size_t n = 0; n < 3; n++) {
        struct ot_buffer file = {0};
        assert_ok(ot_nifti_encode(volume, NULL, false, &file, &err), err);
        memset(file.data + 252, 0, 2);
        memcpy(file.data + cases[n].at, &cases[n].value, sizeof(float));
        put(place.path, file.data, file.size);
        refuse(place.path, OT_ERR_GEOMETRY, cases[n].part);
        ot_buffer_release(&file);
    }
    ot_volume_destroy(volume);
    ot_test_remove_folder(place.folder);
}

static void n10_nan_and_infinity_are_counted_and_refused(void **state)
{
    (void)state;
    struct workplace place = workplace("bad.nii");
    PATCH(place.path, 352 + 4 * 7, float, NAN, 1.0F, INFINITY, -INFINITY);
    refuse(place.path, OT_ERR_RANGE, "3 voxels are not finite, the first one at index (2, 1, 0)");
    ot_test_remove_folder(place.folder);
}

/* m, mm, micron, and unknown: read as mm, and said so; commands ask for --units-mm. */
static void n15_lengths_are_in_the_unit_that_is_stated(void **state)
{
    (void)state;
    static const double mm[] = {1.0, 1000.0, 1.0, 1e-3};
    struct workplace place = workplace("x.nii");
    for (uint8_t unit = 0; unit < 4; unit++) {
        PATCH(place.path, 123, uint8_t, unit);
        struct ot_image *image = load(place.path);
        assert_ratio(image->volume->grid.spacing_mm[1], 2.5 * mm[unit], 1e-6);
        assert_ratio(image->volume->grid.origin_mm[2], 77 * mm[unit], 1e-6);
        assert_int_equal(image->facts.notes.count, 0);
        assert_int_equal(image->facts.length_unit_assumed, unit == 0);
        ot_image_destroy(image);
    }
    ot_test_remove_folder(place.folder);
}

static void n01_n02_a_file_cut_anywhere_or_too_long_is_refused(void **state)
{
    (void)state;
    struct workplace place = workplace("bad.nii");
    struct ot_volume *volume = ramp(false);
    struct ot_err err = {0};
    for (int gz = 0; gz < 2; gz++) {
        struct ot_buffer file = {0};
        assert_ok(ot_nifti_encode(volume, NULL, gz == 1, &file, &err), err);
        const size_t size = file.size;
        for (size_t cut = 0; cut < size;
             cut += cut < 20 || cut > size - 20 ? 1 : ot_test_step(13)) {
            struct ot_image *image = NULL;
            put(place.path, file.data, cut);
            assert_int_equal(ot_image_load(place.path, OT_USE_SPECT, &image, NULL), OT_ERR_FORMAT);
            assert_null(image);
        }
        ot_buffer_append(&file, "garbage", 7);
        put(place.path, file.data, file.size);
        refuse(place.path, OT_ERR_FORMAT, gz == 1 ? "follow the gzip data" : "not what the header");
        ot_buffer_release(&file);
    }
    ot_volume_destroy(volume);
    ot_test_remove_folder(place.folder);
}

static void a_stack_of_fractions_has_steps_of_255(void **state)
{
    (void)state;
    struct ot_volume *a = ramp(false);
    struct ot_volume *b = ramp(false);
    struct ot_buffer file = {0};
    struct ot_err err = {0};
    for (size_t x = 0; x < 60; x++) {
        a->data[x] = (float)x / 59.0F;
        b->data[x] = x % 2 == 0 ? 1.0F : 0.0F;
    }
    const struct ot_volume *const both[] = {a, b};
    assert_ok(ot_nifti_encode_stack(both, 2, "fractions", false, &file, &err), err);
    assert_int_equal(file.size, 352 + 120);
    int16_t dim[5];
    float slope = 0.0F;
    memcpy(dim, file.data + 40, sizeof dim);
    memcpy(&slope, file.data + 112, sizeof slope);
    assert_int_equal(dim[0], 4);
    assert_int_equal(dim[4], 2);
    assert_ratio(slope, 1.0 / 255.0, 1e-7);
    for (size_t x = 0; x < 60; x++) {
        const unsigned char stored = (unsigned char)file.data[352 + x];
        assert_near(stored * (double)slope, a->data[x], 0.5 / 255 + 1e-6);
    }
    file.size = 0;
    b->data[5] = 1.5F;
    assert_refused(ot_nifti_encode_stack(both, 2, NULL, false, &file, &err), err, OT_ERR_RANGE,
                   "fraction 1.5");
    err = (struct ot_err){0};
    b->data[5] = 0.0F;
    b->grid.origin_mm[0] += 1.0;
    assert_refused(ot_nifti_encode_stack(both, 2, NULL, false, &file, &err), err, OT_ERR_GEOMETRY,
                   "another grid");
    err = (struct ot_err){0};
    a->data[3] = NAN;
    assert_refused(ot_nifti_encode(a, NULL, false, &file, &err), err, OT_ERR_RANGE, "not finite");
    ot_buffer_release(&file);
    ot_volume_destroy(a);
    ot_volume_destroy(b);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    struct workplace place = workplace("x.nii.gz");
    struct ot_volume *volume = ramp(true);
    struct ot_buffer file = {0};
    struct ot_err err = {0};
    assert_ok(ot_nifti_encode(volume, NULL, true, &file, &err), err);
    put(place.path, file.data, file.size);
    bool ok = false;
    for (size_t nth = 1; !ok && nth < 60; nth++) {
        struct ot_image *image = NULL;
        ot_mem_fail_at(nth);
        const enum ot_rc rc = ot_image_load(place.path, OT_USE_SPECT, &image, NULL);
        ot_mem_fail_at(0);
        ok = rc == OT_OK;
        assert_true(ok || (rc == OT_ERR_NOMEM && image == NULL));
        ot_image_destroy(image);
    }
    assert_true(ok);
    ok = false;
    for (size_t nth = 1; !ok && nth < 60; nth++) {
        struct ot_buffer out = {0};
        ot_mem_fail_at(nth);
        const enum ot_rc rc = ot_nifti_encode(volume, "x", true, &out, NULL);
        ot_mem_fail_at(0);
        ok = rc == OT_OK;
        assert_true(ok || rc == OT_ERR_NOMEM);
        ot_buffer_release(&out);
    }
    assert_true(ok);
    ot_buffer_release(&file);
    ot_volume_destroy(volume);
    ot_test_remove_folder(place.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(n21_n22_odd_headers_give_one_volume),
        cmocka_unit_test(an_oblique_image_keeps_its_angle),
        cmocka_unit_test(every_real_type_counts_to_26),
        cmocka_unit_test(other_programs_files_have_their_means),
        cmocka_unit_test(a_radiological_order_is_turned_and_stays_in_place),
        cmocka_unit_test(several_time_points_and_missing_geometry_are_refused),
        cmocka_unit_test(what_is_written_comes_back),
        cmocka_unit_test(both_forms_are_written_and_equal),
        cmocka_unit_test(n20_g11_every_orientation_survives_by_either_form),
        cmocka_unit_test(n07_a_volume_of_four_dimensions_is_selected),
        cmocka_unit_test(n05_n06_n08_n09_n12_n14_n16_n17_n19_wrong_headers_are_refused),
        cmocka_unit_test(n18_wrong_sforms_are_refused),
        cmocka_unit_test(n10_nan_and_infinity_are_counted_and_refused),
        cmocka_unit_test(n15_lengths_are_in_the_unit_that_is_stated),
        cmocka_unit_test(n01_n02_a_file_cut_anywhere_or_too_long_is_refused),
        cmocka_unit_test(a_stack_of_fractions_has_steps_of_255),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
