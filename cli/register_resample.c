/* cli/register_resample.c - what moves along with a registration. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/register_parts.h"
#include "core/resample.h"
#include "core/stats.h"
#include "io/json.h"
#include "io/load.h"
#include "io/nifti.h"
#include "io/vois_file.h"

static const double LOST_UNTOLD = 1e-4; /* of the total, outside the grid */

static enum ot_rc put_volume(struct ot_register_work *w, const char *name,
                             const struct ot_volume *volume, const char *description,
                             struct ot_err *err)
{
    struct ot_buffer bytes = {0};
    enum ot_rc rc = ot_nifti_encode(volume, description, true, &bytes, err);
    if (rc == OT_OK) {
        rc = ot_store_put(w->store, name, bytes.data, bytes.size, err);
    }
    ot_buffer_release(&bytes);
    return rc;
}

/* What a search has found moves all that shares the moving image's frame; a transform from a file
 * is asked for each. */
static enum ot_rc motion_of(struct ot_register_work *w, const char *role,
                            const struct ot_image *image, struct ot_rigid *motion,
                            struct ot_err *err)
{
    const char *frame = image->facts.identity.frame_of_reference;
    bool checked = false;
    if (w->moving != NULL) {
        const char *moving = w->moving->facts.identity.frame_of_reference;
        *motion = w->motion;
        return frame[0] == '\0' || moving[0] == '\0' || strcmp(frame, moving) == 0
                   ? OT_OK
                   : ot_fail(err, OT_ERR_GEOMETRY,
                             "it is in another frame of reference (0020,0052) than the moving "
                             "image");
    }
    const enum ot_rc rc = ot_transform_between(&w->file, frame, w->known.first.frame_of_reference,
                                               motion, &checked, err);
    if (rc == OT_OK && !checked) {
        (void)ot_texts_add(&w->d.warnings,
                           "%s: frames of reference are not stated, so the direction of the "
                           "transform is not checked",
                           role);
    }
    return rc;
}

/* The box of `image` in voxels of `grid`. */
static void box_in(const struct ot_grid *image, const struct ot_grid *grid, double low[3],
                   double high[3])
{
    for (unsigned corner = 0; corner < 8; corner++) {
        double index[3];
        double at[3];
        double point_mm[3];
        for (size_t c = 0; c < 3; c++) {
            index[c] = (corner >> c & 1U) != 0U ? (double)image->n[c] - 0.5 : -0.5;
        }
        ot_grid_to_point(image, index, point_mm);
        ot_grid_to_index(grid, point_mm, at);
        for (size_t c = 0; c < 3; c++) {
            low[c] = corner == 0 ? at[c] : fmin(low[c], at[c]);
            high[c] = corner == 0 ? at[c] : fmax(high[c], at[c]);
        }
    }
}

/* What a motion takes away from the grid is not empty: the motion is wrong. */
static enum ot_rc require_meeting(const struct ot_grid *image, const struct ot_grid *grid,
                                  struct ot_err *err)
{
    double low[3];
    double high[3];
    box_in(image, grid, low, high);
    for (size_t c = 0; c < 3; c++) {
        if (!(high[c] > -0.5 && low[c] < (double)grid->n[c] - 0.5)) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "moved, it lies wholly outside the fixed image (is the transform's "
                           "direction right, its unit mm?)");
        }
    }
    return OT_OK;
}

/* Puts the image's grid into the fixed frame of reference. */
static enum ot_rc move(struct ot_register_work *w, const char *role, struct ot_image *image,
                       struct ot_err *err)
{
    struct ot_rigid motion;
    struct ot_identity patient = image->facts.identity;
    patient.frame_of_reference[0] = '\0';
    patient.study[0] = '\0';
    enum ot_rc rc = ot_dosimetry_same_patient(&w->known, role, &patient, err);
    if (rc == OT_OK) {
        rc = motion_of(w, role, image, &motion, err);
        if (rc == OT_OK) {
            ot_rigid_move_grid(&motion, &image->volume->grid);
            rc = require_meeting(&image->volume->grid, &w->d.grid, err);
        }
        if (rc != OT_OK) {
            ot_err_context(err, "%s", role);
        }
    }
    return rc;
}

static double least_value(const struct ot_volume *volume)
{
    double least = INFINITY;
    for (size_t x = 0; x < ot_grid_voxel_count(&volume->grid); x++) {
        least = fmin(least, (double)volume->data[x]);
    }
    return least;
}

