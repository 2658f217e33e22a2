/* kernels/surroundings.c - running maxima over boxes, one axis after the other. */
#include "kernels/surroundings.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "core/mem.h"

static const double MM_PER_CM = 10.0;
static const double UNIFORM = 0.02; /* of the density; of the contract */

enum { BANDS = 4 }; /* the last one takes what is less dense */

static float larger(float a, float b)
{
    return a > b ? a : b;
}

/* Replaces element t of `count` by the largest of t - half .. t + half. An element is `lanes`
 * values in a row, the next one `stride` further. scratch: 2 * count * lanes.
 * van Herk, Pattern Recogn Lett 1992;13:517: maxima from the beginning and to the end of blocks as
 * long as the window; a window is the end of one block and the beginning of the next. */
static void running_max(float *value, size_t count, size_t stride, size_t lanes, size_t half,
                        float *scratch)
{
    const size_t window = 2 * half + 1;
    float *from = scratch;                 /* from the block's beginning */
    float *upto = scratch + count * lanes; /* to the block's end */
    for (size_t t = 0; t < count; t++) {
        const size_t back = count - 1 - t;
        for (size_t l = 0; l < lanes; l++) {
            const float ahead = value[t * stride + l];
            const float behind = value[back * stride + l];
            from[t * lanes + l] =
                t % window == 0 ? ahead : larger(ahead, from[(t - 1) * lanes + l]);
            upto[back * lanes + l] = t == 0 || (back + 1) % window == 0
                                         ? behind
                                         : larger(behind, upto[(back + 1) * lanes + l]);
        }
    }
    for (size_t t = 0; t < count; t++) {
        const size_t lo = t > half ? t - half : 0;
        const size_t hi = count - 1 - t > half ? t + half : count - 1;
        const float *a = lo == 0 ? from + hi * lanes : upto + lo * lanes;
        const float *b = lo / window == hi / window ? a : from + hi * lanes;
        for (size_t l = 0; l < lanes; l++) {
            value[t * stride + l] = larger(a[l], b[l]);
        }
    }
}

/* The largest value of the box round each voxel. */
static enum ot_rc box_max(const struct ot_grid *grid, double reach_mm, int threads, float *value,
                          struct ot_err *err)
{
    const size_t *n = grid->n;
    const size_t most = n[1] > n[2] ? n[1] : n[2];
    const size_t floats = 2 * n[0] * (most > 1 ? most : 1);
    size_t half[3];
    for (size_t axis = 0; axis < 3; axis++) {
        const double voxels = ceil(reach_mm / grid->spacing_mm[axis]);
        half[axis] = voxels < (double)n[axis] ? (size_t)voxels : n[axis];
    }
    float *scratch = OT_NEW(float, floats *(size_t)threads, err);
    if (scratch == NULL) {
        return OT_ERR_NOMEM;
    }
#pragma omp parallel num_threads(threads)
    {
        float *mine = scratch + floats * (size_t)omp_get_thread_num();
#pragma omp for schedule(static)
        for (size_t k = 0; k < n[2]; k++) {
            float *plane = value + n[0] * n[1] * k;
            for (size_t j = 0; j < n[1]; j++) {
                running_max(plane + n[0] * j, n[0], 1, 1, half[0], mine);
            }
            running_max(plane, n[1], n[0], n[0], half[1], mine);
        }
#pragma omp for schedule(static)
        for (size_t j = 0; j < n[1]; j++) {
            running_max(value + n[0] * j, n[2], n[0] * n[1], n[0], half[2], mine);
        }
    }
    ot_free(scratch);
    return OT_OK;
}

/* Densities of one kind that share a reach: 2^-band * top down to half of it. */
struct band {
    uint8_t kind;
    double lowest_g_per_cm3;
    double highest_g_per_cm3;
};

static size_t band_of(double g_per_cm3, double top_g_per_cm3)
{
    const double octaves = floor(log2(top_g_per_cm3 / g_per_cm3));
    return octaves < BANDS - 1 ? (size_t)octaves : BANDS - 1;
}

/* The work; borrowed but for the scratch. */
struct search {
    const struct ot_grid *grid;
    const float *density;
    const uint8_t *kind;
    double reach_g_per_cm2;
    int threads;
    float *most, *least; /* owned; scratch */
    uint8_t *uniform;
};

