/* kernels/density.c - density and source medium of every voxel. */
#include "kernels/density.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/mem.h"
#include "core/stats.h"

static const double GRID_TOLERANCE_MM = 1e-3;
static const double DENSITY_MIN_G_PER_CM3 = 0.05; /* of a tissue with a kernel; also of lung */
static const double DENSITY_MAX_G_PER_CM3 = 5.0;
static const double WATER_HU_SPAN = 1000.0; /* from air to water; lung is a mixture of the two */
/* Fractions are float; they may exceed 1 by rounding of a resampling. */
static const float FRACTION_ROUNDING = 1e-4F;
static const float MIXED_LEAST = 0.001F; /* of a voxel, to be treated as a part of it */

const struct ot_tissue_densities OT_TISSUE_DENSITIES_DEFAULT = {
    .liver_g_per_cm3 = 1.05, .lung_g_per_cm3 = 0.26, .body_g_per_cm3 = 1.04};

const char *ot_medium_name(enum ot_medium medium)
{
    static const char *const names[OT_MEDIUM_COUNT] = {"liver", "lung", "body"};
    return names[medium];
}

const char *ot_medium_kernel(enum ot_medium medium)
{
    return medium == OT_MEDIUM_LUNG ? "lung" : "liver";
}

double ot_tissue_density(const struct ot_tissue_densities *densities, enum ot_medium medium)
{
    const double g_per_cm3[OT_MEDIUM_COUNT] = {
        densities->liver_g_per_cm3, densities->lung_g_per_cm3, densities->body_g_per_cm3};
    return g_per_cm3[medium];
}

void ot_density_map_destroy(struct ot_density_map *map)
{
    if (map == NULL) {
        return;
    }
    ot_volume_destroy(map->density);
    for (size_t m = 0; m < OT_MEDIUM_COUNT; m++) {
        ot_volume_destroy(map->share[m]);
    }
    ot_free(map->mixed);
    ot_free(map);
}

/* The medium that a role belongs to; false for roles that say nothing about density. */
static bool medium_of(enum ot_role role, enum ot_medium *medium)
{
    switch (role) {
    case OT_ROLE_LIVER:
    case OT_ROLE_PERFUSED:
    case OT_ROLE_TUMOR:
    case OT_ROLE_THROMBUS:
        *medium = OT_MEDIUM_LIVER;
        return true;
    case OT_ROLE_LUNGS:
        *medium = OT_MEDIUM_LUNG;
        return true;
    case OT_ROLE_BODY:
        *medium = OT_MEDIUM_BODY;
        return true;
    case OT_ROLE_EXCLUDE:
    case OT_ROLE_NORMAL_PERFUSED:
    case OT_ROLE_NORMAL_LIVER:
    case OT_ROLE_NONPERFUSED_LIVER:
    case OT_ROLE_OTHER:
    case OT_ROLE_COUNT:
        break;
    }
    return false;
}

/* Unions of the VOIs of each medium, as the largest fraction: VOIs of one medium overlap (a tumor
 * lies in the liver), so their sum would count the same part of a voxel twice. */
static enum ot_rc unite(const struct ot_voi *vois, size_t count, const struct ot_grid *grid,
                        struct ot_volume *part[OT_MEDIUM_COUNT], struct ot_err *err)
{
    const size_t voxels = ot_grid_voxel_count(grid);
    bool liver_drawn = false;
    for (size_t v = 0; v < count; v++) {
        liver_drawn = liver_drawn || vois[v].role == OT_ROLE_LIVER;
    }
    for (size_t v = 0; v < count; v++) {
        enum ot_medium medium = OT_MEDIUM_LIVER;
        /* A territory drawn beyond the liver makes no liver of lung and body. */
        const bool beside = liver_drawn && vois[v].role == OT_ROLE_PERFUSED;
        if (beside || !medium_of(vois[v].role, &medium)) {
            continue;
        }
        if (!ot_grid_same(grid, &vois[v].fraction->grid, GRID_TOLERANCE_MM)) {
            return ot_fail(err, OT_ERR_GEOMETRY, "VOI %s is not on the grid of the density",
                           vois[v].name);
        }
        if (part[medium] == NULL) {
            const enum ot_rc rc = ot_volume_create(grid, OT_UNIT_NONE, &part[medium], err);
            if (rc != OT_OK) {
                return rc;
            }
        }
        float *most = part[medium]->data;
        const float *fraction = vois[v].fraction->data;
        for (size_t x = ot_skip_zeros(fraction, 0, voxels); x < voxels;
             x = ot_skip_next(fraction, x, voxels)) {
            const float f = fraction[x];
            if (!(f >= 0.0F && f <= 1.0F + FRACTION_ROUNDING)) {
                return ot_fail(err, OT_ERR_RANGE, "VOI %s has the fraction %g, need 0 to 1",
                               vois[v].name, (double)f);
            }
            const float capped = f < 1.0F ? f : 1.0F;
            most[x] = capped > most[x] ? capped : most[x];
        }
    }
    return OT_OK;
}

