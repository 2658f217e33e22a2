/* io/folder.c - mkdir, open, lock, and back. */
#include "io/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <dirent.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/text.h"

/* Less the umask: result folders are shared as the user shares others. */
enum { FOLDER_MODE = 0777 };

static enum ot_rc fail_write(struct ot_err *err, const char *path, const char *what)
{
    const int reason = errno;
    return ot_fail(err, OT_ERR_WRITE, "%s: %s (%s)", ot_text_base_name(path), what,
                   strerror(reason)); /* NOLINT(concurrency-mt-unsafe): one thread writes */
}

struct ot_folder ot_folder_none(void)
{
    return (struct ot_folder){.descriptor = -1};
}

/* mkdir -p that remembers what it made. */
static enum ot_rc make_folders(struct ot_folder *folder, struct ot_err *err)
{
    char path[OT_FOLDER_PATH_SIZE];
    (void)ot_text_copy(path, sizeof path, folder->path);
    const size_t length = strlen(path);
    for (size_t n = 1; n <= length; n++) {
        if ((path[n] != '/' && path[n] != '\0') || path[n - 1] == '/') {
            continue;
        }
        path[n] = '\0';
        if (mkdir(path, FOLDER_MODE) == 0) {
            if (folder->made_count == OT_FOLDER_MADE_MAX) {
                (void)rmdir(path);
                return ot_fail(err, OT_ERR_WRITE, "the output folder lies too deep");
            }
            folder->made[folder->made_count++] = n;
        } else if (errno != EEXIST && errno != EISDIR) {
            return fail_write(err, path, "the folder cannot be made");
        }
        path[n] = n < length ? '/' : '\0';
    }
    return OT_OK;
}

enum ot_rc ot_folder_open(const char *path, bool make, struct ot_folder *folder, struct ot_err *err)
{
    *folder = ot_folder_none();
    if (path[0] == '\0' || !ot_text_copy(folder->path, sizeof folder->path, path)) {
        return ot_fail(err, OT_ERR_ARG, "the output folder's name is empty or too long");
    }
    for (size_t n = strlen(path); n > 1 && folder->path[n - 1] == '/'; n--) {
        folder->path[n - 1] = '\0';
    }
    if (make) {
        const enum ot_rc rc = make_folders(folder, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    folder->descriptor = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->descriptor < 0) {
        return fail_write(err, folder->path, "the folder cannot be opened");
    }
    /* A file system without locks is no reason to refuse. */
    if (make && flock(folder->descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return ot_fail(err, OT_ERR_WRITE, "%s: another run is writing to this folder",
                       ot_text_base_name(folder->path));
    }
    return OT_OK;
}

enum ot_rc ot_folder_examine(const struct ot_folder *folder, const char *mark, bool remove,
                             bool *empty, struct ot_err *err)
{
    *empty = true;
    const int again = openat(folder->descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = again >= 0 ? fdopendir(again) : NULL;
    if (stream == NULL) {
        const enum ot_rc rc = fail_write(err, folder->path, "the folder cannot be read");
        if (again >= 0) {
            (void)close(again);
        }
        return rc;
    }
    const struct dirent *entry = NULL;
    /* One stream, one thread: readdir() is safe. */
    while ((entry = readdir(stream)) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
        const bool marked = strncmp(entry->d_name, mark, strlen(mark)) == 0;
        if (marked && remove) {
            (void)unlinkat(folder->descriptor, entry->d_name, 0);
        }
        if (!marked && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            *empty = false;
        }
    }
    (void)closedir(stream);
    return OT_OK;
}

void ot_folder_close(struct ot_folder *folder, bool unmake)
{
    for (size_t n = unmake ? folder->made_count : 0; n > 0; n--) {
        folder->path[folder->made[n - 1]] = '\0';
        (void)rmdir(folder->path); /* fails, as it should, where others have put something */
    }
    if (folder->descriptor >= 0) {
        (void)close(folder->descriptor);
    }
    *folder = ot_folder_none();
}