static double total(const struct ot_volume *volume)
{
    return ot_sum(volume->data, ot_grid_voxel_count(&volume->grid)) *
           ot_grid_voxel_volume_ml(&volume->grid);
}

static enum ot_rc tell(struct ot_register_work *w, json_t *row, struct ot_err *err)
{
    if (row == NULL || json_array_append_new(w->resampled, row) != 0) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory for the list of what was resampled");
    }
    return OT_OK;
}

/* Outside of the image its least value holds: air of a CT, no dose of a dose map. */
static enum ot_rc resample_image(struct ot_register_work *w, const char *role, const char *file,
                                 struct ot_image *image, struct ot_err *err)
{
    struct ot_volume *made = NULL;
    const double outside = least_value(image->volume);
    enum ot_rc rc = move(w, role, image, err);
    if (rc == OT_OK) {
        rc = ot_resample_linear(image->volume, &w->d.grid, outside, w->d.threads, &made, err);
    }
    if (rc == OT_OK) {
        rc = put_volume(w, file, made, "resampled linearly", err);
    }
    if (rc == OT_OK) {
        rc =
            tell(w,
                 json_pack("{s:s, s:s, s:s, s:s, s:f}", "file", file, "role", role, "interpolation",
                           "linear", "unit", ot_unit_name(made->unit), "outside_value", outside),
                 err);
    }
    ot_volume_destroy(made);
    return rc;
}

/* `grid` with as many more voxels on each side as it takes to hold the box of `image`, which meets
 * it; first[] is where `grid` begins in it. */
static struct ot_grid extended(const struct ot_grid *grid, const struct ot_grid *image,
                               size_t first[3])
{
    struct ot_grid all = *grid;
    double low[3];
    double high[3];
    double at[3];
    box_in(image, grid, low, high);
    for (size_t c = 0; c < 3; c++) {
        const double before = fmax(0.0, ceil(-0.5 - low[c]));
        const double after = fmax(0.0, ceil(high[c] - ((double)grid->n[c] - 0.5)));
        first[c] = (size_t)before;
        all.n[c] = grid->n[c] + (size_t)before + (size_t)after;
        at[c] = -before;
    }
    ot_grid_to_point(grid, at, all.origin_mm);
    return all;
}

static enum ot_rc cut(const struct ot_volume *all, const struct ot_grid *grid,
                      const size_t first[3], struct ot_volume **out, struct ot_err *err)
{
    const enum ot_rc rc = ot_volume_create(grid, all->unit, out, err);
    for (size_t k = 0; rc == OT_OK && k < grid->n[2]; k++) {
        for (size_t j = 0; j < grid->n[1]; j++) {
            const size_t from =
                first[0] + all->grid.n[0] * (first[1] + j + all->grid.n[1] * (first[2] + k));
            memcpy((*out)->data + grid->n[0] * (j + grid->n[1] * k), all->data + from,
                   grid->n[0] * sizeof all->data[0]);
        }
    }
    return rc;
}

/* On a grid that holds all of the image, where the total is kept, then cut: what is missing
 * afterwards lies outside the grid, and nothing else is missing. */
static enum ot_rc conserve(const struct ot_volume *image, const struct ot_grid *grid, int threads,
                           struct ot_volume **out, struct ot_err *err)
{
    size_t first[3];
    struct ot_volume *all = NULL;
    const struct ot_grid large = extended(grid, &image->grid, first);
    enum ot_rc rc = ot_resample_conserve(image, &large, threads, &all, err);
    if (rc == OT_OK) {
        rc = cut(all, grid, first, out, err);
    }
    ot_volume_destroy(all);
    return rc;
}

