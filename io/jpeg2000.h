/* io/jpeg2000.h - gray JPEG 2000 codestreams (ISO/IEC 15444-1) to samples, through OpenJPEG. */
#ifndef OT_IO_JPEG2000_H
#define OT_IO_JPEG2000_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

/* What the samples must be: the codestream has to say the same. */
struct ot_jpeg2000_frame {
    size_t columns, rows;
    size_t bits_allocated; /* 8, 16 or 32: of a sample in `out` */
    size_t bits_stored;    /* values fit into these */
    bool is_signed;
};

/* Decodes one codestream; lossless ones give the bits that were compressed.
 *
 * bytes  a bare codestream, whole: it ends with its end marker (zeros may follow).
 * out    columns * rows samples, little endian.
 * Errors: OT_ERR_FORMAT (damaged, cut off, another size than the frame's: told before a pixel
 *         is allocated; values beyond the bits stored), OT_ERR_UNSUPPORTED (several components,
 *         another sign), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_jpeg2000_decode(const void *bytes, size_t size,
                                            const struct ot_jpeg2000_frame *frame,
                                            unsigned char *out, struct ot_err *err);

/* "2.5.0"; static. */
const char *ot_jpeg2000_version(void);

#endif /* OT_IO_JPEG2000_H */
