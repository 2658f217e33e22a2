/* cli/flow_shunt.h - lung shunt fraction from planar views or SPECT/CT. Silent. */
#ifndef OT_CLI_FLOW_SHUNT_H
#define OT_CLI_FLOW_SHUNT_H

#include <stdbool.h>

#include <jansson.h>

#include "core/err.h"
#include "core/text.h"

struct ot_shunt_params {
    const char *case_id;

    const char *planar;               /* DICOM NM, or: */
    const char *anterior, *posterior; /* one view each, NIfTI or NRRD */
    const char *views;                /* "anterior,posterior" of detectors 1, 2, ... */
    const char *posterior_view;       /* "mirrored" or "same" */
    struct ot_texts roi;              /* "ROLE=X,Y,W,H", "ROLE=ellipse:X,Y,W,H" */
    struct ot_texts roi_mask;         /* "ROLE=PATH[#LABEL]" */
    const char *scatter;              /* "none", "dual", "triple" */
    bool no_background;

    const char *spect, *ct;
    struct ot_texts voi;
    bool allow_negative, allow_saturated;
    double dome_rim_mm;
    double lung_edge_mm;
    double lung_volume_ml; /* NAN: that of the lungs VOI */

    double lung_mass_kg;          /* NAN: by its source */
    const char *lung_mass_source; /* "paired", "fixed", "ct" */
    double activity_gbq;          /* NAN: not given */
    double residual_fraction;
    double dose_constant_gy_kg_per_gbq;
    double prior_lung_gy;
    double lung_limit_gy, lung_limit_cumulative_gy;
    int threads;
    const char *out;                                        /* NULL: no folder */
    bool follow;                                            /* symbolic links inside folders */
    bool units_mm, allow_intercept, allow_uncorrected_beds; /* waivers, as in a case */
    bool patient_override, study_override, frame_override;  /* likewise */
    bool overwrite;
    bool json;
};

/* result  schema opentare.shunt/1: method, lung_shunt_fraction, its uncertainty, the counts it
 *   comes from, lungs (mass, dose, limits), checks, warnings, inputs, provenance. Owned by the
 *   caller; NULL on failure.
 * With `out`: shunt.json, whole or not at all.
 * Errors: those of the readers; OT_ERR_ARG (planar and SPECT at once, or neither; a region that
 *   is missing or not understood; a lung mass that does not go with the method),
 *   OT_ERR_GEOMETRY (regions beyond the view, or that overlap), OT_ERR_RANGE (no counts),
 *   OT_ERR_WRITE, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_flow_shunt(const struct ot_shunt_params *params, json_t **result,
                                       struct ot_err *err);

#endif /* OT_CLI_FLOW_SHUNT_H */
