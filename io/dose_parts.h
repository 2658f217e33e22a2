/* io/dose_parts.h - dose_parts.csv: the doses of both parts of voxels that are partly lung, beside
 * a dose map that has their mean by mass.
 *
 * Columns x_mm, y_mm, z_mm (center of the voxel, LPS), lung_gy, soft_gy, rows. Places, not indices:
 * a dose map keeps them in every format. Each row tells how many there are, so that a table that
 * was cut shows it; a table without rows is not written.
 */
#ifndef OT_IO_DOSE_PARTS_H
#define OT_IO_DOSE_PARTS_H

#include <stddef.h>

#include "core/err.h"
#include "core/grid.h"
#include "core/mixed_dose.h"
#include "core/text.h"
#include "core/volume.h"

/* Appends the table to `csv`. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_dose_parts_write(const struct ot_grid *grid,
                                             const struct ot_mixed_dose *parts, size_t count,
                                             struct ot_buffer *csv, struct ot_err *err);

/* Reads the table that belongs to a dose map.
 * parts   owned by the caller (ot_free), in the order of the voxels; NULL on failure.
 * Errors: OT_ERR_IO; OT_ERR_FORMAT (a column or a row is missing, a cell is no number);
 * OT_ERR_GEOMETRY (a place is no center of a voxel, or a voxel is told twice); OT_ERR_RANGE (the
 * map's dose is not between the two: the table belongs to another map); OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_dose_parts_load(const char *path, const struct ot_volume *dose,
                                            struct ot_mixed_dose **parts, size_t *count,
                                            struct ot_err *err);

#endif /* OT_IO_DOSE_PARTS_H */
