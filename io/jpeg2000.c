/* io/jpeg2000.c - the head of a codestream is read here first, so that OpenJPEG only sees images
 * of the size that is expected. */
#include "io/jpeg2000.h"

#include <stdint.h>
#include <string.h>

#include <openjpeg.h>

/* The head: SOC, then SIZ with one component (15444-1, A.5.1). */
enum {
    SIZ_AT = 2,
    SIZ_X = 8, /* image and tiles: 8 numbers of 32 bits */
    SIZ_COMPONENTS = 40,
    SIZ_DEPTH = 42, /* bits - 1; the highest bit: signed */
    SIZ_END = 45,
    MARKER_SOC = 0xff4f,
    MARKER_SIZ = 0xff51,
    MARKER_EOC = 0xffd9,
    STREAM_BLOCK = 1 << 16,
};

static uint32_t big_endian(const unsigned char *at, size_t size)
{
    uint32_t value = 0;
    for (size_t n = 0; n < size; n++) {
        value = value << 8U | at[n];
    }
    return value;
}

static enum ot_rc check_head(const unsigned char *bytes, size_t size,
                             const struct ot_jpeg2000_frame *frame, struct ot_err *err)
{
    if (size < SIZ_END || big_endian(bytes, 2) != MARKER_SOC ||
        big_endian(bytes + SIZ_AT, 2) != MARKER_SIZ) {
        return ot_fail(err, OT_ERR_FORMAT, "holds no JPEG 2000 codestream");
    }
    uint32_t place[8]; /* X, Y, their offsets, size of tiles, their offsets */
    for (size_t n = 0; n < 8; n++) {
        place[n] = big_endian(bytes + SIZ_X + 4 * n, 4);
    }
    const uint32_t components = big_endian(bytes + SIZ_COMPONENTS, 2);
    const size_t depth = (bytes[SIZ_DEPTH] & 0x7fU) + 1U;
    const bool is_signed = (bytes[SIZ_DEPTH] & 0x80U) != 0;
    if (components != 1 || bytes[SIZ_DEPTH + 1] != 1 || bytes[SIZ_DEPTH + 2] != 1) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "its JPEG 2000 codestream holds %u components; one is read here",
                       (unsigned)components);
    }
    if (place[0] < place[2] || place[1] < place[3] || place[0] - place[2] != frame->columns ||
        place[1] - place[3] != frame->rows || place[4] == 0 || place[5] == 0) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "its JPEG 2000 codestream is of another size than the %zu x %zu of the "
                       "header",
                       frame->columns, frame->rows);
    }
    if (depth > frame->bits_allocated || is_signed != frame->is_signed) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "its JPEG 2000 codestream holds %s values of %zu bits, the header says %s, "
                       "%zu bits allocated",
                       is_signed ? "signed" : "unsigned", depth,
                       frame->is_signed ? "signed" : "unsigned", frame->bits_allocated);
    }
    return OT_OK;
}

static bool ends_with_eoc(const unsigned char *bytes, size_t size)
{
    return size >= SIZ_END && big_endian(bytes + size - 2, 2) == MARKER_EOC;
}

/* Bytes up to the end marker, without those that fill a fragment up: zeros by the standard, one
 * byte of another value by some; 0 where the marker is not there. */
static size_t size_to_end(const unsigned char *bytes, size_t size)
{
    if (size > 0 && ends_with_eoc(bytes, size - 1)) {
        return size - 1;
    }
    while (size > 0 && bytes[size - 1] == 0) {
        size--;
    }
    return ends_with_eoc(bytes, size) ? size : 0;
}

/* OpenJPEG's view of memory as a stream. */
struct source {
    const unsigned char *bytes;
    size_t size;
    size_t at;
    bool warned; /* a warning about this codestream: it is damaged */
};

static OPJ_SIZE_T source_read(void *buffer, OPJ_SIZE_T wanted, void *user)
{
    struct source *source = (struct source *)user;
    const size_t left = source->size - source->at;
    const size_t count = wanted < left ? wanted : left;
    if (count == 0) {
        return (OPJ_SIZE_T)-1;
    }
    memcpy(buffer, source->bytes + source->at, count);
    source->at += count;
    return count;
}

static OPJ_OFF_T source_skip(OPJ_OFF_T count, void *user)
{
    struct source *source = (struct source *)user;
    if (count < 0 || (size_t)count > source->size - source->at) {
        return -1;
    }
    source->at += (size_t)count;
    return count;
}

