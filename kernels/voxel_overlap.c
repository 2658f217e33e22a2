/* kernels/voxel_overlap.c - the overlap integral, exact in azimuth and by Gauss rules in the rest.
 *
 * The product of three triangles L is the trilinear weight by which a point at r u belongs to the
 * eight lattice points round it: energy on a sphere is splatted on the lattice. For one radius and
 * one polar angle the point moves on a circle, through the cells of one layer; within a cell the
 * weights are products of cos and sin of the azimuth, whose integrals are closed. What is left
 * to quadrature is smooth: the polar angle between two kinks within one layer of cells, and the
 * radius within one shell of the table. Each layer is integrated by one thread in a fixed order.
 */
#include "kernels/voxel_overlap.h"

#include <math.h>
#include <stdbool.h>

#include "core/mem.h"
#include "kernels/quadrature.h"

static const double HALF_PI = 1.57079632679489661923;

/* A Gauss rule on -1..1. */
struct rule {
    int order;
    double point[OT_QUADRATURE_MAX];
    double weight[OT_QUADRATURE_MAX];
};

/* The part of a sphere in one layer of voxels. */
struct belt {
    double radius_mm;
    double fraction; /* of the energy, on the whole sphere */
    const double *spacing_mm;
    size_t layer;
    double theta[2]; /* polar angles, ascending */
};

/* One plane of lattice points, i fastest. */
struct plane {
    double *f;
    size_t row; /* values in a row */
};

/* Integrals over an arc of azimuth of 1, sin, cos and sin^2/2, as differences of these ends. */
struct arc_end {
    double phi, cos, sin;
};

/* Adds the arc from `a` to `b` of a circle of radius (x,y) in voxels, which lies in cell (i,j),
 * with weight `low` to this layer's plane and `high` to the next. */
static void add_arc(const struct arc_end *a, const struct arc_end *b, const double circle[2],
                    const size_t cell[2], const double part[2], struct plane planes[2])
{
    const double i = (double)cell[0];
    const double j = (double)cell[1];
    const double angle = b->phi - a->phi;
    const double x = circle[0] * (b->sin - a->sin);
    const double y = circle[1] * (a->cos - b->cos);
    const double xy = 0.5 * circle[0] * circle[1] * (b->sin - a->sin) * (b->sin + a->sin);
    const double p = x - i * angle;                       /* of x - i */
    const double q = y - j * angle;                       /* of y - j */
    const double pq = xy - j * x - i * y + i * j * angle; /* of (x - i)(y - j) */
    const double weight[2][2] = {{angle - p - q + pq, p - pq}, {q - pq, pq}};
    for (size_t layer = 0; layer < 2; layer++) {
        double *f = planes[layer].f + cell[0] + planes[layer].row * cell[1];
        f[0] += part[layer] * weight[0][0];
        f[1] += part[layer] * weight[0][1];
        f[planes[layer].row] += part[layer] * weight[1][0];
        f[planes[layer].row + 1] += part[layer] * weight[1][1];
    }
}

/* Walks a quarter circle from the first axis to the second, cell by cell. */
static void add_circle(const double circle[2], const double part[2], struct plane planes[2])
{
    struct arc_end from = {.phi = 0.0, .cos = 1.0, .sin = 0.0};
    size_t cell[2] = {(size_t)circle[0], 0};
    if (cell[0] > 0 && !((double)cell[0] < circle[0])) {
        cell[0]--; /* the circle only touches the far side of a cell */
    }
    for (;;) {
        const double cos_x = (double)cell[0] / circle[0];       /* where x leaves the cell */
        const double sin_y = (double)(cell[1] + 1) / circle[1]; /* where y does */
        const bool leaves_x = cell[0] > 0;
        const bool leaves_y = sin_y < 1.0;
        const double sin_x = sqrt(fmax(0.0, 1.0 - cos_x * cos_x));
        struct arc_end to = {.phi = HALF_PI, .cos = 0.0, .sin = 1.0};
        const bool x_first = leaves_x && (!leaves_y || sin_x < sin_y);
        if (x_first) {
            to = (struct arc_end){.phi = acos(cos_x), .cos = cos_x, .sin = sin_x};
        } else if (leaves_y) {
            to = (struct arc_end){
                .phi = asin(sin_y), .cos = sqrt(1.0 - sin_y * sin_y), .sin = sin_y};
        }
        add_arc(&from, &to, circle, cell, part, planes);
        if (x_first) {
            cell[0]--;
        } else if (leaves_y) {
            cell[1]++;
        } else {
            return;
        }
        from = to;
    }
}

