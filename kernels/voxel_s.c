/* kernels/voxel_s.c - the overlap integral, exact in azimuth and by Gauss rules in the rest.
 *
 * The product of three triangles L is the trilinear weight by which a point at r u belongs to the
 * eight lattice points round it: energy on a sphere is splatted on the lattice. For one radius and
 * one polar angle the point moves on a circle, through the cells of one layer; within a cell the
 * weights are products of cos and sin of the azimuth, whose integrals are closed. What is left
 * to quadrature is smooth: the polar angle between two kinks within one layer of cells, and the
 * radius within one shell of the table. Each layer is integrated by one thread in a fixed order.
 */
#include "kernels/voxel_s.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/mem.h"
#include "kernels/nuclide.h"
#include "kernels/quadrature.h"
#include "kernels/voxel_s_order.h"

static const double VOXEL_MIN_MM = 0.2;
static const double VOXEL_MAX_MM = 50.0;
static const double DENSITY_MIN_G_PER_CM3 = 0.05;
static const double DENSITY_MAX_G_PER_CM3 = 5.0;
/* An outer plane of offsets with less than this part of the energy is left out. */
static const double NEGLIGIBLE_FRACTION = 1e-7;
static const double HALF_PI = 1.57079632679489661923;
static const double ROUNDING_MM = 1e-9;

enum { RADIUS_MAX = 256, RADIAL_ORDER = 2 };

/* Spheres of energy: the radial kernel at the points of its quadrature. */
struct spheres {
    size_t count;
    double *radius_mm; /* owned; ascending */
    double *fraction;  /* owned; of the energy, sums to 1 */
};

static void spheres_release(struct spheres *spheres)
{
    ot_free(spheres->radius_mm);
    ot_free(spheres->fraction);
}

/* Scales the beta shells of the table to another density and to a sum of 1. The energy of a shell
 * is spread evenly over its thickness. */
static enum ot_rc spheres_of(const struct ot_radial_kernel *radial, double density_g_per_cm3,
                             struct spheres *spheres, struct ot_err *err)
{
    const double scale = radial->density_g_per_cm3 / density_g_per_cm3;
    const double sum_mev = ot_radial_kernel_beta_mev(radial);
    double point[OT_QUADRATURE_MAX];
    double weight[OT_QUADRATURE_MAX];
    ot_gauss_legendre(RADIAL_ORDER, point, weight);
    spheres->radius_mm = OT_NEW(double, radial->count *RADIAL_ORDER, err);
    spheres->fraction = OT_NEW(double, radial->count *RADIAL_ORDER, err);
    if (spheres->radius_mm == NULL || spheres->fraction == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < radial->count; n++) {
        const double lo = radial->edge_mm[n];
        const double hi = radial->edge_mm[n + 1];
        if (hi > radial->beta_range_mm + ROUNDING_MM) {
            break;
        }
        for (size_t q = 0; q < RADIAL_ORDER; q++) {
            spheres->radius_mm[spheres->count] = scale * 0.5 * (lo + hi + point[q] * (hi - lo));
            spheres->fraction[spheres->count] = 0.5 * weight[q] * radial->energy_mev[n] / sum_mev;
            spheres->count++;
        }
    }
    return OT_OK;
}

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
static void add_layer(const struct spheres *spheres, const double spacing_mm[3], size_t layer,
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

static double multiplicity(size_t i, size_t j, size_t k)
{
    return (i > 0 ? 2.0 : 1.0) * (j > 0 ? 2.0 : 1.0) * (k > 0 ? 2.0 : 1.0);
}

/* Energy of the lattice plane `at` along `axis` and of all planes beyond, both signs. */
static double energy_from(const double *f, const size_t radius[3], size_t axis, size_t at)
{
    double sum = 0.0;
    for (size_t k = axis == 2 ? at : 0; k <= radius[2]; k++) {
        for (size_t j = axis == 1 ? at : 0; j <= radius[1]; j++) {
            for (size_t i = axis == 0 ? at : 0; i <= radius[0]; i++) {
                sum += multiplicity(i, j, k) * f[i + (radius[0] + 1) * (j + (radius[1] + 1) * k)];
            }
        }
    }
    return sum;
}

/* Crops the lattice to the planes that hold energy and scales it to a sum of exactly 1. */
static enum ot_rc finish(const double *f, const size_t radius[3], struct ot_voxel_s *kernel,
                         struct ot_err *err)
{
    for (size_t axis = 0; axis < 3; axis++) {
        kernel->radius[axis] = radius[axis];
        while (kernel->radius[axis] > 0 &&
               energy_from(f, radius, axis, kernel->radius[axis]) < NEGLIGIBLE_FRACTION) {
            kernel->radius[axis]--;
        }
    }
    const size_t *n = kernel->radius;
    kernel->octant = OT_NEW(double, (n[0] + 1) * (n[1] + 1) * (n[2] + 1), err);
    if (kernel->octant == NULL) {
        return OT_ERR_NOMEM;
    }
    double *to = kernel->octant;
    for (size_t k = 0; k <= n[2]; k++) {
        for (size_t j = 0; j <= n[1]; j++) {
            for (size_t i = 0; i <= n[0]; i++) {
                *to++ = f[i + (radius[0] + 1) * (j + (radius[1] + 1) * k)];
            }
        }
    }
    const double sum = energy_from(kernel->octant, n, 0, 0);
    const size_t count = (size_t)(to - kernel->octant);
    for (size_t at = 0; at < count; at++) {
        kernel->octant[at] /= sum;
    }
    return OT_OK;
}

/* Integrates into `f`, lattice of radius + 1 points a side. */
static enum ot_rc integrate(const struct spheres *spheres, const double spacing_mm[3],
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
                f[at] = fmax(0.0, f[at] + next[at]) / multiplicity(i, j, k);
            }
        }
    }
    ot_free(next);
    return OT_OK;
}

