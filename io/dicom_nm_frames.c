/* io/dicom_nm_frames.c - energy windows, detectors, time slots: one volume of several. */
#include "io/dicom_nm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

enum { LIST_SIZE = 240 };

/* What divides frames into volumes: the vector that says it for each frame, and the number that
 * says how many there should be (0: DICOM has none). */
static const struct {
    uint32_t vector;
    uint32_t number;
    enum ot_select key;
    const char *what;
} divisions[] = {
    {TAG_ENERGY_WINDOW_VECTOR, TAG_NUMBER_OF_ENERGY_WINDOWS, OT_SELECT_WINDOW, "energy windows"},
    {TAG_DETECTOR_VECTOR, TAG_NUMBER_OF_DETECTORS, OT_SELECT_DETECTOR, "detectors"},
    {TAG_PHASE_VECTOR, TAG_NUMBER_OF_PHASES, OT_SELECT_PHASE, "phases"},
    {TAG_ROTATION_VECTOR, TAG_NUMBER_OF_ROTATIONS, OT_SELECT_ROTATION, "rotations"},
    {TAG_RR_INTERVAL_VECTOR, TAG_NUMBER_OF_RR_INTERVALS, OT_SELECT_INTERVAL, "R-R intervals"},
    {TAG_TIME_SLOT_VECTOR, TAG_NUMBER_OF_TIME_SLOTS, OT_SELECT_SLOT, "time slots"},
    {TAG_TIME_SLICE_VECTOR, 0, OT_SELECT_TIME, "time slices"},
};
enum { DIVISION_COUNT = sizeof divisions / sizeof divisions[0] };

/* The work on one file. */
struct choice {
    const struct otx_item *root;
    const struct ot_selector *part;
    struct ot_dicom_plan *plan;
    bool *kept;           /* owned; one for each frame */
    char list[LIST_SIZE]; /* of the divisions that are not selected */
    char hint[LIST_SIZE]; /* a selector that would do */
    bool undivided;       /* several of something are announced, but no frame says which */
    const char *announced;
};

static size_t distinct_values(const double *values, size_t count)
{
    size_t distinct = 0;
    for (size_t n = 0; n < count; n++) {
        bool seen = false;
        for (size_t m = 0; m < n && !seen; m++) {
            seen = fabs(values[m] - values[n]) < 0.5;
        }
        distinct += seen ? 0 : 1;
    }
    return distinct;
}

static void append(char *text, const char *more)
{
    const size_t used = strlen(text);
    (void)snprintf(text + used, LIST_SIZE - used, "%s%s", used > 0 ? "," : "", more);
}

/* " (126-154 keV)" of energy window `number`, as far as it is stated. */
static void window_range(const struct otx_item *root, size_t number, char *text, size_t size)
{
    double lower_kev = 0.0;
    double upper_kev = 0.0;
    bool lower = false;
    bool upper = false;
    const struct otx_item *window = otx_item_first(root, TAG_ENERGY_WINDOW_SEQUENCE);
    text[0] = '\0';
    for (size_t n = 1; n < number && window != NULL; n++) {
        window = otx_item_next(root, TAG_ENERGY_WINDOW_SEQUENCE, window);
    }
    const struct otx_item *range =
        window != NULL ? otx_item_first(window, TAG_ENERGY_WINDOW_RANGE_SEQUENCE) : NULL;
    if (range != NULL &&
        ot_dicom_number(range, TAG_ENERGY_WINDOW_LOWER, &lower_kev, &lower, NULL) == OT_OK &&
        ot_dicom_number(range, TAG_ENERGY_WINDOW_UPPER, &upper_kev, &upper, NULL) == OT_OK &&
        lower && upper) {
        (void)snprintf(text, size, " (%.4g-%.4g keV)", lower_kev, upper_kev);
    }
}

