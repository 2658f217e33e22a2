/* io/transform_file.h - rigid transforms as files hold them: DICOM Spatial Registration, ITK text.
 *
 * The two say the opposite of each other. A Spatial Registration holds, for each frame of
 * reference, the matrix that takes its points to the registered frame (moving to fixed). An ITK
 * transform is what resampling needs: it takes a point of the output (fixed) to the place in the
 * input (moving) whose value it gets. Both end here as motions of frames to the file's registered
 * (fixed) frame, and who uses a file says between which frames: then a file cannot be used the
 * wrong way round, unless neither it nor the images say their frames.
 *
 * Frames are present as digests of their identifiers, so that nothing here can print one. ITK
 * text has no place for them; ours carry the digests in comments, which other programs skip.
 */
#ifndef OT_IO_TRANSFORM_FILE_H
#define OT_IO_TRANSFORM_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/image.h"
#include "core/text.h"
#include "core/transform.h"

enum { OT_TRANSFORM_MAX_FRAMES = 8 };

struct ot_transform_frame {
    char frame_sha256[OT_SHA256_SIZE]; /* of the frame of reference's UID; "" where not stated */
    struct ot_rigid to_registered;
};

struct ot_transform_file {
    const char *format;                                        /* "dicom" or "itk"; static */
    struct ot_transform_frame frames[OT_TRANSFORM_MAX_FRAMES]; /* the registered one first */
    size_t count;                                              /* >= 2 */
    struct ot_identity identity;                               /* patient, where stated; no frame */
    char sha256[OT_SHA256_SIZE];
};

/* Reads either kind, told by its content.
 *
 * Errors: OT_ERR_IO; OT_ERR_FORMAT (neither kind, damaged, several transforms, numbers that are
 *   none or too few); OT_ERR_GEOMETRY (not rigid: core/transform.h); OT_ERR_RANGE (angles over a
 *   full turn: they are radians); OT_ERR_UNSUPPORTED (a kind of transform that is not rigid or of
 *   several matrices); OT_ERR_NOMEM, OT_ERR_EXTERNAL. The message starts with the base name. */
OT_MUST_CHECK enum ot_rc ot_transform_load(const char *path, struct ot_transform_file *file,
                                           struct ot_err *err);

/* The motion that takes points of the frame `from` to the frame `to`, both as files state them; ""
 * where a file states none. Where the frames of the file or of the images are not known, it is
 * taken as it stands, moving to fixed, and *checked is false.
 * Errors: OT_ERR_GEOMETRY (the file links other frames, or both are the same frame already;
 *   several frames and it is not known which). */
OT_MUST_CHECK enum ot_rc ot_transform_between(const struct ot_transform_file *file,
                                              const char *from, const char *to,
                                              struct ot_rigid *motion, bool *checked,
                                              struct ot_err *err);

/* Appends an ITK text file with one AffineTransform about the origin, 17 digits, and the digests
 * of both frames; none where one is "". Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_transform_itk_encode(const struct ot_rigid *moving_to_fixed,
                                                 const char *fixed_sha256,
                                                 const char *moving_sha256, struct ot_buffer *out,
                                                 struct ot_err *err);

/* The parts, one for each kind of file. */
OT_MUST_CHECK enum ot_rc ot_transform_itk_parse(const char *text, struct ot_transform_file *file,
                                                struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_transform_dicom_read(const char *path, struct ot_transform_file *file,
                                                 struct ot_err *err);
/* Digest of a frame's UID; "" of "". Errors: OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_transform_frame_digest(const char *frame, char *hex,
                                                   struct ot_err *err);

#endif /* OT_IO_TRANSFORM_FILE_H */
