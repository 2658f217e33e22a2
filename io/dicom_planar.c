/* io/dicom_planar.c - frames of planar NM objects, with the view and window of each. */
#include "io/dicom_planar.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_plan.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"
#include "io/hash.h"
#include "io/saturation.h"

static const double bq_per_mbq = 1e6;
static const double same_spacing = 1e-3; /* relative */

static bool begins_with(const char *text, const char *lower_case)
{
    for (; *lower_case != '\0'; text++, lower_case++) {
        if (tolower((unsigned char)*text) != *lower_case) {
            return false;
        }
    }
    return true;
}

/* "ANTERIOR_H1", "Planar Post": the first word that begins so decides, none if both are there. */
static enum ot_view view_of_words(const char *text)
{
    bool anterior = false;
    bool posterior = false;
    for (const char *at = text; *at != '\0'; at++) {
        const bool first = at == text || !isalpha((unsigned char)at[-1]);
        anterior = anterior || (first && begins_with(at, "ant"));
        posterior = posterior || (first && begins_with(at, "post"));
    }
    if (anterior == posterior) {
        return OT_VIEW_UNKNOWN;
    }
    return anterior ? OT_VIEW_ANTERIOR : OT_VIEW_POSTERIOR;
}

static enum ot_view view_of_detector(const struct otx_item *detector)
{
    char text[128];
    const struct otx_item *code = otx_item_first(detector, TAG_VIEW_CODE_SEQUENCE);
    if (code == NULL) {
        return OT_VIEW_UNKNOWN;
    }
    if (ot_dicom_text(code, TAG_CODE_VALUE, text, sizeof text)) {
        if (strcmp(text, "R-10206") == 0) { /* CID 26, SNOMED RT */
            return OT_VIEW_ANTERIOR;
        }
        if (strcmp(text, "R-10214") == 0) {
            return OT_VIEW_POSTERIOR;
        }
    }
    return ot_dicom_text(code, TAG_CODE_MEANING, text, sizeof text) ? view_of_words(text)
                                                                    : OT_VIEW_UNKNOWN;
}

static const struct otx_item *nth(const struct otx_item *root, uint32_t sequence, size_t n)
{
    const struct otx_item *last = otx_item_first(root, sequence);
    for (size_t at = 1; last != NULL && at < n; at++) {
        last = otx_item_next(root, sequence, last);
    }
    return last;
}

static enum ot_view view_of(const struct otx_item *root, size_t detector)
{
    char text[128];
    const struct otx_item *item = nth(root, TAG_DETECTOR_SEQUENCE, detector);
    const enum ot_view stated = item != NULL ? view_of_detector(item) : OT_VIEW_UNKNOWN;
    if (stated != OT_VIEW_UNKNOWN || otx_item_count(root, TAG_DETECTOR_SEQUENCE) > 1) {
        return stated;
    }
    static const uint32_t tags[] = {TAG_IMAGE_ID, TAG_SERIES_DESCRIPTION};
    for (size_t n = 0; n < 2; n++) {
        const enum ot_view told =
            ot_dicom_text(root, tags[n], text, sizeof text) ? view_of_words(text) : OT_VIEW_UNKNOWN;
        if (told != OT_VIEW_UNKNOWN) {
            return told;
        }
    }
    return OT_VIEW_UNKNOWN;
}

static enum ot_rc read_window(const struct otx_item *root, size_t number,
                              struct ot_planar_frame *frame, struct ot_err *err)
{
    bool lower = false;
    bool upper = false;
    frame->lower_kev = (double)NAN;
    frame->upper_kev = (double)NAN;
    const struct otx_item *window = nth(root, TAG_ENERGY_WINDOW_SEQUENCE, number);
    if (window == NULL || otx_item_count(window, TAG_ENERGY_WINDOW_RANGE_SEQUENCE) != 1) {
        return OT_OK;
    }
    const struct otx_item *range = otx_item_first(window, TAG_ENERGY_WINDOW_RANGE_SEQUENCE);
    enum ot_rc rc = ot_dicom_number(range, TAG_ENERGY_WINDOW_LOWER, &frame->lower_kev, &lower, err);
    if (rc == OT_OK) {
        rc = ot_dicom_number(range, TAG_ENERGY_WINDOW_UPPER, &frame->upper_kev, &upper, err);
    }
    if (rc == OT_OK && !(lower && upper)) {
        frame->lower_kev = (double)NAN;
        frame->upper_kev = (double)NAN;
    } else if (rc == OT_OK && !(frame->lower_kev >= 0.0 && frame->upper_kev > frame->lower_kev)) {
        rc = ot_fail(err, OT_ERR_RANGE, "an energy window (0054,0013) reaches from %g to %g keV",
                     frame->lower_kev, frame->upper_kev);
    }
    return rc;
}

