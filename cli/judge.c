/* cli/judge.c - facts of a run, judged. */
#include "cli/judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/stats.h"
#include "io/criteria_json.h"
#include "io/json.h"
#include "kernels/clinical.h"

static const double G_PER_KG = 1000.0;

void ot_judge_release(struct ot_judge *judge)
{
    for (size_t n = 0; n < OT_MAX_JUDGED; n++) {
        ot_facts_release(&judge->injection_facts[n]);
        ot_facts_release(&judge->tumor_facts[n]);
    }
    ot_facts_release(&judge->common);
    ot_checks_release(&judge->checks);
    ot_criteria_release(&judge->criteria);
}

/* "child-pugh" -> "child_pugh" */
static void key_of(const char *option, char *key, size_t size)
{
    (void)ot_text_copy(key, size, option);
    for (; *key != '\0'; key++) {
        *key = *key == '-' ? '_' : *key;
    }
}

static enum ot_rc add_stated(struct ot_facts *facts, const struct ot_case *c,
                             const struct ot_opt *opt, struct ot_err *err)
{
    char key[64];
    const char *field = (const char *)c + opt->offset;
    key_of(opt->name, key, sizeof key);
    if (opt->kind == OT_OPT_F64) {
        return ot_facts_set_number(facts, key, *(const double *)(const void *)field, err);
    }
    if (opt->kind == OT_OPT_TEXT) {
        return ot_facts_set_word(facts, key, *(const char *const *)(const void *)field, err);
    }
    const struct ot_texts *list = (const struct ot_texts *)(const void *)field;
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < list->count; n++) {
        rc = ot_facts_add_word(facts, key, list->text[n], err);
    }
    return rc;
}

/* The case's clinical facts, under their own names. */
static enum ot_rc add_case_facts(struct ot_facts *facts, const struct ot_case *c,
                                 struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < OT_CASE_OPT_COUNT; n++) {
        const struct ot_opt *opt = &ot_case_opts[n];
        if (opt->group != NULL && strcmp(opt->group, OT_CASE_FACTS_GROUP) == 0) {
            rc = add_stated(facts, c, opt, err);
        }
    }
    if (rc == OT_OK && isnan(c->albi_grade) && !isnan(c->albumin_g_dl) &&
        !isnan(c->bilirubin_mg_dl)) {
        int grade = 0;
        rc = ot_clinical_albi_grade(c->albumin_g_dl, c->bilirubin_mg_dl, &grade, err);
        if (rc == OT_OK) {
            rc = ot_facts_set_number(facts, "albi_grade", grade, err);
        }
    }
    return rc;
}

static enum ot_rc set_unless_known(struct ot_facts *facts, const char *name, double number,
                                   struct ot_err *err)
{
    return ot_facts_find(facts, name) != NULL ? OT_OK
                                              : ot_facts_set_number(facts, name, number, err);
}

/* What the VOIs say: coverage, treated part of the liver. Where the case states another
 * number, the case wins. */
static enum ot_rc add_voi_facts(struct ot_judge *judge, const struct ot_dosimetry *d,
                                struct ot_err *err)
{
    const struct ot_voi *liver = ot_dosimetry_voi_of_role(d, OT_ROLE_LIVER);
    enum ot_rc rc = set_unless_known(&judge->common, "tumor_inside_perfused_percent",
                                     d->tumor_inside_perfused_percent, err);
    if (rc == OT_OK) {
        rc = set_unless_known(&judge->common, "thrombus_inside_perfused_percent",
                              d->thrombus_inside_perfused_percent, err);
    }
    for (size_t n = 0; rc == OT_OK && liver != NULL && n < d->injection_count; n++) {
        const struct ot_voi *perfused = d->injections[n].perfused;
        double percent = 0.0;
        if (perfused == NULL) {
            continue;
        }
        rc = ot_clinical_treated_liver_percent(ot_voi_volume_ml(perfused), ot_voi_volume_ml(liver),
                                               &percent, err);
        if (rc == OT_ERR_RANGE) { /* the territory is drawn larger than the liver: not derived */
            *err = (struct ot_err){0};
            rc = OT_OK;
        } else if (rc == OT_OK && isnan(d->given->treated_liver_percent)) {
            rc = ot_facts_set_number(&judge->injection_facts[n], "treated_liver_percent", percent,
                                     err);
        }
    }
    return rc;
}

