/* cli/judge.c - doses of a run, judged: the prescription, the proposed day, the checks. */
#include "cli/judge.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/stats.h"

static const double G_PER_KG = 1000.0;

/* VOIs whose means criteria read, by role. */
static const enum ot_role READ_ROLES[] = {
    OT_ROLE_TUMOR,    OT_ROLE_NORMAL_PERFUSED, OT_ROLE_NORMAL_LIVER, OT_ROLE_LIVER,
    OT_ROLE_PERFUSED, OT_ROLE_THROMBUS,        OT_ROLE_LUNGS,        OT_ROLE_NONPERFUSED_LIVER};

static double mean_in(const struct ot_volume *dose, const struct ot_voi *voi)
{
    const size_t count = ot_grid_voxel_count(&dose->grid);
    const double inside = ot_sum(voi->fraction->data, count);
    return inside > 0.0 ? ot_sum_product(dose->data, voi->fraction->data, count) / inside
                        : (double)NAN;
}

static enum ot_rc set_scaling(struct ot_facts *facts, const char *name, double gy_per_gbq,
                              struct ot_err *err)
{
    return isnan(gy_per_gbq) ? OT_OK : ot_facts_set_dose(facts, name, gy_per_gbq, 0.0, err);
}

/* vois.ROLE.mean_gy per GBq of the total, from the injections' maps per GBq of their own. */
static enum ot_rc add_means_per_gbq(struct ot_judge *judge, const struct ot_dosimetry *d,
                                    const double *parts, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    for (size_t r = 0; rc == OT_OK && r < sizeof READ_ROLES / sizeof READ_ROLES[0]; r++) {
        const struct ot_voi *voi = ot_dosimetry_voi_of_role(d, READ_ROLES[r]);
        char name[96];
        double gy_per_gbq = 0.0;
        for (size_t n = 0; voi != NULL && n < d->injection_count; n++) {
            gy_per_gbq += parts[n] * mean_in(d->injections[n].map->dose, voi);
        }
        (void)snprintf(name, sizeof name, "vois.%s.mean_gy", ot_role_name(READ_ROLES[r]));
        if (voi != NULL) {
            rc = set_scaling(&judge->common, name, gy_per_gbq, err);
        }
    }
    return rc;
}

/* Where criteria read the single compartment of a perfused VOI: of each injection, and by its
 * name for a modified lobectomy. */
static enum ot_rc set_single_perfused(struct ot_judge *judge, size_t injection, const char *voi,
                                      double gy, bool scales, struct ot_err *err)
{
    char name[128];
    struct ot_facts *own = &judge->injection_facts[injection];
    (void)snprintf(name, sizeof name, "single_compartment.perfused:%s.mean_gy", voi);
    enum ot_rc rc = scales ? ot_facts_set_dose(&judge->common, name, gy, 0.0, err)
                           : ot_facts_set_number(&judge->common, name, gy, err);
    if (rc == OT_OK) {
        static const char plain[] = "single_compartment.perfused.mean_gy";
        rc = scales ? ot_facts_set_dose(own, plain, gy, 0.0, err)
                    : ot_facts_set_number(own, plain, gy, err);
    }
    return rc;
}

static enum ot_rc add_singles_per_gbq(struct ot_judge *judge, const struct ot_dosimetry *d,
                                      const double *parts, struct ot_err *err)
{
    const struct ot_voi *liver = ot_dosimetry_voi_of_role(d, OT_ROLE_LIVER);
    const double k = d->constant.gy_kg_per_gbq;
    double net_per_gbq = 0.0;
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < d->injection_count; n++) {
        const struct ot_injection_run *run = &d->injections[n];
        const double net =
            parts[n] * (1.0 - run->residual_fraction) * (1.0 - run->lung_shunt_fraction);
        net_per_gbq += net;
        judge->lungs.gy_per_gbq += k * parts[n] * (1.0 - run->residual_fraction) *
                                   run->lung_shunt_fraction / d->given->lung_mass_kg;
        if (run->perfused != NULL) {
            rc = set_single_perfused(judge, n, run->perfused->name,
                                     k * net / (ot_dosimetry_mass_g(d, run->perfused) / G_PER_KG),
                                     true, err);
        }
    }
    if (rc == OT_OK && liver != NULL) {
        rc = set_scaling(&judge->common, "single_compartment.liver.mean_gy",
                         k * net_per_gbq / (ot_dosimetry_mass_g(d, liver) / G_PER_KG), err);
    }
    return rc;
}

