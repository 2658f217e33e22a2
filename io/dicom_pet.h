/* io/dicom_pet.h - what the values of a PET series are, and the instants they refer to. */
#ifndef OT_IO_DICOM_PET_H
#define OT_IO_DICOM_PET_H

#include "io/dicom_plan.h"

enum ot_pet_quantity {
    OT_PET_NOT_STATED,
    OT_PET_BQ_PER_ML, /* BQML, or CNTS with Philips' factor (7053,1009) */
    OT_PET_SUV,       /* GML, or CNTS with Philips' factor (7053,1000); g/ml */
    OT_PET_COUNTS,    /* CNTS without a usable factor */
    OT_PET_OTHER,
};

/* Slope and intercept of every plane, Philips' private factors in them.
 * plan->planes must still be in the order of the series' files.
 * Errors: OT_ERR_UNIT (PROPCNTS, PROPCPS, 1CM and their like; slices that differ, or of which
 *   some lack the factor), OT_ERR_FORMAT, OT_ERR_RANGE (a slope <= 0). */
OT_MUST_CHECK enum ot_rc ot_pet_read_scales(const struct ot_dicom_series *series,
                                            struct ot_dicom_plan *plan,
                                            enum ot_pet_quantity *quantity, struct ot_err *err);

/* Sets the unit, once times and tracer are known. SUV become
 *   c = SUV * A_admin 2^(-(t_value - t_admin) / T_header) / weight,
 * which undoes the scanner's own arithmetic whatever nuclide its header names; where the header
 * lacks a part of that, or the SUV is not by body weight, the values stay without a unit and a
 * note says why.
 * Errors: OT_ERR_FORMAT, OT_ERR_RANGE.
 * Source: QIBA FDG-PET profile, SUV vendor-neutral pseudo-code, inverted. */
OT_MUST_CHECK enum ot_rc ot_pet_read_unit(const struct ot_dicom_series *series,
                                          enum ot_pet_quantity quantity, struct ot_dicom_plan *plan,
                                          struct ot_err *err);

/* Time after the start of a frame at which the activity equals its average over the frame:
 * ln(x / (1 - exp(-x))) / lambda with x = lambda * duration; duration / 2 for x -> 0 or where
 * the half-life is not known (0). Source: QIBA FDG-PET profile, decay of frames. */
double ot_pet_average_time_s(double duration_s, double half_life_s);

/* Sets value_time, acquired and corrected_half_life_s of plan->facts by DecayCorrection
 * (0054,1102), and says in the notes what cannot be told.
 *
 * START  values refer to the start of the scan: the time in (0009,100d) of GE's processed
 *        series, or in (0071,1022) of Siemens' series; else the series' time where it is not
 *        later than the earliest acquisition; else what FrameReferenceTime (0054,1300) says of
 *        the earliest slice; else the earliest acquisition.
 * ADMIN  values refer to the administration.
 * NONE   values refer to each slice's own mean time; where bed positions differ, every slice's
 *        scale in plan->planes is brought to the earliest of these with the header's half-life.
 *
 * plan->planes must still be in the order of the series' files.
 * Errors: OT_ERR_FORMAT (numbers that are none), OT_ERR_UNSUPPORTED (slices disagree about the
 * correction, or bed positions cannot be brought to one time). */
OT_MUST_CHECK enum ot_rc ot_pet_read_times(const struct ot_dicom_series *series,
                                           const struct ot_dicom_tracer *tracer,
                                           struct ot_dicom_plan *plan, struct ot_err *err);

#endif /* OT_IO_DICOM_PET_H */
