/* io/json.c - jansson with our strictness. */
#include "io/json.h"

#include <math.h>

#include "io/file.h"

enum { JSON_LIMIT_BYTES = 64 * 1024 * 1024, DIGITS = 12 };

enum ot_rc ot_json_parse(const char *text, size_t size, const char *name, json_t **out,
                         struct ot_err *err)
{
    json_error_t why;
    *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
    if (*out == NULL) {
        return ot_fail(err, OT_ERR_FORMAT, "%s: line %d, column %d: %s", name, why.line, why.column,
                       why.text);
    }
    return OT_OK;
}

enum ot_rc ot_json_read(const char *path, json_t **out, struct ot_err *err)
{
    struct ot_buffer buffer = {0};
    *out = NULL;
    enum ot_rc rc = ot_file_read(path, JSON_LIMIT_BYTES, &buffer, err);
    if (rc == OT_OK) {
        rc = ot_json_parse(buffer.data != NULL ? buffer.data : "", buffer.size,
                           ot_text_base_name(path), out, err);
    }
    ot_buffer_release(&buffer);
    return rc;
}

static int append(const char *bytes, size_t size, void *buffer)
{
    ot_buffer_append((struct ot_buffer *)buffer, bytes, size);
    return 0;
}

enum ot_rc ot_json_write(const json_t *value, struct ot_buffer *buffer, struct ot_err *err)
{
    if (json_dump_callback(value, append, buffer,
                           JSON_INDENT(1) | JSON_REAL_PRECISION(DIGITS) | JSON_ENCODE_ANY) != 0) {
        return ot_fail(err, OT_ERR_NOMEM, "JSON cannot be written to memory");
    }
    ot_buffer_text(buffer, "\n");
    return ot_buffer_check(buffer, err);
}

json_t *ot_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}
