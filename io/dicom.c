/* io/dicom.c - the front: which series of a folder is wanted, and its values. */
#include "io/dicom.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_plan.h"
#include "io/dicom_series.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"
#include "io/saturation.h"

enum { RUN = 1024 };

/* What one file's work leaves behind. */
struct outcome {
    struct ot_err err;
    enum ot_rc rc;
    size_t padding;
    bool peak_wanted;
    struct ot_peak peak;
};

/* Values of one plane: value = slope * stored + intercept, in double. */
static enum ot_rc fill_plane(const struct ot_dicom_plan *plan, const struct ot_dicom_plane *plane,
                             const unsigned char *data, float *to, struct outcome *outcome,
                             struct ot_err *err)
{
    const size_t size = plan->face.columns * plan->face.rows;
    const double slope = plane->slope;
    const double intercept = plane->intercept;
    double stored[RUN];
    for (size_t first = 0; first < size; first += RUN) {
        const size_t count = size - first < RUN ? size - first : RUN;
        double least = INFINITY;
        double most = -INFINITY;
        ot_dicom_samples_decode(&plan->samples, data, plane->frame * size + first, count, stored);
#pragma omp simd reduction(min : least) reduction(max : most)
        for (size_t n = 0; n < count; n++) {
            least = stored[n] < least ? stored[n] : least;
            most = stored[n] > most ? stored[n] : most;
            to[first + n] = (float)(slope * stored[n] + intercept);
        }
        for (size_t n = 0; plan->padded && n < count; n++) {
            outcome->padding += fabs(stored[n] - plan->padding) < 0.5 ? 1 : 0; /* whole numbers */
        }
        if (outcome->peak_wanted) {
            ot_peak_add(&outcome->peak, stored, count);
        }
        if (!(least >= plane->least_stored && most <= plane->most_stored)) {
            return ot_fail(err, OT_ERR_RANGE,
                           "stores values from %g to %g, outside the mapped range %g to %g "
                           "(0040,9216/9211)",
                           least, most, plane->least_stored, plane->most_stored);
        }
        /* Values are linear in what is stored: the extremes stand for all. */
        if (!isfinite((float)(slope * least + intercept)) ||
            !isfinite((float)(slope * most + intercept))) {
            return ot_fail(err, OT_ERR_RANGE, "holds the value %g * %g + %g, which is not finite",
                           slope, most, intercept);
        }
    }
    return OT_OK;
}

/* All planes of one file. */
static enum ot_rc fill_from(const struct ot_dicom_series *series, size_t file,
                            const struct ot_dicom_plan *plan, struct ot_volume *volume,
                            struct outcome *outcome, struct ot_err *err)
{
    struct ot_dicom_samples samples;
    const unsigned char *data = NULL;
    unsigned char *block = NULL;
    const size_t size = plan->face.columns * plan->face.rows;
    struct ot_dicom_plan own = *plan; /* signs and stored bits may differ between slices */
    enum ot_rc rc = ot_dicom_samples_describe(series->files[file], &samples, err);
    if (rc == OT_OK) {
        rc = ot_dicom_file_recall(series->files[file], err);
    }
    if (rc == OT_OK) {
        own.samples = samples;
        rc = ot_dicom_samples_fetch(series->files[file], &samples, &data, &block, err);
    }
    for (size_t k = 0; rc == OT_OK && k < plan->count; k++) {
        if (plan->planes[k].file == file) {
            rc = fill_plane(&own, &plan->planes[k], data, volume->data + k * size, outcome, err);
        }
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", series->files[file]->name);
    }
    ot_free(block);
    ot_dicom_file_forget(series->files[file]);
    return rc;
}

