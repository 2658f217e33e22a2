/* segment/polygon.h - exact areas of closed polygons in square pixels, by even-odd.
 *
 * Coordinates are in pixels: pixel (a, b) is the square a <= u < a+1, b <= v < b+1. The rule is
 * even-odd over all polygons together: a polygon in a polygon is a hole, a polygon in a hole an
 * island, a keyhole's bridge has no area; edges may cross.
 */
#ifndef OT_SEGMENT_POLYGON_H
#define OT_SEGMENT_POLYGON_H

#include <stddef.h>

#include "core/err.h"
#include "segment/sweep.h"

/* Some polygons: first their sides, then the border of what they enclose. */
struct ot_edges {
    struct ot_side *side; /* owned; NULL after ot_edges_finish() */
    size_t count, capacity;
    struct ot_pieces border; /* owned */
};

/* Room for `sides` sides. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_edges_init(struct ot_edges *edges, size_t sides, struct ot_err *err);
void ot_edges_release(struct ot_edges *edges); /* NULL is fine */

/* Adds the closed polygon uv[2 * count]; the last point is joined to the first.
 * Pre: room for `count` sides is left. */
void ot_edges_add(struct ot_edges *edges, const double *uv, size_t count);
/* After the last polygon. Errors: as ot_sweep(). */
OT_MUST_CHECK enum ot_rc ot_edges_finish(struct ot_edges *edges, struct ot_err *err);

/* Area of what is enclosed, in pixels. */
double ot_edges_area(const struct ot_edges *edges);

/* Some pixels: low[c] <= pixel < high[c] along u and v. */
struct ot_pixels {
    size_t low[2], high[2];
};

/* Of nu x nv pixels a rectangle that holds all in which something is enclosed. */
struct ot_pixels ot_edges_pixels(const struct ot_edges *edges, size_t nu, size_t nv);

/* area[a + nu * b], for the pixels given, which hold all of ot_edges_pixels(): part of each, 0..1,
 * that lies inside; within 1e-9 of 0 and 1 it is 0 and 1. Overwritten; other elements are not
 * touched. Takes a time that goes as the pixels and as those that the border runs through.
 * Allocates nothing, so that threads may share `edges`. */
void ot_edges_raster(const struct ot_edges *edges, const struct ot_pixels *pixels, size_t nu,
                     double *area);

#endif /* OT_SEGMENT_POLYGON_H */
