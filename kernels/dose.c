/* kernels/dose.c - activity to absorbed dose, with the energy accounted for. */
#include "kernels/dose.h"

#include <math.h>
#include <stdbool.h>

#include "core/mem.h"
#include "core/stats.h"
#include "kernels/dose_parts.h"

static const double GRID_TOLERANCE_MM = 1e-3;
static const double SHARE_TOLERANCE = 1e-4;  /* fractions are float and come from files */
static const double ENERGY_TOLERANCE = 1e-9; /* the same constant, computed twice */
static const double BALANCE_LIMIT = 0.005;   /* of the contract */
static const double INSIDE_FRACTION = 0.5;   /* a voxel belongs to the body or not */
static const double BQ_PER_GBQ = 1e9;
static const double KG_PER_G = 1e-3;

void ot_dose_map_destroy(struct ot_dose_map *map)
{
    if (map == NULL) {
        return;
    }
    ot_volume_destroy(map->dose);
    ot_free(map->mixed);
    ot_free(map);
}

bool ot_dose_is_inside(const struct ot_dose_request *request, size_t voxel)
{
    return request->inside == NULL || (double)request->inside->data[voxel] >= INSIDE_FRACTION;
}

double ot_dose_joule_per_bq(const struct ot_dose_request *request)
{
    return request->constant.gy_kg_per_gbq / BQ_PER_GBQ;
}

static enum ot_rc same_grid(const struct ot_dose_request *request, const struct ot_volume *volume,
                            const char *what, struct ot_err *err)
{
    if (!ot_grid_same(&request->activity->grid, &volume->grid, GRID_TOLERANCE_MM)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "%s is not on the grid of the activity", what);
    }
    return OT_OK;
}

