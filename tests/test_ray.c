/* tests/test_ray.c - rays in mass depth against closed formulas, the convolution and Monte Carlo.
 * labels: numeric slow
 * timeout: 180 */
#include "kernels/ray.h"

#include <stdlib.h>

#include "core/mem.h"
#include "core/stats.h"
#include "io/kernel_table.h"
#include "kernels/convolve.h"
#include "kernels/dose.h"
#include "kernels/phantom.h"
#include "kernels/random.h"
#include "kernels/ray_rule.h"
#include "kernels/surroundings.h"
#include "tests/support/ot_test.h"
#include "tests/support/slab.h"
#include "tests/support/sphere.h"

static struct ot_radial_kernel *radial_of(const char *medium)
{
    struct ot_err err = {0};
    struct ot_radial_kernel *radial = NULL;
    assert_ok(ot_kernel_table_load("Y-90", medium, &radial, &err), err);
    return radial;
}

static struct ot_mass_depth *depth_of(const char *medium)
{
    struct ot_err err = {0};
    struct ot_mass_depth *depth = NULL;
    struct ot_radial_kernel *radial = radial_of(medium);
    assert_ok(ot_mass_depth_create(radial, &depth, &err), err);
    ot_radial_kernel_destroy(radial);
    return depth;
}

static struct ot_voxel_s *kernel_of(const char *medium, double density_g_per_cm3,
                                    const struct ot_grid *grid)
{
    struct ot_err err = {0};
    struct ot_voxel_s *kernel = NULL;
    struct ot_radial_kernel *radial = radial_of(medium);
    assert_ok(ot_voxel_s_create(radial, grid->spacing_mm, density_g_per_cm3,
                                ot_dose_constant_mev_per_decay(&OT_Y90_DEFAULT), 2, &kernel, &err),
              err);
    ot_radial_kernel_destroy(radial);
    return kernel;
}

static void tables_rise_from_0_to_1_and_reach_half_at_r50(void **state)
{
    (void)state;
    static const struct {
        const char *medium;
        double g_per_cm3, r50_mm, r90_mm; /* of the description of the Monte Carlo data */
    } want[] = {{"water", 1.0, 2.339, 5.392},
                {"liver", 1.05, 2.253, 5.194},
                {"lung", 0.26, 8.985, 20.635},
                {"bone", 1.85, 1.329, 3.042}};
    for (size_t m = 0; m < 4; m++) {
        struct ot_mass_depth *depth = depth_of(want[m].medium);
        double r50_mm = 0.0;
        double r90_mm = 0.0;
        assert_near(depth->absorbed[0], 0.0, 0.0);
        assert_near(depth->absorbed[depth->count], 1.0, 0.0);
        for (size_t n = 1; n <= depth->count; n++) {
            const double mm = OT_MASS_DEPTH_STEP_G_PER_CM2 * (double)n * 10.0 / want[m].g_per_cm3;
            assert_true(depth->absorbed[n] >= depth->absorbed[n - 1]);
            r50_mm = depth->absorbed[n] < 0.5F ? mm : r50_mm;
            r90_mm = depth->absorbed[n] < 0.9F ? mm : r90_mm;
        }
        const double step_mm = OT_MASS_DEPTH_STEP_G_PER_CM2 * 10.0 / want[m].g_per_cm3;
        assert_near(r50_mm, want[m].r50_mm, step_mm + 1e-3);
        assert_near(r90_mm, want[m].r90_mm, step_mm + 1e-3);
        assert_true(depth->reach_g_per_cm2 * 10.0 / want[m].g_per_cm3 > 1.5 * r90_mm);
        ot_mass_depth_destroy(depth);
    }
}

