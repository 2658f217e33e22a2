/* tests/test_transform_file.c - transforms as files hold them: ITK text by hand, a Spatial
 * Registration of another program, and what is refused. */
#include "io/transform_file.h"

#include <stdlib.h>

#include "io/dicom_write.h"
#include "tests/support/ot_test.h"

static const char FRAME_A[] = "1.2.826.0.1.3680043.8.274.1.1.8323328.13565.1795423584.764249";
static const char FRAME_B[] = "1.2.826.0.1.3680043.8.274.1.1.8323328.13645.1795423586.448285";

static void put(const char *folder, const char *name, const void *bytes, size_t size, char *path)
{
    (void)snprintf(path, 512, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static enum ot_rc parse(const char *name, const char *parameters, const char *fixed,
                        struct ot_transform_file *file, struct ot_err *err)
{
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "#Insight Transform File V1.0\r\n#Transform 0\r\nTransform: %s\r\n"
                   "Parameters: %s\r\nFixedParameters: %s\r\n",
                   name, parameters, fixed);
    *file = (struct ot_transform_file){.format = ""};
    return ot_transform_itk_parse(text, file, err);
}

/* ITK maps fixed to moving; here it comes out as moving to fixed. */
static void check_maps(const struct ot_transform_file *file, const double fixed_mm[3],
                       const double moving_mm[3])
{
    double at_mm[3];
    ot_rigid_apply(&file->frames[1].to_registered, moving_mm, at_mm);
    for (size_t c = 0; c < 3; c++) {
        assert_near(at_mm[c], fixed_mm[c], 1e-9);
    }
}

static void itk_transforms_of_every_rigid_kind_are_read(void **state)
{
    (void)state;
    /* A quarter about z through (10, 20, 30), then a shift of (1, 2, 3): by hand the fixed point
     * (11, 20, 30) goes to (10, 21, 30) + (1, 2, 3). */
    static const struct {
        const char *name, *parameters, *fixed;
    } rows[] = {
        {"Euler3DTransform_double_3_3", "0 0 1.5707963267948966 1 2 3", "10 20 30"},
        {"Euler3DTransform_double_3_3", "0 0 1.5707963267948966 1 2 3", "10 20 30 1"},
        {"VersorRigid3DTransform_double_3_3", "0 0 0.70710678118654757 1 2 3", "10 20 30"},
        {"AffineTransform_double_3_3", "0 -1 0 1 0 0 0 0 1 1 2 3", "10 20 30"},
        {"MatrixOffsetTransformBase_float_3_3", "0 -1 0  1 0 0  0 0 1  1 2 3 ", "10 20 30"},
        {"Rigid3DTransform_double_3_3", "0 -1 0 1 0 0 0 0 1 1 2 3", "10 20 30"},
    };
    const double fixed_mm[3] = {11.0, 20.0, 30.0};
    const double moving_mm[3] = {11.0, 23.0, 33.0};
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        struct ot_transform_file file;
        struct ot_err err = {0};
        assert_ok(parse(rows[n].name, rows[n].parameters, rows[n].fixed, &file, &err), err);
        check_maps(&file, fixed_mm, moving_mm);
    }
    struct ot_transform_file file;
    struct ot_err err = {0};
    const double zero[3] = {0.0, 0.0, 0.0};
    const double shift[3] = {1.0, 2.0, 3.0};
    assert_ok(parse("TranslationTransform_double_3_3", "1 2 3", "", &file, &err), err);
    check_maps(&file, zero, shift);
    /* Euler angles in both orders: a quarter about x, then one about y: y goes to z, z to x. */
    const double y_axis[3] = {0.0, 1.0, 0.0};
    const double x_axis[3] = {1.0, 0.0, 0.0};
    const double z_axis[3] = {0.0, 0.0, 1.0};
    assert_ok(parse("Euler3DTransform_double_3_3", "1.5707963267948966 1.5707963267948966 0 0 0 0",
                    "0 0 0 1", &file, &err),
              err);
    check_maps(&file, y_axis, x_axis);
    assert_ok(parse("Euler3DTransform_double_3_3", "1.5707963267948966 1.5707963267948966 0 0 0 0",
                    "0 0 0 0", &file, &err),
              err);
    check_maps(&file, y_axis, z_axis); /* y first leaves it, then x turns it up */
}

