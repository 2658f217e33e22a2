/* tests/support/sphere.c - shells of a sphere by quadrature and on voxels. */
#include "tests/support/sphere.h"

#include <math.h>

#include "core/mem.h"
#include "core/volume.h"
#include "io/kernel_table.h"
#include "kernels/dose.h"
#include "kernels/mass_depth.h"
#include "kernels/quadrature.h"

static const double RADIUS_MM = 50.0;
static const double AROUND_MM = 32.0; /* of lung that the grid holds */
static const double LIVER_G_PER_CM3 = 1.05;
static const double LUNG_G_PER_CM3 = 0.26;
static const double GY_KG_PER_MBQ = 49.67e-3;
static const double BQ_PER_ML = 1e6;
static const double G_PER_KG = 1e3;

enum { ORDER = 48, PANELS = 40, SUB = 10 };

const double OT_SPHERE_SHELL_MM[OT_SPHERE_SHELLS][2] = {{0, 50},  {30, 50}, {40, 50}, {45, 50},
                                                        {50, 55}, {50, 60}, {50, 70}, {50, 80}};

const char *ot_sphere_method_name(enum ot_sphere_method method)
{
    static const char *const names[OT_SPHERE_METHODS] = {"rays", "source kernels", "local"};
    return names[method];
}

static double absorbed(const struct ot_mass_depth *depth, double g_per_cm2)
{
    const double at = g_per_cm2 / OT_MASS_DEPTH_STEP_G_PER_CM2;
    if (!(at < (double)depth->count)) {
        return 1.0;
    }
    const size_t n = (size_t)at;
    return (double)depth->absorbed[n] +
           (at - (double)n) * ((double)depth->absorbed[n + 1] - (double)depth->absorbed[n]);
}

/* Part of the dose deep in the liver that comes to radius r from the direction whose cosine with
 * the outward radius is mu. */
static double along(const struct ot_mass_depth *depth, double r_mm, double mu)
{
    const double cm_per_mm = 0.1;
    const double across2 = r_mm * r_mm * (1.0 - mu * mu); /* of the ray's nearest point */
    const double inside2 = RADIUS_MM * RADIUS_MM - across2;
    if (inside2 <= 0.0) {
        return 0.0;
    }
    const double out_mm = -r_mm * mu + sqrt(inside2);
    const double in_mm = fmax(0.0, -r_mm * mu - sqrt(inside2));
    if (out_mm <= 0.0) {
        return 0.0;
    }
    const double s_in = LUNG_G_PER_CM3 * in_mm * cm_per_mm;
    return absorbed(depth, s_in + LIVER_G_PER_CM3 * (out_mm - in_mm) * cm_per_mm) -
           absorbed(depth, s_in);
}

/* Mean over directions; outside the sphere only the cone that meets it counts. */
static double at_radius(const struct ot_mass_depth *depth, double r_mm, const double *point,
                        const double *weight)
{
    const double rim = r_mm > RADIUS_MM ? -sqrt(1.0 - pow(RADIUS_MM / r_mm, 2)) : 1.0;
    double sum = 0.0;
    for (int panel = 0; panel < PANELS; panel++) {
        const double lo = -1.0 + (rim + 1.0) * panel / PANELS;
        const double hi = -1.0 + (rim + 1.0) * (panel + 1) / PANELS;
        for (int q = 0; q < ORDER; q++) {
            const double mu = 0.5 * (lo + hi + point[q] * (hi - lo));
            sum += 0.25 * weight[q] * (hi - lo) * along(depth, r_mm, mu);
        }
    }
    return sum;
}

static enum ot_rc load(const char *medium, struct ot_radial_kernel **radial,
                       struct ot_mass_depth **depth, struct ot_err *err)
{
    const enum ot_rc rc = ot_kernel_table_load("Y-90", medium, radial, err);
    return rc == OT_OK ? ot_mass_depth_create(*radial, depth, err) : rc;
}

