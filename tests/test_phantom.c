/* tests/test_phantom.c - the synthetic patient against closed formulas and its own totals.
 * timeout: 120 */
#include "core/mem.h"
#include "core/stats.h"
#include "kernels/phantom.h"
#include "kernels/phantom_image.h"
#include "kernels/phantom_path.h"
#include "kernels/random.h"
#include "tests/support/ot_test.h"

static const double PI = 3.141592653589793;

static struct ot_phantom preset(const char *name)
{
    struct ot_phantom phantom;
    struct ot_err err = {0};
    assert_ok(ot_phantom_preset(name, &phantom, &err), err);
    return phantom;
}

static const struct ot_phantom_voi *voi_named(const char *name)
{
    for (size_t v = 0; v < ot_phantom_voi_count; v++) {
        if (strcmp(ot_phantom_vois[v].name, name) == 0) {
            return &ot_phantom_vois[v];
        }
    }
    fail_msg("no VOI %s", name);
    return NULL;
}

static void bodies_have_the_volumes_of_the_formulas(void **state)
{
    (void)state;
    const struct ot_shape ellipsoid = {.center_mm = {3, -4, 5}, .semi_mm = {30, 20, 10}};
    const struct ot_shape cylinder = {.semi_mm = {30, 20, 10}, .cylinder = true};
    assert_ratio(ot_shape_volume_ml(&ellipsoid), 4.0 / 3.0 * PI * 6.0, 1e-12);
    assert_ratio(ot_shape_volume_ml(&cylinder), 2.0 * PI * 6.0, 1e-12);
    /* through the center: half; a cap of height h of a sphere: pi h^2 (3r - h)/3 */
    const struct ot_halfspace middle = {.normal = {0.6, 0, 0.8}, .offset_mm = 0.6 * 3 + 0.8 * 5};
    assert_ratio(ot_shape_part_volume_ml(&ellipsoid, &middle), 2.0 / 3.0 * PI * 6.0, 1e-12);
    const struct ot_shape sphere = {.semi_mm = {20, 20, 20}};
    const struct ot_halfspace cap = {.normal = {0, 1, 0}, .offset_mm = 15};
    assert_ratio(ot_shape_part_volume_ml(&sphere, &cap), PI * 25 * (60 - 5) / 3.0 / 1000.0, 1e-12);
    /* two equal spheres at distance d share pi (4r + d)(2r - d)^2 / 12 */
    const struct ot_shape other = {.center_mm = {6, 8, 0}, .semi_mm = {20, 20, 20}};
    assert_ratio(ot_shape_shared_volume_ml(&sphere, &other), PI * 90 * 900 / 12.0 / 1000.0, 1e-5);
    const struct ot_shape far = {.center_mm = {0, 41, 0}, .semi_mm = {20, 20, 20}};
    assert_near(ot_shape_shared_volume_ml(&sphere, &far), 0.0, 0.0);
}

static void tissues_add_up_to_the_body(void **state)
{
    (void)state;
    static const char *const presets[] = {"small", "clinical"};
    for (size_t n = 0; n < 2; n++) {
        const struct ot_phantom p = preset(presets[n]);
        const double liver = ot_phantom_volume_ml(&p, voi_named("liver"));
        const double tumor = ot_phantom_volume_ml(&p, voi_named("tumor"));
        assert_ratio(liver, ot_shape_volume_ml(&p.liver), 1e-12);
        assert_ratio(tumor + ot_phantom_volume_ml(&p, voi_named("normal_liver")), liver, 1e-12);
        assert_ratio(tumor + ot_phantom_volume_ml(&p, voi_named("normal_perfused")),
                     ot_phantom_volume_ml(&p, voi_named("RHA")), 1e-12);
        assert_ratio(ot_phantom_volume_ml(&p, voi_named("body")), ot_shape_volume_ml(&p.body),
                     1e-9);
        const double injected = p.activity_gbq * (1.0 - p.residual_fraction);
        const double lungs = ot_phantom_activity_gbq(&p, voi_named("lungs"));
        assert_ratio(ot_phantom_activity_gbq(&p, voi_named("body")), injected, 1e-12);
        assert_ratio(lungs, injected * p.lung_shunt_fraction, 1e-12);
        assert_near(ot_phantom_activity_gbq(&p, voi_named("nonperfused_liver")), 0.0, 0.0);
        /* the partition that the T:N ratios promise */
        const double per_ml = ot_phantom_activity_gbq(&p, voi_named("normal_perfused")) /
                              ot_phantom_volume_ml(&p, voi_named("normal_perfused"));
        assert_ratio(ot_phantom_activity_gbq(&p, voi_named("T2")) /
                         ot_phantom_volume_ml(&p, voi_named("T2")),
                     p.tn_ratio[1] * per_ml, 1e-12);
    }
}

