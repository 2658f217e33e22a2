/* cli/flow_register.c - one study brought onto another: the steps in their order. */
#include "cli/flow_register.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/register_parts.h"
#include "cli/result.h"
#include "cli/threads.h"
#include "cli/waivers.h"
#include "core/mem.h"
#include "core/resample.h"
#include "io/dicom_write.h"
#include "io/json.h"
#include "io/load.h"
#include "segment/rasterize.h"

enum { MOST_RESAMPLED = 8 };

static const char *const FILES[] = {
    "result.json",       "transform.tfm",     "transform.dcm",     "moving.nii.gz",
    "vois.nii.gz",       "vois.json",         "image_1.nii.gz",    "image_2.nii.gz",
    "image_3.nii.gz",    "image_4.nii.gz",    "image_5.nii.gz",    "image_6.nii.gz",
    "image_7.nii.gz",    "image_8.nii.gz",    "activity_1.nii.gz", "activity_2.nii.gz",
    "activity_3.nii.gz", "activity_4.nii.gz", "activity_5.nii.gz", "activity_6.nii.gz",
    "activity_7.nii.gz", "activity_8.nii.gz"};

static enum ot_rc check_params(const struct ot_register_params *p, struct ot_err *err)
{
    if (p->apply == NULL && p->moving == NULL) {
        return ot_fail(err, OT_ERR_ARG,
                       "give --moving IMAGE to find its motion, or --apply FILE to use one");
    }
    if (p->apply != NULL && p->moving != NULL) {
        return ot_fail(err, OT_ERR_ARG,
                       "--apply uses a transform and --moving finds one: give --image IMAGE for "
                       "what the transform moves");
    }
    if (p->apply != NULL && p->mask != NULL) {
        return ot_fail(err, OT_ERR_ARG, "--mask is for finding a transform, not for --apply");
    }
    if (p->invert && p->apply == NULL) {
        return ot_fail(err, OT_ERR_ARG, "--invert is for a transform that --apply names");
    }
    if (p->image.count > MOST_RESAMPLED || p->activity.count > MOST_RESAMPLED) {
        return ot_fail(err, OT_ERR_ARG, "at most %d images and %d activities move along",
                       MOST_RESAMPLED, MOST_RESAMPLED);
    }
    return OT_OK;
}

enum ot_rc ot_register_note(struct ot_register_work *w, const char *role,
                            const struct ot_image *image, struct ot_err *err)
{
    /* What is no DICOM may be a CT or an MR: values below 0 are no remark. */
    const bool any = (image->facts.use != OT_USE_IMAGE && image->facts.use != OT_USE_MR) ||
                     strncmp(role, "activity", strlen("activity")) == 0;
    const size_t notes = any ? image->facts.notes.count : 0;
    for (size_t n = 0; n < notes; n++) {
        (void)ot_texts_add(&w->d.warnings, "%s: %s", role, image->facts.notes.text[n]);
    }
    const enum ot_rc rc =
        ot_dosimetry_check_lengths(&w->d, role, image->facts.length_unit_assumed, err);
    return rc == OT_OK ? ot_dosimetry_note_input(&w->d, role, image->facts.files_sha256,
                                                 image->facts.file_count, err)
                       : rc;
}

