/* cli/flow_segment.c - images and VOIs in, steps one after the other, a folder of VOIs out. */
#include "cli/flow_segment.h"

#include <string.h>
#include <time.h>

#include "cli/case_dicom.h"
#include "cli/segment_parts.h"
#include "cli/threads.h"
#include "core/mem.h"
#include "io/json.h"
#include "io/load.h"
#include "io/store.h"
#include "segment/consistency.h"
#include "segment/op_eval.h"

enum { MOST_STEPS = 64 };

/* Made where nothing is asked for: only these, and only from a CT. */
static const char *const AUTOMATIC[] = {"body = body(ct)", "lungs:left = left_lung(ct)",
                                        "lungs:right = right_lung(ct)"};

static enum ot_rc parse_steps(struct ot_segment_work *w, struct ot_err *err)
{
    const struct ot_texts *op = &w->params->op;
    const bool automatic = op->count == 0;
    if (automatic && w->params->ct == NULL) {
        return ot_fail(err, OT_ERR_ARG,
                       "nothing is asked for: give steps with --op, or a CT, of which body and "
                       "lungs are made");
    }
    w->step_count = automatic ? sizeof AUTOMATIC / sizeof AUTOMATIC[0] : op->count;
    if (w->step_count > MOST_STEPS) {
        return ot_fail(err, OT_ERR_ARG, "--op: %zu are more than the %d allowed", w->step_count,
                       (int)MOST_STEPS);
    }
    w->step = OT_NEW(struct ot_segment_step, w->step_count, err);
    enum ot_rc rc = w->step != NULL ? OT_OK : OT_ERR_NOMEM;
    for (size_t n = 0; rc == OT_OK && n < w->step_count; n++) {
        w->step[n].text = automatic ? AUTOMATIC[n] : op->text[n];
        rc = ot_op_parse(w->step[n].text, &w->step[n].op, err);
        if (rc != OT_OK) {
            ot_err_context(err, "--op %zu", n + 1);
        }
    }
    return rc;
}

static enum ot_rc load_image(struct ot_segment_work *w, const char *role, const char *path,
                             enum ot_use use, struct ot_err *err)
{
    struct ot_image *image = NULL;
    if (path == NULL) {
        return OT_OK;
    }
    enum ot_rc rc = ot_image_load(path, use, &image, err);
    if (rc != OT_OK) {
        return rc;
    }
    w->image[w->scene.image_count] = image; /* owned from here on */
    w->scene.image[w->scene.image_count++] =
        (struct ot_op_image){.name = role, .volume = image->volume};
    /* An intercept moves every level in percent. */
    rc = use == OT_USE_CT ? OT_OK : ot_dosimetry_check_values(&w->d, image, path, err);
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
    for (size_t n = 0; rc == OT_OK && n < image->facts.notes.count; n++) {
        (void)ot_texts_add(&w->d.warnings, "%s: %s", role, image->facts.notes.text[n]);
    }
    return rc;
}

/* The activity's grid where there is one: it is where doses are. */
static enum ot_rc choose_grid(struct ot_segment_work *w, struct ot_err *err)
{
    const struct ot_op_scene *scene = &w->scene;
    const struct ot_op_image *chosen = NULL;
    for (size_t n = 0; n < scene->image_count; n++) {
        const bool is_ct = strcmp(scene->image[n].name, "ct") == 0;
        const bool fits = w->params->grid == NULL ? chosen == NULL
                                                  : is_ct == (strcmp(w->params->grid, "ct") == 0);
        chosen = fits ? &scene->image[n] : chosen;
    }
    if (chosen == NULL) {
        return ot_fail(err, OT_ERR_ARG,
                       w->params->grid == NULL ? "an image gives the grid: --spect, --pet or --ct"
                                               : "--grid %s needs that image",
                       w->params->grid);
    }
    w->grid_of = chosen->name;
    w->d.grid = chosen->volume->grid;
    return OT_OK;
}

