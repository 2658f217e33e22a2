/* io/gzip.c - zlib with limits. */
#include "io/gzip.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#define ZLIB_CONST /* input is not written to */
#include <zlib.h>

#include "core/mem.h"

enum {
    GZIP_WINDOW = 15 + 16, /* zlib: the largest window, and a gzip header */
    RAW_WINDOW = -15,      /* deflate without any header */
    MEMORY_LEVEL = 8,
    BLOCK_BYTES = 1 << 20,
    STEP_BYTES = 1 << 30, /* zlib counts in unsigned int */
};

bool ot_gzip_is(const void *bytes, size_t size)
{
    static const unsigned char magic[] = {0x1F, 0x8B, 8};
    return size >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

/* A reader of members; what it gives goes to `out`, or is dropped. */
struct inflater {
    z_stream stream;
    const unsigned char *in;
    size_t left;
    unsigned char *out; /* may be NULL */
    size_t got;
    unsigned char dropped[16384];
};

static unsigned step(size_t left)
{
    return left < STEP_BYTES ? (unsigned)left : (unsigned)STEP_BYTES;
}

/* One call of inflate() that may write `room` bytes at most. */
static int inflate_some(struct inflater *z, size_t room)
{
    z->stream.next_in = z->in;
    z->stream.avail_in = step(z->left);
    if (z->out != NULL) {
        z->stream.next_out = z->out + z->got;
        z->stream.avail_out = step(room);
    } else {
        z->stream.next_out = z->dropped;
        z->stream.avail_out = room < sizeof z->dropped ? (unsigned)room : sizeof z->dropped;
    }
    const unsigned in_before = z->stream.avail_in;
    const unsigned out_before = z->stream.avail_out;
    const int status = inflate(&z->stream, Z_NO_FLUSH);
    z->in += in_before - z->stream.avail_in;
    z->left -= in_before - z->stream.avail_in;
    z->got += out_before - z->stream.avail_out;
    return status;
}

static enum ot_rc inflate_begin(struct inflater *z, const void *bytes, size_t size, void *out,
                                struct ot_err *err)
{
    z->in = (const unsigned char *)bytes;
    z->left = size;
    z->out = (unsigned char *)out;
    return inflateInit2(&z->stream, GZIP_WINDOW) == Z_OK
               ? OT_OK
               : ot_fail(err, OT_ERR_NOMEM, "no memory to inflate gzip data");
}

enum ot_rc ot_gzip_peek(const void *bytes, size_t size, void *out, size_t want, size_t *got,
                        struct ot_err *err)
{
    struct inflater z = {.left = 0};
    *got = 0;
    enum ot_rc rc = inflate_begin(&z, bytes, size, out, err);
    if (rc != OT_OK) {
        return rc;
    }
    int status = Z_OK;
    while (status == Z_OK && z.got < want && z.left > 0) {
        status = inflate_some(&z, want - z.got);
    }
    (void)inflateEnd(&z.stream);
    *got = z.got;
    if (status == Z_MEM_ERROR) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory to inflate gzip data");
    }
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
        return ot_fail(err, OT_ERR_FORMAT, "the gzip data are damaged");
    }
    return OT_OK;
}

/* Inflates the members that follow; one byte more than wanted is room enough to see too much. */
static enum ot_rc inflate_members(struct inflater *z, size_t want, struct ot_err *err)
{
    unsigned char *const out = z->out;
    for (;;) {
        if (z->got == want) { /* room for one byte that must not come */
            z->out = NULL;
        }
        const size_t left_before = z->left;
        const size_t got_before = z->got;
        const int status = inflate_some(z, z->got < want ? want - z->got : 1);
        if (z->got > want) {
            return ot_fail(err, OT_ERR_FORMAT,
                           "the gzip data hold more than the %zu bytes that "
                           "the header promises",
                           want);
        }
        if (status == Z_STREAM_END) {
            if (z->left == 0) {
                break;
            }
            if (!ot_gzip_is(z->in, z->left) || inflateReset(&z->stream) != Z_OK) {
                return ot_fail(err, OT_ERR_FORMAT,
                               "%zu bytes that are no gzip data follow the "
                               "gzip data",
                               z->left);
            }
            continue;
        }
        if (status == Z_MEM_ERROR) {
            return ot_fail(err, OT_ERR_NOMEM, "no memory to inflate gzip data");
        }
        if (status != Z_OK && status != Z_BUF_ERROR) {
            return ot_fail(err, OT_ERR_FORMAT, "the gzip data are damaged");
        }
        if (z->left == left_before && z->got == got_before) {
            return ot_fail(err, OT_ERR_FORMAT, "the gzip data are cut off after %zu bytes of %zu",
                           z->got, want);
        }
    }
    z->out = out;
    if (z->got != want) {
        return ot_fail(err, OT_ERR_FORMAT, "the gzip data hold %zu bytes instead of %zu", z->got,
                       want);
    }
    return OT_OK;
}

