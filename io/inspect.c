/* io/inspect.c - every series of a folder, described for people and programs. */
#include "io/inspect.h"

#include <math.h>
#include <string.h>

#include "core/image.h"
#include "core/text.h"
#include "io/dicom_plan.h"
#include "io/dicom_seg.h"
#include "io/dicom_series.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"
#include "io/inspect_names.h"
#include "io/inspect_plain.h"
#include "io/json.h"
#include "io/load.h"

/* The n-th of several values that only matter as text. */
static void set_label(json_t *entry, const char *key, const struct otx_item *root, uint32_t tag)
{
    char text[256];
    if (ot_dicom_label(root, root, tag, text, sizeof text)) {
        (void)json_object_set_new(entry, key, json_string(text));
    }
}

static void set_time(json_t *entry, const char *key, const struct ot_time *time)
{
    if (time->known) {
        char text[40];
        ot_time_to_iso8601(time, text, sizeof text);
        (void)json_object_set_new(entry, key, json_string(text));
    }
}

static json_t *numbers(const double *values, size_t count)
{
    json_t *list = json_array();
    for (size_t n = 0; n < count; n++) {
        (void)json_array_append_new(list, ot_json_number(values[n]));
    }
    return list;
}

/* "LPS": to which side of the patient each axis runs, for the eye; the numbers stand beside. */
static void set_axes(json_t *entry, const struct ot_grid *grid)
{
    static const char sides[3][2] = {{'L', 'R'}, {'P', 'A'}, {'S', 'I'}};
    char axes[4] = "";
    for (size_t n = 0; n < 3; n++) {
        size_t most = 0;
        for (size_t r = 1; r < 3; r++) {
            most = fabs(grid->dir[r][n]) > fabs(grid->dir[most][n]) ? r : most;
        }
        axes[n] = sides[most][grid->dir[most][n] < 0.0 ? 1 : 0];
    }
    (void)json_object_set_new(entry, "axes", json_string(axes));
}

void ot_inspect_set_grid(json_t *entry, const struct ot_grid *grid)
{
    json_t *size = json_array();
    double dir[9];
    for (size_t n = 0; n < 3; n++) {
        (void)json_array_append_new(size, json_integer((json_int_t)grid->n[n]));
        for (size_t r = 0; r < 3; r++) {
            dir[3 * n + r] = grid->dir[r][n];
        }
    }
    (void)json_object_set_new(entry, "size", size);
    (void)json_object_set_new(entry, "spacing_mm", numbers(grid->spacing_mm, 3));
    (void)json_object_set_new(entry, "origin_mm", numbers(grid->origin_mm, 3));
    (void)json_object_set_new(entry, "orientation", numbers(dir, 9)); /* axes i, j, k in LPS */
    set_axes(entry, grid);
}

static const char *unit_text(enum ot_unit unit)
{
    return unit == OT_UNIT_NONE ? "counts" : unit == OT_UNIT_HU ? "HU" : ot_unit_name(unit);
}

void ot_inspect_set_facts(json_t *entry, const struct ot_image_facts *facts, enum ot_unit unit)
{
    const bool activity = facts->use == OT_USE_SPECT || facts->use == OT_USE_PET;
    json_t *needs = json_array();
    (void)json_object_set_new(entry, "units",
                              facts->quantity_stated || facts->use == OT_USE_SPECT
                                  ? json_string(unit_text(unit))
                                  : json_null());
    (void)json_object_set_new(entry, "radionuclide",
                              facts->nuclide[0] != '\0' ? json_string(facts->nuclide)
                                                        : json_null());
    set_time(entry, "value_time", &facts->value_time);
    set_time(entry, "acquired", &facts->acquired);
    set_time(entry, "administered", &facts->administered);
    if (facts->administered_bq > 0.0) {
        (void)json_object_set_new(entry, "administered_bq", ot_json_number(facts->administered_bq));
    }
    if (facts->corrected_half_life_s > 0.0) {
        (void)json_object_set_new(entry, "corrected_half_life_s",
                                  ot_json_number(facts->corrected_half_life_s));
    }
    if (!facts->quantity_stated && facts->use != OT_USE_SPECT && facts->use != OT_USE_MR) {
        (void)json_array_append_new(needs, json_string("units"));
    }
    if (activity && !facts->value_time.known) {
        (void)json_array_append_new(needs, json_string("times"));
    }
    if (activity && facts->nuclide[0] == '\0') {
        (void)json_array_append_new(needs, json_string("radionuclide"));
    }
    if (facts->length_unit_assumed) {
        (void)json_array_append_new(needs, json_string("units_mm"));
    }
    (void)json_object_set_new(entry, "needs", needs);
    json_t *notes = json_array();
    for (size_t n = 0; n < facts->notes.count; n++) {
        (void)json_array_append_new(notes, json_string(facts->notes.text[n]));
    }
    (void)json_object_set_new(entry, "notes", notes);
}

