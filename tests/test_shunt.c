/* tests/test_shunt.c - shunt fraction of planar views and of SPECT, and how well it is known. */
#include "kernels/shunt.h"

#include "kernels/random.h"
#include "segment/planar_roi.h"
#include "tests/support/ot_test.h"

static struct ot_counts counts(double sum)
{
    return (struct ot_counts){.sum = sum, .variance = sum};
}

/* Fact sheet 10.6: lung 4.0e5/3.6e5, liver 5.0e6/4.2e6 give 7.6475 %. */
static void the_worked_number_of_planar_views(void **state)
{
    (void)state;
    const struct ot_counts lungs[2] = {counts(4.0e5), counts(3.6e5)};
    const struct ot_counts liver[2] = {counts(5.0e6), counts(4.2e6)};
    struct ot_counts l;
    struct ot_counts h;
    struct ot_shunt shunt;
    struct ot_err err = {0};
    assert_ok(ot_counts_geometric_mean(&lungs[0], &lungs[1], &l, &err), err);
    assert_ok(ot_counts_geometric_mean(&liver[0], &liver[1], &h, &err), err);
    assert_ok(ot_shunt_fraction(&l, &h, &shunt, &err), err);
    assert_near(shunt.fraction, 0.076475, 5e-7);
    /* u(G)/G = sqrt(1/A + 1/P)/2 of Poisson counts; u(F) = F (1 - F) sqrt(sum). */
    const double ul = 0.25 * (1 / 4.0e5 + 1 / 3.6e5);
    const double uh = 0.25 * (1 / 5.0e6 + 1 / 4.2e6);
    assert_ratio(shunt.u_counting, shunt.fraction * (1 - shunt.fraction) * sqrt(ul + uh), 1e-12);
    shunt.u_region = 0.003;
    ot_shunt_finish(&shunt, true);
    assert_ratio(shunt.u_method, 0.081 / 1.96, 1e-12);
    assert_ratio(shunt.u, sqrt(pow(shunt.u_counting, 2) + 9e-6 + pow(0.081 / 1.96, 2)), 1e-12);
    ot_shunt_finish(&shunt, false);
    assert_ratio(shunt.u_method, shunt.fraction * 0.13 / sqrt(3.0), 1e-12);
}

static void scatter_and_background_take_counts_away_and_add_noise(void **state)
{
    (void)state;
    const struct ot_counts main = counts(10000);
    const struct ot_counts lower = counts(1200);
    const struct ot_counts upper = counts(300);
    const struct ot_scatter_windows windows = {28, 14, 7};
    const struct ot_counts dual =
        ot_counts_less_scatter(&main, &lower, NULL, OT_SCATTER_DUAL, &windows);
    assert_near(dual.sum, 10000 - 1200.0 / 14 * 28 / 2, 1e-9);
    assert_near(dual.variance, 10000 + 1200, 1e-9); /* the scale is 1 */
    const struct ot_counts triple =
        ot_counts_less_scatter(&main, &lower, &upper, OT_SCATTER_TRIPLE, &windows);
    assert_near(triple.sum, 10000 - (1200.0 / 14 + 300.0 / 7) * 28 / 2, 1e-9);
    assert_near(triple.variance, 10000 + 1200 + 4 * 300, 1e-9);
    const struct ot_counts background = counts(50);
    const struct ot_counts net = ot_counts_less_background(&triple, 400, &background, 100);
    assert_near(net.sum, triple.sum - 200, 1e-9);
    assert_near(net.variance, triple.variance + 16 * 50, 1e-9);
}

static void what_gives_no_fraction_is_refused(void **state)
{
    (void)state;
    const struct ot_counts some = counts(100);
    const struct ot_counts none = counts(0);
    const struct ot_counts below = {.sum = -5, .variance = 20};
    struct ot_counts mean;
    struct ot_shunt shunt;
    struct ot_err err = {0};
    assert_refused(ot_counts_geometric_mean(&some, &none, &mean, &err), err, OT_ERR_RANGE,
                   "no geometric mean");
    struct ot_err second = {0};
    assert_refused(ot_shunt_fraction(&below, &some, &shunt, &second), second, OT_ERR_RANGE, "-5");
    struct ot_err third = {0};
    assert_refused(ot_shunt_fraction(&some, &none, &shunt, &third), third, OT_ERR_RANGE,
                   "no shunt");
    struct ot_err fourth = {0};
    assert_ok(ot_shunt_fraction(&none, &some, &shunt, &fourth), fourth);
    assert_near(shunt.fraction, 0.0, 0.0);
}

/* Poisson counts of a large mean. */
static struct ot_counts drawn(struct ot_random *random, double mean)
{
    return counts(mean + sqrt(mean) * ot_random_normal(random));
}

/* Counting noise as it comes: fractions of noisy views scatter as u_counting says. */
static void noisy_views_scatter_by_the_stated_uncertainty(void **state)
{
    (void)state;
    const struct ot_scatter_windows windows = {28, 14, 7};
    struct ot_random random;
    ot_random_seed(&random, 7, 0);
    const int runs = 4000;
    double sum = 0.0;
    double squares = 0.0;
    double stated = 0.0;
    for (int n = 0; n < runs; n++) {
        struct ot_counts mean[2];
        struct ot_shunt shunt;
        struct ot_err err = {0};
        for (size_t r = 0; r < 2; r++) {
            const double scale = r == 0 ? 1.0 : 8.0;
            struct ot_counts side[2];
            for (size_t s = 0; s < 2; s++) {
                const struct ot_counts main = drawn(&random, scale * 2500);
                const struct ot_counts lower = drawn(&random, scale * 700);
                side[s] = ot_counts_less_scatter(&main, &lower, NULL, OT_SCATTER_DUAL, &windows);
            }
            assert_ok(ot_counts_geometric_mean(&side[0], &side[1], &mean[r], &err), err);
        }
        assert_ok(ot_shunt_fraction(&mean[0], &mean[1], &shunt, &err), err);
        sum += shunt.fraction;
        squares += shunt.fraction * shunt.fraction;
        stated += shunt.u_counting;
    }
    const double sd = sqrt(squares / runs - pow(sum / runs, 2));
    assert_ratio(sum / runs, 1.0 / 9.0, 2e-3);
    assert_ratio(stated / runs, sd, 0.05); /* sd of 4000 runs: 1.1 % */
}

