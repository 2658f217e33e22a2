/* segment/sweep.h - the border of what closed polygons enclose by even-odd, in pieces that do not
 * cross. */
#ifndef OT_SEGMENT_SWEEP_H
#define OT_SEGMENT_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

/* One side of a polygon that is not parallel to u: low end first, v0 < v1. */
struct ot_side {
    double u0, v0, u1, v1;
};

/* A part of a side: what is inside lies at greater u (opens), or at less. */
struct ot_piece {
    struct ot_side part;
    bool opens;
};

struct ot_pieces {
    struct ot_piece *piece; /* owned */
    size_t count, capacity;
};

/* Pieces of one plane: as many as sides, and two more for each crossing. */
enum { OT_CROSSINGS_MOST = 1000000 };

/* Sides nearer than this, in the unit of u, count as touching. */
#define OT_SWEEP_TOUCH 1e-10

/* A sweep line rises along v through the sides (Bentley and Ottmann 1979, IEEE Trans. Comput. C-28,
 * 643). Which sides it meets, in order, says what is inside; that changes where sides cross and
 * where some end and others begin, so that n sides with k crossings take a time that goes as
 * (n + k) log n. Sides that touch, coincide or share ends may come in either order: what lies
 * between them is nothing.
 *
 * side: of closed polygons, all but those parallel to u; is sorted here.
 * out: owned by the caller; released on failure.
 * Errors: OT_ERR_RANGE (over OT_CROSSINGS_MOST crossings), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_sweep(struct ot_side *side, size_t count, struct ot_pieces *out,
                                  struct ot_err *err);
void ot_pieces_release(struct ot_pieces *pieces);

#endif /* OT_SEGMENT_SWEEP_H */
