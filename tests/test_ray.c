/* tests/test_ray.c - rays in mass depth against closed formulas and the convolution.
 * labels: numeric slow
 * timeout: 180 */
#include "kernels/ray.h"

#include <stdlib.h>

#include "core/mem.h"
#include "core/stats.h"
#include "kernels/dose.h"
#include "kernels/phantom.h"
#include "kernels/random.h"
#include "kernels/ray_effort.h"
#include "kernels/ray_rule.h"
#include "kernels/surroundings.h"
#include "tests/support/kernel.h"
#include "tests/support/ot_test.h"

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
        struct ot_mass_depth *depth = ot_test_mass_depth(want[m].medium);
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
    assert_int_equal(rule->points, 16);
    double mean[3] = {0.0};
    double square[3] = {0.0};
    const size_t rays = rule->sets * rule->points * OT_RAY_MIRRORS;
    for (size_t n = 0; n < rays; n++) {
        const struct ot_ray *ray = &rule->ray[n / OT_RAY_MIRRORS];
        double at_mm = 0.0;
        for (size_t s = 0; s < ray->count; s++) {
            const double half_mm = 5.0 * (double)ray->step[s].length_cm;
            for (size_t axis = 0; axis < 3; axis++) {
                const double middle_mm =
                    ray->point_mm[axis] + (at_mm + half_mm) * ray->direction[axis];
                const double entry_mm = ray->point_mm[axis] + at_mm * ray->direction[axis];
                const double center_mm = ray->step[s].offset[axis] * spacing_mm[axis];
                assert_near(middle_mm, center_mm, 0.5 * spacing_mm[axis]);
                assert_near(entry_mm - center_mm, (double)ray->step[s].entry_mm[axis], 1e-5);
            }
            at_mm += 2.0 * half_mm;
        }
        assert_near(at_mm, length_mm, 1e-3);
        for (size_t axis = 0; axis < 3; axis++) {
            const double along =
                ot_ray_mirror_sign(n % OT_RAY_MIRRORS, axis) * ray->direction[axis];
            mean[axis] += along / (double)rays;
            square[axis] += along * along / (double)rays;
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
    struct ot_mass_depth *depth = ot_test_mass_depth(medium);
    const struct ot_mass_depth *table = depth;
    const float *source = p.activity->data;
    struct ot_voxel_s *kernel = ot_test_voxel_s(medium, g_per_cm3, grid);
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

/* Few voxels that emit have a quadrature of their own. */
static void one_hot_voxel_is_the_convolution_too(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(11, 9, 13, 4.0, 4.8, 3.2);
    const size_t count = ot_grid_voxel_count(&grid);
    const ptrdiff_t middle[3] = {5, 4, 6};
    const size_t hot = 5 + 11 * (4 + 9 * 6);
    struct ot_err err = {0};
    struct ot_mass_depth *depth = ot_test_mass_depth("liver");
    const struct ot_mass_depth *table = depth;
    struct ot_voxel_s *kernel = ot_test_voxel_s("liver", 1.05, &grid);
    struct ot_ray_scene scene;
    float *density = OT_NEW(float, count, &err);
    float *source = OT_NEW(float, count, &err);
    uint8_t *wanted = OT_NEW(uint8_t, count, &err);
    double *energy = OT_NEW(double, count, &err);
    for (size_t x = 0; x < count; x++) {
        density[x] = 1.05F;
        source[x] = x == hot ? 1.0F : 0.0F;
        wanted[x] = 1;
    }
    const float *sources = source;
    assert_ok(ot_ray_scene_init(&grid, density, &table, 1, &scene, &err), err);
    assert_ok(ot_ray_spread(&scene, &sources, wanted, 2, energy, &err), err);
    double all = 0.0;
    double worst = 0.0;
    for (size_t x = 0; x < count; x++) {
        const double want = ot_voxel_s_fraction(kernel, (ptrdiff_t)(x % 11) - middle[0],
                                                (ptrdiff_t)(x / 11 % 9) - middle[1],
                                                (ptrdiff_t)(x / 99) - middle[2]);
        all += energy[x];
        worst = fmax(worst, fabs(energy[x] - want));
    }
    print_message("one hot voxel: energy %+.1e; each voxel within %.3f %% of it\n", all - 1.0,
                  100.0 * worst);
    assert_near(all, 1.0, 1e-6);
    assert_true(worst <= 0.002);
    ot_ray_scene_release(&scene);
    ot_free(density);
    ot_free(source);
    ot_free(wanted);
    ot_free(energy);
    ot_voxel_s_destroy(kernel);
    ot_mass_depth_destroy(depth);
}

/* Rays for few sources are told from rays for many by what emits: not by a haze of noise, or a
 * vial, outside the body. */
static void what_is_outside_the_body_does_not_choose_the_rays(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(11, 9, 13, 4.0, 4.8, 3.2);
    enum { COUNT = 11 * 9 * 13, FIRST_INSIDE = 3 };
    static float density[COUNT];
    static float source[COUNT];
    static uint8_t wanted[COUNT];
    static double energy[4][COUNT];
    struct ot_err err = {0};
    struct ot_mass_depth *depth = ot_test_mass_depth("liver");
    const struct ot_mass_depth *table = depth;
    const float *sources = source;
    for (size_t x = 0; x < COUNT; x++) {
        wanted[x] = x % 11 >= FIRST_INSIDE;
        density[x] = wanted[x] != 0 ? 1.05F : 0.0F;
    }
    for (size_t turn = 0; turn < 4; turn++) { /* few, few and haze, many, many and a vial */
        struct ot_ray_scene scene;
        for (size_t x = 0; x < COUNT; x++) {
            const bool hot = turn >= 2 || x == 6 + 11 * (4 + 9 * 6);
            source[x] = wanted[x] != 0 && hot ? 1.0F : 0.0F;
            source[x] += turn == 1 && wanted[x] == 0 ? 0.5F : 0.0F;
        }
        source[0] += turn == 3 ? 1e6F : 0.0F;
        assert_ok(ot_ray_scene_init(&grid, density, &table, 1, &scene, &err), err);
        assert_ok(ot_ray_spread(&scene, &sources, wanted, 2, energy[turn], &err), err);
        ot_ray_scene_release(&scene);
    }
    assert_memory_equal(energy[0], energy[1], sizeof energy[0]);
    assert_memory_equal(energy[2], energy[3], sizeof energy[2]);
    ot_mass_depth_destroy(depth);
}

/* Gas in the bowel lets rays cross the whole image: few voxels would have the most rays, all long.
 */
static void long_rays_of_few_voxels_fit_into_memory(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_grid grid = ot_test_grid(128, 120, 110, 4.4, 4.2, 4.8);
    const struct ot_ray_scene scene = {.grid = &grid,
                                       .n = {130, 122, 112},
                                       .count = (size_t)(1.2 / OT_MASS_DEPTH_STEP_G_PER_CM2),
                                       .lowest_g_per_cm3 = 0.00121};
    uint8_t *wanted = OT_NEW(uint8_t, ot_grid_voxel_count(&grid), &err);
    struct ot_ray_rule *rule = NULL;
    wanted[7] = 1;
    assert_ok(ot_ray_rule_for(&scene, wanted, &OT_RAY_SUM, &rule, &err), err);
    double bytes = 0.0;
    double length_cm = 0.0;
    for (size_t n = 0; n < rule->sets * rule->points; n++) {
        bytes += (double)rule->ray[n].count * sizeof *rule->step;
    }
    for (size_t s = 0; s < rule->ray[0].count; s++) {
        length_cm += (double)rule->ray[0].step[s].length_cm;
    }
    print_message("rays of %.0f cm: %zu of them, %.0f MB\n", length_cm, rule->points, 1e-6 * bytes);
    assert_true(length_cm > 90.0);
    assert_true(rule->points >= 384);
    assert_true(bytes <= 1.1 * 16.0 * 1024.0 * 1024.0); /* their number is known in the mean only */
    ot_ray_rule_destroy(rule);
    ot_free(wanted);
}

/* D/D_deep of a layer 0..a at the face of a half-space = 1 - escape; by the closed formula
 * (1/2) int F min(1, x/r) dr for what passes a plane at the depth x. */
static void what_escapes_a_half_space_is_the_closed_formula(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(24, 12, 12, 3.0, 4.2, 4.4);
    struct ot_err err = {0};
    struct ot_radial_kernel *radial = ot_test_radial("liver");
    struct ot_mass_depth *depth = ot_test_mass_depth("liver");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_rise_from_0_to_1_and_reach_half_at_r50),
        cmocka_unit_test(rays_are_cut_where_they_cross_the_lattice),
        cmocka_unit_test(uniform_surroundings_are_found_as_by_looking_at_every_voxel),
        cmocka_unit_test(in_a_uniform_medium_rays_are_the_convolution),
        cmocka_unit_test(one_hot_voxel_is_the_convolution_too),
        cmocka_unit_test(what_is_outside_the_body_does_not_choose_the_rays),
        cmocka_unit_test(long_rays_of_few_voxels_fit_into_memory),
        cmocka_unit_test(what_escapes_a_half_space_is_the_closed_formula),
        cmocka_unit_test(planes_part_a_voxel_by_its_fraction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
