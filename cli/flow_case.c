/* cli/flow_case.c - the steps of plan, verify and dose in their order. */
#include "cli/flow_case.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "cli/case_files.h"
#include "cli/judge.h"
#include "cli/result.h"
#include "cli/summary.h"
#include "cli/threads.h"
#include "core/mem.h"
#include "io/checks_json.h"
#include "io/json.h"
#include "io/store.h"

enum { MAX_INJECTIONS = 8 };

/* The doses of one run, and what was judged of them. */
struct work {
    struct ot_dosimetry d;
    struct ot_judge judge;
    struct ot_metrics metrics;
    struct ot_models models;
    double start_utc_s;
    const struct ot_run *run;
};

static void release(struct work *w)
{
    ot_metrics_release(&w->metrics);
    ot_judge_release(&w->judge);
    ot_dosimetry_release(&w->d);
}

/* The injections' shares of the total activity of a plan. */
static enum ot_rc find_parts(const struct ot_dosimetry *d, double *parts, double *total_gbq,
                             struct ot_err *err)
{
    double sum = 0.0;
    bool all = true;
    for (size_t n = 0; n < d->injection_count; n++) {
        const double given = d->injections[n].given->activity_gbq;
        all = all && !isnan(given);
        sum += isnan(given) ? 0.0 : given;
    }
    if (!all && d->injection_count > 1) {
        return ot_fail(err, OT_ERR_ARG,
                       "several injections: give activity_gbq of each, the proportion of the "
                       "activities is not the program's to choose");
    }
    *total_gbq = all ? sum : (double)NAN;
    for (size_t n = 0; n < d->injection_count; n++) {
        parts[n] = all ? d->injections[n].given->activity_gbq / sum : 1.0;
    }
    return OT_OK;
}

