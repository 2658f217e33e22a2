/* io/file.c - regular files only, sizes known before memory is taken. */
#include "io/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"

enum { FOLDER_DEPTH = 16 };

/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
static enum ot_rc open_regular(const char *path, int *fd, size_t *size, struct ot_err *err)
{
    struct stat status;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) {
        return ot_fail(err, OT_ERR_IO, "%s: cannot be opened (%s)", ot_text_base_name(path),
                       strerror(errno));
    }
    if (fstat(*fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        (void)close(*fd);
        *fd = -1;
        return ot_fail(err, OT_ERR_IO, "%s: is no regular file", ot_text_base_name(path));
    }
    *size = (size_t)status.st_size;
    return OT_OK;
}

/* Reads until `size` bytes or the end. */
static enum ot_rc read_all(int fd, const char *path, char *to, size_t size, size_t *got,
                           struct ot_err *err)
{
    *got = 0;
    while (*got < size) {
        const ssize_t count = read(fd, to + *got, size - *got);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return ot_fail(err, OT_ERR_IO, "%s: cannot be read (%s)", ot_text_base_name(path),
                           strerror(errno));
        }
        if (count == 0) {
            break;
        }
        *got += (size_t)count;
    }
    return OT_OK;
}

enum ot_rc ot_file_read(const char *path, size_t limit, struct ot_buffer *buffer,
                        struct ot_err *err)
{
    int fd = -1;
    size_t size = 0;
    enum ot_rc rc = open_regular(path, &fd, &size, err);
    if (rc != OT_OK) {
        return rc;
    }
    const size_t before = buffer->size;
    size_t got = 0;
    char *bytes = size <= limit ? ot_buffer_extend(buffer, size) : NULL;
    if (bytes != NULL) {
        rc = read_all(fd, path, bytes, size, &got, err);
    } else if (size > limit) {
        rc = ot_fail(err, OT_ERR_FORMAT, "%s: %zu bytes are more than the %zu allowed",
                     ot_text_base_name(path), size, limit);
    } else {
        rc = ot_buffer_check(buffer, err);
    }
    if (rc == OT_OK && got != size) {
        rc = ot_fail(err, OT_ERR_IO, "%s: changed while it was read", ot_text_base_name(path));
    }
    if (rc != OT_OK && bytes != NULL) {
        buffer->size = before;
        buffer->data[before] = '\0';
    }
    (void)close(fd);
    return rc;
}

enum ot_rc ot_file_read_block(const char *path, unsigned char **bytes, size_t *size,
                              struct ot_err *err)
{
    int fd = -1;
    size_t got = 0;
    *bytes = NULL;
    enum ot_rc rc = open_regular(path, &fd, size, err);
    if (rc != OT_OK) {
        return rc;
    }
    rc = ot_mem_require((double)*size, "the file", "crop the image or use larger voxels", err);
    if (rc != OT_OK) {
        ot_err_context(err, "%s", ot_text_base_name(path));
        (void)close(fd);
        return rc;
    }
    *bytes = OT_NEW(unsigned char, *size + 1, err); /* one more: a file that grows is noticed */
    if (*bytes == NULL) {
        (void)close(fd);
        return OT_ERR_NOMEM;
    }
    rc = read_all(fd, path, (char *)*bytes, *size + 1, &got, err);
    if (rc == OT_OK && got != *size) {
        rc = ot_fail(err, OT_ERR_IO, "%s: changed while it was read", ot_text_base_name(path));
    }
    if (rc != OT_OK) {
        ot_free(*bytes);
        *bytes = NULL;
    }
    (void)close(fd);
    return rc;
}

enum ot_rc ot_file_peek(const char *path, void *bytes, size_t size, size_t *got, struct ot_err *err)
{
    int fd = -1;
    size_t whole = 0;
    enum ot_rc rc = open_regular(path, &fd, &whole, err);
    if (rc != OT_OK) {
        return rc;
    }
    rc = read_all(fd, path, (char *)bytes, size, got, err);
    (void)close(fd);
    return rc;
}

bool ot_file_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* A search below a folder. */
struct search {
    size_t limit; /* files */
    bool follow;  /* symbolic links; else they are refused */
    struct ot_texts *paths;
};

/* The folders that lead to where a search is. */
struct above {
    const struct above *up;
    unsigned depth;
    dev_t device;
    ino_t inode;
};

static enum ot_rc list_below(const struct search *search, const char *path, const struct above *up,
                             struct ot_err *err);

