/* io/sidecar.c - BIDS-PET facts beside an image. */
#include "io/sidecar.h"

#include <math.h>
#include <string.h>

#include <sys/stat.h>

#include <jansson.h>

#include "core/text.h"
#include "io/hash.h"
#include "io/json.h"
#include "io/nuclide_table.h"

/* The name of the JSON file that would belong to an image; empty where there can be none. */
static enum ot_rc name_file(const char *path, struct ot_buffer *name, struct ot_err *err)
{
    static const char *const ends[] = {".nii.gz", ".hdr.gz", ".seg.nrrd", ".nii",
                                       ".hdr",    ".nrrd",   ".nhdr"};
    size_t stem = strlen(path);
    for (size_t n = 0; n < sizeof ends / sizeof ends[0]; n++) {
        if (ot_text_ends_with(path, ends[n])) {
            stem -= strlen(ends[n]);
            break;
        }
    }
    if (stem == strlen(path) && ot_text_ends_with(path, ".json")) {
        return OT_OK; /* not beside itself */
    }
    ot_buffer_append(name, path, stem);
    ot_buffer_text(name, ".json");
    return ot_buffer_check(name, err);
}

/* Whether a JSON file is about the image at all: programs print reports in JSON too. */
static bool tells_something(const json_t *root)
{
    static const char *const keys[] = {
        "Units",    "TracerRadionuclide",  "InjectionStart",          "ScanStart",
        "TimeZero", "ImageDecayCorrected", "ImageDecayCorrectionTime"};
    for (size_t n = 0; n < sizeof keys / sizeof keys[0]; n++) {
        if (json_object_get(root, keys[n]) != NULL) {
            return true;
        }
    }
    return false;
}

static enum ot_rc fail_value(const char *key, const char *want, struct ot_err *err)
{
    return ot_fail(err, OT_ERR_FORMAT, "%s is not %s", key, want);
}

static enum ot_rc get_text(const json_t *root, const char *key, const char **text,
                           struct ot_err *err)
{
    const json_t *value = json_object_get(root, key);
    *text = json_string_value(value);
    return value == NULL || *text != NULL ? OT_OK : fail_value(key, "a text", err);
}

/* An instant, or seconds after TimeZero as BIDS has them. */
static enum ot_rc get_time(const json_t *root, const char *key, const struct ot_time *zero,
                           struct ot_time *time, struct ot_err *err)
{
    const json_t *value = json_object_get(root, key);
    *time = (struct ot_time){.known = false};
    if (value == NULL) {
        return OT_OK;
    }
    if (json_is_number(value)) {
        if (!zero->known) {
            return ot_fail(err, OT_ERR_FORMAT,
                           "%s is in seconds, which needs TimeZero as date and "
                           "time",
                           key);
        }
        *time = *zero;
        time->s += json_number_value(value);
        return OT_OK;
    }
    const char *text = json_string_value(value);
    return text != NULL && ot_time_from_iso8601(text, time)
               ? OT_OK
               : fail_value(key, "a date and time like 2026-09-01T10:00:00+02:00", err);
}

/* The unit's text, the unit, and what a value is multiplied with. */
static const struct {
    const char *text;
    enum ot_unit unit;
    double factor;
} units[] = {
    {"Bq/mL", OT_UNIT_BQ_PER_ML, 1.0},
    {"Bq/ml", OT_UNIT_BQ_PER_ML, 1.0},
    {"kBq/mL", OT_UNIT_BQ_PER_ML, 1e3},
    {"kBq/ml", OT_UNIT_BQ_PER_ML, 1e3},
    {"MBq/mL", OT_UNIT_BQ_PER_ML, 1e6},
    {"MBq/ml", OT_UNIT_BQ_PER_ML, 1e6},
    {"Gy", OT_UNIT_GY, 1.0},
    {"HU", OT_UNIT_HU, 1.0},
    {"counts", OT_UNIT_NONE, 1.0},
};

