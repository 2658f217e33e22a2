/* io/dicom_seg_frames.c - the places of a segmentation's frames, and whose they are. */
#include "io/dicom_seg_frames.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

static const double place_tolerance = 0.02; /* of a step */
static const double same_place_mm = 0.01;
static const double face_tolerance = 1e-4;
static const double sideways_mm = 0.1;

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return a < b ? -1 : (a > b ? 1 : 0);
}

enum ot_rc ot_seg_step(const double *along_mm, size_t count, double *step_mm, double *first_mm,
                       struct ot_err *err)
{
    const double stated_mm = fabs(*step_mm);
    double least_mm = INFINITY;
    double *sorted = OT_NEW(double, count, err);
    if (sorted == NULL) {
        return OT_ERR_NOMEM;
    }
    memcpy(sorted, along_mm, count * sizeof sorted[0]);
    qsort(sorted, count, sizeof sorted[0], by_value);
    *first_mm = sorted[0];
    for (size_t n = 1; n < count; n++) {
        const double gap_mm = sorted[n] - sorted[n - 1];
        least_mm = gap_mm > same_place_mm ? fmin(least_mm, gap_mm) : least_mm;
    }
    ot_free(sorted);
    if (!isfinite(least_mm)) {
        *step_mm = stated_mm;
        return stated_mm > 0.0
                   ? OT_OK
                   : ot_fail(err, OT_ERR_GEOMETRY,
                             "its frames lie in one plane and SpacingBetweenSlices (0018,0088) is "
                             "missing: the thickness of the region cannot be told");
    }
    if (stated_mm > 0.0) {
        /* Where every other frame is empty and left out, the least gap is a multiple. */
        const double steps = fmax(round(least_mm / stated_mm), 1.0);
        if (!(fabs(least_mm - steps * stated_mm) <= place_tolerance * stated_mm)) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "its frames are %.4g mm apart, SpacingBetweenSlices (0018,0088) says "
                           "%.4g mm",
                           least_mm, stated_mm);
        }
        *step_mm = steps > 1.0 ? stated_mm : least_mm;
        return OT_OK;
    }
    *step_mm = least_mm;
    return OT_OK;
}

static const struct otx_item *group_of(const struct otx_item *shared, const struct otx_item *frame,
                                       uint32_t sequence)
{
    const struct otx_item *item = frame != NULL ? otx_item_first(frame, sequence) : NULL;
    return item == NULL && shared != NULL ? otx_item_first(shared, sequence) : item;
}

/* What the file states about its slices; 0: nothing. */
struct measures {
    double spacing_mm;
    double thickness_mm;
};

/* Whose the frame is: exactly one segment's. */
static enum ot_rc read_owner(const struct otx_item *shared, const struct otx_item *groups,
                             long *segment, size_t n, struct ot_err *err)
{
    static const uint32_t tag = TAG_SEGMENT_IDENTIFICATION_SEQUENCE;
    const struct otx_item *owner = group_of(shared, groups, tag);
    if (owner == NULL) {
        return ot_fail(err, OT_ERR_FORMAT, "frame %zu names no segment (0062,000a)", n + 1);
    }
    if (otx_item_count(groups, tag) > 1) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "frame %zu is of %zu segments (0062,000a) at once; frames of one segment "
                       "each are read here",
                       n + 1, otx_item_count(groups, tag));
    }
    return ot_dicom_need_integer(owner, TAG_REFERENCED_SEGMENT_NUMBER, 0, 65535, segment, err);
}

