/* io/dicom_seg_frames.h - where the frames of a segmentation lie: one even stack. */
#ifndef OT_IO_DICOM_SEG_FRAMES_H
#define OT_IO_DICOM_SEG_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/grid.h"
#include "io/dicom_stack.h"
#include "io/shim/dcmtk_file.h"

/* One frame: whose it is, and where. */
struct ot_seg_frame {
    long segment; /* 0 in a label map: a frame is everybody's */
    double position_mm[3];
    double along_mm;
    size_t slice; /* counted from the file's lowest plane */
};

/* The file's frames on their common stack. */
struct ot_seg_frames {
    struct ot_dicom_face face; /* in: its columns and rows */
    double dir[3][3];
    double step_mm;
    struct ot_seg_frame *frame; /* owned; as the file orders them */
    size_t count;
    size_t slices;
};

/* Reads the functional groups of `count` frames; owned: each frame names its one segment.
 * Errors: OT_ERR_FORMAT (another number of frames is described, a frame with several segments,
 *   two frames of a segment at one place), OT_ERR_GEOMETRY (no even stack, a place that is not
 *   told), OT_ERR_NOMEM. On failure release all the same. */
OT_MUST_CHECK enum ot_rc ot_seg_frames_read(const struct otx_item *root, size_t count, bool owned,
                                            struct ot_seg_frames *frames, struct ot_err *err);
void ot_seg_frames_release(struct ot_seg_frames *frames); /* NULL is fine */

/* The grid of all slices, also of those that no frame tells of. */
void ot_seg_frames_grid(const struct ot_seg_frames *frames, struct ot_grid *grid);

/* The distance of neighboring planes and the first plane's place, from the places of frames.
 * step_mm in: what SpacingBetweenSlices states, or 0; where it is stated, the frames may all be
 * several steps apart. Errors: OT_ERR_GEOMETRY. */
OT_MUST_CHECK enum ot_rc ot_seg_step(const double *along_mm, size_t count, double *step_mm,
                                     double *first_mm, struct ot_err *err);

#endif /* OT_IO_DICOM_SEG_FRAMES_H */
