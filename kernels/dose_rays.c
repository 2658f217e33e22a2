/* kernels/dose_rays.c - voxel S values where the density is uniform, rays where it is not. */
#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "core/stats.h"
#include "kernels/dose_mixed.h"
#include "kernels/dose_parts.h"
#include "kernels/ray.h"
#include "kernels/surroundings.h"

static const double MM_PER_CM = 10.0;
static const float WHOLE = 0.9999F; /* shares are float and come from files */
enum { NEARBY = 2 };                /* voxels, to look for how activity is parted between media */

static const double LIGHT_G_PER_CM3 = 0.6; /* between lung and tissue */

static void release(struct ot_dose_rays_plan *plan)
{
    for (size_t kind = 0; kind < OT_RAY_KINDS; kind++) {
        ot_free(plan->source[kind]);
    }
    ot_free(plan->density);
    ot_free(plan->kind);
    ot_free(plan->uniform);
    ot_free(plan->wanted);
    ot_free(plan->energy);
    ot_free(plan->mixed);
    ot_ray_scene_release(&plan->scene);
}

/* Which kind each medium is of. */
static enum ot_rc find_kinds(const struct ot_dose_request *request, struct ot_dose_rays_plan *plan,
                             struct ot_err *err)
{
    if (request->media_count > OT_RAY_KINDS) {
        return ot_fail(err, OT_ERR_ARG, "rays know at most %d media, not %zu", OT_RAY_KINDS,
                       request->media_count);
    }
    for (size_t m = 0; m < request->media_count; m++) {
        const struct ot_mass_depth *depth = request->media[m].depth;
        const char *table = request->media[m].kernel->medium;
        if (depth == NULL || strcmp(depth->medium, table) != 0) {
            return ot_fail(err, OT_ERR_ARG, "rays need the table of %s against mass depth", table);
        }
        size_t kind = 0;
        while (kind < plan->kinds && strcmp(plan->depth[kind]->medium, table) != 0) {
            kind++;
        }
        plan->kind_of[m] = kind;
        plan->depth[kind] = depth;
        plan->kinds = kind == plan->kinds ? kind + 1 : plan->kinds;
    }
    return OT_OK;
}

static enum ot_rc allocate(struct ot_dose_rays_plan *plan, struct ot_err *err)
{
    bool all = true;
    for (size_t kind = 0; kind < plan->kinds; kind++) {
        plan->source[kind] = OT_NEW(float, plan->count, err);
        all = all && plan->source[kind] != NULL;
    }
    plan->density = OT_NEW(float, plan->count, err);
    plan->kind = OT_NEW(uint8_t, plan->count, err);
    plan->uniform = OT_NEW(uint8_t, plan->count, err);
    plan->wanted = OT_NEW(uint8_t, plan->count, err);
    plan->energy = OT_NEW(double, plan->count, err);
    all = all && plan->density != NULL && plan->kind != NULL && plan->uniform != NULL &&
          plan->wanted != NULL && plan->energy != NULL;
    return all ? OT_OK : OT_ERR_NOMEM;
}

/* Kind, density and sources of every voxel. */
static void classify(const struct ot_dose_request *request, struct ot_dose_rays_plan *plan)
{
#pragma omp parallel for schedule(static) num_threads(request->threads)
    for (size_t x = 0; x < plan->count; x++) {
        float share[OT_RAY_KINDS] = {0.0F};
        for (size_t m = 0; m < request->media_count; m++) {
            const struct ot_volume *of = request->media[m].share;
            share[plan->kind_of[m]] += of != NULL ? of->data[x] : 1.0F;
        }
        plan->kind[x] = OT_KIND_MIXED;
        for (size_t kind = 0; kind < plan->kinds; kind++) {
            plan->source[kind][x] = request->activity->data[x] * share[kind];
            if (share[kind] >= WHOLE) {
                plan->kind[x] = (uint8_t)kind;
            }
        }
        plan->density[x] = ot_dose_is_inside(request, x) ? request->density->data[x] : 0.0F;
    }
}

