/* cli/judge_facts.c - what is known before anything is computed: stated, drawn, timed. */
#include <math.h>
#include <string.h>

#include "cli/judge.h"
#include "io/criteria_json.h"
#include "kernels/clinical.h"

static const double MM_PER_CM = 10.0;

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
        if (*key == '-') {
            *key = '_';
        }
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
    if (rc == OT_OK && d->territories_known) {
        rc = set_unless_known(&judge->common, "tumor_diameter_cm",
                              d->territories.tumor_diameter_mm / MM_PER_CM, err);
    }
    if (rc == OT_OK && d->territories_known) { /* a tumor that reaches beyond has no margin */
        const double margin_mm = d->territories.least_margin_mm;
        rc = set_unless_known(&judge->common, "margin_cm",
                              margin_mm < 0.0 ? 0.0 : margin_mm / MM_PER_CM, err);
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
