/* cli/case_dicom.h - dose and VOIs of a finished run, in the formats of other programs. */
#ifndef OT_CLI_CASE_DICOM_H
#define OT_CLI_CASE_DICOM_H

#include <stdbool.h>

#include <jansson.h>

#include "cli/case.h"
#include "cli/dosimetry.h"
#include "core/err.h"
#include "io/store.h"

/* Objects stand under the pseudonym, in the study and frame of reference of the inputs; their own
 * identifiers follow from the case and the start of the run, which `result` tells.
 * Errors: OT_ERR_WRITE, OT_ERR_NOMEM, those of the encoders. */

/* dose.dcm. */
OT_MUST_CHECK enum ot_rc ot_case_put_dose_dicom(const struct ot_dosimetry *d, const json_t *result,
                                                struct ot_store *store, struct ot_err *err);

/* vois.nii.gz and vois.json. */
OT_MUST_CHECK enum ot_rc ot_case_put_vois(const struct ot_voi *vois, size_t count,
                                          struct ot_store *store, struct ot_err *err);

/* Whether --vois-as lists `word`. */
bool ot_case_wants_vois_as(const struct ot_case *c, const char *word);

/* What --vois-as of the case lists besides nifti, of some VOIs of the run: vois.dcm,
 * vois_binary.dcm, vois_rtstruct.dcm, vois.seg.nrrd. */
OT_MUST_CHECK enum ot_rc ot_case_put_vois_as(const struct ot_dosimetry *d, const json_t *result,
                                             const struct ot_voi *vois, size_t count,
                                             struct ot_store *store, struct ot_err *err);

#endif /* OT_CLI_CASE_DICOM_H */
