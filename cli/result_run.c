/* cli/result_run.c - grid, engine, provenance and comparison of the result. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/result.h"
#include "io/builtin.h"
#include "io/hash.h"
#include "io/json.h"
#include "io/library_versions.h"
#include "kernels/nuclide.h"

json_t *ot_result_texts(const struct ot_texts *texts, struct ot_err *err)
{
    json_t *list = json_array();
    for (size_t n = 0; list != NULL && n < texts->count; n++) {
        if (json_array_append_new(list, json_string(texts->text[n])) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    if (list == NULL || texts->failed) {
        json_decref(list);
        (void)ot_fail(err, OT_ERR_NOMEM, "no memory for the warnings");
        return NULL;
    }
    return list;
}

json_t *ot_result_grid(const struct ot_grid *grid, struct ot_err *err)
{
    json_t *object =
        json_pack("{s:[I,I,I], s:[f,f,f], s:[f,f,f]}", "size", (json_int_t)grid->n[0],
                  (json_int_t)grid->n[1], (json_int_t)grid->n[2], "spacing_mm", grid->spacing_mm[0],
                  grid->spacing_mm[1], grid->spacing_mm[2], "origin_lps_mm", grid->origin_mm[0],
                  grid->origin_mm[1], grid->origin_mm[2]);
    if (object == NULL) {
        (void)ot_fail(err, OT_ERR_NOMEM, "no memory for the grid");
    }
    return object;
}

/* Null without. Its energies stand apart: those of the engine are the beta part's. */
static json_t *tail_of(const struct ot_dosimetry *d)
{
    const struct ot_tail *tail = d->tail;
    return tail == NULL
               ? json_null()
               : json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f}", "kernel",
                           "Y-90 in liver, beyond the beta range, at geometric distance",
                           "energy_mev_per_decay", tail->energy_mev, "from_mm", tail->from_mm,
                           "to_mm", tail->to_mm, "coarse_voxel_mm", tail->coarse_mm, "emitted_j",
                           tail->emitted_j, "deposited_j", tail->deposited_j);
}

json_t *ot_result_engine(const struct ot_dosimetry *d, struct ot_err *err)
{
    const bool local = strcmp(d->given->dose_engine, "local") == 0;
    json_t *media = json_array();
    for (size_t m = 0; m < OT_MEDIUM_COUNT; m++) {
        if (d->density_map->share[m] != NULL) {
            (void)json_array_append_new(media, json_string(ot_medium_name((enum ot_medium)m)));
        }
    }
    json_t *balance =
        json_pack("{s:f, s:f, s:f, s:f}", "fraction", d->balance_fraction, "emitted_j",
                  d->emitted_j, "deposited_j", d->deposited_j, "outside_j", d->outside_j);
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:o, s:s, s:s, s:I, s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:o, s:f, s:o}",
        "name", local ? "local" : "vsv", "convolution", local ? "none" : d->convolution_used,
        "kernel",
        local ? "none (local deposition)" : "Y-90 voxel S values integrated from the point kernel",
        "medium", media, "density", d->given->density, "heterogeneity",
        local ? "none" : d->given->heterogeneity, "ray_voxels", (json_int_t)d->ray_voxels, "body",
        d->body_source, "liver_density_g_per_cm3", d->given->liver_density_g_per_cm3,
        "lung_density_g_per_cm3", d->given->lung_density_g_per_cm3, "body_density_g_per_cm3",
        d->given->body_density_g_per_cm3, "dose_constant_gy_kg_per_gbq", d->constant.gy_kg_per_gbq,
        "half_life_h", d->constant.half_life_h, "energy_mev_per_decay",
        ot_dose_constant_mev_per_decay(&d->constant), "energy", balance, "energy_balance",
        d->balance_fraction, "bremsstrahlung_tail", tail_of(d));
    if (object == NULL) {
        (void)ot_fail(err, OT_ERR_NOMEM, "no memory for the engine");
    }
    return object;
}

static const struct ot_opt *option_named(const struct ot_opts *opts, const char *name,
                                         size_t length)
{
    for (size_t n = 0; n < opts->count; n++) {
        if (strlen(opts->table[n].name) == length &&
            strncmp(opts->table[n].name, name, length) == 0) {
            return &opts->table[n];
        }
    }
    return NULL;
}

