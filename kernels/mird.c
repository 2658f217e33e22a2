/* kernels/mird.c - single compartment and lungs. */
#include "kernels/mird.h"

#include <math.h>

static enum ot_rc check_fraction(const char *name, double value, struct ot_err *err)
{
    if (!(value >= 0.0 && value < 1.0)) {
        return ot_fail(err, OT_ERR_RANGE, "%s is %g, expected 0 or more and below 1", name, value);
    }
    return OT_OK;
}

static enum ot_rc check_positive(const char *name, double value, struct ot_err *err)
{
    if (!(value > 0.0) || !isfinite(value)) {
        return ot_fail(err, OT_ERR_RANGE, "%s is %g, expected more than 0", name, value);
    }
    return OT_OK;
}

static enum ot_rc check_fractions(const struct ot_administration *given, struct ot_err *err)
{
    enum ot_rc rc = check_fraction("residual_fraction", given->residual_fraction, err);
    return rc != OT_OK ? rc
                       : check_fraction("lung_shunt_fraction", given->lung_shunt_fraction, err);
}

enum ot_rc ot_administration_check(const struct ot_administration *given, struct ot_err *err)
{
    enum ot_rc rc = check_positive("activity_gbq", given->activity_gbq, err);
    return rc != OT_OK ? rc : check_fractions(given, err);
}

double ot_administration_injected_gbq(const struct ot_administration *given)
{
    return given->activity_gbq * (1.0 - given->residual_fraction);
}

double ot_administration_net_gbq(const struct ot_administration *given)
{
    return ot_administration_injected_gbq(given) * (1.0 - given->lung_shunt_fraction);
}

enum ot_rc ot_mird_dose_gy(const struct ot_dose_constant *constant,
                           const struct ot_administration *given, double mass_kg, double *dose_gy,
                           struct ot_err *err)
{
    enum ot_rc rc = ot_administration_check(given, err);
    if (rc == OT_OK) {
        rc = check_positive("the mass in kg", mass_kg, err);
    }
    if (rc == OT_OK) {
        *dose_gy = constant->gy_kg_per_gbq * ot_administration_net_gbq(given) / mass_kg;
    }
    return rc;
}

enum ot_rc ot_mird_activity_gbq(const struct ot_dose_constant *constant,
                                const struct ot_administration *given, double mass_kg,
                                double dose_gy, double *activity_gbq, struct ot_err *err)
{
    const struct ot_administration one = {.activity_gbq = 1.0,
                                          .residual_fraction = given->residual_fraction,
                                          .lung_shunt_fraction = given->lung_shunt_fraction};
    double gy_per_gbq = 0.0;
    enum ot_rc rc = ot_mird_dose_gy(constant, &one, mass_kg, &gy_per_gbq, err);
    if (rc == OT_OK && !(dose_gy >= 0.0 && isfinite(dose_gy))) {
        rc = ot_fail(err, OT_ERR_RANGE, "the dose is %g Gy, expected 0 or more", dose_gy);
    }
    if (rc == OT_OK) {
        *activity_gbq = dose_gy / gy_per_gbq;
    }
    return rc;
}

enum ot_rc ot_mird_lung_dose_gy(const struct ot_dose_constant *constant,
                                const struct ot_administration *given, double lung_mass_kg,
                                double *dose_gy, struct ot_err *err)
{
    enum ot_rc rc = ot_administration_check(given, err);
    if (rc == OT_OK) {
        rc = check_positive("lung_mass_kg", lung_mass_kg, err);
    }
    if (rc == OT_OK) {
        *dose_gy = constant->gy_kg_per_gbq * ot_administration_injected_gbq(given) *
                   given->lung_shunt_fraction / lung_mass_kg;
    }
    return rc;
}

enum ot_rc ot_mird_lung_activity_gbq(const struct ot_dose_constant *constant,
                                     const struct ot_administration *given, double lung_mass_kg,
                                     double limit_gy, double *activity_gbq, struct ot_err *err)
{
    const struct ot_administration one = {.activity_gbq = 1.0,
                                          .residual_fraction = given->residual_fraction,
                                          .lung_shunt_fraction = given->lung_shunt_fraction};
    double gy_per_gbq = 0.0;
    enum ot_rc rc = ot_mird_lung_dose_gy(constant, &one, lung_mass_kg, &gy_per_gbq, err);
    if (rc == OT_OK && !(limit_gy >= 0.0 && isfinite(limit_gy))) {
        rc = ot_fail(err, OT_ERR_RANGE, "the lung limit is %g Gy, expected 0 or more", limit_gy);
    }
    if (rc == OT_OK) {
        *activity_gbq = gy_per_gbq > 0.0 ? limit_gy / gy_per_gbq : (double)INFINITY;
    }
    return rc;
}
