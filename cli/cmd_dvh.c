/* cli/cmd_dvh.c - tare dvh: what VOIs get from a dose map of any origin. */
#include <string.h>
#include <time.h>

#include "cli/case.h"
#include "cli/case_dicom.h"
#include "cli/cmd.h"
#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "cli/result.h"
#include "cli/summary.h"
#include "cli/threads.h"
#include "core/mem.h"
#include "core/resample.h"
#include "io/dose_parts.h"
#include "io/hash.h"
#include "io/json.h"
#include "io/load.h"
#include "io/result_folder.h"
#include "io/store.h"

/* The dose on parts of its voxels. VOIs are drawn on the parts, so that a voxel that is partly
 * inside gives the dose of the part that is. */
static enum ot_rc split_voxels(struct ot_dosimetry *d, int parts, struct ot_err *err)
{
    static const double volumes = 4.0; /* of float, besides the VOIs and what is derived */
    struct ot_volume *fine = NULL;
    const double cube = (double)parts * parts * parts;
    const double bytes = (double)ot_grid_voxel_count(&d->grid) * cube * sizeof(float);
    enum ot_rc rc =
        ot_mem_require(bytes * (volumes + 2.0 * (double)d->given->voi.count),
                       "the dose on parts of its voxels", "choose fewer --subvoxels", err);
    if (rc == OT_OK) {
        rc = ot_resample_parts(d->dose, (size_t)parts, d->threads, &fine, err);
    }
    if (rc == OT_OK) {
        ot_volume_destroy(d->dose);
        d->dose = fine;
        d->grid = fine->grid;
    }
    return rc;
}

