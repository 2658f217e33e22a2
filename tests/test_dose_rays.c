/* tests/test_dose_rays.c - dose across borders of media, against Monte Carlo, conservation and the
 * convolution.
 * labels: numeric slow
 * timeout: 180 */
#include <math.h>
#include <stdlib.h>

#include "core/stats.h"
#include "kernels/dose.h"
#include "kernels/random.h"
#include "tests/support/kernel.h"
#include "tests/support/ot_test.h"
#include "tests/support/slab.h"
#include "tests/support/sphere.h"

/* Within 2 % or 3 sigma wherever Monte Carlo has more than 10 % of the source side's dose. */
static void a_plane_of_liver_and_lung_agrees_with_monte_carlo(void **state)
{
    (void)state;
    const char *path = ot_test_shared("physics/mc/slab_liver_lung.csv");
    static const double deep_gy[2] = {47.42, 191.5}; /* of its description */
    for (int lung = 0; lung < 2; lung++) {
        struct ot_err err = {0};
        struct ot_slab rays;
        struct ot_slab truth;
        double worst = 0.0;
        assert_ok(ot_slab_monte_carlo(path, lung == 1, 2.0, &truth, &err), err);
        assert_ok(ot_slab_dose(OT_SLAB_RAYS, lung == 1, 2.0, &rays, &err), err);
        for (size_t n = 0; n < truth.count; n++) {
            const double off_gy = fabs(rays.dose_gy[n] - truth.dose_gy[n]);
            if (truth.dose_gy[n] > 0.1 * deep_gy[lung]) {
                worst = fmax(worst, off_gy / truth.dose_gy[n]);
                assert_true(off_gy <= fmax(0.02 * truth.dose_gy[n], 3.0 * truth.sigma_gy[n]));
            }
        }
        print_message("slab, source in %s: within %.2f %% of Monte Carlo above 10 %%\n",
                      lung == 1 ? "lung" : "liver", 100.0 * worst);
    }
}

/* A sphere of liver in lung on voxels of 4 mm against rays through the smooth sphere. */
static void a_sphere_of_liver_in_lung_keeps_the_dose_of_both_media(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_sphere truth;
    struct ot_sphere rays;
    static const double bound[OT_SPHERE_SHELLS] = {0.002, 0.002, 0.003, 0.01,
                                                   0.05,  0.02,  0.01,  0.01};
    assert_ok(ot_sphere_truth(&truth, &err), err);
    assert_ok(ot_sphere_dose(OT_SPHERE_RAYS, 4.0, &rays, &err), err);
    for (size_t shell = 0; shell < OT_SPHERE_SHELLS; shell++) {
        print_message("sphere, %g to %g mm: %.3f Gy, truth %.3f Gy (%+.2f %%)\n",
                      OT_SPHERE_SHELL_MM[shell][0], OT_SPHERE_SHELL_MM[shell][1],
                      rays.mean_gy[shell], truth.mean_gy[shell],
                      100.0 * (rays.mean_gy[shell] / truth.mean_gy[shell] - 1.0));
        assert_ratio(rays.mean_gy[shell], truth.mean_gy[shell], bound[shell]);
    }
}

/* Liver below k = 12, lung above, a hot liver and a warm lung; air outside i < 3 where asked. */
struct lung_base {
    struct ot_grid grid;
    struct ot_volume *activity, *density, *share[2], *inside;
    struct ot_voxel_s *kernel[2];
    struct ot_mass_depth *depth[2];
    struct ot_dose_medium media[2];
    struct ot_dose_request request;
};

