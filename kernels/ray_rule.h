/* kernels/ray_rule.h - the fixed quadrature over a voxel's points and all directions, as rays that
 * are already cut at the faces of a lattice.
 *
 * A rule has several sets of rays, each a quadrature of its own; together they are a finer one.
 * Directions of a set are a Fibonacci lattice on an octant, points the additive sequence of the
 * root of x^4 = x + 1; each ray is followed as eight by mirroring all axes, so that odd errors
 * vanish: mirrored rays have the same steps with other signs, so that one is kept for all eight.
 * Sets differ by shifts in all five dimensions, the additive sequence of the root of x^6 = x + 1
 * (Roberts' R sequences).
 */
#ifndef OT_KERNELS_RAY_RULE_H
#define OT_KERNELS_RAY_RULE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A piece of a ray within one voxel. */
struct ot_ray_step {
    float length_cm;
    float entry_mm[3];  /* where it begins, from the center of its voxel */
    uint16_t offset[3]; /* of its voxel from the one that the ray starts in */
};

/* A ray whose direction has no negative component. */
struct ot_ray {
    const struct ot_ray_step *step; /* borrowed from the rule; the first is in the own voxel */
    size_t count;
    double point_mm[3]; /* start, from the center of the own voxel along i, j, k */
    double direction[3];
};

enum { OT_RAY_MIRRORS = 8 };

struct ot_ray_rule {
    size_t sets;
    size_t points;            /* of each set: so many rays, each with its mirrors */
    struct ot_ray *ray;       /* owned; sets * points */
    struct ot_ray_step *step; /* owned */
};

/* -1 or 1: the sign that a mirror gives to all that a ray has along an axis. */
int ot_ray_mirror_sign(size_t mirror, size_t axis);

/* sets * points rays of length_mm on a lattice of spacing_mm.
 * out     owned by the caller (ot_ray_rule_destroy); NULL on failure.
 * Errors: OT_ERR_RANGE (longer than 32767 voxels), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_ray_rule_create(const double spacing_mm[3], double length_mm,
                                            size_t sets, size_t points, struct ot_ray_rule **out,
                                            struct ot_err *err);
void ot_ray_rule_destroy(struct ot_ray_rule *rule); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_RAY_RULE_H */
