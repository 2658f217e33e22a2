/* io/dicom_mapping.c - the mapping to a unit that dosimetry can use, if there is one. */
#include "io/dicom_mapping.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/dicom_tags.h"
#include "io/dicom_value.h"

/* UCUM codes, as the makers write them. */
static const struct {
    const char *code;
    enum ot_unit unit;
} codes[] = {
    {"Bq/ml", OT_UNIT_BQ_PER_ML}, {"Bq/mL", OT_UNIT_BQ_PER_ML}, {"BQML", OT_UNIT_BQ_PER_ML},
    {"{counts}", OT_UNIT_NONE},   {"counts", OT_UNIT_NONE},
};

static bool unit_of(const char *code, enum ot_unit *unit)
{
    for (size_t n = 0; n < sizeof codes / sizeof codes[0]; n++) {
        if (strcmp(codes[n].code, code) == 0) {
            *unit = codes[n].unit;
            return true;
        }
    }
    return false;
}

/* The item to use; NULL where there is none. */
static enum ot_rc find(const struct otx_item *root, const struct otx_item **item,
                       struct ot_dicom_mapping *mapping, struct ot_err *err)
{
    for (const struct otx_item *at = otx_item_first(root, TAG_REAL_WORLD_SEQUENCE); at != NULL;
         at = otx_item_next(root, TAG_REAL_WORLD_SEQUENCE, at)) {
        char code[64];
        enum ot_unit unit = OT_UNIT_NONE;
        const struct otx_item *units = otx_item_first(at, TAG_MEASUREMENT_UNITS_SEQUENCE);
        if (units == NULL || !ot_dicom_text(units, TAG_CODE_VALUE, code, sizeof code)) {
            return ot_fail(err, OT_ERR_UNIT,
                           "a real world value mapping (0040,9096) states no unit");
        }
        if (!unit_of(code, &unit)) {
            (void)snprintf(mapping->other, sizeof mapping->other, "%.20s", code);
        } else if (*item != NULL && mapping->unit == unit) {
            return ot_fail(err, OT_ERR_UNSUPPORTED,
                           "two real world value mappings (0040,9096) to %s", code);
        } else if (*item == NULL || unit == OT_UNIT_BQ_PER_ML) {
            *item = at;
            mapping->unit = unit;
        }
    }
    return OT_OK;
}

/* Limits may be stated in two kinds of numbers. */
static enum ot_rc read_limit(const struct otx_item *item, uint32_t whole, uint32_t real,
                             double *value, bool *found, struct ot_err *err)
{
    const enum ot_rc rc = ot_dicom_number(item, whole, value, found, err);
    return rc == OT_OK && !*found ? ot_dicom_number(item, real, value, found, err) : rc;
}

enum ot_rc ot_dicom_read_mapping(const struct otx_item *root, struct ot_dicom_mapping *mapping,
                                 struct ot_err *err)
{
    const struct otx_item *item = NULL;
    bool first = false;
    bool last = false;
    *mapping = (struct ot_dicom_mapping){.slope = 1.0, .first = -INFINITY, .last = INFINITY};
    enum ot_rc rc = find(root, &item, mapping, err);
    if (rc != OT_OK || item == NULL) {
        return rc;
    }
    if (otx_item_has(item, TAG_REAL_WORLD_TABLE) && !otx_item_has(item, TAG_REAL_WORLD_SLOPE)) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "its real world values stand in a table (0040,9212), which is not read "
                       "here; export them with slope and intercept");
    }
    mapping->found = true;
    rc = ot_dicom_need_numbers(item, TAG_REAL_WORLD_SLOPE, &mapping->slope, 1, err);
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(item, TAG_REAL_WORLD_INTERCEPT, &mapping->intercept, 1, err);
    }
    if (rc == OT_OK) {
        rc = read_limit(item, TAG_REAL_WORLD_FIRST, TAG_REAL_WORLD_FIRST_DOUBLE, &mapping->first,
                        &first, err);
    }
    if (rc == OT_OK) {
        rc = read_limit(item, TAG_REAL_WORLD_LAST, TAG_REAL_WORLD_LAST_DOUBLE, &mapping->last,
                        &last, err);
    }
    if (!first || !last) {
        mapping->first = -INFINITY;
        mapping->last = INFINITY;
    }
    if (rc == OT_OK && !(mapping->slope > 0.0)) {
        rc = ot_fail(err, OT_ERR_RANGE, "RealWorldValueSlope (0040,9225) is %g; it must be > 0",
                     mapping->slope);
    }
    return rc;
}
