/* tests/test_dicom_nm.c - SPECT objects made here, one thing varied at a time. labels: shim */
#include "tests/support/ot_test.h"

#include "core/mem.h"
#include "io/dicom.h"
#include "tests/support/image_case.h"
#include "tests/support/make_dicom.h"

/* 4 columns, 3 rows, 2 frames; 4.7 (i) x 4.8 (j) x 4.4 (k) mm; pixel n stores 10 n. */
static const char *const spect[] = {MADE_SPECT,
                                    MADE_PATIENT,
                                    "(0008,0022)=20260901",
                                    "(0008,0032)=101530",
                                    "(0018,0050)=4.4",
                                    "(0054,0022)[0].(0020,0037)=1\\0\\0\\0\\1\\0",
                                    "(0054,0016)[0].(0054,0300)[0].(0008,0104)=^90^Yttrium",
                                    "(0054,0016)[0].(0018,1074)=1500",
                                    NULL};

enum { PIXELS = 24 };

static const char *make(const char *const *changes)
{
    static char path[128];
    uint16_t pixels[PIXELS];
    for (int n = 0; n < PIXELS; n++) {
        pixels[n] = (uint16_t)(10 * n);
    }
    (void)snprintf(path, sizeof path, "%s/nm.dcm", ot_test_folder());
    assert_int_equal(make_dicom(path, NULL, spect, changes, pixels, PIXELS), 0);
    return path;
}

static void clean(const char *path)
{
    char folder[128];
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    ot_test_remove_folder(folder);
}

static struct ot_image *load(const char *const *changes)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    const char *path = make(changes);
    assert_ok(ot_dicom_image_load(path, OT_USE_SPECT, &image, &err), err);
    clean(path);
    return image;
}

static void refuse(const char *const *changes, enum ot_rc code, const char *part)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    const char *path = make(changes);
    assert_refused(ot_dicom_image_load(path, OT_USE_SPECT, &image, &err), err, code, part);
    assert_null(image);
    assert_ptr_equal(strstr(err.text, "nm.dcm: "), err.text);
    assert_null(strstr(err.text, "SECRET"));
    assert_null(strstr(err.text, "Somebody"));
    clean(path);
}

static const enum ot_use SPECT = OT_USE_SPECT;

static struct ot_image *load_part(const char *const *changes, const char *selector)
{
    struct ot_image *image = NULL;
    struct ot_selector part;
    struct ot_err err = {0};
    assert_ok(ot_selector_parse(selector, &part, &err), err);
    const char *path = make(changes);
    assert_ok(ot_dicom_image_load_first(path, &part, &SPECT, 1, &image, &err), err);
    clean(path);
    return image;
}

static void refuse_part(const char *const *changes, const char *selector, enum ot_rc code,
                        const char *text)
{
    struct ot_image *image = NULL;
    struct ot_selector part;
    struct ot_err err = {0};
    assert_ok(ot_selector_parse(selector, &part, &err), err);
    const char *path = make(changes);
    assert_refused(ot_dicom_image_load_first(path, &part, &SPECT, 1, &image, &err), err, code,
                   text);
    assert_null(image);
    clean(path);
}

static double value_at(const struct ot_volume *volume, double x_mm, double y_mm, double z_mm)
{
    const double point_mm[3] = {x_mm, y_mm, z_mm};
    double index[3];
    ot_grid_to_index(&volume->grid, point_mm, index);
    for (size_t a = 0; a < 3; a++) {
        assert_near(index[a], round(index[a]), 1e-9);
    }
    return (double)volume->data[(size_t)lround(index[0]) +
                                volume->grid.n[0] * ((size_t)lround(index[1]) +
                                                     volume->grid.n[1] * (size_t)lround(index[2]))];
}

