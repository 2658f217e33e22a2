/* io/shim/dcmtk_file.h - C view of one DICOM file, through DCMTK.
 *
 * A shim transcribes; it does not interpret. Values come out as the text that the file holds.
 * Only C types and core/err.h cross this boundary, and no memory does: the caller supplies
 * every buffer, and an otx_item is a name for a part of an open file, not a thing to free.
 *
 * Threads: different files may be read by different threads at once.
 */
#ifndef OT_IO_SHIM_DCMTK_FILE_H
#define OT_IO_SHIM_DCMTK_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct otx_dicom; /* one open file: its data set up to, and without, the pixel data */
struct otx_item;  /* a data set or an item of a sequence; valid while its file is open */

/* Loads the data dictionary, registers the decoders, silences DCMTK's log. Must have succeeded
 * once before any other function here; may be called again.
 * Errors: OT_ERR_EXTERNAL without a data dictionary. */
OT_MUST_CHECK enum ot_rc otx_dicom_start(struct ot_err *err);

/* Parses a whole Part 10 file that was read into memory; `bytes` is not kept. The caller has
 * checked the preamble and the depth of nesting (io/dicom_scan.h).
 * out: closed by the caller; NULL on failure. Errors: OT_ERR_FORMAT, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc otx_dicom_open(const void *bytes, size_t size, struct otx_dicom **out,
                                        struct ot_err *err);
void otx_dicom_close(struct otx_dicom *file); /* NULL is fine */

/* The file's data set. */
const struct otx_item *otx_dicom_root(const struct otx_dicom *file);

/* The value as text: several values are joined by '\', numbers of a binary kind are written in
 * decimal. A tag is 0xGGGGEEEE. *length is the length without NUL; nothing is copied unless
 * *length < size. False when the element is absent, a sequence, or binary and not text. */
bool otx_item_text(const struct otx_item *item, uint32_t tag, char *text, size_t size,
                   size_t *length);
bool otx_item_has(const struct otx_item *item, uint32_t tag);

/* Items of a sequence; 0 when there is none. */
size_t otx_item_count(const struct otx_item *item, uint32_t sequence);
/* The first item, and the one after `previous`; NULL after the last. */
const struct otx_item *otx_item_first(const struct otx_item *item, uint32_t sequence);
const struct otx_item *otx_item_next(const struct otx_item *item, uint32_t sequence,
                                     const struct otx_item *previous);

/* A data set made of parts: a copy of the elements of each item in turn, where a later element
 * replaces an earlier one of the same tag. Elements from tag `end` on and values longer than
 * 64 KiB are left out.
 * out: closed by the caller; its root is the data set. Errors: OT_ERR_NOMEM, OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc otx_dicom_merge(const struct otx_item *const *parts, size_t count,
                                         uint32_t end, struct otx_dicom **out, struct ot_err *err);

/* Parses the file again, with its pixel data, which is decompressed (RLE, JPEG, JPEG-LS) and
 * copied as native samples in the order of this machine: `samples_size` bytes, no fewer in the
 * file and at most one byte of padding more.
 * Errors: OT_ERR_UNSUPPORTED (no decoder: the transfer syntax is named), OT_ERR_FORMAT. */
OT_MUST_CHECK enum ot_rc otx_dicom_decode(const void *bytes, size_t size, void *samples,
                                          size_t samples_size, struct ot_err *err);

/* The same for packed bits under RLE Lossless, which DCMTK's codec does not know: `frames` frames
 * of one segment of `frame_bytes` bytes each (PS3.5 G). Errors: OT_ERR_FORMAT. */
OT_MUST_CHECK enum ot_rc otx_dicom_unpack_rle(const void *bytes, size_t size, unsigned char *out,
                                              size_t frame_bytes, size_t frames,
                                              struct ot_err *err);

/* "PixelSpacing"; "unknown" for one that is not in the dictionary. */
void otx_tag_name(uint32_t tag, char *name, size_t size);
/* "CTImageStorage", or the UID itself. */
void otx_uid_name(const char *uid, char *name, size_t size);

#ifdef __cplusplus
}
#endif
#endif /* OT_IO_SHIM_DCMTK_FILE_H */
