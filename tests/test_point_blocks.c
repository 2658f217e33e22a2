/* tests/test_point_blocks.c - near, far and farthest points against the comparison of all with all.
 * labels: numeric threads */
#include "core/mem.h"
#include "segment/point_blocks.h"
#include "segment/surface.h"
#include "tests/support/ot_test.h"

enum { MOST = 8000 };

struct cloud {
    double point_mm[3 * MOST];
    size_t count;
};

/* Even numbers from -1 to 1 that are the same in every run. */
static double scatter(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) / 4503599627370496.0 - 1.0;
}

/* Points of a box about a place; half extents of 0 make planes, lines and one place of it. */
static void give(struct cloud *cloud, const double middle[3], const double half[3], size_t count,
                 uint64_t seed)
{
    cloud->count = 0;
    for (size_t n = 0; n < count; n++) {
        for (size_t c = 0; c < 3; c++) {
            cloud->point_mm[3 * cloud->count + c] = middle[c] + half[c] * scatter(&seed);
        }
        cloud->count++;
    }
}

static double distance2(const double *a, const double *b)
{
    return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
           (a[2] - b[2]) * (a[2] - b[2]);
}

/* The least and the greatest distance of points of `a` from the nearest one of `b`. */
static void all_with_all(const double *a, size_t a_count, const double *b, size_t b_count,
                         double *least_mm, double *greatest_mm)
{
    double least2 = INFINITY;
    double greatest2 = 0.0;
    for (size_t n = 0; n < a_count; n++) {
        double nearest2 = INFINITY;
        for (size_t m = 0; m < b_count; m++) {
            nearest2 = fmin(nearest2, distance2(&a[3 * n], &b[3 * m]));
        }
        least2 = fmin(least2, nearest2);
        greatest2 = fmax(greatest2, nearest2);
    }
    *least_mm = sqrt(least2);
    *greatest_mm = sqrt(greatest2);
}

static void expect_distances(const struct cloud *a, const struct cloud *b, double cell_mm)
{
    struct ot_point_blocks one;
    struct ot_point_blocks other;
    struct ot_err err = {0};
    double least_mm = 0.0;
    double greatest_mm = 0.0;
    double got_mm = 0.0;
    all_with_all(a->point_mm, a->count, b->point_mm, b->count, &least_mm, &greatest_mm);
    assert_ok(ot_point_blocks_make(a->point_mm, a->count, cell_mm, &one, &err), err);
    assert_ok(ot_point_blocks_make(b->point_mm, b->count, cell_mm, &other, &err), err);
    assert_near(ot_point_blocks_least_mm(&one, &other), least_mm, 0.0);
    assert_ok(ot_point_blocks_greatest_mm(&one, &other, &got_mm, &err), err);
    assert_near(got_mm, greatest_mm, 0.0);
    ot_point_blocks_release(&one);
    ot_point_blocks_release(&other);
}

static void distances_are_those_of_all_with_all(void **state)
{
    (void)state;
    static struct cloud cloud[8];
    static const double here[3] = {10, -20, 30};
    static const double aside[3] = {13, -24, 35};
    static const double far[3] = {900, -20, 31};
    static const double box[3] = {30, 20, 25};
    static const double small[3] = {3, 2, 4};
    static const double plate[3] = {40, 40, 0};
    static const double line[3] = {0, 60, 0};
    static const double place[3] = {0, 0, 0};
    give(&cloud[0], here, box, 4000, 1);
    give(&cloud[1], aside, small, 500, 2);
    give(&cloud[2], aside, plate, 700, 3);
    give(&cloud[3], here, line, 300, 4);
    give(&cloud[4], aside, place, 1, 5);
    give(&cloud[5], here, place, 50, 6); /* all at one place */
    give(&cloud[6], far, box, 900, 7);
    give(&cloud[7], here, small, 400, 8);
    memcpy(&cloud[7].point_mm[3 * 200], far, sizeof far); /* one of them far from all others */
    static const double cell_mm[] = {0.01, 2.5, 8.0, 1e4};
    for (size_t a = 0; a < 8; a++) {
        for (size_t b = 0; b < 8; b++) {
            expect_distances(&cloud[a], &cloud[b], cell_mm[(a + 3 * b) % 4]);
        }
    }
}

static void the_farthest_point_is_that_of_all(void **state)
{
    (void)state;
    static struct cloud cloud;
    static const double here[3] = {10, -20, 30};
    static const double box[3] = {30, 20, 25};
    struct ot_point_blocks blocks;
    struct ot_err err = {0};
    uint64_t seed = 9;
    give(&cloud, here, box, 3000, 1);
    assert_ok(ot_point_blocks_make(cloud.point_mm, cloud.count, 4.0, &blocks, &err), err);
    assert_true(blocks.block_count > 20);
    for (size_t t = 0; t < 300; t++) {
        const double along[3] = {scatter(&seed), scatter(&seed), scatter(&seed)};
        size_t want = 0;
        double reach = -INFINITY;
        for (size_t n = 0; n < cloud.count; n++) {
            const double *p = &cloud.point_mm[3 * n];
            const double at = p[0] * along[0] + p[1] * along[1] + p[2] * along[2];
            want = at > reach ? n : want;
            reach = fmax(at, reach);
        }
        assert_int_equal(blocks.number[ot_point_blocks_farthest(&blocks, along)], want);
    }
    ot_point_blocks_release(&blocks);
}

