/* cli/selftest_dose.c - dose engines against closed formulas, conservation and each other. */
#include "cli/selftest_parts.h"

#include <math.h>
#include <string.h>

#include "core/volume.h"
#include "kernels/convolve.h"
#include "kernels/dose.h"
#include "kernels/nuclide.h"
#include "kernels/voxel_s.h"

static const double RHO_LIVER = 1.05; /* g/cm3, ICRU-44, as the kernel tables */
static const double RHO_LUNG = 0.26;
static const double BQ_PER_ML = 1e6; /* of the uniform media */
static const double GBQ_PER_BQ = 1e-9;
static const double SINGLE = 2e-6; /* relative, of single precision volumes */

static const char UNIFORM[] = "k c / rho = 49.67 Gy kg/GBq x 1 GBq/l / 1.05 kg/l";

/* A box of activity in tissue, and what computing its dose needs. */
struct box {
    struct ot_grid grid;
    struct ot_volume *activity;
    struct ot_volume *density;
    struct ot_voxel_s *kernel;
    struct ot_dose_medium medium;
};

static void box_release(struct box *box)
{
    ot_volume_destroy(box->activity);
    ot_volume_destroy(box->density);
    ot_voxel_s_destroy(box->kernel);
}

static void fill(struct ot_volume *volume, double value)
{
    const size_t all = ot_grid_voxel_count(&volume->grid);
    for (size_t x = 0; x < all; x++) {
        volume->data[x] = (float)value;
    }
}

static struct ot_grid grid_of(size_t nx, size_t ny, size_t nz, double dx, double dy, double dz)
{
    return (struct ot_grid){.n = {nx, ny, nz},
                            .spacing_mm = {dx, dy, dz},
                            .dir = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}};
}

/* Liver of one density, no activity yet. */
static enum ot_rc box_make(struct ot_grid grid, int threads, struct box *box, struct ot_err *err)
{
    *box = (struct box){.grid = grid};
    enum ot_rc rc = ot_volume_create(&grid, OT_UNIT_BQ_PER_ML, &box->activity, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(&grid, OT_UNIT_G_PER_CM3, &box->density, err);
    }
    if (rc == OT_OK) {
        fill(box->density, RHO_LIVER);
        rc = ot_selftest_kernel("liver", grid.spacing_mm, threads, &box->kernel, err);
    }
    box->medium.kernel = box->kernel;
    return rc;
}

static enum ot_rc box_dose(const struct box *box, enum ot_convolution how, int threads,
                           struct ot_dose_map **map, struct ot_err *err)
{
    const struct ot_dose_request request = {.activity = box->activity,
                                            .media = &box->medium,
                                            .media_count = 1,
                                            .density = box->density,
                                            .constant = OT_Y90_DEFAULT,
                                            .convolution = how,
                                            .threads = threads};
    return ot_dose_voxel_s(&request, map, err);
}

static size_t at(const struct ot_grid *grid, size_t i, size_t j, size_t k)
{
    return i + grid->n[0] * (j + grid->n[1] * k);
}

static size_t middle(const struct ot_grid *grid)
{
    return at(grid, grid->n[0] / 2, grid->n[1] / 2, grid->n[2] / 2);
}

static void add_dose(struct ot_selftest *t, const char *name, const char *truth, double expected_gy,
                     double obtained_gy)
{
    ot_selftest_add(t, (struct ot_selftest_case){.group = "dose",
                                                 .name = name,
                                                 .truth = truth,
                                                 .unit = "Gy",
                                                 .expected = expected_gy,
                                                 .obtained = obtained_gy,
                                                 .tolerance = SINGLE,
                                                 .relative = true});
}

