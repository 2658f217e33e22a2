/* segment/contour_stack.h - contours to fractions of voxels of a grid that their planes run along.
 */
#ifndef OT_SEGMENT_CONTOUR_STACK_H
#define OT_SEGMENT_CONTOUR_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/voi.h"
#include "core/volume.h"
#include "segment/contour_planes.h"

/* How the contours' planes lie in a grid that has an axis along their normal. */
struct ot_contour_layout {
    size_t axis[3]; /* grid axes: two in the planes, then the one along the normal */
    double turn;    /* +1 when the third runs along the normal, -1 against it */
};

/* False where no axis of the grid runs along the planes' normal. */
bool ot_contour_layout_find(const struct ot_contour_planes *planes, const struct ot_grid *grid,
                            struct ot_contour_layout *layout);

/* The exact area of the polygons in each pixel times the overlap with the slabs, 0..1. out: zeros;
 * what no slab reaches is not touched.
 * Errors: as ot_sweep(). Threads: bits are equal for every number. */
OT_MUST_CHECK enum ot_rc ot_contour_stack_raster(const struct ot_contour_set *set,
                                                 const struct ot_contour_planes *planes,
                                                 const struct ot_contour_layout *layout,
                                                 int threads, struct ot_volume *out,
                                                 struct ot_err *err);

#endif /* OT_SEGMENT_CONTOUR_STACK_H */
