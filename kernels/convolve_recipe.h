/* kernels/convolve_recipe.h - in which order the direct convolution sums, and what it leaves out.
 *
 * The kernel is a ball in a box: a pair of offsets (dj, dk) needs only the di below some bound.
 * Fractions beyond are left out; together they are at most 1e-8 of f(0,0,0), so that they cannot
 * move a result by more than that part of the maximum. Pairs come in groups of nearly equal need,
 * those of least need first: the outermost, which carry least.
 */
#ifndef OT_KERNELS_CONVOLVE_RECIPE_H
#define OT_KERNELS_CONVOLVE_RECIPE_H

#include <stddef.h>

#include "core/err.h"
#include "kernels/voxel_s.h"

/* Rows of a group; weighted sums that are made of it in one pass. */
enum { OT_CONVOLVE_GROUP = 4, OT_CONVOLVE_SHIFTS = 4 };

/* Rows of the source round a row of the result are counted from dj = -rj on. */
struct ot_convolve_group {
    size_t dk[OT_CONVOLVE_GROUP];
    size_t below[OT_CONVOLVE_GROUP], above[OT_CONVOLVE_GROUP]; /* rows at -dj and +dj */
    size_t shifts; /* di below this are needed by one of them */
};

struct ot_convolve_recipe {
    struct ot_convolve_group *group; /* owned */
    size_t groups;
    float *weight; /* owned; of row t of group g at di: t + GROUP (di + pitch g) */
    size_t shifts; /* ri + 1 */
    size_t pitch;  /* that, a multiple of SHIFTS */
};

/* On failure, too, `recipe` can be released. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_convolve_recipe_init(const struct ot_voxel_s *kernel,
                                                 struct ot_convolve_recipe *recipe,
                                                 struct ot_err *err);
void ot_convolve_recipe_release(struct ot_convolve_recipe *recipe);

/* What a voxel of the result costs: products, and rows that are added to others. */
void ot_convolve_recipe_work(const struct ot_voxel_s *kernel, size_t *products, size_t *rows);

#endif /* OT_KERNELS_CONVOLVE_RECIPE_H */
