/* io/sidecar.h - what a JSON file beside a NIfTI or NRRD image states (BIDS-PET names). */
#ifndef OT_IO_SIDECAR_H
#define OT_IO_SIDECAR_H

#include "core/err.h"
#include "core/image.h"

/* Looks for the file of the same base name that ends in ".json" and adds what it states to the
 * facts; without such a file nothing happens.
 *
 * Units                     "Bq/mL" (kBq/mL, MBq/mL are scaled), "Gy", "HU", "counts"
 * TracerRadionuclide        "Y90", ...
 * TimeZero                  ISO 8601
 * InjectionStart, ScanStart, ImageDecayCorrectionTime
 *                           ISO 8601, or seconds after TimeZero
 * ImageDecayCorrected       true: the values refer to ImageDecayCorrectionTime, and the decay
 *                           since ScanStart was corrected with the nuclide's half-life; false:
 *                           they refer to ScanStart
 * Other names are ignored. The JSON file counts as a file of the image. One that holds none of
 * these names, or nothing at all, is about something else: it is not used, and a note says so.
 * Errors: OT_ERR_FORMAT (not JSON, a value of another kind), OT_ERR_UNIT (an unknown unit, or
 * one that cannot be what is wanted), OT_ERR_IO, OT_ERR_NOMEM.
 * Source: BIDS 1.9, Positron Emission Tomography. */
OT_MUST_CHECK enum ot_rc ot_sidecar_apply(const char *path, enum ot_use want,
                                          struct ot_image *image, struct ot_err *err);

#endif /* OT_IO_SIDECAR_H */
