/* cli/motion.h - inputs of another frame of reference, moved into that of the dose.
 *
 * Each motion names what it moves: "ct", "vois" (all of them), or one VOI by its name, which goes
 * before "vois". An input is moved by moving its grid or its contours; it is resampled once, as it
 * would be without.
 */
#ifndef OT_CLI_MOTION_H
#define OT_CLI_MOTION_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "core/err.h"
#include "core/text.h"
#include "core/voi.h"
#include "io/transform_file.h"

struct ot_motion {
    char what[OT_VOI_NAME_SIZE];
    struct ot_transform_file file;
    bool used;
};

struct ot_motions {
    struct ot_motion *list; /* owned */
    size_t count;
    json_t *told; /* owned; array: {what, sha256, format, frames_checked, shift_mm, angle_deg} of
                     each motion that was made; NULL without */
};

void ot_motions_release(struct ot_motions *motions);

/* Reads "WHAT=FILE" each. Errors: OT_ERR_ARG (no such form, WHAT twice), those of
 * ot_transform_load(). */
OT_MUST_CHECK enum ot_rc ot_motions_read(const struct ot_texts *given, struct ot_motions *motions,
                                         struct ot_err *err);
/* Adds one that is at hand. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_motions_add(struct ot_motions *motions, const char *what,
                                        const struct ot_transform_file *file, struct ot_err *err);

/* The motion for an input: by its own name, else by its kind ("ct", "vois"); NULL: it stays. */
struct ot_motion *ot_motions_find(const struct ot_motions *motions, const char *name,
                                  const char *kind);

/* Errors: OT_ERR_ARG naming a motion that moved nothing. */
OT_MUST_CHECK enum ot_rc ot_motions_all_used(const struct ot_motions *motions, struct ot_err *err);

#endif /* OT_CLI_MOTION_H */
