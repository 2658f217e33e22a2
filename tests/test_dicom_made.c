/* tests/test_dicom_made.c - CT and PET series made here: decay over days, zones and beds, and
 * series that do not hang together. labels: shim */
#include "tests/support/ot_test.h"

#include "io/dicom.h"
#include "io/dicom_pet.h"
#include "kernels/decay.h"
#include "tests/support/image_case.h"
#include "tests/support/make_dicom.h"

enum { PIXELS = 12 };

static const char *const common[] = {MADE_STUDY,      MADE_PATIENT,    MADE_PIXELS,
                                     MADE_SPACING,    MADE_STRAIGHT,   "(0008,0060)=PT",
                                     "(0028,1052)=0", "(0028,1053)=2", NULL};

static const char ct_class[] = "(0008,0016)=1.2.840.10008.5.1.4.1.1.2";
static const char pet_class[] = "(0008,0016)=1.2.840.10008.5.1.4.1.1.128";

/* A Y-90 PET: injected on 1 September 10:00, scanned the next day at 09:30. */
static const char *const pet[] = {pet_class,
                                  "(0008,0021)=20260902",
                                  "(0008,0031)=093000",
                                  "(0008,0022)=20260902",
                                  "(0008,0032)=093000",
                                  "(0018,1242)=1800000",
                                  "(0028,0051)=DECY\\ATTN\\SCAT",
                                  "(0054,1000)=STATIC\\IMAGE",
                                  "(0054,1001)=BQML",
                                  "(0054,1102)=START",
                                  "(0054,0016)[0].(0018,1075)=230760",
                                  "(0054,0016)[0].(0018,1078)=20260901100000",
                                  "(0054,0016)[0].(0054,0300)[0].(0008,0100)=14691008",
                                  NULL};

static const char *folder;

/* One slice at z; changes[..] are added to those of its kind. Pixel n stores first + 10 n. */
static void slice(unsigned number, double z_mm, uint16_t first, const char *const *kind,
                  const char *const *changes)
{
    ot_test_put_slice(folder, &(struct ot_test_slice){.number = number,
                                                      .z_mm = z_mm,
                                                      .first = first,
                                                      .count = PIXELS,
                                                      .base = common,
                                                      .kind = kind,
                                                      .changes = changes});
}

static struct ot_image *load_pet(const char *const *changes)
{
    folder = ot_test_folder();
    slice(1, 3, 0, pet, changes);
    slice(2, 0, 100, pet, changes);
    return ot_test_load_folder(folder, OT_USE_PET);
}

static void refuse_pet(enum ot_rc code, const char *change, const char *part)
{
    const char *const changes[] = {change, NULL};
    folder = ot_test_folder();
    slice(1, 3, 0, pet, changes);
    slice(2, 0, 100, pet, changes);
    ot_test_refuse_folder(folder, OT_USE_PET, code, part);
}

static void values_of_a_scan_days_later_keep_their_date(void **state)
{
    (void)state;
    struct ot_image *image = load_pet(NULL);
    double after_s = 0.0;
    struct ot_err err = {0};
    assert_string_equal(image->facts.nuclide, "Y-90");
    ot_test_assert_time(&image->facts.value_time, "2026-09-02T09:30:00");
    ot_test_assert_time(&image->facts.administered, "2026-09-01T10:00:00");
    assert_ok(
        ot_time_difference(&image->facts.value_time, &image->facts.administered, &after_s, &err),
        err);
    assert_near(after_s, 23.5 * 3600, 1e-6);
    /* The uncorrected values belong to the mean time of the half hour: T/2 - lambda T^2 / 24. */
    assert_ok(ot_time_difference(&image->facts.acquired, &image->facts.value_time, &after_s, &err),
              err);
    assert_near(after_s, 900.0 - log(2.0) / 230760.0 * 1800.0 * 1800.0 / 24.0, 1e-3);
    assert_near(image->facts.corrected_half_life_s, 230760, 1e-9);
    assert_near(image->volume->data[0], 200, 0); /* z = 0 comes first; slope 2 */
    assert_near(image->volume->data[PIXELS + 1], 20, 0);
    ot_image_destroy(image);
}