static enum ot_rc load_fixed(struct ot_register_work *w, struct ot_err *err)
{
    const double spacing_mm = w->params->grid_mm;
    enum ot_rc rc = ot_register_load_image(w->params->fixed, &w->fixed, err);
    if (rc == OT_OK) {
        rc = ot_register_note(w, "fixed", w->fixed, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_same_patient(&w->known, "fixed", &w->fixed->facts.identity, err);
    }
    if (rc == OT_OK) {
        w->d.grid = w->fixed->volume->grid;
        rc = isnan(spacing_mm)
                 ? OT_OK
                 : ot_grid_with_spacing(&w->fixed->volume->grid, spacing_mm, &w->d.grid, err);
    }
    return rc;
}

/* Patients are compared, frames of reference not: they are what the search is for. */
static enum ot_rc load_moving(struct ot_register_work *w, struct ot_err *err)
{
    enum ot_rc rc = ot_register_load_image(w->params->moving, &w->moving, err);
    if (rc == OT_OK) {
        struct ot_identity patient = w->moving->facts.identity;
        patient.frame_of_reference[0] = '\0';
        patient.study[0] = '\0';
        rc = ot_dosimetry_same_patient(&w->known, "moving", &patient, err);
    }
    return rc == OT_OK ? ot_register_note(w, "moving", w->moving, err) : rc;
}

static enum ot_rc load_mask(struct ot_register_work *w, struct ot_volume **mask, struct ot_err *err)
{
    struct ot_texts pool = {0};
    struct ot_region *region = NULL;
    const char *hash = strrchr(w->params->mask, '#');
    const char *selector = hash != NULL ? hash + 1 : NULL;
    const int length = hash != NULL ? (int)(hash - w->params->mask) : (int)strlen(w->params->mask);
    const char *path = ot_texts_add(&pool, "%.*s", length, w->params->mask);
    if (path == NULL) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory for a path");
    }
    enum ot_rc rc = ot_regions_load(path, &selector, 1, &region, err);
    if (rc == OT_OK) {
        rc = ot_dosimetry_check_lengths(&w->d, "mask", region->length_unit_assumed, err);
    }
    if (rc == OT_OK && region->identity.frame_of_reference[0] != '\0' &&
        w->known.first.frame_of_reference[0] != '\0' &&
        strcmp(region->identity.frame_of_reference, w->known.first.frame_of_reference) != 0) {
        rc = ot_fail(err, OT_ERR_GEOMETRY,
                     "the mask is in another frame of reference (0020,0052) than the fixed image");
    }
    if (rc == OT_OK) {
        rc = ot_region_to_fraction(region, &w->fixed->volume->grid, w->d.threads, mask, NULL, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "--mask");
    }
    ot_region_destroy(region);
    ot_texts_release(&pool);
    return rc;
}

/* The file that a found motion would be read from. A patient may have moved between two images of
 * one frame of reference: then frames cannot tell which is which. */
static enum ot_rc remember(struct ot_register_work *w, struct ot_err *err)
{
    struct ot_transform_file *file = &w->file;
    *file = (struct ot_transform_file){.format = "found", .count = 2};
    file->frames[0].to_registered = ot_rigid_identity();
    file->frames[1].to_registered = w->motion;
    const char *fixed = w->fixed->facts.identity.frame_of_reference;
    const char *moving = w->moving->facts.identity.frame_of_reference;
    if (fixed[0] == '\0' || moving[0] == '\0' || strcmp(fixed, moving) == 0) {
        return OT_OK;
    }
    const enum ot_rc rc = ot_transform_frame_digest(fixed, file->frames[0].frame_sha256, err);
    return rc == OT_OK ? ot_transform_frame_digest(moving, file->frames[1].frame_sha256, err) : rc;
}

static enum ot_rc judge(struct ot_register_work *w, struct ot_err *err)
{
    struct ot_register_limits limits = ot_register_limits;
    limits.least_overlap_fraction = w->params->least_overlap_fraction;
    enum ot_rc rc = ot_register_doubts(&w->found, &limits, &w->doubts, err);
    if (rc != OT_OK || w->doubts.count == 0) {
        return rc;
    }
    if (!w->params->accept_doubtful) {
        return ot_fail(err, OT_ERR_RANGE,
                       "the registration failed: %s; look at both images, give a --mask or a "
                       "start, or take it with --accept-doubtful",
                       w->doubts.text[0]);
    }
    for (size_t n = 0; n < w->doubts.count; n++) {
        ot_waivers_tell(&w->d, "accept-doubtful", "accepted although doubtful: %s",
                        w->doubts.text[n]);
    }
    return OT_OK;
}