/* The treatment day and the activity per sphere that the times state. */
static enum ot_rc add_stated_days(struct ot_judge *judge, const struct ot_dosimetry *d,
                                  struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < d->injection_count; n++) {
        const struct ot_injection *given = d->injections[n].given;
        char day[16];
        double bq_per_sphere = NAN;
        rc = ot_schedule_stated_day(given, d->constant.half_life_h, day, sizeof day, &bq_per_sphere,
                                    err);
        if (rc == OT_OK && d->given->treatment_day == NULL) {
            rc = ot_facts_set_word(&judge->injection_facts[n], "treatment_day", day, err);
            if (rc == OT_OK && n == 0) {
                rc = ot_facts_set_word(&judge->common, "treatment_day", day, err);
            }
        }
        if (rc == OT_OK && isnan(d->given->bq_per_sphere)) {
            rc = ot_facts_set_number(&judge->injection_facts[n], "bq_per_sphere", bq_per_sphere,
                                     err);
            if (rc == OT_OK && n == 0) {
                rc = ot_facts_set_number(&judge->common, "bq_per_sphere", bq_per_sphere, err);
            }
        }
        if (rc == OT_OK) {
            rc = ot_facts_set_number(&judge->injection_facts[n], "vial_gbq_at_calibration",
                                     given->vial_gbq_at_calibration, err);
        }
        if (rc == OT_OK && n == 0) {
            rc = ot_facts_set_number(&judge->common, "vial_gbq_at_calibration",
                                     given->vial_gbq_at_calibration, err);
        }
    }
    return rc;
}

/* Between the first and the last of several injections, where each has its time. */
static enum ot_rc add_weeks(struct ot_judge *judge, const struct ot_dosimetry *d,
                            struct ot_err *err)
{
    static const double s_per_week = 7.0 * 86400.0;
    double first_s = INFINITY;
    double last_s = -INFINITY;
    for (size_t n = 0; n < d->injection_count; n++) {
        const struct ot_time *time = &d->injections[n].injection_time;
        if (!time->known || !time->zoned) {
            return OT_OK;
        }
        first_s = fmin(first_s, time->s);
        last_s = fmax(last_s, time->s);
    }
    const double weeks = (last_s - first_s) / s_per_week;
    return weeks > 0.0 ? set_unless_known(&judge->common, "weeks_between_sessions", weeks, err)
                       : OT_OK;
}

