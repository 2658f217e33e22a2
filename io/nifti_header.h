/* io/nifti_header.h - a NIfTI header, validated from its raw bytes. */
#ifndef OT_IO_NIFTI_HEADER_H
#define OT_IO_NIFTI_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/grid.h"
#include "core/text.h"
#include "io/raster.h"

enum { OT_NIFTI1_BYTES = 348, OT_NIFTI2_BYTES = 540 };

struct ot_nifti_header {
    bool pair;           /* voxels are in an .img file of their own */
    size_t header_bytes; /* 348 or 540 */
    size_t voxel_offset; /* of the voxels in their file */
    size_t voxel_bytes;  /* of all volumes; the product does not overflow */
    size_t volumes;      /* along the axes behind the third; 1 or more */
    size_t volume_bytes; /* of one of them */
    struct ot_grid grid; /* right-handed, LPS mm */
    bool slices_reversed;
    bool swap;
    enum ot_scalar type;
    double slope, intercept;
    bool length_unit_assumed; /* none is stated, and voxels have sizes that mm can have */
};

/* 1 or 2 where the bytes begin as NIfTI (or Analyze) does, else 0. *swap: other byte order. */
int ot_nifti_version(const void *bytes, size_t size, bool *swap);

/* Decodes and checks everything that this program uses of a header; see io/nifti.h for what is
 * refused. size: bytes at hand, at least the header. notes: what the user should know. */
OT_MUST_CHECK enum ot_rc ot_nifti_header_parse(const void *bytes, size_t size,
                                               struct ot_nifti_header *header,
                                               struct ot_texts *notes, struct ot_err *err);

#endif /* OT_IO_NIFTI_HEADER_H */
