/* kernels/ray.h - energy along rays in mass depth, gathered where it is absorbed.
 *
 * Per ml of the voxel x, in the unit of the sources c_m of the kinds m:
 *     e(x) = rho(x) * mean over points of x and directions of
 *            sum over crossed voxels v and kinds m of c_m(v)/rho(v) [Phi_m(s_out) - Phi_m(s_in)],
 * the integral of rho c F_m(s) dr with sources and density constant in each voxel: Phi_m is the
 * part of a source's energy that is absorbed up to the mass depth s = int rho dr between x and it.
 * A voxel of two media is parted by a plane: rays are cut there too, and points of each part give
 * that part an energy of its own. By reciprocity that is what the sources spread, so energy is
 * conserved; in a uniform source in uniform density there is no error of the quadrature. One voxel
 * has one writer: bits are equal for any number of threads.
 */
#ifndef OT_KERNELS_RAY_H
#define OT_KERNELS_RAY_H

#include <stdint.h>

#include "core/err.h"
#include "core/grid.h"
#include "kernels/interface_plane.h"
#include "kernels/mass_depth.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { OT_RAY_KINDS = 3 }; /* the most */

/* A voxel of two media. Part 0 is the plane's inner one. */
struct ot_ray_mixed {
    size_t voxel;
    struct ot_plane plane;
    double fraction[2]; /* of the voxel; they add to 1 */
    float g_per_cm3[2];
    size_t kind[2];   /* of what each part emits */
    float source[2];  /* per ml of the part */
    double energy[2]; /* per ml of the part; filled by ot_ray_spread() where the voxel is wanted */
};

/* The same, as much of it as rays read: small, so that it stays near. */
struct ot_ray_cut {
    float normal[3], offset_mm;
    float steps_per_cm[2]; /* density in steps of the tables */
    float emission[2];     /* source over density */
    uint32_t kind[2];
};

/* What rays run through. */
struct ot_ray_scene {
    const struct ot_grid *grid; /* borrowed */
    size_t kinds;
    float *absorbed[OT_RAY_KINDS]; /* owned; Phi of each kind, all of the same length */
    size_t count;                  /* steps until all kinds are absorbed */
    double reach_g_per_cm2;        /* the farthest */
    size_t n[3];                   /* of the grid, with a wall round it */
    float *density;                /* owned; in steps of the tables per cm; walls are opaque,
                                      voxels of two media have none here */
    size_t first;                  /* index of the grid's voxel (0,0,0) */
    size_t size;                   /* of the arrays: a margin on both sides */
    double lowest_g_per_cm3;       /* of all voxels that are not outside */
    struct ot_ray_mixed *mixed;    /* borrowed */
    struct ot_ray_cut *cut;        /* owned; as `mixed` */
    int32_t *mixed_at;             /* owned; number in `mixed` + 1, or 0; NULL without any */
};

/* density_g_per_cm3  a value for each voxel; 0 outside the body, where rays end
 * depth              of 1 to OT_RAY_KINDS kinds of sources
 * scene              released by the caller (ot_ray_scene_release) in any case.
 * Errors: OT_ERR_RANGE (all is outside), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_ray_scene_init(const struct ot_grid *grid,
                                           const float *density_g_per_cm3,
                                           const struct ot_mass_depth *const *depth, size_t kinds,
                                           struct ot_ray_scene *scene, struct ot_err *err);
void ot_ray_scene_release(struct ot_ray_scene *scene);

/* Says which voxels are of two media; `mixed` is borrowed and written to by ot_ray_spread().
 * Errors: OT_ERR_RANGE (too many), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_ray_scene_part(struct ot_ray_scene *scene, struct ot_ray_mixed *mixed,
                                           size_t count, struct ot_err *err);

/* e(x) of the voxels with wanted[x] != 0, which are inside the body; the others of `energy` are
 * left as they are. For voxels of two media it is the mean over both parts.
 * source   of each kind, per ml, a value for each voxel; outside the body nothing is emitted
 * energy   in: of the voxels that are not wanted. Where no dose above 5 % of the greatest is
 *          within the range in soft tissue (12 mm, of which a lung has four times as much) a
 *          coarser quadrature is left. Few voxels that emit are gathered along more rays.
 * Errors: OT_ERR_NOMEM, OT_ERR_RANGE (rays too long). */
OT_MUST_CHECK enum ot_rc ot_ray_spread(const struct ot_ray_scene *scene, const float *const *source,
                                       const uint8_t *wanted, int threads, double *energy,
                                       struct ot_err *err);

/* The part of the energy of one kind, emitted in each voxel with wanted[x] != 0, that leaves the
 * body or the grid: the mean over its points and directions of 1 - Phi(s at the end). With many
 * voxels fewer rays are taken, since their sum is what is wanted. */
OT_MUST_CHECK enum ot_rc ot_ray_escape(const struct ot_ray_scene *scene, size_t kind,
                                       const uint8_t *wanted, int threads, double *escaped,
                                       struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_RAY_H */
