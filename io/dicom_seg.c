/* io/dicom_seg.c - frames of segmentations, whatever their kind, become masks of fractions. */
#include "io/dicom_seg.h"

#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_plan.h"
#include "io/dicom_region.h"
#include "io/dicom_samples.h"
#include "io/dicom_seg_frames.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

/* Segmentation Type (0062,0001). */
enum kind {
    KIND_BINARY,     /* a pixel of a segment's frame is 0 or 1 */
    KIND_FRACTIONAL, /* 0 to `levels` */
    KIND_LABEL_MAP   /* a pixel of everybody's frame is the number of its segment */
};

struct stack {
    enum kind kind;
    long levels; /* what stands for 1 */
    struct ot_dicom_samples samples;
    struct ot_seg_frames frames;
    const unsigned char *data; /* borrowed: the file's, or the block */
    unsigned char *block;      /* owned, or NULL */
    double *row;               /* owned; samples.columns */
};

static void stack_release(struct stack *stack)
{
    ot_free(stack->row);
    ot_free(stack->block);
    ot_seg_frames_release(&stack->frames);
}

static enum ot_rc read_kind(const struct otx_item *root, struct stack *stack, struct ot_err *err)
{
    static const char *const names[] = {"BINARY", "FRACTIONAL", "LABELMAP"};
    char type[32];
    char meaning[32];
    stack->levels = 1;
    (void)ot_dicom_text(root, TAG_SEGMENTATION_TYPE, type, sizeof type);
    size_t kind = 0;
    while (kind < sizeof names / sizeof names[0] && strcmp(names[kind], type) != 0) {
        kind++;
    }
    if (kind == sizeof names / sizeof names[0]) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "is a segmentation of the type '%s' (0062,0001); BINARY, FRACTIONAL and "
                       "LABELMAP are read here",
                       type);
    }
    stack->kind = (enum kind)kind;
    if (stack->kind != KIND_FRACTIONAL) {
        return OT_OK;
    }
    /* A probability is the fraction that is expected. */
    (void)ot_dicom_text(root, TAG_FRACTIONAL_TYPE, meaning, sizeof meaning);
    if (strcmp(meaning, "OCCUPANCY") != 0 && strcmp(meaning, "PROBABILITY") != 0) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "SegmentationFractionalType (0062,0010) is '%s', neither OCCUPANCY nor "
                       "PROBABILITY",
                       meaning);
    }
    return ot_dicom_need_integer(root, TAG_MAXIMUM_FRACTIONAL_VALUE, 1, 255, &stack->levels, err);
}

static enum ot_rc check_bits(const struct stack *stack, struct ot_err *err)
{
    const size_t bits = stack->samples.bits_allocated;
    const bool possible = (stack->kind == KIND_BINARY && bits == 1) ||
                          (stack->kind == KIND_FRACTIONAL && bits == 8) ||
                          (stack->kind == KIND_LABEL_MAP && (bits == 8 || bits == 16));
    return possible && !stack->samples.is_signed
               ? OT_OK
               : ot_fail(
                     err, OT_ERR_UNSUPPORTED,
                     "%s%zu bits (0028,0100) do not belong to its segmentation type (0062,0001)",
                     stack->samples.is_signed ? "signed pixels of " : "", bits);
}

static enum ot_rc describe(const struct ot_dicom_file *file, struct stack *stack,
                           struct ot_err *err)
{
    enum ot_rc rc = read_kind(file->root, stack, err);
    if (rc == OT_OK) {
        rc = ot_dicom_samples_describe(file, &stack->samples, err);
    }
    /* What stands between two labels after lossy compression is another organ. */
    if (rc == OT_OK && stack->kind == KIND_LABEL_MAP &&
        ot_dicom_text_is(file->root, TAG_LOSSY_COMPRESSION, "01")) {
        rc = ot_fail(err, OT_ERR_UNSUPPORTED,
                     "is a label map under lossy compression (0028,2110): its labels are changed");
    }
    return rc == OT_OK ? check_bits(stack, err) : rc;
}

enum ot_rc ot_seg_check(const struct ot_dicom_file *file, struct ot_err *err)
{
    struct stack stack = {.kind = KIND_BINARY};
    return describe(file, &stack, err);
}

long ot_seg_least_number(const struct otx_item *root)
{
    return ot_dicom_text_has(root, TAG_SEGMENTATION_TYPE, "LABELMAP") ? 1 : 0;
}

static enum ot_rc read_stack(const struct ot_dicom_file *file, struct stack *stack,
                             struct ot_err *err)
{
    enum ot_rc rc = describe(file, stack, err);
    if (rc != OT_OK) {
        return rc;
    }
    stack->frames.face.columns = stack->samples.columns;
    stack->frames.face.rows = stack->samples.rows;
    stack->row = OT_NEW(double, stack->samples.columns, err);
    if (stack->row == NULL) {
        return OT_ERR_NOMEM;
    }
    rc = ot_seg_frames_read(file->root, stack->samples.frames, stack->kind != KIND_LABEL_MAP,
                            &stack->frames, err);
    return rc == OT_OK
               ? ot_dicom_samples_fetch(file, &stack->samples, &stack->data, &stack->block, err)
               : rc;
}