static bool shunt_known(const struct ot_dosimetry *d)
{
    for (size_t n = 0; n < d->injection_count; n++) {
        if (strcmp(d->injections[n].lung_shunt_source, "assumed") == 0) {
            return false;
        }
    }
    return true;
}

static void lung_limits(struct ot_judge *judge, const struct ot_dosimetry *d)
{
    judge->lungs = (struct ot_lung_facts){
        .prior_gy = d->given->prior_lung_gy,
        .limit_gy = d->given->lung_limit_gy,
        .limit_cumulative_gy = d->given->lung_limit_cumulative_gy,
        .known = shunt_known(d),
    };
}

/* How many criteria a day leaves in caution: rows of timing, and doses that were reported for
 * another day. */
static enum ot_rc cautions_of_day(struct ot_judge *judge, const struct ot_vial_option *option,
                                  size_t *cautions, struct ot_err *err)
{
    struct ot_checks checks = {0};
    char day[16];
    *cautions = 0;
    ot_treatment_day_text(option->day, day, sizeof day);
    enum ot_rc rc = ot_facts_set_word(&judge->common, "treatment_day", day, err);
    if (rc == OT_OK) {
        rc = ot_criteria_judge(&judge->criteria, &judge->input, &checks, err);
    }
    for (size_t n = 0; rc == OT_OK && n < checks.count; n++) {
        *cautions += checks.check[n].verdict == OT_VERDICT_CAUTION;
    }
    ot_checks_release(&checks);
    return rc;
}

/* The vial whose day leaves the fewest criteria in caution, the earliest of these. Its day
 * becomes a fact. */
static enum ot_rc propose_day(struct ot_judge *judge, const struct ot_dosimetry *d,
                              struct ot_err *err)
{
    const struct ot_schedule *schedule = &judge->schedule;
    char day[16];
    enum ot_rc rc = OT_OK;
    judge->proposed = 0;
    if (ot_facts_find(&judge->common, "treatment_day") != NULL) {
        return OT_OK; /* stated */
    }
    size_t fewest = SIZE_MAX;
    for (size_t n = 0; rc == OT_OK && n < schedule->option_count; n++) {
        size_t cautions = 0;
        rc = cautions_of_day(judge, &schedule->options[n], &cautions, err);
        if (rc == OT_OK && cautions < fewest) {
            judge->proposed = n;
            fewest = cautions;
        }
    }
    if (rc != OT_OK || schedule->option_count == 0) {
        return rc == OT_OK ? ot_facts_set_word(&judge->common, "treatment_day", NULL, err) : rc;
    }
    const struct ot_vial_option *option = &schedule->options[judge->proposed];
    ot_treatment_day_text(option->day, day, sizeof day);
    rc = ot_facts_set_word(&judge->common, "treatment_day", day, err);
    if (rc == OT_OK && isnan(d->given->bq_per_sphere)) {
        rc = ot_facts_set_number(
            &judge->common, "bq_per_sphere",
            ot_vial_bq_per_sphere(d->injections[0].given->bq_per_sphere_at_calibration,
                                  d->constant.half_life_h, option->from_h),
            err);
    }
    return rc;
}

enum ot_rc ot_judge_prescribe(struct ot_judge *judge, const struct ot_dosimetry *d,
                              const double *parts, double now_utc_s, struct ot_err *err)
{
    lung_limits(judge, d);
    judge->scales = true;
    enum ot_rc rc = add_means_per_gbq(judge, d, parts, err);
    if (rc == OT_OK) {
        rc = add_singles_per_gbq(judge, d, parts, err);
    }
    if (rc == OT_OK && judge->input.scenario > 0) {
        rc = ot_prescribe(&judge->criteria, &judge->input, &judge->prescription, err);
        judge->prescribed = rc == OT_OK;
    }
    if (rc == OT_OK) {
        rc = ot_schedule_make(d->given, d->injections[0].given, now_utc_s, &judge->schedule, err);
    }
    /* 0: earlier treatments leave no room, so there is no vial to order. */
    if (rc != OT_OK || !judge->prescribed || !(judge->prescription.prescribed_gbq > 0.0)) {
        return rc;
    }
    const double max_gbq =
        isnan(judge->prescription.a_max_gbq) ? (double)INFINITY : judge->prescription.a_max_gbq;
    rc = ot_schedule_vials(&judge->schedule, judge->prescription.prescribed_gbq,
                           fmax(max_gbq, judge->prescription.prescribed_gbq),
                           d->constant.half_life_h, err);
    if (rc == OT_OK) {
        judge->input.activity_gbq = judge->prescription.prescribed_gbq;
        rc = propose_day(judge, d, err);
        judge->input.activity_gbq = 1.0;
    }
    return rc;
}

