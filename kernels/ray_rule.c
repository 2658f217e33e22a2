/* kernels/ray_rule.c - points of the quadrature, and the lattice's cuts of their rays. */
#include "kernels/ray_rule.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"

static const double CM_PER_MM = 0.1;
static const double TWO_PI = 6.28318530717958647692;
static const double SHORTEST_MM = 1e-6; /* a ray through an edge does not enter the voxel there */

enum { DIMENSIONS = 5 };

void ot_ray_rule_destroy(struct ot_ray_rule *rule)
{
    if (rule == NULL) {
        return;
    }
    ot_free(rule->ray);
    ot_free(rule->step);
    ot_free(rule);
}

static double part(double x)
{
    double whole = 0.0;
    return modf(x, &whole);
}

/* Powers 1.. of the inverse of the root of x^(d + 1) = x + 1. */
static void powers(double root, size_t count, double *power)
{
    double value = 1.0;
    for (size_t d = 0; d < count; d++) {
        value /= root;
        power[d] = value;
    }
}

/* Base point n of a set: a point of the voxel, -1/2..1/2 of its sides, and a direction with no
 * negative component. */
static void base_point(size_t set, size_t n, size_t points, double point[3], double direction[3])
{
    static const double golden = 1.6180339887498949;    /* of x^2 = x + 1 */
    static const double root_of_3 = 1.2207440846057596; /* of x^4 = x + 1 */
    static const double root_of_5 = 1.1347241384015194; /* of x^6 = x + 1 */
    double along[3];
    double shift[DIMENSIONS];
    double u[DIMENSIONS];
    powers(root_of_3, 3, along);
    powers(root_of_5, DIMENSIONS, shift);
    for (size_t d = 0; d < DIMENSIONS; d++) {
        shift[d] = part(0.5 + shift[d] * (double)set);
    }
    for (size_t axis = 0; axis < 3; axis++) {
        u[axis] = part(shift[axis] + along[axis] * (double)n);
    }
    u[3] = (shift[3] + (double)n) / (double)points;
    u[4] = part(shift[4] + (double)n / golden);
    for (size_t axis = 0; axis < 3; axis++) {
        point[axis] = u[axis] - 0.5;
    }
    const double cosine = u[3];
    const double sine = sqrt(1.0 - cosine * cosine);
    const double azimuth = 0.25 * TWO_PI * u[4];
    direction[0] = sine * cos(azimuth);
    direction[1] = sine * sin(azimuth);
    direction[2] = cosine;
}

/* Cuts a ray at the faces of the lattice; writes the steps unless `step` is NULL, returns how
 * many there are. */
static size_t cut(const struct ot_ray *ray, const double spacing_mm[3], double length_mm,
                  struct ot_ray_step *step)
{
    double next_mm[3]; /* distance to the next face along each axis */
    double apart_mm[3];
    int offset[3] = {0, 0, 0};
    for (size_t axis = 0; axis < 3; axis++) {
        const double slope = fabs(ray->direction[axis]);
        const double ahead =
            ray->direction[axis] < 0.0 ? ray->point_mm[axis] : -ray->point_mm[axis];
        apart_mm[axis] = slope > 0.0 ? spacing_mm[axis] / slope : HUGE_VAL;
        next_mm[axis] = slope > 0.0 ? (0.5 * spacing_mm[axis] + ahead) / slope : HUGE_VAL;
    }
    double at_mm = 0.0;
    size_t count = 0;
    while (at_mm < length_mm) {
        size_t axis = next_mm[0] < next_mm[1] ? 0 : 1;
        axis = next_mm[2] < next_mm[axis] ? 2 : axis;
        const double end_mm = fmin(next_mm[axis], length_mm);
        if (end_mm - at_mm > SHORTEST_MM) {
            if (step != NULL) {
                step[count] =
                    (struct ot_ray_step){.length_cm = (float)((end_mm - at_mm) * CM_PER_MM),
                                         .di = (int16_t)offset[0],
                                         .dj = (int16_t)offset[1],
                                         .dk = (int16_t)offset[2]};
            }
            count++;
        }
        at_mm = end_mm;
        next_mm[axis] += apart_mm[axis];
        offset[axis] += ray->direction[axis] < 0.0 ? -1 : 1;
    }
    return count;
}

static void start_ray(size_t number, size_t points, const double spacing_mm[3], struct ot_ray *ray)
{
    const size_t mirror = number % OT_RAY_MIRRORS;
    double point[3];
    double direction[3];
    base_point(number / OT_RAY_MIRRORS / points, number / OT_RAY_MIRRORS % points, points, point,
               direction);
    for (size_t axis = 0; axis < 3; axis++) {
        const double sign = (mirror >> axis & 1) != 0 ? -1.0 : 1.0;
        ray->point_mm[axis] = sign * point[axis] * spacing_mm[axis];
        ray->direction[axis] = sign * direction[axis];
    }
}

enum ot_rc ot_ray_rule_create(const double spacing_mm[3], double length_mm, size_t sets,
                              size_t points, struct ot_ray_rule **out, struct ot_err *err)
{
    *out = NULL;
    for (size_t axis = 0; axis < 3; axis++) {
        if (!(length_mm / spacing_mm[axis] < INT16_MAX)) {
            return ot_fail(err, OT_ERR_RANGE, "rays of %g mm are too long for voxels of %g mm",
                           length_mm, spacing_mm[axis]);
        }
    }
    struct ot_ray_rule *rule = OT_NEW(struct ot_ray_rule, 1, err);
    if (rule == NULL) {
        return OT_ERR_NOMEM;
    }
    rule->sets = sets;
    rule->rays = points * OT_RAY_MIRRORS;
    const size_t rays = sets * rule->rays;
    size_t steps = 0;
    rule->ray = OT_NEW(struct ot_ray, rays, err);
    for (size_t n = 0; rule->ray != NULL && n < rays; n++) {
        start_ray(n, points, spacing_mm, &rule->ray[n]);
        rule->ray[n].count = cut(&rule->ray[n], spacing_mm, length_mm, NULL);
        steps += rule->ray[n].count;
    }
    rule->step = rule->ray != NULL ? OT_NEW(struct ot_ray_step, steps, err) : NULL;
    if (rule->step == NULL) {
        ot_ray_rule_destroy(rule);
        return OT_ERR_NOMEM;
    }
    struct ot_ray_step *to = rule->step;
    for (size_t n = 0; n < rays; n++) {
        rule->ray[n].step = to;
        to += cut(&rule->ray[n], spacing_mm, length_mm, to);
    }
    *out = rule;
    return OT_OK;
}
