/* tests/test_load.c - the front door: formats by content, masks, and what stands beside a file.
 * labels: threads */
#include <math.h>
#include <stdlib.h>

#include <omp.h>

#include "core/mem.h"
#include "io/gzip.h"
#include "io/hash.h"
#include "io/load.h"
#include "io/nifti.h"
#include "io/store.h"
#include "tests/support/ot_test.h"

static const char *folder;

static const char *below(const char *name)
{
    static char path[4][256];
    static unsigned turn;
    char *to = path[turn++ % 4];
    (void)snprintf(to, sizeof path[0], "%s/%s", folder, name);
    return to;
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

static void put(const char *name, const void *bytes, size_t size)
{
    struct ot_err err = {0};
    assert_ok(ot_store_file(below(name), bytes, size, true, &err), err);
}

static void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

/* 6 x 5 x 4 voxels; the values are the caller's. */
static struct ot_volume *blank(void)
{
    const struct ot_grid grid = ot_test_grid(6, 5, 4, 2.0, 2.5, 4.0);
    return ot_test_volume(&grid, OT_UNIT_NONE);
}

static void put_volume(const char *name, struct ot_volume *volume)
{
    struct ot_buffer file = {0};
    struct ot_err err = {0};
    assert_ok(ot_nifti_encode(volume, NULL, ot_text_ends_with(name, ".gz"), &file, &err), err);
    put(name, file.data, file.size);
    ot_buffer_release(&file);
    ot_volume_destroy(volume);
}

static void put_image(const char *name)
{
    struct ot_volume *volume = blank();
    for (size_t x = 0; x < 120; x++) {
        volume->data[x] = (float)x;
    }
    put_volume(name, volume);
}

/* ---- formats ---- */

static enum ot_format format_of(const char *path)
{
    enum ot_format format = OT_FORMAT_UNKNOWN;
    struct ot_err err = {0};
    assert_ok(ot_format_detect(path, &format, &err), err);
    return format;
}

static void n26_content_decides_and_not_the_name(void **state)
{
    (void)state;
    char dicom[200] = {0};
    put_image("a.dcm");
    put_image("b.gz");
    memcpy(dicom + 128, "DICM", sizeof "DICM");
    put("c.nii", dicom, sizeof dicom);
    put_text("d.nii", "this is a letter and no image, whatever its name says");
    put_text("e.nii.gz", "NRRD0004\ntype: short\n");
    put_text("f", "");
    assert_int_equal(format_of(below("a.dcm")), OT_FORMAT_NIFTI);
    assert_int_equal(format_of(below("b.gz")), OT_FORMAT_NIFTI);
    assert_int_equal(format_of(below("c.nii")), OT_FORMAT_DICOM);
    assert_int_equal(format_of(below("d.nii")), OT_FORMAT_UNKNOWN);
    assert_int_equal(format_of(below("e.nii.gz")), OT_FORMAT_NRRD);
    assert_int_equal(format_of(below("f")), OT_FORMAT_UNKNOWN);
    assert_int_equal(format_of(folder), OT_FORMAT_DICOM);
    enum ot_format format = OT_FORMAT_UNKNOWN;
    struct ot_err err = {0};
    assert_refused(ot_format_detect(below("nowhere"), &format, &err), err, OT_ERR_IO, "nowhere");
}

static void an_image_of_no_known_format_is_refused(void **state)
{
    (void)state;
    struct ot_image *image = NULL;
    struct ot_region *region = NULL;
    const char *const none[] = {NULL};
    struct ot_err err = {0};
    put_text("text.dcm", "hello");
    assert_refused(ot_image_load(below("text.dcm"), OT_USE_CT, &image, &err), err, OT_ERR_FORMAT,
                   "text.dcm: is neither");
    err = (struct ot_err){0};
    assert_refused(ot_regions_load(below("text.dcm"), none, 1, &region, &err), err, OT_ERR_FORMAT,
                   "text.dcm: is neither");
    err = (struct ot_err){0};
    assert_refused(ot_image_load(below("text.dcm"), OT_USE_SEG, &image, &err), err, OT_ERR_ARG,
                   "wanted");
}

static void units_follow_what_is_wanted(void **state)
{
    (void)state;
    static const struct {
        enum ot_use want;
        enum ot_unit unit;
    } cases[] = {{OT_USE_CT, OT_UNIT_HU}, {OT_USE_DOSE, OT_UNIT_GY}, {OT_USE_SPECT, OT_UNIT_NONE}};
    char hex[OT_SHA256_SIZE];
    struct ot_err err = {0};
    put_image("a.nii.gz");
    assert_ok(ot_hash_file(below("a.nii.gz"), hex, &err), err);
    for (size_t n = 0; n < 3; n++) {
        struct ot_image *image = NULL;
        assert_ok(ot_image_load(below("a.nii.gz"), cases[n].want, &image, &err), err);
        assert_int_equal(image->volume->unit, cases[n].unit);
        assert_int_equal(image->facts.use, OT_USE_IMAGE);
        assert_string_equal(image->facts.files_sha256, hex);
        assert_int_equal(image->facts.file_count, 1);
        assert_false(image->facts.value_time.known);
        ot_image_destroy(image);
    }
}

/* ---- gzip ---- */

static void gzip_of_many_blocks_is_whole(void **state)
{
    (void)state;
    const size_t size = (size_t)3 * 1048576 + 12345;
    struct ot_buffer out = {0};
    struct ot_err err = {0};
    unsigned char *bytes = OT_NEW(unsigned char, size, &err);
    unsigned char *back = OT_NEW(unsigned char, size, &err);
    uint32_t noise = 1;
    for (size_t n = 0; n < size; n++) {
        noise = noise * 1664525U + 1013904223U;
        bytes[n] = n < size / 2 ? (unsigned char)(noise >> 24) : (unsigned char)(n / 1000);
    }
    static const size_t sizes[] = {0, 1, 1048576, 2097152, 3158073};
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        out.size = 0;
        assert_ok(ot_gzip_deflate(bytes, sizes[n], &out, &err), err);
        assert_ok(ot_gzip_inflate(out.data, out.size, back, sizes[n], &err), err);
        assert_memory_equal(bytes, back, sizes[n]);
        assert_ok(ot_gzip_inflate(out.data, out.size, NULL, sizes[n], &err), err);
        assert_int_equal(ot_gzip_inflate(out.data, out.size, NULL, sizes[n] + 1, NULL),
                         OT_ERR_FORMAT);
        assert_true(sizes[n] == 0 ||
                    ot_gzip_inflate(out.data, out.size, back, sizes[n] - 1, NULL) == OT_ERR_FORMAT);
    }
    /* the same bits for every number of threads */
    struct ot_buffer alone = {0};
    omp_set_num_threads(1);
    assert_ok(ot_gzip_deflate(bytes, size, &alone, &err), err);
    omp_set_num_threads(4);
    out.size = 0;
    assert_ok(ot_gzip_deflate(bytes, size, &out, &err), err);
    assert_int_equal(out.size, alone.size);
    assert_memory_equal(out.data, alone.data, out.size);
    ot_buffer_release(&alone);
    /* two members are one file */
    const size_t one = out.size;
    out.size = 0;
    assert_ok(ot_gzip_deflate(bytes, 1000, &out, &err), err);
    assert_ok(ot_gzip_deflate(bytes + 1000, 2000, &out, &err), err);
    assert_ok(ot_gzip_inflate(out.data, out.size, back, 3000, &err), err);
    assert_memory_equal(bytes, back, 3000);
    assert_true(out.size < one);
    /* a wrong checksum */
    out.data[out.size - 6] = (char)(out.data[out.size - 6] ^ 1);
    assert_refused(ot_gzip_inflate(out.data, out.size, back, 3000, &err), err, OT_ERR_FORMAT,
                   "damaged");
    ot_buffer_release(&out);
    ot_free(bytes);
    ot_free(back);
}

