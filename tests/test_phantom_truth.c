/* tests/test_phantom_truth.c - sampled mean doses against transport results and exact values.
 * timeout: 240 */
#include "kernels/nuclide.h"
#include "kernels/phantom_truth.h"
#include "tests/support/kernel.h"
#include "tests/support/ot_test.h"
#include "tests/support/slab.h"

static const double K = 49.67;
static const double RHO = 1.05;

static struct ot_truth_settings settings_of(const struct ot_radial_kernel *kernel, double sigma)
{
    return (struct ot_truth_settings){.kernel = kernel,
                                      .gy_kg_per_gbq = K,
                                      .density_g_per_ml = RHO,
                                      .relative_sigma = sigma,
                                      .samples_max = UINT64_C(1) << (ot_test_full() ? 28 : 24),
                                      .seed = 11,
                                      .threads = 2};
}

struct ball {
    double radius_mm;
    double gbq_per_ml;
};

static bool in_ball(const void *context, const double point_mm[3])
{
    const struct ball *ball = (const struct ball *)context;
    return point_mm[0] * point_mm[0] + point_mm[1] * point_mm[1] + point_mm[2] * point_mm[2] <=
           ball->radius_mm * ball->radius_mm;
}

static double ball_at(const void *context, const double point_mm[3], bool lung)
{
    (void)lung;
    return in_ball(context, point_mm) ? ((const struct ball *)context)->gbq_per_ml : 0.0;
}

static double ball_weight(const void *context, size_t voxel, const double point_mm[3],
                          const struct ot_stretch *here)
{
    (void)voxel;
    (void)here;
    return in_ball(context, point_mm) ? 1.0 : 0.0;
}

/* Absorbed fractions of spheres, PENELOPE, normalized to the energy within the beta range (fact
 * sheet 10.2). Sigma of the transport 0.02 %, of its kernel in the radial table about 0.05 %. */
static void spheres_absorb_what_transport_says(void **state)
{
    (void)state;
    static const double table[][2] = {{0.1, 0.4429}, {1, 0.6969}, {10, 0.8545}, {100, 0.9322}};
    struct ot_radial_kernel *kernel = ot_test_radial("liver");
    struct ot_err err = {0};
    for (size_t n = 0; n < 4; n++) {
        const double radius_mm = cbrt(table[n][0] / RHO * 1000.0 * 0.75 / 3.141592653589793);
        const struct ball ball = {.radius_mm = radius_mm, .gbq_per_ml = 1e-3};
        const double step_mm = radius_mm / 5.0;
        struct ot_grid grid = ot_test_grid(13, 11, 15, step_mm, step_mm, step_mm);
        for (size_t r = 0; r < 3; r++) {
            grid.origin_mm[r] = -0.5 * step_mm * ((double)grid.n[r] - 1.0);
        }
        struct ot_volume *box = ot_test_volume(&grid, OT_UNIT_NONE);
        for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
            box->data[x] = 1.0F;
        }
        const struct ot_truth_field field = {
            .at = ball_at, .weight = ball_weight, .even = true, .context = &ball};
        const struct ot_truth_settings settings = settings_of(kernel, ot_test_full() ? 1e-4 : 3e-4);
        struct ot_truth truth;
        assert_ok(ot_truth_of_field(&field, box, box, &settings, &truth, &err), err);
        assert_true(truth.sigma_gy <= 3e-4 * truth.mean_gy);
        const double infinite_gy = K * ball.gbq_per_ml / RHO * 1000.0;
        assert_ratio(truth.mean_gy / infinite_gy, table[n][1], 0.003);
        ot_volume_destroy(box);
    }
    ot_radial_kernel_destroy(kernel);
}

/* In one medium. */
static enum ot_rc image_mean(const struct ot_volume *image, double scale,
                             const struct ot_volume *voi, const struct ot_truth_settings *settings,
                             struct ot_truth *truth, struct ot_err *err)
{
    const struct ot_truth_image written = {.concentration = image, .scale = scale};
    return ot_truth_of_image(&written, OT_ROLE_OTHER, voi, settings, truth, err);
}

