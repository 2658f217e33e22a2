/* tests/support/slab.c - one column of voxels in a slab wide enough to be infinite. */
#include "tests/support/slab.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "core/volume.h"
#include "io/csv.h"
#include "io/kernel_table.h"
#include "kernels/convolve.h"
#include "kernels/mass_depth.h"
#include "kernels/nuclide.h"
#include "kernels/ray.h"
#include "kernels/voxel_s.h"

static const double LIVER_G_PER_CM3 = 1.05;
static const double LUNG_G_PER_CM3 = 0.26;
static const double FIRST_MM = -20.0; /* layers that are told */
static const double LAST_MM = 36.0;
static const double RANGE_MM = 49.0; /* in lung */
static const double LIVER_RANGE_MM = 12.0;
static const double BQ_PER_ML = 1e6;
static const double HALF_LIFE_S = 64.1 * 3600.0;
static const double LN_2 = 0.69314718055994530942;
static const double G_PER_KG = 1e3;

const char *ot_slab_method_name(enum ot_slab_method method)
{
    static const char *const names[OT_SLAB_METHODS] = {
        "rays", "source kernels", "local", "soft kernel", "soft kernel, density-corrected"};
    return names[method];
}

struct scene {
    struct ot_grid grid;
    size_t below; /* layers of liver */
    size_t first; /* first layer that is told */
    struct ot_volume *source;
    struct ot_volume *density;
    struct ot_radial_kernel *liver;
    struct ot_radial_kernel *lung;
    double *energy; /* of each voxel, per ml, in Bq/ml */
};

static void release(struct scene *scene)
{
    ot_volume_destroy(scene->source);
    ot_volume_destroy(scene->density);
    ot_radial_kernel_destroy(scene->liver);
    ot_radial_kernel_destroy(scene->lung);
    ot_free(scene->energy);
}

