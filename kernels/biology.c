/* kernels/biology.c - BED and EQD2 of one dose. */
#include "kernels/biology.h"

#include <math.h>

double ot_biology_bed_gy(double dose_gy, double alpha_beta_gy, double repair_half_time_h,
                         double physical_half_life_h)
{
    if (!(dose_gy >= 0.0 && alpha_beta_gy > 0.0 && repair_half_time_h > 0.0 &&
          physical_half_life_h > 0.0)) {
        return NAN;
    }
    return dose_gy * (1.0 + dose_gy * repair_half_time_h /
                                ((repair_half_time_h + physical_half_life_h) * alpha_beta_gy));
}

double ot_biology_eqd2_gy(double bed_gy, double alpha_beta_gy)
{
    static const double fraction_gy = 2.0;
    return bed_gy >= 0.0 && alpha_beta_gy > 0.0 ? bed_gy / (1.0 + fraction_gy / alpha_beta_gy)
                                                : (double)NAN;
}
