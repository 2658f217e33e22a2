/* tests/test_dicom_scan.c - hostile bytes: nesting, truncation, bombs; never a crash, never a
 * partial image. labels: shim
 * timeout: 300 */
#include "tests/support/ot_test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "core/mem.h"
#include "core/text.h"
#include "io/dicom.h"
#include "io/dicom_scan.h"
#include "io/file.h"
#include "io/load.h"
#include "io/store.h"

static void append_meta(struct ot_buffer *to, const char *syntax)
{
    static const char zeros[128] = {0};
    const size_t length = strlen(syntax) + (strlen(syntax) & 1U);
    const unsigned char head[] = {2, 0, 0x10, 0, 'U', 'I', (unsigned char)length, 0};
    ot_buffer_append(to, zeros, sizeof zeros);
    ot_buffer_text(to, "DICM");
    ot_buffer_append(to, head, sizeof head);
    ot_buffer_append(to, syntax, strlen(syntax));
    ot_buffer_append(to, zeros, length - strlen(syntax));
}

/* (0040,a730) SQ, undefined length, item, undefined length: `depth` times, all closed. */
static void append_nested(struct ot_buffer *to, size_t depth)
{
    static const unsigned char open[] = {0x40, 0,    0x30, 0xa7, 'S',  'Q',  0,
                                         0,    0xff, 0xff, 0xff, 0xff, 0xfe, 0xff,
                                         0x00, 0xe0, 0xff, 0xff, 0xff, 0xff};
    static const unsigned char close[] = {0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0,
                                          0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0};
    for (size_t n = 0; n < depth; n++) {
        ot_buffer_append(to, open, sizeof open);
    }
    for (size_t n = 0; n < depth; n++) {
        ot_buffer_append(to, close, sizeof close);
    }
}

static const char explicit_le[] = "1.2.840.10008.1.2.1";
static const char deflated[] = "1.2.840.10008.1.2.1.99";

