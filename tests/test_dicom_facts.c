/* tests/test_dicom_facts.c - single real slices, which make no volume: their pixels against the
 * facts that pydicom and gdcm gave, in every transfer syntax. labels: shim */
#include "tests/support/ot_test.h"

#include "core/mem.h"
#include "core/stats.h"
#include "io/dicom_samples.h"
#include "io/dicom_series.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"
#include "io/load.h"

enum { MOST_PIXELS = 512 * 512 };

/* Facts of a folder or file: columns, rows, pixel spacing along them in mm; least, greatest and
 * mean value after Rescale Slope and Intercept. */
static const struct fact {
    const char *path;
    size_t columns, rows;
    double spacing_mm, position_mm[3];
    double least, most, mean;
} facts[] = {
/* one slice in seven syntaxes; two of them are lossy */
#define WG04 "ct/Enet4-dicom-test-files__WG04_CT1_transfer_syntaxes/"
#define WG04_PLACE \
    512, 512, 0.661468, \
    { \
        -158.1358, -179.0358, -75.7 \
    }
    {WG04 "CT1_UNC", WG04_PLACE, -3024, 1254, -871.30372},
    {WG04 "CT1_RLE", WG04_PLACE, -3024, 1254, -871.30372},
    {WG04 "CT1_JPLL", WG04_PLACE, -3024, 1254, -871.30372},
    {WG04 "CT1_JLSL", WG04_PLACE, -3024, 1254, -871.30372},
    {WG04 "CT1_J2KR", WG04_PLACE, -3024, 1254, -871.30372},
    {WG04 "CT1_JLSN", WG04_PLACE, -3028, 1254, -871.11513},
    {WG04 "CT1_J2KI", WG04_PLACE, -3339, 1385, -871.19764},
    /* oblique, negative SpacingBetweenSlices; signed with padding; small; a breast */
    {"ct/fo-dicom__ge_oblique_negSBS/GH1308.dcm",
     512,
     512,
     0.253906,
     {-66.3, -69.601, -160.048},
     -3024,
     1376,
     -606.70948},
    {"ct/orthanc-tests__ge_signedCT/SignedCT.dcm",
     512,
     512,
     0.646484,
     {-165.5, -165.5, -283.125},
     -3024,
     3018,
     -906.41777},
    {"ct/pydicom__CT_small/CT_small.dcm",
     128,
     128,
     0.661468,
     {-158.1358, -179.0358, -75.7},
     -896,
     1167,
     -119.07385},
    {"rt/dicompyler-core__breast_ct_rtss_plan/ct.0.dcm",
     512,
     512,
     1.074219,
     {-275, -524, 168.5593},
     -1000,
     1457,
     -802.97305},
    /* PET of three makers: one of them with a second PixelData in an icon, one without dates */
    {"pet/orthanc-tests__siemens_mCT_slice/siemens_mct_slice.dcm",
     200,
     200,
     4.07283,
     {-405.624, -587.304, 216},
     0,
     14471.38,
     241.9631},
    {"pet/suyashkumar-dicom__acrin_siemens1094_029/1.dcm",
     168,
     168,
     4.07283,
     {-342.1108, -528.7493, -278.5},
     0,
     12106.61,
     88.499533},
    {"pet/orthanc-tests__philips_gemini_issue94/Issue94.dcm",
     169,
     169,
     4.0,
     {-336.6836, -252.6836, -126.9},
     0,
     15596.41,
     329.57803},
};

