/* kernels/uncertainty.c - blurred spheres, and what they say of a mean dose. */
#include "kernels/uncertainty.h"

#include <math.h>

static const double PI = 3.14159265358979323846;
static const double MM3_PER_ML = 1000.0;

static double sigma_of(double fwhm_mm)
{
    return fwhm_mm / (2.0 * sqrt(2.0 * log(2.0)));
}

double ot_sphere_volume_ml(double diameter_mm)
{
    return PI / 6.0 * pow(diameter_mm, 3.0) / MM3_PER_ML;
}

double ot_sphere_diameter_mm(double volume_ml)
{
    return cbrt(volume_ml * MM3_PER_ML * 6.0 / PI);
}

double ot_u_of_volume(double diameter_mm, double voxel_mm, double fwhm_mm)
{
    const double u_mm = sqrt(voxel_mm * voxel_mm / 6.0 + fwhm_mm * fwhm_mm / (4.0 * log(2.0)));
    return 3.0 * u_mm / diameter_mm;
}

double ot_blur_at_border(double diameter_mm, double fwhm_mm)
{
    const double r = diameter_mm / 2.0;
    const double s = sigma_of(fwhm_mm);
    return erf(2.0 * r / (s * sqrt(2.0))) -
           2.0 * s / (r * sqrt(2.0 * PI)) * -expm1(-2.0 * r * r / (s * s));
}

/* E[1 - 3t/(4r) + t^3/(16 r^3); t < 2r] for t of a Maxwell distribution with sigma s. */
double ot_blur_recovery(double diameter_mm, double fwhm_mm)
{
    const double s = sigma_of(fwhm_mm);
    const double x = diameter_mm / s;
    const double r = x / 2.0; /* in units of s from here */
    const double tail = exp(-x * x / 2.0);
    const double c = sqrt(2.0 / PI);
    const double zeroth = erf(x / sqrt(2.0)) - c * x * tail;
    const double first = c * (2.0 - (x * x + 2.0) * tail);
    const double third = c * (8.0 - (pow(x, 4.0) + 4.0 * x * x + 8.0) * tail);
    return zeroth - 3.0 / (4.0 * r) * first + third / (16.0 * pow(r, 3.0));
}

void ot_mean_uncertainty_finish(double volume_ml, double voxel_mm, double delineation_fwhm_mm,
                                double fwhm_mm, double recovery_slope,
                                struct ot_mean_uncertainty *u)
{
    const double d_mm = ot_sphere_diameter_mm(volume_ml);
    const double counts =
        ot_blur_at_border(d_mm, fwhm_mm) / (2.0 * ot_blur_recovery(d_mm, fwhm_mm));
    u->volume =
        fabs(counts - 1.0 - recovery_slope) * ot_u_of_volume(d_mm, voxel_mm, delineation_fwhm_mm);
    u->all = sqrt(u->calibration * u->calibration + u->residual * u->residual +
                  u->lung_shunt * u->lung_shunt + u->dose_constant * u->dose_constant +
                  u->volume * u->volume + u->recovery * u->recovery);
}