static void rays_are_cut_where_they_cross_the_lattice(void **state)
{
    (void)state;
    static const double spacing_mm[3] = {2.0, 3.1, 4.4};
    const double length_mm = 40.0;
    struct ot_err err = {0};
    struct ot_ray_rule *rule = NULL;
    assert_ok(ot_ray_rule_create(spacing_mm, length_mm, 3, 16, &rule, &err), err);
    assert_int_equal(rule->rays, 128);
    double mean[3] = {0.0};
    double square[3] = {0.0};
    const double rays = (double)(rule->sets * rule->rays);
    for (size_t set = 0; set < rule->sets; set++) {
        for (size_t n = 0; n < rule->rays; n++) {
            const struct ot_ray *ray = &rule->ray[set * rule->rays + n];
            double at_mm = 0.0;
            for (size_t s = 0; s < ray->count; s++) {
                const double half_mm = 5.0 * (double)ray->step[s].length_cm;
                const int offset[3] = {ray->step[s].di, ray->step[s].dj, ray->step[s].dk};
                for (size_t axis = 0; axis < 3; axis++) {
                    const double point_mm =
                        ray->point_mm[axis] + (at_mm + half_mm) * ray->direction[axis];
                    assert_near(point_mm / spacing_mm[axis], offset[axis], 0.5);
                }
                at_mm += 2.0 * half_mm;
            }
            assert_near(at_mm, length_mm, 1e-3);
            for (size_t axis = 0; axis < 3; axis++) {
                mean[axis] += ray->direction[axis] / rays;
                square[axis] += ray->direction[axis] * ray->direction[axis] / rays;
            }
        }
    }
    for (size_t axis = 0; axis < 3; axis++) {
        assert_near(mean[axis], 0.0, 1e-12);
        assert_near(square[axis], 1.0 / 3.0, 0.01);
    }
    ot_ray_rule_destroy(rule);
    assert_refused(ot_ray_rule_create(spacing_mm, 1e5, 3, 16, &rule, &err), err, OT_ERR_RANGE,
                   "too long");
    assert_null(rule);
}

/* By definition, voxel by voxel. */
static bool is_uniform(const struct ot_grid *grid, const float *density, const uint8_t *kind,
                       const size_t at[3], double reach_mm)
{
    const size_t *n = grid->n;
    const size_t x = at[0] + n[0] * (at[1] + n[1] * at[2]);
    bool uniform = kind[x] != OT_KIND_MIXED && density[x] > 0.0F;
    for (size_t k = 0; k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            for (size_t i = 0; i < n[0]; i++) {
                const size_t y = i + n[0] * (j + n[1] * k);
                const double apart[3] = {(double)i - (double)at[0], (double)j - (double)at[1],
                                         (double)k - (double)at[2]};
                bool in_box = true;
                for (size_t axis = 0; axis < 3; axis++) {
                    in_box = in_box && fabs(apart[axis]) <= ceil(reach_mm / grid->spacing_mm[axis]);
                }
                if (in_box &&
                    (kind[y] != kind[x] || !(density[y] > 0.0F) ||
                     fabs((double)density[y] - (double)density[x]) > 0.02 * (double)density[x])) {
                    uniform = false;
                }
            }
        }
    }
    return uniform;
}

static void uniform_surroundings_are_found_as_by_looking_at_every_voxel(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(23, 17, 19, 2.0, 3.0, 2.5);
    enum { COUNT = 23 * 17 * 19 };
    static float density[COUNT];
    static uint8_t kind[COUNT];
    static uint8_t uniform[COUNT];
    struct ot_err err = {0};
    struct ot_random random;
    ot_random_seed(&random, 7, 0);
    for (size_t x = 0; x < COUNT; x++) {
        const size_t i = x % 23;
        density[x] = i < 11 ? 1.0F : 0.27F;
        kind[x] = i < 11 ? 0 : 1;
        density[x] *= (float)(1.0 + 0.009 * ot_random_uniform(&random));
        if (ot_random_uniform(&random) < 0.002) {
            density[x] *= 1.05F;
        } else if (ot_random_uniform(&random) < 0.001) {
            kind[x] = OT_KIND_MIXED;
        } else if (ot_random_uniform(&random) < 0.001) {
            density[x] = 0.0F;
        }
    }
    double lowest[2] = {10.0, 10.0};
    for (size_t x = 0; x < COUNT; x++) {
        if (kind[x] < 2 && density[x] > 0.0F) {
            lowest[kind[x]] = fmin(lowest[kind[x]], (double)density[x]);
        }
    }
    const double reach_g_per_cm2 = 0.2 * lowest[1]; /* 2 mm at the least dense, less elsewhere */
    assert_ok(ot_surroundings_uniform(&grid, density, kind, reach_g_per_cm2, 2, uniform, &err),
              err);
    size_t found = 0;
    for (size_t x = 0; x < COUNT; x++) {
        const size_t at[3] = {x % 23, x / 23 % 17, x / (23 * 17)};
        const size_t band = kind[x] < 2 ? kind[x] : 0;
        const bool want =
            is_uniform(&grid, density, kind, at, 10.0 * reach_g_per_cm2 / lowest[band]);
        assert_int_equal(uniform[x], want);
        found += want ? 1 : 0;
    }
    assert_true(found > COUNT / 10 && found < COUNT);
    density[5] = 3.0F;
    uint8_t near[COUNT];
    float value[COUNT] = {0.0F};
    value[11 + 23 * (8 + 17 * 9)] = -1.0F;
    assert_ok(ot_surroundings_near(&grid, value, 6.0, false, 2, near, &err), err);
    for (size_t x = 0; x < COUNT; x++) {
        const bool want = labs((long)(x % 23) - 11) <= 3 && labs((long)(x / 23 % 17) - 8) <= 2 &&
                          labs((long)(x / (23 * 17)) - 9) <= 3;
        assert_int_equal(near[x], want);
    }
}

