/* kernels/clinical.h - clinical scores and facts that follow from others. */
#ifndef OT_KERNELS_CLINICAL_H
#define OT_KERNELS_CLINICAL_H

#include <stdbool.h>

#include "core/err.h"
#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 0.66 log10(bilirubin umol/l) - 0.085 albumin g/l, from mg/dl and g/dl.
 * Errors: OT_ERR_RANGE (bilirubin outside 0.01-100 mg/dl, albumin outside 0.5-10 g/dl).
 * Source: Johnson et al., J Clin Oncol 2015;33:550. */
OT_MUST_CHECK enum ot_rc ot_clinical_albi_score(double albumin_g_dl, double bilirubin_mg_dl,
                                                double *score, struct ot_err *err);
/* Grade 1 for score <= -2.60, 2 for <= -1.39, else 3. Errors: as the score. */
OT_MUST_CHECK enum ot_rc ot_clinical_albi_grade(double albumin_g_dl, double bilirubin_mg_dl,
                                                int *grade, struct ot_err *err);

/* 'A' for A5-A6, 'B' for B7-B9, 'C' for C10-C15; '\0' for any other text. */
char ot_clinical_child_pugh_class(const char *child_pugh);

/* 100 perfused / liver, tumors included. Errors: OT_ERR_RANGE (liver <= 0, perfused < 0 or above
 * the liver by more than 1 %). */
OT_MUST_CHECK enum ot_rc ot_clinical_treated_liver_percent(double perfused_ml, double liver_ml,
                                                           double *percent, struct ot_err *err);

/* 100 sum min(f_t, f_p) / sum f_t on one grid; 99.5 and more counts as 100.
 * Errors: OT_ERR_GEOMETRY (grids differ), OT_ERR_RANGE (empty VOI). */
OT_MUST_CHECK enum ot_rc ot_clinical_inside_percent(const struct ot_volume *target,
                                                    const struct ot_volume *perfused,
                                                    double *percent, struct ot_err *err);

/* Diameter of the sphere of this volume, cm. */
double ot_clinical_sphere_diameter_cm(double volume_ml);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_CLINICAL_H */
