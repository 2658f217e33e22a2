/* segment/op_number.h - numbers and units of the language of `tare segment`. Internal to
 * segment/op_*.c. */
#ifndef OT_SEGMENT_OP_NUMBER_H
#define OT_SEGMENT_OP_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "segment/op.h"

/* A digit or a point, after a sign or without. */
bool ot_op_is_number_start(const char *at);

/* Sign, digits, point, exponent. Returns how many characters it has; 0: no finite number. */
size_t ot_op_scan_number(const char *at, double *value);

/* The word of letters, '%' and '/' that stands here. Returns how many characters it has; 0: none.
 * unit: OT_OP_PLAIN where the word is no unit. factor: from the word's unit to `unit`. */
size_t ot_op_scan_unit(const char *at, enum ot_op_unit *unit, double *factor);

#endif /* OT_SEGMENT_OP_NUMBER_H */