static void zones_of_the_data_set_make_instants(void **state)
{
    (void)state;
    static const char *const zoned[] = {"(0008,0201)=-0400", NULL};
    struct ot_image *image = load_pet(zoned);
    ot_test_assert_time(&image->facts.value_time, "2026-09-02T13:30:00Z");
    ot_test_assert_time(&image->facts.administered, "2026-09-01T14:00:00Z");
    ot_image_destroy(image);
}

static void a_series_time_after_the_scan_is_not_its_start(void **state)
{
    (void)state;
    static const char *const later[] = {"(0008,0031)=120000", NULL};
    struct ot_image *image = load_pet(later);
    ot_test_assert_time(&image->facts.value_time, "2026-09-02T09:30:00");
    ot_image_destroy(image);
    static const char *const earlier[] = {"(0008,0031)=091000", NULL};
    image = load_pet(earlier);
    ot_test_assert_time(&image->facts.value_time, "2026-09-02T09:10:00");
    ot_image_destroy(image);
    /* A later hour of an earlier day is earlier: dates count. */
    static const char *const day_before[] = {"(0008,0021)=20260901", "(0008,0031)=235500",
                                             "(0008,0032)=001500", NULL};
    image = load_pet(day_before);
    ot_test_assert_time(&image->facts.value_time, "2026-09-01T23:55:00");
    ot_image_destroy(image);
}

static void ge_scan_time_goes_before_the_series_time(void **state)
{
    (void)state;
    static const char *const ge[] = {"(0008,0070)=GE MEDICAL SYSTEMS", "(0009,0010)=GEMS_PETD_01",
                                     "!0009,100d DT=20260902092500", NULL};
    struct ot_image *image = load_pet(ge);
    ot_test_assert_time(&image->facts.value_time, "2026-09-02T09:25:00");
    ot_image_destroy(image);
}

static void values_corrected_to_the_administration_refer_to_it(void **state)
{
    (void)state;
    static const char *const admin[] = {"(0054,1102)=ADMIN", NULL};
    struct ot_image *image = load_pet(admin);
    ot_test_assert_time(&image->facts.value_time, "2026-09-01T10:00:00");
    ot_image_destroy(image);
    /* The hour alone cannot date a nuclide that is imaged days later. */
    static const char *const hour[] = {"(0054,1102)=ADMIN", "-(0054,0016)[0].(0018,1078)",
                                       "(0054,0016)[0].(0018,1072)=100000", NULL};
    image = load_pet(hour);
    assert_false(image->facts.value_time.known);
    assert_false(image->facts.administered.known);
    ot_image_destroy(image);
    /* For F-18 it can, also over midnight. */
    static const char *const night[] = {"-(0054,0016)[0].(0018,1078)",
                                        "(0054,0016)[0].(0018,1072)=233000",
                                        "(0054,0016)[0].(0018,1075)=6586.2",
                                        "(0008,0032)=003000",
                                        "(0008,0031)=003000",
                                        NULL};
    image = load_pet(night);
    ot_test_assert_time(&image->facts.administered, "2026-09-01T23:30:00");
    ot_image_destroy(image);
}

