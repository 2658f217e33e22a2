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

/* One side of a polygon that is not parallel to u: low end first, v0 < v1. */
struct ot_edge {
    double u0, v0, u1, v1;
};

/* The sides of some polygons, as ot_edges_raster() wants them. */
struct ot_edges {
    struct ot_edge *edge; /* owned; ascending v0 after ot_edges_finish() */
    double *level;        /* owned; every v0 and v1, ascending, each once */
    size_t count;
    size_t levels;
    size_t capacity;
};

/* Room for `sides` sides. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_edges_init(struct ot_edges *edges, size_t sides, struct ot_err *err);
void ot_edges_release(struct ot_edges *edges); /* NULL is fine */

/* Adds the closed polygon uv[2 * count]; the last point is joined to the first.
 * Pre: room for `count` sides is left. */
void ot_edges_add(struct ot_edges *edges, const double *uv, size_t count);
/* After the last polygon. */
void ot_edges_finish(struct ot_edges *edges);

/* area[a + nu * b]: part of each pixel, 0..1 to rounding, that lies inside. Overwritten.
 * scratch: edges->count + 1 values. Allocates nothing, so that threads may share `edges`. */
void ot_edges_raster(const struct ot_edges *edges, size_t nu, size_t nv, size_t *scratch,
                     double *area);

#endif /* OT_SEGMENT_POLYGON_H */
