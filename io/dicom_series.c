/* io/dicom_series.c - reads the files of a folder at once and sorts them into series. */
#include "io/dicom_series.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"
#include "io/file.h"
#include "io/hash.h"

enum { HEAD_SIZE = 132 };
static const size_t file_limit = (size_t)4 << 30;

void ot_dicom_file_forget(struct ot_dicom_file *file)
{
    ot_buffer_release(&file->bytes);
    ot_buffer_release(&file->layout.inflated);
    file->layout.pixels = NULL;
    file->layout.fragments = NULL;
}

/* Identifiers tell files apart, so one that cannot be one is not taken for none. */
static enum ot_rc read_identifiers(struct ot_dicom_file *file, struct ot_err *err)
{
    const struct otx_item *root = file->root;
    char other[OT_UID_SIZE]; /* read elsewhere */
    enum ot_rc rc = ot_dicom_uid_of(root, TAG_SOP_CLASS, file->sop_class, err);
    if (rc == OT_OK) {
        rc = ot_dicom_uid_of(root, TAG_SOP_INSTANCE, file->sop_instance, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_uid_of(root, TAG_SERIES_INSTANCE, file->series_uid, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_uid_of(root, TAG_STUDY_INSTANCE, other, err);
    }
    return rc == OT_OK ? ot_dicom_uid_of(root, TAG_FRAME_OF_REFERENCE, other, err) : rc;
}

static enum ot_rc describe(struct ot_dicom_file *file, struct ot_err *err)
{
    const struct otx_item *root = file->root;
    const enum ot_rc rc = read_identifiers(file, err);
    if (rc != OT_OK) {
        return rc;
    }
    const char *meta = file->layout.meta_class;
    if (meta[0] != '\0' && file->sop_class[0] != '\0' && strcmp(meta, file->sop_class) != 0) {
        char name[80];
        otx_uid_name(meta, name, sizeof name);
        return ot_fail(err, OT_ERR_FORMAT,
                       "its SOP class (0008,0016) is another than that of its meta group "
                       "(0002,0002), %s",
                       name);
    }
    (void)ot_dicom_label(root, root, TAG_MODALITY, file->modality, sizeof file->modality);
    file->foreign = strcmp(file->sop_class, "1.2.840.10008.1.3.10") == 0; /* DICOMDIR */
    file->use = ot_dicom_classify(root, file->sop_class, file->reason, sizeof file->reason);
    return OT_OK;
}

static enum ot_rc parse(struct ot_dicom_file *file, struct ot_err *err)
{
    enum ot_rc rc = ot_hash_bytes(file->bytes.data, file->bytes.size, file->sha256, err);
    if (rc != OT_OK) {
        return rc;
    }
    rc = ot_dicom_scan(file->bytes.data, file->bytes.size, &file->layout, err);
    if (rc != OT_OK) {
        return rc;
    }
    rc = otx_dicom_open(file->bytes.data, file->bytes.size, &file->dicom, err);
    if (rc == OT_OK) {
        file->root = otx_dicom_root(file->dicom);
        rc = describe(file, err);
    }
    return rc;
}

/* strerror() is for one thread; files are read by several. */
static enum ot_rc fail_errno(const char *what, int number, struct ot_err *err)
{
    char why[96];
    if (strerror_r(number, why, sizeof why) != 0) {
        why[0] = '\0';
    }
    return ot_fail(err, OT_ERR_IO, "%s (%s)", what, why);
}

static struct ot_dicom_state state_of(const struct stat *status)
{
    return (struct ot_dicom_state){.device = status->st_dev,
                                   .inode = status->st_ino,
                                   .size = (size_t)status->st_size,
                                   .written = status->st_mtim,
                                   .changed = status->st_ctim};
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same_state(const struct ot_dicom_state *a, const struct ot_dicom_state *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           same_time(&a->written, &b->written) && same_time(&a->changed, &b->changed);
}

/* The rest of an open file into one block. */
static enum ot_rc read_rest(int fd, struct ot_dicom_file *file, struct ot_err *err)
{
    const size_t size = file->state.size;
    struct stat after;
    file->bytes.data = OT_NEW(char, size + 1, err); /* one more: growth is noticed */
    if (file->bytes.data == NULL) {
        return OT_ERR_NOMEM;
    }
    file->bytes.capacity = size + 1;
    while (file->bytes.size <= size) {
        const ssize_t got =
            read(fd, file->bytes.data + file->bytes.size, size + 1 - file->bytes.size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail_errno("cannot be read", errno, err);
        }
        if (got == 0) {
            break;
        }
        file->bytes.size += (size_t)got;
    }
    bool same = file->bytes.size == size && fstat(fd, &after) == 0;
    if (same) {
        const struct ot_dicom_state now = state_of(&after);
        same = same_state(&now, &file->state);
    }
    return same ? OT_OK : ot_fail(err, OT_ERR_IO, "changed while it was read; wait for its writer");
}

/* Only regular files; O_NONBLOCK, since opening a FIFO must not wait for a writer. */
static enum ot_rc read_bytes(const char *path, struct ot_dicom_file *file, struct ot_err *err)
{
    struct stat status;
    char head[HEAD_SIZE];
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return fail_errno("cannot be opened", errno, err);
    }
    enum ot_rc rc = OT_OK;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        rc = ot_fail(err, OT_ERR_IO, "is no regular file");
    } else if (pread(fd, head, sizeof head, 0) != (ssize_t)sizeof head ||
               !ot_dicom_is_part10(head, sizeof head)) {
        file->foreign = true;
    } else if ((size_t)status.st_size > file_limit) {
        rc = ot_fail(err, OT_ERR_FORMAT, "%zu bytes are more than the %zu allowed",
                     (size_t)status.st_size, file_limit);
    } else {
        file->state = state_of(&status);
        rc = read_rest(fd, file, err);
    }
    (void)close(fd);
    return rc;
}

enum ot_rc ot_dicom_file_recall(struct ot_dicom_file *file, struct ot_err *err)
{
    if (file->bytes.data != NULL) {
        return OT_OK;
    }
    const struct ot_dicom_state before = file->state;
    enum ot_rc rc = read_bytes(file->path, file, err);
    const bool same = !file->foreign && same_state(&file->state, &before);
    if (rc == OT_OK && !same) {
        rc = ot_fail(err, OT_ERR_IO, "changed while it was read; wait for its writer");
    }
    if (rc == OT_OK) {
        ot_dicom_layout_release(&file->layout);
        rc = ot_dicom_scan(file->bytes.data, file->bytes.size, &file->layout, err);
    }
    return rc;
}

static bool is_damaged(const struct ot_dicom_file *file)
{
    return file->damage.code != OT_OK;
}

/* Slices make a volume together; every other object stands for itself. */
static bool stands_alone(const struct ot_dicom_file *file)
{
    return is_damaged(file) || ot_dicom_is_enhanced(file->sop_class) ||
           !(file->use == OT_USE_CT || file->use == OT_USE_PET || file->use == OT_USE_MR ||
             file->use == OT_USE_NONE);
}

/* Reads one file; what is wrong with it is kept in file->damage. */
static void read_one(const char *path, enum ot_use keep, struct ot_dicom_file *file)
{
    file->path = path;
    file->name = ot_text_base_name(path);
    enum ot_rc rc = read_bytes(path, file, &file->damage);
    if (rc == OT_OK && !file->foreign) {
        rc = parse(file, &file->damage);
    }
    if (rc != OT_OK) {
        ot_err_context(&file->damage, "%s", file->name);
    }
    if (rc != OT_OK || file->use == OT_USE_NONE || file->use != keep || !stands_alone(file)) {
        ot_dicom_file_forget(file);
    }
}

static int by_digest(const void *left, const void *right)
{
    const struct ot_dicom_file *a = *(struct ot_dicom_file *const *)left;
    const struct ot_dicom_file *b = *(struct ot_dicom_file *const *)right;
    const int order = strcmp(a->sha256, b->sha256);
    return order != 0 ? order : (a < b ? -1 : (a > b ? 1 : 0));
}

/* The same bytes twice are one object, whatever the files are called. */
static enum ot_rc mark_duplicates(struct ot_dicom_set *set, struct ot_err *err)
{
    const size_t count = set->paths.count;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
    struct ot_dicom_file **order = OT_NEW(struct ot_dicom_file *, count + 1, err);
    if (order == NULL) {
        return OT_ERR_NOMEM;
    }
    size_t used = 0;
    for (size_t n = 0; n < count; n++) {
        if (!set->files[n].foreign && set->files[n].sha256[0] != '\0') {
            order[used++] = &set->files[n];
        }
    }
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
    qsort(order, used, sizeof order[0], by_digest);
    for (size_t n = 1; n < used; n++) {
        if (strcmp(order[n]->sha256, order[n - 1]->sha256) == 0) {
            order[n]->duplicate = true;
            ot_dicom_file_forget(order[n]);
        }
    }
    ot_free(order);
    return OT_OK;
}

static bool belongs(const struct ot_dicom_series *series, const struct ot_dicom_file *file)
{
    const struct ot_dicom_file *first = series->files[0];
    if (file->duplicate && strcmp(first->sha256, file->sha256) == 0) {
        return true;
    }
    return !stands_alone(file) && !stands_alone(first) && first->use == file->use &&
           strcmp(first->series_uid, file->series_uid) == 0 &&
           strcmp(first->sop_class, file->sop_class) == 0 &&
           strcmp(first->reason, file->reason) == 0;
}

/* Where a file's series may stand in the table: by its digest where the file is alone or came
 * twice, else by what its series has in common. FNV-1a. */
static size_t slot_of(const struct ot_dicom_file *file, size_t slots)
{
    const bool alone = stands_alone(file);
    const char *const parts[] = {alone ? file->sha256 : file->series_uid,
                                 alone ? "" : file->sop_class, alone ? "" : file->reason};
    uint64_t hash = 14695981039346656037ULL;
    for (size_t n = 0; n < sizeof parts / sizeof parts[0]; n++) {
        for (const char *at = parts[n]; *at != '\0'; at++) {
            hash = (hash ^ (unsigned char)*at) * 1099511628211ULL;
        }
    }
    return (size_t)(hash % slots);
}

/* The series of a file, new where there was none; table[slots] holds their numbers + 1, so that
 * ten thousand single files are not compared with each other. */
static struct ot_dicom_series *find_series(struct ot_dicom_set *set, size_t *table, size_t slots,
                                           const struct ot_dicom_file *file)
{
    size_t slot = slot_of(file, slots);
    while (table[slot] != 0) {
        struct ot_dicom_series *series = &set->series[table[slot] - 1];
        if (belongs(series, file)) {
            return series;
        }
        slot = (slot + 1) % slots;
    }
    table[slot] = ++set->series_count;
    struct ot_dicom_series *series = &set->series[set->series_count - 1];
    series->use = file->use;
    return series;
}

static enum ot_rc add_to_series(struct ot_dicom_series *series, struct ot_dicom_file *file,
                                struct ot_err *err)
{
    if (file->duplicate && series->count > 0) {
        series->duplicates++;
        return OT_OK;
    }
    /* Grows by doubling: a power of two is full. */
    if ((series->count & (series->count - 1)) == 0) {
        const size_t room = series->count == 0 ? 1 : 2 * series->count;
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
        struct ot_dicom_file **files = OT_NEW(struct ot_dicom_file *, room, err);
        if (files == NULL) {
            return OT_ERR_NOMEM;
        }
        for (size_t n = 0; n < series->count; n++) {
            files[n] = series->files[n];
        }
        ot_free(series->files);
        series->files = files;
    }
    series->files[series->count++] = file;
    return OT_OK;
}

static enum ot_rc group(struct ot_dicom_set *set, struct ot_err *err)
{
    const size_t count = set->paths.count;
    const size_t slots = 2 * count + 1;
    enum ot_rc rc = OT_OK;
    size_t *table = OT_NEW(size_t, slots, err);
    set->series = OT_NEW(struct ot_dicom_series, count + 1, err);
    if (table == NULL || set->series == NULL) {
        ot_free(table);
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        struct ot_dicom_file *file = &set->files[n];
        if (file->foreign) {
            set->foreign_count++;
        } else {
            rc = add_to_series(find_series(set, table, slots, file), file, err);
        }
    }
    ot_free(table);
    return rc;
}

enum ot_rc ot_dicom_set_read(const char *path, enum ot_use keep, struct ot_dicom_set *set,
                             struct ot_err *err)
{
    *set = (struct ot_dicom_set){0};
    enum ot_rc rc = otx_dicom_start(err);
    if (rc != OT_OK) {
        return rc;
    }
    rc = ot_file_list(path, OT_DICOM_MAX_FILES, &set->paths, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (set->paths.count == 0) {
        return ot_fail(err, OT_ERR_IO, "%s: holds no regular file", ot_text_base_name(path));
    }
    const size_t count = set->paths.count;
    set->files = OT_NEW(struct ot_dicom_file, count, err);
    if (set->files == NULL) {
        return OT_ERR_NOMEM;
    }
/* Each file is its own world: no thread touches another's, and failures wait in file->damage. */
#pragma omp parallel for schedule(dynamic)
    for (size_t n = 0; n < count; n++) {
        read_one(set->paths.text[n], keep, &set->files[n]);
    }
    rc = mark_duplicates(set, err);
    return rc == OT_OK ? group(set, err) : rc;
}

void ot_dicom_set_release(struct ot_dicom_set *set)
{
    if (set == NULL) {
        return;
    }
    for (size_t n = 0; set->files != NULL && n < set->paths.count; n++) {
        otx_dicom_close(set->files[n].dicom);
        ot_buffer_release(&set->files[n].bytes);
        ot_dicom_layout_release(&set->files[n].layout);
    }
    for (size_t n = 0; n < set->series_count; n++) {
        ot_free(set->series[n].files);
    }
    ot_free(set->series);
    ot_free(set->files);
    ot_texts_release(&set->paths);
    *set = (struct ot_dicom_set){0};
}
