/* io/dicom_seg.c - bit-packed frames of BINARY segmentations become masks. */
#include "io/dicom_seg.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_plan.h"
#include "io/dicom_region.h"
#include "io/dicom_samples.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

static const double place_tolerance = 0.02; /* of a step */
static const double same_place_mm = 0.01;
static const double face_tolerance = 1e-4;
static const double sideways_mm = 0.1;

/* One frame: whose it is, and where. */
struct frame {
    long segment;
    double position_mm[3];
    double along_mm;
    size_t slice; /* counted from the file's lowest plane */
};

/* The file's frames on their common stack. */
struct stack {
    struct ot_dicom_samples samples;
    struct ot_dicom_face face;
    double dir[3][3];
    double step_mm;
    struct frame *frames; /* owned */
    size_t slices;
    const unsigned char *bits;
    unsigned char *block; /* owned, or NULL */
};

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
    if (stated_mm > 0.0 && !(fabs(least_mm - stated_mm) <= place_tolerance * stated_mm)) {
        return ot_fail(
            err, OT_ERR_GEOMETRY,
            "its frames are %.4g mm apart, SpacingBetweenSlices (0018,0088) says %.4g mm", least_mm,
            stated_mm);
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

/* Reads what the groups of a frame say; its face must be that of the first frame. */
static enum ot_rc read_frame(const struct otx_item *shared, const struct otx_item *groups, size_t n,
                             struct stack *stack, double *spacing_mm, struct ot_err *err)
{
    double face[8];
    bool found = false;
    struct frame *frame = &stack->frames[n];
    const struct otx_item *position = group_of(shared, groups, TAG_PLANE_POSITION_SEQUENCE);
    const struct otx_item *turn = group_of(shared, groups, TAG_PLANE_ORIENTATION_SEQUENCE);
    const struct otx_item *measures = group_of(shared, groups, TAG_PIXEL_MEASURES_SEQUENCE);
    const struct otx_item *owner = group_of(shared, groups, TAG_SEGMENT_IDENTIFICATION_SEQUENCE);
    if (position == NULL || turn == NULL || measures == NULL || owner == NULL) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "frame %zu has no position, orientation, spacing or segment (5200,9230)",
                       n + 1);
    }
    enum ot_rc rc = ot_dicom_need_numbers(position, TAG_IMAGE_POSITION, frame->position_mm, 3, err);
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(turn, TAG_IMAGE_ORIENTATION, face, 6, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(measures, TAG_PIXEL_SPACING, face + 6, 2, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_number(measures, TAG_SPACING_BETWEEN_SLICES, spacing_mm, &found, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_need_integer(owner, TAG_REFERENCED_SEGMENT_NUMBER, 0, 65535, &frame->segment,
                                   err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t v = 0; v < 8; v++) {
        double *first = v < 6 ? &stack->face.orientation[v] : &stack->face.spacing_mm[v - 6];
        *first = n == 0 ? face[v] : *first;
        if (!(fabs(face[v] - *first) <= face_tolerance)) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "frame %zu has another orientation or spacing than frame 1", n + 1);
        }
    }
    return OT_OK;
}

/* Numbers the slices of all frames on one even stack. */
static enum ot_rc place_frames(struct stack *stack, double stated_mm, struct ot_err *err)
{
    const size_t count = stack->samples.frames;
    double first_mm = 0.0;
    double *along_mm = NULL;
    enum ot_rc rc = ot_dicom_face_axes(&stack->face, stack->dir, err);
    if (rc != OT_OK) {
        return rc;
    }
    along_mm = OT_NEW(double, count, err);
    if (along_mm == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < count; n++) {
        for (size_t r = 0; r < 3; r++) {
            along_mm[n] += stack->frames[n].position_mm[r] * stack->dir[r][2];
        }
        stack->frames[n].along_mm = along_mm[n];
    }
    stack->step_mm = stated_mm;
    rc = ot_seg_step(along_mm, count, &stack->step_mm, &first_mm, err);
    ot_free(along_mm);
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        struct frame *frame = &stack->frames[n];
        const double slice = (frame->along_mm - first_mm) / stack->step_mm;
        double off_mm = 0.0;
        for (size_t r = 0; r < 3; r++) {
            const double here_mm = frame->position_mm[r] - frame->along_mm * stack->dir[r][2];
            const double there_mm =
                stack->frames[0].position_mm[r] - stack->frames[0].along_mm * stack->dir[r][2];
            off_mm = hypot(off_mm, here_mm - there_mm);
        }
        if (!(fabs(slice - round(slice)) <= place_tolerance) || !(off_mm <= sideways_mm) ||
            !(slice < 65536.0)) {
            rc = ot_fail(err, OT_ERR_GEOMETRY,
                         "frame %zu does not lie on the even stack of the others (step %.4g mm)",
                         n + 1, stack->step_mm);
            break;
        }
        frame->slice = (size_t)lround(slice);
        stack->slices = frame->slice + 1 > stack->slices ? frame->slice + 1 : stack->slices;
    }
    return rc;
}

