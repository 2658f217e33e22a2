/* kernels/ray.c - the gather: one ray of the rule for several neighboring voxels at once.
 *
 * Voxels of a row share a set of rays in blocks of LANES, so that each step reads neighboring
 * densities and sources. Outside voxels and a wall round the grid are opaque: a lane that meets
 * one is at the end of the tables for good, where it adds nothing, so lanes need no branches; dead
 * lanes may look past the ends of their row, never past the margins of the arrays. Neighboring
 * blocks have other sets, so that the error of no set makes a pattern (where few voxels emit there
 * is but one set, kernels/ray_effort.h). Tables are read without
 * interpolation: rays begin at evenly spread parts of a step, which is that on average.
 */
#include "kernels/ray.h"

#include <math.h>
#include <stdbool.h>

#include "core/mem.h"
#include "kernels/ray_effort.h"
#include "kernels/ray_lanes.h"
#include "kernels/ray_path.h"
#include "kernels/ray_rule.h"
#include "kernels/ray_scene.h"
#include "kernels/surroundings.h"
#include "kernels/versions.h"

enum {
    CHECK_EVERY = 4, /* steps between looking whether all lanes have ended */
};

static const float MUCH = 0.05F; /* of the greatest dose: the fine rule there and round it */
static const double MM_PER_CM = 10.0;
static const double TISSUE_G_PER_CM3 = 1.0;

static const double BAND = 0.1;          /* of a voxel's side, on which rays count for both parts */
static const double LEAST_WEIGHT = 0.01; /* rays */

static inline bool all_ended(const struct lanes *lanes, float end)
{
    int alive = 0;
#pragma omp simd reduction(| : alive)
    for (size_t l = 0; l < LANES; l++) {
        alive |= lanes->depth[l] < end;
    }
    return alive == 0;
}

/* Follows a ray until all lanes have ended. */
OT_VERSIONS static void follow(const struct gather *gather, const struct path *path,
                               struct lanes *lanes)
{
    const float end = (float)gather->scene->count;
    for (size_t n = 0; n < path->ray->count; n++) {
        const struct ot_ray_step *step = &path->ray->step[n];
        const ptrdiff_t offset[3] = {step->offset[0], step->offset[1], step->offset[2]};
        if (offset[1] > path->room[1] || offset[2] > path->room[2]) {
            return; /* behind the wall */
        }
        const ptrdiff_t at = path->start + path->stride[0] * offset[0] +
                             path->stride[1] * offset[1] + path->stride[2] * offset[2];
        pass(gather, at, step->length_cm, lanes);
        if (gather->place[at].mixed != 0) {
            const struct way way = way_of(path, step);
            pass_cut(gather, at, &way, lanes);
        }
        if (n % CHECK_EVERY == CHECK_EVERY - 1 && all_ended(lanes, end)) {
            return;
        }
    }
}

/* Lanes that are not wanted have ended before they begin. */
static void start_lanes(const struct gather *gather, size_t ray, const bool wanted[LANES],
                        struct lanes *lanes)
{
    /* Multiples of the golden ratio: no order that the rays' directions have, too. */
    static const double golden = 1.6180339887498949;
    const double turns = golden * (double)ray;
    const float begin = (float)(turns - floor(turns));
    for (size_t l = 0; l < LANES; l++) {
        lanes->depth[l] = wanted[l] ? begin : (float)gather->scene->count;
        lanes->sum[l] = 0.0F;
    }
    for (size_t kind = 0; kind < OT_RAY_KINDS; kind++) {
        lanes->known[kind] = false;
    }
}

/* What the rays of a block gave, by the part of the voxel that each ray began in (0 where it is of
 * one medium). A ray that begins near the plane counts for both sides in part: no result jumps when
 * the plane is moved by a rounding error. */
struct sums {
    double sum[2][LANES];
    double weight[2][LANES];
};

