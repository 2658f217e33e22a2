/* io/dicom_planar.h - planar views from Nuclear Medicine objects (PS3.3 C.8.4). */
#ifndef OT_IO_DICOM_PLANAR_H
#define OT_IO_DICOM_PLANAR_H

#include "core/err.h"
#include "core/planar.h"

/* Reads every frame of the planar objects (STATIC, WHOLE BODY) of a file or folder.
 *
 * The view of a frame is that of its detector's View Code (0054,0220); where no detector has
 * one, what Image ID (0054,0400) or Series Description (0008,103e) say of a file with one
 * detector; else it is unknown. Windows from (0054,0013); frames of a window with several ranges
 * have none.
 *
 * planar  released by the caller, also on failure.
 * Errors: those of io/dicom.h; OT_ERR_FORMAT (no planar object; files of several patients, or
 *   of several matrices or pixel spacings). */
OT_MUST_CHECK enum ot_rc ot_dicom_planar_load(const char *path, struct ot_planar *planar,
                                              struct ot_err *err);

#endif /* OT_IO_DICOM_PLANAR_H */
