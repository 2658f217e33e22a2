/* io/nrrd_segments.h - Slicer's segments in a NRRD: their names, layers and labels. */
#ifndef OT_IO_NRRD_SEGMENTS_H
#define OT_IO_NRRD_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/voi.h"
#include "io/raster.h"

/* Gives the text of a key ("Segment0_Name"); false if there is none. */
typedef bool (*ot_nrrd_text_fn)(const void *context, const char *key, char *text, size_t size);

bool ot_nrrd_has_segments(ot_nrrd_text_fn text_of, const void *context);

/* Regions by name, else by a label value that only one segment has; NULL takes the only segment.
 * out: count regions, all NULL on failure.
 * Errors: OT_ERR_FORMAT (nothing or several chosen: the names are listed; a layer that is not
 * there), OT_ERR_RANGE (an empty segment), OT_ERR_NOMEM.
 * Source: 3D Slicer, vtkMRMLSegmentationStorageNode. */
OT_MUST_CHECK enum ot_rc ot_nrrd_segment_regions(const struct ot_raster *raster,
                                                 ot_nrrd_text_fn text_of, const void *context,
                                                 const char *const *selectors, size_t count,
                                                 struct ot_region **out, struct ot_err *err);

#endif /* OT_IO_NRRD_SEGMENTS_H */
