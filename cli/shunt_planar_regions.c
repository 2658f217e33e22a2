/* cli/shunt_planar_regions.c - regions of lungs, liver and background on planar views. */
#include <math.h>
#include <string.h>

#include "cli/dosimetry_parts.h"
#include "cli/shunt_planar.h"
#include "io/load.h"
#include "segment/planar_roi.h"

static const double SAME_SPACING = 1e-3;

const char *const ot_planar_region_names[OT_PLANAR_REGIONS] = {"lungs", "liver", "background"};

/* "lungs=...": which region, and what follows. */
static enum ot_rc split_region(const char *option, const char *text, enum ot_planar_region *region,
                               const char **value, struct ot_err *err)
{
    for (size_t r = 0; r < OT_PLANAR_REGIONS; r++) {
        const size_t length = strlen(ot_planar_region_names[r]);
        if (strncmp(text, ot_planar_region_names[r], length) == 0 && text[length] == '=') {
            *region = (enum ot_planar_region)r;
            *value = text + length + 1;
            return OT_OK;
        }
    }
    return ot_fail(err, OT_ERR_ARG,
                   "--%s: '%.40s' does not begin with lungs=, liver= or "
                   "background=",
                   option, ot_text_base_name(text));
}

static bool parse_numbers(const char *text, double values[4])
{
    char word[32];
    for (size_t n = 0; n < 4; n++) {
        const size_t length = strcspn(text, ",");
        if (length >= sizeof word || (n < 3) != (text[length] == ',')) {
            return false;
        }
        memcpy(word, text, length);
        word[length] = '\0';
        if (!ot_text_to_double(word, &values[n])) {
            return false;
        }
        text += length + (n < 3 ? 1 : 0);
    }
    return true;
}

static enum ot_rc draw_shape(struct ot_planar_work *p, const char *text, struct ot_err *err)
{
    enum ot_planar_region region = OT_PLANAR_LUNGS;
    const char *value = NULL;
    double at[4];
    enum ot_rc rc = split_region("roi", text, &region, &value, err);
    if (rc != OT_OK) {
        return rc;
    }
    const bool ellipse = strncmp(value, "ellipse:", 8) == 0;
    if (!parse_numbers(value + (ellipse ? 8 : 0), at) || !(at[2] > 0.0 && at[3] > 0.0)) {
        return ot_fail(err, OT_ERR_ARG,
                       "--roi: '%.60s' is not ROLE=X,Y,WIDTH,HEIGHT or ROLE=ellipse:X,Y,WIDTH,"
                       "HEIGHT in pixels",
                       text);
    }
    const struct ot_planar_roi roi = {ellipse, at[0], at[1], at[2], at[3]};
    rc = ot_planar_roi_add(&roi, p->side[0].region[region], err);
    if (rc != OT_OK) {
        ot_err_context(err, "--roi %s", ot_planar_region_names[region]);
    }
    p->drawn[region] = true;
    return rc;
}

