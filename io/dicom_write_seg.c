/* io/dicom_write_seg.c - VOIs as a Segmentation object, fractional or binary.
 *
 * Segments are numbered as the VOIs come; a VOI without a voxel in the file has no segment. */
#include <math.h>

#include "core/mem.h"
#include "io/dicom_build.h"
#include "io/voi_codes.h"

enum { LEVELS = 255, MOST_FRAMES = 65535, BITS_PER_BYTE = 8 };
static const float half = 0.5F;

/* What is written, and where it has come to. */
struct seg {
    const struct ot_voi *vois;
    size_t count;
    bool binary;
    const struct ot_grid *grid;
    unsigned char *pixels; /* owned; of all frames */
    size_t frames;
    const char *dimensions; /* UID */
};

/* The stored value of a fraction. */
static unsigned char level(const struct seg *seg, float fraction)
{
    if (seg->binary) {
        return fraction >= half ? 1 : 0;
    }
    return (unsigned char)lround(LEVELS * fmin(fmax((double)fraction, 0.0), 1.0));
}

static bool slice_is_empty(const struct seg *seg, size_t v, size_t k)
{
    const size_t plane = seg->grid->n[0] * seg->grid->n[1];
    const float *at = seg->vois[v].fraction->data + k * plane;
    for (size_t x = 0; x < plane; x++) {
        if (level(seg, at[x]) > 0) {
            return false;
        }
    }
    return true;
}

static size_t frames_of(const struct seg *seg, size_t v)
{
    size_t frames = 0;
    for (size_t k = 0; k < seg->grid->n[2]; k++) {
        frames += slice_is_empty(seg, v, k) ? 0 : 1;
    }
    return frames;
}

/* Frames follow each other without padding, also those of 1 bit. */
static void pack(const struct seg *seg, size_t v, size_t k, size_t frame)
{
    const size_t plane = seg->grid->n[0] * seg->grid->n[1];
    const float *at = seg->vois[v].fraction->data + k * plane;
    for (size_t x = 0; x < plane; x++) {
        const size_t to = frame * plane + x;
        const unsigned stored = level(seg, at[x]);
        if (seg->binary) {
            seg->pixels[to / BITS_PER_BYTE] |= (unsigned char)(stored << to % BITS_PER_BYTE);
        } else {
            seg->pixels[to] = (unsigned char)stored;
        }
    }
}

static void put_dimensions(struct ot_dicom_build *build, const struct seg *seg)
{
    static const struct {
        const char *pointer, *group;
    } rows[] = {{"(0062,000b)", "(0062,000a)"}, {"(0020,0032)", "(0020,9113)"}};
    ot_build_open(build, 0x00209221);
    ot_build_put(build, 0x00209164, "UI", seg->dimensions);
    ot_build_close(build);
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        ot_build_open(build, 0x00209222);
        ot_build_put(build, 0x00209164, "UI", seg->dimensions);
        ot_build_put(build, 0x00209165, "AT", rows[n].pointer);
        ot_build_put(build, 0x00209167, "AT", rows[n].group);
        ot_build_close(build);
    }
}

/* Everything that all frames share. */
static void put_shared(struct ot_dicom_build *build, const struct ot_grid *grid)
{
    double cosines[6];
    const double between_rows_first[2] = {grid->spacing_mm[1], grid->spacing_mm[0]};
    for (size_t r = 0; r < 3; r++) {
        cosines[r] = grid->dir[r][0];
        cosines[3 + r] = grid->dir[r][1];
    }
    ot_build_open(build, 0x52009229);
    ot_build_open(build, 0x00209116);
    ot_build_numbers(build, 0x00200037, cosines, 6);
    ot_build_close(build);
    ot_build_open(build, 0x00289110);
    ot_build_numbers(build, 0x00180050, &grid->spacing_mm[2], 1);
    ot_build_numbers(build, 0x00180088, &grid->spacing_mm[2], 1);
    ot_build_numbers(build, 0x00280030, between_rows_first, 2);
    ot_build_close(build);
    ot_build_close(build);
}

static void put_segment(struct ot_dicom_build *build, const struct ot_voi *voi, size_t number)
{
    const struct ot_voi_code *code = ot_voi_code(voi->role);
    ot_build_open(build, 0x00620002);
    ot_build_code(build, 0x00620003, code->category.value, "SCT", code->category.meaning);
    ot_build_printf(build, 0x00620004, "US", "%zu", number);
    ot_build_name(build, 0x00620005, voi->name);
    ot_build_printf(build, 0x00620006, "ST", "%s%s", ot_role_name(voi->role),
                    voi->is_union ? ", all of them" : "");
    ot_build_put(build, 0x00620008, "CS", "SEMIAUTOMATIC");
    ot_build_put(build, 0x00620009, "LO", "tare");
    ot_build_printf(build, 0x0062000d, "US", "%u\\%u\\%u", code->cielab[0], code->cielab[1],
                    code->cielab[2]);
    ot_build_code(build, 0x0062000f, code->type.value, "SCT", code->type.meaning);
    ot_build_close(build);
}