enum ot_rc ot_sphere_truth(struct ot_sphere *out, struct ot_err *err)
{
    struct ot_radial_kernel *radial = NULL;
    struct ot_mass_depth *depth = NULL;
    double point[OT_QUADRATURE_MAX];
    double weight[OT_QUADRATURE_MAX];
    const enum ot_rc rc = load("liver", &radial, &depth, err);
    ot_gauss_legendre(ORDER, point, weight);
    for (size_t shell = 0; rc == OT_OK && shell < OT_SPHERE_SHELLS; shell++) {
        const double lo = OT_SPHERE_SHELL_MM[shell][0];
        const double hi = OT_SPHERE_SHELL_MM[shell][1];
        double dose = 0.0;
        double volume = 0.0;
        for (int q = 0; q < ORDER; q++) {
            const double r_mm = 0.5 * (lo + hi + point[q] * (hi - lo));
            const double w = weight[q] * r_mm * r_mm;
            dose += w * at_radius(depth, r_mm, point, weight);
            volume += w;
        }
        out->mean_gy[shell] = GY_KG_PER_MBQ * G_PER_KG / LIVER_G_PER_CM3 * dose / volume;
    }
    ot_mass_depth_destroy(depth);
    ot_radial_kernel_destroy(radial);
    return rc;
}

struct scene {
    struct ot_grid grid;
    struct ot_volume *activity, *density, *share[2];
    float *part[OT_SPHERE_SHELLS]; /* of each voxel that lies in the shell */
    struct ot_radial_kernel *radial[2];
    struct ot_mass_depth *depth[2];
    struct ot_voxel_s *kernel[2];
    struct ot_mixed_voxel *mixed;
    size_t mixed_count;
};

static void release(struct scene *s)
{
    ot_volume_destroy(s->activity);
    ot_volume_destroy(s->density);
    for (size_t m = 0; m < 2; m++) {
        ot_volume_destroy(s->share[m]);
        ot_radial_kernel_destroy(s->radial[m]);
        ot_mass_depth_destroy(s->depth[m]);
        ot_voxel_s_destroy(s->kernel[m]);
    }
    for (size_t shell = 0; shell < OT_SPHERE_SHELLS; shell++) {
        ot_free(s->part[shell]);
    }
    ot_free(s->mixed);
}

static enum ot_rc allocate(double voxel_mm, struct scene *s, struct ot_err *err)
{
    const size_t side = 2 * (size_t)ceil((RADIUS_MM + AROUND_MM) / voxel_mm) + 1;
    *s = (struct scene){.grid = {.n = {side, side, side},
                                 .spacing_mm = {voxel_mm, voxel_mm, voxel_mm},
                                 .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}};
    enum ot_rc rc = ot_volume_create(&s->grid, OT_UNIT_BQ_PER_ML, &s->activity, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(&s->grid, OT_UNIT_G_PER_CM3, &s->density, err);
    }
    for (size_t m = 0; rc == OT_OK && m < 2; m++) {
        rc = ot_volume_create(&s->grid, OT_UNIT_NONE, &s->share[m], err);
        if (rc == OT_OK) {
            rc = load(m == 0 ? "liver" : "lung", &s->radial[m], &s->depth[m], err);
        }
        if (rc == OT_OK) {
            rc = ot_voxel_s_create(
                s->radial[m], s->grid.spacing_mm, m == 0 ? LIVER_G_PER_CM3 : LUNG_G_PER_CM3,
                ot_dose_constant_mev_per_decay(&OT_Y90_DEFAULT), 2, &s->kernel[m], err);
        }
    }
    for (size_t shell = 0; rc == OT_OK && shell < OT_SPHERE_SHELLS; shell++) {
        s->part[shell] = OT_NEW(float, ot_grid_voxel_count(&s->grid), err);
        rc = s->part[shell] != NULL ? OT_OK : OT_ERR_NOMEM;
    }
    if (rc == OT_OK) {
        s->mixed = OT_NEW(struct ot_mixed_voxel, ot_grid_voxel_count(&s->grid), err);
        rc = s->mixed != NULL ? OT_OK : OT_ERR_NOMEM;
    }
    return rc;
}

