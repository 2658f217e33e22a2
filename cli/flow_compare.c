/* cli/flow_compare.c - two dose maps on one grid, and what they say about the same VOIs. */
#include "cli/flow_compare.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/case.h"
#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "cli/result.h"
#include "cli/threads.h"
#include "core/dvh.h"
#include "core/resample.h"
#include "io/json.h"
#include "io/load.h"
#include "io/nifti.h"
#include "io/store.h"
#include "kernels/compare.h"
#include "kernels/gamma.h"

static const double SAME_GRID_MM = 1e-3;

/* Everything on A's grid. The readers and the VOIs are those of a case. */
struct work {
    const struct ot_compare_params *params;
    struct ot_case given;  /* its texts are borrowed from params */
    struct ot_dosimetry d; /* dose: A */
    struct ot_known_identity known;
    struct ot_volume *b; /* owned; NAN outside B */
    bool interpolated;
    struct ot_gamma gamma;
    double outside_percent; /* of A's voxels at or above the threshold: outside B */
};

static enum ot_rc load_map(struct work *w, const char *role, const char *path,
                           struct ot_volume **out, struct ot_err *err)
{
    struct ot_image *image = NULL;
    enum ot_rc rc = ot_image_load(path, OT_USE_DOSE, &image, err);
    if (rc == OT_OK) {
        rc = ot_dosimetry_check_lengths(&w->d, role, image->facts.length_unit_assumed, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_same_patient(&w->known, role, &image->facts.identity, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_note_input(&w->d, role, image->facts.files_sha256,
                                     image->facts.file_count, err);
    }
    if (rc == OT_OK) {
        for (size_t n = 0; n < image->facts.notes.count; n++) {
            (void)ot_texts_add(&w->d.warnings, "%s: %s", role, image->facts.notes.text[n]);
        }
        *out = image->volume;
        image->volume = NULL;      /* handed over */
        (*out)->unit = OT_UNIT_GY; /* ot_image_load() has refused what states another unit */
    }
    ot_image_destroy(image);
    return rc;
}

static enum ot_rc bring_b(struct work *w, struct ot_volume *b, struct ot_err *err)
{
    if (ot_grid_same(&b->grid, &w->d.grid, SAME_GRID_MM)) {
        w->b = b;
        return OT_OK;
    }
    const enum ot_rc rc = ot_resample_linear(b, &w->d.grid, (double)NAN, w->d.threads, &w->b, err);
    w->interpolated = true;
    (void)ot_texts_add(&w->d.warnings,
                       "the maps are on different grids: B (%zu x %zu x %zu voxels of %.4g x %.4g "
                       "x %.4g mm) was interpolated linearly at the voxel centers of A",
                       b->grid.n[0], b->grid.n[1], b->grid.n[2], b->grid.spacing_mm[0],
                       b->grid.spacing_mm[1], b->grid.spacing_mm[2]);
    ot_volume_destroy(b);
    return rc;
}

static enum ot_rc load(struct work *w, struct ot_err *err)
{
    struct ot_volume *b = NULL;
    w->d.inputs = json_array();
    enum ot_rc rc = load_map(w, "a", w->params->a, &w->d.dose, err);
    if (rc == OT_OK) {
        w->d.grid = w->d.dose->grid;
        rc = load_map(w, "b", w->params->b, &b, err);
    }
    if (rc == OT_OK) {
        rc = bring_b(w, b, err);
    }
    return rc == OT_OK ? ot_dosimetry_load_vois(&w->d, &w->known, err) : rc;
}

static enum ot_rc compute_gamma(struct work *w, struct ot_err *err)
{
    const struct ot_gamma_criterion criterion = {.dose_percent = w->params->dose_percent,
                                                 .distance_mm = w->params->distance_mm,
                                                 .threshold_percent = w->params->threshold_percent,
                                                 .normalization_gy = w->params->normalization_gy};
    const enum ot_rc rc =
        ot_gamma_compute(w->d.dose, w->b, &criterion, w->d.threads, &w->gamma, err);
    if (rc != OT_OK) {
        return rc;
    }
    const double threshold_gy = w->params->threshold_percent / 100.0 * w->gamma.normalization_gy;
    size_t above = 0;
    size_t outside = 0;
    for (size_t x = 0; x < ot_grid_voxel_count(&w->d.grid); x++) {
        if ((double)w->d.dose->data[x] >= threshold_gy) {
            above++;
            outside += isnan((double)w->b->data[x]) ? 1 : 0;
        }
    }
    w->outside_percent = 100.0 * (double)outside / (double)above;
    if (outside > 0) {
        (void)ot_texts_add(&w->d.warnings,
                           "%.1f %% of the voxels of A above the threshold lie outside B and are "
                           "left out",
                           w->outside_percent);
    }
    return OT_OK;
}

static json_t *gamma_json(const struct work *w)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "dose_percent",
                     ot_json_number(w->params->dose_percent), "distance_mm",
                     ot_json_number(w->params->distance_mm), "threshold_percent",
                     ot_json_number(w->params->threshold_percent), "normalization_gy",
                     ot_json_number(w->gamma.normalization_gy), "evaluated",
                     (json_int_t)w->gamma.evaluated, "pass_percent",
                     ot_json_number(w->gamma.pass_percent), "mean", ot_json_number(w->gamma.mean),
                     "max", ot_json_number(w->gamma.max), "outside_b_percent",
                     ot_json_number(w->outside_percent));
}

