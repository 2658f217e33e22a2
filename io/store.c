/* io/store.c - temporary name, write, sync, examine, rename; undone when anything fails.
 *
 * All names are taken relative to an open descriptor of the folder, so that a folder renamed or
 * replaced under way cannot divert a file. */
#include "io/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "core/mem.h"
#include "core/text.h"
#include "io/folder.h"

enum {
    FILES_MAX = 256,
    HIDDEN_SIZE = 256,            /* NAME_MAX and the end */
    NAME_SIZE = HIDDEN_SIZE - 16, /* of a final name: the mark goes before it */
    FILE_MODE = 0666, /* less the umask: results are shared as the user shares other files */
};

#define OT_STORE_MARK ".opentare-"

/* One name in the folder and what becomes of it. */
struct entry {
    char name[NAME_SIZE];
    bool put;      /* a file of this run; else one to remove */
    bool written;  /* its temporary file exists */
    bool kept_old; /* what was there has its backup name */
    bool in_place; /* the final name is the new file's */
};

struct ot_store {
    struct ot_folder folder;
    struct entry *entries; /* owned; FILES_MAX */
    size_t count;
    bool committed;
};

static enum ot_rc fail_write(struct ot_err *err, const char *name, const char *what)
{
    const int reason = errno;
    return ot_fail(err, OT_ERR_WRITE, "%s: %s (%s)", name, what,
                   strerror(reason)); /* NOLINT(concurrency-mt-unsafe): one thread writes */
}

static void temporary_name(char *to, const char *name)
{
    (void)snprintf(to, HIDDEN_SIZE, OT_STORE_MARK "new-%s", name);
}

static void backup_name(char *to, const char *name)
{
    (void)snprintf(to, HIDDEN_SIZE, OT_STORE_MARK "old-%s", name);
}

/* A store without files on a folder that is opened. */
static enum ot_rc store_new(const char *path, bool make, struct ot_store **out, struct ot_err *err)
{
    *out = OT_NEW(struct ot_store, 1, err);
    if (*out == NULL) {
        return OT_ERR_NOMEM;
    }
    (*out)->folder = ot_folder_none();
    (*out)->entries = OT_NEW(struct entry, FILES_MAX, err);
    return (*out)->entries != NULL ? ot_folder_open(path, make, &(*out)->folder, err)
                                   : OT_ERR_NOMEM;
}

enum ot_rc ot_store_begin(const char *dir, bool overwrite, struct ot_store **out,
                          struct ot_err *err)
{
    struct ot_store *store = NULL;
    bool empty = true;
    *out = NULL;
    enum ot_rc rc = store_new(dir, true, &store, err);
    if (rc == OT_OK) {
        rc = ot_folder_examine(&store->folder, OT_STORE_MARK, false, &empty, err);
    }
    if (rc == OT_OK && !empty && !overwrite) {
        rc =
            ot_fail(err, OT_ERR_ARG, "%s: the folder is not empty; give --overwrite or another one",
                    ot_text_base_name(store->folder.path));
    }
    if (rc == OT_OK) { /* what a killed run left */
        rc = ot_folder_examine(&store->folder, OT_STORE_MARK, true, &empty, err);
    }
    if (rc != OT_OK) {
        ot_store_abort(store);
        return rc;
    }
    *out = store;
    return OT_OK;
}

static struct entry *find_entry(struct ot_store *store, const char *name)
{
    for (size_t n = 0; n < store->count; n++) {
        if (strcmp(store->entries[n].name, name) == 0) {
            return &store->entries[n];
        }
    }
    return NULL;
}

static enum ot_rc add_entry(struct ot_store *store, const char *name, bool put, struct entry **out,
                            struct ot_err *err)
{
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL ||
        strlen(name) >= NAME_SIZE) {
        return ot_fail(err, OT_ERR_ARG, "'%.60s' is no name for an output file", name);
    }
    if (store->count == FILES_MAX || find_entry(store, name) != NULL) {
        return ot_fail(err, OT_ERR_ARG, "%s: is written twice, or is one file too many", name);
    }
    *out = &store->entries[store->count++];
    **out = (struct entry){.put = put};
    (void)ot_text_copy((*out)->name, NAME_SIZE, name);
    return OT_OK;
}

