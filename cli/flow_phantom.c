/* cli/flow_phantom.c - makes the images of a synthetic patient and writes them in one go. */
#include "cli/flow_phantom.h"

#include <assert.h>
#include <stdio.h>

#include "cli/phantom_case.h"
#include "core/mem.h"
#include "core/text.h"
#include "io/json.h"
#include "kernels/phantom_image.h"

/* Independent streams of random numbers. */
enum stream { STREAM_SPECT = 1, STREAM_PET, STREAM_CT };
static const uint64_t STREAM_STEP = UINT64_C(0x9E3779B97F4A7C15);

static uint64_t seed_of(const struct ot_phantom_case *patient, enum stream stream)
{
    return patient->request->seed + STREAM_STEP * (uint64_t)stream;
}

static const char *const FOLDER_BELOW[OT_FOLDER_COUNT] = {"/dicom/spect", "/dicom/ct", "/dicom/pet",
                                                          "/dicom",       "/nifti",    ""};

enum ot_rc ot_phantom_put(struct ot_phantom_case *patient, enum ot_phantom_folder folder,
                          const char *name, const void *bytes, size_t size, struct ot_err *err)
{
    patient->files++;
    return ot_store_put(patient->store[folder], name, bytes, size, err);
}

enum ot_rc ot_phantom_put_json(struct ot_phantom_case *patient, enum ot_phantom_folder folder,
                               const char *name, json_t *value, struct ot_err *err)
{
    struct ot_buffer text = {0};
    if (value == NULL) {
        return ot_fail(err, OT_ERR_NOMEM, "%s: out of memory", name);
    }
    enum ot_rc rc = ot_json_write(value, &text, err);
    if (rc == OT_OK) {
        rc = ot_phantom_put(patient, folder, name, text.data, text.size, err);
    }
    json_decref(value);
    ot_buffer_release(&text);
    return rc;
}

static enum ot_rc open_stores(struct ot_phantom_case *patient, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    for (int n = OT_FOLDER_COUNT; rc == OT_OK && n-- > 0;) { /* the root first */
        struct ot_buffer path = {0};
        ot_buffer_printf(&path, "%s%s", patient->request->out_dir, FOLDER_BELOW[n]);
        rc = ot_buffer_check(&path, err);
        if (rc == OT_OK) {
            /* Below a root that is empty, or may be overwritten, there is nothing to protect. */
            const bool overwrite = n != OT_FOLDER_ROOT || patient->request->overwrite;
            rc = ot_store_begin(path.data, overwrite, &patient->store[n], err);
        }
        ot_buffer_release(&path);
    }
    return rc;
}

/* Names that an earlier run may have left in a folder: those of the larger preset, too. */
static enum ot_rc names_written(enum ot_phantom_folder folder, struct ot_texts *names,
                                struct ot_err *err)
{
    enum { CT_SLICES = 200, PET_SLICES = 109 };
    static const char *const nifti[] = {"spect.nii.gz", "spect.json", "ct.nii.gz", "pet.nii.gz",
                                        "pet.json"};
    static const char *const root[] = {"case-plan.json", "case-verify.json", "truth.json"};
    for (int k = 1; folder == OT_FOLDER_CT && k <= CT_SLICES; k++) {
        (void)ot_texts_add(names, "ct_%04d.dcm", k);
    }
    for (int k = 1; folder == OT_FOLDER_PET && k <= PET_SLICES; k++) {
        (void)ot_texts_add(names, "pet_%04d.dcm", k);
    }
    for (size_t n = 0; folder == OT_FOLDER_NIFTI && n < sizeof nifti / sizeof nifti[0]; n++) {
        (void)ot_texts_add(names, "%s", nifti[n]);
    }
    for (size_t v = 0; folder == OT_FOLDER_NIFTI && v < ot_phantom_voi_count; v++) {
        (void)ot_texts_add(names, "voi_%s.nii.gz", ot_phantom_vois[v].name);
    }
    for (size_t n = 0; folder == OT_FOLDER_ROOT && n < sizeof root / sizeof root[0]; n++) {
        (void)ot_texts_add(names, "%s", root[n]);
    }
    return names->failed ? ot_fail(err, OT_ERR_NOMEM, "out of memory") : OT_OK;
}

static enum ot_rc commit(struct ot_phantom_case *patient, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    for (unsigned n = 0; rc == OT_OK && n < OT_FOLDER_COUNT; n++) {
        struct ot_texts names = {0};
        rc = names_written((enum ot_phantom_folder)n, &names, err);
        if (rc == OT_OK) {
            rc = ot_store_commit(patient->store[n], (const char *const *)names.text, names.count,
                                 err);
        }
        ot_texts_release(&names);
    }
    return rc;
}

static enum ot_rc make_spect(struct ot_phantom_case *patient, struct ot_err *err)
{
    const double noisy_counts = 4e6; /* a SPECT of MAA with 150 MBq and 20 s a view */
    const struct ot_phantom_request *request = patient->request;
    const struct ot_grid *grid = &patient->phantom.spect;
    const size_t all = ot_grid_voxel_count(grid);
    enum ot_rc rc = ot_phantom_render(&patient->phantom, grid, request->threads, &patient->spect,
                                      patient->spect_fraction, err);
    if (rc == OT_OK) {
        rc = ot_phantom_breathe(patient->spect, request->blur_mm, err);
    }
    if (rc == OT_OK) {
        patient->counts = OT_NEW(uint16_t, all, err);
        rc = patient->counts != NULL
                 ? ot_phantom_count(patient->spect, request->noise, noisy_counts,
                                    seed_of(patient, STREAM_SPECT), patient->counts, err)
                 : OT_ERR_NOMEM;
    }
    for (size_t x = 0; rc == OT_OK && x < all; x++) {
        patient->spect->data[x] = patient->counts[x];
    }
    return rc;
}

