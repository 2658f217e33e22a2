/* kernels/convolve_rows.h - the direct convolution's inner loops: sums of whole rows.
 *
 * Rows are of float. Those that the engine holds are whole blocks of OT_CONVOLVE_BLOCK floats, a
 * cache line; those of source and result begin and end anywhere.
 */
#ifndef OT_KERNELS_CONVOLVE_ROWS_H
#define OT_KERNELS_CONVOLVE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/convolve_recipe.h"

enum { OT_CONVOLVE_BLOCK = 16 };

/* to_0 = at_0 and to_m = at_(-m) + at_m for m = 1 to reach; rows of n, `stride` apart in `to`. */
void ot_convolve_add(const float *const *at, size_t reach, size_t n, float *to, size_t stride);

/* A group of rows in pairs, and what they count at each di: weight[t + OT_CONVOLVE_GROUP di]. */
struct ot_convolve_terms {
    const float *a[OT_CONVOLVE_GROUP], *b[OT_CONVOLVE_GROUP];
    const float *weight;
    size_t shifts; /* of di */
};

/* sums_di += sum over groups and their rows t of weight[t + OT_CONVOLVE_GROUP di] * (a_t + b_t),
 * for all di < shifts; where the first group has a di, what `sums` holds does not count. n is a
 * multiple of a block. */
void ot_convolve_weigh(const struct ot_convolve_terms *terms, size_t groups, size_t n, float *sums,
                       size_t stride);

/* to[x] = sums_0[x] + sum over d = 1 to radius of (sums_d[x - d] + sums_d[x + d]), from the outside
 * in; `outer` is scratch of n. */
void ot_convolve_shift(const float *sums, size_t stride, size_t radius, size_t n, float *outer,
                       float *to);

#endif /* OT_KERNELS_CONVOLVE_ROWS_H */
