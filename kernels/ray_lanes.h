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
#include "kernels/ray_path.h"
#include "kernels/ray_rule.h"

enum { LANES = 8 }; /* as bits of a byte */

static const float MM_IN_CM = 10.0F;

/* What the block has that begins at a place. */
struct place {
    uint8_t found; /* bit n: kind n is emitted in it */
    uint8_t mixed; /* bit n: its voxel n is of two media */
};

/* What one gather reads: the emission, source over density, of each kind. */
struct gather {
    const struct ot_ray_scene *scene;
    const struct ot_ray_rule *rule;
    bool escape; /* nothing is emitted but by walls */
    size_t kinds;
    const float *absorbed[OT_RAY_KINDS];
    float *emission[OT_RAY_KINDS]; /* owned, padded */
    struct place *place;           /* owned, padded */
};

struct lanes {
    float depth[LANES];                  /* in steps of the tables */
    float absorbed[OT_RAY_KINDS][LANES]; /* up to there, of the kinds that are known */
    bool known[OT_RAY_KINDS];
    float sum[LANES];
};

/* Looks up what is absorbed up to the places `index`. */
static inline void look_up(const float *table, const int index[LANES], float *absorbed)
{
#pragma omp simd
    for (size_t l = 0; l < LANES; l++) {
        absorbed[l] = table[index[l]];
    }
}

/* Adds what one kind emits on the way between two places. */
static inline void add_kind(const float *table, const float *emission, const int to[LANES],
                            float *before, float *restrict sum)
{
    float after[LANES];
    look_up(table, to, after);
#pragma omp simd
    for (size_t l = 0; l < LANES; l++) {
        sum[l] += emission[l] * (after[l] - before[l]);
        before[l] = after[l];
    }
}

/* Moves all lanes through one voxel each. Tables are looked at for kinds that emit here only. */
static inline void pass(const struct gather *gather, ptrdiff_t at, float length_cm,
                        struct lanes *lanes)
{
    const float end = (float)gather->scene->count;
    const float *density = gather->scene->density + at;
    float *restrict depth = lanes->depth;
    int from[LANES];
    int to[LANES];
#pragma omp simd
    for (size_t l = 0; l < LANES; l++) {
        const float on = depth[l] + density[l] * length_cm;
        from[l] = (int)depth[l];
        depth[l] = on < end ? on : end;
        to[l] = (int)depth[l];
    }
    for (size_t kind = 0; kind < gather->kinds; kind++) {
        const float *emission = gather->emission[kind] + at;
        const bool needed = (gather->place[at].found >> kind & 1) != 0;
        if (needed && !lanes->known[kind]) {
            look_up(gather->absorbed[kind], from, lanes->absorbed[kind]);
        }
        if (needed) {
            add_kind(gather->absorbed[kind], emission, to, lanes->absorbed[kind], lanes->sum);
        }
        lanes->known[kind] = needed;
    }
}

static inline float dot(const float a[3], const float b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Moves on within one part of a voxel of two media. */
static inline void pass_part(const struct gather *gather, const struct ot_ray_cut *cut, size_t part,
                             float length_cm, float *depth, float *sum)
{
    const float end = (float)gather->scene->count;
    const float on = *depth + cut->steps_per_cm[part] * length_cm;
    const float to = on < end ? on : end;
    if (!gather->escape) {
        const float *table = gather->absorbed[cut->kind[part]];
        *sum += cut->emission[part] * (table[(int)to] - table[(int)*depth]);
    }
    *depth = to;
}

/* The length in the part that comes first, which is outside of the plane or not. */
static inline float length_before_cm(const struct ot_ray_cut *cut, const struct way *way,
                                     bool *outside)
{
    const float length_mm = way->length_cm * MM_IN_CM;
    const float from = dot(cut->normal, way->entry_mm) - cut->offset_mm; /* outside where > 0 */
    const float to = from + dot(cut->normal, way->direction) * length_mm;
    const size_t crossed = (size_t)((from < 0.0F) != (to < 0.0F));
    const float above[2] = {1.0F, from}; /* indexed: a branch here is often mispredicted */
    const float below[2] = {1.0F, from - to};
    *outside = !(from < 0.0F);
    return way->length_cm * above[crossed] / below[crossed];
}

/* Moves the lanes on that stand in a voxel of two media, which pass() leaves where they are. */
static inline void pass_cut(const struct gather *gather, ptrdiff_t at, const struct way *way,
                            struct lanes *lanes)
{
    for (unsigned left = gather->place[at].mixed; left != 0; left &= left - 1) {
        const int lane = __builtin_ctz(left);
        const int32_t number = gather->scene->mixed_at[at + lane];
        const struct ot_ray_cut *cut = &gather->scene->cut[number - 1];
        bool outside = false;
        const float before_cm = length_before_cm(cut, way, &outside);
        float depth = lanes->depth[lane];
        float sum = lanes->sum[lane];
        pass_part(gather, cut, outside ? 1 : 0, before_cm, &depth, &sum);
        pass_part(gather, cut, outside ? 0 : 1, way->length_cm - before_cm, &depth, &sum);
        /* Whole vectors are written: what reads them next needs not wait for a part of them. */
#pragma omp simd
        for (int l = 0; l < LANES; l++) {
            lanes->depth[l] = l == lane ? depth : lanes->depth[l];
            lanes->sum[l] = l == lane ? sum : lanes->sum[l];
        }
    }
    for (size_t kind = 0; kind < OT_RAY_KINDS; kind++) {
        lanes->known[kind] = false; /* these lanes have gone on */
    }
}

#endif /* OT_KERNELS_RAY_LANES_H */
