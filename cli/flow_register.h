/* cli/flow_register.h - one study brought onto another: the motion found or read, and what moves
 * along. Silent. */
#ifndef OT_CLI_FLOW_REGISTER_H
#define OT_CLI_FLOW_REGISTER_H

#include <stdbool.h>

#include <jansson.h>

#include "core/err.h"
#include "core/text.h"

struct ot_register_params {
    const char *fixed;  /* the image that stays: its grid and frame of reference */
    const char *moving; /* NULL where a transform is applied */
    const char *apply;  /* a transform; NULL: one is searched */
    bool invert;        /* of a transform that does not state its frames */
    const char *mask;   /* PATH[#SELECTOR] in the fixed image; NULL: everywhere */
    double start_x_mm, start_y_mm, start_z_mm; /* one start more; all 0: none */
    double least_overlap_fraction;
    bool accept_doubtful;
    struct ot_texts image;    /* paths: linear */
    struct ot_texts activity; /* paths: the total is kept */
    struct ot_texts voi;      /* as in a case: fractions are kept */
    double grid_mm;           /* spacing of what is resampled; NAN: the fixed image's grid */
    const char *case_id;
    int threads;
    const char *out;
    bool follow;                                            /* symbolic links inside folders */
    bool units_mm, allow_intercept, allow_uncorrected_beds; /* waivers, as in a case */
    bool patient_override;                                  /* likewise */
    bool overwrite;
    bool json;
};

/* Finds the motion (segment/register.h) or reads it (io/transform_file.h), and resamples.
 *
 * result  schema opentare.register/1: inputs, transform (moving to fixed: matrix, angles, shift at
 *         the center of the fixed image), registration (metric, overlap, starts, inverse, verdict;
 *         null where a transform was applied), resampled, vois, warnings, provenance. Owned by the
 *         caller; NULL on failure.
 * `out` holds transform.tfm; transform.dcm where both frames of reference are stated;
 * moving.nii.gz, image_N.nii.gz, activity_N.nii.gz, vois.nii.gz with vois.json; result.json.
 * Errors: those of the readers; OT_ERR_RANGE (the registration cannot be believed; an activity is
 *   not kept), OT_ERR_FORMAT (different patients), OT_ERR_GEOMETRY (other frames; what is moved
 *   leaves the grid), OT_ERR_ARG, OT_ERR_WRITE,
 *   OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_flow_register(const struct ot_register_params *params, json_t **result,
                                          struct ot_err *err);

#endif /* OT_CLI_FLOW_REGISTER_H */