/* Fractions of one voxel by its points. */
static void fill_voxel(struct scene *s, size_t x, const double center_mm[3], double voxel_mm)
{
    const double points = (double)SUB * SUB * SUB;
    float liver = 0.0F;
    for (size_t n = 0; n < (size_t)SUB * SUB * SUB; n++) {
        const size_t at[3] = {n % SUB, n / SUB % SUB, n / (SUB * SUB)};
        double r2 = 0.0;
        for (size_t axis = 0; axis < 3; axis++) {
            const double off = ((double)at[axis] + 0.5) / SUB - 0.5;
            r2 += pow(center_mm[axis] + voxel_mm * off, 2);
        }
        const double r_mm = sqrt(r2);
        liver += r_mm < RADIUS_MM ? 1.0F : 0.0F;
        for (size_t shell = 0; shell < OT_SPHERE_SHELLS; shell++) {
            if (r_mm >= OT_SPHERE_SHELL_MM[shell][0] && r_mm < OT_SPHERE_SHELL_MM[shell][1]) {
                s->part[shell][x] += (float)(1.0 / points);
            }
        }
    }
    s->share[0]->data[x] = (float)((double)liver / points);
    s->share[1]->data[x] = 1.0F - s->share[0]->data[x];
    s->activity->data[x] = (float)BQ_PER_ML * s->share[0]->data[x];
    s->density->data[x] = (float)(LIVER_G_PER_CM3 * (double)s->share[0]->data[x] +
                                  LUNG_G_PER_CM3 * (double)s->share[1]->data[x]);
    const float lung = s->share[1]->data[x];
    if (lung > 0.0F && lung < 1.0F) {
        s->mixed[s->mixed_count++] =
            (struct ot_mixed_voxel){.voxel = x,
                                    .lung_fraction = lung,
                                    .soft_g_per_cm3 = (float)LIVER_G_PER_CM3,
                                    .lung_g_per_cm3 = (float)LUNG_G_PER_CM3};
    }
}

static enum ot_rc compute(enum ot_sphere_method method, const struct scene *s,
                          struct ot_dose_map **map, struct ot_err *err)
{
    const struct ot_dose_medium media[2] = {
        {.kernel = s->kernel[0], .share = s->share[0], .depth = s->depth[0]},
        {.kernel = s->kernel[1], .share = s->share[1], .depth = s->depth[1]}};
    const struct ot_dose_request request = {.activity = s->activity,
                                            .media = media,
                                            .media_count = 2,
                                            .density = s->density,
                                            .mixed = s->mixed,
                                            .mixed_count = s->mixed_count,
                                            .constant = OT_Y90_DEFAULT,
                                            .threads = 2};
    if (method == OT_SPHERE_LOCAL) {
        return ot_dose_local(&request, map, err);
    }
    return method == OT_SPHERE_RAYS ? ot_dose_rays(&request, map, err)
                                    : ot_dose_voxel_s(&request, map, err);
}

enum ot_rc ot_sphere_dose(enum ot_sphere_method method, double voxel_mm, struct ot_sphere *out,
                          struct ot_err *err)
{
    struct scene s;
    struct ot_dose_map *map = NULL;
    enum ot_rc rc = allocate(voxel_mm, &s, err);
    const size_t side = s.grid.n[0];
    for (size_t x = 0; rc == OT_OK && x < ot_grid_voxel_count(&s.grid); x++) {
        const double middle = 0.5 * (double)(side - 1) + 0.31; /* no symmetry of the lattice */
        const double center_mm[3] = {voxel_mm * ((double)(x % side) - middle),
                                     voxel_mm * ((double)(x / side % side) - middle),
                                     voxel_mm * ((double)(x / (side * side)) - middle)};
        fill_voxel(&s, x, center_mm, voxel_mm);
    }
    if (rc == OT_OK) {
        rc = compute(method, &s, &map, err);
    }
    for (size_t shell = 0; rc == OT_OK && shell < OT_SPHERE_SHELLS; shell++) {
        double dose = 0.0;
        double volume = 0.0;
        for (size_t m = 0; m < map->mixed_count; m++) {
            const struct ot_mixed_dose *own = &map->mixed[m];
            const float gy = shell < OT_SPHERE_LIVER_SHELLS ? own->soft_gy : own->lung_gy;
            dose += (double)s.part[shell][own->voxel] *
                    ((double)gy - (double)map->dose->data[own->voxel]);
        }
        for (size_t x = 0; x < ot_grid_voxel_count(&s.grid); x++) {
            dose += (double)s.part[shell][x] * (double)map->dose->data[x];
            volume += (double)s.part[shell][x];
        }
        out->mean_gy[shell] = dose / volume;
    }
    ot_dose_map_destroy(map);
    release(&s);
    return rc;
}
