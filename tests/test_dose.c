/* tests/test_dose.c - absorbed dose against closed formulas and conservation.
 * labels: numeric */
#include "kernels/dose.h"

#include "kernels/dose_parts.h"
#include "tests/support/kernel.h"
#include "tests/support/ot_test.h"

static const double RHO = 1.05;

static struct ot_volume *filled(const struct ot_grid *grid, enum ot_unit unit, float value)
{
    struct ot_volume *volume = ot_test_volume(grid, unit);
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        volume->data[x] = value;
    }
    return volume;
}

static struct ot_dose_map *map_of(const struct ot_dose_request *request, bool local)
{
    struct ot_err err = {0};
    struct ot_dose_map *map = NULL;
    assert_ok(local ? ot_dose_local(request, &map, &err) : ot_dose_voxel_s(request, &map, &err),
              err);
    assert_true(map->balance_fraction <= 1e-5);
    assert_ratio(map->deposited_j + map->outside_j, map->emitted_j, 1e-5);
    return map;
}

static size_t middle(const struct ot_grid *grid)
{
    return grid->n[0] / 2 + grid->n[0] * (grid->n[1] / 2 + grid->n[1] * (grid->n[2] / 2));
}

static void one_mbq_per_ml_gives_47_gray_deep_inside_and_half_at_a_face(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(24, 20, 22, 4.0, 4.4, 3.2);
    struct ot_volume *activity = filled(&grid, OT_UNIT_BQ_PER_ML, 1e6F);
    struct ot_volume *density = filled(&grid, OT_UNIT_G_PER_CM3, (float)RHO);
    struct ot_voxel_s *kernel = ot_test_voxel_s("liver", RHO, &grid);
    const struct ot_dose_medium medium = {.kernel = kernel};
    struct ot_dose_request request = {.activity = activity,
                                      .media = &medium,
                                      .media_count = 1,
                                      .density = density,
                                      .constant = OT_Y90_DEFAULT,
                                      .threads = 2};
    for (int how = OT_CONVOLUTION_DIRECT; how <= OT_CONVOLUTION_FFT; how++) {
        request.convolution = (enum ot_convolution)how;
        struct ot_dose_map *map = map_of(&request, false);
        assert_ratio(map->dose->data[middle(&grid)], 49.67 / RHO, 2e-6);
        assert_int_equal(map->used, how);
        assert_true(map->outside_j > 0.0);
        ot_dose_map_destroy(map);
    }
    /* empty the half i >= 12: doses at equal distances from the face add to the deep dose */
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        activity->data[x] = x % 24 < 12 ? 1e6F : 0.0F;
    }
    struct ot_dose_map *map = map_of(&request, false);
    const size_t row = middle(&grid) - 12;
    for (size_t m = 0; m < 3; m++) {
        const double sum =
            (double)map->dose->data[row + 11 - m] + (double)map->dose->data[row + 12 + m];
        assert_ratio(sum, 49.67 / RHO, 2e-6);
    }
    ot_dose_map_destroy(map);
    map = map_of(&request, true);
    assert_ratio(map->dose->data[row + 5], 49.67 / RHO, 1e-6);
    assert_near(map->dose->data[row + 12], 0.0, 0.0);
    assert_near(map->outside_j, 0.0, 0.0);
    ot_dose_map_destroy(map);
    ot_voxel_s_destroy(kernel);
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
}

