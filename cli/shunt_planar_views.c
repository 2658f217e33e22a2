/* cli/shunt_planar_views.c - frames of planar views: which side and which energy window. */
#include <math.h>
#include <string.h>

#include "cli/dosimetry_parts.h"
#include "cli/shunt_planar.h"
#include "core/mem.h"
#include "io/dicom_planar.h"
#include "io/load.h"
#include "segment/planar_roi.h"

static const double TC99M_KEV = 140.5;
static const double CLEARLY = 0.05; /* of two correlations */
static const double SAME_SPACING = 1e-3;
static const double SAME_WIDTH = 1e-3; /* of energy windows */

/* "anterior,posterior": what each detector saw, where the file does not say. */
static enum ot_rc apply_views(struct ot_planar_work *p, const char *text, struct ot_err *err)
{
    size_t detector = 1;
    for (const char *at = text; at != NULL && *at != '\0'; detector++) {
        const size_t length = strcspn(at, ",");
        const bool anterior = length == 8 && strncmp(at, "anterior", length) == 0;
        if (!anterior && !(length == 9 && strncmp(at, "posterior", length) == 0)) {
            return ot_fail(err, OT_ERR_ARG, "--views: '%.40s' is no list of anterior and posterior",
                           text);
        }
        for (size_t n = 0; n < p->planar.count; n++) {
            struct ot_planar_frame *frame = &p->planar.frames[n];
            const enum ot_view view = anterior ? OT_VIEW_ANTERIOR : OT_VIEW_POSTERIOR;
            if (frame->detector != detector) {
                continue;
            }
            if (frame->view != OT_VIEW_UNKNOWN && frame->view != view) {
                return ot_fail(err, OT_ERR_ARG,
                               "--views: the file says another view of detector %zu", detector);
            }
            frame->view = view;
        }
        at += length + (at[length] == ',' ? 1 : 0);
    }
    return OT_OK;
}

static enum ot_rc load_plain(struct ot_planar_work *p, const char *path, enum ot_view view,
                             struct ot_err *err)
{
    struct ot_image *image = NULL;
    enum ot_rc rc = ot_image_load(path, OT_USE_SPECT, &image, err);
    if (rc == OT_OK && image->volume->grid.n[2] != 1) {
        rc = ot_fail(err, OT_ERR_GEOMETRY, "%s: has %zu slices, a planar view has one",
                     ot_text_base_name(path), image->volume->grid.n[2]);
    }
    if (rc == OT_OK && image->facts.negative_count > 0) {
        rc = ot_fail(err, OT_ERR_RANGE, "%s: holds negative counts", ot_text_base_name(path));
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_check_values(&p->w->d, image, path, err);
    }
    if (rc == OT_OK) {
        ot_dosimetry_tell_waivers(&p->w->d, view == OT_VIEW_ANTERIOR ? "anterior" : "posterior",
                                  &image->facts);
        rc = ot_dosimetry_note_input(&p->w->d, view == OT_VIEW_ANTERIOR ? "anterior" : "posterior",
                                     image->facts.files_sha256, image->facts.file_count, err);
    }
    if (rc == OT_OK) {
        struct ot_planar_frame *frame = &p->planar.frames[p->planar.count++];
        *frame = (struct ot_planar_frame){.counts = image->volume,
                                          .view = view,
                                          .detector = p->planar.count,
                                          .lower_kev = (double)NAN,
                                          .upper_kev = (double)NAN};
        image->volume = NULL; /* handed over */
    }
    ot_image_destroy(image);
    return rc;
}

static enum ot_rc load_frames(struct ot_planar_work *p, struct ot_err *err)
{
    const struct ot_shunt_params *params = p->w->params;
    enum ot_rc rc = OT_OK;
    if (params->planar != NULL) {
        rc = ot_dicom_planar_load(params->planar, &p->planar, err);
        if (rc == OT_OK) {
            rc = ot_dosimetry_check_scale(&p->w->d, &p->planar.facts, params->planar, err);
        }
        if (rc == OT_OK) {
            ot_dosimetry_tell_waivers(&p->w->d, "planar", &p->planar.facts);
            rc = ot_dosimetry_note_input(&p->w->d, "planar", p->planar.facts.files_sha256,
                                         p->planar.facts.file_count, err);
        }
        if (rc == OT_OK) {
            rc = apply_views(p, params->views, err);
        }
        return rc;
    }
    p->planar.frames = OT_NEW(struct ot_planar_frame, 2, err);
    if (p->planar.frames == NULL) {
        return OT_ERR_NOMEM;
    }
    rc = load_plain(p, params->anterior, OT_VIEW_ANTERIOR, err);
    return rc == OT_OK ? load_plain(p, params->posterior, OT_VIEW_POSTERIOR, err) : rc;
}

static bool holds(const struct ot_planar_frame *frame, double kev)
{
    return frame->lower_kev <= kev && kev <= frame->upper_kev;
}

