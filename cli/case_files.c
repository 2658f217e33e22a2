/* cli/case_files.c - the files of a result folder, from a finished run. */
#include "cli/case_files.h"

#include <stdio.h>
#include <string.h>

#include "io/dicom_write.h"
#include "io/json.h"
#include "io/nifti.h"
#include "io/report.h"
#include "io/result_folder.h"
#include "io/vois_file.h"

static const char *const KEPT[] = {"activity", "density", "kernel"};

bool ot_case_keeps(const struct ot_case *c, const char *what)
{
    const char *at = c->keep;
    const size_t length = strlen(what);
    while (at != NULL && *at != '\0') {
        const size_t item = strcspn(at, ",");
        if (item == length && strncmp(at, what, length) == 0) {
            return true;
        }
        at += item + (at[item] == ',');
    }
    return false;
}

enum ot_rc ot_case_check_keep(const struct ot_case *c, struct ot_err *err)
{
    const char *at = c->keep;
    while (at != NULL && *at != '\0') {
        const size_t item = strcspn(at, ",");
        bool known = false;
        for (size_t n = 0; n < sizeof KEPT / sizeof KEPT[0]; n++) {
            known = known || (strlen(KEPT[n]) == item && strncmp(at, KEPT[n], item) == 0);
        }
        if (!known) {
            return ot_fail(err, OT_ERR_ARG,
                           "--keep: '%.*s' is not one of activity, density, kernel (with commas "
                           "between them)",
                           (int)(item < 40 ? item : 40), at);
        }
        at += item + (at[item] == ',');
    }
    if (ot_case_keeps(c, "kernel") && strcmp(c->dose_engine, "local") == 0) {
        return ot_fail(err, OT_ERR_ARG,
                       "--keep kernel: the dose engine 'local' uses none; leave it out");
    }
    return OT_OK;
}

static enum ot_rc put_volume(struct ot_store *store, const char *name,
                             const struct ot_volume *volume, const char *description,
                             struct ot_err *err)
{
    struct ot_buffer bytes = {0};
    enum ot_rc rc = ot_nifti_encode(volume, description, true, &bytes, err);
    if (rc == OT_OK) {
        rc = ot_store_put(store, name, bytes.data, bytes.size, err);
    }
    ot_buffer_release(&bytes);
    return rc;
}

/* dose.dcm, under the pseudonym, in the study and frame of reference of the inputs. Its own
 * identifiers follow from the case and the start of the run. */
static enum ot_rc put_dicom(struct ot_store *store, const struct ot_dosimetry *d,
                            const json_t *result, struct ot_err *err)
{
    static const char *const parts[] = {"study", "series", "frame"};
    const char *start =
        json_string_value(json_object_get(json_object_get(result, "provenance"), "start_time"));
    const char *stage = json_string_value(json_object_get(result, "stage"));
    char seed[160];
    char date[9];
    char time_of_day[7];
    char made[3][OT_UID_SIZE];
    enum ot_rc rc = OT_OK;
    if (start == NULL || stage == NULL || strlen(start) < strlen("2026-09-01T08:00:00")) {
        return ot_fail(err, OT_ERR_NOMEM, "the result has no start time");
    }
    (void)snprintf(date, sizeof date, "%.4s%.2s%.2s", start, start + 5, start + 8);
    (void)snprintf(time_of_day, sizeof time_of_day, "%.2s%.2s%.2s", start + 11, start + 14,
                   start + 17);
    for (size_t n = 0; rc == OT_OK && n < 3; n++) {
        (void)snprintf(seed, sizeof seed, "%s/%s/%s/%s", d->given->case_id, stage, start, parts[n]);
        rc = ot_dicom_uid(seed, made[n], err);
    }
    const struct ot_identity *identity = &d->identity;
    const bool framed = identity->frame_of_reference[0] != '\0';
    const struct ot_dicom_series series = {
        .patient_id = d->given->case_id,
        .study_uid = identity->study[0] != '\0' ? identity->study : made[0],
        .series_uid = made[1],
        .frame_uid = framed ? identity->frame_of_reference : made[2],
        .date = date,
        .time_of_day = time_of_day,
        .zone = "+0000",
        .description = "Y-90 absorbed dose",
        .number = 1,
        .study_description = "Y-90 radioembolization",
        .model = "tare",
        .deidentified_by = "Computed under a pseudonym",
    };
    struct ot_buffer bytes = {0};
    if (rc == OT_OK) {
        rc = ot_dicom_rtdose_encode(&series, d->dose, &bytes, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, "dose.dcm", bytes.data, bytes.size, err);
    }
    ot_buffer_release(&bytes);
    return rc;
}

