/* kernels/mird.h - single compartment: mean dose of a mass that holds all net activity.
 *
 * D = k A (1-R)(1-F) / M; lungs: D = k A (1-R) F / M_lung. (1-F) is applied once.
 * Source: Salem 2023, Methods, key definitions (MIRD schema); k from kernels/nuclide.h.
 */
#ifndef OT_KERNELS_MIRD_H
#define OT_KERNELS_MIRD_H

#include "core/err.h"
#include "kernels/nuclide.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_administration {
    double activity_gbq;        /* at injection, > 0 */
    double residual_fraction;   /* R, 0 <= R < 1 */
    double lung_shunt_fraction; /* F, 0 <= F < 1 */
};

/* Errors: OT_ERR_RANGE naming the value that is not a finite activity > 0 or not in [0, 1). */
OT_MUST_CHECK enum ot_rc ot_administration_check(const struct ot_administration *given,
                                                 struct ot_err *err);
/* A (1-R). Pre: checked. */
double ot_administration_injected_gbq(const struct ot_administration *given);
/* A (1-R)(1-F). Pre: checked. */
double ot_administration_net_gbq(const struct ot_administration *given);

/* Mean dose of mass_kg that holds the net activity.
 * Errors: OT_ERR_RANGE (administration, mass <= 0). */
OT_MUST_CHECK enum ot_rc ot_mird_dose_gy(const struct ot_dose_constant *constant,
                                         const struct ot_administration *given, double mass_kg,
                                         double *dose_gy, struct ot_err *err);

/* Activity that gives mass_kg the mean dose_gy; given->activity_gbq is not read.
 * Errors: OT_ERR_RANGE (R, F, mass <= 0, dose < 0). */
OT_MUST_CHECK enum ot_rc ot_mird_activity_gbq(const struct ot_dose_constant *constant,
                                              const struct ot_administration *given, double mass_kg,
                                              double dose_gy, double *activity_gbq,
                                              struct ot_err *err);

/* k A (1-R) F / lung_mass_kg, without earlier treatments. Errors: as ot_mird_dose_gy(). */
OT_MUST_CHECK enum ot_rc ot_mird_lung_dose_gy(const struct ot_dose_constant *constant,
                                              const struct ot_administration *given,
                                              double lung_mass_kg, double *dose_gy,
                                              struct ot_err *err);

/* Greatest activity whose lung dose is <= limit_gy; infinite for F = 0; given->activity_gbq is
 * not read. Errors: OT_ERR_RANGE (R, F, mass <= 0, limit < 0). */
OT_MUST_CHECK enum ot_rc ot_mird_lung_activity_gbq(const struct ot_dose_constant *constant,
                                                   const struct ot_administration *given,
                                                   double lung_mass_kg, double limit_gy,
                                                   double *activity_gbq, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_MIRD_H */
