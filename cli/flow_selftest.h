/* cli/flow_selftest.h - the installed program against numbers that it has not computed. Silent. */
#ifndef OT_CLI_FLOW_SELFTEST_H
#define OT_CLI_FLOW_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "core/err.h"
#include "core/text.h"

/* One number or one word held against its truth. */
struct ot_selftest_case {
    const char *group; /* "dose", "models", ... */
    const char *name;
    const char *truth; /* formula or source of `expected` */
    const char *unit;  /* "" for none */
    double expected, obtained;
    double tolerance;                          /* of |obtained - expected|; inclusive */
    bool relative;                             /* tolerance is a part of |expected| */
    const char *expected_word, *obtained_word; /* in place of numbers; NULL: numbers */
    const char *note;                          /* why nothing was obtained; NULL otherwise */
    bool passed;
};

enum { OT_SELFTEST_MAX = 128 };

/* Zero-initialise; release. */
struct ot_selftest {
    struct ot_selftest_case cases[OT_SELFTEST_MAX];
    size_t count;
    size_t failed;
    struct ot_texts pool; /* owns texts made at run time */
    int threads;
    double start_utc_s;
    double seconds;
};

struct ot_selftest_request {
    const char *out; /* folder of the page; NULL: none is written */
    bool full;       /* also the phantom of clinical size */
    bool overwrite;
    int threads;
};

/* Runs every case and, with `out`, writes selftest.json and selftest.html, also when cases fail.
 * The phantom is written below `out`, TMPDIR or /tmp, and removed. A step that cannot be done is a
 * case that fails, with its message as note.
 * Errors: OT_ERR_ARG, OT_ERR_WRITE (as ot_store_begin(); no room for the phantom), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_flow_selftest(const struct ot_selftest_request *request,
                                          struct ot_selftest *t, struct ot_err *err);
void ot_selftest_release(struct ot_selftest *t);

/* New reference; NULL without memory. */
json_t *ot_selftest_json(const struct ot_selftest *t);
/* The page to file: self-contained, with a line for the signature. */
void ot_selftest_html(const struct ot_selftest *t, struct ot_buffer *html);
/* "49.67 +- 0.1 %" in parts, for tables. Texts of at least 24 characters. */
enum { OT_SELFTEST_TEXT = 24 };
void ot_selftest_texts(const struct ot_selftest_case *c, char expected[OT_SELFTEST_TEXT],
                       char obtained[OT_SELFTEST_TEXT], char tolerance[OT_SELFTEST_TEXT]);

#endif /* OT_CLI_FLOW_SELFTEST_H */
