/* segment/iso_contour.h - contours around a VOI, slice by slice. */
#ifndef OT_SEGMENT_ISO_CONTOUR_H
#define OT_SEGMENT_ISO_CONTOUR_H

#include "core/err.h"
#include "core/voi.h"
#include "core/volume.h"

/* Closed polygons on the slices k of the grid where the fraction, interpolated between voxel
 * centers, has one level; outside the grid it is 0. The level is the one between 0.2 and 0.8 at
 * which polygons, each a slice thick, enclose the VOI's volume to 0.2 %: chords cut corners, so
 * that 0.5 would lose some per cent of a small sphere. Where no level does (a slice of equal
 * fractions comes or goes as a whole) it is 0.5, so that ends are good to half a slice. A hole is
 * joined to the polygon around it (segment/keyhole.h). A set without contours is no error.
 *
 * out: released by the caller (ot_contour_set_release), also after a failure.
 * Errors: OT_ERR_UNSUPPORTED (a build without ITK), OT_ERR_EXTERNAL, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_iso_contours(const struct ot_volume *fraction,
                                         struct ot_contour_set *out, struct ot_err *err);

#endif /* OT_SEGMENT_ISO_CONTOUR_H */
