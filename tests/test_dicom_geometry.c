/* tests/test_dicom_geometry.c - every voxel in its place, however the planes lie: rows g03 to g12,
 * g20 of the threat model. labels: shim */
#include "tests/support/ot_test.h"

#include "io/dicom.h"
#include "tests/support/image_case.h"
#include "tests/support/make_dicom.h"

enum { COLUMNS = 4, ROWS = 3, FRAMES = 2, PIXELS = COLUMNS * ROWS * FRAMES };
static const double spacing_mm[3] = {4.7, 4.8, 4.4};
static const double first_mm[3] = {-10, -20, 30};

static const char *const spect[] = {MADE_SPECT, NULL};
static const char *const ct[] = {MADE_CT, NULL};

static const char *folder;

static void put(const char *name, const char *const *base, const char *const *changes,
                uint16_t first, size_t count)
{
    char path[160];
    uint16_t pixels[PIXELS];
    for (size_t n = 0; n < PIXELS; n++) {
        pixels[n] = (uint16_t)(first + n);
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(make_dicom(path, NULL, base, changes, pixels, count), 0);
}

static void cross(const double a[3], const double b[3], double c[3])
{
    for (size_t r = 0; r < 3; r++) {
        c[r] = a[(r + 1) % 3] * b[(r + 2) % 3] - a[(r + 2) % 3] * b[(r + 1) % 3];
    }
}

/* The value of the voxel whose centre is at a point: an error of 1e-6 mm is too much. */
static double value_at(const struct ot_volume *volume, const double point_mm[3])
{
    double index[3];
    double back_mm[3];
    ot_grid_to_index(&volume->grid, point_mm, index);
    for (size_t a = 0; a < 3; a++) {
        index[a] = round(index[a]);
    }
    ot_grid_to_point(&volume->grid, index, back_mm);
    for (size_t r = 0; r < 3; r++) {
        assert_near(back_mm[r], point_mm[r], 1e-6);
    }
    return (double)
        volume->data[(size_t)index[0] +
                     volume->grid.n[0] * ((size_t)index[1] + volume->grid.n[1] * (size_t)index[2])];
}

/* Writes a SPECT whose rows run along `row` and columns along `column`, frames up or down the
 * normal; every stored value must be where the standard puts it. */
static void check_placed(const double row[3], const double column[3], double sign)
{
    char turn[200];
    char step[32];
    double normal[3];
    cross(row, column, normal);
    (void)snprintf(turn, sizeof turn,
                   "(0054,0022)[0].(0020,0037)=%.12g\\%.12g\\%.12g\\%.12g\\%.12g\\%.12g", row[0],
                   row[1], row[2], column[0], column[1], column[2]);
    (void)snprintf(step, sizeof step, "(0018,0088)=%g", sign * spacing_mm[2]);
    const char *const changes[] = {turn, step, NULL};
    folder = ot_test_folder();
    put("nm.dcm", spect, changes, 0, PIXELS);
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_SPECT);
    for (int n = 0; n < PIXELS; n++) {
        const int i = n % COLUMNS;
        const int j = n / COLUMNS % ROWS;
        const int k = n / COLUMNS / ROWS;
        double at_mm[3];
        for (size_t r = 0; r < 3; r++) {
            at_mm[r] = first_mm[r] + i * spacing_mm[0] * row[r] + j * spacing_mm[1] * column[r] +
                       sign * k * spacing_mm[2] * normal[r];
        }
        assert_near(value_at(image->volume, at_mm), n, 0);
    }
    ot_image_destroy(image);
}

static void g05_g10_g11_all_48_orders_of_the_axes_keep_every_value_in_its_place(void **state)
{
    (void)state;
    size_t count = 0;
    for (size_t a = 0; a < 3; a++) {
        for (size_t b = 0; b < 3; b++) {
            for (unsigned signs = 0; a != b && signs < 8; signs++) {
                double row[3] = {0};
                double column[3] = {0};
                row[a] = (signs & 1U) != 0 ? -1 : 1;
                column[b] = (signs & 2U) != 0 ? -1 : 1;
                check_placed(row, column, (signs & 4U) != 0 ? -1 : 1);
                count++;
            }
        }
    }
    assert_int_equal(count, 48);
}

