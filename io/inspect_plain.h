/* io/inspect_plain.h - parts of `inspect`: files that are not DICOM, and shared entries. */
#ifndef OT_IO_INSPECT_PLAIN_H
#define OT_IO_INSPECT_PLAIN_H

#include <jansson.h>
#include <stdbool.h>

#include "core/err.h"
#include "core/grid.h"
#include "core/image.h"
#include "core/volume.h"

/* Adds an entry for a NIfTI or NRRD file to `list`; *known is false for other files.
 * Errors: OT_ERR_IO, OT_ERR_NOMEM. A damaged image is described, not an error. */
OT_MUST_CHECK enum ot_rc ot_inspect_plain(const char *path, json_t *list, bool *known,
                                          struct ot_err *err);

/* "size", "spacing_mm", "origin_mm", "orientation" (unit axes i, j, k in LPS). */
void ot_inspect_set_grid(json_t *entry, const struct ot_grid *grid);
/* "units", "radionuclide", times, "needs", "notes". */
void ot_inspect_set_facts(json_t *entry, const struct ot_image_facts *facts, enum ot_unit unit);
/* "usable_as": null with the reason. */
void ot_inspect_unusable(json_t *entry, const char *reason);

#endif /* OT_IO_INSPECT_PLAIN_H */