void ot_inspect_unusable(json_t *entry, const char *reason)
{
    (void)json_object_set_new(entry, "usable_as", json_null());
    (void)json_object_set_new(entry, "reason", json_string(reason));
    if (json_object_get(entry, "needs") == NULL) {
        (void)json_object_set_new(entry, "needs", json_array());
    }
}

/* What is there to tell of pixels that make no volume. */
static void set_matrix(json_t *entry, const struct ot_dicom_file *file, size_t files)
{
    struct ot_dicom_samples samples;
    double spacing_mm[2];
    bool found = false;
    if (ot_dicom_samples_describe(file, &samples, NULL) != OT_OK) {
        return;
    }
    json_t *size = json_array();
    (void)json_array_append_new(size, json_integer((json_int_t)samples.columns));
    (void)json_array_append_new(size, json_integer((json_int_t)samples.rows));
    (void)json_array_append_new(
        size, json_integer((json_int_t)(samples.frames > 1 ? samples.frames : files)));
    (void)json_object_set_new(entry, "size", size);
    if (ot_dicom_numbers(file->root, TAG_PIXEL_SPACING, spacing_mm, 2, &found, NULL) == OT_OK &&
        found) {
        const double across_mm[2] = {spacing_mm[1], spacing_mm[0]};
        (void)json_object_set_new(entry, "spacing_mm", numbers(across_mm, 2));
    }
}

/* What the header says of an image that cannot be used, as it says it: a person looks here for what
 * is wrong with it. */
static void set_header(json_t *entry, const struct ot_dicom_file *file)
{
    struct ot_image_facts facts = {.use = file->use};
    struct ot_dicom_tracer tracer;
    double cosines[6];
    bool found = false;
    const struct ot_time acquired = ot_dicom_acquired(file->root);
    set_label(entry, "header_units", file->root, TAG_UNITS);
    set_time(entry, "acquired", &acquired);
    if (ot_dicom_read_tracer(file->root, 1.0, &acquired, &facts, &tracer, NULL) == OT_OK &&
        facts.nuclide[0] != '\0') {
        (void)json_object_set_new(entry, "radionuclide", json_string(facts.nuclide));
    }
    ot_texts_release(&facts.notes);
    if (ot_dicom_numbers(file->root, TAG_IMAGE_ORIENTATION, cosines, 6, &found, NULL) == OT_OK &&
        found) {
        (void)json_object_set_new(entry, "header_orientation", numbers(cosines, 6));
    }
}

/* Energy windows in keV, [lower, upper] each: what tells Tc-99m from bremsstrahlung. */
static void set_windows(json_t *entry, const struct otx_item *root)
{
    json_t *list = json_array();
    for (const struct otx_item *at = otx_item_first(root, TAG_ENERGY_WINDOW_SEQUENCE); at != NULL;
         at = otx_item_next(root, TAG_ENERGY_WINDOW_SEQUENCE, at)) {
        double kev[2] = {0.0, 0.0};
        bool lower = false;
        bool upper = false;
        const struct otx_item *range = otx_item_first(at, TAG_ENERGY_WINDOW_RANGE_SEQUENCE);
        if (range != NULL &&
            ot_dicom_number(range, TAG_ENERGY_WINDOW_LOWER, &kev[0], &lower, NULL) == OT_OK &&
            ot_dicom_number(range, TAG_ENERGY_WINDOW_UPPER, &kev[1], &upper, NULL) == OT_OK &&
            lower && upper) {
            (void)json_array_append_new(list, numbers(kev, 2));
        }
    }
    if (json_array_size(list) > 0) {
        (void)json_object_set(entry, "energy_windows_kev", list);
    }
    json_decref(list);
}

