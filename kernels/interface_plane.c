/* kernels/interface_plane.c - a box cut by a plane. */
#include "kernels/interface_plane.h"

#include <math.h>
#include <stdbool.h>

static const double FLATTEST = 1e-4; /* of the largest component; the volume's formula divides */

enum { BISECTIONS = 48 };

static double cube(double x)
{
    return x > 0.0 ? x * x * x : 0.0;
}

/* The part of the unit cube where m . x < alpha; m > 0 (Scardovelli and Zaleski, J Comput Phys
 * 2000;164:228). */
static double part_below(const double m[3], double alpha)
{
    const double whole = m[0] + m[1] + m[2];
    double sum = cube(alpha) - cube(alpha - whole);
    for (size_t axis = 0; axis < 3; axis++) {
        sum += cube(alpha - (whole - m[axis])) - cube(alpha - m[axis]);
    }
    return sum / (6.0 * m[0] * m[1] * m[2]);
}

double ot_plane_distance_mm(const struct ot_plane *plane, const double point_mm[3])
{
    double along_mm = -plane->offset_mm;
    for (size_t axis = 0; axis < 3; axis++) {
        along_mm += plane->normal[axis] * point_mm[axis];
    }
    return along_mm;
}

struct ot_plane ot_plane_at_fraction(const double normal[3], const double spacing_mm[3],
                                     double inner)
{
    struct ot_plane plane;
    double m[3];
    double most = 0.0;
    const double length =
        sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
    for (size_t axis = 0; axis < 3; axis++) {
        plane.normal[axis] = normal[axis] / length;
        m[axis] = fabs(plane.normal[axis]) * spacing_mm[axis];
        most = fmax(most, m[axis]);
    }
    for (size_t axis = 0; axis < 3; axis++) {
        m[axis] = fmax(m[axis], FLATTEST * most);
    }
    const double whole = m[0] + m[1] + m[2];
    double lo = 0.0;
    double hi = whole;
    for (int n = 0; n < BISECTIONS; n++) {
        const double middle = 0.5 * (lo + hi);
        if (part_below(m, middle) < inner) {
            lo = middle;
        } else {
            hi = middle;
        }
    }
    plane.offset_mm = 0.5 * (lo + hi) - 0.5 * whole; /* from a corner to the center */
    return plane;
}

struct ot_plane ot_plane_in_voxel(const struct ot_volume *outer, const size_t at[3])
{
    const size_t *n = outer->grid.n;
    double normal[3] = {0.0};
    for (int step = 0; step < 27; step++) {
        const int off[3] = {step % 3 - 1, step / 3 % 3 - 1, step / 9 - 1};
        size_t y[3];
        for (size_t axis = 0; axis < 3; axis++) {
            const bool out =
                (off[axis] < 0 && at[axis] == 0) || (off[axis] > 0 && at[axis] + 1 == n[axis]);
            y[axis] = out ? at[axis] : (size_t)((ptrdiff_t)at[axis] + off[axis]);
        }
        const double f = (double)outer->data[y[0] + n[0] * (y[1] + n[1] * y[2])];
        for (size_t axis = 0; axis < 3; axis++) {
            const int *o = off;
            const double near =
                (o[(axis + 1) % 3] == 0 ? 2.0 : 1.0) * (o[(axis + 2) % 3] == 0 ? 2.0 : 1.0);
            normal[axis] += (double)off[axis] * near * f / outer->grid.spacing_mm[axis];
        }
    }
    const double inner = 1.0 - (double)outer->data[at[0] + n[0] * (at[1] + n[1] * at[2])];
    if (!(fabs(normal[0]) + fabs(normal[1]) + fabs(normal[2]) > 0.0)) {
        normal[2] = 1.0; /* a lone voxel has no side to prefer */
    }
    return ot_plane_at_fraction(normal, outer->grid.spacing_mm, inner);
}
