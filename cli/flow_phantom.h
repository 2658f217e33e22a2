/* cli/flow_phantom.h - writes a synthetic patient with its known truth. Prints nothing. */
#ifndef OT_CLI_FLOW_PHANTOM_H
#define OT_CLI_FLOW_PHANTOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct ot_phantom_request {
    const char *out_dir;
    const char *preset; /* "small", "clinical" */
    uint64_t seed;
    bool noise;
    double blur_mm; /* breathing, FWHM along z; 0: none */
    bool overwrite;
    int threads;
};

/* What the summary on the screen shows. */
struct ot_phantom_summary {
    char case_id[64];
    double activity_gbq, lung_shunt_fraction, liver_ml, tumor_ml, tumor_gy, normal_perfused_gy;
    double worst_relative_sigma; /* of all sampled mean doses above 1 Gy */
    size_t files;
};

/* Everything lies below out_dir: dicom/spect, dicom/ct, dicom/pet, dicom/rtstruct.dcm, nifti/,
 * case-plan.json, case-verify.json, truth.json (interface.md, "Output for programs"). All files
 * get their names at the end, truth.json last. The bytes depend on preset, seed, noise and
 * blur only.
 * Errors: OT_ERR_ARG (preset; a folder that is not empty without `overwrite`), OT_ERR_WRITE,
 * OT_ERR_NOMEM, OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_flow_phantom(const struct ot_phantom_request *request,
                                         struct ot_phantom_summary *summary, struct ot_err *err);

#endif /* OT_CLI_FLOW_PHANTOM_H */
