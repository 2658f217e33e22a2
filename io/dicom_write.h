/* io/dicom_write.h - DICOM objects, serialized to memory: the synthetic patient, and dose maps.
 *
 * Every object says that its identity was removed: the patient is nobody. Decimal strings hold at
 * most 16 characters, and what is printed is what the image has: spacings and origins are
 * rounded to 1e-6 mm here, so grids should be given so. Grids lie along x, y, z of the patient.
 *
 * All functions append a whole DICOM file to `out`.
 * Errors: OT_ERR_GEOMETRY (an oblique grid), OT_ERR_NOMEM, OT_ERR_EXTERNAL (DCMTK).
 * Source: DICOM PS3.3 (A.5 NM, A.3 CT, A.21 PET, A.19 RT Structure Set).
 */
#ifndef OT_IO_DICOM_WRITE_H
#define OT_IO_DICOM_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/grid.h"
#include "core/image.h"
#include "core/text.h"
#include "core/transform.h"
#include "core/voi.h"
#include "core/volume.h"

/* What all objects of a series that is written say of it. */
struct ot_dicom_series_head {
    const char *patient_id; /* a pseudonym; also the name's family part */
    const char *study_uid, *series_uid, *frame_uid;
    const char *date;        /* "YYYYMMDD", study, series, acquisition and content */
    const char *time_of_day; /* "HHMMSS" */
    const char *zone;        /* "-0400" */
    const char *description;
    int number;
    /* NULL: those of the synthetic patient. */
    const char *study_description, *model, *deidentified_by;
};

/* "2.25." and the first 128 bits of the text's SHA-256 as one decimal number: the same text
 * gives the same identifier. uid: OT_UID_SIZE bytes. Source: PS3.5 B.2. Errors: OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_dicom_uid(const char *text, char *uid, struct ot_err *err);
/* The identifier of instance n of a series, counted from 0. */
OT_MUST_CHECK enum ot_rc ot_dicom_instance_uid(const struct ot_dicom_series_head *series, size_t n,
                                               char *uid, struct ot_err *err);

/* Reconstructed Tc-99m MAA SPECT, one multi-frame object; the geometry stands in the Detector
 * Information Sequence, slices go up z, Spacing Between Slices is positive.
 * counts: ot_grid_voxel_count(grid). */
OT_MUST_CHECK enum ot_rc ot_dicom_nm_encode(const struct ot_dicom_series_head *series,
                                            const struct ot_grid *grid, const uint16_t *counts,
                                            struct ot_buffer *out, struct ot_err *err);

/* Slice k of a CT series; hu: the slice's voxels, -1024 and above. */
OT_MUST_CHECK enum ot_rc ot_dicom_ct_encode(const struct ot_dicom_series_head *series,
                                            const struct ot_grid *grid, size_t k, const int16_t *hu,
                                            struct ot_buffer *out, struct ot_err *err);

/* What is known about a PET scan of Y-90; values are corrected for decay to the series' time. */
struct ot_dicom_pet {
    const char *administered_date, *administered_time; /* as above, same zone */
    double administered_bq;
    double half_life_s;
    double duration_s;
};

/* Slice k of a PET series in Bq/ml: value = stored * slope, slope as nine digits print it. */
OT_MUST_CHECK enum ot_rc ot_dicom_pet_encode(const struct ot_dicom_series_head *series,
                                             const struct ot_grid *grid, size_t k,
                                             const uint16_t *stored, double slope,
                                             const struct ot_dicom_pet *pet, struct ot_buffer *out,
                                             struct ot_err *err);

/* A region of a structure set. Every contour lies in one plane of the image series. */
struct ot_dicom_roi {
    const char *name;
    const char *interpreted;        /* "ORGAN", "GTV", "EXTERNAL", "TREATED_VOLUME", ... */
    struct ot_contour_set contours; /* borrowed */
};

/* Contours on the slices of `images`, whose grid this is; coordinates to 0.001 mm. Without images
 * (both NULL) nothing but the frame of reference of `series` is referred to. */
OT_MUST_CHECK enum ot_rc ot_dicom_rtstruct_encode(const struct ot_dicom_series_head *series,
                                                  const struct ot_dicom_series_head *images,
                                                  const struct ot_grid *grid,
                                                  const struct ot_dicom_roi *rois, size_t count,
                                                  struct ot_buffer *out, struct ot_err *err);

/* An absorbed dose map in Gy as one RT Dose object of 16 bits: stored * Dose Grid Scaling, steps
 * of the greatest dose / 65535; Dose Comment tells half a step. Any orthogonal grid; frames go
 * along k. It names an RT Plan that does not exist, since importers refuse a dose without one.
 * Errors: also OT_ERR_UNIT, OT_ERR_RANGE (a negative dose, or none anywhere). Source: PS3.3 A.18,
 * C.8.8.3. */
OT_MUST_CHECK enum ot_rc ot_dicom_rtdose_encode(const struct ot_dicom_series_head *series,
                                                const struct ot_volume *dose, struct ot_buffer *out,
                                                struct ot_err *err);

/* VOIs of one grid, any orthogonal one, as one Segmentation object. Fractional: occupancies of 255
 * levels, so that a fraction is kept to 0.002. Binary: the voxels that a VOI fills by half or more,
 * for programs that read nothing else; what vanishes so is left out. Frames that are empty are
 * not written. Errors: OT_ERR_RANGE (nothing is left, no 65535 frames hold it).
 * Source: PS3.3 A.51, C.8.20. */
OT_MUST_CHECK enum ot_rc ot_dicom_seg_encode(const struct ot_dicom_series_head *series,
                                             const struct ot_voi *vois, size_t count, bool binary,
                                             struct ot_buffer *out, struct ot_err *err);

/* A rigid transform as one Spatial Registration object, registered to the frame of the series.
 * moving_frame  UID of the other frame of reference. Source: PS3.3 A.39, C.20.2. */
OT_MUST_CHECK enum ot_rc ot_dicom_reg_encode(const struct ot_dicom_series_head *series,
                                             const char *moving_frame,
                                             const struct ot_rigid *moving_to_fixed,
                                             struct ot_buffer *out, struct ot_err *err);

#endif /* OT_IO_DICOM_WRITE_H */
