/* tests/test_dose_truth.c - the dose engine against Monte Carlo spheres and a tumor, and against
 * profiles of half-spaces, slabs, corners and spheres that another kernel gives.
 * labels: numeric slow
 * timeout: 120 */
#include "kernels/dose.h"

#include "core/text.h"
#include "io/file.h"
#include "io/kernel_table.h"
#include "tests/support/ot_test.h"

/* Liver of the Monte Carlo calculation: emitted, and absorbed within the beta range, MeV. */
static const double EMITTED_MEV = 0.93356;
static const double LOCAL_MEV = 0.92997;

/* A uniform medium with activity where `holds` says so, in a grid whose middle is the origin. */
struct scene {
    struct ot_grid grid;
    struct ot_volume *fraction; /* of each voxel that is active */
    struct ot_dose_map *map;    /* 1 MBq/ml of active volume */
    double density_g_per_cm3;
};

struct shape {
    bool (*holds)(const double point_mm[3], double size_mm);
    double size_mm;
};

static bool in_sphere(const double p[3], double radius_mm)
{
    return p[0] * p[0] + p[1] * p[1] + p[2] * p[2] <= radius_mm * radius_mm;
}

static bool in_half_space(const double p[3], double unused)
{
    (void)unused;
    return p[2] < 0.0;
}

static bool in_slab(const double p[3], double thickness_mm)
{
    return fabs(p[2]) < 0.5 * thickness_mm;
}

static bool in_octant(const double p[3], double unused)
{
    (void)unused;
    return p[0] < 0.0 && p[1] < 0.0 && p[2] < 0.0;
}

static void centre_of(const struct ot_grid *grid, size_t x, double p[3])
{
    const size_t at[3] = {x % grid->n[0], x / grid->n[0] % grid->n[1],
                          x / (grid->n[0] * grid->n[1])};
    for (size_t axis = 0; axis < 3; axis++) {
        p[axis] = ((double)at[axis] + 0.5 - 0.5 * (double)grid->n[axis]) * grid->spacing_mm[axis];
    }
}

enum { SUB = 8 }; /* points along each axis of a voxel that a border crosses */

/* The share of `points` cubed points, spread over `width` voxels, that the shape holds. */
static double share_of(const struct ot_grid *grid, size_t x, const struct shape *shape,
                       size_t points, double width)
{
    double centre[3];
    size_t inside = 0;
    centre_of(grid, x, centre);
    for (size_t n = 0; n < points * points * points; n++) {
        const size_t s[3] = {n % points, n / points % points, n / (points * points)};
        double p[3];
        for (size_t axis = 0; axis < 3; axis++) {
            p[axis] = centre[axis] + width * (((double)s[axis] + 0.5) / (double)points - 0.5) *
                                         grid->spacing_mm[axis];
        }
        inside += shape->holds(p, shape->size_mm) ? 1 : 0;
    }
    return (double)inside / (double)(points * points * points);
}

static double fraction_of(const struct ot_grid *grid, size_t x, const struct shape *shape)
{
    const double around = share_of(grid, x, shape, 2, 3.0); /* corners of a box of 1.5 voxels */
    return around > 0.0 && around < 1.0 ? share_of(grid, x, shape, SUB, 1.0) : around;
}

static struct scene scene_of(const struct ot_grid *grid, double density_g_per_cm3,
                             const struct shape *shape)
{
    struct ot_err err = {0};
    struct scene scene = {.grid = *grid, .density_g_per_cm3 = density_g_per_cm3};
    struct ot_radial_kernel *radial = NULL;
    struct ot_voxel_s *kernel = NULL;
    struct ot_volume *activity = ot_test_volume(grid, OT_UNIT_BQ_PER_ML);
    struct ot_volume *density = ot_test_volume(grid, OT_UNIT_G_PER_CM3);
    scene.fraction = ot_test_volume(grid, OT_UNIT_NONE);
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        scene.fraction->data[x] = (float)fraction_of(grid, x, shape);
        activity->data[x] = 1e6F * scene.fraction->data[x];
        density->data[x] = (float)density_g_per_cm3;
    }
    assert_ok(ot_kernel_table_load("Y-90", "liver", &radial, &err), err);
    assert_ok(ot_voxel_s_create(radial, grid->spacing_mm, density_g_per_cm3,
                                ot_dose_constant_mev_per_decay(&OT_Y90_DEFAULT), 2, &kernel, &err),
              err);
    const struct ot_dose_medium medium = {.kernel = kernel};
    const struct ot_dose_request request = {.activity = activity,
                                            .media = &medium,
                                            .media_count = 1,
                                            .density = density,
                                            .constant = OT_Y90_DEFAULT,
                                            .threads = 2};
    assert_ok(ot_dose_voxel_s(&request, &scene.map, &err), err);
    assert_true(scene.map->balance_fraction <= 1e-4);
    ot_radial_kernel_destroy(radial);
    ot_voxel_s_destroy(kernel);
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
    return scene;
}