static enum ot_rc load(struct ot_segment_work *w, struct ot_err *err)
{
    w->d.inputs = json_array();
    enum ot_rc rc = OT_OK;
    if (w->params->spect != NULL && w->params->pet != NULL) {
        rc = ot_fail(err, OT_ERR_ARG, "give one activity image: --spect or --pet");
    }
    if (rc == OT_OK) {
        rc = load_image(w, "spect", w->params->spect, OT_USE_SPECT, err);
    }
    if (rc == OT_OK) {
        rc = load_image(w, "pet", w->params->pet, OT_USE_PET, err);
    }
    if (rc == OT_OK) {
        rc = load_image(w, "ct", w->params->ct, OT_USE_CT, err);
    }
    if (rc == OT_OK) {
        rc = choose_grid(w, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_load_vois(&w->d, &w->known, err);
    }
    w->d.identity = w->known.first;
    return rc;
}

/* Leaves the given VOIs in an array with room for the made ones. */
static enum ot_rc make_room(struct ot_segment_work *w, struct ot_err *err)
{
    struct ot_dosimetry *d = &w->d;
    struct ot_voi *all = OT_NEW(struct ot_voi, d->given_voi_count + w->step_count, err);
    if (all == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < d->voi_count; n++) {
        if (n < d->given_voi_count) {
            all[n] = d->vois[n];
        } else {
            ot_voi_release(&d->vois[n]);
        }
    }
    ot_free(d->vois);
    d->vois = all;
    d->voi_count = d->given_voi_count;
    w->given_count = d->given_voi_count;
    return OT_OK;
}

static enum ot_rc run_step(struct ot_segment_work *w, struct ot_segment_step *step,
                           struct ot_err *err)
{
    struct ot_dosimetry *d = &w->d;
    struct ot_voi *voi = &d->vois[d->voi_count];
    for (size_t n = 0; n < d->voi_count; n++) {
        if (strcmp(d->vois[n].name, step->op.name) == 0) {
            return ot_fail(err, OT_ERR_ARG, "there is a VOI %s already: each name means one thing",
                           step->op.name);
        }
    }
    w->scene.voi = d->vois;
    w->scene.voi_count = d->voi_count;
    step->first_note = w->scene.notes.count;
    *voi = (struct ot_voi){.role = step->op.role};
    (void)ot_text_copy(voi->name, sizeof voi->name, step->op.name);
    const enum ot_rc rc = ot_op_evaluate(&step->op, &w->scene, &voi->fraction, err);
    if (rc == OT_OK) {
        d->voi_count++; /* from here on released with the others */
        w->made_count++;
        step->notes = w->scene.notes.count - step->first_note;
    }
    return rc;
}

static enum ot_rc run_steps(struct ot_segment_work *w, struct ot_err *err)
{
    enum ot_rc rc = make_room(w, err);
    w->scene.grid = &w->d.grid;
    w->scene.threads = w->d.threads;
    for (size_t n = 0; rc == OT_OK && n < w->step_count; n++) {
        rc = run_step(w, &w->step[n], err);
        if (rc != OT_OK) {
            ot_err_context(err, "--op %zu, %s", n + 1, w->step[n].op.name);
        }
    }
    if (rc == OT_OK && w->scene.notes.failed) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for what the steps found");
    }
    return rc;
}

/* Consistency and territories of what was given and made; then the derived VOIs. */
static enum ot_rc judge(struct ot_segment_work *w, struct ot_err *err)
{
    struct ot_dosimetry *d = &w->d;
    enum ot_rc rc = ot_vois_check(d->vois, d->voi_count, &d->warnings, err);
    if (rc == OT_OK) {
        rc = ot_territories_measure(d->vois, d->voi_count, d->threads, &w->territories, err);
    }
    return rc == OT_OK ? ot_dosimetry_derive_vois(d, err) : rc;
}