static enum ot_rc search(struct ot_register_work *w, struct ot_err *err)
{
    const struct ot_register_params *p = w->params;
    const double still[3] = {0.0, 0.0, 0.0};
    const double shift_mm[3] = {p->start_x_mm, p->start_y_mm, p->start_z_mm};
    const bool started =
        fabs(shift_mm[0]) > 0.0 || fabs(shift_mm[1]) > 0.0 || fabs(shift_mm[2]) > 0.0;
    const struct ot_rigid start = ot_rigid_euler(still, still, shift_mm);
    struct ot_volume *mask = NULL;
    enum ot_rc rc = load_moving(w, err);
    ot_dosimetry_mark(&w->d, "read_images");
    if (rc == OT_OK && p->mask != NULL) {
        rc = load_mask(w, &mask, err);
    }
    if (rc == OT_OK) {
        const struct ot_register_request request = {.fixed = w->fixed->volume,
                                                    .moving = w->moving->volume,
                                                    .mask = mask,
                                                    .start = started ? &start : NULL,
                                                    .threads = w->d.threads};
        rc = ot_register_search(&request, &w->found, err);
        w->motion = w->found.moving_to_fixed;
        w->searched = true;
    }
    ot_dosimetry_mark(&w->d, "search");
    if (rc == OT_OK) {
        rc = judge(w, err);
    }
    ot_volume_destroy(mask);
    return rc == OT_OK ? remember(w, err) : rc;
}

/* A transform from a file; which of its frames moves is known with the first image that it moves,
 * or stands for itself. */
static enum ot_rc read_transform(struct ot_register_work *w, struct ot_err *err)
{
    enum ot_rc rc = ot_transform_load(w->params->apply, &w->file, err);
    bool checked = false;
    if (rc == OT_OK) {
        rc = ot_dosimetry_note_input(&w->d, "transform", w->file.sha256, 1, err);
    }
    for (size_t n = 0; rc == OT_OK && w->params->invert && n < w->file.count; n++) {
        if (w->file.frames[n].frame_sha256[0] != '\0') {
            rc = ot_fail(err, OT_ERR_ARG,
                         "--invert: this transform states its frames of reference, so it is used "
                         "in the right direction anyway");
        }
    }
    if (rc == OT_OK && w->params->invert) {
        w->file.frames[1].to_registered = ot_rigid_invert(&w->file.frames[1].to_registered);
    }
    if (rc == OT_OK) {
        rc = ot_transform_between(&w->file, "", w->known.first.frame_of_reference, &w->motion,
                                  &checked, err);
    }
    if (rc == OT_OK && !checked) { /* frames of reference are of one patient */
        struct ot_identity patient = w->file.identity;
        patient.study[0] = '\0';
        rc = ot_dosimetry_same_patient(&w->known, "transform", &patient, err);
    }
    return rc;
}

/* The digests of the fixed image's frame and of the other one in the file. */
static enum ot_rc put_itk(struct ot_register_work *w, struct ot_err *err)
{
    const struct ot_transform_file *file = &w->file;
    char fixed[OT_SHA256_SIZE];
    struct ot_buffer bytes = {0};
    enum ot_rc rc =
        ot_transform_frame_digest(w->fixed->facts.identity.frame_of_reference, fixed, err);
    const size_t other = strcmp(file->frames[0].frame_sha256, fixed) == 0 ? 1 : 0;
    const char *moving = file->count == 2 ? file->frames[other].frame_sha256 : "";
    if (rc == OT_OK) {
        rc = ot_transform_itk_encode(&w->motion, fixed, moving, &bytes, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(w->store, "transform.tfm", bytes.data, bytes.size, err);
    }
    ot_buffer_release(&bytes);
    return rc;
}

static enum ot_rc make_uids(const struct ot_register_work *w, char uids[2][OT_UID_SIZE],
                            struct ot_err *err)
{
    static const char *const parts[] = {"study", "series"};
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < 2; n++) {
        struct ot_buffer seed = {0};
        ot_buffer_printf(&seed, "%s/register/%.0f/%s/%s/%s", w->params->case_id, w->start_utc_s,
                         w->fixed->facts.files_sha256, w->moving->facts.files_sha256, parts[n]);
        rc = ot_buffer_check(&seed, err);
        if (rc == OT_OK) {
            rc = ot_dicom_uid(seed.data, uids[n], err);
        }
        ot_buffer_release(&seed);
    }
    return rc;
}