/* The system's gzip agrees, and there is neither name nor time. */
static void n03_gzip_by_the_book(void **state)
{
    (void)state;
    char command[600];
    put_image("x.nii.gz");
    (void)snprintf(command, sizeof command, "gzip -t '%s' && gzip -dc '%s' | cmp - '%s'",
                   below("x.nii.gz"), below("x.nii.gz"), below("x.nii"));
    put_image("x.nii");
    assert_int_equal(system(command), 0); /* NOLINT: a test's oracle */
    static const unsigned char header[] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0};
    unsigned char got[8];
    FILE *file = fopen(below("x.nii.gz"), "rb");
    assert_non_null(file);
    assert_int_equal(fread(got, 1, sizeof got, file), sizeof got);
    (void)fclose(file);
    assert_memory_equal(got, header, sizeof got);
}

static void n04_a_bomb_is_not_inflated(void **state)
{
    (void)state;
    struct ot_buffer file = {0};
    struct ot_buffer packed = {0};
    struct ot_err err = {0};
    struct ot_image *image = NULL;
    struct ot_volume *volume = blank();
    assert_ok(ot_nifti_encode(volume, NULL, false, &file, &err), err);
    /* the header tells of 32767^3 voxels */
    const int16_t dim[3] = {32767, 32767, 32767};
    memcpy(file.data + 42, dim, sizeof dim);
    memset(file.data + 252, 0, 2); /* the qform, which would disagree nowhere */
    assert_ok(ot_gzip_deflate(file.data, file.size, &packed, &err), err);
    put("bomb.nii.gz", packed.data, packed.size);
    assert_refused(ot_image_load(below("bomb.nii.gz"), OT_USE_SPECT, &image, &err), err,
                   OT_ERR_FORMAT, "cannot hold");
    ot_buffer_release(&file);
    ot_buffer_release(&packed);
    ot_volume_destroy(volume);
}