static bool write_all(int fd, const void *bytes, size_t size)
{
    const char *from = (const char *)bytes;
    while (size > 0) {
        const ssize_t count = write(fd, from, size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            errno = count == 0 ? ENOSPC : errno;
            return false;
        }
        from += count;
        size -= (size_t)count;
    }
    return true;
}

static enum ot_rc write_temporary(const struct ot_store *store, struct entry *entry,
                                  const void *bytes, size_t size, struct ot_err *err)
{
    char name[HIDDEN_SIZE];
    struct stat status;
    temporary_name(name, entry->name);
    const int fd = openat(store->folder.descriptor, name,
                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        return fail_write(err, entry->name, "cannot be created");
    }
    entry->written = true;
    if (!write_all(fd, bytes, size) || fsync(fd) != 0) {
        const enum ot_rc rc = fail_write(err, entry->name, "cannot be written");
        (void)close(fd);
        return rc;
    }
    if (close(fd) != 0) {
        return fail_write(err, entry->name, "cannot be closed");
    }
    if (fstatat(store->folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode)) {
        return fail_write(err, entry->name, "cannot be found again");
    }
    if ((size_t)status.st_size != size) {
        return ot_fail(err, OT_ERR_WRITE, "%s: has %lld bytes instead of %zu after writing",
                       entry->name, (long long)status.st_size, size);
    }
    return OT_OK;
}

enum ot_rc ot_store_put(struct ot_store *store, const char *name, const void *bytes, size_t size,
                        struct ot_err *err)
{
    struct entry *entry = NULL;
    const enum ot_rc rc = add_entry(store, name, true, &entry, err);
    return rc == OT_OK ? write_temporary(store, entry, bytes, size, err) : rc;
}

/* Gives the file of before a backup name, by a second link so that its own name never misses;
 * where links are not possible, by a rename. */
static enum ot_rc keep_old(const struct ot_store *store, struct entry *entry, struct ot_err *err)
{
    char backup[HIDDEN_SIZE];
    struct stat status;
    if (fstatat(store->folder.descriptor, entry->name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? OT_OK : fail_write(err, entry->name, "cannot be examined");
    }
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return fail_write(err, entry->name, "cannot be replaced");
    }
    backup_name(backup, entry->name);
    entry->kept_old =
        linkat(store->folder.descriptor, entry->name, store->folder.descriptor, backup, 0) == 0 ||
        renameat(store->folder.descriptor, entry->name, store->folder.descriptor, backup) == 0;
    return entry->kept_old ? OT_OK : fail_write(err, entry->name, "cannot be replaced");
}

static enum ot_rc put_in_place(const struct ot_store *store, struct entry *entry,
                               struct ot_err *err)
{
    char temporary[HIDDEN_SIZE];
    const enum ot_rc rc = keep_old(store, entry, err);
    if (rc != OT_OK) {
        return rc;
    }
    temporary_name(temporary, entry->name);
    if (entry->put) {
        if (renameat(store->folder.descriptor, temporary, store->folder.descriptor, entry->name) !=
            0) {
            return fail_write(err, entry->name, "cannot get its final name");
        }
        entry->in_place = true;
    } else if (entry->kept_old && unlinkat(store->folder.descriptor, entry->name, 0) != 0 &&
               errno != ENOENT) {
        return fail_write(err, entry->name, "is of an earlier run and cannot be removed");
    }
    return OT_OK;
}

/* Back to what was there; errors change nothing any more. */
static void undo(const struct ot_store *store)
{
    for (size_t n = store->count; n > 0; n--) {
        struct entry *entry = &store->entries[n - 1];
        char backup[HIDDEN_SIZE];
        backup_name(backup, entry->name);
        if (entry->kept_old) {
            (void)renameat(store->folder.descriptor, backup, store->folder.descriptor, entry->name);
            /* Two links to one file: rename() leaves both. */
            (void)unlinkat(store->folder.descriptor, backup, 0);
        } else if (entry->in_place) {
            (void)unlinkat(store->folder.descriptor, entry->name, 0);
        }
        entry->written = entry->written && !entry->in_place;
        entry->kept_old = false;
        entry->in_place = false;
    }
}