enum ot_rc ot_judge_init(struct ot_judge *judge, const struct ot_dosimetry *d, struct ot_err *err)
{
    *judge = (struct ot_judge){0};
    enum ot_rc rc = ot_criteria_load(&judge->criteria, err);
    if (rc == OT_OK) {
        rc = add_case_facts(&judge->common, d->given, err);
    }
    if (rc == OT_OK) {
        rc = add_voi_facts(judge, d, err);
    }
    if (rc == OT_OK) {
        rc = add_stated_days(judge, d, err);
    }
    if (rc == OT_OK) {
        rc = add_weeks(judge, d, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    size_t tumors = 0;
    for (size_t n = 0; n < d->given_voi_count && tumors < OT_MAX_JUDGED; n++) {
        if (d->vois[n].role == OT_ROLE_TUMOR) {
            judge->tumors[tumors].name = d->vois[n].name;
            judge->tumors[tumors].facts = &judge->tumor_facts[tumors];
            tumors++;
        }
    }
    for (size_t n = 0; n < d->injection_count; n++) {
        const struct ot_voi *perfused = d->injections[n].perfused;
        judge->injections[n].name = perfused != NULL ? perfused->name : "";
        judge->injections[n].facts = &judge->injection_facts[n];
    }
    const int scenario = ot_criteria_scenario(&judge->criteria, d->given->scenario);
    judge->input = (struct ot_criteria_case){
        .scenario = scenario,
        .facts = &judge->common,
        .activity_gbq = 1.0,
        .injections = judge->injections,
        .injection_count = d->injection_count,
        .tumors = judge->tumors,
        .tumor_count = tumors > 1 ? tumors : 0,
        .lungs = &judge->lungs,
        .images_without_tumor = tumors == 0,
    };
    return OT_OK;
}

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

/* Timing rows that a day leaves in caution. */
static enum ot_rc timing_cautions(struct ot_judge *judge, const struct ot_vial_option *option,
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
        const struct ot_check *check = &checks.check[n];
        *cautions += check->verdict == OT_VERDICT_CAUTION && check->role == OT_CRITERION_TIMING;
    }
    ot_checks_release(&checks);
    return rc;
}

/* The first vial whose day the scenario's timing rows accept; the first of all otherwise. Its
 * day becomes a fact. */
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
    for (size_t n = 0; rc == OT_OK && n < schedule->option_count; n++) {
        size_t cautions = 0;
        rc = timing_cautions(judge, &schedule->options[n], &cautions, err);
        if (rc == OT_OK && cautions == 0) {
            judge->proposed = n;
            break;
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

static json_t *stretch_json(const struct ot_prescription *p)
{
    json_t *list = json_array();
    for (size_t n = 0; n < p->stretch_count; n++) {
        const struct ot_stretch_goal *goal = &p->stretch[n];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:b, s:b}", "id", goal->id, "voi", goal->voi,
                            "activity_gbq", ot_json_number(goal->activity_gbq), "within_max",
                            goal->within_max, "reached", goal->reached));
    }
    return list;
}

json_t *ot_judge_prescription_json(const struct ot_judge *judge, const struct ot_dosimetry *d)
{
    const struct ot_prescription *p = &judge->prescription;
    if (!judge->prescribed) {
        return json_pack("{s:n, s:n, s:n, s:n, s:b, s:s, s:[], s:n, s:[]}", "prescribed_gbq",
                         "a_aim_gbq", "a_max_gbq", "binds", "aim_reached", 0, "reason",
                         "no scenario was named", "stretch_goals", "vial", "vial_options");
    }
    const double bq = d->injections[0].given->bq_per_sphere_at_calibration;
    json_t *options = json_array();
    for (size_t n = 0; n < judge->schedule.option_count; n++) {
        (void)json_array_append_new(
            options,
            ot_schedule_option_json(d->given, &judge->schedule, &judge->schedule.options[n], bq));
    }
    json_t *vial = judge->schedule.option_count > 0
                       ? json_incref(json_array_get(options, judge->proposed))
                       : json_null();
    return json_pack(
        "{s:o, s:o, s:o, s:s, s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}",
        "prescribed_gbq", ot_json_number(p->prescribed_gbq), "a_aim_gbq",
        ot_json_number(p->a_aim_gbq), "a_max_gbq", ot_json_number(p->a_max_gbq), "binds",
        p->binding_id, "aim_reached", p->outcome == OT_RX_AIM, "outcome",
        ot_prescription_outcome_name(p->outcome), "aim_id", p->aim_id, "aim_voi", p->aim_voi,
        "aim_reason", p->aim_reason, "max_id", p->max_id, "max_voi", p->max_voi, "max_reason",
        p->max_reason, "reason", p->reason, "stretch_goals", stretch_json(p), "vial", vial,
        "vial_options", options);
}

json_t *ot_judge_conflicts_json(const struct ot_judge *judge)
{
    json_t *texts = json_object();
    for (size_t n = 0; n < judge->criteria.conflict_count; n++) {
        const struct ot_conflict *c = &judge->criteria.conflict[n];
        (void)json_object_set_new(texts, c->id,
                                  json_sprintf("%s; but %s. Here: %s", c->one, c->other, c->here));
    }
    return texts;
}
