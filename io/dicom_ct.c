/* io/dicom_ct.c - CT slices (PS3.3 A.3), or frames of one object (A.38, A.70). */
#include <string.h>

#include "io/dicom_plan.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

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

enum ot_rc ot_dicom_plan_ct(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                            struct ot_err *err)
{
    const enum ot_rc rc = ot_dicom_plan_stack(series, "CT", read_rescale, plan, err);
    if (rc != OT_OK) {
        return rc;
    }
    plan->unit = OT_UNIT_HU;
    plan->facts.quantity_stated = true;
    return OT_OK;
}