/* ---- masks ---- */

static struct ot_region *region(const char *name, const char *selector)
{
    struct ot_region *out = NULL;
    struct ot_err err = {0};
    assert_ok(ot_regions_load(below(name), &selector, 1, &out, &err), err);
    assert_ok(ot_grid_validate(&out->mask->grid, &err), err);
    return out;
}

static void refuse_region(const char *name, const char *selector, enum ot_rc code, const char *part)
{
    struct ot_region *out = NULL;
    struct ot_err err = {0};
    assert_refused(ot_regions_load(below(name), &selector, 1, &out, &err), err, code, part);
    assert_null(out);
    assert_int_equal(strncmp(err.text, name, strlen(name)), 0);
}

static size_t at(size_t i, size_t j, size_t k)
{
    return i + 6 * (j + 5 * k);
}

static void a_mask_is_cropped_and_stays_in_place(void **state)
{
    (void)state;
    struct ot_volume *volume = blank();
    volume->data[at(1, 2, 1)] = 1.0F;
    volume->data[at(4, 3, 3)] = 1.0F;
    put_volume("mask.nii", volume);
    struct ot_region *mask = region("mask.nii", NULL);
    const struct ot_grid *grid = &mask->mask->grid;
    assert_int_equal(grid->n[0], 4);
    assert_int_equal(grid->n[1], 2);
    assert_int_equal(grid->n[2], 3);
    assert_near(grid->origin_mm[0], 2.0, 1e-6);
    assert_near(grid->origin_mm[1], 5.0, 1e-6);
    assert_near(grid->origin_mm[2], 4.0, 1e-6);
    assert_near(mask->mask->data[0], 1.0, 0.0);
    assert_near(mask->mask->data[4 * 2 * 3 - 1], 1.0, 0.0);
    assert_string_equal(mask->label, "1");
    assert_int_equal(strlen(mask->file_sha256), 64);
    ot_region_destroy(mask);
    ot_region_destroy(region("mask.nii", "1"));
}