/* Points on a surface, by the same spiral on a unit sphere. */
static void surface_point(const struct ot_shape *shape, size_t n, size_t count, double point_mm[3])
{
    const double z = 1.0 - 2.0 * ((double)n + 0.5) / (double)count;
    const double angle = 2.399963229728653 * (double)n;
    const double unit[3] = {sqrt(1 - z * z) * cos(angle), sqrt(1 - z * z) * sin(angle), z};
    for (size_t r = 0; r < 3; r++) {
        point_mm[r] = shape->center_mm[r] + shape->semi_mm[r] * unit[r];
    }
}

static void parts_lie_where_they_should(void **state)
{
    (void)state;
    static const char *const presets[] = {"small", "clinical"};
    enum { COUNT = 4000 };
    for (size_t n = 0; n < 2; n++) {
        const struct ot_phantom p = preset(presets[n]);
        double gap_mm = INFINITY;
        for (size_t t = 0; t < OT_PHANTOM_TUMORS; t++) {
            for (size_t x = 0; x < COUNT; x++) {
                double point_mm[3];
                surface_point(&p.tumor[t], x, COUNT, point_mm);
                assert_true(ot_shape_holds(&p.liver, point_mm));
                assert_true(ot_halfspace_holds(&p.rha, point_mm));
                for (size_t other = 0; other < OT_PHANTOM_TUMORS; other++) {
                    assert_true(other == t || !ot_shape_holds(&p.tumor[other], point_mm));
                }
            }
        }
        for (size_t x = 0; x < COUNT; x++) {
            double at_mm[3];
            double there_mm[3];
            surface_point(&p.liver, x, COUNT, at_mm);
            assert_true(ot_shape_holds(&p.body, at_mm));
            for (size_t y = 0; y < 2 * COUNT; y += 8) {
                surface_point(&p.lung[y / COUNT], y % COUNT, COUNT, there_mm);
                assert_true(ot_shape_holds(&p.body, there_mm));
                gap_mm = fmin(gap_mm, hypot(hypot(there_mm[0] - at_mm[0], there_mm[1] - at_mm[1]),
                                            there_mm[2] - at_mm[2]));
            }
        }
        assert_true(n == 0 ? gap_mm >= 18.0 : gap_mm < 4.0); /* 12 mm of body; contact */
    }
}

static double polygon_area_mm2(const struct ot_contour *contour)
{
    double sum = 0.0;
    for (size_t n = 0; n < contour->count; n++) {
        const double *a = contour->points_mm + 3 * n;
        const double *b = contour->points_mm + 3 * ((n + 1) % contour->count);
        sum += a[0] * b[1] - a[1] * b[0];
    }
    return fabs(sum) / 2.0;
}

static bool in_polygon(const struct ot_contour *contour, const double *point_mm)
{
    bool inside = false;
    for (size_t n = 0; n < contour->count; n++) {
        const double *a = contour->points_mm + 3 * n;
        const double *b = contour->points_mm + 3 * ((n + 1) % contour->count);
        if ((a[1] > point_mm[1]) != (b[1] > point_mm[1]) &&
            point_mm[0] < a[0] + (point_mm[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])) {
            inside = !inside;
        }
    }
    return inside;
}

