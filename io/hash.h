/* io/hash.h - SHA-256 of bytes, files and sets of files (libcrypto). */
#ifndef OT_IO_HASH_H
#define OT_IO_HASH_H

#include <stddef.h>

#include "core/err.h"
#include "core/image.h"
#include "core/text.h"

/* 64 hexadecimal digits and a NUL into hex[OT_SHA256_SIZE].
 * Errors: OT_ERR_EXTERNAL (libcrypto). */
OT_MUST_CHECK enum ot_rc ot_hash_bytes(const void *bytes, size_t size, char *hex,
                                       struct ot_err *err);
/* Errors: OT_ERR_IO, OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_hash_file(const char *path, char *hex, struct ot_err *err);
/* One digest: itself. Several: of their sorted list, one per line, so that neither names nor
 * order of the files matter. `digests` is sorted in place. */
OT_MUST_CHECK enum ot_rc ot_hash_set(struct ot_texts *digests, char *hex, struct ot_err *err);

#endif /* OT_IO_HASH_H */