static struct ot_ray_mixed *mixed_in(const struct ot_ray_scene *scene, size_t at)
{
    const int32_t number = scene->mixed_at != NULL ? scene->mixed_at[at] : 0;
    return number != 0 ? &scene->mixed[number - 1] : NULL;
}

/* How much of a ray that begins at the point counts for the plane's outer side. */
static double outer_share(const struct ot_plane *plane, const double point_mm[3], double band_mm)
{
    const double share = 0.5 + ot_plane_distance_mm(plane, point_mm) / band_mm;
    return fmin(fmax(share, 0.0), 1.0);
}

/* Adds what a ray gave to a block with voxels of two media: bits of `mixed`. */
static void add_parted(const struct ot_ray_scene *scene, const struct path *path, unsigned mixed,
                       const struct lanes *lanes, struct sums *sums)
{
    const double *spacing_mm = scene->grid->spacing_mm;
    const double band_mm = BAND * fmin(spacing_mm[0], fmin(spacing_mm[1], spacing_mm[2]));
    double point_mm[3];
    for (size_t axis = 0; axis < 3; axis++) {
        point_mm[axis] = (double)path->sign[axis] * path->ray->point_mm[axis];
    }
    for (size_t l = 0; l < LANES; l++) {
        const bool parted = (mixed >> l & 1U) != 0;
        const double outer = parted ? outer_share(&mixed_in(scene, (size_t)path->start + l)->plane,
                                                  point_mm, band_mm)
                                    : 0.0;
        const double weight[2] = {1.0 - outer, outer};
        for (size_t part = 0; part < 2; part++) {
            sums->sum[part][l] += weight[part] * (double)lanes->sum[l];
            sums->weight[part][l] += weight[part];
        }
    }
}

/* Follows the rays of one set for a block of voxels. */
static void gather_block(const struct gather *gather, const size_t voxel[3], size_t at,
                         const bool wanted[LANES], struct sums *sums)
{
    const size_t points = gather->rule->points;
    /* Neighboring blocks take sets that complete each other, so that errors cancel nearby. */
    const size_t set = (voxel[0] / LANES * 83 + voxel[1] + voxel[2] * 37) % gather->rule->sets;
    const struct ot_ray *ray = gather->rule->ray + set * points;
    *sums = (struct sums){0};
    for (size_t r = 0; r < points * OT_RAY_MIRRORS; r++) {
        const struct path path =
            path_of(gather->scene, &ray[r / OT_RAY_MIRRORS], r % OT_RAY_MIRRORS, voxel);
        struct lanes lanes;
        start_lanes(gather, r, wanted, &lanes);
        follow(gather, &path, &lanes);
        if (gather->place[at].mixed != 0) {
            add_parted(gather->scene, &path, gather->place[at].mixed, &lanes, sums);
            continue;
        }
        for (size_t l = 0; l < LANES; l++) {
            sums->sum[0][l] += (double)lanes.sum[l];
        }
    }
}

/* The voxel's energy per ml, and that of its parts where it has two. A part too small for any ray
 * to begin in has the mean of all. */
static double energy_of(const struct gather *gather, const struct sums *sums, size_t lane,
                        size_t at)
{
    struct ot_ray_mixed *mixed = mixed_in(gather->scene, at);
    const double all =
        (sums->sum[0][lane] + sums->sum[1][lane]) / (double)(gather->rule->points * OT_RAY_MIRRORS);
    if (gather->escape) {
        return all;
    }
    if (mixed == NULL) {
        return all * (double)gather->scene->density[at];
    }
    double energy = 0.0;
    for (size_t part = 0; part < 2; part++) {
        const double mean = (sums->sum[part][lane] + LEAST_WEIGHT * all) /
                            (sums->weight[part][lane] + LEAST_WEIGHT);
        mixed->energy[part] = mean * (double)mixed->g_per_cm3[part] / OT_MASS_DEPTH_STEP_G_PER_CM2;
        energy += mixed->fraction[part] * mixed->energy[part];
    }
    return energy;
}