/* Counts belong to a voxel, concentrations to a volume: both are kept as sums over the image. */
static enum ot_rc resample_activity(struct ot_register_work *w, const char *role, const char *file,
                                    struct ot_image *image, struct ot_err *err)
{
    struct ot_volume *made = NULL;
    const bool per_ml = image->volume->unit == OT_UNIT_BQ_PER_ML;
    const double from_ml = ot_grid_voxel_volume_ml(&image->volume->grid);
    const double to_ml = ot_grid_voxel_volume_ml(&w->d.grid);
    const double before = total(image->volume);
    enum ot_rc rc = move(w, role, image, err);
    if (rc == OT_OK) {
        rc = conserve(image->volume, &w->d.grid, w->d.threads, &made, err);
    }
    const double after = rc == OT_OK ? total(made) : 0.0;
    for (size_t x = 0; rc == OT_OK && !per_ml && x < ot_grid_voxel_count(&w->d.grid); x++) {
        made->data[x] = (float)((double)made->data[x] * (to_ml / from_ml));
    }
    if (rc == OT_OK && !(after >= (1.0 - LOST_UNTOLD) * before)) {
        (void)ot_texts_add(&w->d.warnings,
                           "%s: %.2f %% of its total lies outside the grid and is lost", role,
                           100.0 * (1.0 - after / before));
    }
    if (rc == OT_OK) {
        rc = put_volume(w, file, made, per_ml ? "activity, Bq/ml" : "counts per voxel", err);
    }
    if (rc == OT_OK) {
        rc = tell(w,
                  json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:f}", "file", file, "role", role,
                            "interpolation", "conserving", "unit",
                            per_ml ? ot_unit_name(OT_UNIT_BQ_PER_ML) : "counts", "total_before",
                            per_ml ? before : before / from_ml, "total_after",
                            per_ml ? after : after / from_ml, "kept_fraction", after / before),
                  err);
    }
    ot_volume_destroy(made);
    return rc;
}

enum ot_rc ot_register_load_image(const char *path, struct ot_image **out, struct ot_err *err)
{
    static const enum ot_use wants[] = {OT_USE_IMAGE, OT_USE_CT, OT_USE_MR, OT_USE_DOSE};
    return ot_image_load_first(path, wants, sizeof wants / sizeof wants[0], out, err);
}

static enum ot_rc load_activity(const char *path, struct ot_image **image, struct ot_err *err)
{
    static const enum ot_use wants[] = {OT_USE_SPECT, OT_USE_PET};
    return ot_image_load_first(path, wants, sizeof wants / sizeof wants[0], image, err);
}

static enum ot_rc each(struct ot_register_work *w, const struct ot_texts *paths, const char *kind,
                       struct ot_err *err)
{
    const bool is_activity = strcmp(kind, "activity") == 0;
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < paths->count; n++) {
        char role[32];
        char file[40];
        struct ot_image *image = NULL;
        (void)snprintf(role, sizeof role, "%s_%zu", kind, n + 1);
        (void)snprintf(file, sizeof file, "%s.nii.gz", role);
        rc = is_activity ? load_activity(paths->text[n], &image, err)
                         : ot_register_load_image(paths->text[n], &image, err);
        if (rc == OT_OK && is_activity) {
            /* What is resampled no longer tells. */
            rc = ot_dosimetry_check_values(&w->d, image, paths->text[n], err);
        }
        if (rc == OT_OK) {
            rc = ot_register_note(w, role, image, err);
        }
        if (rc == OT_OK) {
            rc = is_activity ? resample_activity(w, role, file, image, err)
                             : resample_image(w, role, file, image, err);
        }
        ot_image_destroy(image);
    }
    return rc;
}

static enum ot_rc move_vois(struct ot_register_work *w, struct ot_err *err)
{
    struct ot_buffer nifti = {0};
    struct ot_buffer json = {0};
    if (w->params->voi.count == 0) {
        return OT_OK;
    }
    enum ot_rc rc = ot_motions_add(&w->d.motions, "vois", &w->file, err);
    if (rc == OT_OK) {
        rc = ot_dosimetry_load_vois(&w->d, &w->known, err);
    }
    if (rc == OT_OK) {
        rc = ot_vois_encode(w->d.vois, w->d.given_voi_count, &nifti, &json, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(w->store, "vois.nii.gz", nifti.data, nifti.size, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(w->store, "vois.json", json.data, json.size, err);
    }
    ot_buffer_release(&nifti);
    ot_buffer_release(&json);
    return rc;
}

enum ot_rc ot_register_resample_all(struct ot_register_work *w, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    if (w->moving != NULL) {
        rc = resample_image(w, "moving", "moving.nii.gz", w->moving, err);
    }
    if (rc == OT_OK) {
        rc = each(w, &w->params->image, "image", err);
    }
    if (rc == OT_OK) {
        rc = each(w, &w->params->activity, "activity", err);
    }
    return rc == OT_OK ? move_vois(w, err) : rc;
}
