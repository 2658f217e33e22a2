/* tests/test_nrrd.c - NRRD and .seg.nrrd through ITK, against numbers that numpy found.
 * timeout: 120 */
#include "core/stats.h"
#include "io/csv.h"
#include "io/file.h"
#include "io/load.h"
#include "io/nrrd.h"
#include "io/nuclide_table.h"
#include "io/store.h"
#include "tests/support/ot_test.h"

static struct ot_image *load(const char *path, enum ot_use want)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    assert_ok(ot_image_load(path, want, &image, &err), err);
    assert_ok(ot_grid_validate(&image->volume->grid, &err), err);
    return image;
}

/* testdata/clinical/README.md */
static void the_spect_that_runs_down_is_turned_and_complete(void **state)
{
    (void)state;
    struct ot_image *image =
        load(ot_test_shared("testdata/clinical/patient_2_SPECT.nrrd"), OT_USE_SPECT);
    const struct ot_volume *volume = image->volume;
    double sum = 0.0;
    double most = 0.0;
    double weighted_z = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&volume->grid); x++) {
        const double value = (double)volume->data[x];
        sum += value;
        most = fmax(most, value);
        const size_t k = x / ((size_t)128 * 128);
        weighted_z += value * (double)k;
    }
    assert_near(sum, 21559535, 0.0);
    assert_near(most, 2679, 0.0);
    assert_int_equal(image->facts.negative_count, 461);
    assert_int_equal(image->facts.notes.count, 1);
    assert_non_null(strstr(image->facts.notes.text[0], "461 voxels are negative"));
    assert_near(volume->grid.spacing_mm[0], 4.418156, 1e-6);
    assert_near(volume->grid.spacing_mm[2], 2.5, 1e-9);
    assert_near(volume->grid.dir[2][2], 1.0, 1e-9);
    /* stored from 1332.8 downwards in 159 steps */
    assert_near(volume->grid.origin_mm[2], 1332.800049 - 159 * 2.5, 1e-5);
    /* numpy: mean index along the stored slices */
    assert_near(weighted_z / sum, 159.0 - 77.63039216754906, 1e-9);
    assert_int_equal(strlen(image->facts.files_sha256), 64);
    ot_image_destroy(image);
}

static void the_pet_has_its_activity(void **state)
{
    (void)state;
    struct ot_image *image =
        load(ot_test_shared("testdata/clinical/patient_1_Y90_PET.nrrd"), OT_USE_PET);
    double sum = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&image->volume->grid); x++) {
        sum += (double)image->volume->data[x];
    }
    assert_near(sum * ot_grid_voxel_volume_ml(&image->volume->grid) * 1e-6, 1122.965, 1e-3);
    assert_int_equal(image->facts.negative_count, 0);
    assert_false(image->facts.quantity_stated);
    ot_image_destroy(image);
}

static double region_ml(const struct ot_region *region)
{
    double sum = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&region->mask->grid); x++) {
        sum += (double)region->mask->data[x];
    }
    return sum * ot_grid_voxel_volume_ml(&region->mask->grid);
}

static void segments_of_overlapping_layers_have_their_volumes(void **state)
{
    (void)state;
    static const char *const names[] = {"liver",           "Tumor 1",         "Tumor 2",
                                        "perfused volume", "perfused normal", "whole liver normal",
                                        "gallbladder"};
    static const double ml[] = {1726.42, 112.83, 128.52, 1082.23, 799.43, 1443.27, 41.79};
    struct ot_region *regions[7];
    struct ot_err err = {0};
    assert_ok(ot_regions_load(ot_test_shared("testdata/clinical/patient_2_Segmentation.seg.nrrd"),
                              names, 7, regions, &err),
              err);
    for (size_t n = 0; n < 7; n++) {
        assert_near(region_ml(regions[n]), ml[n], 0.006);
        assert_string_equal(regions[n]->label, names[n]);
        assert_int_equal(strlen(regions[n]->file_sha256), 64);
        /* cropped: far below the file's 42 million voxels */
        assert_true(ot_grid_voxel_count(&regions[n]->mask->grid) < 4500000);
        ot_region_destroy(regions[n]);
    }
}

static void the_other_patients_tumors_have_their_volumes(void **state)
{
    (void)state;
    static const char *const names[] = {"Liver", "Tumor 3", "Tumor 6", "Normal Tissue"};
    static const double ml[] = {1488.47, 0.21, 1.60, 1265.20};
    struct ot_region *regions[4];
    struct ot_err err = {0};
    assert_ok(ot_regions_load(ot_test_shared("testdata/clinical/patient_1_Segmentation.seg.nrrd"),
                              names, 4, regions, &err),
              err);
    for (size_t n = 0; n < 4; n++) {
        assert_near(region_ml(regions[n]), ml[n], 0.006);
        ot_region_destroy(regions[n]);
    }
}