static enum ot_rc make_pet(struct ot_phantom_case *patient, struct ot_err *err)
{
    const double noisy_counts = 1e6; /* few positrons: about 10 % in a voxel of liver */
    const double bq_per_kbq = 1000.0;
    const struct ot_phantom_request *request = patient->request;
    const struct ot_grid *grid = &patient->phantom.pet;
    const size_t plane = grid->n[0] * grid->n[1];
    const size_t all = ot_grid_voxel_count(grid);
    enum ot_rc rc = ot_phantom_render(&patient->phantom, grid, request->threads, &patient->pet,
                                      patient->pet_fraction, err);
    if (rc == OT_OK) {
        rc = ot_phantom_breathe(patient->pet, request->blur_mm, err);
    }
    if (rc == OT_OK) {
        patient->pet_stored = OT_NEW(uint16_t, all, err);
        patient->pet_slope = OT_NEW(double, grid->n[2], err);
        if (patient->pet_stored == NULL || patient->pet_slope == NULL) {
            return OT_ERR_NOMEM;
        }
        rc = ot_phantom_scan(patient->pet, bq_per_kbq / ot_phantom_pet_decay(), request->noise,
                             noisy_counts, seed_of(patient, STREAM_PET), patient->pet_stored,
                             patient->pet_slope, err);
    }
    for (size_t x = 0; rc == OT_OK && x < all; x++) {
        patient->pet->data[x] = (float)(patient->pet_stored[x] * patient->pet_slope[x / plane]);
    }
    if (rc == OT_OK) {
        patient->pet->unit = OT_UNIT_BQ_PER_ML;
    }
    return rc;
}

static enum ot_rc make_ct(struct ot_phantom_case *patient, struct ot_err *err)
{
    const double noise_hu = 12.0;
    const struct ot_phantom_request *request = patient->request;
    const struct ot_grid *grid = &patient->phantom.ct;
    const size_t all = ot_grid_voxel_count(grid);
    patient->hu = OT_NEW(int16_t, all, err);
    patient->ct_parts = OT_NEW(uint8_t, all, err);
    if (patient->hu == NULL || patient->ct_parts == NULL) {
        return OT_ERR_NOMEM;
    }
    ot_phantom_render_ct(&patient->phantom, grid, request->noise ? noise_hu : 0.0,
                         seed_of(patient, STREAM_CT), request->threads, patient->hu,
                         patient->ct_parts);
    enum ot_rc rc = OT_OK;
    for (size_t v = 0; v < ot_phantom_voi_count; v++) {
        for (size_t k = 0; rc == OT_OK && ot_phantom_vois[v].drawn && k < grid->n[2]; k++) {
            const double z_mm = grid->origin_mm[2] + (double)k * grid->spacing_mm[2];
            rc = ot_phantom_section(&patient->phantom, &ot_phantom_vois[v], z_mm,
                                    &patient->contours[v], err);
        }
    }
    return rc;
}

static void release(struct ot_phantom_case *patient)
{
    for (size_t v = 0; v < OT_PHANTOM_MAX_VOIS; v++) {
        ot_volume_destroy(patient->spect_fraction[v]);
        ot_volume_destroy(patient->pet_fraction[v]);
        ot_contour_set_release(&patient->contours[v]);
    }
    ot_volume_destroy(patient->spect);
    ot_volume_destroy(patient->pet);
    ot_free(patient->counts);
    ot_free(patient->pet_stored);
    ot_free(patient->pet_slope);
    ot_free(patient->hu);
    ot_free(patient->ct_parts);
    for (size_t n = 0; n < OT_FOLDER_COUNT; n++) { /* folders below the root first */
        ot_store_abort(patient->store[n]);
    }
}

enum ot_rc ot_flow_phantom(const struct ot_phantom_request *request,
                           struct ot_phantom_summary *summary, struct ot_err *err)
{
    static enum ot_rc (*const steps[])(struct ot_phantom_case *,
                                       struct ot_err *) = {open_stores,
                                                           ot_phantom_name_series,
                                                           make_spect,
                                                           make_pet,
                                                           make_ct,
                                                           ot_phantom_write_dicom,
                                                           ot_phantom_write_nifti,
                                                           ot_phantom_write_cases};
    struct ot_phantom_case patient = {.request = request};
    assert(ot_phantom_voi_count <= OT_PHANTOM_MAX_VOIS);
    *summary = (struct ot_phantom_summary){0};
    enum ot_rc rc = ot_phantom_preset(request->preset, &patient.phantom, err);
    (void)snprintf(patient.case_id, sizeof patient.case_id, "phantom-%.16s-%llu", request->preset,
                   (unsigned long long)request->seed);
    for (size_t n = 0; rc == OT_OK && n < sizeof steps / sizeof steps[0]; n++) {
        rc = steps[n](&patient, err);
    }
    if (rc == OT_OK) {
        rc = ot_phantom_write_truth(&patient, summary, err);
    }
    if (rc == OT_OK) {
        rc = commit(&patient, err);
    }
    summary->files = patient.files;
    (void)ot_text_copy(summary->case_id, sizeof summary->case_id, patient.case_id);
    release(&patient);
    return rc;
}
