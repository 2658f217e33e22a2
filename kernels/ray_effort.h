/* kernels/ray_effort.h - how many rays a gather takes. */
#ifndef OT_KERNELS_RAY_EFFORT_H
#define OT_KERNELS_RAY_EFFORT_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/ray.h"
#include "kernels/ray_rule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Points of a voxel, times OT_RAY_MIRRORS rays: halved from the most while there are too many in
 * all voxels together, and not below the least. */
struct ot_ray_effort {
    size_t most, least, total;
    bool alike; /* every voxel looks along the same rays; else neighbors along other ones */
};

/* First coarse for all voxels, then fine where much depends on it. */
struct ot_ray_efforts {
    struct ot_ray_effort coarse, fine;
};

extern const struct ot_ray_effort OT_RAY_SUM; /* only a sum over the voxels is wanted */

/* The efforts for these sources, of each kind a value for each voxel; only what is in the body
 * counts. Where many voxels emit, neighbors look along other rays, so that no error makes a
 * pattern; what one voxel gives to all of its surroundings is then its own energy only on average.
 * Where few emit there is nothing to average: all look alike, which in a uniform density gives away
 * exactly what each source has, and along more rays, which cost little as few voxels are reached.
 */
const struct ot_ray_efforts *ot_ray_efforts_for(const struct ot_ray_scene *scene,
                                                const float *const *source);

/* A rule for the voxels with wanted[x] != 0, its rays as long as energy may come in the scene.
 * out     owned by the caller (ot_ray_rule_destroy); NULL on failure.
 * Errors: as ot_ray_rule_create(). */
OT_MUST_CHECK enum ot_rc ot_ray_rule_for(const struct ot_ray_scene *scene, const uint8_t *wanted,
                                         const struct ot_ray_effort *effort,
                                         struct ot_ray_rule **out, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_RAY_EFFORT_H */