static enum ot_rc prepare(const struct ot_dose_request *request, struct ot_dose_rays_plan *plan,
                          struct ot_err *err)
{
    const struct ot_grid *grid = &request->activity->grid;
    *plan = (struct ot_dose_rays_plan){.count = ot_grid_voxel_count(grid)};
    enum ot_rc rc = find_kinds(request, plan, err);
    if (rc == OT_OK) {
        rc = allocate(plan, err);
    }
    if (rc == OT_OK) {
        classify(request, plan);
        rc = ot_ray_scene_init(grid, plan->density, plan->depth, plan->kinds, &plan->scene, err);
    }
    if (rc == OT_OK) {
        rc = ot_dose_part_voxels(request, plan, err);
    }
    if (rc == OT_OK) {
        rc = ot_surroundings_uniform(grid, plan->density, plan->kind, plan->scene.reach_g_per_cm2,
                                     request->threads, plan->uniform, err);
    }
    return rc;
}

/* Adds what the media of a voxel's own kind spread to it, where its surroundings are uniform. */
static void add_uniform(const struct ot_spread *spread, const struct ot_grid *grid, size_t kind,
                        struct ot_dose_rays_plan *plan)
{
    const float *from = spread->value;
    for (size_t k = 0; k < spread->n[2]; k++) {
        const ptrdiff_t z = spread->first[2] + (ptrdiff_t)k;
        for (size_t j = 0; j < spread->n[1]; j++, from += spread->n[0]) {
            const ptrdiff_t y = spread->first[1] + (ptrdiff_t)j;
            if (y < 0 || z < 0 || y >= (ptrdiff_t)grid->n[1] || z >= (ptrdiff_t)grid->n[2]) {
                continue;
            }
            const size_t row = grid->n[0] * ((size_t)y + grid->n[1] * (size_t)z);
            for (size_t i = 0; i < spread->n[0]; i++) {
                const ptrdiff_t x = spread->first[0] + (ptrdiff_t)i;
                if (x < 0 || x >= (ptrdiff_t)grid->n[0]) {
                    continue;
                }
                const size_t at = row + (size_t)x;
                if (plan->uniform[at] != 0 && plan->kind[at] == kind) {
                    plan->energy[at] += (double)from[i];
                }
            }
        }
    }
}

/* Voxel S values for the uniform voxels: only sources of their own kind reach them. */
static enum ot_rc by_convolution(const struct ot_dose_request *request,
                                 struct ot_dose_rays_plan *plan, struct ot_dose_map *map,
                                 struct ot_err *err)
{
    struct ot_volume *source = NULL;
    enum ot_rc rc = ot_volume_create(&request->activity->grid, OT_UNIT_BQ_PER_ML, &source, err);
    for (size_t m = 0; rc == OT_OK && m < request->media_count; m++) {
        struct ot_spread *spread = NULL;
        rc = ot_dose_spread_medium(request, &request->media[m], source, &spread, err);
        if (rc == OT_OK) {
            map->used = spread->used;
            add_uniform(spread, &request->activity->grid, plan->kind_of[m], plan);
        }
        ot_spread_destroy(spread);
    }
    ot_volume_destroy(source);
    return rc;
}

/* The farthest that energy may come. */
static double reach_mm(const struct ot_dose_rays_plan *plan)
{
    return MM_PER_CM * plan->scene.reach_g_per_cm2 / plan->scene.lowest_g_per_cm3;
}

/* Marks voxels that some activity may reach: it is near, and in dense surroundings it is near
 * enough for them. */
