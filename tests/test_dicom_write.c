/* tests/test_dicom_write.c - identifiers and the form of written DICOM objects. */
#include <math.h>

#include "core/text.h"
#include "io/dicom.h"
#include "io/dicom_write.h"
#include "tests/support/image_case.h"
#include "tests/support/ot_test.h"

static void identifiers_are_decimal_and_follow_the_text(void **state)
{
    (void)state;
    struct ot_err err = {0};
    char a[OT_UID_SIZE];
    char b[OT_UID_SIZE];
    /* SHA-256 of "abc" begins ba7816bf 8f01cfea 414140de 5dae2223 (FIPS 180-4). */
    assert_ok(ot_dicom_uid("abc", a, &err), err);
    assert_string_equal(a, "2.25.247859944228867399418143717509236138531");
    assert_ok(ot_dicom_instance_uid(&ot_test_series, 0, a, &err), err);
    assert_ok(ot_dicom_instance_uid(&ot_test_series, 1, b, &err), err);
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
    assert_ok(ot_dicom_nm_encode(&ot_test_series, &grid, counts, &once, &err), err);
    assert_ok(ot_dicom_nm_encode(&ot_test_series, &grid, counts, &again, &err), err);
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
    assert_refused(ot_dicom_ct_encode(&ot_test_series, &grid, 0, hu, &bytes, &err), err,
                   OT_ERR_GEOMETRY, "along x, y, z");
    assert_int_equal(bytes.size, 0);
    ot_buffer_release(&bytes);
}

/* Written, read by the other side: every value within half a step, at its place. */
static void g20_a_dose_comes_back_as_it_was(void **state)
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
    const struct ot_dicom_series_head series = {.patient_id = "P1",
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

/* The value of an element with a short length in explicit little endian; its length is told. */
static const char *short_value(const struct ot_buffer *bytes, const char *tag_and_vr,
                               size_t *length)
{
    const unsigned char *data = (const unsigned char *)bytes->data;
    for (size_t n = 0; n + 8 <= bytes->size; n++) {
        if (memcmp(data + n, tag_and_vr, 6) == 0) {
            *length = data[n + 6] + 256U * data[n + 7];
            return (const char *)data + n + 8;
        }
    }
    return NULL;
}

/* Row G21: whatever the greatest dose, the scaling fits the 16 characters of a decimal string, that
 * dose fits the 16 bits, and no value is farther off than half a step. */
static void g21_the_scaling_of_any_dose_fits_a_decimal_string(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(4, 1, 1, 4.0, 4.0, 4.0);
    struct ot_volume *dose = ot_test_volume(&grid, OT_UNIT_GY);
    for (int n = 0; n < 300; n++) {
        struct ot_err err = {0};
        struct ot_buffer bytes = {0};
        char text[32] = "";
        size_t length = 0;
        double scaling = 0.0;
        const double top_gy = (1.0 + (double)(n * 7919 % 9000) / 1000.0) * pow(10.0, n % 60 - 30);
        for (size_t x = 0; x < 4; x++) {
            dose->data[x] = (float)(top_gy * (double)x / 3.0);
        }
        assert_ok(ot_dicom_rtdose_encode(&ot_test_series, dose, &bytes, &err), err);
        const char *value = short_value(&bytes,
                                        "\x04\x30\x0e\x00"
                                        "DS",
                                        &length);
        assert_non_null(value);
        assert_true(length <= 16);
        memcpy(text, value, length);
        text[strcspn(text, " ")] = '\0';
        assert_true(ot_text_to_double(text, &scaling));
        const unsigned char *stored = (const unsigned char *)bytes.data + bytes.size - 8;
        for (size_t x = 0; x < 4; x++) {
            const double steps = stored[2 * x] + 256.0 * stored[2 * x + 1];
            assert_true(fabs(steps * scaling - (double)dose->data[x]) <= 0.5000001 * scaling);
        }
        assert_int_equal(stored[6] + 256 * stored[7], 65535); /* all steps are used */
        ot_buffer_release(&bytes);
    }
    ot_volume_destroy(dose);
}

/* Row G22: no dose anywhere, and none that is a number. */
static void g22_a_dose_of_nothing_or_of_no_number_is_refused(void **state)
{
    (void)state;
    static const float bad[] = {0.0F, NAN, INFINITY};
    const struct ot_grid grid = ot_test_grid(3, 2, 2, 4.0, 4.0, 4.0);
    struct ot_volume *dose = ot_test_volume(&grid, OT_UNIT_GY);
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        struct ot_err err = {0};
        struct ot_buffer bytes = {0};
        dose->data[0] =
            n == 1 ? 1.0F : 0.0F; /* with a dose beside it, not being one is found too */
        dose->data[5] = bad[n];
        assert_refused(ot_dicom_rtdose_encode(&ot_test_series, dose, &bytes, &err), err,
                       OT_ERR_RANGE, "RT Dose");
        assert_int_equal(bytes.size, 0);
        ot_buffer_release(&bytes);
    }
    ot_volume_destroy(dose);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g20_a_dose_comes_back_as_it_was),
        cmocka_unit_test(g21_the_scaling_of_any_dose_fits_a_decimal_string),
        cmocka_unit_test(g22_a_dose_of_nothing_or_of_no_number_is_refused),
        cmocka_unit_test(identifiers_are_decimal_and_follow_the_text),
        cmocka_unit_test(an_object_is_a_dicom_file_that_ends_in_its_pixels),
        cmocka_unit_test(an_oblique_grid_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
