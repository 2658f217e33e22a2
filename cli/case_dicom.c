/* cli/case_dicom.c - RTDOSE, SEG, RTSTRUCT and .seg.nrrd of a finished run. */
#include "cli/case_dicom.h"

#include <stdio.h>
#include <string.h>

#include "cli/case.h"
#include "core/mem.h"
#include "io/dicom_write.h"
#include "io/seg_nrrd.h"
#include "io/voi_codes.h"
#include "io/vois_file.h"
#include "segment/iso_contour.h"

/* What a series points to. */
struct names {
    char date[9];
    char time_of_day[7];
    char study[OT_UID_SIZE], series[OT_UID_SIZE], frame[OT_UID_SIZE];
};

/* part: what tells the series of a run apart; a result without stages has its schema instead. */
static enum ot_rc name_series(const struct ot_dosimetry *d, const json_t *result, const char *part,
                              const char *description, struct names *names,
                              struct ot_dicom_series_head *series, struct ot_err *err)
{
    const struct {
        const char *part;
        char *uid;
    } made[] = {{"study", names->study}, {part, names->series}, {"frame", names->frame}};
    const char *start =
        json_string_value(json_object_get(json_object_get(result, "provenance"), "start_time"));
    const json_t *stated = json_object_get(result, "stage");
    const char *stage =
        json_string_value(stated != NULL ? stated : json_object_get(result, "schema"));
    enum ot_rc rc = OT_OK;
    if (start == NULL || stage == NULL || strlen(start) < strlen("2026-09-01T08:00:00")) {
        return ot_fail(err, OT_ERR_NOMEM, "the result has no start time");
    }
    (void)snprintf(names->date, sizeof names->date, "%.4s%.2s%.2s", start, start + 5, start + 8);
    (void)snprintf(names->time_of_day, sizeof names->time_of_day, "%.2s%.2s%.2s", start + 11,
                   start + 14, start + 17);
    for (size_t n = 0; rc == OT_OK && n < sizeof made / sizeof made[0]; n++) {
        char seed[160];
        (void)snprintf(seed, sizeof seed, "%s/%s/%s/%s", d->given->case_id, stage, start,
                       made[n].part);
        rc = ot_dicom_uid(seed, made[n].uid, err);
    }
    const struct ot_identity *identity = &d->identity;
    const bool framed = identity->frame_of_reference[0] != '\0';
    *series = (struct ot_dicom_series_head){
        .patient_id = d->given->case_id,
        .study_uid = identity->study[0] != '\0' ? identity->study : names->study,
        .series_uid = names->series,
        .frame_uid = framed ? identity->frame_of_reference : names->frame,
        .date = names->date,
        .time_of_day = names->time_of_day,
        .zone = "+0000",
        .description = description,
        .number = 1,
        .study_description = "Y-90 radioembolization",
        .model = "tare",
        .deidentified_by = "Computed under a pseudonym",
    };
    return rc;
}

enum ot_rc ot_case_put_dose_dicom(const struct ot_dosimetry *d, const json_t *result,
                                  struct ot_store *store, struct ot_err *err)
{
    struct names names;
    struct ot_dicom_series_head series;
    struct ot_buffer bytes = {0};
    enum ot_rc rc = name_series(d, result, "series", "Y-90 absorbed dose", &names, &series, err);
    if (rc == OT_OK) {
        rc = ot_dicom_rtdose_encode(&series, d->dose, &bytes, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, "dose.dcm", bytes.data, bytes.size, err);
    }
    ot_buffer_release(&bytes);
    return rc;
}

enum ot_rc ot_case_put_vois(const struct ot_voi *vois, size_t count, struct ot_store *store,
                            struct ot_err *err)
{
    struct ot_buffer nifti = {0};
    struct ot_buffer json = {0};
    enum ot_rc rc = ot_vois_encode(vois, count, &nifti, &json, err);
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

/* Contours of each VOI; one that is too small for any has an ROI without contours. */
static enum ot_rc encode_contours(const struct ot_voi *vois, size_t count,
                                  const struct ot_dicom_series_head *series,
                                  struct ot_buffer *bytes, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    struct ot_dicom_roi *rois = OT_NEW(struct ot_dicom_roi, count, err);
    if (rois == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        rois[n].name = vois[n].name;
        rois[n].interpreted = ot_voi_code(vois[n].role)->interpreted;
        rc = ot_iso_contours(vois[n].fraction, &rois[n].contours, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_rtstruct_encode(series, NULL, NULL, rois, count, bytes, err);
    }
    for (size_t n = 0; n < count; n++) {
        ot_contour_set_release(&rois[n].contours);
    }
    ot_free(rois);
    return rc;
}

bool ot_case_wants_vois_as(const struct ot_case *c, const char *word)
{
    for (size_t n = 0; n < c->vois_as.count; n++) {
        if (strcmp(c->vois_as.text[n], word) == 0) {
            return true;
        }
    }
    return false;
}

enum format { FORMAT_SEG, FORMAT_SEG_BINARY, FORMAT_RTSTRUCT, FORMAT_SEG_NRRD, FORMAT_COUNT };

static enum ot_rc encode_vois(const struct ot_voi *vois, size_t count,
                              const struct ot_dicom_series_head *series, enum format format,
                              struct ot_buffer *bytes, struct ot_err *err)
{
    switch (format) {
    case FORMAT_SEG:
    case FORMAT_SEG_BINARY:
        return ot_dicom_seg_encode(series, vois, count, format == FORMAT_SEG_BINARY, bytes, err);
    case FORMAT_RTSTRUCT:
        return encode_contours(vois, count, series, bytes, err);
    case FORMAT_SEG_NRRD:
    case FORMAT_COUNT:
        break;
    }
    return ot_seg_nrrd_encode(vois, count, bytes, err);
}

enum ot_rc ot_case_put_vois_as(const struct ot_dosimetry *d, const json_t *result,
                               const struct ot_voi *vois, size_t count, struct ot_store *store,
                               struct ot_err *err)
{
    static const struct {
        const char *word, *file;
    } formats[FORMAT_COUNT] = {[FORMAT_SEG] = {"seg", "vois.dcm"},
                               [FORMAT_SEG_BINARY] = {"seg-binary", "vois_binary.dcm"},
                               [FORMAT_RTSTRUCT] = {"rtstruct", "vois_rtstruct.dcm"},
                               [FORMAT_SEG_NRRD] = {"seg.nrrd", "vois.seg.nrrd"}};
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < FORMAT_COUNT; n++) {
        struct names names;
        struct ot_dicom_series_head series;
        struct ot_buffer bytes = {0};
        if (!ot_case_wants_vois_as(d->given, formats[n].word)) {
            continue;
        }
        rc = name_series(d, result, formats[n].file, "VOIs of a Y-90 dosimetry", &names, &series,
                         err);
        if (rc == OT_OK) {
            rc = encode_vois(vois, count, &series, (enum format)n, &bytes, err);
        }
        if (rc == OT_OK) {
            rc = ot_store_put(store, formats[n].file, bytes.data, bytes.size, err);
        } else {
            ot_err_context(err, "%s", formats[n].file);
        }
        ot_buffer_release(&bytes);
    }
    return rc;
}