static json_t *agreement_json(const struct ot_agreement *agreement)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o}", "voxels", (json_int_t)agreement->count,
                     "mean_difference_gy", ot_json_number(agreement->mean_difference_gy), "sd_gy",
                     ot_json_number(agreement->sd_gy), "lower_gy",
                     ot_json_number(agreement->lower_gy), "upper_gy",
                     ot_json_number(agreement->upper_gy));
}

static enum ot_rc add_isodose(const struct work *w, double level_gy, json_t *list,
                              struct ot_err *err)
{
    struct ot_isodose isodose;
    const enum ot_rc rc = ot_compare_isodose(w->d.dose, w->b, level_gy, &isodose, err);
    if (rc == OT_OK) {
        (void)json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o}", "level_gy", ot_json_number(level_gy), "a_ml",
                            ot_json_number(isodose.a_ml), "b_ml", ot_json_number(isodose.b_ml),
                            "dice", ot_json_number(isodose.dice)));
    }
    return rc;
}

static enum ot_rc add_isodoses(const struct work *w, json_t *list, struct ot_err *err)
{
    static const double parts[] = {0.25, 0.5, 0.75};
    const struct ot_texts *wanted = &w->params->isodose_gy;
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < wanted->count; n++) {
        double level_gy = 0.0;
        if (!ot_text_to_double(wanted->text[n], &level_gy) || !(level_gy > 0.0)) {
            return ot_fail(err, OT_ERR_ARG, "--isodose-gy: '%.40s' is no dose above 0",
                           wanted->text[n]);
        }
        rc = add_isodose(w, level_gy, list, err);
    }
    for (size_t n = 0; rc == OT_OK && wanted->count == 0 && n < sizeof parts / sizeof parts[0];
         n++) {
        rc = add_isodose(w, parts[n] * w->gamma.normalization_gy, list, err);
    }
    return rc;
}

/* Percent of the evaluated voxels that lie in the VOI by half and pass; NAN without any. */
static double gamma_pass_in(const struct work *w, const struct ot_voi *voi)
{
    static const double rounding = 1e-6;
    size_t evaluated = 0;
    size_t passed = 0;
    for (size_t x = 0; x < ot_grid_voxel_count(&w->d.grid); x++) {
        const double gamma = (double)w->gamma.map->data[x];
        if (voi->fraction->data[x] >= 0.5F && gamma >= 0.0) {
            evaluated++;
            passed += gamma <= 1.0 + rounding;
        }
    }
    return evaluated > 0 ? 100.0 * (double)passed / (double)evaluated : (double)NAN;
}

static json_t *metrics_json(const struct ot_dvh *dvh, const struct ot_dvh *less)
{
    static const double percents[] = {95.0, 70.0, 50.0};
    static const char *const names[] = {"d95_gy", "d70_gy", "d50_gy"};
    json_t *object = json_object();
    (void)json_object_set_new(object, "mean_gy",
                              ot_json_number(dvh->mean_gy - (less != NULL ? less->mean_gy : 0.0)));
    for (size_t n = 0; n < 3; n++) {
        double dose_gy = ot_dvh_dose_at_percent(dvh, percents[n]);
        if (less != NULL) {
            dose_gy -= ot_dvh_dose_at_percent(less, percents[n]);
        }
        (void)json_object_set_new(object, names[n], ot_json_number(dose_gy));
    }
    return object;
}

static enum ot_rc require_inside_b(const struct work *w, const struct ot_voi *voi,
                                   struct ot_err *err)
{
    for (size_t x = 0; x < ot_grid_voxel_count(&w->d.grid); x++) {
        if (voi->fraction->data[x] > 0.0F && !isfinite((double)w->b->data[x])) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "VOI %s lies partly outside the second dose map, which has no dose "
                           "there; leave the VOI out",
                           voi->name);
        }
    }
    return OT_OK;
}

