/* io/dicom_registration.c - rigid transforms of DICOM Spatial Registration objects. */
#include <string.h>

#include "io/dicom_plan.h"
#include "io/dicom_series.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"
#include "io/transform_file.h"

static const char REG_CLASS[] = "1.2.840.10008.5.1.4.1.1.66.1";

/* The one matrix of an item of the Registration Sequence; none is the identity. */
static enum ot_rc read_matrix(const struct otx_item *item, struct ot_rigid *motion,
                              struct ot_err *err)
{
    char type[20];
    double m[16];
    double rotation[9];
    double translation_mm[3];
    *motion = ot_rigid_identity();
    const struct otx_item *registration = otx_item_first(item, TAG_MATRIX_REGISTRATION_SEQUENCE);
    const size_t count =
        registration != NULL ? otx_item_count(registration, TAG_MATRIX_SEQUENCE) : 0;
    if (otx_item_count(item, TAG_MATRIX_REGISTRATION_SEQUENCE) > 1 || count > 1) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "a frame of reference has several matrices (0070,030a): combine them into "
                       "one");
    }
    if (count == 0) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "a frame of reference has no matrix (0070,030a): the registration is "
                       "incomplete");
    }
    const struct otx_item *matrix = otx_item_first(registration, TAG_MATRIX_SEQUENCE);
    if (!ot_dicom_text(matrix, TAG_MATRIX_TYPE, type, sizeof type) || strcmp(type, "RIGID") != 0) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "the matrix type (0070,030c) is '%.16s': only RIGID transforms are used",
                       type);
    }
    enum ot_rc rc = ot_dicom_need_numbers(matrix, TAG_FRAME_MATRIX, m, 16, err);
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t n = 0; n < 4; n++) { /* the last row; integers in every file that means it */
        const double wanted = n == 3 ? 1.0 : 0.0;
        if (!(m[12 + n] >= wanted - 1e-9 && m[12 + n] <= wanted + 1e-9)) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "the last row of the matrix (3006,00c6) is not 0 0 0 1: it may be "
                           "written by columns");
        }
    }
    for (size_t n = 0; n < 3; n++) {
        memcpy(rotation + 3 * n, m + 4 * n, 3 * sizeof rotation[0]);
        translation_mm[n] = m[4 * n + 3];
    }
    return ot_rigid_from_matrix(rotation, translation_mm, motion, err);
}

static enum ot_rc add_frame(struct ot_transform_file *file, const char *frame,
                            const struct ot_rigid *motion, struct ot_err *err)
{
    const double same_mm = 1e-3;
    char sha256[OT_SHA256_SIZE];
    const struct ot_grid box = {
        .n = {2, 2, 2}, .spacing_mm = {500, 500, 500}, .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    enum ot_rc rc = ot_transform_frame_digest(frame, sha256, err);
    for (size_t n = 0; rc == OT_OK && n < file->count; n++) {
        if (strcmp(file->frames[n].frame_sha256, sha256) != 0) {
            continue;
        }
        return ot_rigid_distance_mm(&file->frames[n].to_registered, motion, &box) <= same_mm
                   ? OT_OK
                   : ot_fail(err, OT_ERR_FORMAT,
                             n == 0 ? "the registered frame of reference is moved against itself"
                                    : "one frame of reference has two different matrices");
    }
    if (rc == OT_OK && file->count == OT_TRANSFORM_MAX_FRAMES) {
        rc = ot_fail(err, OT_ERR_UNSUPPORTED,
                     "links over %d frames of reference: export one for these two images",
                     OT_TRANSFORM_MAX_FRAMES);
    }
    if (rc == OT_OK) {
        struct ot_transform_frame *added = &file->frames[file->count++];
        added->to_registered = *motion;
        (void)ot_text_copy(added->frame_sha256, sizeof added->frame_sha256, sha256);
    }
    return rc;
}

static enum ot_rc read_object(const struct otx_item *root, struct ot_transform_file *file,
                              struct ot_err *err)
{
    char frame[OT_UID_SIZE];
    const struct ot_rigid still = ot_rigid_identity();
    enum ot_rc rc = ot_dicom_identity(root, &file->identity, err);
    file->identity.frame_of_reference[0] = '\0';
    if (rc == OT_OK && !ot_dicom_text(root, TAG_FRAME_OF_REFERENCE, frame, sizeof frame)) {
        rc = ot_dicom_missing(TAG_FRAME_OF_REFERENCE, err);
    }
    if (rc == OT_OK) {
        rc = add_frame(file, frame, &still, err);
    }
    for (const struct otx_item *at = otx_item_first(root, TAG_REGISTRATION_SEQUENCE);
         rc == OT_OK && at != NULL; at = otx_item_next(root, TAG_REGISTRATION_SEQUENCE, at)) {
        struct ot_rigid motion;
        rc = read_matrix(at, &motion, err);
        if (rc == OT_OK && !ot_dicom_text(at, TAG_FRAME_OF_REFERENCE, frame, sizeof frame)) {
            rc = ot_fail(err, OT_ERR_UNSUPPORTED,
                         "an item of (0070,0308) names images instead of a frame of reference "
                         "(0020,0052)");
        }
        if (rc == OT_OK) {
            rc = add_frame(file, frame, &motion, err);
        }
    }
    if (rc == OT_OK && file->count < 2) {
        rc = ot_fail(err, OT_ERR_FORMAT, "links no second frame of reference: it moves nothing");
    }
    return rc;
}

enum ot_rc ot_transform_dicom_read(const char *path, struct ot_transform_file *file,
                                   struct ot_err *err)
{
    struct ot_dicom_set set = {0};
    const struct ot_dicom_file *found = NULL;
    size_t count = 0;
    file->format = "dicom";
    enum ot_rc rc = ot_dicom_set_read(path, OT_USE_NONE, &set, err);
    for (size_t n = 0; rc == OT_OK && n < set.paths.count; n++) {
        if (set.files[n].damage.code != OT_OK) {
            *err = set.files[n].damage;
            rc = err->code;
        } else if (strcmp(set.files[n].sop_class, REG_CLASS) == 0 && !set.files[n].duplicate) {
            found = &set.files[n];
            count++;
        }
    }
    if (rc == OT_OK && count != 1) {
        rc =
            ot_fail(err, OT_ERR_FORMAT, "%s: holds %zu DICOM Spatial Registration objects, not one",
                    ot_text_base_name(path), count);
    } else if (rc == OT_OK) {
        (void)ot_text_copy(file->sha256, sizeof file->sha256, found->sha256);
        rc = read_object(found->root, file, err);
        if (rc != OT_OK) {
            ot_err_context(err, "%s", found->name);
        }
    }
    ot_dicom_set_release(&set);
    return rc;
}
