/* io/inspect.h - what is in a file or folder, and what each part of it can serve as. */
#ifndef OT_IO_INSPECT_H
#define OT_IO_INSPECT_H

#include <jansson.h>

#include "core/err.h"

/* Describes every series below `path` as a JSON object:
 *
 *   {"series": [{"modality", "usable_as", "reason", "needs", "files", "size", "spacing_mm",
 *                "origin_mm", "orientation", "units", "radionuclide", ...}], "skipped": n}
 *
 * usable_as is "spect", "pet", "ct", "planar", "rtstruct", "seg", "rtdose", "mask", "dose" or
 * null; `reason` says why it is null; `needs` lists what a case must still declare ("units",
 * "times", "radionuclide"); "skipped" counts files that are no image. Nothing in it names the
 * patient: no names, IDs, dates of birth, descriptions, UIDs or paths.
 *
 * out: owned by the caller (json_decref); NULL on failure.
 * Errors: OT_ERR_IO (path), OT_ERR_FORMAT (a single file of no format known here, too many
 * files), OT_ERR_NOMEM, OT_ERR_EXTERNAL. A damaged file in a folder is described, not an error. */
OT_MUST_CHECK enum ot_rc ot_inspect(const char *path, json_t **out, struct ot_err *err);

#endif /* OT_IO_INSPECT_H */
