/* io/dicom_plan.c - what is common to all image series. */
#include "io/dicom_plan.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_frames.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"
#include "io/hash.h"

enum { ID_SIZE = 512 };
static const double thickness_tolerance = 0.01; /* relative */

enum ot_rc ot_dicom_identity(const struct otx_item *root, struct ot_identity *identity,
                             struct ot_err *err)
{
    char id[ID_SIZE];
    *identity = (struct ot_identity){0};
    (void)ot_dicom_text(root, TAG_FRAME_OF_REFERENCE, identity->frame_of_reference,
                        sizeof identity->frame_of_reference);
    (void)ot_dicom_text(root, TAG_STUDY_INSTANCE, identity->study, sizeof identity->study);
    if (!ot_dicom_text(root, TAG_PATIENT_ID, id, sizeof id)) {
        return OT_OK;
    }
    return ot_hash_bytes(id, strlen(id), identity->patient_sha256, err);
}

struct ot_time ot_dicom_acquired(const struct otx_item *root)
{
    struct ot_time time = ot_dicom_date_time(root, root, TAG_FRAME_ACQUISITION_DATE_TIME);
    if (!time.known) {
        time = ot_dicom_time(root, TAG_ACQUISITION_DATE, TAG_ACQUISITION_TIME);
    }
    return time.known ? time : ot_dicom_date_time(root, root, TAG_ACQUISITION_DATE_TIME);
}

enum ot_rc ot_dicom_plan_stack(const struct ot_dicom_series *series, const char *kind,
                               enum ot_rc (*read_scale)(const struct otx_item *item,
                                                        struct ot_dicom_plane *plane,
                                                        struct ot_err *err),
                               struct ot_dicom_plan *plan, struct ot_err *err)
{
    const struct ot_dicom_file *file = series->files[0];
    enum ot_rc rc = ot_dicom_plan_slices(series, plan, err);
    for (size_t n = 0; rc == OT_OK && n < plan->count; n++) {
        rc = read_scale(series->files[n]->root, &plan->planes[n], err);
        if (rc != OT_OK) {
            ot_err_context(err, "%s", series->files[n]->name);
        }
    }
    if (rc != OT_OK) {
        return rc;
    }
    rc = ot_dicom_number(file->root, TAG_PIXEL_PADDING, &plan->padding, &plan->padded, err);
    if (rc == OT_OK) {
        rc = ot_dicom_stack(plan->planes, plan->count, &plan->face, &plan->grid, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s%s%s", series->count == 1 ? "" : kind,
                       series->count == 1 ? "" : " series of ", file->name);
        return rc;
    }
    plan->facts.acquired = ot_dicom_acquired(file->root);
    return OT_OK;
}

enum ot_rc ot_dicom_plan_frames(struct ot_dicom_plan *plan, size_t frames, struct ot_err *err)
{
    plan->planes = OT_NEW(struct ot_dicom_plane, frames, err);
    if (plan->planes == NULL) {
        return OT_ERR_NOMEM;
    }
    plan->count = frames;
    for (size_t n = 0; n < frames; n++) {
        plan->planes[n].frame = n;
        plan->planes[n].slope = 1.0;
        plan->planes[n].least_stored = -INFINITY;
        plan->planes[n].most_stored = INFINITY;
    }
    return OT_OK;
}

static enum ot_rc read_face(const struct ot_dicom_file *file,
                            const struct ot_dicom_samples *samples, struct ot_dicom_face *face,
                            struct ot_err *err)
{
    *face = (struct ot_dicom_face){.columns = samples->columns, .rows = samples->rows};
    enum ot_rc rc = ot_dicom_need_numbers(file->root, TAG_PIXEL_SPACING, face->spacing_mm, 2, err);
    return rc == OT_OK
               ? ot_dicom_need_numbers(file->root, TAG_IMAGE_ORIENTATION, face->orientation, 6, err)
               : rc;
}

static const char *identity_difference(const struct ot_identity *a, const struct ot_identity *b)
{
    if (strcmp(a->patient_sha256, b->patient_sha256) != 0) {
        return "patient (0010,0020)";
    }
    if (strcmp(a->study, b->study) != 0) {
        return "study (0020,000d)";
    }
    if (strcmp(a->frame_of_reference, b->frame_of_reference) != 0) {
        return "frame of reference (0020,0052)";
    }
    return NULL;
}

static bool same_storage(const struct ot_dicom_samples *a, const struct ot_dicom_samples *b)
{
    return a->bits_allocated == b->bits_allocated;
}

