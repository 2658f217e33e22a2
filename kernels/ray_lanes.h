/* kernels/ray_lanes.h - one step of a ray for a block of neighboring voxels; a part of
 * kernels/ray.c.
 *
 * In a header so that the loops are compiled into each version of the function that calls them.
 */
#ifndef OT_KERNELS_RAY_LANES_H
#define OT_KERNELS_RAY_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/ray.h"
#include "kernels/ray_rule.h"

enum { LANES = 8 };

static const double MM_PER_CM = 10.0;

/* What one gather reads: the emission, source over density, of each kind. */
struct gather {
    const struct ot_ray_scene *scene;
    const struct ot_ray_rule *rule;
    bool escape; /* nothing is emitted but by walls */
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

/* Moves one lane on within one part of a voxel of two media. */
static inline void pass_part(const struct gather *gather, size_t lane, size_t number, size_t part,
                             float length_cm, struct lanes *lanes)
{
    const struct ot_ray_mixed *mixed = &gather->scene->mixed[number];
    const float end = (float)gather->scene->count;
    const float on = lanes->depth[lane] + mixed->steps_per_cm[part] * length_cm;
    lanes->depth[lane] = on < end ? on : end;
    const int index = (int)lanes->depth[lane];
    for (size_t kind = 0; kind < gather->kinds; kind++) {
        const float absorbed = gather->absorbed[kind][index];
        if (!gather->escape && kind == mixed->kind[part]) {
            lanes->sum[lane] += mixed->emission[part] * (absorbed - lanes->absorbed[kind][lane]);
        }
        lanes->absorbed[kind][lane] = absorbed;
    }
}

/* Signed distance of a point from the plane of a voxel; inside where it is negative. */
static inline double beyond(const struct ot_plane *plane, const double point_mm[3])
{
    return plane->normal[0] * point_mm[0] + plane->normal[1] * point_mm[1] +
           plane->normal[2] * point_mm[2] - plane->offset_mm;
}

/* Moves the lanes on that stand in a voxel of two media, which pass() leaves where they are:
 * `entry_mm` is where the ray comes in, from the voxel's center. */
static inline void pass_cut(const struct gather *gather, ptrdiff_t at, float length_cm,
                            const double entry_mm[3], const double direction[3],
                            struct lanes *lanes)
{
    const double length_mm = (double)length_cm * MM_PER_CM;
    for (size_t l = 0; l < LANES; l++) {
        const int32_t found = gather->scene->mixed_at[at + (ptrdiff_t)l];
        if (found == 0 || !(lanes->depth[l] < (float)gather->scene->count)) {
            continue;
        }
        const size_t number = (size_t)found - 1;
        const struct ot_plane *plane = &gather->scene->mixed[number].plane;
        const double from = beyond(plane, entry_mm);
        const double slope = plane->normal[0] * direction[0] + plane->normal[1] * direction[1] +
                             plane->normal[2] * direction[2];
        const double to = from + slope * length_mm;
        const size_t first = from < 0.0 ? 0 : 1;
        if ((from < 0.0) == (to < 0.0)) {
            pass_part(gather, l, number, first, length_cm, lanes);
        } else {
            const float cut_cm = (float)((double)length_cm * from / (from - to));
            pass_part(gather, l, number, first, cut_cm, lanes);
            pass_part(gather, l, number, 1 - first, length_cm - cut_cm, lanes);
        }
    }
}

#endif /* OT_KERNELS_RAY_LANES_H */
