/* tests/test_compare.c - gamma index, isodose overlap, Bland-Altman, on cases known by formula.
 * labels: threads numeric
 * timeout: 120 */
#include "core/mem.h"
#include "kernels/compare.h"
#include "kernels/gamma.h"
#include "kernels/gamma_simplex.h"
#include "tests/support/ot_test.h"

static struct ot_grid turned_grid(void)
{
    struct ot_grid grid = ot_test_grid(14, 11, 9, 2.0, 2.5, 3.0);
    static const double dir[3][3] = {{0, 0, -1}, {1, 0, 0}, {0, -1, 0}};
    memcpy(grid.dir, dir, sizeof dir);
    return grid;
}

static struct ot_volume *ramp(const struct ot_grid *grid, size_t axis, double gy_per_mm,
                              double shift_mm, double factor)
{
    struct ot_volume *volume = ot_test_volume(grid, OT_UNIT_GY);
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        const size_t at[3] = {x % grid->n[0], x / grid->n[0] % grid->n[1],
                              x / (grid->n[0] * grid->n[1])};
        const double place_mm = (double)at[axis] * grid->spacing_mm[axis] - shift_mm;
        volume->data[x] = (float)(factor * (50.0 + gy_per_mm * place_mm));
    }
    return volume;
}

static const struct ot_gamma_criterion THREE = {
    .dose_percent = 3.0, .distance_mm = 3.0, .threshold_percent = 10.0, .normalization_gy = NAN};

static struct ot_gamma gamma_of(struct ot_volume *a, struct ot_volume *b,
                                const struct ot_gamma_criterion *criterion)
{
    struct ot_gamma gamma;
    struct ot_err err = {0};
    assert_ok(ot_gamma_compute(a, b, criterion, 2, &gamma, &err), err);
    ot_volume_destroy(a);
    ot_volume_destroy(b);
    return gamma;
}

static void identical_maps_have_gamma_zero(void **state)
{
    (void)state;
    const struct ot_grid grid = turned_grid();
    struct ot_gamma gamma = gamma_of(ramp(&grid, 0, 1, 0, 1), ramp(&grid, 0, 1, 0, 1), &THREE);
    assert_near(gamma.max, 0.0, 0.0);
    assert_near(gamma.pass_percent, 100.0, 0.0);
    assert_int_equal(gamma.evaluated, ot_grid_voxel_count(&grid));
    ot_gamma_release(&gamma);
}

static void a_uniform_offset_of_the_tolerance_has_gamma_one(void **state)
{
    (void)state;
    const struct ot_grid grid = turned_grid();
    struct ot_gamma gamma = gamma_of(ramp(&grid, 0, 0, 0, 1.0), ramp(&grid, 0, 0, 0, 1.03), &THREE);
    assert_near(gamma.mean, 1.0, 1e-5);
    assert_near(gamma.pass_percent, 100.0, 0.0);
    ot_gamma_release(&gamma);
    gamma = gamma_of(ramp(&grid, 0, 0, 0, 1.0), ramp(&grid, 0, 0, 0, 1.031), &THREE);
    assert_near(gamma.mean, 31.0 / 30.0, 1e-5);
    assert_near(gamma.pass_percent, 0.0, 0.0);
    ot_gamma_release(&gamma);
    gamma = gamma_of(ramp(&grid, 0, 0, 0, 1.0), ramp(&grid, 0, 0, 0, 2.0), &THREE);
    assert_near(gamma.max, OT_GAMMA_MOST, 0.0);
    ot_gamma_release(&gamma);
}

/* A ramp of slope g shifted by s: the distance from (r, R) to the line E(x) is
 * gamma = g s / sqrt(dose^2 + g^2 distance^2), the nearest point between voxel centers. */
static void a_shifted_ramp_has_the_distance_from_a_line(void **state)
{
    (void)state;
    const struct ot_grid grid = turned_grid();
    struct ot_gamma_criterion criterion = THREE;
    criterion.normalization_gy = 100.0;
    for (size_t axis = 0; axis < 3; axis++) {
        for (double slope = 0.4; slope < 40.0; slope *= 5.0) {
            struct ot_volume *a = ramp(&grid, axis, slope, 0.0, 1.0);
            struct ot_volume *b = ramp(&grid, axis, slope, 3.0, 1.0);
            struct ot_gamma gamma = gamma_of(a, b, &criterion);
            const double want = 3.0 * slope / sqrt(9.0 + slope * slope * 9.0);
            size_t looked = 0;
            for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
                const size_t at[3] = {x % 14, x / 14 % 11, x / 154};
                /* The nearest point must lie inside the map. */
                if (at[axis] >= 2 && at[axis] + 3 < grid.n[axis] && gamma.map->data[x] >= 0.0F) {
                    assert_near(gamma.map->data[x], want, 2e-5);
                    looked++;
                }
            }
            assert_true(looked > 300);
            assert_true(want > 1.0 || gamma.pass_percent > 70.0);
            ot_gamma_release(&gamma);
        }
    }
}

