/* kernels/recovery.h - recovery coefficients of a scanner, from spheres of a phantom.
 *
 * R(v) = 1 - 1 / (1 + (v / b1)^b2): the part of a sphere's activity that its own contour shows.
 * ln(R / (1 - R)) = b2 (ln v - ln b1) is a straight line in ln v, so that the fit is a weighted
 * regression in closed form; the weights (R (1 - R))^2 make it one of equal errors in R.
 * For means of VOIs. A voxel has no recovery.
 * Source: Gear et al., EJNMMI 2018;45:2456 (fact sheet 8); Dewaraja et al. 2012.
 */
#ifndef OT_KERNELS_RECOVERY_H
#define OT_KERNELS_RECOVERY_H

#include <stddef.h>

#include "core/err.h"

struct ot_recovery {
    double b1_ml, b2;
    double intercept, slope; /* of ln(R / (1 - R)) over ln(v / ml) */
    double var_intercept, var_slope, covariance;
    double least_ml, most_ml; /* of the spheres: nothing is said outside */
    double rms;               /* of the residuals in R */
    size_t spheres;
};

/* Errors: OT_ERR_RANGE (fewer than three spheres, a recovery outside 0..1, a diameter <= 0, no
 * rise with the volume). */
OT_MUST_CHECK enum ot_rc ot_recovery_fit(const double *diameter_mm, const double *recovery,
                                         size_t count, struct ot_recovery *fit, struct ot_err *err);

/* R at a volume, its standard uncertainty by the fit alone, and v R'(v) / R. */
void ot_recovery_at(const struct ot_recovery *fit, double volume_ml, double *recovery, double *u,
                    double *slope);

#endif /* OT_KERNELS_RECOVERY_H */
