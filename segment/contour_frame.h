/* segment/contour_frame.h - the axes of a set of planar contours. */
#ifndef OT_SEGMENT_CONTOUR_FRAME_H
#define OT_SEGMENT_CONTOUR_FRAME_H

#include "core/err.h"
#include "core/voi.h"

struct ot_contour_frame {
    double normal[3];      /* unit; its greatest component is positive */
    double in_plane[2][3]; /* unit; with the normal right-handed */
};

/* The normal that all contours share: mean of theirs, by area.
 * Errors: OT_ERR_FORMAT (no contour, under 3 points, not finite), OT_ERR_GEOMETRY (a point over
 *   0.1 mm off its plane, a contour not parallel to the others by that, no area). */
OT_MUST_CHECK enum ot_rc ot_contour_frame_find(const struct ot_contour_set *set,
                                               struct ot_contour_frame *frame, struct ot_err *err);

/* Mean of normal . point. */
double ot_contour_position_mm(const struct ot_contour *contour,
                              const struct ot_contour_frame *frame);

#endif /* OT_SEGMENT_CONTOUR_FRAME_H */