/* A liver below k = 9 and a lung above, each with activity and with its own kernel. */
static void two_media_share_a_plane_and_keep_the_energy(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(20, 19, 18, 4.0, 4.2, 4.4);
    struct ot_volume *activity = filled(&grid, OT_UNIT_BQ_PER_ML, 0.0F);
    struct ot_volume *density = filled(&grid, OT_UNIT_G_PER_CM3, (float)RHO);
    struct ot_volume *liver = filled(&grid, OT_UNIT_NONE, 1.0F);
    struct ot_volume *lung = filled(&grid, OT_UNIT_NONE, 0.0F);
    const size_t plane = 20 * 19;
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        const size_t k = x / plane;
        lung->data[x] = k > 9 ? 1.0F : k == 9 ? 0.25F : 0.0F;
        liver->data[x] = 1.0F - lung->data[x];
        density->data[x] = 1.05F * liver->data[x] + 0.26F * lung->data[x];
        activity->data[x] = x % 20 > 3 && x % 20 < 16 ? (k > 9 ? 1e5F : 1e6F) : 0.0F;
    }
    struct ot_voxel_s *kernels[2] = {ot_test_voxel_s("liver", RHO, &grid),
                                     ot_test_voxel_s("lung", 0.26, &grid)};
    const struct ot_dose_medium media[2] = {{.kernel = kernels[0], .share = liver},
                                            {.kernel = kernels[1], .share = lung}};
    struct ot_dose_request request = {.activity = activity,
                                      .media = media,
                                      .media_count = 2,
                                      .density = density,
                                      .constant = OT_Y90_DEFAULT,
                                      .threads = 2};
    struct ot_dose_map *map = map_of(&request, false);
    /* emitted by hand: k times the sum of activities */
    double bq = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        bq += (double)activity->data[x] * 4.0 * 4.2 * 4.4e-3;
    }
    assert_ratio(map->emitted_j, bq * 49.67e-9, 1e-6);
    ot_dose_map_destroy(map);

    lung->data[plane * 9 + 10] = 0.3F; /* the shares no longer add to 1 */
    struct ot_err err = {0};
    assert_refused(ot_dose_voxel_s(&request, &map, &err), err, OT_ERR_RANGE, "add to 1.05, not 1");
    assert_null(map);
    for (size_t m = 0; m < 2; m++) {
        ot_voxel_s_destroy(kernels[m]);
    }
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
    ot_volume_destroy(liver);
    ot_volume_destroy(lung);
}

static void energy_outside_the_body_is_counted_and_gives_no_dose(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(21, 17, 19, 4.0, 4.0, 4.0);
    struct ot_volume *activity = filled(&grid, OT_UNIT_BQ_PER_ML, 0.0F);
    struct ot_volume *density = filled(&grid, OT_UNIT_G_PER_CM3, (float)RHO);
    struct ot_volume *inside = filled(&grid, OT_UNIT_NONE, 1.0F);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        inside->data[x] = x % 21 < 10 ? 1.0F : 0.4F;
        density->data[x] = x % 21 < 10 ? 1.05F : 0.0F; /* outside it does not matter */
        activity->data[x] = x % 21 == 9 ? 1e6F : 0.0F;
    }
    struct ot_voxel_s *kernel = ot_test_voxel_s("liver", RHO, &grid);
    const struct ot_dose_medium medium = {.kernel = kernel};
    struct ot_dose_request request = {.activity = activity,
                                      .media = &medium,
                                      .media_count = 1,
                                      .density = density,
                                      .inside = inside,
                                      .constant = OT_Y90_DEFAULT,
                                      .threads = 2};
    struct ot_dose_map *map = map_of(&request, false);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        assert_true(x % 21 < 10 || fabsf(map->dose->data[x]) <= 0.0F);
    }
    assert_true(map->outside_j > 0.15 * map->emitted_j && map->outside_j < 0.5 * map->emitted_j);
    ot_dose_map_destroy(map);
    request.inside = NULL;
    struct ot_err err = {0};
    assert_refused(ot_dose_voxel_s(&request, &map, &err), err, OT_ERR_RANGE, "density of voxel 10");
    ot_voxel_s_destroy(kernel);
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
    ot_volume_destroy(inside);
}

/* Row G18: a grid smaller than the kernel's reach, or with a source at its corner, has the doses of
 * a large one; what leaves it is counted, and nothing comes in again on the other side. */
static void g18_a_small_grid_has_the_doses_of_a_large_one(void **state)
{
    (void)state;
    const struct ot_grid large = ot_test_grid(31, 31, 31, 4.0, 4.0, 4.0);
    const struct ot_grid small = ot_test_grid(3, 2, 2, 4.0, 4.0, 4.0);
    struct ot_voxel_s *kernel = ot_test_voxel_s("liver", RHO, &large);
    const struct ot_dose_medium medium = {.kernel = kernel};
    struct ot_dose_map *map[2];
    for (int n = 0; n < 2; n++) {
        const struct ot_grid *grid = n == 0 ? &large : &small;
        struct ot_volume *activity = filled(grid, OT_UNIT_BQ_PER_ML, 0.0F);
        struct ot_volume *density = filled(grid, OT_UNIT_G_PER_CM3, (float)RHO);
        const struct ot_dose_request request = {.activity = activity,
                                                .media = &medium,
                                                .media_count = 1,
                                                .density = density,
                                                .constant = OT_Y90_DEFAULT,
                                                .threads = 2};
        activity->data[n == 0 ? 15 + 31 * (15 + 31 * 15) : 0] = 1e6F;
        map[n] = map_of(&request, false);
        ot_volume_destroy(activity);
        ot_volume_destroy(density);
    }
    double deposited = 0.0;
    double all = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&large); x++) {
        all += (double)map[0]->dose->data[x];
    }
    for (size_t x = 0; x < 12; x++) {
        const size_t same = (15 + x % 3) + 31 * ((15 + x / 3 % 2) + 31 * (15 + x / 6));
        assert_ratio(map[1]->dose->data[x], map[0]->dose->data[same], 1e-5);
        deposited += (double)map[0]->dose->data[same];
    }
    assert_near(map[0]->outside_j, 0.0, 1e-6 * map[0]->emitted_j);
    assert_ratio(map[1]->outside_j, map[1]->emitted_j * (1.0 - deposited / all), 1e-4);
    ot_dose_map_destroy(map[0]);
    ot_dose_map_destroy(map[1]);
    ot_voxel_s_destroy(kernel);
}

