/* io/dicom_fragments.h - encapsulated pixel data (PS3.5 A.4): which bytes are a frame's. */
#ifndef OT_IO_DICOM_FRAGMENTS_H
#define OT_IO_DICOM_FRAGMENTS_H

#include <stddef.h>

#include "core/err.h"
#include "core/text.h"
#include "io/dicom_scan.h"

/* Calls `each` with the bytes of every frame, in order; stops at the first failure.
 *
 * One fragment a frame, or all fragments one frame's, or as the Basic Offset Table says.
 * Errors: OT_ERR_FORMAT (fragments that cannot be told apart, a wrong table); those of `each`;
 *         OT_ERR_NOMEM. */
typedef enum ot_rc ot_fragments_fn(size_t frame, const void *bytes, size_t size, void *context,
                                   struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_dicom_fragments_each(const struct ot_dicom_layout *layout,
                                                 size_t frames, ot_fragments_fn *each,
                                                 void *context, struct ot_err *err);

#endif /* OT_IO_DICOM_FRAGMENTS_H */
