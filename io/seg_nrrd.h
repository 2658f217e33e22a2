/* io/seg_nrrd.h - VOIs as a segmentation of 3D Slicer. */
#ifndef OT_IO_SEG_NRRD_H
#define OT_IO_SEG_NRRD_H

#include <stddef.h>

#include "core/err.h"
#include "core/text.h"
#include "core/voi.h"

/* Appends a `.seg.nrrd`: the voxels that each VOI fills by half or more, VOIs that overlap on
 * layers of their own, with names, colors and coded terms. The format holds no fractions.
 * vois: of one grid. Errors: OT_ERR_ARG (none), OT_ERR_RANGE (over 255), OT_ERR_NOMEM.
 * Source: 3D Slicer, vtkMRMLSegmentationStorageNode; NRRD format, teem. */
OT_MUST_CHECK enum ot_rc ot_seg_nrrd_encode(const struct ot_voi *vois, size_t count,
                                            struct ot_buffer *out, struct ot_err *err);

#endif /* OT_IO_SEG_NRRD_H */
