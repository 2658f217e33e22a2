/* io/load.h - the front door for images and regions: any format, told by its content. */
#ifndef OT_IO_LOAD_H
#define OT_IO_LOAD_H

#include <stddef.h>

#include "core/err.h"
#include "core/image.h"
#include "core/voi.h"

enum ot_format { OT_FORMAT_UNKNOWN = 0, OT_FORMAT_DICOM, OT_FORMAT_NIFTI, OT_FORMAT_NRRD };

/* Tells the format by content, never by a name's ending; gzip data are looked into. A folder
 * is DICOM. Something else is OT_FORMAT_UNKNOWN, which is no error.
 * Errors: OT_ERR_IO, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_format_detect(const char *path, enum ot_format *format,
                                          struct ot_err *err);

/* Reads an image.
 *
 * path  a file or folder; where it holds several volumes, PATH#SELECTOR (io/selector.h).
 * want  OT_USE_SPECT, OT_USE_PET, OT_USE_CT, OT_USE_MR, OT_USE_DOSE or OT_USE_IMAGE. NIfTI and NRRD
 * do not say what they are: with OT_USE_CT their values are taken as HU, with OT_USE_DOSE as Gy,
 *       and facts.use is OT_USE_IMAGE; facts.quantity_stated is true only where a JSON file
 *       beside them states the unit (io/sidecar.h).
 * out   owned by the caller (ot_image_destroy); NULL on failure. Its grid is right-handed and
 *       every value stands at its place. Except in HU, facts.negative_count is counted here, and
 *       a note tells the least value and the index box; whether that is acceptable is decided by
 *       the flow.
 * Errors: OT_ERR_ARG (want); OT_ERR_IO, OT_ERR_FORMAT, OT_ERR_GEOMETRY, OT_ERR_UNIT (a stated
 *         unit cannot be what is wanted), OT_ERR_UNSUPPORTED, OT_ERR_NOMEM, OT_ERR_EXTERNAL;
 *         OT_ERR_RANGE  voxels that are not finite.
 *         The message starts with the file's base name. */
OT_MUST_CHECK enum ot_rc ot_image_load(const char *path, enum ot_use want, struct ot_image **out,
                                       struct ot_err *err);

/* The same, wanted as the first of `count` uses of which a DICOM file or folder holds a series at
 * all; what is no DICOM is wanted as wants[0]. A series that is refused has no stand-in: two CTs in
 * a folder are an error also where there is an MR besides. */
OT_MUST_CHECK enum ot_rc ot_image_load_first(const char *path, const enum ot_use *wants,
                                             size_t count, struct ot_image **out,
                                             struct ot_err *err);

/* Reads regions; the file is read once for all of them. A vois.nii.gz with its vois.json (a result
 * folder) is read by the names that stand there.
 *
 * selectors  count of them: the name of an ROI or segment, else its number, label or label
 *            value; NULL: the only region of the file.
 * out        count regions that the caller releases (ot_region_destroy); all NULL on failure.
 *            Masks are cropped to the voxels that are not 0.
 * Errors: as above, but OT_ERR_RANGE says that a region is empty, and nothing else;
 *         OT_ERR_FORMAT where values are not finite, where a selector names nothing, or NULL is
 *         ambiguous: the message lists what there is. */
OT_MUST_CHECK enum ot_rc ot_regions_load(const char *path, const char *const *selectors,
                                         size_t count, struct ot_region **out, struct ot_err *err);

#endif /* OT_IO_LOAD_H */