/* A cloud of activity on a grid whose axes may be exchanged: axis c of the grid is axis order[c]
 * of the cloud. */
static struct ot_dose_map *cloud(const size_t order[3], const size_t shift[3], float scale,
                                 float density_g_per_cm3)
{
    static const size_t size[3] = {22, 20, 24};
    static const double spacing_mm[3] = {4.0, 4.6, 3.3};
    const struct ot_grid grid =
        ot_test_grid(size[order[0]], size[order[1]], size[order[2]], spacing_mm[order[0]],
                     spacing_mm[order[1]], spacing_mm[order[2]]);
    struct ot_volume *activity = filled(&grid, OT_UNIT_BQ_PER_ML, 0.0F);
    struct ot_volume *density = filled(&grid, OT_UNIT_G_PER_CM3, density_g_per_cm3);
    for (size_t n = 0; n < 40; n++) {
        const size_t p[3] = {8 + n * 7 % 5 + shift[0], 7 + n * 3 % 4 + shift[1],
                             9 + n * 5 % 6 + shift[2]};
        activity->data[p[order[0]] + grid.n[0] * (p[order[1]] + grid.n[1] * p[order[2]])] +=
            scale * (float)(1000 + 37 * n);
    }
    struct ot_voxel_s *kernel = ot_test_voxel_s("liver", RHO, &grid);
    const struct ot_dose_medium medium = {.kernel = kernel};
    const struct ot_dose_request request = {.activity = activity,
                                            .media = &medium,
                                            .media_count = 1,
                                            .density = density,
                                            .constant = OT_Y90_DEFAULT,
                                            .convolution = OT_CONVOLUTION_DIRECT,
                                            .threads = 2};
    struct ot_dose_map *map = map_of(&request, false);
    ot_voxel_s_destroy(kernel);
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
    return map;
}

static void dose_is_linear_and_moves_and_turns_with_the_activity(void **state)
{
    (void)state;
    static const size_t xyz[3] = {0, 1, 2};
    static const size_t zxy[3] = {2, 0, 1};
    static const size_t still[3] = {0, 0, 0};
    static const size_t moved[3] = {2, 1, 1};
    struct ot_dose_map *base = cloud(xyz, still, 1.0F, 1.05F);
    struct ot_dose_map *triple = cloud(xyz, still, 3.0F, 1.05F);
    struct ot_dose_map *dense = cloud(xyz, still, 1.0F, 2.10F);
    struct ot_dose_map *shifted = cloud(xyz, moved, 1.0F, 1.05F);
    struct ot_dose_map *turned = cloud(zxy, still, 1.0F, 1.05F);
    const size_t *n = base->dose->grid.n;
    for (size_t k = 4; k < n[2] - 5; k++) {
        for (size_t j = 4; j < n[1] - 5; j++) {
            for (size_t i = 4; i < n[0] - 5; i++) {
                const double d = (double)base->dose->data[i + n[0] * (j + n[1] * k)];
                const size_t at = i + n[0] * (j + n[1] * k);
                assert_near(triple->dose->data[at], 3 * d, 1e-6 * d + 1e-12);
                assert_near(dense->dose->data[at], d / 2, 1e-6 * d + 1e-12);
                assert_near(shifted->dose->data[at + 2 + n[0] * (1 + n[1])], d, 1e-6 * d + 1e-9);
                assert_near(turned->dose->data[k + n[2] * (i + n[0] * j)], d, 1e-5 * d + 1e-9);
            }
        }
    }
    ot_dose_map_destroy(base);
    ot_dose_map_destroy(triple);
    ot_dose_map_destroy(dense);
    ot_dose_map_destroy(shifted);
    ot_dose_map_destroy(turned);
}

