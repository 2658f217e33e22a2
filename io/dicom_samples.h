/* io/dicom_samples.h - how pixels are stored, and their values. */
#ifndef OT_IO_DICOM_SAMPLES_H
#define OT_IO_DICOM_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "io/dicom_series.h"

struct ot_dicom_samples {
    size_t columns;
    size_t rows;
    size_t frames;         /* 1 where the file does not say */
    size_t bits_allocated; /* 8, 16 or 32; 1 for segmentations */
    size_t bits_stored;
    bool is_signed;
};

/* Reads and checks the description of the pixels, and that the file holds as many.
 * Errors: OT_ERR_FORMAT (missing, impossible, PixelData absent or of another size),
 * OT_ERR_UNSUPPORTED (color, float pixels, bit layouts that are not read here). */
OT_MUST_CHECK enum ot_rc ot_dicom_samples_describe(const struct ot_dicom_file *file,
                                                   struct ot_dicom_samples *samples,
                                                   struct ot_err *err);

/* Bytes of all frames. */
size_t ot_dicom_samples_size(const struct ot_dicom_samples *samples);

/* The native samples of a file that kept its bytes: *data points into the file, or into *block,
 * which the caller frees (ot_free). Errors: as otx_dicom_decode(), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_dicom_samples_fetch(const struct ot_dicom_file *file,
                                                const struct ot_dicom_samples *samples,
                                                const unsigned char **data, unsigned char **block,
                                                struct ot_err *err);

/* Stored value number n of native samples, as a whole number. */
double ot_dicom_sample(const struct ot_dicom_samples *samples, const unsigned char *data, size_t n);

/* The same of `count` samples from the first one on. */
void ot_dicom_samples_read(const struct ot_dicom_samples *samples, const unsigned char *data,
                           size_t first, size_t count, double *to);

#endif /* OT_IO_DICOM_SAMPLES_H */
