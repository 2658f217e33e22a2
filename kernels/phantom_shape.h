/* kernels/phantom_shape.h - the smooth bodies that the synthetic patient is made of.
 *
 * Patient coordinates, LPS+ mm. Volumes are closed formulas where there is one, else integrals
 * along exact chords.
 */
#ifndef OT_KERNELS_PHANTOM_SHAPE_H
#define OT_KERNELS_PHANTOM_SHAPE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/voi.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_shape {
    double center_mm[3];
    double semi_mm[3]; /* semi-axes along x, y, z; of a cylinder: two radii and half its height */
    bool cylinder;     /* elliptic cylinder along z; else an ellipsoid */
};

/* The half-space normal . x >= offset. */
struct ot_halfspace {
    double normal[3]; /* unit length */
    double offset_mm;
};

/* Here, so that the sampling loops can inline them. */
static inline bool ot_shape_holds(const struct ot_shape *shape, const double point_mm[3])
{
    const double dx_mm = point_mm[0] - shape->center_mm[0];
    const double dy_mm = point_mm[1] - shape->center_mm[1];
    const double dz_mm = point_mm[2] - shape->center_mm[2];
    /* Most points are outside the box: no division for them. */
    if (fabs(dx_mm) > shape->semi_mm[0] || fabs(dy_mm) > shape->semi_mm[1] ||
        fabs(dz_mm) > shape->semi_mm[2]) {
        return false;
    }
    const double x = dx_mm / shape->semi_mm[0];
    const double y = dy_mm / shape->semi_mm[1];
    const double z = dz_mm / shape->semi_mm[2];
    if (shape->cylinder) {
        return x * x + y * y <= 1.0;
    }
    return x * x + y * y + z * z <= 1.0;
}

static inline bool ot_halfspace_holds(const struct ot_halfspace *half, const double point_mm[3])
{
    return half->normal[0] * point_mm[0] + half->normal[1] * point_mm[1] +
               half->normal[2] * point_mm[2] >=
           half->offset_mm;
}

/* How a ball lies to a body. `CUT` may be said of a ball that is near but not cut. */
enum ot_side { OT_SIDE_OUT = 0, OT_SIDE_IN, OT_SIDE_CUT };
enum ot_side ot_shape_side(const struct ot_shape *shape, const double center_mm[3],
                           double radius_mm);
enum ot_side ot_halfspace_side(const struct ot_halfspace *half, const double center_mm[3],
                               double radius_mm);

/* 4/3 pi abc, or 2 pi abh. */
double ot_shape_volume_ml(const struct ot_shape *shape);
/* The part of an ellipsoid in a half-space: 4/3 pi abc (1-t)^2 (2+t)/4, t = (offset - n.c)/|m|,
 * m = (n_x a, n_y b, n_z c). Pre: no cylinder. */
double ot_shape_part_volume_ml(const struct ot_shape *ellipsoid, const struct ot_halfspace *half);
/* What two ellipsoids share: midpoint sum of exact chords along x, about 1e-6 of the volume. */
double ot_shape_shared_volume_ml(const struct ot_shape *a, const struct ot_shape *b);

/* The ellipse that a plane z cuts out; false where there is none. */
struct ot_ellipse {
    double center_mm[2];
    double semi_mm[2];
};
bool ot_shape_section(const struct ot_shape *shape, double z_mm, struct ot_ellipse *section);

/* Polygons in the plane z, added to `set`. An ellipse becomes a polygon of equal area; corners
 * lie about 1.5 mm apart.
 * Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_section_ellipse(const struct ot_ellipse *ellipse, double z_mm,
                                            struct ot_contour_set *set, struct ot_err *err);
/* The part of the ellipse's polygon in a half-space. */
OT_MUST_CHECK enum ot_rc ot_section_part(const struct ot_ellipse *ellipse,
                                         const struct ot_halfspace *half, double z_mm,
                                         struct ot_contour_set *set, struct ot_err *err);
/* `ellipse` without `hole`: pieces where they cross, two nested polygons (the inner one is a
 * hole) where `hole` lies inside. */
OT_MUST_CHECK enum ot_rc ot_section_without(const struct ot_ellipse *ellipse,
                                            const struct ot_ellipse *hole, double z_mm,
                                            struct ot_contour_set *set, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_PHANTOM_SHAPE_H */