static void frames_go_up_or_down_as_the_sign_of_their_spacing_says(void **state)
{
    (void)state;
    struct ot_image *up = load(NULL);
    assert_near(value_at(up->volume, -10, -20, 30), 0, 0);
    assert_near(value_at(up->volume, -10 + 4.7, -20, 30), 10, 0);
    assert_near(value_at(up->volume, -10, -20 + 4.8, 30), 40, 0);
    assert_near(value_at(up->volume, -10, -20, 34.4), 120, 0);
    assert_near(up->volume->grid.origin_mm[2], 30, 1e-12);
    ot_image_destroy(up);
    static const char *const backwards[] = {"(0018,0088)=-4.4", NULL};
    struct ot_image *down = load(backwards);
    assert_near(value_at(down->volume, -10, -20, 30), 0, 0);
    assert_near(value_at(down->volume, -10, -20, 25.6), 120, 0);
    assert_near(down->volume->grid.origin_mm[2], 25.6, 1e-12);
    assert_near(down->volume->grid.dir[2][2], 1.0, 0.0);
    ot_image_destroy(down);
}

static void a_coronal_orientation_keeps_every_value_in_its_place(void **state)
{
    (void)state;
    static const char *const coronal[] = {"(0054,0022)[0].(0020,0037)=1\\0\\0\\0\\0\\-1", NULL};
    struct ot_image *image = load(coronal);
    /* row +x, column -z: normal = x cross -z = +y. */
    assert_near(value_at(image->volume, -10, -20, 30), 0, 0);
    assert_near(value_at(image->volume, -10, -20, 30 - 4.8), 40, 0);
    assert_near(value_at(image->volume, -10, -20 + 4.4, 30), 120, 0);
    ot_image_destroy(image);
}

static void the_slice_vector_decides_which_frame_is_where(void **state)
{
    (void)state;
    static const char *const swapped[] = {"(0054,0080)=2\\1", NULL};
    struct ot_image *image = load(swapped);
    assert_near(value_at(image->volume, -10, -20, 30), 120, 0);
    assert_near(value_at(image->volume, -10, -20, 34.4), 0, 0);
    ot_image_destroy(image);
    static const char *const twice[] = {"(0054,0080)=1\\1", NULL};
    refuse(twice, OT_ERR_FORMAT, "SliceVector (0054,0080)");
    static const char *const three[] = {"(0054,0080)=1\\2\\3", NULL};
    refuse(three, OT_ERR_FORMAT, "3 values for 2 frames");
}

/* A table that announces more slices than there are: a part of a volume loses the rest's counts. */
static void d31_a_slice_vector_must_number_all_slices(void **state)
{
    (void)state;
    const char *const more[] = {"(0054,0081)=45", NULL};
    refuse(more, OT_ERR_FORMAT,
           "NumberOfSlices (0054,0081) is 45, and SliceVector (0054,0080) numbers 2 slices");
    const char *const right[] = {"(0054,0081)=2", NULL};
    ot_image_destroy(load(right));
}

/* Two rotations of the camera with one date: between the beds decay is not known to be corrected.
 */
static void beds_without_a_decay_correction_are_told(void **state)
{
    (void)state;
    static const char *const cases[][5] = {
        {"(0054,0051)=2"},
        {"(0054,0051)=2", "(0028,0051)=ATTN\\SCAT"},
        {"(0054,0051)=2", "(0054,0052)[0].(0018,1131)=-100", "(0054,0052)[1].(0018,1131)=290"},
        {"(0054,0051)=2", "(0054,0052)[0].(0018,1131)=-100"}, /* the second is not said */
        {"(0054,0051)=1"},
        {"(0054,0051)=2", "(0028,0051)=DECY\\ATTN"},
        {"(0054,0051)=2", "(0054,0052)[0].(0018,1131)=290", "(0054,0052)[1].(0018,1131)=290.4"},
    };
    for (size_t n = 0; n < 7; n++) {
        struct ot_image *image = load(cases[n]);
        assert_int_equal(image->facts.uncorrected_beds, n < 4 ? 2 : 0);
        assert_int_equal(ot_test_noted(image, "put together from 2 bed positions"), n < 4);
        ot_image_destroy(image);
    }
}

