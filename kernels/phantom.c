/* kernels/phantom.c - the anatomy of the synthetic patient, its volumes and activities. */
#include "kernels/phantom.h"

#include <math.h>
#include <string.h>

/* Densities of the contract (interface.md, "density"). */
static const double LIVER_G_PER_ML = 1.05;
static const double LUNG_G_PER_ML = 0.26;
static const double BODY_G_PER_ML = 1.04;

#define ELLIPSOID(x, y, z, a, b, c) \
    { \
        .center_mm = {x, y, z}, .semi_mm = { a, b, c } \
    }
#define CYLINDER(x, y, z, a, b, h) \
    { \
        .center_mm = {x, y, z}, .semi_mm = {a, b, h}, .cylinder = true \
    }
#define AXIAL_GRID(nx, ny, nz, dx, dy, dz, x, y, z) \
    { \
        .n = {nx, ny, nz}, .spacing_mm = {dx, dy, dz}, .origin_mm = {x, y, z}, .dir = { \
            {1, 0, 0}, \
            {0, 1, 0}, \
            {0, 0, 1} \
        } \
    }

/* The grids have different spacings and no common origin, so that a lost offset shows. The plane
 * between the angiosomes runs along z, so that contours on slices can follow it exactly: the cold
 * angiosome lives from its neighbor, and 0.01 mm at their border is 1 % of its dose. */
static const struct ot_phantom PRESETS[] = {
    {
        .preset = "small", /* 22 mm of body between liver and lungs */
        .body = CYLINDER(0, 0, 0, 142, 100, 130),
        .spine = CYLINDER(0, 68, 0, 18, 16, 130),
        .lung = {ELLIPSOID(-65, 5, 75, 50, 65, 50), ELLIPSOID(65, 5, 75, 48, 63, 50)},
        .liver = ELLIPSOID(-25, 5, -55, 88, 62, 58),
        .tumor = {ELLIPSOID(-62, 8, -60, 26, 24, 23), ELLIPSOID(-40, 15, -20, 16, 15.5, 15),
                  ELLIPSOID(-45, -12, -95, 10.5, 10.5, 10.5)},
        .rha = {.normal = {-1, 0.35, 0}, .offset_mm = 6.4},
        .tn_ratio = {5, 4, 3},
        .activity_gbq = 2.6,
        .residual_fraction = 0.01,
        .lung_shunt_fraction = 0.05,
        .spect = AXIAL_GRID(64, 64, 56, 4.8, 4.8, 4.8, -150.3, -151.9, -131.1),
        .ct = AXIAL_GRID(192, 192, 104, 1.6, 1.6, 2.5, -152.8, -152.8, -128.75),
        .pet = AXIAL_GRID(76, 76, 88, 4.07283, 4.07283, 3, -152.3, -153.1, -130.9),
    },
    {
        .preset = "clinical", /* the liver's dome reaches into the right lung */
        .body = CYLINDER(0, 0, 0, 175, 120, 200),
        .spine = CYLINDER(0, 84, 0, 21, 19, 200),
        .lung = {ELLIPSOID(-80, 5, 60, 62, 82, 95), ELLIPSOID(78, 5, 65, 55, 80, 90)},
        .liver = ELLIPSOID(-30, 5, -70, 100, 70, 68),
        .tumor = {ELLIPSOID(-75, 8, -78, 30, 28.5, 28), ELLIPSOID(-48, 18, -32, 19, 18.5, 18),
                  ELLIPSOID(-50, -15, -115, 13.6, 13.4, 13.2)},
        .rha = {.normal = {-1, 0.35, 0}, .offset_mm = 6.1},
        .tn_ratio = {5, 4, 3},
        .activity_gbq = 3.9,
        .residual_fraction = 0.01,
        .lung_shunt_fraction = 0.06,
        .spect = AXIAL_GRID(128, 128, 128, 4.42, 4.42, 4.42, -281.7, -279.3, -283.4),
        .ct = AXIAL_GRID(512, 512, 200, 0.9765625, 0.9765625, 2, -249.5, -249.5, -199),
        .pet = AXIAL_GRID(200, 200, 109, 4.07283, 4.07283, 3, -405.7, -404.2, -161.6),
    },
};

