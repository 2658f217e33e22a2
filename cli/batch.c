/* cli/batch.c - reads a cohort, and writes what became of it. */
#include "cli/batch.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/batch_names.h"
#include "cli/case.h"
#include "cli/waivers.h"
#include "core/mem.h"
#include "io/csv.h"
#include "io/json.h"

static const char *text_before_last_slash(const char *path, struct ot_texts *pool)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? ot_texts_add(pool, ".")
                         : ot_texts_add(pool, "%.*s", (int)(slash - path + (slash == path)), path);
}

/* A row as a command line: checked against the vocabulary, paths below the cohort's folder. */
static enum ot_rc row_to_words(const struct ot_csv *csv, size_t row, const char *folder,
                               struct ot_batch_case *c, struct ot_texts *pool, struct ot_err *err)
{
    struct ot_case values = ot_case_defaults;
    struct ot_opts opts = {.table = ot_case_opts, .count = OT_CASE_OPT_COUNT, .params = &values};
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < csv->columns.count; n++) {
        const char *cell = ot_csv_cell(csv, row, n);
        if (cell[0] != '\0') {
            rc = ot_opts_set(&opts, csv->columns.text[n], cell, OT_FROM_CASE, folder, err);
        }
    }
    if (rc == OT_OK && ot_opts_given(&opts, "out")) {
        rc = ot_fail(err, OT_ERR_ARG, "out: the batch chooses the folder of each case");
    }
    if (rc == OT_OK) {
        c->stage = ot_texts_add(pool, "%s", values.stage);
        rc = ot_opts_to_words(&opts, &c->words, err);
    }
    ot_opts_release(&opts);
    return rc;
}

/* Unknown columns concern every row: they are told before anything runs. */
static enum ot_rc check_columns(const struct ot_csv *csv, struct ot_err *err)
{
    struct ot_case values = ot_case_defaults;
    struct ot_opts opts = {.table = ot_case_opts, .count = OT_CASE_OPT_COUNT, .params = &values};
    enum ot_rc rc = OT_OK;
    if (ot_csv_column(csv, "case_id") == SIZE_MAX) {
        return ot_fail(err, OT_ERR_FORMAT, "the cohort has no column case_id");
    }
    for (size_t n = 0; rc == OT_OK && n < csv->columns.count; n++) {
        struct ot_err why = {0};
        if (ot_opts_set(&opts, csv->columns.text[n], "", OT_FROM_CASE, NULL, &why) != OT_OK &&
            strncmp(why.text, "unknown", strlen("unknown")) == 0) {
            rc = ot_fail(err, OT_ERR_ARG, "column %zu: %s", n + 1, why.text);
        }
    }
    ot_opts_release(&opts);
    return rc;
}

static enum ot_rc read_row(const struct ot_csv *csv, size_t row, const char *folder,
                           const char *out, int threads, struct ot_batch *batch, struct ot_err *err)
{
    struct ot_batch_case *c = &batch->cases[row];
    struct ot_err why = {0};
    c->case_id =
        ot_texts_add(&batch->pool, "%s", ot_csv_cell(csv, row, ot_csv_column(csv, "case_id")));
    c->folder = ot_texts_add(&batch->pool, "%s/%s", out, c->case_id);
    c->stage = "plan";
    if (!ot_case_id_is_valid(c->case_id)) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "line %zu: case_id '%.40s' is not made of 1 to 64 letters, digits, '.', '_' "
                       "or '-'",
                       csv->lines[row], c->case_id);
    }
    for (size_t n = 0; n < row; n++) {
        if (strcmp(batch->cases[n].case_id, c->case_id) == 0) {
            return ot_fail(err, OT_ERR_FORMAT, "lines %zu and %zu have the same case_id '%s'",
                           csv->lines[n], csv->lines[row], c->case_id);
        }
    }
    if (row_to_words(csv, row, folder, c, &batch->pool, &why) != OT_OK) {
        c->status = OT_BATCH_FAILED;
        c->exit_code = 2;
        (void)ot_text_copy(c->reason, sizeof c->reason, why.text);
        return OT_OK;
    }
    (void)ot_texts_add(&c->words, "--out=%s", c->folder);
    (void)ot_texts_add(&c->words, "--overwrite");
    (void)ot_texts_add(&c->words, "--threads=%d", threads);
    return OT_OK;
}