static OPJ_BOOL source_seek(OPJ_OFF_T to, void *user)
{
    struct source *source = (struct source *)user;
    if (to < 0 || (size_t)to > source->size) {
        return OPJ_FALSE;
    }
    source->at = (size_t)to;
    return OPJ_TRUE;
}

static void take_warning(const char *text, void *user)
{
    (void)text;
    ((struct source *)user)->warned = true;
}

static enum ot_rc store(const opj_image_t *image, const struct ot_jpeg2000_frame *frame,
                        unsigned char *out, struct ot_err *err)
{
    const opj_image_comp_t *component = &image->comps[0];
    const size_t bytes = frame->bits_allocated / 8;
    const int64_t span = (int64_t)1 << frame->bits_stored;
    const int64_t least = frame->is_signed ? -span / 2 : 0;
    const int64_t most = frame->is_signed ? span / 2 - 1 : span - 1;
    if (image->numcomps != 1 || component->data == NULL || component->w != frame->columns ||
        component->h != frame->rows) {
        return ot_fail(err, OT_ERR_FORMAT, "its JPEG 2000 codestream decodes to another size");
    }
    for (size_t n = 0; n < frame->columns * frame->rows; n++) {
        const int64_t value = component->data[n];
        if (value < least || value > most) {
            return ot_fail(err, OT_ERR_FORMAT,
                           "its JPEG 2000 codestream holds the value %lld, beyond %zu bits stored",
                           (long long)value, frame->bits_stored);
        }
        const uint32_t raw = (uint32_t)component->data[n];
        for (size_t b = 0; b < bytes; b++) {
            out[n * bytes + b] = (unsigned char)(raw >> (8U * b) & 0xffU);
        }
    }
    return OT_OK;
}

static enum ot_rc decode(opj_codec_t *codec, opj_stream_t *stream, struct source *source,
                         const struct ot_jpeg2000_frame *frame, unsigned char *out,
                         struct ot_err *err)
{
    opj_dparameters_t parameters;
    opj_image_t *image = NULL;
    opj_set_default_decoder_parameters(&parameters);
    (void)opj_set_warning_handler(codec, take_warning, source);
    (void)opj_set_error_handler(codec, take_warning, source);
    opj_stream_set_user_data(stream, source, NULL);
    opj_stream_set_user_data_length(stream, source->size);
    opj_stream_set_read_function(stream, source_read);
    opj_stream_set_skip_function(stream, source_skip);
    opj_stream_set_seek_function(stream, source_seek);
    const bool done = opj_setup_decoder(codec, &parameters) == OPJ_TRUE &&
                      opj_decoder_set_strict_mode(codec, OPJ_TRUE) == OPJ_TRUE &&
                      opj_read_header(stream, codec, &image) == OPJ_TRUE &&
                      opj_decode(codec, stream, image) == OPJ_TRUE &&
                      opj_end_decompress(codec, stream) == OPJ_TRUE;
    enum ot_rc rc = OT_OK;
    if (done && !source->warned) {
        rc = store(image, frame, out, err);
    } else {
        rc = ot_fail(err, OT_ERR_FORMAT, "its JPEG 2000 codestream is damaged");
    }
    opj_image_destroy(image);
    return rc;
}

enum ot_rc ot_jpeg2000_decode(const void *bytes, size_t size, const struct ot_jpeg2000_frame *frame,
                              unsigned char *out, struct ot_err *err)
{
    struct source source = {.bytes = (const unsigned char *)bytes};
    enum ot_rc rc = check_head(source.bytes, size, frame, err);
    if (rc != OT_OK) {
        return rc;
    }
    source.size = size_to_end(source.bytes, size);
    if (source.size == 0) {
        return ot_fail(err, OT_ERR_FORMAT, "its JPEG 2000 codestream is cut off");
    }
    opj_codec_t *codec = opj_create_decompress(OPJ_CODEC_J2K);
    opj_stream_t *stream = opj_stream_create(STREAM_BLOCK, OPJ_TRUE);
    if (codec == NULL || stream == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for a JPEG 2000 decoder");
    } else {
        rc = decode(codec, stream, &source, frame, out, err);
    }
    if (stream != NULL) {
        opj_stream_destroy(stream);
    }
    if (codec != NULL) {
        opj_destroy_codec(codec);
    }
    return rc;
}

const char *ot_jpeg2000_version(void)
{
    return opj_version();
}