/* The faces of a cube hold many points that reach as far, in many blocks. */
static void of_points_that_reach_as_far_the_first_given_is_taken(void **state)
{
    (void)state;
    enum { SIDE = 12 };
    static struct cloud cloud;
    struct ot_point_blocks blocks;
    struct ot_err err = {0};
    for (size_t n = 0; n < (size_t)SIDE * SIDE * SIDE;
         n++) { /* from the last corner to the first */
        const double p[3] = {SIDE - (double)(n % SIDE), SIDE - (double)(n / SIDE % SIDE),
                             SIDE - (double)(n / (SIDE * SIDE))};
        memcpy(&cloud.point_mm[3 * cloud.count++], p, sizeof p);
    }
    assert_ok(ot_point_blocks_make(cloud.point_mm, cloud.count, 3.0, &blocks, &err), err);
    for (size_t c = 0; c < 3; c++) {
        static const size_t stride[3] = {1, SIDE, SIDE * SIDE};
        double along[3] = {0.0, 0.0, 0.0};
        along[c] = 1.0;
        assert_int_equal(blocks.number[ot_point_blocks_farthest(&blocks, along)], 0);
        along[c] = -1.0;
        assert_int_equal(blocks.number[ot_point_blocks_farthest(&blocks, along)],
                         (SIDE - 1) * stride[c]);
    }
    ot_point_blocks_release(&blocks);
}

static const struct ot_grid GRID = {.n = {40, 34, 30},
                                    .spacing_mm = {2.0, 2.3, 2.6},
                                    .origin_mm = {39, -6, 21},
                                    .dir = {{-1, 0, 0}, {0, 0.8, -0.6}, {0, -0.6, -0.8}}};

/* Voxels from `low` up to `high`, and half of one more all about. */
static struct ot_volume *box_of(const size_t low[3], const size_t high[3])
{
    struct ot_volume *made = ot_test_volume(&GRID, OT_UNIT_NONE);
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        const size_t at[3] = {x % GRID.n[0], x / GRID.n[0] % GRID.n[1],
                              x / (GRID.n[0] * GRID.n[1])};
        size_t beyond = 0;
        size_t apart = 0;
        for (size_t c = 0; c < 3; c++) {
            const bool rim = at[c] + 1 == low[c] || at[c] == high[c];
            beyond += rim;
            apart += !rim && (at[c] < low[c] || at[c] >= high[c]);
        }
        made->data[x] = apart > 0 ? 0.0F : (beyond > 0 ? 0.3F : 1.0F);
    }
    return made;
}

static double value_at(const struct ot_volume *volume, ptrdiff_t i, ptrdiff_t j, ptrdiff_t k)
{
    const ptrdiff_t n[3] = {(ptrdiff_t)GRID.n[0], (ptrdiff_t)GRID.n[1], (ptrdiff_t)GRID.n[2]};
    const bool within = i >= 0 && j >= 0 && k >= 0 && i < n[0] && j < n[1] && k < n[2];
    return within ? (double)volume->data[i + n[0] * (j + n[1] * k)] : 0.0;
}

static bool lies_in(const struct ot_volume *volume, const double point_mm[3])
{
    double at[3];
    double sum = 0.0;
    ot_grid_to_index(&GRID, point_mm, at);
    const ptrdiff_t low[3] = {(ptrdiff_t)floor(at[0]), (ptrdiff_t)floor(at[1]),
                              (ptrdiff_t)floor(at[2])};
    for (ptrdiff_t c = 0; c < 8; c++) {
        const ptrdiff_t p[3] = {low[0] + c % 2, low[1] + c / 2 % 2, low[2] + c / 4};
        sum += value_at(volume, p[0], p[1], p[2]) * (1.0 - fabs(at[0] - (double)p[0])) *
               (1.0 - fabs(at[1] - (double)p[1])) * (1.0 - fabs(at[2] - (double)p[2]));
    }
    return sum >= 0.5;
}

