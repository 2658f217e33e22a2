/* tests/test_dicom_images.c - real NM, CT and PET files against the facts that other readers
 * (pydicom, gdcm, plastimatch) state about them. labels: shim */
#include "tests/support/ot_test.h"

#include "core/stats.h"
#include "io/dicom.h"
#include "tests/support/image_case.h"

static struct ot_image *load(const char *name, enum ot_use want)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    const char *path = ot_test_shared(name);
    assert_ok(ot_dicom_image_load(path, want, &image, &err), err);
    assert_int_equal(image->facts.use, want);
    return image;
}

static void refuse(const char *name, enum ot_use want, enum ot_rc code, const char *part)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    const char *path = ot_test_shared(name);
    assert_refused(ot_dicom_image_load(path, want, &image, &err), err, code, part);
    assert_null(image);
    assert_null(strchr(err.text, '/') != NULL && strstr(err.text, "testdata") != NULL ? err.text
                                                                                      : NULL);
}

struct range {
    double least, most, mean;
};

static struct range range_of(const struct ot_volume *volume)
{
    const size_t count = ot_grid_voxel_count(&volume->grid);
    struct range range = {volume->data[0], volume->data[0], 0.0};
    for (size_t n = 0; n < count; n++) {
        const double value = (double)volume->data[n];
        range.least = fmin(range.least, value);
        range.most = fmax(range.most, value);
        range.mean += value / (double)count;
    }
    return range;
}

static void check_jaszczak(const struct ot_image *image)
{
    const struct ot_grid *grid = &image->volume->grid;
    const size_t count = ot_grid_voxel_count(grid);
    double weight = 0.0;
    double center_mm[3] = {0};
    double best_mm[3] = {0};
    float best = 0.0F;
    assert_int_equal(grid->n[0], 128);
    assert_int_equal(grid->n[1], 128);
    assert_int_equal(grid->n[2], 45);
    assert_near(grid->origin_mm[2], -165.199986 - 44 * 4.12999964, 1e-6);
    for (size_t n = 0; n < count; n++) {
        const double index[3] = {(double)(n % 128), (double)(n / 128 % 128), (double)(n / 16384)};
        double at_mm[3];
        ot_grid_to_point(grid, index, at_mm);
        weight += (double)image->volume->data[n];
        for (size_t r = 0; r < 3; r++) {
            center_mm[r] += (double)image->volume->data[n] * at_mm[r];
        }
        if (image->volume->data[n] > best) {
            best = image->volume->data[n];
            memcpy(best_mm, at_mm, sizeof best_mm);
        }
    }
    assert_near(weight, 124591663.0, 0.5);
    assert_near(best, 1851.0, 0.0);
    const double want_best_mm[3] = {268.450, -0.000, -231.280};
    const double want_center_mm[3] = {267.4634, -14.5901, -252.4771};
    for (size_t r = 0; r < 3; r++) {
        assert_near(best_mm[r], want_best_mm[r], 1e-3);
        assert_near(center_mm[r] / weight, want_center_mm[r], 1e-3);
    }
}

static void g05_g06_backward_frames_of_a_real_spect_keep_their_places(void **state)
{
    (void)state;
    struct ot_image *image = load("testdata/nm/glpoli-NMQC__jaszczak_recon", OT_USE_SPECT);
    check_jaszczak(image);
    assert_string_equal(image->facts.nuclide, "Tc-99m");
    assert_int_equal(image->volume->unit, OT_UNIT_NONE);
    assert_false(image->facts.quantity_stated);
    char at[40];
    ot_time_to_iso8601(&image->facts.acquired, at, sizeof at);
    assert_string_equal(at, "2014-11-14T18:45:21");
    assert_string_equal(image->facts.identity.frame_of_reference, "");
    assert_string_equal(image->facts.identity.patient_sha256, /* printf 123456 | sha256sum */
                        "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92");
    ot_image_destroy(image);
}

static void d17_every_transfer_syntax_gives_the_same_spect(void **state)
{
    (void)state;
    static const char *const names[] = {"deflated.dcm", "implicit_le.dcm", "rle.dcm"};
    for (size_t n = 0; n < 3; n++) {
        char name[128];
        (void)snprintf(name, sizeof name, "testdata/nm/derived__jaszczak_transfer_syntaxes/%s",
                       names[n]);
        struct ot_image *image = load(name, OT_USE_SPECT);
        check_jaszczak(image);
        ot_image_destroy(image);
    }
}