/* Area of a plane by even-odd nesting: what lies in an odd number of others is a hole. */
static double section_area_mm2(const struct ot_contour_set *set)
{
    double sum = 0.0;
    for (size_t c = 0; c < set->count; c++) {
        bool hole = false;
        for (size_t d = 0; d < set->count; d++) {
            hole = hole != (d != c && in_polygon(&set->contours[d], set->contours[c].points_mm));
        }
        sum += (hole ? -1.0 : 1.0) * polygon_area_mm2(&set->contours[c]);
    }
    return sum;
}

/* Along seeded random lines, at points of each stretch: the tissue is that of the smooth shapes,
 * and it changes where a stretch ends. */
static void lines_pass_the_tissues_of_the_shapes(void **state)
{
    (void)state;
    static const char *const presets[] = {"small", "clinical"};
    enum { LINES = 20000, POINTS = 5 };
    const double most_g_per_cm2[2] = {1.3, 40.0}; /* the range; through all of the body */
    struct ot_random random;
    ot_random_seed(&random, 3, 1);
    for (size_t p = 0; p < 2; p++) {
        const struct ot_phantom phantom = preset(presets[p]);
        size_t most = 0;
        for (size_t line = 0; line < LINES; line++) {
            double from_mm[3];
            for (size_t r = 0; r < 3; r++) {
                from_mm[r] = phantom.body.semi_mm[r] * (2.2 * ot_random_uniform(&random) - 1.1);
            }
            const double z = line % 50 == 0 ? 1.0 : 2.0 * ot_random_uniform(&random) - 1.0;
            const double angle = 2.0 * PI * ot_random_uniform(&random);
            const double across = sqrt(1.0 - z * z);
            const double direction[3] = {across * cos(angle), across * sin(angle), z};
            struct ot_path path;
            ot_phantom_path(&phantom, from_mm, direction, most_g_per_cm2[line % 2], &path);
            const unsigned here = ot_phantom_parts_at(&phantom, from_mm);
            assert_int_equal(path.count == 0, here == 0);
            double start_mm = 0.0;
            double passed_g_per_cm2 = 0.0;
            for (size_t n = 0; n < path.count; n++) {
                const struct ot_stretch *stretch = &path.stretch[n];
                for (int t = 0; t < POINTS; t++) {
                    const double at_mm =
                        start_mm + (stretch->end_mm - start_mm) * (t + 0.5) / POINTS;
                    const double point_mm[3] = {from_mm[0] + at_mm * direction[0],
                                                from_mm[1] + at_mm * direction[1],
                                                from_mm[2] + at_mm * direction[2]};
                    const unsigned parts = ot_phantom_parts_at(&phantom, point_mm);
                    assert_near(stretch->g_per_ml, ot_phantom_density_g_per_ml(parts), 0.0);
                    assert_int_equal(stretch->lung, (parts & OT_PART_LUNGS) != 0);
                }
                passed_g_per_cm2 += (stretch->end_mm - start_mm) / 10.0 * stretch->g_per_ml;
                start_mm = stretch->end_mm;
            }
            most = path.count > most ? path.count : most;
            const double beyond_mm = start_mm + 1e-6;
            const double beyond[3] = {from_mm[0] + beyond_mm * direction[0],
                                      from_mm[1] + beyond_mm * direction[1],
                                      from_mm[2] + beyond_mm * direction[2]};
            assert_true(path.count == 0 || passed_g_per_cm2 >= most_g_per_cm2[line % 2] - 1e-9 ||
                        ot_phantom_parts_at(&phantom, beyond) == 0);
        }
        assert_true(most >= 5); /* body, lung, body, lung or liver, body */
    }
}

