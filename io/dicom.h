/* io/dicom.h - images and regions from DICOM files and folders. */
#ifndef OT_IO_DICOM_H
#define OT_IO_DICOM_H

#include <stddef.h>

#include "core/err.h"
#include "core/image.h"
#include "core/voi.h"
#include "io/selector.h"

/* Reads the one usable series of a kind from a file or a folder.
 *
 * path  a file, or a folder that may hold other things besides, which are left aside.
 * part  which series of the folder, or volume of the file; NULL: the only one.
 * uses  count >= 1 of them, best first: OT_USE_SPECT (multi-frame NM reconstruction), OT_USE_PET,
 *       OT_USE_CT and OT_USE_MR (single slices, or one enhanced object), OT_USE_RTDOSE. Wanted is
 *       the first one of which there is a series at all, whether or not that can be read: nothing
 *       stands in for a series that is refused.
 * out   owned by the caller (ot_image_destroy); NULL on failure. The grid is right-handed, in
 *       patient coordinates, and every value stands at its place. Units: HU; Bq/ml where the
 *       header states it, else OT_UNIT_NONE (counts, MR); Gy.
 * Errors: OT_ERR_ARG (uses); OT_ERR_IO; OT_ERR_FORMAT (damaged, incomplete, no such series, or
 *         several: they are listed by modality, matrix and number of files); OT_ERR_GEOMETRY
 *         (missing, tilted, uneven, incomplete); OT_ERR_UNIT; OT_ERR_RANGE (impossible values);
 *         OT_ERR_UNSUPPORTED; OT_ERR_NOMEM; OT_ERR_EXTERNAL.
 * Threads: any number gives the same bits. */
OT_MUST_CHECK enum ot_rc ot_dicom_image_load_first(const char *path, const struct ot_selector *part,
                                                   const enum ot_use *uses, size_t count,
                                                   struct ot_image **out, struct ot_err *err);

/* The same with one use and without a part. */
OT_MUST_CHECK enum ot_rc ot_dicom_image_load(const char *path, enum ot_use want,
                                             struct ot_image **out, struct ot_err *err);

/* Reads regions of an RTSTRUCT (as contours) or of a BINARY segmentation (as masks, cropped to
 * their voxels); the file is read once.
 *
 * selectors  count of them: the name of an ROI or segment, or else its number as text; NULL: the
 *            only region of the file.
 * out        count regions, owned by the caller (ot_region_destroy); all NULL on failure.
 * Errors: OT_ERR_FORMAT (no such region, or the name is not unique: names are listed; contours
 *         that are no closed polygons); OT_ERR_RANGE (the region is empty); otherwise as above. */
OT_MUST_CHECK enum ot_rc ot_dicom_regions_load(const char *path, const char *const *selectors,
                                               size_t count, struct ot_region **out,
                                               struct ot_err *err);

#endif /* OT_IO_DICOM_H */