static void beds_without_correction_are_brought_to_one_time(void **state)
{
    (void)state;
    static const char *const first[] = {"(0054,1102)=NONE", NULL};
    static const char *const second[] = {"(0054,1102)=NONE", "(0008,0032)=113000", NULL};
    folder = ot_test_folder();
    slice(1, 0, 100, pet, first);
    slice(2, 3, 100, pet, second);
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_PET);
    ot_test_assert_time(&image->facts.value_time,
                        "2026-09-02T09:45:00"); /* 899.6 s after the start */
    assert_near(image->volume->data[0], 200, 0);
    /* Two hours of Y-90: fact sheet 5.1 gives 1.02186 for 64.1 h. */
    assert_ratio((double)image->volume->data[PIXELS] / 200.0, 1.02186, 5e-6);
    assert_near(image->facts.corrected_half_life_s, 230760, 1e-9);
    ot_image_destroy(image);
    static const char *const no_half_life[] = {"(0054,1102)=NONE", "(0008,0032)=113000",
                                               "-(0054,0016)[0].(0018,1075)", NULL};
    static const char *const neither[] = {"(0054,1102)=NONE", "-(0054,0016)[0].(0018,1075)", NULL};
    folder = ot_test_folder();
    slice(1, 0, 100, pet, neither);
    slice(2, 3, 100, pet, no_half_life);
    ot_test_refuse_folder(folder, OT_USE_PET, OT_ERR_UNSUPPORTED,
                          "bed positions were acquired 7200 s apart");
}

/* SUV of one administration at three times: undone, all of them are the scanner's own Bq/ml. */
static void suv_by_weight_become_what_the_scanner_measured(void **state)
{
    (void)state;
    /* slope 2, pixel 100 of the lower slice: SUV 200; 2 GBq in 80 kg, 23.5 h before the scan */
    static const char *const start[] = {"(0054,1001)=GML", "(0010,1030)=80", "(0054,1006)=BW",
                                        "(0054,0016)[0].(0018,1074)=2000000000", NULL};
    static const char *const admin[] = {"(0054,1001)=GML", "(0010,1030)=80", "(0054,1102)=ADMIN",
                                        "(0054,0016)[0].(0018,1074)=2000", NULL}; /* MBq */
    static const char *const factor[] = {"(0054,1001)=CNTS", "(0010,1030)=80",
                                         "(0054,0016)[0].(0018,1074)=2000000000",
                                         "!7053,1000 DS=0.25", NULL};
    const double at_injection = 200.0 * 2e9 / 80e3;
    struct ot_image *image = load_pet(start);
    assert_int_equal(image->volume->unit, OT_UNIT_BQ_PER_ML);
    assert_ratio(image->volume->data[0], at_injection * exp2(-23.5 * 3600 / 230760.0), 1e-6);
    ot_image_destroy(image);
    image = load_pet(admin);
    assert_int_equal(image->volume->unit, OT_UNIT_BQ_PER_ML);
    assert_ratio(image->volume->data[0], at_injection, 1e-6);
    ot_image_destroy(image);
    image = load_pet(factor);
    assert_int_equal(image->volume->unit, OT_UNIT_BQ_PER_ML);
    assert_ratio(image->volume->data[0], 0.25 * at_injection * exp2(-23.5 * 3600 / 230760.0), 1e-6);
    ot_image_destroy(image);
}

static void check_no_unit(const char *const *lines, const char *part)
{
    struct ot_image *image = load_pet(lines);
    bool told = false;
    assert_int_equal(image->volume->unit, OT_UNIT_NONE);
    assert_true(image->facts.other_quantity);
    for (size_t n = 0; n < image->facts.notes.count; n++) {
        told = told || strstr(image->facts.notes.text[n], part) != NULL;
    }
    assert_true(told);
    ot_image_destroy(image);
}

static void suv_that_cannot_be_undone_have_no_unit(void **state)
{
    (void)state;
    static const char dose[] = "(0054,0016)[0].(0018,1074)=2000000000";
    check_no_unit((const char *const[]){"(0054,1001)=GML", dose, NULL}, "PatientWeight");
    check_no_unit(
        (const char *const[]){"(0054,1001)=GML", dose, "(0010,1030)=80", "(0054,1006)=LBM", NULL},
        "body weight");
    check_no_unit((const char *const[]){"(0054,1001)=GML", "(0010,1030)=80", NULL}, "TotalDose");
    check_no_unit((const char *const[]){"(0054,1001)=GML", dose, "(0010,1030)=80",
                                        "-(0054,0016)[0].(0018,1078)", NULL},
                  "administration");
    check_no_unit(
        (const char *const[]){"(0054,1001)=GML", dose, "(0010,1030)=80", "(0054,1102)=NONE", NULL},
        "decay was corrected");
    check_no_unit((const char *const[]){"(0054,1001)=CNTS", NULL}, "CNTS");
}