enum ot_rc ot_batch_read(const char *cohort, const char *out, int threads, struct ot_batch *batch,
                         struct ot_err *err)
{
    struct ot_csv *csv = NULL;
    *batch = (struct ot_batch){0};
    enum ot_rc rc = ot_csv_read(cohort, &csv, err);
    if (rc != OT_OK) {
        return rc;
    }
    rc = check_columns(csv, err);
    if (rc == OT_OK && csv->row_count == 0) {
        rc = ot_fail(err, OT_ERR_FORMAT, "the cohort has no rows");
    }
    if (rc == OT_OK) {
        batch->cases = OT_NEW(struct ot_batch_case, csv->row_count, err);
        rc = batch->cases != NULL ? OT_OK : OT_ERR_NOMEM;
    }
    const char *folder = text_before_last_slash(cohort, &batch->pool);
    for (size_t row = 0; rc == OT_OK && row < csv->row_count; row++) {
        batch->count = row + 1;
        rc = read_row(csv, row, folder, out, threads, batch, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", ot_text_base_name(cohort));
        ot_batch_release(batch);
    }
    ot_csv_destroy(csv);
    return rc;
}

void ot_batch_release(struct ot_batch *batch)
{
    for (size_t n = 0; n < batch->count; n++) {
        ot_texts_release(&batch->cases[n].words);
    }
    ot_free(batch->cases);
    ot_texts_release(&batch->pool);
    *batch = (struct ot_batch){0};
}

/* A number of result.json by its path; an empty field where it is not there. */
static void add_number(struct ot_buffer *csv, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_number(value)) {
        ot_buffer_printf(csv, ",%.7g", json_number_value(value));
    } else {
        ot_buffer_text(csv, ",");
    }
}

static const json_t *voi_of_role(const json_t *result, const char *role)
{
    const json_t *vois = json_object_get(result, "vois");
    const json_t *found = NULL;
    for (size_t n = 0; n < json_array_size(vois); n++) {
        const json_t *voi = json_array_get(vois, n);
        const char *is = json_string_value(json_object_get(voi, "role"));
        const char *name = json_string_value(json_object_get(voi, "name"));
        /* The union of several carries the role's own name and comes later. */
        if (is != NULL && strcmp(is, role) == 0 &&
            (found == NULL || (name != NULL && strcmp(name, role) == 0))) {
            found = voi;
        }
    }
    return found;
}

static int count_verdicts(const json_t *result, const char *verdict)
{
    const json_t *checks = json_object_get(result, "checks");
    int count = 0;
    for (size_t n = 0; n < json_array_size(checks); n++) {
        const char *is = json_string_value(json_object_get(json_array_get(checks, n), "verdict"));
        count += is != NULL && strcmp(is, verdict) == 0;
    }
    return count;
}

static const char *const TABLE_ROLES[] = {"tumor", "normal_perfused", "normal_liver", "liver",
                                          "lungs"};
static const char *const TABLE_VERDICTS[] = {"pass", "caution", "fail", "not_evaluated"};

/* Nothing where nothing was waived: a result that does not record it must not look like that. */
static void add_waivers(struct ot_buffer *csv, const json_t *result)
{
    char waived[256] = "not recorded";
    if (result == NULL || json_is_array(json_object_get(result, "waived_by"))) {
        (void)ot_waivers_text(result, waived, sizeof waived);
    }
    ot_buffer_text(csv, ",");
    ot_buffer_csv(csv, waived);
}

