/* tests/test_dvh.c - the DVH against closed formulas (fact sheet 7). */
#include "core/dvh.h"
#include "tests/support/ot_test.h"

static const struct ot_grid GRID = {
    .n = {50, 4, 3}, .spacing_mm = {2.0, 2.5, 3.0}, .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

static struct ot_volume *make(const struct ot_grid *grid, enum ot_unit unit)
{
    struct ot_volume *volume = NULL;
    assert_int_equal(ot_volume_create(grid, unit, &volume, NULL), OT_OK);
    return volume;
}

static struct ot_dvh *dvh_of(struct ot_volume *dose, struct ot_volume *fraction)
{
    struct ot_dvh *dvh = NULL;
    assert_int_equal(ot_dvh_create(dose, fraction, &dvh, NULL), OT_OK);
    ot_volume_destroy(dose);
    ot_volume_destroy(fraction);
    return dvh;
}

static void a_ramp_has_its_percentiles(void **state)
{
    (void)state;
    struct ot_volume *dose = make(&GRID, OT_UNIT_GY);
    struct ot_volume *all = make(&GRID, OT_UNIT_NONE);
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        dose->data[x] = (float)(100.0 * ((double)(x % 50) + 0.5) / 50.0);
        all->data[x] = 1.0F;
    }
    struct ot_dvh *dvh = dvh_of(dose, all);
    assert_near(dvh->mean_gy, 50.0, 1e-5);
    assert_near(dvh->volume_ml, 50 * 4 * 3 * 0.015, 1e-9);
    static const double want[][2] = {{98, 2}, {95, 5}, {70, 30}, {50, 50}, {2, 98}};
    for (size_t n = 0; n < 5; n++) {
        assert_near(ot_dvh_dose_at_percent(dvh, want[n][0]), want[n][1], 1.0);
    }
    assert_near(ot_dvh_percent_at_dose(dvh, 50.0), 50.0, 1.0);
    assert_near(ot_dvh_percent_at_dose(dvh, 0.0), 100.0, 0.0);
    assert_near(ot_dvh_percent_at_dose(dvh, 99.1), 0.0, 1e-9);
    /* sd of a uniform ramp of width 100, less the width of one step */
    assert_near(dvh->sd_gy, 100.0 / 50.0 * 14.430870, 1e-3);
    ot_dvh_destroy(dvh);
}

/* Half the volume gets 100 Gy, half 200 Gy: the numbers of fact sheet 7. */
static struct ot_dvh *two_halves(void)
{
    const struct ot_grid grid = {
        .n = {2, 1, 1}, .spacing_mm = {4, 4, 4}, .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    struct ot_volume *dose = make(&grid, OT_UNIT_GY);
    struct ot_volume *part = make(&grid, OT_UNIT_NONE);
    dose->data[0] = 200.0F;
    dose->data[1] = 100.0F;
    part->data[0] = 0.25F;
    part->data[1] = 0.25F;
    return dvh_of(dose, part);
}

static void voxels_of_two_media_count_with_the_dose_of_the_own_one(void **state)
{
    (void)state;
    struct ot_volume *dose = make(&GRID, OT_UNIT_GY);
    struct ot_volume *some = make(&GRID, OT_UNIT_NONE);
    struct ot_dvh *dvh = NULL;
    const struct ot_own_dose own[] = {{2, 500.0F}, {7, 20.0F}, {9, 40.0F}, {599, 900.0F}};
    for (size_t x = 0; x < 10; x++) {
        dose->data[x] = 10.0F;
        some->data[x] = x == 7 || x == 9 ? 0.5F : x == 2 ? 0.0F : 1.0F;
    }
    assert_int_equal(ot_dvh_create_own(dose, own, 4, some, &dvh, NULL), OT_OK);
    assert_near(dvh->mean_gy, (7 * 10.0 + 0.5 * 20.0 + 0.5 * 40.0) / 8.0, 1e-9);
    assert_near(dvh->max_gy, 40.0, 0.0);
    ot_dvh_destroy(dvh);
    ot_volume_destroy(dose);
    ot_volume_destroy(some);
}

static void geud_and_bed_agree_with_the_worked_numbers(void **state)
{
    (void)state;
    struct ot_dvh *dvh = two_halves();
    assert_near(dvh->mean_gy, 150.0, 1e-9);
    assert_near(ot_dvh_geud_gy(dvh, -10.0), 107.167, 1e-3);
    assert_near(ot_dvh_geud_gy(dvh, -5.0), 114.165, 1e-3);
    assert_near(ot_dvh_geud_gy(dvh, 2.0), 158.114, 1e-3);
    assert_near(ot_dvh_geud_gy(dvh, 4.0), 170.748, 1e-3);
    /* BED 122.866 and 291.463 Gy for alpha/beta 10 Gy, T_rep 1.5 h, T_phys 64.1 h */
    assert_near(ot_dvh_mean_bed_gy(dvh, 10.0, 1.5, 64.1), (122.866 + 291.463) / 2, 1e-3);
    ot_dvh_destroy(dvh);
}

static void survivors_decide_the_uniform_dose(void **state)
{
    (void)state;
    static const double worked[][2] = {
        {.002, 147.504}, {.01, 137.989}, {.02, 128.311}, {.036, 118.505}};
    struct ot_dvh *dvh = two_halves();
    for (size_t n = 0; n < sizeof worked / sizeof worked[0]; n++) {
        assert_near(ot_dvh_survival_eud_gy(dvh, worked[n][0], 0.0, 0.0, 64.1), worked[n][1], 6e-4);
    }
    assert_near(ot_dvh_survival_eud_gy(dvh, .002, 10.0, 1.5, 64.1), 200.092, 6e-4);
    assert_near(ot_dvh_survival_eud_gy(dvh, .02, 10.0, 1.5, 64.1), 155.836, 6e-4);
    /* Where e^(-alpha D) itself is 0: the cold half, and what halves the survivors. */
    assert_near(ot_dvh_survival_eud_gy(dvh, 100.0, 0.0, 0.0, 64.1), 100.0 + log(2.0) / 100.0, 1e-9);
    ot_dvh_destroy(dvh);
}

static void percent_and_dose_invert_each_other_with_fractions(void **state)
{
    (void)state;
    struct ot_volume *dose = make(&GRID, OT_UNIT_GY);
    struct ot_volume *part = make(&GRID, OT_UNIT_NONE);
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        dose->data[x] = (float)((x * 7919) % 1013) / 10.0F;
        part->data[x] = (float)(x % 5) / 4.0F;
    }
    struct ot_dvh *dvh = dvh_of(dose, part);
    for (double percent = 3.0; percent < 98.0; percent += 1.7) {
        const double dose_gy = ot_dvh_dose_at_percent(dvh, percent);
        assert_near(ot_dvh_percent_at_dose(dvh, dose_gy), percent, 1e-9);
    }
    ot_dvh_destroy(dvh);
}