const struct ot_phantom_voi ot_phantom_vois[] = {
    {"liver", OT_ROLE_LIVER, OT_PART_LIVER, 0, 0, true},
    {"RHA", OT_ROLE_PERFUSED, OT_PART_RHA, 0, 0, true},
    {"T1", OT_ROLE_TUMOR, OT_PART_T1, 0, 0, true},
    {"T2", OT_ROLE_TUMOR, OT_PART_T2, 0, 0, true},
    {"T3", OT_ROLE_TUMOR, OT_PART_T3, 0, 0, true},
    {"tumor", OT_ROLE_TUMOR, OT_PART_LIVER, OT_PART_TUMORS, 0, false},
    {"lungs", OT_ROLE_LUNGS, OT_PART_LUNGS, 0, 0, true},
    {"body", OT_ROLE_BODY, OT_PART_BODY, 0, 0, true},
    {"normal_perfused", OT_ROLE_NORMAL_PERFUSED, OT_PART_RHA, 0, OT_PART_TUMORS, false},
    {"normal_liver", OT_ROLE_NORMAL_LIVER, OT_PART_LIVER, 0, OT_PART_TUMORS, false},
    {"nonperfused_liver", OT_ROLE_NONPERFUSED_LIVER, OT_PART_LIVER, 0, OT_PART_RHA, false},
};
const size_t ot_phantom_voi_count = sizeof ot_phantom_vois / sizeof ot_phantom_vois[0];

enum ot_rc ot_phantom_preset(const char *name, struct ot_phantom *phantom, struct ot_err *err)
{
    for (size_t n = 0; n < sizeof PRESETS / sizeof PRESETS[0]; n++) {
        if (strcmp(name, PRESETS[n].preset) == 0) {
            *phantom = PRESETS[n];
            double length2 = 0.0;
            for (size_t r = 0; r < 3; r++) {
                length2 += phantom->rha.normal[r] * phantom->rha.normal[r];
            }
            for (size_t r = 0; r < 3; r++) {
                phantom->rha.normal[r] /= sqrt(length2);
            }
            for (size_t side = 0; side < 2; side++) { /* a sum of millions of chords: once */
                phantom->lungs_ml +=
                    ot_shape_volume_ml(&phantom->lung[side]) -
                    ot_shape_shared_volume_ml(&phantom->lung[side], &phantom->liver);
            }
            return OT_OK;
        }
    }
    return ot_fail(err, OT_ERR_ARG, "preset '%.20s' is not known; there are small and clinical",
                   name);
}

static const unsigned TUMOR_BIT[OT_PHANTOM_TUMORS] = {OT_PART_T1, OT_PART_T2, OT_PART_T3};

unsigned ot_phantom_parts_at(const struct ot_phantom *phantom, const double point_mm[3])
{
    if (!ot_shape_holds(&phantom->body, point_mm)) {
        return 0;
    }
    unsigned parts = OT_PART_BODY;
    if (ot_shape_holds(&phantom->liver, point_mm)) {
        parts |= OT_PART_LIVER;
        if (ot_halfspace_holds(&phantom->rha, point_mm)) {
            parts |= OT_PART_RHA;
            for (size_t t = 0; t < OT_PHANTOM_TUMORS; t++) {
                parts |= ot_shape_holds(&phantom->tumor[t], point_mm) ? TUMOR_BIT[t] : 0U;
            }
        }
    } else if (ot_shape_holds(&phantom->lung[0], point_mm) ||
               ot_shape_holds(&phantom->lung[1], point_mm)) {
        parts |= OT_PART_LUNGS;
    } else if (ot_shape_holds(&phantom->spine, point_mm)) {
        parts |= OT_PART_SPINE;
    }
    return parts;
}

double ot_phantom_density_g_per_ml(unsigned parts)
{
    if ((parts & OT_PART_LIVER) != 0) {
        return LIVER_G_PER_ML;
    }
    if ((parts & OT_PART_LUNGS) != 0) {
        return LUNG_G_PER_ML;
    }
    return (parts & OT_PART_BODY) != 0 ? BODY_G_PER_ML : 0.0;
}

bool ot_phantom_voi_holds(const struct ot_phantom_voi *voi, unsigned parts)
{
    return (parts & voi->all) == voi->all && (voi->any == 0 || (parts & voi->any) != 0) &&
           (parts & voi->none) == 0;
}

/* Volumes of the disjoint tissues, ml. */
struct tissues {
    double normal, cold, tumor[OT_PHANTOM_TUMORS], tumors, lungs, rest;
};

static struct tissues tissues_of(const struct ot_phantom *phantom)
{
    struct tissues v = {0};
    for (size_t t = 0; t < OT_PHANTOM_TUMORS; t++) {
        v.tumor[t] = ot_shape_volume_ml(&phantom->tumor[t]);
        v.tumors += v.tumor[t];
    }
    const double rha = ot_shape_part_volume_ml(&phantom->liver, &phantom->rha);
    v.normal = rha - v.tumors;
    v.cold = ot_shape_volume_ml(&phantom->liver) - rha;
    v.lungs = phantom->lungs_ml;
    v.rest = ot_shape_volume_ml(&phantom->body) - rha - v.cold - v.lungs;
    return v;
}

