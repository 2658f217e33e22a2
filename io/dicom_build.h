/* io/dicom_build.h - private to io/dicom_write*.c: building a data set from tables of elements. */
#ifndef OT_IO_DICOM_BUILD_H
#define OT_IO_DICOM_BUILD_H

#include "io/dicom_write.h"
#include "io/shim/dcmtk_write.h"

/* After the first failure every call does nothing, so that a writer checks once at its end. */
struct ot_dicom_build {
    struct otx_dataset *dicom; /* owned */
    enum ot_rc rc;
    struct ot_err *err;
};

/* group << 16 | element */
void ot_build_put(struct ot_dicom_build *build, uint32_t tag, const char *vr, const char *text);
void ot_build_printf(struct ot_dicom_build *build, uint32_t tag, const char *vr, const char *fmt,
                     ...) OT_PRINTF(4, 5);
/* Decimal string of at most 16 characters that reads back to 1e-6. */
void ot_build_numbers(struct ot_dicom_build *build, uint32_t tag, const double *values,
                      size_t count);
/* A VOI's name as LO, in UTF-8; a backslash, which would end the value, becomes a slash. */
void ot_build_name(struct ot_dicom_build *build, uint32_t tag, const char *name);
void ot_build_open(struct ot_dicom_build *build, uint32_t tag);
void ot_build_close(struct ot_dicom_build *build);
/* A sequence with one item that holds a code. */
void ot_build_code(struct ot_dicom_build *build, uint32_t tag, const char *value,
                   const char *scheme, const char *meaning);

struct ot_dicom_row {
    uint32_t tag;
    const char *vr;
    const char *text;
};
void ot_build_rows(struct ot_dicom_build *build, const struct ot_dicom_row *rows, size_t count);

/* Starts an object: patient, study, series, equipment, frame of reference, identifiers. */
void ot_build_begin(struct ot_dicom_build *build, const struct ot_dicom_series_head *series,
                    const char *modality, const char *sop_class, size_t instance);
/* Rows, Columns, Pixel Spacing and how 16 bits are stored. */
void ot_build_pixel_format(struct ot_dicom_build *build, const struct ot_grid *grid);
/* Image Plane of slice k. */
void ot_build_plane(struct ot_dicom_build *build, const struct ot_grid *grid, size_t k);
void ot_build_pixels(struct ot_dicom_build *build, const uint16_t *pixels, size_t count);
void ot_build_bytes(struct ot_dicom_build *build, const unsigned char *bytes, size_t count);
/* Serializes, appends, releases. */
OT_MUST_CHECK enum ot_rc ot_build_end(struct ot_dicom_build *build, struct ot_buffer *out);

#endif /* OT_IO_DICOM_BUILD_H */
