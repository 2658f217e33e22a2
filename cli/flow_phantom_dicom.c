/* cli/flow_phantom_dicom.c - the synthetic patient as a clinic would have it. */
#include <math.h>
#include <stdio.h>

#include "cli/phantom_case.h"
#include "core/text.h"
#include "kernels/nuclide.h"

/* Mapping on a Tuesday, injection on the Wednesday of the week after (W1 Wed of a vial that is
 * calibrated on the Sunday before), PET on the day after that; all at New York summer time. */
static const char *const ZONE = "-0400";
static const char *const MAPPING_DATE = "20260901", *const MAPPING_TIME = "093000";
static const char *const INJECTION_DATE = "20260909", *const INJECTION_TIME = "100000";
static const char *const PET_DATE = "20260910", *const PET_TIME = "090000";
static const double PET_DELAY_H = 23.0;
static const double PET_DURATION_S = 1800.0;

double ot_phantom_pet_decay(void)
{
    return exp2(PET_DELAY_H / OT_Y90_DEFAULT.half_life_h);
}

enum uid { UID_FRAME = 0, UID_MAPPING, UID_AFTER, UID_SPECT, UID_CT, UID_PET, UID_VOIS, UID_COUNT };

enum ot_rc ot_phantom_name_series(struct ot_phantom_case *patient, struct ot_err *err)
{
    static const char *const what[UID_COUNT] = {"frame", "mapping study", "later study", "SPECT",
                                                "CT",    "PET",           "VOIs"};
    const struct ot_phantom_request *request = patient->request;
    const double bq_per_gbq = 1e9;
    const double s_per_h = 3600.0;
    for (size_t n = 0; n < UID_COUNT; n++) {
        char text[160];
        (void)snprintf(text, sizeof text, "OpenTARE phantom 1/%s/%llu/%d/%.9g/%s", request->preset,
                       (unsigned long long)request->seed, request->noise ? 1 : 0, request->blur_mm,
                       what[n]);
        enum ot_rc rc = ot_dicom_uid(text, patient->uid[n], err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    (void)snprintf(patient->patient_id, sizeof patient->patient_id, "PHANTOM-%llu",
                   (unsigned long long)request->seed);
    const struct ot_dicom_series_head mapping = {.patient_id = patient->patient_id,
                                                 .study_uid = patient->uid[UID_MAPPING],
                                                 .frame_uid = patient->uid[UID_FRAME],
                                                 .date = MAPPING_DATE,
                                                 .time_of_day = MAPPING_TIME,
                                                 .zone = ZONE};
    patient->spect_series = patient->ct_series = patient->voi_series = patient->pet_series =
        mapping;
    patient->ct_series.series_uid = patient->uid[UID_CT];
    patient->ct_series.description = "CT of SPECT/CT";
    patient->ct_series.number = 1;
    patient->spect_series.series_uid = patient->uid[UID_SPECT];
    patient->spect_series.description = "Tc-99m MAA SPECT";
    patient->spect_series.number = 2;
    patient->voi_series.series_uid = patient->uid[UID_VOIS];
    patient->voi_series.description = "VOIs";
    patient->voi_series.number = 3;
    patient->pet_series.study_uid = patient->uid[UID_AFTER];
    patient->pet_series.series_uid = patient->uid[UID_PET];
    patient->pet_series.description = "Y-90 PET";
    patient->pet_series.number = 4;
    patient->pet_series.date = PET_DATE;
    patient->pet_series.time_of_day = PET_TIME;
    patient->pet_facts = (struct ot_dicom_pet){
        .administered_date = INJECTION_DATE,
        .administered_time = INJECTION_TIME,
        .administered_bq = patient->phantom.activity_gbq * bq_per_gbq,
        .half_life_s = OT_Y90_DEFAULT.half_life_h * s_per_h,
        .duration_s = PET_DURATION_S,
    };
    return OT_OK;
}

static const char *interpreted(enum ot_role role)
{
    if (role == OT_ROLE_TUMOR) {
        return "GTV";
    }
    return role == OT_ROLE_BODY ? "EXTERNAL" : "ORGAN";
}

static enum ot_rc put_file(struct ot_phantom_case *patient, enum ot_phantom_folder folder,
                           const char *name, enum ot_rc rc, struct ot_buffer *bytes,
                           struct ot_err *err)
{
    if (rc == OT_OK) {
        rc = ot_phantom_put(patient, folder, name, bytes->data, bytes->size, err);
    }
    ot_buffer_release(bytes);
    return rc;
}

static enum ot_rc write_rtstruct(struct ot_phantom_case *patient, struct ot_err *err)
{
    struct ot_dicom_roi rois[OT_PHANTOM_MAX_VOIS];
    size_t count = 0;
    for (size_t v = 0; v < ot_phantom_voi_count; v++) {
        if (ot_phantom_vois[v].drawn) {
            rois[count++] =
                (struct ot_dicom_roi){.name = ot_phantom_vois[v].name,
                                      .interpreted = interpreted(ot_phantom_vois[v].role),
                                      .contours = patient->contours[v]};
        }
    }
    struct ot_buffer bytes = {0};
    const enum ot_rc rc = ot_dicom_rtstruct_encode(&patient->voi_series, &patient->ct_series,
                                                   &patient->phantom.ct, rois, count, &bytes, err);
    return put_file(patient, OT_FOLDER_DICOM, "rtstruct.dcm", rc, &bytes, err);
}

enum ot_rc ot_phantom_write_dicom(struct ot_phantom_case *patient, struct ot_err *err)
{
    const struct ot_grid *ct = &patient->phantom.ct;
    const struct ot_grid *pet = &patient->phantom.pet;
    char name[32];
    struct ot_buffer bytes = {0};
    enum ot_rc rc = ot_dicom_nm_encode(&patient->spect_series, &patient->phantom.spect,
                                       patient->counts, &bytes, err);
    rc = put_file(patient, OT_FOLDER_SPECT, "spect.dcm", rc, &bytes, err);
    for (size_t k = 0; rc == OT_OK && k < ct->n[2]; k++) {
        (void)snprintf(name, sizeof name, "ct_%04zu.dcm", k + 1);
        rc = ot_dicom_ct_encode(&patient->ct_series, ct, k, patient->hu + ct->n[0] * ct->n[1] * k,
                                &bytes, err);
        rc = put_file(patient, OT_FOLDER_CT, name, rc, &bytes, err);
    }
    for (size_t k = 0; rc == OT_OK && k < pet->n[2]; k++) {
        (void)snprintf(name, sizeof name, "pet_%04zu.dcm", k + 1);
        rc = ot_dicom_pet_encode(&patient->pet_series, pet, k,
                                 patient->pet_stored + pet->n[0] * pet->n[1] * k,
                                 patient->pet_slope[k], &patient->pet_facts, &bytes, err);
        rc = put_file(patient, OT_FOLDER_PET, name, rc, &bytes, err);
    }
    return rc == OT_OK ? write_rtstruct(patient, err) : rc;
}