/* Checks file n of the series against the first one, and takes its position. */
static enum ot_rc add_slice(const struct ot_dicom_series *series, size_t n,
                            struct ot_dicom_plan *plan, struct ot_err *err)
{
    const struct ot_dicom_file *file = series->files[n];
    struct ot_dicom_samples samples;
    struct ot_dicom_face face;
    struct ot_identity identity;
    enum ot_rc rc = ot_dicom_samples_describe(file, &samples, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (samples.frames != 1 && !series->of_frames) {
        return ot_fail(err, OT_ERR_UNSUPPORTED, "holds %zu frames; one slice a file is expected",
                       samples.frames);
    }
    rc = read_face(file, &samples, &face, err);
    if (rc == OT_OK) {
        rc = ot_dicom_identity(file->root, &identity, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(file->root, TAG_IMAGE_POSITION, plan->planes[n].position_mm, 3,
                                   err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (n == 0) {
        plan->samples = samples;
        plan->face = face;
        plan->facts.identity = identity;
    }
    plan->planes[n].file = n;
    plan->planes[n].frame = 0;
    const char *what = ot_dicom_face_difference(&plan->face, &face);
    what = what != NULL ? what : identity_difference(&plan->facts.identity, &identity);
    if (what != NULL) {
        return ot_fail(err, OT_ERR_GEOMETRY, "has another %s than %s of the same series", what,
                       series->files[0]->name);
    }
    if (!same_storage(&plan->samples, &samples)) {
        return ot_fail(err, OT_ERR_FORMAT, "stores pixels otherwise than %s of the same series",
                       series->files[0]->name);
    }
    return OT_OK;
}

enum ot_rc ot_dicom_plan_slices(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                                struct ot_err *err)
{
    enum ot_rc rc = ot_dicom_plan_frames(plan, series->count, err);
    for (size_t n = 0; rc == OT_OK && n < series->count; n++) {
        rc = add_slice(series, n, plan, err);
        if (rc != OT_OK) {
            ot_err_context(err, "%s", series->files[n]->name);
        }
    }
    return rc;
}

/* Two files that call themselves the same object but differ: neither can be believed. */
static enum ot_rc check_instances(const struct ot_dicom_series *series, struct ot_err *err)
{
    for (size_t n = 0; n < series->count; n++) {
        const struct ot_dicom_file *file = series->files[n];
        for (size_t m = n + 1; m < series->count && file->sop_instance[0] != '\0'; m++) {
            if (strcmp(file->sop_instance, series->files[m]->sop_instance) == 0) {
                return ot_fail(err, OT_ERR_FORMAT,
                               "%s: has the same SOP Instance UID (0008,0018) as %s, but other "
                               "content; keep the right one",
                               series->files[m]->name, file->name);
            }
        }
    }
    return OT_OK;
}

static enum ot_rc digest(const struct ot_dicom_series *series, struct ot_image_facts *facts,
                         struct ot_err *err)
{
    struct ot_texts digests = {0};
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; n < series->count; n++) {
        (void)ot_texts_add(&digests, "%s", series->files[n]->sha256);
    }
    if (digests.failed) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for a list of digests");
    } else {
        rc = ot_hash_set(&digests, facts->files_sha256, err);
    }
    ot_texts_release(&digests);
    facts->file_count = series->count;
    return rc;
}

static enum ot_rc plan_slices(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                              struct ot_err *err)
{
    if (series->use == OT_USE_MR) {
        return ot_dicom_plan_mr(series, plan, err);
    }
    return series->use == OT_USE_CT ? ot_dicom_plan_ct(series, plan, err)
                                    : ot_dicom_plan_pet(series, plan, err);
}

static enum ot_rc plan_frames(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                              struct ot_err *err)
{
    struct ot_dicom_frames frames;
    enum ot_rc rc = ot_dicom_frames_open(series, &frames, err);
    if (rc == OT_OK) {
        rc = plan_slices(&frames.series, plan, err);
    }
    if (rc == OT_OK) {
        ot_dicom_frames_settle(&frames, plan);
    }
    ot_dicom_frames_release(&frames);
    return rc;
}

static enum ot_rc plan_kind(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                            struct ot_err *err)
{
    if (series->use == OT_USE_SPECT) {
        return ot_dicom_plan_nm(series, plan, err);
    }
    if (series->use == OT_USE_CT || series->use == OT_USE_PET || series->use == OT_USE_MR) {
        if (ot_dicom_is_enhanced(series->files[0]->sop_class)) {
            return plan_frames(series, plan, err);
        }
        const enum ot_rc rc = ot_selector_allow(&series->part, 1U << OT_SELECT_SERIES,
                                                "a series of single slices", err);
        return rc == OT_OK ? plan_slices(series, plan, err) : rc;
    }
    if (series->use == OT_USE_RTDOSE) {
        const enum ot_rc rc =
            ot_selector_allow(&series->part, 1U << OT_SELECT_SERIES, "a dose", err);
        return rc == OT_OK ? ot_dicom_plan_rtdose(series, plan, err) : rc;
    }
    return ot_fail(err, OT_ERR_ARG, "is no image that makes a volume");
}

/* A slice is often thicker than the step (overlap), and seldom thinner: only positions count. */
static enum ot_rc note_thickness(const struct ot_dicom_file *file, const struct ot_grid *grid,
                                 struct ot_texts *notes, struct ot_err *err)
{
    double thickness_mm = 0.0;
    bool found = false;
    const enum ot_rc rc =
        ot_dicom_number(file->root, TAG_SLICE_THICKNESS, &thickness_mm, &found, err);
    if (rc != OT_OK) {
        ot_err_context(err, "%s", file->name);
    }
    if (rc == OT_OK && found && thickness_mm > 0.0 &&
        !(fabs(thickness_mm - grid->spacing_mm[2]) <= thickness_tolerance * thickness_mm)) {
        (void)ot_texts_add(notes,
                           "SliceThickness (0018,0050) is %.4g mm, the slices lie %.4g mm apart: "
                           "the distance is used",
                           thickness_mm, grid->spacing_mm[2]);
    }
    return rc;
}

enum ot_rc ot_dicom_plan_make(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                              struct ot_err *err)
{
    *plan = (struct ot_dicom_plan){.facts = {.use = series->use}};
    if (series->files[0]->damage.code != OT_OK) {
        if (err != NULL) {
            *err = series->files[0]->damage;
        }
        return series->files[0]->damage.code;
    }
    enum ot_rc rc = check_instances(series, err);
    if (rc == OT_OK) {
        rc = digest(series, &plan->facts, err);
    }
    if (rc == OT_OK) {
        rc = plan_kind(series, plan, err);
    }
    if (rc == OT_OK) {
        rc = note_thickness(series->files[0], &plan->grid, &plan->facts.notes, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (series->duplicates > 0) {
        (void)ot_texts_add(&plan->facts.notes, "%zu file%s came twice and %s read once",
                           series->duplicates, series->duplicates == 1 ? "" : "s",
                           series->duplicates == 1 ? "was" : "were");
    }
    const struct ot_dicom_file *first = series->files[0];
    if (first->layout.meta_instance[0] != '\0' && first->sop_instance[0] != '\0' &&
        strcmp(first->layout.meta_instance, first->sop_instance) != 0) {
        (void)ot_texts_add(&plan->facts.notes,
                           "the meta group (0002,0003) names another object than the data set "
                           "(0008,0018), which is believed");
    }
    if (ot_dicom_text_is(series->files[0]->root, TAG_LOSSY_COMPRESSION, "01")) {
        (void)ot_texts_add(&plan->facts.notes,
                           "the pixels went through lossy compression (0028,2110)");
    }
    if (plan->count == 2) {
        (void)ot_texts_add(&plan->facts.notes, "the volume has two slices only");
    }
    return plan->facts.notes.failed ? ot_fail(err, OT_ERR_NOMEM, "no memory for notes") : OT_OK;
}

void ot_dicom_plan_release(struct ot_dicom_plan *plan)
{
    if (plan != NULL) {
        ot_free(plan->planes);
        ot_texts_release(&plan->facts.notes);
        ot_free(plan->facts.plane_after_s);
        *plan = (struct ot_dicom_plan){0};
    }
}

bool ot_dicom_plan_has_one_scale(const struct ot_dicom_plan *plan)
{
    const struct ot_dicom_plane *first = &plan->planes[0];
    for (size_t k = 1; k < plan->count; k++) {
        if (fabs(plan->planes[k].slope - first->slope) > 0.0 ||
            fabs(plan->planes[k].intercept - first->intercept) > 0.0) {
            return false;
        }
    }
    return true;
}

double ot_dicom_plan_intercept(const struct ot_dicom_plan *plan)
{
    double most = 0.0;
    for (size_t k = 0; k < plan->count; k++) {
        most = fabs(plan->planes[k].intercept) > fabs(most) ? plan->planes[k].intercept : most;
    }
    return most;
}