static enum ot_rc check(const double spacing_mm[3], double density_g_per_cm3,
                        double energy_mev_per_decay, struct ot_err *err)
{
    for (size_t axis = 0; axis < 3; axis++) {
        if (!(spacing_mm[axis] >= VOXEL_MIN_MM && spacing_mm[axis] <= VOXEL_MAX_MM)) {
            return ot_fail(err, OT_ERR_RANGE,
                           "voxel size %g mm along axis %zu: a voxel kernel needs %g to %g mm",
                           spacing_mm[axis], axis, VOXEL_MIN_MM, VOXEL_MAX_MM);
        }
    }
    if (!(density_g_per_cm3 >= DENSITY_MIN_G_PER_CM3 &&
          density_g_per_cm3 <= DENSITY_MAX_G_PER_CM3)) {
        return ot_fail(err, OT_ERR_RANGE, "density %g g/cm3: a voxel kernel needs %g to %g g/cm3",
                       density_g_per_cm3, DENSITY_MIN_G_PER_CM3, DENSITY_MAX_G_PER_CM3);
    }
    if (!(isfinite(energy_mev_per_decay) && energy_mev_per_decay > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "energy of a voxel kernel is %g MeV per decay",
                       energy_mev_per_decay);
    }
    return OT_OK;
}

/* Lattice points that a sphere of the range reaches along each axis. */
static enum ot_rc reach(double range_mm, const double spacing_mm[3], size_t radius[3],
                        struct ot_err *err)
{
    for (size_t axis = 0; axis < 3; axis++) {
        const double voxels = ceil(range_mm / spacing_mm[axis]);
        if (!(voxels <= RADIUS_MAX)) {
            return ot_fail(err, OT_ERR_RANGE,
                           "a range of %.1f mm is %.0f voxels of %g mm, more than %d: use larger "
                           "voxels",
                           range_mm, voxels, spacing_mm[axis], RADIUS_MAX);
        }
        radius[axis] = (size_t)voxels;
    }
    return OT_OK;
}

