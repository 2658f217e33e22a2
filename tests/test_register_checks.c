/* tests/test_register_checks.c - what a registration refuses, and the doubts it tells. */
#include "segment/register.h"

#include "tests/support/ot_test.h"

static void uniform_and_thin_images_and_a_mask_elsewhere_are_refused(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(30, 28, 20, 6, 7, 8);
    const struct ot_grid thin = ot_test_grid(30, 28, 2, 6, 7, 8);
    struct ot_grid away = grid;
    away.origin_mm[0] += 1000.0;
    struct ot_volume *flat = ot_test_volume(&grid, OT_UNIT_HU);
    struct ot_volume *image = ot_test_volume(&grid, OT_UNIT_HU);
    struct ot_volume *slice = ot_test_volume(&thin, OT_UNIT_HU);
    struct ot_volume *mask = ot_test_volume(&away, OT_UNIT_NONE);
    struct ot_register_result found;
    struct ot_err err = {0};
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        image->data[x] = (float)(x % 7);
        mask->data[x] = 1.0F;
    }
    slice->data[0] = 10.0F;
    struct ot_register_request request = {.fixed = image, .moving = flat, .threads = 1};
    assert_refused(ot_register_search(&request, &found, &err), err, OT_ERR_RANGE,
                   "moving image is uniform");
    err = (struct ot_err){0};
    request.moving = slice;
    assert_refused(ot_register_search(&request, &found, &err), err, OT_ERR_GEOMETRY, "too thin");
    err = (struct ot_err){0};
    request.moving = image;
    request.mask = mask;
    assert_refused(ot_register_search(&request, &found, &err), err, OT_ERR_GEOMETRY,
                   "mask lies outside");
    err = (struct ot_err){0};
    ot_volume_destroy(flat);
    ot_volume_destroy(image);
    ot_volume_destroy(slice);
    ot_volume_destroy(mask);
}

static void each_measure_that_fails_is_told(void **state)
{
    (void)state;
    struct ot_register_result bad = {.relative_metric = 0.1,
                                     .overlap_fraction = 0.4,
                                     .points_inside = NAN,
                                     .starts = 9,
                                     .starts_agreeing = 1,
                                     .rival_metric = 0.99,
                                     .inverse_mm = 7.0,
                                     .inverse_deg = 0.2};
    static const char *const wanted[] = {"overlap by 40 %", "compared points", "share 10 %",
                                         "1 of 9 starts",   "99 % as good",    "exchanged"};
    struct ot_texts doubts = {0};
    struct ot_err err = {0};
    assert_ok(ot_register_doubts(&bad, &ot_register_limits, &doubts, &err), err);
    assert_int_equal(doubts.count, sizeof wanted / sizeof wanted[0]);
    for (size_t n = 0; n < doubts.count; n++) {
        assert_non_null(strstr(doubts.text[n], wanted[n]));
    }
    ot_texts_release(&doubts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_and_thin_images_and_a_mask_elsewhere_are_refused),
        cmocka_unit_test(each_measure_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
