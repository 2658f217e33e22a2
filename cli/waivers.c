/* cli/waivers.c - the flags of waivers, from where they are used to where they are shown. */
#include "cli/waivers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/dosimetry.h"

void ot_waivers_note(struct ot_dosimetry *d, const char *flag)
{
    for (size_t n = 0; n < d->waived_by.count; n++) {
        if (strcmp(d->waived_by.text[n], flag) == 0) {
            return;
        }
    }
    (void)ot_texts_add(&d->waived_by, "%s", flag);
}

void ot_waivers_tell(struct ot_dosimetry *d, const char *flag, const char *fmt, ...)
{
    struct ot_buffer text = {0};
    va_list args;
    va_start(args, fmt);
    const int length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *at = length < 0 ? NULL : ot_buffer_extend(&text, (size_t)length);
    if (at != NULL) {
        va_start(args, fmt);
        (void)vsnprintf(at, (size_t)length + 1, fmt, args);
        va_end(args);
        (void)ot_texts_add(&d->warnings, "%s", at);
    } else {
        d->warnings.failed = true;
    }
    ot_buffer_release(&text);
    ot_waivers_note(d, flag);
}

size_t ot_waivers_text(const json_t *result, char *text, size_t size)
{
    size_t count = 0;
    size_t used = 0;
    size_t n;
    const json_t *entry;
    text[0] = '\0';
    json_array_foreach(json_object_get(result, "waived_by"), n, entry)
    {
        const char *flag = json_string_value(entry);
        if (flag == NULL) {
            continue;
        }
        const int more = snprintf(text + used, size - used, "%s%s", count > 0 ? " " : "", flag);
        used = more > 0 && used + (size_t)more < size ? used + (size_t)more : size - 1;
        count++;
    }
    return count;
}
