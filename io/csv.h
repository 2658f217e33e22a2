/* io/csv.h - CSV tables read strictly by RFC 4180. */
#ifndef OT_IO_CSV_H
#define OT_IO_CSV_H

#include <stddef.h>

#include "core/err.h"
#include "core/text.h"

/* A header row and rows of as many texts. */
struct ot_csv {
    struct ot_texts columns;
    struct ot_texts cells; /* row by row */
    size_t row_count;
    size_t *lines; /* owned; the file's line on which each row begins, from 1 */
};

/* Reads a table. Fields are separated by commas, and quoted where they hold commas, quotes or
 * line ends; lines end with LF or CRLF; a UTF-8 byte order mark is skipped. Blanks belong to the
 * fields.
 * out: owned by the caller (ot_csv_destroy); NULL on failure.
 * Errors: OT_ERR_IO; OT_ERR_FORMAT with the line number: no header, an empty or repeated column
 * name, a row with another number of fields, a stray quote, a lone CR, a NUL byte;
 * OT_ERR_NOMEM. The message starts with the file's base name. */
OT_MUST_CHECK enum ot_rc ot_csv_read(const char *path, struct ot_csv **out, struct ot_err *err);

/* The same from text; `name` stands in the message. */
OT_MUST_CHECK enum ot_rc ot_csv_parse(const char *text, size_t size, const char *name,
                                      struct ot_csv **out, struct ot_err *err);

void ot_csv_destroy(struct ot_csv *csv); /* NULL is fine */

/* Number of the column, or SIZE_MAX if there is none of that name. */
size_t ot_csv_column(const struct ot_csv *csv, const char *name);

/* Text of a field. Pre: row < row_count, column < columns.count. Borrowed. */
const char *ot_csv_cell(const struct ot_csv *csv, size_t row, size_t column);

#endif /* OT_IO_CSV_H */