static enum ot_rc add_voi(const struct work *w, const struct ot_voi *voi, json_t *list,
                          struct ot_err *err)
{
    struct ot_dvh *a = NULL;
    struct ot_dvh *b = NULL;
    struct ot_agreement agreement = {0};
    enum ot_rc rc = require_inside_b(w, voi, err);
    if (rc != OT_OK) {
        goto done;
    }
    if (!(ot_voi_volume_ml(voi) > 0.0)) {
        goto done; /* a derived VOI may be empty: nothing to compare */
    }
    rc = ot_dvh_create(w->d.dose, voi->fraction, &a, err);
    if (rc != OT_OK) {
        goto done;
    }
    rc = ot_dvh_create(w->b, voi->fraction, &b, err);
    if (rc != OT_OK) {
        goto done;
    }
    rc = ot_compare_agreement(w->d.dose, w->b, voi->fraction, -INFINITY, &agreement, err);
    if (rc != OT_OK) {
        goto done;
    }
    const double percent = 100.0 * (b->mean_gy - a->mean_gy) / a->mean_gy;
    json_t *difference = metrics_json(b, a);
    (void)json_object_set_new(difference, "mean_percent", ot_json_number(percent));
    (void)json_array_append_new(
        list, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "name", voi->name, "role",
                        ot_role_name(voi->role), "volume_ml", ot_json_number(a->volume_ml), "a",
                        metrics_json(a, NULL), "b", metrics_json(b, NULL), "difference", difference,
                        "gamma_pass_percent", ot_json_number(gamma_pass_in(w, voi)), "bland_altman",
                        agreement_json(&agreement)));

done:
    if (rc == OT_ERR_RANGE) {
        ot_err_context(err, "VOI %s", voi->name);
    }
    ot_dvh_destroy(b);
    ot_dvh_destroy(a);
    return rc;
}

static enum ot_rc make_result(struct work *w, json_t **out, struct ot_err *err)
{
    struct ot_agreement agreement = {0};
    json_t *isodoses = json_array();
    json_t *vois = json_array();
    const double threshold_gy = w->params->threshold_percent / 100.0 * w->gamma.normalization_gy;
    enum ot_rc rc = ot_compare_agreement(w->d.dose, w->b, NULL, threshold_gy, &agreement, err);
    if (rc == OT_OK) {
        rc = add_isodoses(w, isodoses, err);
    }
    for (size_t n = 0; rc == OT_OK && n < w->d.voi_count; n++) {
        rc = add_voi(w, &w->d.vois[n], vois, err);
    }
    if (rc == OT_OK) {
        *out =
            json_pack("{s:s, s:O, s:o*, s:b, s:o, s:o, s:O, s:O, s:o, s:o, s:{s:s, s:s, s:i}}",
                      "schema", "opentare.compare/1", "inputs", w->d.inputs, "grid",
                      ot_result_grid(&w->d.grid, err), "b_interpolated", w->interpolated, "gamma",
                      gamma_json(w), "bland_altman", agreement_json(&agreement), "isodoses",
                      isodoses, "vois", vois, "warnings", ot_result_texts(&w->d.warnings, err),
                      "waived_by", ot_result_texts(&w->d.waived_by, err), "provenance", "program",
                      "OpenTARE tare", "version", OT_VERSION, "threads", w->d.threads);
        if (*out == NULL && err->code == OT_OK) {
            (void)ot_fail(err, OT_ERR_NOMEM, "no memory for the result");
        }
        rc = *out != NULL ? OT_OK : err->code;
    }
    json_decref(isodoses);
    json_decref(vois);
    return rc;
}

static enum ot_rc write_folder(const struct work *w, const json_t *result, struct ot_store *store,
                               struct ot_err *err)
{
    static const char *const names[] = {"compare.json", "gamma.nii.gz"};
    struct ot_buffer json = {0};
    struct ot_buffer nifti = {0};
    enum ot_rc rc = ot_json_write(result, &json, err);
    if (rc == OT_OK) {
        rc = ot_nifti_encode(w->gamma.map, "gamma index; -1: not evaluated", true, &nifti, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, names[0], json.data, json.size, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, names[1], nifti.data, nifti.size, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_commit(store, names, sizeof names / sizeof names[0], err);
    }
    ot_buffer_release(&json);
    ot_buffer_release(&nifti);
    return rc;
}

enum ot_rc ot_flow_compare(const struct ot_compare_params *params, json_t **result,
                           struct ot_err *err)
{
    struct work w = {.params = params, .given = ot_case_defaults};
    struct ot_store *store = NULL;
    enum ot_rc rc = OT_OK;
    *result = NULL;
    w.given.voi = params->voi;
    w.given.units_mm = params->units_mm;
    w.given.threads = ot_threads(params->threads);
    ot_dosimetry_init(&w.d, &w.given, OT_STAGE_DOSE);
    w.known = (struct ot_known_identity){.patient_override = params->patient_override,
                                         .frame_override = params->frame_override,
                                         .any_study = true,
                                         .run = &w.d};
    if (params->out != NULL) {
        rc = ot_store_begin(params->out, params->overwrite, &store, err);
    }
    if (rc == OT_OK) {
        rc = load(&w, err);
    }
    if (rc == OT_OK) {
        rc = compute_gamma(&w, err);
    }
    if (rc == OT_OK) {
        rc = make_result(&w, result, err);
    }
    if (rc == OT_OK && store != NULL) {
        rc = write_folder(&w, *result, store, err);
    }
    if (rc != OT_OK) {
        json_decref(*result);
        *result = NULL;
    }
    ot_store_abort(store);
    ot_gamma_release(&w.gamma);
    ot_volume_destroy(w.b);
    ot_dosimetry_release(&w.d);
    return rc;
}
