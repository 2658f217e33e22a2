/* io/raster_region.c - masks, labels and fractions of stored voxels become regions. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "io/raster.h"

/* More different values than this are no label image; more than these are not shown. */
enum { LABELS_MAX = 4096, LABELS_SHOWN = 16 };

/* A fraction in single precision, or stored in steps of 1/255, may end so far beyond 0 and 1. */
static const double ROUNDING = 1e-6;

/* Which voxels belong, and with what fraction. */
struct choice {
    size_t component;
    bool fractions; /* the values themselves; else `label` makes 1 */
    double label;
};

/* Exactly equal: labels are whole numbers that a double holds. */
static bool is_label(double value, double label)
{
    return value >= label && value <= label;
}

static double fraction_of(const struct choice *choice, double value)
{
    if (choice->fractions) {
        return fmin(fmax(value, 0.0), 1.0); /* no farther beyond than by rounding */
    }
    return is_label(value, choice->label) ? 1.0 : 0.0;
}

struct box {
    size_t first[3], last[3];
    bool any;
};

static void box_include(struct box *box, size_t i, size_t j, size_t k)
{
    const size_t at[3] = {i, j, k};
    for (size_t axis = 0; axis < 3; axis++) {
        if (!box->any || at[axis] < box->first[axis]) {
            box->first[axis] = at[axis];
        }
        if (!box->any || at[axis] > box->last[axis]) {
            box->last[axis] = at[axis];
        }
    }
    box->any = true;
}

static struct box find_box(const struct ot_raster *raster, const struct choice *choice, double *row)
{
    const size_t *n = raster->grid.n;
    struct box box = {.any = false};
    for (size_t k = 0; k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            ot_raster_row(raster, choice->component, j, k, row);
            size_t first = 0;
            while (first < n[0] && !(fraction_of(choice, row[first]) > 0.0)) {
                first++;
            }
            if (first == n[0]) {
                continue;
            }
            size_t last = n[0] - 1;
            while (!(fraction_of(choice, row[last]) > 0.0)) {
                last--;
            }
            box_include(&box, first, j, k);
            box_include(&box, last, j, k);
        }
    }
    return box;
}

static enum ot_rc make_mask(const struct ot_raster *raster, const struct choice *choice,
                            struct ot_volume **out, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    struct ot_volume *mask = NULL;
    *out = NULL;
    double *row = OT_NEW(double, raster->grid.n[0], err);
    if (row == NULL) {
        return OT_ERR_NOMEM;
    }
    const struct box box = find_box(raster, choice, row);
    if (!box.any) {
        rc = ot_fail(err, OT_ERR_RANGE, "the region holds no voxel");
        goto done;
    }
    const size_t n[3] = {box.last[0] - box.first[0] + 1, box.last[1] - box.first[1] + 1,
                         box.last[2] - box.first[2] + 1};
    const struct ot_grid part = ot_grid_part(&raster->grid, box.first, n);
    rc = ot_volume_create(&part, OT_UNIT_NONE, &mask, err);
    if (rc != OT_OK) {
        goto done;
    }
    for (size_t k = 0; k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            ot_raster_row(raster, choice->component, box.first[1] + j, box.first[2] + k, row);
            for (size_t i = 0; i < n[0]; i++) {
                mask->data[i + n[0] * (j + n[1] * k)] =
                    (float)fraction_of(choice, row[box.first[0] + i]);
            }
        }
    }
    *out = mask;

done:
    ot_free(row);
    return rc;
}

enum ot_rc ot_raster_label_mask(const struct ot_raster *raster, size_t component, double label,
                                struct ot_volume **out, struct ot_err *err)
{
    const struct choice choice = {.component = component, .label = label};
    return make_mask(raster, &choice, out, err);
}

/* What values there are. */
struct survey {
    double *labels; /* owned; rising, 0 left out */
    size_t count;
    bool too_many;
    size_t not_finite;
    size_t not_whole;
    double lowest, highest;
};

static void survey_label(struct survey *survey, double value)
{
    size_t low = 0;
    size_t high = survey->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (survey->labels[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < survey->count && is_label(value, survey->labels[low])) {
        return;
    }
    if (survey->count == LABELS_MAX) {
        survey->too_many = true;
        return;
    }
    memmove(survey->labels + low + 1, survey->labels + low,
            (survey->count - low) * sizeof survey->labels[0]);
    survey->labels[low] = value;
    survey->count++;
}

static void survey_value(struct survey *survey, double value)
{
    if (!isfinite(value)) {
        survey->not_finite++;
        return;
    }
    survey->lowest = fmin(survey->lowest, value);
    survey->highest = fmax(survey->highest, value);
    if (!is_label(value, round(value))) {
        survey->not_whole++;
        return;
    }
    if (!is_label(value, 0.0)) {
        survey_label(survey, value);
    }
}

static enum ot_rc survey_make(const struct ot_raster *raster, struct survey *survey,
                              struct ot_err *err)
{
    const size_t *n = raster->grid.n;
    *survey = (struct survey){.labels = OT_NEW(double, LABELS_MAX, err)};
    double *row = OT_NEW(double, n[0], err);
    if (survey->labels == NULL || row == NULL) {
        ot_free(row);
        return OT_ERR_NOMEM;
    }
    double last = 0.0; /* runs of one value are the rule */
    for (size_t k = 0; k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            ot_raster_row(raster, 0, j, k, row);
            for (size_t i = 0; i < n[0]; i++) {
                if (!is_label(row[i], last)) {
                    survey_value(survey, row[i]);
                    last = row[i];
                }
            }
        }
    }
    ot_free(row);
    return OT_OK;
}

