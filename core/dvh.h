/* core/dvh.h - dose-volume histogram of a VOI whose voxels are partly inside.
 *
 * Voxel i has the weight w_i = f_i * V, its fraction times the voxel volume. Sorted by dose,
 * it stands at p_i = (sum_{j<=i} w_j - w_i/2) / sum w; D_x, the dose that x % of the volume
 * gets at least, is linear in p at 1 - x/100 and clamped to the ends. V_d is the inverse.
 */
#ifndef OT_CORE_DVH_H
#define OT_CORE_DVH_H

#include <stddef.h>

#include "core/err.h"
#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_dvh {
    size_t count;      /* voxels with f > 0 */
    double *dose_gy;   /* owned; ascending */
    double *weight_ml; /* owned; same order */
    double *below_ml;  /* owned; sum_{j<=i} w_j - w_i/2 */
    double volume_ml;
    double mean_gy; /* volume-weighted */
    double sd_gy;   /* volume-weighted, about the mean */
    double min_gy;  /* over voxels with f > 0.001 */
    double max_gy;
};

/* dose and fraction share one grid. out: owned by the caller (ot_dvh_destroy); NULL on failure.
 * Errors: OT_ERR_GEOMETRY (grids differ), OT_ERR_RANGE (no voxel inside, dose not finite),
 * OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_dvh_create(const struct ot_volume *dose,
                                       const struct ot_volume *fraction, struct ot_dvh **out,
                                       struct ot_err *err);

/* A voxel whose dose, in the VOI at hand, is another than that of the map: a voxel of two media has
 * a dose in each. */
struct ot_own_dose {
    size_t voxel;
    float dose_gy;
};

/* The same with own[own_count] in the order of the voxels. */
OT_MUST_CHECK enum ot_rc ot_dvh_create_own(const struct ot_volume *dose,
                                           const struct ot_own_dose *own, size_t own_count,
                                           const struct ot_volume *fraction, struct ot_dvh **out,
                                           struct ot_err *err);
void ot_dvh_destroy(struct ot_dvh *dvh); /* NULL is fine */

/* D_x in Gy; percent 0..100. */
double ot_dvh_dose_at_percent(const struct ot_dvh *dvh, double percent);
/* V_d: percent of the volume with at least `dose_gy`. */
double ot_dvh_percent_at_dose(const struct ot_dvh *dvh, double dose_gy);
/* (sum v_i D_i^a)^(1/a), v_i = w_i / sum w; a != 0. Doses must be > 0 where a < 0, else 0.
 * Source: Niemierko, Med Phys 1999;26:1100. */
double ot_dvh_geud_gy(const struct ot_dvh *dvh, double a);
/* Volume mean of voxel BED: D (1 + D T_rep / ((T_rep + T_phys) alpha/beta)), Gy.
 * Source: Dale, Phys Med Biol 1996;41:1871 (mono-exponential decay and repair). */
double ot_dvh_mean_bed_gy(const struct ot_dvh *dvh, double alpha_beta_gy, double repair_half_time_h,
                          double physical_half_life_h);
/* -ln(sum v_i e^(-alpha x_i)) / alpha, v_i = w_i / sum w; alpha > 0. x is the dose, or where
 * `alpha_beta_gy` > 0 the voxel's BED as above (EUBED).
 * Sources: Niemierko, Med Phys 1997;24:103; Jones and Hoban, Phys Med Biol 2000;45:159. */
double ot_dvh_survival_eud_gy(const struct ot_dvh *dvh, double alpha_per_gy, double alpha_beta_gy,
                              double repair_half_time_h, double physical_half_life_h);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_DVH_H */
