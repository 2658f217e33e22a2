/* io/folder.h - an output folder held open: made, locked, and unmade when nothing came of it. */
#ifndef OT_IO_FOLDER_H
#define OT_IO_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

enum { OT_FOLDER_PATH_SIZE = 4096, OT_FOLDER_MADE_MAX = 64 };

struct ot_folder {
    int descriptor; /* -1 when closed */
    char path[OT_FOLDER_PATH_SIZE];
    size_t made[OT_FOLDER_MADE_MAX]; /* lengths of the prefixes of path that were made here */
    size_t made_count;
};

/* A closed one; every other function takes it. */
struct ot_folder ot_folder_none(void);

/* Opens the folder; with `make`, it and its parents are made where they do not exist, and it is
 * locked against other runs until it is closed.
 * Errors: OT_ERR_ARG (no name, or too long), OT_ERR_WRITE (with the system's reason). */
OT_MUST_CHECK enum ot_rc ot_folder_open(const char *path, bool make, struct ot_folder *folder,
                                        struct ot_err *err);

/* Whether it holds entries whose names do not begin with `mark`. With `remove`, those files
 * whose names do are removed. Errors: OT_ERR_WRITE. */
OT_MUST_CHECK enum ot_rc ot_folder_examine(const struct ot_folder *folder, const char *mark,
                                           bool remove, bool *empty, struct ot_err *err);

/* Closes it; with `unmake`, folders that were made here and are empty go. */
void ot_folder_close(struct ot_folder *folder, bool unmake);

#endif /* OT_IO_FOLDER_H */