/* Each bed as an object of its own: nothing is put together here, and none is picked. */
static void beds_in_objects_of_their_own_are_listed(void **state)
{
    (void)state;
    char other[160];
    uint16_t pixels[PIXELS] = {1};
    const char *const second[] = {"(0008,0018)=2.25.11", "(0008,0032)=104530",
                                  "(0054,0022)[0].(0020,0032)=-10\\-20\\38.8", NULL};
    const char *path = make(NULL);
    const int length = (int)(strrchr(path, '/') - path);
    (void)snprintf(other, sizeof other, "%.*s/second.dcm", length, path);
    assert_int_equal(make_dicom(other, NULL, spect, second, pixels, PIXELS), 0);
    char folder[160];
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    (void)snprintf(folder, sizeof folder, "%.*s", length, path);
    assert_refused(ot_dicom_image_load(folder, OT_USE_SPECT, &image, &err), err, OT_ERR_FORMAT,
                   "2 spect series");
    clean(path);
}

static void facts_are_filled_and_the_patient_is_a_digest(void **state)
{
    (void)state;
    struct ot_image *image = load(NULL);
    char at[40];
    assert_string_equal(image->facts.nuclide, "Y-90");
    assert_near(image->facts.administered_bq, 1.5e9, 1.0);
    ot_time_to_iso8601(&image->facts.acquired, at, sizeof at);
    assert_non_null(strstr(at, "2026-09-01T10:15:30"));
    assert_false(image->facts.acquired.zoned);
    assert_string_equal(image->facts.identity.frame_of_reference, "2.25.4");
    assert_string_equal(image->facts.identity.study, "2.25.2");
    assert_int_equal(strlen(image->facts.identity.patient_sha256), 64);
    assert_int_equal(image->facts.file_count, 1);
    assert_int_equal(strlen(image->facts.files_sha256), 64);
    ot_image_destroy(image);
    static const char *const zoned[] = {"(0008,0201)=+0200", NULL};
    image = load(zoned);
    ot_time_to_iso8601(&image->facts.acquired, at, sizeof at);
    assert_non_null(strstr(at, "2026-09-01T08:15:30"));
    assert_true(image->facts.acquired.zoned);
    ot_image_destroy(image);
}

/* Four frames of 3 x 2 pixels (i fastest) fill the same 24 stored values: frame f holds 60 f ... */
#define FOUR_FRAMES "(0028,0008)=4", "(0028,0010)=2", "(0028,0011)=3"
#define WINDOW(n) "(0054,0012)[" #n "].(0054,0013)[0]."

static void d31_energy_windows_need_a_selector_and_each_is_read(void **state)
{
    (void)state;
    static const char *const windows[] = {FOUR_FRAMES,
                                          "(0054,0010)=1\\2\\1\\2",
                                          "(0054,0011)=2",
                                          "(0054,0080)=1\\1\\2\\2",
                                          WINDOW(0) "(0054,0014)=126",
                                          WINDOW(0) "(0054,0015)=154",
                                          WINDOW(1) "(0054,0014)=92.5",
                                          WINDOW(1) "(0054,0015)=125",
                                          NULL};
    refuse(windows, OT_ERR_UNSUPPORTED,
           "2 energy windows; 1 is (126-154 keV); 2 is (92.5-125 keV)); choose one as in "
           "FILE#window=1");
    struct ot_image *image = load_part(windows, "window=2");
    assert_int_equal(image->volume->grid.n[2], 2);
    assert_near(value_at(image->volume, -10, -20, 30), 60, 0);
    assert_near(value_at(image->volume, -10, -20, 34.4), 180, 0);
    assert_true(ot_test_noted(image, "of 2 energy windows, number 2 (92.5-125 keV) is read"));
    ot_image_destroy(image);
    image = load_part(windows, "window=1");
    assert_near(value_at(image->volume, -10, -20, 30), 0, 0);
    assert_near(value_at(image->volume, -10, -20, 34.4), 120, 0);
    ot_image_destroy(image);
    refuse_part(windows, "window=3", OT_ERR_FORMAT, "no frame is of window 3; there are 2");
    refuse_part(windows, "slot=2", OT_ERR_FORMAT, "no frame is of slot 2");
    refuse_part(windows, "volume=1", OT_ERR_ARG, "volume does not apply to an NM image");
    refuse_part(windows, "slot=1", OT_ERR_UNSUPPORTED, "2 energy windows");
}

