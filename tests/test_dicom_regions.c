/* tests/test_dicom_regions.c - contours and segments of real files, by the facts that other
 * readers state about them. labels: shim */
#include "tests/support/ot_test.h"

#include "core/stats.h"
#include "io/dicom.h"
#include "io/dicom_seg_frames.h"
#include "io/file.h"
#include "io/nrrd.h"
#include "io/store.h"

static struct ot_region *load(const char *name, const char *selector)
{
    struct ot_region *region = NULL;
    struct ot_err err = {0};
    const char *path = ot_test_shared(name);
    assert_ok(ot_dicom_regions_load(path, &selector, 1, &region, &err), err);
    return region;
}

static void refuse(const char *name, const char *selector, enum ot_rc code, const char *part)
{
    struct ot_region *region = NULL;
    struct ot_err err = {0};
    const char *path = ot_test_shared(name);
    assert_refused(ot_dicom_regions_load(path, &selector, 1, &region, &err), err, code, part);
    assert_null(region);
}

/* Area of a planar polygon by the cross products of its edges. */
static double area_mm2(const struct ot_contour *contour)
{
    double sum[3] = {0};
    for (size_t n = 0; n < contour->count; n++) {
        const double *a = contour->points_mm + 3 * n;
        const double *b = contour->points_mm + 3 * ((n + 1) % contour->count);
        for (size_t r = 0; r < 3; r++) {
            const size_t s = (r + 1) % 3;
            const size_t t = (r + 2) % 3;
            sum[r] += 0.5 * (a[s] * b[t] - a[t] * b[s]);
        }
    }
    return sqrt(sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]);
}

static void contours_of_a_sphere_have_its_volume(void **state)
{
    (void)state;
    struct ot_region *region = load("testdata/rt/plastimatch-synth__sphere_A/rtss.dcm", NULL);
    double volume_ml = 0.0;
    assert_string_equal(region->label, "Foreground");
    assert_null(region->mask);
    assert_int_equal(region->contours.count, 16);
    size_t points = 0;
    for (size_t n = 0; n < region->contours.count; n++) {
        points += region->contours.contours[n].count;
        volume_ml += area_mm2(&region->contours.contours[n]) * 5.0 / 1000.0;
    }
    assert_int_equal(points, 1008);
    assert_near(volume_ml, 266.24, 0.005); /* contour areas x 5 mm, by plastimatch's author's sum */
    assert_string_equal(region->identity.frame_of_reference,
                        "1.2.826.0.1.3680043.8.274.1.1.8323328.13565.1795423584.764249");
    assert_int_equal(strlen(region->file_sha256), 64);
    ot_region_destroy(region);
    /* The same from the folder, which holds a CT and a dose besides. */
    region = load("testdata/rt/plastimatch-synth__sphere_A", "Foreground");
    assert_int_equal(region->contours.count, 16);
    ot_region_destroy(region);
}

/* How many contours and points each ROI of a file has. */
struct roi_fact {
    const char *name;
    size_t contours, points;
};

static void check_rois(const char *path, const struct roi_fact *facts, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        struct ot_region *region = NULL;
        struct ot_err err = {0};
        size_t points = 0;
        assert_ok(ot_dicom_regions_load(path, &facts[n].name, 1, &region, &err), err);
        for (size_t c = 0; c < region->contours.count; c++) {
            points += region->contours.contours[c].count;
        }
        assert_string_equal(region->label, facts[n].name);
        assert_int_equal(region->contours.count, facts[n].contours);
        assert_int_equal(points, facts[n].points);
        ot_region_destroy(region);
    }
}

static void regions_are_chosen_by_name_or_number(void **state)
{
    (void)state;
    static const char name[] = "testdata/rt/dicompyler-core__breast_ct_rtss_plan/rtss.dcm";
    static const struct roi_fact facts[] = {
        {"BODY", 141, 51846}, {"Borders", 2, 88},      {"Breast", 48, 9062},
        {"Heart", 33, 4732},  {"Lt Lung", 165, 19956}, {"Nodes", 4, 64},
        {"Scar", 6, 162},     {"Tumor Bed", 18, 616},  {"Tumor Bed Block", 24, 1632}};
    check_rois(ot_test_shared(name), facts, sizeof facts / sizeof facts[0]);
    refuse(name, "Areola", OT_ERR_RANGE, "rtss.dcm: ROI 'Areola' is empty");
    refuse(name, "Liver", OT_ERR_FORMAT, "rtss.dcm: has no ROI 'Liver'; it has: ");
    refuse(name, NULL, OT_ERR_FORMAT, "holds 10 ROIs; name one of: ");
}

