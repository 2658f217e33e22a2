/* segment/contour_planes.h - the planes that a set of contours lies in, and their slabs. */
#ifndef OT_SEGMENT_CONTOUR_PLANES_H
#define OT_SEGMENT_CONTOUR_PLANES_H

#include <stddef.h>

#include "core/err.h"
#include "core/voi.h"
#include "segment/contour_frame.h"

struct ot_contour_plane {
    double position_mm; /* along the normal */
    double low_mm;      /* of its slab, along the normal */
    double high_mm;
    double center_mm[3]; /* mean of its points */
    double area_mm2;     /* even-odd */
    size_t first, count; /* its contours: order[first] ... */
};

struct ot_contour_planes {
    struct ot_contour_frame frame;
    struct ot_contour_plane *plane; /* owned; ascending position */
    size_t count;
    size_t *order;        /* owned; contours by plane */
    double spacing_mm;    /* the usual distance of neighbors: lower median */
    double widest_gap_mm; /* of neighbors that were joined */
    size_t joined_gaps;   /* distances over 1.5 times the usual one, filled half way each */
    size_t open_gaps;     /* distances left open: the parts do not overlap in the plane */
    double box_low_mm[3]; /* of all slabs, along in_plane[0], in_plane[1], normal */
    double box_high_mm[3];
    double volume_ml; /* sum of area * slab thickness */
};

/* Finds the planes. A slab reaches half way to the neighboring planes; at the ends, and towards
 * a neighbor over 1.5 times the usual distance away whose contours do not overlap its own in the
 * plane, half the usual distance. slice_mm: thickness where there is one plane only; 0: unknown.
 * out: owned by the caller; NULL on failure.
 * Errors: OT_ERR_FORMAT (no contour, under 3 points, not finite), OT_ERR_GEOMETRY (not planar,
 *   not parallel, one plane of unknown thickness, overlapping contours over 4 usual distances
 *   apart: slices are missing, no area), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_contour_planes_create(const struct ot_contour_set *set, double slice_mm,
                                                  struct ot_contour_planes **out,
                                                  struct ot_err *err);
void ot_contour_planes_destroy(struct ot_contour_planes *planes); /* NULL is fine */

#endif /* OT_SEGMENT_CONTOUR_PLANES_H */
