/* kernels/voxel_s.c - a radial kernel made into voxel S values: scaling, overlap, normalization. */
#include "kernels/voxel_s.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "kernels/nuclide.h"
#include "kernels/quadrature.h"
#include "kernels/voxel_overlap.h"
#include "kernels/voxel_s_order.h"

static const double VOXEL_MIN_MM = 0.2;
static const double VOXEL_MAX_MM = 50.0;
static const double DENSITY_MIN_G_PER_CM3 = 0.05;
static const double DENSITY_MAX_G_PER_CM3 = 5.0;
/* An outer plane of offsets with less than this part of the energy is left out. */
static const double NEGLIGIBLE_FRACTION = 1e-7;
static const double ROUNDING_MM = 1e-9;

enum { RADIUS_MAX = 256, RADIAL_ORDER = 2 };

static void spheres_release(struct ot_spheres *spheres)
{
    ot_free(spheres->radius_mm);
    ot_free(spheres->fraction);
}

/* Scales the beta shells of the table to another density and to a sum of 1. The energy of a shell
 * is spread evenly over its thickness. */
static enum ot_rc spheres_of(const struct ot_radial_kernel *radial, double density_g_per_cm3,
                             struct ot_spheres *spheres, struct ot_err *err)
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

/* Energy of the lattice plane `at` along `axis` and of all planes beyond, both signs. */
static double energy_from(const double *f, const size_t radius[3], size_t axis, size_t at)
{
    double sum = 0.0;
    for (size_t k = axis == 2 ? at : 0; k <= radius[2]; k++) {
        for (size_t j = axis == 1 ? at : 0; j <= radius[1]; j++) {
            for (size_t i = axis == 0 ? at : 0; i <= radius[0]; i++) {
                sum += ot_octant_multiplicity(i, j, k) *
                       f[i + (radius[0] + 1) * (j + (radius[1] + 1) * k)];
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
    struct ot_spheres spheres = {0};
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
    rc = ot_voxel_overlap(&spheres, spacing_mm, radius, order, threads, lattice, err);
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