static void an_empty_voi_and_another_grid_are_refused(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_dvh *dvh = NULL;
    struct ot_volume *dose = make(&GRID, OT_UNIT_GY);
    struct ot_volume *none = make(&GRID, OT_UNIT_NONE);
    assert_int_equal(ot_dvh_create(dose, none, &dvh, &err), OT_ERR_RANGE);
    none->grid.origin_mm[1] += 1.0;
    struct ot_err other = {0};
    assert_int_equal(ot_dvh_create(dose, none, &dvh, &other), OT_ERR_GEOMETRY);
    ot_volume_destroy(dose);
    ot_volume_destroy(none);
}

static void doses_of_any_sign_come_in_order_and_equal_ones_in_the_order_of_voxels(void **state)
{
    (void)state;
    static const float some_gy[] = {0.0F,   -0.0F, 3e-30F,  -2.5F, 1e6F,   700.0F, -2.5F,
                                    700.0F, 0.1F,  -1e-20F, 0.0F,  699.9F, 1e-3F};
    enum { SOME = sizeof some_gy / sizeof some_gy[0] };
    struct ot_volume *dose = make(&GRID, OT_UNIT_GY);
    struct ot_volume *part = make(&GRID, OT_UNIT_NONE);
    const size_t count = ot_grid_voxel_count(&GRID);
    for (size_t x = 0; x < count; x++) {
        dose->data[x] = some_gy[x % SOME];
        part->data[x] = (float)(x + 1) / (float)count; /* tells voxels apart, ascending */
    }
    struct ot_dvh *dvh = dvh_of(dose, part);
    assert_int_equal(dvh->count, count);
    for (size_t n = 1; n < count; n++) {
        assert_true(dvh->dose_gy[n] >= dvh->dose_gy[n - 1]);
        assert_true(dvh->dose_gy[n] > dvh->dose_gy[n - 1] ||
                    dvh->weight_ml[n] > dvh->weight_ml[n - 1]);
    }
    assert_near(dvh->dose_gy[0], -2.5, 0.0);
    assert_near(dvh->dose_gy[count - 1], 1e6, 0.0);
    ot_dvh_destroy(dvh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ramp_has_its_percentiles),
        cmocka_unit_test(voxels_of_two_media_count_with_the_dose_of_the_own_one),
        cmocka_unit_test(geud_and_bed_agree_with_the_worked_numbers),
        cmocka_unit_test(survivors_decide_the_uniform_dose),
        cmocka_unit_test(percent_and_dose_invert_each_other_with_fractions),
        cmocka_unit_test(doses_of_any_sign_come_in_order_and_equal_ones_in_the_order_of_voxels),
        cmocka_unit_test(an_empty_voi_and_another_grid_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
