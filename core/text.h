/* core/text.h - text that is read strictly and text that grows. */
#ifndef OT_CORE_TEXT_H
#define OT_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A growing byte buffer. Zero-initialise; release with ot_buffer_release(). An append that
 * cannot allocate sets `failed` and every later append is ignored, so that a writer may check
 * once at its end with ot_buffer_check(). `data` is NUL-terminated after every append. */
struct ot_buffer {
    char *data; /* owned */
    size_t size;
    size_t capacity;
    bool failed;
};

void ot_buffer_append(struct ot_buffer *buffer, const void *bytes, size_t size);
/* Appends `more` bytes for the caller to fill in, all of them: returns the first of them, which is
 * valid until the next append, or NULL when they cannot be allocated. */
char *ot_buffer_extend(struct ot_buffer *buffer, size_t more);
void ot_buffer_text(struct ot_buffer *buffer, const char *text);
void ot_buffer_printf(struct ot_buffer *buffer, const char *fmt, ...) OT_PRINTF(2, 3);
/* Text with & < > " ' replaced by entities, for element content and quoted attributes. */
void ot_buffer_html(struct ot_buffer *buffer, const char *text);
/* One CSV field by RFC 4180, quoted when needed. Without separator. */
void ot_buffer_csv(struct ot_buffer *buffer, const char *text);
/* Errors: OT_ERR_NOMEM if any append failed. */
OT_MUST_CHECK enum ot_rc ot_buffer_check(const struct ot_buffer *buffer, struct ot_err *err);
void ot_buffer_release(struct ot_buffer *buffer); /* leaves an empty buffer; NULL is fine */

/* A whole text as one finite decimal number: optional sign, digits with at most one point,
 * optional exponent; no blanks, no hexadecimal, no nan or inf, locale-independent. */
bool ot_text_to_double(const char *text, double *value);
/* A whole text as one decimal integer that fits a long. */
bool ot_text_to_long(const char *text, long *value);

/* Copies at most size-1 bytes and always terminates; true when all of it fitted. */
bool ot_text_copy(char *to, size_t size, const char *from);

/* As much of `from` as fits `columns` columns (and size), the last three "..." where something is
 * cut off. A letter is one column whatever its bytes, and never cut. Returns the columns used. */
size_t ot_text_fit(char *to, size_t size, const char *from, size_t columns);

/* Control characters, and bytes that are no UTF-8 (a letter that a limit has cut), become '?'. */
void ot_text_make_printable(char *text);

/* The part after the last '/', or the whole text. Points into `path`. */
const char *ot_text_base_name(const char *path);

bool ot_text_ends_with(const char *text, const char *end);

/* The candidate nearest to `word` by edits (insert, delete, replace, swap of neighbours), or
 * NULL when none is within a third of its length + 1. `next` walks the candidates: it returns
 * the n-th, or NULL after the last. */
const char *ot_text_nearest(const char *word, const char *(*next)(size_t n, const void *context),
                            const void *context);

/* A growing list of owned texts: warnings, repeated options. Zero-initialise; release. */
struct ot_texts {
    char **text; /* owned, each owned */
    size_t count;
    size_t capacity;
    bool failed; /* an addition could not allocate */
};

/* Adds a formatted text and returns it (owned by the list), or NULL and sets `failed`. */
const char *ot_texts_add(struct ot_texts *texts, const char *fmt, ...) OT_PRINTF(2, 3);
/* Moves every text of `from` to the end of `to`; `from` is empty then. False, and nothing has
 * changed, when memory is out. */
bool ot_texts_adopt(struct ot_texts *to, struct ot_texts *from);
void ot_texts_release(struct ot_texts *texts);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_TEXT_H */