/* Threat model, row G15. */
static void g15_itk_files_that_are_not_rigid_or_not_right_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *parameters, *fixed;
        enum ot_rc code;
        const char *text;
    } rows[] = {
        {"AffineTransform_double_3_3", "1.01 0 0 0 1 0 0 0 1 1 2 3", "0 0 0", OT_ERR_GEOMETRY,
         "scales"},
        {"AffineTransform_double_3_3", "1 1e-4 0 0 1 0 0 0 1 1 2 3", "0 0 0", OT_ERR_GEOMETRY,
         "shears"},
        {"AffineTransform_double_3_3", "-1 0 0 0 1 0 0 0 1 1 2 3", "0 0 0", OT_ERR_GEOMETRY,
         "mirrors"},
        {"AffineTransform_double_3_3", "0 0 0 0 0 0 0 0 0 1 2 3", "0 0 0", OT_ERR_GEOMETRY,
         "singular"},
        {"AffineTransform_double_3_3", "1 0 0 0 1 0 0 0 1 1 2", "0 0 0", OT_ERR_FORMAT,
         "11 Parameters"},
        {"AffineTransform_double_3_3", "1 0 0 0 1 0 0 0 1 1 2 3mm", "0 0 0", OT_ERR_FORMAT, "3mm"},
        {"AffineTransform_double_3_3", "1 0 0 0 1 0 0 0 1 1 2 nan", "0 0 0", OT_ERR_FORMAT, "nan"},
        {"AffineTransform_double_3_3", "1,0 0 0 0 1 0 0 0 1 1 2 3", "0 0 0", OT_ERR_FORMAT, "1,0"},
        {"AffineTransform_double_2_2", "1 0 0 1 1 2", "0 0", OT_ERR_UNSUPPORTED,
         "three dimensions"},
        {"Euler3DTransform_double_3_3", "0 0 15 1 2 3", "0 0 0", OT_ERR_RANGE, "radians"},
        {"VersorRigid3DTransform_double_3_3", "1 1 0 1 2 3", "0 0 0", OT_ERR_GEOMETRY, "versor"},
        {"BSplineTransform_double_3_3", "1 2 3", "0 0 0", OT_ERR_UNSUPPORTED, "only rigid"},
        {"Similarity3DTransform_double_3_3", "0 0 0 1 2 3 1.1", "0 0 0", OT_ERR_UNSUPPORTED,
         "only rigid"},
    };
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        struct ot_transform_file file;
        struct ot_err err = {0};
        assert_refused(parse(rows[n].name, rows[n].parameters, rows[n].fixed, &file, &err), err,
                       rows[n].code, rows[n].text);
        err = (struct ot_err){0};
    }
    struct ot_transform_file file = {.format = ""};
    struct ot_err err = {0};
    assert_refused(ot_transform_itk_parse(
                       "#Insight Transform File V1.0\nTransform: CompositeTransform_double_3_3\n"
                       "Transform: AffineTransform_double_3_3\n",
                       &file, &err),
                   err, OT_ERR_UNSUPPORTED, "2 transforms");
    err = (struct ot_err){0};
    assert_refused(ot_transform_itk_parse("#Insight Transform File V1.0\nhello\n", &file, &err),
                   err, OT_ERR_FORMAT, "none of an ITK");
    err = (struct ot_err){0};
    assert_refused(ot_transform_itk_parse("#Insight Transform File V1.0\n", &file, &err), err,
                   OT_ERR_FORMAT, "0 transforms");
    err = (struct ot_err){0};
}

static struct ot_rigid some_motion(void)
{
    const double angles_rad[3] = {0.1, -0.2, 0.3};
    const double center_mm[3] = {15.0, -40.0, 220.0};
    const double shift_mm[3] = {-6.5, 11.0, 22.25};
    return ot_rigid_euler(angles_rad, center_mm, shift_mm);
}

