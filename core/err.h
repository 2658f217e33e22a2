/* core/err.h - how every fallible function in OpenTARE reports failure.
 *
 * A fallible function returns `enum ot_rc` and takes a `struct ot_err *` as its
 * last parameter. The caller owns the error object, usually on its stack,
 * zero-initialised; it holds no heap memory, so it never needs freeing and can
 * report an out-of-memory. Passing NULL discards the text but not the code.
 */
#ifndef OT_CORE_ERR_H
#define OT_CORE_ERR_H

#ifdef __cplusplus
extern "C" {
#endif

#define OT_MUST_CHECK __attribute__((warn_unused_result))
#define OT_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

enum ot_rc {
    OT_OK = 0,
    OT_ERR_ARG,         /* the caller broke the documented contract */
    OT_ERR_NOMEM,       /* allocation failed, or a size would overflow */
    OT_ERR_IO,          /* an input cannot be opened or read */
    OT_ERR_WRITE,       /* an output cannot be written, synced or renamed */
    OT_ERR_FORMAT,      /* readable, but not what the file claims to be */
    OT_ERR_GEOMETRY,    /* grids, spacings or orientations disagree */
    OT_ERR_UNIT,        /* a quantity carries another unit than required */
    OT_ERR_RANGE,       /* physically impossible, or outside validated range */
    OT_ERR_UNSUPPORTED, /* legal input that this version or machine cannot handle */
    OT_ERR_EXTERNAL,    /* ITK, DCMTK or FFTW failed; its text is quoted */
};

struct ot_err {
    char text[400];   /* one sentence, no newline, no patient identifiers */
    const char *file; /* static storage, never freed */
    int line;
    enum ot_rc code;
};

/* Records a failure; its value is `code`, so that `return ot_fail(...)` is the one
 * way to start a failure, and a compiler sees that the result is not OT_OK.
 * `err` may be NULL; `code` must be a constant other than OT_OK. */
#define ot_fail(err, code, ...) (ot_fail_at((err), (code), __FILE__, __LINE__, __VA_ARGS__), (code))

void ot_fail_at(struct ot_err *err, enum ot_rc code, const char *file, int line, const char *fmt,
                ...) OT_PRINTF(5, 6);

/* Prefixes what the caller was doing: "loading CT: " + existing text. */
void ot_err_context(struct ot_err *err, const char *fmt, ...) OT_PRINTF(2, 3);

/* "geometry", "unit", ...; static storage. Never NULL. */
const char *ot_rc_name(enum ot_rc code);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_ERR_H */