/* The belt of one sphere between two polar angles: where circles of it grow into a new row or
 * column of cells the integrand has a kink, so the rule is applied from kink to kink. */
static void add_belt(const struct belt *belt, const struct rule *rule, struct plane planes[2])
{
    const double r = belt->radius_mm;
    const double last_s = r * sin(belt->theta[1]);
    double kink[2]; /* the next one along i and along j, mm */
    for (size_t axis = 0; axis < 2; axis++) {
        const double a = belt->spacing_mm[axis];
        kink[axis] = a * (floor(r * sin(belt->theta[0]) / a) + 1.0);
    }
    double from = belt->theta[0];
    bool last = false;
    while (!last) {
        const double next_s = fmin(kink[0], kink[1]);
        last = !(next_s < last_s);
        const double to = last ? belt->theta[1] : asin(next_s / r);
        const double half = 0.5 * (to - from);
        for (int q = 0; q < rule->order; q++) {
            const double theta = from + half * (1.0 + rule->point[q]);
            const double s = r * sin(theta);
            const double circle[2] = {s / belt->spacing_mm[0], s / belt->spacing_mm[1]};
            const double t = r * cos(theta) / belt->spacing_mm[2] - (double)belt->layer;
            /* mean over the octant: solid angle element sin(theta) over pi/2 */
            const double w = belt->fraction * half * rule->weight[q] * sin(theta) / HALF_PI;
            const double part[2] = {w * (1.0 - t), w * t};
            add_circle(circle, part, planes);
        }
        for (size_t axis = 0; axis < 2; axis++) {
            kink[axis] += kink[axis] <= next_s ? belt->spacing_mm[axis] : 0.0;
        }
        from = to;
    }
}

/* The part of all spheres that lies between lattice planes `layer` and `layer` + 1. */
static void add_layer(const struct ot_spheres *spheres, const double spacing_mm[3], size_t layer,
                      const struct rule *rule, struct plane planes[2])
{
    const double lo_mm = (double)layer * spacing_mm[2];
    const double hi_mm = lo_mm + spacing_mm[2];
    for (size_t n = 0; n < spheres->count; n++) {
        const double r = spheres->radius_mm[n];
        if (r > lo_mm) {
            const struct belt belt = {
                .radius_mm = r,
                .fraction = spheres->fraction[n],
                .spacing_mm = spacing_mm,
                .layer = layer,
                .theta = {r > hi_mm ? acos(hi_mm / r) : 0.0, acos(lo_mm / r)}};
            add_belt(&belt, rule, planes);
        }
    }
}

double ot_octant_multiplicity(size_t i, size_t j, size_t k)
{
    return (i > 0 ? 2.0 : 1.0) * (j > 0 ? 2.0 : 1.0) * (k > 0 ? 2.0 : 1.0);
}

enum ot_rc ot_voxel_overlap(const struct ot_spheres *spheres, const double spacing_mm[3],
                            const size_t radius[3], int order, int threads, double *f,
                            struct ot_err *err)
{
    const size_t row = radius[0] + 1;
    const size_t plane = row * (radius[1] + 1);
    const size_t count = plane * (radius[2] + 1);
    struct rule rule = {.order = order};
    ot_gauss_legendre(order, rule.point, rule.weight);
    double *next = OT_NEW(double, count, err); /* what each layer gives upwards */
    if (next == NULL) {
        return OT_ERR_NOMEM;
    }
    /* Lower layers have more to do: deal them out in turn. */
#pragma omp parallel for schedule(static, 1) num_threads(threads)
    for (size_t layer = 0; layer < radius[2]; layer++) {
        struct plane planes[2] = {{f + plane * layer, row}, {next + plane * (layer + 1), row}};
        add_layer(spheres, spacing_mm, layer, &rule, planes);
    }
    for (size_t k = 0; k <= radius[2]; k++) {
        for (size_t j = 0; j <= radius[1]; j++) {
            for (size_t i = 0; i <= radius[0]; i++) {
                const size_t at = i + row * j + plane * k;
                /* The octant holds both signs of an offset; rounding of the closed form may leave
                 * a value of no energy a little below 0. */
                f[at] = fmax(0.0, f[at] + next[at]) / ot_octant_multiplicity(i, j, k);
            }
        }
    }
    ot_free(next);
    return OT_OK;
}
