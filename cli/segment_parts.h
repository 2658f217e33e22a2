/* cli/segment_parts.h - what the parts of cli/flow_segment share among themselves. */
#ifndef OT_CLI_SEGMENT_PARTS_H
#define OT_CLI_SEGMENT_PARTS_H

#include <jansson.h>

#include "cli/case.h"
#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "cli/flow_segment.h"
#include "core/image.h"
#include "segment/op_eval.h"
#include "segment/territory.h"

struct ot_segment_step {
    const char *text; /* borrowed */
    struct ot_op op;
    size_t first_note, notes; /* of the scene's */
};

struct ot_segment_work {
    const struct ot_segment_params *params;
    struct ot_case given; /* its texts are borrowed from params */
    struct ot_dosimetry d;
    struct ot_known_identity known;
    struct ot_image *image[OT_OP_IMAGES];
    const char *grid_of; /* "spect", "pet", "ct" */
    struct ot_segment_step *step;
    size_t step_count;
    struct ot_op_scene scene;
    size_t given_count; /* of d.vois; then come the made ones, then the derived ones */
    size_t made_count;
    struct ot_territories territories;
    double start_utc_s;
};

/* segment.json. */
OT_MUST_CHECK enum ot_rc ot_segment_make_result(const struct ot_segment_work *w, json_t **out,
                                                struct ot_err *err);

#endif /* OT_CLI_SEGMENT_PARTS_H */
