/* kernels/ray.c - the gather: one ray of the rule for several neighboring voxels at once.
 *
 * Voxels of a row share a set of rays in blocks of LANES, so that each step reads neighboring
 * densities and sources. Outside voxels and a wall round the grid are opaque: a lane that meets
 * one is at the end of the tables for good, where it adds nothing, so lanes need no branches; dead
 * lanes may look past the ends of their row, never past the margins of the arrays. The set is drawn
 * by the block, so that the error of no set makes a pattern. Tables are read without
 * interpolation: rays begin at evenly spread parts of a step, which is that on average.
 */
#include "kernels/ray.h"

#include <math.h>
#include <stdbool.h>

#include "core/mem.h"
#include "kernels/random.h"
#include "kernels/ray_rule.h"

/* As in convolve_direct.c: wider vectors where the processor has them, the same bits. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define OT_VERSIONS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define OT_VERSIONS
#endif

enum {
    LANES = 8,
    CHECK_EVERY = 4, /* steps between looking whether all lanes have ended */
    MARGIN = 32,     /* voxels before and behind the arrays: > LANES + CHECK_EVERY */
    SETS = 32,
    SPREAD_POINTS = 128, /* times 8 rays */
    ESCAPE_POINTS = 16,
};

/* Steps of the tables per cm: the least crossing of a wall ends a ray. */
static const float OPAQUE = 1e12F;

void ot_ray_scene_release(struct ot_ray_scene *scene)
{
    ot_free(scene->density);
    for (size_t kind = 0; kind < OT_RAY_KINDS; kind++) {
        ot_free(scene->absorbed[kind]);
    }
    *scene = (struct ot_ray_scene){0};
}

/* Index in the padded arrays. */
static size_t padded(const struct ot_ray_scene *scene, size_t i, size_t j, size_t k)
{
    return scene->first + i + scene->n[0] * (j + scene->n[1] * k);
}

/* Tables of one length. */
static enum ot_rc copy_tables(const struct ot_mass_depth *const *depth, struct ot_ray_scene *scene,
                              struct ot_err *err)
{
    for (size_t kind = 0; kind < scene->kinds; kind++) {
        scene->count = depth[kind]->count > scene->count ? depth[kind]->count : scene->count;
        scene->reach_g_per_cm2 = fmax(scene->reach_g_per_cm2, depth[kind]->reach_g_per_cm2);
    }
    for (size_t kind = 0; kind < scene->kinds; kind++) {
        scene->absorbed[kind] = OT_NEW(float, scene->count + 1, err);
        if (scene->absorbed[kind] == NULL) {
            return OT_ERR_NOMEM;
        }
        for (size_t n = 0; n <= scene->count; n++) {
            scene->absorbed[kind][n] = n < depth[kind]->count ? depth[kind]->absorbed[n] : 1.0F;
        }
    }
    return OT_OK;
}

enum ot_rc ot_ray_scene_init(const struct ot_grid *grid, const float *density_g_per_cm3,
                             const struct ot_mass_depth *const *depth, size_t kinds,
                             struct ot_ray_scene *scene, struct ot_err *err)
{
    *scene = (struct ot_ray_scene){.grid = grid, .kinds = kinds, .lowest_g_per_cm3 = HUGE_VAL};
    for (size_t axis = 0; axis < 3; axis++) {
        scene->n[axis] = grid->n[axis] + 2;
    }
    scene->first = MARGIN + 1 + scene->n[0] * (1 + scene->n[1]);
    scene->size = 2 * MARGIN + scene->n[0] * scene->n[1] * scene->n[2];
    scene->density = OT_NEW(float, scene->size, err);
    if (scene->density == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t at = 0; at < scene->size; at++) {
        scene->density[at] = OPAQUE;
    }
    const float *from = density_g_per_cm3;
    for (size_t k = 0; k < grid->n[2]; k++) {
        for (size_t j = 0; j < grid->n[1]; j++) {
            for (size_t i = 0; i < grid->n[0]; i++, from++) {
                if (*from > 0.0F) {
                    scene->density[padded(scene, i, j, k)] =
                        (float)((double)*from / OT_MASS_DEPTH_STEP_G_PER_CM2);
                    scene->lowest_g_per_cm3 = fmin(scene->lowest_g_per_cm3, (double)*from);
                }
            }
        }
    }
    if (!isfinite(scene->lowest_g_per_cm3)) {
        return ot_fail(err, OT_ERR_RANGE, "no voxel of the density is inside the body");
    }
    return copy_tables(depth, scene, err);
}

/* What one gather reads: the emission, source over density, of each kind. */
struct gather {
    const struct ot_ray_scene *scene;
    const struct ot_ray_rule *rule;
    size_t kinds;
    const float *absorbed[OT_RAY_KINDS];
    float *emission[OT_RAY_KINDS]; /* owned, padded */
};

