/* io/dicom_samples.c - the pixel module of a DICOM file (PS3.3 C.7.6.3), strictly. */
#include "io/dicom_samples.h"

#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_fragments.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"
#include "io/jpeg2000.h"

enum { MAX_MATRIX = 65535, MAX_FRAMES = 100000, BITS_PER_BYTE = 8 };
static const size_t max_bytes = (size_t)4 << 30;
static const char rle_syntax[] = "1.2.840.10008.1.2.5";

size_t ot_dicom_samples_size(const struct ot_dicom_samples *samples)
{
    const size_t count = samples->columns * samples->rows * samples->frames;
    return samples->bits_allocated == 1 ? (count + BITS_PER_BYTE - 1) / BITS_PER_BYTE
                                        : count * (samples->bits_allocated / BITS_PER_BYTE);
}

static enum ot_rc read_bits(const struct otx_item *root, struct ot_dicom_samples *samples,
                            struct ot_err *err)
{
    long allocated = 0;
    long stored = 0;
    long high = 0;
    long is_signed = 0;
    enum ot_rc rc = ot_dicom_need_integer(root, TAG_BITS_ALLOCATED, 1, 64, &allocated, err);
    if (rc == OT_OK) {
        rc = ot_dicom_need_integer(root, TAG_BITS_STORED, 1, 64, &stored, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_need_integer(root, TAG_HIGH_BIT, 0, 63, &high, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_need_integer(root, TAG_PIXEL_REPRESENTATION, 0, 1, &is_signed, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    const bool usual = allocated == 1 || allocated == 8 || allocated == 16 || allocated == 32;
    if (!usual || stored > allocated || high != stored - 1) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "pixels of %ld bits allocated, %ld stored, high bit %ld are not read here",
                       allocated, stored, high);
    }
    samples->bits_allocated = (size_t)allocated;
    samples->bits_stored = (size_t)stored;
    samples->is_signed = is_signed == 1;
    return OT_OK;
}

static enum ot_rc read_matrix(const struct otx_item *root, struct ot_dicom_samples *samples,
                              struct ot_err *err)
{
    long rows = 0;
    long columns = 0;
    long frames = 1;
    bool found = false;
    enum ot_rc rc = ot_dicom_need_integer(root, TAG_ROWS, 1, MAX_MATRIX, &rows, err);
    if (rc == OT_OK) {
        rc = ot_dicom_need_integer(root, TAG_COLUMNS, 1, MAX_MATRIX, &columns, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_integer(root, TAG_NUMBER_OF_FRAMES, 1, MAX_FRAMES, &frames, &found, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    samples->rows = (size_t)rows;
    samples->columns = (size_t)columns;
    samples->frames = (size_t)frames;
    return OT_OK;
}

static enum ot_rc check_meaning(const struct otx_item *root, struct ot_err *err)
{
    long per_pixel = 0;
    char meaning[32];
    char segments[32];
    enum ot_rc rc = ot_dicom_need_integer(root, TAG_SAMPLES_PER_PIXEL, 1, 255, &per_pixel, err);
    if (rc != OT_OK) {
        return rc;
    }
    (void)ot_dicom_text(root, TAG_PHOTOMETRIC, meaning, sizeof meaning);
    (void)ot_dicom_text(root, TAG_SEGMENTATION_TYPE, segments, sizeof segments);
    /* Which end of the scale is shown white does not change the values, nor does the color in
     * which a label is shown. */
    const bool labels = strcmp(segments, "LABELMAP") == 0 && strcmp(meaning, "PALETTE COLOR") == 0;
    if (per_pixel != 1 || !(labels || strncmp(meaning, "MONOCHROME", strlen("MONOCHROME")) == 0)) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "holds a color picture (%ld samples per pixel, %s), no measured image",
                       per_pixel, meaning[0] != '\0' ? meaning : "no photometric interpretation");
    }
    return OT_OK;
}

/* DCMTK has no decoder for these; the second kind may be lossy. */
static bool is_jpeg2000(const char *transfer_syntax)
{
    return strcmp(transfer_syntax, "1.2.840.10008.1.2.4.90") == 0 ||
           strcmp(transfer_syntax, "1.2.840.10008.1.2.4.91") == 0;
}

/* What DCMTK decodes here: RLE, JPEG (baseline, extended, lossless), JPEG-LS (both). */
static bool can_decode(const char *transfer_syntax)
{
    static const char *const known[] = {
        rle_syntax,
        "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.51",
        "1.2.840.10008.1.2.4.57",
        "1.2.840.10008.1.2.4.70",
        "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.81",
    };
    for (size_t n = 0; n < sizeof known / sizeof known[0]; n++) {
        if (strcmp(known[n], transfer_syntax) == 0) {
            return true;
        }
    }
    return false;
}

/* Bits that were packed first and then compressed as bytes: whole bytes a frame only. */
static bool can_unpack(const struct ot_dicom_samples *samples, const char *transfer_syntax)
{
    return samples->bits_allocated == 1 && strcmp(transfer_syntax, rle_syntax) == 0 &&
           samples->columns * samples->rows % BITS_PER_BYTE == 0;
}

static enum ot_rc check_data(const struct ot_dicom_file *file,
                             const struct ot_dicom_samples *samples, struct ot_err *err)
{
    if (file->layout.has_float_pixels) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "holds pixels in floating point (7fe0,0008/0009), which are not read here; "
                       "export whole numbers with a slope");
    }
    if (!file->layout.has_pixels) {
        return ot_fail(err, OT_ERR_FORMAT, "PixelData (7fe0,0010) is missing");
    }
    /* 65535 x 65535 x 100000 x 32 bits fit size_t, so that the limit can be compared. */
    const size_t size = ot_dicom_samples_size(samples);
    if (size > max_bytes) {
        return ot_fail(err, OT_ERR_FORMAT, "%zu x %zu x %zu pixels are more than are read here",
                       samples->columns, samples->rows, samples->frames);
    }
    if (file->layout.encapsulated != file->layout.compressed) {
        char name[80];
        otx_uid_name(file->layout.transfer_syntax, name, sizeof name);
        return ot_fail(err, OT_ERR_FORMAT, "its pixels are%s compressed, in the transfer syntax %s",
                       file->layout.encapsulated ? "" : " not", name);
    }
    if (file->layout.encapsulated) {
        if (can_unpack(samples, file->layout.transfer_syntax) ||
            (samples->bits_allocated != 1 && (can_decode(file->layout.transfer_syntax) ||
                                              is_jpeg2000(file->layout.transfer_syntax)))) {
            return OT_OK;
        }
        if (samples->bits_allocated == 1 && strcmp(file->layout.transfer_syntax, rle_syntax) == 0) {
            return ot_fail(err, OT_ERR_UNSUPPORTED,
                           "packed bits under RLE in frames of %zu x %zu pixels, which end within "
                           "a byte, have no defined order; write the segmentation uncompressed",
                           samples->columns, samples->rows);
        }
        char name[80];
        otx_uid_name(file->layout.transfer_syntax, name, sizeof name);
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "pixels of %zu bit%s in %s cannot be decompressed here; decompress the file "
                       "first (gdcmconv --raw)",
                       samples->bits_allocated, samples->bits_allocated == 1 ? "" : "s", name);
    }
    const size_t held = file->layout.pixel_size;
    if (held < size || held > size + (size & 1U)) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "PixelData (7fe0,0010) holds %zu bytes, the header says %zu", held, size);
    }
    return OT_OK;
}

