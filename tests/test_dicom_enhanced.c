/* tests/test_dicom_enhanced.c - enhanced multi-frame PET and CT, made here: what a frame states by
 * itself, what all share, and which of several volumes is meant. labels: shim */
#include "tests/support/ot_test.h"

#include "io/dicom.h"
#include "tests/support/image_case.h"
#include "tests/support/make_dicom.h"

enum { PIXELS = 24 };

#define SHARED "(5200,9229)[0]."
#define FRAME(n) "(5200,9230)[" #n "]."
#define ENHANCED_CT "(0008,0016)=1.2.840.10008.5.1.4.1.1.2.1"

/* Two frames of 4 x 3 pixels, the upper one first; pixel n stores 10 n. A Y-90 scan of half an
 * hour on 2 September 09:30, corrected to 09:20; Bq/ml = 2.5 (frame 1), 4 (frame 2) * stored. */
static const char *const pet[] = {MADE_STUDY,
                                  MADE_PATIENT,
                                  MADE_PIXELS,
                                  "(0008,0008)=ORIGINAL\\PRIMARY\\STATIC\\EMISSION",
                                  "(0008,0016)=1.2.840.10008.5.1.4.1.1.130",
                                  "(0008,0018)=2.25.1",
                                  "(0008,0060)=PT",
                                  "(0018,9701)=20260902092000",
                                  "(0018,9758)=YES",
                                  "(0018,9759)=YES",
                                  "(0028,0008)=2",
                                  "(0054,0016)[0].(0018,1075)=230760",
                                  "(0054,0016)[0].(0018,1078)=20260901100000",
                                  "(0054,0016)[0].(0054,0300)[0].(0008,0100)=14691008",
                                  SHARED "(0028,9110)[0].(0028,0030)=4.8\\4.7",
                                  SHARED "(0020,9116)[0].(0020,0037)=1\\0\\0\\0\\1\\0",
                                  FRAME(0) "(0020,9113)[0].(0020,0032)=-10\\-20\\3",
                                  FRAME(0) "(0020,9111)[0].(0018,9074)=20260902093000",
                                  FRAME(0) "(0020,9111)[0].(0018,9220)=1800000",
                                  FRAME(0) "(0028,9145)[0].(0028,1053)=0.5",
                                  FRAME(0) "(0028,9145)[0].(0028,1052)=0",
                                  FRAME(0) "(0040,9096)[0].(0040,9225)=2.5",
                                  FRAME(0) "(0040,9096)[0].(0040,9224)=0",
                                  FRAME(0) "(0040,9096)[0].(0040,08ea)[0].(0008,0100)=Bq/ml",
                                  FRAME(1) "(0020,9113)[0].(0020,0032)=-10\\-20\\0",
                                  FRAME(1) "(0020,9111)[0].(0018,9074)=20260902093000",
                                  FRAME(1) "(0020,9111)[0].(0018,9220)=1800000",
                                  FRAME(1) "(0028,9145)[0].(0028,1053)=0.5",
                                  FRAME(1) "(0028,9145)[0].(0028,1052)=0",
                                  FRAME(1) "(0040,9096)[0].(0040,9225)=4",
                                  FRAME(1) "(0040,9096)[0].(0040,9224)=0",
                                  FRAME(1) "(0040,9096)[0].(0040,08ea)[0].(0008,0100)=Bq/ml",
                                  NULL};

static const char *folder;

static const char *make(const char *const *base, const char *const *changes)
{
    static char path[128];
    uint16_t pixels[PIXELS];
    for (int n = 0; n < PIXELS; n++) {
        pixels[n] = (uint16_t)(10 * n);
    }
    folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/frames.dcm", folder);
    assert_int_equal(make_dicom(path, NULL, base, changes, pixels, PIXELS), 0);
    return path;
}

static struct ot_image *load(const char *const *changes, enum ot_use want, const char *selector)
{
    struct ot_image *image = NULL;
    struct ot_selector part = {{0}};
    struct ot_err err = {0};
    if (selector != NULL) {
        assert_ok(ot_selector_parse(selector, &part, &err), err);
    }
    const char *path = make(pet, changes);
    assert_ok(ot_dicom_image_load_first(path, &part, &want, 1, &image, &err), err);
    ot_test_remove_folder(folder);
    return image;
}