static void d31_each_detector_has_a_geometry_of_its_own(void **state)
{
    (void)state;
    static const char *const detectors[] = {FOUR_FRAMES,
                                            "(0054,0020)=1\\1\\2\\2",
                                            "(0054,0080)=1\\2\\1\\2",
                                            "(0054,0022)[1].(0020,0032)=100\\0\\50",
                                            "(0054,0022)[1].(0020,0037)=1\\0\\0\\0\\1\\0",
                                            NULL};
    refuse(detectors, OT_ERR_UNSUPPORTED, "2 detectors");
    struct ot_image *image = load_part(detectors, "detector=2");
    assert_near(value_at(image->volume, 100, 0, 50), 120, 0);
    assert_near(value_at(image->volume, 100, 0, 54.4), 180, 0);
    ot_image_destroy(image);
    image = load_part(detectors, "detector=1");
    assert_near(value_at(image->volume, -10, -20, 30), 0, 0);
    ot_image_destroy(image);
}

static void d31_windows_and_slots_are_chosen_together(void **state)
{
    (void)state;
    static const char *const both[] = {"(0028,0008)=8",
                                       "(0028,0010)=1",
                                       "(0028,0011)=3",
                                       "(0054,0010)=1\\1\\1\\1\\2\\2\\2\\2",
                                       "(0054,0070)=1\\1\\2\\2\\1\\1\\2\\2",
                                       "(0054,0080)=1\\2\\1\\2\\1\\2\\2\\1",
                                       NULL};
    refuse(both, OT_ERR_UNSUPPORTED, "FILE#window=1,slot=1");
    refuse_part(both, "window=1", OT_ERR_UNSUPPORTED, "2 time slots");
    struct ot_image *image = load_part(both, "window=2,slot=2");
    assert_near(value_at(image->volume, -10, -20, 30), 210, 0); /* slices 2, 1: in reverse */
    assert_near(value_at(image->volume, -10, -20, 34.4), 180, 0);
    ot_image_destroy(image);
}

static void d31_frames_that_nobody_divides_are_refused(void **state)
{
    (void)state;
    static const char *const silent[] = {FOUR_FRAMES, "(0054,0011)=2", "-(0054,0080)", NULL};
    refuse(silent, OT_ERR_FORMAT, "announces several energy windows");
    static const char *const fewer[] = {FOUR_FRAMES, "(0054,0081)=2", "-(0054,0080)", NULL};
    refuse(fewer, OT_ERR_FORMAT, "NumberOfSlices (0054,0081) is 2 for 4 frames");
    static const char *const whole[] = {FOUR_FRAMES, "(0054,0081)=4", "(0054,0021)=2",
                                        "-(0054,0080)", NULL};
    struct ot_image *image = load(whole); /* two heads, one volume of four slices */
    assert_near(value_at(image->volume, -10, -20, 30 + 3 * 4.4), 180, 0);
    ot_image_destroy(image);
    static const char *const short_vector[] = {FOUR_FRAMES, "(0054,0010)=1\\2", NULL};
    refuse(short_vector, OT_ERR_FORMAT, "has 2 values for 4 frames");
}

static void g06_a_position_in_the_data_set_is_taken_and_told(void **state)
{
    (void)state;
    static const char *const outside[] = {"-(0054,0022)", "(0020,0032)=1\\2\\3",
                                          "(0020,0037)=1\\0\\0\\0\\1\\0", NULL};
    struct ot_image *image = load(outside);
    assert_near(value_at(image->volume, 1, 2, 3), 0, 0);
    assert_true(ot_test_noted(image, "the position is that of the data set"));
    ot_image_destroy(image);
    static const char *const twice[] = {"(0020,0032)=-10\\-20\\30.00", NULL};
    image = load(twice);
    assert_false(ot_test_noted(image, "the position is that of the data set"));
    ot_image_destroy(image);
}

