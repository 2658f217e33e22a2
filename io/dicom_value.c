/* io/dicom_value.c - strict parsing of DICOM's decimal strings, texts and times. */
#include "io/dicom_value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "io/dicom_tags.h"

enum { NAME_SIZE = 64, TEXT_SIZE = 1024, SHOWN_SIZE = 48, UID_LENGTH = 64 };

static void name_of(uint32_t tag, char *text)
{
    char name[NAME_SIZE];
    otx_tag_name(tag, name, sizeof name);
    (void)snprintf(text, NAME_SIZE + 16, "%s (%04x,%04x)", name, (unsigned)(tag >> 16U),
                   (unsigned)(tag & 0xffffU));
}

enum ot_rc ot_dicom_missing(uint32_t tag, struct ot_err *err)
{
    char name[NAME_SIZE + 16];
    name_of(tag, name);
    return ot_fail(err, OT_ERR_FORMAT, "%s is missing", name);
}

/* Cuts blanks off both ends, in place. */
static void trim(char *text)
{
    size_t first = strspn(text, " ");
    size_t end = strlen(text);
    while (end > first && text[end - 1] == ' ') {
        end--;
    }
    memmove(text, text + first, end - first);
    text[end - first] = '\0';
}

bool ot_dicom_text(const struct otx_item *item, uint32_t tag, char *text, size_t size)
{
    size_t length = 0;
    if (!otx_item_text(item, tag, text, size, &length) || length >= size) {
        text[0] = '\0';
        return false;
    }
    trim(text);
    return text[0] != '\0';
}

bool ot_dicom_text_is(const struct otx_item *item, uint32_t tag, const char *want)
{
    char text[TEXT_SIZE];
    return ot_dicom_text(item, tag, text, sizeof text) && strcmp(text, want) == 0;
}

/* The next value of a text separated by '\', without blanks, as a piece of `rest` that is
 * changed; NULL after the last. */
static char *next_value(char **rest)
{
    char *value = *rest;
    if (value == NULL) {
        return NULL;
    }
    char *end = strchr(value, '\\');
    if (end != NULL) {
        *end = '\0';
        *rest = end + 1;
    } else {
        *rest = NULL;
    }
    trim(value);
    return value;
}

bool ot_dicom_text_has(const struct otx_item *item, uint32_t tag, const char *want)
{
    char text[TEXT_SIZE];
    if (!ot_dicom_text(item, tag, text, sizeof text)) {
        return false;
    }
    char *rest = text;
    for (const char *value = next_value(&rest); value != NULL; value = next_value(&rest)) {
        if (strcmp(value, want) == 0) {
            return true;
        }
    }
    return false;
}

/* Length of the UTF-8 character at `text`, 0 if it is none (RFC 3629: neither overlong forms nor
 * surrogates). */
static size_t utf8_length(const unsigned char *text)
{
    static const struct {
        unsigned char first, last; /* of the first byte */
        unsigned char lo, hi;      /* of the second byte */
        size_t length;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t n = 0; n < sizeof forms / sizeof forms[0]; n++) {
        if (text[0] < forms[n].first || text[0] > forms[n].last) {
            continue;
        }
        bool fits = forms[n].length == 1 || (text[1] >= forms[n].lo && text[1] <= forms[n].hi);
        for (size_t m = 2; fits && m < forms[n].length; m++) {
            fits = (text[m] & 0xc0U) == 0x80U;
        }
        return fits ? forms[n].length : 0;
    }
    return 0;
}