/* Sums `each` tissue's amount per ml over the tissues of a VOI. */
static double sum_over(const struct tissues *v, const struct ot_phantom_voi *voi,
                       const struct ot_phantom_concentrations *liver, double cold, double rest)
{
    const unsigned in_liver = OT_PART_BODY | OT_PART_LIVER;
    double sum = 0.0;
    sum += ot_phantom_voi_holds(voi, in_liver | OT_PART_RHA) ? liver->normal * v->normal : 0.0;
    sum += ot_phantom_voi_holds(voi, in_liver) ? cold * v->cold : 0.0;
    for (size_t t = 0; t < OT_PHANTOM_TUMORS; t++) {
        const unsigned here = in_liver | OT_PART_RHA | TUMOR_BIT[t];
        sum += ot_phantom_voi_holds(voi, here) ? liver->tumor[t] * v->tumor[t] : 0.0;
    }
    sum += ot_phantom_voi_holds(voi, OT_PART_BODY | OT_PART_LUNGS) ? liver->lungs * v->lungs : 0.0;
    sum += ot_phantom_voi_holds(voi, OT_PART_BODY) ? rest * v->rest : 0.0;
    return sum;
}

double ot_phantom_volume_ml(const struct ot_phantom *phantom, const struct ot_phantom_voi *voi)
{
    const struct tissues v = tissues_of(phantom);
    const struct ot_phantom_concentrations one = {1, {1, 1, 1}, 1};
    return sum_over(&v, voi, &one, 1.0, 1.0);
}

double ot_phantom_mass_g(const struct ot_phantom *phantom, const struct ot_phantom_voi *voi)
{
    const struct tissues v = tissues_of(phantom);
    const double rho = LIVER_G_PER_ML;
    const struct ot_phantom_concentrations mass = {rho, {rho, rho, rho}, LUNG_G_PER_ML};
    return sum_over(&v, voi, &mass, rho, BODY_G_PER_ML);
}

double ot_phantom_activity_gbq(const struct ot_phantom *phantom, const struct ot_phantom_voi *voi)
{
    const struct tissues v = tissues_of(phantom);
    const struct ot_phantom_concentrations c = ot_phantom_concentrations(phantom);
    return sum_over(&v, voi, &c, 0.0, 0.0);
}

struct ot_phantom_concentrations ot_phantom_concentrations(const struct ot_phantom *phantom)
{
    const struct tissues v = tissues_of(phantom);
    const double injected_gbq = phantom->activity_gbq * (1.0 - phantom->residual_fraction);
    double weighted_ml = v.normal;
    for (size_t t = 0; t < OT_PHANTOM_TUMORS; t++) {
        weighted_ml += phantom->tn_ratio[t] * v.tumor[t];
    }
    struct ot_phantom_concentrations c = {
        .normal = injected_gbq * (1.0 - phantom->lung_shunt_fraction) / weighted_ml,
        .lungs = injected_gbq * phantom->lung_shunt_fraction / v.lungs,
    };
    for (size_t t = 0; t < OT_PHANTOM_TUMORS; t++) {
        c.tumor[t] = c.normal * phantom->tn_ratio[t];
    }
    return c;
}

double ot_phantom_concentration_of(const struct ot_phantom_concentrations *of, unsigned parts)
{
    if ((parts & OT_PART_LUNGS) != 0) {
        return of->lungs;
    }
    for (size_t t = 0; t < OT_PHANTOM_TUMORS; t++) {
        if ((parts & TUMOR_BIT[t]) != 0) {
            return of->tumor[t];
        }
    }
    return (parts & OT_PART_RHA) != 0 ? of->normal : 0.0;
}

enum ot_rc ot_phantom_section(const struct ot_phantom *phantom, const struct ot_phantom_voi *voi,
                              double z_mm, struct ot_contour_set *set, struct ot_err *err)
{
    struct ot_ellipse at = {0};
    struct ot_ellipse liver = {0};
    if (voi->role == OT_ROLE_LUNGS) {
        const bool both = ot_shape_section(&phantom->liver, z_mm, &liver);
        for (size_t n = 0; n < 2; n++) {
            if (!ot_shape_section(&phantom->lung[n], z_mm, &at)) {
                continue;
            }
            enum ot_rc rc = both ? ot_section_without(&at, &liver, z_mm, set, err)
                                 : ot_section_ellipse(&at, z_mm, set, err);
            if (rc != OT_OK) {
                return rc;
            }
        }
        return OT_OK;
    }
    if (voi->role == OT_ROLE_PERFUSED) {
        return ot_shape_section(&phantom->liver, z_mm, &at)
                   ? ot_section_part(&at, &phantom->rha, z_mm, set, err)
                   : OT_OK;
    }
    const struct ot_shape *shape = voi->role == OT_ROLE_BODY ? &phantom->body : &phantom->liver;
    for (size_t t = 0; t < OT_PHANTOM_TUMORS; t++) {
        shape = voi->all == TUMOR_BIT[t] ? &phantom->tumor[t] : shape;
    }
    return ot_shape_section(shape, z_mm, &at) ? ot_section_ellipse(&at, z_mm, set, err) : OT_OK;
}