static bool unit_fits(enum ot_unit unit, enum ot_use want)
{
    switch (unit) {
    case OT_UNIT_GY:
        return want == OT_USE_DOSE || want == OT_USE_IMAGE;
    case OT_UNIT_HU:
        return want == OT_USE_CT || want == OT_USE_IMAGE;
    case OT_UNIT_BQ_PER_ML:
    case OT_UNIT_NONE:
        return want == OT_USE_SPECT || want == OT_USE_PET || want == OT_USE_IMAGE;
    case OT_UNIT_G_PER_CM3:
    case OT_UNIT_BQ_S:
        break;
    }
    return false;
}

static enum ot_rc apply_unit(const json_t *root, enum ot_use want, struct ot_image *image,
                             struct ot_err *err)
{
    const char *text = NULL;
    const enum ot_rc rc = get_text(root, "Units", &text, err);
    if (rc != OT_OK || text == NULL) {
        return rc;
    }
    for (size_t n = 0; n < sizeof units / sizeof units[0]; n++) {
        if (strcmp(text, units[n].text) != 0) {
            continue;
        }
        if (!unit_fits(units[n].unit, want)) {
            return ot_fail(err, OT_ERR_UNIT, "Units '%s' cannot be those of a %s", text,
                           ot_use_name(want));
        }
        image->volume->unit = units[n].unit;
        image->facts.quantity_stated = true;
        const size_t count = ot_grid_voxel_count(&image->volume->grid);
        for (size_t x = 0; units[n].factor > 1.0 && x < count; x++) {
            image->volume->data[x] = (float)((double)image->volume->data[x] * units[n].factor);
            if (!isfinite(image->volume->data[x])) {
                return ot_fail(err, OT_ERR_RANGE, "voxel %zu is too large in Bq/mL", x);
            }
        }
        return OT_OK;
    }
    return ot_fail(err, OT_ERR_UNIT,
                   "Units '%.40s' is none of Bq/mL, kBq/mL, MBq/mL, Gy, HU, counts", text);
}

static enum ot_rc apply_nuclide(const json_t *root, struct ot_image_facts *facts,
                                struct ot_err *err)
{
    const char *text = NULL;
    const enum ot_rc rc = get_text(root, "TracerRadionuclide", &text, err);
    if (rc != OT_OK || text == NULL) {
        return rc;
    }
    return ot_nuclide_normalize(text, facts->nuclide)
               ? OT_OK
               : ot_fail(err, OT_ERR_FORMAT, "TracerRadionuclide '%.40s' is not known", text);
}

/* With which half-life a scanner's decay correction is taken to have been made; 0 for a nuclide
 * that the table lacks. */
static enum ot_rc find_half_life(const char *nuclide, double *half_life_s, struct ot_err *err)
{
    struct ot_radionuclides *table = NULL;
    const enum ot_rc rc = ot_nuclide_table_load(&table, err);
    *half_life_s = 0.0;
    if (rc == OT_OK) {
        const struct ot_radionuclide *found = ot_radionuclide_named(table, nuclide);
        *half_life_s = found != NULL ? found->half_life_s : 0.0;
    }
    ot_radionuclides_destroy(table);
    return rc;
}

