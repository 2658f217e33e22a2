/* io/transform_file.c - rigid transforms from files, and between which frames they lead. */
#include "io/transform_file.h"

#include <string.h>

#include "io/file.h"
#include "io/hash.h"
#include "io/load.h"

static const size_t MOST_BYTES = 1048576; /* a rigid transform takes one kilobyte */
static const char ITK_MAGIC[] = "#Insight Transform File V1.0";

enum ot_rc ot_transform_frame_digest(const char *frame, char *hex, struct ot_err *err)
{
    hex[0] = '\0';
    return frame[0] != '\0' ? ot_hash_bytes(frame, strlen(frame), hex, err) : OT_OK;
}

enum ot_rc ot_transform_load(const char *path, struct ot_transform_file *file, struct ot_err *err)
{
    struct ot_buffer text = {0};
    enum ot_format format = OT_FORMAT_UNKNOWN;
    *file = (struct ot_transform_file){.format = ""};
    enum ot_rc rc = ot_format_detect(path, &format, err);
    if (rc == OT_OK && format == OT_FORMAT_DICOM) {
        return ot_transform_dicom_read(path, file, err);
    }
    if (rc == OT_OK) {
        rc = ot_file_read(path, MOST_BYTES, &text, err);
    }
    if (rc != OT_OK) {
        ot_buffer_release(&text);
        return rc;
    }
    if (text.data == NULL || strlen(text.data) != text.size ||
        strncmp(text.data, ITK_MAGIC, strlen(ITK_MAGIC)) != 0) {
        rc = ot_fail(err, OT_ERR_FORMAT,
                     "is neither a DICOM Spatial Registration nor an ITK transform in text form");
    } else {
        rc = ot_hash_bytes(text.data, text.size, file->sha256, err);
    }
    if (rc == OT_OK) {
        rc = ot_transform_itk_parse(text.data, file, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", ot_text_base_name(path));
    }
    ot_buffer_release(&text);
    return rc;
}

/* Index of a frame in the file; count where it is not there. */
static size_t find_frame(const struct ot_transform_file *file, const char *sha256)
{
    size_t n = 0;
    while (n < file->count && strcmp(file->frames[n].frame_sha256, sha256) != 0) {
        n++;
    }
    return n;
}

/* Which frames are meant; where an image states none, the other one of two. */
static enum ot_rc choose(const struct ot_transform_file *file, const char *from_sha256,
                         const char *to_sha256, size_t *from, size_t *to, struct ot_err *err)
{
    *from = 1;
    *to = 0;
    for (size_t n = 0; n < file->count; n++) {
        if (file->frames[n].frame_sha256[0] == '\0') {
            return OT_OK; /* a file that says nothing about frames has two: moving and fixed */
        }
    }
    if (from_sha256[0] != '\0') {
        *from = find_frame(file, from_sha256);
    }
    if (to_sha256[0] != '\0') {
        *to = find_frame(file, to_sha256);
    }
    if (*from == file->count || *to == file->count) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "the transform links other frames of reference (0020,0052) than %s: use "
                       "the one that was made from these images",
                       *from == file->count ? "that of what it is to bring here"
                                            : "that of the images it is to lead to");
    }
    const bool one_known = from_sha256[0] == '\0' || to_sha256[0] == '\0';
    if (one_known && file->count > 2) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "the transform links %zu frames of reference, and an image that does not "
                       "state its own may be in any: give images and VOIs as DICOM, which states "
                       "it (0020,0052), or a registration of two frames only",
                       file->count);
    }
    if (from_sha256[0] == '\0' && to_sha256[0] != '\0') {
        *from = 1 - *to;
    } else if (to_sha256[0] == '\0' && from_sha256[0] != '\0') {
        *to = 1 - *from;
    }
    return OT_OK;
}

enum ot_rc ot_transform_between(const struct ot_transform_file *file, const char *from,
                                const char *to, struct ot_rigid *motion, bool *checked,
                                struct ot_err *err)
{
    char from_sha256[OT_SHA256_SIZE];
    char to_sha256[OT_SHA256_SIZE];
    size_t source = 0;
    size_t target = 0;
    *checked = false;
    enum ot_rc rc = ot_transform_frame_digest(from, from_sha256, err);
    if (rc == OT_OK) {
        rc = ot_transform_frame_digest(to, to_sha256, err);
    }
    const bool frames_told = file->frames[0].frame_sha256[0] != '\0';
    if (rc == OT_OK && from[0] != '\0' && strcmp(from, to) == 0 && frames_told) {
        rc = ot_fail(err, OT_ERR_GEOMETRY,
                     "the images are in one frame of reference (0020,0052) already: leave the "
                     "transform out");
    }
    if (rc == OT_OK) {
        rc = choose(file, from_sha256, to_sha256, &source, &target, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    const struct ot_rigid back = ot_rigid_invert(&file->frames[target].to_registered);
    *motion = ot_rigid_compose(&file->frames[source].to_registered, &back);
    *checked = file->frames[source].frame_sha256[0] != '\0' &&
               file->frames[target].frame_sha256[0] != '\0' &&
               (from_sha256[0] != '\0' || to_sha256[0] != '\0');
    return OT_OK;
}