static void frame_reference_and_siemens_times_find_the_start(void **state)
{
    (void)state;
    /* The series was written later; the frame's average, 899.6 s after 09:30, is 4499.6 s after
     * the start of a scan whose first beds are not in the series. */
    static const char *const frame[] = {"(0008,0031)=120000", "(0054,1300)=4499594.6", NULL};
    struct ot_image *image = load_pet(frame);
    double after_s = 0.0;
    struct ot_time half_past_eight = {0};
    struct ot_err err = {0};
    assert_true(ot_time_from_iso8601("2026-09-02T08:30:00", &half_past_eight));
    assert_ok(ot_time_difference(&image->facts.value_time, &half_past_eight, &after_s, &err), err);
    assert_near(after_s, 0.0, 0.1);
    ot_image_destroy(image);
    static const char *const siemens[] = {"(0071,0010)=SIEMENS MED PT",
                                          "!0071,1022 DT=20260902091500", NULL};
    image = load_pet(siemens);
    ot_test_assert_time(&image->facts.value_time, "2026-09-02T09:15:00");
    ot_image_destroy(image);
}

/* Threat Q04: the same activity, as values corrected to the start, to the administration, and not
 * at all, gives the same activity at the injection. */
static void q04_the_same_truth_from_start_admin_and_none(void **state)
{
    (void)state;
    static const char *const kinds[] = {"(0054,1102)=START", "(0054,1102)=ADMIN",
                                        "(0054,1102)=NONE"};
    const double half_life_s = 230760.0;
    const double average_s = ot_pet_average_time_s(1800.0, half_life_s);
    const double at_start = 1e6 * exp2(-23.5 * 3600.0 / half_life_s); /* 1 MBq/ml at injection */
    const double stored[] = {at_start, 1e6, at_start * exp2(-average_s / half_life_s)};
    for (size_t n = 0; n < 3; n++) {
        char slope[64];
        (void)snprintf(slope, sizeof slope, "(0028,1053)=%.10g", stored[n] / 100.0);
        struct ot_image *image = load_pet((const char *const[]){kinds[n], slope, NULL});
        double factor = 0.0;
        struct ot_err err = {0};
        assert_ok(ot_decay_to_injection(&image->facts, &image->facts.administered, half_life_s,
                                        &factor, &err),
                  err);
        assert_ratio((double)image->volume->data[0] * factor, 1e6, 1e-6);
        ot_image_destroy(image);
    }
}

/* A protocol of F-18 corrected two beds, 40 min apart, for a decay that did not take place. */
static void beds_of_a_wrong_half_life_are_put_right_one_by_one(void **state)
{
    (void)state;
    const double f18_s = 6586.2;
    const double y90_s = 230760.0;
    const double average_s = ot_pet_average_time_s(1200.0, f18_s);
    folder = ot_test_folder();
    for (unsigned bed = 0; bed < 2; bed++) {
        const double after_s = average_s + 2400.0 * bed;
        const double scan_s = 23.5 * 3600.0 + after_s;
        char slope[64];
        /* what decays as Y-90, times what F-18 would have lost */
        (void)snprintf(slope, sizeof slope, "(0028,1053)=%.10g",
                       1e4 * exp2(-scan_s / y90_s) * exp2(after_s / f18_s));
        slice(bed + 1, 3.0 * bed, 100, pet,
              (const char *const[]){slope, "(0018,1242)=1200000",
                                    "(0054,0016)[0].(0018,1075)=6586.2",
                                    bed == 0 ? "(0008,0032)=093000" : "(0008,0032)=101000", NULL});
    }
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_PET);
    double factor = 0.0;
    struct ot_err err = {0};
    assert_non_null(image->facts.plane_after_s);
    ot_decay_align_planes(image, y90_s);
    assert_ok(
        ot_decay_to_injection(&image->facts, &image->facts.administered, y90_s, &factor, &err),
        err);
    assert_ratio((double)image->volume->data[0] * factor, 1e6, 1e-5);
    assert_ratio((double)image->volume->data[PIXELS] * factor, 1e6, 1e-5);
    ot_image_destroy(image);
}

