/* io/dicom_plan.h - all that the headers of a series say about the volume it makes: geometry,
 * unit, scaling and facts, without a voxel being read. `tare inspect` shows it; reading fills
 * it with values (io/dicom.c). */
#ifndef OT_IO_DICOM_PLAN_H
#define OT_IO_DICOM_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/grid.h"
#include "core/image.h"
#include "io/dicom_samples.h"
#include "io/dicom_series.h"
#include "io/dicom_stack.h"

struct ot_dicom_plan {
    struct ot_dicom_samples samples;
    struct ot_dicom_face face;
    struct ot_grid grid;
    struct ot_dicom_plane *planes; /* owned; in the grid's order */
    size_t count;
    enum ot_unit unit;
    bool padded; /* (0028,0120) marks voxels that were not measured */
    double padding;
    struct ot_image_facts facts;
};

/* series  of one of the uses SPECT, PET, CT, MR, RTDOSE.
 * plan    released by the caller, also on failure.
 * Errors: OT_ERR_FORMAT, OT_ERR_GEOMETRY, OT_ERR_UNIT, OT_ERR_UNSUPPORTED, OT_ERR_RANGE with
 *         the base name of the file where one is to blame; OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_dicom_plan_make(const struct ot_dicom_series *series,
                                            struct ot_dicom_plan *plan, struct ot_err *err);
void ot_dicom_plan_release(struct ot_dicom_plan *plan); /* NULL is fine */

/* Whether one slope and intercept serve all planes. */
bool ot_dicom_plan_has_one_scale(const struct ot_dicom_plan *plan);
/* What the scaling makes of a stored 0, in the plane where that is furthest from 0. */
double ot_dicom_plan_intercept(const struct ot_dicom_plan *plan);

/* The parts, one for each kind of object. */
OT_MUST_CHECK enum ot_rc ot_dicom_plan_nm(const struct ot_dicom_series *series,
                                          struct ot_dicom_plan *plan, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_dicom_plan_ct(const struct ot_dicom_series *series,
                                          struct ot_dicom_plan *plan, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_dicom_plan_mr(const struct ot_dicom_series *series,
                                          struct ot_dicom_plan *plan, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_dicom_plan_pet(const struct ot_dicom_series *series,
                                           struct ot_dicom_plan *plan, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_dicom_plan_rtdose(const struct ot_dicom_series *series,
                                              struct ot_dicom_plan *plan, struct ot_err *err);

/* Makes plan->planes one for each file of a series of single slices, with its position, after
 * checking that patient, study, frame of reference, matrix, spacing, orientation and the
 * storage of pixels are the same in all. Slope and intercept are left 1 and 0. */
OT_MUST_CHECK enum ot_rc ot_dicom_plan_slices(const struct ot_dicom_series *series,
                                              struct ot_dicom_plan *plan, struct ot_err *err);
/* The same, with slope and intercept of each slice by `read_scale`, the padding value, the grid,
 * and the time of acquisition: a series in which nothing moves from slice to slice but the place.
 * kind  "CT", "MR": for messages. */
OT_MUST_CHECK enum ot_rc ot_dicom_plan_stack(const struct ot_dicom_series *series, const char *kind,
                                             enum ot_rc (*read_scale)(const struct otx_item *item,
                                                                      struct ot_dicom_plane *plane,
                                                                      struct ot_err *err),
                                             struct ot_dicom_plan *plan, struct ot_err *err);
/* Makes plan->planes one for each frame of a file, with no position yet, values as stored. */
OT_MUST_CHECK enum ot_rc ot_dicom_plan_frames(struct ot_dicom_plan *plan, size_t frames,
                                              struct ot_err *err);
/* Patient, study and frame of reference of a data set. */
OT_MUST_CHECK enum ot_rc ot_dicom_identity(const struct otx_item *root,
                                           struct ot_identity *identity, struct ot_err *err);

/* What stands in the first item of (0054,0016), or in the data set itself. */
struct ot_dicom_tracer {
    double half_life_s; /* 0: not stated */
};
/* Fills nuclide, stated_half_life_s, positron_fraction, administered and administered_bq of the
 * facts.
 * bq_per_unit  1 where the total dose (0018,1074) is in Bq (PET), 1e6 where in MBq (NM).
 * acquired     the time that dates an administration of which only the hour is stated.
 * Errors: OT_ERR_FORMAT (numbers that are none), OT_ERR_RANGE (a half-life <= 0). */
OT_MUST_CHECK enum ot_rc ot_dicom_read_tracer(const struct otx_item *root, double bq_per_unit,
                                              const struct ot_time *acquired,
                                              struct ot_image_facts *facts,
                                              struct ot_dicom_tracer *tracer, struct ot_err *err);

/* Start of acquisition: (0008,0022/32), else (0008,002a). */
struct ot_time ot_dicom_acquired(const struct otx_item *root);

#endif /* OT_IO_DICOM_PLAN_H */
