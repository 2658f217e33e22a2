/* tests/test_resample.c - box means against analytic overlaps, on turned and mixed-up axes.
 * labels: threads numeric */
#include "core/mem.h"
#include "core/resample.h"
#include "core/stats.h"
#include "tests/support/ot_test.h"

/* Axes of target c run along patient axis perm[c], in direction sign[c]; right-handed only. */
static struct ot_grid turned(const size_t n[3], const double spacing_mm[3], const int perm[3],
                             const int sign[3], const double center_mm[3])
{
    struct ot_grid grid = {0};
    for (size_t c = 0; c < 3; c++) {
        grid.n[c] = n[c];
        grid.spacing_mm[c] = spacing_mm[c];
        grid.dir[perm[c]][c] = sign[c];
        grid.origin_mm[c] += center_mm[c];
    }
    for (size_t c = 0; c < 3; c++) {
        grid.origin_mm[perm[c]] -= sign[c] * spacing_mm[c] * 0.5 * (double)(n[c] - 1);
    }
    return grid;
}

static const int PERMS[][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1}, {0, 1, 2}, {1, 0, 2}, {2, 1, 0}};
static const int SIGNS[][3] = {{1, 1, 1},   {1, 1, 1},  {1, 1, 1},
                               {1, -1, -1}, {1, 1, -1}, {-1, 1, 1}};
enum { TURNS = 6 };

static double overlap(double a0, double a1, double b0, double b1)
{
    return fmax(0.0, fmin(a1, b1) - fmax(a0, b0));
}

/* A mask that is a box of whole voxels has, in a target voxel, the product of three overlaps. */
static void a_box_has_the_product_of_overlaps_on_every_axis_order(void **state)
{
    (void)state;
    const double center[3] = {3.0, -7.0, 11.0};
    const size_t n[3] = {14, 17, 11};
    const double spacing[3] = {1.1, 0.9, 2.3};
    const size_t to_n[3] = {7, 9, 6};
    const double to_spacing[3] = {3.7, 2.9, 4.1};
    const double to_center[3] = {2.2, -6.1, 10.3};
    for (size_t s = 0; s < TURNS; s++) {
        const struct ot_grid fine = turned(n, spacing, PERMS[s], SIGNS[s], center);
        struct ot_volume *mask = ot_test_volume(&fine, OT_UNIT_NONE);
        double low[3] = {INFINITY, INFINITY, INFINITY};
        double high[3] = {-INFINITY, -INFINITY, -INFINITY};
        for (size_t k = 2; k < 8; k++) {
            for (size_t j = 3; j < 15; j++) {
                for (size_t i = 1; i < 9; i++) {
                    mask->data[i + n[0] * (j + n[1] * k)] = 1.0F;
                    double point[3] = {(double)i, (double)j, (double)k};
                    ot_grid_to_point(&fine, point, point);
                    for (size_t c = 0; c < 3; c++) {
                        const double half = 0.5 * fine.spacing_mm[c];
                        const size_t r = (size_t)PERMS[s][c];
                        low[r] = fmin(low[r], point[r] - half);
                        high[r] = fmax(high[r], point[r] + half);
                    }
                }
            }
        }
        for (size_t t = 0; t < TURNS; t++) {
            const struct ot_grid to = turned(to_n, to_spacing, PERMS[t], SIGNS[t], to_center);
            struct ot_volume *got = NULL;
            struct ot_err err = {0};
            assert_ok(ot_resample_box(mask, &to, 2, &got, &err), err);
            for (size_t x = 0; x < ot_grid_voxel_count(&to); x++) {
                double point[3] = {(double)(x % 7), (double)(x / 7 % 9), (double)(x / 63)};
                ot_grid_to_point(&to, point, point);
                double want = 1.0;
                for (size_t c = 0; c < 3; c++) {
                    const size_t r = (size_t)PERMS[t][c];
                    const double half = 0.5 * to.spacing_mm[c];
                    want *= overlap(point[r] - half, point[r] + half, low[r], high[r]) /
                            to.spacing_mm[c];
                }
                assert_near(got->data[x], want, 1e-6);
            }
            ot_volume_destroy(got);
        }
        ot_volume_destroy(mask);
    }
}

static struct ot_volume *noise(const struct ot_grid *grid, enum ot_unit unit)
{
    struct ot_volume *volume = ot_test_volume(grid, unit);
    uint32_t seed = 12345;
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        seed = seed * 1664525U + 1013904223U;
        volume->data[x] = (float)(seed >> 8) / 16777216.0F;
    }
    return volume;
}