/* Rotations about all axes, by quaternions of a fixed sequence. */
static void g07_g12_oblique_planes_are_exact(void **state)
{
    (void)state;
    uint32_t random = 12345;
    const int count = ot_test_full() ? 200 : 40;
    for (int n = 0; n < count; n++) {
        double q[4];
        double length = 0.0;
        for (size_t c = 0; c < 4; c++) {
            random = random * 1664525U + 1013904223U;
            q[c] = (double)(random >> 8U) / (double)(1U << 24U) - 0.5;
            length += q[c] * q[c];
        }
        for (size_t c = 0; c < 4; c++) {
            q[c] /= sqrt(length);
        }
        const double row[3] = {1 - 2 * (q[2] * q[2] + q[3] * q[3]), 2 * (q[1] * q[2] + q[0] * q[3]),
                               2 * (q[1] * q[3] - q[0] * q[2])};
        const double column[3] = {2 * (q[1] * q[2] - q[0] * q[3]),
                                  1 - 2 * (q[1] * q[1] + q[3] * q[3]),
                                  2 * (q[2] * q[3] + q[0] * q[1])};
        check_placed(row, column, n % 2 == 0 ? 1 : -1);
    }
}

/* A CT slice at `place`, of values from 100 * number. */
static void slice(unsigned number, const double place_mm[3], const char *turn, const char *more)
{
    char name[32];
    char position[96];
    char instance[48];
    (void)snprintf(name, sizeof name, "slice%u.dcm", number);
    (void)snprintf(position, sizeof position, "(0020,0032)=%.10g\\%.10g\\%.10g", place_mm[0],
                   place_mm[1], place_mm[2]);
    (void)snprintf(instance, sizeof instance, "(0008,0018)=2.25.9.%u", number);
    const char *const changes[] = {position, instance, turn, more, NULL};
    put(name, ct, changes, (uint16_t)(100 * number), COLUMNS * ROWS);
}

static const char straight[] = "(0020,0037)=1\\0\\0\\0\\1\\0";

static void g03_numbers_and_locations_that_contradict_positions_do_not_count(void **state)
{
    (void)state;
    folder = ot_test_folder();
    for (unsigned n = 0; n < 5; n++) {
        const double at_mm[3] = {0, 0, 3.0 * ((n * 3) % 5)}; /* z 0, 9, 3, 12, 6 */
        char contrary[96];
        (void)snprintf(contrary, sizeof contrary, "(0020,1041)=%g", -at_mm[2]);
        slice(n + 1, at_mm, straight, contrary);
    }
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    static const int order[] = {1, 3, 5, 2, 4};
    for (size_t k = 0; k < 5; k++) {
        assert_near(image->volume->data[k * COLUMNS * ROWS], 100 * order[k], 0);
    }
    ot_image_destroy(image);
}

static void g04_the_thickness_of_slices_is_not_their_distance(void **state)
{
    (void)state;
    folder = ot_test_folder();
    for (unsigned n = 0; n < 3; n++) {
        const double at_mm[3] = {0, 0, 2.5 * n};
        slice(n + 1, at_mm, straight, "(0018,0050)=5");
    }
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    assert_near(image->volume->grid.spacing_mm[2], 2.5, 1e-12);
    bool told = false;
    for (size_t n = 0; n < image->facts.notes.count; n++) {
        told = told || strstr(image->facts.notes.text[n],
                              "SliceThickness (0018,0050) is 5 mm, the slices lie 2.5 mm apart");
    }
    assert_true(told);
    ot_image_destroy(image);
}

