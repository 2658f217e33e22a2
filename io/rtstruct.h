/* io/rtstruct.h - contours of RT Structure Sets (PS3.3 C.8.8.5, C.8.8.6). */
#ifndef OT_IO_RTSTRUCT_H
#define OT_IO_RTSTRUCT_H

#include <stddef.h>

#include "core/err.h"
#include "core/voi.h"
#include "io/dicom_series.h"

/* The ROIs that the selectors name; their closed planar contours as they stand in the file.
 * Holes are contours inside contours, or keyholes: what is inside is for the rasterizer to say.
 * Contours of fewer than 3 points enclose nothing and are left out.
 * out: count regions, all or none. Errors: see ot_dicom_regions_load(). */
OT_MUST_CHECK enum ot_rc ot_rtstruct_regions(const struct ot_dicom_file *file,
                                             const char *const *selectors, size_t count,
                                             struct ot_region **out, struct ot_err *err);

#endif /* OT_IO_RTSTRUCT_H */
