/* kernels/partition.c - tumors and normal tissue share the net activity. */
#include "kernels/partition.h"

#include <math.h>

static enum ot_rc check_masses(const struct ot_partition *normal,
                               const struct ot_partition_tumor *tumors, size_t tumor_count,
                               double *weighted_kg, struct ot_err *err)
{
    if (tumor_count == 0) {
        return ot_fail(err, OT_ERR_ARG, "the partition model needs at least one tumor");
    }
    if (!(normal->normal_mass_kg > 0.0) || !isfinite(normal->normal_mass_kg)) {
        return ot_fail(err, OT_ERR_RANGE, "the normal mass is %g kg, expected more than 0",
                       normal->normal_mass_kg);
    }
    *weighted_kg = normal->normal_mass_kg;
    for (size_t n = 0; n < tumor_count; n++) {
        if (!(tumors[n].mass_kg > 0.0) || !isfinite(tumors[n].mass_kg)) {
            return ot_fail(err, OT_ERR_RANGE,
                           "the mass of tumor %zu is %g kg, expected more than 0", n + 1,
                           tumors[n].mass_kg);
        }
        if (!(tumors[n].tn_ratio > 0.0) || !isfinite(tumors[n].tn_ratio)) {
            return ot_fail(err, OT_ERR_RANGE, "T:N of tumor %zu is %g, expected more than 0", n + 1,
                           tumors[n].tn_ratio);
        }
        *weighted_kg += tumors[n].tn_ratio * tumors[n].mass_kg;
    }
    return OT_OK;
}

enum ot_rc ot_partition_dose(const struct ot_dose_constant *constant,
                             const struct ot_administration *given, struct ot_partition *normal,
                             struct ot_partition_tumor *tumors, size_t tumor_count,
                             struct ot_err *err)
{
    double weighted_kg = 0.0;
    enum ot_rc rc = check_masses(normal, tumors, tumor_count, &weighted_kg, err);
    if (rc == OT_OK) {
        rc = ot_mird_dose_gy(constant, given, weighted_kg, &normal->normal_gy, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    const double gbq_per_kg = ot_administration_net_gbq(given) / weighted_kg;
    normal->normal_activity_gbq = gbq_per_kg * normal->normal_mass_kg;
    for (size_t n = 0; n < tumor_count; n++) {
        tumors[n].dose_gy = tumors[n].tn_ratio * normal->normal_gy;
        tumors[n].activity_gbq = gbq_per_kg * tumors[n].tn_ratio * tumors[n].mass_kg;
    }
    return OT_OK;
}

enum ot_rc ot_partition_activity_gbq(const struct ot_dose_constant *constant,
                                     const struct ot_administration *given,
                                     const struct ot_partition *normal,
                                     const struct ot_partition_tumor *tumors, size_t tumor_count,
                                     double normal_gy, double *activity_gbq, struct ot_err *err)
{
    double weighted_kg = 0.0;
    enum ot_rc rc = check_masses(normal, tumors, tumor_count, &weighted_kg, err);
    return rc != OT_OK
               ? rc
               : ot_mird_activity_gbq(constant, given, weighted_kg, normal_gy, activity_gbq, err);
}

enum ot_rc ot_partition_by_counts_gy(const struct ot_dose_constant *constant,
                                     const struct ot_administration *given, double share_fraction,
                                     double mass_kg, double *dose_gy, struct ot_err *err)
{
    if (!(share_fraction >= 0.0 && share_fraction <= 1.0)) {
        return ot_fail(err, OT_ERR_RANGE, "the share of counts is %g, expected 0 to 1",
                       share_fraction);
    }
    double all_gy = 0.0;
    enum ot_rc rc = ot_mird_dose_gy(constant, given, mass_kg, &all_gy, err);
    if (rc == OT_OK) {
        *dose_gy = all_gy * share_fraction;
    }
    return rc;
}

enum ot_rc ot_partition_tn_ratio(double tumor_counts, double tumor_mass_kg, double normal_counts,
                                 double normal_mass_kg, double *tn_ratio, struct ot_err *err)
{
    if (!(tumor_mass_kg > 0.0 && normal_mass_kg > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "T:N needs masses above 0 kg: tumor %g kg, normal tissue %g kg",
                       tumor_mass_kg, normal_mass_kg);
    }
    if (!(tumor_counts >= 0.0 && normal_counts > 0.0) || !isfinite(tumor_counts) ||
        !isfinite(normal_counts)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "T:N is not defined: tumor counts %g, counts in normal tissue %g",
                       tumor_counts, normal_counts);
    }
    *tn_ratio = (tumor_counts / tumor_mass_kg) / (normal_counts / normal_mass_kg);
    return OT_OK;
}

enum ot_rc ot_partition_whole_normal_gy(double normal_gy, double perfused_normal_kg,
                                        double whole_normal_kg, double *dose_gy, struct ot_err *err)
{
    if (!(perfused_normal_kg > 0.0 && whole_normal_kg >= perfused_normal_kg) ||
        !isfinite(whole_normal_kg)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "normal tissue: %g kg perfused of %g kg in all is not possible",
                       perfused_normal_kg, whole_normal_kg);
    }
    if (!(normal_gy >= 0.0 && isfinite(normal_gy))) {
        return ot_fail(err, OT_ERR_RANGE, "the normal dose is %g Gy, expected 0 or more",
                       normal_gy);
    }
    *dose_gy = normal_gy * perfused_normal_kg / whole_normal_kg;
    return OT_OK;
}