/* Where both frames are stated, and differ: else a registration object has nothing to link. */
static enum ot_rc put_dicom(struct ot_register_work *w, struct ot_err *err)
{
    const struct ot_time start = {.s = w->start_utc_s, .known = true, .zoned = true};
    const struct ot_identity *fixed = &w->fixed->facts.identity;
    const char *moving = w->moving != NULL ? w->moving->facts.identity.frame_of_reference : "";
    char made[2][OT_UID_SIZE];
    char iso[32];
    char date[9];
    char time_of_day[7];
    struct ot_buffer bytes = {0};
    if (w->file.frames[0].frame_sha256[0] == '\0' || moving[0] == '\0') {
        return OT_OK;
    }
    ot_time_to_iso8601(&start, iso, sizeof iso);
    (void)snprintf(date, sizeof date, "%.4s%.2s%.2s", iso, iso + 5, iso + 8);
    (void)snprintf(time_of_day, sizeof time_of_day, "%.2s%.2s%.2s", iso + 11, iso + 14, iso + 17);
    enum ot_rc rc = make_uids(w, made, err);
    const struct ot_dicom_series_head series = {
        .patient_id = w->params->case_id,
        .study_uid = fixed->study[0] != '\0' ? fixed->study : made[0],
        .series_uid = made[1],
        .frame_uid = fixed->frame_of_reference,
        .date = date,
        .time_of_day = time_of_day,
        .zone = "+0000",
        .description = "Rigid registration",
        .number = 1,
        .study_description = "Y-90 radioembolization",
        .model = "tare",
        .deidentified_by = "Computed under a pseudonym",
    };
    if (rc == OT_OK) {
        rc = ot_dicom_reg_encode(&series, moving, &w->motion, &bytes, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(w->store, "transform.dcm", bytes.data, bytes.size, err);
    }
    ot_buffer_release(&bytes);
    return rc;
}

static enum ot_rc put_result(struct ot_register_work *w, json_t **result, struct ot_err *err)
{
    struct ot_buffer json = {0};
    enum ot_rc rc = ot_register_make_result(w, result, err);
    if (rc == OT_OK) {
        rc = ot_json_write(*result, &json, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(w->store, "result.json", json.data, json.size, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_commit(w->store, FILES, sizeof FILES / sizeof FILES[0], err);
    }
    ot_buffer_release(&json);
    return rc;
}

static void release(struct ot_register_work *w)
{
    ot_store_abort(w->store);
    ot_image_destroy(w->fixed);
    ot_image_destroy(w->moving);
    ot_texts_release(&w->doubts);
    json_decref(w->resampled);
    ot_dosimetry_release(&w->d);
}

enum ot_rc ot_flow_register(const struct ot_register_params *params, json_t **result,
                            struct ot_err *err)
{
    struct ot_register_work w = {.params = params, .given = ot_case_defaults};
    *result = NULL;
    w.given.voi = params->voi;
    w.given.units_mm = params->units_mm;
    w.given.allow_intercept = params->allow_intercept;
    w.given.allow_uncorrected_beds = params->allow_uncorrected_beds;
    w.given.allow_negative = true;  /* they stay in the file, where tare plan sees them */
    w.given.allow_saturated = true; /* told as a warning */
    w.given.threads = ot_threads(params->threads);
    ot_dosimetry_init(&w.d, &w.given, OT_STAGE_DOSE);
    w.known = (struct ot_known_identity){
        .patient_override = params->patient_override, .any_study = true, .run = &w.d};
    w.start_utc_s = (double)time(NULL);
    w.d.inputs = json_array();
    w.resampled = json_array();
    enum ot_rc rc = check_params(params, err);
    if (rc == OT_OK && (w.d.inputs == NULL || w.resampled == NULL)) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for the result");
    }
    if (rc == OT_OK) {
        rc = ot_store_begin(params->out, params->overwrite, &w.store, err);
    }
    if (rc == OT_OK) {
        rc = load_fixed(&w, err);
    }
    if (rc == OT_OK) {
        rc = params->apply != NULL ? read_transform(&w, err) : search(&w, err);
    }
    if (rc == OT_OK) {
        rc = ot_register_resample_all(&w, err);
    }
    ot_dosimetry_mark(&w.d, "resample");
    if (rc == OT_OK) {
        rc = put_itk(&w, err);
    }
    if (rc == OT_OK) {
        rc = put_dicom(&w, err);
    }
    if (rc == OT_OK) {
        rc = put_result(&w, result, err);
    }
    if (rc != OT_OK) {
        json_decref(*result);
        *result = NULL;
    }
    release(&w);
    return rc;
}