static enum ot_rc apply_decay(const json_t *root, const struct ot_time *zero,
                              struct ot_image_facts *facts, struct ot_err *err)
{
    struct ot_time corrected_to = {.known = false};
    const json_t *corrected = json_object_get(root, "ImageDecayCorrected");
    if (corrected != NULL && !json_is_boolean(corrected)) {
        return fail_value("ImageDecayCorrected", "true or false", err);
    }
    enum ot_rc rc = get_time(root, "ScanStart", zero, &facts->acquired, err);
    if (rc == OT_OK) {
        rc = get_time(root, "ImageDecayCorrectionTime", zero, &corrected_to, err);
    }
    if (rc != OT_OK || corrected == NULL) {
        return rc;
    }
    if (!json_is_true(corrected)) {
        facts->value_time = facts->acquired;
        return OT_OK;
    }
    if (!corrected_to.known) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "ImageDecayCorrected is true without ImageDecayCorrectionTime");
    }
    facts->value_time = corrected_to;
    if (facts->acquired.known) { /* else there is nothing that could be undone */
        rc = find_half_life(facts->nuclide, &facts->corrected_half_life_s, err);
    }
    if (rc == OT_OK && facts->nuclide[0] != '\0' && facts->acquired.known &&
        !(facts->corrected_half_life_s > 0.0)) {
        (void)ot_texts_add(&facts->notes,
                           "the half-life of %s is not known here: the image's decay correction "
                           "stays as it is",
                           facts->nuclide);
    }
    return rc;
}

static enum ot_rc apply_times(const json_t *root, struct ot_image_facts *facts, struct ot_err *err)
{
    struct ot_time zero = {.known = false};
    const char *text = json_string_value(json_object_get(root, "TimeZero"));
    /* BIDS allows the bare time of day; that serves only where nothing counts from it. */
    if (json_object_get(root, "TimeZero") != NULL &&
        (text == NULL || (!ot_time_from_iso8601(text, &zero) && strlen(text) != 8))) {
        return fail_value("TimeZero", "a date and time", err);
    }
    const enum ot_rc rc = get_time(root, "InjectionStart", &zero, &facts->administered, err);
    return rc == OT_OK ? apply_decay(root, &zero, facts, err) : rc;
}

/* The JSON file joins the image's set of files. */
static enum ot_rc add_digest(const char *path, struct ot_image_facts *facts, struct ot_err *err)
{
    struct ot_texts digests = {0};
    char hex[OT_SHA256_SIZE];
    enum ot_rc rc = ot_hash_file(path, hex, err);
    if (rc == OT_OK) {
        (void)ot_texts_add(&digests, "%s", facts->files_sha256);
        (void)ot_texts_add(&digests, "%s", hex);
        if (digests.failed) {
            rc = ot_fail(err, OT_ERR_NOMEM, "no memory for a digest");
        } else {
            rc = ot_hash_set(&digests, facts->files_sha256, err);
        }
    }
    facts->file_count++;
    ot_texts_release(&digests);
    return rc;
}

enum ot_rc ot_sidecar_apply(const char *path, enum ot_use want, struct ot_image *image,
                            struct ot_err *err)
{
    struct ot_buffer name = {0};
    json_t *root = NULL;
    struct stat status;
    enum ot_rc rc = name_file(path, &name, err);
    if (rc != OT_OK || name.size == 0 || stat(name.data, &status) != 0) {
        goto done;
    }
    /* An empty one is what a shell makes before a program writes its report there. */
    if (status.st_size > 0) {
        rc = ot_json_read(name.data, &root, err);
    }
    if (rc != OT_OK) {
        goto done; /* the name is in the text */
    }
    if (!tells_something(root)) {
        if (ot_texts_add(&image->facts.notes,
                         "the JSON file beside the image names none of Units, TracerRadionuclide, "
                         "InjectionStart, ScanStart, TimeZero, ImageDecayCorrected; it is not "
                         "used") == NULL) {
            rc = ot_fail(err, OT_ERR_NOMEM, "no memory for a note");
        }
        goto done;
    }
    if (rc == OT_OK) {
        rc = apply_unit(root, want, image, err);
    }
    if (rc == OT_OK) {
        rc = apply_nuclide(root, &image->facts, err);
    }
    if (rc == OT_OK) {
        rc = apply_times(root, &image->facts, err);
    }
    if (rc == OT_OK) {
        rc = add_digest(name.data, &image->facts, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", ot_text_base_name(name.data));
    }

done:
    json_decref(root);
    ot_buffer_release(&name);
    return rc;
}