static void the_nearest_point_of_a_simplex_is_not_missed(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (size_t round = 0; round < 200; round++) {
        double corner[4][4];
        for (size_t n = 0; n < 4; n++) {
            for (size_t c = 0; c < 4; c++) {
                seed = seed * 1664525U + 1013904223U;
                corner[n][c] = (double)(seed >> 8) / 8388608.0 - 1.0 + (c == 0 ? 0.4 : 0.0);
            }
        }
        double best = INFINITY;
        enum { STEPS = 24 };
        for (size_t p = 0; p <= STEPS; p++) {
            for (size_t q = 0; p + q <= STEPS; q++) {
                for (size_t r = 0; p + q + r <= STEPS; r++) {
                    const double w[4] = {(double)p / STEPS, (double)q / STEPS, (double)r / STEPS,
                                         (double)(STEPS - p - q - r) / STEPS};
                    double square = 0.0;
                    for (size_t c = 0; c < 4; c++) {
                        const double at = w[0] * corner[0][c] + w[1] * corner[1][c] +
                                          w[2] * corner[2][c] + w[3] * corner[3][c];
                        square += at * at;
                    }
                    best = fmin(best, square);
                }
            }
        }
        const double got = ot_simplex_distance2((const double(*)[4])corner, 4);
        assert_true(got <= best + 1e-12);         /* sampled points cannot be nearer */
        assert_near(sqrt(got), sqrt(best), 0.06); /* half a step of the samples */
    }
}

static void what_is_outside_the_second_map_is_left_out(void **state)
{
    (void)state;
    const struct ot_grid grid = turned_grid();
    struct ot_volume *a = ramp(&grid, 0, 1, 0, 1);
    struct ot_volume *b = ramp(&grid, 0, 1, 0, 1);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        if (x % 14 < 5) {
            b->data[x] = NAN;
        }
    }
    struct ot_agreement agreement;
    struct ot_isodose isodose;
    struct ot_err err = {0};
    assert_ok(ot_compare_agreement(a, b, NULL, 0.0, &agreement, &err), err);
    assert_int_equal(agreement.count, 9 * 99);
    assert_ok(ot_compare_isodose(a, b, 60.0, &isodose, &err), err);
    assert_near(isodose.dice, 1.0, 0.0);
    struct ot_gamma gamma = gamma_of(a, b, &THREE);
    assert_int_equal(gamma.evaluated, 9 * 99);
    assert_near(gamma.max, 0.0, 0.0);
    ot_gamma_release(&gamma);
}

static void bland_altman_gives_mean_and_limits(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(10, 4, 3, 2.0, 3.0, 4.0);
    struct ot_volume *a = ramp(&grid, 1, 1, 0, 1);
    struct ot_volume *b = ramp(&grid, 1, 1, 0, 1);
    struct ot_volume *fraction = ot_test_volume(&grid, OT_UNIT_NONE);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        b->data[x] += x % 2 == 0 ? 3.0F : -1.0F;
        fraction->data[x] = x % 2 == 0 ? 0.75F : 0.25F;
    }
    struct ot_agreement agreement;
    struct ot_err err = {0};
    assert_ok(ot_compare_agreement(a, b, NULL, 0.0, &agreement, &err), err);
    assert_near(agreement.mean_difference_gy, 1.0, 1e-12);
    assert_near(agreement.sd_gy, 2.0, 1e-12);
    assert_near(agreement.lower_gy, 1.0 - 3.92, 1e-12);
    assert_near(agreement.upper_gy, 1.0 + 3.92, 1e-12);
    assert_ok(ot_compare_agreement(a, b, fraction, 0.0, &agreement, &err), err);
    assert_near(agreement.mean_difference_gy, 2.0, 1e-12);
    assert_near(agreement.sd_gy, sqrt(0.75 * 1.0 + 0.25 * 9.0), 1e-12);
    assert_refused(ot_compare_agreement(a, b, NULL, 1e9, &agreement, &err), err, OT_ERR_RANGE,
                   "no voxel");
    ot_volume_destroy(a);
    ot_volume_destroy(b);
    ot_volume_destroy(fraction);
}

static void shifted_isodoses_overlap_as_boxes_do(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(20, 4, 3, 2.0, 3.0, 4.0);
    struct ot_volume *a = ot_test_volume(&grid, OT_UNIT_GY);
    struct ot_volume *b = ot_test_volume(&grid, OT_UNIT_GY);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        a->data[x] = x % 20 >= 2 && x % 20 < 12 ? 80.0F : 5.0F; /* 10 of 20 */
        b->data[x] = x % 20 >= 6 && x % 20 < 14 ? 80.0F : 5.0F; /* 8, of which 6 in A */
    }
    struct ot_isodose isodose;
    struct ot_err err = {0};
    assert_ok(ot_compare_isodose(a, b, 40.0, &isodose, &err), err);
    assert_near(isodose.dice, 12.0 / 18.0, 1e-12);
    assert_near(isodose.a_ml, 10 * 12 * 0.024, 1e-12);
    assert_near(isodose.b_ml, 8 * 12 * 0.024, 1e-12);
    assert_ok(ot_compare_isodose(a, b, 400.0, &isodose, &err), err);
    assert_true(isnan(isodose.dice));
    ot_volume_destroy(a);
    ot_volume_destroy(b);
}