static void the_mean_over_cubes_is_known_by_their_scatter(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(12, 8, 9, 5, 10, 4);
    struct ot_volume *values = ot_test_volume(&grid, OT_UNIT_NONE);
    struct ot_volume *weights = ot_test_volume(&grid, OT_UNIT_NONE);
    struct ot_err err = {0};
    double relative = 0.0;
    /* cubes of 20 mm: 4 x 2 x 5 voxels; halves of 90 and 110 along i, split at a cube's face */
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        values->data[x] = x % 12 < 8 ? 90.0F : 120.0F;
        weights->data[x] = x / 96 < 5 ? 1.0F : 0.0F;
    }
    assert_ok(ot_shunt_u_of_mean(values, weights, 20.0, &relative, &err), err);
    /* 3 x 4 cubes of one weight: mean 100, variance 200; sqrt(200 / 11) / 100. */
    assert_near(relative, sqrt(200.0 / 11.0) / 100.0, 1e-9);
    assert_ok(ot_shunt_u_of_mean(values, weights, 1000.0, &relative, &err), err);
    assert_true(isnan(relative));
    ot_volume_destroy(values);
    ot_volume_destroy(weights);
}

static void lung_mass_is_one_plus_hu_per_thousand(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(3, 2, 2, 10, 10, 10); /* 1 ml */
    struct ot_volume *hu = ot_test_volume(&grid, OT_UNIT_HU);
    struct ot_volume *lungs = ot_test_volume(&grid, OT_UNIT_NONE);
    static const float values[] = {-700, -800, -1024, 40};
    static const float fractions[] = {1, 0.5F, 1, 0};
    memcpy(hu->data, values, sizeof values);
    memcpy(lungs->data, fractions, sizeof fractions);
    assert_near(ot_lung_mass_g(hu, lungs), 0.3 + 0.5 * 0.2, 1e-6);
    ot_volume_destroy(hu);
    ot_volume_destroy(lungs);
}

static void shapes_mirrors_and_borders_of_planar_regions(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(9, 7, 1, 4, 4, 1);
    struct ot_volume *region = ot_test_volume(&grid, OT_UNIT_NONE);
    struct ot_volume *other = ot_test_volume(&grid, OT_UNIT_NONE);
    struct ot_volume *moved = NULL;
    struct ot_err err = {0};
    const struct ot_planar_roi box = {false, 1, 2, 4, 3};
    const struct ot_planar_roi round = {true, 1, 2, 4, 3};
    const struct ot_planar_roi beyond = {false, 6, 2, 4, 3};
    assert_ok(ot_planar_roi_add(&round, other, &err), err);
    assert_near(other->data[1 + 9 * 2], 0.0, 0.0); /* a corner is not in the ellipse */
    assert_near(other->data[2 + 9 * 2], 1.0, 0.0);
    memset(other->data, 0, 63 * sizeof other->data[0]);
    assert_ok(ot_planar_roi_add(&box, region, &err), err);
    float sum = 0;
    for (size_t x = 0; x < 63; x++) {
        sum += region->data[x];
    }
    assert_near(sum, 12, 0);
    other->data[5 + 9 * 3] = 1.0F; /* a pixel that growing leaves alone */
    assert_ok(ot_planar_move_border(region, true, other, &moved, &err), err);
    sum = 0;
    for (size_t x = 0; x < 63; x++) {
        sum += moved->data[x];
    }
    assert_near(sum, 12 + 2 * 4 + 2 * 3 - 1, 0);
    ot_volume_destroy(moved);
    assert_ok(ot_planar_move_border(region, false, other, &moved, &err), err);
    assert_near(moved->data[2 + 9 * 3], 1.0, 0.0); /* 2 x 1 pixels are left */
    assert_near(moved->data[1 + 9 * 3], 0.0, 0.0);
    ot_volume_destroy(moved);
    ot_planar_mirror(region);
    assert_near(region->data[7 + 9 * 2], 1.0, 0.0);
    assert_near(region->data[1 + 9 * 2], 0.0, 0.0);
    struct ot_err second = {0};
    assert_refused(ot_planar_roi_add(&beyond, region, &second), second, OT_ERR_GEOMETRY, "beyond");
    ot_volume_destroy(region);
    ot_volume_destroy(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_number_of_planar_views),
        cmocka_unit_test(scatter_and_background_take_counts_away_and_add_noise),
        cmocka_unit_test(what_gives_no_fraction_is_refused),
        cmocka_unit_test(noisy_views_scatter_by_the_stated_uncertainty),
        cmocka_unit_test(the_mean_over_cubes_is_known_by_their_scatter),
        cmocka_unit_test(lung_mass_is_one_plus_hu_per_thousand),
        cmocka_unit_test(shapes_mirrors_and_borders_of_planar_regions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
