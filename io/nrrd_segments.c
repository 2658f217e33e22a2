/* io/nrrd_segments.c - which layer and label a segment's name stands for. */
#include "io/nrrd_segments.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

enum { SEGMENTS_MAX = 1024, KEY_SIZE = 64, NUMBER_SIZE = 24, LIST_SIZE = 240 };

struct segment {
    char name[OT_VOI_NAME_SIZE];
    long layer;
    long label;
};

struct segments {
    struct segment *segment; /* owned */
    size_t count;
};

static bool segment_text(ot_nrrd_text_fn text_of, const void *context, size_t n, const char *what,
                         char *text, size_t size)
{
    char key[KEY_SIZE];
    (void)snprintf(key, sizeof key, "Segment%zu_%s", n, what);
    return text_of(context, key, text, size);
}

bool ot_nrrd_has_segments(ot_nrrd_text_fn text_of, const void *context)
{
    char text[OT_VOI_NAME_SIZE];
    return segment_text(text_of, context, 0, "ID", text, sizeof text) ||
           segment_text(text_of, context, 0, "Name", text, sizeof text);
}

/* Slicer before 4.11 wrote neither layer nor label: one layer each, label 1. */
static enum ot_rc read_segment(ot_nrrd_text_fn text_of, const void *context, size_t n,
                               size_t layers, struct segment *segment, struct ot_err *err)
{
    char layer[NUMBER_SIZE];
    char label[NUMBER_SIZE];
    const bool has_layer = segment_text(text_of, context, n, "Layer", layer, sizeof layer);
    const bool has_label = segment_text(text_of, context, n, "LabelValue", label, sizeof label);
    segment->layer = (long)n;
    segment->label = 1;
    if (has_layer != has_label || (has_layer && !ot_text_to_long(layer, &segment->layer)) ||
        (has_label && !ot_text_to_long(label, &segment->label)) || segment->layer < 0 ||
        (size_t)segment->layer >= layers || segment->label == 0) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "segment '%s' has no possible layer and label in a file of %zu layers",
                       segment->name, layers);
    }
    return OT_OK;
}

static enum ot_rc read_segments(ot_nrrd_text_fn text_of, const void *context, size_t layers,
                                struct segments *segments, struct ot_err *err)
{
    segments->segment = OT_NEW(struct segment, SEGMENTS_MAX, err);
    if (segments->segment == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < SEGMENTS_MAX; n++) {
        struct segment *segment = &segments->segment[n];
        if (!segment_text(text_of, context, n, "Name", segment->name, sizeof segment->name) &&
            !segment_text(text_of, context, n, "ID", segment->name, sizeof segment->name)) {
            return OT_OK;
        }
        const enum ot_rc rc = read_segment(text_of, context, n, layers, segment, err);
        if (rc != OT_OK) {
            return rc;
        }
        segments->count = n + 1;
    }
    return ot_fail(err, OT_ERR_UNSUPPORTED, "has more than %d segments", (int)SEGMENTS_MAX - 1);
}

static void list_names(const struct segments *segments, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t n = 0; n < segments->count; n++) {
        const size_t length = strlen(segments->segment[n].name);
        if (used + length + 8 > size) {
            (void)snprintf(text + used, size - used, ", ...");
            return;
        }
        (void)snprintf(text + used, size - used, "%s%s", n > 0 ? ", " : "",
                       segments->segment[n].name);
        used += strlen(text + used);
    }
}

static bool matches(const struct segment *segment, const char *selector, bool by_name)
{
    long label = 0;
    if (by_name) {
        return strncmp(segment->name, selector, OT_VOI_NAME_SIZE - 1) == 0;
    }
    return ot_text_to_long(selector, &label) && label == segment->label;
}

/* By name first, so that a segment called "2" can be chosen. */
static enum ot_rc choose(const struct segments *segments, const char *selector,
                         const struct segment **out, struct ot_err *err)
{
    char list[LIST_SIZE];
    list_names(segments, list, sizeof list);
    if (selector == NULL) {
        *out = &segments->segment[0];
        return segments->count == 1
                   ? OT_OK
                   : ot_fail(err, OT_ERR_FORMAT, "holds several segments, name one after '#': %s",
                             list);
    }
    for (int by_name = 1; by_name >= 0; by_name--) {
        size_t found = 0;
        for (size_t n = 0; n < segments->count; n++) {
            if (matches(&segments->segment[n], selector, by_name == 1)) {
                *out = &segments->segment[n];
                found++;
            }
        }
        if (found == 1) {
            return OT_OK;
        }
        if (found > 1) {
            return ot_fail(err, OT_ERR_FORMAT, "%zu segments are '%.40s'; there are: %s", found,
                           selector, list);
        }
    }
    return ot_fail(err, OT_ERR_FORMAT, "has no segment '%.40s'; there are: %s", selector, list);
}

static enum ot_rc make_region(const struct ot_raster *raster, const struct segment *segment,
                              struct ot_region **out, struct ot_err *err)
{
    *out = OT_NEW(struct ot_region, 1, err);
    if (*out == NULL) {
        return OT_ERR_NOMEM;
    }
    (void)ot_text_copy((*out)->label, sizeof(*out)->label, segment->name);
    const enum ot_rc rc = ot_raster_label_mask(raster, (size_t)segment->layer,
                                               (double)segment->label, &(*out)->mask, err);
    if (rc != OT_OK) {
        ot_err_context(err, "segment '%s'", segment->name);
    }
    return rc;
}

enum ot_rc ot_nrrd_segment_regions(const struct ot_raster *raster, ot_nrrd_text_fn text_of,
                                   const void *context, const char *const *selectors, size_t count,
                                   struct ot_region **out, struct ot_err *err)
{
    struct segments segments = {.count = 0};
    for (size_t n = 0; n < count; n++) {
        out[n] = NULL;
    }
    enum ot_rc rc = read_segments(text_of, context, raster->components, &segments, err);
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        const struct segment *segment = NULL;
        rc = choose(&segments, selectors[n], &segment, err);
        if (rc == OT_OK) {
            rc = make_region(raster, segment, &out[n], err);
        }
    }
    for (size_t n = 0; rc != OT_OK && n < count; n++) {
        ot_region_destroy(out[n]);
        out[n] = NULL;
    }
    ot_free(segments.segment);
    return rc;
}
