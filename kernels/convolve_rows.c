/* kernels/convolve_rows.c - loops over rows, for several kinds of processors. */
#include "kernels/convolve_rows.h"

#include <string.h>

#include "kernels/convolve_recipe.h"
#include "kernels/versions.h"

enum { BLOCK = OT_CONVOLVE_BLOCK, GROUP = OT_CONVOLVE_GROUP, SHIFTS = OT_CONVOLVE_SHIFTS };

/* The weights of a group's rows at one di; of its own, so that registers may keep it, whatever the
 * loop writes. */
struct weights {
    float of0, of1, of2, of3;
};

OT_INLINE struct weights weights_at(const float *weight, size_t di)
{
    const float *w = weight + di * GROUP;
    return (struct weights){w[0], w[1], w[2], w[3]};
}

OT_INLINE float weighted(struct weights w, float v0, float v1, float v2, float v3, float sum)
{
    return w.of3 * v3 + (w.of2 * v2 + (w.of1 * v1 + (w.of0 * v0 + sum)));
}

/* sums[di] += sum over a group's rows of weight[di] * (a + b), for `count` <= SHIFTS di; count
 * and `fresh`, whether there are no sums yet, are constants wherever this is called. n is a
 * multiple of BLOCK. */
OT_INLINE void weigh(const float *const *a, const float *const *b, const float *weight,
                     size_t count, bool fresh, size_t n, float *sums, size_t stride)
{
    const float *a0 = a[0], *a1 = a[1], *a2 = a[2], *a3 = a[3];
    const float *b0 = b[0], *b1 = b[1], *b2 = b[2], *b3 = b[3];
    float *s0 = sums, *s1 = count > 1 ? s0 + stride : s0;
    float *s2 = count > 2 ? s1 + stride : s0, *s3 = count > 3 ? s2 + stride : s0;
    const struct weights w0 = weights_at(weight, 0);
    const struct weights w1 = weights_at(weight, count > 1 ? 1 : 0);
    const struct weights w2 = weights_at(weight, count > 2 ? 2 : 0);
    const struct weights w3 = weights_at(weight, count > 3 ? 3 : 0);
#pragma omp simd
    for (size_t x = 0; x < n / BLOCK * BLOCK; x++) {
        const float v0 = a0[x] + b0[x];
        const float v1 = a1[x] + b1[x];
        const float v2 = a2[x] + b2[x];
        const float v3 = a3[x] + b3[x];
        s0[x] = weighted(w0, v0, v1, v2, v3, fresh ? 0.0F : s0[x]);
        if (count > 1) {
            s1[x] = weighted(w1, v0, v1, v2, v3, fresh ? 0.0F : s1[x]);
        }
        if (count > 2) {
            s2[x] = weighted(w2, v0, v1, v2, v3, fresh ? 0.0F : s2[x]);
        }
        if (count > 3) {
            s3[x] = weighted(w3, v0, v1, v2, v3, fresh ? 0.0F : s3[x]);
        }
    }
}

OT_INLINE void weigh_some(const float *const *a, const float *const *b, const float *weight,
                          size_t count, bool fresh, size_t n, float *sums, size_t stride)
{
    switch (count) {
    case 4:
        weigh(a, b, weight, 4, fresh, n, sums, stride);
        break;
    case 3:
        weigh(a, b, weight, 3, fresh, n, sums, stride);
        break;
    case 2:
        weigh(a, b, weight, 2, fresh, n, sums, stride);
        break;
    default:
        weigh(a, b, weight, 1, fresh, n, sums, stride);
    }
}

OT_VERSIONS void ot_convolve_weigh(const struct ot_convolve_terms *terms, size_t groups, size_t n,
                                   float *sums, size_t stride)
{
    for (size_t g = 0; g < groups; g++) {
        const struct ot_convolve_terms *group = &terms[g];
        const float *weight = group->weight;
        float *to = sums;
        for (size_t left = group->shifts; left > 0;) {
            const size_t count = left < SHIFTS ? left : SHIFTS;
            if (g == 0) {
                weigh_some(group->a, group->b, weight, count, true, n, to, stride);
            } else {
                weigh_some(group->a, group->b, weight, count, false, n, to, stride);
            }
            left -= count;
            weight += (size_t)SHIFTS * GROUP;
            to += SHIFTS * stride;
        }
    }
}

