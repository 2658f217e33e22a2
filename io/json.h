/* io/json.h - JSON files in and texts out, by jansson, strictly. */
#ifndef OT_IO_JSON_H
#define OT_IO_JSON_H

#include <jansson.h>

#include "core/err.h"
#include "core/text.h"

/* Reads one JSON value from a file; duplicate keys and NaN are refused. `out` is owned by the
 * caller (json_decref); NULL on failure.
 * Errors: OT_ERR_IO, OT_ERR_FORMAT with line and column, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_json_read(const char *path, json_t **out, struct ot_err *err);

/* The same from text; `name` stands in the message. */
OT_MUST_CHECK enum ot_rc ot_json_parse(const char *text, size_t size, const char *name,
                                       json_t **out, struct ot_err *err);

/* Appends an indented text with a newline at its end; keys keep their order; numbers have as
 * many digits as a double needs, at most 12. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_json_write(const json_t *value, struct ot_buffer *buffer,
                                       struct ot_err *err);

/* A number, or null when it is not finite: NaN never becomes 0. */
json_t *ot_json_number(double value);

#endif /* OT_IO_JSON_H */