/* Marks the uniform voxels of one band. */
static enum ot_rc mark_band(const struct search *search, const struct band *band,
                            struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(search->grid);
    const double reach_mm = MM_PER_CM * search->reach_g_per_cm2 / band->lowest_g_per_cm3;
    const float *density = search->density;
    for (size_t x = 0; x < count; x++) {
        const bool same = search->kind[x] == band->kind && density[x] > 0.0F;
        search->most[x] = same ? density[x] : HUGE_VALF;
        search->least[x] = same ? -density[x] : HUGE_VALF; /* the largest negative is the least */
    }
    enum ot_rc rc = box_max(search->grid, reach_mm, search->threads, search->most, err);
    if (rc == OT_OK) {
        rc = box_max(search->grid, reach_mm, search->threads, search->least, err);
    }
    for (size_t x = 0; rc == OT_OK && x < count; x++) {
        const double own = (double)density[x];
        const bool in_band = search->kind[x] == band->kind && own >= band->lowest_g_per_cm3 &&
                             own <= band->highest_g_per_cm3;
        if (in_band && (double)search->most[x] <= own * (1.0 + UNIFORM) &&
            -(double)search->least[x] >= own * (1.0 - UNIFORM)) {
            search->uniform[x] = 1;
        }
    }
    return rc;
}

/* Bands that voxels of `kind` lie in. */
static void find_bands(const struct ot_grid *grid, const float *density, const uint8_t *kind,
                       uint8_t which, struct band bands[BANDS])
{
    const size_t count = ot_grid_voxel_count(grid);
    double top_g_per_cm3 = 0.0;
    for (size_t x = 0; x < count; x++) {
        if (kind[x] == which) {
            top_g_per_cm3 = fmax(top_g_per_cm3, (double)density[x]);
        }
    }
    for (size_t b = 0; b < BANDS; b++) {
        bands[b] = (struct band){.kind = which, .lowest_g_per_cm3 = HUGE_VAL};
    }
    for (size_t x = 0; x < count; x++) {
        const double own = (double)density[x];
        if (kind[x] == which && own > 0.0) {
            struct band *band = &bands[band_of(own, top_g_per_cm3)];
            band->lowest_g_per_cm3 = fmin(band->lowest_g_per_cm3, own);
            band->highest_g_per_cm3 = fmax(band->highest_g_per_cm3, own);
        }
    }
}

enum ot_rc ot_surroundings_uniform(const struct ot_grid *grid, const float *density_g_per_cm3,
                                   const uint8_t *kind, double reach_g_per_cm2, int threads,
                                   uint8_t *uniform, struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(grid);
    struct search search = {.grid = grid,
                            .density = density_g_per_cm3,
                            .kind = kind,
                            .reach_g_per_cm2 = reach_g_per_cm2,
                            .threads = threads,
                            .most = OT_NEW(float, count, err),
                            .uniform = uniform};
    search.least = search.most != NULL ? OT_NEW(float, count, err) : NULL;
    bool present[OT_KIND_MIXED] = {false};
    enum ot_rc rc = search.least != NULL ? OT_OK : OT_ERR_NOMEM;
    memset(uniform, 0, count);
    for (size_t x = 0; x < count; x++) {
        if (kind[x] != OT_KIND_MIXED && density_g_per_cm3[x] > 0.0F) {
            present[kind[x]] = true;
        }
    }
    for (size_t which = 0; which < OT_KIND_MIXED; which++) {
        struct band bands[BANDS];
        if (!present[which]) {
            continue;
        }
        find_bands(grid, density_g_per_cm3, kind, (uint8_t)which, bands);
        for (size_t b = 0; rc == OT_OK && b < BANDS; b++) {
            if (isfinite(bands[b].lowest_g_per_cm3)) {
                rc = mark_band(&search, &bands[b], err);
            }
        }
    }
    ot_free(search.most);
    ot_free(search.least);
    return rc;
}

enum ot_rc ot_surroundings_near(const struct ot_grid *grid, const float *value, double reach_mm,
                                bool beyond_grid, int threads, uint8_t *near, struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(grid);
    float *some = OT_NEW(float, count, err);
    if (some == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t x = 0; x < count; x++) {
        some[x] = fabsf(value[x]);
    }
    const enum ot_rc rc = box_max(grid, reach_mm, threads, some, err);
    size_t x = 0;
    for (size_t k = 0; rc == OT_OK && k < grid->n[2]; k++) {
        for (size_t j = 0; j < grid->n[1]; j++) {
            for (size_t i = 0; i < grid->n[0]; i++, x++) {
                const size_t at[3] = {i, j, k};
                bool found = some[x] > 0.0F;
                for (size_t axis = 0; beyond_grid && axis < 3; axis++) {
                    const double inside = (double)(at[axis] < grid->n[axis] - 1 - at[axis]
                                                       ? at[axis]
                                                       : grid->n[axis] - 1 - at[axis]);
                    found = found || (inside + 0.5) * grid->spacing_mm[axis] < reach_mm;
                }
                near[x] = found ? 1 : 0;
            }
        }
    }
    ot_free(some);
    return rc;
}
