/* segment/surface.h - the surface of a region, its greatest diameter, its distance from another.
 *
 * The surface is where the fraction, interpolated linearly between the centers of neighboring
 * voxels, is 0.5; beyond the image the fraction is 0. It is held as points: one on each line
 * between two neighbors that it cuts.
 */
#ifndef OT_SEGMENT_SURFACE_H
#define OT_SEGMENT_SURFACE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/volume.h"
#include "segment/point_blocks.h"

struct ot_surface {
    const struct ot_volume *region; /* borrowed */
    struct ot_point_blocks points;  /* owned; LPS. None: no voxel is filled by half */
};

/* Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_surface_make(const struct ot_volume *region, int threads,
                                         struct ot_surface *out, struct ot_err *err);
void ot_surface_release(struct ot_surface *surface);

/* The greatest distance of two points of the surface: the largest diameter in any direction. From
 * the widths along 2048 directions, the widest then followed to its end: never too large, and too
 * small by under 0.1 %. 0 without points. Threads: bits are equal for every number. */
double ot_surface_diameter_mm(const struct ot_surface *surface, int threads);

/* The least distance of the points of `surface` from those of `edge`, positive where all of them
 * lie inside of its region (inside) or outside of it (!inside); else minus the greatest distance of
 * those that do not. NAN where one of the two has no point. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_surface_margin_mm(const struct ot_surface *surface,
                                              const struct ot_surface *edge, bool inside,
                                              double *margin_mm, struct ot_err *err);

#endif /* OT_SEGMENT_SURFACE_H */