enum ot_rc ot_gzip_inflate(const void *bytes, size_t size, void *out, size_t want,
                           struct ot_err *err)
{
    struct inflater z = {.left = 0};
    enum ot_rc rc = inflate_begin(&z, bytes, size, out, err);
    if (rc == OT_OK) {
        rc = inflate_members(&z, want, err);
        (void)inflateEnd(&z.stream);
    }
    return rc;
}

/* Room for a block that does not compress, its blocks' headers and the flush marker. */
static size_t block_bound(void)
{
    return (size_t)BLOCK_BYTES + BLOCK_BYTES / 512 + 64;
}

/* One block as raw deflate data that end on a byte; the last one ends the stream. */
static int deflate_block(const unsigned char *bytes, size_t size, bool last, unsigned char *out,
                         size_t *written)
{
    z_stream stream = {.next_in = bytes, .avail_in = (unsigned)size};
    int status = deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, RAW_WINDOW, MEMORY_LEVEL,
                              Z_DEFAULT_STRATEGY);
    if (status != Z_OK) {
        return status;
    }
    stream.next_out = out;
    stream.avail_out = (unsigned)block_bound();
    status = deflate(&stream, last ? Z_FINISH : Z_FULL_FLUSH);
    *written = block_bound() - stream.avail_out;
    const bool whole =
        stream.avail_in == 0 && stream.avail_out > 0 && status == (last ? Z_STREAM_END : Z_OK);
    (void)deflateEnd(&stream);
    return whole ? Z_OK : Z_STREAM_ERROR;
}

static void append_little_endian(struct ot_buffer *out, uint32_t value)
{
    unsigned char bytes[4];
    for (unsigned n = 0; n < sizeof bytes; n++) {
        bytes[n] = (unsigned char)(value >> (8 * n));
    }
    ot_buffer_append(out, bytes, sizeof bytes);
}

enum ot_rc ot_gzip_deflate(const void *bytes, size_t size, struct ot_buffer *out,
                           struct ot_err *err)
{
    /* No flags, no time, fastest, unknown system. */
    static const unsigned char header[10] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 255};
    const unsigned char *in = (const unsigned char *)bytes;
    const size_t count = size / BLOCK_BYTES + 1; /* the last one may be empty */
    const ptrdiff_t blocks = (ptrdiff_t)count;
    enum ot_rc rc = OT_OK;
    int worst = Z_OK;
    unsigned char *room = OT_NEW(unsigned char, count *block_bound(), err);
    size_t *written = OT_NEW(size_t, count, err);
    uint32_t *sums = OT_NEW(uint32_t, count, err);
    if (room == NULL || written == NULL || sums == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
#pragma omp parallel for schedule(static) reduction(min : worst)
    for (ptrdiff_t b = 0; b < blocks; b++) {
        const size_t first = (size_t)b * BLOCK_BYTES;
        const size_t length = size - first < BLOCK_BYTES ? size - first : BLOCK_BYTES;
        const int status = deflate_block(in + first, length, b + 1 == blocks,
                                         room + (size_t)b * block_bound(), &written[b]);
        sums[b] = (uint32_t)crc32(0, in + first, (unsigned)length);
        worst = status < worst ? status : worst;
    }
    if (worst != Z_OK) {
        rc = ot_fail(err, worst == Z_MEM_ERROR ? OT_ERR_NOMEM : OT_ERR_EXTERNAL,
                     "zlib cannot compress %zu bytes", size);
        goto done;
    }
    uLong sum = crc32(0, NULL, 0);
    ot_buffer_append(out, header, sizeof header);
    for (size_t b = 0; b < count; b++) {
        const size_t length = b + 1 < count ? BLOCK_BYTES : size - b * BLOCK_BYTES;
        ot_buffer_append(out, room + b * block_bound(), written[b]);
        sum = crc32_combine(sum, sums[b], (z_off_t)length);
    }
    append_little_endian(out, (uint32_t)sum);
    append_little_endian(out, (uint32_t)(size & UINT32_MAX));
    rc = ot_buffer_check(out, err);

done:
    ot_free(room);
    ot_free(written);
    ot_free(sums);
    return rc;
}
