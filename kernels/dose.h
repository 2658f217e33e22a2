/* kernels/dose.h - absorbed dose from an activity map of a nuclide that stays and decays there.
 *
 * Voxel S:  D(x) = sum over media m of tau E (f_m * c_m)(x) / rho(x)
 * rays:     the same where all voxels within the range are of one medium and one density; elsewhere
 *           D(x) = tau E e(x) / rho(x) with e of kernels/ray.h: mass depth along rays
 * local:    D(x) = tau E c(x) / rho(x)
 * with the activity concentration c at injection, c_m the part of it that lies in medium m, f_m
 * the voxel S fractions of that medium, tau E = k the dose constant, and rho the density of the
 * voxel that absorbs. What is spread is energy, so it is conserved whatever the densities.
 */
#ifndef OT_KERNELS_DOSE_H
#define OT_KERNELS_DOSE_H

#include <stddef.h>

#include "core/err.h"
#include "core/mixed_dose.h"
#include "core/volume.h"
#include "kernels/convolve.h"
#include "kernels/density.h"
#include "kernels/mass_depth.h"
#include "kernels/nuclide.h"
#include "kernels/voxel_s.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A source medium: how energy spreads from the activity in it. */
struct ot_dose_medium {
    const struct ot_voxel_s *kernel; /* borrowed */
    const struct ot_volume *share;   /* borrowed; 0..1, the part of each voxel's activity that lies
                                        in this medium; NULL: all of it */
    const struct ot_mass_depth *depth; /* borrowed; rays only: the kernel's table */
};

struct ot_dose_map {
    struct ot_volume *dose;      /* owned; Gy */
    double emitted_j;            /* sum of c V k, from the activity alone */
    double deposited_j;          /* sum of D m over the map */
    double outside_j;            /* spread beyond the grid or into voxels outside the body */
    double balance_fraction;     /* |deposited + outside - emitted| / emitted; <= 0.005 */
    enum ot_convolution used;    /* of the last medium; OT_CONVOLUTION_AUTO for local deposition */
    size_t ray_voxels;           /* whose dose came along rays */
    struct ot_mixed_dose *mixed; /* owned; rays only, in the order of the voxels; the map has the
                                    mean by mass */
    size_t mixed_count;
};

void ot_dose_map_destroy(struct ot_dose_map *map); /* NULL is fine */

/* Everything a dose map depends on; all borrowed. */
struct ot_dose_request {
    const struct ot_volume *activity;   /* OT_UNIT_BQ_PER_ML at injection; finite; negative voxels
                                           count as they are */
    const struct ot_dose_medium *media; /* media_count >= 1 (voxel S only); kernels of the
                                           activity's spacing and of the constant's energy; where
                                           there is activity the shares sum to 1 (to 1e-4) */
    size_t media_count;
    const struct ot_volume *density;    /* OT_UNIT_G_PER_CM3, same grid; > 0 where dose is given */
    const struct ot_mixed_voxel *mixed; /* rays only: voxels that are partly lung; may be NULL */
    size_t mixed_count;
    const struct ot_volume *inside; /* OT_UNIT_NONE, same grid: the fraction of each voxel that is
                                       body; a voxel of less than one half gets dose 0 and its
                                       energy counts as outside. NULL: all is body */
    struct ot_dose_constant constant;
    enum ot_convolution convolution;
    int threads; /* >= 1 */
};

/* The dose by voxel S values.
 *
 * out     owned by the caller (ot_dose_map_destroy); NULL on failure.
 * Errors: OT_ERR_UNIT, OT_ERR_GEOMETRY (grids, spacing), OT_ERR_ARG (no media, kernel of another
 *         energy), OT_ERR_RANGE (not finite, density, shares, activity that sums to nothing, energy
 *         balance above 0.5 %), OT_ERR_NOMEM, OT_ERR_EXTERNAL.
 * Threads: bits are equal for any number. */
OT_MUST_CHECK enum ot_rc ot_dose_voxel_s(const struct ot_dose_request *request,
                                         struct ot_dose_map **out, struct ot_err *err);

/* The dose by voxel S values where the surroundings are of one density (to 2 %) and of media with
 * the same table, within the depth of all but 1e-4 of the energy; by rays elsewhere.
 *
 * A voxel of `mixed` is parted by a plane: each part has its own density, dose and activity. The
 * activity per ml is parted as it is in pure voxels of both media nearby (2 voxels), evenly where
 * there are none; where `inside` leaves the voxel out it is not looked at. The media are then one
 * table of lung and one other.
 * Every source has the table of its own medium, against the mass depth to the target. Rays end at
 * the border of the body and of the grid; the energy that leaves is counted for every source on its
 * own, not as what is missing, so that the balance remains a check.
 *
 * Errors: as above, OT_ERR_ARG where a medium has no `depth`, or with more than three media.
 * Threads: bits are equal for any number. */
OT_MUST_CHECK enum ot_rc ot_dose_rays(const struct ot_dose_request *request,
                                      struct ot_dose_map **out, struct ot_err *err);

/* The dose by local deposition; `media` and `convolution` are not looked at. As above. */
OT_MUST_CHECK enum ot_rc ot_dose_local(const struct ot_dose_request *request,
                                       struct ot_dose_map **out, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_DOSE_H */
