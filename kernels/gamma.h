/* kernels/gamma.h - gamma index between two dose maps on one grid. */
#ifndef OT_KERNELS_GAMMA_H
#define OT_KERNELS_GAMMA_H

#include <stddef.h>

#include "core/err.h"
#include "core/volume.h"

struct ot_gamma_criterion {
    double dose_percent;      /* of the normalization dose, > 0 */
    double distance_mm;       /* > 0 */
    double threshold_percent; /* reference voxels below this part of the normalization dose are
                                 left out; 0..100 */
    double normalization_gy;  /* > 0; NAN: the maximum of the reference (global gamma) */
};

struct ot_gamma {
    struct ot_volume *map; /* owned; -1 where not evaluated; OT_GAMMA_MOST means that or more */
    size_t evaluated;
    size_t passed; /* gamma <= 1, with 1e-6 for rounding */
    double pass_percent;
    double mean;
    double max;
    double normalization_gy;
};

#define OT_GAMMA_MOST 2.0

/* For each reference voxel r above the threshold
 *     gamma(r) = min over x of sqrt(|x - r|^2 / distance^2 + (E(x) - R(r))^2 / dose^2),
 * dose = dose_percent of the normalization dose, x anywhere between the voxel centers of the
 * evaluated map, E linear on the six tetrahedra of each cell: the minimum is found exactly, as
 * the distance from a point to simplices in four dimensions. Cells with an evaluated value that
 * is not finite (outside the evaluated map) do not take part; reference voxels there are left
 * out.
 *
 * out     map owned by the caller (ot_gamma_release); zeros on failure.
 * Errors: OT_ERR_UNIT (not Gy), OT_ERR_GEOMETRY (grids differ, an axis with one voxel),
 *         OT_ERR_ARG (criterion), OT_ERR_RANGE (no voxel above the threshold, or the reference
 *         is not finite), OT_ERR_NOMEM.
 * Threads: bits equal for every number.
 * Source: Low et al., Med Phys 1998;25:656; Ju et al., Med Phys 2008;35:879 (simplices). */
OT_MUST_CHECK enum ot_rc ot_gamma_compute(const struct ot_volume *reference,
                                          const struct ot_volume *evaluated,
                                          const struct ot_gamma_criterion *criterion, int threads,
                                          struct ot_gamma *out, struct ot_err *err);
void ot_gamma_release(struct ot_gamma *gamma); /* NULL is fine */

#endif /* OT_KERNELS_GAMMA_H */