static void g01_g02_holes_and_uneven_steps_are_refused(void **state)
{
    (void)state;
    for (unsigned missing = 1; missing < 5; missing++) { /* of six, one inside at a time */
        folder = ot_test_folder();
        for (unsigned n = 0; n < 6; n++) {
            const double at_mm[3] = {0, 0, 3.0 * n};
            if (n != missing) {
                slice(n + 1, at_mm, straight, NULL);
            }
        }
        char text[64];
        (void)snprintf(text, sizeof text, "1 slice is missing between %.2f and %.2f mm",
                       3.0 * (missing - 1), 3.0 * (missing + 1));
        ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_GEOMETRY, text);
    }
    folder = ot_test_folder(); /* 0.01 mm and 1e-3 of the step are the limits */
    for (unsigned n = 0; n < 6; n++) {
        const double at_mm[3] = {0, 0, 3.0 * n + (n == 3 ? 0.012 : 0.0)};
        slice(n + 1, at_mm, straight, NULL);
    }
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_GEOMETRY,
                          "unevenly spaced: steps from 2.988 to 3.012 mm");
    folder = ot_test_folder(); /* each step within 0.01 mm, all together a tenth of a millimetre */
    for (unsigned n = 0; n < 30; n++) {
        const double at_mm[3] = {0, 0, n < 15 ? 3.0 * n : 45.0 + 3.008 * (n - 15)};
        slice(n + 1, at_mm, straight, NULL);
    }
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_GEOMETRY,
                          "unevenly spaced: slice 4 lies 0.012 mm beside its place");
    folder = ot_test_folder(); /* rounding to 0.01 mm is not uneven, and does not add up */
    for (unsigned n = 0; n < 6; n++) {
        const double at_mm[3] = {0, 0, round(100.0 * 10.0 / 3.0 * n) / 100.0};
        slice(n + 1, at_mm, straight, NULL);
    }
    struct ot_image *image = ot_test_load_folder(folder, OT_USE_CT);
    assert_near(image->volume->grid.spacing_mm[2], 10.0 / 3.0, 0.001);
    ot_image_destroy(image);
}

static void g08_g09_tilted_and_turned_slices_are_refused(void **state)
{
    (void)state;
    folder = ot_test_folder();
    for (unsigned n = 0; n < 4; n++) {
        const double at_mm[3] = {0, 0.2 * n, 3.0 * n};
        slice(n + 1, at_mm, straight, NULL);
    }
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_GEOMETRY, "gantry tilt 3.8 degrees");
    folder = ot_test_folder();
    for (unsigned n = 0; n < 3; n++) {
        const double at_mm[3] = {0, 0, 3.0 * n};
        slice(n + 1, at_mm, n == 2 ? "(0020,0037)=1\\0\\0\\0\\0.9998\\0.02" : straight, NULL);
    }
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_GEOMETRY,
                          "slice3.dcm: has another orientation (0020,0037)");
}

static void g07_directions_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "(0020,0037)=0\\0\\0\\0\\1\\0",      "(0020,0037)=1\\0\\0\\1\\0\\0",
        "(0020,0037)=1\\0\\0\\0.1\\1\\0",    "(0020,0037)=2\\0\\0\\0\\1\\0",
        "(0020,0037)=1\\0\\0\\0\\0.99\\0.1", "(0020,0037)=0.99\\0\\0\\0\\1\\0",
    };
    for (size_t w = 0; w < sizeof wrong / sizeof wrong[0]; w++) {
        folder = ot_test_folder();
        for (unsigned n = 0; n < 3; n++) {
            const double at_mm[3] = {0, 0, 3.0 * n};
            slice(n + 1, at_mm, wrong[w], NULL);
        }
        ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_GEOMETRY,
                              "is not two perpendicular unit vectors");
    }
    folder = ot_test_folder();
    const double at_mm[3] = {0, 0, 0};
    slice(1, at_mm, "(0020,0037)=nan\\0\\0\\0\\1\\0", NULL);
    ot_test_refuse_folder(folder, OT_USE_CT, OT_ERR_FORMAT, "not 6 numbers");
}

