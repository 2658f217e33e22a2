/* tests/test_iso_contour.c - contours around fractions enclose the solid's own volume, and come
 * back as the same fractions. labels: shim */
#include "tests/support/ot_test.h"

#include "core/mem.h"
#include "core/stats.h"
#include "segment/iso_contour.h"
#include "segment/keyhole.h"
#include "segment/rasterize.h"

enum { SUB = 6 }; /* samples of a voxel along each axis */

/* A grid that is turned by 30 degrees about z, with three different spacings. */
static struct ot_grid turned(void)
{
    const double c = cos(acos(-1.0) / 6.0);
    const struct ot_grid grid = {.n = {22, 26, 15},
                                 .spacing_mm = {4.4, 3.7, 5.1},
                                 .origin_mm = {-30.3, 12.8, -7.7},
                                 .dir = {{c, -0.5, 0.0}, {0.5, c, 0.0}, {0.0, 0.0, 1.0}}};
    return grid;
}

/* A sphere, or a hollow cylinder, around the grid's middle: by index in mm from there. */
static bool in_sphere(const double at_mm[3])
{
    return at_mm[0] * at_mm[0] + at_mm[1] * at_mm[1] + at_mm[2] * at_mm[2] < 25.0 * 25.0;
}

static bool in_ring(const double at_mm[3])
{
    const double radius_mm = hypot(at_mm[0], at_mm[1]);
    return radius_mm > 14.0 && radius_mm < 32.0 && fabs(at_mm[2]) < 22.95;
}

static struct ot_volume *sample(bool (*inside)(const double at_mm[3]), const double shift_mm[3])
{
    const struct ot_grid grid = turned();
    struct ot_volume *made = NULL;
    struct ot_err err = {0};
    assert_ok(ot_volume_create(&grid, OT_UNIT_NONE, &made, &err), err);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        const size_t index[3] = {x % grid.n[0], x / grid.n[0] % grid.n[1],
                                 x / (grid.n[0] * grid.n[1])};
        int hits = 0;
        for (int s = 0; s < SUB * SUB * SUB; s++) {
            const int sub[3] = {s % SUB, s / SUB % SUB, s / (SUB * SUB)};
            double at_mm[3];
            for (size_t a = 0; a < 3; a++) {
                at_mm[a] = ((double)index[a] + (sub[a] + 0.5) / SUB - 0.5 * (double)grid.n[a]) *
                               grid.spacing_mm[a] -
                           shift_mm[a];
            }
            hits += inside(at_mm) ? 1 : 0;
        }
        made->data[x] = (float)hits / (float)(SUB * SUB * SUB);
    }
    return made;
}

static double volume_ml(const struct ot_volume *fraction)
{
    return ot_sum(fraction->data, ot_grid_voxel_count(&fraction->grid)) *
           ot_grid_voxel_volume_ml(&fraction->grid);
}

/* The solids here are one piece on each slice. */
static size_t slices_of(const struct ot_contour_set *set)
{
    const struct ot_grid grid = turned();
    size_t slices = 0;
    double last = -1.0;
    for (size_t c = 0; c < set->count; c++) {
        double index[3];
        ot_grid_to_index(&grid, set->contours[c].points_mm, index);
        slices += fabs(index[2] - last) > 0.5 ? 1 : 0;
        last = index[2];
    }
    return slices;
}

/* Six places of the grid under the solid; Dice of fractions is 2 sum min / sum. */
static void check_round_trip(bool (*inside)(const double at_mm[3]), double solid_ml)
{
    static const double shifts_mm[6][3] = {{0.0, 0.0, 0.0}, {1.1, 0.0, 0.0},   {0.0, 1.8, 0.0},
                                           {2.2, 0.9, 0.5}, {-0.7, 1.3, -0.6}, {1.6, -1.6, 0.3}};
    for (size_t n = 0; n < 6; n++) {
        struct ot_contour_set set;
        struct ot_volume *back = NULL;
        struct ot_err err = {0};
        struct ot_volume *given = sample(inside, shifts_mm[n]);
        assert_near(volume_ml(given), solid_ml, 0.005 * solid_ml); /* the samples' own noise */
        assert_ok(ot_iso_contours(given, &set, &err), err);
        assert_true(set.count > 0);
        assert_int_equal(set.count, slices_of(&set));
        assert_ok(ot_contours_to_fraction(&set, 0.0, &given->grid, 1, &back, NULL, &err), err);
        assert_near(volume_ml(back), volume_ml(given), 0.0025 * solid_ml);
        double common = 0.0;
        for (size_t x = 0; x < ot_grid_voxel_count(&given->grid); x++) {
            common += fmin((double)given->data[x], (double)back->data[x]);
        }
        common *= ot_grid_voxel_volume_ml(&given->grid);
        assert_true(2.0 * common / (volume_ml(back) + volume_ml(given)) > 0.97);
        ot_volume_destroy(back);
        ot_volume_destroy(given);
        ot_contour_set_release(&set);
    }
}

