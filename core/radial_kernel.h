/* core/radial_kernel.h - a dose point kernel as a table: energy in spherical shells. */
#ifndef OT_CORE_RADIAL_KERNEL_H
#define OT_CORE_RADIAL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_radial_kernel {
    char nuclide[16]; /* "Y-90" */
    char medium[16];  /* "water", "liver", "lung", "bone" */
    double density_g_per_cm3;
    double beta_range_mm; /* shells that end at or below it are the local (beta) part */
    size_t count;         /* shells */
    double *edge_mm;      /* owned; count + 1 radii, increasing, first 0 */
    double *energy_mev;   /* owned; energy per decay deposited in each shell, >= 0 */
    char source[160];     /* citation */
    char sha256[65];      /* of the table it was read from */
};

void ot_radial_kernel_destroy(struct ot_radial_kernel *kernel); /* NULL is fine */

/* Checks every invariant above, and that the table has no gaps.
 * Errors: OT_ERR_RANGE naming the shell. */
OT_MUST_CHECK enum ot_rc ot_radial_kernel_validate(const struct ot_radial_kernel *kernel,
                                                   struct ot_err *err);

/* Energy per decay within beta_range_mm, MeV. */
double ot_radial_kernel_beta_mev(const struct ot_radial_kernel *kernel);
/* And beyond it, within the table, MeV: absorbed bremsstrahlung. */
double ot_radial_kernel_tail_mev(const struct ot_radial_kernel *kernel);
/* True when shell n ends at or below beta_range_mm. */
bool ot_radial_kernel_is_beta(const struct ot_radial_kernel *kernel, size_t n);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_RADIAL_KERNEL_H */
