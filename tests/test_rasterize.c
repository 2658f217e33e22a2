/* tests/test_rasterize.c - contours and masks to fractions, against the volumes of solids.
 * labels: threads numeric
 * timeout: 120 */
#include "core/mem.h"
#include "core/stats.h"
#include "segment/contour_planes.h"
#include "segment/polygon.h"
#include "segment/rasterize.h"
#include "tests/support/ot_test.h"

static const double PI = 3.14159265358979323846;

/* A right-handed frame: columns are its axes in the patient. */
struct frame {
    double axis[3][3]; /* axis[c][r] */
    double center_mm[3];
};

static const struct frame AXIAL = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {0, 0, 0}};
static const struct frame SAGITTAL = {{{0, 1, 0}, {0, 0, 1}, {1, 0, 0}}, {0, 0, 0}};

static struct frame tilted(double angle)
{
    const double c = cos(angle);
    const double s = sin(angle);
    return (struct frame){{{c, 0, -s}, {s * s, c, s * c}, {c * s, -s, c * c}}, {0, 0, 0}};
}

static void add_ring(struct ot_region *region, const struct frame *frame, double radius_mm,
                     size_t points, double z_mm)
{
    struct ot_contour *contour = &region->contours.contours[region->contours.count++];
    contour->count = points;
    contour->points_mm = OT_NEW(double, 3 * points, NULL);
    /* A polygon with the area of the circle. */
    const double step = 2.0 * PI / (double)points;
    const double grown_mm = radius_mm * sqrt(step / sin(step));
    for (size_t n = 0; n < points; n++) {
        const double local[3] = {grown_mm * cos((double)n * step), grown_mm * sin((double)n * step),
                                 z_mm};
        for (size_t r = 0; r < 3; r++) {
            contour->points_mm[3 * n + r] = frame->center_mm[r] + local[0] * frame->axis[0][r] +
                                            local[1] * frame->axis[1][r] +
                                            local[2] * frame->axis[2][r];
        }
    }
}

static void add_polygon(struct ot_region *region, const double (*uv)[2], size_t count, double z_mm)
{
    struct ot_contour *contour = &region->contours.contours[region->contours.count++];
    contour->count = count;
    contour->points_mm = OT_NEW(double, 3 * count, NULL);
    for (size_t n = 0; n < count; n++) {
        contour->points_mm[3 * n] = uv[n][0];
        contour->points_mm[3 * n + 1] = uv[n][1];
        contour->points_mm[3 * n + 2] = z_mm;
    }
}

static struct ot_region *new_region(size_t room)
{
    struct ot_region *region = OT_NEW(struct ot_region, 1, NULL);
    region->contours.contours = OT_NEW(struct ot_contour, room, NULL);
    return region;
}

/* Rings of a solid of revolution whose planes start half a slice inside each end. */
static struct ot_region *solid(const struct frame *frame, double half_mm, double slice_mm,
                               double (*radius)(double z, double size), double size, double hole)
{
    const size_t slices = (size_t)lround(2.0 * half_mm / slice_mm);
    struct ot_region *region = new_region(2 * slices);
    for (size_t s = 0; s < slices; s++) {
        const double z = -half_mm + ((double)s + 0.5) * slice_mm;
        add_ring(region, frame, radius(z, size), 120, z);
        if (hole > 0.0) {
            add_ring(region, frame, hole, 90, z);
        }
    }
    return region;
}

static double sphere_radius(double z, double size)
{
    return sqrt(size * size - z * z);
}

static double same_radius(double z, double size)
{
    (void)z;
    return size;
}

static double volume_on(const struct ot_region *region, const struct ot_grid *grid,
                        double *inside_fraction)
{
    struct ot_volume *fraction = NULL;
    struct ot_err err = {0};
    assert_ok(ot_region_to_fraction(region, grid, 2, &fraction, inside_fraction, &err), err);
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        assert_true(fraction->data[x] >= 0.0F && fraction->data[x] <= 1.0F);
    }
    const double volume_ml =
        ot_sum(fraction->data, ot_grid_voxel_count(grid)) * ot_grid_voxel_volume_ml(grid);
    ot_volume_destroy(fraction);
    return volume_ml;
}