static double margin_of_all_mm(const struct ot_surface *surface, const struct ot_surface *edge,
                               bool inside)
{
    static struct cloud wrong;
    double least_mm = 0.0;
    double greatest_mm = 0.0;
    const struct ot_point_blocks *points = &surface->points;
    const struct ot_point_blocks *others = &edge->points;
    wrong.count = 0;
    for (size_t n = 0; n < points->count; n++) {
        if (lies_in(edge->region, &points->point_mm[3 * n]) != inside) {
            assert_true(wrong.count < MOST);
            memcpy(&wrong.point_mm[3 * wrong.count++], &points->point_mm[3 * n],
                   3 * sizeof(double));
        }
    }
    if (wrong.count == 0) {
        all_with_all(points->point_mm, points->count, others->point_mm, others->count, &least_mm,
                     &greatest_mm);
        return least_mm;
    }
    all_with_all(wrong.point_mm, wrong.count, others->point_mm, others->count, &least_mm,
                 &greatest_mm);
    return -greatest_mm;
}

/* Deep inside, across the edge, outside, at the image's faces and beyond; thin, and one voxel. */
static void margins_of_boxes_are_those_of_all_points(void **state)
{
    (void)state;
    static const size_t edge_box[][2][3] = {
        {{2, 3, 4}, {30, 30, 27}},  /* inside the image */
        {{0, 0, 0}, {40, 20, 30}},  /* it ends where the image ends */
        {{5, 12, 3}, {35, 13, 28}}, /* a plate of one voxel */
        {{20, 20, 20}, {21, 21, 21}},
    };
    static const size_t box[][2][3] = {
        {{14, 14, 12}, {18, 18, 16}}, {{25, 4, 5}, {38, 9, 11}},    {{33, 31, 2}, {38, 34, 28}},
        {{0, 8, 9}, {6, 12, 15}},     {{6, 5, 8}, {29, 27, 9}},     {{20, 20, 20}, {21, 21, 21}},
        {{0, 0, 0}, {40, 34, 30}},    {{39, 33, 29}, {40, 34, 30}},
    };
    size_t positive = 0;
    size_t negative = 0;
    for (size_t e = 0; e < 4; e++) {
        struct ot_volume *region = box_of(edge_box[e][0], edge_box[e][1]);
        struct ot_surface edge;
        struct ot_err err = {0};
        assert_ok(ot_surface_make(region, 2, &edge, &err), err);
        for (size_t b = 0; b < 8; b++) {
            struct ot_volume *tumor = box_of(box[b][0], box[b][1]);
            struct ot_surface surface;
            assert_ok(ot_surface_make(tumor, 1, &surface, &err), err);
            for (int inside = 0; inside < 2; inside++) {
                double got_mm = 0.0;
                assert_ok(ot_surface_margin_mm(&surface, &edge, inside == 1, &got_mm, &err), err);
                assert_near(got_mm, margin_of_all_mm(&surface, &edge, inside == 1), 0.0);
                positive += got_mm > 0.0;
                negative += got_mm < 0.0;
            }
            ot_surface_release(&surface);
            ot_volume_destroy(tumor);
        }
        ot_surface_release(&edge);
        ot_volume_destroy(region);
    }
    assert_true(positive >= 10 && negative >= 20);
}

static void surfaces_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const size_t low[3] = {3, 4, 0};
    static const size_t high[3] = {31, 25, 30};
    struct ot_volume *region = box_of(low, high);
    struct ot_surface one;
    struct ot_surface four;
    struct ot_err err = {0};
    assert_ok(ot_surface_make(region, 1, &one, &err), err);
    assert_ok(ot_surface_make(region, 4, &four, &err), err);
    assert_int_equal(one.points.count, four.points.count);
    assert_memory_equal(one.points.point_mm, four.points.point_mm,
                        3 * one.points.count * sizeof(double));
    assert_memory_equal(one.points.number, four.points.number, one.points.count * sizeof(size_t));
    assert_near(ot_surface_diameter_mm(&one, 1), ot_surface_diameter_mm(&one, 4), 0.0);
    ot_surface_release(&one);
    ot_surface_release(&four);
    ot_volume_destroy(region);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
#ifdef OT_TEST_HOOKS
    static struct cloud cloud;
    static const double box[3] = {30, 20, 25};
    give(&cloud, box, box, 100, 1);
    for (size_t nth = 1;; nth++) {
        struct ot_point_blocks blocks;
        struct ot_err err = {0};
        double mm = 0.0;
        ot_mem_fail_at(nth);
        enum ot_rc rc = ot_point_blocks_make(cloud.point_mm, cloud.count, 8.0, &blocks, &err);
        if (rc == OT_OK) {
            rc = ot_point_blocks_greatest_mm(&blocks, &blocks, &mm, &err);
        }
        ot_mem_fail_at(0);
        ot_point_blocks_release(&blocks);
        if (rc == OT_OK) {
            assert_int_equal(nth, 6);
            break;
        }
        assert_int_equal(rc, OT_ERR_NOMEM);
    }
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_those_of_all_with_all),
        cmocka_unit_test(the_farthest_point_is_that_of_all),
        cmocka_unit_test(of_points_that_reach_as_far_the_first_given_is_taken),
        cmocka_unit_test(margins_of_boxes_are_those_of_all_points),
        cmocka_unit_test(surfaces_do_not_depend_on_threads),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
