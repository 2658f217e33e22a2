/* io/file.h - reading whole files, and only files. */
#ifndef OT_IO_FILE_H
#define OT_IO_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/text.h"

/* Appends the whole of a regular file to `buffer`.
 *
 * Errors: OT_ERR_IO      it cannot be opened or read, or is no regular file (a FIFO or a
 *                        device would block or never end);
 *         OT_ERR_FORMAT  it is larger than `limit` bytes;
 *         OT_ERR_NOMEM.
 * The message starts with the file's base name. */
OT_MUST_CHECK enum ot_rc ot_file_read(const char *path, size_t limit, struct ot_buffer *buffer,
                                      struct ot_err *err);

/* The whole of a regular file in a block of its own, without a second copy. *bytes is owned by
 * the caller (ot_free), NULL on failure. Errors: OT_ERR_IO, OT_ERR_NOMEM, as above;
 * OT_ERR_UNSUPPORTED (larger than this machine's memory). */
OT_MUST_CHECK enum ot_rc ot_file_read_block(const char *path, unsigned char **bytes, size_t *size,
                                            struct ot_err *err);

/* Reads at most `size` bytes from the start; *got may be smaller. Errors: OT_ERR_IO. */
OT_MUST_CHECK enum ot_rc ot_file_peek(const char *path, void *bytes, size_t size, size_t *got,
                                      struct ot_err *err);

bool ot_file_is_folder(const char *path);

/* Names of the regular files below `path`, recursively, sorted; a file gives itself. Hidden
 * files are left out. Symbolic links are followed.
 * Errors: OT_ERR_IO (nothing there, not readable, a link that leads nowhere, to a folder above it
 * or to no regular file), OT_ERR_FORMAT (more than `limit` files), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_file_list(const char *path, size_t limit, struct ot_texts *paths,
                                      struct ot_err *err);

/* Whether a search below `path` would meet symbolic links; `path` itself may be one, or no folder.
 * Errors: OT_ERR_IO, naming the first link, or as ot_file_list(). */
OT_MUST_CHECK enum ot_rc ot_file_refuse_links(const char *path, struct ot_err *err);

#endif /* OT_IO_FILE_H */
