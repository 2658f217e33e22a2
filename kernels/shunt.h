/* kernels/shunt.h - lung shunt fraction from planar views and from SPECT/CT, with uncertainty.
 *
 * F = L / (L + H), L and H the activity of lungs and liver (H: hepar) in any common unit.
 * Independent errors of L and H give u(F) = F (1 - F) sqrt(u(L)^2/L^2 + u(H)^2/H^2).
 */
#ifndef OT_KERNELS_SHUNT_H
#define OT_KERNELS_SHUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/volume.h"

/* A sum of counts and its variance, of Poisson statistics where it is untouched. */
struct ot_counts {
    double sum;
    double variance;
};

/* Sum of weights * values, variance sum of weights^2 * values (values are counts). */
struct ot_counts ot_counts_in(const struct ot_volume *values, const struct ot_volume *weights);

enum ot_scatter_method { OT_SCATTER_NONE, OT_SCATTER_DUAL, OT_SCATTER_TRIPLE };

struct ot_scatter_windows {
    double main_kev, lower_kev, upper_kev; /* widths; upper only for triple */
};

/* Counts of the main window less scatter:
 *   dual    M - (L / w_L) w_M / 2
 *   triple  M - (L / w_L + U / w_U) w_M / 2
 * with the variances of all. lower, upper: not looked at where the method has none.
 * Source: Ogawa et al., IEEE Trans Med Imaging 1991;10:408; fact sheet 4. */
struct ot_counts ot_counts_less_scatter(const struct ot_counts *main, const struct ot_counts *lower,
                                        const struct ot_counts *upper,
                                        enum ot_scatter_method method,
                                        const struct ot_scatter_windows *windows);

/* Less the background's counts per pixel times the region's pixels. */
struct ot_counts ot_counts_less_background(const struct ot_counts *region, double pixels,
                                           const struct ot_counts *background,
                                           double background_pixels);

/* sqrt(anterior * posterior): attenuation of a source cancels, wherever it lies in depth.
 * Errors: OT_ERR_RANGE when one is not above 0. */
OT_MUST_CHECK enum ot_rc ot_counts_geometric_mean(const struct ot_counts *anterior,
                                                  const struct ot_counts *posterior,
                                                  struct ot_counts *mean, struct ot_err *err);

/* A shunt fraction and the parts of its standard uncertainty, all as fractions (0..1). */
struct ot_shunt {
    double fraction;
    double u_counting; /* noise, and for SPECT how even the uptake is that stands for the unseen */
    double u_region;   /* the border of the regions, one pixel or voxel either way */
    double u_method;   /* attenuation and scatter, as the method fared against a better one */
    double u;          /* all together */
};

/* F and u_counting. Errors: OT_ERR_RANGE (liver not above 0, lungs below 0). */
OT_MUST_CHECK enum ot_rc ot_shunt_fraction(const struct ot_counts *lungs,
                                           const struct ot_counts *liver, struct ot_shunt *shunt,
                                           struct ot_err *err);

/* u_region of results with a region grown and shrunk: |F+ - F-| / (2 sqrt 3), the standard
 * uncertainty of a border that lies anywhere between. */
double ot_shunt_u_between(double grown, double shrunk);

/* u_method, and u of all parts.
 * planar  0.0413: limits of agreement of 8.1 points between the geometric mean and SPECT/CT,
 *         8.1 / 1.96 (Bastiaannet); the mean bias, 2.7 points too high, is not corrected.
 * else    F * 0.13 / sqrt 3: SPECT/CT within 13 % of the truth in phantoms (Allred 2018). */
void ot_shunt_finish(struct ot_shunt *shunt, bool planar);

/* What the mean of `values` over `weights` is known to, relative, from means over cubes of
 * edge_mm: sqrt(sum w (m - mean)^2 / sum w / (n - 1)) / mean, n = (sum w)^2 / sum w^2. Noise of
 * neighbors is correlated in a reconstruction, so voxels cannot tell. NAN with under two cubes. */
OT_MUST_CHECK enum ot_rc ot_shunt_u_of_mean(const struct ot_volume *values,
                                            const struct ot_volume *weights, double edge_mm,
                                            double *relative, struct ot_err *err);

/* Mass of lungs from CT: sum f (1 + HU/1000) V, g; HU below -1000 count as -1000.
 * Source: Kao et al. 2014, CT densitovolumetry. */
double ot_lung_mass_g(const struct ot_volume *hu, const struct ot_volume *lungs);

#endif /* OT_KERNELS_SHUNT_H */
