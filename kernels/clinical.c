/* kernels/clinical.c - clinical scores and derived facts. */
#include "kernels/clinical.h"

#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846;
static const double UMOL_PER_L_PER_MG_PER_DL = 17.104; /* bilirubin, 584.66 g/mol */
static const double G_PER_L_PER_G_PER_DL = 10.0;
/* Johnson et al., J Clin Oncol 2015;33:550. */
static const double ALBI_BILIRUBIN = 0.66;
static const double ALBI_ALBUMIN = -0.085;
static const double ALBI_GRADE_1_MAX = -2.60;
static const double ALBI_GRADE_2_MAX = -1.39;
/* From this percentage on a VOI counts as wholly inside: contours on a voxel grid. */
static const double WHOLE_PERCENT = 99.5;
/* Perfused and liver contours may differ by this much and still be the same volume. */
static const double CONTOUR_SLACK = 0.01;
static const double SAME_POINT_MM = 1e-3; /* rounding of coordinates in files */

enum ot_rc ot_clinical_albi_score(double albumin_g_dl, double bilirubin_mg_dl, double *score,
                                  struct ot_err *err)
{
    if (!(bilirubin_mg_dl >= 0.01 && bilirubin_mg_dl <= 100.0)) {
        return ot_fail(err, OT_ERR_RANGE, "bilirubin_mg_dl is %g, expected 0.01 to 100",
                       bilirubin_mg_dl);
    }
    if (!(albumin_g_dl >= 0.5 && albumin_g_dl <= 10.0)) {
        return ot_fail(err, OT_ERR_RANGE, "albumin_g_dl is %g, expected 0.5 to 10", albumin_g_dl);
    }
    *score = ALBI_BILIRUBIN * log10(bilirubin_mg_dl * UMOL_PER_L_PER_MG_PER_DL) +
             ALBI_ALBUMIN * albumin_g_dl * G_PER_L_PER_G_PER_DL;
    return OT_OK;
}

enum ot_rc ot_clinical_albi_grade(double albumin_g_dl, double bilirubin_mg_dl, int *grade,
                                  struct ot_err *err)
{
    double score = 0.0;
    enum ot_rc rc = ot_clinical_albi_score(albumin_g_dl, bilirubin_mg_dl, &score, err);
    if (rc == OT_OK) {
        *grade = score <= ALBI_GRADE_1_MAX ? 1 : score <= ALBI_GRADE_2_MAX ? 2 : 3;
    }
    return rc;
}

char ot_clinical_child_pugh_class(const char *child_pugh)
{
    static const struct {
        const char *score;
        char class_letter;
    } scores[] = {
        {"A5", 'A'},  {"A6", 'A'},  {"B7", 'B'},  {"B8", 'B'},  {"B9", 'B'},  {"C10", 'C'},
        {"C11", 'C'}, {"C12", 'C'}, {"C13", 'C'}, {"C14", 'C'}, {"C15", 'C'},
    };
    for (size_t n = 0; n < sizeof scores / sizeof scores[0]; n++) {
        if (strcmp(scores[n].score, child_pugh) == 0) {
            return scores[n].class_letter;
        }
    }
    return '\0';
}

enum ot_rc ot_clinical_treated_liver_percent(double perfused_ml, double liver_ml, double *percent,
                                             struct ot_err *err)
{
    if (!(liver_ml > 0.0 && perfused_ml >= 0.0 &&
          perfused_ml <= liver_ml * (1.0 + CONTOUR_SLACK)) ||
        !isfinite(liver_ml)) {
        return ot_fail(err, OT_ERR_RANGE, "%g ml perfused of a liver of %g ml is not possible",
                       perfused_ml, liver_ml);
    }
    *percent = 100.0 * fmin(1.0, perfused_ml / liver_ml);
    return OT_OK;
}

enum ot_rc ot_clinical_inside_percent(const struct ot_volume *target,
                                      const struct ot_volume *perfused, double *percent,
                                      struct ot_err *err)
{
    if (!ot_grid_same(&target->grid, &perfused->grid, SAME_POINT_MM)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "the two VOIs are on different grids");
    }
    double inside = 0.0;
    double all = 0.0;
    const size_t count = ot_grid_voxel_count(&target->grid);
    for (size_t n = 0; n < count; n++) {
        inside += fmin((double)target->data[n], (double)perfused->data[n]);
        all += (double)target->data[n];
    }
    if (!(all > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "the VOI holds no voxel, so its coverage is not defined");
    }
    *percent = 100.0 * inside / all;
    if (*percent >= WHOLE_PERCENT) {
        *percent = 100.0;
    }
    return OT_OK;
}

double ot_clinical_sphere_diameter_cm(double volume_ml)
{
    return cbrt(6.0 * volume_ml / PI);
}