static void contours_hold_the_volumes_of_the_shapes(void **state)
{
    (void)state;
    static const char *const presets[] = {"small", "clinical"};
    struct ot_err err = {0};
    for (size_t n = 0; n < 2; n++) {
        const struct ot_phantom p = preset(presets[n]);
        for (size_t v = 0; v < ot_phantom_voi_count; v++) {
            double ml = 0.0;
            for (size_t k = 0; ot_phantom_vois[v].drawn && k < p.ct.n[2]; k++) {
                struct ot_contour_set set = {0};
                const double z_mm = p.ct.origin_mm[2] + (double)k * p.ct.spacing_mm[2];
                assert_ok(ot_phantom_section(&p, &ot_phantom_vois[v], z_mm, &set, &err), err);
                ml += section_area_mm2(&set) * p.ct.spacing_mm[2] / 1000.0;
                ot_contour_set_release(&set);
            }
            /* The midpoint rule over slices of 2 to 2.5 mm; T3 of "small" has 21 mm. */
            if (ot_phantom_vois[v].drawn) {
                assert_ratio(ml, ot_phantom_volume_ml(&p, &ot_phantom_vois[v]), 0.004);
            }
        }
    }
}

static void a_dome_makes_a_hole_and_then_an_open_shape(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_ellipse lung = {.semi_mm = {40, 50}};
    const struct ot_ellipse inside = {.center_mm = {5, 5}, .semi_mm = {20, 10}};
    const struct ot_ellipse across = {.center_mm = {45, 0}, .semi_mm = {30, 30}};
    const struct ot_ellipse through = {.center_mm = {0, 0}, .semi_mm = {60, 10}};
    const struct ot_ellipse over = {.semi_mm = {60, 60}};
    const struct {
        const struct ot_ellipse *hole;
        size_t pieces;
    } cases[] = {{&inside, 2}, {&across, 1}, {&through, 2}, {&over, 0}};
    for (size_t n = 0; n < 4; n++) {
        struct ot_contour_set set = {0};
        assert_ok(ot_section_without(&lung, cases[n].hole, 0.0, &set, &err), err);
        assert_int_equal(set.count, cases[n].pieces);
        double counted_mm2 = 0.0; /* centers of squares of 0.1 mm */
        for (double x = -39.95; x < 40.0; x += 0.1) {
            for (double y = -49.95; y < 50.0; y += 0.1) {
                const double u = (x - cases[n].hole->center_mm[0]) / cases[n].hole->semi_mm[0];
                const double v = (y - cases[n].hole->center_mm[1]) / cases[n].hole->semi_mm[1];
                const bool in = x * x / 1600 + y * y / 2500 <= 1.0 && u * u + v * v > 1.0;
                counted_mm2 += in ? 0.01 : 0.0;
            }
        }
        assert_near(section_area_mm2(&set), counted_mm2, 6.0); /* of about 5000 */
        ot_contour_set_release(&set);
    }
}

static void destroy_all(struct ot_volume *activity, struct ot_volume **fractions)
{
    ot_volume_destroy(activity);
    for (size_t v = 0; v < ot_phantom_voi_count; v++) {
        ot_volume_destroy(fractions[v]);
    }
}

static void voxels_hold_the_volumes_and_activities_of_the_shapes(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_phantom p = preset("small");
    struct ot_volume *activity = NULL;
    struct ot_volume *fractions[16];
    assert_ok(ot_phantom_render(&p, &p.spect, 2, &activity, fractions, &err), err);
    const size_t all = ot_grid_voxel_count(&p.spect);
    const double ml = ot_grid_voxel_volume_ml(&p.spect);
    for (size_t v = 0; v < ot_phantom_voi_count; v++) {
        /* 512 points in each voxel at the surface. */
        assert_ratio(ot_sum(fractions[v]->data, all) * ml,
                     ot_phantom_volume_ml(&p, &ot_phantom_vois[v]), 3e-4);
    }
    const double kbq_per_gbq = 1e6;
    assert_ratio(ot_sum(activity->data, all) * ml / kbq_per_gbq,
                 p.activity_gbq * (1.0 - p.residual_fraction), 3e-4);
    destroy_all(activity, fractions);
}

