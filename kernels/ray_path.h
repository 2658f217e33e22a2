/* kernels/ray_path.h - a ray of the rule on its way through a scene; a part of kernels/ray.c. */
#ifndef OT_KERNELS_RAY_PATH_H
#define OT_KERNELS_RAY_PATH_H

#include <stddef.h>

#include "kernels/ray.h"
#include "kernels/ray_rule.h"
#include "kernels/ray_scene.h"

/* One of a ray's mirrors, from the block that begins at a voxel. */
struct path {
    const struct ot_ray *ray;
    ptrdiff_t start;     /* index of the block */
    ptrdiff_t stride[3]; /* between neighbors in the mirror's sense of each axis */
    ptrdiff_t room[3];   /* voxels until the ray is behind the wall, along j and k */
    float sign[3];
    float direction[3];
};

static inline struct path path_of(const struct ot_ray_scene *scene, const struct ot_ray *ray,
                                  size_t mirror, const size_t voxel[3])
{
    const ptrdiff_t stride[3] = {1, (ptrdiff_t)scene->n[0],
                                 (ptrdiff_t)scene->n[0] * (ptrdiff_t)scene->n[1]};
    struct path path = {.ray = ray,
                        .start = (ptrdiff_t)ot_ray_scene_at(scene, voxel[0], voxel[1], voxel[2])};
    for (size_t axis = 0; axis < 3; axis++) {
        const int sign = ot_ray_mirror_sign(mirror, axis);
        const size_t ahead = sign < 0 ? voxel[axis] : scene->grid->n[axis] - 1 - voxel[axis];
        path.stride[axis] = sign * stride[axis];
        path.room[axis] = (ptrdiff_t)ahead + 1;
        path.sign[axis] = (float)sign;
        path.direction[axis] = path.sign[axis] * (float)ray->direction[axis];
    }
    return path;
}

/* The piece of it in one voxel, along i, j, k. */
struct way {
    float entry_mm[3]; /* into a voxel, from its center */
    float direction[3];
    float length_cm;
};

static inline struct way way_of(const struct path *path, const struct ot_ray_step *step)
{
    struct way way = {.length_cm = step->length_cm};
    for (size_t axis = 0; axis < 3; axis++) {
        way.entry_mm[axis] = path->sign[axis] * step->entry_mm[axis];
        way.direction[axis] = path->direction[axis];
    }
    return way;
}

#endif /* OT_KERNELS_RAY_PATH_H */