static void gather_row(const struct gather *gather, size_t j, size_t k, const uint8_t *wanted,
                       double *energy)
{
    const size_t width = gather->scene->grid->n[0];
    const size_t first = width * (j + gather->scene->grid->n[1] * k);
    for (size_t i = 0; i < width; i += LANES) {
        const size_t count = width - i < LANES ? width - i : LANES;
        const size_t voxel[3] = {i, j, k};
        const size_t at = ot_ray_scene_at(gather->scene, i, j, k);
        bool lane_wanted[LANES] = {false};
        bool any = false;
        for (size_t l = 0; l < count; l++) {
            lane_wanted[l] = wanted[first + i + l] != 0;
            any = any || lane_wanted[l];
        }
        if (!any) {
            continue;
        }
        struct sums sums;
        gather_block(gather, voxel, at, lane_wanted, &sums);
        for (size_t l = 0; l < count; l++) {
            if (lane_wanted[l]) {
                energy[first + i + l] = energy_of(gather, &sums, l, at + l);
            }
        }
    }
}

/* Notes of every place what the block that begins there has. */
static void look_ahead(struct gather *gather)
{
    const struct ot_ray_scene *scene = gather->scene;
    uint8_t emitting[OT_RAY_KINDS] = {0}; /* bit n: the voxel n of the block is so */
    uint8_t mixed = 0;
    for (size_t back = 0; back < scene->size; back++) {
        const size_t at = scene->size - 1 - back;
        for (size_t kind = 0; kind < gather->kinds; kind++) {
            const bool emits = fabsf(gather->emission[kind][at]) > 0.0F;
            emitting[kind] = (uint8_t)(emitting[kind] << 1 | (emits ? 1 : 0));
            gather->place[at].found |= (uint8_t)((emitting[kind] != 0 ? 1U : 0U) << kind);
        }
        mixed = (uint8_t)(mixed << 1 | (mixed_in(scene, at) != NULL ? 1 : 0));
        gather->place[at].mixed = mixed;
    }
}

/* Gathers for all wanted voxels. */
static enum ot_rc gather_all(struct gather *gather, const uint8_t *wanted,
                             const struct ot_ray_effort *effort, int threads, double *mean,
                             struct ot_err *err)
{
    const struct ot_grid *grid = gather->scene->grid;
    struct ot_ray_rule *rule = NULL;
    const enum ot_rc rc = ot_ray_rule_for(gather->scene, wanted, effort, &rule, err);
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

/* Energy over density, of the denser dose where a voxel has two. */
static double dose_at(const struct ot_ray_scene *scene, size_t at, double energy)
{
    const struct ot_ray_mixed *mixed = mixed_in(scene, at);
    if (mixed == NULL) {
        return energy / (double)scene->density[at];
    }
    const double per_cm = 1.0 / OT_MASS_DEPTH_STEP_G_PER_CM2;
    return fmax(mixed->energy[0] / ((double)mixed->g_per_cm3[0] * per_cm),
                mixed->energy[1] / ((double)mixed->g_per_cm3[1] * per_cm));
}

/* Marks the wanted voxels nearer than the range in soft tissue to where much of the greatest dose
 * is: what they get may be the edge of it. In lung electrons come farther, with little dose. */
static enum ot_rc find_much(const struct ot_ray_scene *scene, const uint8_t *wanted, int threads,
                            const double *energy, float *dose, uint8_t *much, struct ot_err *err)
{
    const struct ot_grid *grid = scene->grid;
    const size_t count = ot_grid_voxel_count(grid);
    float greatest = 0.0F;
    size_t x = 0;
    for (size_t k = 0; k < grid->n[2]; k++) {
        for (size_t j = 0; j < grid->n[1]; j++) {
            for (size_t i = 0; i < grid->n[0]; i++, x++) {
                dose[x] = (float)fabs(dose_at(scene, ot_ray_scene_at(scene, i, j, k), energy[x]));
                greatest = dose[x] > greatest ? dose[x] : greatest;
            }
        }
    }
    for (x = 0; x < count; x++) {
        dose[x] = dose[x] >= MUCH * greatest ? dose[x] : 0.0F;
    }
    const double reach_mm = MM_PER_CM * scene->reach_g_per_cm2 / TISSUE_G_PER_CM3;
    const enum ot_rc rc = ot_surroundings_near(grid, dose, reach_mm, false, threads, much, err);
    for (x = 0; rc == OT_OK && x < count; x++) {
        much[x] = much[x] != 0 && wanted[x] != 0;
    }
    return rc;
}

/* Gathers coarsely for all wanted voxels, then finely where more depends on it. */
static enum ot_rc gather_twice(struct gather *gather, const uint8_t *wanted,
                               const struct ot_ray_efforts *efforts, int threads, double *energy,
                               struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(gather->scene->grid);
    float *dose = OT_NEW(float, count, err);
    uint8_t *much = OT_NEW(uint8_t, count, err);
    enum ot_rc rc = dose != NULL && much != NULL
                        ? gather_all(gather, wanted, &efforts->coarse, threads, energy, err)
                        : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        rc = find_much(gather->scene, wanted, threads, energy, dose, much, err);
    }
    if (rc == OT_OK) {
        rc = gather_all(gather, much, &efforts->fine, threads, energy, err);
    }
    ot_free(dose);
    ot_free(much);
    return rc;
}