/* Row j of frame f as fractions of the segment, in stack->row. */
static enum ot_rc read_row(struct stack *stack, size_t f, size_t j, long segment,
                           struct ot_err *err)
{
    const size_t columns = stack->samples.columns;
    const double whole = (double)stack->levels;
    double *row = stack->row;
    ot_dicom_samples_decode(&stack->samples, stack->data, columns * (j + stack->samples.rows * f),
                            columns, row);
    for (size_t i = 0; i < columns; i++) {
        if (stack->kind == KIND_LABEL_MAP) {
            row[i] = (long)row[i] == segment ? 1.0 : 0.0;
        } else if (row[i] > whole) {
            return ot_fail(err, OT_ERR_FORMAT,
                           "a pixel of frame %zu is %.0f, MaximumFractionalValue (0062,000e) is "
                           "%ld",
                           f + 1, row[i], stack->levels);
        } else {
            row[i] /= whole;
        }
    }
    return OT_OK;
}

/* Where the segment is not 0: the first and last index along each axis of the whole grid. */
struct box {
    size_t lo[3], hi[3];
};

static void box_include(struct box *box, const size_t at[3])
{
    for (size_t a = 0; a < 3; a++) {
        box->lo[a] = at[a] < box->lo[a] ? at[a] : box->lo[a];
        box->hi[a] = at[a] > box->hi[a] ? at[a] : box->hi[a];
    }
}

/* What is not 0 of stack->row, which is row j of a slice: grows the box, or goes into the mask. */
static void use_row(const struct stack *stack, size_t j, size_t slice, struct box *box,
                    struct ot_volume *mask)
{
    for (size_t i = 0; i < stack->samples.columns; i++) {
        const size_t at[3] = {i, j, slice};
        if (!(stack->row[i] > 0.0)) {
            continue;
        }
        if (mask == NULL) {
            box_include(box, at);
        } else {
            const size_t *m = mask->grid.n;
            const size_t line = j - box->lo[1] + m[1] * (slice - box->lo[2]);
            mask->data[i - box->lo[0] + m[0] * line] = (float)stack->row[i];
        }
    }
}

/* Every row that may hold a part of the segment. */
static enum ot_rc visit(struct stack *stack, long segment, struct box *box, struct ot_volume *mask,
                        struct ot_err *err)
{
    for (size_t f = 0; f < stack->samples.frames; f++) {
        const struct ot_seg_frame *frame = &stack->frames.frame[f];
        if (stack->kind != KIND_LABEL_MAP && frame->segment != segment) {
            continue;
        }
        for (size_t j = 0; j < stack->samples.rows; j++) {
            const enum ot_rc rc = read_row(stack, f, j, segment, err);
            if (rc != OT_OK) {
                return rc;
            }
            use_row(stack, j, frame->slice, box, mask);
        }
    }
    return OT_OK;
}

static enum ot_rc make_mask(struct stack *stack, const struct ot_dicom_choice *choice,
                            struct ot_volume **mask, struct ot_err *err)
{
    struct ot_grid whole;
    struct box box = {.lo = {SIZE_MAX, SIZE_MAX, SIZE_MAX}};
    ot_seg_frames_grid(&stack->frames, &whole);
    enum ot_rc rc = ot_grid_validate(&whole, err);
    if (rc == OT_OK) {
        rc = visit(stack, choice->number, &box, NULL, err);
    }
    if (rc == OT_OK && box.lo[0] > box.hi[0]) {
        rc = ot_fail(err, OT_ERR_RANGE, "segment '%.60s' is empty", choice->label);
    }
    if (rc != OT_OK) {
        return rc;
    }
    const size_t n[3] = {box.hi[0] - box.lo[0] + 1, box.hi[1] - box.lo[1] + 1,
                         box.hi[2] - box.lo[2] + 1};
    const struct ot_grid part = ot_grid_part(&whole, box.lo, n);
    rc = ot_volume_create(&part, OT_UNIT_NONE, mask, err);
    return rc == OT_OK ? visit(stack, choice->number, &box, *mask, err) : rc;
}

static enum ot_rc make_region(const struct ot_dicom_file *file, struct stack *stack,
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
    const struct ot_dicom_catalog segments = {TAG_SEGMENT_SEQUENCE, TAG_SEGMENT_NUMBER,
                                              TAG_SEGMENT_LABEL, "segment",
                                              ot_seg_least_number(file->root)};
    struct stack stack = {.kind = KIND_BINARY};
    enum ot_rc rc = read_stack(file, &stack, err);
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        struct ot_dicom_choice choice;
        rc = ot_dicom_choose(file->root, &segments, selectors != NULL ? selectors[n] : NULL,
                             &choice, err);
        if (rc == OT_OK) {
            rc = make_region(file, &stack, &choice, &out[n], err);
        }
    }
    stack_release(&stack);
    return rc;
}
