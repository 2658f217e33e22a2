/* tests/test_figure_view.c - planes lie as a radiologist expects, isolines where the dose is. */
#include <cairo/cairo.h>

#include "core/mem.h"
#include "io/figure.h"
#include "io/figure_view.h"
#include "tests/support/ot_test.h"

/* The 24 right-handed ways in which voxel axes can lie along patient axes. */
static size_t all_orientations(double dir[24][3][3])
{
    static const int AXES[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                   {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const bool ODD[6] = {false, true, true, false, false, true};
    size_t count = 0;
    for (int p = 0; p < 6; p++) {
        for (unsigned signs = 0; signs < 8; signs++) {
            const bool negative = ((signs & 1U) + (signs >> 1 & 1U) + (signs >> 2)) % 2 == 1;
            if (negative != ODD[p]) {
                continue;
            }
            memset(dir[count], 0, sizeof dir[count]);
            for (int c = 0; c < 3; c++) {
                dir[count][AXES[p][c]][c] = (signs >> c & 1U) != 0 ? -1.0 : 1.0;
            }
            count++;
        }
    }
    return count;
}

/* One hot voxel at the patient's left, front and top of a grid of any orientation. */
static struct ot_volume *hot_left_anterior_superior(double dir[3][3], size_t voxel[3])
{
    struct ot_grid grid = ot_test_grid(9, 11, 13, 2.0, 3.0, 4.0);
    memcpy(grid.dir, dir, sizeof grid.dir);
    struct ot_volume *dose = ot_test_volume(&grid, OT_UNIT_GY);
    const double wanted[3] = {1.0, -1.0, 1.0}; /* LPS: left, anterior, superior */
    for (int c = 0; c < 3; c++) {
        const double along = dir[0][c] * wanted[0] + dir[1][c] * wanted[1] + dir[2][c] * wanted[2];
        voxel[c] = along > 0.0 ? grid.n[c] - 2 : 1;
    }
    dose->data[voxel[0] + grid.n[0] * (voxel[1] + grid.n[1] * voxel[2])] = 100.0F;
    return dose;
}

static void hottest(const float *values, const struct ot_view *view, size_t *u, size_t *v)
{
    size_t best = 0;
    for (size_t x = 0; x < view->n[0] * view->n[1]; x++) {
        best = values[x] > values[best] ? x : best;
    }
    assert_true(values[best] > 50.0F);
    *u = best % view->n[0];
    *v = best / view->n[0];
}

static void the_patients_left_is_on_the_right_whatever_the_grids_axes(void **state)
{
    (void)state;
    double dir[24][3][3];
    assert_int_equal(all_orientations(dir), 24);
    for (size_t n = 0; n < 24; n++) {
        size_t voxel[3];
        struct ot_volume *dose = hot_left_anterior_superior(dir[n], voxel);
        struct ot_err err = {0};
        assert_ok(ot_grid_validate(&dose->grid, &err), err);
        /* right in the picture: left (axial, coronal); anterior is left in the sagittal one */
        static const bool ON_THE_RIGHT[OT_PLANE_COUNT] = {true, true, false};
        for (int p = 0; p < OT_PLANE_COUNT; p++) {
            const struct ot_view view = ot_view_of(&dose->grid, (enum ot_plane)p);
            size_t at[3];
            size_t u = 0;
            size_t v = 0;
            float *values = NULL;
            ot_view_locate(&view, voxel, at);
            assert_ok(ot_view_slice(&view, dose, at[2], &values, &err), err);
            hottest(values, &view, &u, &v);
            assert_int_equal(u, at[0]);
            assert_int_equal(v, at[1]);
            assert_int_equal(2 * u > view.n[0], ON_THE_RIGHT[p]);
            assert_true(2 * v < view.n[1]); /* anterior, or superior, is on top */
            assert_false(view.oblique);
            ot_free(values);
        }
        ot_volume_destroy(dose);
    }
}

static void letters_name_the_sides(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(4, 5, 6, 1, 2, 3);
    static const char *const WANT[OT_PLANE_COUNT] = {"RLAP", "RLSI", "APSI"};
    for (int p = 0; p < OT_PLANE_COUNT; p++) {
        const struct ot_view view = ot_view_of(&grid, (enum ot_plane)p);
        for (size_t n = 0; n < 4; n++) {
            assert_int_equal(view.letter[n][0], WANT[p][n]);
        }
    }
}

static void an_oblique_grid_is_named_so(void **state)
{
    (void)state;
    struct ot_grid grid = ot_test_grid(4, 5, 6, 1, 2, 3);
    const double c = cos(0.3);
    const double s = sin(0.3);
    const double dir[3][3] = {{c, -s, 0}, {s, c, 0}, {0, 0, 1}};
    memcpy(grid.dir, dir, sizeof dir);
    const struct ot_view view = ot_view_of(&grid, OT_AXIAL);
    assert_true(view.oblique);
    assert_int_equal(view.axis[0], 0);
    assert_int_equal(view.axis[1], 1);
    assert_int_equal(view.axis[2], 2);
}

struct stream {
    const struct ot_buffer *bytes;
    size_t at;
};

static cairo_status_t read_bytes(void *closure, unsigned char *data, unsigned length)
{
    struct stream *stream = (struct stream *)closure;
    if (stream->bytes->size - stream->at < length) {
        return CAIRO_STATUS_READ_ERROR;
    }
    memcpy(data, stream->bytes->data + stream->at, length);
    stream->at += length;
    return CAIRO_STATUS_SUCCESS;
}

/* The same in the finished picture: its yellow pixels are on the right, and it is as wide and
 * high as the grid is in mm. */
static void the_drawn_axial_picture_shows_the_patients_left_on_its_right(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_grid grid = ot_test_grid(21, 15, 5, 4.0, 4.0, 5.0);
    grid.dir[0][0] = -1.0; /* i runs to the patient's right */
    grid.dir[2][2] = -1.0;
    struct ot_volume *dose = ot_test_volume(&grid, OT_UNIT_GY);
    dose->data[3 + 21 * (7 + 15 * 2)] = 100.0F; /* small i: left */
    struct ot_scene scene;
    struct ot_buffer png = {0};
    assert_ok(ot_scene_prepare(dose, NULL, NULL, 0, &scene, &err), err);
    assert_int_equal(scene.centre[0], 3);
    for (size_t c = 0; c < 3; c++) { /* all of the grid */
        scene.first[c] = 0;
        scene.last[c] = grid.n[c] - 1;
    }
    assert_ok(ot_scene_draw(&scene, OT_AXIAL, 2, 420, &png, &err), err);
    struct stream stream = {.bytes = &png};
    cairo_surface_t *surface = cairo_image_surface_create_from_png_stream(read_bytes, &stream);
    assert_int_equal(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
    assert_int_equal(cairo_image_surface_get_width(surface), 420);
    assert_int_equal(cairo_image_surface_get_height(surface), 300);
    const unsigned char *data = cairo_image_surface_get_data(surface);
    double sum_x = 0.0;
    double sum = 0.0;
    for (int y = 0; y < 300; y++) {
        for (int x = 0; x < 420; x++) {
            uint32_t pixel = 0;
            memcpy(&pixel,
                   data + (ptrdiff_t)y * cairo_image_surface_get_stride(surface) + (ptrdiff_t)x * 4,
                   sizeof pixel);
            const unsigned red = pixel >> 16 & 0xFFU;
            const unsigned blue = pixel & 0xFFU;
            if (red > 150 && red > blue + 60) {
                sum_x += x;
                sum += 1.0;
            }
        }
    }
    assert_true(sum > 50.0);
    /* voxel i = 3 of 21 that run leftwards: its centre is 17.5 voxels of 20 px from the left */
    assert_near(sum_x / sum, 350.0, 4.0);
    cairo_surface_destroy(surface);
    ot_buffer_release(&png);
    ot_volume_destroy(dose);
}

static void the_isodose_of_a_sphere_lies_at_its_radius(void **state)
{
    (void)state;
    enum { NU = 61, NV = 41 };
    static const double DU_MM = 2.0;
    static const double DV_MM = 3.0;
    float values[NU * NV];
    for (size_t v = 0; v < NV; v++) {
        for (size_t u = 0; u < NU; u++) {
            const double r_mm = hypot(DU_MM * ((double)u - 30.0), DV_MM * ((double)v - 20.0));
            values[u + NU * v] = (float)(200.0 * exp(-r_mm / 40.0));
        }
    }
    static const double RADII_MM[] = {15.0, 33.3, 51.0};
    for (size_t n = 0; n < 3; n++) {
        struct ot_isoline line = {0};
        struct ot_err err = {0};
        const double level_gy = 200.0 * exp(-RADII_MM[n] / 40.0);
        assert_ok(ot_isoline_trace(values, NU, NV, level_gy, &line, &err), err);
        assert_true(line.count > 20);
        double length_mm = 0.0;
        for (size_t m = 0; m < line.count; m++) {
            const double *s = line.segments + 4 * m;
            for (size_t end = 0; end < 2; end++) {
                const double r_mm =
                    hypot(DU_MM * (s[2 * end] - 30.0), DV_MM * (s[2 * end + 1] - 20.0));
                /* linear interpolation across 3 mm of a curve of 40 mm: h^2/8 (1/40 + 1/r) */
                assert_near(r_mm, RADII_MM[n], 0.12);
            }
            length_mm += hypot(DU_MM * (s[2] - s[0]), DV_MM * (s[3] - s[1]));
        }
        assert_ratio(length_mm, 2.0 * 3.14159265358979 * RADII_MM[n], 0.01);
        ot_isoline_release(&line);
    }
}

static void a_saddle_is_decided_by_its_middle(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_isoline line = {0};
    const float high[4] = {10.0F, 4.0F, 4.0F, 10.0F}; /* corners 0 and 2 high, mean 7 */
    assert_ok(ot_isoline_trace(high, 2, 2, 5.0, &line, &err), err);
    assert_int_equal(line.count, 2);
    /* the high corners are joined: lines cut off the low corners (1,0) and (0,1) */
    for (size_t n = 0; n < 2; n++) {
        const double *s = line.segments + 4 * n;
        const double u = 0.5 * (s[0] + s[2]);
        const double v = 0.5 * (s[1] + s[3]);
        assert_true((u > 0.8 && v < 0.2) || (u < 0.2 && v > 0.8));
    }
    ot_isoline_release(&line);
    assert_ok(ot_isoline_trace(high, 2, 2, 8.0, &line, &err), err);
    assert_int_equal(line.count, 2);
    for (size_t n = 0; n < 2; n++) { /* now the high corners stand alone */
        const double *s = line.segments + 4 * n;
        const double u = 0.5 * (s[0] + s[2]);
        const double v = 0.5 * (s[1] + s[3]);
        assert_true((u < 0.35 && v < 0.35) || (u > 0.65 && v > 0.65));
    }
    ot_isoline_release(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_patients_left_is_on_the_right_whatever_the_grids_axes),
        cmocka_unit_test(letters_name_the_sides),
        cmocka_unit_test(an_oblique_grid_is_named_so),
        cmocka_unit_test(the_drawn_axial_picture_shows_the_patients_left_on_its_right),
        cmocka_unit_test(the_isodose_of_a_sphere_lies_at_its_radius),
        cmocka_unit_test(a_saddle_is_decided_by_its_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
