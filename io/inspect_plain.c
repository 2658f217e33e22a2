/* io/inspect_plain.c - what NIfTI and NRRD files can serve as: they do not say so themselves. */
#include "io/inspect_plain.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "io/file.h"
#include "io/load.h"

enum { HEAD_SIZE = 65536, MOST_LABELS = 255 };

/* Whole numbers 0..255 and not all 0: labels. */
static bool holds_labels(const struct ot_volume *volume)
{
    const size_t count = ot_grid_voxel_count(&volume->grid);
    bool some = false;
    for (size_t n = 0; n < count; n++) {
        const double value = (double)volume->data[n];
        if (!(value >= 0.0 && value <= MOST_LABELS && fabs(value - round(value)) <= 0.0)) {
            return false;
        }
        some = some || value > 0.0;
    }
    return some;
}

static const char *declared_use(const struct ot_image *image)
{
    if (!image->facts.quantity_stated) {
        return holds_labels(image->volume) ? "mask" : NULL;
    }
    switch (image->volume->unit) {
    case OT_UNIT_HU:
        return "ct";
    case OT_UNIT_GY:
        return "dose";
    case OT_UNIT_BQ_PER_ML:
        return "pet";
    case OT_UNIT_NONE:
        return "spect";
    case OT_UNIT_G_PER_CM3:
    case OT_UNIT_BQ_S:
        break;
    }
    return NULL;
}

static void describe_image(const char *path, json_t *entry)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    if (ot_image_load(path, OT_USE_IMAGE, &image, &err) != OT_OK) {
        ot_inspect_unusable(entry, err.text);
        return;
    }
    const char *use = declared_use(image);
    ot_inspect_set_grid(entry, &image->volume->grid);
    if (use != NULL && strcmp(use, "pet") == 0) {
        image->facts.use = OT_USE_PET; /* without times it needs a declared one */
    }
    ot_inspect_set_facts(entry, &image->facts, image->volume->unit);
    if (use == NULL) {
        (void)json_object_set_new(entry, "needs",
                                  json_pack("[s, s, s, s*]", "units", "times", "radionuclide",
                                            image->facts.length_unit_assumed ? "units_mm" : NULL));
        ot_inspect_unusable(entry,
                            "the file does not say what its values are; declare it (--spect, "
                            "--pet, --ct or --dose, and a JSON file beside it)");
    } else {
        if (strcmp(use, "mask") == 0) {
            (void)json_object_set_new(
                entry, "needs",
                json_pack("[s*]", image->facts.length_unit_assumed ? "units_mm" : NULL));
        }
        (void)json_object_set_new(entry, "usable_as", json_string(use));
        (void)json_object_set_new(entry, "reason", json_null());
    }
    ot_image_destroy(image);
}

/* The text after `key` on its line of an NRRD head; NULL when it is not there. */
static const char *head_value(const char *head, const char *key, char *value, size_t size)
{
    const char *at = strstr(head, key);
    if (at == NULL) {
        return NULL;
    }
    at += strlen(key);
    at += strspn(at, " ");
    size_t length = 0;
    for (; at[length] != '\0' && at[length] != '\n' && length + 1 < size; length++) {
        value[length] = (char)(iscntrl((unsigned char)at[length]) ? ' ' : at[length]);
    }
    value[length] = '\0';
    return value;
}

/* Slicer's segmentations: names stand in the head; layers may overlap. */
static bool describe_segments(const char *head, json_t *entry)
{
    char text[256];
    char key[40];
    if (head_value(head, "Segment0_ID:=", text, sizeof text) == NULL) {
        return false;
    }
    json_t *regions = json_array();
    for (unsigned n = 0; n < 1000; n++) {
        (void)snprintf(key, sizeof key, "Segment%u_Name:=", n);
        if (head_value(head, key, text, sizeof text) == NULL) {
            break;
        }
        json_t *name = json_string(text); /* NULL where it is no UTF-8 */
        (void)json_array_append_new(regions, name != NULL ? name : json_string("?"));
    }
    json_t *size = json_array();
    if (head_value(head, "\nsizes:", text, sizeof text) != NULL) {
        unsigned n[4] = {0};
        const int got = sscanf(text, "%u %u %u %u", &n[0], &n[1], &n[2], &n[3]); /* NOLINT */
        for (int a = got == 4 ? 1 : 0; a < got; a++) {
            (void)json_array_append_new(size, json_integer((json_int_t)n[a]));
        }
    }
    (void)json_object_set_new(entry, "size", size);
    (void)json_object_set_new(entry, "regions", regions);
    (void)json_object_set_new(entry, "usable_as", json_string("mask"));
    (void)json_object_set_new(entry, "reason", json_null());
    (void)json_object_set_new(entry, "needs", json_array());
    return true;
}

enum ot_rc ot_inspect_plain(const char *path, json_t *list, bool *known, struct ot_err *err)
{
    enum ot_format format = OT_FORMAT_UNKNOWN;
    char head[HEAD_SIZE + 1];
    size_t got = 0;
    *known = false;
    enum ot_rc rc = ot_format_detect(path, &format, err);
    if (rc != OT_OK || (format != OT_FORMAT_NIFTI && format != OT_FORMAT_NRRD)) {
        return rc;
    }
    *known = true;
    rc = ot_file_peek(path, head, HEAD_SIZE, &got, err);
    if (rc != OT_OK) {
        return rc;
    }
    head[got] = '\0';
    json_t *entry = json_object();
    (void)json_object_set_new(entry, "format",
                              json_string(format == OT_FORMAT_NRRD ? "nrrd" : "nifti"));
    (void)json_object_set_new(entry, "modality", json_null());
    (void)json_object_set_new(entry, "files", json_integer(1));
    if (format != OT_FORMAT_NRRD || !describe_segments(head, entry)) {
        describe_image(path, entry);
    }
    (void)json_array_append_new(list, entry);
    return OT_OK;
}
