/* io/vois_file.h - the VOIs of a result folder: vois.nii.gz and vois.json.
 *
 * vois.nii.gz is one 4-D stack on the dose grid, one volume per VOI: its fraction of each voxel
 * in steps of 1/255 (uint8, slope 1/255). vois.json names them in the same order:
 * [{"name": ..., "role": ..., "index": 0}, ...].
 */
#ifndef OT_IO_VOIS_FILE_H
#define OT_IO_VOIS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/text.h"
#include "core/voi.h"

/* Appends both files to the caller's buffers (`nifti` is gzip-compressed).
 * Errors: OT_ERR_ARG (no VOI), OT_ERR_GEOMETRY (grids differ), OT_ERR_RANGE (a fraction outside
 * 0..1), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_vois_encode(const struct ot_voi *vois, size_t count,
                                        struct ot_buffer *nifti, struct ot_buffer *json,
                                        struct ot_err *err);

/* Reads them again. *vois (each released with ot_voi_release(), the array with ot_free(), or
 * both with ot_vois_destroy()) is NULL and *count 0 on failure.
 * Errors: OT_ERR_IO, OT_ERR_FORMAT (the two files disagree, a role is unknown, an index is
 * missing), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_vois_load(const char *folder, struct ot_voi **vois, size_t *count,
                                      struct ot_err *err);
void ot_vois_destroy(struct ot_voi *vois, size_t count); /* NULL is fine */

/* True for a vois.nii.gz that has its vois.json beside it. */
bool ot_vois_is(const char *path);

/* The VOIs of such a file as regions, by their names (io/load.h). Masks are fractions. */
OT_MUST_CHECK enum ot_rc ot_vois_regions_read(const char *path, const char *const *selectors,
                                              size_t count, struct ot_region **out,
                                              struct ot_err *err);

#endif /* OT_IO_VOIS_FILE_H */
