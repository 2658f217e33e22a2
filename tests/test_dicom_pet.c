/* tests/test_dicom_pet.c - units, scales and the instants that PET values refer to, on real
 * series and on the digital reference objects of oncoray/suv_computation. labels: shim */
#include "tests/support/ot_test.h"

#include <stdlib.h>

#include "core/resample.h"
#include "io/dicom.h"
#include "io/dicom_pet.h"
#include "io/load.h"
#include "tests/support/image_case.h"

static struct ot_image *load(const char *name)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    const char *path = ot_test_shared(name);
    assert_ok(ot_dicom_image_load(path, OT_USE_PET, &image, &err), err);
    return image;
}

static double mean_of(const struct ot_volume *volume)
{
    const size_t count = ot_grid_voxel_count(&volume->grid);
    double sum = 0.0;
    for (size_t n = 0; n < count; n++) {
        sum += (double)volume->data[n];
    }
    return sum / (double)count;
}

static float most_of(const struct ot_volume *volume)
{
    float most = volume->data[0];
    for (size_t n = 0; n < ot_grid_voxel_count(&volume->grid); n++) {
        most = volume->data[n] > most ? volume->data[n] : most;
    }
    return most;
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a;
    const float y = *(const float *)b;
    return (x > y) - (x < y);
}

/* SUV of the reference objects, value at injection per administered activity and weight: 0.20,
 * 1.00 and 4.00 are least, median and greatest in the mask of each of them. */
static void check_reference_object(const char *name, const char *value_time)
{
    char folder[96];
    const double weight_g = 70000.0;
    const double half_life_s = 6586.2;
    (void)snprintf(folder, sizeof folder, "testdata/pet/oncoray-suv_dro/%s/PT", name);
    struct ot_image *image = load(folder);
    const struct ot_image_facts *facts = &image->facts;
    double after_s = 0.0;
    struct ot_err err = {0};
    assert_int_equal(image->volume->unit, OT_UNIT_BQ_PER_ML);
    assert_true(facts->quantity_stated);
    assert_false(facts->other_quantity);
    assert_int_equal(facts->file_count, 20);
    assert_string_equal(facts->nuclide, "F-18");
    assert_near(facts->corrected_half_life_s, half_life_s, 1e-9);
    assert_near(facts->positron_fraction, 1.0, 0.0);
    assert_near(facts->administered_bq, 368080000.0, 1e-3);
    ot_test_assert_time(&facts->administered, "2025-01-01T10:00:00");
    ot_test_assert_time(&facts->value_time, value_time);
    assert_ok(ot_time_difference(&facts->value_time, &facts->administered, &after_s, &err), err);
    const double dose_bq = facts->administered_bq;
    const double per_suv = dose_bq / weight_g * exp2(-after_s / half_life_s);

    (void)snprintf(folder, sizeof folder, "testdata/pet/oncoray-suv_dro/%s/mask/DRO_mask.nii.gz",
                   name);
    struct ot_image *mask = NULL;
    assert_ok(ot_image_load(ot_test_shared(folder), OT_USE_PET, &mask, &err), err);
    struct ot_volume *inside = NULL;
    assert_ok(ot_resample_conserve(mask->volume, &image->volume->grid, 1, &inside, &err), err);
    size_t count = 0;
    for (size_t n = 0; n < ot_grid_voxel_count(&inside->grid); n++) {
        if (inside->data[n] > 0.5F) {
            inside->data[count++] = image->volume->data[n];
        }
    }
    qsort(inside->data, count, sizeof inside->data[0], by_value);
    assert_true(count > 1000);
    assert_near((double)inside->data[0] / per_suv, 0.20, 0.005);
    assert_near((double)inside->data[count / 2] / per_suv, 1.00, 0.005);
    assert_near((double)inside->data[count - 1] / per_suv, 4.00, 0.005);
    ot_volume_destroy(inside);
    ot_image_destroy(mask);
    ot_image_destroy(image);
}

static void reference_objects_give_their_known_uptake(void **state)
{
    (void)state;
    check_reference_object("DRO_0_0", "2025-01-01T11:00:00"); /* BQML, START */
    check_reference_object("DRO_1_0", "2025-01-01T11:00:00"); /* one slope for each slice */
    check_reference_object("DRO_2_0", "2025-01-01T11:00:00"); /* GML */
    check_reference_object("DRO_2_4", "2025-01-01T11:00:00"); /* CNTS, Philips' SUV factor */
    check_reference_object("DRO_3_1", "2025-01-01T10:00:00"); /* ADMIN */
    check_reference_object("DRO_3_3", "2025-01-01T11:00:00"); /* GE's private scan time */
    check_reference_object("DRO_4_1", "2025-01-01T11:00:00"); /* the hour of injection only */
}

