/* io/dicom_seg.h - masks of DICOM segmentations (PS3.3 C.8.20), BINARY ones. */
#ifndef OT_IO_DICOM_SEG_H
#define OT_IO_DICOM_SEG_H

#include <stddef.h>

#include "core/err.h"
#include "core/voi.h"
#include "io/dicom_series.h"

/* The segments that the selectors name, each a mask of 0 and 1 cropped to its voxels. Frames
 * may be left out where they are empty; they must lie on one even stack.
 * file: must have kept its bytes. out: count regions, all or none.
 * Errors: see ot_dicom_regions_load(). */
OT_MUST_CHECK enum ot_rc ot_seg_regions(const struct ot_dicom_file *file,
                                        const char *const *selectors, size_t count,
                                        struct ot_region **out, struct ot_err *err);

/* The distance of neighboring planes and the first plane's place, from the places of frames.
 * step_mm in: what SpacingBetweenSlices states, or 0. Errors: OT_ERR_GEOMETRY. */
OT_MUST_CHECK enum ot_rc ot_seg_step(const double *along_mm, size_t count, double *step_mm,
                                     double *first_mm, struct ot_err *err);

#endif /* OT_IO_DICOM_SEG_H */