static void add_numbers(struct ot_buffer *csv, const json_t *result)
{
    const json_t *activity = json_object_get(result, "activity");
    const json_t *prescription = json_object_get(result, "prescription");
    const json_t *partition = json_object_get(result, "partition");
    add_number(csv, activity, "administered_gbq");
    add_number(csv, activity, "net_liver_gbq");
    add_number(csv, activity, "lung_shunt_fraction");
    add_number(csv, prescription, "prescribed_gbq");
    for (size_t n = 0; n < sizeof TABLE_ROLES / sizeof TABLE_ROLES[0]; n++) {
        const json_t *voi = voi_of_role(result, TABLE_ROLES[n]);
        add_number(csv, voi, "volume_ml");
        add_number(csv, voi, "mean_gy");
        add_number(csv, voi, "d95_gy");
    }
    add_number(csv, partition, "tn_ratio");
    add_number(csv, json_object_get(result, "lungs"), "dose_gy");
    add_number(csv, json_object_get(result, "engine"), "energy_balance");
    for (size_t n = 0; n < sizeof TABLE_VERDICTS / sizeof TABLE_VERDICTS[0]; n++) {
        ot_buffer_printf(csv, ",%d", count_verdicts(result, TABLE_VERDICTS[n]));
    }
    ot_buffer_printf(csv, ",%zu", json_array_size(json_object_get(result, "warnings")));
    add_waivers(csv, result);
}

static void add_header(struct ot_buffer *csv)
{
    ot_buffer_text(csv, "case_id,status,exit_code,reason,stage,scenario,administered_gbq,"
                        "net_liver_gbq,lung_shunt_fraction,prescribed_gbq");
    for (size_t n = 0; n < sizeof TABLE_ROLES / sizeof TABLE_ROLES[0]; n++) {
        ot_buffer_printf(csv, ",%s_volume_ml,%s_mean_gy,%s_d95_gy", TABLE_ROLES[n], TABLE_ROLES[n],
                         TABLE_ROLES[n]);
    }
    ot_buffer_text(csv, ",tn_ratio,lung_gy,energy_balance");
    for (size_t n = 0; n < sizeof TABLE_VERDICTS / sizeof TABLE_VERDICTS[0]; n++) {
        ot_buffer_printf(csv, ",checks_%s", TABLE_VERDICTS[n]);
    }
    ot_buffer_text(csv, ",warnings,waived_by\n");
}

static void add_row(struct ot_buffer *csv, const struct ot_batch_case *c)
{
    static const char *const names[] = {[OT_BATCH_PENDING] = "pending",
                                        [OT_BATCH_DONE] = "done",
                                        [OT_BATCH_FAILED] = "failed",
                                        [OT_BATCH_SKIPPED] = "skipped"};
    json_t *result = NULL;
    char path[4096];
    if (c->status == OT_BATCH_DONE &&
        snprintf(path, sizeof path, "%s/result.json", c->folder) < (int)sizeof path) {
        struct ot_err ignored = {0};
        if (ot_json_read(path, &result, &ignored) != OT_OK) {
            result = NULL;
        }
    }
    ot_buffer_csv(csv, c->case_id);
    ot_buffer_printf(csv, ",%s,%d,", names[c->status], c->exit_code);
    char reason[sizeof c->reason];
    (void)ot_text_copy(reason, sizeof reason, c->reason);
    ot_batch_hide_names(&c->words, reason, sizeof reason);
    ot_buffer_csv(csv, reason);
    const char *scenario = json_string_value(json_object_get(result, "scenario"));
    ot_buffer_printf(csv, ",%s,%s", c->stage, scenario != NULL ? scenario : "");
    add_numbers(csv, result);
    ot_buffer_text(csv, "\n");
    json_decref(result);
}

enum ot_rc ot_batch_table(const struct ot_batch *batch, struct ot_buffer *csv, struct ot_err *err)
{
    add_header(csv);
    for (size_t n = 0; n < batch->count; n++) {
        add_row(csv, &batch->cases[n]);
    }
    return ot_buffer_check(csv, err);
}