/* Reads what the groups of a frame say; its face must be that of the first frame. */
static enum ot_rc read_frame(const struct otx_item *shared, const struct otx_item *groups, size_t n,
                             struct ot_seg_frames *frames, struct measures *stated,
                             struct ot_err *err)
{
    double face[8];
    bool found = false;
    struct ot_seg_frame *frame = &frames->frame[n];
    const struct otx_item *position = group_of(shared, groups, TAG_PLANE_POSITION_SEQUENCE);
    const struct otx_item *turn = group_of(shared, groups, TAG_PLANE_ORIENTATION_SEQUENCE);
    const struct otx_item *measures = group_of(shared, groups, TAG_PIXEL_MEASURES_SEQUENCE);
    if (position == NULL || turn == NULL || measures == NULL) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "frame %zu has no position, orientation or spacing (5200,9230)", n + 1);
    }
    enum ot_rc rc = ot_dicom_need_numbers(position, TAG_IMAGE_POSITION, frame->position_mm, 3, err);
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(turn, TAG_IMAGE_ORIENTATION, face, 6, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(measures, TAG_PIXEL_SPACING, face + 6, 2, err);
    }
    if (rc == OT_OK) {
        rc =
            ot_dicom_number(measures, TAG_SPACING_BETWEEN_SLICES, &stated->spacing_mm, &found, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_number(measures, TAG_SLICE_THICKNESS, &stated->thickness_mm, &found, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t v = 0; v < 8; v++) {
        double *first = v < 6 ? &frames->face.orientation[v] : &frames->face.spacing_mm[v - 6];
        *first = n == 0 ? face[v] : *first;
        if (!(fabs(face[v] - *first) <= face_tolerance)) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "frame %zu has another orientation or spacing than frame 1", n + 1);
        }
    }
    return OT_OK;
}

/* Frames twice as far apart as they are thick, and no word on it: empty ones may have been left
 * out, and the region would be twice as thick as it is. */
static enum ot_rc refuse_gaps(double step_mm, const struct measures *stated, struct ot_err *err)
{
    const double steps = step_mm / stated->thickness_mm;
    return stated->spacing_mm > 0.0 || stated->spacing_mm < 0.0 || !(stated->thickness_mm > 0.0) ||
                   !(steps >= 2.0 - place_tolerance) ||
                   !(fabs(steps - round(steps)) <= place_tolerance)
               ? OT_OK
               : ot_fail(err, OT_ERR_GEOMETRY,
                         "its frames are %.4g mm apart and %.4g mm thick, and SpacingBetweenSlices "
                         "(0018,0088) does not tell whether frames were left out between them",
                         step_mm, stated->thickness_mm);
}

/* Numbers the slices of all frames on one even stack. */
static enum ot_rc place_frames(struct ot_seg_frames *frames, const struct measures *stated,
                               struct ot_err *err)
{
    const size_t count = frames->count;
    double first_mm = 0.0;
    double *along_mm = NULL;
    enum ot_rc rc = ot_dicom_face_axes(&frames->face, frames->dir, err);
    if (rc != OT_OK) {
        return rc;
    }
    along_mm = OT_NEW(double, count, err);
    if (along_mm == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < count; n++) {
        for (size_t r = 0; r < 3; r++) {
            along_mm[n] += frames->frame[n].position_mm[r] * frames->dir[r][2];
        }
        frames->frame[n].along_mm = along_mm[n];
    }
    frames->step_mm = stated->spacing_mm;
    rc = ot_seg_step(along_mm, count, &frames->step_mm, &first_mm, err);
    ot_free(along_mm);
    if (rc == OT_OK) {
        rc = refuse_gaps(frames->step_mm, stated, err);
    }
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        struct ot_seg_frame *frame = &frames->frame[n];
        const double slice = (frame->along_mm - first_mm) / frames->step_mm;
        double off_mm = 0.0;
        for (size_t r = 0; r < 3; r++) {
            const double here_mm = frame->position_mm[r] - frame->along_mm * frames->dir[r][2];
            const double there_mm =
                frames->frame[0].position_mm[r] - frames->frame[0].along_mm * frames->dir[r][2];
            off_mm = hypot(off_mm, here_mm - there_mm);
        }
        if (!(fabs(slice - round(slice)) <= place_tolerance) || !(off_mm <= sideways_mm) ||
            !(slice < 65536.0)) {
            rc = ot_fail(err, OT_ERR_GEOMETRY,
                         "frame %zu does not lie on the even stack of the others (step %.4g mm)",
                         n + 1, frames->step_mm);
            break;
        }
        frame->slice = (size_t)lround(slice);
        frames->slices = frame->slice + 1 > frames->slices ? frame->slice + 1 : frames->slices;
    }
    return rc;
}