/* A bare data set behind the preamble and the meta group that a Part 10 file begins with. */
static void put_with_meta(const char *path, const char *name)
{
    static const char meta[] = "DICM\2\0\0\0UL\4\0\x1a\0\0\0\2\0\x10\0UI\x12\0"
                               "1.2.840.10008.1.2";
    static const char zeros[128] = {0};
    struct ot_buffer file = {0};
    struct ot_err err = {0};
    ot_buffer_append(&file, zeros, sizeof zeros);
    ot_buffer_append(&file, meta, sizeof meta); /* its NUL makes the UID's length even */
    assert_ok(ot_file_read(ot_test_shared(name), SIZE_MAX, &file, &err), err);
    assert_ok(ot_store_file(path, file.data, file.size, true, &err), err);
    ot_buffer_release(&file);
}

/* Monaco's and another program's bare data sets are refused with what to do; then they have the
 * ROIs that pydicom finds. */
static void bare_data_sets_are_refused_and_read_once_they_are_files(void **state)
{
    (void)state;
    static const char monaco[] = "testdata/rt/pymedphys__monaco_rtstruct/example_structures.dcm";
    static const char small[] = "testdata/rt/pydicom__rt_small/rtstruct.dcm";
    static const struct roi_fact facts[] = {{"ANT Box", 70, 582},
                                            {"Number4", 3, 87},
                                            {"Number2", 3, 87},
                                            {"Number1", 10, 4076},
                                            {"Number3", 10, 3973}};
    static const struct roi_fact patient = {"patient", 3, 17};
    static const char *const points[] = {"Isocenter 1", "Isocenter 2"};
    char path[200];
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/rtss.dcm", folder);
    refuse(monaco, "ANT Box", OT_ERR_FORMAT, "dcmconv");
    put_with_meta(path, monaco);
    check_rois(path, facts, sizeof facts / sizeof facts[0]);
    refuse(small, "patient", OT_ERR_FORMAT, "dcmconv");
    put_with_meta(path, small);
    check_rois(path, &patient, 1);
    for (size_t n = 0; n < 2; n++) {
        struct ot_region *region = NULL;
        struct ot_err err = {0};
        assert_refused(ot_dicom_regions_load(path, &points[n], 1, &region, &err), err,
                       OT_ERR_FORMAT, "POINT");
    }
    ot_test_remove_folder(folder);
}

static void all_regions_are_delivered_or_none(void **state)
{
    (void)state;
    static const char *const selectors[] = {"Heart", "Spleen"};
    struct ot_region *regions[2] = {NULL};
    struct ot_err err = {0};
    const char *path = ot_test_shared("testdata/rt/dicompyler-core__breast_ct_rtss_plan/rtss.dcm");
    assert_refused(ot_dicom_regions_load(path, selectors, 2, regions, &err), err, OT_ERR_FORMAT,
                   "Spleen");
    assert_null(regions[0]);
    assert_null(regions[1]);
}

static double sum_of(const struct ot_region *region)
{
    return ot_sum(region->mask->data, ot_grid_voxel_count(&region->mask->grid));
}