enum ot_rc ot_dicom_samples_describe(const struct ot_dicom_file *file,
                                     struct ot_dicom_samples *samples, struct ot_err *err)
{
    *samples = (struct ot_dicom_samples){0};
    enum ot_rc rc = read_matrix(file->root, samples, err);
    if (rc == OT_OK) {
        rc = check_meaning(file->root, err);
    }
    if (rc == OT_OK) {
        rc = read_bits(file->root, samples, err);
    }
    return rc == OT_OK ? check_data(file, samples, err) : rc;
}

/* Where a frame's samples go. */
struct target {
    struct ot_jpeg2000_frame frame;
    size_t frame_size;
    unsigned char *block;
};

static enum ot_rc decode_frame(size_t n, const void *bytes, size_t size, void *context,
                               struct ot_err *err)
{
    const struct target *to = (const struct target *)context;
    return ot_jpeg2000_decode(bytes, size, &to->frame, to->block + n * to->frame_size, err);
}

static enum ot_rc decode_jpeg2000(const struct ot_dicom_file *file,
                                  const struct ot_dicom_samples *samples, unsigned char *block,
                                  struct ot_err *err)
{
    struct target to = {.frame = {.columns = samples->columns,
                                  .rows = samples->rows,
                                  .bits_allocated = samples->bits_allocated,
                                  .bits_stored = samples->bits_stored,
                                  .is_signed = samples->is_signed}};
    to.frame_size = samples->columns * samples->rows * (samples->bits_allocated / BITS_PER_BYTE);
    to.block = block;
    return ot_dicom_fragments_each(&file->layout, samples->frames, decode_frame, &to, err);
}