static void scene_release(struct scene *scene)
{
    ot_volume_destroy(scene->fraction);
    ot_dose_map_destroy(scene->map);
}

/* Dose of a voxel in units of that of an infinite medium. */
static double relative_at(const struct scene *scene, size_t x)
{
    return (double)scene->map->dose->data[x] /
           (OT_Y90_DEFAULT.gy_kg_per_gbq / scene->density_g_per_cm3);
}

/* On axis 2, through the middle of the others (whose sizes are odd), at `z_mm` from the middle;
 * linear between two voxels. */
static double relative_on_axis(const struct scene *scene, double z_mm)
{
    const size_t *n = scene->grid.n;
    const double at = z_mm / scene->grid.spacing_mm[2] + 0.5 * (double)n[2] - 0.5;
    const size_t k = (size_t)floor(at + 1e-9);
    const double w = at - (double)k;
    const size_t column = n[0] / 2 + n[0] * (n[1] / 2);
    return (1.0 - w) * relative_at(scene, column + n[0] * n[1] * k) +
           w * relative_at(scene, column + n[0] * n[1] * (k + 1));
}

/* The part of the emitted energy that the active volume absorbs. */
static double absorbed_fraction(const struct scene *scene)
{
    double sum = 0.0;
    double volume = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&scene->grid); x++) {
        const double f = (double)scene->fraction->data[x];
        sum += f * relative_at(scene, x);
        volume += f;
    }
    return sum / volume;
}

/* A grid for a sphere and `reach_mm` around it; energy that goes farther is counted as outside. */
static struct ot_grid sphere_grid(double radius_mm, double voxel_mm, double reach_mm)
{
    const double a = fmax(0.2, voxel_mm);
    const size_t n = 2 * (size_t)ceil((radius_mm + reach_mm) / a) + 1;
    return ot_test_grid(n, n, n, a, a, a);
}

static double sphere_fraction(double radius_mm, double voxel_mm)
{
    const struct ot_grid grid = sphere_grid(radius_mm, voxel_mm, voxel_mm);
    const struct shape sphere = {in_sphere, radius_mm};
    struct scene scene = scene_of(&grid, 1.05, &sphere);
    const double phi = absorbed_fraction(&scene);
    scene_release(&scene);
    return phi;
}

/* What voxels take from a sphere falls with the square of their size: two sizes give the limit. */
static double without_voxels(double coarse, double fine, double size_ratio)
{
    return fine + (fine - coarse) / (size_ratio * size_ratio - 1.0);
}