/* Notes a division of which nothing was selected, for the refusal. */
static void list_division(struct choice *c, size_t d, size_t distinct)
{
    char one[LIST_SIZE];
    (void)snprintf(one, sizeof one, " %zu %s", distinct, divisions[d].what);
    append(c->list, one);
    for (size_t n = 1; divisions[d].key == OT_SELECT_WINDOW && n <= distinct; n++) {
        char range[48];
        window_range(c->root, n, range, sizeof range);
        if (range[0] != '\0') {
            const size_t used = strlen(c->list);
            (void)snprintf(c->list + used, sizeof c->list - used, "; %zu is%s", n, range);
        }
    }
    (void)snprintf(one, sizeof one, "%s=1", ot_select_name(divisions[d].key));
    append(c->hint, one);
}

/* Keeps the frames whose value is the selected one. */
static enum ot_rc keep(struct choice *c, size_t d, const double *values, long wanted,
                       size_t distinct, struct ot_err *err)
{
    size_t left = 0;
    for (size_t n = 0; n < c->plan->count; n++) {
        c->kept[n] = c->kept[n] && fabs(values[n] - (double)wanted) < 0.5;
        left += c->kept[n] ? 1 : 0;
    }
    if (left == 0) {
        return ot_fail(err, OT_ERR_FORMAT, "no frame is of %s %ld; there are %zu %s",
                       ot_select_name(divisions[d].key), wanted, distinct, divisions[d].what);
    }
    if (distinct > 1) {
        char range[48] = "";
        if (divisions[d].key == OT_SELECT_WINDOW) {
            window_range(c->root, (size_t)wanted, range, sizeof range);
        }
        (void)ot_texts_add(&c->plan->facts.notes, "of %zu %s, number %ld%s is read", distinct,
                           divisions[d].what, wanted, range);
    }
    return OT_OK;
}

/* Where there is no vector, all frames are of the only one. */
static enum ot_rc without_vector(struct choice *c, size_t d, long wanted, struct ot_err *err)
{
    long number = 1;
    bool found = false;
    enum ot_rc rc = OT_OK;
    if (divisions[d].number != 0) {
        rc = ot_dicom_integer(c->root, divisions[d].number, 0, 65535, &number, &found, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (wanted > 1) {
        return ot_fail(err, OT_ERR_FORMAT, "no frame is of %s %ld; frames are not divided by %s",
                       ot_select_name(divisions[d].key), wanted, divisions[d].what);
    }
    if (number > 1 && !c->undivided) {
        c->undivided = true;
        c->announced = divisions[d].what;
    }
    return OT_OK;
}

static enum ot_rc divide(struct choice *c, size_t d, struct ot_err *err)
{
    double *values = NULL;
    size_t count = 0;
    const long wanted = c->part->number[divisions[d].key];
    enum ot_rc rc = ot_dicom_number_list(c->root, divisions[d].vector, &values, &count, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (values == NULL) {
        return without_vector(c, d, wanted, err);
    }
    const size_t distinct = distinct_values(values, count);
    if (count != c->plan->count) {
        rc = ot_fail(
            err, OT_ERR_FORMAT, "the vector (%04x,%04x) of %s has %zu values for %zu frames",
            (unsigned)(divisions[d].vector >> 16U), (unsigned)(divisions[d].vector & 0xffffU),
            divisions[d].what, count, c->plan->count);
    } else if (wanted != 0) {
        rc = keep(c, d, values, wanted, distinct, err);
    } else if (distinct > 1) {
        list_division(c, d, distinct);
    }
    ot_free(values);
    return rc;
}

/* The frames that are kept move to the front, in order. */
static void squeeze(struct choice *c)
{
    size_t left = 0;
    for (size_t n = 0; n < c->plan->count; n++) {
        if (c->kept[n]) {
            c->plan->planes[left++] = c->plan->planes[n];
        }
    }
    c->plan->count = left;
}

/* Without a slice vector frames are in order; then their number must be that of the slices. */
static enum ot_rc in_order(const struct choice *c, struct ot_err *err)
{
    long slices = 0;
    bool found = false;
    const size_t count = c->plan->count;
    const enum ot_rc rc =
        ot_dicom_integer(c->root, TAG_NUMBER_OF_SLICES, 1, 65535, &slices, &found, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (found && (size_t)slices != count) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "NumberOfSlices (0054,0081) is %ld for %zu frames, and no SliceVector "
                       "(0054,0080) says which is which",
                       slices, count);
    }
    if (!found && c->undivided) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "announces several %s, but no vector says which frame is of which",
                       c->announced);
    }
    for (size_t n = 0; n < count; n++) {
        c->plan->planes[n].along_mm = (double)n; /* for now: its number */
    }
    return OT_OK;
}