static enum ot_rc find_reached(const struct ot_dose_request *request,
                               struct ot_dose_rays_plan *plan, struct ot_err *err)
{
    const struct ot_grid *grid = &request->activity->grid;
    const double dense_mm = MM_PER_CM * plan->scene.reach_g_per_cm2 / LIGHT_G_PER_CM3;
    float *light = OT_NEW(float, plan->count, err);
    uint8_t *near = OT_NEW(uint8_t, plan->count, err);
    enum ot_rc rc = light != NULL && near != NULL ? OT_OK : OT_ERR_NOMEM;
    const size_t count = rc == OT_OK ? plan->count : 0;
#pragma omp parallel for schedule(static) num_threads(request->threads)
    for (size_t x = 0; x < count; x++) {
        const bool is_light = (double)plan->density[x] < LIGHT_G_PER_CM3;
        light[x] = is_light && plan->density[x] > 0.0F ? 1.0F : request->activity->data[x];
    }
    if (rc == OT_OK) {
        rc = ot_surroundings_near(grid, light, dense_mm, false, request->threads, near, err);
    }
    if (rc == OT_OK) {
        rc = ot_surroundings_near(grid, request->activity->data, reach_mm(plan), false,
                                  request->threads, plan->wanted, err);
    }
    for (size_t x = 0; rc == OT_OK && x < plan->count; x++) {
        plan->wanted[x] = plan->wanted[x] != 0 && near[x] != 0;
    }
    ot_free(light);
    ot_free(near);
    return rc;
}

/* Rays for all others that some activity may reach. */
static enum ot_rc by_rays(const struct ot_dose_request *request, struct ot_dose_rays_plan *plan,
                          struct ot_dose_map *map, struct ot_err *err)
{
    const enum ot_rc rc = find_reached(request, plan, err);
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t x = 0; x < plan->count; x++) {
        if (plan->uniform[x] != 0 || !(plan->density[x] > 0.0F)) {
            plan->wanted[x] = 0;
        }
        map->ray_voxels += plan->wanted[x];
    }
    const float *source[OT_RAY_KINDS];
    for (size_t kind = 0; kind < plan->kinds; kind++) {
        source[kind] = plan->source[kind];
    }
    return ot_ray_spread(&plan->scene, source, plan->wanted, request->threads, plan->energy, err);
}

/* The energy that uniform sources near the edge of the grid spread beyond it: there rays would be
 * the convolution, too. */
static enum ot_rc add_beyond(const struct ot_dose_request *request, const uint8_t *near,
                             const struct ot_dose_rays_plan *plan, struct ot_dose_map *map,
                             struct ot_err *err)
{
    const struct ot_grid *grid = &request->activity->grid;
    struct ot_volume *source = NULL;
    struct ot_volume *at_edge = NULL;
    struct ot_dose_request edge = *request;
    double bq_per_ml = 0.0; /* beyond the grid */
    enum ot_rc rc = ot_volume_create(grid, OT_UNIT_BQ_PER_ML, &source, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(grid, OT_UNIT_BQ_PER_ML, &at_edge, err);
    }
    for (size_t x = 0; rc == OT_OK && x < plan->count; x++) {
        at_edge->data[x] =
            near[x] != 0 && plan->uniform[x] != 0 ? request->activity->data[x] : 0.0F;
    }
    edge.activity = at_edge;
    for (size_t m = 0; rc == OT_OK && m < request->media_count; m++) {
        struct ot_spread *spread = NULL;
        rc = ot_dose_spread_medium(&edge, &request->media[m], source, &spread, err);
        if (rc == OT_OK) {
            bq_per_ml += ot_dose_spread_beyond(spread, grid);
        }
        ot_spread_destroy(spread);
    }
    map->outside_j += bq_per_ml * ot_grid_voxel_volume_ml(grid) * ot_dose_joule_per_bq(request);
    ot_volume_destroy(source);
    ot_volume_destroy(at_edge);
    return rc;
}

/* Adds the energy of one kind that leaves the body or the grid, and what is emitted outside.
 * near: voxels from where it may leave; escaped: scratch. */
