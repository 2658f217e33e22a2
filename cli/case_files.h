/* cli/case_files.h - the files of a result folder, from a finished run. */
#ifndef OT_CLI_CASE_FILES_H
#define OT_CLI_CASE_FILES_H

#include <stdbool.h>

#include <jansson.h>

#include "cli/case.h"
#include "cli/dosimetry.h"
#include "cli/result.h"
#include "core/err.h"
#include "io/store.h"

/* Whether --keep lists `what`: "activity", "density" or "kernel". */
bool ot_case_keeps(const struct ot_case *c, const char *what);
/* Errors: OT_ERR_ARG (a word that --keep does not know; a kernel where none is used). */
OT_MUST_CHECK enum ot_rc ot_case_check_keep(const struct ot_case *c, struct ot_err *err);

/* Puts every file of the result folder and commits. Pre: d is combined, its store begun.
 * Errors: OT_ERR_WRITE, OT_ERR_NOMEM, those of the encoders and of the report. */
OT_MUST_CHECK enum ot_rc ot_case_put_files(const struct ot_dosimetry *d,
                                           const struct ot_metrics *metrics, const json_t *result,
                                           struct ot_store *store, struct ot_err *err);

#endif /* OT_CLI_CASE_FILES_H */