static void an_unknown_segment_is_refused_with_the_names(void **state)
{
    (void)state;
    const char *path = ot_test_shared("testdata/clinical/patient_2_Segmentation.seg.nrrd");
    static const char *const wrong[] = {"liver", "Liver 7"};
    static const char *const ambiguous[] = {"1"};
    static const char *const none[] = {NULL};
    struct ot_region *regions[2];
    struct ot_err err = {0};
    assert_refused(ot_regions_load(path, wrong, 2, regions, &err), err, OT_ERR_FORMAT,
                   "has no segment 'Liver 7'; there are: gallbladder, liver, Tumor 1");
    assert_null(regions[0]);
    assert_null(regions[1]);
    err = (struct ot_err){0};
    assert_refused(ot_regions_load(path, ambiguous, 1, regions, &err), err, OT_ERR_FORMAT,
                   "segments are '1'");
    err = (struct ot_err){0};
    assert_refused(ot_regions_load(path, none, 1, regions, &err), err, OT_ERR_FORMAT,
                   "several segments");
    err = (struct ot_err){0};
    assert_refused(ot_image_load(path, OT_USE_SPECT, (struct ot_image **)&regions[0], &err), err,
                   OT_ERR_UNSUPPORTED, "4 values per voxel");
}

/* ---- files made here ---- */

#define HEADER(type, sizes, directions, more) \
    "NRRD0004\n# made by a test\ntype: " type "\ndimension: 3\nspace: left-posterior-superior\n" \
    "sizes: " sizes "\nspace directions: " directions "\nkinds: domain domain domain\n" \
    "endian: little\nencoding: raw\nspace origin: (10,20,30)\n" more "\n"

static const char SMALL[] = HEADER("short", "3 4 2", "(2,0,0) (0,2.5,0) (0,0,-3)", "");

static void put_parts(const char *path, const char *header, const void *data, size_t size)
{
    struct ot_buffer file = {0};
    struct ot_err err = {0};
    ot_buffer_text(&file, header);
    ot_buffer_append(&file, data, size);
    assert_ok(ot_store_file(path, file.data, file.size, true, &err), err);
    ot_buffer_release(&file);
}

static void ramp(int16_t *values)
{
    for (int n = 0; n < 24; n++) {
        values[n] = (int16_t)(n * 100 - 300);
    }
}

static void values_keep_their_places_when_slices_are_turned(void **state)
{
    (void)state;
    char path[128];
    int16_t values[24];
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/a.bin", folder);
    ramp(values);
    put_parts(path, SMALL, values, sizeof values);
    struct ot_image *image = load(path, OT_USE_CT);
    const struct ot_grid *grid = &image->volume->grid;
    assert_int_equal(image->volume->unit, OT_UNIT_HU);
    assert_int_equal(image->facts.negative_count, 0); /* not counted in HU */
    for (size_t stored = 0; stored < 24; stored++) {
        const size_t j = stored / 3 % 4;
        const size_t k = stored / 12;
        const double point[3] = {10 + 2.0 * (double)(stored % 3), 20 + 2.5 * (double)j,
                                 30 - 3.0 * (double)k};
        double at[3];
        ot_grid_to_index(grid, point, at);
        const size_t x =
            (size_t)lround(at[0]) + 3 * ((size_t)lround(at[1]) + 4 * (size_t)lround(at[2]));
        assert_near(image->volume->data[x], values[stored], 0.0);
    }
    ot_image_destroy(image);
    ot_test_remove_folder(folder);
}

/* A voxel kernel of Lu-177 by another program, raw floats behind a header written here: 51 x 51 x
 * 51 voxels of 4.8 mm, mGy/(MBq s) in soft tissue (ICRP 23, 1.03 g/cm3). Its energy is that of the
 * nuclide's electrons by our table, and of some of its photons. */