/* A mask has no place in the patient either: its pixels are the view's, if both are alike. */
static enum ot_rc draw_mask(struct ot_planar_work *p, const char *text, struct ot_err *err)
{
    enum ot_planar_region region = OT_PLANAR_LUNGS;
    const char *value = NULL;
    char path[1024];
    double label = (double)NAN;
    struct ot_image *mask = NULL;
    enum ot_rc rc = split_region("roi-mask", text, &region, &value, err);
    if (rc != OT_OK) {
        return rc;
    }
    const char *hash = strrchr(value, '#');
    const size_t length = hash != NULL ? (size_t)(hash - value) : strlen(value);
    if (length == 0 || length >= sizeof path ||
        (hash != NULL && !ot_text_to_double(hash + 1, &label))) {
        return ot_fail(err, OT_ERR_ARG, "--roi-mask: '%.40s' is not ROLE=PATH[#LABEL]",
                       ot_text_base_name(text));
    }
    memcpy(path, value, length);
    path[length] = '\0';
    rc = ot_image_load(path, OT_USE_IMAGE, &mask, err);
    struct ot_volume *weights = p->side[0].region[region];
    const struct ot_grid *view = &weights->grid;
    for (size_t axis = 0; rc == OT_OK && axis < 2; axis++) {
        const struct ot_grid *grid = &mask->volume->grid;
        const double ratio = grid->spacing_mm[axis] / view->spacing_mm[axis];
        if (grid->n[axis] != view->n[axis] || grid->n[2] != 1 ||
            !(fabs(ratio - 1.0) <= SAME_SPACING)) {
            rc = ot_fail(err, OT_ERR_GEOMETRY,
                         "%s: has another matrix or pixel spacing than the anterior view",
                         ot_text_base_name(path));
        }
    }
    size_t found = 0;
    for (size_t x = 0; rc == OT_OK && x < ot_grid_voxel_count(view); x++) {
        const double there = (double)mask->volume->data[x];
        if (isnan(label) ? there > 0.5 : fabs(there - label) < 0.5) {
            weights->data[x] = 1.0F;
            found++;
        }
    }
    if (rc == OT_OK && found == 0) {
        rc =
            ot_fail(err, OT_ERR_RANGE, "%s: holds no pixel of the region", ot_text_base_name(path));
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_note_input(&p->w->d, "roi_mask", mask->facts.files_sha256, 1, err);
    }
    p->drawn[region] = true;
    ot_image_destroy(mask);
    return rc;
}

static enum ot_rc check_regions(const struct ot_planar_work *p, struct ot_err *err)
{
    for (size_t r = 0; r < OT_PLANAR_BACKGROUND; r++) {
        if (!p->drawn[r]) {
            return ot_fail(err, OT_ERR_ARG, "no region of %s: give --roi %s=... or --roi-mask",
                           ot_planar_region_names[r], ot_planar_region_names[r]);
        }
    }
    struct ot_volume *const *region = p->side[0].region;
    for (size_t x = 0; x < ot_grid_voxel_count(&region[OT_PLANAR_LUNGS]->grid); x++) {
        float here = 0.0F;
        for (size_t r = 0; r < OT_PLANAR_REGIONS; r++) {
            here += region[r]->data[x];
        }
        if (here > 1.0F) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "regions overlap at pixel %zu,%zu: their counts would be taken twice",
                           x % region[OT_PLANAR_LUNGS]->grid.n[0],
                           x / region[OT_PLANAR_LUNGS]->grid.n[0]);
        }
    }
    return OT_OK;
}

enum ot_rc ot_planar_draw_regions(struct ot_planar_work *p, struct ot_err *err)
{
    const struct ot_shunt_params *params = p->w->params;
    const struct ot_grid *view = &p->side[0].window[OT_WINDOW_MAIN]->counts->grid;
    enum ot_rc rc = OT_OK;
    for (size_t s = 0; s < 2; s++) {
        for (size_t r = 0; rc == OT_OK && r < OT_PLANAR_REGIONS; r++) {
            rc = ot_volume_create(view, OT_UNIT_NONE, &p->side[s].region[r], err);
        }
    }
    for (size_t n = 0; rc == OT_OK && n < params->roi.count; n++) {
        rc = draw_shape(p, params->roi.text[n], err);
    }
    for (size_t n = 0; rc == OT_OK && n < params->roi_mask.count; n++) {
        rc = draw_mask(p, params->roi_mask.text[n], err);
    }
    if (rc == OT_OK) {
        rc = check_regions(p, err);
    }
    for (size_t r = 0; rc == OT_OK && r < OT_PLANAR_REGIONS; r++) {
        struct ot_volume *there = p->side[1].region[r];
        memcpy(there->data, p->side[0].region[r]->data,
               ot_grid_voxel_count(view) * sizeof there->data[0]);
        if (strcmp(params->posterior_view, "mirrored") == 0) {
            ot_planar_mirror(there);
        }
    }
    return rc;
}