static void release_emission(struct gather *gather)
{
    ot_free(gather->place);
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
    gather->place = OT_NEW(struct place, gather->scene->size, err);
    return gather->place != NULL ? OT_OK : OT_ERR_NOMEM;
}

/* Puts source over density into the padded array; nothing in walls and in voxels of two media. */
static void fill_emission(const struct ot_ray_scene *scene, const float *source, int threads,
                          float *emission)
{
    const size_t *n = scene->grid->n;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t row = 0; row < n[1] * n[2]; row++) {
        const size_t first = ot_ray_scene_at(scene, 0, row % n[1], row / n[1]);
        const float *from = source + n[0] * row;
        for (size_t i = 0; i < n[0]; i++) {
            const size_t at = first + i;
            const bool whole = mixed_in(scene, at) == NULL && scene->density[at] < OT_RAY_OPAQUE;
            emission[at] = whole ? from[i] / scene->density[at] : 0.0F;
        }
    }
}

enum ot_rc ot_ray_spread(const struct ot_ray_scene *scene, const float *const *source,
                         const uint8_t *wanted, int threads, double *energy, struct ot_err *err)
{
    struct gather gather = {.scene = scene, .kinds = scene->kinds};
    enum ot_rc rc = allocate_emission(&gather, err);
    for (size_t kind = 0; rc == OT_OK && kind < scene->kinds; kind++) {
        gather.absorbed[kind] = scene->absorbed[kind];
        fill_emission(scene, source[kind], threads, gather.emission[kind]);
    }
    if (rc == OT_OK) {
        look_ahead(&gather);
        rc = gather_twice(&gather, wanted, ot_ray_efforts_for(scene, source), threads, energy, err);
    }
    release_emission(&gather);
    return rc;
}

enum ot_rc ot_ray_escape(const struct ot_ray_scene *scene, size_t kind, const uint8_t *wanted,
                         int threads, double *escaped, struct ot_err *err)
{
    struct gather gather = {
        .scene = scene, .escape = true, .kinds = 1, .absorbed = {scene->absorbed[kind]}};
    enum ot_rc rc = allocate_emission(&gather, err);
    for (size_t at = 0; rc == OT_OK && at < scene->size; at++) {
        gather.emission[0][at] =
            scene->density[at] < OT_RAY_OPAQUE ? 0.0F : 1.0F; /* all ends there */
    }
    if (rc == OT_OK) {
        look_ahead(&gather);
        rc = gather_all(&gather, wanted, &OT_RAY_SUM, threads, escaped, err);
    }
    release_emission(&gather);
    return rc;
}