static enum ot_rc put_vois(struct ot_store *store, const struct ot_dosimetry *d, struct ot_err *err)
{
    struct ot_buffer nifti = {0};
    struct ot_buffer json = {0};
    if (d->voi_count == 0) {
        return OT_OK;
    }
    enum ot_rc rc = ot_vois_encode(d->vois, d->voi_count, &nifti, &json, err);
    if (rc == OT_OK) {
        rc = ot_store_put(store, "vois.nii.gz", nifti.data, nifti.size, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, "vois.json", json.data, json.size, err);
    }
    ot_buffer_release(&nifti);
    ot_buffer_release(&json);
    return rc;
}

/* What was read last is written first: texts that are small and say most. */
static enum ot_rc put_texts(struct ot_store *store, const struct ot_dosimetry *d,
                            const struct ot_metrics *metrics, const json_t *result,
                            struct ot_err *err)
{
    struct ot_buffer csv = {0};
    struct ot_buffer html = {0};
    struct ot_buffer json = {0};
    const struct ot_report_input input = {
        .result = result,
        .dose = d->dose,
        .background = d->hu != NULL ? d->hu : d->total_activity,
        .vois = d->vois,
        .voi_count = d->voi_count,
    };
    enum ot_rc rc = ot_result_dvh_csv(metrics, &csv, err);
    if (rc == OT_OK) {
        rc = ot_store_put(store, "dvh.csv", csv.data, csv.size, err);
    }
    if (rc == OT_OK) {
        rc = ot_report_render(&input, &html, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, "report.html", html.data, html.size, err);
    }
    if (rc == OT_OK) {
        rc = ot_json_write(result, &json, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, "result.json", json.data, json.size, err);
    }
    ot_buffer_release(&csv);
    ot_buffer_release(&html);
    ot_buffer_release(&json);
    return rc;
}

/* The voxel S values that were used, as `tare kernel --json` prints them, one per medium. */
static enum ot_rc put_kernels(struct ot_store *store, json_t *kernels, struct ot_err *err)
{
    struct ot_buffer text = {0};
    json_t *root = json_pack("{s:s, s:O}", "schema", "opentare.kernels/1", "kernels", kernels);
    enum ot_rc rc = OT_OK;
    if (root == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for the kernels as JSON");
    } else {
        rc = ot_json_write(root, &text, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, "kernel.json", text.data, text.size, err);
    }
    json_decref(root);
    ot_buffer_release(&text);
    return rc;
}

enum ot_rc ot_case_put_files(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                             const json_t *result, struct ot_store *store, struct ot_err *err)
{
    const struct ot_case *c = d->given;
    enum ot_rc rc = put_volume(store, "dose.nii.gz", d->dose, "absorbed dose, Gy", err);
    if (rc == OT_OK) {
        rc = put_vois(store, d, err);
    }
    if (rc == OT_OK && c->dose_dicom) {
        rc = put_dicom(store, d, result, err);
    }
    if (rc == OT_OK && d->hu != NULL) {
        rc = put_volume(store, "background.nii.gz", d->hu, "CT on the dose grid, HU", err);
    }
    if (rc == OT_OK && ot_case_keeps(c, "activity")) {
        rc = put_volume(store, "activity.nii.gz", d->total_activity, "Bq/ml at injection", err);
    }
    if (rc == OT_OK && ot_case_keeps(c, "density")) {
        rc = put_volume(store, "density.nii.gz", d->density, "density, g/cm3", err);
    }
    if (rc == OT_OK && d->kernels != NULL) {
        rc = put_kernels(store, d->kernels, err);
    }
    if (rc == OT_OK) {
        rc = put_texts(store, d, metrics, result, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_commit(store, OT_RESULT_FILES, OT_RESULT_FILE_COUNT, err);
    }
    return rc;
}