/* Six grids about the origin: shifted, flipped, with other axis orders, oblique. */
enum { GRIDS = 6 };

static struct ot_grid grid_at(size_t position, double spacing_mm)
{
    struct ot_grid grid = ot_test_grid(26, 24, 22, spacing_mm, 1.07 * spacing_mm, 0.9 * spacing_mm);
    static const double dirs[GRIDS][3][3] = {
        {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},   {{1, 0, 0}, {0, -1, 0}, {0, 0, -1}},
        {{0, 0, 1}, {1, 0, 0}, {0, 1, 0}},   {{0, 1, 0}, {-1, 0, 0}, {0, 0, 1}},
        {{0, -1, 0}, {0, 0, 1}, {-1, 0, 0}}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    };
    memcpy(grid.dir, dirs[position], sizeof grid.dir);
    if (position == 5) {
        const struct frame turn = tilted(0.4);
        for (size_t c = 0; c < 3; c++) {
            for (size_t r = 0; r < 3; r++) {
                grid.dir[r][c] = turn.axis[c][r];
            }
        }
    }
    const double middle[3] = {12.5 + 0.17 * (double)position, 11.5 - 0.09 * (double)position,
                              10.5 + 0.23 * (double)position};
    double at[3];
    ot_grid_to_point(&grid, middle, at);
    for (size_t r = 0; r < 3; r++) {
        grid.origin_mm[r] = -at[r];
    }
    return grid;
}

/* 0.5 % at five voxels across, on each of six grids and in three slice directions. */
static void solids_have_their_volumes_at_five_voxels_across(void **state)
{
    (void)state;
    const double r = 10.0;
    struct frame frames[3] = {AXIAL, SAGITTAL, tilted(0.35)};
    for (size_t f = 0; f < 3; f++) {
        for (size_t r3 = 0; r3 < 3; r3++) {
            frames[f].center_mm[r3] = 0.7 * (double)r3 - 0.4;
        }
        struct ot_region *sphere = solid(&frames[f], r, 0.5, sphere_radius, r, 0.0);
        struct ot_region *cylinder = solid(&frames[f], r, 1.0, same_radius, r, 0.0);
        struct ot_region *annulus = solid(&frames[f], r, 1.0, same_radius, r, 0.5 * r);
        for (size_t g = 0; g < GRIDS; g++) {
            const struct ot_grid grid = grid_at(g, 2.0 * r / 5.0);
            double inside = 0.0;
            assert_ratio(volume_on(sphere, &grid, &inside), 4.0 / 3.0 * PI * r * r * r / 1000.0,
                         5e-3);
            assert_near(inside, 1.0, 3e-3);
            assert_ratio(volume_on(cylinder, &grid, NULL), 2.0 * PI * r * r * r / 1000.0, 5e-3);
            assert_ratio(volume_on(annulus, &grid, NULL), 0.75 * 2.0 * PI * r * r * r / 1000.0,
                         5e-3);
        }
        ot_region_destroy(sphere);
        ot_region_destroy(cylinder);
        ot_region_destroy(annulus);
    }
}

/* Where an axis of the grid is the normal of the planes, nothing but float rounding is left. */
static void an_aligned_cylinder_is_exact(void **state)
{
    (void)state;
    struct ot_region *cylinder = solid(&AXIAL, 12.0, 3.0, same_radius, 11.0, 4.0);
    const double want = PI * (121.0 - 16.0) * 24.0 / 1000.0;
    double own = 0.0;
    struct ot_err err = {0};
    assert_ok(ot_region_volume_ml(cylinder, &own, &err), err);
    assert_ratio(own, want, 1e-12);
    for (size_t g = 0; g < GRIDS - 1; g++) {
        const struct ot_grid grid = grid_at(g, 3.1);
        assert_ratio(volume_on(cylinder, &grid, NULL), want, 1e-6);
    }
    ot_region_destroy(cylinder);
}

