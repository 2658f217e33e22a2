/* tests/test_jpeg2000.c - JPEG 2000 in DICOM: bits as they were, and what is damaged. labels: shim
 * timeout: 120 */
#include "tests/support/ot_test.h"

#include "core/mem.h"
#include "io/dicom_fragments.h"
#include "io/dicom_samples.h"
#include "io/dicom_series.h"
#include "io/jpeg2000.h"

#define FOLDER "testdata/ct/Enet4-dicom-test-files__WG04_CT1_transfer_syntaxes/"
enum { SIDE = 512, BYTES = 2 * SIDE * SIDE };

/* The samples of a single CT slice as they are stored; the caller frees them (ot_free). */
static unsigned char *samples_of(const char *name)
{
    struct ot_dicom_set set = {0};
    struct ot_dicom_samples samples;
    const unsigned char *data = NULL;
    unsigned char *block = NULL;
    struct ot_err err = {0};
    const char *path = ot_test_shared(name);
    assert_ok(ot_dicom_set_read(path, OT_USE_CT, &set, &err), err);
    assert_ok(ot_dicom_samples_describe(&set.files[0], &samples, &err), err);
    assert_int_equal(ot_dicom_samples_size(&samples), BYTES);
    assert_ok(ot_dicom_file_recall(&set.files[0], &err), err);
    assert_ok(ot_dicom_samples_fetch(&set.files[0], &samples, &data, &block, &err), err);
    unsigned char *copy = OT_NEW(unsigned char, BYTES, &err);
    assert_non_null(copy);
    memcpy(copy, data, BYTES);
    ot_free(block);
    ot_dicom_set_release(&set);
    return copy;
}

static int16_t sample(const unsigned char *at)
{
    return (int16_t)((unsigned)at[0] | (unsigned)at[1] << 8U);
}

static void a_lossless_slice_has_the_bits_of_the_plain_one(void **state)
{
    (void)state;
    unsigned char *plain = samples_of(FOLDER "CT1_UNC");
    unsigned char *packed = samples_of(FOLDER "CT1_J2KR");
    assert_memory_equal(plain, packed, BYTES);
    ot_free(packed);
    ot_free(plain);
}

/* The facts of pydicom with gdcm, in HU: least -3339, most 1385, mean -871.19764. */
static void a_lossy_slice_has_the_values_that_gdcm_gives(void **state)
{
    (void)state;
    unsigned char *packed = samples_of(FOLDER "CT1_J2KI");
    int least = 32767;
    int most = -32768;
    double sum = 0.0;
    for (size_t n = 0; n < BYTES; n += 2) {
        const int hu = sample(packed + n) - 1024;
        least = hu < least ? hu : least;
        most = hu > most ? hu : most;
        sum += hu;
    }
    assert_int_equal(least, -3339);
    assert_int_equal(most, 1385);
    assert_near(sum / (SIDE * SIDE), -871.19764, 5e-5);
    ot_free(packed);
}

struct stream {
    unsigned char *bytes; /* owned */
    size_t size;
};

static enum ot_rc keep_frame(size_t frame, const void *bytes, size_t size, void *context,
                             struct ot_err *err)
{
    struct stream *stream = (struct stream *)context;
    assert_int_equal(frame, 0);
    stream->bytes = OT_NEW(unsigned char, size, err);
    assert_non_null(stream->bytes);
    memcpy(stream->bytes, bytes, size);
    stream->size = size;
    return OT_OK;
}

/* The codestream of the lossless slice. */
static struct stream real_stream(void)
{
    struct stream stream = {NULL, 0};
    struct ot_dicom_set set = {0};
    struct ot_err err = {0};
    const char *path = ot_test_shared(FOLDER "CT1_J2KR");
    assert_ok(ot_dicom_set_read(path, OT_USE_CT, &set, &err), err);
    assert_ok(ot_dicom_file_recall(&set.files[0], &err), err);
    assert_ok(ot_dicom_fragments_each(&set.files[0].layout, 1, keep_frame, &stream, &err), err);
    ot_dicom_set_release(&set);
    return stream;
}