static void d15_d28_d29_planar_images_and_pictures_are_no_spect(void **state)
{
    (void)state;
    refuse("testdata/nm/glpoli-NMQC__planar/FourBar.dcm", OT_USE_SPECT, OT_ERR_FORMAT,
           "FourBar.dcm: is no spect image: planar");
    refuse("testdata/nm/Enet4-dicom-test-files__WG04_NM1_secondary_capture/NM1_UNC", OT_USE_SPECT,
           OT_ERR_FORMAT, "Secondary Capture");
    refuse("testdata/ct/neurolabusc-dcm_qa_ct__philips_axial_5mm", OT_USE_SPECT, OT_ERR_FORMAT,
           "is no spect image: ct");
}

struct ct_facts {
    const char *name;
    size_t n[3];
    double origin_mm[3];
    double spacing_mm[3];
    struct range hu;
};

static void check_ct(const struct ct_facts *want)
{
    struct ot_image *image = load(want->name, OT_USE_CT);
    const struct range got = range_of(image->volume);
    for (size_t a = 0; a < 3; a++) {
        assert_int_equal(image->volume->grid.n[a], want->n[a]);
        assert_near(image->volume->grid.origin_mm[a], want->origin_mm[a], 1e-4);
        assert_near(image->volume->grid.spacing_mm[a], want->spacing_mm[a], 1e-6);
    }
    assert_int_equal(image->volume->unit, OT_UNIT_HU);
    assert_near(got.least, want->hu.least, 1e-3);
    assert_near(got.most, want->hu.most, 1e-3);
    assert_near(got.mean, want->hu.mean, 1e-4);
    ot_image_destroy(image);
}

static void ct_slices_in_any_order_of_names_make_one_volume(void **state)
{
    (void)state;
    static const struct ct_facts cases[] = {
        {"testdata/ct/neurolabusc-dcm_qa_ct__philips_axial_5mm",
         {512, 512, 28},
         {-115.5, -1.85, 696.21},
         {0.4511719, 0.4511719, 5.0},
         {-1024, 782, -830.60645}},
        {"testdata/ct/QIICR-dcmqi__ct_3slice",
         {512, 512, 3},
         {-235.2, -226.8, -128.69},
         {0.810547, 0.810547, 1.0},
         {-3024, 1381, -954.88361}},
        {"testdata/ct/derived__philips_axial_128/base",
         {128, 128, 14},
         {-114.8232, -1.173242, 726.21},
         {1.804688, 1.804688, 5.0},
         {-1024, 768, -816.4185}},
        {"testdata/ct/QIICR-dcmqi__legacy_enhanced_23x38x3/classic",
         {23, 38, 3},
         {46.4649, 5.01881, -177.75},
         {0.7, 0.7, 2.5},
         {0, 1, 0.11823036}},
        {"testdata/rt/plastimatch-synth__sphere_A",
         {64, 64, 24},
         {-126, -120, -57.5},
         {4, 4, 5},
         {-1000, 40, -964.70703}},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        check_ct(&cases[n]);
    }
}

static void d25_g03_a_shuffled_series_and_one_with_a_copy_equal_the_original(void **state)
{
    (void)state;
    struct ot_image *base = load("testdata/ct/derived__philips_axial_128/base", OT_USE_CT);
    struct ot_image *shuffled = load(
        "testdata/ct/derived__philips_axial_128/shuffled_names_and_instance_numbers", OT_USE_CT);
    struct ot_image *twice =
        load("testdata/ct/derived__philips_axial_128/duplicate_same_file_twice", OT_USE_CT);
    const size_t size = ot_grid_voxel_count(&base->volume->grid) * sizeof(float);
    assert_true(ot_grid_same(&base->volume->grid, &shuffled->volume->grid, 1e-9));
    assert_true(ot_grid_same(&base->volume->grid, &twice->volume->grid, 1e-9));
    assert_memory_equal(base->volume->data, shuffled->volume->data, size);
    assert_memory_equal(base->volume->data, twice->volume->data, size);
    assert_int_equal(twice->facts.file_count, 14);
    assert_true(ot_test_noted(twice, "1 file came twice"));
    assert_false(ot_test_noted(base, "twice"));
    ot_image_destroy(base);
    ot_image_destroy(shuffled);
    ot_image_destroy(twice);
}