static void a_grid_resampled_to_itself_keeps_every_bit(void **state)
{
    (void)state;
    struct ot_grid grid = ot_test_grid(9, 7, 5, 1.37, 2.11, 3.3);
    grid.origin_mm[0] = -123.456;
    grid.origin_mm[2] = 77.7;
    struct ot_volume *from = noise(&grid, OT_UNIT_HU);
    struct ot_volume *box = NULL;
    struct ot_volume *linear = NULL;
    struct ot_err err = {0};
    assert_ok(ot_resample_box(from, &grid, 3, &box, &err), err);
    assert_ok(ot_resample_linear(from, &grid, -1000.0, 1, &linear, &err), err);
    assert_int_equal(box->unit, OT_UNIT_HU);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        assert_true(box->data[x] == from->data[x]);
        assert_near(linear->data[x], from->data[x], 1e-6);
    }
    ot_volume_destroy(from);
    ot_volume_destroy(box);
    ot_volume_destroy(linear);
}

static double total(const struct ot_volume *volume)
{
    return ot_sum(volume->data, ot_grid_voxel_count(&volume->grid)) *
           ot_grid_voxel_volume_ml(&volume->grid);
}

static void g16_activity_is_kept_on_finer_coarser_and_oblique_grids(void **state)
{
    (void)state;
    struct ot_grid grid = ot_test_grid(16, 12, 10, 4.4, 4.4, 2.5);
    grid.origin_mm[1] = 31.0;
    struct ot_volume *from = noise(&grid, OT_UNIT_BQ_PER_ML);
    static const double spacings[] = {1.3, 2.0, 4.4, 5.9};
    for (size_t n = 0; n < 4; n++) {
        struct ot_grid to;
        struct ot_volume *got = NULL;
        struct ot_err err = {0};
        assert_ok(ot_grid_with_spacing(&grid, spacings[n], &to, &err), err);
        assert_true(ot_grid_covers(&to, &grid, 1e-6));
        assert_ok(ot_resample_conserve(from, &to, 2, &got, &err), err);
        assert_ratio(total(got), total(from), 1e-6);
        assert_int_equal(got->unit, OT_UNIT_BQ_PER_ML);
        ot_volume_destroy(got);
    }
    struct ot_grid oblique = ot_test_grid(40, 40, 40, 3, 3, 3);
    const double angle = 0.3;
    oblique.dir[0][0] = oblique.dir[1][1] = cos(angle);
    oblique.dir[0][1] = -sin(angle);
    oblique.dir[1][0] = sin(angle);
    oblique.origin_mm[0] = 33.0 - 60 * (cos(angle) - sin(angle));
    oblique.origin_mm[1] = 55.0 - 60 * (cos(angle) + sin(angle));
    oblique.origin_mm[2] = -50.0;
    struct ot_volume *got = NULL;
    struct ot_volume *plain = NULL;
    struct ot_err err = {0};
    assert_true(ot_grid_covers(&oblique, &grid, 0.0));
    assert_ok(ot_resample_box(from, &oblique, 2, &plain, &err), err);
    assert_ratio(total(plain), total(from), 5e-4); /* 5^3 boxes a voxel */
    assert_ok(ot_resample_conserve(from, &oblique, 2, &got, &err), err);
    assert_ratio(total(got), total(from), 1e-6);
    ot_volume_destroy(plain);
    ot_volume_destroy(got);
    ot_volume_destroy(from);
}

/* A grid that reaches half a voxel and more beyond a CT of 40 HU, upright and turned. */
static void what_is_outside_of_a_ct_counts_as_air(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(8, 8, 6, 2.0, 2.0, 3.0);
    struct ot_volume *from = ot_test_volume(&grid, OT_UNIT_HU);
    struct ot_volume *box = NULL;
    struct ot_err err = {0};
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        from->data[x] = 40.0F;
    }
    struct ot_grid wide = ot_test_grid(6, 4, 3, 4.0, 4.0, 6.0);
    wide.origin_mm[0] =
        grid.origin_mm[0] - 1.0; /* faces at -3, 1, 5, 9, 13, 17, 21; the CT: -1..15 */
    wide.origin_mm[1] = grid.origin_mm[1] + 1.0;
    wide.origin_mm[2] = grid.origin_mm[2] + 1.5;
    assert_ok(ot_resample_box_in(from, &wide, -1000.0F, 2, &box, &err), err);
    static const float want_hu[6] = {-480.0F, 40.0F, 40.0F, 40.0F, -480.0F, -1000.0F};
    for (size_t x = 0; x < ot_grid_voxel_count(&wide); x++) {
        assert_near(box->data[x], want_hu[x % 6], 1e-3);
    }
    ot_volume_destroy(box);
    wide.dir[0][0] = wide.dir[1][1] = cos(0.3);
    wide.dir[0][1] = -sin(0.3);
    wide.dir[1][0] = sin(0.3);
    assert_ok(ot_resample_box_in(from, &wide, -1000.0F, 2, &box, &err), err);
    assert_near(box->data[2 + 6 * (1 + 4 * 1)], 40.0, 1e-3);
    assert_near(box->data[5 + 6 * (3 + 4 * 1)], -1000.0, 0.0);
    ot_volume_destroy(box);
    ot_volume_destroy(from);
}