static void a_kernel_of_lu_177_has_its_values_and_its_energy(void **state)
{
    (void)state;
    enum { SIDE = 51 };
    static const double g_per_cm3 = 1.03;
    static const double mev_per_joule = 1.0 / 1.602176634e-13;
    static const char header[] =
        HEADER("float", "51 51 51", "(4.8,0,0) (0,4.8,0) (0,0,4.8)", "data file: kernel.img\n");
    char path[128];
    char data[128];
    struct ot_buffer bytes = {0};
    struct ot_err err = {0};
    struct ot_radionuclides *table = NULL;
    const char *name = "testdata/svalues/qurit-PyTheranostics__Lu177/"
                       "Lu177-4.80-mm-mGyperMBqs-SoftICRP.img";
    assert_ok(ot_file_read(ot_test_shared(name), SIZE_MAX, &bytes, &err), err);
    assert_int_equal(bytes.size, 530604);
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/kernel.nhdr", folder);
    (void)snprintf(data, sizeof data, "%s/kernel.img", folder);
    assert_ok(ot_store_file(data, bytes.data, bytes.size, true, &err), err);
    put_parts(path, header, "", 0);
    struct ot_image *image = load(path, OT_USE_IMAGE);
    const float *s = image->volume->data;
    const size_t count = (size_t)SIDE * SIDE * SIDE;
    float most = 0.0F;
    for (size_t x = 0; x < count; x++) {
        most = fmaxf(most, s[x]);
        assert_true(s[x] >= 0.0F);
    }
    assert_ratio(most, 0.20662373, 1e-7);
    assert_near(s[count / 2], most, 0.0); /* the middle voxel */
    const double sum = ot_sum(s, count);
    assert_ratio(sum, 0.24002597, 1e-7);
    const double kg = ot_grid_voxel_volume_ml(&image->volume->grid) * g_per_cm3 * 1e-3;
    const double mev_per_decay = sum * 1e-9 * kg * mev_per_joule; /* mGy/MBq is 1e-9 Gy/Bq */
    assert_ok(ot_nuclide_table_load(&table, &err), err);
    const struct ot_radionuclide *lu_177 = ot_radionuclide_named(table, "Lu-177");
    double most_mev = lu_177->electrons_mev_per_decay;
    for (size_t n = 0; n < lu_177->gamma_count; n++) {
        most_mev += lu_177->gamma[n].mev * lu_177->gamma[n].per_decay;
    }
    assert_true(mev_per_decay > lu_177->electrons_mev_per_decay && mev_per_decay < most_mev);
    ot_radionuclides_destroy(table);
    ot_image_destroy(image);
    ot_buffer_release(&bytes);
    ot_test_remove_folder(folder);
}

/* Organ S values beside it: square tables of targets and sources, in mSv/(MBq s). */
static void tables_of_organ_s_values_are_read_as_tables(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t columns, rows;
        double liver;
    } cases[] = {{"Male", 28, 25, 1.37e-5}, {"Female", 29, 26, 1.76e-5}};
    for (size_t n = 0; n < 2; n++) {
        char name[160];
        struct ot_csv *csv = NULL;
        struct ot_err err = {0};
        double value = 0.0;
        bool found = false;
        (void)snprintf(name, sizeof name,
                       "testdata/svalues/qurit-PyTheranostics__Lu177/Lu177-%s-Svalues.csv",
                       cases[n].name);
        assert_ok(ot_csv_read(ot_test_shared(name), &csv, &err), err);
        assert_int_equal(csv->columns.count, cases[n].columns);
        assert_int_equal(csv->row_count, cases[n].rows);
        const size_t source = ot_csv_column(csv, "Liver");
        for (size_t row = 0; row < csv->row_count; row++) {
            if (strcmp(ot_csv_cell(csv, row, 0), "Liver") == 0) {
                found = ot_text_to_double(ot_csv_cell(csv, row, source), &value);
            }
        }
        assert_true(found);
        assert_ratio(value, cases[n].liver, 1e-9);
        ot_csv_destroy(csv);
    }
}

static void a_detached_header_finds_its_data(void **state)
{
    (void)state;
    char path[128];
    char data[128];
    int16_t values[24];
    struct ot_err err = {0};
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/a.nhdr", folder);
    (void)snprintf(data, sizeof data, "%s/a.raw", folder);
    ramp(values);
    assert_ok(ot_store_file(data, values, sizeof values, false, &err), err);
    put_parts(path, HEADER("short", "3 4 2", "(2,0,0) (0,2.5,0) (0,0,3)", "data file: a.raw\n"), "",
              0);
    struct ot_image *image = load(path, OT_USE_CT);
    assert_int_equal(image->facts.file_count, 2);
    assert_near(image->volume->data[23], 2000, 0.0);
    ot_image_destroy(image);
    put_parts(path, HEADER("short", "3 4 2", "(2,0,0) (0,2.5,0) (0,0,3)", "data file: ../a.raw\n"),
              "", 0);
    assert_refused(ot_image_load(path, OT_USE_CT, &image, &err), err, OT_ERR_UNSUPPORTED,
                   "one file in the header's folder");
    ot_test_remove_folder(folder);
}