/* Parts of one voxel that are liver, lung, body, and outside all VOIs. */
struct parts {
    double f[OT_MEDIUM_COUNT];
    double none;
};

static struct parts parts_of(struct ot_volume *const part[OT_MEDIUM_COUNT], size_t voxel)
{
    struct parts parts = {{0.0}, 1.0};
    for (size_t m = 0; m < OT_MEDIUM_COUNT; m++) { /* an earlier medium wins over a later one */
        const double f = part[m] != NULL ? (double)part[m]->data[voxel] : 0.0;
        parts.f[m] = f < parts.none ? f : parts.none;
        parts.none -= parts.f[m];
    }
    return parts;
}

/* Shares of a voxel: the part outside all VOIs is liver where no body says otherwise, else it holds
 * nothing and the media share the voxel in proportion. */
static void share_voxel(const struct parts *parts, bool has_body, double share[OT_MEDIUM_COUNT])
{
    double sum = 0.0;
    for (size_t m = 0; m < OT_MEDIUM_COUNT; m++) {
        share[m] = parts->f[m];
        sum += share[m];
    }
    if (!has_body) {
        share[OT_MEDIUM_LIVER] += parts->none;
    } else if (sum > 0.0) {
        for (size_t m = 0; m < OT_MEDIUM_COUNT; m++) {
            share[m] /= sum;
        }
    } else {
        share[OT_MEDIUM_BODY] = 1.0;
    }
}

static bool is_mixed(float lung_fraction)
{
    return lung_fraction > MIXED_LEAST && lung_fraction < 1.0F - MIXED_LEAST;
}

/* Lists the voxels that are partly lung. */
static enum ot_rc list_mixed(struct ot_density_map *map, struct ot_err *err)
{
    const struct ot_volume *lung = map->share[OT_MEDIUM_LUNG];
    const float *share = lung != NULL ? lung->data : NULL;
    const size_t voxels = lung != NULL ? ot_grid_voxel_count(&lung->grid) : 0;
    size_t count = 0;
    for (size_t x = ot_skip_zeros(share, 0, voxels); x < voxels;
         x = ot_skip_next(share, x, voxels)) {
        count += is_mixed(share[x]);
    }
    map->mixed = OT_NEW(struct ot_mixed_voxel, count + 1, err);
    if (map->mixed == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t x = ot_skip_zeros(share, 0, voxels); x < voxels;
         x = ot_skip_next(share, x, voxels)) {
        if (is_mixed(share[x])) {
            map->mixed[map->mixed_count++] =
                (struct ot_mixed_voxel){.voxel = x, .lung_fraction = share[x]};
        }
    }
    return OT_OK;
}

