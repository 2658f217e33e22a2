/* tests/test_shift_sensitivity.c - mean doses of shifted VOIs in dose maps of known slope. */
#include "kernels/shift_sensitivity.h"

#include "tests/support/ot_test.h"

enum { NX = 24, NY = 20, NZ = 18 };

/* Dose of 10 Gy and slopes in Gy/mm about the VOI's middle, and a box VOI with a partial plane. */
static void make(double slope_x, double slope_y, double slope_z, struct ot_volume **dose,
                 struct ot_volume **voi)
{
    const struct ot_grid grid = ot_test_grid(NX, NY, NZ, 2, 3, 4);
    *dose = ot_test_volume(&grid, OT_UNIT_GY);
    *voi = ot_test_volume(&grid, OT_UNIT_NONE);
    for (size_t k = 0; k < NZ; k++) {
        for (size_t j = 0; j < NY; j++) {
            for (size_t i = 0; i < NX; i++) {
                const size_t x = i + NX * (j + NY * k);
                (*dose)->data[x] =
                    (float)(10.0 + slope_x * 2.0 * ((double)i - 11.0) +
                            slope_y * 3.0 * ((double)j - 9.0) + slope_z * 4.0 * ((double)k - 8.0));
                const bool inside = i >= 9 && i <= 13 && j >= 8 && j <= 10 && k >= 7 && k <= 9;
                (*voi)->data[x] = inside ? (i == 9 || i == 13 ? 0.5F : 1.0F) : 0.0F;
            }
        }
    }
}

static void a_slope_changes_the_mean_by_slope_times_shift(void **state)
{
    (void)state;
    struct ot_volume *dose = NULL;
    struct ot_volume *voi = NULL;
    /* mean 10 Gy; the steepest axis decides: 0.1 Gy/mm over 5 mm is 5 %, at no whole voxel */
    make(0.02, 0.1, -0.05, &dose, &voi);
    assert_near(fabs(ot_shift_worst_percent(dose, voi, 5.0)), 5.0, 1e-4);
    assert_near(fabs(ot_shift_worst_percent(dose, voi, 10.0)), 10.0, 1e-4);
    ot_volume_destroy(dose);
    ot_volume_destroy(voi);
    make(0.0, 0.0, -0.2, &dose, &voi);
    assert_near(fabs(ot_shift_worst_percent(dose, voi, 5.0)), 10.0, 1e-4);
    ot_volume_destroy(dose);
    ot_volume_destroy(voi);
    make(0.3, 0.0, 0.0, &dose, &voi);
    assert_near(fabs(ot_shift_worst_percent(dose, voi, 5.0)), 15.0, 1e-4);
    ot_volume_destroy(dose);
    ot_volume_destroy(voi);
}

static void the_sign_is_that_of_the_worst_direction(void **state)
{
    (void)state;
    struct ot_volume *dose = NULL;
    struct ot_volume *voi = NULL;
    make(0.0, 0.0, 0.0, &dose, &voi);
    /* A hot plane that the VOI leaves: 5 voxels of 2 mm with weights 1/2 1 1 1 1/2; the middle one
     * has 50 Gy, so the mean is 10 + 40 / 4. Shifted by 10 mm it is 10 Gy again: -50 %. */
    for (size_t k = 0; k < NZ; k++) {
        for (size_t j = 0; j < NY; j++) {
            dose->data[11 + NX * (j + NY * k)] = 50.0F;
        }
    }
    assert_near(ot_shift_worst_percent(dose, voi, 10.0), -50.0, 1e-4);
    /* by 5 mm, two and a half voxels: half of weight 1/2, nothing else: 10 + 40 / 16 */
    assert_near(ot_shift_worst_percent(dose, voi, 5.0), 100.0 * (12.5 / 20.0 - 1.0), 1e-4);
    assert_near(ot_shift_worst_percent(dose, voi, 0.0), 0.0, 0.0);
    ot_volume_destroy(dose);
    ot_volume_destroy(voi);
}

static void what_is_not_known_is_no_number(void **state)
{
    (void)state;
    struct ot_volume *dose = NULL;
    struct ot_volume *voi = NULL;
    make(0.0, 0.1, 0.0, &dose, &voi);
    assert_true(isnan(ot_shift_worst_percent(dose, voi, 40.0))); /* out of the grid */
    for (size_t x = 0; x < ot_grid_voxel_count(&dose->grid); x++) {
        voi->data[x] = 0.0F;
    }
    assert_true(isnan(ot_shift_worst_percent(dose, voi, 5.0)));
    voi->data[11 + NX * (9 + NY * 8)] = 1.0F;
    for (size_t x = 0; x < ot_grid_voxel_count(&dose->grid); x++) {
        dose->data[x] = 0.0F;
    }
    assert_true(isnan(ot_shift_worst_percent(dose, voi, 5.0))); /* no dose: no relative change */
    ot_volume_destroy(dose);
    ot_volume_destroy(voi);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slope_changes_the_mean_by_slope_times_shift),
        cmocka_unit_test(the_sign_is_that_of_the_worst_direction),
        cmocka_unit_test(what_is_not_known_is_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