static void refuse(const char *const *changes, enum ot_use want, const char *selector,
                   enum ot_rc code, const char *text)
{
    struct ot_image *image = NULL;
    struct ot_selector part = {{0}};
    struct ot_err err = {0};
    if (selector != NULL) {
        assert_ok(ot_selector_parse(selector, &part, &err), err);
    }
    const char *path = make(pet, changes);
    assert_refused(ot_dicom_image_load_first(path, &part, &want, 1, &image, &err), err, code, text);
    assert_null(image);
    assert_null(strstr(err.text, "SECRET"));
    assert_non_null(strstr(err.text, "frames.dcm"));
    ot_test_remove_folder(folder);
}

static void frames_carry_their_places_scales_and_times(void **state)
{
    (void)state;
    double after_s = 0.0;
    struct ot_err err = {0};
    struct ot_image *image = load(NULL, OT_USE_PET, NULL);
    const struct ot_grid *grid = &image->volume->grid;
    assert_int_equal(image->volume->unit, OT_UNIT_BQ_PER_ML);
    assert_true(image->facts.quantity_stated);
    assert_near(grid->spacing_mm[0], 4.7, 1e-12);
    assert_near(grid->spacing_mm[1], 4.8, 1e-12);
    assert_near(grid->spacing_mm[2], 3.0, 1e-12);
    assert_near(grid->origin_mm[2], 0.0, 1e-12);
    assert_near(image->volume->data[0], 4.0 * 120, 0);     /* frame 2 lies below */
    assert_near(image->volume->data[12 + 5], 2.5 * 50, 0); /* frame 1, i 1, j 1 */
    assert_string_equal(image->facts.nuclide, "Y-90");
    ot_test_assert_time(&image->facts.value_time, "2026-09-02T09:20:00");
    ot_test_assert_time(&image->facts.administered, "2026-09-01T10:00:00");
    assert_near(image->facts.corrected_half_life_s, 230760, 1e-9);
    assert_ok(ot_time_difference(&image->facts.acquired, &image->facts.value_time, &after_s, &err),
              err);
    assert_near(after_s, 600.0 + 900.0 - log(2.0) / 230760.0 * 1800.0 * 1800.0 / 24.0, 1e-3);
    assert_int_equal(image->facts.file_count, 1);
    ot_image_destroy(image);
}

static void without_correction_beds_are_brought_to_one_time(void **state)
{
    (void)state;
    static const char *const beds[] = {"(0018,9758)=NO", "-(0018,9701)",
                                       FRAME(0) "(0020,9111)[0].(0018,9074)=20260902113000", NULL};
    struct ot_image *image = load(beds, OT_USE_PET, NULL);
    ot_test_assert_time(&image->facts.value_time,
                        "2026-09-02T09:45:00"); /* 899.6 s after the start */
    assert_near(image->volume->data[0], 4.0 * 120, 0);
    /* Two hours of Y-90: fact sheet 5.1 gives 1.02186 for 64.1 h. */
    assert_ratio((double)image->volume->data[12 + 5] / 125.0, 1.02186, 5e-6);
    ot_image_destroy(image);
}

static void beds_without_all_times_are_not_moved(void **state)
{
    (void)state;
    static const char *const one[] = {"-" FRAME(1) "(0020,9111)[0].(0018,9074)", NULL};
    struct ot_image *image = load(one, OT_USE_PET, NULL);
    assert_false(image->facts.acquired.known);
    assert_null(image->facts.plane_after_s); /* else 63 years between two slices */
    ot_test_assert_time(&image->facts.value_time, "2026-09-02T09:20:00");
    ot_image_destroy(image);
}

