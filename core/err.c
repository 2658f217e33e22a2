/* core/err.c - error values: recording, adding context, naming. */
#include "core/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const rc_names[] = {
    [OT_OK] = "ok",
    [OT_ERR_ARG] = "argument",
    [OT_ERR_NOMEM] = "memory",
    [OT_ERR_IO] = "io",
    [OT_ERR_WRITE] = "write",
    [OT_ERR_FORMAT] = "format",
    [OT_ERR_GEOMETRY] = "geometry",
    [OT_ERR_UNIT] = "unit",
    [OT_ERR_RANGE] = "range",
    [OT_ERR_UNSUPPORTED] = "unsupported",
    [OT_ERR_EXTERNAL] = "external",
};

void ot_fail_at(struct ot_err *err, enum ot_rc code, const char *file, int line, const char *fmt,
                ...)
{
    assert(code != OT_OK);
    if (err == NULL) {
        return;
    }
    assert(err->code == OT_OK && "an error was already pending: check every return value");

    err->code = code;
    err->file = file;
    err->line = line;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
}

void ot_err_context(struct ot_err *err, const char *fmt, ...)
{
    if (err == NULL || err->code == OT_OK) {
        return;
    }
    char joined[sizeof err->text];
    va_list args;
    va_start(args, fmt);
    const int used = vsnprintf(joined, sizeof joined, fmt, args);
    va_end(args);
    if (used < 0 || (size_t)used >= sizeof joined) {
        return; /* keep the root cause rather than a truncated context */
    }
    const size_t room = sizeof joined - (size_t)used;
    (void)snprintf(joined + used, room, ": %.*s", (int)room, err->text);
    memcpy(err->text, joined, sizeof joined);
}

const char *ot_rc_name(enum ot_rc code)
{
    const size_t index = (size_t)code;
    return index < sizeof rc_names / sizeof rc_names[0] ? rc_names[index] : "unknown";
}
