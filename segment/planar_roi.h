/* segment/planar_roi.h - regions on a planar view, as weights of its pixels (0 or 1). */
#ifndef OT_SEGMENT_PLANAR_ROI_H
#define OT_SEGMENT_PLANAR_ROI_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/volume.h"

/* A rectangle of pixels, or the ellipse that it holds. Pixel (i, j) covers i..i+1, j..j+1. */
struct ot_planar_roi {
    bool ellipse;
    double x, y, width, height;
};

/* Sets the weight of every pixel whose center is inside to 1; weights->grid.n[2] is 1.
 * Errors: OT_ERR_GEOMETRY (it reaches beyond the view, or holds no pixel's center). */
OT_MUST_CHECK enum ot_rc ot_planar_roi_add(const struct ot_planar_roi *roi,
                                           struct ot_volume *weights, struct ot_err *err);

/* Turns the rows round, as the opposite detector sees them. */
void ot_planar_mirror(struct ot_volume *view);

/* `region` with its border one pixel further out (grow) or in; growing leaves pixels of `other`
 * alone. Pixels have four neighbors. out: owned by the caller; NULL on failure.
 * Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_planar_move_border(const struct ot_volume *region, bool grow,
                                               const struct ot_volume *other,
                                               struct ot_volume **out, struct ot_err *err);

/* Correlation of two views, -1..1; the second one's rows turned round where `mirrored`. */
double ot_planar_correlation(const struct ot_volume *a, const struct ot_volume *b, bool mirrored);

#endif /* OT_SEGMENT_PLANAR_ROI_H */