/* The window of the photopeak, and the nearest ones below and above it. */
static enum ot_rc choose_windows(struct ot_planar_work *p, size_t s, struct ot_err *err)
{
    static const char *const names[] = {"anterior", "posterior"};
    const enum ot_view view = s == 0 ? OT_VIEW_ANTERIOR : OT_VIEW_POSTERIOR;
    struct ot_planar_side *side = &p->side[s];
    size_t candidates = 0;
    for (size_t n = 0; n < p->planar.count; n++) {
        const struct ot_planar_frame *frame = &p->planar.frames[n];
        if (frame->view == view && (isnan(frame->lower_kev) || holds(frame, TC99M_KEV))) {
            side->window[OT_WINDOW_MAIN] = frame;
            candidates++;
        }
    }
    if (candidates != 1) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "%zu frames are an %s view in the window of Tc-99m, wanted one: %s",
                       candidates, names[s],
                       candidates == 0 ? "say what the detectors saw with --views"
                                       : "give the object of one acquisition");
    }
    for (size_t n = 0; n < p->planar.count; n++) {
        const struct ot_planar_frame *frame = &p->planar.frames[n];
        const struct ot_planar_frame **below = &side->window[OT_WINDOW_LOWER];
        const struct ot_planar_frame **above = &side->window[OT_WINDOW_UPPER];
        if (frame->view != view || frame == side->window[OT_WINDOW_MAIN] ||
            isnan(frame->lower_kev)) {
            continue;
        }
        if (frame->upper_kev <= TC99M_KEV &&
            (*below == NULL || frame->upper_kev > (*below)->upper_kev)) {
            *below = frame;
        } else if (frame->lower_kev >= TC99M_KEV &&
                   (*above == NULL || frame->lower_kev < (*above)->lower_kev)) {
            *above = frame;
        }
    }
    return OT_OK;
}

static double width_kev(const struct ot_planar_frame *frame)
{
    return frame != NULL ? frame->upper_kev - frame->lower_kev : (double)NAN;
}

static enum ot_rc choose_scatter(struct ot_planar_work *p, struct ot_err *err)
{
    const char *method = p->w->params->scatter;
    if (strcmp(method, "none") == 0) {
        (void)ot_texts_add(&p->w->d.warnings,
                           "scatter is not corrected; it puts counts of the liver into the lungs");
        return OT_OK;
    }
    p->scatter = strcmp(method, "dual") == 0 ? OT_SCATTER_DUAL : OT_SCATTER_TRIPLE;
    const bool triple = p->scatter == OT_SCATTER_TRIPLE;
    for (size_t s = 0; s < 2; s++) {
        const struct ot_planar_side *side = &p->side[s];
        if (isnan(width_kev(side->window[OT_WINDOW_MAIN])) ||
            side->window[OT_WINDOW_LOWER] == NULL ||
            (triple && side->window[OT_WINDOW_UPPER] == NULL)) {
            return ot_fail(err, OT_ERR_FORMAT,
                           "--scatter %s needs a window below%s the photopeak in both views: the "
                           "images do not have it",
                           method, triple ? " and one above" : "");
        }
    }
    for (size_t n = 0; n < (triple ? 3 : 2); n++) {
        const double ratio = width_kev(p->side[1].window[n]) / width_kev(p->side[0].window[n]);
        if (!(fabs(ratio - 1.0) <= SAME_WIDTH)) {
            return ot_fail(err, OT_ERR_FORMAT,
                           "--scatter %s: energy windows (0054,0013) of the anterior and the "
                           "posterior view have different widths",
                           method);
        }
    }
    p->windows = (struct ot_scatter_windows){width_kev(p->side[0].window[OT_WINDOW_MAIN]),
                                             width_kev(p->side[0].window[OT_WINDOW_LOWER]),
                                             width_kev(p->side[0].window[OT_WINDOW_UPPER])};
    return OT_OK;
}

/* Both views show one patient: they correlate when they are laid on each other the right way. */
static enum ot_rc check_sides(const struct ot_planar_work *p, struct ot_err *err)
{
    const struct ot_volume *a = p->side[0].window[OT_WINDOW_MAIN]->counts;
    const struct ot_volume *b = p->side[1].window[OT_WINDOW_MAIN]->counts;
    const bool mirrored = strcmp(p->w->params->posterior_view, "mirrored") == 0;
    for (size_t axis = 0; axis < 2; axis++) {
        const double ratio = a->grid.spacing_mm[axis] / b->grid.spacing_mm[axis];
        if (a->grid.n[axis] != b->grid.n[axis] || !(fabs(ratio - 1.0) <= SAME_SPACING)) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "the two views have different matrices or pixel spacings: one region "
                           "is not the same on both");
        }
    }
    const double as_told = ot_planar_correlation(a, b, mirrored);
    const double otherwise = ot_planar_correlation(a, b, !mirrored);
    if (otherwise > as_told + CLEARLY) {
        (void)ot_texts_add(&p->w->d.warnings,
                           "the posterior view fits the anterior one better when it is taken as "
                           "%s (correlation %.2f against %.2f): check --posterior-view",
                           mirrored ? "same" : "mirrored", otherwise, as_told);
    }
    return OT_OK;
}

enum ot_rc ot_planar_load_views(struct ot_planar_work *p, struct ot_err *err)
{
    enum ot_rc rc = load_frames(p, err);
    for (size_t s = 0; rc == OT_OK && s < 2; s++) {
        rc = choose_windows(p, s, err);
    }
    if (rc == OT_OK) {
        rc = choose_scatter(p, err);
    }
    return rc == OT_OK ? check_sides(p, err) : rc;
}