static void fractions_stay_fractions(void **state)
{
    (void)state;
    struct ot_volume *volume = blank();
    volume->data[at(2, 2, 2)] = 0.25F;
    volume->data[at(3, 2, 2)] = 1.0F;
    put_volume("part.nii.gz", volume);
    struct ot_region *part = region("part.nii.gz", NULL);
    assert_int_equal(part->mask->grid.n[0], 2);
    assert_near(part->mask->data[0], 0.25, 0.0);
    ot_region_destroy(part);
    /* Rounded in single precision: 1.0000001 is 1, 1.00001 is no fraction. */
    volume = blank();
    volume->data[at(2, 2, 2)] = 0.25F;
    volume->data[at(3, 2, 2)] = nextafterf(1.0F, 2.0F);
    put_volume("rounded.nii", volume);
    part = region("rounded.nii", NULL);
    assert_near(part->mask->data[1], 1.0, 0.0);
    ot_region_destroy(part);
    volume = blank();
    volume->data[at(2, 2, 2)] = 0.25F;
    volume->data[at(3, 2, 2)] = 1.00001F;
    put_volume("beyond.nii", volume);
    refuse_region("beyond.nii", NULL, OT_ERR_FORMAT, "values from 0 to 1.00001");
    refuse_region("part.nii.gz", "1", OT_ERR_FORMAT, "fractions and no labels");
}

static void labels_need_a_selector(void **state)
{
    (void)state;
    struct ot_volume *volume = blank();
    volume->data[at(0, 0, 0)] = 3.0F;
    volume->data[at(5, 4, 3)] = 12.0F;
    volume->data[at(5, 4, 2)] = 12.0F;
    put_volume("labels.nii", volume);
    refuse_region("labels.nii", NULL, OT_ERR_FORMAT, "several labels, name one after '#': 3, 12");
    refuse_region("labels.nii", "4", OT_ERR_FORMAT, "no label '4'; there are: 3, 12");
    refuse_region("labels.nii", "liver", OT_ERR_FORMAT, "no label 'liver'");
    struct ot_region *twelve = region("labels.nii", "12");
    assert_int_equal(ot_grid_voxel_count(&twelve->mask->grid), 2);
    assert_string_equal(twelve->label, "12");
    ot_region_destroy(twelve);
    static const char *const aal[] = {"70", "116", "2001"};
    struct ot_region *out[3];
    struct ot_err err = {0};
    const char *path = ot_test_shared("testdata/nifti/debian-mricron-data__labels/aal.nii.gz");
    assert_refused(ot_regions_load(path, aal, 3, out, &err), err, OT_ERR_FORMAT,
                   "no label '2001'; there are: 1, 2, 3");
    assert_null(out[0]);
    err = (struct ot_err){0};
    assert_ok(ot_regions_load(path, aal, 2, out, &err), err);
    ot_region_destroy(out[0]);
    ot_region_destroy(out[1]);
}

static void n25_what_is_no_mask_is_refused(void **state)
{
    (void)state;
    put_volume("empty.nii", blank());
    refuse_region("empty.nii", NULL, OT_ERR_RANGE, "no voxel");
    refuse_region("empty.nii", "1", OT_ERR_FORMAT, "no label '1'");
    struct ot_volume *volume = blank();
    volume->data[7] = 1.5F;
    put_volume("dose.nii", volume);
    refuse_region("dose.nii", NULL, OT_ERR_FORMAT, "neither labels nor fractions");
    volume = blank();
    volume->data[7] = -0.5F;
    put_volume("dose.nii", volume);
    refuse_region("dose.nii", NULL, OT_ERR_FORMAT, "values from -0.5 to 0");
    struct ot_buffer file = {0};
    struct ot_err err = {0};
    volume = blank();
    assert_ok(ot_nifti_encode(volume, NULL, false, &file, &err), err);
    const float nan_value = NAN;
    memcpy(file.data + 352, &nan_value, sizeof nan_value);
    put("nan.nii", file.data, file.size);
    refuse_region("nan.nii", NULL, OT_ERR_FORMAT, "not finite");
    ot_buffer_release(&file);
    ot_volume_destroy(volume);
}

