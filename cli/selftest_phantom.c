/* cli/selftest_phantom.c - a synthetic patient through the whole chain, against its truth. */
#include "cli/selftest_parts.h"

#include <math.h>
#include <string.h>

#include "cli/case.h"
#include "cli/flow_case.h"
#include "cli/flow_phantom.h"
#include "io/json.h"

static const double LEAST_ML = 10.0;   /* smaller VOIs are a matter of their voxels */
static const double LEAST_PART = 0.01; /* of the activity: less is the edge of a neighbor */
static const double DOSE_TOLERANCE = 0.01;
static const double ACTIVITY_TOLERANCE = 0.005;
static const double BALANCE_TOLERANCE = 0.005;

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static const json_t *named(const json_t *rows, const char *name)
{
    for (size_t n = 0; n < json_array_size(rows); n++) {
        const json_t *row = json_array_get(rows, n);
        const char *other = json_string_value(json_object_get(row, "name"));
        if (other != NULL && strcmp(other, name) == 0) {
            return row;
        }
    }
    return NULL;
}

/* Each VOI's mean dose; of the activities the one that is furthest off. */
static void compare_vois(struct ot_selftest *t, const char *preset, const json_t *truth,
                         const json_t *result)
{
    const json_t *rows = json_object_get(truth, "vois");
    const double all_gbq = number_of(truth, "injected_gbq");
    struct ot_selftest_case activity = {.group = "phantom",
                                        .truth = "truth.json of the phantom, activity_gbq",
                                        .unit = "GBq",
                                        .expected = NAN,
                                        .obtained = NAN,
                                        .tolerance = ACTIVITY_TOLERANCE,
                                        .relative = true};
    double worst = -1.0;
    for (size_t n = 0; n < json_array_size(rows); n++) {
        const json_t *row = json_array_get(rows, n);
        const char *name = json_string_value(json_object_get(row, "name"));
        const json_t *got = named(json_object_get(result, "vois"), name != NULL ? name : "");
        const double gy = number_of(row, "mean_gy");
        const double gbq = number_of(row, "activity_gbq");
        if (!(number_of(row, "volume_ml") >= LEAST_ML)) {
            continue;
        }
        if (!isnan(gy)) {
            ot_selftest_add(
                t, (struct ot_selftest_case){
                       .group = "phantom",
                       .name = ot_texts_add(&t->pool, "%s phantom, mean dose of %s", preset, name),
                       .truth = "truth.json of the phantom: point kernel, sampled, no voxel S",
                       .unit = "Gy",
                       .expected = gy,
                       .obtained = number_of(got, "mean_gy"),
                       .tolerance = DOSE_TOLERANCE,
                       .relative = true});
        }
        const double obtained = number_of(got, "activity_gbq");
        const double off = fabs(obtained / gbq - 1.0);
        if (gbq >= LEAST_PART * all_gbq && !(off <= worst)) {
            worst = isnan(off) ? (double)INFINITY : off;
            activity.expected = gbq;
            activity.obtained = obtained;
            activity.name =
                ot_texts_add(&t->pool, "%s phantom, activity, worst VOI: %s", preset, name);
        }
    }
    activity.name = activity.name != NULL ? activity.name : "phantom, activity";
    ot_selftest_add(t, activity);
}

static enum ot_rc plan(const char *folder, int threads, struct ot_case_outcome *outcome,
                       struct ot_err *err)
{
    struct ot_texts words = {0};
    struct ot_case c = ot_case_defaults;
    struct ot_opts opts = {.table = ot_case_opts, .count = OT_CASE_OPT_COUNT, .params = &c};
    enum ot_rc rc = OT_OK;
    (void)ot_texts_add(&words, "%s/patient/case-plan.json", folder);
    (void)ot_texts_add(&words, "--out=%s/plan", folder);
    (void)ot_texts_add(&words, "--threads=%d", threads);
    if (words.failed) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for the phantom's command line");
    }
    const struct ot_run run = {.opts = &opts, .argc = (int)words.count, .argv = words.text};
    if (rc == OT_OK) {
        rc = ot_opts_parse(&opts, run.argc, run.argv, err);
    }
    if (rc == OT_OK) {
        rc = ot_case_complete(&c, &opts, err);
    }
    if (rc == OT_OK) {
        rc = ot_flow_case(&c, OT_STAGE_PLAN, &run, outcome, err);
    }
    ot_case_release(&c);
    ot_opts_release(&opts);
    ot_texts_release(&words);
    return rc;
}

enum ot_rc ot_selftest_phantom(struct ot_selftest *t, const char *folder, const char *preset,
                               struct ot_err *err)
{
    struct ot_phantom_summary summary;
    struct ot_case_outcome outcome = {0};
    json_t *truth = NULL;
    const char *patient = ot_texts_add(&t->pool, "%s/patient", folder);
    const char *file = ot_texts_add(&t->pool, "%s/patient/truth.json", folder);
    if (patient == NULL || file == NULL) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory for a path");
    }
    const struct ot_phantom_request request = {
        .out_dir = patient, .preset = preset, .seed = 1, .overwrite = true, .threads = t->threads};
    enum ot_rc rc = ot_flow_phantom(&request, &summary, err);
    if (rc == OT_OK) {
        rc = plan(folder, t->threads, &outcome, err);
    }
    if (rc == OT_OK) {
        rc = ot_json_read(file, &truth, err);
    }
    if (rc == OT_OK) {
        compare_vois(t, preset, truth, outcome.result);
        ot_selftest_add(t, (struct ot_selftest_case){
                               .group = "phantom",
                               .name = ot_texts_add(&t->pool, "%s phantom, energy balance", preset),
                               .truth = "deposited and outside energy equal the energy emitted",
                               .unit = "",
                               .expected = 0.0,
                               .obtained = number_of(json_object_get(outcome.result, "engine"),
                                                     "energy_balance"),
                               .tolerance = BALANCE_TOLERANCE});
    }
    json_decref(truth);
    ot_case_outcome_release(&outcome);
    return rc;
}