static void list_labels(const struct survey *survey, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t n = 0; n < survey->count && n < LABELS_SHOWN && used < size; n++) {
        const int more =
            snprintf(text + used, size - used, "%s%.17g", n > 0 ? ", " : "", survey->labels[n]);
        used += more > 0 ? (size_t)more : 0;
    }
    if (survey->count > LABELS_SHOWN && used < size) {
        (void)snprintf(text + used, size - used, ", ... (%zu in all)", survey->count);
    }
}

static enum ot_rc choose_only(const struct survey *survey, struct choice *choice,
                              struct ot_err *err)
{
    if (survey->not_whole > 0) {
        choice->fractions = true;
        return OT_OK;
    }
    if (survey->count == 0) {
        return ot_fail(err, OT_ERR_RANGE, "the mask holds no voxel");
    }
    if (survey->count > 1) {
        char list[200];
        list_labels(survey, list, sizeof list);
        return ot_fail(err, OT_ERR_FORMAT, "holds several labels, name one after '#': %s", list);
    }
    choice->label = survey->labels[0];
    return OT_OK;
}

static enum ot_rc choose_label(const struct survey *survey, const char *selector,
                               struct choice *choice, struct ot_err *err)
{
    if (survey->not_whole > 0) {
        return ot_fail(err, OT_ERR_FORMAT, "holds fractions and no labels, leave out '#%s'",
                       selector);
    }
    if (ot_text_to_double(selector, &choice->label)) {
        for (size_t n = 0; n < survey->count; n++) {
            if (is_label(survey->labels[n], choice->label)) {
                return OT_OK;
            }
        }
    }
    char list[200];
    list_labels(survey, list, sizeof list);
    return ot_fail(err, OT_ERR_FORMAT, "has no label '%.40s'; there are: %s", selector, list);
}

static enum ot_rc check_survey(const struct survey *survey, struct ot_err *err)
{
    if (survey->not_finite > 0) {
        return ot_fail(err, OT_ERR_FORMAT, "%zu runs of voxels of the mask are not finite",
                       survey->not_finite);
    }
    if (survey->too_many) {
        return ot_fail(err, OT_ERR_FORMAT, "holds more than %d different values and is no mask",
                       (int)LABELS_MAX);
    }
    if (survey->not_whole > 0 &&
        !(survey->lowest >= -ROUNDING && survey->highest <= 1.0 + ROUNDING)) {
        return ot_fail(
            err, OT_ERR_FORMAT,
            "holds values from %.9g to %.9g that are neither labels nor fractions from 0 "
            "to 1",
            survey->lowest, survey->highest);
    }
    return OT_OK;
}

static enum ot_rc make_region(const struct ot_raster *raster, const struct survey *survey,
                              const char *selector, struct ot_region **out, struct ot_err *err)
{
    struct choice choice = {.component = 0};
    enum ot_rc rc = selector == NULL ? choose_only(survey, &choice, err)
                                     : choose_label(survey, selector, &choice, err);
    if (rc != OT_OK) {
        return rc;
    }
    *out = OT_NEW(struct ot_region, 1, err);
    if (*out == NULL) {
        return OT_ERR_NOMEM;
    }
    if (choice.fractions) {
        (void)ot_text_copy((*out)->label, sizeof(*out)->label, "fraction");
    } else {
        (void)snprintf((*out)->label, sizeof(*out)->label, "%.17g", choice.label);
    }
    return make_mask(raster, &choice, &(*out)->mask, err);
}

enum ot_rc ot_raster_regions(const struct ot_raster *raster, const char *const *selectors,
                             size_t count, struct ot_region **out, struct ot_err *err)
{
    struct survey survey = {0};
    for (size_t n = 0; n < count; n++) {
        out[n] = NULL;
    }
    if (raster->components != 1) {
        return ot_fail(err, OT_ERR_UNSUPPORTED, "holds %zu values per voxel, a mask has one",
                       raster->components);
    }
    enum ot_rc rc = survey_make(raster, &survey, err);
    if (rc == OT_OK) {
        rc = check_survey(&survey, err);
    }
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        rc = make_region(raster, &survey, selectors[n], &out[n], err);
    }
    for (size_t n = 0; rc != OT_OK && n < count; n++) {
        ot_region_destroy(out[n]);
        out[n] = NULL;
    }
    ot_free(survey.labels);
    return rc;
}