static void d09_nesting_is_followed_to_a_depth_and_refused_beyond(void **state)
{
    (void)state;
    static const size_t depths[] = {1, 30, 40, 6000, 200000};
    for (size_t n = 0; n < sizeof depths / sizeof depths[0]; n++) {
        struct ot_buffer bytes = {0};
        struct ot_dicom_layout layout;
        struct ot_err err = {0};
        append_meta(&bytes, explicit_le);
        append_nested(&bytes, depths[n]);
        if (depths[n] <= 30) {
            assert_ok(ot_dicom_scan(bytes.data, bytes.size, &layout, &err), err);
        } else {
            assert_refused(ot_dicom_scan(bytes.data, bytes.size, &layout, &err), err, OT_ERR_FORMAT,
                           "nested deeper than 64 levels");
        }
        ot_dicom_layout_release(&layout);
        ot_buffer_release(&bytes);
    }
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void d09_a_nesting_bomb_of_113_kb_ends_in_one_line(void **state)
{
    (void)state;
    char path[128];
    struct ot_buffer bytes = {0};
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    const char *folder = ot_test_folder();
    append_meta(&bytes, explicit_le);
    append_nested(&bytes, 5700);
    (void)snprintf(path, sizeof path, "%s/bomb.dcm", folder);
    write_file(path, bytes.data, bytes.size);
    assert_refused(ot_dicom_image_load(path, OT_USE_CT, &image, &err), err, OT_ERR_FORMAT,
                   "bomb.dcm: sequences are nested deeper");
    ot_buffer_release(&bytes);
    ot_test_remove_folder(folder);
}

static void d10_a_deflate_bomb_is_stopped_early(void **state)
{
    (void)state;
    struct ot_buffer bytes = {0};
    struct ot_dicom_layout layout;
    struct ot_err err = {0};
    z_stream stream = {0};
    unsigned char *zeros = OT_NEW(unsigned char, 1U << 20, &err);
    unsigned char out[65536];
    append_meta(&bytes, deflated);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
    for (size_t n = 0; n < 520; n++) { /* 520 MiB of zeros in 0.5 MB */
        stream.next_in = zeros;
        stream.avail_in = 1U << 20;
        while (stream.avail_in > 0) {
            stream.next_out = out;
            stream.avail_out = sizeof out;
            assert_int_equal(deflate(&stream, Z_NO_FLUSH), Z_OK);
            ot_buffer_append(&bytes, out, sizeof out - stream.avail_out);
        }
    }
    (void)deflateEnd(&stream);
    assert_true(bytes.size < 3U << 20);
    assert_refused(ot_dicom_scan(bytes.data, bytes.size, &layout, &err), err, OT_ERR_UNSUPPORTED,
                   "inflates to more than");
    /* As regions it is not "empty", which a waiver lets pass. */
    char path[300];
    struct ot_region *region = NULL;
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/bomb.dcm", folder);
    assert_ok(ot_store_file(path, bytes.data, bytes.size, true, &err), err);
    assert_refused(ot_regions_load(path, &(const char *){NULL}, 1, &region, &err), err,
                   OT_ERR_UNSUPPORTED, "bomb.dcm: inflates to more than");
    assert_null(region);
    ot_test_remove_folder(folder);
    ot_dicom_layout_release(&layout);
    ot_buffer_release(&bytes);
    ot_free(zeros);
}

/* Many lengths of a real PET slice: refused, each time with a line. */
static void d04_a_file_cut_anywhere_gives_no_image(void **state)
{
    (void)state;
    char path[128];
    struct ot_buffer whole = {0};
    struct ot_err err = {0};
    const char *source =
        ot_test_shared("testdata/pet/derived__slope_per_slice_bqml/009537162375.dcm");
    assert_ok(ot_file_read(source, SIZE_MAX, &whole, &err), err);
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/cut.dcm", folder);
    for (size_t size = 0; size < whole.size;
         size += (size < 4000 ? ot_test_step(61) : ot_test_step(9) * 1013)) {
        struct ot_image *image = NULL;
        struct ot_err why = {0};
        write_file(path, whole.data, size);
        const enum ot_rc rc = ot_dicom_image_load(path, OT_USE_PET, &image, &why);
        assert_int_not_equal(rc, OT_OK);
        assert_null(image);
        assert_true(strncmp(why.text, "cut.dcm: ", 9) == 0);
    }
    ot_buffer_release(&whole);
    ot_test_remove_folder(folder);
}

/* One byte of the header changed at a time: any answer but a crash or an image of NaN. */
static void d05_a_changed_byte_never_crashes_the_reader(void **state)
{
    (void)state;
    char path[128];
    struct ot_buffer whole = {0};
    struct ot_err err = {0};
    const char *source = ot_test_shared("testdata/rt/plastimatch-synth__sphere_A/dose.dcm");
    assert_ok(ot_file_read(source, SIZE_MAX, &whole, &err), err);
    const size_t header = whole.size - (size_t)64 * 64 * 24 * 4;
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/bit.dcm", folder);
    for (size_t at = 0; at < header; at += ot_test_step(23)) {
        struct ot_image *image = NULL;
        struct ot_err why = {0};
        const char kept = whole.data[at];
        whole.data[at] = (char)(kept ^ (1 << at % 8));
        write_file(path, whole.data, whole.size);
        const enum ot_rc rc = ot_dicom_image_load(path, OT_USE_RTDOSE, &image, &why);
        assert_true((rc == OT_OK) == (image != NULL));
        for (size_t n = 0; image != NULL && n < ot_grid_voxel_count(&image->volume->grid);
             n += 97) {
            assert_true(isfinite(image->volume->data[n]));
        }
        ot_image_destroy(image);
        whole.data[at] = kept;
    }
    ot_buffer_release(&whole);
    ot_test_remove_folder(folder);
}

static void what_is_no_file_or_no_dicom_is_refused_by_name(void **state)
{
    (void)state;
    char path[128];
    const char *folder = ot_test_folder();
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    (void)snprintf(path, sizeof path, "%s/pipe.dcm", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(ot_dicom_image_load(path, OT_USE_CT, &image, &err), err, OT_ERR_IO, "pipe.dcm");
    assert_int_equal(unlink(path), 0);
    err = (struct ot_err){0};
    (void)snprintf(path, sizeof path, "%s/empty.dcm", folder);
    write_file(path, "", 0);
    assert_refused(ot_dicom_image_load(path, OT_USE_CT, &image, &err), err, OT_ERR_FORMAT,
                   "empty.dcm: is no DICOM file");
    err = (struct ot_err){0};
    (void)snprintf(path, sizeof path, "%s/text.dcm", folder);
    write_file(path, "some text that goes on and on", 29);
    assert_refused(ot_dicom_image_load(path, OT_USE_CT, &image, &err), err, OT_ERR_FORMAT,
                   "text.dcm: is no DICOM file");
    err = (struct ot_err){0};
    (void)snprintf(path, sizeof path, "%s/nothing.dcm", folder);
    assert_refused(ot_dicom_image_load(path, OT_USE_CT, &image, &err), err, OT_ERR_IO,
                   "nothing.dcm");
    ot_test_remove_folder(folder);
}

static void d06_d07_malformed_elements_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *part;
    } cases[] = {
        {"\x08\0\x16\0UI\xff\xff", 8, "truncated or damaged at element (0008,0016)"},
        {"\x08\0\x16\0??\2\0xx", 10, "element (0008,0016) has no valid value representation"},
        {"\x08\0\x05\0CS\2\0A \x08\0\x05\0CS\2\0B ", 20, "element (0008,0005) appears twice"},
        {"\x08\0\x05\0OB\0\0\xff\xff\xff\xff", 12, "element (0008,0005) has no length"},
        {"\xfe\xff\x0d\xe0\0\0\0\0", 8, "(fffe,e00d) is out of place"},
        {"\x40\0\x30\xa7SQ\0\0\x08\0\0\0\x08\0\x05\0CS\0\0", 20,
         "(0008,0005) stands in a sequence"},
        {"\x08\0\x16", 3, "truncated"},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_buffer bytes = {0};
        struct ot_dicom_layout layout;
        struct ot_err err = {0};
        append_meta(&bytes, explicit_le);
        ot_buffer_append(&bytes, cases[n].bytes, cases[n].size);
        assert_refused(ot_dicom_scan(bytes.data, bytes.size, &layout, &err), err, OT_ERR_FORMAT,
                       cases[n].part);
        ot_dicom_layout_release(&layout);
        ot_buffer_release(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(d09_nesting_is_followed_to_a_depth_and_refused_beyond),
        cmocka_unit_test(d09_a_nesting_bomb_of_113_kb_ends_in_one_line),
        cmocka_unit_test(d10_a_deflate_bomb_is_stopped_early),
        cmocka_unit_test(d04_a_file_cut_anywhere_gives_no_image),
        cmocka_unit_test(d05_a_changed_byte_never_crashes_the_reader),
        cmocka_unit_test(what_is_no_file_or_no_dicom_is_refused_by_name),
        cmocka_unit_test(d06_d07_malformed_elements_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
