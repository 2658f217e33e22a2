/* tests/test_body.c - the body of a cylinder with lungs in it. */
#include "segment/body.h"

#include "core/stats.h"
#include "tests/support/ot_test.h"

static void lungs_are_body_and_the_air_around_is_not(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(20, 16, 6, 3, 4, 5);
    struct ot_volume *hu = ot_test_volume(&grid, OT_UNIT_HU);
    double want = 0.0;
    for (size_t k = 0; k < 6; k++) {
        for (size_t j = 0; j < 16; j++) {
            for (size_t i = 0; i < 20; i++) {
                const bool body = i >= 3 && i < 17 && j >= 2 && j < 14;
                const bool lung = i >= 6 && i < 10 && j >= 5 && j < 11; /* open at both ends of k */
                hu->data[i + 20 * (j + 16 * k)] = lung ? -800.0F : body ? 30.0F : -1000.0F;
                want += body;
            }
        }
    }
    struct ot_volume *body = NULL;
    struct ot_err err = {0};
    assert_ok(ot_body_from_hu(hu, &body, &err), err);
    assert_near(ot_sum(body->data, ot_grid_voxel_count(&grid)), want, 0.0);
    assert_near(body->data[7 + 20 * (7 + 16 * 0)], 1.0, 0.0);
    assert_near(body->data[0], 0.0, 0.0);
    ot_volume_destroy(body);

    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        hu->data[x] = -1000.0F;
    }
    assert_refused(ot_body_from_hu(hu, &body, &err), err, OT_ERR_RANGE, "no body");
    assert_null(body);
    ot_volume_destroy(hu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lungs_are_body_and_the_air_around_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
