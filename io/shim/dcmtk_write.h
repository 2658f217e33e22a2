/* io/shim/dcmtk_write.h - a DICOM data set under construction, and its bytes. */
#ifndef OT_IO_SHIM_DCMTK_WRITE_H
#define OT_IO_SHIM_DCMTK_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct otx_dataset;

/* An empty data set. out: owned by the caller (otx_dataset_destroy); NULL on failure.
 * Errors: OT_ERR_NOMEM, OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc otx_dataset_create(struct otx_dataset **out, struct ot_err *err);
void otx_dataset_destroy(struct otx_dataset *dicom); /* NULL is fine */

/* Puts one element into the data set or the item that is open. `vr` is its value
 * representation, two letters; values are separated by '\'. Numbers are given as text.
 * Errors: OT_ERR_EXTERNAL naming the tag. */
OT_MUST_CHECK enum ot_rc otx_dataset_put(struct otx_dataset *dicom, uint16_t group,
                                         uint16_t element, const char *vr, const char *text,
                                         struct ot_err *err);

/* Opens a new item of a sequence, at most 8 deep; what is put goes into it until it is closed. A
 * sequence is made by its first item. */
OT_MUST_CHECK enum ot_rc otx_dataset_open(struct otx_dataset *dicom, uint16_t group,
                                          uint16_t element, struct ot_err *err);
OT_MUST_CHECK enum ot_rc otx_dataset_close(struct otx_dataset *dicom, struct ot_err *err);

/* Pixel Data of 16-bit words. */
OT_MUST_CHECK enum ot_rc otx_dataset_put_pixels(struct otx_dataset *dicom, const uint16_t *pixels,
                                                size_t count, struct ot_err *err);

/* Pixel Data of bytes: pixels of 8 bits, or packed ones of 1 bit. */
OT_MUST_CHECK enum ot_rc otx_dataset_put_bytes(struct otx_dataset *dicom,
                                               const unsigned char *bytes, size_t count,
                                               struct ot_err *err);

/* Serializes a whole DICOM file (preamble, meta information, explicit VR little endian) and tells
 * its size; otx_dataset_bytes() copies it into a buffer of that size. */
OT_MUST_CHECK enum ot_rc otx_dataset_serialize(struct otx_dataset *dicom, size_t *size,
                                               struct ot_err *err);
OT_MUST_CHECK enum ot_rc otx_dataset_bytes(const struct otx_dataset *dicom, void *bytes,
                                           size_t size, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_IO_SHIM_DCMTK_WRITE_H */
