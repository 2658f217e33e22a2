/* io/gzip.h - gzip members in memory: inflated within a known size, written without a clock. */
#ifndef OT_IO_GZIP_H
#define OT_IO_GZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/text.h"

/* No deflate stream expands more than this: a claim beyond it is false before it is tried. */
enum { OT_GZIP_MAX_RATIO = 1032 };

bool ot_gzip_is(const void *bytes, size_t size);

/* The first `want` bytes that the stream holds, or fewer if it ends before.
 * Errors: OT_ERR_FORMAT (damaged), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_gzip_peek(const void *bytes, size_t size, void *out, size_t want,
                                      size_t *got, struct ot_err *err);

/* Inflates everything: one member or several, with every checksum. `out` has room for exactly
 * `want` bytes, or is NULL, and then the bytes are only counted.
 * Errors: OT_ERR_FORMAT  damaged or cut off, bytes after the last member, or another size than
 *                        `want`; inflation stops there, so that a bomb does not go off;
 *         OT_ERR_NOMEM.
 * Messages hold no name; the caller adds it. */
OT_MUST_CHECK enum ot_rc ot_gzip_inflate(const void *bytes, size_t size, void *out, size_t want,
                                         struct ot_err *err);

/* Appends one gzip member that holds the bytes. Blocks of a fixed size are deflated on their
 * own, so that the result has the same bits for any number of OpenMP threads; no name and no
 * time go into its header. Errors: OT_ERR_NOMEM, OT_ERR_EXTERNAL (zlib). */
OT_MUST_CHECK enum ot_rc ot_gzip_deflate(const void *bytes, size_t size, struct ot_buffer *out,
                                         struct ot_err *err);

#endif /* OT_IO_GZIP_H */