/* The activity of the synthetic patient, not blurred: the hardest that a patient can be. */
struct patient {
    struct ot_volume *activity;
    struct ot_volume *fraction[16];
    struct ot_volume *density;
};

static void patient_create(const char *preset, float g_per_cm3, struct patient *p)
{
    struct ot_err err = {0};
    struct ot_phantom phantom;
    assert_true(ot_phantom_voi_count <= 16);
    assert_ok(ot_phantom_preset(preset, &phantom, &err), err);
    assert_ok(ot_phantom_render(&phantom, &phantom.spect, 2, &p->activity, p->fraction, &err), err);
    p->activity->unit = OT_UNIT_BQ_PER_ML;
    p->density = ot_test_volume(&p->activity->grid, OT_UNIT_G_PER_CM3);
    for (size_t x = 0; x < ot_grid_voxel_count(&p->activity->grid); x++) {
        p->density->data[x] = g_per_cm3;
    }
}

static void patient_destroy(struct patient *p)
{
    ot_volume_destroy(p->activity);
    ot_volume_destroy(p->density);
    for (size_t v = 0; v < ot_phantom_voi_count; v++) {
        ot_volume_destroy(p->fraction[v]);
    }
}

/* Rays and convolution of one patient in one medium; energies per ml. */
static void compare_in_uniform_medium(const char *preset, const char *medium, double g_per_cm3)
{
    struct ot_err err = {0};
    struct patient p;
    patient_create(preset, (float)g_per_cm3, &p);
    const struct ot_grid *grid = &p.activity->grid;
    const size_t count = ot_grid_voxel_count(grid);
    struct ot_mass_depth *depth = depth_of(medium);
    const struct ot_mass_depth *table = depth;
    const float *source = p.activity->data;
    struct ot_voxel_s *kernel = kernel_of(medium, g_per_cm3, grid);
    const struct ot_dose_medium media = {.kernel = kernel};
    const struct ot_dose_request request = {.activity = p.activity,
                                            .media = &media,
                                            .media_count = 1,
                                            .density = p.density,
                                            .constant = OT_Y90_DEFAULT,
                                            .threads = 2};
    struct ot_dose_map *map = NULL;
    assert_ok(ot_dose_voxel_s(&request, &map, &err), err);
    struct ot_ray_scene scene;
    assert_ok(ot_ray_scene_init(grid, p.density->data, &table, 1, &scene, &err), err);
    double *energy = OT_NEW(double, count, &err);
    uint8_t *wanted = OT_NEW(uint8_t, count, &err);
    float most_gy = 0.0F;
    for (size_t x = 0; x < count; x++) {
        most_gy = map->dose->data[x] > most_gy ? map->dose->data[x] : most_gy;
        wanted[x] = map->dose->data[x] > 0.0F;
    }
    assert_ok(ot_ray_spread(&scene, &source, wanted, 2, energy, &err), err);
    const double gy_per_energy = 49.67e-6 / g_per_cm3;
    double squares = 0.0;
    double of = 0.0;
    for (size_t x = 0; x < count; x++) {
        const double want_gy = (double)map->dose->data[x];
        if (want_gy > 0.1 * (double)most_gy) {
            squares += pow(energy[x] * gy_per_energy / want_gy - 1.0, 2);
            of += 1.0;
        }
    }
    const double rms = sqrt(squares / of);
    double worst = 0.0;
    double small = 0.0; /* VOIs below 10 ml */
    for (size_t v = 0; v < ot_phantom_voi_count; v++) {
        double rays_gy = 0.0;
        double want_gy = 0.0;
        for (size_t x = 0; x < count; x++) {
            const double f = (double)p.fraction[v]->data[x];
            rays_gy += wanted[x] != 0 ? f * energy[x] * gy_per_energy : 0.0;
            want_gy += f * (double)map->dose->data[x];
        }
        if (ot_sum(p.fraction[v]->data, count) * ot_grid_voxel_volume_ml(grid) < 10.0) {
            small = fmax(small, fabs(rays_gy / want_gy - 1.0));
        } else {
            worst = fmax(worst, fabs(rays_gy / want_gy - 1.0));
        }
    }
    print_message("%s, %s: rays against convolution: %.3f %% rms of voxels above 10 %%, %.3f %% in "
                  "the worst VOI mean (%.3f %% below 10 ml)\n",
                  preset, medium, 100.0 * rms, 100.0 * worst, 100.0 * small);
    assert_true(rms <= 0.005);
    assert_true(worst <= 0.0005);
    assert_true(small <= 0.001);
    ot_free(energy);
    ot_free(wanted);
    ot_ray_scene_release(&scene);
    ot_dose_map_destroy(map);
    ot_voxel_s_destroy(kernel);
    ot_mass_depth_destroy(depth);
    patient_destroy(&p);
}

