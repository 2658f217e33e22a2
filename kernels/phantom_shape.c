/* kernels/phantom_shape.c - inside-tests and volumes of ellipsoids and elliptic cylinders. */
#include "kernels/phantom_shape.h"

#include <assert.h>
#include <math.h>

static const double PI = 3.141592653589793;
static const double MM3_PER_ML = 1000.0;

static double squared(double x)
{
    return x * x;
}

/* Squared distance from the center in units of the semi-axes, over the first `axes` axes. */
static double norm2(const struct ot_shape *shape, const double point_mm[3], size_t axes)
{
    double sum = 0.0;
    for (size_t r = 0; r < axes; r++) {
        sum += squared((point_mm[r] - shape->center_mm[r]) / shape->semi_mm[r]);
    }
    return sum;
}

static double height(const struct ot_halfspace *half, const double point_mm[3])
{
    return half->normal[0] * point_mm[0] + half->normal[1] * point_mm[1] +
           half->normal[2] * point_mm[2] - half->offset_mm;
}

enum ot_side ot_halfspace_side(const struct ot_halfspace *half, const double center_mm[3],
                               double radius_mm)
{
    const double h_mm = height(half, center_mm);
    if (fabs(h_mm) <= radius_mm) {
        return OT_SIDE_CUT;
    }
    return h_mm > 0.0 ? OT_SIDE_IN : OT_SIDE_OUT;
}

/* sqrt(norm2) changes by at most 1/min(semi) per mm, so |sqrt(norm2) - 1| min(semi) is a lower
 * bound of the distance to the surface. */
enum ot_side ot_shape_side(const struct ot_shape *shape, const double center_mm[3],
                           double radius_mm)
{
    const size_t axes = shape->cylinder ? 2 : 3;
    double least_mm = shape->semi_mm[0];
    for (size_t r = 1; r < axes; r++) {
        least_mm = fmin(least_mm, shape->semi_mm[r]);
    }
    const double beyond_mm = (sqrt(norm2(shape, center_mm, axes)) - 1.0) * least_mm;
    double depth_mm = -beyond_mm;
    if (shape->cylinder) {
        depth_mm = fmin(depth_mm, shape->semi_mm[2] - fabs(center_mm[2] - shape->center_mm[2]));
    }
    if (fabs(depth_mm) <= radius_mm) {
        return OT_SIDE_CUT;
    }
    return depth_mm > 0.0 ? OT_SIDE_IN : OT_SIDE_OUT;
}

double ot_shape_volume_ml(const struct ot_shape *shape)
{
    const double box = shape->semi_mm[0] * shape->semi_mm[1] * shape->semi_mm[2];
    return (shape->cylinder ? 2.0 : 4.0 / 3.0) * PI * box / MM3_PER_ML;
}

double ot_shape_part_volume_ml(const struct ot_shape *ellipsoid, const struct ot_halfspace *half)
{
    assert(!ellipsoid->cylinder);
    double length2 = 0.0;
    for (size_t r = 0; r < 3; r++) {
        length2 += squared(half->normal[r] * ellipsoid->semi_mm[r]);
    }
    const double t = fmin(1.0, fmax(-1.0, -height(half, ellipsoid->center_mm) / sqrt(length2)));
    return ot_shape_volume_ml(ellipsoid) * squared(1.0 - t) * (2.0 + t) / 4.0;
}

/* Half the chord along x at (y, z); 0 outside. */
static double half_chord(const struct ot_shape *shape, double y_mm, double z_mm)
{
    const double rest = 1.0 - squared((y_mm - shape->center_mm[1]) / shape->semi_mm[1]) -
                        squared((z_mm - shape->center_mm[2]) / shape->semi_mm[2]);
    return rest > 0.0 ? shape->semi_mm[0] * sqrt(rest) : 0.0;
}

double ot_shape_shared_volume_ml(const struct ot_shape *a, const struct ot_shape *b)
{
    enum { STEPS = 1500 };
    double lo[3] = {0};
    double step_mm[3] = {0};
    for (size_t r = 1; r < 3; r++) {
        lo[r] = fmax(a->center_mm[r] - a->semi_mm[r], b->center_mm[r] - b->semi_mm[r]);
        const double hi = fmin(a->center_mm[r] + a->semi_mm[r], b->center_mm[r] + b->semi_mm[r]);
        if (!(hi > lo[r])) {
            return 0.0;
        }
        step_mm[r] = (hi - lo[r]) / STEPS;
    }
    double sum_mm = 0.0;
    for (size_t k = 0; k < STEPS; k++) {
        for (size_t j = 0; j < STEPS; j++) {
            const double y_mm = lo[1] + ((double)j + 0.5) * step_mm[1];
            const double z_mm = lo[2] + ((double)k + 0.5) * step_mm[2];
            const double half_a = half_chord(a, y_mm, z_mm);
            const double half_b = half_chord(b, y_mm, z_mm);
            const double chord = fmin(a->center_mm[0] + half_a, b->center_mm[0] + half_b) -
                                 fmax(a->center_mm[0] - half_a, b->center_mm[0] - half_b);
            sum_mm += half_a > 0.0 && half_b > 0.0 && chord > 0.0 ? chord : 0.0;
        }
    }
    return sum_mm * step_mm[1] * step_mm[2] / MM3_PER_ML;
}

bool ot_shape_section(const struct ot_shape *shape, double z_mm, struct ot_ellipse *section)
{
    const double least_mm = 0.3; /* below it a contour would be a speck */
    const double h = (z_mm - shape->center_mm[2]) / shape->semi_mm[2];
    if (!(fabs(h) < 1.0)) {
        return false;
    }
    const double scale = shape->cylinder ? 1.0 : sqrt(1.0 - h * h);
    for (size_t r = 0; r < 2; r++) {
        section->center_mm[r] = shape->center_mm[r];
        section->semi_mm[r] = shape->semi_mm[r] * scale;
    }
    return section->semi_mm[0] > least_mm && section->semi_mm[1] > least_mm;
}