static void the_private_scale_of_xeleris_is_applied(void **state)
{
    (void)state;
    static const char *const scaled[] = {"(0011,0010)=GEMS_GENIE_1", "!0011,103b FD=0.42253125",
                                         NULL};
    struct ot_image *image = load(scaled);
    assert_ratio(value_at(image->volume, -10, -20, 34.4), 120 * 0.42253125, 1e-7);
    assert_int_equal(image->volume->unit, OT_UNIT_NONE);
    assert_true(ot_test_noted(image, "private pixel scale (0011,xx3b), 0.42253125"));
    ot_image_destroy(image);
    static const char *const other_block[] = {"!0011,0011 LO=GEMS_GENIE_1", "!0011,113b FD=2",
                                              "!0011,103b FD=7", NULL};
    image = load(other_block);
    assert_near(value_at(image->volume, -10, -20, 34.4), 240, 0);
    ot_image_destroy(image);
    static const char *const stranger[] = {"(0011,0010)=SOMEBODY", "!0011,103b FD=7", NULL};
    image = load(stranger);
    assert_near(value_at(image->volume, -10, -20, 34.4), 120, 0);
    ot_image_destroy(image);
    static const char *const shifted[] = {"(0011,0010)=GEMS_GENIE_1", "!0011,103b FD=2",
                                          "!0011,103c FD=1", NULL};
    refuse(shifted, OT_ERR_UNSUPPORTED, "comes with an offset");
    static const char *const standard[] = {"(0011,0010)=GEMS_GENIE_1", "!0011,103b FD=2",
                                           "(0028,1053)=3", "(0028,1052)=0", NULL};
    image = load(standard);
    assert_near(value_at(image->volume, -10, -20, 34.4), 360, 0);
    ot_image_destroy(image);
}

#define MAPPED "(0040,9096)[0]."
#define MAPPED_TOO "(0040,9096)[1]."
/* Hermes writes counts this way; other programs lost the factor (STIR, issue 1123). */
static void a_mapping_to_counts_scales_them(void **state)
{
    (void)state;
    static const char *const counts[] = {MAPPED "(0040,9225)=0.25", MAPPED "(0040,9224)=0",
                                         MAPPED "(0040,08ea)[0].(0008,0100)={counts}", NULL};
    struct ot_image *image = load(counts);
    assert_int_equal(image->volume->unit, OT_UNIT_NONE);
    assert_false(image->facts.quantity_stated);
    assert_near(value_at(image->volume, -10, -20, 34.4), 30, 0);
    ot_image_destroy(image);
    static const char *const both[] = {MAPPED "(0040,9225)=0.25",
                                       MAPPED "(0040,9224)=0",
                                       MAPPED "(0040,08ea)[0].(0008,0100)={counts}",
                                       MAPPED_TOO "(0040,9225)=4",
                                       MAPPED_TOO "(0040,9224)=0",
                                       MAPPED_TOO "(0040,08ea)[0].(0008,0100)=Bq/ml",
                                       NULL};
    image = load(both);
    assert_int_equal(image->volume->unit, OT_UNIT_BQ_PER_ML);
    assert_near(value_at(image->volume, -10, -20, 34.4), 480, 0);
    ot_image_destroy(image);
    static const char *const twice[] = {MAPPED "(0040,9225)=0.25",
                                        MAPPED "(0040,9224)=0",
                                        MAPPED "(0040,08ea)[0].(0008,0100)=Bq/ml",
                                        MAPPED_TOO "(0040,9225)=4",
                                        MAPPED_TOO "(0040,9224)=0",
                                        MAPPED_TOO "(0040,08ea)[0].(0008,0100)=Bq/ml",
                                        NULL};
    refuse(twice, OT_ERR_UNSUPPORTED, "two real world value mappings");
    static const char *const table[] = {MAPPED "(0040,9212)=0\\1\\4",
                                        MAPPED "(0040,08ea)[0].(0008,0100)=Bq/ml", NULL};
    refuse(table, OT_ERR_UNSUPPORTED, "stand in a table (0040,9212)");
}