static void set_source(json_t *entry, const struct ot_dicom_file *file)
{
    char name[80];
    long number = 0;
    bool found = false;
    otx_uid_name(file->sop_class, name, sizeof name);
    (void)json_object_set_new(entry, "sop_class", json_string(name));
    set_label(entry, "vendor", file->root, TAG_MANUFACTURER);
    set_label(entry, "model", file->root, TAG_MODEL_NAME);
    set_label(entry, "image_type", file->root, TAG_IMAGE_TYPE);
    set_label(entry, "corrections", file->root, TAG_CORRECTED_IMAGE);
    set_label(entry, "decay_correction", file->root, TAG_DECAY_CORRECTION);
    set_label(entry, "patient_position", file->root, TAG_PATIENT_POSITION);
    set_windows(entry, file->root);
    otx_uid_name(file->layout.transfer_syntax, name, sizeof name);
    (void)json_object_set_new(entry, "transfer_syntax", json_string(name));
    if (ot_dicom_integer(file->root, TAG_SERIES_NUMBER, 0, 2147483647L, &number, &found, NULL) ==
            OT_OK &&
        found) {
        (void)json_object_set_new(entry, "series_number", json_integer(number));
    }
}

/* Names of ROIs or segments: they are what a case selects by. Returns how many. */
static size_t set_regions(json_t *entry, const struct ot_dicom_file *file)
{
    const bool seg = file->use == OT_USE_SEG;
    const uint32_t sequence = seg ? TAG_SEGMENT_SEQUENCE : TAG_ROI_SEQUENCE;
    json_t *list = json_array();
    for (const struct otx_item *at = otx_item_first(file->root, sequence); at != NULL;
         at = otx_item_next(file->root, sequence, at)) {
        char label[128];
        long number = 0;
        bool found = false;
        if (seg &&
            ot_dicom_integer(at, TAG_SEGMENT_NUMBER, 0, 65535, &number, &found, NULL) == OT_OK &&
            found && number < ot_seg_least_number(file->root)) {
            continue;
        }
        (void)ot_dicom_label(file->root, at, seg ? TAG_SEGMENT_LABEL : TAG_ROI_NAME, label,
                             sizeof label);
        (void)json_array_append_new(list, json_string(label));
    }
    const size_t count = json_array_size(list);
    (void)json_object_set_new(entry, "regions", list);
    return count;
}

static void usable_regions(json_t *entry, const struct ot_dicom_file *file)
{
    struct ot_err err = {0};
    if (set_regions(entry, file) == 0) {
        ot_inspect_unusable(entry, "it holds no region");
        return;
    }
    if (file->use == OT_USE_SEG) {
        if (ot_seg_check(file, &err) != OT_OK) {
            ot_inspect_unusable(entry, err.text);
            return;
        }
        set_matrix(entry, file, 1);
    }
    (void)json_object_set_new(entry, "usable_as", json_string(ot_use_name(file->use)));
}

static void usable_planar(json_t *entry, const struct ot_dicom_series *series)
{
    struct ot_image_facts facts = {.use = OT_USE_PLANAR};
    struct ot_dicom_tracer tracer;
    struct ot_dicom_samples samples;
    struct ot_err err = {0};
    const struct ot_dicom_file *file = series->files[0];
    const struct ot_time acquired = ot_dicom_acquired(file->root);
    enum ot_rc rc = ot_dicom_samples_describe(file, &samples, &err);
    if (rc == OT_OK) {
        rc = ot_dicom_read_tracer(file->root, 1e6, &acquired, &facts, &tracer, &err); /* MBq */
    }
    if (rc != OT_OK) {
        ot_inspect_unusable(entry, err.text);
    } else {
        facts.acquired = acquired;
        facts.quantity_stated = true; /* counts are what a planar image is for */
        set_matrix(entry, file, series->count);
        ot_inspect_set_facts(entry, &facts, OT_UNIT_NONE);
        (void)json_object_set_new(entry, "usable_as", json_string(ot_use_name(OT_USE_PLANAR)));
    }
    ot_texts_release(&facts.notes);
}

