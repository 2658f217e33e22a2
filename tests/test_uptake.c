/* tests/test_uptake.c - regions of uptake outside the liver: place, volume, share. */
#include "segment/uptake.h"

#include "core/mem.h"
#include "tests/support/ot_test.h"

static void fill(struct ot_volume *volume, const size_t lo[3], const size_t hi[3], float value)
{
    for (size_t k = lo[2]; k < hi[2]; k++) {
        for (size_t j = lo[1]; j < hi[1]; j++) {
            for (size_t i = lo[0]; i < hi[0]; i++) {
                volume->data[i + volume->grid.n[0] * (j + volume->grid.n[1] * k)] = value;
            }
        }
    }
}

static void regions_have_their_place_volume_and_share(void **state)
{
    (void)state;
    struct ot_grid grid = ot_test_grid(14, 12, 10, 4, 5, 3); /* 0.06 ml */
    grid.origin_mm[0] = -20;
    struct ot_volume *values = ot_test_volume(&grid, OT_UNIT_BQ_PER_ML);
    struct ot_volume *allowed = ot_test_volume(&grid, OT_UNIT_NONE);
    fill(allowed, (const size_t[]){0, 0, 0}, (const size_t[]){14, 12, 10}, 1);
    fill(allowed, (const size_t[]){10, 0, 0}, (const size_t[]){14, 12, 10}, 0);
    fill(values, (const size_t[]){1, 1, 1}, (const size_t[]){4, 4, 3}, 10); /* 18 voxels */
    fill(values, (const size_t[]){4, 4, 3}, (const size_t[]){5, 5, 4},
         40); /* touches by a corner */
    fill(values, (const size_t[]){6, 8, 5}, (const size_t[]){8, 9, 6}, 50);   /* 2 voxels */
    fill(values, (const size_t[]){7, 1, 8}, (const size_t[]){8, 2, 9}, 90);   /* 1 voxel: small */
    fill(values, (const size_t[]){10, 6, 2}, (const size_t[]){13, 9, 5}, 99); /* not allowed */
    fill(values, (const size_t[]){2, 9, 8}, (const size_t[]){9, 12, 10}, 5);  /* below */
    const double total = 18 * 10 + 40 + 2 * 50 + 90 + 27 * 99 + 42 * 5;
    struct ot_uptake *regions = NULL;
    size_t count = 0;
    struct ot_err err = {0};
    const enum ot_rc rc = ot_uptake_find(values, allowed, 5.0, 0.1, &regions, &count, &err);
    if (rc == OT_ERR_UNSUPPORTED) {
        ot_volume_destroy(values);
        ot_volume_destroy(allowed);
        skip();
    }
    assert_ok(rc, err);
    assert_int_equal(count, 2);
    assert_near(regions[0].volume_ml, 19 * 0.06, 1e-9);
    assert_near(regions[0].share, 220 / total, 1e-9);
    assert_near(regions[0].mean, 220.0 / 19, 1e-9);
    assert_near(regions[0].max, 40, 0);
    assert_near(regions[0].center_mm[0], -20 + 4 * (180 * 2.0 + 40 * 4) / 220, 1e-9);
    assert_near(regions[0].center_mm[1], 5 * (180 * 2.0 + 40 * 4) / 220, 1e-9);
    assert_near(regions[0].center_mm[2], 3 * (180 * 1.5 + 40 * 3) / 220, 1e-9);
    assert_near(regions[1].volume_ml, 0.12, 1e-9);
    assert_near(regions[1].share, 100 / total, 1e-9);
    ot_free(regions);
    assert_ok(ot_uptake_find(values, allowed, 1000.0, 0.1, &regions, &count, &err), err);
    assert_int_equal(count, 0);
    assert_null(regions);
    ot_volume_destroy(values);
    ot_volume_destroy(allowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_have_their_place_volume_and_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