static void a_mapping_to_becquerel_is_honored_and_others_are_refused(void **state)
{
    (void)state;
    static const char *const mapped[] = {MAPPED "(0040,9225)=37.5", MAPPED "(0040,9224)=2",
                                         MAPPED "(0040,08ea)[0].(0008,0100)=Bq/ml", NULL};
    struct ot_image *image = load(mapped);
    assert_int_equal(image->volume->unit, OT_UNIT_BQ_PER_ML);
    assert_true(image->facts.quantity_stated);
    assert_near(value_at(image->volume, -10, -20, 34.4), 37.5 * 120 + 2, 0);
    ot_image_destroy(image);
    static const char *const percent[] = {MAPPED "(0040,9225)=37.5", MAPPED "(0040,9224)=2",
                                          MAPPED "(0040,08ea)[0].(0008,0100)=%", NULL};
    refuse(percent, OT_ERR_UNIT, "its values are mapped to '%', not to Bq/ml or counts");
    static const char *const half[] = {MAPPED "(0040,9224)=2",
                                       MAPPED "(0040,08ea)[0].(0008,0100)=Bq/ml", NULL};
    refuse(half, OT_ERR_FORMAT, "RealWorldValueSlope (0040,9225) is missing");
    static const char *const limited[] = {MAPPED "(0040,9225)=37.5",
                                          MAPPED "(0040,9224)=0",
                                          MAPPED "(0040,9216)=0",
                                          MAPPED "(0040,9211)=200",
                                          MAPPED "(0040,08ea)[0].(0008,0100)=Bq/ml",
                                          NULL};
    refuse(limited, OT_ERR_RANGE, "outside the mapped range 0 to 200");
}

static void a_spect_without_attenuation_correction_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *change[2];
        bool told;
    } cases[] = {{{"(0028,0051)=UNIF\\SCAT", NULL}, true},
                 {{"(0028,0051)=UNIF\\ATTN\\SCAT", NULL}, false},
                 {{NULL, NULL}, false}};
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_image *image = load(cases[n].change);
        assert_int_equal(ot_test_noted(image, "not corrected for attenuation (0028,0051)"),
                         cases[n].told);
        ot_image_destroy(image);
    }
}

static void missing_or_impossible_geometry_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *change[2];
        enum ot_rc code;
        const char *part;
    } cases[] = {
        {{"-(0018,0088)", NULL}, OT_ERR_GEOMETRY, "SpacingBetweenSlices (0018,0088) is missing"},
        {{"(0018,0088)=0", NULL}, OT_ERR_GEOMETRY, "SpacingBetweenSlices (0018,0088) is 0"},
        {{"(0018,0088)=4,4", NULL}, OT_ERR_FORMAT, "SpacingBetweenSlices (0018,0088) is '4,4'"},
        {{"(0018,0088)=nan", NULL}, OT_ERR_FORMAT, "'nan', not a number"},
        {{"(0018,0088)=1e400", NULL}, OT_ERR_FORMAT, "'1e400'"},
        {{"(0018,0088)=0x10", NULL}, OT_ERR_FORMAT, "'0x10'"},
        {{"(0018,0088)=4.4mm", NULL}, OT_ERR_FORMAT, "'4.4mm'"},
        {{"-(0054,0022)", NULL}, OT_ERR_GEOMETRY, "DetectorInformationSequence (0054,0022)"},
        {{"-(0054,0022)[0].(0020,0032)", NULL},
         OT_ERR_FORMAT,
         "ImagePositionPatient (0020,0032) is missing"},
        {{"(0054,0022)[0].(0020,0032)=1\\2", NULL}, OT_ERR_FORMAT, "not 3 numbers"},
        {{"(0020,0032)=-10\\-20\\31", NULL},
         OT_ERR_GEOMETRY,
         "(0020,0032) of the data set differs from that of"},
        {{"(0054,0022)[0].(0020,0037)=1\\0\\0\\1\\0\\0", NULL},
         OT_ERR_GEOMETRY,
         "not two perpendicular unit vectors"},
        {{"(0028,0030)=4.8", NULL}, OT_ERR_FORMAT, "PixelSpacing (0028,0030) is '4.8'"},
        {{"(0028,0030)=0\\4.7", NULL}, OT_ERR_GEOMETRY, "PixelSpacing (0028,0030)"},
        {{"(0028,0030)=-4.8\\4.7", NULL}, OT_ERR_GEOMETRY, "PixelSpacing (0028,0030)"},
        {{"-(0028,0030)", NULL}, OT_ERR_FORMAT, "PixelSpacing (0028,0030) is missing"},
        {{"(0028,0008)=1", NULL}, OT_ERR_FORMAT, "holds 48 bytes, the header says 24"},
        {{"(0028,0008)=3", NULL}, OT_ERR_FORMAT, "holds 48 bytes, the header says 72"},
        {{"(0028,0008)=2.5", NULL}, OT_ERR_FORMAT, "NumberOfFrames (0028,0008) is '2.5'"},
        {{"(0028,0008)=99999999999", NULL}, OT_ERR_FORMAT, "NumberOfFrames"},
        {{"(0028,0010)=0", NULL}, OT_ERR_FORMAT, "Rows (0028,0010) is '0'"},
        {{"(0028,0102)=7", NULL}, OT_ERR_UNSUPPORTED, "high bit 7"},
        {{"(0028,0002)=3", NULL}, OT_ERR_UNSUPPORTED, "color"},
        {{"-(0028,0103)", NULL}, OT_ERR_FORMAT, "PixelRepresentation (0028,0103) is missing"},
        {{"(0008,0008)=ORIGINAL\\PRIMARY\\TOMO\\EMISSION", NULL}, OT_ERR_FORMAT, "projections"},
        {{"(0008,0008)=DERIVED\\PRIMARY\\RECON GATED TOMO\\EMISSION", NULL},
         OT_ERR_FORMAT,
         "RECON GATED TOMO"},
        {{"(0008,0008)=DERIVED\\PRIMARY\\RECON TOMO\\TRANSMISSION", NULL},
         OT_ERR_FORMAT,
         "transmission"},
        {{"(0054,0010)=1\\2", NULL}, OT_ERR_UNSUPPORTED, "2 energy windows"},
        {{"(0054,0020)=1\\2", NULL}, OT_ERR_UNSUPPORTED, "2 detectors"},
        {{"(0054,0070)=1\\2", NULL}, OT_ERR_UNSUPPORTED, "2 time slots"},
        {{"(0054,0016)[0].(0018,1075)=-5", NULL}, OT_ERR_RANGE, "RadionuclideHalfLife"},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        refuse(cases[n].change, cases[n].code, cases[n].part);
    }
}

