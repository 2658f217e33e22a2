/* cli/dosimetry_load.c - images, CT and VOIs of a case, and whether they belong together. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "cli/waivers.h"
#include "core/mem.h"
#include "core/resample.h"
#include "core/stats.h"
#include "io/hash.h"
#include "io/load.h"
#include "io/recovery_table.h"
#include "kernels/decay.h"

static const double S_PER_H = 3600.0;
static const double LOST_MOST = 0.005; /* as much as the energy balance may be off */

/* One part of an identity against the first input that stated it; `own` is "" where it is not
 * stated. */
static bool differs(const char *own, const char *role, char *first, size_t size, char *first_role)
{
    if (own[0] == '\0') {
        return false;
    }
    if (first[0] == '\0') {
        (void)ot_text_copy(first, size, own);
        (void)ot_text_copy(first_role, OT_IDENTITY_ROLE_SIZE, role);
        return false;
    }
    return strcmp(first, own) != 0;
}

/* A difference is refused, or told in every output where it is waived. */
static enum ot_rc refuse_or_tell(struct ot_known_identity *known, bool waived, enum ot_rc code,
                                 const char *role, const char *other, const char *what,
                                 const char *flag, struct ot_err *err)
{
    if (!waived) {
        return ot_fail(err, code, "%s and %s are %s, or waive this with --%s", role, other, what,
                       flag);
    }
    ot_waivers_tell(known->run, flag, "%s and %s are %s: waived by --%s", role, other, what, flag);
    return OT_OK;
}

/* A scanner that states no frame of reference leaves nothing to compare: told once. */
static void note_frameless(struct ot_known_identity *known, const char *role,
                           const struct ot_identity *identity)
{
    const bool is_dicom = identity->study[0] != '\0';
    const bool framed = identity->frame_of_reference[0] != '\0';
    if (is_dicom && !framed && known->frameless_role[0] == '\0') {
        (void)ot_text_copy(known->frameless_role, OT_IDENTITY_ROLE_SIZE, role);
    }
    if (!known->frameless_told && known->frameless_role[0] != '\0' &&
        known->frame_role[0] != '\0') {
        known->frameless_told = true;
        (void)ot_texts_add(&known->run->warnings,
                           "%s states no frame of reference (0020,0052): whether it and %s belong "
                           "together could not be checked",
                           known->frameless_role, known->frame_role);
    }
}

enum ot_rc ot_dosimetry_same_patient(struct ot_known_identity *known, const char *role,
                                     const struct ot_identity *identity, struct ot_err *err)
{
    struct ot_identity *first = &known->first;
    enum ot_rc rc = OT_OK;
    if (differs(identity->patient_sha256, role, first->patient_sha256, sizeof first->patient_sha256,
                known->patient_role)) {
        rc = refuse_or_tell(
            known, known->patient_override, OT_ERR_FORMAT, role, known->patient_role,
            "of different patients (Patient ID (0010,0020) differs)", "patient-override", err);
    }
    if (rc == OT_OK && !known->any_study &&
        differs(identity->study, role, first->study, sizeof first->study, known->study_role)) {
        rc = refuse_or_tell(known, known->study_override, OT_ERR_FORMAT, role, known->study_role,
                            "of different studies (0020,000d): take both from one",
                            "study-override", err);
    }
    if (rc == OT_OK && differs(identity->frame_of_reference, role, first->frame_of_reference,
                               sizeof first->frame_of_reference, known->frame_role)) {
        rc = refuse_or_tell(
            known, known->frame_override, OT_ERR_GEOMETRY, role, known->frame_role,
            "in different frames of reference (0020,0052): register them and give the --transform",
            "frame-override", err);
    }
    if (rc == OT_OK) {
        note_frameless(known, role, identity);
    }
    return rc;
}

enum ot_rc ot_dosimetry_note_input(struct ot_dosimetry *d, const char *role, const char *sha256,
                                   size_t files, struct ot_err *err)
{
    json_t *entry =
        json_pack("{s:s, s:s, s:I}", "role", role, "sha256", sha256, "files", (json_int_t)files);
    if (entry == NULL || json_array_append_new(d->inputs, entry) != 0) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory for the list of inputs");
    }
    return OT_OK;
}

static void keep_notes(struct ot_dosimetry *d, const char *role, const struct ot_texts *notes)
{
    for (size_t n = 0; n < notes->count; n++) {
        (void)ot_texts_add(&d->warnings, "%s: %s", role, notes->text[n]);
    }
}