static void lung_base_create(struct lung_base *b)
{
    b->grid = ot_test_grid(26, 24, 28, 4.0, 4.2, 4.4);
    b->activity = ot_test_volume(&b->grid, OT_UNIT_BQ_PER_ML);
    b->density = ot_test_volume(&b->grid, OT_UNIT_G_PER_CM3);
    b->inside = ot_test_volume(&b->grid, OT_UNIT_NONE);
    for (size_t m = 0; m < 2; m++) {
        b->share[m] = ot_test_volume(&b->grid, OT_UNIT_NONE);
        b->kernel[m] = ot_test_voxel_s(m == 0 ? "liver" : "lung", m == 0 ? 1.05 : 0.26, &b->grid);
        b->depth[m] = ot_test_mass_depth(m == 0 ? "liver" : "lung");
        b->media[m] = (struct ot_dose_medium){
            .kernel = b->kernel[m], .share = b->share[m], .depth = b->depth[m]};
    }
    for (size_t x = 0; x < ot_grid_voxel_count(&b->grid); x++) {
        const size_t i = x % 26;
        const size_t k = x / (26 * 24);
        const float lung = k > 12 ? 1.0F : k == 12 ? 0.3F : 0.0F;
        b->share[0]->data[x] = 1.0F - lung;
        b->share[1]->data[x] = lung;
        b->density->data[x] = 1.05F * (1.0F - lung) + 0.26F * lung;
        b->activity->data[x] = i < 4 || i > 20 ? 0.0F : k > 12 ? 1e5F : 1e6F;
        b->inside->data[x] = i >= 3 && i < 23 ? 1.0F : 0.0F;
    }
    b->request = (struct ot_dose_request){.activity = b->activity,
                                          .media = b->media,
                                          .media_count = 2,
                                          .density = b->density,
                                          .inside = b->inside,
                                          .constant = OT_Y90_DEFAULT,
                                          .threads = 2};
}

/* Mean dose of the lung: of its whole voxels, and of its part of those at k = 12. */
static double lung_gy(const struct lung_base *b)
{
    struct ot_err err = {0};
    struct ot_dose_map *map = NULL;
    double gy = 0.0;
    double ml = 0.0;
    assert_ok(ot_dose_rays(&b->request, &map, &err), err);
    for (size_t x = 26 * 24 * 13; x < ot_grid_voxel_count(&b->grid); x++) {
        gy += (double)map->dose->data[x];
        ml += 1.0;
    }
    assert_true(map->mixed_count > 0);
    for (size_t m = 0; m < map->mixed_count; m++) {
        gy += 0.3 * (double)map->mixed[m].lung_gy;
        ml += 0.3;
    }
    ot_dose_map_destroy(map);
    return gy / ml;
}

static void lung_base_destroy(struct lung_base *b)
{
    ot_volume_destroy(b->activity);
    ot_volume_destroy(b->density);
    ot_volume_destroy(b->inside);
    for (size_t m = 0; m < 2; m++) {
        ot_volume_destroy(b->share[m]);
        ot_voxel_s_destroy(b->kernel[m]);
        ot_mass_depth_destroy(b->depth[m]);
    }
}

static void energy_is_kept_and_bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    struct lung_base b;
    struct ot_err err = {0};
    struct ot_dose_map *first = NULL;
    lung_base_create(&b);
    static const int threads[] = {1, 2, 3, 5};
    for (size_t t = 0; t < 4; t++) {
        struct ot_dose_map *map = NULL;
        b.request.threads = threads[t];
        assert_ok(ot_dose_rays(&b.request, &map, &err), err);
        if (t == 0) {
            print_message("liver under lung in a narrow body: %zu voxels by rays, %.1f %% of the "
                          "energy leaves, balance %.1e\n",
                          map->ray_voxels, 100.0 * map->outside_j / map->emitted_j,
                          map->balance_fraction);
            assert_true(map->balance_fraction <= 2e-3);
            assert_true(map->outside_j > 0.02 * map->emitted_j);
            first = map;
            continue;
        }
        assert_memory_equal(map->dose->data, first->dose->data,
                            ot_grid_voxel_count(&b.grid) * sizeof *map->dose->data);
        assert_true(!(fabs(map->outside_j - first->outside_j) > 0.0));
        ot_dose_map_destroy(map);
    }
    for (size_t x = 0; x < ot_grid_voxel_count(&b.grid); x++) {
        assert_true(b.inside->data[x] > 0.0F || fabsf(first->dose->data[x]) <= 0.0F);
    }
    ot_dose_map_destroy(first);
    lung_base_destroy(&b);
}