static void values_without_a_unit_are_loaded_without_one(void **state)
{
    (void)state;
    struct ot_image *bare = load("testdata/pet/gschramm-pynemaiqpet__nema_recon_1");
    assert_int_equal(bare->volume->unit, OT_UNIT_NONE);
    assert_int_equal(bare->volume->grid.n[2], 89);
    assert_near(bare->volume->grid.origin_mm[2], -122.32, 1e-6);
    assert_near(bare->volume->grid.spacing_mm[2], 2.78, 1e-6);
    assert_true(ot_test_noted(bare, "Units (0054,1001) are missing"));
    assert_true(ot_test_noted(bare, "DecayCorrection (0054,1102) is missing"));
    assert_false(bare->facts.value_time.known);
    assert_near(most_of(bare->volume), 38127.43, 0.01);
    assert_near(mean_of(bare->volume), 423.02524, 1e-4);
    ot_image_destroy(bare);
}

static void philips_counts_become_a_concentration_by_their_own_factor(void **state)
{
    (void)state;
    struct ot_image *image = load("testdata/pet/derived__philips_cnts");
    assert_int_equal(image->volume->unit, OT_UNIT_BQ_PER_ML);
    assert_true(image->facts.quantity_stated);
    assert_near(most_of(image->volume), 45786.02, 0.01);
    assert_near(mean_of(image->volume), 1159.045, 1e-3);
    assert_true(ot_test_noted(image, "(7053,1009)"));
    ot_image_destroy(image);
}

static void each_slice_has_its_own_slope_and_the_scan_its_first_bed(void **state)
{
    (void)state;
    struct ot_image *image = load("testdata/pet/derived__slope_per_slice_bqml");
    assert_int_equal(image->volume->unit, OT_UNIT_BQ_PER_ML);
    assert_int_equal(image->volume->grid.n[2], 16);
    assert_near(image->volume->grid.origin_mm[2], -38.92, 1e-6);
    assert_near(most_of(image->volume), 26465.91, 0.01);
    assert_near(mean_of(image->volume), 593.76262, 1e-4);
    char at[40];
    ot_time_to_iso8601(&image->facts.value_time, at, sizeof at);
    assert_non_null(strstr(at, "T23:50:00"));
    ot_time_to_iso8601(&image->facts.administered, at, sizeof at);
    assert_non_null(strstr(at, "T23:10:00"));
    ot_image_destroy(image);
}

static void a_single_slice_is_refused_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {"orthanc-tests__philips_gemini_issue94",
                                        "orthanc-tests__siemens_mCT_slice",
                                        "suyashkumar-dicom__acrin_siemens1094_029"};
    for (size_t n = 0; n < 3; n++) {
        char name[128];
        struct ot_image *image = NULL;
        struct ot_err err = {0};
        (void)snprintf(name, sizeof name, "testdata/pet/%s", names[n]);
        const char *path = ot_test_shared(name);
        assert_refused(ot_dicom_image_load(path, OT_USE_PET, &image, &err), err, OT_ERR_GEOMETRY,
                       "holds 1 slice");
    }
}

static void the_average_time_of_a_frame_is_before_its_middle(void **state)
{
    (void)state;
    /* 30 min of Y-90 (64.1 h): the mean activity is 1/1.00271 of the first (fact sheet 5.1). */
    const double half_life_s = 64.1 * 3600.0;
    const double at_s = ot_pet_average_time_s(1800.0, half_life_s);
    assert_near(exp2(at_s / half_life_s), 1.00271, 5e-6);
    assert_near(ot_pet_average_time_s(3600.0, 64.1 * 3600.0) / 3600.0, 0.4996, 1e-4);
    assert_near(ot_pet_average_time_s(600.0, 0.0), 300.0, 0.0);
    /* One half-life long: log(ln 2 / (1 - 1/2)) / ln 2. */
    assert_near(ot_pet_average_time_s(100.0, 100.0), 100.0 * log(2.0 * log(2.0)) / log(2.0), 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_objects_give_their_known_uptake),
        cmocka_unit_test(values_without_a_unit_are_loaded_without_one),
        cmocka_unit_test(philips_counts_become_a_concentration_by_their_own_factor),
        cmocka_unit_test(each_slice_has_its_own_slope_and_the_scan_its_first_bed),
        cmocka_unit_test(a_single_slice_is_refused_by_name),
        cmocka_unit_test(the_average_time_of_a_frame_is_before_its_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