static enum ot_rc read_stack(const struct ot_dicom_file *file, struct stack *stack,
                             struct ot_err *err)
{
    double spacing_mm = 0.0;
    const struct otx_item *shared = otx_item_first(file->root, TAG_SHARED_GROUPS);
    const size_t described = otx_item_count(file->root, TAG_FRAME_GROUPS);
    enum ot_rc rc = ot_dicom_samples_describe(file, &stack->samples, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (stack->samples.bits_allocated != 1) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "a BINARY segmentation of %zu bits is not read here",
                       stack->samples.bits_allocated);
    }
    if (described != stack->samples.frames) {
        return ot_fail(err, OT_ERR_FORMAT, "(5200,9230) describes %zu frames, there are %zu",
                       described, stack->samples.frames);
    }
    stack->face.columns = stack->samples.columns;
    stack->face.rows = stack->samples.rows;
    stack->frames = OT_NEW(struct frame, described, err);
    if (stack->frames == NULL) {
        return OT_ERR_NOMEM;
    }
    const struct otx_item *groups = otx_item_first(file->root, TAG_FRAME_GROUPS);
    for (size_t n = 0; rc == OT_OK && n < described; n++) {
        rc = read_frame(shared, groups, n, stack, &spacing_mm, err);
        groups = otx_item_next(file->root, TAG_FRAME_GROUPS, groups);
    }
    if (rc == OT_OK) {
        rc = place_frames(stack, spacing_mm, err);
    }
    return rc == OT_OK
               ? ot_dicom_samples_fetch(file, &stack->samples, &stack->bits, &stack->block, err)
               : rc;
}

/* Calls for every pixel of a segment that is set: grows the box, or writes into the mask. */
static void visit(const struct stack *stack, long segment, size_t lo[3], size_t hi[3],
                  struct ot_volume *mask)
{
    const size_t columns = stack->face.columns;
    const size_t size = columns * stack->face.rows;
    for (size_t f = 0; f < stack->samples.frames; f++) {
        if (stack->frames[f].segment != segment) {
            continue;
        }
        for (size_t n = 0; n < size; n++) {
            const size_t bit = f * size + n;
            if ((stack->bits[bit / 8] >> bit % 8 & 1U) == 0) {
                continue;
            }
            const size_t at[3] = {n % columns, n / columns, stack->frames[f].slice};
            if (mask != NULL) {
                const size_t *m = mask->grid.n;
                mask->data[at[0] - lo[0] + m[0] * (at[1] - lo[1] + m[1] * (at[2] - lo[2]))] = 1.0F;
            }
            for (size_t a = 0; a < 3 && mask == NULL; a++) {
                lo[a] = at[a] < lo[a] ? at[a] : lo[a];
                hi[a] = at[a] > hi[a] ? at[a] : hi[a];
            }
        }
    }
}

static enum ot_rc make_mask(const struct stack *stack, const struct ot_dicom_choice *choice,
                            struct ot_volume **mask, struct ot_err *err)
{
    size_t lo[3] = {SIZE_MAX, SIZE_MAX, SIZE_MAX};
    size_t hi[3] = {0, 0, 0};
    struct ot_grid whole = {
        .n = {stack->face.columns, stack->face.rows, stack->slices},
        .spacing_mm = {stack->face.spacing_mm[1], stack->face.spacing_mm[0], stack->step_mm}};
    memcpy(whole.dir, stack->dir, sizeof whole.dir);
    const struct frame *first = &stack->frames[0];
    for (size_t r = 0; r < 3; r++) {
        whole.origin_mm[r] =
            first->position_mm[r] - (double)first->slice * stack->step_mm * stack->dir[r][2];
    }
    visit(stack, choice->number, lo, hi, NULL);
    if (lo[0] > hi[0]) {
        return ot_fail(err, OT_ERR_RANGE, "segment '%.60s' is empty", choice->label);
    }
    enum ot_rc rc = ot_grid_validate(&whole, err);
    if (rc != OT_OK) {
        return rc;
    }
    const size_t n[3] = {hi[0] - lo[0] + 1, hi[1] - lo[1] + 1, hi[2] - lo[2] + 1};
    const struct ot_grid box = ot_grid_part(&whole, lo, n);
    rc = ot_volume_create(&box, OT_UNIT_NONE, mask, err);
    if (rc == OT_OK) {
        visit(stack, choice->number, lo, hi, *mask);
    }
    return rc;
}

static enum ot_rc make_region(const struct ot_dicom_file *file, const struct stack *stack,
                              const struct ot_dicom_choice *choice, struct ot_region **out,
                              struct ot_err *err)
{
    struct ot_region *region = OT_NEW(struct ot_region, 1, err);
    if (region == NULL) {
        return OT_ERR_NOMEM;
    }
    (void)ot_text_copy(region->label, sizeof region->label, choice->label);
    (void)ot_text_copy(region->file_sha256, sizeof region->file_sha256, file->sha256);
    enum ot_rc rc = ot_dicom_identity(file->root, &region->identity, err);
    if (rc == OT_OK) {
        rc = make_mask(stack, choice, &region->mask, err);
    }
    if (rc == OT_OK) {
        *out = region;
        region = NULL;
    }
    ot_region_destroy(region);
    return rc;
}

enum ot_rc ot_seg_regions(const struct ot_dicom_file *file, const char *const *selectors,
                          size_t count, struct ot_region **out, struct ot_err *err)
{
    static const struct ot_dicom_catalog segments = {TAG_SEGMENT_SEQUENCE, TAG_SEGMENT_NUMBER,
                                                     TAG_SEGMENT_LABEL, "segment"};
    char type[32];
    struct stack stack = {0};
    (void)ot_dicom_text(file->root, TAG_SEGMENTATION_TYPE, type, sizeof type);
    if (strcmp(type, "BINARY") != 0) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "is a segmentation of the type '%s' (0062,0001); BINARY ones are read here",
                       type);
    }
    enum ot_rc rc = read_stack(file, &stack, err);
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        struct ot_dicom_choice choice;
        rc = ot_dicom_choose(file->root, &segments, selectors != NULL ? selectors[n] : NULL,
                             &choice, err);
        if (rc == OT_OK) {
            rc = make_region(file, &stack, &choice, &out[n], err);
        }
    }
    ot_free(stack.block);
    ot_free(stack.frames);
    return rc;
}