static struct ot_region *two_planes(const double (*uv)[2], size_t count)
{
    struct ot_region *region = new_region(2);
    add_polygon(region, uv, count, -1.0);
    add_polygon(region, uv, count, 1.0);
    return region;
}

static void crossing_keyholes_and_bow_ties_follow_even_odd(void **state)
{
    (void)state;
    const struct ot_grid grid = grid_at(3, 1.7);
    /* A square of 10 mm with a square hole of 4 mm, drawn in one stroke over a bridge. */
    static const double keyhole[][2] = {{-5, -5}, {5, -5}, {5, 5},  {-5, 5},  {-5, 0}, {-2, 0},
                                        {-2, 2},  {2, 2},  {2, -2}, {-2, -2}, {-2, 0}, {-5, 0}};
    /* Two triangles of 25 mm2 that meet where the sides cross. */
    static const double bow_tie[][2] = {{-5, -5}, {5, 5}, {5, -5}, {-5, 5}};
    /* A square run through twice is nothing, by even-odd. */
    static const double twice[][2] = {{0, 0}, {4, 0}, {4, 4}, {0, 4}, {0, 0}, {4, 0},
                                      {4, 4}, {0, 4}, {0, 0}, {1, 0}, {0, 1}};
    struct ot_region *region = two_planes(keyhole, 12);
    assert_ratio(volume_on(region, &grid, NULL), (100.0 - 16.0) * 4.0 / 1000.0, 1e-6);
    ot_region_destroy(region);
    region = two_planes(bow_tie, 4);
    assert_ratio(volume_on(region, &grid, NULL), 50.0 * 4.0 / 1000.0, 1e-6);
    ot_region_destroy(region);
    region = two_planes(twice, 11);
    assert_ratio(volume_on(region, &grid, NULL), 0.5 * 4.0 / 1000.0, 1e-6);
    ot_region_destroy(region);
}

/* A star of crossing sides against points tested one by one. */
static void a_crossing_star_agrees_with_counted_points(void **state)
{
    (void)state;
    enum { N = 23, NU = 9, NV = 7, FINE = 40 };
    double uv[2 * N];
    for (size_t n = 0; n < N; n++) {
        const double angle = 2.0 * PI * (double)(n * 9 % N) / N + 0.1;
        uv[2 * n] = 4.4 + 5.0 * cos(angle);
        uv[2 * n + 1] = 3.3 + 2.9 * sin(angle) + 0.05 * (double)(n % 5);
    }
    struct ot_edges edges = {0};
    struct ot_err err = {0};
    double area[NU * NV];
    assert_ok(ot_edges_init(&edges, N, &err), err);
    ot_edges_add(&edges, uv, N);
    assert_ok(ot_edges_finish(&edges, &err), err);
    const struct ot_pixels all = {.high = {NU, NV}};
    ot_edges_raster(&edges, &all, NU, area);
    for (size_t p = 0; p < (size_t)NU * NV; p++) {
        size_t inside = 0;
        for (size_t s = 0; s < (size_t)FINE * FINE; s++) {
            const double u = (double)(p % NU) + ((double)(s % FINE) + 0.5) / FINE;
            const double v = (double)(p / NU) + ((double)(s / FINE) + 0.5) / FINE;
            bool in = false;
            for (size_t n = 0; n < N; n++) {
                const double *a = uv + 2 * n;
                const double *b = uv + 2 * ((n + 1) % N);
                if ((a[1] > v) != (b[1] > v) &&
                    u < a[0] + (b[0] - a[0]) * (v - a[1]) / (b[1] - a[1])) {
                    in = !in;
                }
            }
            inside += in;
        }
        assert_near(area[p], (double)inside / (FINE * FINE), 0.02); /* counting error */
    }
    ot_edges_release(&edges);
}

static const double SQUARE[][2] = {{-3, -3}, {3, -3}, {3, 3}, {-3, 3}};