static void failed_allocations_leave_no_region(void **state)
{
    (void)state;
    struct ot_volume *volume = blank();
    volume->data[at(1, 2, 1)] = 1.0F;
    volume->data[at(1, 2, 2)] = 2.0F;
    put_volume("two.nii.gz", volume);
    static const char *const both[] = {"1", "2"};
    bool ok = false;
    for (size_t nth = 1; !ok && nth < 60; nth++) {
        struct ot_region *out[2] = {NULL, NULL};
        ot_mem_fail_at(nth);
        const enum ot_rc rc = ot_regions_load(below("two.nii.gz"), both, 2, out, NULL);
        ot_mem_fail_at(0);
        ok = rc == OT_OK;
        assert_true(ok || (rc == OT_ERR_NOMEM && out[0] == NULL && out[1] == NULL));
        ot_region_destroy(out[0]);
        ot_region_destroy(out[1]);
    }
    assert_true(ok);
}

/* ---- beside the file ---- */

static struct ot_image *with_sidecar(const char *json, enum ot_use want)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    put_image("pet.nii.gz");
    put_text("pet.json", json);
    assert_ok(ot_image_load(below("pet.nii.gz"), want, &image, &err), err);
    return image;
}

static void refuse_sidecar(const char *json, enum ot_rc code, const char *part)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    put_image("pet.nii.gz");
    put_text("pet.json", json);
    assert_refused(ot_image_load(below("pet.nii.gz"), OT_USE_PET, &image, &err), err, code, part);
    assert_null(image);
    assert_int_equal(strncmp(err.text, "pet.json: ", 10), 0);
}

static void a_sidecar_states_unit_nuclide_and_times(void **state)
{
    (void)state;
    struct ot_image *image = with_sidecar(
        "{\"Units\": \"kBq/mL\", \"TracerRadionuclide\": \"Y90\","
        " \"InjectionStart\": \"2026-09-01T10:00:00+02:00\","
        " \"ScanStart\": \"2026-09-02T09:00:00+01:00\", \"ImageDecayCorrected\": true,"
        " \"ImageDecayCorrectionTime\": \"2026-09-02T08:30:00Z\", \"Manufacturer\": \"x\"}",
        OT_USE_PET);
    const struct ot_image_facts *facts = &image->facts;
    double seconds = 0.0;
    struct ot_err err = {0};
    assert_int_equal(image->volume->unit, OT_UNIT_BQ_PER_ML);
    assert_true(facts->quantity_stated);
    assert_near(image->volume->data[119], 119000.0, 0.0);
    assert_string_equal(facts->nuclide, "Y-90");
    assert_ok(ot_time_difference(&facts->value_time, &facts->administered, &seconds, &err), err);
    assert_near(seconds, 24.5 * 3600, 1e-6);
    assert_ok(ot_time_difference(&facts->acquired, &facts->administered, &seconds, &err), err);
    assert_near(seconds, 24.0 * 3600, 1e-6);
    assert_near(facts->corrected_half_life_s, 64.1 * 3600, 1e-6);
    assert_int_equal(facts->file_count, 2);
    ot_image_destroy(image);
}