static void a_kernel_of_another_energy_and_wrong_units_are_refused(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(5, 6, 7, 4.0, 4.0, 4.0);
    const struct ot_grid other = ot_test_grid(5, 6, 7, 4.0, 4.0, 4.1);
    struct ot_volume *activity = filled(&grid, OT_UNIT_BQ_PER_ML, 1.0F);
    struct ot_volume *density = filled(&grid, OT_UNIT_G_PER_CM3, 1.0F);
    struct ot_volume *elsewhere = filled(&other, OT_UNIT_G_PER_CM3, 1.0F);
    struct ot_voxel_s *kernel = ot_test_voxel_s("liver", RHO, &grid);
    const struct ot_dose_medium medium = {.kernel = kernel};
    const struct ot_dose_request good = {.activity = activity,
                                         .media = &medium,
                                         .media_count = 1,
                                         .density = density,
                                         .constant = OT_Y90_DEFAULT,
                                         .threads = 1};
    struct ot_dose_map *map = NULL;
    struct ot_dose_request bad = good;
    struct ot_err err[5] = {{{0}, NULL, 0, OT_OK}};
    bad.constant.gy_kg_per_gbq = 50.0;
    assert_refused(ot_dose_voxel_s(&bad, &map, &err[0]), err[0], OT_ERR_ARG, "MeV per decay");
    bad = good;
    bad.density = activity;
    assert_refused(ot_dose_voxel_s(&bad, &map, &err[1]), err[1], OT_ERR_UNIT, "density");
    bad = good;
    bad.density = elsewhere;
    assert_refused(ot_dose_local(&bad, &map, &err[2]), err[2], OT_ERR_GEOMETRY, "density");
    bad = good;
    bad.media_count = 0;
    assert_refused(ot_dose_voxel_s(&bad, &map, &err[3]), err[3], OT_ERR_ARG, "medium");
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        activity->data[x] = x % 2 == 0 ? -2.0F : 1.0F;
    }
    assert_refused(ot_dose_local(&good, &map, &err[4]), err[4], OT_ERR_RANGE, "adds to");
    assert_null(map);
    ot_voxel_s_destroy(kernel);
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
    ot_volume_destroy(elsewhere);
}

/* What a wrong engine would leave: doses that hold too much or too little by a little. */
static void a_map_beyond_half_a_percent_of_the_energy_is_refused(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(9, 10, 11, 4.0, 4.4, 4.8);
    struct ot_volume *activity = filled(&grid, OT_UNIT_BQ_PER_ML, 1e6F);
    struct ot_volume *density = filled(&grid, OT_UNIT_G_PER_CM3, 1.05F);
    const struct ot_dose_request request = {
        .activity = activity, .density = density, .constant = OT_Y90_DEFAULT, .threads = 2};
    static const double factor[] = {1.0, 1.0049, 1.0051, 0.9951, 0.9949, NAN};
    for (size_t n = 0; n < sizeof factor / sizeof factor[0]; n++) {
        struct ot_err err = {0};
        struct ot_dose_map *map = NULL;
        assert_ok(ot_dose_local(&request, &map, &err), err);
        assert_true(map->balance_fraction <= 1e-6);
        for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
            map->dose->data[x] *= (float)factor[n];
        }
        if (fabs(factor[n] - 1.0) < 0.005) {
            assert_ok(ot_dose_balance(&request, map, &err), err);
            assert_near(map->balance_fraction, fabs(factor[n] - 1.0), 1e-6);
        } else {
            assert_refused(ot_dose_balance(&request, map, &err), err, OT_ERR_RANGE,
                           "energy balance is off by");
        }
        ot_dose_map_destroy(map);
    }
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_mbq_per_ml_gives_47_gray_deep_inside_and_half_at_a_face),
        cmocka_unit_test(two_media_share_a_plane_and_keep_the_energy),
        cmocka_unit_test(energy_outside_the_body_is_counted_and_gives_no_dose),
        cmocka_unit_test(g18_a_small_grid_has_the_doses_of_a_large_one),
        cmocka_unit_test(dose_is_linear_and_moves_and_turns_with_the_activity),
        cmocka_unit_test(a_map_beyond_half_a_percent_of_the_energy_is_refused),
        cmocka_unit_test(a_kernel_of_another_energy_and_wrong_units_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