/* to[x] = sums_0[x] + sum over d of (sums_d[x - d] + sums_d[x + d]) + outer[x], for d up to
 * `count` <= 3; count and `more`, whether there is an outer row, are constants. */
OT_INLINE void shift_near(const float *sums, size_t stride, size_t count, bool more, size_t n,
                          const float *outer, float *to)
{
    const float *s1 = count > 0 ? sums + stride : sums;
    const float *s2 = count > 1 ? s1 + stride : s1, *s3 = count > 2 ? s2 + stride : s1;
#pragma omp simd
    for (size_t x = 0; x < n; x++) {
        float sum = more ? outer[x] : 0.0F;
        sum += count > 2 ? (s3 - 3)[x] + (s3 + 3)[x] : 0.0F;
        sum += count > 1 ? (s2 - 2)[x] + (s2 + 2)[x] : 0.0F;
        sum += count > 0 ? (s1 - 1)[x] + (s1 + 1)[x] : 0.0F;
        to[x] = sum + sums[x];
    }
}

OT_VERSIONS void ot_convolve_shift(const float *sums, size_t stride, size_t radius, size_t n,
                                   float *outer, float *to)
{
    for (size_t d = radius; d > 3; d--) {
        const float *left = sums + d * stride - d;
        const float *right = sums + d * stride + d;
        const bool first = d == radius;
#pragma omp simd
        for (size_t x = 0; x < n; x++) {
            outer[x] = (first ? 0.0F : outer[x]) + (left[x] + right[x]);
        }
    }
    switch (radius) {
    case 0:
        shift_near(sums, stride, 0, false, n, outer, to);
        break;
    case 1:
        shift_near(sums, stride, 1, false, n, outer, to);
        break;
    case 2:
        shift_near(sums, stride, 2, false, n, outer, to);
        break;
    case 3:
        shift_near(sums, stride, 3, false, n, outer, to);
        break;
    default:
        shift_near(sums, stride, 3, true, n, outer, to);
    }
}

/* to_m = below_(-m) + above_m for m from 1 to `count` <= 4, and to_0 = middle unless it is NULL;
 * count and whether there is a middle are constants wherever this is called. One loop for all: rows
 * are short, so that the ends of loops count. */
OT_INLINE void add_pairs(const float *middle, const float *const *below, const float *const *above,
                         size_t count, size_t n, float *to, size_t stride)
{
    const float *a1 = *(below - 1), *b1 = above[1];
    const float *a2 = count > 1 ? *(below - 2) : a1, *b2 = count > 1 ? above[2] : b1;
    const float *a3 = count > 2 ? *(below - 3) : a1, *b3 = count > 2 ? above[3] : b1;
    const float *a4 = count > 3 ? *(below - 4) : a1, *b4 = count > 3 ? above[4] : b1;
    float *s1 = to + stride, *s2 = count > 1 ? s1 + stride : s1;
    float *s3 = count > 2 ? s2 + stride : s1, *s4 = count > 3 ? s3 + stride : s1;
#pragma omp simd
    for (size_t x = 0; x < n; x++) {
        if (middle != NULL) {
            to[x] = middle[x];
        }
        s1[x] = a1[x] + b1[x];
        if (count > 1) {
            s2[x] = a2[x] + b2[x];
        }
        if (count > 2) {
            s3[x] = a3[x] + b3[x];
        }
        if (count > 3) {
            s4[x] = a4[x] + b4[x];
        }
    }
}

OT_INLINE void add_some(const float *middle, const float *const *below, const float *const *above,
                        size_t count, size_t n, float *to, size_t stride)
{
    switch (count) {
    case 4:
        add_pairs(middle, below, above, 4, n, to, stride);
        break;
    case 3:
        add_pairs(middle, below, above, 3, n, to, stride);
        break;
    case 2:
        add_pairs(middle, below, above, 2, n, to, stride);
        break;
    default:
        add_pairs(middle, below, above, 1, n, to, stride);
    }
}

OT_VERSIONS void ot_convolve_add(const float *const *at, size_t reach, size_t n, float *to,
                                 size_t stride)
{
    if (reach == 0) {
        memcpy(to, *at, n * sizeof *to);
        return;
    }
    add_some(*at, at, at, reach < 4 ? reach : 4, n, to, stride);
    for (size_t done = 4; done < reach; done += 4) {
        const size_t count = reach - done < 4 ? reach - done : 4;
        add_some(NULL, at - done, at + done, count, n, to + done * stride, stride);
    }
}
