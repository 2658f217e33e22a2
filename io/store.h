/* io/store.h - the one checked writer: everything that leaves the program goes through it.
 *
 * Files are written under hidden temporary names beside their final ones, synced and examined;
 * only when all are whole do they get their final names. A failure at any step leaves what was
 * there before, and nothing else. A folder is locked while a store is open on it.
 */
#ifndef OT_IO_STORE_H
#define OT_IO_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct ot_store;

/* Opens a result folder; makes it, and its parents, where it does not exist.
 *
 * out  owned by the caller (ot_store_abort); NULL on failure.
 * Errors: OT_ERR_ARG    the folder is not empty and `overwrite` is false;
 *         OT_ERR_WRITE  it cannot be made or opened, is no folder, or another run has it open;
 *         OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_store_begin(const char *dir, bool overwrite, struct ot_store **out,
                                        struct ot_err *err);

/* Writes one file under a temporary name. `name` is a plain file name; each may be put once.
 * Errors: OT_ERR_ARG (a name with '/', a hidden or a repeated one), OT_ERR_WRITE (the system's
 * reason is quoted), OT_ERR_NOMEM. After an error only ot_store_abort() makes sense. */
OT_MUST_CHECK enum ot_rc ot_store_put(struct ot_store *store, const char *name, const void *bytes,
                                      size_t size, struct ot_err *err);

/* Gives all files their final names and syncs the folder.
 *
 * may_hold  names that such a folder may hold; those that an earlier run has left and that this
 *           one has not put are removed, so that no stale file stands beside new ones.
 * Errors: OT_ERR_WRITE, OT_ERR_NOMEM; then every file of before has its name and content again. */
OT_MUST_CHECK enum ot_rc ot_store_commit(struct ot_store *store, const char *const *may_hold,
                                         size_t count, struct ot_err *err);

/* Releases the store. Without a successful commit it removes the temporary files, and every
 * folder that ot_store_begin() made. NULL is fine. */
void ot_store_abort(struct ot_store *store);

/* One file, whole or not at all. Its folder must exist.
 * Errors: OT_ERR_ARG (it exists and `overwrite` is false, or is a folder), OT_ERR_WRITE,
 * OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_store_file(const char *path, const void *bytes, size_t size,
                                       bool overwrite, struct ot_err *err);

#endif /* OT_IO_STORE_H */