static void wrong_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t bytes;
        enum ot_rc code;
        const char *part;
    } cases[] = {
        {SMALL, 47, OT_ERR_FORMAT, "promises 48"},
        {SMALL, 49, OT_ERR_FORMAT, "promises 48"},
        {HEADER("short", "3 4 2", "(2,0,0) (0,2.5,0) none", ""), 48, OT_ERR_GEOMETRY, "malformed"},
        {HEADER("short", "3 4 2", "(2,0,0) (0,2.5,0) (0,0,nan)", ""), 48, OT_ERR_GEOMETRY,
         "malformed"},
        {HEADER("short", "3 4 2", "(2,0,0) (0.5,2.5,0) (0,0,3)", ""), 48, OT_ERR_GEOMETRY,
         "sheared"},
        {HEADER("short", "3 4 2", "(2,0,0) (0,2.5,0) (0,0,0)", ""), 48, OT_ERR_GEOMETRY, "spacing"},
        {HEADER("short", "3 4", "(2,0,0) (0,2.5,0) (0,0,3)", ""), 48, OT_ERR_FORMAT, "sizes"},
        {HEADER("short", "3 4 2 5", "(2,0,0) (0,2.5,0) (0,0,3)", ""), 48, OT_ERR_FORMAT, "sizes"},
        {HEADER("short", "3 -4 2", "(2,0,0) (0,2.5,0) (0,0,3)", ""), 48, OT_ERR_FORMAT, "sizes"},
        {HEADER("short", "3000000000 4000000000 2000000000", "(2,0,0) (0,2.5,0) (0,0,3)", ""), 48,
         OT_ERR_FORMAT, "sizes"},
        {HEADER("block", "3 4 2", "(2,0,0) (0,2.5,0) (0,0,3)", ""), 48, OT_ERR_UNSUPPORTED, "type"},
        {HEADER("short", "3 4 2", "(2,0,0) (0,2.5,0) (0,0,3)", "sizes: 3 4 3\n"), 48, OT_ERR_FORMAT,
         "twice"},
        {HEADER("short", "3 4 2", "(2,0,0) (0,2.5,0) (0,0,3)",
                "space units: \"cm\" \"cm\" \"cm\"\n"),
         48, OT_ERR_UNSUPPORTED, "not mm"},
        {HEADER("short", "3 4 2", "(2,0,0) (0,2.5,0) (0,0,3)", "byte skip: 4\n"), 52,
         OT_ERR_UNSUPPORTED, "skipped"},
        {"NRRD0004\ntype: short\ndimension: 3\nsizes: 3 4 2\nendian: little\nencoding: raw\n\n", 48,
         OT_ERR_GEOMETRY, "no space"},
        {"NRRD0004\ntype: short\ndimension: 3\nsizes: 3 4 2\nspace: LPS\nendian: little\n"
         "encoding: raw\n\n",
         48, OT_ERR_GEOMETRY, "no space directions or origin"},
        {"NRRD0004\n\n", 0, OT_ERR_FORMAT, "no field"},
    };
    const char bytes[64] = {0};
    char path[128];
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/bad.nrrd", folder);
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_image *image = NULL;
        struct ot_err err = {0};
        put_parts(path, cases[n].header, bytes, cases[n].bytes);
        assert_refused(ot_image_load(path, OT_USE_IMAGE, &image, &err), err, cases[n].code,
                       cases[n].part);
        assert_null(image);
        assert_int_equal(strncmp(err.text, "bad.nrrd: ", 10), 0);
        assert_null(strchr(err.text, '/'));
    }
    ot_test_remove_folder(folder);
}

static void a_cut_gzip_stream_is_refused(void **state)
{
    (void)state;
    char path[128];
    char *whole = NULL;
    size_t size = 0;
    FILE *file = fopen(ot_test_shared("testdata/clinical/patient_2_SPECT.nrrd"), "rb");
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/cut.nrrd", folder);
    assert_non_null(file);
    whole = (char *)test_malloc(800000);
    size = fread(whole, 1, 800000, file);
    (void)fclose(file);
    assert_int_equal(size, 700282);
    static const size_t less[] = {1, 4, 9, 5000, 600000};
    for (size_t n = 0; n < sizeof less / sizeof less[0]; n++) {
        struct ot_image *image = NULL;
        struct ot_err err = {0};
        put_parts(path, "", whole, size - less[n]);
        assert_refused(ot_image_load(path, OT_USE_SPECT, &image, &err), err, OT_ERR_FORMAT,
                       "cut off");
    }
    whole[400000] = (char)(whole[400000] ^ 0x55); /* a damaged byte */
    put_parts(path, "", whole, size);
    struct ot_image *image = NULL;
    assert_int_equal(ot_image_load(path, OT_USE_SPECT, &image, NULL), OT_ERR_FORMAT);
    test_free(whole);
    ot_test_remove_folder(folder);
}

