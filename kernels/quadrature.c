/* kernels/quadrature.c - Gauss-Legendre points by Newton's method. */
#include "kernels/quadrature.h"

#include <assert.h>
#include <math.h>

/* P_n(x) and its derivative by the three-term recurrence. */
static double legendre(int order, double x, double *derivative)
{
    double before = 1.0;
    double value = x;
    for (int n = 2; n <= order; n++) {
        const double next = ((2.0 * n - 1.0) * x * value - (n - 1.0) * before) / n;
        before = value;
        value = next;
    }
    *derivative = order * (x * value - before) / (x * x - 1.0);
    return value;
}

void ot_gauss_legendre(int order, double point[OT_QUADRATURE_MAX], double weight[OT_QUADRATURE_MAX])
{
    static const double pi = 3.14159265358979323846;
    static const int newton_steps = 8; /* from this start, quadratic convergence needs 4 */
    assert(order >= 1 && order <= OT_QUADRATURE_MAX);
    for (int n = 0; n < (order + 1) / 2; n++) {
        double x = cos(pi * (n + 0.75) / (order + 0.5));
        double derivative = 1.0;
        for (int step = 0; step < newton_steps; step++) {
            const double value = legendre(order, x, &derivative);
            x -= value / derivative;
        }
        (void)legendre(order, x, &derivative);
        point[n] = -x;
        point[order - 1 - n] = x;
        weight[n] = weight[order - 1 - n] = 2.0 / ((1.0 - x * x) * derivative * derivative);
    }
}
