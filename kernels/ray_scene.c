/* kernels/ray_scene.c - densities and tables as rays read them. */
#include "kernels/ray_scene.h"

#include <math.h>

#include "core/mem.h"

const float OT_RAY_OPAQUE = 1e12F;

enum { MARGIN = 32 }; /* voxels before and behind the arrays, for lanes that have ended */

void ot_ray_scene_release(struct ot_ray_scene *scene)
{
    ot_free(scene->density);
    ot_free(scene->mixed_at);
    ot_free(scene->cut);
    for (size_t kind = 0; kind < OT_RAY_KINDS; kind++) {
        ot_free(scene->absorbed[kind]);
    }
    *scene = (struct ot_ray_scene){0};
}

size_t ot_ray_scene_at(const struct ot_ray_scene *scene, size_t i, size_t j, size_t k)
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
    scene->size = 2 * (size_t)MARGIN + scene->n[0] * scene->n[1] * scene->n[2];
    scene->density = OT_NEW(float, scene->size, err);
    if (scene->density == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t at = 0; at < scene->size; at++) {
        scene->density[at] = OT_RAY_OPAQUE;
    }
    const float *from = density_g_per_cm3;
    for (size_t k = 0; k < grid->n[2]; k++) {
        for (size_t j = 0; j < grid->n[1]; j++) {
            for (size_t i = 0; i < grid->n[0]; i++, from++) {
                if (*from > 0.0F) {
                    scene->density[ot_ray_scene_at(scene, i, j, k)] =
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

static struct ot_ray_cut cut_of(const struct ot_ray_mixed *mixed)
{
    struct ot_ray_cut cut = {.offset_mm = (float)mixed->plane.offset_mm};
    for (size_t axis = 0; axis < 3; axis++) {
        cut.normal[axis] = (float)mixed->plane.normal[axis];
    }
    for (size_t part = 0; part < 2; part++) {
        cut.steps_per_cm[part] =
            (float)((double)mixed->g_per_cm3[part] / OT_MASS_DEPTH_STEP_G_PER_CM2);
        cut.emission[part] = mixed->source[part] / cut.steps_per_cm[part];
        cut.kind[part] = (uint32_t)mixed->kind[part];
    }
    return cut;
}

enum ot_rc ot_ray_scene_part(struct ot_ray_scene *scene, struct ot_ray_mixed *mixed, size_t count,
                             struct ot_err *err)
{
    const size_t *n = scene->grid->n;
    if (count == 0) {
        return OT_OK;
    }
    if (count >= INT32_MAX) {
        return ot_fail(err, OT_ERR_RANGE, "%zu voxels of two media are too many", count);
    }
    scene->mixed_at = OT_NEW(int32_t, scene->size, err);
    scene->cut = scene->mixed_at != NULL ? OT_NEW(struct ot_ray_cut, count, err) : NULL;
    if (scene->cut == NULL) {
        return OT_ERR_NOMEM;
    }
    scene->mixed = mixed;
    for (size_t m = 0; m < count; m++) {
        const size_t x = mixed[m].voxel;
        const size_t at = ot_ray_scene_at(scene, x % n[0], x / n[0] % n[1], x / (n[0] * n[1]));
        scene->mixed_at[at] = (int32_t)(m + 1);
        scene->density[at] = 0.0F;
        scene->cut[m] = cut_of(&mixed[m]);
        for (size_t part = 0; part < 2; part++) {
            scene->lowest_g_per_cm3 =
                fmin(scene->lowest_g_per_cm3, (double)mixed[m].g_per_cm3[part]);
        }
    }
    return OT_OK;
}