/* "--voi tumor:T1=x.nii" becomes "--voi tumor:T1=<voi>", "--spect x" "--spect <spect>". Names of
 * files hold names of patients. */
static void add_value(struct ot_buffer *line, const struct ot_opt *opt, const char *value)
{
    const char *equals = strchr(value, '=');
    if (opt == NULL || opt->path == OT_NO_PATH) {
        ot_buffer_printf(line, " %s", value);
    } else if (opt->path == OT_PATH || equals == NULL) {
        ot_buffer_printf(line, " <%s>", opt->name);
    } else {
        ot_buffer_printf(line, " %.*s=<%s>", (int)(equals - value), value, opt->name);
    }
}

static json_t *command_line(const struct ot_run *run, const char *stage)
{
    struct ot_buffer line = {0};
    ot_buffer_printf(&line, "tare %s", stage);
    for (int n = 0; n < run->argc; n++) {
        const char *word = run->argv[n];
        if (strncmp(word, "--", 2) != 0) {
            ot_buffer_text(&line, " <case>");
            continue;
        }
        const size_t length = strcspn(word + 2, "=");
        const struct ot_opt *opt = option_named(run->opts, word + 2, length);
        ot_buffer_printf(&line, " --%.*s", (int)length, word + 2);
        if (word[2 + length] == '=') {
            add_value(&line, opt, word + 3 + length);
        } else if (opt != NULL && opt->kind != OT_OPT_FLAG && n + 1 < run->argc) {
            add_value(&line, opt, run->argv[++n]);
        }
    }
    json_t *text = line.failed ? json_null() : json_string(line.data);
    ot_buffer_release(&line);
    return text;
}

/* Digest of every table that numbers come from. */
static json_t *table_digests(void)
{
    json_t *digests = json_object();
    const char *name = NULL;
    for (size_t n = 0; (name = ot_builtin_name(n)) != NULL; n++) {
        char sha256[OT_SHA256_SIZE];
        size_t size = 0;
        const char *text = ot_builtin_text(name, &size);
        if (!ot_text_ends_with(name, ".css") && ot_hash_bytes(text, size, sha256, NULL) == OT_OK) {
            (void)json_object_set_new(digests, name, json_string(sha256));
        }
    }
    return digests;
}

json_t *ot_result_provenance(const struct ot_dosimetry *d, const struct ot_run *run,
                             double start_utc_s, struct ot_err *err)
{
    static const char *const stages[] = {
        [OT_STAGE_PLAN] = "plan", [OT_STAGE_VERIFY] = "verify", [OT_STAGE_DOSE] = "dose"};
    const struct ot_time start = {.s = start_utc_s, .known = true, .zoned = true};
    char start_text[32];
    json_t *durations = json_object();
    json_t *libraries = json_object();
    ot_time_to_iso8601(&start, start_text, sizeof start_text);
    for (size_t n = 0; n < d->stage_time_count; n++) {
        (void)json_object_set_new(durations, d->stage_times[n].name,
                                  json_pack("{s:f}", "seconds", d->stage_times[n].seconds));
    }
    for (const struct ot_library *library = ot_libraries(); library->name != NULL; library++) {
        (void)json_object_set_new(libraries, library->name, json_string(library->version));
    }
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:o, s:i, s:s, s:o, s:{s:f, s:f}, s:o, s:o}", "program", "OpenTARE tare",
        "version", OT_VERSION, "git_commit", OT_GIT_COMMIT, "command",
        command_line(run, stages[d->stage]), "threads", d->threads, "start_time", start_text,
        "stages", durations, "constants", "dose_constant_gy_kg_per_gbq", d->constant.gy_kg_per_gbq,
        "half_life_h", d->constant.half_life_h, "libraries", libraries, "tables", table_digests());
    if (object == NULL) {
        (void)ot_fail(err, OT_ERR_NOMEM, "no memory for the provenance");
    }
    return object;
}