static void units_and_scales_that_mislead_are_refused(void **state)
{
    (void)state;
    refuse_pet(OT_ERR_UNIT, "(0054,1001)=PROPCPS", "Units (0054,1001) are PROPCPS");
    refuse_pet(OT_ERR_UNIT, "(0054,1001)=PROPCNTS", "Units (0054,1001) are PROPCNTS");
    refuse_pet(OT_ERR_RANGE, "(0054,0016)[0].(0018,1076)=96.7", "(0018,1076) is 96.7");
    refuse_pet(OT_ERR_UNIT, "(0054,1001)=1CM", "Units (0054,1001) are 1CM");
    refuse_pet(OT_ERR_UNSUPPORTED, "(0028,0051)=DECY\\SCAT", "not corrected for attenuation");
    refuse_pet(OT_ERR_UNSUPPORTED, "(0054,1000)=DYNAMIC\\IMAGE", "dynamic");
    refuse_pet(OT_ERR_FORMAT, "-(0028,1053)", "RescaleSlope (0028,1053) is missing");
    refuse_pet(OT_ERR_RANGE, "(0028,1053)=0", "RescaleSlope (0028,1053) is 0");
    refuse_pet(OT_ERR_RANGE, "(0028,1053)=-1", "RescaleSlope (0028,1053) is -1");
    refuse_pet(OT_ERR_FORMAT, "(0028,1053)=1,5", "RescaleSlope (0028,1053) is '1,5'");
    refuse_pet(OT_ERR_RANGE, "(0028,1053)=1e300", "not finite");
    refuse_pet(OT_ERR_FORMAT, "(0054,1102)=MAYBE", "DecayCorrection (0054,1102)");
}

static void d24_d26_slices_that_do_not_belong_together_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *change[2];
        enum ot_rc code;
        const char *part;
    } cases[] = {
        {{"(0010,0020)=SECRET-2", NULL}, OT_ERR_GEOMETRY, "another patient (0010,0020)"},
        {{"(0020,000d)=2.25.77", NULL}, OT_ERR_GEOMETRY, "another study (0020,000d)"},
        {{"(0020,0052)=2.25.77", NULL}, OT_ERR_GEOMETRY, "another frame of reference (0020,0052)"},
        {{"(0028,0030)=4.8\\4.9", NULL}, OT_ERR_GEOMETRY, "another pixel spacing (0028,0030)"},
        {{"(0020,0037)=0\\1\\0\\-1\\0\\0", NULL}, OT_ERR_GEOMETRY, "another orientation"},
        {{"(0008,0018)=2.25.9.1", NULL}, OT_ERR_FORMAT, "same SOP Instance UID"},
        {{"(0020,000e)=2.25.55", NULL}, OT_ERR_FORMAT, "2 ct series (PT 4x3x1 (1 file); PT"},
        {{"(0020,0032)=-10\\-20\\0", NULL}, OT_ERR_GEOMETRY, "at one position"},
        {{"(0028,1054)=OD", NULL}, OT_ERR_UNIT, "RescaleType (0028,1054) is 'OD', not HU"},
    };
    static const char *const ct[] = {ct_class, NULL};
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        folder = ot_test_folder();
        slice(1, 0, 0, ct, NULL);
        slice(2, 3, 100, ct, cases[n].change);
        ot_test_refuse_folder(folder, OT_USE_CT, cases[n].code, cases[n].part);
    }
}

