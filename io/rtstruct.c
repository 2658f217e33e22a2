/* io/rtstruct.c - contours of RT Structure Sets. */
#include "io/rtstruct.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_plan.h"
#include "io/dicom_region.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

/* One contour: `*keep` is false where it has no points. */
static enum ot_rc read_contour(const struct otx_item *item, const char *roi, struct ot_contour *to,
                               bool *keep, struct ot_err *err)
{
    char type[32];
    long stated = 0;
    bool found = false;
    size_t count = 0;
    double *points = NULL;
    *keep = false;
    (void)ot_dicom_text(item, TAG_CONTOUR_TYPE, type, sizeof type);
    if (strcmp(type, "CLOSED_PLANAR") != 0 && strcmp(type, "CLOSEDPLANAR_XOR") != 0) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "ROI '%.60s' has contours of the type '%s' (3006,0042), not CLOSED_PLANAR: "
                       "they enclose no volume",
                       roi, type);
    }
    enum ot_rc rc = ot_dicom_number_list(item, TAG_CONTOUR_DATA, &points, &count, err);
    if (rc == OT_OK) {
        rc = ot_dicom_integer(item, TAG_CONTOUR_POINT_COUNT, 0, 10000000, &stated, &found, err);
    }
    if (rc == OT_OK && (count % 3 != 0 || (found && (size_t)stated != count / 3))) {
        rc = ot_fail(err, OT_ERR_FORMAT,
                     "a contour of ROI '%.60s' has %zu numbers (3006,0050) for %ld points "
                     "(3006,0046)",
                     roi, count, stated);
    }
    if (rc == OT_OK && count > 0 && count < 9) {
        rc = ot_fail(err, OT_ERR_FORMAT,
                     "a contour of ROI '%.60s' has %zu points and encloses nothing; delete it in "
                     "the program that drew it",
                     roi, count / 3);
    }
    if (rc == OT_OK && count / 3 > OT_POINTS_PER_CONTOUR_MOST) {
        rc = ot_fail(err, OT_ERR_UNSUPPORTED,
                     "a contour of ROI '%.60s' has %zu points, over the limit of %d; simplify it",
                     roi, count / 3, OT_POINTS_PER_CONTOUR_MOST);
    }
    if (rc != OT_OK || count == 0) {
        ot_free(points);
        return rc;
    }
    *to = (struct ot_contour){.points_mm = points, .count = count / 3};
    *keep = true;
    return OT_OK;
}

static const struct otx_item *find_by_number(const struct otx_item *root, uint32_t sequence,
                                             uint32_t tag, long number)
{
    for (const struct otx_item *at = otx_item_first(root, sequence); at != NULL;
         at = otx_item_next(root, sequence, at)) {
        long here = 0;
        bool found = false;
        if (ot_dicom_integer(at, tag, -2147483647L, 2147483647L, &here, &found, NULL) == OT_OK &&
            found && here == number) {
            return at;
        }
    }
    return NULL;
}

static enum ot_rc read_contours(const struct otx_item *root, const struct ot_dicom_choice *choice,
                                struct ot_contour_set *set, struct ot_err *err)
{
    const struct otx_item *roi =
        find_by_number(root, TAG_ROI_CONTOUR_SEQUENCE, TAG_REFERENCED_ROI, choice->number);
    const size_t most = roi != NULL ? otx_item_count(roi, TAG_CONTOUR_SEQUENCE) : 0;
    if (most > 0) {
        set->contours = OT_NEW(struct ot_contour, most, err);
        if (set->contours == NULL) {
            return OT_ERR_NOMEM;
        }
    }
    size_t points = 0;
    const struct otx_item *at = most > 0 ? otx_item_first(roi, TAG_CONTOUR_SEQUENCE) : NULL;
    for (; at != NULL; at = otx_item_next(roi, TAG_CONTOUR_SEQUENCE, at)) {
        bool keep = false;
        enum ot_rc rc = read_contour(at, choice->label, &set->contours[set->count], &keep, err);
        if (rc != OT_OK) {
            return rc;
        }
        points += keep ? set->contours[set->count].count : 0;
        set->count += keep ? 1 : 0;
        if (points > OT_POINTS_PER_ROI_MOST) {
            return ot_fail(err, OT_ERR_UNSUPPORTED,
                           "ROI '%.60s' has over %d points (limit); simplify its contours",
                           choice->label, OT_POINTS_PER_ROI_MOST);
        }
    }
    return set->count > 0 ? OT_OK
                          : ot_fail(err, OT_ERR_RANGE, "ROI '%.60s' is empty: it has no contours",
                                    choice->label);
}

static enum ot_rc read_roi(const struct ot_dicom_file *file, const struct ot_dicom_choice *choice,
                           struct ot_region **out, struct ot_err *err)
{
    const struct otx_item *item =
        find_by_number(file->root, TAG_ROI_SEQUENCE, TAG_ROI_NUMBER, choice->number);
    struct ot_region *region = OT_NEW(struct ot_region, 1, err);
    if (region == NULL) {
        return OT_ERR_NOMEM;
    }
    (void)ot_text_copy(region->label, sizeof region->label, choice->label);
    (void)ot_text_copy(region->file_sha256, sizeof region->file_sha256, file->sha256);
    enum ot_rc rc = ot_dicom_identity(file->root, &region->identity, err);
    if (rc == OT_OK) {
        (void)ot_dicom_text(item, TAG_ROI_FRAME_OF_REFERENCE, region->identity.frame_of_reference,
                            sizeof region->identity.frame_of_reference);
        rc = read_contours(file->root, choice, &region->contours, err);
    }
    if (rc == OT_OK) {
        *out = region;
        region = NULL;
    }
    ot_region_destroy(region);
    return rc;
}

enum ot_rc ot_rtstruct_regions(const struct ot_dicom_file *file, const char *const *selectors,
                               size_t count, struct ot_region **out, struct ot_err *err)
{
    static const struct ot_dicom_catalog rois = {TAG_ROI_SEQUENCE, TAG_ROI_NUMBER, TAG_ROI_NAME,
                                                 "ROI", -2147483647L};
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        struct ot_dicom_choice choice;
        rc = ot_dicom_choose(file->root, &rois, selectors != NULL ? selectors[n] : NULL, &choice,
                             err);
        if (rc == OT_OK) {
            rc = read_roi(file, &choice, &out[n], err);
        }
    }
    return rc;
}