#ifdef OT_TEST_HOOKS
static void every_failed_allocation_is_told_and_nothing_leaks(void **state)
{
    (void)state;
    const char *path = make(NULL);
    enum ot_rc rc = OT_ERR_NOMEM;
    for (size_t nth = 1; nth < 500 && rc != OT_OK; nth++) {
        struct ot_image *image = NULL;
        struct ot_err err = {0};
        ot_mem_fail_at(nth);
        rc = ot_dicom_image_load(path, OT_USE_SPECT, &image, &err);
        ot_mem_fail_at(0);
        if (rc != OT_OK) {
            assert_int_equal(rc, OT_ERR_NOMEM);
            assert_null(image);
        }
        ot_image_destroy(image);
    }
    assert_int_equal(rc, OT_OK);
    clean(path);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_go_up_or_down_as_the_sign_of_their_spacing_says),
        cmocka_unit_test(a_coronal_orientation_keeps_every_value_in_its_place),
        cmocka_unit_test(the_slice_vector_decides_which_frame_is_where),
        cmocka_unit_test(d31_a_slice_vector_must_number_all_slices),
        cmocka_unit_test(beds_without_a_decay_correction_are_told),
        cmocka_unit_test(beds_in_objects_of_their_own_are_listed),
        cmocka_unit_test(facts_are_filled_and_the_patient_is_a_digest),
        cmocka_unit_test(d31_energy_windows_need_a_selector_and_each_is_read),
        cmocka_unit_test(d31_each_detector_has_a_geometry_of_its_own),
        cmocka_unit_test(d31_windows_and_slots_are_chosen_together),
        cmocka_unit_test(d31_frames_that_nobody_divides_are_refused),
        cmocka_unit_test(g06_a_position_in_the_data_set_is_taken_and_told),
        cmocka_unit_test(the_private_scale_of_xeleris_is_applied),
        cmocka_unit_test(a_mapping_to_counts_scales_them),
        cmocka_unit_test(a_mapping_to_becquerel_is_honored_and_others_are_refused),
        cmocka_unit_test(a_spect_without_attenuation_correction_is_told),
        cmocka_unit_test(missing_or_impossible_geometry_is_refused),
#ifdef OT_TEST_HOOKS
        cmocka_unit_test(every_failed_allocation_is_told_and_nothing_leaks),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
