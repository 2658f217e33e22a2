/* segment/shim/itk_mattes.h - mutual information of two images by ITK (Mattes), at a given pose. */
#ifndef OT_SEGMENT_SHIM_ITK_MATTES_H
#define OT_SEGMENT_SHIM_ITK_MATTES_H

#include <stddef.h>

#include "core/err.h"
#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

struct otx_itk_mattes;

/* The metric between `fixed` and `moving` over points of the fixed image.
 *
 * points_mm  3 * count, LPS, inside the fixed image's box; copied, as the images are.
 * center_mm  the rotations turn about it.
 * bins       of the joint histogram, >= 5 along each axis.
 * out        owned by the caller (otx_itk_mattes_destroy); NULL on failure.
 * Errors: OT_ERR_EXTERNAL (ITK's text), OT_ERR_NOMEM.
 * Threads: each object computes in the thread that calls it, with the same bits at every call;
 *   several objects may be used at once, but are made one at a time.
 * Source: Mattes et al., IEEE Trans Med Imaging 2003;22:120. */
OT_MUST_CHECK enum ot_rc otx_itk_mattes_create(const struct ot_volume *fixed,
                                               const struct ot_volume *moving,
                                               const double *points_mm, size_t count,
                                               const double center_mm[3], int bins,
                                               struct otx_itk_mattes **out, struct ot_err *err);
void otx_itk_mattes_destroy(struct otx_itk_mattes *metric); /* NULL is fine */

/* At the pose that takes fixed points to moving ones: angles_rad about x, y, z and the shift, as
 * in ot_rigid_euler().
 *
 * information  mutual information, nat; 0 where fewer than 1 % of the points are valid.
 * gradient     its derivatives by the three angles and the three shifts; NULL: not wanted.
 * valid        points that fell inside the moving image.
 * Errors: OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc otx_itk_mattes_at(struct otx_itk_mattes *metric,
                                           const double angles_rad[3], const double shift_mm[3],
                                           double *information, double gradient[6], size_t *valid,
                                           struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_SEGMENT_SHIM_ITK_MATTES_H */