/* A dose grid of two frames, from (-10, -20, 30) mm; what is stored counts. */
static struct ot_image *dose(const char *turn, const char *offsets, struct ot_err *err)
{
    char line[64];
    struct ot_image *image = NULL;
    (void)snprintf(line, sizeof line, "(3004,000c)=%s", offsets);
    const char *const changes[] = {"(0008,0016)=1.2.840.10008.5.1.4.1.1.481.2",
                                   "(0008,0018)=2.25.1",
                                   "(0008,0060)=RTDOSE",
                                   "(0020,0032)=-10\\-20\\30",
                                   "(0028,0008)=2",
                                   "-(0028,1052)",
                                   "-(0028,1053)",
                                   "(3004,0002)=GY",
                                   "(3004,0004)=PHYSICAL",
                                   "(3004,000e)=0.5",
                                   turn,
                                   line,
                                   NULL};
    folder = ot_test_folder();
    put("dose.dcm", ct, changes, 0, PIXELS);
    if (ot_dicom_image_load(folder, OT_USE_RTDOSE, &image, err) != OT_OK) {
        assert_null(image);
    }
    ot_test_remove_folder(folder);
    return image;
}

/* PS3.3 C.8.8.3.2: offsets from the first frame along the normal, or z coordinates, which only an
 * axial grid can have; up or down. */
static void g20_dose_frames_lie_at_their_offsets(void **state)
{
    (void)state;
    static const char turned[] = "(0020,0037)=1\\0\\0\\0\\-1\\0";   /* the normal is -z */
    static const char sagittal[] = "(0020,0037)=0\\1\\0\\0\\0\\-1"; /* the normal is -x */
    static const struct {
        const char *turn, *offsets;
        double second_mm[3];
    } cases[] = {
        {straight, "0\\4.4", {-10, -20, 34.4}},   {straight, "0\\-4.4", {-10, -20, 25.6}},
        {straight, "30\\34.4", {-10, -20, 34.4}}, {straight, "30\\25.6", {-10, -20, 25.6}},
        {turned, "0\\4.4", {-10, -20, 25.6}},     {turned, "0\\-4.4", {-10, -20, 34.4}},
        {turned, "30\\34.4", {-10, -20, 34.4}},   {turned, "30\\25.6", {-10, -20, 25.6}},
        {sagittal, "0\\4.4", {-14.4, -20, 30}},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_err err = {0};
        struct ot_image *image = dose(cases[n].turn, cases[n].offsets, &err);
        assert_ok(err.code, err);
        assert_int_equal(image->volume->unit, OT_UNIT_GY);
        assert_near(value_at(image->volume, first_mm), 0, 0);
        assert_near(value_at(image->volume, cases[n].second_mm), 0.5 * COLUMNS * ROWS, 0);
        ot_image_destroy(image);
    }
    static const struct {
        const char *turn, *offsets, *part;
    } wrong[] = {
        {straight, "12\\16.4", "begins with 12: neither 0 nor the z position 30 mm"},
        {sagittal, "30\\34.4", "begins with 30: neither 0 nor the z position 30 mm"},
        {straight, "0\\0", "lie at one position"},
        {straight, "0", "has 1 values for 2 frames"},
    };
    for (size_t n = 0; n < sizeof wrong / sizeof wrong[0]; n++) {
        struct ot_err err = {0};
        assert_null(dose(wrong[n].turn, wrong[n].offsets, &err));
        print_message("%s\n", err.text);
        assert_non_null(strstr(err.text, wrong[n].part));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g01_g02_holes_and_uneven_steps_are_refused),
        cmocka_unit_test(g03_numbers_and_locations_that_contradict_positions_do_not_count),
        cmocka_unit_test(g04_the_thickness_of_slices_is_not_their_distance),
        cmocka_unit_test(g05_g10_g11_all_48_orders_of_the_axes_keep_every_value_in_its_place),
        cmocka_unit_test(g07_g12_oblique_planes_are_exact),
        cmocka_unit_test(g07_directions_that_are_none_are_refused),
        cmocka_unit_test(g08_g09_tilted_and_turned_slices_are_refused),
        cmocka_unit_test(g20_dose_frames_lie_at_their_offsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
