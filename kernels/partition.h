/* kernels/partition.h - partition model: tumors and normal tissue share the net activity.
 *
 * D_N = k A_net / (m_N + sum r_i m_i), D_i = r_i D_N, A_net = A (1-R)(1-F), r_i the tumor to
 * normal ratio of activity concentrations, (A_i/m_i)/(A_N/m_N). Masses in kg.
 * Source: Ho et al., Eur J Nucl Med 1996;23:947; fact sheet 6.
 */
#ifndef OT_KERNELS_PARTITION_H
#define OT_KERNELS_PARTITION_H

#include <stddef.h>

#include "kernels/mird.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_partition_tumor {
    double mass_kg;      /* in, > 0 */
    double tn_ratio;     /* in, > 0 */
    double dose_gy;      /* out */
    double activity_gbq; /* out */
};

struct ot_partition {
    double normal_mass_kg;      /* in, > 0; perfused normal tissue */
    double normal_gy;           /* out */
    double normal_activity_gbq; /* out */
};

/* Errors: OT_ERR_RANGE naming the mass, ratio, activity or fraction; OT_ERR_ARG for no tumor. */
OT_MUST_CHECK enum ot_rc ot_partition_dose(const struct ot_dose_constant *constant,
                                           const struct ot_administration *given,
                                           struct ot_partition *normal,
                                           struct ot_partition_tumor *tumors, size_t tumor_count,
                                           struct ot_err *err);

/* Activity for the normal dose normal_gy: D_N (m_N + sum r_i m_i) / (k (1-F)(1-R)). For a dose
 * D_i of tumor i give D_i / r_i. given->activity_gbq is not read. Errors: as above. */
OT_MUST_CHECK enum ot_rc ot_partition_activity_gbq(const struct ot_dose_constant *constant,
                                                   const struct ot_administration *given,
                                                   const struct ot_partition *normal,
                                                   const struct ot_partition_tumor *tumors,
                                                   size_t tumor_count, double normal_gy,
                                                   double *activity_gbq, struct ot_err *err);

/* By counts: D_v = k A_net share / m_v, share = C_v / sum C of the perfused volume, 0 to 1.
 * Errors: OT_ERR_RANGE. */
OT_MUST_CHECK enum ot_rc ot_partition_by_counts_gy(const struct ot_dose_constant *constant,
                                                   const struct ot_administration *given,
                                                   double share_fraction, double mass_kg,
                                                   double *dose_gy, struct ot_err *err);

/* (counts_t/mass_t) / (counts_n/mass_n). Errors: OT_ERR_RANGE (mass or normal counts <= 0,
 * negative tumor counts). */
OT_MUST_CHECK enum ot_rc ot_partition_tn_ratio(double tumor_counts, double tumor_mass_kg,
                                               double normal_counts, double normal_mass_kg,
                                               double *tn_ratio, struct ot_err *err);

/* Perfused normal dose averaged over the whole normal liver: D m_perfused / m_whole.
 * Errors: OT_ERR_RANGE (mass <= 0, perfused above whole, dose < 0). */
OT_MUST_CHECK enum ot_rc ot_partition_whole_normal_gy(double normal_gy, double perfused_normal_kg,
                                                      double whole_normal_kg, double *dose_gy,
                                                      struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_PARTITION_H */