/* Counts, or SUV, whose meaning in Bq/ml a mapping states. */
static void a_mapping_goes_before_units_that_are_no_activity(void **state)
{
    (void)state;
    static const char *const words[] = {"(0054,1001)=CNTS", "(0054,1001)=GML"};
    for (size_t n = 0; n < 2; n++) {
        const char *const mapped[] = {words[n], NULL};
        struct ot_image *image = load(mapped, OT_USE_PET, NULL);
        assert_int_equal(image->volume->unit, OT_UNIT_BQ_PER_ML);
        assert_true(image->facts.quantity_stated);
        assert_near(image->volume->data[0], 4.0 * 120, 0);
        assert_true(ot_test_noted(image, "real world value mapping (0040,9096) to Bq/ml is used"));
        ot_image_destroy(image);
        const char *const bare[] = {words[n], "-" FRAME(0) "(0040,9096)",
                                    "-" FRAME(1) "(0040,9096)", NULL};
        image = load(bare, OT_USE_PET, NULL);
        assert_int_equal(image->volume->unit, OT_UNIT_NONE);
        assert_true(image->facts.other_quantity);
        assert_near(image->volume->data[0], 0.5 * 120, 0);
        ot_image_destroy(image);
    }
}

static void units_are_those_that_the_frames_state(void **state)
{
    (void)state;
    /* SUV only: no activity, and what it means must be declared. */
    static const char *const suv[] = {FRAME(0) "(0040,9096)[0].(0040,08ea)[0].(0008,0100)=g/ml",
                                      FRAME(1) "(0040,9096)[0].(0040,08ea)[0].(0008,0100)=g/ml",
                                      NULL};
    struct ot_image *image = load(suv, OT_USE_PET, NULL);
    assert_int_equal(image->volume->unit, OT_UNIT_NONE);
    assert_false(image->facts.quantity_stated);
    ot_image_destroy(image);
    static const char *const one[] = {FRAME(1) "(0040,9096)[0].(0040,08ea)[0].(0008,0100)=g/ml",
                                      NULL};
    refuse(one, OT_USE_PET, NULL, OT_ERR_UNIT, "1 of 2 slices lack the real world value mapping");
    /* Units and mapping that contradict. */
    static const char *const both[] = {"(0054,1001)=BQML", NULL};
    refuse(both, OT_USE_PET, NULL, OT_ERR_UNIT, "gives 0.5 Bq/ml for a stored 1, the real world");
    static const char *const limited[] = {FRAME(0) "(0040,9096)[0].(0040,9214)=0",
                                          FRAME(0) "(0040,9096)[0].(0040,9213)=50", NULL};
    refuse(limited, OT_USE_PET, NULL, OT_ERR_RANGE, "outside the mapped range 0 to 50");
    static const char *const raw[] = {"(0018,9759)=NO", NULL};
    refuse(raw, OT_USE_PET, NULL, OT_ERR_UNSUPPORTED, "not corrected for attenuation (0018,9759)");
    static const char *const gated[] = {
        SHARED "(0018,9751)[0].(0008,9007)=ORIGINAL\\PRIMARY\\GATED\\EMISSION", NULL};
    refuse(gated, OT_USE_PET, NULL, OT_ERR_UNSUPPORTED, "dynamic or gated");
}

/* PS3.3 A.71: what classic slices said stands among the attributes that were not assigned. */
#define ALL "(0020,9170)[0]."
static void a_legacy_converted_pet_keeps_what_its_slices_said(void **state)
{
    (void)state;
    static const char *const legacy[] = {"(0008,0016)=1.2.840.10008.5.1.4.1.1.128.1",
                                         "-(0018,9701)",
                                         "-(0018,9758)",
                                         "-(0018,9759)",
                                         FRAME(0) "(0020,9111)[0].(0018,9074)=20260902093000",
                                         SHARED ALL "(0054,1001)=BQML",
                                         SHARED ALL "(0054,1102)=START",
                                         SHARED ALL "(0028,0051)=DECY\\ATTN\\SCAT",
                                         SHARED ALL "(0054,1000)=STATIC\\IMAGE",
                                         FRAME(0) "(0020,9171)[0].(0018,1242)=1800000",
                                         FRAME(1) "(0020,9171)[0].(0018,1242)=1800000",
                                         FRAME(0) "(0028,9145)[0].(0028,1053)=2.5",
                                         FRAME(1) "(0028,9145)[0].(0028,1053)=4",
                                         "-" FRAME(0) "(0040,9096)",
                                         "-" FRAME(1) "(0040,9096)",
                                         NULL};
    struct ot_image *image = load(legacy, OT_USE_PET, NULL);
    assert_int_equal(image->volume->unit, OT_UNIT_BQ_PER_ML);
    assert_near(image->volume->data[0], 4.0 * 120, 0);
    assert_near(image->volume->data[12 + 5], 2.5 * 50, 0);
    ot_test_assert_time(&image->facts.value_time, "2026-09-02T09:30:00");
    ot_image_destroy(image);
}