enum ot_rc ot_dose_check(const struct ot_dose_request *request, struct ot_err *err)
{
    enum ot_rc rc = ot_volume_require_unit(request->activity, OT_UNIT_BQ_PER_ML, "activity", err);
    if (rc == OT_OK) {
        rc = ot_volume_require_unit(request->density, OT_UNIT_G_PER_CM3, "density", err);
    }
    if (rc == OT_OK) {
        rc = same_grid(request, request->density, "density", err);
    }
    if (rc == OT_OK && request->inside != NULL) {
        rc = same_grid(request, request->inside, "body", err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (!(request->constant.gy_kg_per_gbq > 0.0 && request->constant.half_life_h > 0.0) ||
        request->threads < 1) {
        return ot_fail(err, OT_ERR_ARG, "dose constant %g Gy kg/GBq, half-life %g h, %d threads",
                       request->constant.gy_kg_per_gbq, request->constant.half_life_h,
                       request->threads);
    }
    const size_t count = ot_grid_voxel_count(&request->activity->grid);
    for (size_t x = 0; x < count; x++) {
        if (!isfinite(request->activity->data[x])) {
            return ot_fail(err, OT_ERR_RANGE, "activity of voxel %zu is not finite", x);
        }
        const float density = request->density->data[x];
        if (ot_dose_is_inside(request, x) && !(isfinite(density) && density > 0.0F)) {
            return ot_fail(err, OT_ERR_RANGE, "density of voxel %zu is %g g/cm3", x,
                           (double)density);
        }
    }
    return OT_OK;
}

enum ot_rc ot_dose_check_media(const struct ot_dose_request *request, struct ot_err *err)
{
    const double want_mev = ot_dose_constant_mev_per_decay(&request->constant);
    if (request->media_count == 0) {
        return ot_fail(err, OT_ERR_ARG, "a dose by voxel S values needs a medium");
    }
    for (size_t m = 0; m < request->media_count; m++) {
        const struct ot_dose_medium *medium = &request->media[m];
        if (!(fabs(medium->kernel->energy_mev - want_mev) <= ENERGY_TOLERANCE * want_mev)) {
            return ot_fail(err, OT_ERR_ARG,
                           "kernel of %s holds %.6f MeV per decay, the dose constant %.6f MeV",
                           medium->kernel->medium, medium->kernel->energy_mev, want_mev);
        }
        if (medium->share != NULL) {
            const enum ot_rc rc = same_grid(request, medium->share, "share of a medium", err);
            if (rc != OT_OK) {
                return rc;
            }
        }
    }
    const size_t count = ot_grid_voxel_count(&request->activity->grid);
    for (size_t x = 0; x < count; x++) {
        double sum = 0.0;
        for (size_t m = 0; m < request->media_count; m++) {
            const struct ot_volume *share = request->media[m].share;
            sum += share != NULL ? (double)share->data[x] : 1.0;
        }
        if (!(fabs(sum - 1.0) <= SHARE_TOLERANCE) && fabsf(request->activity->data[x]) > 0.0F) {
            return ot_fail(err, OT_ERR_RANGE, "shares of voxel %zu in the media add to %g, not 1",
                           x, sum);
        }
    }
    return OT_OK;
}

enum ot_rc ot_dose_start_map(const struct ot_dose_request *request, struct ot_dose_map **out,
                             struct ot_err *err)
{
    const struct ot_grid *grid = &request->activity->grid;
    struct ot_dose_map *map = OT_NEW(struct ot_dose_map, 1, err);
    *out = NULL;
    if (map == NULL) {
        return OT_ERR_NOMEM;
    }
    enum ot_rc rc = ot_volume_create(grid, OT_UNIT_GY, &map->dose, err);
    if (rc == OT_OK) {
        const double activity_bq = ot_sum(request->activity->data, ot_grid_voxel_count(grid)) *
                                   ot_grid_voxel_volume_ml(grid);
        map->emitted_j = activity_bq * ot_dose_joule_per_bq(request);
        if (!(activity_bq > 0.0)) {
            rc = ot_fail(err, OT_ERR_RANGE, "the activity adds to %g Bq: there is no dose",
                         activity_bq);
        }
    }
    if (rc != OT_OK) {
        ot_dose_map_destroy(map);
        return rc;
    }
    *out = map;
    return OT_OK;
}

void ot_dose_absorb(const struct ot_dose_request *request, const double *energy_j_per_ml,
                    struct ot_dose_map *map)
{
    const struct ot_grid *grid = &request->activity->grid;
    const size_t count = ot_grid_voxel_count(grid);
    double lost_j_per_ml = 0.0;
    for (size_t x = 0; x < count; x++) {
        if (ot_dose_is_inside(request, x)) {
            const double kg_per_ml = (double)request->density->data[x] * KG_PER_G;
            map->dose->data[x] = (float)(energy_j_per_ml[x] / kg_per_ml);
        } else {
            lost_j_per_ml += energy_j_per_ml[x];
        }
    }
    map->outside_j += lost_j_per_ml * ot_grid_voxel_volume_ml(grid);
}

enum ot_rc ot_dose_balance(const struct ot_dose_request *request, struct ot_dose_map *map,
                           struct ot_err *err)
{
    const struct ot_grid *grid = &request->activity->grid;
    map->deposited_j =
        ot_sum_product(map->dose->data, request->density->data, ot_grid_voxel_count(grid)) *
        ot_grid_voxel_volume_ml(grid) * KG_PER_G;
    map->balance_fraction =
        fabs(map->deposited_j + map->outside_j - map->emitted_j) / map->emitted_j;
    if (!(map->balance_fraction <= BALANCE_LIMIT)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "energy balance is off by %.2f %%: %g J emitted, %g J deposited, %g J "
                       "outside; limit %.1f %%",
                       100.0 * map->balance_fraction, map->emitted_j, map->deposited_j,
                       map->outside_j, 100.0 * BALANCE_LIMIT);
    }
    return OT_OK;
}

/* Adds a spread box to the energy on the grid (NULL: adds nothing); returns what lies beyond the
 * grid, per ml. */
static double add_spread(const struct ot_spread *spread, const struct ot_grid *grid,
                         double joule_per_unit, double *energy_j_per_ml)
{
    double beyond = 0.0;
    const float *from = spread->value;
    for (size_t k = 0; k < spread->n[2]; k++) {
        const ptrdiff_t z = spread->first[2] + (ptrdiff_t)k;
        for (size_t j = 0; j < spread->n[1]; j++, from += spread->n[0]) {
            const ptrdiff_t y = spread->first[1] + (ptrdiff_t)j;
            const bool row_in =
                y >= 0 && y < (ptrdiff_t)grid->n[1] && z >= 0 && z < (ptrdiff_t)grid->n[2];
            const size_t first = row_in ? grid->n[0] * ((size_t)y + grid->n[1] * (size_t)z) : 0;
            for (size_t i = 0; i < spread->n[0]; i++) {
                const ptrdiff_t x = spread->first[0] + (ptrdiff_t)i;
                if (!row_in || x < 0 || x >= (ptrdiff_t)grid->n[0]) {
                    beyond += joule_per_unit * (double)from[i];
                } else if (energy_j_per_ml != NULL) {
                    energy_j_per_ml[first + (size_t)x] += joule_per_unit * (double)from[i];
                }
            }
        }
    }
    return beyond;
}

double ot_dose_spread_beyond(const struct ot_spread *spread, const struct ot_grid *grid)
{
    return add_spread(spread, grid, 1.0, NULL);
}

enum ot_rc ot_dose_spread_medium(const struct ot_dose_request *request,
                                 const struct ot_dose_medium *medium, struct ot_volume *source,
                                 struct ot_spread **spread, struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(&request->activity->grid);
    const struct ot_volume *from = request->activity;
    if (medium->share != NULL) {
        for (size_t x = 0; x < count; x++) {
            source->data[x] = request->activity->data[x] * medium->share->data[x];
        }
        from = source;
    }
    const enum ot_rc rc =
        ot_convolve(from, medium->kernel, request->convolution, request->threads, spread, err);
    if (rc != OT_OK) {
        ot_err_context(err, "spreading the energy emitted in %s", medium->kernel->medium);
    }
    return rc;
}

enum ot_rc ot_dose_voxel_s(const struct ot_dose_request *request, struct ot_dose_map **out,
                           struct ot_err *err)
{
    struct ot_dose_map *map = NULL;
    struct ot_volume *source = NULL;
    double *energy_j_per_ml = NULL;
    *out = NULL;

