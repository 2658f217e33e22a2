/* io/dicom_seg.h - masks of DICOM segmentations (PS3.3 C.8.20). */
#ifndef OT_IO_DICOM_SEG_H
#define OT_IO_DICOM_SEG_H

#include <stddef.h>

#include "core/err.h"
#include "core/voi.h"
#include "io/dicom_series.h"

/* The segments that the selectors name, each a mask cropped to the voxels that are not 0: 0 and 1
 * of BINARY and LABELMAP ones, fractions of FRACTIONAL ones (occupancies, and probabilities as
 * the fractions that they expect). Segments may overlap; frames may be left out where they are
 * empty; they must lie on one even stack.
 * file: must have kept its bytes. out: count regions, all or none.
 * Errors: see ot_dicom_regions_load(). */
OT_MUST_CHECK enum ot_rc ot_seg_regions(const struct ot_dicom_file *file,
                                        const char *const *selectors, size_t count,
                                        struct ot_region **out, struct ot_err *err);

/* Whether the type and the pixels are ones that are read here.
 * Errors: OT_ERR_UNSUPPORTED, OT_ERR_FORMAT. */
OT_MUST_CHECK enum ot_rc ot_seg_check(const struct ot_dicom_file *file, struct ot_err *err);

/* The smallest number of a segment that is a region: in a label map 0 is the background. */
long ot_seg_least_number(const struct otx_item *root);

#endif /* OT_IO_DICOM_SEG_H */
