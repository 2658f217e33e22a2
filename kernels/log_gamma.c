/* kernels/log_gamma.c - Stirling's series where it converges, the recurrence elsewhere. */
#include "kernels/log_gamma.h"

#include <assert.h>
#include <complex.h>
#include <math.h>
#include <stddef.h>

static const double PI = 3.14159265358979323846;
/* With six terms from here on the first one left out is below 1e-16. */
static const double SERIES_FROM = 12.0;

/* B_2k / (2k (2k - 1)), k = 1..6. */
static const double STIRLING[] = {1.0 / 12.0,    -1.0 / 360.0, 1.0 / 1260.0,
                                  -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360360.0};

double ot_log_gamma_modulus(double x, double y)
{
    assert(x > 0.0);
    double lowered = 0.0; /* ln |z (z+1) ... (z+n-1)| = ln |Gamma(z+n)| - ln |Gamma(z)| */
    for (; x < SERIES_FROM; x += 1.0) {
        lowered += log(hypot(x, y));
    }
    const double complex z = x + y * (double complex)I;
    double complex sum = (z - 0.5) * clog(z) - z;
    double complex power = 1.0 / z;
    for (size_t k = 0; k < sizeof STIRLING / sizeof STIRLING[0]; k++) {
        sum += STIRLING[k] * power;
        power /= z * z;
    }
    return creal(sum) + 0.5 * log(2.0 * PI) - lowered;
}