static const json_t *voi_named(const json_t *vois, const char *name)
{
    for (size_t n = 0; name != NULL && n < json_array_size(vois); n++) {
        const json_t *voi = json_array_get(vois, n);
        const char *other = json_string_value(json_object_get(voi, "name"));
        if (other != NULL && strcmp(other, name) == 0) {
            return voi;
        }
    }
    return NULL;
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static json_t *compare_voi(const json_t *delivered, const json_t *planned, double scale)
{
    static const char *const keys[] = {"mean_gy", "d95_gy", "d70_gy", "d50_gy"};
    json_t *row = json_pack("{s:O, s:O}", "voi", json_object_get(delivered, "name"), "role",
                            json_object_get(delivered, "role"));
    for (size_t n = 0; n < sizeof keys / sizeof keys[0]; n++) {
        char key[48];
        const double got = number_of(delivered, keys[n]);
        const double want = number_of(planned, keys[n]);
        (void)json_object_set_new(row, keys[n], ot_json_number(got));
        (void)snprintf(key, sizeof key, "planned_%s", keys[n]);
        (void)json_object_set_new(row, key, ot_json_number(want));
        (void)snprintf(key, sizeof key, "planned_at_delivered_activity_%s", keys[n]);
        (void)json_object_set_new(row, key, ot_json_number(want * scale));
        (void)snprintf(key, sizeof key, "difference_%.*s_percent", (int)strlen(keys[n]) - 3,
                       keys[n]);
        (void)json_object_set_new(row, key, ot_json_number(100.0 * (got / (want * scale) - 1.0)));
    }
    (void)json_object_set_new(row, "volume_ml", ot_json_number(number_of(delivered, "volume_ml")));
    (void)json_object_set_new(row, "planned_volume_ml",
                              ot_json_number(number_of(planned, "volume_ml")));
    return row;
}

enum ot_rc ot_result_comparison(const char *plan_folder, const json_t *vois,
                                double administered_gbq, json_t **out, struct ot_err *err)
{
    struct ot_texts path = {0};
    json_t *plan = NULL;
    *out = NULL;
    const char *file = ot_texts_add(&path, "%s/result.json", plan_folder);
    enum ot_rc rc = OT_ERR_NOMEM;
    if (file != NULL) {
        rc = ot_json_read(file, &plan, err);
    } else {
        (void)ot_fail(err, OT_ERR_NOMEM, "no memory for a path");
    }
    const char *stage = json_string_value(json_object_get(plan, "stage"));
    if (rc == OT_OK && (stage == NULL || strcmp(stage, "plan") != 0)) {
        rc = ot_fail(err, OT_ERR_FORMAT, "--plan: result.json there is no plan (stage %s)",
                     stage != NULL ? stage : "missing");
    }
    if (rc != OT_OK) {
        json_decref(plan);
        ot_texts_release(&path);
        return rc;
    }
    const double planned_gbq = number_of(json_object_get(plan, "activity"), "dose_is_for_gbq");
    const double scale = administered_gbq / planned_gbq;
    const json_t *planned = json_object_get(plan, "vois");
    json_t *rows = json_array();
    json_t *missing = json_array();
    for (size_t n = 0; n < json_array_size(vois); n++) {
        const json_t *voi = json_array_get(vois, n);
        const json_t *other = voi_named(planned, json_string_value(json_object_get(voi, "name")));
        if (other != NULL) {
            (void)json_array_append_new(rows, compare_voi(voi, other, scale));
        } else {
            (void)json_array_append(missing, json_object_get(voi, "name"));
        }
    }
    *out = json_pack("{s:o, s:o, s:o, s:O, s:o, s:o}", "planned_gbq", ot_json_number(planned_gbq),
                     "delivered_gbq", ot_json_number(administered_gbq), "scale",
                     ot_json_number(scale), "plan_case_id", json_object_get(plan, "case_id"),
                     "vois", rows, "not_in_plan", missing);
    json_decref(plan);
    ot_texts_release(&path);
    return *out != NULL ? OT_OK : ot_fail(err, OT_ERR_FORMAT, "--plan: result.json is incomplete");
}

void ot_result_comparison_doubts(const json_t *comparison, const char *case_id,
                                 struct ot_texts *warnings)
{
    const char *plan_id = json_string_value(json_object_get(comparison, "plan_case_id"));
    if (plan_id == NULL || strcmp(plan_id, case_id) != 0) {
        (void)ot_texts_add(warnings, "the plan compared with is of case '%.64s', this is '%.64s'",
                           plan_id != NULL ? plan_id : "", case_id);
    }
    if (json_array_size(json_object_get(comparison, "vois")) == 0) {
        (void)ot_texts_add(warnings, "no VOI has the name of one of the plan: nothing is compared");
    }
}