static void a_ras_label_map_works_as_regions(void **state)
{
    (void)state;
    static const char header[] =
        "NRRD0005\ntype: unsigned char\ndimension: 3\nspace: right-anterior-superior\n"
        "sizes: 4 3 2\nspace directions: (2,0,0) (0,2.5,0) (0,0,3)\nencoding: raw\n"
        "space origin: (10,20,30)\n\n";
    uint8_t labels[24] = {0};
    labels[5] = 7; /* (1, 1, 0) */
    labels[6] = 7;
    labels[23] = 9;
    static const char *const seven[] = {"7", "9"};
    static const char *const none[] = {NULL};
    static const char *const wrong[] = {"8"};
    struct ot_region *regions[2] = {NULL, NULL};
    struct ot_err err = {0};
    char path[128];
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/labels.nrrd", folder);
    put_parts(path, header, labels, sizeof labels);
    assert_ok(ot_regions_load(path, seven, 2, regions, &err), err);
    assert_near(region_ml(regions[0]), 2 * 0.015, 1e-9);
    assert_int_equal(regions[0]->mask->grid.n[0], 2);
    assert_int_equal(regions[0]->mask->grid.n[1], 1);
    /* RAS (12, 22.5, 30) */
    assert_near(regions[0]->mask->grid.origin_mm[0], -12, 1e-9);
    assert_near(regions[0]->mask->grid.origin_mm[1], -22.5, 1e-9);
    assert_near(regions[0]->mask->grid.origin_mm[2], 30, 1e-9);
    assert_string_equal(regions[1]->label, "9");
    ot_region_destroy(regions[0]);
    ot_region_destroy(regions[1]);
    assert_refused(ot_regions_load(path, none, 1, regions, &err), err, OT_ERR_FORMAT, ": 7, 9");
    err = (struct ot_err){0};
    assert_refused(ot_regions_load(path, wrong, 1, regions, &err), err, OT_ERR_FORMAT,
                   "no label '8'; there are: 7, 9");
    ot_test_remove_folder(folder);
}

/* niftilib's twin inside ITK would take the place of the system's: ecosystem study, trap 1. */
static void no_program_loads_another_nifti_library(void **state)
{
    (void)state;
    char line[512];
    /* NOLINTNEXTLINE(cert-env33-c): a test asks the system's loader */
    FILE *pipe = popen(
        "ldd '" OT_BINARY_DIR "/tests/test_nrrd' '" OT_BINARY_DIR "/cli/tare' 2>/dev/null", "r");
    bool itk = false;
    assert_non_null(pipe);
    while (fgets(line, sizeof line, pipe) != NULL) {
        assert_null(strstr(line, "ITKniftiio"));
        assert_null(strstr(line, "ITKznz"));
        assert_null(strstr(line, "libniftiio"));
        assert_null(strstr(line, "ITKIONIFTI"));
        itk = itk || strstr(line, "ITKIONRRD") != NULL;
    }
    (void)pclose(pipe);
    assert_true(itk);
}

int main(void)
{
    struct ot_image *image = NULL;
    if (ot_nrrd_image_read("none", OT_UNIT_NONE, &image, NULL) == OT_ERR_UNSUPPORTED) {
        return 77; /* a build without ITK */
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_spect_that_runs_down_is_turned_and_complete),
        cmocka_unit_test(the_pet_has_its_activity),
        cmocka_unit_test(segments_of_overlapping_layers_have_their_volumes),
        cmocka_unit_test(the_other_patients_tumors_have_their_volumes),
        cmocka_unit_test(an_unknown_segment_is_refused_with_the_names),
        cmocka_unit_test(values_keep_their_places_when_slices_are_turned),
        cmocka_unit_test(a_kernel_of_lu_177_has_its_values_and_its_energy),
        cmocka_unit_test(tables_of_organ_s_values_are_read_as_tables),
        cmocka_unit_test(a_detached_header_finds_its_data),
        cmocka_unit_test(wrong_files_are_refused),
        cmocka_unit_test(a_cut_gzip_stream_is_refused),
        cmocka_unit_test(a_ras_label_map_works_as_regions),
        cmocka_unit_test(no_program_loads_another_nifti_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