static void slabs_reach_half_way_and_end_at_open_gaps(void **state)
{
    (void)state;
    static const double z_mm[] = {0.0, 2.0, 4.0, 7.0, 30.0, 32.0};
    static const double aside[][2] = {{10, -3}, {16, -3}, {16, 3}, {10, 3}};
    struct ot_region *region = new_region(6);
    for (size_t n = 0; n < 6; n++) {
        add_polygon(region, n < 4 ? SQUARE : aside, 4, z_mm[n]);
    }
    struct ot_contour_planes *planes = NULL;
    struct ot_err err = {0};
    assert_ok(ot_contour_planes_create(&region->contours, 0.0, &planes, &err), err);
    assert_int_equal(planes->count, 6);
    assert_near(planes->spacing_mm, 2.0, 1e-12);
    static const double want[][2] = {{-1, 1}, {1, 3}, {3, 5.5}, {5.5, 8.5}, {29, 31}, {31, 33}};
    for (size_t n = 0; n < 6; n++) {
        assert_near(planes->plane[n].low_mm, want[n][0], 1e-12);
        assert_near(planes->plane[n].high_mm, want[n][1], 1e-12);
    }
    assert_int_equal(planes->open_gaps, 1);
    assert_near(planes->volume_ml, 36.0 * (9.5 + 4.0) / 1000.0, 1e-12);
    ot_contour_planes_destroy(planes);
    ot_region_destroy(region);
}

/* Slabs that are not symmetric about their planes, on a grid that runs along and against them. */
static void uneven_slabs_stand_right_on_a_turned_grid(void **state)
{
    (void)state;
    static const double z_mm[] = {0.0, 2.0, 4.8};
    static const double side_mm[] = {6.0, 4.0, 2.0};
    static const double border_mm[] = {-1.0, 1.0, 3.4, 6.2};
    struct ot_region *region = new_region(3);
    for (size_t n = 0; n < 3; n++) {
        const double h = 0.5 * side_mm[n];
        const double square[][2] = {{-h, -h}, {h, -h}, {h, h}, {-h, h}};
        add_polygon(region, square, 4, z_mm[n]);
    }
    for (size_t turned = 0; turned < 2; turned++) {
        struct ot_grid grid = ot_test_grid(7, 8, 20, 1.3, 1.2, 0.55);
        const double sign = turned == 1 ? -1.0 : 1.0;
        grid.dir[1][1] = grid.dir[2][2] = sign;
        grid.origin_mm[0] = -3.9;
        grid.origin_mm[1] = -4.2 * sign;
        grid.origin_mm[2] = turned == 1 ? 7.0 : -2.0;
        struct ot_volume *fraction = NULL;
        struct ot_err err = {0};
        assert_ok(ot_region_to_fraction(region, &grid, 2, &fraction, NULL, &err), err);
        for (size_t k = 0; k < 20; k++) {
            const double z = grid.origin_mm[2] + sign * 0.55 * (double)k;
            double want = 0.0;
            for (size_t n = 0; n < 3; n++) {
                const double part =
                    fmin(z + 0.275, border_mm[n + 1]) - fmax(z - 0.275, border_mm[n]);
                want += fmax(part, 0.0) / 0.55 * side_mm[n] * side_mm[n];
            }
            assert_near(ot_sum(fraction->data + 56 * k, 56) * 1.3 * 1.2, want, 1e-4);
        }
        ot_volume_destroy(fraction);
    }
    ot_region_destroy(region);
}