static enum ot_rc fill(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                       struct ot_volume *volume, struct ot_err *err)
{
    const size_t count = series->count;
    /* Where each slice has a scale of its own, that is made of the slice's maximum. */
    const bool peak_wanted = (series->use == OT_USE_SPECT || series->use == OT_USE_PET) &&
                             ot_dicom_plan_has_one_scale(plan);
    struct outcome *outcomes = OT_NEW(struct outcome, count, err);
    if (outcomes == NULL) {
        return OT_ERR_NOMEM;
    }
/* A file's planes are written by one thread; failures are collected and the first is told. */
#pragma omp parallel for schedule(dynamic)
    for (size_t n = 0; n < count; n++) {
        outcomes[n].peak = (struct ot_peak){.most = -INFINITY};
        outcomes[n].peak_wanted = peak_wanted;
        outcomes[n].rc = fill_from(series, n, plan, volume, &outcomes[n], &outcomes[n].err);
    }
    struct ot_peak peak = {.most = -INFINITY};
    enum ot_rc rc = OT_OK;
    size_t padding = 0;
    for (size_t n = 0; n < count && rc == OT_OK; n++) {
        rc = outcomes[n].rc;
        padding += outcomes[n].padding;
        ot_peak_merge(&peak, &outcomes[n].peak);
        if (rc != OT_OK && err != NULL) {
            *err = outcomes[n].err;
        }
    }
    if (rc == OT_OK && padding > 0) {
        (void)ot_texts_add(&plan->facts.notes,
                           "%zu voxels hold the padding value %g (0028,0120), %g after scaling",
                           padding, plan->padding,
                           plan->planes[0].slope * plan->padding + plan->planes[0].intercept);
    }
    plan->facts.saturated_count =
        ot_peak_saturated(&peak, plan->samples.bits_stored, plan->samples.is_signed);
    ot_free(outcomes);
    return rc;
}

static size_t count_negative(const struct ot_volume *volume)
{
    const size_t count = ot_grid_voxel_count(&volume->grid);
    size_t negative = 0;
    for (size_t n = 0; n < count; n++) {
        negative += volume->data[n] < 0.0F ? 1 : 0;
    }
    return negative;
}

