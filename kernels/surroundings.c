/* kernels/surroundings.c - running maxima over boxes, one axis after the other. */
#include "kernels/surroundings.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <string.h>

#include "core/mem.h"
#include "kernels/versions.h"

static const double MM_PER_CM = 10.0;
static const double UNIFORM = 0.02; /* of the density; of the contract */

enum { BANDS = 4 }; /* the last one takes what is less dense */

/* Windows of 2 * half + 1 elements along one axis; `block` numbers blocks as long as a window. */
struct windows {
    size_t count, half;
    uint32_t *block; /* owned; of each element */
};

static enum ot_rc make_windows(size_t count, double half, struct windows *windows,
                               struct ot_err *err)
{
    *windows = (struct windows){.count = count,
                                .half = half < (double)count ? (size_t)half : count,
                                .block = OT_NEW(uint32_t, count, err)};
    for (size_t t = 0; windows->block != NULL && t < count; t++) {
        windows->block[t] = (uint32_t)(t / (2 * windows->half + 1));
    }
    return windows->block != NULL ? OT_OK : OT_ERR_NOMEM;
}

OT_INLINE void larger(const float *a, const float *b, size_t lanes, float *out)
{
#pragma omp simd
    for (size_t l = 0; l < lanes; l++) {
        out[l] = a[l] > b[l] ? a[l] : b[l];
    }
}

/* Replaces each element by the largest of its window. An element is `lanes` values in a row, the
 * next one `stride` further. scratch: 2 * count * lanes.
 * van Herk, Pattern Recogn Lett 1992;13:517: maxima from the beginning and to the end of blocks as
 * long as the window; a window is the end of one block and the beginning of the next. */
OT_INLINE void running_max(float *value, const struct windows *windows, size_t stride, size_t lanes,
                           float *scratch)
{
    const size_t count = windows->count;
    const size_t half = windows->half;
    const uint32_t *block = windows->block;
    float *from = scratch;                 /* from the block's beginning */
    float *upto = scratch + count * lanes; /* to the block's end */
    for (size_t t = 0; t < count; t++) {
        const bool begins = t == 0 || block[t] != block[t - 1];
        const float *here = value + t * stride;
        larger(here, begins ? here : from + (t - 1) * lanes, lanes, from + t * lanes);
    }
    for (size_t t = count; t-- > 0;) {
        const bool ends = t + 1 == count || block[t] != block[t + 1];
        const float *here = value + t * stride;
        larger(here, ends ? here : upto + (t + 1) * lanes, lanes, upto + t * lanes);
    }
    for (size_t t = 0; t < count; t++) {
        const size_t lo = t > half ? t - half : 0;
        const size_t hi = count - 1 - t > half ? t + half : count - 1;
        const float *a = lo == 0 ? from + hi * lanes : upto + lo * lanes;
        const float *b = block[lo] == block[hi] ? a : from + hi * lanes;
        larger(a, b, lanes, value + t * stride);
    }
}

/* Along i, then j. */
OT_VERSIONS static void max_in_plane(const struct windows windows[3], float *plane, float *scratch)
{
    const size_t width = windows[0].count;
    for (size_t j = 0; j < windows[1].count; j++) {
        running_max(plane + width * j, &windows[0], 1, 1, scratch);
    }
    running_max(plane, &windows[1], width, width, scratch);
}

/* Along k, for all of a row. */
OT_VERSIONS static void max_across(const struct windows windows[3], float *row, float *scratch)
{
    const size_t width = windows[0].count;
    running_max(row, &windows[2], width * windows[1].count, width, scratch);
}

static void max_all(const struct windows windows[3], int threads, float *value, float *scratch,
                    size_t scratch_each)
{
    const size_t width = windows[0].count;
#pragma omp parallel num_threads(threads)
    {
        float *mine = scratch + scratch_each * (size_t)omp_get_thread_num();
#pragma omp for schedule(static)
        for (size_t k = 0; k < windows[2].count; k++) {
            max_in_plane(windows, value + width * windows[1].count * k, mine);
        }
#pragma omp for schedule(static)
        for (size_t j = 0; j < windows[1].count; j++) {
            max_across(windows, value + width * j, mine);
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
    struct windows windows[3] = {{0}};
    enum ot_rc rc = OT_OK;
    for (size_t axis = 0; rc == OT_OK && axis < 3; axis++) {
        rc = make_windows(n[axis], ceil(reach_mm / grid->spacing_mm[axis]), &windows[axis], err);
    }
    float *scratch = rc == OT_OK ? OT_NEW(float, floats *(size_t)threads, err) : NULL;
    if (scratch != NULL) {
        max_all(windows, threads, value, scratch, floats);
    }
    rc = scratch != NULL ? OT_OK : OT_ERR_NOMEM;
    ot_free(scratch);
    for (size_t axis = 0; axis < 3; axis++) {
        ot_free(windows[axis].block);
    }
    return rc;
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
#pragma omp parallel for schedule(static) num_threads(search->threads)
    for (size_t x = 0; x < count; x++) {
        const bool same = search->kind[x] == band->kind && density[x] > 0.0F;
        search->most[x] = same ? density[x] : HUGE_VALF;
        search->least[x] = same ? -density[x] : HUGE_VALF; /* the largest negative is the least */
    }
    enum ot_rc rc = box_max(search->grid, reach_mm, search->threads, search->most, err);
    if (rc == OT_OK) {
        rc = box_max(search->grid, reach_mm, search->threads, search->least, err);
    }
    const size_t marked = rc == OT_OK ? count : 0;
#pragma omp parallel for schedule(static) num_threads(search->threads)
    for (size_t x = 0; x < marked; x++) {
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
#pragma omp parallel for schedule(static) num_threads(threads)
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
