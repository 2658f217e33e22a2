/* kernels/phantom_image.h - what a camera and a scanner make of the phantom's activity. */
#ifndef OT_KERNELS_PHANTOM_IMAGE_H
#define OT_KERNELS_PHANTOM_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Breathing: convolves with a Gaussian of this FWHM along the grid's axis k, integrated over
 * voxels. What would leave the grid stays in it: the sum is conserved to rounding of floats.
 * Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_phantom_breathe(struct ot_volume *activity, double fwhm_mm,
                                            struct ot_err *err);

/* Counts in proportion to the activity. Without noise the greatest is 60000, so that rounding
 * shows least; with noise the expected sum is `total_counts` and each voxel is drawn from its
 * Poisson distribution. counts: one per voxel, supplied by the caller.
 * Errors: OT_ERR_RANGE (no activity; a count beyond 65535). */
OT_MUST_CHECK enum ot_rc ot_phantom_count(const struct ot_volume *activity, bool noise,
                                          double total_counts, uint64_t seed, uint16_t *counts,
                                          struct ot_err *err);

/* activity * factor (so Bq/ml) as whole multiples, up to 32767, of one slope per slice. Slopes are
 * what a DICOM decimal string holds: nine digits; 1 for a slice without activity. With noise the
 * values are those of `total_counts` counts, each voxel from its Poisson distribution.
 * stored: one per voxel, slope: one per slice, supplied by the caller.
 * Errors: OT_ERR_RANGE (no activity). */
OT_MUST_CHECK enum ot_rc ot_phantom_scan(const struct ot_volume *activity, double factor,
                                         bool noise, double total_counts, uint64_t seed,
                                         uint16_t *stored, double *slope, struct ot_err *err);

/* The value of nine significant digits that is nearest. */
double ot_phantom_nine_digits(double value);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_PHANTOM_IMAGE_H */
