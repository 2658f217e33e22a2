/* io/dicom_pet.c - PET series of single slices (PS3.3 A.21), each with a scale of its own. */
#include "io/dicom_pet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

static enum ot_rc check_series_type(const struct otx_item *root, struct ot_err *err)
{
    /* Frames of enhanced objects say it in their frame type. */
    static const uint32_t tags[] = {TAG_SERIES_TYPE, TAG_FRAME_TYPE};
    for (size_t n = 0; n < sizeof tags / sizeof tags[0]; n++) {
        if (ot_dicom_text_has(root, tags[n], "DYNAMIC") ||
            ot_dicom_text_has(root, tags[n], "GATED")) {
            return ot_fail(err, OT_ERR_UNSUPPORTED,
                           "is a dynamic or gated series (0054,1000); give one static volume");
        }
    }
    return OT_OK;
}

static enum ot_rc check_corrections(const struct otx_item *root, struct ot_texts *notes,
                                    struct ot_err *err)
{
    char text[256];
    if (!ot_dicom_text(root, TAG_CORRECTED_IMAGE, text, sizeof text)) {
        if (ot_dicom_text_is(root, TAG_ATTENUATION_CORRECTED, "NO")) {
            return ot_fail(err, OT_ERR_UNSUPPORTED,
                           "was not corrected for attenuation (0018,9759): its values are no "
                           "activity");
        }
        if (ot_dicom_text_is(root, TAG_ATTENUATION_CORRECTED, "YES")) {
            return OT_OK;
        }
        (void)ot_texts_add(notes, "CorrectedImage (0028,0051) does not say what was corrected");
        return OT_OK;
    }
    if (!ot_dicom_text_has(root, TAG_CORRECTED_IMAGE, "ATTN")) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "was not corrected for attenuation (0028,0051): its values are no activity");
    }
    return OT_OK;
}

/* With one series' slices in hand and scaled, what the headers say about time and tracer. */
static enum ot_rc read_facts(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                             struct ot_err *err)
{
    struct ot_dicom_tracer tracer;
    const struct ot_dicom_file *file = series->files[0];
    const struct ot_time acquired = ot_dicom_acquired(file->root);
    enum ot_rc rc = check_series_type(file->root, err);
    if (rc == OT_OK) {
        rc = check_corrections(file->root, &plan->facts.notes, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_read_tracer(file->root, 1.0, &acquired, &plan->facts, &tracer, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", file->name);
        return rc;
    }
    return ot_pet_read_times(series, &tracer, plan, err);
}

/* When each plane of the sorted stack was acquired, where that differs. */
static enum ot_rc keep_plane_times(struct ot_dicom_plan *plan, struct ot_err *err)
{
    bool differs = false;
    for (size_t n = 0; n < plan->count; n++) {
        differs = differs || fabs(plan->planes[n].after_s) > 0.0;
    }
    if (!differs) {
        return OT_OK;
    }
    plan->facts.plane_after_s = OT_NEW(double, plan->count, err);
    if (plan->facts.plane_after_s == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < plan->count; n++) {
        plan->facts.plane_after_s[n] = plan->planes[n].after_s;
    }
    return OT_OK;
}

enum ot_rc ot_dicom_plan_pet(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                             struct ot_err *err)
{
    enum ot_pet_quantity quantity = OT_PET_NOT_STATED;
    enum ot_rc rc = ot_dicom_plan_slices(series, plan, err);
    if (rc == OT_OK) {
        rc = ot_pet_read_scales(series, plan, &quantity, err);
    }
    if (rc == OT_OK) {
        rc = read_facts(series, plan, err);
    }
    if (rc == OT_OK) {
        rc = ot_pet_read_unit(series, quantity, plan, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    rc = ot_dicom_stack(plan->planes, plan->count, &plan->face, &plan->grid, err);
    if (rc != OT_OK) {
        ot_err_context(err, "%s%s", series->count == 1 ? "" : "PET series of ",
                       series->files[0]->name);
        return rc;
    }
    return keep_plane_times(plan, err);
}