bool ot_dicom_label(const struct otx_item *root, const struct otx_item *item, uint32_t tag,
                    char *text, size_t size)
{
    char raw[TEXT_SIZE];
    size_t used = 0;
    const bool found = ot_dicom_text(item, tag, raw, sizeof raw);
    const bool latin1 = ot_dicom_text_is(root, TAG_CHARACTER_SET, "ISO_IR 100");
    for (const unsigned char *at = (const unsigned char *)raw; *at != '\0';) {
        unsigned char one[5] = {0xef, 0xbf, 0xbd}; /* U+FFFD: not known what it was */
        size_t length = latin1 ? (*at < 0x80 ? 1 : 0) : utf8_length(at);
        size_t eaten = length > 0 ? length : 1;
        if (length > 0 && !(length == 1 && iscntrl(*at))) {
            memcpy(one, at, length);
        } else if (latin1 && *at >= 0xa0) {
            one[0] = (unsigned char)(0xc0U | (*at >> 6U));
            one[1] = (unsigned char)(0x80U | (*at & 0x3fU));
            length = 2;
        } else {
            length = 3;
        }
        if (used + length >= size) {
            break;
        }
        memcpy(text + used, one, length);
        used += length;
        at += eaten;
    }
    text[used] = '\0';
    return found;
}

static enum ot_rc not_numbers(uint32_t tag, const char *text, const char *needed,
                              struct ot_err *err)
{
    char name[NAME_SIZE + 16];
    char shown[SHOWN_SIZE];
    name_of(tag, name);
    size_t n = 0;
    for (; text[n] != '\0' && n + 1 < sizeof shown; n++) {
        shown[n] = (char)(isprint((unsigned char)text[n]) ? text[n] : '?');
    }
    shown[n] = '\0';
    return ot_fail(err, OT_ERR_FORMAT, "%s is '%s', not %s", name, shown, needed);
}

enum ot_rc ot_dicom_uid_of(const struct otx_item *item, uint32_t tag, char *uid, struct ot_err *err)
{
    char text[TEXT_SIZE];
    size_t length = 0;
    uid[0] = '\0';
    if (!otx_item_text(item, tag, text, 0, &length) || length == 0) {
        return OT_OK;
    }
    bool valid = ot_dicom_text(item, tag, text, sizeof text) && strlen(text) <= UID_LENGTH;
    for (const char *at = text; valid && *at != '\0'; at++) {
        valid = isalnum((unsigned char)*at) || *at == '.';
    }
    if (!valid) {
        char name[NAME_SIZE + 16];
        name_of(tag, name);
        return ot_fail(err, OT_ERR_FORMAT,
                       "%s is no identifier: at most %d digits and dots are needed", name,
                       (int)UID_LENGTH);
    }
    (void)ot_text_copy(uid, UID_LENGTH + 1, text);
    return OT_OK;
}

/* The attribute's text in a block of its own, or NULL and 0 where it is absent or empty. */
static enum ot_rc long_text(const struct otx_item *item, uint32_t tag, char **text,
                            struct ot_err *err)
{
    char nothing[1];
    size_t length = 0;
    *text = NULL;
    if (!otx_item_text(item, tag, nothing, 0, &length) || length == 0) {
        return OT_OK;
    }
    char *block = OT_NEW(char, length + 1, err);
    if (block == NULL) {
        return OT_ERR_NOMEM;
    }
    if (!otx_item_text(item, tag, block, length + 1, &length)) {
        ot_free(block);
        return ot_fail(err, OT_ERR_EXTERNAL, "DCMTK changed its answer");
    }
    trim(block);
    if (block[0] == '\0') {
        ot_free(block);
        return OT_OK;
    }
    *text = block;
    return OT_OK;
}

static size_t value_count(const char *text)
{
    size_t count = 1;
    for (; *text != '\0'; text++) {
        count += *text == '\\' ? 1 : 0;
    }
    return count;
}