static void images_are_equal_to_the_bit_for_any_number_of_threads(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_phantom p = preset("small");
    const struct ot_grid grid = {.n = {21, 17, 19},
                                 .spacing_mm = {11, 12, 13},
                                 .origin_mm = {-110, -96, -117},
                                 .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    const size_t all = ot_grid_voxel_count(&grid);
    struct ot_volume *one = NULL;
    struct ot_volume *three = NULL;
    assert_ok(ot_phantom_render(&p, &grid, 1, &one, NULL, &err), err);
    assert_ok(ot_phantom_render(&p, &grid, 3, &three, NULL, &err), err);
    assert_memory_equal(one->data, three->data, all * sizeof(float));
    int16_t *hu[2];
    uint8_t *parts = OT_NEW(uint8_t, all, &err);
    for (int n = 0; n < 2; n++) {
        hu[n] = OT_NEW(int16_t, all, &err);
        ot_phantom_render_ct(&p, &grid, 12.0, 7, n == 0 ? 1 : 3, hu[n], parts);
    }
    assert_memory_equal(hu[0], hu[1], all * sizeof(int16_t));
    ot_free(hu[0]);
    ot_free(hu[1]);
    ot_free(parts);
    ot_volume_destroy(one);
    ot_volume_destroy(three);
}

static void breathing_moves_counts_along_z_only_and_loses_none(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_grid grid = ot_test_grid(5, 4, 41, 4.0, 4.2, 3.0);
    struct ot_volume *volume = ot_test_volume(&grid, OT_UNIT_NONE);
    volume->data[2 + 5 * (1 + 4 * 20)] = 1000.0F;
    volume->data[3 + 5 * (1 + 4 * 1)] = 500.0F; /* near the end: stays in the grid */
    assert_ok(ot_phantom_breathe(volume, 12.0, &err), err);
    double sum = 0.0;
    double mean = 0.0;
    double square = 0.0;
    for (size_t k = 0; k < 41; k++) {
        const double value = (double)volume->data[2 + 5 * (1 + 4 * k)];
        sum += value;
        mean += value * 3.0 * (double)k;
        square += value * 9.0 * (double)(k * k);
    }
    assert_ratio(sum, 1000.0, 1e-6);
    assert_ratio(ot_sum(volume->data, ot_grid_voxel_count(&grid)), 1500.0, 1e-6);
    assert_near(mean / sum, 60.0, 1e-3);
    /* variance of the Gaussian, and of a voxel 3 mm wide */
    const double sigma_mm = 12.0 / 2.354820045;
    assert_ratio(square / sum - 3600.0, sigma_mm * sigma_mm + 9.0 / 12.0, 2e-3);
    assert_near(volume->data[1 + 5 * (1 + 4 * 20)], 0.0, 0.0);
    ot_volume_destroy(volume);
}

static void counts_follow_the_activity_and_noise_follows_poisson(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_grid grid = ot_test_grid(50, 40, 10, 4.0, 4.2, 3.0);
    const size_t all = ot_grid_voxel_count(&grid);
    struct ot_volume *volume = ot_test_volume(&grid, OT_UNIT_NONE);
    uint16_t *counts = OT_NEW(uint16_t, all, &err);
    uint16_t *again = OT_NEW(uint16_t, all, &err);
    struct ot_err empty = {0};
    assert_refused(ot_phantom_count(volume, false, 0, 1, counts, &empty), empty, OT_ERR_RANGE,
                   "no activity");
    for (size_t x = 0; x < all; x++) {
        volume->data[x] = x % 2 == 0 ? 2.5F : 0.0F;
    }
    volume->data[0] = 5.0F;
    assert_ok(ot_phantom_count(volume, false, 0, 1, counts, &err), err);
    assert_int_equal(counts[0], 60000);
    assert_int_equal(counts[1], 0);
    assert_int_equal(counts[2], 30000);
    volume->data[0] = 2.5F;
    assert_ok(ot_phantom_count(volume, true, 400.0 * 10000, 1, counts, &err), err);
    assert_ok(ot_phantom_count(volume, true, 400.0 * 10000, 1, again, &err), err);
    assert_memory_equal(counts, again, all * sizeof counts[0]);
    double sum = 0.0;
    double square = 0.0;
    for (size_t x = 0; x < all; x++) {
        assert_true(x % 2 == 0 || counts[x] == 0);
        sum += counts[x];
        square += x % 2 == 0 ? (counts[x] - 400.0) * (counts[x] - 400.0) : 0.0;
    }
    assert_ratio(sum, 4e6, 5.0 * 5e-4);      /* 5 sigma of the sum */
    assert_ratio(square / 1e4, 400.0, 0.07); /* 5 sigma of a variance from 10 000 draws */
    assert_ok(ot_phantom_count(volume, true, 400.0 * 10000, 2, again, &err), err);
    assert_memory_not_equal(counts, again, all * sizeof counts[0]);
    ot_free(counts);
    ot_free(again);
    ot_volume_destroy(volume);
}

static void a_scan_keeps_values_to_half_a_step_of_its_slope(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const struct ot_grid grid = ot_test_grid(7, 5, 3, 4.0, 4.2, 3.0);
    struct ot_volume *volume = ot_test_volume(&grid, OT_UNIT_NONE);
    uint16_t stored[7 * 5 * 3];
    double slope[3];
    for (size_t x = 0; x < 35; x++) {
        volume->data[x] = (float)x * 0.37F;
        volume->data[x + 70] = (float)x * 12345.6F;
    }
    assert_ok(ot_phantom_scan(volume, 1000.0, false, 0, 1, stored, slope, &err), err);
    assert_near(slope[1], 1.0, 0.0); /* a slice without activity */
    for (size_t x = 0; x < 105; x++) {
        assert_near(stored[x] * slope[x / 35], 1000.0 * (double)volume->data[x],
                    0.5001 * slope[x / 35]);
        assert_true(stored[x] <= 32767);
    }
    for (size_t k = 0; k < 3; k++) {
        char text[32];
        (void)snprintf(text, sizeof text, "%.9g", slope[k]);
        double back = 0.0;
        assert_int_equal(sscanf(text, "%lf", &back), 1);
        assert_true(strlen(text) <= 16);
        assert_memory_equal(&back, &slope[k], sizeof back);
    }
    ot_volume_destroy(volume);
}

static void an_unknown_preset_is_refused(void **state)
{
    (void)state;
    struct ot_phantom phantom;
    struct ot_err err = {0};
    assert_refused(ot_phantom_preset("large", &phantom, &err), err, OT_ERR_ARG, "'large'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_have_the_volumes_of_the_formulas),
        cmocka_unit_test(tissues_add_up_to_the_body),
        cmocka_unit_test(parts_lie_where_they_should),
        cmocka_unit_test(lines_pass_the_tissues_of_the_shapes),
        cmocka_unit_test(contours_hold_the_volumes_of_the_shapes),
        cmocka_unit_test(a_dome_makes_a_hole_and_then_an_open_shape),
        cmocka_unit_test(voxels_hold_the_volumes_and_activities_of_the_shapes),
        cmocka_unit_test(images_are_equal_to_the_bit_for_any_number_of_threads),
        cmocka_unit_test(breathing_moves_counts_along_z_only_and_loses_none),
        cmocka_unit_test(counts_follow_the_activity_and_noise_follows_poisson),
        cmocka_unit_test(a_scan_keeps_values_to_half_a_step_of_its_slope),
        cmocka_unit_test(an_unknown_preset_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
