/* tests/test_register.c - known motions of the synthetic patient's CT. The moved patient is
 * rendered anew from its smooth shapes on a turned grid: no interpolation of ours makes the truth.
 * labels: slow numeric
 * timeout: 900 */
#include "segment/register.h"

#include "kernels/random.h"
#include "tests/support/moved_ct.h"
#include "tests/support/ot_test.h"

static const double RAD = 0.017453292519943295769;
enum { TRIALS = 20, QUICK_TRIALS = 5, THREADS = 2 };

static double half_voxel_mm(const struct ot_grid *grid)
{
    return 0.5 * fmin(grid->spacing_mm[0], fmin(grid->spacing_mm[1], grid->spacing_mm[2]));
}

static void known_motions_are_recovered_to_half_a_voxel_and_half_a_degree(void **state)
{
    (void)state;
    const struct ot_phantom phantom = ot_test_small_phantom();
    const struct ot_rigid still = ot_rigid_identity();
    struct ot_volume *fixed = ot_test_moved_ct(&phantom, &phantom.ct, &still, 4711);
    const int trials = ot_test_full() ? TRIALS : QUICK_TRIALS;
    for (int trial = 0; trial < trials; trial++) {
        struct ot_random random;
        struct ot_register_result found;
        struct ot_texts doubts = {0};
        struct ot_err err = {0};
        double angles_rad[3];
        double shift_mm[3];
        const double center_mm[3] = {0.0, 0.0, 0.0};
        ot_random_seed(&random, 100U, (uint64_t)trial);
        for (size_t c = 0; c < 3; c++) {
            angles_rad[c] = 15.0 * RAD * (2.0 * ot_random_uniform(&random) - 1.0);
            shift_mm[c] = 30.0 * (2.0 * ot_random_uniform(&random) - 1.0);
        }
        const struct ot_rigid truth = ot_rigid_euler(angles_rad, center_mm, shift_mm);
        struct ot_volume *moving = ot_test_moved_ct(&phantom, &phantom.ct, &truth, (uint64_t)trial);
        const struct ot_register_request request = {
            .fixed = fixed, .moving = moving, .threads = THREADS};
        assert_ok(ot_register_search(&request, &found, &err), err);
        const struct ot_rigid back = ot_rigid_invert(&truth);
        const struct ot_rigid left = ot_rigid_compose(&back, &found.moving_to_fixed);
        /* at the corners of the image, where a turn shows most */
        const double off_mm = ot_rigid_distance_mm(&found.moving_to_fixed, &truth, &phantom.ct);
        const double off_deg = ot_rigid_angle_deg(&left);
        print_message("trial %d: %.2f mm, %.3f degrees off\n", trial, off_mm, off_deg);
        assert_near(off_mm, 0.0, half_voxel_mm(&phantom.ct));
        assert_near(off_deg, 0.0, 0.5);
        assert_ok(ot_register_doubts(&found, &ot_register_limits, &doubts, &err), err);
        assert_int_equal(doubts.count, 0);
        ot_texts_release(&doubts);
        ot_volume_destroy(moving);
    }
    ot_volume_destroy(fixed);
}

/* As a magnet sees the same tissues: another order of gray, air and bone alike. */
static void make_mr_like(struct ot_volume *image)
{
    for (size_t x = 0; x < ot_grid_voxel_count(&image->grid); x++) {
        const double hu = (double)image->data[x];
        const double gray = hu < -850.0   ? 5.0
                            : hu < -400.0 ? 30.0
                            : hu < 50.0   ? 300.0
                            : hu < 68.0   ? 420.0
                            : hu < 150.0  ? 250.0
                                          : 10.0;
        image->data[x] = (float)(gray + 0.1 * fabs(hu));
    }
    image->unit = OT_UNIT_NONE;
}

static void another_contrast_is_registered_as_well(void **state)
{
    (void)state;
    const struct ot_phantom phantom = ot_test_small_phantom();
    const double angles_rad[3] = {-6.0 * RAD, 9.0 * RAD, 11.0 * RAD};
    const double center_mm[3] = {0.0, 0.0, 0.0};
    const double shift_mm[3] = {-17.0, 22.0, -13.0};
    const struct ot_rigid still = ot_rigid_identity();
    const struct ot_rigid truth = ot_rigid_euler(angles_rad, center_mm, shift_mm);
    struct ot_volume *fixed = ot_test_moved_ct(&phantom, &phantom.ct, &still, 4711);
    struct ot_volume *moving = ot_test_moved_ct(&phantom, &phantom.ct, &truth, 12);
    make_mr_like(moving);
    const struct ot_register_request request = {
        .fixed = fixed, .moving = moving, .threads = THREADS};
    struct ot_register_result found;
    struct ot_texts doubts = {0};
    struct ot_err err = {0};
    assert_ok(ot_register_search(&request, &found, &err), err);
    assert_near(ot_rigid_distance_mm(&found.moving_to_fixed, &truth, &phantom.ct), 0.0,
                half_voxel_mm(&phantom.ct));
    assert_ok(ot_register_doubts(&found, &ot_register_limits, &doubts, &err), err);
    assert_int_equal(doubts.count, 0);
    ot_texts_release(&doubts);
    ot_volume_destroy(moving);
    ot_volume_destroy(fixed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_motions_are_recovered_to_half_a_voxel_and_half_a_degree),
        cmocka_unit_test(another_contrast_is_registered_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