static struct ot_volume *bumps(const struct ot_grid *grid, double shift)
{
    struct ot_volume *volume = ot_test_volume(grid, OT_UNIT_GY);
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        const double u = (double)(x % 14) - 6.0 - shift;
        const double v = (double)(x / 14 % 11) - 5.0;
        const double w = (double)(x / 154) - 4.0;
        volume->data[x] = (float)(100.0 * exp(-(u * u + v * v + w * w) / 12.0));
    }
    return volume;
}

static void bits_are_equal_for_every_thread_count(void **state)
{
    (void)state;
    const struct ot_grid grid = turned_grid();
    struct ot_volume *a = bumps(&grid, 0.0);
    struct ot_volume *b = bumps(&grid, 0.7);
    struct ot_gamma one;
    struct ot_gamma four;
    struct ot_err err = {0};
    assert_ok(ot_gamma_compute(a, b, &THREE, 1, &one, &err), err);
    assert_ok(ot_gamma_compute(a, b, &THREE, 4, &four, &err), err);
    assert_memory_equal(one.map->data, four.map->data, ot_grid_voxel_count(&grid) * sizeof(float));
    assert_true(one.mean == four.mean && one.max > 0.2);
    ot_gamma_release(&one);
    ot_gamma_release(&four);
    ot_volume_destroy(a);
    ot_volume_destroy(b);
}

static void other_units_grids_and_criteria_are_refused(void **state)
{
    (void)state;
    const struct ot_grid grid = turned_grid();
    struct ot_volume *a = ramp(&grid, 0, 1, 0, 1);
    struct ot_volume *b = ramp(&grid, 0, 1, 0, 1);
    struct ot_gamma gamma;
    struct ot_gamma_criterion wrong = THREE;
    wrong.distance_mm = 0.0;
    struct ot_err criterion = {0};
    assert_refused(ot_gamma_compute(a, b, &wrong, 1, &gamma, &criterion), criterion, OT_ERR_ARG,
                   "0 mm");
    b->unit = OT_UNIT_BQ_PER_ML;
    struct ot_err unit = {0};
    assert_refused(ot_gamma_compute(a, b, &THREE, 1, &gamma, &unit), unit, OT_ERR_UNIT, "Gy");
    b->unit = OT_UNIT_GY;
    b->grid.origin_mm[0] += 0.5;
    struct ot_err other = {0};
    assert_refused(ot_gamma_compute(a, b, &THREE, 1, &gamma, &other), other, OT_ERR_GEOMETRY,
                   "grids");
    b->grid.origin_mm[0] -= 0.5;
    a->data[3] = INFINITY;
    struct ot_err range = {0};
    assert_refused(ot_gamma_compute(a, b, &THREE, 1, &gamma, &range), range, OT_ERR_RANGE,
                   "finite");
    assert_null(gamma.map);
    ot_volume_destroy(a);
    ot_volume_destroy(b);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
#ifdef OT_TEST_HOOKS
    const struct ot_grid grid = ot_test_grid(4, 3, 3, 2.0, 2.5, 3.0);
    struct ot_volume *a = ramp(&grid, 0, 1, 0, 1);
    for (size_t nth = 1;; nth++) {
        struct ot_gamma gamma;
        struct ot_err err = {0};
        ot_mem_fail_at(nth);
        const enum ot_rc rc = ot_gamma_compute(a, a, &THREE, 1, &gamma, &err);
        ot_mem_fail_at(0);
        if (rc == OT_OK) {
            assert_int_equal(nth, 4);
            ot_gamma_release(&gamma);
            break;
        }
        assert_int_equal(rc, OT_ERR_NOMEM);
    }
    ot_volume_destroy(a);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identical_maps_have_gamma_zero),
        cmocka_unit_test(a_uniform_offset_of_the_tolerance_has_gamma_one),
        cmocka_unit_test(a_shifted_ramp_has_the_distance_from_a_line),
        cmocka_unit_test(the_nearest_point_of_a_simplex_is_not_missed),
        cmocka_unit_test(what_is_outside_the_second_map_is_left_out),
        cmocka_unit_test(bland_altman_gives_mean_and_limits),
        cmocka_unit_test(shifted_isodoses_overlap_as_boxes_do),
        cmocka_unit_test(bits_are_equal_for_every_thread_count),
        cmocka_unit_test(other_units_grids_and_criteria_are_refused),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
