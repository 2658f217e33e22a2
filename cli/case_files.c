/* cli/case_files.c - the files of a result folder, from a finished run. */
#include "cli/case_files.h"

#include <string.h>

#include "cli/case_dicom.h"
#include "io/dose_parts.h"
#include "io/json.h"
#include "io/nifti.h"
#include "io/report.h"
#include "io/result_folder.h"

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

/* Both doses of voxels that are partly lung, of which the map has the mean. */
static enum ot_rc put_dose_parts(struct ot_store *store, const struct ot_dosimetry *d,
                                 struct ot_err *err)
{
    struct ot_buffer csv = {0};
    enum ot_rc rc = ot_dose_parts_write(&d->grid, d->mixed, d->mixed_count, &csv, err);
    if (rc == OT_OK) {
        rc = ot_store_put(store, "dose_parts.csv", csv.data, csv.size, err);
    }
    ot_buffer_release(&csv);
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
    if (rc == OT_OK && d->mixed_count > 0) {
        rc = put_dose_parts(store, d, err);
    }
    if (rc == OT_OK) {
        rc = d->voi_count > 0 ? ot_case_put_vois(d->vois, d->voi_count, store, err) : OT_OK;
    }
    if (rc == OT_OK && c->dose_dicom) {
        rc = ot_case_put_dose_dicom(d, result, store, err);
    }
    if (rc == OT_OK) {
        rc = ot_case_put_vois_as(d, result, d->vois, d->voi_count, store, err);
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
