/* cli/dosimetry_motion.c - inputs of another frame of reference, moved into that of the dose. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/dosimetry_parts.h"
#include "cli/motion.h"

enum { SHOWN_DIGITS = 12 }; /* of a digest */

/* Once for each motion: in the list of inputs, in `transforms`, and as a warning, since it moves
 * every number of what it moves. */
static enum ot_rc tell(struct ot_dosimetry *d, struct ot_motion *motion,
                       const struct ot_rigid *rigid, const double center_mm[3], bool checked,
                       struct ot_err *err)
{
    char role[OT_VOI_NAME_SIZE + 16];
    double moved_mm[3];
    double square = 0.0;
    if (motion->used) {
        return OT_OK;
    }
    motion->used = true;
    if (motion->file.sha256[0] == '\0') {
        return OT_OK; /* found here, and told by who found it */
    }
    ot_rigid_apply(rigid, center_mm, moved_mm);
    for (size_t c = 0; c < 3; c++) {
        square += (moved_mm[c] - center_mm[c]) * (moved_mm[c] - center_mm[c]);
    }
    const double angle_deg = ot_rigid_angle_deg(rigid);
    (void)ot_texts_add(&d->warnings,
                       "%s moved by the transform %.*s...: by %.1f mm at the center and %.1f "
                       "degrees%s",
                       motion->what, SHOWN_DIGITS, motion->file.sha256, sqrt(square), angle_deg,
                       checked ? ""
                               : "; frames of reference are not stated, so its direction is not "
                                 "checked");
    json_t *row =
        json_pack("{s:s, s:s, s:s, s:b, s:[f, f, f], s:f}", "what", motion->what, "sha256",
                  motion->file.sha256, "format", motion->file.format, "frames_checked", checked,
                  "shift_mm", moved_mm[0] - center_mm[0], moved_mm[1] - center_mm[1],
                  moved_mm[2] - center_mm[2], "angle_deg", angle_deg);
    if (row == NULL || json_array_append_new(d->motions.told, row) != 0) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory for the list of transforms");
    }
    (void)snprintf(role, sizeof role, "transform:%s", motion->what);
    return ot_dosimetry_note_input(d, role, motion->file.sha256, 1, err);
}

enum ot_rc ot_dosimetry_motion(struct ot_dosimetry *d, struct ot_known_identity *known,
                               struct ot_motion *motion, const char *role,
                               const double center_mm[3], struct ot_identity *identity,
                               struct ot_rigid *rigid, struct ot_err *err)
{
    bool checked = false;
    enum ot_rc rc = ot_transform_between(&motion->file, identity->frame_of_reference,
                                         known->first.frame_of_reference, rigid, &checked, err);
    /* Frames of reference are of one patient; and a transform written here has a pseudonym. It is
     * of a study of its own. */
    if (rc == OT_OK && !checked) {
        struct ot_identity patient = motion->file.identity;
        patient.study[0] = '\0';
        rc = ot_dosimetry_same_patient(known, "transform", &patient, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", role);
        return rc;
    }
    /* Who gives a transform says that both belong together, also where studies differ. */
    (void)ot_text_copy(identity->frame_of_reference, sizeof identity->frame_of_reference,
                       known->first.frame_of_reference);
    (void)ot_text_copy(identity->study, sizeof identity->study, known->first.study);
    return tell(d, motion, rigid, center_mm, checked, err);
}

enum ot_rc ot_dosimetry_move_ct(struct ot_dosimetry *d, struct ot_known_identity *known,
                                struct ot_err *err)
{
    struct ot_motion *motion = ot_motions_find(&d->motions, "ct", "ct");
    struct ot_grid *grid = &d->ct->volume->grid;
    const double middle[3] = {((double)grid->n[0] - 1.0) / 2.0, ((double)grid->n[1] - 1.0) / 2.0,
                              ((double)grid->n[2] - 1.0) / 2.0};
    double center_mm[3];
    struct ot_rigid rigid;
    if (motion == NULL) {
        return OT_OK;
    }
    ot_grid_to_point(grid, middle, center_mm);
    const enum ot_rc rc =
        ot_dosimetry_motion(d, known, motion, "ct", center_mm, &d->ct->facts.identity, &rigid, err);
    if (rc == OT_OK) {
        ot_rigid_move_grid(&rigid, grid);
    }
    return rc;
}

/* A point in the middle of the region's box. */
static void region_center(const struct ot_region *region, double center_mm[3])
{
    if (region->mask != NULL) {
        const struct ot_grid *grid = &region->mask->grid;
        const double middle[3] = {((double)grid->n[0] - 1.0) / 2.0,
                                  ((double)grid->n[1] - 1.0) / 2.0,
                                  ((double)grid->n[2] - 1.0) / 2.0};
        ot_grid_to_point(grid, middle, center_mm);
        return;
    }
    for (size_t r = 0; r < 3; r++) {
        double low = INFINITY;
        double high = -INFINITY;
        for (size_t n = 0; n < region->contours.count; n++) {
            const struct ot_contour *contour = &region->contours.contours[n];
            for (size_t p = 0; p < contour->count; p++) {
                low = fmin(low, contour->points_mm[3 * p + r]);
                high = fmax(high, contour->points_mm[3 * p + r]);
            }
        }
        center_mm[r] = (low + high) / 2.0;
    }
}

enum ot_rc ot_dosimetry_move_region(struct ot_dosimetry *d, struct ot_known_identity *known,
                                    const char *name, struct ot_region *region, bool *moved,
                                    struct ot_err *err)
{
    struct ot_motion *motion = ot_motions_find(&d->motions, name, "vois");
    double center_mm[3];
    struct ot_rigid rigid;
    *moved = motion != NULL;
    if (motion == NULL) {
        return OT_OK;
    }
    region_center(region, center_mm);
    const enum ot_rc rc =
        ot_dosimetry_motion(d, known, motion, name, center_mm, &region->identity, &rigid, err);
    if (rc == OT_OK) {
        ot_rigid_move_region(&rigid, region);
    }
    return rc;
}