enum ot_rc ot_dicom_samples_fetch(const struct ot_dicom_file *file,
                                  const struct ot_dicom_samples *samples,
                                  const unsigned char **data, unsigned char **block,
                                  struct ot_err *err)
{
    *block = NULL;
    *data = (const unsigned char *)file->layout.pixels;
    if (*data != NULL && !file->layout.big_endian) {
        return OT_OK;
    }
    if (file->layout.big_endian && samples->bits_allocated == 32) {
        return ot_fail(err, OT_ERR_UNSUPPORTED, "big-endian pixels of 32 bits are not read here");
    }
    const size_t size = ot_dicom_samples_size(samples);
    /* What is compressed 1000 times or more is a bomb, not a measured image. */
    if (size / 1000 > file->bytes.size) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "%zu bytes of pixels cannot come from a file of %zu bytes", size,
                       file->bytes.size);
    }
    *block = OT_NEW(unsigned char, size, err);
    if (*block == NULL) {
        return OT_ERR_NOMEM;
    }
    *data = *block;
    if (samples->bits_allocated == 1 && file->layout.encapsulated) {
        return otx_dicom_unpack_rle(file->bytes.data, file->bytes.size, *block,
                                    size / samples->frames, samples->frames, err);
    }
    if (is_jpeg2000(file->layout.transfer_syntax)) {
        return decode_jpeg2000(file, samples, *block, err);
    }
    return otx_dicom_decode(file->bytes.data, file->bytes.size, *block, size, err);
}

/* Bits above those stored are not part of the value (overlays once stood there); the highest of
 * those stored is the sign. Flipping it and subtracting it extends the sign without a branch. */
void ot_dicom_samples_decode(const struct ot_dicom_samples *samples, const unsigned char *data,
                             size_t first, size_t count, double *stored)
{
    const size_t bits = samples->bits_stored;
    const uint32_t mask = bits >= 32 ? UINT32_MAX : (1U << bits) - 1U;
    const uint32_t sign = samples->is_signed ? 1U << (bits - 1) : 0U;
    if (samples->bits_allocated == 1) {
        for (size_t n = 0; n < count; n++) {
            const size_t at = first + n;
            stored[n] = (double)((uint32_t)data[at / BITS_PER_BYTE] >> at % BITS_PER_BYTE & 1U);
        }
    } else if (samples->bits_allocated == 8) {
        for (size_t n = 0; n < count; n++) {
            stored[n] = (double)((data[first + n] & mask) ^ sign) - (double)sign;
        }
    } else if (samples->bits_allocated == 16) {
        const unsigned char *at = data + 2 * first;
#pragma omp simd
        for (size_t n = 0; n < count; n++) { /* by int, which processors turn into double */
            const uint32_t raw = (uint32_t)at[2 * n] | (uint32_t)at[2 * n + 1] << 8U;
            stored[n] = (double)((int32_t)((raw & mask) ^ sign) - (int32_t)sign);
        }
    } else {
        const unsigned char *at = data + 4 * first;
        for (size_t n = 0; n < count; n++) {
            const uint32_t raw = (uint32_t)at[4 * n] | (uint32_t)at[4 * n + 1] << 8U |
                                 (uint32_t)at[4 * n + 2] << 16U | (uint32_t)at[4 * n + 3] << 24U;
            stored[n] = (double)((raw & mask) ^ sign) - (double)sign;
        }
    }
}