static void spheres_absorb_what_transport_gives(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_buffer text = {0};
    size_t compared = 0;
    assert_ok(ot_file_read(ot_test_shared("physics/mc/spheres.csv"), 1 << 20, &text, &err), err);
    for (const char *line = text.data; line != NULL && *line != '\0';) {
        double mass_g = 0.0;
        double radius_mm = 0.0;
        double phi = 0.0;
        double sigma = 0.0;
        if (sscanf(line, "%lf,%lf,%lf,%lf", &mass_g, &radius_mm, &phi, &sigma) == 4) {
            const double voxel_mm = fmin(radius_mm / 9.0, 1.3);
            const double coarse = sphere_fraction(radius_mm, voxel_mm);
            const double fine = sphere_fraction(radius_mm, voxel_mm / 1.5);
            const double got = without_voxels(coarse, fine, 1.5);
            const double want = phi * EMITTED_MEV / LOCAL_MEV;
            print_message("sphere of %g g: voxels of %.2f mm %.4f, %.2f mm %.4f, limit %.4f; "
                          "transport %.4f, %+.2f %%\n",
                          mass_g, voxel_mm, coarse, voxel_mm / 1.5, fine, got, want,
                          100 * (got / want - 1));
            assert_ratio(got, want, 0.005);
            compared++;
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    assert_int_equal(compared, 4);
    ot_buffer_release(&text);
}

enum { SHELLS = 30, POINTS = 4 };

/* Mean dose of shells of 1 mm around the middle of an active sphere, over the infinite medium's. */
static void sphere_shells(double radius_mm, double voxel_mm, double mean[SHELLS])
{
    const struct ot_grid grid = sphere_grid(radius_mm, voxel_mm, 12.0);
    const struct shape sphere = {in_sphere, radius_mm};
    struct scene scene = scene_of(&grid, 1.05, &sphere);
    double weight[SHELLS] = {0.0};
    for (size_t n = 0; n < SHELLS; n++) {
        mean[n] = 0.0;
    }
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        double centre[3];
        centre_of(&grid, x, centre);
        for (size_t n = 0; n < (size_t)POINTS * POINTS * POINTS; n++) {
            const size_t s[3] = {n % POINTS, n / POINTS % POINTS, n / (POINTS * POINTS)};
            double r2 = 0.0;
            for (size_t axis = 0; axis < 3; axis++) {
                const double at =
                    centre[axis] + (((double)s[axis] + 0.5) / POINTS - 0.5) * grid.spacing_mm[axis];
                r2 += at * at;
            }
            const size_t shell = (size_t)sqrt(r2);
            if (shell < SHELLS) {
                mean[shell] += relative_at(&scene, x);
                weight[shell] += 1.0;
            }
        }
    }
    for (size_t n = 0; n < SHELLS; n++) {
        mean[n] /= fmax(weight[n], 1.0); /* beyond the grid nothing arrives */
    }
    scene_release(&scene);
}

/* A 30 mm tumor at five times the concentration around it. The background reaches everywhere, so
 * its beta dose is one fifth; what the beta part leaves out is bremsstrahlung, 0.4 % of an infinite
 * medium's dose at most. */
static void a_tumor_in_a_background_has_the_shells_of_transport(void **state)
{
    (void)state;
    static const double bremsstrahlung = 0.0036 / 0.93356; /* of an infinite medium's dose */
    static const double radius_mm = 15.0;
    struct ot_err err = {0};
    struct ot_buffer text = {0};
    double coarse[SHELLS];
    double fine[SHELLS];
    double worst = 0.0;
    size_t compared = 0;
    assert_ok(ot_file_read(ot_test_shared("physics/mc/tumor_30mm.csv"), 1 << 20, &text, &err), err);
    sphere_shells(radius_mm, 0.9, coarse);
    sphere_shells(radius_mm, 0.6, fine);
    for (const char *line = text.data; line != NULL && *line != '\0';) {
        int lo = 0;
        int hi = 0;
        double want = 0.0;
        double sigma = 0.0;
        if (sscanf(line, "%d,%d,%lf,%lf", &lo, &hi, &want, &sigma) == 4) {
            const double beta = 0.2 + 0.8 * without_voxels(coarse[lo], fine[lo], 1.5);
            const double missing = want - beta * LOCAL_MEV / EMITTED_MEV;
            assert_true(missing >= -0.01 * want && missing <= bremsstrahlung + 0.01 * want);
            worst = fmax(worst, fabs(missing) / want);
            compared++;
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    assert_int_equal(compared, SHELLS);
    print_message("tumor: worst shell %.2f %%\n", 100 * worst);
    ot_buffer_release(&text);
}

/* Depth in the active half is positive; doses over the infinite medium's. */
static void a_half_space_has_the_profile_of_another_kernel(void **state)
{
    (void)state;
    static const double rows[][2] = {{-6, .0033}, {-4, .0252}, {-3, .0562}, {-2, .1158},
                                     {-1, .2287}, {0, .5000},  {1, .7713},  {2, .8842},
                                     {3, .9438},  {4, .9748},  {6, .9967},  {8, .9998}};
    const struct ot_grid grid = ot_test_grid(9, 9, 210, 5.0, 5.0, 0.2);
    const struct shape half = {in_half_space, 0.0};
    struct scene scene = scene_of(&grid, 1.04, &half);
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        const double got = relative_on_axis(&scene, -rows[n][0]);
        assert_near(got, rows[n][1], 0.02 * rows[n][1] + 5e-5); /* and half the last digit */
    }
    scene_release(&scene);
}

static void slabs_absorb_and_have_the_centre_of_another_kernel(void **state)
{
    (void)state;
    static const double rows[][4] = {/* and the odd number of voxels across */
                                     {1, .3290, .3514, 5},   {2, .4985, .5426, 9},
                                     {5, .7440, .8372, 21},  {10, .8703, .9800, 41},
                                     {20, .9351, 1.000, 81}, {50, .9741, 1.000, 101}};
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        const double voxel_mm = rows[n][0] / rows[n][3];
        const size_t planes = (size_t)rows[n][3] + 2 * (size_t)(13.0 / voxel_mm);
        const struct ot_grid grid = ot_test_grid(9, 9, planes, 5.0, 5.0, voxel_mm);
        const struct shape slab = {in_slab, rows[n][0]};
        struct scene scene = scene_of(&grid, 1.04, &slab);
        double sum = 0.0;
        double volume = 0.0;
        for (size_t k = 0; k < planes; k++) { /* the middle column: the slab has no sides */
            const size_t x = 4 + 9 * 4 + 81 * k;
            sum += (double)scene.fraction->data[x] * relative_at(&scene, x);
            volume += (double)scene.fraction->data[x];
        }
        assert_ratio(sum / volume, rows[n][1], 0.005);
        assert_ratio(relative_on_axis(&scene, 0.0), rows[n][2], 0.01);
        scene_release(&scene);
    }
}

static void spheres_have_the_profile_of_another_kernel(void **state)
{
    (void)state;
    static const double centre[][2] = {{2, .4482}, {3, .6320}, {4, .7777}, {5, .8801},
                                       {6, .9456}, {8, .9946}, {10, .9999}};
    static const double ten[][2] = {{0, .9999},  {5, .9783},  {8, .8369},  {9, .7111}, {10, .4351},
                                    {11, .1794}, {12, .0843}, {14, .0162}, {16, .0019}};
    for (size_t n = 0; n < sizeof centre / sizeof centre[0]; n++) {
        const struct shape sphere = {in_sphere, centre[n][0]};
        const struct ot_grid grid = sphere_grid(centre[n][0], centre[n][0] / 15.5, 1.0);
        struct scene scene = scene_of(&grid, 1.04, &sphere);
        assert_ratio(relative_on_axis(&scene, 0.0), centre[n][1], 0.01);
        scene_release(&scene);
    }
    const struct shape sphere = {in_sphere, 10.0};
    const struct ot_grid grid = sphere_grid(10.0, 10.0 / 30.5, 7.0);
    struct scene scene = scene_of(&grid, 1.04, &sphere);
    for (size_t n = 0; n < sizeof ten / sizeof ten[0]; n++) {
        const double got = relative_on_axis(&scene, ten[n][0]);
        assert_near(got, ten[n][1], 0.02 * ten[n][1] + 1e-4);
    }
    scene_release(&scene);
}

/* Of the voxels round a corner, by symmetry: the octants partition space. */
static void faces_edges_and_corners_have_a_half_a_quarter_an_eighth(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(54, 46, 60, 2.0, 2.4, 1.8);
    const struct shape octant = {in_octant, 0.0};
    struct scene scene = scene_of(&grid, 1.04, &octant);
    double sum[4] = {0.0}; /* inside, face, edge, corner */
    const size_t deep[3] = {13, 11, 14};
    for (size_t axes = 0; axes <= 3; axes++) {
        for (size_t n = 0; n < 8; n++) {
            size_t at[3];
            for (size_t axis = 0; axis < 3; axis++) {
                at[axis] = axis < axes ? grid.n[axis] / 2 - (n >> axis & 1U) : deep[axis];
            }
            sum[axes] += relative_at(&scene, at[0] + grid.n[0] * (at[1] + grid.n[1] * at[2])) / 8.0;
        }
    }
    assert_near(sum[0], 1.0, 2e-6);
    assert_near(sum[1], 0.5, 2e-6);
    assert_near(sum[2], 0.25, 2e-6);
    assert_near(sum[3], 0.125, 2e-6);
    scene_release(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spheres_absorb_what_transport_gives),
        cmocka_unit_test(a_tumor_in_a_background_has_the_shells_of_transport),
        cmocka_unit_test(a_half_space_has_the_profile_of_another_kernel),
        cmocka_unit_test(slabs_absorb_and_have_the_centre_of_another_kernel),
        cmocka_unit_test(spheres_have_the_profile_of_another_kernel),
        cmocka_unit_test(faces_edges_and_corners_have_a_half_a_quarter_an_eighth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
