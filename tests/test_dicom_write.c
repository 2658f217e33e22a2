/* tests/test_dicom_write.c - identifiers and the form of written DICOM objects. */
#include "core/text.h"
#include "io/dicom.h"
#include "io/dicom_write.h"
#include "tests/support/ot_test.h"

static const struct ot_dicom_series SERIES = {.patient_id = "PHANTOM-1",
                                              .study_uid = "2.25.1",
                                              .series_uid = "2.25.2",
                                              .frame_uid = "2.25.3",
                                              .date = "20260901",
                                              .time_of_day = "093000",
                                              .zone = "-0400",
                                              .description = "test",
                                              .number = 1};

static void identifiers_are_decimal_and_follow_the_text(void **state)
{
    (void)state;
    struct ot_err err = {0};
    char a[OT_UID_SIZE];
    char b[OT_UID_SIZE];
    /* SHA-256 of "abc" begins ba7816bf 8f01cfea 414140de 5dae2223 (FIPS 180-4). */
    assert_ok(ot_dicom_uid("abc", a, &err), err);
    assert_string_equal(a, "2.25.247859944228867399418143717509236138531");
    assert_ok(ot_dicom_instance_uid(&SERIES, 0, a, &err), err);
    assert_ok(ot_dicom_instance_uid(&SERIES, 1, b, &err), err);
    assert_string_not_equal(a, b);
    assert_true(strlen(a) <= 64);
}

static bool holds(const struct ot_buffer *bytes, const void *part, size_t size)
{
    for (size_t n = 0; n + size <= bytes->size; n++) {
        if (memcmp(bytes->data + n, part, size) == 0) {
            return true;
        }
    }
    return false;
}

static void an_object_is_a_dicom_file_that_ends_in_its_pixels(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_grid grid = ot_test_grid(4, 3, 2, 4.5, 4.75, 3.25);
    grid.origin_mm[0] = -150.3;
    uint16_t counts[24];
    for (size_t x = 0; x < 24; x++) {
        counts[x] = (uint16_t)(1000 + x);
    }
    struct ot_buffer once = {0};
    struct ot_buffer again = {0};
    assert_ok(ot_dicom_nm_encode(&SERIES, &grid, counts, &once, &err), err);
    assert_ok(ot_dicom_nm_encode(&SERIES, &grid, counts, &again, &err), err);
    assert_int_equal(once.size, again.size);
    assert_memory_equal(once.data, again.data, once.size);
    assert_memory_equal(once.data + 128, "DICM", 4);
    assert_memory_equal(once.data + once.size - sizeof counts, counts, sizeof counts);
    /* rows first in Pixel Spacing, columns in Columns */
    assert_true(holds(&once, "4.75\\4.5", 8));
    assert_true(holds(&once, "\x28\x00\x11\x00US\x02\x00\x04\x00", 10));
    assert_true(holds(&once, "-150.3\\0\\0", 10));
    ot_buffer_release(&once);
    ot_buffer_release(&again);
}

static void an_oblique_grid_is_refused(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_grid grid = ot_test_grid(4, 3, 2, 4.5, 4.75, 3.25);
    grid.dir[0][0] = grid.dir[1][1] = 0.8;
    grid.dir[0][1] = -0.6;
    grid.dir[1][0] = 0.6;
    const int16_t hu[12] = {0};
    struct ot_buffer bytes = {0};
    assert_refused(ot_dicom_ct_encode(&SERIES, &grid, 0, hu, &bytes, &err), err, OT_ERR_GEOMETRY,
                   "along x, y, z");
    assert_int_equal(bytes.size, 0);
    ot_buffer_release(&bytes);
}

/* Written, read by the other side: every value within half a step, at its place. */
static void a_dose_comes_back_as_it_was(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_grid grid = ot_test_grid(7, 5, 60, 4.5, 4.75, 3.25);
    /* A right-handed turn: i to the patient's front, j up, k to the left. */
    const double turned[3][3] = {{0, 0, 1}, {-1, 0, 0}, {0, -1, 0}};
    memcpy(grid.dir, turned, sizeof turned);
    grid.dir[2][1] = -1.0;
    grid.origin_mm[1] = 17.25;
    struct ot_volume *dose = ot_test_volume(&grid, OT_UNIT_GY);
    const size_t count = ot_grid_voxel_count(&grid);
    for (size_t x = 0; x < count; x++) {
        dose->data[x] = (float)((x * 7919) % 50021) / 100.0F;
    }
    struct ot_buffer bytes = {0};
    const struct ot_dicom_series series = {.patient_id = "P1",
                                           .study_uid = "2.25.1",
                                           .series_uid = "2.25.2",
                                           .frame_uid = "2.25.3",
                                           .date = "20260901",
                                           .time_of_day = "093000",
                                           .zone = "+0000",
                                           .description = "dose",
                                           .number = 1,
                                           .study_description = "study",
                                           .model = "tare",
                                           .deidentified_by = "pseudonym"};
    assert_ok(ot_dicom_rtdose_encode(&series, dose, &bytes, &err), err);
    const char *folder = ot_test_folder();
    char path[128];
    (void)snprintf(path, sizeof path, "%s/dose.dcm", folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
    struct ot_image *image = NULL;
    assert_ok(ot_dicom_image_load(path, OT_USE_RTDOSE, &image, &err), err);
    assert_true(ot_grid_same(&image->volume->grid, &grid, 1e-4));
    const double half_step_gy = 500.2 / 65535.0 / 2.0;
    for (size_t x = 0; x < count; x++) {
        assert_near(image->volume->data[x], dose->data[x], 1.01 * half_step_gy);
    }
    ot_image_destroy(image);

    dose->data[3] = -1.0F;
    assert_refused(ot_dicom_rtdose_encode(&series, dose, &bytes, &err), err, OT_ERR_RANGE,
                   "cannot hold");
    ot_buffer_release(&bytes);
    ot_volume_destroy(dose);
    ot_test_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dose_comes_back_as_it_was),
        cmocka_unit_test(identifiers_are_decimal_and_follow_the_text),
        cmocka_unit_test(an_object_is_a_dicom_file_that_ends_in_its_pixels),
        cmocka_unit_test(an_oblique_grid_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