enum ot_rc ot_voxel_s_create_order(const struct ot_radial_kernel *radial,
                                   const double spacing_mm[3], double density_g_per_cm3,
                                   double energy_mev_per_decay, int order, int threads,
                                   struct ot_voxel_s **out, struct ot_err *err)
{
    struct spheres spheres = {0};
    struct ot_voxel_s *kernel = NULL;
    double *lattice = NULL;
    size_t radius[3] = {0};
    *out = NULL;

    enum ot_rc rc = check(spacing_mm, density_g_per_cm3, energy_mev_per_decay, err);
    if (rc == OT_OK) {
        rc = ot_radial_kernel_validate(radial, err);
    }
    if (rc == OT_OK) {
        rc = spheres_of(radial, density_g_per_cm3, &spheres, err);
    }
    if (rc == OT_OK) {
        rc = reach(spheres.radius_mm[spheres.count - 1], spacing_mm, radius, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    kernel = OT_NEW(struct ot_voxel_s, 1, err);
    lattice = OT_NEW(double, (radius[0] + 1) * (radius[1] + 1) * (radius[2] + 1), err);
    if (kernel == NULL || lattice == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    rc = integrate(&spheres, spacing_mm, radius, order, threads, lattice, err);
    if (rc == OT_OK) {
        rc = finish(lattice, radius, kernel, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    memcpy(kernel->spacing_mm, spacing_mm, sizeof kernel->spacing_mm);
    kernel->density_g_per_cm3 = density_g_per_cm3;
    kernel->energy_mev = energy_mev_per_decay;
    memcpy(kernel->nuclide, radial->nuclide, sizeof kernel->nuclide);
    memcpy(kernel->medium, radial->medium, sizeof kernel->medium);
    memcpy(kernel->table_sha256, radial->sha256, sizeof kernel->table_sha256);
    *out = kernel;
    kernel = NULL; /* handed over */

done:
    spheres_release(&spheres);
    ot_free(lattice);
    ot_voxel_s_destroy(kernel);
    return rc;
}

enum ot_rc ot_voxel_s_create(const struct ot_radial_kernel *radial, const double spacing_mm[3],
                             double density_g_per_cm3, double energy_mev_per_decay, int threads,
                             struct ot_voxel_s **out, struct ot_err *err)
{
    return ot_voxel_s_create_order(radial, spacing_mm, density_g_per_cm3, energy_mev_per_decay,
                                   OT_VOXEL_S_ORDER, threads, out, err);
}

void ot_voxel_s_destroy(struct ot_voxel_s *kernel)
{
    if (kernel == NULL) {
        return;
    }
    ot_free(kernel->octant);
    ot_free(kernel);
}

double ot_voxel_s_fraction(const struct ot_voxel_s *kernel, ptrdiff_t di, ptrdiff_t dj,
                           ptrdiff_t dk)
{
    const size_t i = (size_t)(di < 0 ? -di : di);
    const size_t j = (size_t)(dj < 0 ? -dj : dj);
    const size_t k = (size_t)(dk < 0 ? -dk : dk);
    if (i > kernel->radius[0] || j > kernel->radius[1] || k > kernel->radius[2]) {
        return 0.0;
    }
    return kernel->octant[i + (kernel->radius[0] + 1) * (j + (kernel->radius[1] + 1) * k)];
}

double ot_voxel_s_mgy_per_mbq_s(const struct ot_voxel_s *kernel, ptrdiff_t di, ptrdiff_t dj,
                                ptrdiff_t dk)
{
    static const double mgy_per_mbq_s_per_gy_per_bq_s = 1e9;
    static const double kg_per_mm3_at_1_g_per_cm3 = 1e-6;
    const double mass_kg = kernel->density_g_per_cm3 * kg_per_mm3_at_1_g_per_cm3 *
                           kernel->spacing_mm[0] * kernel->spacing_mm[1] * kernel->spacing_mm[2];
    const double energy_j = kernel->energy_mev * OT_J_PER_MEV;
    return ot_voxel_s_fraction(kernel, di, dj, dk) * energy_j / mass_kg *
           mgy_per_mbq_s_per_gy_per_bq_s;
}