static enum ot_rc add_outside(const struct ot_dose_request *request, size_t kind,
                              const uint8_t *near, struct ot_dose_rays_plan *plan, double *escaped,
                              struct ot_dose_map *map, struct ot_err *err)
{
    const float *source = plan->source[kind];
#pragma omp parallel for schedule(static) num_threads(request->threads)
    for (size_t x = 0; x < plan->count; x++) {
        const bool inside = plan->density[x] > 0.0F;
        plan->wanted[x] =
            near[x] != 0 && inside && plan->uniform[x] == 0 && fabsf(source[x]) > 0.0F;
        escaped[x] = inside ? 0.0 : 1.0;
    }
    const enum ot_rc rc =
        ot_ray_escape(&plan->scene, kind, plan->wanted, request->threads, escaped, err);
    double lost = 0.0; /* in one fixed order */
    for (size_t x = 0; rc == OT_OK && x < plan->count; x++) {
        lost += escaped[x] * (double)source[x];
    }
    map->outside_j +=
        lost * ot_grid_voxel_volume_ml(&request->activity->grid) * ot_dose_joule_per_bq(request);
    return rc;
}

/* What leaves, source by source: not what is missing, so that the balance remains a check. */
static enum ot_rc count_outside(const struct ot_dose_request *request,
                                struct ot_dose_rays_plan *plan, struct ot_dose_map *map,
                                struct ot_err *err)
{
    uint8_t *near = OT_NEW(uint8_t, plan->count, err);
    double *escaped = OT_NEW(double, plan->count, err);
    float *void_here = OT_NEW(float, plan->count, err);
    enum ot_rc rc = near != NULL && escaped != NULL && void_here != NULL ? OT_OK : OT_ERR_NOMEM;
    const size_t count = rc == OT_OK ? plan->count : 0;
#pragma omp parallel for schedule(static) num_threads(request->threads)
    for (size_t x = 0; x < count; x++) {
        void_here[x] = plan->density[x] > 0.0F ? 0.0F : 1.0F;
    }
    if (rc == OT_OK) {
        rc = ot_surroundings_near(&request->activity->grid, void_here, reach_mm(plan), true,
                                  request->threads, near, err);
    }
    if (rc == OT_OK) {
        rc = add_beyond(request, near, plan, map, err);
    }
    for (size_t kind = 0; rc == OT_OK && kind < plan->kinds; kind++) {
        rc = add_outside(request, kind, near, plan, escaped, map, err);
    }
    ot_free(near);
    ot_free(escaped);
    ot_free(void_here);
    return rc;
}

/* All of the energy, per ml. */
static enum ot_rc spread_all(const struct ot_dose_request *request, struct ot_dose_rays_plan *plan,
                             struct ot_dose_map *map, struct ot_err *err)
{
    enum ot_rc rc = prepare(request, plan, err);
    if (rc == OT_OK) {
        rc = by_convolution(request, plan, map, err);
    }
    if (rc == OT_OK) {
        rc = by_rays(request, plan, map, err);
    }
    if (rc == OT_OK) {
        rc = count_outside(request, plan, map, err);
    }
    const double joule_per_bq = ot_dose_joule_per_bq(request);
    const size_t count = rc == OT_OK ? plan->count : 0;
#pragma omp parallel for schedule(static) num_threads(request->threads)
    for (size_t x = 0; x < count; x++) {
        plan->energy[x] *= joule_per_bq;
    }
    return rc;
}

enum ot_rc ot_dose_rays(const struct ot_dose_request *request, struct ot_dose_map **out,
                        struct ot_err *err)
{
    struct ot_dose_map *map = NULL;
    struct ot_dose_rays_plan plan = {0};
    *out = NULL;
    enum ot_rc rc = ot_dose_check(request, err);
    if (rc == OT_OK) {
        rc = ot_dose_check_media(request, err);
    }
    if (rc == OT_OK) {
        rc = ot_dose_start_map(request, &map, err);
    }
    if (rc == OT_OK) {
        rc = spread_all(request, &plan, map, err);
    }
    if (rc == OT_OK) {
        rc = ot_dose_tell_mixed(request, &plan, map, err);
    }
    if (rc == OT_OK) {
        ot_dose_absorb(request, plan.energy, map);
        rc = ot_dose_balance(request, map, err);
    }
    if (rc == OT_OK) {
        *out = map;
        map = NULL; /* handed over */
    }
    release(&plan);
    ot_dose_map_destroy(map);
    return rc;
}
