/* io/hu_table.h - the calibration of CT numbers that comes with the program, or a scanner's own. */
#ifndef OT_IO_HU_TABLE_H
#define OT_IO_HU_TABLE_H

#include <stddef.h>

#include "core/err.h"
#include "core/hu_calibration.h"

/* The built-in calibration (data/hu_density.csv; Schneider 2000).
 * out: owned by the caller (ot_hu_calibration_destroy); NULL on failure.
 * Errors: as ot_hu_table_parse(). */
OT_MUST_CHECK enum ot_rc ot_hu_table_load(struct ot_hu_calibration **out, struct ot_err *err);

/* A calibration from CSV text: first line "hu,g_per_cm3", then points with increasing HU; lines
 * that begin with '#' before the first line are comments. `name` stands in messages.
 * Errors: OT_ERR_FORMAT (line), OT_ERR_RANGE (points), OT_ERR_NOMEM, OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_hu_table_parse(const char *text, size_t size, const char *name,
                                           struct ot_hu_calibration **out, struct ot_err *err);

#endif /* OT_IO_HU_TABLE_H */