/* Balance of a lone hot cube of `side` voxels. */
static double balance_of_hot_spot(struct lung_base *b, const size_t first[3], size_t side)
{
    struct ot_err err = {0};
    struct ot_dose_map *map = NULL;
    for (size_t x = 0; x < ot_grid_voxel_count(&b->grid); x++) {
        const size_t at[3] = {x % 26, x / 26 % 24, x / (26 * 24)};
        bool hot = true;
        for (size_t axis = 0; axis < 3; axis++) {
            hot = hot && at[axis] >= first[axis] && at[axis] < first[axis] + side;
        }
        b->activity->data[x] = hot ? 1e6F : 0.0F;
    }
    assert_ok(ot_dose_rays(&b->request, &map, &err), err);
    const double balance = map->balance_fraction;
    ot_dose_map_destroy(map);
    return balance;
}

/* Hard for a quadrature: at the lung, in it, at the body's surface, at a corner of the grid. */
static void lone_hot_spots_keep_their_energy_too(void **state)
{
    (void)state;
    struct lung_base b;
    double worst = 0.0;
    lung_base_create(&b);
    for (size_t n = 0; n < 40; n += ot_test_step(10)) {
        const size_t first[3] = {n * 7 % 18 + 3, n * 5 % 22, n * 11 % 26};
        worst = fmax(worst, balance_of_hot_spot(&b, first, 3));
    }
    print_message("lone hot spots of 12 mm: balance within %.1e\n", worst);
    assert_true(worst <= 0.001);
    lung_base_destroy(&b);
}

/* The smallest source that an image can hold, in and around the border of liver and lung. */
static void a_lone_hot_voxel_keeps_its_energy(void **state)
{
    (void)state;
    struct lung_base b;
    double worst = 0.0;
    double sum = 0.0;
    double count = 0.0;
    lung_base_create(&b);
    for (size_t n = 0; n < 40; n += ot_test_step(10)) {
        const size_t at[3] = {n * 7 % 18 + 4, n * 5 % 22 + 1, n * 3 % 11 + 7};
        const double balance = balance_of_hot_spot(&b, at, 1);
        worst = fmax(worst, balance);
        sum += balance;
        count += 1.0;
    }
    print_message("one hot voxel: balance within %.1e, %.1e in the mean of %g places\n", worst,
                  sum / count, count);
    assert_true(worst <= 0.002);
    lung_base_destroy(&b);
}

static void far_from_boundaries_it_is_the_convolution_of_the_own_medium(void **state)
{
    (void)state;
    struct lung_base b;
    struct ot_err err = {0};
    struct ot_dose_map *map = NULL;
    lung_base_create(&b);
    b.request.inside = NULL;
    assert_ok(ot_dose_rays(&b.request, &map, &err), err);
    /* liver: 30 mm and more below the lung all activity within the range is liver's */
    struct ot_dose_medium liver = {.kernel = b.kernel[0], .share = b.share[0]};
    struct ot_dose_map *alone = NULL;
    struct ot_dose_request request = b.request;
    request.media = &liver;
    request.media_count = 1;
    for (size_t x = 0; x < ot_grid_voxel_count(&b.grid); x++) {
        b.activity->data[x] = x / (26 * 24) < 12 ? b.activity->data[x] : 0.0F;
    }
    assert_ok(ot_dose_voxel_s(&request, &alone, &err), err);
    for (size_t x = 0; x < 26 * 24 * 5; x++) {
        assert_near(map->dose->data[x], alone->dose->data[x], 1e-5 * 47.3);
    }
    assert_true(map->ray_voxels < ot_grid_voxel_count(&b.grid) * 7 / 10);
    ot_dose_map_destroy(map);
    ot_dose_map_destroy(alone);
    lung_base_destroy(&b);
}