static void check_same(const struct ot_rigid *a, const struct ot_rigid *b, double tolerance)
{
    for (size_t r = 0; r < 3; r++) {
        for (size_t c = 0; c < 3; c++) {
            assert_near(a->rotation[r][c], b->rotation[r][c], tolerance);
        }
        assert_near(a->translation_mm[r], b->translation_mm[r], 1000.0 * tolerance);
    }
}

static void what_is_written_is_read_in_both_directions(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    const struct ot_rigid motion = some_motion();
    const struct ot_rigid back = ot_rigid_invert(&motion);
    const struct ot_dicom_series_head series = {.patient_id = "nobody",
                                                .study_uid = "1.2.3",
                                                .series_uid = "1.2.4",
                                                .frame_uid = FRAME_B,
                                                .date = "20260301",
                                                .time_of_day = "093000",
                                                .zone = "+0000",
                                                .description = "registration",
                                                .number = 1};
    struct ot_buffer bytes[2] = {{0}, {0}};
    char digest[2][OT_SHA256_SIZE];
    char path[512];
    struct ot_err err = {0};
    assert_ok(ot_transform_frame_digest(FRAME_A, digest[0], &err), err);
    assert_ok(ot_transform_frame_digest(FRAME_B, digest[1], &err), err);
    assert_ok(ot_transform_itk_encode(&motion, digest[1], digest[0], &bytes[0], &err), err);
    assert_ok(ot_dicom_reg_encode(&series, FRAME_A, &motion, &bytes[1], &err), err);
    for (size_t n = 0; n < 2; n++) {
        struct ot_transform_file file;
        struct ot_rigid got;
        bool checked = false;
        put(folder, n == 0 ? "a.tfm" : "a.dcm", bytes[n].data, bytes[n].size, path);
        assert_ok(ot_transform_load(path, &file, &err), err);
        assert_string_equal(file.format, n == 0 ? "itk" : "dicom");
        assert_ok(ot_transform_between(&file, FRAME_A, FRAME_B, &got, &checked, &err), err);
        assert_true(checked);
        check_same(&got, &motion, 1e-12);
        /* Used the other way round it is inverted, not misused: row G15. */
        assert_ok(ot_transform_between(&file, FRAME_B, FRAME_A, &got, &checked, &err), err);
        check_same(&got, &back, 1e-12);
        /* One side alone tells the direction as well. */
        assert_ok(ot_transform_between(&file, "", FRAME_A, &got, &checked, &err), err);
        assert_true(checked);
        check_same(&got, &back, 1e-12);
        assert_ok(ot_transform_between(&file, "", "", &got, &checked, &err), err);
        assert_false(checked);
        check_same(&got, &motion, 1e-12);
        assert_refused(ot_transform_between(&file, "1.2.3", FRAME_B, &got, &checked, &err), err,
                       OT_ERR_GEOMETRY, "other frames of reference");
        err = (struct ot_err){0};
        assert_refused(ot_transform_between(&file, FRAME_A, "1.2.3", &got, &checked, &err), err,
                       OT_ERR_GEOMETRY, "other frames of reference");
        /* no identifier of a frame gets into text that people see */
        assert_null(strstr(err.text, "1.2.3"));
        assert_null(strstr(err.text, FRAME_A));
        err = (struct ot_err){0};
        assert_refused(ot_transform_between(&file, FRAME_B, FRAME_B, &got, &checked, &err), err,
                       OT_ERR_GEOMETRY, "leave the transform out");
        err = (struct ot_err){0};
        ot_buffer_release(&bytes[n]);
    }
    ot_test_remove_folder(folder);
}