/* What a link stands for might be a slice: one that cannot be read is no file that is left out. */
static enum ot_rc resolve_link(const struct search *search, const char *path, struct stat *status,
                               struct ot_err *err)
{
    const char *name = ot_text_base_name(path);
    if (!search->follow) {
        return ot_fail(err, OT_ERR_IO,
                       "%s: is a symbolic link; inside a folder they are read only with --follow",
                       name);
    }
    if (stat(path, status) != 0) {
        return ot_fail(err, OT_ERR_IO, "%s: is a symbolic link that leads nowhere (%s)", name,
                       strerror(errno));
    }
    return S_ISREG(status->st_mode) || S_ISDIR(status->st_mode)
               ? OT_OK
               : ot_fail(err, OT_ERR_IO, "%s: is a symbolic link to no regular file", name);
}

static enum ot_rc list_entry(const struct search *search, const char *path, const struct above *up,
                             struct ot_err *err)
{
    struct stat status;
    /* What was named itself may be a link. */
    if ((up != NULL ? lstat(path, &status) : stat(path, &status)) != 0) {
        return ot_fail(err, OT_ERR_IO, "%s: cannot be examined (%s)", ot_text_base_name(path),
                       strerror(errno));
    }
    if (S_ISLNK(status.st_mode)) {
        const enum ot_rc rc = resolve_link(search, path, &status, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    if (S_ISDIR(status.st_mode)) {
        return list_below(search, path, up, err);
    }
    if (!S_ISREG(status.st_mode)) {
        return OT_OK;
    }
    if (search->paths->count >= search->limit) {
        return ot_fail(err, OT_ERR_FORMAT, "the folder holds more than %zu files", search->limit);
    }
    return ot_texts_add(search->paths, "%s", path) != NULL
               ? OT_OK
               : ot_fail(err, OT_ERR_NOMEM, "no memory for a list of files");
}

/* Where a folder stands among those above it: each is looked into once on the way down. */
static enum ot_rc descend(const char *path, int fd, const struct above *up, struct above *here,
                          struct ot_err *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return ot_fail(err, OT_ERR_IO, "%s: cannot be examined (%s)", ot_text_base_name(path),
                       strerror(errno));
    }
    *here = (struct above){.up = up,
                           .depth = up != NULL ? up->depth + 1 : 0,
                           .device = status.st_dev,
                           .inode = status.st_ino};
    if (here->depth > FOLDER_DEPTH) {
        return ot_fail(err, OT_ERR_FORMAT, "%s: folders are nested too deep",
                       ot_text_base_name(path));
    }
    for (; up != NULL; up = up->up) {
        if (up->device == here->device && up->inode == here->inode) {
            return ot_fail(err, OT_ERR_IO, "%s: is a symbolic link to a folder above it",
                           ot_text_base_name(path));
        }
    }
    return OT_OK;
}

static enum ot_rc list_below(const struct search *search, const char *path, const struct above *up,
                             struct ot_err *err)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return ot_fail(err, OT_ERR_IO, "%s: cannot be opened (%s)", ot_text_base_name(path),
                       strerror(errno));
    }
    struct above here;
    struct ot_texts names = {0};
    const struct dirent *entry = NULL;
    enum ot_rc rc = descend(path, dirfd(folder), up, &here, err);
    /* One stream, one thread: readdir() is safe. */
    while (rc == OT_OK && (entry = readdir(folder)) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
        if (entry->d_name[0] != '.') {
            (void)ot_texts_add(&names, "%s/%s", path, entry->d_name);
        }
    }
    (void)closedir(folder);
    if (rc == OT_OK && names.failed) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for a list of files");
    }
    for (size_t n = 0; rc == OT_OK && n < names.count; n++) {
        rc = list_entry(search, names.text[n], &here, err);
    }
    ot_texts_release(&names);
    return rc;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

enum ot_rc ot_file_list(const char *path, size_t limit, struct ot_texts *paths, struct ot_err *err)
{
    const struct search search = {.limit = limit, .follow = true, .paths = paths};
    const enum ot_rc rc = list_entry(&search, path, NULL, err);
    if (rc == OT_OK && paths->count > 0) {
        qsort(paths->text, paths->count, sizeof paths->text[0], by_text);
    }
    return rc;
}

enum ot_rc ot_file_refuse_links(const char *path, struct ot_err *err)
{
    struct ot_texts paths = {0};
    const struct search search = {.limit = SIZE_MAX, .paths = &paths};
    const enum ot_rc rc = ot_file_is_folder(path) ? list_below(&search, path, NULL, err) : OT_OK;
    ot_texts_release(&paths);
    return rc;
}
