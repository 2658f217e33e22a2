/* io/nrrd_header.h - the text of a NRRD header, parsed strictly. */
#ifndef OT_IO_NRRD_HEADER_H
#define OT_IO_NRRD_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/grid.h"
#include "io/raster.h"

enum ot_nrrd_encoding { OT_NRRD_RAW = 0, OT_NRRD_GZIP, OT_NRRD_TEXT };

enum { OT_NRRD_FILE_NAME_SIZE = 256 };

struct ot_nrrd_header {
    enum ot_scalar type;
    size_t n[3];
    size_t components;                 /* of the list axis, which comes first; else 1 */
    double matrix[3][3], origin_mm[3]; /* index to LPS mm, as stored */
    size_t voxel_bytes;                /* all components; does not overflow */
    enum ot_nrrd_encoding encoding;
    size_t data_offset;                     /* behind the blank line that ends the header */
    char data_file[OT_NRRD_FILE_NAME_SIZE]; /* "" when the data follow the header */
};

/* Errors: OT_ERR_FORMAT (a field is missing, twice there or malformed), OT_ERR_GEOMETRY (space,
 * directions or origin missing or impossible), OT_ERR_UNSUPPORTED, OT_ERR_NOMEM.
 * Source: teem, "Definition of NRRD File Format". */
OT_MUST_CHECK enum ot_rc ot_nrrd_header_parse(const void *bytes, size_t size,
                                              struct ot_nrrd_header *header, struct ot_err *err);

#endif /* OT_IO_NRRD_HEADER_H */