static void g01_g02_uneven_steps_are_refused_with_the_numbers(void **state)
{
    (void)state;
    static const char *const ct[] = {ct_class, NULL};
    folder = ot_test_folder();
    slice(1, 0, 0, ct, NULL);
    slice(2, 3, 0, ct, NULL);
    slice(3, 6, 0, ct, NULL);
    slice(4, 10, 0, ct, NULL);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_GEOMETRY, "steps from 3.000 to 4.000 mm");
    folder = ot_test_folder();
    slice(1, 0, 0, ct, NULL);
    slice(2, 3, 0, ct, NULL);
    slice(3, 6, 0, ct, NULL);
    slice(4, 15, 0, ct, NULL);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_GEOMETRY,
                          "2 slices are missing between 6.00 and 15.00 mm");
}

static void d03_g23_padding_is_noted_and_foreign_files_are_passed_over(void **state)
{
    (void)state;
    static const char *const ct[] = {ct_class, "(0028,0120)=100", "(0028,1052)=-1000", NULL};
    char path[160];
    folder = ot_test_folder();
    slice(1, 0, 0, ct, NULL);
    slice(2, 3, 100, ct, NULL);
    (void)snprintf(path, sizeof path, "%s/README.txt", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("nothing to see", file);
    (void)fclose(file);
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    assert_int_equal(image->facts.file_count, 2);
    assert_near(image->volume->data[PIXELS], 2 * 100 - 1000, 0);
    bool noted = false;
    for (size_t n = 0; n < image->facts.notes.count; n++) {
        noted = noted || strstr(image->facts.notes.text[n], "2 voxels hold the padding value 100");
    }
    assert_true(noted);
    ot_image_destroy(image);
}

static void d04_a_damaged_slice_is_not_passed_over(void **state)
{
    (void)state;
    static const char *const ct[] = {ct_class, NULL};
    char path[160];
    folder = ot_test_folder();
    slice(1, 0, 0, ct, NULL);
    slice(2, 3, 0, ct, NULL);
    slice(3, 6, 0, ct, NULL);
    (void)snprintf(path, sizeof path, "%s/slice3.dcm", folder);
    FILE *file = fopen(path, "r+");
    char bytes[600];
    assert_non_null(file);
    const size_t got = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, got - 5, file), got - 5);
    (void)fclose(file);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT, "slice3.dcm: is truncated or damaged");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_a_scan_days_later_keep_their_date),
        cmocka_unit_test(zones_of_the_data_set_make_instants),
        cmocka_unit_test(a_series_time_after_the_scan_is_not_its_start),
        cmocka_unit_test(ge_scan_time_goes_before_the_series_time),
        cmocka_unit_test(values_corrected_to_the_administration_refer_to_it),
        cmocka_unit_test(beds_without_correction_are_brought_to_one_time),
        cmocka_unit_test(suv_by_weight_become_what_the_scanner_measured),
        cmocka_unit_test(suv_that_cannot_be_undone_have_no_unit),
        cmocka_unit_test(frame_reference_and_siemens_times_find_the_start),
        cmocka_unit_test(q04_the_same_truth_from_start_admin_and_none),
        cmocka_unit_test(beds_of_a_wrong_half_life_are_put_right_one_by_one),
        cmocka_unit_test(units_and_scales_that_mislead_are_refused),
        cmocka_unit_test(d24_d26_slices_that_do_not_belong_together_are_refused),
        cmocka_unit_test(g01_g02_uneven_steps_are_refused_with_the_numbers),
        cmocka_unit_test(d03_g23_padding_is_noted_and_foreign_files_are_passed_over),
        cmocka_unit_test(d04_a_damaged_slice_is_not_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
