/* io/dicom_series.h - the DICOM files of a folder, grouped into series.
 *
 * Every file is hashed, walked (io/dicom_scan.h) and parsed without its pixels. The bytes are kept
 * only of objects whose pixels will be wanted and that are no slices; those are read once more.
 */
#ifndef OT_IO_DICOM_SERIES_H
#define OT_IO_DICOM_SERIES_H

#include <time.h>

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/image.h"
#include "core/text.h"
#include "io/dicom_scan.h"
#include "io/selector.h"
#include "io/shim/dcmtk_file.h"

/* What tells that a file is still the same without reading it. */
struct ot_dicom_state {
    unsigned long device, inode;
    size_t size;
    struct timespec written, changed;
};

struct ot_dicom_file {
    const char *path;            /* of the set's list of paths */
    const char *name;            /* the end of it */
    struct ot_dicom_state state; /* of the file, when it was read */
    struct otx_dicom *dicom;     /* owned; NULL for a damaged file */
    const struct otx_item *root; /* its data set */
    struct ot_buffer bytes;      /* the whole file where it was asked for and is no slice */
    struct ot_dicom_layout layout;
    char sha256[OT_SHA256_SIZE];
    char sop_class[OT_UID_SIZE];
    char sop_instance[OT_UID_SIZE];
    char series_uid[OT_UID_SIZE];
    char modality[20];
    enum ot_use use;  /* by SOP class and image type; NONE: see reason */
    char reason[160]; /* why it cannot be used */
    bool foreign;     /* no DICOM, or a directory of files */
    bool duplicate;   /* the same bytes as an earlier file */
    struct ot_err damage;
};

/* Files that belong together: slices of one series, or one object that stands alone. */
struct ot_dicom_series {
    struct ot_dicom_file **files; /* owned array; the files belong to the set */
    size_t count;                 /* >= 1 */
    size_t duplicates;            /* files that were left out because they came twice */
    enum ot_use use;
    bool of_frames;          /* files are the frames of one object: io/dicom_frames.h */
    struct ot_selector part; /* which of several volumes is wanted */
};

struct ot_dicom_set {
    struct ot_texts paths;
    struct ot_dicom_file *files;    /* owned; one for each path */
    struct ot_dicom_series *series; /* owned; in the order of their first files */
    size_t series_count;
    size_t foreign_count; /* files that are no DICOM objects */
};

enum { OT_DICOM_MAX_FILES = 100000 };

/* Reads a file, or all files below a folder. Damaged DICOM files have `damage` set and form
 * series of their own; files without a DICOM preamble and DICOMDIRs are counted as foreign.
 *
 * keep  the use whose files keep their bytes; OT_USE_NONE: none. Slices never do: see
 *       ot_dicom_file_recall().
 * set   released by the caller, also on failure.
 * Errors: OT_ERR_IO (path), OT_ERR_FORMAT (too many files), OT_ERR_NOMEM, OT_ERR_EXTERNAL.
 * Threads: files are read by all OpenMP threads; the result does not depend on their number. */
OT_MUST_CHECK enum ot_rc ot_dicom_set_read(const char *path, enum ot_use keep,
                                           struct ot_dicom_set *set, struct ot_err *err);
void ot_dicom_set_release(struct ot_dicom_set *set); /* NULL is fine */

/* Reads a file's bytes once more where they were not kept; layout.pixels and the like are set
 * again. Memory for one slice at a time is used over and over: that takes less than to keep
 * hundreds. Errors: OT_ERR_IO (it cannot be read, or was changed since), OT_ERR_FORMAT,
 * OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_dicom_file_recall(struct ot_dicom_file *file, struct ot_err *err);

/* Gives a file's bytes back, and what lies in them. */
void ot_dicom_file_forget(struct ot_dicom_file *file);

/* Records OT_ERR_FORMAT for what holds no DICOM object, with what to do. */
void ot_dicom_fail_foreign(const char *name, struct ot_err *err);

/* True for the enhanced CT and PET classes, whose frames are described by functional groups. */
bool ot_dicom_is_enhanced(const char *sop_class);

/* What an object can serve as by its SOP class and Image Type; otherwise why not. */
enum ot_use ot_dicom_classify(const struct otx_item *root, const char *sop_class, char *reason,
                              size_t size);

#endif /* OT_IO_DICOM_SERIES_H */