/* The stored values of the only file, after scaling. */
static size_t read_values(struct ot_dicom_file *file, const struct fact *fact, double *values)
{
    struct ot_dicom_samples samples;
    const unsigned char *data = NULL;
    unsigned char *block = NULL;
    struct ot_err err = {0};
    double slope = 0.0;
    double intercept = 0.0;
    bool found = false;
    assert_ok(ot_dicom_samples_describe(file, &samples, &err), err);
    assert_int_equal(samples.columns, fact->columns);
    assert_int_equal(samples.rows, fact->rows);
    assert_int_equal(samples.frames, 1);
    assert_ok(ot_dicom_file_recall(file, &err), err);
    assert_ok(ot_dicom_samples_fetch(file, &samples, &data, &block, &err), err);
    const size_t count = samples.columns * samples.rows;
    assert_true(count <= MOST_PIXELS);
    ot_dicom_samples_decode(&samples, data, 0, count, values);
    ot_free(block);
    assert_ok(ot_dicom_number(file->root, TAG_RESCALE_SLOPE, &slope, &found, &err), err);
    assert_true(found);
    assert_ok(ot_dicom_number(file->root, TAG_RESCALE_INTERCEPT, &intercept, &found, &err), err);
    for (size_t n = 0; n < count; n++) {
        values[n] = slope * values[n] + intercept;
    }
    return count;
}

static void check_fact(const struct fact *fact, double *values)
{
    char name[200];
    struct ot_dicom_set set;
    struct ot_err err = {0};
    double spacing_mm[2] = {0.0, 0.0};
    double position_mm[3] = {0.0, 0.0, 0.0};
    bool found = false;
    (void)snprintf(name, sizeof name, "testdata/%s", fact->path);
    const enum ot_use use = strstr(name, "/pet/") != NULL ? OT_USE_PET : OT_USE_CT;
    assert_ok(ot_dicom_set_read(ot_test_shared(name), use, &set, &err), err);
    assert_int_equal(set.series_count, 1);
    struct ot_dicom_file *file = set.series[0].files[0];
    assert_int_equal(file->use, use);
    assert_ok(ot_dicom_numbers(file->root, TAG_PIXEL_SPACING, spacing_mm, 2, &found, &err), err);
    assert_ratio(spacing_mm[0], fact->spacing_mm, 1e-6);
    assert_ratio(spacing_mm[1], fact->spacing_mm, 1e-6);
    assert_ok(ot_dicom_numbers(file->root, TAG_IMAGE_POSITION, position_mm, 3, &found, &err), err);
    for (size_t r = 0; r < 3; r++) {
        assert_near(position_mm[r], fact->position_mm[r], 1e-3); /* the printed digits */
    }
    const size_t count = read_values(file, fact, values);
    double least = values[0];
    double most = values[0];
    double sum = 0.0;
    for (size_t n = 0; n < count; n++) {
        least = fmin(least, values[n]);
        most = fmax(most, values[n]);
        sum += values[n];
    }
    assert_near(least, fact->least, 1e-9);
    assert_ratio(most, fact->most, 1e-6);
    assert_ratio(sum / (double)count, fact->mean, 1e-7);
    ot_dicom_set_release(&set);
}

static void single_slices_have_the_pixels_that_others_read(void **state)
{
    (void)state;
    struct ot_err err = {0};
    double *values = OT_NEW(double, MOST_PIXELS, &err);
    assert_non_null(values);
    for (size_t n = 0; n < sizeof facts / sizeof facts[0]; n++) {
        print_message("%s\n", facts[n].path);
        check_fact(&facts[n], values);
    }
    ot_free(values);
}

/* All pixels of all files of a path, as they are stored or after the scale that stands in their own
 * data set; whatever the objects can serve as. */