static void drop_backups(const struct ot_store *store)
{
    for (size_t n = 0; n < store->count; n++) {
        char backup[HIDDEN_SIZE];
        backup_name(backup, store->entries[n].name);
        if (store->entries[n].kept_old) {
            (void)unlinkat(store->folder.descriptor, backup, 0);
        }
    }
    (void)fsync(store->folder.descriptor);
}

enum ot_rc ot_store_commit(struct ot_store *store, const char *const *may_hold, size_t count,
                           struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        struct entry *stale = NULL;
        if (find_entry(store, may_hold[n]) == NULL) {
            rc = add_entry(store, may_hold[n], false, &stale, err);
        }
    }
    for (size_t n = 0; rc == OT_OK && n < store->count; n++) {
        rc = put_in_place(store, &store->entries[n], err);
    }
    /* Some file systems cannot sync a folder and say so with EINVAL. */
    if (rc == OT_OK && fsync(store->folder.descriptor) != 0 && errno != EINVAL) {
        rc = fail_write(err, ot_text_base_name(store->folder.path), "the folder cannot be synced");
    }
    if (rc != OT_OK) {
        undo(store);
        return rc;
    }
    drop_backups(store);
    store->committed = true;
    return OT_OK;
}

static void remove_temporaries(const struct ot_store *store)
{
    for (size_t n = 0; n < store->count; n++) {
        char name[HIDDEN_SIZE];
        temporary_name(name, store->entries[n].name);
        if (store->entries[n].written && !store->entries[n].in_place) {
            (void)unlinkat(store->folder.descriptor, name, 0);
        }
    }
}

void ot_store_abort(struct ot_store *store)
{
    if (store == NULL) {
        return;
    }
    if (!store->committed && store->folder.descriptor >= 0) {
        remove_temporaries(store);
    }
    ot_folder_close(&store->folder, !store->committed);
    ot_free(store->entries);
    ot_free(store);
}

/* Renames the temporary file, or links it where nothing may be replaced. */
static enum ot_rc finish_file(struct ot_store *store, struct entry *entry, bool overwrite,
                              struct ot_err *err)
{
    char temporary[HIDDEN_SIZE];
    temporary_name(temporary, entry->name);
    if (!overwrite && linkat(store->folder.descriptor, temporary, store->folder.descriptor,
                             entry->name, 0) == 0) {
        return OT_OK; /* ot_store_abort() takes the other link away */
    }
    if (!overwrite && errno == EEXIST) {
        return ot_fail(err, OT_ERR_ARG, "%s: exists already; give --overwrite or another name",
                       entry->name);
    }
    if (renameat(store->folder.descriptor, temporary, store->folder.descriptor, entry->name) != 0) {
        return fail_write(err, entry->name, "cannot get its final name");
    }
    entry->in_place = true;
    return OT_OK;
}

enum ot_rc ot_store_file(const char *path, const void *bytes, size_t size, bool overwrite,
                         struct ot_err *err)
{
    struct ot_store *store = NULL;
    struct entry *entry = NULL;
    struct stat status;
    char folder[OT_FOLDER_PATH_SIZE] = ".";
    const char *name = ot_text_base_name(path);
    const size_t length = (size_t)(name - path);
    if (length >= sizeof folder) {
        return ot_fail(err, OT_ERR_ARG, "the output file's path is too long");
    }
    if (length > 0) {
        memcpy(folder, path, length);
        folder[length] = '\0';
    }
    enum ot_rc rc = store_new(folder, false, &store, err);
    if (rc != OT_OK) {
        goto done;
    }
    rc = add_entry(store, name, true, &entry, err);
    if (rc != OT_OK) {
        goto done;
    }
    if (fstatat(store->folder.descriptor, name, &status, 0) == 0 &&
        (!overwrite || S_ISDIR(status.st_mode))) {
        rc = ot_fail(err, OT_ERR_ARG, "%s: exists already; give --overwrite or another name", name);
        goto done;
    }
    char left[HIDDEN_SIZE]; /* by a killed run; there is no lock here that would tell */
    temporary_name(left, name);
    (void)unlinkat(store->folder.descriptor, left, 0);
    rc = write_temporary(store, entry, bytes, size, err);
    if (rc == OT_OK) {
        rc = finish_file(store, entry, overwrite, err);
    }
    if (rc == OT_OK) {
        (void)fsync(store->folder.descriptor);
    }

done:
    ot_store_abort(store);
    return rc;
}
