/* io/dicom_frames.h - the frames of an enhanced multi-frame object as if each were a slice.
 *
 * An Enhanced or Legacy Converted Enhanced object (PS3.3 C.7.6.16) spreads what a classic slice
 * states over the data set, its shared functional groups and those of each frame. Gathered, a
 * frame has the attributes of a classic slice, and the readers of classic series serve both.
 */
#ifndef OT_IO_DICOM_FRAMES_H
#define OT_IO_DICOM_FRAMES_H

#include <stddef.h>

#include "core/err.h"
#include "core/text.h"
#include "io/dicom_plan.h"
#include "io/dicom_series.h"

struct ot_dicom_frames {
    struct ot_dicom_series series; /* of_frames; its files are the frames of one volume */
    struct ot_dicom_file *files;   /* owned; each with a gathered data set */
    size_t *numbers;               /* owned; frame of the real file, from 0, for each of them */
    size_t total;                  /* frames of the file */
    struct ot_texts names;
};

/* Gathers the frames of the volume that series->part selects.
 *
 * frames  released by the caller, also on failure.
 * Errors: OT_ERR_FORMAT (groups missing, or twice; a selector that names nothing);
 *         OT_ERR_UNSUPPORTED (several stacks or times and none selected: they are counted);
 *         OT_ERR_NOMEM; OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_dicom_frames_open(const struct ot_dicom_series *series,
                                              struct ot_dicom_frames *frames, struct ot_err *err);
void ot_dicom_frames_release(struct ot_dicom_frames *frames); /* NULL is fine */

/* Turns a plan for the gathered frames into one for the file that holds them. */
void ot_dicom_frames_settle(const struct ot_dicom_frames *frames, struct ot_dicom_plan *plan);

#endif /* OT_IO_DICOM_FRAMES_H */