/* VOIs count the dose of their own medium in these voxels. */
static enum ot_rc load_parts(struct ot_dosimetry *d, struct ot_err *err)
{
    const char *path = d->given->dose_parts;
    char hex[OT_SHA256_SIZE];
    if (path == NULL) {
        return OT_OK;
    }
    if (d->given->subvoxels > 1) {
        return ot_fail(err, OT_ERR_ARG,
                       "--dose-parts tells doses of whole voxels: leave out --subvoxels");
    }
    enum ot_rc rc = ot_dose_parts_load(path, d->dose, &d->mixed, &d->mixed_count, err);
    if (rc == OT_OK) {
        rc = ot_hash_file(path, hex, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_note_input(d, "dose_parts", hex, 1, err);
    }
    return rc;
}

static enum ot_rc load(struct ot_dosimetry *d, struct ot_err *err)
{
    struct ot_known_identity known = {.patient_override = d->given->patient_override,
                                      .study_override = d->given->study_override,
                                      .frame_override = d->given->frame_override,
                                      .run = d};
    struct ot_image *image = NULL;
    d->inputs = json_array();
    enum ot_rc rc = ot_image_load(d->given->dose, OT_USE_DOSE, &image, err);
    if (rc == OT_OK) {
        rc = ot_dosimetry_check_lengths(d, "dose", image->facts.length_unit_assumed, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_same_patient(&known, "dose", &image->facts.identity, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_note_input(d, "dose", image->facts.files_sha256, image->facts.file_count,
                                     err);
    }
    if (rc == OT_OK) {
        d->dose = image->volume;
        image->volume = NULL; /* handed over */
        d->dose->unit = OT_UNIT_GY;
        d->grid = d->dose->grid;
        for (size_t n = 0; n < image->facts.notes.count; n++) {
            (void)ot_texts_add(&d->warnings, "dose: %s", image->facts.notes.text[n]);
        }
        ot_dosimetry_mark(d, "read_dose");
        rc = ot_motions_read(&d->given->transform, &d->motions, err);
    }
    if (rc == OT_OK) {
        rc = load_parts(d, err);
    }
    if (rc == OT_OK && d->given->subvoxels > 1) {
        rc = split_voxels(d, d->given->subvoxels, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_load_vois(d, &known, err);
        ot_dosimetry_mark(d, "vois");
    }
    if (rc == OT_OK) {
        rc = ot_motions_all_used(&d->motions, err);
    }
    ot_image_destroy(image);
    return rc;
}

static enum ot_rc put(json_t *result, const char *key, json_t *part, struct ot_err *err)
{
    if (part == NULL || json_object_set_new(result, key, part) != 0) {
        if (err->code == OT_OK) {
            (void)ot_fail(err, OT_ERR_NOMEM, "no memory for the result");
        }
        return err->code;
    }
    return OT_OK;
}

static enum ot_rc make_result(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                              const struct ot_run *run, double start_utc_s, json_t **out,
                              struct ot_err *err)
{
    json_t *result = json_pack("{s:s, s:s, s:s, s:s}", "schema", "opentare.result/1", "case_id",
                               d->given->case_id, "stage", "dose", "scenario", "none");
    enum ot_rc rc = put(result, "inputs", json_incref(d->inputs), err);
    if (rc == OT_OK && d->motions.told != NULL) {
        rc = put(result, "transforms", json_incref(d->motions.told), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "grid", ot_result_grid(&d->grid, err), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "vois", ot_result_vois(d, metrics, err), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "checks", json_array(), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "warnings", ot_result_texts(&d->warnings, err), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "waived_by", ot_result_texts(&d->waived_by, err), err);
    }
    if (rc == OT_OK) {
        rc = put(result, "provenance", ot_result_provenance(d, run, start_utc_s, err), err);
    }
    if (rc != OT_OK) {
        json_decref(result);
        result = NULL;
    }
    *out = result;
    return rc;
}

static enum ot_rc write_folder(const struct ot_dosimetry *d, const json_t *result,
                               const struct ot_metrics *metrics, struct ot_store *store,
                               struct ot_err *err)
{
    struct ot_buffer csv = {0};
    struct ot_buffer json = {0};
    enum ot_rc rc = ot_result_dvh_csv(metrics, &csv, err);
    if (rc == OT_OK) {
        rc = ot_json_write(result, &json, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, "dvh.csv", csv.data, csv.size, err);
    }
    if (rc == OT_OK && ot_case_wants_vois_as(d->given, "nifti")) {
        rc = ot_case_put_vois(d->vois, d->voi_count, store, err);
    }
    if (rc == OT_OK) {
        rc = ot_case_put_vois_as(d, result, d->vois, d->voi_count, store, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, "result.json", json.data, json.size, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_commit(store, OT_RESULT_FILES, OT_RESULT_FILE_COUNT, err);
    }
    ot_buffer_release(&csv);
    ot_buffer_release(&json);
    return rc;
}

static enum ot_rc work(struct ot_case *c, struct ot_run *run, struct ot_err *err)
{
    const double start_utc_s = (double)time(NULL);
    struct ot_dosimetry d;
    struct ot_metrics metrics = {0};
    struct ot_store *store = NULL;
    json_t *result = NULL;
    struct ot_progress progress;
    ot_dosimetry_init(&d, c, OT_STAGE_DOSE);
    ot_progress_begin(&progress, "dvh", run->messages);
    d.progress = &progress;
    enum ot_rc rc = ot_store_begin(c->out, c->overwrite, &store, err);
    if (rc == OT_OK) {
        rc = load(&d, err);
    }
    if (rc == OT_OK) {
        rc = ot_metrics_make(&d, &metrics, err);
    }
    if (rc == OT_OK) {
        rc = make_result(&d, &metrics, run, start_utc_s, &result, err);
    }
    if (rc == OT_OK) {
        rc = write_folder(&d, result, &metrics, store, err);
    }
    ot_progress_end(&progress);
    if (rc == OT_OK) {
        ot_summary_print_dvh(result, run->out);
    }
    json_decref(result);
    ot_store_abort(store);
    ot_metrics_release(&metrics);
    ot_dosimetry_release(&d);
    return rc;
}

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    static const char *const unused[] = {"spect", "pet", "ct", "plan", "calibration", NULL};
    struct ot_case *c = (struct ot_case *)params;
    enum ot_rc rc = ot_case_refuse(run->opts, "dvh", unused, err);
    if (rc == OT_OK) {
        rc = ot_case_complete(c, run->opts, err);
    }
    if (rc == OT_OK && (c->dose == NULL || c->out == NULL || c->voi.count == 0)) {
        rc = ot_fail(err, OT_ERR_ARG, "--dose, --voi and --out are required");
    }
    if (rc == OT_OK) {
        c->threads = ot_threads(c->threads);
        rc = work(c, run, err);
    }
    ot_case_release(c);
    return rc;
}

extern const struct ot_cmd ot_cmd_dvh;
const struct ot_cmd ot_cmd_dvh = {
    .name = "dvh",
    .summary = "dose map and VOIs to DVH and metrics",
    .details =
        "Takes a dose map in Gy from anywhere (RTDOSE, NIfTI, NRRD) and VOIs, and writes\n"
        "result.json (stage dose) and dvh.csv, and the VOIs on the dose grid as --vois-as says.\n"
        "With --dose-parts, the dose_parts.csv beside a dose map of plan, verify or dose, voxels\n"
        "that are partly lung count for each VOI with the dose of its own medium, as they do "
        "there.",
    .example = "tare dvh --dose dose.nii.gz --voi tumor:T1=rtstruct.dcm#T1 --out dvh",
    .opts = ot_case_opts,
    .opt_count = OT_CASE_OPT_COUNT,
    .defaults = &ot_case_defaults,
    .params_size = sizeof(struct ot_case),
    .run = run,
};
