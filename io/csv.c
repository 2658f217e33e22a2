/* io/csv.c - one pass over the text, field by field. */
#include "io/csv.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "io/file.h"

enum { CSV_LIMIT_BYTES = 256 * 1024 * 1024, COLUMNS_MAX = 4096 };

struct scanner {
    const char *text;
    size_t size;
    size_t at;
    size_t line;
    struct ot_buffer field;
};

enum stop { STOP_COMMA, STOP_LINE, STOP_END };

static enum ot_rc fail_line(const struct scanner *s, const char *what, struct ot_err *err)
{
    return ot_fail(err, OT_ERR_FORMAT, "line %zu: %s", s->line, what);
}

/* Behind a field: comma, line end or the end. */
static enum ot_rc take_stop(struct scanner *s, enum stop *stop, struct ot_err *err)
{
    if (s->at == s->size) {
        *stop = STOP_END;
        return OT_OK;
    }
    const char c = s->text[s->at++];
    if (c == ',') {
        *stop = STOP_COMMA;
        return OT_OK;
    }
    if (c == '\r' && (s->at == s->size || s->text[s->at++] != '\n')) {
        return fail_line(s, "a carriage return without line feed", err);
    }
    if (c != '\r' && c != '\n') {
        return fail_line(s, "text behind a closing quote", err);
    }
    *stop = STOP_LINE;
    return OT_OK;
}

static enum ot_rc take_quoted(struct scanner *s, struct ot_err *err)
{
    const size_t first_line = s->line;
    for (s->at++; s->at < s->size; s->at++) {
        const char c = s->text[s->at];
        if (c == '"' && s->at + 1 < s->size && s->text[s->at + 1] == '"') {
            s->at++;
        } else if (c == '"') {
            s->at++;
            return OT_OK;
        }
        s->line += c == '\n' ? 1 : 0;
        ot_buffer_append(&s->field, &c, 1);
    }
    s->line = first_line;
    return fail_line(s, "a quote is not closed", err);
}

static enum ot_rc take_plain(struct scanner *s, struct ot_err *err)
{
    const size_t first = s->at;
    while (s->at < s->size && strchr(",\r\n", s->text[s->at]) == NULL) {
        if (s->text[s->at] == '"') {
            return fail_line(s, "a quote within a field that does not begin with one", err);
        }
        s->at++;
    }
    ot_buffer_append(&s->field, s->text + first, s->at - first);
    return OT_OK;
}

static enum ot_rc take_field(struct scanner *s, struct ot_texts *fields, enum stop *stop,
                             struct ot_err *err)
{
    s->field.size = 0;
    ot_buffer_append(&s->field, "", 0);
    enum ot_rc rc =
        s->at < s->size && s->text[s->at] == '"' ? take_quoted(s, err) : take_plain(s, err);
    if (rc == OT_OK) {
        rc = ot_buffer_check(&s->field, err);
    }
    if (rc == OT_OK) {
        rc = take_stop(s, stop, err);
    }
    if (rc == OT_OK && ot_texts_add(fields, "%s", s->field.data) == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for a table");
    }
    return rc;
}

static enum ot_rc take_row(struct scanner *s, struct ot_texts *fields, struct ot_err *err)
{
    enum stop stop = STOP_COMMA;
    while (stop == STOP_COMMA) {
        const enum ot_rc rc = take_field(s, fields, &stop, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    return OT_OK;
}

static enum ot_rc take_header(struct scanner *s, struct ot_csv *csv, struct ot_err *err)
{
    if (s->size == s->at) {
        return fail_line(s, "there is no header", err);
    }
    const enum ot_rc rc = take_row(s, &csv->columns, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (csv->columns.count > COLUMNS_MAX) {
        return fail_line(s, "there are too many columns", err);
    }
    for (size_t n = 0; n < csv->columns.count; n++) {
        const char *name = csv->columns.text[n];
        if (name[0] == '\0') {
            return ot_fail(err, OT_ERR_FORMAT, "line 1: column %zu has no name", n + 1);
        }
        if (ot_csv_column(csv, name) != n) {
            return ot_fail(err, OT_ERR_FORMAT, "line 1: two columns are called '%.60s'", name);
        }
    }
    return OT_OK;
}

static enum ot_rc take_rows(struct scanner *s, struct ot_csv *csv, struct ot_err *err)
{
    size_t lines = 1;
    for (size_t n = 0; n < s->size; n++) {
        lines += s->text[n] == '\n' ? 1 : 0;
    }
    csv->lines = OT_NEW(size_t, lines, err);
    if (csv->lines == NULL) {
        return OT_ERR_NOMEM;
    }
    for (s->line++; s->at < s->size; s->line++) {
        const size_t line = s->line;
        const size_t before = csv->cells.count;
        const enum ot_rc rc = take_row(s, &csv->cells, err);
        if (rc != OT_OK) {
            return rc;
        }
        const size_t fields = csv->cells.count - before;
        if (fields != csv->columns.count) {
            return ot_fail(err, OT_ERR_FORMAT, "line %zu: %zu fields, the header has %zu", line,
                           fields, csv->columns.count);
        }
        csv->lines[csv->row_count++] = line;
    }
    return OT_OK;
}

enum ot_rc ot_csv_parse(const char *text, size_t size, const char *name, struct ot_csv **out,
                        struct ot_err *err)
{
    static const char mark[] = "\xEF\xBB\xBF";
    const bool marked = size >= 3 && memcmp(text, mark, 3) == 0;
    struct scanner s = {.text = text, .size = size, .at = marked ? 3 : 0, .line = 1};
    *out = NULL;
    struct ot_csv *csv = OT_NEW(struct ot_csv, 1, err);
    if (csv == NULL) {
        return OT_ERR_NOMEM;
    }
    enum ot_rc rc = OT_OK;
    if (size > 0 && memchr(text, '\0', size) != NULL) {
        rc = ot_fail(err, OT_ERR_FORMAT, "holds a NUL byte and is no text");
    }
    if (rc == OT_OK) {
        rc = take_header(&s, csv, err);
    }
    if (rc == OT_OK) {
        rc = take_rows(&s, csv, err);
    }
    ot_buffer_release(&s.field);
    if (rc != OT_OK) {
        ot_err_context(err, "%s", name);
        ot_csv_destroy(csv);
        return rc;
    }
    *out = csv;
    return OT_OK;
}

enum ot_rc ot_csv_read(const char *path, struct ot_csv **out, struct ot_err *err)
{
    struct ot_buffer text = {0};
    *out = NULL;
    enum ot_rc rc = ot_file_read(path, CSV_LIMIT_BYTES, &text, err);
    if (rc == OT_OK) {
        rc = ot_csv_parse(text.data != NULL ? text.data : "", text.size, ot_text_base_name(path),
                          out, err);
    }
    ot_buffer_release(&text);
    return rc;
}

void ot_csv_destroy(struct ot_csv *csv)
{
    if (csv != NULL) {
        ot_texts_release(&csv->columns);
        ot_texts_release(&csv->cells);
        ot_free(csv->lines);
        ot_free(csv);
    }
}

size_t ot_csv_column(const struct ot_csv *csv, const char *name)
{
    for (size_t n = 0; n < csv->columns.count; n++) {
        if (strcmp(csv->columns.text[n], name) == 0) {
            return n;
        }
    }
    return SIZE_MAX;
}

const char *ot_csv_cell(const struct ot_csv *csv, size_t row, size_t column)
{
    assert(row < csv->row_count && column < csv->columns.count);
    return csv->cells.text[row * csv->columns.count + column];
}