static void contours_that_are_no_solid_are_refused(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(9, 8, 7, 2.0, 2.5, 3.0);
    struct ot_volume *fraction = NULL;

    struct ot_region *region = new_region(3);
    add_polygon(region, SQUARE, 4, 3.0);
    struct ot_err one = {0};
    assert_refused(ot_region_to_fraction(region, &grid, 1, &fraction, NULL, &one), one,
                   OT_ERR_GEOMETRY, "one plane");
    struct ot_err known = {0};
    assert_ok(ot_contours_to_fraction(&region->contours, 3.0, &grid, 1, &fraction, NULL, &known),
              known);
    ot_volume_destroy(fraction);

    add_polygon(region, SQUARE, 4, 6.0);
    region->contours.contours[1].points_mm[2] += 1.0;
    struct ot_err bent = {0};
    assert_refused(ot_region_to_fraction(region, &grid, 1, &fraction, NULL, &bent), bent,
                   OT_ERR_GEOMETRY, "not planar");
    assert_null(fraction);

    region->contours.contours[1].points_mm[2] -= 1.0;
    region->contours.contours[1].points_mm[5] = NAN;
    struct ot_err nan_err = {0};
    assert_refused(ot_region_to_fraction(region, &grid, 1, &fraction, NULL, &nan_err), nan_err,
                   OT_ERR_FORMAT, "finite");
    region->contours.contours[1].points_mm[5] = 6.0;
    region->contours.contours[1].count = 2;
    struct ot_err few = {0};
    assert_refused(ot_region_to_fraction(region, &grid, 1, &fraction, NULL, &few), few,
                   OT_ERR_FORMAT, "2 points");
    ot_region_destroy(region);

    region = new_region(3);
    add_polygon(region, SQUARE, 4, 0.0);
    add_polygon(region, SQUARE, 4, 2.0);
    add_polygon(region, SQUARE, 4, 14.0);
    struct ot_err missing = {0};
    assert_refused(ot_region_to_fraction(region, &grid, 1, &fraction, NULL, &missing), missing,
                   OT_ERR_GEOMETRY, "12.0 mm");
    ot_region_destroy(region);

    struct ot_region none = {0};
    struct ot_err empty = {0};
    assert_refused(ot_region_to_fraction(&none, &grid, 1, &fraction, NULL, &empty), empty,
                   OT_ERR_FORMAT, "no contours");
}

static void what_lies_outside_is_refused_or_counted(void **state)
{
    (void)state;
    struct ot_region *region = two_planes(SQUARE, 4);
    struct ot_grid grid = ot_test_grid(9, 8, 7, 2.0, 2.5, 3.0);
    struct ot_volume *fraction = NULL;
    double inside = 0.0;
    grid.origin_mm[0] = 1.0; /* the low face goes through the square's middle */
    grid.origin_mm[1] = grid.origin_mm[2] = -9.0;
    (void)volume_on(region, &grid, &inside);
    assert_near(inside, 0.5, 1e-6);
    grid.origin_mm[0] = 500.0;
    struct ot_err err = {0};
    assert_refused(ot_region_to_fraction(region, &grid, 1, &fraction, &inside, &err), err,
                   OT_ERR_GEOMETRY, "lies outside the image");
    ot_region_destroy(region);
}

static void masks_are_exact_and_checked(void **state)
{
    (void)state;
    struct ot_grid fine = ot_test_grid(20, 18, 16, 0.8, 0.9, 1.1);
    struct ot_region region = {.mask = ot_test_volume(&fine, OT_UNIT_NONE)};
    double want = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&fine); x++) {
        region.mask->data[x] = (float)(x * 7919 % 5) / 4.0F;
        want += (double)region.mask->data[x];
    }
    want *= ot_grid_voxel_volume_ml(&fine);
    struct ot_grid grid = ot_test_grid(11, 10, 9, 2.3, 2.1, 3.7);
    grid.origin_mm[0] = grid.origin_mm[1] = grid.origin_mm[2] = -3.0;
    double inside = 0.0;
    assert_ratio(volume_on(&region, &grid, &inside), want, 1e-6);
    assert_near(inside, 1.0, 1e-6);
    region.mask->data[7] = 2.0F;
    struct ot_volume *fraction = NULL;
    struct ot_err label = {0};
    assert_refused(ot_region_to_fraction(&region, &grid, 1, &fraction, NULL, &label), label,
                   OT_ERR_FORMAT, "value 2");
    for (size_t x = 0; x < ot_grid_voxel_count(&fine); x++) {
        region.mask->data[x] = 0.0F;
    }
    struct ot_err empty = {0};
    assert_refused(ot_region_to_fraction(&region, &grid, 1, &fraction, NULL, &empty), empty,
                   OT_ERR_FORMAT, "empty");
    ot_volume_destroy(region.mask);
}