/* Vector of one value per frame; ones where it is absent. */
static enum ot_rc read_vector(const struct otx_item *root, uint32_t tag, size_t frames,
                              double **values, struct ot_err *err)
{
    size_t count = 0;
    enum ot_rc rc = ot_dicom_number_list(root, tag, values, &count, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (*values == NULL) {
        *values = OT_NEW(double, frames, err);
        for (size_t n = 0; *values != NULL && n < frames; n++) {
            (*values)[n] = 1.0;
        }
        return *values != NULL ? OT_OK : OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < count; n++) {
        if (!((*values)[n] >= 1.0 && (*values)[n] <= 64.0)) {
            return ot_fail(err, OT_ERR_RANGE, "a vector of its frames (0054,%04x) holds %g",
                           (unsigned)(tag & 0xffffU), (*values)[n]);
        }
    }
    return count == frames
               ? OT_OK
               : ot_fail(err, OT_ERR_FORMAT, "a vector (0054,%04x) has %zu values for %zu frames",
                         (unsigned)(tag & 0xffffU), count, frames);
}

/* The grid of every frame; only its spacing means something. */
static enum ot_rc read_grid(const struct ot_dicom_file *file,
                            const struct ot_dicom_samples *samples, struct ot_grid *grid,
                            struct ot_err *err)
{
    double spacing_mm[2];
    const enum ot_rc rc = ot_dicom_need_numbers(file->root, TAG_PIXEL_SPACING, spacing_mm, 2, err);
    *grid = (struct ot_grid){.n = {samples->columns, samples->rows, 1},
                             .spacing_mm = {spacing_mm[1], spacing_mm[0], 1.0},
                             .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    return rc == OT_OK ? ot_grid_validate(grid, err) : rc;
}

/* Where the frames of a file come from. */
struct source {
    const struct ot_dicom_file *file;
    struct ot_dicom_samples samples;
    struct ot_grid grid;
    double slope, intercept;
    double *detectors, *windows; /* owned */
};

static enum ot_rc read_frame(const struct source *source, const unsigned char *data, size_t n,
                             double *stored, struct ot_planar_frame *frame, size_t *saturated,
                             struct ot_err *err)
{
    struct ot_peak peak = {.most = -INFINITY};
    const size_t size = source->samples.columns * source->samples.rows;
    frame->detector = (size_t)source->detectors[n];
    frame->view = view_of(source->file->root, frame->detector);
    enum ot_rc rc = read_window(source->file->root, (size_t)source->windows[n], frame, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(&source->grid, OT_UNIT_NONE, &frame->counts, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    ot_dicom_samples_decode(&source->samples, data, n * size, size, stored);
    ot_peak_add(&peak, stored, size);
    *saturated += ot_peak_saturated(&peak, source->samples.bits_stored, source->samples.is_signed);
    for (size_t x = 0; x < size; x++) {
        frame->counts->data[x] = (float)(source->slope * stored[x] + source->intercept);
        if (!(frame->counts->data[x] >= 0.0F)) {
            return ot_fail(err, OT_ERR_RANGE, "pixel %zu of frame %zu holds %g counts", x, n + 1,
                           (double)frame->counts->data[x]);
        }
    }
    return OT_OK;
}

static enum ot_rc describe(const struct ot_dicom_file *file, struct source *source,
                           struct ot_err *err)
{
    bool found = false;
    *source = (struct source){.file = file, .slope = 1.0};
    enum ot_rc rc = ot_dicom_samples_describe(file, &source->samples, err);
    if (rc == OT_OK) {
        rc = read_grid(file, &source->samples, &source->grid, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_number(file->root, TAG_RESCALE_SLOPE, &source->slope, &found, err);
        source->slope = found ? source->slope : 1.0;
    }
    if (rc == OT_OK) {
        rc = ot_dicom_number(file->root, TAG_RESCALE_INTERCEPT, &source->intercept, &found, err);
    }
    if (rc == OT_OK) {
        rc = read_vector(file->root, TAG_DETECTOR_VECTOR, source->samples.frames,
                         &source->detectors, err);
    }
    if (rc == OT_OK) {
        rc = read_vector(file->root, TAG_ENERGY_WINDOW_VECTOR, source->samples.frames,
                         &source->windows, err);
    }
    return rc;
}

static enum ot_rc check_like_first(const struct ot_planar *planar, const struct source *source,
                                   struct ot_err *err)
{
    if (planar->count == 0) {
        return OT_OK;
    }
    const struct ot_grid *first = &planar->frames[0].counts->grid;
    for (size_t axis = 0; axis < 2; axis++) {
        const double ratio = source->grid.spacing_mm[axis] / first->spacing_mm[axis];
        if (source->grid.n[axis] != first->n[axis] || !(fabs(ratio - 1.0) <= same_spacing)) {
            return ot_fail(err, OT_ERR_FORMAT,
                           "has another matrix or pixel spacing than the other planar images");
        }
    }
    return OT_OK;
}

static enum ot_rc add_file(const struct ot_dicom_file *file, struct ot_planar *planar,
                           struct ot_err *err)
{
    struct source source;
    const unsigned char *data = NULL;
    unsigned char *block = NULL;
    double *stored = NULL;
    struct ot_planar_frame *frames = NULL;
    enum ot_rc rc = describe(file, &source, err);
    if (rc == OT_OK) {
        rc = check_like_first(planar, &source, err);
    }
    if (rc == OT_OK && fabs(source.intercept) > fabs(planar->facts.intercept)) {
        planar->facts.intercept = source.intercept;
    }
    if (rc == OT_OK) {
        rc = ot_dicom_samples_fetch(file, &source.samples, &data, &block, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    const size_t more = source.samples.frames;
    frames = OT_NEW(struct ot_planar_frame, planar->count + more, err);
    stored =
        frames != NULL ? OT_NEW(double, source.samples.columns *source.samples.rows, err) : NULL;
    if (stored == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    for (size_t n = 0; n < planar->count; n++) {
        frames[n] = planar->frames[n];
    }
    ot_free(planar->frames);
    planar->frames = frames;
    frames = NULL; /* handed over */
    for (size_t n = 0; rc == OT_OK && n < more; n++) {
        rc = read_frame(&source, data, n, stored, &planar->frames[planar->count++],
                        &planar->facts.saturated_count, err);
    }

done:
    ot_free(frames);
    ot_free(stored);
    ot_free(block);
    ot_free(source.detectors);
    ot_free(source.windows);
    if (rc != OT_OK) {
        ot_err_context(err, "%s", file->name);
    }
    return rc;
}

static enum ot_rc read_facts(const struct ot_dicom_file *file, struct ot_image_facts *facts,
                             struct ot_err *err)
{
    struct ot_dicom_tracer tracer;
    facts->use = OT_USE_PLANAR;
    facts->acquired = ot_dicom_acquired(file->root);
    enum ot_rc rc = ot_dicom_identity(file->root, &facts->identity, err);
    if (rc == OT_OK) {
        rc = ot_dicom_read_tracer(file->root, bq_per_mbq, &facts->acquired, facts, &tracer, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", file->name);
    }
    return rc;
}

static enum ot_rc add_all(const struct ot_dicom_set *set, struct ot_planar *planar,
                          struct ot_texts *digests, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < set->paths.count; n++) {
        const struct ot_dicom_file *file = &set->files[n];
        struct ot_identity identity;
        if (file->damage.code != OT_OK) {
            *err = file->damage;
            return file->damage.code;
        }
        if (file->use != OT_USE_PLANAR || file->duplicate || file->dicom == NULL) {
            continue;
        }
        if (planar->count == 0) {
            rc = read_facts(file, &planar->facts, err);
        }
        if (rc == OT_OK) {
            rc = ot_dicom_identity(file->root, &identity, err);
        }
        if (rc == OT_OK &&
            strcmp(identity.patient_sha256, planar->facts.identity.patient_sha256) != 0) {
            rc = ot_fail(err, OT_ERR_FORMAT, "the planar images are of different patients");
        }
        if (rc == OT_OK) {
            (void)ot_texts_add(digests, "%s", file->sha256);
            rc = add_file(file, planar, err);
        }
    }
    return rc;
}

enum ot_rc ot_dicom_planar_load(const char *path, struct ot_planar *planar, struct ot_err *err)
{
    struct ot_dicom_set set = {0};
    struct ot_texts digests = {0};
    *planar = (struct ot_planar){0};
    enum ot_rc rc = ot_dicom_set_read(path, OT_USE_PLANAR, &set, err);
    if (rc == OT_OK) {
        rc = add_all(&set, planar, &digests, err);
    }
    if (rc == OT_OK && planar->count == 0) {
        rc = ot_fail(err, OT_ERR_FORMAT, "%s: holds no planar Nuclear Medicine image",
                     ot_text_base_name(path));
    }
    if (rc == OT_OK && digests.count == 1) {
        (void)ot_text_copy(planar->facts.files_sha256, sizeof planar->facts.files_sha256,
                           digests.text[0]);
    } else if (rc == OT_OK) {
        rc = ot_hash_set(&digests, planar->facts.files_sha256, err);
    }
    planar->facts.file_count = digests.count;
    ot_texts_release(&digests);
    ot_dicom_set_release(&set);
    return rc;
}