/* By slice, then segment: twins come beside each other. */
static int by_place(const void *left, const void *right)
{
    const struct ot_seg_frame *a = (const struct ot_seg_frame *)left;
    const struct ot_seg_frame *b = (const struct ot_seg_frame *)right;
    if (a->slice != b->slice) {
        return a->slice < b->slice ? -1 : 1;
    }
    return a->segment < b->segment ? -1 : (a->segment > b->segment ? 1 : 0);
}

/* Two frames of a segment at one place, as a segmentation over time has them, would be added up
 * or hide each other. */
static enum ot_rc refuse_twins(const struct ot_seg_frames *frames, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    struct ot_seg_frame *sorted = OT_NEW(struct ot_seg_frame, frames->count, err);
    if (sorted == NULL) {
        return OT_ERR_NOMEM;
    }
    memcpy(sorted, frames->frame, frames->count * sizeof sorted[0]);
    qsort(sorted, frames->count, sizeof sorted[0], by_place);
    for (size_t n = 1; rc == OT_OK && n < frames->count; n++) {
        if (by_place(&sorted[n - 1], &sorted[n]) == 0) {
            rc = ot_fail(err, OT_ERR_FORMAT,
                         "has two frames of segment %ld at one place, %.6g mm along the normal",
                         sorted[n].segment, sorted[n].along_mm);
        }
    }
    ot_free(sorted);
    return rc;
}

enum ot_rc ot_seg_frames_read(const struct otx_item *root, size_t count, bool owned,
                              struct ot_seg_frames *frames, struct ot_err *err)
{
    struct measures stated = {0};
    enum ot_rc rc = OT_OK;
    const struct otx_item *shared = otx_item_first(root, TAG_SHARED_GROUPS);
    const size_t described = otx_item_count(root, TAG_FRAME_GROUPS);
    if (described != count) {
        return ot_fail(err, OT_ERR_FORMAT, "(5200,9230) describes %zu frames, there are %zu",
                       described, count);
    }
    frames->count = count;
    frames->frame = OT_NEW(struct ot_seg_frame, count, err);
    if (frames->frame == NULL) {
        return OT_ERR_NOMEM;
    }
    const struct otx_item *groups = otx_item_first(root, TAG_FRAME_GROUPS);
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        rc = read_frame(shared, groups, n, frames, &stated, err);
        if (rc == OT_OK && owned) {
            rc = read_owner(shared, groups, &frames->frame[n].segment, n, err);
        }
        groups = otx_item_next(root, TAG_FRAME_GROUPS, groups);
    }
    if (rc == OT_OK) {
        rc = place_frames(frames, &stated, err);
    }
    return rc == OT_OK ? refuse_twins(frames, err) : rc;
}

void ot_seg_frames_release(struct ot_seg_frames *frames)
{
    if (frames != NULL) {
        ot_free(frames->frame);
        frames->frame = NULL;
    }
}

void ot_seg_frames_grid(const struct ot_seg_frames *frames, struct ot_grid *grid)
{
    const struct ot_dicom_face *face = &frames->face;
    const struct ot_seg_frame *first = &frames->frame[0];
    *grid =
        (struct ot_grid){.n = {face->columns, face->rows, frames->slices},
                         .spacing_mm = {face->spacing_mm[1], face->spacing_mm[0], frames->step_mm}};
    memcpy(grid->dir, frames->dir, sizeof grid->dir);
    for (size_t r = 0; r < 3; r++) {
        grid->origin_mm[r] =
            first->position_mm[r] - (double)first->slice * frames->step_mm * frames->dir[r][2];
    }
}
