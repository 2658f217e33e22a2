/* kernels/ray_scene.h - how a scene is read, shared by what follows rays and what chooses them. */
#ifndef OT_KERNELS_RAY_SCENE_H
#define OT_KERNELS_RAY_SCENE_H

#include <stddef.h>

#include "kernels/ray.h"

/* Density of walls, in steps of the tables per cm: the least crossing ends a ray. */
extern const float OT_RAY_OPAQUE;

/* Index of a voxel of the grid in the padded arrays. */
size_t ot_ray_scene_at(const struct ot_ray_scene *scene, size_t i, size_t j, size_t k);

#endif /* OT_KERNELS_RAY_SCENE_H */
