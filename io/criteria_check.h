/* io/criteria_check.h - what a row of the table of criteria must refer to. */
#ifndef OT_IO_CRITERIA_CHECK_H
#define OT_IO_CRITERIA_CHECK_H

#include "core/criterion.h"
#include "core/err.h"

/* Every input exists and can be compared with its literal, every alternative, contradiction and
 * day is known. All of the table but its rows' references has been read.
 * Errors: OT_ERR_FORMAT, with the row's id. */
OT_MUST_CHECK enum ot_rc ot_criteria_check_row(const struct ot_criteria *criteria,
                                               const struct ot_criterion *row, struct ot_err *err);

#endif /* OT_IO_CRITERIA_CHECK_H */
