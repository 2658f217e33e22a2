/* io/dicom_scan.h - the skeleton of a DICOM file, walked over before DCMTK sees it.
 *
 * DCMTK 3.6.7 recurses into nested sequences without a limit (5,640 levels in 113 kB end an
 * 8 MiB stack), takes lengths that point past the end, and reads text as if it were a data set.
 * The walk is iterative: it checks the preamble, that every element lies inside its parent and
 * inside the file, that nothing is nested deeper than OT_DICOM_MAX_DEPTH, and that no element
 * follows itself. It also finds where the pixels are.
 */
#ifndef OT_IO_DICOM_SCAN_H
#define OT_IO_DICOM_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/text.h"

enum { OT_DICOM_MAX_DEPTH = 64, OT_DICOM_UID_SIZE = 72 };

struct ot_dicom_layout {
    char transfer_syntax[OT_DICOM_UID_SIZE];
    char meta_class[OT_DICOM_UID_SIZE];    /* SOP class and instance by the meta group; "" where */
    char meta_instance[OT_DICOM_UID_SIZE]; /* absent */
    bool big_endian;
    bool compressed;           /* by the transfer syntax */
    bool has_pixels;           /* PixelData (7fe0,0010) in the data set itself */
    bool has_float_pixels;     /* or (7fe0,0008), (7fe0,0009) */
    bool encapsulated;         /* ... in compressed fragments */
    size_t pixel_size;         /* bytes of native PixelData */
    const char *pixels;        /* native PixelData: into the scanned bytes, or into `inflated` */
    const char *fragments;     /* encapsulated PixelData: items, the offset table first */
    size_t fragments_size;     /* up to the delimiter */
    struct ot_buffer inflated; /* the data set of a deflated file; empty otherwise */
};

/* True when the bytes begin as a Part 10 file does: "DICM" after a preamble of 128 bytes. */
bool ot_dicom_is_part10(const void *bytes, size_t size);

/* bytes  must outlive layout->pixels.
 * layout released by the caller with ot_dicom_layout_release(), also on failure.
 * Errors: OT_ERR_FORMAT naming the element (no Part 10 file, truncated, malformed, nested too
 * deep, an element twice); OT_ERR_UNSUPPORTED (an unknown transfer syntax, or it inflates to
 * more than 512 MiB); OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_dicom_scan(const void *bytes, size_t size,
                                       struct ot_dicom_layout *layout, struct ot_err *err);
void ot_dicom_layout_release(struct ot_dicom_layout *layout); /* NULL is fine */

#endif /* OT_IO_DICOM_SCAN_H */