/* Activity everywhere, then in one half only. */
static enum ot_rc uniform(struct ot_selftest *t, const struct box *box, struct ot_err *err)
{
    const double deep_gy = OT_Y90_DEFAULT.gy_kg_per_gbq * BQ_PER_ML * 1e3 * GBQ_PER_BQ / RHO_LIVER;
    struct ot_dose_map *map = NULL;
    fill(box->activity, BQ_PER_ML);
    enum ot_rc rc = box_dose(box, OT_CONVOLUTION_AUTO, t->threads, &map, err);
    if (rc != OT_OK) {
        return rc;
    }
    add_dose(t, "uniform medium, voxel S", UNIFORM, 49.67 / 1.05,
             (double)map->dose->data[middle(&box->grid)]);
    ot_dose_map_destroy(map);
    map = NULL;
    const struct ot_dose_request request = {.activity = box->activity,
                                            .density = box->density,
                                            .constant = OT_Y90_DEFAULT,
                                            .threads = t->threads};
    rc = ot_dose_local(&request, &map, err);
    if (rc != OT_OK) {
        return rc;
    }
    add_dose(t, "uniform medium, local deposition", UNIFORM, 49.67 / 1.05,
             (double)map->dose->data[middle(&box->grid)]);
    ot_dose_map_destroy(map);
    map = NULL;

    const size_t half = box->grid.n[0] / 2;
    for (size_t x = 0; x < ot_grid_voxel_count(&box->grid); x++) {
        box->activity->data[x] = x % box->grid.n[0] < half ? (float)BQ_PER_ML : 0.0F;
    }
    rc = box_dose(box, OT_CONVOLUTION_AUTO, t->threads, &map, err);
    if (rc != OT_OK) {
        return rc;
    }
    double worst_gy = deep_gy;
    for (size_t m = 0; m < 3; m++) { /* half - 3 cells deep: beyond the range of the far face */
        const float *row = map->dose->data + middle(&box->grid) - half;
        const double sum_gy = (double)row[half - 1 - m] + (double)row[half + m];
        if (!(fabs(sum_gy - deep_gy) <= fabs(worst_gy - deep_gy))) {
            worst_gy = sum_gy;
        }
    }
    add_dose(t, "half-space, D(x) + D(-x), worst of 3 depths", "D of the uniform medium, 47.305 Gy",
             49.67 / 1.05, worst_gy);
    ot_dose_map_destroy(map);
    return OT_OK;
}

static enum ot_rc point(struct ot_selftest *t, struct ot_err *err)
{
    struct box box;
    struct ot_dose_map *map = NULL;
    double sum_j = 0.0;
    enum ot_rc rc = box_make(grid_of(15, 15, 15, 3.0, 3.0, 3.0), t->threads, &box, err);
    if (rc == OT_OK) {
        box.activity->data[middle(&box.grid)] = (float)BQ_PER_ML;
        rc = box_dose(&box, OT_CONVOLUTION_AUTO, t->threads, &map, err);
    }
    if (rc == OT_OK) {
        const double voxel_kg = 0.027 * RHO_LIVER * 1e-3;
        for (size_t x = 0; x < ot_grid_voxel_count(&box.grid); x++) {
            sum_j += (double)map->dose->data[x] * voxel_kg;
        }
        ot_selftest_add(t,
                        (struct ot_selftest_case){.group = "dose",
                                                  .name = "one hot voxel, sum of dose times mass",
                                                  .truth = "k A = 49.67 J/GBq x 27 kBq",
                                                  .unit = "mJ",
                                                  .expected = 49.67 * 0.027,
                                                  .obtained = 1e3 * sum_j,
                                                  .tolerance = 1e-5,
                                                  .relative = true});
    }
    ot_dose_map_destroy(map);
    box_release(&box);
    return rc;
}