static void segments_unpack_to_their_known_voxels(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *label;
        double voxels;
    } cases[] = {
        {"testdata/seg/QIICR-dcmqi__liver_on_ct_3slice/liver.dcm", "Liver", 107098},
        {"testdata/seg/pydicom-data__liver_variants/liver.dcm", "Liver", 107098},
        {"testdata/seg/pydicom-data__liver_variants/liver_nonbyte_aligned.dcm", "Liver", 107098},
        {"testdata/seg/pydicom-data__liver_variants/liver_rle.dcm", "Liver", 107098},
        {"testdata/seg/QIICR-dcmqi__labelmap_noppv/sparse-labelmap-noppv.dcm", "Liver", 630},
        {"testdata/seg/QIICR-dcmqi__label_23x38x3/label.seg", "Liver", 322},
        {"testdata/seg/highdicom__ct_binary/seg_image_ct_binary.dcm", "first segment", 638},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_region *region = load(cases[n].name, NULL);
        assert_string_equal(region->label, cases[n].label);
        assert_near(sum_of(region), cases[n].voxels, 0.0);
        assert_int_equal(region->contours.count, 0);
        ot_region_destroy(region);
        region = load(cases[n].name, "1");
        assert_near(sum_of(region), cases[n].voxels, 0.0);
        ot_region_destroy(region);
    }
}

/* Sums of i*i, j*j, k*k and i*j over the voxels of the NRRD that was published with each file, on
 * the file's whole grid (read from the NRRD's bytes without this program): they change when bits,
 * rows or frames are taken in another order. */
static void segments_have_the_shape_of_their_nrrd(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double origin_mm[3];
        double sums[4];
    } cases[] = {
        {"testdata/seg/QIICR-dcmqi__liver_on_ct_3slice/liver.dcm",
         {-235.2, -226.8, -128.69},
         {4763290904.0, 6402277122.0, 176525.0, 4875119084.0}},
        {"testdata/seg/pydicom-data__liver_variants/liver.dcm",
         {-235.2, -226.8, -128.69},
         {4763290904.0, 6402277122.0, 176525.0, 4875119084.0}},
        {"testdata/seg/pydicom-data__liver_variants/liver_nonbyte_aligned.dcm",
         {-235.2, -226.8, -128.69},
         {4763290904.0, 6402277122.0, 176525.0, 4875119084.0}},
        {"testdata/seg/QIICR-dcmqi__label_23x38x3/label.seg",
         {46.4649, 5.01881, -177.75},
         {64491.0, 45540.0, 330.0, 42325.0}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct ot_region *region = load(cases[c].name, "Liver");
        const struct ot_grid *grid = &region->mask->grid;
        double sums[4] = {0};
        for (size_t n = 0; n < ot_grid_voxel_count(grid); n++) {
            const double index[3] = {(double)(n % grid->n[0]),
                                     (double)(n / grid->n[0] % grid->n[1]),
                                     (double)(n / (grid->n[0] * grid->n[1]))};
            double at[3];
            for (size_t a = 0; a < 3; a++) {
                at[a] = index[a] +
                        round((grid->origin_mm[a] - cases[c].origin_mm[a]) / grid->spacing_mm[a]);
                sums[a] += (double)region->mask->data[n] * at[a] * at[a];
            }
            sums[3] += (double)region->mask->data[n] * at[0] * at[1];
        }
        for (size_t m = 0; m < 4; m++) {
            assert_near(sums[m], cases[c].sums[m], 0.0);
        }
        ot_region_destroy(region);
    }
}

static void a_mask_is_cropped_to_its_voxels(void **state)
{
    (void)state;
    struct ot_region *region = load("testdata/seg/QIICR-dcmqi__label_23x38x3/label.seg", "Liver");
    const struct ot_grid *grid = &region->mask->grid;
    /* Every face of the box has a voxel: it is cropped to them. */
    for (size_t axis = 0; axis < 3; axis++) {
        for (size_t side = 0; side < 2; side++) {
            bool touched = false;
            for (size_t n = 0; n < ot_grid_voxel_count(grid); n++) {
                const size_t at[3] = {n % grid->n[0], n / grid->n[0] % grid->n[1],
                                      n / (grid->n[0] * grid->n[1])};
                touched = touched ||
                          (at[axis] == side * (grid->n[axis] - 1) && region->mask->data[n] > 0.5F);
            }
            assert_true(touched);
        }
    }
    assert_near(grid->spacing_mm[2], 2.5, 1e-9);
    /* Cropping moves the origin by whole voxels of the file's grid. */
    const double first_mm[3] = {46.4649, 5.01881, -177.75};
    for (size_t r = 0; r < 3; r++) {
        const double voxels = (grid->origin_mm[r] - first_mm[r]) / grid->spacing_mm[r];
        assert_near(voxels, round(voxels), 1e-6);
    }
    ot_region_destroy(region);
}

