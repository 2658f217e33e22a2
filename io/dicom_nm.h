/* io/dicom_nm.h - which frames of a Nuclear Medicine object make the wanted volume. */
#ifndef OT_IO_DICOM_NM_H
#define OT_IO_DICOM_NM_H

#include "core/err.h"
#include "io/dicom_plan.h"
#include "io/selector.h"

/* Leaves in plan->planes the frames of one volume, each with along_mm set to the number of its
 * slice, from 0. Frames are told apart by the vectors (0054,0010) to (0054,0100).
 *
 * plan      with one plane for each frame of the file.
 * detector  number (from 1) of the detector that was selected; 0: none was.
 * Errors: OT_ERR_UNSUPPORTED (several volumes and none selected: they are listed),
 *         OT_ERR_FORMAT (vectors and numbers that contradict, a selector that names nothing),
 *         OT_ERR_ARG (a selector that an NM image does not have), OT_ERR_NOMEM.
 * Source: DICOM PS3.3 C.8.4.8 (NM Multi-frame). */
OT_MUST_CHECK enum ot_rc ot_nm_choose_frames(const struct otx_item *root,
                                             const struct ot_selector *part,
                                             struct ot_dicom_plan *plan, long *detector,
                                             struct ot_err *err);

#endif /* OT_IO_DICOM_NM_H */