struct lanes {
    float depth[LANES];                  /* in steps of the tables */
    float absorbed[OT_RAY_KINDS][LANES]; /* up to there */
    float sum[LANES];
};

/* Moves all lanes through one voxel each. */
static inline void pass(const struct gather *gather, ptrdiff_t at, float length_cm,
                        struct lanes *lanes)
{
    const float end = (float)gather->scene->count;
    const float *density = gather->scene->density + at;
    float *restrict depth = lanes->depth;
    float *restrict sum = lanes->sum;
    int index[LANES];
#pragma omp simd
    for (size_t l = 0; l < LANES; l++) {
        const float on = depth[l] + density[l] * length_cm;
        depth[l] = on < end ? on : end;
        index[l] = (int)depth[l];
    }
    for (size_t kind = 0; kind < gather->kinds; kind++) {
        const float *table = gather->absorbed[kind];
        const float *emission = gather->emission[kind] + at;
        float *restrict before = lanes->absorbed[kind];
#pragma omp simd
        for (size_t l = 0; l < LANES; l++) {
            const float absorbed = table[index[l]];
            sum[l] += emission[l] * (absorbed - before[l]);
            before[l] = absorbed;
        }
    }
}

static inline bool all_ended(const struct lanes *lanes, float end)
{
    int alive = 0;
#pragma omp simd reduction(| : alive)
    for (size_t l = 0; l < LANES; l++) {
        alive |= lanes->depth[l] < end;
    }
    return alive == 0;
}

/* Follows one ray from the block that begins at `voxel`. */
OT_VERSIONS static void follow(const struct gather *gather, const struct ot_ray *ray,
                               const ptrdiff_t voxel[3], struct lanes *lanes)
{
    const struct ot_ray_scene *scene = gather->scene;
    const float end = (float)scene->count;
    const ptrdiff_t row = (ptrdiff_t)scene->n[0];
    const ptrdiff_t plane = row * (ptrdiff_t)scene->n[1];
    const ptrdiff_t start = (ptrdiff_t)scene->first + voxel[0] + row * voxel[1] + plane * voxel[2];
    for (size_t n = 0; n < ray->count; n++) {
        const struct ot_ray_step *step = &ray->step[n];
        const ptrdiff_t j = voxel[1] + step->dj;
        const ptrdiff_t k = voxel[2] + step->dk;
        if (j < -1 || k < -1 || j > (ptrdiff_t)scene->grid->n[1] ||
            k > (ptrdiff_t)scene->grid->n[2]) {
            return; /* behind the wall */
        }
        pass(gather, start + step->di + row * step->dj + plane * step->dk, step->length_cm, lanes);
        if (n % CHECK_EVERY == CHECK_EVERY - 1 && all_ended(lanes, end)) {
            return;
        }
    }
}

/* Lanes that are not wanted have ended before they begin. */
static void start_lanes(const struct gather *gather, size_t ray, const bool wanted[LANES],
                        struct lanes *lanes)
{
    const float begin = ((float)(ray % gather->rule->rays) + 0.5F) / (float)gather->rule->rays;
    for (size_t l = 0; l < LANES; l++) {
        lanes->depth[l] = wanted[l] ? begin : (float)gather->scene->count;
        lanes->sum[l] = 0.0F;
        for (size_t kind = 0; kind < gather->kinds; kind++) {
            lanes->absorbed[kind][l] = wanted[l] ? 0.0F : 1.0F;
        }
    }
}

/* The mean over the rays of one set for a block of voxels. */
static void gather_block(const struct gather *gather, const ptrdiff_t voxel[3],
                         const bool wanted[LANES], double mean[LANES])
{
    const size_t *n = gather->scene->n;
    const size_t rays = gather->rule->rays;
    struct ot_random random;
    ot_random_seed(&random, 0,
                   (uint64_t)voxel[0] + n[0] * ((uint64_t)voxel[1] + n[1] * (uint64_t)voxel[2]));
    const struct ot_ray *ray =
        gather->rule->ray + ot_random_bits(&random) % gather->rule->sets * rays;
    for (size_t l = 0; l < LANES; l++) {
        mean[l] = 0.0;
    }
    for (size_t r = 0; r < rays; r++) {
        struct lanes lanes;
        start_lanes(gather, r, wanted, &lanes);
        follow(gather, &ray[r], voxel, &lanes);
        for (size_t l = 0; l < LANES; l++) {
            mean[l] += (double)lanes.sum[l];
        }
    }
    for (size_t l = 0; l < LANES; l++) {
        mean[l] /= (double)rays;
    }
}