/* The VOIs that --keep names, in its order; all without it. Borrowed fractions. */
static enum ot_rc choose_kept(const struct ot_segment_work *w, struct ot_voi *kept, size_t *count,
                              struct ot_err *err)
{
    const struct ot_texts *keep = &w->params->keep;
    *count = 0;
    for (size_t n = 0; n < w->d.voi_count && keep->count == 0; n++) {
        kept[(*count)++] = w->d.vois[n];
    }
    for (size_t k = 0; k < keep->count; k++) {
        const struct ot_voi *voi = ot_dosimetry_voi_named(&w->d, keep->text[k]);
        if (voi == NULL) {
            return ot_fail(err, OT_ERR_ARG, "--keep: there is no VOI '%.40s'", keep->text[k]);
        }
        for (size_t n = 0; n < *count; n++) {
            if (strcmp(kept[n].name, voi->name) == 0) {
                return ot_fail(err, OT_ERR_ARG, "--keep: %s is named twice", voi->name);
            }
        }
        kept[(*count)++] = *voi;
    }
    return OT_OK;
}

static enum ot_rc write_folder(const struct ot_segment_work *w, const json_t *result,
                               struct ot_store *store, struct ot_err *err)
{
    static const char *const names[] = {"segment.json", "vois.nii.gz",     "vois.json",
                                        "vois.dcm",     "vois_binary.dcm", "vois_rtstruct.dcm",
                                        "vois.seg.nrrd"};
    struct ot_buffer json = {0};
    size_t count = 0;
    struct ot_voi *kept = OT_NEW(struct ot_voi, w->d.voi_count, err);
    enum ot_rc rc = kept != NULL ? choose_kept(w, kept, &count, err) : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        rc = ot_json_write(result, &json, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, names[0], json.data, json.size, err);
    }
    if (rc == OT_OK) {
        rc = ot_case_put_vois(kept, count, store, err);
    }
    if (rc == OT_OK) {
        rc = ot_case_put_vois_as(&w->d, result, kept, count, store, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_commit(store, names, sizeof names / sizeof names[0], err);
    }
    ot_buffer_release(&json);
    ot_free(kept);
    return rc;
}

static void release(struct ot_segment_work *w)
{
    ot_op_scene_release(&w->scene);
    for (size_t n = 0; n < OT_OP_IMAGES; n++) {
        ot_image_destroy(w->image[n]);
    }
    ot_free(w->step);
    ot_dosimetry_release(&w->d);
}

enum ot_rc ot_flow_segment(const struct ot_segment_params *params, json_t **result,
                           struct ot_err *err)
{
    struct ot_store *store = NULL;
    struct ot_segment_work *w = OT_NEW(struct ot_segment_work, 1, err);
    *result = NULL;
    if (w == NULL) {
        return OT_ERR_NOMEM;
    }
    w->params = params;
    w->start_utc_s = (double)time(NULL);
    w->given = ot_case_defaults;
    w->given.case_id = params->case_id;
    w->given.voi = params->voi;
    w->given.units_mm = params->units_mm;
    w->given.allow_intercept = params->allow_intercept;
    w->given.allow_uncorrected_beds = params->allow_uncorrected_beds;
    w->given.allow_negative = true;  /* no level is moved by them, and tare plan sees them */
    w->given.allow_saturated = true; /* told as a warning, and tare plan sees them */
    w->given.vois_as = params->vois_as;
    w->given.threads = ot_threads(params->threads);
    ot_dosimetry_init(&w->d, &w->given, OT_STAGE_DOSE);
    w->known = (struct ot_known_identity){.patient_override = params->patient_override,
                                          .study_override = params->study_override,
                                          .frame_override = params->frame_override,
                                          .run = &w->d};
    enum ot_rc rc = parse_steps(w, err);
    if (rc == OT_OK) {
        rc = ot_store_begin(params->out, params->overwrite, &store, err);
    }
    if (rc == OT_OK) {
        rc = load(w, err);
    }
    if (rc == OT_OK) {
        rc = run_steps(w, err);
    }
    if (rc == OT_OK) {
        rc = judge(w, err);
    }
    if (rc == OT_OK) {
        rc = ot_segment_make_result(w, result, err);
    }
    if (rc == OT_OK) {
        rc = write_folder(w, *result, store, err);
    }
    if (rc != OT_OK) {
        json_decref(*result);
        *result = NULL;
    }
    ot_store_abort(store);
    release(w);
    ot_free(w);
    return rc;
}