    enum ot_rc rc = ot_dose_check(request, err);
    if (rc == OT_OK) {
        rc = ot_dose_check_media(request, err);
    }
    if (rc == OT_OK) {
        rc = ot_dose_start_map(request, &map, err);
    }
    if (rc == OT_OK) {
        rc = ot_volume_create(&request->activity->grid, OT_UNIT_BQ_PER_ML, &source, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    energy_j_per_ml = OT_NEW(double, ot_grid_voxel_count(&request->activity->grid), err);
    if (energy_j_per_ml == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    for (size_t m = 0; m < request->media_count; m++) {
        struct ot_spread *spread = NULL;
        rc = ot_dose_spread_medium(request, &request->media[m], source, &spread, err);
        if (rc != OT_OK) {
            goto done;
        }
        map->used = spread->used;
        map->outside_j += add_spread(spread, &request->activity->grid,
                                     ot_dose_joule_per_bq(request), energy_j_per_ml) *
                          ot_grid_voxel_volume_ml(&request->activity->grid);
        ot_spread_destroy(spread);
    }
    ot_dose_absorb(request, energy_j_per_ml, map);
    rc = ot_dose_balance(request, map, err);
    if (rc != OT_OK) {
        goto done;
    }
    *out = map;
    map = NULL; /* handed over */

done:
    ot_free(energy_j_per_ml);
    ot_volume_destroy(source);
    ot_dose_map_destroy(map);
    return rc;
}

enum ot_rc ot_dose_local(const struct ot_dose_request *request, struct ot_dose_map **out,
                         struct ot_err *err)
{
    struct ot_dose_map *map = NULL;
    double *energy_j_per_ml = NULL;
    *out = NULL;

    enum ot_rc rc = ot_dose_check(request, err);
    if (rc == OT_OK) {
        rc = ot_dose_start_map(request, &map, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    const size_t count = ot_grid_voxel_count(&request->activity->grid);
    energy_j_per_ml = OT_NEW(double, count, err);
    if (energy_j_per_ml == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    for (size_t x = 0; x < count; x++) {
        energy_j_per_ml[x] = (double)request->activity->data[x] * ot_dose_joule_per_bq(request);
    }
    map->used = OT_CONVOLUTION_AUTO;
    ot_dose_absorb(request, energy_j_per_ml, map);
    rc = ot_dose_balance(request, map, err);
    if (rc != OT_OK) {
        goto done;
    }
    *out = map;
    map = NULL; /* handed over */

done:
    ot_free(energy_j_per_ml);
    ot_dose_map_destroy(map);
    return rc;
}
