/* cli/flow_compare.h - two dose maps from anywhere, compared. Silent. */
#ifndef OT_CLI_FLOW_COMPARE_H
#define OT_CLI_FLOW_COMPARE_H

#include <stdbool.h>

#include <jansson.h>

#include "core/err.h"
#include "core/text.h"

struct ot_compare_params {
    const char *a; /* the reference */
    const char *b; /* the map that is judged */
    struct ot_texts voi;
    double dose_percent;
    double distance_mm;
    double threshold_percent;
    double normalization_gy;               /* NAN: the maximum of A */
    struct ot_texts isodose_gy;            /* none: 25, 50, 75 % of the normalization dose */
    bool patient_override, frame_override; /* waivers; the result tells them */
    int threads;
    const char *out; /* NULL: no folder */
    bool follow;     /* symbolic links inside folders */
    bool units_mm;   /* waiver, as in a case */
    bool overwrite;
    bool json;
};

/* Compares B with A on A's grid. Where the grids differ, B is interpolated linearly between its
 * voxel centers, which the result states; voxels outside B are left out and counted.
 *
 * result  schema opentare.compare/1: inputs, grid, gamma, bland_altman, isodoses, vois (metrics
 *         of both, differences B - A), warnings. Owned by the caller; NULL on failure.
 * With `out`: compare.json and gamma.nii.gz (-1 where not evaluated), all or nothing.
 * Errors: those of the readers; OT_ERR_FORMAT (different patients), OT_ERR_GEOMETRY (different
 *   frames of reference; a VOI partly outside B), OT_ERR_RANGE (no dose, no overlap),
 *   OT_ERR_ARG, OT_ERR_WRITE, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_flow_compare(const struct ot_compare_params *params, json_t **result,
                                         struct ot_err *err);

#endif /* OT_CLI_FLOW_COMPARE_H */
