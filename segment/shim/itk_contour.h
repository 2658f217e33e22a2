/* segment/shim/itk_contour.h - lines of equal value in a slice, by ITK's contour extractor. */
#ifndef OT_SEGMENT_SHIM_ITK_CONTOUR_H
#define OT_SEGMENT_SHIM_ITK_CONTOUR_H

#include <stddef.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct otx_lines;

/* The lines on which values[i + nu * j], interpolated along the sides of the squares between
 * pixel centers, equal `level`. out: owned by the caller; NULL on failure.
 * Errors: OT_ERR_EXTERNAL (ITK's text), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc otx_itk_lines(const float *values, size_t nu, size_t nv, double level,
                                       struct otx_lines **out, struct ot_err *err);
void otx_lines_destroy(struct otx_lines *lines); /* NULL is fine */

size_t otx_lines_count(const struct otx_lines *lines);
/* Points of line n; a closed line ends with its first point again. */
size_t otx_lines_points(const struct otx_lines *lines, size_t n);
/* uv: room for 2 * otx_lines_points() values, in pixels: the center of pixel (i, j) is (i, j). */
void otx_lines_copy(const struct otx_lines *lines, size_t n, double *uv);

#ifdef __cplusplus
}
#endif
#endif /* OT_SEGMENT_SHIM_ITK_CONTOUR_H */
