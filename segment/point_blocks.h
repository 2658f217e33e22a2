/* segment/point_blocks.h - points in small boxes: near and far ones without a look at each.
 *
 * Each box is that of its points, and what is asked of all points is asked of a box first: whether
 * any of its points could be nearer or farther than what is found already. Rounded differences,
 * products and sums never fall where what they are made of rises, so that a box never says less
 * than its points: results are those of the comparison of all with all, to the last bit.
 */
#ifndef OT_SEGMENT_POINT_BLOCKS_H
#define OT_SEGMENT_POINT_BLOCKS_H

#include <stddef.h>

#include "core/err.h"

struct ot_point_block {
    size_t first, count; /* of the points; count > 0 */
    double low_mm[3], high_mm[3];
};

struct ot_point_blocks {
    double *point_mm; /* owned; 3 * count, block after block */
    size_t *number;   /* owned; of each point among those given */
    size_t count;
    struct ot_point_block *block; /* owned */
    size_t block_count;
};

/* point_mm: 3 * count finite values, copied. Blocks are cells of a lattice that are cell_mm wide,
 * or wider where there would be more cells than points. Pre: cell_mm > 0. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_point_blocks_make(const double *point_mm, size_t count, double cell_mm,
                                              struct ot_point_blocks *out, struct ot_err *err);
void ot_point_blocks_release(struct ot_point_blocks *blocks);

/* The point that reaches farthest along a direction: its place in point_mm. Of several that reach
 * as far, the one that was given first. Pre: there is one. */
size_t ot_point_blocks_farthest(const struct ot_point_blocks *blocks, const double along[3]);

/* The least distance of any point of `a` from any of `b`. Pre: both have one. */
double ot_point_blocks_least_mm(const struct ot_point_blocks *a, const struct ot_point_blocks *b);

/* The greatest distance of a point of `a` from that of `b` which is nearest to it. Pre: both have
 * one. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_point_blocks_greatest_mm(const struct ot_point_blocks *a,
                                                     const struct ot_point_blocks *b, double *mm,
                                                     struct ot_err *err);

#endif /* OT_SEGMENT_POINT_BLOCKS_H */
