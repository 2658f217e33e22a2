/* io/recovery_table.h - a scanner's recovery coefficients: CSV with diameter_mm and recovery. */
#ifndef OT_IO_RECOVERY_TABLE_H
#define OT_IO_RECOVERY_TABLE_H

#include <stddef.h>

#include "core/err.h"

/* One row a sphere; other columns (scanner, date) are not looked at.
 * diameter_mm, recovery  owned by the caller (ot_free); NULL on failure.
 * Errors: OT_ERR_IO, OT_ERR_FORMAT (a column is missing, a cell is no number), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_recovery_table_load(const char *path, double **diameter_mm,
                                                double **recovery, size_t *count,
                                                struct ot_err *err);

#endif /* OT_IO_RECOVERY_TABLE_H */