/* Liver and lung share the plane k = n/2; activity in both. */
static enum ot_rc two_media(struct ot_selftest *t, struct ot_err *err)
{
    struct box box;
    struct ot_voxel_s *lung_kernel = NULL;
    struct ot_volume *share[2] = {NULL, NULL};
    struct ot_dose_map *map = NULL;
    double emitted_j = 0.0;
    enum ot_rc rc = box_make(grid_of(16, 15, 18, 4.0, 4.2, 4.4), t->threads, &box, err);
    for (size_t m = 0; rc == OT_OK && m < 2; m++) {
        rc = ot_volume_create(&box.grid, OT_UNIT_NONE, &share[m], err);
    }
    if (rc == OT_OK) {
        rc = ot_selftest_kernel("lung", box.grid.spacing_mm, t->threads, &lung_kernel, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    const size_t plane = box.grid.n[0] * box.grid.n[1];
    for (size_t x = 0; x < ot_grid_voxel_count(&box.grid); x++) {
        const bool is_lung = x / plane >= box.grid.n[2] / 2;
        const double bq_per_ml = (is_lung ? 0.1 : 1.0) * BQ_PER_ML;
        share[0]->data[x] = is_lung ? 0.0F : 1.0F;
        share[1]->data[x] = is_lung ? 1.0F : 0.0F;
        box.density->data[x] = (float)(is_lung ? RHO_LUNG : RHO_LIVER);
        box.activity->data[x] = (float)bq_per_ml;
        emitted_j += 49.67 * GBQ_PER_BQ * bq_per_ml * 4.0 * 4.2 * 4.4e-3;
    }
    const struct ot_dose_medium media[2] = {{.kernel = box.kernel, .share = share[0]},
                                            {.kernel = lung_kernel, .share = share[1]}};
    const struct ot_dose_request request = {.activity = box.activity,
                                            .media = media,
                                            .media_count = 2,
                                            .density = box.density,
                                            .constant = OT_Y90_DEFAULT,
                                            .threads = t->threads};
    rc = ot_dose_voxel_s(&request, &map, err);
    if (rc == OT_OK) {
        ot_selftest_add(t, (struct ot_selftest_case){
                               .group = "dose",
                               .name = "liver beside lung, energy inside and outside the grid",
                               .truth = "k times the sum of activities",
                               .unit = "J",
                               .expected = emitted_j,
                               .obtained = map->deposited_j + map->outside_j,
                               .tolerance = 1e-5,
                               .relative = true});
    }

done:
    ot_dose_map_destroy(map);
    ot_voxel_s_destroy(lung_kernel);
    ot_volume_destroy(share[0]);
    ot_volume_destroy(share[1]);
    box_release(&box);
    return rc;
}

enum ot_rc ot_selftest_media(struct ot_selftest *t, struct ot_err *err)
{
    struct box box;
    enum ot_rc rc = box_make(grid_of(24, 20, 22, 4.0, 4.4, 3.2), t->threads, &box, err);
    if (rc == OT_OK) {
        rc = uniform(t, &box, err);
    }
    box_release(&box);
    if (rc == OT_OK) {
        rc = point(t, err);
    }
    return rc == OT_OK ? two_media(t, err) : rc;
}

/* Largest difference of two maps, as part of the largest dose. */
static double difference(const struct ot_volume *a, const struct ot_volume *b)
{
    double most = 0.0;
    double worst = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&a->grid); x++) {
        most = fmax(most, (double)b->data[x]);
        const double apart = fabs((double)a->data[x] - (double)b->data[x]);
        worst = apart <= worst ? worst : apart; /* NaN stays */
    }
    return worst / most;
}

/* A pattern without symmetry: three coprime periods. */
static void scatter(const struct box *box)
{
    for (size_t x = 0; x < ot_grid_voxel_count(&box->grid); x++) {
        box->activity->data[x] = (float)((double)(x % 7 * (x % 11) + x % 13) * 1e4);
    }
}

enum ot_rc ot_selftest_engines(struct ot_selftest *t, struct ot_err *err)
{
    struct box box;
    struct ot_dose_map *direct = NULL;
    struct ot_dose_map *fft = NULL;
    struct ot_dose_map *again = NULL;
    enum ot_rc rc = box_make(grid_of(24, 20, 22, 4.0, 4.4, 3.2), t->threads, &box, err);
    if (rc == OT_OK) {
        scatter(&box);
        rc = box_dose(&box, OT_CONVOLUTION_DIRECT, 1, &direct, err);
    }
    if (rc == OT_OK) {
        rc = box_dose(&box, OT_CONVOLUTION_FFT, 1, &fft, err);
    }
    if (rc == OT_OK) {
        rc = box_dose(&box, OT_CONVOLUTION_DIRECT, 2, &again, err);
    }
    if (rc == OT_OK) {
        size_t different = 0;
        for (size_t x = 0; x < ot_grid_voxel_count(&box.grid); x++) {
            /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-*): bits count */
            different += memcmp(&direct->dose->data[x], &again->dose->data[x], sizeof(float)) != 0;
        }
        ot_selftest_add(
            t, (struct ot_selftest_case){.group = "dose",
                                         .name = "direct sum against FFT, part of the largest dose",
                                         .truth = "the same convolution by two ways",
                                         .unit = "",
                                         .expected = 0.0,
                                         .obtained = difference(fft->dose, direct->dose),
                                         .tolerance = 1e-6});
        ot_selftest_add(t,
                        (struct ot_selftest_case){.group = "dose",
                                                  .name = "1 thread against 2, voxels that differ",
                                                  .truth = "bits do not depend on threads",
                                                  .unit = "",
                                                  .expected = 0.0,
                                                  .obtained = (double)different,
                                                  .tolerance = 0.0});
    }
    ot_dose_map_destroy(direct);
    ot_dose_map_destroy(fft);
    ot_dose_map_destroy(again);
    box_release(&box);
    return rc;
}