static void bits_are_equal_for_every_thread_count(void **state)
{
    (void)state;
    struct ot_region *sphere = solid(&AXIAL, 10.0, 1.0, sphere_radius, 10.0, 3.0);
    for (size_t g = 0; g < GRIDS; g++) {
        const struct ot_grid grid = grid_at(g, 2.0);
        struct ot_volume *one = NULL;
        struct ot_volume *four = NULL;
        struct ot_err err = {0};
        assert_ok(ot_region_to_fraction(sphere, &grid, 1, &one, NULL, &err), err);
        assert_ok(ot_region_to_fraction(sphere, &grid, 4, &four, NULL, &err), err);
        assert_memory_equal(one->data, four->data, ot_grid_voxel_count(&grid) * sizeof(float));
        ot_volume_destroy(one);
        ot_volume_destroy(four);
    }
    ot_region_destroy(sphere);
}

static void the_finest_grid_surrounds_the_first_region(void **state)
{
    (void)state;
    struct ot_region *small = solid(&AXIAL, 6.0, 3.0, same_radius, 5.0, 0.0);
    const struct ot_grid coarse = ot_test_grid(20, 20, 20, 4.0, 4.0, 4.0);
    const struct ot_grid fine = ot_test_grid(90, 90, 60, 0.5, 0.5, 1.5);
    struct ot_region a = {.mask = ot_test_volume(&coarse, OT_UNIT_NONE)};
    struct ot_region b = {.mask = ot_test_volume(&fine, OT_UNIT_NONE)};
    const struct ot_region *with_a[] = {small, &a};
    const struct ot_region *with_b[] = {small, &b};
    struct ot_grid grid;
    struct ot_err err = {0};
    assert_ok(ot_region_finest_grid(with_a, 2, &grid, &err), err);
    assert_near(grid.spacing_mm[0], 1.0, 0.0);
    assert_near(grid.spacing_mm[2], 3.0, 1e-12);
    assert_ratio(volume_on(small, &grid, NULL), PI * 25.0 * 12.0 / 1000.0, 1e-6);
    assert_ok(ot_region_finest_grid(with_b, 2, &grid, &err), err);
    assert_near(grid.spacing_mm[0], 0.5, 0.0);
    assert_true(grid.n[0] >= 20 && grid.n[0] <= 23);
    assert_ratio(volume_on(small, &grid, NULL), PI * 25.0 * 12.0 / 1000.0, 1e-6);
    ot_volume_destroy(a.mask);
    ot_volume_destroy(b.mask);
    ot_region_destroy(small);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
#ifdef OT_TEST_HOOKS
    struct ot_region *sphere = solid(&AXIAL, 4.0, 2.0, sphere_radius, 4.0, 0.0);
    const struct ot_grid grids[] = {grid_at(1, 2.0), grid_at(5, 2.0)};
    for (size_t g = 0; g < 2; g++) {
        for (size_t nth = 1;; nth++) {
            struct ot_volume *got = NULL;
            struct ot_err err = {0};
            ot_mem_fail_at(nth);
            const enum ot_rc rc = ot_region_to_fraction(sphere, &grids[g], 2, &got, NULL, &err);
            ot_mem_fail_at(0);
            if (rc == OT_OK) {
                assert_true(nth > 10);
                ot_volume_destroy(got);
                break;
            }
            assert_int_equal(rc, OT_ERR_NOMEM);
            assert_null(got);
        }
    }
    ot_region_destroy(sphere);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solids_have_their_volumes_at_five_voxels_across),
        cmocka_unit_test(an_aligned_cylinder_is_exact),
        cmocka_unit_test(crossing_keyholes_and_bow_ties_follow_even_odd),
        cmocka_unit_test(a_crossing_star_agrees_with_counted_points),
        cmocka_unit_test(slabs_reach_half_way_and_end_at_open_gaps),
        cmocka_unit_test(uneven_slabs_stand_right_on_a_turned_grid),
        cmocka_unit_test(contours_that_are_no_solid_are_refused),
        cmocka_unit_test(what_lies_outside_is_refused_or_counted),
        cmocka_unit_test(masks_are_exact_and_checked),
        cmocka_unit_test(bits_are_equal_for_every_thread_count),
        cmocka_unit_test(the_finest_grid_surrounds_the_first_region),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