enum ot_rc ot_dicom_number_list(const struct otx_item *item, uint32_t tag, double **values,
                                size_t *count, struct ot_err *err)
{
    char *text = NULL;
    double *list = NULL;
    *values = NULL;
    *count = 0;
    enum ot_rc rc = long_text(item, tag, &text, err);
    if (rc != OT_OK || text == NULL) {
        return rc;
    }
    const size_t n = value_count(text);
    list = OT_NEW(double, n, err);
    if (list == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    char *rest = text;
    for (size_t v = 0; v < n; v++) {
        const char *value = next_value(&rest);
        if (!ot_text_to_double(value, &list[v])) {
            rc = not_numbers(tag, value, "a number", err);
            goto done;
        }
    }
    *values = list;
    *count = n;
    list = NULL;

done:
    ot_free(list);
    ot_free(text);
    return rc;
}

enum ot_rc ot_dicom_numbers(const struct otx_item *item, uint32_t tag, double *values, size_t count,
                            bool *found, struct ot_err *err)
{
    char text[TEXT_SIZE];
    char all[TEXT_SIZE];
    char needed[32];
    *found = ot_dicom_text(item, tag, text, sizeof text);
    if (!*found) {
        return OT_OK;
    }
    (void)ot_text_copy(all, sizeof all, text);
    (void)snprintf(needed, sizeof needed, count == 1 ? "a number" : "%zu numbers", count);
    if (value_count(text) != count) {
        return not_numbers(tag, all, needed, err);
    }
    char *rest = text;
    for (size_t n = 0; n < count; n++) {
        if (!ot_text_to_double(next_value(&rest), &values[n])) {
            return not_numbers(tag, all, needed, err);
        }
    }
    return OT_OK;
}

enum ot_rc ot_dicom_number(const struct otx_item *item, uint32_t tag, double *value, bool *found,
                           struct ot_err *err)
{
    return ot_dicom_numbers(item, tag, value, 1, found, err);
}

enum ot_rc ot_dicom_need_numbers(const struct otx_item *item, uint32_t tag, double *values,
                                 size_t count, struct ot_err *err)
{
    bool found = false;
    enum ot_rc rc = ot_dicom_numbers(item, tag, values, count, &found, err);
    return rc == OT_OK && !found ? ot_dicom_missing(tag, err) : rc;
}

enum ot_rc ot_dicom_integer(const struct otx_item *item, uint32_t tag, long lo, long hi,
                            long *value, bool *found, struct ot_err *err)
{
    char text[TEXT_SIZE];
    *found = ot_dicom_text(item, tag, text, sizeof text);
    if (!*found) {
        return OT_OK;
    }
    if (!ot_text_to_long(text, value) || *value < lo || *value > hi) {
        char needed[64];
        (void)snprintf(needed, sizeof needed, "a whole number from %ld to %ld", lo, hi);
        return not_numbers(tag, text, needed, err);
    }
    return OT_OK;
}

enum ot_rc ot_dicom_need_integer(const struct otx_item *item, uint32_t tag, long lo, long hi,
                                 long *value, struct ot_err *err)
{
    bool found = false;
    enum ot_rc rc = ot_dicom_integer(item, tag, lo, hi, value, &found, err);
    return rc == OT_OK && !found ? ot_dicom_missing(tag, err) : rc;
}

uint32_t ot_dicom_private(const struct otx_item *item, uint32_t group, const char *creator,
                          uint32_t element)
{
    for (uint32_t block = 0x10; block <= 0xff; block++) {
        if (ot_dicom_text_is(item, group | block, creator)) {
            return group | block << 8U | element;
        }
    }
    return 0;
}

static void apply_zone(const struct otx_item *root, struct ot_time *time)
{
    char offset[16];
    if (time->known && ot_dicom_text(root, TAG_TIMEZONE_OFFSET, offset, sizeof offset) &&
        !ot_time_apply_dicom_offset(offset, time)) {
        *time = (struct ot_time){0}; /* a zone that cannot be understood leaves no instant */
    }
}

struct ot_time ot_dicom_time(const struct otx_item *root, uint32_t date, uint32_t time)
{
    char day[32];
    char hour[32];
    struct ot_time result = {0};
    if (ot_dicom_text(root, date, day, sizeof day) &&
        ot_dicom_text(root, time, hour, sizeof hour) && ot_time_from_dicom(day, hour, &result)) {
        apply_zone(root, &result);
    }
    return result;
}

struct ot_time ot_dicom_date_time(const struct otx_item *root, const struct otx_item *item,
                                  uint32_t tag)
{
    char text[64];
    struct ot_time result = {0};
    if (ot_dicom_text(item, tag, text, sizeof text) && ot_time_from_dicom_dt(text, &result)) {
        apply_zone(root, &result);
    }
    return result;
}
