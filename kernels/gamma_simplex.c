/* kernels/gamma_simplex.c - distance from the origin to a simplex. */
#include "kernels/gamma_simplex.h"

#include <math.h>
#include <string.h>

static double dot4(const double a[4], const double b[4])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
}

/* Solves the symmetric positive definite system in place by elimination; n <= 3. Corners of a
 * cell have different places, so that no pivot is zero. */
static void solve(double (*matrix)[3], double right[3], size_t n)
{
    for (size_t p = 0; p < n; p++) {
        for (size_t r = p + 1; r < n; r++) {
            const double factor = matrix[r][p] / matrix[p][p];
            for (size_t c = p; c < n; c++) {
                matrix[r][c] -= factor * matrix[p][c];
            }
            right[r] -= factor * right[p];
        }
    }
    for (size_t back = n; back > 0; back--) {
        const size_t p = back - 1;
        for (size_t c = p + 1; c < n; c++) {
            right[p] -= matrix[p][c] * right[c];
        }
        right[p] /= matrix[p][p];
    }
}

/* Weights of the point nearest to the origin in the plane through the corners. */
static void weights_of(const double (*corner)[4], size_t count, double weight[4])
{
    double side[3][4] = {{0.0}};
    double matrix[3][3] = {{0.0}};
    double right[3] = {0.0};
    const double *last = corner[count - 1];
    for (size_t n = 0; n + 1 < count; n++) {
        for (size_t c = 0; c < 4; c++) {
            side[n][c] = corner[n][c] - last[c];
        }
        right[n] = -dot4(side[n], last);
    }
    for (size_t a = 0; a + 1 < count; a++) {
        for (size_t b = 0; b + 1 < count; b++) {
            matrix[a][b] = dot4(side[a], side[b]);
        }
    }
    solve(matrix, right, count - 1);
    weight[count - 1] = 1.0;
    for (size_t n = 0; n + 1 < count; n++) {
        weight[n] = right[n];
        weight[count - 1] -= right[n];
    }
}

/* Where the nearest point of the plane lies outside, the nearest point of the simplex lies on a
 * face opposite to a corner of negative weight: all other faces turn away from it. */
double ot_simplex_distance2(const double (*corner)[4], size_t count)
{
    if (count == 1) {
        return dot4(corner[0], corner[0]);
    }
    double weight[4];
    double nearest = INFINITY;
    weights_of(corner, count, weight);
    for (size_t n = 0; n < count; n++) {
        if (weight[n] < 0.0) {
            double face[3][4];
            size_t used = 0;
            for (size_t t = 0; t < count; t++) {
                if (t != n) {
                    memcpy(face[used++], corner[t], sizeof face[0]);
                }
            }
            nearest = fmin(nearest, ot_simplex_distance2((const double(*)[4])face, used));
        }
    }
    if (isfinite(nearest)) {
        return nearest;
    }
    double point[4] = {0.0, 0.0, 0.0, 0.0};
    for (size_t n = 0; n < count; n++) {
        for (size_t c = 0; c < 4; c++) {
            point[c] += weight[n] * corner[n][c];
        }
    }
    return dot4(point, point);
}