static enum ot_rc load_activity(struct ot_dosimetry *d, struct ot_injection_run *run,
                                struct ot_known_identity *known, struct ot_err *err)
{
    const char *path = run->given->spect != NULL ? run->given->spect : run->given->pet;
    if (path == NULL || (run->given->spect != NULL && run->given->pet != NULL)) {
        return ot_fail(err, OT_ERR_ARG, "give one activity image: --spect or --pet");
    }
    run->is_pet = run->given->spect == NULL;
    if (run->is_pet && d->stage == OT_STAGE_PLAN) {
        return ot_fail(err, OT_ERR_ARG, "tare plan works on the MAA SPECT: give --spect");
    }
    const char *role = run->is_pet ? "pet" : "spect";
    enum ot_rc rc = ot_image_load(path, run->is_pet ? OT_USE_PET : OT_USE_SPECT, &run->image, err);
    if (rc == OT_OK) {
        rc = ot_dosimetry_check_values(d, run->image, path, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_check_lengths(d, role, run->image->facts.length_unit_assumed, err);
    }
    if (rc == OT_OK && run->is_pet && ot_dosimetry_is_y90(d, &run->image->facts)) {
        ot_decay_align_planes(run->image, d->constant.half_life_h * S_PER_H);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_same_patient(known, role, &run->image->facts.identity, err);
    }
    if (rc == OT_OK) {
        keep_notes(d, role, &run->image->facts.notes);
        ot_dosimetry_tell_waivers(d, role, &run->image->facts);
        rc = ot_dosimetry_note_input(d, role, run->image->facts.files_sha256,
                                     run->image->facts.file_count, err);
    }
    return rc;
}

static enum ot_rc load_ct(struct ot_dosimetry *d, struct ot_known_identity *known,
                          struct ot_err *err)
{
    if (d->given->ct == NULL) {
        return d->given->density[0] == 'c'
                   ? ot_fail(err, OT_ERR_ARG, "--density ct needs a CT: give --ct")
                   : OT_OK;
    }
    enum ot_rc rc = ot_image_load(d->given->ct, OT_USE_CT, &d->ct, err);
    if (rc == OT_OK) {
        rc = ot_dosimetry_check_lengths(d, "ct", d->ct->facts.length_unit_assumed, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_move_ct(d, known, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_same_patient(known, "ct", &d->ct->facts.identity, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_note_input(d, "ct", d->ct->facts.files_sha256, d->ct->facts.file_count,
                                     err);
    }
    return rc;
}

static enum ot_rc choose_grid(struct ot_dosimetry *d, struct ot_err *err)
{
    const struct ot_grid *activity = &d->injections[0].image->volume->grid;
    const char *wanted = d->given->dose_grid;
    double spacing_mm = 0.0;
    if (strcmp(wanted, "activity") == 0) {
        d->grid = *activity;
        return OT_OK;
    }
    if (strcmp(wanted, "ct") == 0) {
        if (d->ct == NULL) {
            return ot_fail(err, OT_ERR_ARG, "--dose-grid ct needs a CT: give --ct");
        }
        d->grid = d->ct->volume->grid;
        return OT_OK;
    }
    if (!ot_text_to_double(wanted, &spacing_mm) || !(spacing_mm >= 0.5 && spacing_mm <= 20.0)) {
        return ot_fail(err, OT_ERR_ARG,
                       "--dose-grid: '%.40s' is not activity, ct or a spacing of 0.5 to 20 mm",
                       wanted);
    }
    return ot_grid_with_spacing(activity, spacing_mm, &d->grid, err);
}

/* A fine grid over a large field of view: said before the first volume is made, not by the system
 * that ends the program half way. */
static enum ot_rc check_memory(const struct ot_dosimetry *d, struct ot_err *err)
{
    static const double volumes = 20.0; /* of float, at the peak of a run, besides the VOIs */
    const size_t *n = d->grid.n;
    const double voxels = (double)n[0] * (double)n[1] * (double)n[2];
    char what[96];
    (void)snprintf(what, sizeof what, "a dose on %zu x %zu x %zu voxels", n[0], n[1], n[2]);
    return ot_mem_require(voxels * sizeof(float) * (volumes + (double)d->given->voi.count), what,
                          "choose a coarser --dose-grid", err);
}

/* A dose grid that misses a part of the image loses its activity: the dose would be too low, or,
 * calibrated on the field of view, too high elsewhere. */
static enum ot_rc check_kept(const struct ot_volume *values, const struct ot_volume *counts,
                             struct ot_err *err)
{
    const double before = ot_sum(values->data, ot_grid_voxel_count(&values->grid)) *
                          ot_grid_voxel_volume_ml(&values->grid);
    const double after = ot_sum(counts->data, ot_grid_voxel_count(&counts->grid)) *
                         ot_grid_voxel_volume_ml(&counts->grid);
    if (!(fabs(after - before) <= LOST_MOST * fabs(before))) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "the dose grid holds %.1f %% of the activity image's sum: choose "
                       "--dose-grid activity, or a grid that covers the image",
                       100.0 * after / before);
    }
    return OT_OK;
}

/* The values of each image on the dose grid. */
static enum ot_rc bring_to_grid(struct ot_dosimetry *d, struct ot_err *err)
{
    for (size_t n = 0; n < d->injection_count; n++) {
        struct ot_injection_run *run = &d->injections[n];
        struct ot_volume *values = run->image->volume;
        const char *calibration = run->given->calibration;
        const bool counts = values->unit != OT_UNIT_BQ_PER_ML &&
                            (calibration == NULL || strcmp(calibration, "bqml") != 0);
        if (ot_grid_same(&values->grid, &d->grid, 1e-3)) {
            run->counts = values;
            run->image->volume = NULL; /* handed over */
        } else {
            const double from_ml = ot_grid_voxel_volume_ml(&values->grid);
            const double to_ml = ot_grid_voxel_volume_ml(&d->grid);
            enum ot_rc rc = ot_resample_conserve(values, &d->grid, d->threads, &run->counts, err);
            if (rc == OT_OK) {
                rc = check_kept(values, run->counts, err);
            }
            if (rc != OT_OK) {
                return rc;
            }
            /* Counts belong to a voxel, not to a volume: the resampled value is per voxel of the
             * image, and a voxel of the dose grid has another size. */
            for (size_t x = 0; counts && x < ot_grid_voxel_count(&d->grid); x++) {
                run->counts->data[x] = (float)((double)run->counts->data[x] * (to_ml / from_ml));
            }
        }
    }
    return OT_OK;
}

/* Files that change numbers without being images: the case, the clinic's, the plan. */
static enum ot_rc note_other_files(struct ot_dosimetry *d, struct ot_err *err)
{
    char hex[OT_SHA256_SIZE];
    struct ot_texts pool = {0};
    const char *const files[] = {
        d->given->case_path,
        d->given->site,
        d->stage == OT_STAGE_VERIFY && d->given->plan != NULL
            ? ot_texts_add(&pool, "%s/result.json", d->given->plan)
            : NULL,
        d->given->recovery,
    };
    static const char *const roles[] = {"case", "site", "plan", "recovery"};
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < sizeof files / sizeof files[0]; n++) {
        rc = files[n] != NULL ? ot_hash_file(files[n], hex, err) : OT_OK;
        if (rc == OT_OK && files[n] != NULL) {
            rc = ot_dosimetry_note_input(d, roles[n], hex, 1, err);
        }
    }
    ot_texts_release(&pool);
    return rc;
}

static enum ot_rc load_recovery(struct ot_dosimetry *d, struct ot_err *err)
{
    double *diameter_mm = NULL;
    double *recovery = NULL;
    size_t count = 0;
    if (d->given->recovery == NULL) {
        return OT_OK;
    }
    enum ot_rc rc =
        ot_recovery_table_load(d->given->recovery, &diameter_mm, &recovery, &count, err);
    if (rc == OT_OK) {
        d->recovery = OT_NEW(struct ot_recovery, 1, err);
        rc = d->recovery != NULL ? ot_recovery_fit(diameter_mm, recovery, count, d->recovery, err)
                                 : OT_ERR_NOMEM;
        if (rc == OT_ERR_RANGE) {
            ot_err_context(err, "%s", ot_text_base_name(d->given->recovery));
        }
    }
    ot_free(diameter_mm);
    ot_free(recovery);
    return rc;
}

enum ot_rc ot_dosimetry_load(struct ot_dosimetry *d, struct ot_err *err)
{
    struct ot_known_identity known = {.patient_override = d->given->patient_override,
                                      .study_override = d->given->study_override,
                                      .frame_override = d->given->frame_override,
                                      .run = d};
    d->inputs = json_array();
    d->injection_count = d->given->injection_count;
    d->injections = OT_NEW(struct ot_injection_run, d->injection_count, err);
    if (d->injections == NULL || d->inputs == NULL) {
        return OT_ERR_NOMEM;
    }
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < d->injection_count; n++) {
        d->injections[n].given = &d->given->injections[n];
        rc = load_activity(d, &d->injections[n], &known, err);
    }
    ot_dosimetry_mark(d, "read_activity");
    if (rc == OT_OK) {
        rc = ot_motions_read(&d->given->transform, &d->motions, err);
    }
    if (rc == OT_OK) {
        rc = load_ct(d, &known, err);
    }
    if (rc == OT_OK) {
        rc = note_other_files(d, err);
    }
    if (rc == OT_OK) {
        rc = load_recovery(d, err);
    }
    ot_dosimetry_mark(d, "read_ct");
    if (rc == OT_OK) {
        rc = choose_grid(d, err);
    }
    if (rc == OT_OK) {
        rc = check_memory(d, err);
    }
    if (rc == OT_OK) {
        rc = bring_to_grid(d, err);
    }
    ot_dosimetry_mark(d, "to_dose_grid");
    d->wants_territories = true;
    if (rc == OT_OK) {
        rc = ot_dosimetry_load_vois(d, &known, err);
    }
    if (rc == OT_OK) {
        rc = ot_motions_all_used(&d->motions, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_match_perfused(d, err);
    }
    d->identity = known.first;
    ot_dosimetry_mark(d, "vois");
    return rc;
}
