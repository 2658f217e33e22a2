/* io/nrrd.h - NRRD images and Slicer's .seg.nrrd, read by ITK behind a shim.
 *
 * ITK fills in what a header leaves out (spacing 1, no rotation), so the header's text is
 * validated here first; sizes, spacings and type that ITK reports must then be those. */
#ifndef OT_IO_NRRD_H
#define OT_IO_NRRD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/image.h"
#include "core/voi.h"
#include "core/volume.h"

bool ot_nrrd_is(const void *bytes, size_t size);

/* Reads .nrrd, or .nhdr with its data file beside it; encodings raw, gzip, ascii, hex.
 * out: owned by the caller; NULL on failure. facts: files_sha256, file_count, use.
 * Spaces left-posterior-superior, right-anterior-superior and left-anterior-superior are known;
 * a left-handed order is turned around along k.
 * Errors: OT_ERR_IO; OT_ERR_FORMAT (the header contradicts itself or the data); OT_ERR_GEOMETRY
 *         (no space, directions or origin; sheared); OT_ERR_UNSUPPORTED (several values per
 *         voxel, other spaces, data in several files; a build without ITK); OT_ERR_RANGE (voxels
 *         that are not finite); OT_ERR_NOMEM, OT_ERR_EXTERNAL (ITK's text).
 * The message starts with the file's base name. */
OT_MUST_CHECK enum ot_rc ot_nrrd_image_read(const char *path, enum ot_unit unit,
                                            struct ot_image **out, struct ot_err *err);

/* Regions. In a .seg.nrrd a selector is a name of a segment, else a label value that only one
 * segment has (io/nrrd_segments.h); without segments, as in io/raster.h. */
OT_MUST_CHECK enum ot_rc ot_nrrd_regions_read(const char *path, const char *const *selectors,
                                              size_t count, struct ot_region **out,
                                              struct ot_err *err);

#endif /* OT_IO_NRRD_H */