static void d26_g01_g08_ct_series_that_make_no_even_stack_are_refused_with_numbers(void **state)
{
    (void)state;
    refuse("testdata/ct/derived__philips_axial_128/missing_slice_7", OT_USE_CT, OT_ERR_GEOMETRY,
           "1 slice is missing between 756.21 and 766.21 mm");
    refuse("testdata/ct/derived__philips_axial_128/duplicate_same_position_new_uid", OT_USE_CT,
           OT_ERR_GEOMETRY, "two different slices lie at one position");
    refuse("testdata/ct/icometrix-dicom2nifti__ge_slice_increment", OT_USE_CT, OT_ERR_GEOMETRY,
           "missing between");
    refuse("testdata/ct/icometrix-dicom2nifti__siemens_gantrytilt", OT_USE_CT, OT_ERR_GEOMETRY,
           "gantry tilt 14.0 degrees");
    refuse("testdata/ct/neurolabusc-dcm_qa_ct__philips_tilt_minus", OT_USE_CT, OT_ERR_GEOMETRY,
           "gantry tilt 18.5 degrees");
    refuse("testdata/ct/pydicom__CT_small", OT_USE_CT, OT_ERR_GEOMETRY, "holds 1 slice");
    refuse("testdata/ct/orthanc-tests__ge_signedCT/SignedCT.dcm", OT_USE_CT, OT_ERR_GEOMETRY,
           "SignedCT.dcm: holds 1 slice");
}

static void d30_multi_frame_ct_equals_its_classic_slices(void **state)
{
    (void)state;
    struct ot_image *frames =
        load("testdata/ct/QIICR-dcmqi__legacy_enhanced_23x38x3/mf.dcm", OT_USE_CT);
    struct ot_image *slices =
        load("testdata/ct/QIICR-dcmqi__legacy_enhanced_23x38x3/classic", OT_USE_CT);
    assert_true(ot_grid_same(&frames->volume->grid, &slices->volume->grid, 1e-6));
    assert_memory_equal(frames->volume->data, slices->volume->data,
                        ot_grid_voxel_count(&slices->volume->grid) * sizeof(float));
    ot_image_destroy(frames);
    ot_image_destroy(slices);
}

static void enhanced_ct_of_another_orientation_is_right_handed(void **state)
{
    (void)state;
    struct ot_image *image = load("testdata/ct/pydicom-data__enhanced_ct", OT_USE_CT);
    const struct range got = range_of(image->volume);
    /* Rows run to -x and columns to +y, so that the normal is -z and the upper frame is first. */
    assert_near(image->volume->grid.origin_mm[0], 99.5, 1e-6);
    assert_near(image->volume->grid.origin_mm[2], -149.0, 1e-6);
    assert_near(image->volume->grid.dir[0][0], -1.0, 0.0);
    assert_near(image->volume->grid.dir[2][2], -1.0, 0.0);
    assert_near(image->volume->grid.spacing_mm[2], 10.0, 1e-9);
    assert_near(got.mean, 380.03809 - 1024.0, 1e-4);
    assert_near(got.least, -1024.0, 0.0);
    ot_image_destroy(image);
}

static void d24_two_series_in_one_folder_are_listed_without_names(void **state)
{
    (void)state;
    refuse("testdata/ct", OT_USE_CT, OT_ERR_FORMAT, "ct series");
    refuse("testdata/pet/derived__slope_per_slice_bqml", OT_USE_CT, OT_ERR_FORMAT,
           "is no ct image");
}

static void the_dose_of_a_plan_is_in_gray(void **state)
{
    (void)state;
    struct ot_image *image = load("testdata/rt/plastimatch-synth__sphere_A", OT_USE_RTDOSE);
    const struct range got = range_of(image->volume);
    assert_int_equal(image->volume->unit, OT_UNIT_GY);
    assert_int_equal(image->volume->grid.n[2], 24);
    assert_near(image->volume->grid.origin_mm[2], -57.5, 1e-9);
    assert_near(image->volume->grid.spacing_mm[2], 5.0, 1e-9);
    assert_near(got.most, 69.99981, 1e-5);
    assert_near(got.mean, 1.2304655, 1e-6);
    ot_image_destroy(image);
    image = load("testdata/rt/pymedphys__raystation_wedge_dose", OT_USE_RTDOSE);
    const struct range wedge = range_of(image->volume);
    assert_near(wedge.most, 1.95959, 1e-5);
    assert_near(wedge.mean, 0.45969587, 1e-6);
    ot_image_destroy(image);
}