/* A map with the shares filled in and the density still 0. */
static enum ot_rc start_map(const struct ot_voi *vois, size_t count, const struct ot_grid *grid,
                            struct ot_density_map **out, struct ot_err *err)
{
    *out = NULL;
    struct ot_density_map *map = OT_NEW(struct ot_density_map, 1, err);
    if (map == NULL) {
        return OT_ERR_NOMEM;
    }
    struct ot_volume **part = map->share; /* first the unions, then what of them counts */
    enum ot_rc rc = ot_volume_create(grid, OT_UNIT_G_PER_CM3, &map->density, err);
    if (rc == OT_OK) {
        rc = unite(vois, count, grid, part, err);
    }
    const bool has_body = part[OT_MEDIUM_BODY] != NULL;
    if (rc == OT_OK && !has_body && part[OT_MEDIUM_LIVER] == NULL) {
        /* Liver is what remains where there is no body. */
        rc = ot_volume_create(grid, OT_UNIT_NONE, &part[OT_MEDIUM_LIVER], err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    const size_t voxels = ot_grid_voxel_count(grid);
#pragma omp parallel for schedule(static)
    for (size_t x = 0; x < voxels; x++) {
        double share[OT_MEDIUM_COUNT];
        const struct parts parts = parts_of(part, x);
        share_voxel(&parts, has_body, share);
        for (size_t m = 0; m < OT_MEDIUM_COUNT; m++) {
            if (map->share[m] != NULL) {
                map->share[m]->data[x] = (float)share[m];
            }
        }
    }
    rc = list_mixed(map, err);
    if (rc != OT_OK) {
        goto done;
    }
    *out = map;
    map = NULL; /* handed over */

done:
    ot_density_map_destroy(map);
    return rc;
}

static double share_at(const struct ot_density_map *map, enum ot_medium medium, size_t voxel)
{
    return map->share[medium] != NULL ? (double)map->share[medium]->data[voxel] : 0.0;
}

enum ot_rc ot_density_from_vois(const struct ot_voi *vois, size_t count,
                                const struct ot_tissue_densities *densities,
                                const struct ot_grid *grid, struct ot_density_map **out,
                                struct ot_err *err)
{
    struct ot_density_map *map = NULL;
    *out = NULL;
    for (size_t m = 0; m < OT_MEDIUM_COUNT; m++) {
        const double density = ot_tissue_density(densities, (enum ot_medium)m);
        if (!(density >= DENSITY_MIN_G_PER_CM3 && density <= DENSITY_MAX_G_PER_CM3)) {
            return ot_fail(err, OT_ERR_RANGE, "density of %s is %g g/cm3, need %g to %g",
                           ot_medium_name((enum ot_medium)m), density, DENSITY_MIN_G_PER_CM3,
                           DENSITY_MAX_G_PER_CM3);
        }
    }
    const enum ot_rc rc = start_map(vois, count, grid, &map, err);
    if (rc != OT_OK) {
        return rc;
    }
    const size_t voxels = ot_grid_voxel_count(grid);
#pragma omp parallel for schedule(static)
    for (size_t x = 0; x < voxels; x++) {
        double g_per_cm3 = 0.0;
        for (size_t m = 0; m < OT_MEDIUM_COUNT; m++) {
            g_per_cm3 += share_at(map, (enum ot_medium)m, x) *
                         ot_tissue_density(densities, (enum ot_medium)m);
        }
        map->density->data[x] = (float)g_per_cm3;
    }
    for (size_t n = 0; n < map->mixed_count; n++) {
        struct ot_mixed_voxel *mixed = &map->mixed[n];
        const double lung = (double)mixed->lung_fraction;
        mixed->lung_g_per_cm3 = (float)densities->lung_g_per_cm3;
        mixed->soft_g_per_cm3 =
            (float)(((double)map->density->data[mixed->voxel] - lung * densities->lung_g_per_cm3) /
                    (1.0 - lung));
    }
    *out = map;
    return OT_OK;
}

/* Density that a CT number means in each medium. */
static double density_in(enum ot_medium medium, double hu, const struct ot_density_ct *how)
{
    if (medium == OT_MEDIUM_LUNG) {
        return fmax(DENSITY_MIN_G_PER_CM3, 1.0 + hu / WATER_HU_SPAN);
    }
    const double g_per_cm3 = ot_hu_calibration_density(how->calibration, hu);
    return medium == OT_MEDIUM_LIVER
               ? fmin(how->liver_hi_g_per_cm3, fmax(how->liver_lo_g_per_cm3, g_per_cm3))
               : g_per_cm3;
}

enum ot_rc ot_density_from_hu(const struct ot_volume *hu, const struct ot_voi *vois, size_t count,
                              const struct ot_density_ct *how, struct ot_density_map **out,
                              struct ot_err *err)
{
    struct ot_density_map *map = NULL;
    *out = NULL;
    enum ot_rc rc = ot_volume_require_unit(hu, OT_UNIT_HU, "CT", err);
    if (rc == OT_OK) {
        rc = ot_hu_calibration_validate(how->calibration, err);
    }
    if (rc == OT_OK && !(how->liver_lo_g_per_cm3 >= DENSITY_MIN_G_PER_CM3 &&
                         how->liver_hi_g_per_cm3 >= how->liver_lo_g_per_cm3 &&
                         how->liver_hi_g_per_cm3 <= DENSITY_MAX_G_PER_CM3)) {
        rc = ot_fail(err, OT_ERR_RANGE, "liver cannot be clamped to %g to %g g/cm3",
                     how->liver_lo_g_per_cm3, how->liver_hi_g_per_cm3);
    }
    if (rc == OT_OK) {
        rc = start_map(vois, count, &hu->grid, &map, err);
    }
    if (rc == OT_OK && map->share[OT_MEDIUM_BODY] == NULL) {
        rc = ot_fail(err, OT_ERR_ARG, "density from CT needs a body VOI");
    }
    if (rc != OT_OK) {
        goto done;
    }
    for (size_t x = 0; x < ot_grid_voxel_count(&hu->grid); x++) {
        const double number = (double)hu->data[x];
        if (!isfinite(number)) {
            rc = ot_fail(err, OT_ERR_RANGE, "CT number of voxel %zu is not finite", x);
            goto done;
        }
        double g_per_cm3 = 0.0;
        for (size_t m = 0; m < OT_MEDIUM_COUNT; m++) {
            const double share = share_at(map, (enum ot_medium)m, x);
            if (share > 0.0) {
                g_per_cm3 += share * density_in((enum ot_medium)m, number, how);
            }
        }
        map->density->data[x] = (float)g_per_cm3;
    }
    for (size_t n = 0; n < map->mixed_count; n++) {
        struct ot_mixed_voxel *mixed = &map->mixed[n];
        const double lung = (double)mixed->lung_fraction;
        const double g_per_cm3 = density_in(OT_MEDIUM_LUNG, (double)hu->data[mixed->voxel], how);
        mixed->lung_g_per_cm3 = (float)g_per_cm3;
        mixed->soft_g_per_cm3 =
            (float)(((double)map->density->data[mixed->voxel] - lung * g_per_cm3) / (1.0 - lung));
    }
    *out = map;
    map = NULL; /* handed over */

done:
    ot_density_map_destroy(map);
    return rc;
}
