/* kernels/spectrum.c - beta spectra in closed form, in logarithms so that low energies hold. */
#include "kernels/spectrum.h"

#include <math.h>

#include "kernels/log_gamma.h"
#include "kernels/quadrature.h"

static const double PI = 3.14159265358979323846;
/* CODATA 2018. */
static const double FINE_STRUCTURE = 7.2973525693e-3;
static const double ELECTRON_MEV = 0.51099895;
static const double COMPTON_FM = 386.15926796;
/* Radius of a nucleus of one nucleon, fm; r0 A^(1/3) (Krane, Introductory Nuclear Physics). */
static const double NUCLEON_RADIUS_FM = 1.2;
static const double LAMBDA2_AT_Z_0 = 72.0; /* makes lambda2 1 where there is no charge */

enum { PANELS = 8, ORDER = 24 };

/* What depends on the daughter alone, in units of the electron's mass. */
struct nucleus {
    double alpha_z;
    double g1, g2;
    double log_2r;
};

static struct nucleus nucleus_of(int z, int mass_number)
{
    const double alpha_z = FINE_STRUCTURE * z;
    return (struct nucleus){.alpha_z = alpha_z,
                            .g1 = sqrt(1.0 - alpha_z * alpha_z),
                            .g2 = sqrt(4.0 - alpha_z * alpha_z),
                            .log_2r =
                                log(2.0 * NUCLEON_RADIUS_FM * cbrt(mass_number) / COMPTON_FM)};
}

/* ln(p^(2g - 1) e^(pi eta) |Gamma(g + i eta)|^2), which stays finite as p falls to 0: there
 * |Gamma|^2 -> 2 pi eta^(2g - 1) e^(-pi eta). */
static double log_coulomb(const struct nucleus *nucleus, double g, double w, double p)
{
    static const double slow = 1e-6; /* of p: the limit is exact to p^2 */
    const double power = 2.0 * g - 1.0;
    if (p < slow) {
        return log(2.0 * PI) + power * log(nucleus->alpha_z * w);
    }
    const double eta = nucleus->alpha_z * w / p;
    return power * log(p) + PI * eta + 2.0 * ot_log_gamma_modulus(g, eta);
}

/* lambda2 p^2. */
static double lambda2_p2(const struct nucleus *n, double w, double p)
{
    const double log_ratio = log_coulomb(n, n->g2, w, p) - log_coulomb(n, n->g1, w, p) +
                             2.0 * (n->g2 - n->g1 - 1.0) * n->log_2r +
                             2.0 * (ot_log_gamma_modulus(2.0 * n->g1 + 1.0, 0.0) -
                                    ot_log_gamma_modulus(2.0 * n->g2 + 1.0, 0.0));
    return LAMBDA2_AT_Z_0 * (2.0 + n->g2) / (1.0 + n->g1) * exp(log_ratio);
}

double ot_spectrum_lambda2(int daughter_z, int mass_number, double t_mev)
{
    const struct nucleus nucleus = nucleus_of(daughter_z, mass_number);
    const double w = t_mev / ELECTRON_MEV + 1.0;
    const double p = sqrt(w * w - 1.0);
    return lambda2_p2(&nucleus, w, p) / (p * p);
}

/* p W q^2 F0 C, not normalized. */
static double shape_at(const struct nucleus *n, enum ot_beta_shape shape, double end_point_mev,
                       double t_mev)
{
    if (!(t_mev >= 0.0 && t_mev < end_point_mev)) {
        return 0.0;
    }
    const double w = t_mev / ELECTRON_MEV + 1.0;
    const double p = sqrt(w * w - 1.0);
    const double q = (end_point_mev - t_mev) / ELECTRON_MEV;
    const double p_fermi = 2.0 * (1.0 + n->g1) *
                           exp(2.0 * (n->g1 - 1.0) * n->log_2r + log_coulomb(n, n->g1, w, p) -
                               2.0 * ot_log_gamma_modulus(2.0 * n->g1 + 1.0, 0.0));
    const double c = shape == OT_BETA_ALLOWED ? 1.0 : q * q + lambda2_p2(n, w, p);
    return p_fermi * w * q * q * c;
}

enum ot_rc ot_spectrum_make(const struct ot_radionuclide *nuclide, struct ot_spectrum *out,
                            struct ot_err *err)
{
    double point[OT_QUADRATURE_MAX];
    double weight[OT_QUADRATURE_MAX];
    const enum ot_rc rc = ot_radionuclide_validate(nuclide, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (nuclide->beta_count == 0) {
        return ot_fail(err, OT_ERR_ARG, "%s emits no beta particles", nuclide->name);
    }
    *out = (struct ot_spectrum){.daughter_z = nuclide->atomic_number + 1,
                                .mass_number = nuclide->mass_number,
                                .count = nuclide->beta_count};
    const struct nucleus nucleus = nucleus_of(out->daughter_z, out->mass_number);
    ot_gauss_legendre(ORDER, point, weight);
    for (size_t n = 0; n < nuclide->beta_count; n++) {
        const struct ot_beta_branch *beta = &nuclide->beta[n];
        const double width = beta->end_point_mev / PANELS;
        double integral = 0.0;
        double moment = 0.0;
        for (size_t at = 0; at < (size_t)PANELS * ORDER; at++) {
            const size_t k = at % ORDER;
            const double t = width * ((double)(at / ORDER) + 0.5 * (1.0 + point[k]));
            const double part =
                0.5 * width * weight[k] * shape_at(&nucleus, beta->shape, beta->end_point_mev, t);
            integral += part;
            moment += part * t;
        }
        out->branch[n].end_point_mev = beta->end_point_mev;
        out->branch[n].per_decay = beta->per_decay;
        out->branch[n].shape = beta->shape;
        out->branch[n].norm = 1.0 / integral;
        out->branch[n].mean_mev = moment / integral;
        out->mean_mev_per_decay += beta->per_decay * out->branch[n].mean_mev;
    }
    return OT_OK;
}

double ot_spectrum_per_mev(const struct ot_spectrum *spectrum, double t_mev)
{
    const struct nucleus nucleus = nucleus_of(spectrum->daughter_z, spectrum->mass_number);
    double sum = 0.0;
    for (size_t n = 0; n < spectrum->count; n++) {
        sum +=
            spectrum->branch[n].per_decay * spectrum->branch[n].norm *
            shape_at(&nucleus, spectrum->branch[n].shape, spectrum->branch[n].end_point_mev, t_mev);
    }
    return sum;
}