static void contours_of_a_sphere_keep_its_volume(void **state)
{
    (void)state;
    check_round_trip(in_sphere, 4.0 / 3.0 * acos(-1.0) * 25.0 * 25.0 * 25.0 / 1000.0);
}

static void a_hole_is_joined_to_what_is_around_it(void **state)
{
    (void)state;
    check_round_trip(in_ring, acos(-1.0) * (32.0 * 32.0 - 14.0 * 14.0) * 45.9 / 1000.0);
}

/* A rectangle's corners, counterclockwise, or clockwise as holes run. */
static struct ot_contour box(double x, double y, double width, double height, bool hole)
{
    const double corners[4][2] = {{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}};
    struct ot_err err = {0};
    double *points_mm = OT_NEW(double, 12, &err);
    assert_non_null(points_mm);
    for (size_t p = 0; p < 4; p++) {
        points_mm[3 * p] = corners[hole ? 3 - p : p][0];
        points_mm[3 * p + 1] = corners[hole ? 3 - p : p][1];
        points_mm[3 * p + 2] = 7.0;
    }
    return (struct ot_contour){.points_mm = points_mm, .count = 4};
}

static double area_of(const struct ot_contour *contour)
{
    double sum = 0.0;
    for (size_t p = 0; p < contour->count; p++) {
        const double *a = contour->points_mm + 3 * p;
        const double *b = contour->points_mm + 3 * ((p + 1) % contour->count);
        assert_near(a[2], 7.0, 0.0);
        sum += 0.5 * (a[0] * b[1] - b[0] * a[1]);
    }
    return sum;
}

/* Two holes of one square, the left of which sees the right one; an island in a hole, with a hole
 * of its own; a square aside. */
static void holes_join_each_other_and_islands_stay(void **state)
{
    (void)state;
    struct ot_contour contours[6] = {box(10, 35, 5, 5, true),   box(0, 0, 100, 100, false),
                                     box(20, 15, 45, 45, true), box(25, 20, 30, 30, false),
                                     box(30, 30, 10, 10, true), box(200, 30, 10, 10, false)};
    struct ot_err err = {0};
    size_t count = 6;
    assert_ok(ot_keyholes(contours, &count, &err), err);
    assert_int_equal(count, 3);
    const double areas[3] = {area_of(&contours[0]), area_of(&contours[1]), area_of(&contours[2])};
    const double least = fmin(areas[0], fmin(areas[1], areas[2]));
    const double most = fmax(areas[0], fmax(areas[1], areas[2]));
    assert_near(least, 100.0, 1e-9);
    assert_near(most, 10000.0 - 2025.0 - 25.0, 1e-9);
    assert_near(areas[0] + areas[1] + areas[2] - least - most, 900.0 - 100.0, 1e-9);
    for (size_t n = 0; n < count; n++) {
        ot_free(contours[n].points_mm);
    }
}

static void a_hole_in_nothing_is_refused(void **state)
{
    (void)state;
    struct ot_contour contours[2] = {box(0, 0, 10, 10, false), box(-9, -50, 5, 5, true)};
    struct ot_err err = {0};
    size_t count = 2;
    assert_int_equal(ot_keyholes(contours, &count, &err), OT_ERR_EXTERNAL);
    assert_int_equal(count, 2);
    ot_free(contours[0].points_mm);
    ot_free(contours[1].points_mm);
}

/* One slice of 0.3 at each end of a box: no level gives 30 percent of it, so 0.5 it is. */
static void a_slice_that_comes_or_goes_as_a_whole_is_cut_at_half(void **state)
{
    (void)state;
    const struct ot_grid grid = turned();
    struct ot_contour_set set;
    struct ot_volume *box = NULL;
    struct ot_err err = {0};
    assert_ok(ot_volume_create(&grid, OT_UNIT_NONE, &box, &err), err);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        const size_t k = x / (grid.n[0] * grid.n[1]);
        box->data[x] = k == 4 || k == 6 ? 0.3F : (k == 5 ? 1.0F : 0.0F);
    }
    assert_ok(ot_iso_contours(box, &set, &err), err);
    assert_int_equal(set.count, 1);
    ot_contour_set_release(&set);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        box->data[x] = 0.0F;
    }
    assert_ok(ot_iso_contours(box, &set, &err), err);
    assert_int_equal(set.count, 0);
    ot_contour_set_release(&set);
    ot_volume_destroy(box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contours_of_a_sphere_keep_its_volume),
        cmocka_unit_test(a_hole_is_joined_to_what_is_around_it),
        cmocka_unit_test(holes_join_each_other_and_islands_stay),
        cmocka_unit_test(a_hole_in_nothing_is_refused),
        cmocka_unit_test(a_slice_that_comes_or_goes_as_a_whole_is_cut_at_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
