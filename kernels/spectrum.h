/* kernels/spectrum.h - the energies of beta particles.
 *
 * With W = T/m + 1, p^2 = W^2 - 1, W0 = Q/m + 1, q = W0 - W in units of the electron's mass, Z that
 * of the daughter, R its radius, g_k = sqrt(k^2 - (alpha Z)^2) and eta = alpha Z W / p:
 *     N(T) ~ p W q^2 F0(Z,W) C(W)
 *     F0 = 2 (1 + g1) (2 p R)^(2 (g1 - 1)) e^(pi eta) |Gamma(g1 + i eta)|^2 / Gamma(2 g1 + 1)^2
 *     C = 1 (allowed) or q^2 + lambda2 p^2 (unique first forbidden)
 *     lambda2 = 72 (2 + g2)/(1 + g1) [Gamma(2 g1 + 1)/Gamma(2 g2 + 1)]^2
 *               |Gamma(g2 + i eta)/Gamma(g1 + i eta)|^2 (2 p R)^(2 (g2 - g1 - 1))
 * lambda2 = 1 for Z = 0; taking it as 1 for Y-90 makes the spectrum 1.5 % too hard. Screening and
 * radiative corrections are left out (0.3 % of any point of Y-90 above 50 keV).
 */
#ifndef OT_KERNELS_SPECTRUM_H
#define OT_KERNELS_SPECTRUM_H

#include "core/err.h"
#include "core/radionuclide.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_spectrum {
    int daughter_z;
    int mass_number;
    size_t count;
    struct {
        double end_point_mev;
        double per_decay;
        double mean_mev; /* of one electron, by the formula */
        double norm;     /* 1 / integral of p W q^2 F0 C over T */
        enum ot_beta_shape shape;
    } branch[OT_BETA_BRANCH_MAX];
    double mean_mev_per_decay; /* sum over the branches */
};

/* The spectrum of a nuclide's beta minus branches.
 * Errors: OT_ERR_ARG (the nuclide has none), OT_ERR_RANGE (ot_radionuclide_validate()). */
OT_MUST_CHECK enum ot_rc ot_spectrum_make(const struct ot_radionuclide *nuclide,
                                          struct ot_spectrum *out, struct ot_err *err);

/* Electrons per decay and MeV at kinetic energy `t_mev`; 0 outside 0..Q. */
double ot_spectrum_per_mev(const struct ot_spectrum *spectrum, double t_mev);

/* lambda2 of the daughter at kinetic energy t_mev > 0. */
double ot_spectrum_lambda2(int daughter_z, int mass_number, double t_mev);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_SPECTRUM_H */
