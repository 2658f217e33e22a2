/* io/dicom_ct.c - CT: single slices (PS3.3 A.3), or one multi-frame object (A.38, A.70). */
#include <stdio.h>
#include <string.h>

#include "io/dicom_plan.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

static const char single_slice[] = "1.2.840.10008.5.1.4.1.1.2";

/* HU = slope * stored + intercept; a slice without them has no HU. */
static enum ot_rc read_rescale(const struct otx_item *item, struct ot_dicom_plane *plane,
                               struct ot_err *err)
{
    char type[32];
    enum ot_rc rc = ot_dicom_need_numbers(item, TAG_RESCALE_SLOPE, &plane->slope, 1, err);
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(item, TAG_RESCALE_INTERCEPT, &plane->intercept, 1, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (!(plane->slope > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "RescaleSlope (0028,1053) is %g; it must be > 0",
                       plane->slope);
    }
    /* US, unspecified, is what many write for HU. */
    if (ot_dicom_text(item, TAG_RESCALE_TYPE, type, sizeof type) && strcmp(type, "HU") != 0 &&
        strcmp(type, "US") != 0) {
        return ot_fail(err, OT_ERR_UNIT, "RescaleType (0028,1054) is '%s', not HU", type);
    }
    return OT_OK;
}

static enum ot_rc plan_slices(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                              struct ot_err *err)
{
    enum ot_rc rc = ot_dicom_plan_slices(series, plan, err);
    for (size_t n = 0; rc == OT_OK && n < plan->count; n++) {
        rc = read_rescale(series->files[n]->root, &plan->planes[n], err);
        if (rc != OT_OK) {
            ot_err_context(err, "%s", series->files[n]->name);
        }
    }
    return rc;
}

/* The item of a functional group macro: in this frame, or shared by all (C.7.6.16). */
static const struct otx_item *group_of(const struct otx_item *shared, const struct otx_item *frame,
                                       uint32_t sequence)
{
    const struct otx_item *item = frame != NULL ? otx_item_first(frame, sequence) : NULL;
    return item == NULL && shared != NULL ? otx_item_first(shared, sequence) : item;
}

static enum ot_rc read_frame(const struct otx_item *shared, const struct otx_item *frame,
                             struct ot_dicom_plan *plan, size_t n, struct ot_err *err)
{
    double orientation[6];
    double spacing_mm[2];
    const struct otx_item *position = group_of(shared, frame, TAG_PLANE_POSITION_SEQUENCE);
    const struct otx_item *turn = group_of(shared, frame, TAG_PLANE_ORIENTATION_SEQUENCE);
    const struct otx_item *measures = group_of(shared, frame, TAG_PIXEL_MEASURES_SEQUENCE);
    const struct otx_item *scale = group_of(shared, frame, TAG_PIXEL_TRANSFORMATION_SEQUENCE);
    if (position == NULL || turn == NULL || measures == NULL || scale == NULL) {
        return ot_dicom_missing(position == NULL   ? TAG_PLANE_POSITION_SEQUENCE
                                : turn == NULL     ? TAG_PLANE_ORIENTATION_SEQUENCE
                                : measures == NULL ? TAG_PIXEL_MEASURES_SEQUENCE
                                                   : TAG_PIXEL_TRANSFORMATION_SEQUENCE,
                                err);
    }
    enum ot_rc rc =
        ot_dicom_need_numbers(position, TAG_IMAGE_POSITION, plan->planes[n].position_mm, 3, err);
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(turn, TAG_IMAGE_ORIENTATION, orientation, 6, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(measures, TAG_PIXEL_SPACING, spacing_mm, 2, err);
    }
    if (rc == OT_OK) {
        rc = read_rescale(scale, &plan->planes[n], err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (n == 0) {
        memcpy(plan->face.orientation, orientation, sizeof orientation);
        memcpy(plan->face.spacing_mm, spacing_mm, sizeof spacing_mm);
    }
    struct ot_dicom_face face = plan->face;
    memcpy(face.orientation, orientation, sizeof orientation);
    memcpy(face.spacing_mm, spacing_mm, sizeof spacing_mm);
    const char *what = ot_dicom_face_difference(&plan->face, &face);
    return what == NULL ? OT_OK
                        : ot_fail(err, OT_ERR_GEOMETRY, "frame %zu has another %s than frame 1",
                                  n + 1, what);
}

static enum ot_rc plan_multi_frame(const struct ot_dicom_file *file, struct ot_dicom_plan *plan,
                                   struct ot_err *err)
{
    const struct otx_item *shared = otx_item_first(file->root, TAG_SHARED_GROUPS);
    const struct otx_item *frame = otx_item_first(file->root, TAG_FRAME_GROUPS);
    const size_t groups = otx_item_count(file->root, TAG_FRAME_GROUPS);
    enum ot_rc rc = ot_dicom_samples_describe(file, &plan->samples, err);
    if (rc == OT_OK && groups != plan->samples.frames) {
        rc = ot_fail(err, OT_ERR_FORMAT, "(5200,9230) describes %zu frames, there are %zu", groups,
                     plan->samples.frames);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_plan_frames(plan, plan->samples.frames, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_identity(file->root, &plan->facts.identity, err);
    }
    plan->face.columns = plan->samples.columns;
    plan->face.rows = plan->samples.rows;
    for (size_t n = 0; rc == OT_OK && n < plan->count; n++) {
        rc = read_frame(shared, frame, plan, n, err);
        frame = otx_item_next(file->root, TAG_FRAME_GROUPS, frame);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", file->name);
    }
    return rc;
}

enum ot_rc ot_dicom_plan_ct(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                            struct ot_err *err)
{
    const struct ot_dicom_file *file = series->files[0];
    enum ot_rc rc = strcmp(file->sop_class, single_slice) == 0 ? plan_slices(series, plan, err)
                                                               : plan_multi_frame(file, plan, err);
    if (rc != OT_OK) {
        return rc;
    }
    rc = ot_dicom_number(file->root, TAG_PIXEL_PADDING, &plan->padding, &plan->padded, err);
    if (rc == OT_OK) {
        rc = ot_dicom_stack(plan->planes, plan->count, &plan->face, &plan->grid, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s%s", series->count == 1 ? "" : "CT series of ", file->name);
        return rc;
    }
    plan->unit = OT_UNIT_HU;
    plan->facts.quantity_stated = true;
    plan->facts.acquired = ot_dicom_acquired(file->root);
    return OT_OK;
}
