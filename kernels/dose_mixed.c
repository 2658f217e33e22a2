/* kernels/dose_mixed.c - how a voxel of two media is parted: by a plane, and its activity like its
 * neighbors'. */
#include "kernels/dose_mixed.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/mem.h"
#include "kernels/dose_parts.h"
#include "kernels/surroundings.h"

enum { NEARBY = 2 }; /* voxels, to look for how activity is parted between media */

/* Mean activity per ml of voxels of one kind within `radius` voxels; false where there are none. */
static bool nearby(const struct ot_dose_request *request, const struct ot_dose_rays_plan *plan,
                   size_t voxel, size_t kind, ptrdiff_t radius, double *mean)
{
    const size_t *n = request->activity->grid.n;
    const ptrdiff_t at[3] = {(ptrdiff_t)(voxel % n[0]), (ptrdiff_t)(voxel / n[0] % n[1]),
                             (ptrdiff_t)(voxel / (n[0] * n[1]))};
    double sum = 0.0;
    double count = 0.0;
    for (ptrdiff_t k = at[2] - radius; k <= at[2] + radius; k++) {
        for (ptrdiff_t j = at[1] - radius; j <= at[1] + radius; j++) {
            for (ptrdiff_t i = at[0] - radius; i <= at[0] + radius; i++) {
                if (i < 0 || j < 0 || k < 0 || i >= (ptrdiff_t)n[0] || j >= (ptrdiff_t)n[1] ||
                    k >= (ptrdiff_t)n[2]) {
                    continue;
                }
                const size_t x = (size_t)i + n[0] * ((size_t)j + n[1] * (size_t)k);
                if (plan->kind[x] == kind) {
                    sum += (double)request->activity->data[x];
                    count += 1.0;
                }
            }
        }
    }
    *mean = count > 0.0 ? sum / count : 0.0;
    return count > 0.0;
}

/* Mean activity of the nearest voxels of each kind; false where one of them is not near. */
static bool neighbors(const struct ot_dose_request *request, const struct ot_dose_rays_plan *plan,
                      const struct ot_ray_mixed *mixed, double mean[2])
{
    for (ptrdiff_t radius = 1; radius <= NEARBY; radius++) {
        const bool soft = nearby(request, plan, mixed->voxel, mixed->kind[0], radius, &mean[0]);
        const bool lung = nearby(request, plan, mixed->voxel, mixed->kind[1], radius, &mean[1]);
        if (soft && lung) {
            return true;
        }
    }
    return false;
}

/* Parts the activity of a voxel of two media; the sum is kept.
 *
 * Where no voxel is negative the parts are as the neighbors are: in their ratio, so that none gets
 * below 0. A ratio of noisy means would move the mean dose of lungs, and below 0 it has no meaning:
 * where there are negative voxels the parts differ by what the neighbors differ by instead. That is
 * linear in the activity, so that noise cancels. Where the activity of each medium is uniform, both
 * are the same. */
static void part_activity(const struct ot_dose_request *request, bool has_negative,
                          struct ot_dose_rays_plan *plan, struct ot_ray_mixed *mixed)
{
    const double whole = (double)request->activity->data[mixed->voxel];
    const double *fraction = mixed->fraction;
    double mean[2];
    double part[2] = {whole, whole};
    if (neighbors(request, plan, mixed, mean)) {
        const double expected = fraction[0] * mean[0] + fraction[1] * mean[1];
        if (has_negative) {
            part[0] = whole + fraction[1] * (mean[0] - mean[1]);
            part[1] = whole - fraction[0] * (mean[0] - mean[1]);
        } else if (expected > 0.0) {
            part[0] = whole * mean[0] / expected;
            part[1] = whole * mean[1] / expected;
        }
    }
    for (size_t n = 0; n < 2; n++) {
        mixed->source[n] = (float)part[n];
        plan->source[mixed->kind[n]][mixed->voxel] = (float)(part[n] * fraction[n]);
    }
}

static bool holds_negative(const struct ot_volume *activity)
{
    const size_t count = ot_grid_voxel_count(&activity->grid);
    for (size_t x = 0; x < count; x++) {
        if (activity->data[x] < 0.0F) {
            return true;
        }
    }
    return false;
}

enum ot_rc ot_dose_part_voxels(const struct ot_dose_request *request,
                               struct ot_dose_rays_plan *plan, struct ot_err *err)
{
    size_t lung_kind = plan->kinds;
    const struct ot_volume *lung = NULL;
    for (size_t m = 0; m < request->media_count; m++) {
        if (strcmp(request->media[m].kernel->medium, ot_medium_kernel(OT_MEDIUM_LUNG)) == 0) {
            lung_kind = plan->kind_of[m];
            lung = request->media[m].share;
        }
    }
    if (request->mixed_count == 0 || lung == NULL || plan->kinds != 2) {
        return OT_OK;
    }
    const bool has_negative = holds_negative(request->activity);
    const size_t *n = request->activity->grid.n;
    plan->mixed = OT_NEW(struct ot_ray_mixed, request->mixed_count, err);
    if (plan->mixed == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t given = 0; given < request->mixed_count; given++) {
        const struct ot_mixed_voxel *from = &request->mixed[given];
        const size_t x = from->voxel;
        if (!(plan->density[x] > 0.0F)) {
            continue;
        }
        const size_t at[3] = {x % n[0], x / n[0] % n[1], x / (n[0] * n[1])};
        struct ot_ray_mixed *mixed = &plan->mixed[plan->mixed_count++];
        *mixed = (struct ot_ray_mixed){
            .voxel = x,
            .plane = ot_plane_in_voxel(lung, at),
            .fraction = {1.0 - (double)from->lung_fraction, (double)from->lung_fraction},
            .g_per_cm3 = {from->soft_g_per_cm3, from->lung_g_per_cm3},
            .kind = {1 - lung_kind, lung_kind}};
        plan->kind[x] = OT_KIND_MIXED;
        part_activity(request, has_negative, plan, mixed);
    }
    return ot_ray_scene_part(&plan->scene, plan->mixed, plan->mixed_count, err);
}

enum ot_rc ot_dose_tell_mixed(const struct ot_dose_request *request,
                              const struct ot_dose_rays_plan *plan, struct ot_dose_map *map,
                              struct ot_err *err)
{
    static const double kg_per_g = 1e-3;
    map->mixed = OT_NEW(struct ot_mixed_dose, plan->mixed_count + 1, err);
    if (map->mixed == NULL) {
        return OT_ERR_NOMEM;
    }
    map->mixed_count = plan->mixed_count;
    for (size_t m = 0; m < plan->mixed_count; m++) {
        const struct ot_ray_mixed *mixed = &plan->mixed[m];
        double gy[2];
        for (size_t part = 0; part < 2; part++) {
            gy[part] = mixed->energy[part] * ot_dose_joule_per_bq(request) /
                       ((double)mixed->g_per_cm3[part] * kg_per_g);
        }
        map->mixed[m] = (struct ot_mixed_dose){
            .voxel = mixed->voxel, .soft_gy = (float)gy[0], .lung_gy = (float)gy[1]};
    }
    return OT_OK;
}
