/* cli/register_parts.h - what the parts of cli/flow_register share among themselves. */
#ifndef OT_CLI_REGISTER_PARTS_H
#define OT_CLI_REGISTER_PARTS_H

#include <jansson.h>

#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "cli/flow_register.h"
#include "core/image.h"
#include "core/transform.h"
#include "io/store.h"
#include "io/transform_file.h"
#include "segment/register.h"

struct ot_register_work {
    const struct ot_register_params *params;
    struct ot_case given;           /* its texts are borrowed from params */
    struct ot_dosimetry d;          /* inputs, warnings, VOIs on the target grid */
    struct ot_known_identity known; /* of the fixed image, then of all */
    struct ot_image *fixed;         /* owned */
    struct ot_image *moving;        /* owned; NULL where a transform is applied */
    struct ot_transform_file file;  /* what was read, or found */
    struct ot_rigid motion;         /* moving to fixed */
    struct ot_register_result found;
    bool searched;
    struct ot_texts doubts;
    struct ot_store *store; /* owned */
    json_t *resampled;      /* owned */
    double start_utc_s;
};

/* moving.nii.gz, image_N, activity_N and the VOIs, put into the store and told in `resampled`. */
OT_MUST_CHECK enum ot_rc ot_register_resample_all(struct ot_register_work *w, struct ot_err *err);

OT_MUST_CHECK enum ot_rc ot_register_make_result(struct ot_register_work *w, json_t **out,
                                                 struct ot_err *err);

/* An image that is compared or moved along: a CT, in a folder without one an MR, else a dose map;
 * or what is no DICOM. */
OT_MUST_CHECK enum ot_rc ot_register_load_image(const char *path, struct ot_image **out,
                                                struct ot_err *err);

/* Notes the input and its remarks. */
OT_MUST_CHECK enum ot_rc ot_register_note(struct ot_register_work *w, const char *role,
                                          const struct ot_image *image, struct ot_err *err);

#endif /* OT_CLI_REGISTER_PARTS_H */