static enum ot_rc build(bool source_in_lung, double voxel_mm, struct scene *scene,
                        struct ot_err *err)
{
    *scene = (struct scene){0};
    const size_t side = 2 * (size_t)ceil(RANGE_MM / voxel_mm) + 1;
    scene->below = (size_t)ceil((LIVER_RANGE_MM - FIRST_MM) / voxel_mm);
    scene->first = scene->below - (size_t)lround(-FIRST_MM / voxel_mm);
    scene->grid = (struct ot_grid){
        .n = {side, side, scene->below + (size_t)ceil((LAST_MM + RANGE_MM) / voxel_mm)},
        .spacing_mm = {voxel_mm, voxel_mm, voxel_mm},
        .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    enum ot_rc rc = ot_volume_create(&scene->grid, OT_UNIT_BQ_PER_ML, &scene->source, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(&scene->grid, OT_UNIT_G_PER_CM3, &scene->density, err);
    }
    if (rc == OT_OK) {
        rc = ot_kernel_table_load("Y-90", "liver", &scene->liver, err);
    }
    if (rc == OT_OK) {
        rc = ot_kernel_table_load("Y-90", "lung", &scene->lung, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    scene->energy = OT_NEW(double, ot_grid_voxel_count(&scene->grid), err);
    if (scene->energy == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t x = 0; x < ot_grid_voxel_count(&scene->grid); x++) {
        const bool lung = x / (side * side) >= scene->below;
        scene->source->data[x] = lung == source_in_lung ? (float)BQ_PER_ML : 0.0F;
        scene->density->data[x] = (float)(lung ? LUNG_G_PER_CM3 : LIVER_G_PER_CM3);
    }
    return OT_OK;
}

/* The middle column, with the table of the source's medium. */
static enum ot_rc by_rays(struct scene *scene, const struct ot_radial_kernel *radial,
                          struct ot_err *err)
{
    const size_t *n = scene->grid.n;
    struct ot_mass_depth *depth = NULL;
    struct ot_ray_scene rays = {0};
    const float *source = scene->source->data;
    uint8_t *wanted = OT_NEW(uint8_t, ot_grid_voxel_count(&scene->grid), err);
    enum ot_rc rc = wanted != NULL ? ot_mass_depth_create(radial, &depth, err) : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        const struct ot_mass_depth *table = depth;
        rc = ot_ray_scene_init(&scene->grid, scene->density->data, &table, 1, &rays, err);
    }
    if (rc == OT_OK) {
        for (size_t k = 0; k < n[2]; k++) {
            wanted[n[0] / 2 + n[0] * (n[1] / 2 + n[1] * k)] = 1;
        }
        rc = ot_ray_spread(&rays, &source, wanted, 2, scene->energy, err);
    }
    ot_ray_scene_release(&rays);
    ot_mass_depth_destroy(depth);
    ot_free(wanted);
    return rc;
}

static enum ot_rc by_convolution(struct scene *scene, const struct ot_radial_kernel *radial,
                                 double density_g_per_cm3, struct ot_err *err)
{
    struct ot_voxel_s *kernel = NULL;
    struct ot_spread *spread = NULL;
    enum ot_rc rc =
        ot_voxel_s_create(radial, scene->grid.spacing_mm, density_g_per_cm3, 1.0, 2, &kernel, err);
    if (rc == OT_OK) {
        rc = ot_convolve(scene->source, kernel, OT_CONVOLUTION_AUTO, 2, &spread, err);
    }
    const size_t *n = scene->grid.n;
    for (size_t k = 0; rc == OT_OK && k < n[2]; k++) {
        const size_t i = (size_t)((ptrdiff_t)(n[0] / 2) - spread->first[0]);
        const size_t j = (size_t)((ptrdiff_t)(n[1] / 2) - spread->first[1]);
        const ptrdiff_t layer = (ptrdiff_t)k - spread->first[2];
        if (layer >= 0 && layer < (ptrdiff_t)spread->n[2]) {
            scene->energy[n[0] / 2 + n[0] * (n[1] / 2 + n[1] * k)] =
                (double)spread->value[i + spread->n[0] * (j + spread->n[1] * (size_t)layer)];
        }
    }
    ot_spread_destroy(spread);
    ot_voxel_s_destroy(kernel);
    return rc;
}

static enum ot_rc compute(enum ot_slab_method method, bool source_in_lung, struct scene *scene,
                          struct ot_err *err)
{
    switch (method) {
    case OT_SLAB_RAYS:
        return by_rays(scene, source_in_lung ? scene->lung : scene->liver, err);
    case OT_SLAB_SOURCE:
        return source_in_lung ? by_convolution(scene, scene->lung, LUNG_G_PER_CM3, err)
                              : by_convolution(scene, scene->liver, LIVER_G_PER_CM3, err);
    case OT_SLAB_SOFT:
    case OT_SLAB_SOFT_SCALED:
        return by_convolution(scene, scene->liver, LIVER_G_PER_CM3, err);
    case OT_SLAB_LOCAL:
    case OT_SLAB_METHODS:
        break;
    }
    for (size_t x = 0; x < ot_grid_voxel_count(&scene->grid); x++) {
        scene->energy[x] = (double)scene->source->data[x];
    }
    return OT_OK;
}

enum ot_rc ot_slab_dose(enum ot_slab_method method, bool source_in_lung, double voxel_mm,
                        struct ot_slab *out, struct ot_err *err)
{
    struct scene scene;
    *out = (struct ot_slab){.count = (size_t)lround((LAST_MM - FIRST_MM) / voxel_mm)};
    enum ot_rc rc = build(source_in_lung, voxel_mm, &scene, err);
    if (rc == OT_OK) {
        rc = compute(method, source_in_lung, &scene, err);
    }
    if (rc == OT_OK) {
        const size_t *n = scene.grid.n;
        const double decays_per_bq = HALF_LIFE_S / LN_2;
        const double joule = ot_radial_kernel_beta_mev(scene.liver) * OT_J_PER_MEV;
        for (size_t layer = 0; layer < out->count; layer++) {
            const size_t k = scene.first + layer;
            const size_t x = n[0] / 2 + n[0] * (n[1] / 2 + n[1] * k);
            const double g_per_cm3 =
                method == OT_SLAB_SOFT ? LIVER_G_PER_CM3 : (double)scene.density->data[x];
            out->edge_mm[layer] = FIRST_MM + voxel_mm * (double)layer;
            out->edge_mm[layer + 1] = out->edge_mm[layer] + voxel_mm;
            out->dose_gy[layer] = scene.energy[x] * decays_per_bq * joule * G_PER_KG / g_per_cm3;
        }
    }
    release(&scene);
    return rc;
}

enum ot_rc ot_slab_monte_carlo(const char *path, bool source_in_lung, double voxel_mm,
                               struct ot_slab *out, struct ot_err *err)
{
    const char *wanted = source_in_lung ? "source_in_lung" : "source_in_liver";
    struct ot_csv *csv = NULL;
    *out = (struct ot_slab){.count = (size_t)lround((LAST_MM - FIRST_MM) / voxel_mm)};
    const enum ot_rc rc = ot_csv_read(path, &csv, err);
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t layer = 0; layer < out->count; layer++) {
        out->edge_mm[layer] = FIRST_MM + voxel_mm * (double)layer;
        out->edge_mm[layer + 1] = out->edge_mm[layer] + voxel_mm;
    }
    for (size_t row = 0; row < csv->row_count; row++) {
        double number[4]; /* z_lo_mm, z_hi_mm, dose, sigma */
        for (size_t c = 0; c < 4; c++) {
            if (!ot_text_to_double(ot_csv_cell(csv, row, c + 1), &number[c])) {
                ot_csv_destroy(csv);
                return ot_fail(err, OT_ERR_FORMAT, "line %zu is not numbers", row + 2);
            }
        }
        const double layer = floor((number[0] - FIRST_MM) / voxel_mm);
        if (strcmp(ot_csv_cell(csv, row, 0), wanted) == 0 && layer >= 0.0 &&
            layer < (double)out->count) {
            const double part = (number[1] - number[0]) / voxel_mm;
            out->dose_gy[(size_t)layer] += part * number[2];
            out->sigma_gy[(size_t)layer] = hypot(out->sigma_gy[(size_t)layer], part * number[3]);
        }
    }
    ot_csv_destroy(csv);
    return OT_OK;
}