static enum ot_rc load_series(const struct ot_dicom_series *series, struct ot_image **out,
                              struct ot_err *err)
{
    struct ot_dicom_plan plan;
    struct ot_image *image = NULL;
    enum ot_rc rc = ot_dicom_plan_make(series, &plan, err);
    if (rc != OT_OK) {
        goto done;
    }
    image = OT_NEW(struct ot_image, 1, err);
    if (image == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    rc = ot_volume_create(&plan.grid, plan.unit, &image->volume, err);
    if (rc == OT_OK) {
        rc = fill(series, &plan, image->volume, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    image->facts = plan.facts;
    plan.facts.notes = (struct ot_texts){0};
    plan.facts.plane_after_s = NULL;
    if (series->use == OT_USE_SPECT || series->use == OT_USE_PET) {
        image->facts.intercept = ot_dicom_plan_intercept(&plan);
        ot_image_judge_intercept(image, ot_dicom_plan_has_one_scale(&plan));
    }
    if (plan.unit != OT_UNIT_HU) { /* a CT is negative by nature */
        image->facts.negative_count = count_negative(image->volume);
    }
    *out = image;
    image = NULL;

done:
    ot_image_destroy(image);
    ot_dicom_plan_release(&plan);
    return rc;
}

static bool series_number(const struct ot_dicom_series *series, long *number)
{
    bool found = false;
    return series->files[0]->dicom != NULL &&
           ot_dicom_integer(series->files[0]->root, TAG_SERIES_NUMBER, 0, 2147483647L, number,
                            &found, NULL) == OT_OK &&
           found;
}

/* Whether a series is of the wanted kind, and has the number that was selected, if any. */
static bool is_wanted(const struct ot_dicom_series *series, enum ot_use want)
{
    long number = 0;
    const long selected = series->part.number[OT_SELECT_SERIES];
    return series->use == want && series->files[0]->dicom != NULL &&
           (selected == 0 || (series_number(series, &number) && number == selected));
}

/* "PT 200x200x109 (109 files, series 4)": what is there, without any name. */
static void list_series(const struct ot_dicom_set *set, enum ot_use want, char *text, size_t size)
{
    struct ot_buffer list = {0};
    for (size_t n = 0; n < set->series_count; n++) {
        const struct ot_dicom_series *series = &set->series[n];
        const struct ot_dicom_file *file = series->files[0];
        struct ot_dicom_samples samples;
        if (file->dicom == NULL || (want != OT_USE_NONE && series->use != want)) {
            continue;
        }
        ot_buffer_printf(&list, "%s%s", list.size > 0 ? "; " : "",
                         file->modality[0] != '\0' ? file->modality : "unknown");
        if (ot_dicom_samples_describe(file, &samples, NULL) == OT_OK) {
            ot_buffer_printf(&list, " %zux%zux%zu", samples.columns, samples.rows,
                             series->count > 1 ? series->count : samples.frames);
        }
        long number = 0;
        ot_buffer_printf(&list, " (%zu file%s", series->count, series->count == 1 ? "" : "s");
        if (series_number(series, &number)) {
            ot_buffer_printf(&list, ", series %ld", number);
        }
        ot_buffer_text(&list, ")");
    }
    if (!ot_text_copy(text, size, list.data != NULL ? list.data : "") && size > 4) {
        memcpy(text + size - 4, "...", 4);
    }
    ot_buffer_release(&list);
}

/* A damaged file might be a slice of what is wanted: it is not passed over. */
static enum ot_rc refuse_damaged(const struct ot_dicom_set *set, struct ot_err *err)
{
    for (size_t n = 0; n < set->paths.count; n++) {
        if (set->files[n].damage.code != OT_OK) {
            if (err != NULL) {
                *err = set->files[n].damage;
            }
            return set->files[n].damage.code;
        }
    }
    return OT_OK;
}

static enum ot_rc none_found(const struct ot_dicom_set *set, enum ot_use want, struct ot_err *err)
{
    char list[200];
    if (set->series_count == 0 && set->paths.count == 1) {
        ot_dicom_fail_foreign(set->files[0].name, err);
        return OT_ERR_FORMAT;
    }
    if (set->series_count == 0) {
        return ot_fail(
            err, OT_ERR_FORMAT,
            "none of the folder's %zu files is a DICOM file (no DICM after a preamble of "
            "128 bytes); a bare data set is made one by dcmconv",
            set->paths.count);
    }
    const struct ot_dicom_file *file = set->series[0].files[0];
    const long selected = set->series[0].part.number[OT_SELECT_SERIES];
    if (set->series_count == 1 && selected == 0) {
        return ot_fail(err, OT_ERR_FORMAT, "%s: is no %s image: %s", file->name, ot_use_name(want),
                       file->use != OT_USE_NONE ? ot_use_name(file->use) : file->reason);
    }
    list_series(set, OT_USE_NONE, list, sizeof list);
    return selected != 0 ? ot_fail(err, OT_ERR_FORMAT, "the folder holds no %s series %ld: %s",
                                   ot_use_name(want), selected, list)
                         : ot_fail(err, OT_ERR_FORMAT, "the folder holds no %s image: %s",
                                   ot_use_name(want), list);
}

/* Of several series of the kind, the only one whose headers make a volume; `passed` others were of
 * the kind too. */
static enum ot_rc choose(const struct ot_dicom_set *set, enum ot_use want,
                         const struct ot_dicom_series **chosen, size_t *passed, struct ot_err *err)
{
    char list[200];
    size_t wanted = 0;
    size_t usable = 0;
    const struct ot_dicom_series *any = NULL;
    *chosen = NULL;
    *passed = 0;
    for (size_t n = 0; n < set->series_count; n++) {
        if (is_wanted(&set->series[n], want)) {
            any = &set->series[n];
            wanted++;
        }
    }
    if (wanted < 2) {
        *chosen = any;
        return any != NULL ? OT_OK : none_found(set, want, err);
    }
    for (size_t n = 0; n < set->series_count; n++) {
        struct ot_dicom_plan plan;
        if (!is_wanted(&set->series[n], want)) {
            continue;
        }
        if (ot_dicom_plan_make(&set->series[n], &plan, NULL) == OT_OK) {
            *chosen = &set->series[n];
            usable++;
        }
        ot_dicom_plan_release(&plan);
    }
    *passed = wanted - 1;
    if (usable == 1) {
        return OT_OK;
    }
    list_series(set, want, list, sizeof list);
    return ot_fail(err, OT_ERR_FORMAT,
                   "the folder holds %zu %s series (%s); choose one as in FOLDER#series=1, or give "
                   "a folder or file with one of them",
                   wanted, ot_use_name(want), list);
}

/* Scouts and single slices stand beside many a volume; but the series that was meant may be among
 * those that make none. */
static enum ot_rc tell_passed(size_t passed, enum ot_use want, struct ot_image **image,
                              struct ot_err *err)
{
    if (passed == 0 ||
        ot_texts_add(&(*image)->facts.notes,
                     "of %zu %s series in the folder only this one makes a volume; "
                     "tare inspect tells why not the other%s",
                     passed + 1, ot_use_name(want), passed == 1 ? "" : "s") != NULL) {
        return OT_OK;
    }
    ot_image_destroy(*image);
    *image = NULL;
    return ot_fail(err, OT_ERR_NOMEM, "no memory for notes");
}

static enum ot_rc check_uses(const enum ot_use *uses, size_t count, struct ot_err *err)
{
    for (size_t n = 0; n < count; n++) {
        if (uses[n] != OT_USE_SPECT && uses[n] != OT_USE_PET && uses[n] != OT_USE_CT &&
            uses[n] != OT_USE_MR && uses[n] != OT_USE_RTDOSE) {
            return ot_fail(err, OT_ERR_ARG, "no DICOM image can be read as %s",
                           uses[n] == OT_USE_NONE ? "nothing" : ot_use_name(uses[n]));
        }
    }
    return count > 0 ? OT_OK : ot_fail(err, OT_ERR_ARG, "no use of a DICOM image is wanted");
}

/* The first of the uses that any series has; the first of all where none has one. */
static enum ot_use first_held(const struct ot_dicom_set *set, const enum ot_use *uses, size_t count)
{
    for (size_t u = 0; u < count; u++) {
        for (size_t n = 0; n < set->series_count; n++) {
            if (is_wanted(&set->series[n], uses[u])) {
                return uses[u];
            }
        }
    }
    return uses[0];
}

enum ot_rc ot_dicom_image_load(const char *path, enum ot_use want, struct ot_image **out,
                               struct ot_err *err)
{
    return ot_dicom_image_load_first(path, NULL, &want, 1, out, err);
}

enum ot_rc ot_dicom_image_load_first(const char *path, const struct ot_selector *part,
                                     const enum ot_use *uses, size_t count, struct ot_image **out,
                                     struct ot_err *err)
{
    struct ot_dicom_set set = {0};
    const struct ot_dicom_series *series = NULL;
    enum ot_use want = OT_USE_NONE;
    size_t passed = 0;
    *out = NULL;
    enum ot_rc rc = check_uses(uses, count, err);
    if (rc == OT_OK) {
        rc = ot_dicom_set_read(path, uses[0], &set, err);
    }
    if (rc == OT_OK) {
        rc = refuse_damaged(&set, err);
    }
    for (size_t n = 0; part != NULL && n < set.series_count; n++) {
        set.series[n].part = *part;
    }
    if (rc == OT_OK) {
        want = first_held(&set, uses, count);
        rc = choose(&set, want, &series, &passed, err);
    }
    if (rc == OT_OK) {
        rc = load_series(series, out, err);
    }
    if (rc == OT_OK) {
        rc = tell_passed(passed, want, out, err);
    }
    ot_dicom_set_release(&set);
    return rc;
}