static void doses_without_unit_plane_or_pixels_are_refused(void **state)
{
    (void)state;
    refuse("testdata/rt/pydicom__rt_small/rtdose.dcm", OT_USE_RTDOSE, OT_ERR_UNIT,
           "DoseUnits (3004,0002) are 'RELATIVE'");
    refuse("testdata/rt/pymedphys__varian_planar_dose", OT_USE_RTDOSE, OT_ERR_GEOMETRY,
           "holds a dose plane");
    static const char *const headers[] = {"HFS", "FFS", "FFP", "HFDL"};
    for (size_t n = 0; n < 4; n++) {
        char name[160];
        (void)snprintf(name, sizeof name,
                       "testdata/rt/pymedphys__varian_dose_orientations/RD.DICOMORIENT.Dose_%s.dcm",
                       headers[n]);
        refuse(name, OT_USE_RTDOSE, OT_ERR_FORMAT, "PixelData (7fe0,0010) holds 0 bytes");
    }
}

static void d44_hostile_files_end_in_one_line(void **state)
{
    (void)state;
    static const char *const names[] = {
        "dicom__fo-dicom/1403-OB.dcm",
        "dicom__fo-dicom/D_CLUNIE_CT1_RLE_FRAGS.dcm",
        "dicom__fo-dicom/GH177_D_CLUNIE_CT1_IVRLE_BigEndian_ELE_undefinded_length.dcm",
        "dicom__fo-dicom/GH220.dcm",
        "dicom__fo-dicom/GH223.dcm",
        "dicom__orthanc-tests/2026-05-26-oob-monochrome-46341.dcm",
        "dicom__orthanc-tests/Issue195.dcm",
        "dicom__pydicom/ExplVR_BigEndNoMeta.dcm",
        "dicom__pydicom/badVR.dcm",
        "dicom__pydicom/image_dfl.dcm",
        "dicom__pydicom/no_meta.dcm",
        "dicom__pydicom/no_meta_group_length.dcm",
        "dicom__pydicom/priv_SQ.dcm",
        "dicom__pydicom/rtplan_truncated.dcm",
        "dicom__pydicom-data/bad_sequence.dcm",
    };
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        char name[160];
        struct ot_image *image = NULL;
        struct ot_err err = {0};
        (void)snprintf(name, sizeof name, "testdata/hostile/%s", names[n]);
        const char *path = ot_test_shared(name);
        const enum ot_rc rc = ot_dicom_image_load(path, OT_USE_CT, &image, &err);
        print_message("%s: %s\n", ot_rc_name(rc), err.text);
        assert_int_not_equal(rc, OT_OK);
        assert_null(image);
        assert_non_null(strstr(err.text, strrchr(name, '/') + 1));
        assert_null(strchr(err.text, '\n'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g05_g06_backward_frames_of_a_real_spect_keep_their_places),
        cmocka_unit_test(d17_every_transfer_syntax_gives_the_same_spect),
        cmocka_unit_test(d15_d28_d29_planar_images_and_pictures_are_no_spect),
        cmocka_unit_test(ct_slices_in_any_order_of_names_make_one_volume),
        cmocka_unit_test(d25_g03_a_shuffled_series_and_one_with_a_copy_equal_the_original),
        cmocka_unit_test(d26_g01_g08_ct_series_that_make_no_even_stack_are_refused_with_numbers),
        cmocka_unit_test(d30_multi_frame_ct_equals_its_classic_slices),
        cmocka_unit_test(enhanced_ct_of_another_orientation_is_right_handed),
        cmocka_unit_test(d24_two_series_in_one_folder_are_listed_without_names),
        cmocka_unit_test(the_dose_of_a_plan_is_in_gray),
        cmocka_unit_test(doses_without_unit_plane_or_pixels_are_refused),
        cmocka_unit_test(d44_hostile_files_end_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
