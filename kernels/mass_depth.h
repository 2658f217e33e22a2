/* kernels/mass_depth.h - a radial kernel as a function of the mass between two points.
 *
 * Electrons in tissues of like composition obey the density scaling theorem along each path: how
 * much is absorbed up to a point depends on s = int rho dr alone.
 */
#ifndef OT_KERNELS_MASS_DEPTH_H
#define OT_KERNELS_MASS_DEPTH_H

#include <stddef.h>

#include "core/err.h"
#include "core/radial_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Step of every table, so that several are read with one index. */
extern const double OT_MASS_DEPTH_STEP_G_PER_CM2;

struct ot_mass_depth {
    size_t count;           /* steps until all is absorbed */
    float *absorbed;        /* owned; count + 1: the part of the energy absorbed up to s = n steps;
                               the first is 0, the last 1 */
    double reach_g_per_cm2; /* all but 1e-4 of the energy is absorbed before */
    char medium[16];
};

/* Only shells within the beta range are used, scaled to a sum of 1; the energy of a shell is spread
 * evenly over its thickness.
 * out     owned by the caller (ot_mass_depth_destroy); NULL on failure.
 * Errors: as ot_radial_kernel_validate(), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_mass_depth_create(const struct ot_radial_kernel *radial,
                                              struct ot_mass_depth **out, struct ot_err *err);
void ot_mass_depth_destroy(struct ot_mass_depth *depth); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_MASS_DEPTH_H */
