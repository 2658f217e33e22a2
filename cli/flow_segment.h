/* cli/flow_segment.h - VOIs made from images and other VOIs. Silent. */
#ifndef OT_CLI_FLOW_SEGMENT_H
#define OT_CLI_FLOW_SEGMENT_H

#include <stdbool.h>

#include <jansson.h>

#include "core/err.h"
#include "core/text.h"

struct ot_segment_params {
    const char *case_id;
    const char *spect;
    const char *pet;
    const char *ct;
    struct ot_texts voi;
    struct ot_texts op;      /* none: body and both lungs from the CT */
    struct ot_texts keep;    /* none: all VOIs */
    struct ot_texts vois_as; /* formats besides vois.nii.gz */
    const char *grid;        /* "activity", "ct"; NULL: the activity's where there is one */
    const char *out;
    bool follow;                                            /* symbolic links inside folders */
    bool units_mm, allow_intercept, allow_uncorrected_beds; /* waivers, as in a case */
    bool patient_override, study_override, frame_override;  /* likewise */
    bool overwrite;
    int threads;
    bool json;
};

/* Runs the steps in their order on one grid and writes vois.nii.gz, vois.json and segment.json, all
 * or nothing.
 *
 * result  schema opentare.segment/1: inputs, grid, steps, vois (given, made, derived; each with how
 *         it was made), territories, warnings. Owned by the caller; NULL on failure.
 * Errors: OT_ERR_ARG (a step's text, names, no image), those of the readers, of
 *   segment/op_eval.h and segment/consistency.h; OT_ERR_WRITE, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_flow_segment(const struct ot_segment_params *params, json_t **result,
                                         struct ot_err *err);

#endif /* OT_CLI_FLOW_SEGMENT_H */