static void put_frame(struct ot_dicom_build *build, const struct ot_grid *grid, size_t number,
                      size_t k)
{
    const double at[3] = {0.0, 0.0, (double)k};
    double position_mm[3];
    ot_grid_to_point(grid, at, position_mm);
    ot_build_open(build, 0x52009230);
    ot_build_open(build, 0x00209111);
    ot_build_printf(build, 0x00209157, "UL", "%zu\\%zu", number, k + 1);
    ot_build_close(build);
    ot_build_open(build, 0x00209113);
    ot_build_numbers(build, 0x00200032, position_mm, 3);
    ot_build_close(build);
    ot_build_open(build, 0x0062000a);
    ot_build_printf(build, 0x0062000b, "US", "%zu", number);
    ot_build_close(build);
    ot_build_close(build);
}

/* Segments, their frames, their pixels. */
static void put_segments(struct ot_dicom_build *build, struct seg *seg)
{
    size_t number = 0;
    size_t frame = 0;
    for (size_t v = 0; v < seg->count; v++) {
        if (frames_of(seg, v) == 0) {
            continue;
        }
        number++;
        put_segment(build, &seg->vois[v], number);
        for (size_t k = 0; k < seg->grid->n[2]; k++) {
            if (!slice_is_empty(seg, v, k)) {
                put_frame(build, seg->grid, number, k);
                pack(seg, v, k, frame++);
            }
        }
    }
}

static void put_format(struct ot_dicom_build *build, const struct ot_dicom_series_head *series,
                       const struct seg *seg)
{
    static const struct ot_dicom_row rows[] = {
        {0x00080008, "CS", "DERIVED\\PRIMARY"},
        {0x00181000, "LO", "none"},
        {0x00280002, "US", "1"},
        {0x00280004, "CS", "MONOCHROME2"},
        {0x00280103, "US", "0"},
        {0x00282110, "CS", "00"},
        {0x00700080, "CS", "VOIS"},
        {0x00700081, "LO", "VOIs of a dosimetry"},
        {0x00700084, "PN", ""},
    };
    static const struct ot_dicom_row one_bit[] = {
        {0x00280100, "US", "1"},
        {0x00280101, "US", "1"},
        {0x00280102, "US", "0"},
        {0x00620001, "CS", "BINARY"},
    };
    static const struct ot_dicom_row one_byte[] = {
        {0x00280100, "US", "8"},         {0x00280101, "US", "8"},
        {0x00280102, "US", "7"},         {0x00620001, "CS", "FRACTIONAL"},
        {0x00620010, "CS", "OCCUPANCY"}, {0x0062000e, "US", "255"},
    };
    ot_build_rows(build, rows, sizeof rows / sizeof rows[0]);
    if (seg->binary) {
        ot_build_rows(build, one_bit, sizeof one_bit / sizeof one_bit[0]);
    } else {
        ot_build_rows(build, one_byte, sizeof one_byte / sizeof one_byte[0]);
    }
    ot_build_put(build, 0x00080023, "DA", series->date);
    ot_build_put(build, 0x00080033, "TM", series->time_of_day);
    ot_build_printf(build, 0x00280008, "IS", "%zu", seg->frames);
    ot_build_printf(build, 0x00280010, "US", "%zu", seg->grid->n[1]);
    ot_build_printf(build, 0x00280011, "US", "%zu", seg->grid->n[0]);
}

/* Counts the frames and makes room for their pixels. */
static enum ot_rc begin(struct seg *seg, size_t *size, struct ot_err *err)
{
    const size_t plane = seg->grid->n[0] * seg->grid->n[1];
    for (size_t v = 0; v < seg->count; v++) {
        seg->frames += frames_of(seg, v);
    }
    if (seg->frames == 0 || seg->frames > MOST_FRAMES) {
        return ot_fail(err, OT_ERR_RANGE,
                       "the VOIs fill %zu frames of a segmentation, which has 1 to %d", seg->frames,
                       (int)MOST_FRAMES);
    }
    *size = seg->binary ? (seg->frames * plane + BITS_PER_BYTE - 1) / BITS_PER_BYTE
                        : seg->frames * plane;
    seg->pixels = OT_NEW(unsigned char, *size, err);
    return seg->pixels != NULL ? OT_OK : OT_ERR_NOMEM;
}

enum ot_rc ot_dicom_seg_encode(const struct ot_dicom_series_head *series, const struct ot_voi *vois,
                               size_t count, bool binary, struct ot_buffer *out, struct ot_err *err)
{
    static const char *const seg_class = "1.2.840.10008.5.1.4.1.1.66.4";
    char dimensions[OT_UID_SIZE];
    size_t size = 0;
    if (count == 0) {
        return ot_fail(err, OT_ERR_ARG, "there is no VOI to write as a segmentation");
    }
    struct seg seg = {.vois = vois,
                      .count = count,
                      .binary = binary,
                      .grid = &vois[0].fraction->grid,
                      .dimensions = dimensions};
    /* Instance 0 is the object itself. */
    enum ot_rc rc = ot_dicom_instance_uid(series, 1, dimensions, err);
    if (rc == OT_OK) {
        rc = begin(&seg, &size, err);
    }
    if (rc == OT_OK) {
        struct ot_dicom_build build = {.err = err};
        ot_build_begin(&build, series, "SEG", seg_class, 0);
        put_format(&build, series, &seg);
        put_dimensions(&build, &seg);
        put_shared(&build, seg.grid);
        put_segments(&build, &seg);
        ot_build_bytes(&build, seg.pixels, size);
        rc = ot_build_end(&build, out);
    }
    ot_free(seg.pixels);
    return rc;
}
