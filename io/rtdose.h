/* io/rtdose.h - dose grids of RTDOSE objects (PS3.3 C.8.8.3); they are read with
 * ot_dicom_image_load(..., OT_USE_RTDOSE, ...). */
#ifndef OT_IO_RTDOSE_H
#define OT_IO_RTDOSE_H

#include <stddef.h>

#include "core/err.h"

/* Distances of frames along the normal from the image position. `offsets` are those of
 * (3004,000c): relative, when the first is 0; otherwise the z coordinates of planes that lie
 * across z, of which `position_z_mm` is the first. normal_z is the normal's z component.
 * Errors: OT_ERR_GEOMETRY when neither fits. */
OT_MUST_CHECK enum ot_rc ot_rtdose_offsets(const double *offsets, size_t count,
                                           double position_z_mm, double normal_z,
                                           double *distance_mm, struct ot_err *err);

#endif /* OT_IO_RTDOSE_H */