static void a_ramp_is_linear_between_centers_and_stated_outside(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(6, 5, 4, 2.0, 3.0, 5.0);
    struct ot_volume *from = ot_test_volume(&grid, OT_UNIT_HU);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        from->data[x] =
            (float)(2.0 * (double)(x % 6) + 30.0 * (double)(x / 6 % 5) - 7.0 * (double)(x / 30));
    }
    const size_t n[3] = {8, 9, 10};
    const double spacing[3] = {1.7, 2.3, 1.9};
    const double center[3] = {5.0, 6.0, 7.5};
    const struct ot_grid to = turned(n, spacing, PERMS[4], SIGNS[4], center);
    struct ot_volume *got = NULL;
    struct ot_err err = {0};
    assert_ok(ot_resample_linear(from, &to, -1000.0, 2, &got, &err), err);
    size_t inside = 0;
    for (size_t x = 0; x < ot_grid_voxel_count(&to); x++) {
        double at[3] = {(double)(x % 8), (double)(x / 8 % 9), (double)(x / 72)};
        ot_grid_to_point(&to, at, at);
        ot_grid_to_index(&grid, at, at);
        bool in = true;
        for (size_t c = 0; c < 3; c++) {
            in = in && at[c] >= -0.5 && at[c] <= (double)grid.n[c] - 0.5;
            at[c] = fmin(fmax(at[c], 0.0), (double)grid.n[c] - 1.0);
        }
        inside += in;
        const double want = in ? 2.0 * at[0] + 30.0 * at[1] - 7.0 * at[2] : -1000.0;
        assert_near(got->data[x], want, 1e-4);
    }
    assert_true(inside > 100 && inside < ot_grid_voxel_count(&to));
    ot_volume_destroy(got);
    ot_volume_destroy(from);
}

static void bits_are_equal_for_every_thread_count(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(31, 23, 19, 1.0, 1.2, 2.0);
    struct ot_grid to = ot_test_grid(11, 9, 13, 2.7, 3.1, 2.9);
    struct ot_volume *from = noise(&grid, OT_UNIT_NONE);
    for (int oblique = 0; oblique < 2; oblique++) {
        if (oblique == 1) {
            to.dir[0][0] = to.dir[1][1] = cos(0.2);
            to.dir[0][1] = -sin(0.2);
            to.dir[1][0] = sin(0.2);
        }
        struct ot_volume *one = NULL;
        struct ot_volume *four = NULL;
        struct ot_err err = {0};
        assert_ok(ot_resample_box(from, &to, 1, &one, &err), err);
        assert_ok(ot_resample_box(from, &to, 4, &four, &err), err);
        assert_memory_equal(one->data, four->data, ot_grid_voxel_count(&to) * sizeof(float));
        ot_volume_destroy(one);
        ot_volume_destroy(four);
    }
    ot_volume_destroy(from);
}

static void impossible_spacings_are_refused(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(100, 100, 100, 4.0, 4.0, 4.0);
    struct ot_grid to;
    struct ot_err zero = {0};
    assert_refused(ot_grid_with_spacing(&grid, 0.0, &to, &zero), zero, OT_ERR_ARG, "0 mm");
    struct ot_err nan_err = {0};
    assert_refused(ot_grid_with_spacing(&grid, NAN, &to, &nan_err), nan_err, OT_ERR_ARG, "nan");
    struct ot_err tiny = {0};
    assert_refused(ot_grid_with_spacing(&grid, 1e-3, &to, &tiny), tiny, OT_ERR_GEOMETRY, "voxels");
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
#ifdef OT_TEST_HOOKS
    const struct ot_grid grid = ot_test_grid(5, 4, 3, 1.0, 1.0, 1.0);
    struct ot_volume *from = noise(&grid, OT_UNIT_NONE);
    for (size_t nth = 1;; nth++) {
        struct ot_volume *got = NULL;
        struct ot_err err = {0};
        ot_mem_fail_at(nth);
        const enum ot_rc rc = ot_resample_box(from, &grid, 2, &got, &err);
        ot_mem_fail_at(0);
        if (rc == OT_OK) {
            assert_true(nth > 10);
            ot_volume_destroy(got);
            break;
        }
        assert_int_equal(rc, OT_ERR_NOMEM);
        assert_null(got);
    }
    ot_volume_destroy(from);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_has_the_product_of_overlaps_on_every_axis_order),
        cmocka_unit_test(a_grid_resampled_to_itself_keeps_every_bit),
        cmocka_unit_test(g16_activity_is_kept_on_finer_coarser_and_oblique_grids),
        cmocka_unit_test(what_is_outside_of_a_ct_counts_as_air),
        cmocka_unit_test(a_ramp_is_linear_between_centers_and_stated_outside),
        cmocka_unit_test(bits_are_equal_for_every_thread_count),
        cmocka_unit_test(impossible_spacings_are_refused),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
