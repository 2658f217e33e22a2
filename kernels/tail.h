/* kernels/tail.h - the dose of bremsstrahlung far from its source.
 *
 * Y-90's photons reach 300 mm and farther and are spread thinly: 0.3 % of the energy over the whole
 * body. The radial kernel's shells beyond its beta range are spread in two parts that hand over
 * smoothly within 40 mm: the near one on the activity's voxels; the far one, which is smooth, on
 * coarse voxels, where the activity is brought with its sum kept and from where the dose is
 * brought back by linear interpolation.
 *
 * What photons give per mass hardly depends on the density of what absorbs (energy fluence times
 * mu_en/rho), so it is dose that is spread, not energy: as the table's medium would get it, at
 * geometric distance, with the attenuation of that medium.
 */
#ifndef OT_KERNELS_TAIL_H
#define OT_KERNELS_TAIL_H

#include "core/err.h"
#include "core/radial_kernel.h"
#include "core/volume.h"
#include "kernels/nuclide.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_tail {
    struct ot_volume *dose; /* owned; Gy */
    double energy_mev;      /* per decay, between from_mm and to_mm, scaled as the beta part */
    double from_mm, to_mm;
    double coarse_mm;   /* size of the coarse voxels */
    double emitted_j;   /* sum of the activity, decayed, times energy_mev */
    double deposited_j; /* sum of dose times mass over the map; the rest is absorbed elsewhere */
};

void ot_tail_destroy(struct ot_tail *tail); /* NULL is fine */

/* Everything it depends on; all borrowed. */
struct ot_tail_request {
    const struct ot_volume *activity;      /* OT_UNIT_BQ_PER_ML at injection; finite */
    const struct ot_radial_kernel *radial; /* of soft tissue, with shells beyond its beta range */
    const struct ot_volume *density;       /* OT_UNIT_G_PER_CM3, same grid; for deposited_j */
    const struct ot_volume *inside;   /* as in struct ot_dose_request: outside there is no dose */
    struct ot_dose_constant constant; /* scales the table's beta part, and the tail with it */
    double coarse_mm;                 /* 0: OT_TAIL_COARSE_MM */
    int threads;                      /* >= 1 */
};

extern const double OT_TAIL_COARSE_MM;

/* out     owned by the caller (ot_tail_destroy); NULL on failure.
 * Accuracy: within 1 % of the greatest tail dose of the plain sum over the activity's voxels, the
 *         sum over the map within 1e-3.
 * Errors: OT_ERR_UNIT, OT_ERR_GEOMETRY (grids), OT_ERR_ARG (dose constant, coarse voxels, threads),
 *         OT_ERR_RANGE (activity not finite, a kernel without energy from its beta range to beyond
 *         40 mm, voxels too small for it), OT_ERR_NOMEM, OT_ERR_EXTERNAL.
 * Threads: bits are equal for any number. */
OT_MUST_CHECK enum ot_rc ot_tail_make(const struct ot_tail_request *request, struct ot_tail **out,
                                      struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_TAIL_H */