static const struct ot_jpeg2000_frame slice = {
    .columns = SIDE, .rows = SIDE, .bits_allocated = 16, .bits_stored = 16, .is_signed = true};

static void d04_a_codestream_cut_anywhere_gives_no_pixels(void **state)
{
    (void)state;
    struct stream stream = real_stream();
    struct ot_err err = {0};
    unsigned char *out = OT_NEW(unsigned char, BYTES, &err);
    assert_non_null(out);
    /* The slice's end marker is followed by a byte: cut at the marker it is whole. */
    for (size_t size = 0; size + 3 < stream.size; size += size < 200 ? 1 : ot_test_step(20011)) {
        assert_int_equal(ot_jpeg2000_decode(stream.bytes, size, &slice, out, NULL), OT_ERR_FORMAT);
        /* An end marker where the cut is does not help. */
        if (size > 200) {
            const unsigned char kept[2] = {stream.bytes[size], stream.bytes[size + 1]};
            stream.bytes[size] = 0xff;
            stream.bytes[size + 1] = 0xd9;
            assert_int_equal(ot_jpeg2000_decode(stream.bytes, size + 2, &slice, out, NULL),
                             OT_ERR_FORMAT);
            memcpy(stream.bytes + size, kept, 2);
        }
    }
    ot_free(out);
    ot_free(stream.bytes);
}

static void d05_a_changed_byte_never_crashes_the_decoder(void **state)
{
    (void)state;
    struct stream stream = real_stream();
    struct ot_err err = {0};
    unsigned char *out = OT_NEW(unsigned char, BYTES, &err);
    assert_non_null(out);
    /* The head byte by byte, of the rest a few: all bytes are alike there, and each takes a
     * decoding of the slice. */
    for (size_t at = 0; at < stream.size;
         at += at < 128 ? ot_test_step(3) : ot_test_step(20) * 1009) {
        const unsigned char kept = stream.bytes[at];
        stream.bytes[at] = (unsigned char)(kept ^ (1U << at % 8));
        const enum ot_rc rc = ot_jpeg2000_decode(stream.bytes, stream.size, &slice, out, NULL);
        assert_true(rc == OT_OK || rc == OT_ERR_FORMAT || rc == OT_ERR_UNSUPPORTED);
        stream.bytes[at] = kept;
    }
    ot_free(out);
    ot_free(stream.bytes);
}

static void d11_a_codestream_of_another_size_is_refused_before_pixels_are_allocated(void **state)
{
    (void)state;
    struct stream stream = real_stream();
    struct ot_err err = {0};
    static const unsigned char huge[] = {0x7f, 0xff, 0xff, 0xff};
    unsigned char out[2];
    memcpy(stream.bytes + 8, huge, sizeof huge); /* Xsiz: 2^31 - 1 columns */
    assert_refused(ot_jpeg2000_decode(stream.bytes, stream.size, &slice, out, &err), err,
                   OT_ERR_FORMAT, "of another size than the 512 x 512");
    ot_free(stream.bytes);
    stream = real_stream();
    static const struct {
        struct ot_jpeg2000_frame frame;
        enum ot_rc code;
        const char *text;
    } wrong[] = {
        {{SIDE, SIDE - 1, 16, 16, true}, OT_ERR_FORMAT, "512 x 511"},
        {{SIDE, SIDE, 16, 16, false}, OT_ERR_UNSUPPORTED, "holds signed values of 16 bits"},
        {{SIDE, SIDE, 8, 8, true}, OT_ERR_UNSUPPORTED, "8 bits allocated"},
    };
    for (size_t n = 0; n < 3; n++) {
        err = (struct ot_err){0};
        assert_refused(ot_jpeg2000_decode(stream.bytes, stream.size, &wrong[n].frame, out, &err),
                       err, wrong[n].code, wrong[n].text);
    }
    stream.bytes[41] = 3; /* color */
    err = (struct ot_err){0};
    assert_refused(ot_jpeg2000_decode(stream.bytes, stream.size, &slice, out, &err), err,
                   OT_ERR_UNSUPPORTED, "3 components");
    ot_free(stream.bytes);
}