static void d30_groups_that_are_missing_or_contradict_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *change[3];
        enum ot_rc code;
        const char *text;
    } cases[] = {
        {{"(0028,0008)=3", "(0028,0010)=2", NULL},
         OT_ERR_FORMAT,
         "(5200,9230) describes 2 frames, there are 3"},
        {{"-(5200,9230)", NULL}, OT_ERR_FORMAT, "(5200,9230) describes 0 frames, there are 2"},
        {{"-" SHARED "(0028,9110)", NULL}, OT_ERR_FORMAT, "(0028,9110) is missing"},
        {{"-" SHARED "(0028,9110)", "(0028,0030)=1\\1", NULL},
         OT_ERR_FORMAT,
         "(0028,9110) is missing"},
        {{"-" FRAME(1) "(0020,9113)", NULL},
         OT_ERR_FORMAT,
         "frames.dcm (frame 2): PlanePositionSequence (0020,9113) is missing"},
        {{FRAME(0) "(0028,9110)[0].(0028,0030)=9\\9", NULL},
         OT_ERR_FORMAT,
         "(0028,9110) stands both in the shared"},
        {{SHARED "(0040,9096)[0].(0040,9225)=3", NULL},
         OT_ERR_FORMAT,
         "(0040,9096) stands both in the shared"},
        {{FRAME(1) "(0020,9113)[0].(0020,0032)=-10\\-20\\3", NULL},
         OT_ERR_GEOMETRY,
         "at one position"},
        {{FRAME(1) "(0028,9145)[0].(0028,1053)=0", NULL},
         OT_ERR_RANGE,
         "frames.dcm (frame 2): RescaleSlope (0028,1053) is 0"},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        refuse(cases[n].change, OT_USE_PET, NULL, cases[n].code, cases[n].text);
    }
}

/* Four frames of 4 x 1 and a half: two stacks or two times of two frames each. */
#define FOUR "(0028,0008)=4", "(0028,0010)=3", "(0028,0011)=2"
#define PLACE(n, z, id, index) \
    FRAME(n) \
    "(0020,9113)[0].(0020,0032)=-10\\-20\\" #z, FRAME(n) "(0020,9111)[0].(0020,9056)=" id, \
        FRAME(n) "(0020,9111)[0].(0020,9128)=" #index
#define CT_SCALE SHARED "(0028,9145)[0].(0028,1053)=1", SHARED "(0028,9145)[0].(0028,1052)=-1000"

