/* segment/contour_doubts.h - contours that have a volume, and perhaps not the one that was meant.
 */
#ifndef OT_SEGMENT_CONTOUR_DOUBTS_H
#define OT_SEGMENT_CONTOUR_DOUBTS_H

#include "core/err.h"
#include "core/text.h"
#include "core/voi.h"
#include "segment/contour_planes.h"

/* Adds a warning about the VOI `name` for each of:
 *   - contours that cross themselves: what they enclose follows the even-odd rule;
 *   - planes without contours between others, which the neighbors fill half way each.
 * A contour crosses itself where its even-odd area is not its area by circulation (the shoelace
 * formula), by over 0.1 %: bridges of keyholes and repeated points do not.
 *
 * planes: of `set`. Errors: as ot_sweep(). */
OT_MUST_CHECK enum ot_rc ot_contour_doubts(const struct ot_contour_set *set,
                                           const struct ot_contour_planes *planes, const char *name,
                                           struct ot_texts *warnings, struct ot_err *err);

#endif /* OT_SEGMENT_CONTOUR_DOUBTS_H */