/* The whole file's sum of stored values is 108.25 * 768 (read by another reader), of 255 each. */
static void a_fractional_segment_keeps_its_fractions(void **state)
{
    (void)state;
    struct ot_region *region =
        load("testdata/seg/highdicom__ct_binary/seg_image_ct_true_fractional.dcm", NULL);
    const size_t count = ot_grid_voxel_count(&region->mask->grid);
    float most = 0.0F;
    for (size_t n = 0; n < count; n++) {
        most = region->mask->data[n] > most ? region->mask->data[n] : most;
    }
    assert_near(sum_of(region), 108.25 * 768.0 / 255.0, 1e-4);
    assert_near(most, 128.0 / 255.0, 1e-7);
    ot_region_destroy(region);
}

/* Voxel by voxel against the NRRD that was published with the file, through ITK's reader. */
static void segments_equal_their_nrrd_twins(void **state)
{
    (void)state;
    static const char *const twins[][2] = {
        {"testdata/seg/QIICR-dcmqi__liver_on_ct_3slice/liver.dcm",
         "testdata/seg/QIICR-dcmqi__liver_on_ct_3slice/liver_seg.nrrd"},
        {"testdata/seg/pydicom-data__liver_variants/liver_rle.dcm",
         "testdata/seg/QIICR-dcmqi__liver_on_ct_3slice/liver_seg.nrrd"},
        {"testdata/seg/pydicom-data__liver_variants/liver.dcm",
         "testdata/seg/QIICR-dcmqi__liver_on_ct_3slice/liver_seg.nrrd"},
        {"testdata/seg/pydicom-data__liver_variants/liver_nonbyte_aligned.dcm",
         "testdata/seg/QIICR-dcmqi__liver_on_ct_3slice/liver_seg.nrrd"},
        {"testdata/seg/QIICR-dcmqi__label_23x38x3/label.seg",
         "testdata/seg/QIICR-dcmqi__label_23x38x3/label.nrrd"},
        {"testdata/seg/QIICR-dcmqi__labelmap_noppv/sparse-labelmap-noppv.dcm",
         "testdata/seg/QIICR-dcmqi__labelmap_noppv/sparse_labelmap_noppv_seg.nrrd"},
    };
    for (size_t c = 0; c < sizeof twins / sizeof twins[0]; c++) {
        struct ot_region *twin = NULL;
        struct ot_err err = {0};
        const char *const only = NULL;
        struct ot_region *region = load(twins[c][0], "Liver");
        assert_ok(ot_nrrd_regions_read(ot_test_shared(twins[c][1]), &only, 1, &twin, &err), err);
        const struct ot_grid *a = &region->mask->grid;
        const struct ot_grid *b = &twin->mask->grid;
        for (size_t r = 0; r < 3; r++) {
            assert_int_equal(a->n[r], b->n[r]);
            assert_near(a->origin_mm[r], b->origin_mm[r], 1e-3);
            assert_near(a->spacing_mm[r], b->spacing_mm[r], 1e-5);
        }
        for (size_t n = 0; n < ot_grid_voxel_count(a); n++) {
            assert_near(region->mask->data[n], twin->mask->data[n], 0.0);
        }
        ot_region_destroy(region);
        ot_region_destroy(twin);
    }
}

/* V12: 509 x 511 bits do not fill bytes, and writers differ in what they do then. */
static void v12_packed_bits_of_frames_that_end_within_a_byte_are_refused_under_rle(void **state)
{
    (void)state;
    char path[200];
    char line[1024];
    const char *const only = NULL;
    struct ot_region *region = NULL;
    struct ot_err err = {0};
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/odd.dcm", folder);
    FILE *from =
        fopen(ot_test_shared("testdata/seg/pydicom-data__liver_variants/liver_rle.dcm"), "rb");
    FILE *to = fopen(path, "wb");
    assert_true(from != NULL && to != NULL);
    for (size_t n; (n = fread(line, 1, sizeof line, from)) > 0;) {
        for (size_t at = 0; at + 10 <= n; at++) { /* Rows and Columns, little endian */
            const bool rows = memcmp(line + at, "\x28\0\x10\0US\2\0\0\2", 10) == 0;
            const bool columns = memcmp(line + at, "\x28\0\x11\0US\2\0\0\2", 10) == 0;
            if (rows || columns) {
                line[at + 8] = rows ? '\xfd' : '\xff'; /* 509, 511 */
                line[at + 9] = 1;
            }
        }
        assert_int_equal(fwrite(line, 1, n, to), n);
    }
    assert_int_equal(fclose(from), 0);
    assert_int_equal(fclose(to), 0);
    assert_refused(ot_dicom_regions_load(path, &only, 1, &region, &err), err, OT_ERR_UNSUPPORTED,
                   "packed bits under RLE in frames of 511 x 509 pixels");
    ot_test_remove_folder(folder);
}

