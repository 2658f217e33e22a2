/* segment/keyhole.h - holes joined to the contour around them: one line, as a channel of no width.
 */
#ifndef OT_SEGMENT_KEYHOLE_H
#define OT_SEGMENT_KEYHOLE_H

#include <stddef.h>

#include "core/err.h"
#include "core/voi.h"

/* DICOM's closed planar contours have no holes of their own, and programs that draw a polygon in a
 * polygon as their union fill them. Here each hole is joined to what lies around it, along +x from
 * its rightmost point; the even-odd rule finds the same area as before.
 *
 * contours: those of one plane z, which do not cross; x and y are the first two of the three
 *   coordinates of a point. Holes run around the other way than the contour farthest to the right.
 * count: how many there are, and are left.
 * Errors: OT_ERR_EXTERNAL (a hole lies in nothing), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_keyholes(struct ot_contour *contours, size_t *count,
                                     struct ot_err *err);

#endif /* OT_SEGMENT_KEYHOLE_H */