/* NumberOfSlices, where it is stated, counts the slices of the volume: fewer frames are a part of
 * it. */
static enum ot_rc check_slice_count(const struct choice *c, struct ot_err *err)
{
    long slices = 0;
    bool found = false;
    const enum ot_rc rc =
        ot_dicom_integer(c->root, TAG_NUMBER_OF_SLICES, 1, 65535, &slices, &found, err);
    if (rc == OT_OK && found && (size_t)slices != c->plan->count) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "NumberOfSlices (0054,0081) is %ld, and SliceVector (0054,0080) numbers %zu "
                       "slices: export the whole volume",
                       slices, c->plan->count);
    }
    return rc;
}

/* Frame n belongs to slice slices[n] (0054,0080), counted from 1. */
static enum ot_rc number_slices(const struct choice *c, struct ot_err *err)
{
    double *slices = NULL;
    bool *taken = NULL;
    size_t count = 0;
    const size_t frames = c->plan->samples.frames;
    enum ot_rc rc = ot_dicom_number_list(c->root, TAG_SLICE_VECTOR, &slices, &count, err);
    if (rc != OT_OK || slices == NULL) {
        return rc == OT_OK ? in_order(c, err) : rc;
    }
    if (count != frames) {
        rc = ot_fail(err, OT_ERR_FORMAT, "SliceVector (0054,0080) has %zu values for %zu frames",
                     count, frames);
        goto done;
    }
    taken = OT_NEW(bool, c->plan->count, err);
    if (taken == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    for (size_t n = 0; n < c->plan->count; n++) {
        struct ot_dicom_plane *plane = &c->plan->planes[n];
        const double slice = slices[plane->frame] - 1.0;
        if (!(slice >= 0.0) || slice >= (double)c->plan->count || taken[(size_t)slice]) {
            rc = ot_fail(err, OT_ERR_FORMAT,
                         "SliceVector (0054,0080) does not number the %zu frames from 1, each once",
                         c->plan->count);
            goto done;
        }
        taken[(size_t)slice] = true;
        plane->along_mm = slice; /* for now: its number */
    }
    rc = check_slice_count(c, err);

done:
    ot_free(taken);
    ot_free(slices);
    return rc;
}

enum ot_rc ot_nm_choose_frames(const struct otx_item *root, const struct ot_selector *part,
                               struct ot_dicom_plan *plan, long *detector, struct ot_err *err)
{
    struct choice c = {.root = root, .part = part, .plan = plan};
    unsigned allowed = 1U << OT_SELECT_SERIES;
    for (size_t d = 0; d < DIVISION_COUNT; d++) {
        allowed |= 1U << divisions[d].key;
    }
    *detector = part->number[OT_SELECT_DETECTOR];
    enum ot_rc rc = ot_selector_allow(part, allowed, "an NM image", err);
    if (rc != OT_OK) {
        return rc;
    }
    c.kept = OT_NEW(bool, plan->count, err);
    if (c.kept == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < plan->count; n++) {
        c.kept[n] = true;
    }
    for (size_t d = 0; rc == OT_OK && d < DIVISION_COUNT; d++) {
        rc = divide(&c, d, err);
    }
    if (rc == OT_OK && c.list[0] != '\0') {
        rc = ot_fail(err, OT_ERR_UNSUPPORTED,
                     "its frames hold several volumes (%s); choose one as in FILE#%s", c.list + 1,
                     c.hint);
    }
    if (rc == OT_OK) {
        squeeze(&c);
        rc = number_slices(&c, err);
    }
    ot_free(c.kept);
    return rc;
}