static void missing_tables_and_empty_bodies_are_refused(void **state)
{
    (void)state;
    struct lung_base b;
    struct ot_err err[3] = {{{0}, NULL, 0, OT_OK}};
    struct ot_dose_map *map = NULL;
    lung_base_create(&b);
    b.media[1].depth = NULL;
    assert_refused(ot_dose_rays(&b.request, &map, &err[0]), err[0], OT_ERR_ARG,
                   "table of lung against mass depth");
    b.media[1].depth = b.depth[0];
    assert_refused(ot_dose_rays(&b.request, &map, &err[1]), err[1], OT_ERR_ARG, "table of lung");
    b.media[1].depth = b.depth[1];
    for (size_t x = 0; x < ot_grid_voxel_count(&b.grid); x++) {
        b.inside->data[x] = 0.0F;
    }
    assert_refused(ot_dose_rays(&b.request, &map, &err[2]), err[2], OT_ERR_RANGE,
                   "inside the body");
    assert_null(map);
    lung_base_destroy(&b);
}

/* Noise that is added in one image and subtracted in another cancels in the mean of a lung: what
 * is negative is neither clipped nor skipped, nor does it turn how a voxel of two media is parted.
 */
static void noise_below_0_does_not_move_the_mean_of_a_lung(void **state)
{
    (void)state;
    static struct ot_mixed_voxel mixed[26 * 24];
    struct lung_base b;
    struct ot_random random;
    double mean_gy[3];
    lung_base_create(&b);
    const size_t count = ot_grid_voxel_count(&b.grid);
    float *base = (float *)calloc(count, sizeof *base);
    float *noise = (float *)calloc(count, sizeof *noise);
    assert_true(base != NULL && noise != NULL);
    for (size_t n = 0; n < 26 * 24; n++) {
        mixed[n] = (struct ot_mixed_voxel){.voxel = 26 * 24 * 12 + n,
                                           .lung_fraction = 0.3F,
                                           .soft_g_per_cm3 = 1.05F,
                                           .lung_g_per_cm3 = 0.26F};
    }
    b.request.mixed = mixed;
    b.request.mixed_count = 26 * 24;
    ot_random_seed(&random, 5, 1);
    for (size_t x = 0; x < count; x++) {
        const bool layer = x / (26 * 24) == 12;
        base[x] = layer && b.activity->data[x] > 0.0F ? 0.73e6F : b.activity->data[x];
        noise[x] = (float)(1e6 * ot_random_normal(&random));
    }
    for (int sign = -1; sign <= 1; sign++) {
        for (size_t x = 0; x < count; x++) {
            b.activity->data[x] = base[x] + (float)sign * noise[x];
        }
        mean_gy[sign + 1] = lung_gy(&b);
    }
    print_message("lung: %.4f Gy, with noise %.4f and %.4f Gy\n", mean_gy[1], mean_gy[0],
                  mean_gy[2]);
    assert_true(fabs(mean_gy[2] - mean_gy[0]) > 0.02 * mean_gy[1]); /* there is noise */
    assert_ratio(0.5 * (mean_gy[0] + mean_gy[2]), mean_gy[1], 1e-3);
    free(base);
    free(noise);
    lung_base_destroy(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plane_of_liver_and_lung_agrees_with_monte_carlo),
        cmocka_unit_test(a_sphere_of_liver_in_lung_keeps_the_dose_of_both_media),
        cmocka_unit_test(energy_is_kept_and_bits_do_not_depend_on_threads),
        cmocka_unit_test(lone_hot_spots_keep_their_energy_too),
        cmocka_unit_test(a_lone_hot_voxel_keeps_its_energy),
        cmocka_unit_test(far_from_boundaries_it_is_the_convolution_of_the_own_medium),
        cmocka_unit_test(noise_below_0_does_not_move_the_mean_of_a_lung),
        cmocka_unit_test(missing_tables_and_empty_bodies_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