enum { SPHERE_VOXELS = 55, SPLIT = 5, PIECES = SPLIT * SPLIT * SPLIT };

static const double FINE_MM = 0.5; /* at 1 mm, partly filled voxels cost 1.5 % of the fraction */

/* Part of a fine voxel, its center at c mm from the sphere's, that lies within radius_mm. */
static double part_inside(const double c[3], double radius_mm)
{
    size_t inside = 0;
    for (size_t n = 0; n < PIECES; n++) {
        const size_t step[3] = {n % SPLIT, n / SPLIT % SPLIT, n / SPLIT / SPLIT};
        double r2 = 0.0;
        for (size_t axis = 0; axis < 3; axis++) {
            const double x = c[axis] + FINE_MM * (((double)step[axis] + 0.5) / SPLIT - 0.5);
            r2 += x * x;
        }
        inside += r2 <= radius_mm * radius_mm;
    }
    return (double)inside / PIECES;
}

enum ot_rc ot_selftest_sphere(struct ot_selftest *t, struct ot_err *err)
{
    static const double RADIUS_MM = 13.1494; /* 10 g of liver, 1.05 g/cm3 */
    struct box box;
    struct ot_dose_map *map = NULL;
    const double voxel_kg = FINE_MM * FINE_MM * FINE_MM * 1e-6 * RHO_LIVER;
    enum ot_rc rc =
        box_make(grid_of(SPHERE_VOXELS, SPHERE_VOXELS, SPHERE_VOXELS, FINE_MM, FINE_MM, FINE_MM),
                 t->threads, &box, err);
    const size_t all = rc == OT_OK ? ot_grid_voxel_count(&box.grid) : 0;
    for (size_t x = 0; x < all; x++) {
        const size_t index[3] = {x % SPHERE_VOXELS, x / SPHERE_VOXELS % SPHERE_VOXELS,
                                 x / ((size_t)SPHERE_VOXELS * SPHERE_VOXELS)};
        double c[3];
        for (size_t axis = 0; axis < 3; axis++) {
            c[axis] = FINE_MM * ((double)index[axis] - 0.5 * (SPHERE_VOXELS - 1));
        }
        box.activity->data[x] = (float)(BQ_PER_ML * part_inside(c, RADIUS_MM));
    }
    if (rc == OT_OK) {
        rc = box_dose(&box, OT_CONVOLUTION_AUTO, t->threads, &map, err);
    }
    if (rc == OT_OK) {
        double inside_j = 0.0;
        for (size_t x = 0; x < all; x++) {
            inside_j +=
                (double)map->dose->data[x] * voxel_kg * (double)box.activity->data[x] / BQ_PER_ML;
        }
        ot_selftest_add(t, (struct ot_selftest_case){
                               .group = "dose",
                               .name = "sphere of 10 g of liver, absorbed fraction",
                               .truth = "Monte Carlo with PENELOPE-2018 physics, of local energy",
                               .unit = "",
                               .expected = 0.8545,
                               .obtained = inside_j / map->emitted_j,
                               .tolerance = 0.01,
                               .relative = true});
    }
    ot_dose_map_destroy(map);
    box_release(&box);
    return rc;
}
