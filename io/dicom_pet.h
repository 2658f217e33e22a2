/* io/dicom_pet.h - the instants that the values of a PET series refer to. */
#ifndef OT_IO_DICOM_PET_H
#define OT_IO_DICOM_PET_H

#include "io/dicom_plan.h"

/* Time after the start of a frame at which the activity equals its average over the frame:
 * ln(x / (1 - exp(-x))) / lambda with x = lambda * duration; duration / 2 for x -> 0 or where
 * the half-life is not known (0). Source: QIBA FDG-PET profile, decay of frames. */
double ot_pet_average_time_s(double duration_s, double half_life_s);

/* Sets value_time, acquired and corrected_half_life_s of plan->facts by DecayCorrection
 * (0054,1102), and says in the notes what cannot be told.
 *
 * START  values refer to the start of the scan: the time in (0009,100d) of GE's processed
 *        series; else the series' time where it is not later than the earliest acquisition;
 *        else the earliest acquisition.
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
