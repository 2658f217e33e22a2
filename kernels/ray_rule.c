/* kernels/ray_rule.c - points of the quadrature, and the lattice's cuts of their rays. */
#include "kernels/ray_rule.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"

static const double CM_PER_MM = 0.1;
static const double MM_PER_CM = 10.0;
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

/* Distances along a ray to the next face across each axis, and between two faces. */
struct faces {
    double next_mm[3];
    double apart_mm[3];
};

static struct faces faces_ahead(const struct ot_ray *ray, const double spacing_mm[3])
{
    struct faces faces;
    for (size_t axis = 0; axis < 3; axis++) {
        const double slope = ray->direction[axis];
        const double ahead_mm = 0.5 * spacing_mm[axis] - ray->point_mm[axis];
        faces.apart_mm[axis] = slope > 0.0 ? spacing_mm[axis] / slope : HUGE_VAL;
        faces.next_mm[axis] = slope > 0.0 ? ahead_mm / slope : HUGE_VAL;
    }
    return faces;
}

static struct ot_ray_step step_at(const struct ot_ray *ray, const double spacing_mm[3],
                                  const uint16_t offset[3], double come_mm, double length_mm)
{
    struct ot_ray_step step = {.length_cm = (float)(length_mm * CM_PER_MM)};
    for (size_t axis = 0; axis < 3; axis++) {
        step.offset[axis] = offset[axis];
        step.entry_mm[axis] = (float)(ray->point_mm[axis] + come_mm * ray->direction[axis] -
                                      offset[axis] * spacing_mm[axis]);
    }
    return step;
}

/* Cuts a ray at the faces of the lattice; returns how many steps that gives. */
static size_t cut(const struct ot_ray *ray, const double spacing_mm[3], double length_mm,
                  struct ot_ray_step *step)
{
    struct faces faces = faces_ahead(ray, spacing_mm);
    uint16_t offset[3] = {0, 0, 0};
    double at_mm = 0.0;
    double come_mm = 0.0; /* as those who follow the ray add it up */
    size_t count = 0;
    while (at_mm < length_mm) {
        size_t axis = faces.next_mm[0] < faces.next_mm[1] ? 0 : 1;
        axis = faces.next_mm[2] < faces.next_mm[axis] ? 2 : axis;
        const double end_mm = fmin(faces.next_mm[axis], length_mm);
        if (end_mm - at_mm > SHORTEST_MM) {
            step[count] = step_at(ray, spacing_mm, offset, come_mm, end_mm - at_mm);
            come_mm += (double)step[count].length_cm * MM_PER_CM;
            count++;
        }
        at_mm = end_mm;
        faces.next_mm[axis] += faces.apart_mm[axis];
        offset[axis]++;
    }
    return count;
}

/* The most steps that rays of this length have: one more than faces that they may cross. */
static size_t most_steps(const double spacing_mm[3], double length_mm)
{
    size_t steps = 4;
    for (size_t axis = 0; axis < 3; axis++) {
        steps += (size_t)(length_mm / spacing_mm[axis]);
    }
    return steps;
}

int ot_ray_mirror_sign(size_t mirror, size_t axis)
{
    return (mirror >> axis & 1) != 0 ? -1 : 1;
}

static void start_ray(size_t number, size_t points, const double spacing_mm[3], struct ot_ray *ray)
{
    double point[3];
    base_point(number / points, number % points, points, point, ray->direction);
    for (size_t axis = 0; axis < 3; axis++) {
        ray->point_mm[axis] = point[axis] * spacing_mm[axis];
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
    const size_t rays = sets * points;
    rule->sets = sets;
    rule->points = points;
    rule->ray = OT_NEW_UNSET(struct ot_ray, rays, err);
    rule->step = rule->ray != NULL
                     ? OT_NEW_UNSET(struct ot_ray_step, rays * most_steps(spacing_mm, length_mm),
                                    err) /* what is not written takes no memory */
                     : NULL;
    if (rule->step == NULL) {
        ot_ray_rule_destroy(rule);
        return OT_ERR_NOMEM;
    }
    struct ot_ray_step *to = rule->step;
    for (size_t n = 0; n < rays; n++) {
        struct ot_ray *ray = &rule->ray[n];
        start_ray(n, points, spacing_mm, ray);
        ray->step = to;
        ray->count = cut(ray, spacing_mm, length_mm, to);
        to += ray->count;
    }
    *out = rule;
    return OT_OK;
}
