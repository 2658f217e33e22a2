/* io/rtdose.c - dose grids: frames at stated offsets, stored as integers times a scaling. */
#include "io/rtdose.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_plan.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

static const double place_tolerance_mm = 0.01;
static const double along_z = 1e-4;

enum ot_rc ot_rtdose_offsets(const double *offsets, size_t count, double position_z_mm,
                             double normal_z, double *distance_mm, struct ot_err *err)
{
    const bool relative = fabs(offsets[0]) <= place_tolerance_mm;
    const bool absolute = fabs(offsets[0] - position_z_mm) <= place_tolerance_mm &&
                          fabs(fabs(normal_z) - 1.0) <= along_z;
    if (!relative && !absolute) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "GridFrameOffsetVector (3004,000c) begins with %g: neither 0 nor the z "
                       "position %g mm of an axial grid",
                       offsets[0], position_z_mm);
    }
    for (size_t n = 0; n < count; n++) {
        distance_mm[n] = relative ? offsets[n] : (offsets[n] - position_z_mm) * normal_z;
    }
    return OT_OK;
}

static enum ot_rc read_geometry(const struct otx_item *root, struct ot_dicom_plan *plan,
                                struct ot_err *err)
{
    double first_mm[3];
    double dir[3][3];
    double *offsets = NULL;
    size_t count = 0;
    enum ot_rc rc = ot_dicom_need_numbers(root, TAG_IMAGE_POSITION, first_mm, 3, err);
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(root, TAG_IMAGE_ORIENTATION, plan->face.orientation, 6, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(root, TAG_PIXEL_SPACING, plan->face.spacing_mm, 2, err);
    }
    if (rc == OT_OK && plan->count < 2) {
        rc = ot_fail(err, OT_ERR_GEOMETRY, "holds a dose plane; a volume of two or more is needed");
    }
    if (rc == OT_OK) {
        rc = ot_dicom_number_list(root, TAG_GRID_FRAME_OFFSETS, &offsets, &count, err);
    }
    if (rc == OT_OK && count != plan->count) {
        rc = ot_fail(err, OT_ERR_FORMAT,
                     "GridFrameOffsetVector (3004,000c) has %zu values for %zu frames", count,
                     plan->count);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_face_axes(&plan->face, dir, err);
    }
    if (rc == OT_OK) {
        rc = ot_rtdose_offsets(offsets, count, first_mm[2], dir[2][2], offsets, err);
    }
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        for (size_t r = 0; r < 3; r++) {
            plan->planes[n].position_mm[r] = first_mm[r] + offsets[n] * dir[r][2];
        }
    }
    ot_free(offsets);
    return rc == OT_OK ? ot_dicom_stack(plan->planes, plan->count, &plan->face, &plan->grid, err)
                       : rc;
}

static enum ot_rc read_scale(const struct otx_item *root, struct ot_dicom_plan *plan,
                             struct ot_err *err)
{
    char text[32];
    double scaling_gy = 0.0;
    if (!ot_dicom_text_is(root, TAG_DOSE_UNITS, "GY")) {
        (void)ot_dicom_text(root, TAG_DOSE_UNITS, text, sizeof text);
        return ot_fail(err, OT_ERR_UNIT, "DoseUnits (3004,0002) are '%s', not GY", text);
    }
    enum ot_rc rc = ot_dicom_need_numbers(root, TAG_DOSE_GRID_SCALING, &scaling_gy, 1, err);
    if (rc == OT_OK && !(scaling_gy > 0.0)) {
        rc = ot_fail(err, OT_ERR_RANGE, "DoseGridScaling (3004,000e) is %g; it must be > 0",
                     scaling_gy);
    }
    for (size_t n = 0; rc == OT_OK && n < plan->count; n++) {
        plan->planes[n].slope = scaling_gy;
    }
    if (ot_dicom_text(root, TAG_DOSE_TYPE, text, sizeof text) && strcmp(text, "PHYSICAL") != 0) {
        (void)ot_texts_add(&plan->facts.notes, "DoseType (3004,0004) is %s, not PHYSICAL", text);
    }
    plan->unit = OT_UNIT_GY;
    plan->facts.quantity_stated = true;
    return rc;
}

enum ot_rc ot_dicom_plan_rtdose(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                                struct ot_err *err)
{
    const struct ot_dicom_file *file = series->files[0];
    enum ot_rc rc = ot_dicom_samples_describe(file, &plan->samples, err);
    if (rc == OT_OK) {
        rc = ot_dicom_plan_frames(plan, plan->samples.frames, err);
    }
    plan->face.columns = plan->samples.columns;
    plan->face.rows = plan->samples.rows;
    if (rc == OT_OK) {
        rc = read_geometry(file->root, plan, err);
    }
    if (rc == OT_OK) {
        rc = read_scale(file->root, plan, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_identity(file->root, &plan->facts.identity, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", file->name);
    }
    return rc;
}