static void usable_volume(json_t *entry, const struct ot_dicom_series *series)
{
    struct ot_dicom_plan plan;
    struct ot_err err = {0};
    if (ot_dicom_plan_make(series, &plan, &err) == OT_OK) {
        ot_inspect_set_grid(entry, &plan.grid);
        ot_inspect_set_facts(entry, &plan.facts, plan.unit);
        (void)json_object_set_new(entry, "usable_as", json_string(ot_use_name(series->use)));
    } else {
        set_matrix(entry, series->files[0], series->count);
        set_header(entry, series->files[0]);
        ot_inspect_unusable(entry, err.text);
    }
    ot_dicom_plan_release(&plan);
}

static json_t *describe_series(const struct ot_dicom_series *series)
{
    const struct ot_dicom_file *file = series->files[0];
    json_t *entry = json_object();
    (void)json_object_set_new(entry, "format", json_string("dicom"));
    (void)json_object_set_new(
        entry, "modality", file->modality[0] != '\0' ? json_string(file->modality) : json_null());
    (void)json_object_set_new(entry, "files", json_integer((json_int_t)series->count));
    (void)json_object_set_new(entry, "duplicates", json_integer((json_int_t)series->duplicates));
    if (file->damage.code != OT_OK) {
        ot_inspect_unusable(entry, file->damage.text);
        return entry;
    }
    set_source(entry, file);
    if (series->use == OT_USE_NONE) {
        set_matrix(entry, file, series->count);
        set_header(entry, file);
        ot_inspect_unusable(entry, file->reason);
    } else if (series->use == OT_USE_PLANAR) {
        usable_planar(entry, series);
    } else if (series->use == OT_USE_RTSTRUCT || series->use == OT_USE_SEG) {
        usable_regions(entry, file);
    } else {
        usable_volume(entry, series);
    }
    if (json_object_get(entry, "reason") == NULL) {
        (void)json_object_set_new(entry, "reason", json_null());
    }
    if (json_object_get(entry, "needs") == NULL) {
        (void)json_object_set_new(entry, "needs", json_array());
    }
    return entry;
}

/* A data set without preamble does not say how it is written: it is listed, with what helps, and
 * not lost among what is no image. */
static enum ot_rc add_bare(const char *path, json_t *list, bool *known, struct ot_err *err)
{
    enum ot_format format = OT_FORMAT_UNKNOWN;
    struct ot_err why = {0};
    const enum ot_rc rc = ot_format_detect(path, &format, err);
    if (rc != OT_OK || format != OT_FORMAT_DICOM) {
        return rc;
    }
    json_t *entry = json_pack("{s:s, s:n, s:i}", "format", "dicom", "modality", "files", 1);
    ot_dicom_fail_foreign(ot_text_base_name(path), &why);
    ot_inspect_unusable(entry, why.text);
    (void)json_array_append_new(list, entry);
    *known = true;
    return OT_OK;
}

enum ot_rc ot_inspect(const char *path, json_t **out, struct ot_err *err)
{
    struct ot_dicom_set set = {0};
    json_t *list = json_array();
    size_t skipped = 0;
    *out = NULL;
    enum ot_rc rc = ot_dicom_set_read(path, OT_USE_NONE, &set, err);
    for (size_t n = 0; rc == OT_OK && n < set.series_count; n++) {
        (void)json_array_append_new(list, describe_series(&set.series[n]));
    }
    for (size_t n = 0; rc == OT_OK && n < set.paths.count; n++) {
        bool known = false;
        if (set.files[n].foreign) {
            rc = ot_inspect_plain(set.paths.text[n], list, &known, err);
            if (rc == OT_OK && !known) {
                rc = add_bare(set.paths.text[n], list, &known, err);
            }
            skipped += known ? 0 : 1;
        }
    }
    if (rc == OT_OK && json_array_size(list) == 0 && set.paths.count == 1) {
        rc = ot_fail(err, OT_ERR_FORMAT, "%s: is no DICOM, NIfTI or NRRD file",
                     ot_text_base_name(set.paths.text[0]));
    }
    ot_inspect_hide_names(list, &set.paths);
    ot_dicom_set_release(&set);
    if (rc == OT_OK) {
        *out = json_pack("{s:O, s:I}", "series", list, "skipped", (json_int_t)skipped);
        rc = *out != NULL ? OT_OK : ot_fail(err, OT_ERR_NOMEM, "no memory for a description");
    }
    json_decref(list);
    return rc;
}