/* A half-space of activity in voxels: a slab of target voxels on each side of the face. */
static void a_half_space_gives_one_half_at_its_face(void **state)
{
    (void)state;
    struct ot_radial_kernel *kernel = ot_test_radial("liver");
    struct ot_err err = {0};
    const struct ot_grid grid = ot_test_grid(40, 31, 29, 1.5, 2.0, 2.5);
    struct ot_volume *image = ot_test_volume(&grid, OT_UNIT_NONE);
    struct ot_volume *voi = ot_test_volume(&grid, OT_UNIT_NONE);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        image->data[x] = x % 40 < 20 ? 4.0F : 0.0F;
    }
    const struct ot_truth_settings settings = settings_of(kernel, ot_test_full() ? 1e-4 : 3e-4);
    const double deep_gy = K * 4.0 * 0.5e-3 / RHO * 1000.0; /* scale 0.5e-3: 2 MBq/ml */
    struct ot_truth truth;
    const size_t middle = 40 * (15 + 31 * 14);
    double gy[4];
    for (size_t n = 0; n < 4; n++) { /* two voxels inside, two outside; then both sides at once */
        voi->data[middle + 18 + n] = 0.25F;
        assert_ok(image_mean(image, 0.5e-3, voi, &settings, &truth, &err), err);
        gy[n] = truth.mean_gy;
        voi->data[middle + 18 + n] = 0.0F;
    }
    assert_ratio(gy[0] + gy[3], deep_gy, 0.002);
    assert_ratio(gy[1] + gy[2], deep_gy, 0.002);
    assert_true(gy[1] > gy[2] && gy[0] > gy[1]);
    for (size_t n = 0; n < 4; n++) {
        voi->data[middle + 18 + n] = 1.0F;
    }
    assert_ok(image_mean(image, 0.5e-3, voi, &settings, &truth, &err), err);
    assert_ratio(truth.mean_gy, 0.5 * deep_gy, 0.002);
    ot_volume_destroy(image);
    ot_volume_destroy(voi);
    ot_radial_kernel_destroy(kernel);
}

static void deep_in_activity_the_dose_is_exact_and_far_away_zero(void **state)
{
    (void)state;
    struct ot_radial_kernel *kernel = ot_test_radial("liver");
    struct ot_err err = {0};
    const struct ot_grid grid = ot_test_grid(25, 17, 15, 4.0, 4.4, 3.2);
    struct ot_volume *image = ot_test_volume(&grid, OT_UNIT_NONE);
    struct ot_volume *voi = ot_test_volume(&grid, OT_UNIT_NONE);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        image->data[x] = x % 25 < 15 ? 1.0F : 0.0F;
    }
    const struct ot_truth_settings settings = settings_of(kernel, 1e-3);
    struct ot_truth truth;
    voi->data[8 + 25 * (8 + 17 * 7)] = 0.3F;
    assert_ok(image_mean(image, 1e-3, voi, &settings, &truth, &err), err);
    assert_ratio(truth.mean_gy, K / RHO, 1e-9);
    voi->data[8 + 25 * (8 + 17 * 7)] = 0.0F;
    voi->data[22 + 25 * (8 + 17 * 7)] = 1.0F;
    assert_ok(image_mean(image, 1e-3, voi, &settings, &truth, &err), err);
    assert_near(truth.mean_gy, 0.0, 0.0);
    /* Half of the VOI is deep, half gets nothing. */
    voi->data[8 + 25 * (8 + 17 * 7)] = 1.0F;
    assert_ok(image_mean(image, 1e-3, voi, &settings, &truth, &err), err);
    assert_ratio(truth.mean_gy, 0.5 * K / RHO, 1e-9);
    ot_volume_destroy(image);
    ot_volume_destroy(voi);
    ot_radial_kernel_destroy(kernel);
}

/* Liver below the plane z = 0, lung above it, activity on one side. */
struct border {
    bool source_in_lung;
};

static double border_at(const void *context, const double point_mm[3], bool lung)
{
    const struct border *border = (const struct border *)context;
    (void)point_mm;
    return lung == border->source_in_lung ? 1e-3 : 0.0;
}

static void border_path(const void *context, const double from_mm[3], const double direction[3],
                        double most_g_per_cm2, struct ot_path *path)
{
    const double most_mm = most_g_per_cm2 * 10.0 / 0.26;
    const struct ot_stretch liver = {.end_mm = most_mm, .g_per_ml = RHO};
    const struct ot_stretch lung = {.end_mm = most_mm, .g_per_ml = 0.26, .lung = true};
    const bool starts_in_lung = from_mm[2] > 0.0;
    const double border_mm = -from_mm[2] / direction[2];
    (void)context;
    path->stretch[0] = starts_in_lung ? lung : liver;
    path->stretch[1] = starts_in_lung ? liver : lung;
    path->count = border_mm > 0.0 && border_mm < most_mm ? 2 : 1;
    path->stretch[0].end_mm = path->count == 2 ? border_mm : most_mm;
}

/* Transport, source by source and layer by layer: within 2 % or 3 sigma wherever the dose is above
 * a tenth of that deep in the source. */
