/* io/nifti.h - NIfTI-1 and NIfTI-2 files: read strictly, written to memory.
 *
 * niftilib accepts truncated files and turns NaN into 0, so headers are validated from their raw
 * bytes and voxels are decoded here; niftilib swaps headers and does the quaternion mathematics.
 * Files count in RAS+, OpenTARE in LPS+: the border is in this module.
 */
#ifndef OT_IO_NIFTI_H
#define OT_IO_NIFTI_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/image.h"
#include "core/text.h"
#include "core/voi.h"
#include "core/volume.h"
#include "io/selector.h"

/* True when the (inflated) bytes begin as a NIfTI or Analyze header, in either byte order. */
bool ot_nifti_is(const void *bytes, size_t size);

/* Reads .nii, .nii.gz, or the .hdr of a pair, of any real data type.
 *
 * unit  what the values are; the file cannot say it.
 * out   owned by the caller; NULL on failure. facts: files_sha256, file_count, notes, use.
 * The sform is used where its code is above 0, else the qform; where both are, they must agree
 * to 1e-3 of the image's extent. A left-handed order is turned around along k.
 * Errors: OT_ERR_IO; OT_ERR_FORMAT (a field is impossible, the size is not what the header
 *         promises); OT_ERR_GEOMETRY (neither form, both and different, sheared);
 *         OT_ERR_UNSUPPORTED (complex, color, several volumes and none selected); OT_ERR_RANGE
 * (voxels that are not finite); OT_ERR_NOMEM. The message starts with the file's base name. Source:
 * nifti1.h, nifti2.h of the NIfTI Data Format Working Group. */
OT_MUST_CHECK enum ot_rc ot_nifti_image_read(const char *path, enum ot_unit unit,
                                             struct ot_image **out, struct ot_err *err);

/* part: which of several volumes (OT_SELECT_VOLUME); NULL: the only one. */
OT_MUST_CHECK enum ot_rc ot_nifti_image_read_part(const char *path, const struct ot_selector *part,
                                                  enum ot_unit unit, struct ot_image **out,
                                                  struct ot_err *err);

/* Regions of a mask, fraction or label image (io/raster.h); otherwise like above. */
OT_MUST_CHECK enum ot_rc ot_nifti_regions_read(const char *path, const char *const *selectors,
                                               size_t count, struct ot_region **out,
                                               struct ot_err *err);

/* Appends a NIfTI-1 file of float32 voxels in the grid's own order, sform and qform equal with
 * code 1 (scanner), in mm. `description` is cut to 79 bytes and must not identify a patient.
 * The bits do not depend on threads or time.
 * Errors: OT_ERR_UNSUPPORTED (an axis beyond 32767), OT_ERR_RANGE (a voxel is not finite),
 * OT_ERR_NOMEM, OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_nifti_encode(const struct ot_volume *volume, const char *description,
                                         bool gz, struct ot_buffer *out, struct ot_err *err);

/* Fractions on one grid as one 4-D file of uint8 with slope 1/255 (rounded to the nearest).
 * Errors: as above; OT_ERR_ARG (no volume), OT_ERR_GEOMETRY (different grids), OT_ERR_RANGE (a
 * fraction outside 0..1). */
OT_MUST_CHECK enum ot_rc ot_nifti_encode_stack(const struct ot_volume *const *volumes, size_t count,
                                               const char *description, bool gz,
                                               struct ot_buffer *out, struct ot_err *err);

#endif /* OT_IO_NIFTI_H */