/* plan: the dose is for the activity given, else for the prescribed one, else for 1 GBq. */
static enum ot_rc choose_plan_weights(struct work *w, struct ot_err *err)
{
    double parts[MAX_INJECTIONS];
    double total_gbq = NAN;
    enum ot_rc rc = find_parts(&w->d, parts, &total_gbq, err);
    if (rc == OT_OK) {
        rc = ot_judge_prescribe(&w->judge, &w->d, parts, w->start_utc_s, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (w->judge.prescribed && strstr(w->judge.prescription.max_reason, "not judged") != NULL) {
        (void)ot_texts_add(
            &w->d.warnings,
            "the greatest activity may be too high, for not every limit could be judged: %s",
            w->judge.prescription.max_reason);
    }
    if (isnan(total_gbq) && w->judge.prescribed) {
        total_gbq = w->judge.prescription.prescribed_gbq;
    }
    if (!(total_gbq > 0.0)) { /* neither, or a prescription of nothing */
        total_gbq = 1.0;
        (void)ot_texts_add(&w->d.warnings, "no activity is given or prescribed: doses are for "
                                           "1 GBq administered");
    }
    for (size_t n = 0; n < w->d.injection_count; n++) {
        w->d.injections[n].weight = parts[n] * total_gbq;
    }
    return OT_OK;
}

static enum ot_rc choose_weights(struct work *w, struct ot_err *err)
{
    if (w->d.stage == OT_STAGE_PLAN) {
        return choose_plan_weights(w, err);
    }
    for (size_t n = 0; n < w->d.injection_count; n++) {
        struct ot_injection_run *run = &w->d.injections[n];
        run->weight = run->absolute ? 1.0 : run->given->activity_gbq;
    }
    return OT_OK;
}

static enum ot_rc compute(struct work *w, struct ot_err *err)
{
    enum ot_rc rc = ot_dosimetry_load(&w->d, err);
    if (rc == OT_OK) {
        rc = ot_dosimetry_activity(&w->d, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_dose(&w->d, err);
    }
    if (rc == OT_OK) {
        rc = ot_judge_init(&w->judge, &w->d, err);
    }
    if (rc == OT_OK) {
        rc = choose_weights(w, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_combine(&w->d, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_uptake(&w->d, err);
    }
    if (rc == OT_OK) {
        rc = ot_metrics_make(&w->d, &w->metrics, err);
    }
    if (rc == OT_OK) {
        ot_result_warn_small(&w->d, &w->metrics);
        ot_models_make(&w->d, &w->models);
        rc = ot_judge_dose(&w->judge, &w->d, &w->metrics, &w->models, err);
    }
    ot_dosimetry_mark(&w->d, "models");
    return rc;
}

/* Takes over `part`; a part that could not be made is an error. */
static enum ot_rc put(json_t *result, const char *key, json_t *part, struct ot_err *err)
{
    if (part == NULL || json_object_set_new(result, key, part) != 0) {
        if (err->code == OT_OK) {
            (void)ot_fail(err, OT_ERR_NOMEM, "the part '%s' of the result cannot be made", key);
        }
        return err->code;
    }
    return OT_OK;
}

static const char *stage_name(enum ot_stage stage)
{
    static const char *const names[] = {
        [OT_STAGE_PLAN] = "plan", [OT_STAGE_VERIFY] = "verify", [OT_STAGE_DOSE] = "dose"};
    return names[stage];
}

static enum ot_rc put_parts(struct work *w, json_t *result, struct ot_err *err)
{
    const struct ot_dosimetry *d = &w->d;
    enum ot_rc rc = put(result, "inputs", json_incref(d->inputs), err);
    if (rc == OT_OK && d->motions.told != NULL) {
        rc = put(result, "transforms", json_incref(d->motions.told), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "activity", ot_result_activity(d, &w->models, err), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "grid", ot_result_grid(&d->grid, err), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "engine", ot_result_engine(d, err), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "vois", ot_result_vois(d, &w->metrics, err), err);
    }
    if (rc == OT_OK && d->territories_known) {
        rc = put(result, "territories", ot_result_territories(&d->territories, err), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "single_compartment",
                 ot_result_single_compartment(d, &w->metrics, &w->models, err), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "partition", ot_result_partition(d, &w->metrics, &w->models, err), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "lungs", ot_result_lungs(d, &w->metrics, &w->models, err), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "extrahepatic", json_incref(d->extrahepatic), err);
    }
    if (rc == OT_OK && d->stage == OT_STAGE_PLAN) {
        rc = put(result, "prescription", ot_judge_prescription_json(&w->judge, d), err);
    }
    if (rc == OT_OK && d->stage == OT_STAGE_VERIFY && d->given->plan != NULL) {
        json_t *comparison = NULL;
        rc = ot_result_comparison(d->given->plan, json_object_get(result, "vois"),
                                  w->models.administered_gbq, &comparison, err);
        if (rc == OT_OK) {
            ot_result_comparison_doubts(comparison, d->given->case_id, &w->d.warnings);
            rc = put(result, "comparison", comparison, err);
        }
    }
    return rc;
}

static enum ot_rc make_result(struct work *w, json_t **out, struct ot_err *err)
{
    const struct ot_case *c = w->d.given;
    json_t *result =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "schema", "opentare.result/1", "case_id", c->case_id,
                  "stage", stage_name(w->d.stage), "scenario", c->scenario, "notice",
                  "Research software, no medical device: a qualified person decides.");
    enum ot_rc rc = OT_OK;
    if (result == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for the result");
    } else {
        rc = put_parts(w, result, err);
    }
    if (rc == OT_OK) {
        rc = put(result, "checks", ot_checks_to_json(&w->judge.checks), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "conflicts", ot_judge_conflicts_json(&w->judge), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "warnings", ot_result_texts(&w->d.warnings, err), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "waived_by", ot_result_texts(&w->d.waived_by, err), err);
    }
    ot_dosimetry_mark(&w->d, "result");
    if (rc == OT_OK) {
        rc = put(result, "provenance", ot_result_provenance(&w->d, w->run, w->start_utc_s, err),
                 err);
    }
    if (rc != OT_OK) {
        json_decref(result);
        result = NULL;
    }
    *out = result;
    return rc;
}

enum ot_rc ot_flow_case(const struct ot_case *c, enum ot_stage stage, const struct ot_run *run,
                        struct ot_case_outcome *outcome, struct ot_err *err)
{
    struct ot_store *store = NULL;
    struct work *w = OT_NEW(struct work, 1, err);
    *outcome = (struct ot_case_outcome){0};
    if (w == NULL) {
        return OT_ERR_NOMEM;
    }
    w->run = run;
    w->start_utc_s = (double)time(NULL);
    ot_dosimetry_init(&w->d, c, stage);
    w->d.progress = run->progress;
    /* The folder is opened first: a full or foreign one is told before minutes of work. */
    enum ot_rc rc = ot_case_check_keep(c, err);
    if (rc == OT_OK) {
        rc = ot_store_begin(c->out, c->overwrite, &store, err);
    }
    if (rc == OT_OK) {
        rc = compute(w, err);
    }
    if (rc == OT_OK) {
        rc = make_result(w, &outcome->result, err);
    }
    if (rc == OT_OK) {
        outcome->any_failed = ot_checks_any_fail(&w->judge.checks);
        rc = ot_case_put_files(&w->d, &w->metrics, outcome->result, store, err);
    }
    ot_store_abort(store);
    if (rc != OT_OK) {
        ot_case_outcome_release(outcome);
    }
    release(w);
    ot_free(w);
    return rc;
}

void ot_case_outcome_release(struct ot_case_outcome *outcome)
{
    json_decref(outcome->result);
    outcome->result = NULL;
}

enum { EXIT_CRITERION_FAILED = 6 };

static enum ot_rc print_result(const struct ot_case *c, const json_t *result, FILE *out,
                               struct ot_err *err)
{
    if (!c->json) {
        ot_summary_print(result, out);
        return OT_OK;
    }
    struct ot_buffer text = {0};
    const enum ot_rc rc = ot_json_write(result, &text, err);
    if (rc == OT_OK) {
        (void)fwrite(text.data, 1, text.size, out);
    }
    ot_buffer_release(&text);
    return rc;
}

enum ot_rc ot_run_case_command(struct ot_case *c, enum ot_stage stage, const char *const *unused,
                               struct ot_run *run, struct ot_err *err)
{
    struct ot_case_outcome outcome = {0};
    struct ot_progress progress;
    enum ot_rc rc = ot_case_refuse(run->opts, stage_name(stage), unused, err);
    if (rc == OT_OK) {
        rc = ot_case_complete(c, run->opts, err);
    }
    if (rc == OT_OK && c->out == NULL) {
        rc = ot_fail(err, OT_ERR_ARG, "--out DIR is required");
    }
    if (rc == OT_OK) {
        c->threads = ot_threads(c->threads);
        ot_progress_begin(&progress, stage_name(stage), run->messages);
        run->progress = &progress;
        rc = ot_flow_case(c, stage, run, &outcome, err);
        run->progress = NULL;
        ot_progress_end(&progress);
    }
    if (rc == OT_OK) {
        rc = print_result(c, outcome.result, run->out, err);
    }
    if (rc == OT_OK && c->strict && outcome.any_failed) {
        run->status = EXIT_CRITERION_FAILED;
    }
    ot_case_outcome_release(&outcome);
    ot_case_release(c);
    return rc;
}