static void the_background_of_a_label_map_is_no_region(void **state)
{
    (void)state;
    static const char name[] = "testdata/seg/QIICR-dcmqi__labelmap_noppv/sparse-labelmap-noppv.dcm";
    struct ot_region *region = load(name, NULL);
    assert_string_equal(region->label, "Liver");
    ot_region_destroy(region);
    refuse(name, "Background", OT_ERR_FORMAT, "has no segment 'Background'; it has: 1 'Liver'");
    refuse(name, "0", OT_ERR_FORMAT, "has no segment '0'");
}

static void files_without_regions_are_refused_by_name(void **state)
{
    (void)state;
    refuse("testdata/rt/pydicom__rt_small/rtstruct.dcm", NULL, OT_ERR_FORMAT, "rtstruct.dcm");
    refuse("testdata/rt/pydicom__rt_small/rtplan.dcm", NULL, OT_ERR_FORMAT, "rtplan.dcm");
}

static void the_step_of_sparse_frames_is_found_or_refused(void **state)
{
    (void)state;
    struct ot_err err = {0};
    const double along_mm[] = {10.0, 2.5, 5.0, 2.5};
    double step_mm = 0.0;
    double first_mm = 0.0;
    assert_ok(ot_seg_step(along_mm, 4, &step_mm, &first_mm, &err), err);
    assert_near(step_mm, 2.5, 1e-12);
    assert_near(first_mm, 2.5, 1e-12);
    step_mm = 5.0;
    assert_refused(ot_seg_step(along_mm, 4, &step_mm, &first_mm, &err), err, OT_ERR_GEOMETRY,
                   "2.5 mm apart, SpacingBetweenSlices (0018,0088) says 5 mm");
    err = (struct ot_err){0};
    step_mm = 1.25; /* every other frame is empty and left out */
    assert_ok(ot_seg_step(along_mm, 4, &step_mm, &first_mm, &err), err);
    assert_near(step_mm, 1.25, 1e-12);
    step_mm = 0.0;
    assert_refused(ot_seg_step(along_mm, 1, &step_mm, &first_mm, &err), err, OT_ERR_GEOMETRY,
                   "lie in one plane");
    err = (struct ot_err){0};
    step_mm = -3.0;
    assert_ok(ot_seg_step(along_mm, 1, &step_mm, &first_mm, &err), err);
    assert_near(step_mm, 3.0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contours_of_a_sphere_have_its_volume),
        cmocka_unit_test(regions_are_chosen_by_name_or_number),
        cmocka_unit_test(bare_data_sets_are_refused_and_read_once_they_are_files),
        cmocka_unit_test(all_regions_are_delivered_or_none),
        cmocka_unit_test(segments_unpack_to_their_known_voxels),
        cmocka_unit_test(segments_have_the_shape_of_their_nrrd),
        cmocka_unit_test(a_mask_is_cropped_to_its_voxels),
        cmocka_unit_test(a_fractional_segment_keeps_its_fractions),
        cmocka_unit_test(segments_equal_their_nrrd_twins),
        cmocka_unit_test(v12_packed_bits_of_frames_that_end_within_a_byte_are_refused_under_rle),
        cmocka_unit_test(the_background_of_a_label_map_is_no_region),
        cmocka_unit_test(files_without_regions_are_refused_by_name),
        cmocka_unit_test(the_step_of_sparse_frames_is_found_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
