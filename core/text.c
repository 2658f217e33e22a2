/* core/text.c - growing buffers, strict numbers, nearest words. */
#include "core/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "core/mem.h"

static bool reserve(struct ot_buffer *buffer, size_t more)
{
    if (buffer->failed) {
        return false;
    }
    const size_t needed = buffer->size + more + 1;
    if (needed <= buffer->capacity) {
        return true;
    }
    size_t capacity = buffer->capacity != 0 ? buffer->capacity : 256;
    while (capacity < needed) {
        capacity *= 2;
    }
    if (buffer->capacity == 0 && needed > 256) {
        capacity = needed; /* a first large piece is often the only one */
    }
    char *data = OT_NEW(char, capacity, NULL);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    if (buffer->size != 0) {
        memcpy(data, buffer->data, buffer->size);
    }
    ot_free(buffer->data);
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

char *ot_buffer_extend(struct ot_buffer *buffer, size_t more)
{
    if (!reserve(buffer, more)) {
        return NULL;
    }
    char *first = buffer->data + buffer->size;
    buffer->size += more;
    buffer->data[buffer->size] = '\0';
    return first;
}

void ot_buffer_append(struct ot_buffer *buffer, const void *bytes, size_t size)
{
    if (!reserve(buffer, size)) {
        return;
    }
    if (size != 0) {
        memcpy(buffer->data + buffer->size, bytes, size);
    }
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void ot_buffer_text(struct ot_buffer *buffer, const char *text)
{
    ot_buffer_append(buffer, text, strlen(text));
}

void ot_buffer_printf(struct ot_buffer *buffer, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const int length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (length < 0 || !reserve(buffer, (size_t)length)) {
        buffer->failed = true;
        return;
    }
    va_start(args, fmt);
    (void)vsnprintf(buffer->data + buffer->size, (size_t)length + 1, fmt, args);
    va_end(args);
    buffer->size += (size_t)length;
}

static const char *html_entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void ot_buffer_html(struct ot_buffer *buffer, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *entity = html_entity(*text);
        if (entity != NULL) {
            ot_buffer_text(buffer, entity);
        } else {
            ot_buffer_append(buffer, text, 1);
        }
    }
}

void ot_buffer_csv(struct ot_buffer *buffer, const char *text)
{
    if (strpbrk(text, "\",\r\n") == NULL) {
        ot_buffer_text(buffer, text);
        return;
    }
    ot_buffer_append(buffer, "\"", 1);
    for (; *text != '\0'; text++) {
        ot_buffer_append(buffer, text, 1);
        if (*text == '"') {
            ot_buffer_append(buffer, "\"", 1);
        }
    }
    ot_buffer_append(buffer, "\"", 1);
}

enum ot_rc ot_buffer_check(const struct ot_buffer *buffer, struct ot_err *err)
{
    return buffer->failed
               ? ot_fail(err, OT_ERR_NOMEM, "no memory for a text of over %zu bytes", buffer->size)
               : OT_OK;
}

void ot_buffer_release(struct ot_buffer *buffer)
{
    if (buffer != NULL) {
        ot_free(buffer->data);
        *buffer = (struct ot_buffer){0};
    }
}

static const char *skip_digits(const char *at, size_t *digits)
{
    while (*at >= '0' && *at <= '9') {
        at++;
        (*digits)++;
    }
    return at;
}

bool ot_text_to_double(const char *text, double *value)
{
    size_t mantissa = 0;
    const char *at = text + (*text == '+' || *text == '-');
    at = skip_digits(at, &mantissa);
    if (*at == '.') {
        at = skip_digits(at + 1, &mantissa);
    }
    if (mantissa == 0) {
        return false;
    }
    if (*at == 'e' || *at == 'E') {
        size_t exponent = 0;
        at++;
        at += *at == '+' || *at == '-';
        at = skip_digits(at, &exponent);
        if (exponent == 0) {
            return false;
        }
    }
    if (*at != '\0') {
        return false;
    }
    const double parsed = ot_decimal_value(text);
    if (!isfinite(parsed)) {
        return false;
    }
    *value = parsed;
    return true;
}

bool ot_text_to_long(const char *text, long *value)
{
    size_t digits = 0;
    const char *at = skip_digits(text + (*text == '+' || *text == '-'), &digits);
    if (digits == 0 || *at != '\0') {
        return false;
    }
    errno = 0;
    const long parsed = strtol(text, NULL, 10);
    if (errno != 0) {
        return false;
    }
    *value = parsed;
    return true;
}

bool ot_text_copy(char *to, size_t size, const char *from)
{
    const size_t length = strlen(from);
    const size_t fits = length < size ? length : size - 1;
    memcpy(to, from, fits);
    to[fits] = '\0';
    return fits == length;
}

/* Bytes of the letter at `text`, 0 where there is none in UTF-8. */
static size_t letter_bytes(const char *text)
{
    const unsigned char first = (unsigned char)text[0];
    const size_t bytes = first < 0x80U                      ? 1
                         : first >= 0xC2U && first < 0xE0U  ? 2
                         : (first & 0xF0U) == 0xE0U         ? 3
                         : first >= 0xF0U && first <= 0xF4U ? 4
                                                            : 0;
    for (size_t n = 1; n < bytes; n++) {
        if (((unsigned char)text[n] & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    return bytes;
}

size_t ot_text_fit(char *to, size_t size, const char *from, size_t columns)
{
    static const char dots[] = "...";
    const size_t dot_columns = sizeof dots - 1;
    size_t used = 0;
    size_t bytes = 0;
    size_t cut = 0; /* bytes and columns that leave room for the dots */
    size_t cut_columns = 0;
    while (from[bytes] != '\0') {
        const size_t letter = letter_bytes(from + bytes);
        const size_t more = letter > 0 ? letter : 1;
        if (used + dot_columns <= columns && bytes + dot_columns < size) {
            cut = bytes;
            cut_columns = used;
        }
        if (used == columns || bytes + more >= size) {
            memcpy(to, from, cut);
            (void)ot_text_copy(to + cut, size - cut, dots);
            return cut_columns + dot_columns;
        }
        bytes += more;
        used++;
    }
    memcpy(to, from, bytes + 1);
    return used;
}

void ot_text_make_printable(char *text)
{
    for (char *at = text; *at != '\0';) {
        const size_t letter = letter_bytes(at);
        if (letter == 0 || (unsigned char)*at < 0x20U || *at == 0x7F) {
            *at = '?';
        }
        at += letter > 1 ? letter : 1;
    }
}

const char *ot_text_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

bool ot_text_ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text);
    const size_t tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

enum { WORD_MAX = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance, case-blind; words longer than WORD_MAX are far from all. */
static size_t edits(const char *a, const char *b)
{
    const size_t m = strlen(a);
    const size_t n = strlen(b);
    if (m > WORD_MAX || n > WORD_MAX) {
        return SIZE_MAX;
    }
    size_t rows[3][WORD_MAX + 1];
    for (size_t t = 0; t <= n; t++) {
        rows[0][t] = t;
    }
    for (size_t s = 1; s <= m; s++) {
        size_t *now = rows[s % 3];
        const size_t *last = rows[(s + 2) % 3];
        const size_t *before = rows[(s + 1) % 3];
        now[0] = s;
        for (size_t t = 1; t <= n; t++) {
            const int ca = tolower((unsigned char)a[s - 1]);
            const int cb = tolower((unsigned char)b[t - 1]);
            now[t] = least(least(last[t], now[t - 1]) + 1, last[t - 1] + (ca != cb));
            if (s > 1 && t > 1 && ca == tolower((unsigned char)b[t - 2]) &&
                cb == tolower((unsigned char)a[s - 2])) {
                now[t] = least(now[t], before[t - 2] + 1);
            }
        }
    }
    return rows[m % 3][n];
}

const char *ot_text_nearest(const char *word, const char *(*next)(size_t n, const void *context),
                            const void *context)
{
    const char *best = NULL;
    size_t best_edits = strlen(word) / 3 + 2;
    for (size_t n = 0;; n++) {
        const char *candidate = next(n, context);
        if (candidate == NULL) {
            return best;
        }
        const size_t distance = edits(word, candidate);
        if (distance < best_edits) {
            best = candidate;
            best_edits = distance;
        }
    }
}

static bool make_room(struct ot_texts *texts, size_t more)
{
    if (texts->count + more <= texts->capacity) {
        return true;
    }
    const size_t capacity = 2 * texts->capacity + more + 7;
    char **grown = OT_NEW(char *, capacity, NULL);
    if (grown == NULL) {
        return false;
    }
    for (size_t n = 0; n < texts->count; n++) {
        grown[n] = texts->text[n];
    }
    ot_free(texts->text);
    texts->text = grown;
    texts->capacity = capacity;
    return true;
}

const char *ot_texts_add(struct ot_texts *texts, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const int length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *text = length < 0 ? NULL : OT_NEW(char, (size_t)length + 1, NULL);
    if (text == NULL || !make_room(texts, 1)) {
        ot_free(text);
        texts->failed = true;
        return NULL;
    }
    va_start(args, fmt);
    (void)vsnprintf(text, (size_t)length + 1, fmt, args);
    va_end(args);
    texts->text[texts->count++] = text;
    return text;
}

bool ot_texts_adopt(struct ot_texts *to, struct ot_texts *from)
{
    if (!make_room(to, from->count)) {
        return false;
    }
    for (size_t n = 0; n < from->count; n++) {
        to->text[to->count++] = from->text[n];
    }
    from->count = 0;
    ot_texts_release(from);
    return true;
}

void ot_texts_release(struct ot_texts *texts)
{
    if (texts == NULL) {
        return;
    }
    for (size_t n = 0; n < texts->count; n++) {
        ot_free(texts->text[n]);
    }
    ot_free(texts->text);
    *texts = (struct ot_texts){0};
}
