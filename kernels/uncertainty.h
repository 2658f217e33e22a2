/* kernels/uncertainty.h - standard uncertainty of a VOI's mean dose.
 *
 * D is proportional to C(v) v^-1 / R(v): counts in a VOI grow with its volume, the dose per
 * activity falls with its mass, and a recovery correction falls with it too. With u(v) common to
 * all three the parts of one variable add before they are squared, which is what the covariances
 * of Gear et al. come to:
 *   (u(D)/D)^2 = q^2 + ((phi / (2 RC) - 1 - v R'/R) u(v)/v)^2 + (u_fit(R)/R)^2,
 * q^2 the sum of squares of everything that scales all doses.
 * Source: Gear et al., EJNMMI 2018;45:2456, as fact sheet 8 derives it.
 */
#ifndef OT_KERNELS_UNCERTAINTY_H
#define OT_KERNELS_UNCERTAINTY_H

double ot_sphere_volume_ml(double diameter_mm);
double ot_sphere_diameter_mm(double volume_ml);

/* u(v)/v of a sphere of that diameter: 3 u(d)/d with u(d)^2 = a^2/6 + FWHM^2/(4 ln 2). */
double ot_u_of_volume(double diameter_mm, double voxel_mm, double fwhm_mm);

/* What a blurred uniform sphere has at its border, twice over (1: half of its inside):
 * phi = erf(2r/(s sqrt 2)) - 2s/(r sqrt(2 pi)) (1 - exp(-2 r^2/s^2)), s = FWHM / 2.3548. */
double ot_blur_at_border(double diameter_mm, double fwhm_mm);

/* The part of a blurred uniform sphere's activity in its own contour: the mean over a Gaussian
 * displacement of two spheres' common volume, in closed form. */
double ot_blur_recovery(double diameter_mm, double fwhm_mm);

/* What is known of a VOI's mean dose, all relative (0.05 is 5 %). */
struct ot_mean_uncertainty {
    double calibration;   /* of the dose calibrator, or of the scanner */
    double residual;      /* u(R)/(1 - R) */
    double lung_shunt;    /* u(F)/(1 - F) */
    double dose_constant; /* u(k)/k */
    double volume;        /* by counts, mass and recovery together; signed parts added */
    double recovery;      /* u_fit(R)/R; 0 without a correction */
    double all;
};

/* Fills `volume` and `all`. recovery_slope: v R'/R of the correction that was made; 0 without. */
void ot_mean_uncertainty_finish(double volume_ml, double voxel_mm, double delineation_fwhm_mm,
                                double fwhm_mm, double recovery_slope,
                                struct ot_mean_uncertainty *u);

#endif /* OT_KERNELS_UNCERTAINTY_H */
