/* tests/test_margin.c - margins of regions whose faces lie on those of voxels. */
#include "segment/margin.h"

#include "core/stats.h"
#include "tests/support/ot_test.h"

enum { N = 40 };

/* Half of an image of 120 mm, or all of it, with a fraction that rounding left below 1. */
static struct ot_volume *filled(size_t columns)
{
    const struct ot_grid grid = ot_test_grid(N, N, N, 3.0, 3.0, 3.0);
    struct ot_volume *region = ot_test_volume(&grid, OT_UNIT_NONE);
    for (size_t x = 0; x < (size_t)N * N * N; x++) {
        region->data[x] = x % N < columns ? 0.999F : 0.0F;
    }
    return region;
}

static double shrunk_ml(size_t columns, double margin_mm)
{
    struct ot_err err = {0};
    struct ot_volume *region = filled(columns);
    struct ot_volume *out = NULL;
    const double margins_mm[3] = {margin_mm, margin_mm, margin_mm};
    assert_ok(ot_region_shrink(region, margins_mm, 2, &out, &err), err);
    const double ml = ot_sum(out->data, (size_t)N * N * N) * ot_grid_voxel_volume_ml(&out->grid);
    ot_volume_destroy(out);
    ot_volume_destroy(region);
    return ml;
}

static void a_flat_face_moves_by_the_margin(void **state)
{
    (void)state;
    /* The region goes on where it reaches the end of the image: one face moves. 0.1 mm of it. */
    assert_near(shrunk_ml(N / 2, 6.0), (60.0 - 6.0) * 120.0 * 120.0 / 1000.0, 1.44);
    assert_near(shrunk_ml(N / 2, 3.0), (60.0 - 3.0) * 120.0 * 120.0 / 1000.0, 1.44);
}

static void an_image_that_is_all_region_has_no_face(void **state)
{
    (void)state;
    assert_near(shrunk_ml(N, 6.0), 1728.0, 2.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flat_face_moves_by_the_margin),
        cmocka_unit_test(an_image_that_is_all_region_has_no_face),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