/* The means of the combined dose; each tumor's own beside the union. */
static enum ot_rc add_final_means(struct ot_judge *judge, const struct ot_dosimetry *d,
                                  const struct ot_metrics *metrics, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    for (size_t r = 0; rc == OT_OK && r < sizeof READ_ROLES / sizeof READ_ROLES[0]; r++) {
        const struct ot_voi_metrics *m =
            ot_metrics_of(metrics, ot_dosimetry_voi_of_role(d, READ_ROLES[r]));
        char name[96];
        (void)snprintf(name, sizeof name, "vois.%s.mean_gy", ot_role_name(READ_ROLES[r]));
        rc = ot_facts_set_number(&judge->common, name, m != NULL ? m->dvh->mean_gy : (double)NAN,
                                 err);
    }
    return rc;
}

static enum ot_rc add_tumor_means(struct ot_judge *judge, const struct ot_dosimetry *d,
                                  const struct ot_metrics *metrics, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    size_t tumor = 0;
    for (size_t n = 0; rc == OT_OK && n < d->given_voi_count && tumor < OT_MAX_JUDGED; n++) {
        const struct ot_voi_metrics *m = ot_metrics_of(metrics, &d->vois[n]);
        if (d->vois[n].role == OT_ROLE_TUMOR && m != NULL) {
            rc = ot_facts_set_number(&judge->tumor_facts[tumor++], "vois.tumor.mean_gy",
                                     m->dvh->mean_gy, err);
        }
    }
    return rc;
}

static enum ot_rc add_final_singles(struct ot_judge *judge, const struct ot_dosimetry *d,
                                    const struct ot_models *models, struct ot_err *err)
{
    const struct ot_voi *liver = ot_dosimetry_voi_of_role(d, OT_ROLE_LIVER);
    const double k = d->constant.gy_kg_per_gbq;
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < d->injection_count; n++) {
        const struct ot_injection_run *run = &d->injections[n];
        if (run->perfused != NULL) {
            const double net = ot_models_injected_gbq(run) * (1.0 - run->lung_shunt_fraction);
            rc = set_single_perfused(judge, n, run->perfused->name,
                                     k * net / (ot_dosimetry_mass_g(d, run->perfused) / G_PER_KG),
                                     false, err);
        }
    }
    if (rc == OT_OK && liver != NULL) {
        const double liver_kg = ot_dosimetry_mass_g(d, liver) / G_PER_KG;
        rc = ot_facts_set_number(&judge->common, "single_compartment.liver.mean_gy",
                                 k * models->net_liver_gbq / liver_kg, err);
    }
    return rc;
}

enum ot_rc ot_judge_dose(struct ot_judge *judge, const struct ot_dosimetry *d,
                         const struct ot_metrics *metrics, const struct ot_models *models,
                         struct ot_err *err)
{
    enum ot_rc rc = add_tumor_means(judge, d, metrics, err);
    if (rc == OT_OK && judge->scales) {
        /* The prescription was found with these slopes; means taken again from a scaled map of
         * single precision may lie a hair beside the limit that it meets. */
        judge->input.activity_gbq = models->administered_gbq;
    } else if (rc == OT_OK) {
        lung_limits(judge, d);
        judge->input.activity_gbq = 1.0;
        judge->lungs.gy_per_gbq = models->lung_gy - d->given->prior_lung_gy;
        rc = add_final_means(judge, d, metrics, err);
        if (rc == OT_OK) {
            rc = add_final_singles(judge, d, models, err);
        }
    }
    if (rc == OT_OK) {
        rc = ot_criteria_judge(&judge->criteria, &judge->input, &judge->checks, err);
    }
    return rc;
}
