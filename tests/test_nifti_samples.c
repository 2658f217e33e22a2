/* tests/test_nifti_samples.c - values of sample files that are refused as they are: one volume of
 * several chosen, or the geometry mended by hand. Numbers by nibabel (testdata/INDEX.md). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "io/file.h"
#include "io/gzip.h"
#include "io/load.h"
#include "tests/support/ot_test.h"

enum { QFORM_CODE = 252, SFORM_CODE = 254, HEADER = 352 };

/* What all volumes of a file hold. */
struct held {
    double least, most, sum;
    size_t count;
};

static void hold(const char *path, struct held *held, struct ot_grid *grid)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    assert_ok(ot_image_load(path, OT_USE_SPECT, &image, &err), err);
    for (size_t x = 0; x < ot_grid_voxel_count(&image->volume->grid); x++) {
        const double value = (double)image->volume->data[x];
        held->least = held->count == 0 ? value : fmin(held->least, value);
        held->most = held->count == 0 ? value : fmax(held->most, value);
        held->sum += value;
        held->count++;
    }
    *grid = image->volume->grid;
    ot_image_destroy(image);
}

/* A big-endian sample, inflated, with another form code: `size` bytes of voxels. */
static void mend(const char *sample, size_t size, size_t at, unsigned char code, const char *path)
{
    struct ot_err err = {0};
    unsigned char *stored = NULL;
    size_t got = 0;
    const char *from = ot_test_shared(sample); /* may skip the test: nothing is held yet */
    unsigned char *bytes = (unsigned char *)malloc(HEADER + size);
    assert_non_null(bytes);
    assert_ok(ot_file_read_block(from, &stored, &got, &err), err);
    assert_ok(ot_gzip_inflate(stored, got, bytes, HEADER + size, &err), err);
    bytes[at] = 0;
    bytes[at + 1] = code;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, HEADER + size, file), HEADER + size);
    assert_int_equal(fclose(file), 0);
    ot_free(stored);
    free(bytes);
}

static void both_volumes_of_an_oblique_nifti_2(void **state)
{
    (void)state;
    char path[512];
    struct held held = {0};
    struct ot_grid grid;
    const char *file = ot_test_shared("testdata/nifti/nibabel__basic/example_nifti2.nii.gz");
    for (int n = 1; n <= 2; n++) {
        (void)snprintf(path, sizeof path, "%s#%d", file, n);
        hold(path, &held, &grid);
        assert_int_equal(held.count, (size_t)n * 32 * 20 * 12);
    }
    assert_near(held.least, 46.0, 0.0);
    assert_near(held.most, 757.0, 0.0);
    assert_near(held.sum / (double)held.count, 450.96367, 1e-5);
    /* The affine in RAS: voxel (1, 2, 3) lies at (115.8551, -32.8421, 0.6189); here it is in LPS.
     */
    const double lps_mm[3] = {-(117.8551 - 2.0), -(1.9737 * 2 - 0.3555 * 3 - 35.7229),
                              0.3232 * 2 + 2.1711 * 3 - 7.2488};
    double index[3];
    ot_grid_to_index(&grid, lps_mm, index);
    assert_near(index[0], 1.0, 1e-3);
    assert_near(index[1], 2.0, 1e-3);
    assert_near(index[2], 11.0 - 3.0, 1e-3); /* stored left-handed: slices are turned around */
}

static void the_reference_image_of_five_axes_by_its_qform(void **state)
{
    (void)state;
    char path[64];
    struct held held = {0};
    struct ot_grid grid;
    mend("testdata/nifti/NIFTI-Imaging-nifti-test-data__regress/"
         "ATestReferenceImageForReadingAndWriting.nii.gz",
         23UL * 17 * 11 * 7 * 3 * 4, SFORM_CODE, 0, "five.nii");
    for (int n = 1; n <= 7 * 3; n++) {
        (void)snprintf(path, sizeof path, "five.nii#%d", n);
        hold(path, &held, &grid);
    }
    (void)remove("five.nii");
    assert_int_equal(held.count, 23UL * 17 * 11 * 7 * 3);
    assert_near(held.least, 128.0, 0.0); /* slope 0.25, intercept 128 */
    assert_near(held.most, 22708.0, 0.0);
    assert_near(held.sum / (double)held.count, 11418.0, 0.5);
    assert_near(grid.spacing_mm[0], 0.25, 1e-9);
    assert_near(grid.spacing_mm[1], 0.5, 1e-9);
    assert_near(grid.spacing_mm[2], 1.0, 1e-9);
}

static void the_minimal_file_with_a_qform(void **state)
{
    (void)state;
    struct held held = {0};
    struct ot_grid grid;
    mend("testdata/nifti/Enet4-nifti-rs__bigendian_pairs/minimal.nii.gz", 64UL * 64 * 10,
         QFORM_CODE, 1, "minimal.nii");
    hold("minimal.nii", &held, &grid);
    (void)remove("minimal.nii");
    assert_int_equal(held.count, 64UL * 64 * 10);
    assert_near(held.least, 0.0, 0.0);
    assert_near(held.most, 63.0, 0.0);
    assert_near(held.sum / (double)held.count, 31.5, 1e-9);
    assert_int_equal(grid.n[2], 10);
    assert_near(grid.spacing_mm[2], 3.0, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_volumes_of_an_oblique_nifti_2),
        cmocka_unit_test(the_reference_image_of_five_axes_by_its_qform),
        cmocka_unit_test(the_minimal_file_with_a_qform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