static void in_a_uniform_medium_rays_are_the_convolution(void **state)
{
    (void)state;
    compare_in_uniform_medium("small", "liver", 1.05);
    if (ot_test_full()) {
        compare_in_uniform_medium("clinical", "liver", 1.05);
        compare_in_uniform_medium("clinical", "lung", 0.26);
    }
}

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
        b->kernel[m] = kernel_of(m == 0 ? "liver" : "lung", m == 0 ? 1.05 : 0.26, &b->grid);
        b->depth[m] = depth_of(m == 0 ? "liver" : "lung");
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

/* Lone hot spots of 12 mm are hard for a quadrature: at the lung, in it, at the body's surface, at
 * a corner of the grid. (The noise of one single voxel is 1 %: the balance may refuse that.) */
static void lone_hot_spots_keep_their_energy_too(void **state)
{
    (void)state;
    struct lung_base b;
    struct ot_err err = {0};
    double worst = 0.0;
    lung_base_create(&b);
    for (size_t n = 0; n < 40; n += ot_test_step(10)) {
        struct ot_dose_map *map = NULL;
        const size_t first[3] = {n * 7 % 18 + 3, n * 5 % 22, n * 11 % 26};
        for (size_t x = 0; x < ot_grid_voxel_count(&b.grid); x++) {
            const size_t at[3] = {x % 26, x / 26 % 24, x / (26 * 24)};
            bool hot = true;
            for (size_t axis = 0; axis < 3; axis++) {
                hot = hot && at[axis] >= first[axis] && at[axis] < first[axis] + 3;
            }
            b.activity->data[x] = hot ? 1e6F : 0.0F;
        }
        assert_ok(ot_dose_rays(&b.request, &map, &err), err);
        worst = fmax(worst, map->balance_fraction);
        ot_dose_map_destroy(map);
    }
    print_message("lone hot spots of 12 mm: balance within %.1e\n", worst);
    assert_true(worst <= 0.004);
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

/* D/D_deep of a layer 0..a at the face of a half-space = 1 - escape; by the closed formula
 * (1/2) int F min(1, x/r) dr for what passes a plane at the depth x. */
static void what_escapes_a_half_space_is_the_closed_formula(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(24, 12, 12, 3.0, 4.2, 4.4);
    struct ot_err err = {0};
    struct ot_radial_kernel *radial = radial_of("liver");
    struct ot_mass_depth *depth = depth_of("liver");
    const struct ot_mass_depth *table = depth;
    const size_t count = ot_grid_voxel_count(&grid);
    float *density = OT_NEW(float, count, &err);
    uint8_t *wanted = OT_NEW(uint8_t, count, &err);
    double *escaped = OT_NEW(double, count, &err);
    for (size_t x = 0; x < count; x++) {
        density[x] = x % 24 < 12 ? 1.05F : 0.0F;
        const size_t j = x / 24 % 12;
        const size_t k = x / (24 * 12);
        wanted[x] =
            x % 24 < 12 && j > 2 && j < 9 && k > 2 && k < 9; /* 12 mm from the other faces */
    }
    struct ot_ray_scene scene;
    assert_ok(ot_ray_scene_init(&grid, density, &table, 1, &scene, &err), err);
    assert_ok(ot_ray_escape(&scene, 0, wanted, 2, escaped, &err), err);
    for (size_t layer = 0; layer < 4; layer++) {
        double want = 0.0; /* mean over depths of (1/2) sum E (1 - min(1, x/r)) */
        for (size_t q = 0; q < 300; q++) {
            const double x_mm = 3.0 * ((double)layer + ((double)q + 0.5) / 300.0);
            for (size_t n = 0; n < radial->count && radial->edge_mm[n + 1] < 11.91; n++) {
                const double r_mm = 0.5 * (radial->edge_mm[n] + radial->edge_mm[n + 1]);
                want += 0.5 * radial->energy_mev[n] * (1.0 - fmin(1.0, x_mm / r_mm)) / 300.0;
            }
        }
        want /= ot_radial_kernel_beta_mev(radial);
        double mean = 0.0;
        for (size_t x = 0; x < count; x++) {
            mean += wanted[x] != 0 && x % 24 == 11 - layer ? escaped[x] / 36.0 : 0.0;
        }
        print_message("layer %zu: %.5f of the energy escapes, by formula %.5f\n", layer, mean,
                      want);
        assert_near(mean, want, 0.004);
    }
    ot_ray_scene_release(&scene);
    ot_free(density);
    ot_free(wanted);
    ot_free(escaped);
    ot_mass_depth_destroy(depth);
    ot_radial_kernel_destroy(radial);
}

/* Points of a voxel counted on the inner side of the plane give the fraction back. */
static void planes_part_a_voxel_by_its_fraction(void **state)
{
    (void)state;
    static const double spacing_mm[3] = {4.0, 2.5, 3.3};
    struct ot_random random;
    ot_random_seed(&random, 3, 0);
    enum { SIDE = 60 };
    for (int trial = 0; trial < 24; trial++) {
        double normal[3];
        for (size_t axis = 0; axis < 3; axis++) { /* along an axis, along a diagonal, any */
            normal[axis] = trial < 3   ? (axis == (size_t)trial ? -1.0 : 0.0)
                           : trial < 4 ? 1.0
                                       : ot_random_normal(&random);
        }
        const double want = 0.02 + 0.96 * ot_random_uniform(&random);
        const struct ot_plane plane = ot_plane_at_fraction(normal, spacing_mm, want);
        size_t inner = 0;
        for (size_t n = 0; n < (size_t)SIDE * SIDE * SIDE; n++) {
            const size_t at[3] = {n % SIDE, n / SIDE % SIDE, n / (SIDE * SIDE)};
            double along_mm = 0.0;
            for (size_t axis = 0; axis < 3; axis++) {
                const double p_mm = spacing_mm[axis] * (((double)at[axis] + 0.5) / SIDE - 0.5);
                along_mm += plane.normal[axis] * p_mm;
            }
            inner += along_mm < plane.offset_mm;
        }
        /* along an axis, points lie in SIDE layers: half of one may be wrong */
        assert_near((double)inner / ((double)SIDE * SIDE * SIDE), want, 0.5 / SIDE + 1e-3);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_rise_from_0_to_1_and_reach_half_at_r50),
        cmocka_unit_test(rays_are_cut_where_they_cross_the_lattice),
        cmocka_unit_test(uniform_surroundings_are_found_as_by_looking_at_every_voxel),
        cmocka_unit_test(in_a_uniform_medium_rays_are_the_convolution),
        cmocka_unit_test(a_plane_of_liver_and_lung_agrees_with_monte_carlo),
        cmocka_unit_test(energy_is_kept_and_bits_do_not_depend_on_threads),
        cmocka_unit_test(lone_hot_spots_keep_their_energy_too),
        cmocka_unit_test(far_from_boundaries_it_is_the_convolution_of_the_own_medium),
        cmocka_unit_test(what_escapes_a_half_space_is_the_closed_formula),
        cmocka_unit_test(planes_part_a_voxel_by_its_fraction),
        cmocka_unit_test(a_sphere_of_liver_in_lung_keeps_the_dose_of_both_media),
        cmocka_unit_test(missing_tables_and_empty_bodies_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
