/* io/shim/itk_nrrd.h - C view of one NRRD file, through ITK's NrrdImageIO.
 *
 * A shim transcribes; what the numbers mean, and whether they are acceptable, is decided in
 * io/nrrd.c. No memory crosses: the caller supplies every buffer. */
#ifndef OT_IO_SHIM_ITK_NRRD_H
#define OT_IO_SHIM_ITK_NRRD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct otx_nrrd;

struct otx_nrrd_header {
    uint32_t axes; /* of space; only three are filled in below */
    uint64_t n[3];
    double spacing_mm[3];
    double origin_mm[3];
    double dir[3][3]; /* dir[r][c]: LPS component r of the unit step along axis c */
    uint32_t components;
    uint32_t component_bytes;
    bool component_is_float;
    bool component_is_signed; /* floats too */
};

/* out: owned by the caller (otx_nrrd_close); NULL on failure.
 * Errors: OT_ERR_FORMAT (ITK cannot read the header), OT_ERR_NOMEM, OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc otx_nrrd_open(const char *path, struct otx_nrrd **out, struct ot_err *err);
void otx_nrrd_close(struct otx_nrrd *file); /* NULL is fine */

void otx_nrrd_header_get(const struct otx_nrrd *file, struct otx_nrrd_header *header);

/* The text of a key/value pair, cut to size - 1 bytes; false if there is none. */
bool otx_nrrd_text(const struct otx_nrrd *file, const char *key, char *text, size_t size);

/* Fills bytes[size]; size must be what the header says (else OT_ERR_ARG). Components of a voxel
 * lie beside each other, in this machine's byte order.
 * Errors: OT_ERR_FORMAT (ITK's text), OT_ERR_NOMEM, OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc otx_nrrd_read(struct otx_nrrd *file, void *bytes, size_t size,
                                       struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_IO_SHIM_ITK_NRRD_H */