static const struct whole {
    const char *path;
    size_t files, frames; /* frames of each file */
    double least, most, mean;
} wholes[] = {
    /* pictures of a whole body under the modality NM, lossless: 3596452 counts in 256 x 1024 */
    {"nm/Enet4-dicom-test-files__WG04_NM1_secondary_capture/NM1_UNC", 1, 1, 0, 278, 13.719376},
    {"nm/Enet4-dicom-test-files__WG04_NM1_secondary_capture/NM1_RLE", 1, 1, 0, 278, 13.719376},
    {"nm/Enet4-dicom-test-files__WG04_NM1_secondary_capture/NM1_JLSL", 1, 1, 0, 278, 13.719376},
    /* planar: 533338 and 16000045 counts */
    {"nm/glpoli-NMQC__planar/FourBar.dcm", 1, 1, 0, 515, 533338.0 / (512.0 * 512)},
    {"nm/glpoli-NMQC__planar/UNIFORMIDAD_1.dcm", 1, 1, 0, 459, 16000045.0 / (256.0 * 256)},
    {"nm/glpoli-NMQC__jaszczak_recon/Jaszack.dcm", 1, 45, 0, 1851, 168.98826},
    /* CT series that make no volume: a copy, two at one place, a gap, tilts */
    {"ct/derived__philips_axial_128/duplicate_same_file_twice", 15, 1, -1024, 768, -811.06843},
    {"ct/derived__philips_axial_128/duplicate_same_position_new_uid", 15, 1, -1024, 768,
     -813.89442},
    {"ct/derived__philips_axial_128/missing_slice_7", 13, 1, -1024, 766, -813.38634},
    {"ct/icometrix-dicom2nifti__ge_slice_increment", 4, 1, -1024, -770, -896.94509},
    {"ct/icometrix-dicom2nifti__siemens_gantrytilt", 4, 1, -1024, -770, -897.06813},
    {"ct/neurolabusc-dcm_qa_ct__philips_tilt_minus", 12, 1, -1024, 791, -853.12834},
    /* doses without gray, or of one plane */
    {"rt/pydicom__rt_small/rtdose.dcm", 1, 15, 0.795, 1.254, 1.0132733},
    {"rt/pydicom__rt_small/rtdose_rle.dcm", 1, 15, 0.795, 1.254, 1.0132733},
    {"rt/pymedphys__varian_planar_dose", 1, 1, 1.200044, 4.999993, 4.3880306},
    /* odd ways of writing, all legal */
    {"hostile/dicom__fo-dicom/D_CLUNIE_CT1_RLE_FRAGS.dcm", 1, 1, -3024, 1254, -871.30372},
    {"hostile/dicom__fo-dicom/GH177_D_CLUNIE_CT1_IVRLE_BigEndian_ELE_undefinded_length.dcm", 1, 1,
     -3024, 1254, -871.30372},
    {"hostile/dicom__pydicom/image_dfl.dcm", 1, 1, 0, 255, 127.11597},
    {"hostile/dicom__pydicom-data/bad_sequence.dcm", 1, 1, -1011, 1243, -76.625648},
};

struct totals {
    double least, most, sum;
    size_t count;
};

static void add_file(struct ot_dicom_file *file, size_t frames, struct totals *totals)
{
    struct ot_dicom_samples samples;
    const unsigned char *data = NULL;
    unsigned char *block = NULL;
    double stored[1024];
    double slope = 1.0;
    double intercept = 0.0;
    bool found = false;
    struct ot_err err = {0};
    assert_ok(file->damage.code, file->damage);
    assert_ok(ot_dicom_number(file->root, TAG_DOSE_GRID_SCALING, &slope, &found, &err), err);
    if (!found) {
        assert_ok(ot_dicom_number(file->root, TAG_RESCALE_SLOPE, &slope, &found, &err), err);
        assert_ok(ot_dicom_number(file->root, TAG_RESCALE_INTERCEPT, &intercept, &found, &err),
                  err);
    }
    assert_ok(ot_dicom_samples_describe(file, &samples, &err), err);
    assert_int_equal(samples.frames, frames);
    assert_ok(ot_dicom_file_recall(file, &err), err);
    assert_ok(ot_dicom_samples_fetch(file, &samples, &data, &block, &err), err);
    const size_t count = samples.columns * samples.rows * frames;
    for (size_t first = 0; first < count; first += 1024) {
        const size_t run = count - first < 1024 ? count - first : 1024;
        ot_dicom_samples_decode(&samples, data, first, run, stored);
        for (size_t n = 0; n < run; n++) {
            const double value = slope * stored[n] + intercept;
            totals->least = fmin(totals->least, value);
            totals->most = fmax(totals->most, value);
            totals->sum += value;
        }
    }
    totals->count += count;
    ot_free(block);
    ot_dicom_file_forget(file);
}