static void gather_row(const struct gather *gather, size_t j, size_t k, const uint8_t *wanted,
                       double *mean)
{
    const size_t width = gather->scene->grid->n[0];
    const size_t first = width * (j + gather->scene->grid->n[1] * k);
    for (size_t i = 0; i < width; i += LANES) {
        const size_t count = width - i < LANES ? width - i : LANES;
        const ptrdiff_t voxel[3] = {(ptrdiff_t)i, (ptrdiff_t)j, (ptrdiff_t)k};
        bool lane_wanted[LANES] = {false};
        bool any = false;
        for (size_t l = 0; l < count; l++) {
            lane_wanted[l] = wanted[first + i + l] != 0;
            any = any || lane_wanted[l];
        }
        if (!any) {
            continue;
        }
        double block[LANES];
        gather_block(gather, voxel, lane_wanted, block);
        for (size_t l = 0; l < count; l++) {
            if (lane_wanted[l]) {
                mean[first + i + l] = block[l];
            }
        }
    }
}

/* Gathers with a rule of `points` for all wanted voxels. */
static enum ot_rc gather_all(struct gather *gather, size_t points, const uint8_t *wanted,
                             int threads, double *mean, struct ot_err *err)
{
    static const double mm_per_cm = 10.0;
    const struct ot_grid *grid = gather->scene->grid;
    struct ot_ray_rule *rule = NULL;
    double across_mm = 0.0; /* the grid and its wall, along the edges */
    for (size_t axis = 0; axis < 3; axis++) {
        across_mm += grid->spacing_mm[axis] * (double)gather->scene->n[axis];
    }
    const double range_mm = mm_per_cm * OT_MASS_DEPTH_STEP_G_PER_CM2 *
                            (double)gather->scene->count / gather->scene->lowest_g_per_cm3;
    const enum ot_rc rc =
        ot_ray_rule_create(grid->spacing_mm, fmin(range_mm, across_mm), SETS, points, &rule, err);
    if (rc != OT_OK) {
        return rc;
    }
    gather->rule = rule;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t row = 0; row < grid->n[1] * grid->n[2]; row++) {
        gather_row(gather, row % grid->n[1], row / grid->n[1], wanted, mean);
    }
    ot_ray_rule_destroy(rule);
    return OT_OK;
}

static void release_emission(struct gather *gather)
{
    for (size_t kind = 0; kind < gather->kinds; kind++) {
        ot_free(gather->emission[kind]);
    }
}

static enum ot_rc allocate_emission(struct gather *gather, struct ot_err *err)
{
    for (size_t kind = 0; kind < gather->kinds; kind++) {
        gather->emission[kind] = OT_NEW(float, gather->scene->size, err);
        if (gather->emission[kind] == NULL) {
            return OT_ERR_NOMEM;
        }
    }
    return OT_OK;
}

/* Puts source over density into the padded array; nothing in walls. */
static void fill_emission(const struct ot_ray_scene *scene, const float *source, float *emission)
{
    const struct ot_grid *grid = scene->grid;
    for (size_t k = 0; k < grid->n[2]; k++) {
        for (size_t j = 0; j < grid->n[1]; j++) {
            for (size_t i = 0; i < grid->n[0]; i++, source++) {
                const size_t at = padded(scene, i, j, k);
                emission[at] = scene->density[at] < OPAQUE ? *source / scene->density[at] : 0.0F;
            }
        }
    }
}

enum ot_rc ot_ray_spread(const struct ot_ray_scene *scene, const float *const *source,
                         const uint8_t *wanted, int threads, double *energy, struct ot_err *err)
{
    const struct ot_grid *grid = scene->grid;
    struct gather gather = {.scene = scene, .kinds = scene->kinds};
    enum ot_rc rc = allocate_emission(&gather, err);
    for (size_t kind = 0; rc == OT_OK && kind < scene->kinds; kind++) {
        gather.absorbed[kind] = scene->absorbed[kind];
        fill_emission(scene, source[kind], gather.emission[kind]);
    }
    if (rc == OT_OK) {
        rc = gather_all(&gather, SPREAD_POINTS, wanted, threads, energy, err);
    }
    size_t voxel = 0;
    for (size_t k = 0; rc == OT_OK && k < grid->n[2]; k++) {
        for (size_t j = 0; j < grid->n[1]; j++) {
            for (size_t i = 0; i < grid->n[0]; i++, voxel++) {
                if (wanted[voxel] != 0) {
                    energy[voxel] *= (double)scene->density[padded(scene, i, j, k)];
                }
            }
        }
    }
    release_emission(&gather);
    return rc;
}

enum ot_rc ot_ray_escape(const struct ot_ray_scene *scene, size_t kind, const uint8_t *wanted,
                         int threads, double *escaped, struct ot_err *err)
{
    struct gather gather = {.scene = scene, .kinds = 1, .absorbed = {scene->absorbed[kind]}};
    enum ot_rc rc = allocate_emission(&gather, err);
    for (size_t at = 0; rc == OT_OK && at < scene->size; at++) {
        gather.emission[0][at] = scene->density[at] < OPAQUE ? 0.0F : 1.0F; /* all ends there */
    }
    if (rc == OT_OK) {
        rc = gather_all(&gather, ESCAPE_POINTS, wanted, threads, escaped, err);
    }
    release_emission(&gather);
    return rc;
}