static void values_beyond_the_bits_stored_are_refused(void **state)
{
    (void)state;
    struct stream stream = real_stream();
    struct ot_jpeg2000_frame narrow = slice;
    struct ot_err err = {0};
    unsigned char *out = OT_NEW(unsigned char, BYTES, &err);
    assert_non_null(out);
    narrow.bits_stored = 10; /* the slice holds -2000 to 2278 */
    assert_refused(ot_jpeg2000_decode(stream.bytes, stream.size, &narrow, out, &err), err,
                   OT_ERR_FORMAT, "beyond 10 bits stored");
    ot_free(out);
    ot_free(stream.bytes);
}

/* Items: an offset table, then fragments. */
static struct ot_dicom_layout layout_of(const unsigned char *items, size_t size)
{
    return (struct ot_dicom_layout){.fragments = (const char *)items, .fragments_size = size};
}

struct seen {
    char text[64];
};

static enum ot_rc see(size_t frame, const void *bytes, size_t size, void *context,
                      struct ot_err *err)
{
    struct seen *seen = (struct seen *)context;
    const size_t used = strlen(seen->text);
    (void)err;
    (void)snprintf(seen->text + used, sizeof seen->text - used, "%zu:%.*s;", frame, (int)size,
                   (const char *)bytes);
    return OT_OK;
}

#define ITEM(length) 0xfe, 0xff, 0x00, 0xe0, (length), 0, 0, 0
static void fragments_belong_to_frames_one_by_one_or_by_the_table(void **state)
{
    (void)state;
    static const unsigned char plain[] = {ITEM(0), ITEM(2), 'a',     'b', ITEM(2),
                                          'c',     'd',     ITEM(2), 'e', 'f'};
    static const unsigned char table[] = {ITEM(8), 0,   0,   0,       0,   20,  0,       0,   0,
                                          ITEM(2), 'a', 'b', ITEM(2), 'c', 'd', ITEM(2), 'e', 'f'};
    static const unsigned char wrong[] = {ITEM(8), 0,   0,   0,       0,   19,  0,       0,   0,
                                          ITEM(2), 'a', 'b', ITEM(2), 'c', 'd', ITEM(2), 'e', 'f'};
    struct ot_err err = {0};
    struct seen seen = {""};
    struct ot_dicom_layout layout = layout_of(plain, sizeof plain);
    assert_ok(ot_dicom_fragments_each(&layout, 3, see, &seen, &err), err);
    assert_string_equal(seen.text, "0:ab;1:cd;2:ef;");
    seen = (struct seen){""};
    assert_ok(ot_dicom_fragments_each(&layout, 1, see, &seen, &err), err);
    assert_string_equal(seen.text, "0:abcdef;");
    assert_refused(ot_dicom_fragments_each(&layout, 2, see, &seen, &err), err, OT_ERR_FORMAT,
                   "3 fragments for 2 frames");
    seen = (struct seen){""};
    layout = layout_of(table, sizeof table);
    assert_ok(ot_dicom_fragments_each(&layout, 2, see, &seen, &err), err);
    assert_string_equal(seen.text, "0:abcd;1:ef;");
    layout = layout_of(wrong, sizeof wrong);
    err = (struct ot_err){0};
    assert_refused(ot_dicom_fragments_each(&layout, 2, see, &seen, &err), err, OT_ERR_FORMAT,
                   "points between fragments");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lossless_slice_has_the_bits_of_the_plain_one),
        cmocka_unit_test(a_lossy_slice_has_the_values_that_gdcm_gives),
        cmocka_unit_test(d04_a_codestream_cut_anywhere_gives_no_pixels),
        cmocka_unit_test(d05_a_changed_byte_never_crashes_the_decoder),
        cmocka_unit_test(d11_a_codestream_of_another_size_is_refused_before_pixels_are_allocated),
        cmocka_unit_test(values_beyond_the_bits_stored_are_refused),
        cmocka_unit_test(fragments_belong_to_frames_one_by_one_or_by_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