static void d31_stacks_and_times_need_a_selector(void **state)
{
    (void)state;
    static const char *const volumes[] = {ENHANCED_CT,
                                          FOUR,
                                          "-" FRAME(0) "(0028,9145)",
                                          "-" FRAME(1) "(0028,9145)",
                                          CT_SCALE,
                                          PLACE(0, 0, "A", 1),
                                          PLACE(1, 3, "A", 1),
                                          PLACE(2, 0, "B", 2),
                                          PLACE(3, 3, "B", 2),
                                          NULL};
    refuse(volumes, OT_USE_CT, NULL, OT_ERR_UNSUPPORTED,
           "its frames hold several volumes (2 stacks, 2 times); choose one as in "
           "FILE#stack=1,time=1");
    refuse(volumes, OT_USE_CT, "stack=2", OT_ERR_UNSUPPORTED, "2 times");
    refuse(volumes, OT_USE_CT, "stack=1,time=2", OT_ERR_FORMAT, "no frame has the stack and time");
    refuse(volumes, OT_USE_CT, "window=1", OT_ERR_ARG, "does not apply to an enhanced");
    struct ot_image *image = load(volumes, OT_USE_CT, "stack=2,time=2");
    assert_int_equal(image->volume->unit, OT_UNIT_HU);
    assert_int_equal(image->volume->grid.n[2], 2);
    assert_near(image->volume->data[0], 120 - 1000, 0);
    assert_near(image->volume->data[6], 180 - 1000, 0);
    ot_image_destroy(image);
    image = load(volumes, OT_USE_CT, "stack=1,time=1");
    assert_near(image->volume->data[0], -1000, 0);
    ot_image_destroy(image);
}

#define ENHANCED_MR "(0008,0016)=1.2.840.10008.5.1.4.1.1.4.1"

/* Each frame has a scale of its own, or none; numbers without a unit. */
static void an_enhanced_mr_is_an_image_of_numbers(void **state)
{
    (void)state;
    static const char *const scaled[] = {ENHANCED_MR, NULL};
    static const char *const bare[] = {ENHANCED_MR, "-" FRAME(0) "(0028,9145)",
                                       "-" FRAME(1) "(0028,9145)", NULL};
    static const char *const half[] = {ENHANCED_MR, "-" FRAME(1) "(0028,9145)[0].(0028,1053)",
                                       NULL};
    static const char *const upside[] = {ENHANCED_MR, FRAME(1) "(0028,9145)[0].(0028,1053)=-1",
                                         NULL};
    static const char *const echoes[] = {ENHANCED_MR,
                                         FRAME(1) "(0020,9113)[0].(0020,0032)=-10\\-20\\3", NULL};
    struct ot_image *image = load(scaled, OT_USE_MR, NULL);
    assert_int_equal(image->facts.use, OT_USE_MR);
    assert_int_equal(image->volume->unit, OT_UNIT_NONE);
    assert_false(image->facts.quantity_stated);
    assert_near(image->volume->grid.spacing_mm[2], 3.0, 1e-12);
    assert_near(image->volume->data[0], 0.5 * 120, 0);
    ot_image_destroy(image);
    image = load(bare, OT_USE_MR, NULL);
    assert_near(image->volume->data[0], 120, 0); /* frame 2 lies below */
    assert_near(image->volume->data[12 + 5], 50, 0);
    ot_image_destroy(image);
    refuse(half, OT_USE_MR, NULL, OT_ERR_FORMAT, "only one of RescaleSlope");
    refuse(upside, OT_USE_MR, NULL, OT_ERR_RANGE, "RescaleSlope (0028,1053) is -1");
    refuse(echoes, OT_USE_MR, NULL, OT_ERR_GEOMETRY, "frames.dcm");
    /* It is no activity, and no CT: nothing takes it by mistake. */
    refuse(scaled, OT_USE_CT, NULL, OT_ERR_FORMAT, "is no ct image: mr");
    refuse(scaled, OT_USE_PET, NULL, OT_ERR_FORMAT, "is no pet image: mr");
    refuse(scaled, OT_USE_SPECT, NULL, OT_ERR_FORMAT, "is no spect image: mr");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_carry_their_places_scales_and_times),
        cmocka_unit_test(without_correction_beds_are_brought_to_one_time),
        cmocka_unit_test(beds_without_all_times_are_not_moved),
        cmocka_unit_test(a_mapping_goes_before_units_that_are_no_activity),
        cmocka_unit_test(units_are_those_that_the_frames_state),
        cmocka_unit_test(a_legacy_converted_pet_keeps_what_its_slices_said),
        cmocka_unit_test(d30_groups_that_are_missing_or_contradict_are_refused),
        cmocka_unit_test(d31_stacks_and_times_need_a_selector),
        cmocka_unit_test(an_enhanced_mr_is_an_image_of_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