static void without_correction_the_values_are_of_the_scan(void **state)
{
    (void)state;
    struct ot_image *image =
        with_sidecar("{\"Units\": \"Bq/mL\", \"TimeZero\": \"2026-09-01T10:00:00Z\","
                     " \"InjectionStart\": -60, \"ScanStart\": 7200, "
                     "\"ImageDecayCorrected\": false}",
                     OT_USE_PET);
    const struct ot_image_facts *facts = &image->facts;
    double seconds = 0.0;
    struct ot_err err = {0};
    assert_ok(ot_time_difference(&facts->value_time, &facts->administered, &seconds, &err), err);
    assert_near(seconds, 7260, 1e-6);
    assert_near(facts->corrected_half_life_s, 0.0, 0.0);
    assert_string_equal(facts->nuclide, "");
    ot_image_destroy(image);
    /* nothing said about correction: the scan's time is known, the values' is not */
    image = with_sidecar("{\"ScanStart\": \"2026-09-01T10:00:00Z\"}", OT_USE_PET);
    assert_true(image->facts.acquired.known);
    assert_false(image->facts.value_time.known);
    assert_false(image->facts.quantity_stated);
    ot_image_destroy(image);
}

static void a_sidecar_that_is_wrong_is_refused(void **state)
{
    (void)state;
    refuse_sidecar("{\"Units\": \"uCi/mL\"}", OT_ERR_UNIT, "'uCi/mL' is none of");
    refuse_sidecar("{\"Units\": \"Gy\"}", OT_ERR_UNIT, "cannot be those of a pet");
    refuse_sidecar("{\"Units\": 3}", OT_ERR_FORMAT, "Units is not a text");
    refuse_sidecar("{\"TracerRadionuclide\": \"Xx999\"}", OT_ERR_FORMAT, "not known");
    refuse_sidecar("{\"ScanStart\": \"yesterday\"}", OT_ERR_FORMAT, "ScanStart is not a date");
    refuse_sidecar("{\"ScanStart\": 30}", OT_ERR_FORMAT, "needs TimeZero");
    refuse_sidecar("{\"ImageDecayCorrected\": \"yes\"}", OT_ERR_FORMAT, "true or false");
    refuse_sidecar("{\"ImageDecayCorrected\": true}", OT_ERR_FORMAT, "ImageDecayCorrectionTime");
    refuse_sidecar("{\"TimeZero\": \"noon\"}", OT_ERR_FORMAT, "TimeZero");
    refuse_sidecar("{\"Units\": \"Bq/mL\", ", OT_ERR_FORMAT, "line 1");
}

/* `tare inspect x.nii --json > x.json` makes x.json before it reads x.nii. */
static void a_json_file_about_something_else_is_not_used(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "[]", "{\"series\": []}", "{\"units\": \"Bq/mL\"}"};
    for (size_t n = 0; n < sizeof texts / sizeof texts[0]; n++) {
        struct ot_image *image = with_sidecar(texts[n], OT_USE_PET);
        assert_false(image->facts.quantity_stated);
        assert_int_equal(image->facts.file_count, 1);
        bool told = false;
        for (size_t m = 0; m < image->facts.notes.count; m++) {
            told = told || strstr(image->facts.notes.text[m], "it is not used") != NULL;
        }
        assert_true(told);
        ot_image_destroy(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(n26_content_decides_and_not_the_name),
        cmocka_unit_test(an_image_of_no_known_format_is_refused),
        cmocka_unit_test(units_follow_what_is_wanted),
        cmocka_unit_test(gzip_of_many_blocks_is_whole),
        cmocka_unit_test(n03_gzip_by_the_book),
        cmocka_unit_test(n04_a_bomb_is_not_inflated),
        cmocka_unit_test(a_mask_is_cropped_and_stays_in_place),
        cmocka_unit_test(fractions_stay_fractions),
        cmocka_unit_test(labels_need_a_selector),
        cmocka_unit_test(n25_what_is_no_mask_is_refused),
        cmocka_unit_test(failed_allocations_leave_no_region),
        cmocka_unit_test(a_sidecar_states_unit_nuclide_and_times),
        cmocka_unit_test(without_correction_the_values_are_of_the_scan),
        cmocka_unit_test(a_sidecar_that_is_wrong_is_refused),
        cmocka_unit_test(a_json_file_about_something_else_is_not_used),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