static void objects_that_make_no_volume_have_the_pixels_that_others_read(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof wholes / sizeof wholes[0]; n++) {
        char name[200];
        struct ot_dicom_set set;
        struct ot_err err = {0};
        struct totals totals = {.least = INFINITY, .most = -INFINITY};
        print_message("%s\n", wholes[n].path);
        (void)snprintf(name, sizeof name, "testdata/%s", wholes[n].path);
        assert_ok(ot_dicom_set_read(ot_test_shared(name), OT_USE_NONE, &set, &err), err);
        assert_int_equal(set.paths.count, wholes[n].files);
        for (size_t f = 0; f < wholes[n].files; f++) {
            add_file(&set.files[f], wholes[n].frames, &totals);
        }
        assert_near(totals.least, wholes[n].least, 5e-7); /* the printed digits, as below */
        assert_near(totals.most, wholes[n].most, 5e-7);
        assert_ratio(totals.sum / (double)totals.count, wholes[n].mean, 1e-7);
        ot_dicom_set_release(&set);
    }
}

/* What cannot be read as an image, or not as it is. */
static void other_objects_are_refused_by_what_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *path, *part;
    } cases[] = {
        {"ct/fo-dicom__ge_oblique_negSBS/GH1308.dcm", "holds 1 slice"},
        {"hostile/dicom__fo-dicom/1403-OB.dcm", "Secondary Capture"}, /* in color */
        {"pmap/pydicom-data__parametric_map_float/parametric_map_float.dcm", "Parametric Map"},
        {"rt/pymedphys__monaco_rtstruct/example_structures.dcm", "dcmconv"},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        char name[200];
        struct ot_image *image = NULL;
        struct ot_err err = {0};
        (void)snprintf(name, sizeof name, "testdata/%s", cases[n].path);
        const enum ot_rc rc = ot_image_load(ot_test_shared(name), OT_USE_CT, &image, &err);
        print_message("%s\n", err.text);
        assert_int_not_equal(rc, OT_OK);
        assert_non_null(strstr(err.text, cases[n].part));
    }
}

/* Labels 0 to 4 of a skeleton, 128 x 128 x 241 of 4.795 mm; x and y of the file count against
 * LPS's. */
static void a_skeleton_has_its_labels(void **state)
{
    (void)state;
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    const char *path =
        ot_test_shared("testdata/phantom/qurit-PyTheranostics__skeleton/Skeleton.nii.gz");
    assert_ok(ot_image_load(path, OT_USE_IMAGE, &image, &err), err);
    const struct ot_grid *grid = &image->volume->grid;
    const size_t n[3] = {128, 128, 241};
    float most = 0.0F;
    for (size_t axis = 0; axis < 3; axis++) {
        assert_int_equal(grid->n[axis], n[axis]);
        assert_ratio(grid->spacing_mm[axis], 4.795, 1e-6);
    }
    const size_t count = ot_grid_voxel_count(grid);
    for (size_t x = 0; x < count; x++) {
        most = fmaxf(most, image->volume->data[x]);
    }
    assert_near(most, 4, 0);
    assert_ratio(ot_sum(image->volume->data, count) / (double)count, 0.047976672, 1e-7);
    assert_int_equal(image->facts.negative_count, 0);
    ot_image_destroy(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_slices_have_the_pixels_that_others_read),
        cmocka_unit_test(objects_that_make_no_volume_have_the_pixels_that_others_read),
        cmocka_unit_test(other_objects_are_refused_by_what_they_are),
        cmocka_unit_test(a_skeleton_has_its_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
