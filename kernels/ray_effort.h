/* kernels/ray_effort.h - how many rays a gather takes. */
#ifndef OT_KERNELS_RAY_EFFORT_H
#define OT_KERNELS_RAY_EFFORT_H

#include "kernels/ray.h"
#include "kernels/ray_rule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Points of a voxel, times OT_RAY_MIRRORS rays: halved from the most while there are too many in
 * all voxels together, and not below the least. */
struct ot_ray_effort {
    size_t most, least, total;
};

extern const struct ot_ray_effort OT_RAY_COARSE; /* where little is absorbed */
extern const struct ot_ray_effort OT_RAY_FINE;
extern const struct ot_ray_effort OT_RAY_SUM; /* only a sum over the voxels is wanted */

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
