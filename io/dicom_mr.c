/* io/dicom_mr.c - MR slices (PS3.3 A.4), or frames of one object (A.36, A.70): where things lie, in
 * numbers without a unit. */
#include "io/dicom_plan.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

/* Slices are often scaled each by itself (Philips); one without a scale has its stored values. */
static enum ot_rc read_scale(const struct otx_item *item, struct ot_dicom_plane *plane,
                             struct ot_err *err)
{
    bool sloped = false;
    bool shifted = false;
    enum ot_rc rc = ot_dicom_number(item, TAG_RESCALE_SLOPE, &plane->slope, &sloped, err);
    if (rc == OT_OK) {
        rc = ot_dicom_number(item, TAG_RESCALE_INTERCEPT, &plane->intercept, &shifted, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (sloped != shifted) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "only one of RescaleSlope (0028,1053) and RescaleIntercept (0028,1052)");
    }
    if (sloped && !(plane->slope > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "RescaleSlope (0028,1053) is %g; it must be > 0",
                       plane->slope);
    }
    plane->slope = sloped ? plane->slope : 1.0;
    plane->intercept = shifted ? plane->intercept : 0.0;
    return OT_OK;
}

/* Echoes and time points at one place are refused by the stack. */
enum ot_rc ot_dicom_plan_mr(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                            struct ot_err *err)
{
    const enum ot_rc rc = ot_dicom_plan_stack(series, "MR", read_scale, plan, err);
    if (rc != OT_OK) {
        return rc;
    }
    plan->unit = OT_UNIT_NONE;
    plan->facts.other_quantity = true;
    return OT_OK;
}