static void a_plane_of_liver_and_lung_has_the_dose_of_transport(void **state)
{
    (void)state;
    const char *path = ot_test_shared("physics/mc/slab_liver_lung.csv");
    static const double deep_gy[2] = {47.42, 191.5}; /* of its description */
    struct ot_radial_kernel *kernel = ot_test_radial("liver");
    struct ot_radial_kernel *lung_kernel = ot_test_radial("lung");
    struct ot_truth_settings settings = settings_of(kernel, 1e-3);
    settings.lung_kernel = lung_kernel;
    settings.gy_kg_per_gbq = /* of the transport's own energy: s MeV J/MeV 1/GBq */
        64.1 * 3600.0 / log(2.0) * ot_radial_kernel_beta_mev(kernel) * 1.602176634e-13 * 1e9;
    for (int lung = 0; lung < 2; lung++) {
        struct ot_err err = {0};
        struct ot_slab slab;
        size_t compared = 0;
        double worst = 0.0;
        const struct border border = {.source_in_lung = lung == 1};
        const struct ot_truth_field field = {
            .at = border_at, .path = border_path, .context = &border};
        assert_ok(ot_slab_monte_carlo(path, lung == 1, 2.0, &slab, &err), err);
        for (size_t n = 0; n < slab.count; n++) {
            if (!(slab.dose_gy[n] > 0.1 * deep_gy[lung])) {
                continue;
            }
            struct ot_grid grid = ot_test_grid(1, 1, 1, 3.0, 4.0, 2.0);
            grid.origin_mm[2] = 0.5 * (slab.edge_mm[n] + slab.edge_mm[n + 1]);
            struct ot_volume *layer = ot_test_volume(&grid, OT_UNIT_NONE);
            struct ot_truth truth;
            layer->data[0] = 1.0F;
            assert_ok(ot_truth_of_field(&field, layer, layer, &settings, &truth, &err), err);
            const double off_gy = truth.mean_gy - slab.dose_gy[n];
            assert_near(off_gy, 0.0, fmax(0.02 * slab.dose_gy[n], 3.0 * slab.sigma_gy[n]));
            worst = fmax(worst, fabs(off_gy) / slab.dose_gy[n]);
            compared++;
            ot_volume_destroy(layer);
        }
        assert_true(compared >= 14);
        print_message("sampled, source in %s: %zu layers, %.1f %% at most\n",
                      lung == 1 ? "lung" : "liver", compared, 100.0 * worst);
    }
    ot_radial_kernel_destroy(kernel);
    ot_radial_kernel_destroy(lung_kernel);
}

static void the_result_depends_on_the_seed_and_not_on_threads(void **state)
{
    (void)state;
    struct ot_radial_kernel *kernel = ot_test_radial("liver");
    struct ot_err err = {0};
    const struct ot_grid grid = ot_test_grid(12, 11, 10, 4.0, 4.4, 3.2);
    struct ot_volume *image = ot_test_volume(&grid, OT_UNIT_NONE);
    image->data[5 + 12 * (5 + 11 * 5)] = 1.0F;
    struct ot_volume *voi = ot_test_volume(&grid, OT_UNIT_NONE);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        voi->data[x] = (float)(x % 7) / 6.0F;
    }
    struct ot_truth_settings settings = settings_of(kernel, 5e-3);
    struct ot_truth truth[3];
    for (int n = 0; n < 3; n++) {
        settings.threads = n == 1 ? 5 : 1;
        settings.seed = n == 2 ? 12 : 11;
        assert_ok(image_mean(image, 1e-3, voi, &settings, &truth[n], &err), err);
    }
    assert_memory_equal(&truth[0], &truth[1], sizeof truth[0]);
    assert_true(fabs(truth[0].mean_gy - truth[2].mean_gy) > 0.0);
    assert_near(truth[0].mean_gy, truth[2].mean_gy,
                5.0 * hypot(truth[0].sigma_gy, truth[2].sigma_gy));
    ot_volume_destroy(image);
    ot_volume_destroy(voi);
    ot_radial_kernel_destroy(kernel);
}

static void other_grids_and_empty_vois_are_refused(void **state)
{
    (void)state;
    struct ot_radial_kernel *kernel = ot_test_radial("liver");
    const struct ot_grid grid = ot_test_grid(6, 5, 4, 4.0, 4.4, 3.2);
    struct ot_volume *image = ot_test_volume(&grid, OT_UNIT_NONE);
    struct ot_volume *voi = ot_test_volume(&grid, OT_UNIT_NONE);
    const struct ot_truth_settings settings = settings_of(kernel, 1e-2);
    struct ot_truth truth;
    struct ot_err err = {0};
    assert_refused(image_mean(image, 1.0, voi, &settings, &truth, &err), err, OT_ERR_RANGE,
                   "holds no voxel");
    voi->data[0] = 1.0F;
    voi->grid.origin_mm[0] += 1.0;
    struct ot_err other = {0};
    assert_refused(image_mean(image, 1.0, voi, &settings, &truth, &other), other, OT_ERR_GEOMETRY,
                   "different grids");
    ot_volume_destroy(image);
    ot_volume_destroy(voi);
    ot_radial_kernel_destroy(kernel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spheres_absorb_what_transport_says),
        cmocka_unit_test(a_half_space_gives_one_half_at_its_face),
        cmocka_unit_test(deep_in_activity_the_dose_is_exact_and_far_away_zero),
        cmocka_unit_test(a_plane_of_liver_and_lung_has_the_dose_of_transport),
        cmocka_unit_test(the_result_depends_on_the_seed_and_not_on_threads),
        cmocka_unit_test(other_grids_and_empty_vois_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
