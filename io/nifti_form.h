/* io/nifti_form.h - private to io/nifti*: where a NIfTI header puts its voxels. */
#ifndef OT_IO_NIFTI_FORM_H
#define OT_IO_NIFTI_FORM_H

#include <stddef.h>

#include <nifti2_io.h>

#include "core/err.h"

/* An affine map from index to RAS, in the file's unit. */
struct ot_nifti_form {
    double matrix[3][3];
    double origin[3];
};

/* The sform where its code is above 0, else the qform; where both are, they must agree.
 * mm: millimetres in the file's unit.
 * Errors: OT_ERR_GEOMETRY (neither form; both and different; no rotation; a spacing that is none,
 * or that pixdim contradicts). */
OT_MUST_CHECK enum ot_rc ot_nifti_form_choose(const nifti_2_header *h, const size_t n[3], double mm,
                                              struct ot_nifti_form *form, struct ot_err *err);

#endif /* OT_IO_NIFTI_FORM_H */