static void a_registration_of_plastimatch_leads_from_moving_to_fixed(void **state)
{
    (void)state;
    char path[512];
    (void)snprintf(path, sizeof path, "%s",
                   ot_test_shared("testdata/reg/plastimatch-synth__translation/sro.dcm"));
    struct ot_transform_file file;
    struct ot_rigid motion;
    struct ot_err err = {0};
    bool checked = false;
    assert_ok(ot_transform_load(path, &file, &err), err);
    assert_ok(ot_transform_between(&file, FRAME_A, FRAME_B, &motion, &checked, &err), err);
    assert_true(checked);
    assert_near(motion.translation_mm[0], 6.5, 1e-12);
    assert_near(motion.translation_mm[1], -11.0, 1e-12);
    assert_near(motion.translation_mm[2], -22.25, 1e-12);
}

/* Three frames: both ends have to be stated; the message says what to do. */
static void of_three_frames_two_have_to_be_known(void **state)
{
    (void)state;
    static const char *const names[3] = {FRAME_B, FRAME_A, "2.25.333"};
    struct ot_transform_file file = {.format = "dicom", .count = 3};
    struct ot_rigid motion;
    struct ot_err err = {0};
    bool checked = false;
    for (size_t n = 0; n < 3; n++) {
        file.frames[n].to_registered = ot_rigid_identity();
        file.frames[n].to_registered.translation_mm[1] = 10.0 * (double)n;
        assert_ok(ot_transform_frame_digest(names[n], file.frames[n].frame_sha256, &err), err);
    }
    assert_ok(ot_transform_between(&file, names[2], FRAME_A, &motion, &checked, &err), err);
    assert_true(checked);
    assert_near(motion.translation_mm[1], 10.0, 1e-12);
    assert_ok(ot_transform_between(&file, FRAME_B, names[2], &motion, &checked, &err), err);
    assert_near(motion.translation_mm[1], -20.0, 1e-12);
    static const char *const ends[][2] = {{"", ""}, {FRAME_A, ""}, {"", FRAME_A}};
    for (size_t n = 0; n < 3; n++) {
        assert_refused(ot_transform_between(&file, ends[n][0], ends[n][1], &motion, &checked, &err),
                       err, OT_ERR_GEOMETRY, "links 3 frames of reference");
        assert_non_null(strstr(err.text, "or a registration of two frames only"));
        err = (struct ot_err){0};
    }
}

static void what_is_no_transform_is_refused(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    struct ot_transform_file file;
    struct ot_err err = {0};
    char path[512];
    put(folder, "a.txt", "hello\n", 6, path);
    assert_refused(ot_transform_load(path, &file, &err), err, OT_ERR_FORMAT, "a.txt");
    err = (struct ot_err){0};
    put(folder, "b.txt", "#Insight Transform File V1.0\n\0x", 31, path);
    assert_refused(ot_transform_load(path, &file, &err), err, OT_ERR_FORMAT, "neither");
    err = (struct ot_err){0};
    assert_refused(ot_transform_load("/nowhere/at/all.tfm", &file, &err), err, OT_ERR_IO,
                   "all.tfm");
    err = (struct ot_err){0};
    ot_test_remove_folder(folder);
}

static void an_image_is_no_registration(void **state)
{
    (void)state;
    char path[512];
    (void)snprintf(path, sizeof path, "%s",
                   ot_test_shared("testdata/rt/plastimatch-synth__sphere_A/image0000.dcm"));
    struct ot_transform_file file;
    struct ot_err err = {0};
    assert_refused(ot_transform_load(path, &file, &err), err, OT_ERR_FORMAT,
                   "0 DICOM Spatial Registration objects");
    err = (struct ot_err){0};
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(itk_transforms_of_every_rigid_kind_are_read),
        cmocka_unit_test(g15_itk_files_that_are_not_rigid_or_not_right_are_refused),
        cmocka_unit_test(what_is_written_is_read_in_both_directions),
        cmocka_unit_test(a_registration_of_plastimatch_leads_from_moving_to_fixed),
        cmocka_unit_test(of_three_frames_two_have_to_be_known),
        cmocka_unit_test(what_is_no_transform_is_refused),
        cmocka_unit_test(an_image_is_no_registration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
