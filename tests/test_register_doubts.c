/* tests/test_register_doubts.c - equal bits for any number of threads, and images that do not
 * belong together: each registration of them must be doubted. labels: slow
 * timeout: 900 */
#include "segment/register.h"

#include "kernels/random.h"
#include "tests/support/moved_ct.h"
#include "tests/support/ot_test.h"

static const double RAD = 0.017453292519943295769;
enum { THREADS = 2 };

/* An eighth of the voxels, for what needs no precision. */
static struct ot_grid coarse_grid(const struct ot_phantom *phantom)
{
    struct ot_grid grid = phantom->ct;
    for (size_t c = 0; c < 3; c++) {
        grid.n[c] /= 2;
        grid.spacing_mm[c] *= 2.0;
    }
    return grid;
}

static void the_bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    const struct ot_phantom phantom = ot_test_small_phantom();
    const struct ot_grid grid = coarse_grid(&phantom);
    const double angles_rad[3] = {3.0 * RAD, -5.0 * RAD, 4.0 * RAD};
    const double shift_mm[3] = {12.0, -7.0, 9.0};
    const struct ot_rigid still = ot_rigid_identity();
    const struct ot_rigid truth = ot_rigid_euler(angles_rad, shift_mm, shift_mm);
    struct ot_volume *fixed = ot_test_moved_ct(&phantom, &grid, &still, 1);
    struct ot_volume *moving = ot_test_moved_ct(&phantom, &grid, &truth, 2);
    struct ot_register_result found[3];
    struct ot_err err = {0};
    static const int threads[3] = {1, 3, 3};
    for (size_t n = 0; n < 3; n++) {
        const struct ot_register_request request = {
            .fixed = fixed, .moving = moving, .threads = threads[n]};
        assert_ok(ot_register_search(&request, &found[n], &err), err);
    }
    assert_memory_equal(&found[0], &found[1], sizeof found[0]);
    assert_memory_equal(&found[0], &found[2], sizeof found[0]);
    ot_volume_destroy(moving);
    ot_volume_destroy(fixed);
}

/* Tables of two scanners have their zeros where they like: the images need not overlap as they lie.
 */
static void images_far_apart_are_found(void **state)
{
    (void)state;
    const struct ot_phantom phantom = ot_test_small_phantom();
    const struct ot_grid grid = coarse_grid(&phantom);
    const struct ot_rigid still = ot_rigid_identity();
    struct ot_volume *fixed = ot_test_moved_ct(&phantom, &grid, &still, 1);
    struct ot_volume *moving = ot_test_moved_ct(&phantom, &grid, &still, 2);
    const struct ot_rigid truth = {.rotation = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
                                   .translation_mm = {900.0, -40.0, -1500.0}};
    const struct ot_register_request request = {
        .fixed = fixed, .moving = moving, .threads = THREADS};
    const struct ot_rigid away = ot_rigid_invert(&truth);
    struct ot_register_result found;
    struct ot_texts doubts = {0};
    struct ot_err err = {0};
    ot_rigid_move_grid(&away, &moving->grid);
    assert_ok(ot_register_search(&request, &found, &err), err);
    assert_near(ot_rigid_distance_mm(&found.moving_to_fixed, &truth, &grid), 0.0, 1.6);
    assert_ok(ot_register_doubts(&found, &ot_register_limits, &doubts, &err), err);
    assert_int_equal(doubts.count, 0);
    ot_texts_release(&doubts);
    ot_volume_destroy(moving);
    ot_volume_destroy(fixed);
}

static void must_be_doubted(const struct ot_volume *fixed, const struct ot_volume *moving)
{
    const struct ot_register_request request = {
        .fixed = fixed, .moving = moving, .threads = THREADS};
    struct ot_register_result found;
    struct ot_texts doubts = {0};
    struct ot_err err = {0};
    assert_ok(ot_register_search(&request, &found, &err), err);
    assert_ok(ot_register_doubts(&found, &ot_register_limits, &doubts, &err), err);
    assert_true(doubts.count > 0);
    ot_texts_release(&doubts);
}

/* Two thighs below a pelvis, in HU. */
static double pelvis_hu(const double at_mm[3])
{
    const double thigh_mm = hypot(fabs(at_mm[0]) - 85.0, at_mm[1]);
    if (at_mm[2] < 0.0) {
        return thigh_mm < 15.0 ? 700.0 : thigh_mm < 75.0 ? 20.0 : -1000.0;
    }
    const double ring_mm = fabs(hypot(at_mm[0], at_mm[1]) - 100.0);
    const double joint_mm = hypot(hypot(fabs(at_mm[0]) - 90.0, at_mm[2] - 20.0), at_mm[1]);
    const bool inside = hypot(at_mm[0] / 170.0, at_mm[1] / 110.0) < 1.0;
    if (joint_mm < 30.0 || (ring_mm < 8.0 && at_mm[2] > 30.0)) {
        return 450.0;
    }
    return inside ? 20.0 : -1000.0;
}

static double head_hu(const double at_mm[3])
{
    const double r = hypot(hypot(at_mm[0] / 75.0, at_mm[1] / 95.0), at_mm[2] / 100.0);
    return r < 0.88 ? 35.0 : r < 0.97 ? 800.0 : r < 1.03 ? 0.0 : -1000.0;
}

static double nothing_hu(const double at_mm[3])
{
    (void)at_mm;
    return 0.0;
}

static void other_parts_of_the_body_and_noise_are_doubted(void **state)
{
    (void)state;
    static double (*const others[])(const double[3]) = {pelvis_hu, head_hu, nothing_hu};
    const struct ot_phantom phantom = ot_test_small_phantom();
    const struct ot_grid grid = coarse_grid(&phantom);
    const struct ot_rigid still = ot_rigid_identity();
    struct ot_volume *fixed = ot_test_moved_ct(&phantom, &grid, &still, 1);
    struct ot_volume *moving = ot_test_volume(&grid, OT_UNIT_HU);
    for (size_t n = 0; n < sizeof others / sizeof others[0]; n++) {
        struct ot_random random;
        ot_random_seed(&random, 55U, n);
        for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
            const double index[3] = {(double)(x % grid.n[0]), (double)(x / grid.n[0] % grid.n[1]),
                                     (double)(x / grid.n[0] / grid.n[1])};
            double at_mm[3];
            ot_grid_to_point(&grid, index, at_mm);
            moving->data[x] = (float)(others[n](at_mm) + 40.0 * (ot_random_uniform(&random) - 0.5));
        }
        must_be_doubted(fixed, moving);
    }
    ot_volume_destroy(moving);
    ot_volume_destroy(fixed);
}

/* Stored feet first and read head first: a mirror image of the body, which no motion makes. */
static void a_body_upside_down_is_doubted(void **state)
{
    (void)state;
    const struct ot_phantom phantom = ot_test_small_phantom();
    const struct ot_grid grid = coarse_grid(&phantom);
    const struct ot_rigid still = ot_rigid_identity();
    struct ot_volume *fixed = ot_test_moved_ct(&phantom, &grid, &still, 1);
    struct ot_volume *moving = ot_test_moved_ct(&phantom, &grid, &still, 2);
    struct ot_volume *flipped = ot_test_volume(&grid, OT_UNIT_HU);
    const size_t plane = grid.n[0] * grid.n[1];
    for (size_t k = 0; k < grid.n[2]; k++) {
        memcpy(flipped->data + plane * k, moving->data + plane * (grid.n[2] - 1 - k),
               plane * sizeof moving->data[0]);
    }
    must_be_doubted(fixed, flipped);
    ot_volume_destroy(flipped);
    ot_volume_destroy(moving);
    ot_volume_destroy(fixed);
}

/* A ball looks the same however it is turned: no start can agree with another. */
static void a_ball_has_no_pose(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(60, 56, 40, 3, 3.2, 5);
    struct ot_volume *ball = ot_test_volume(&grid, OT_UNIT_HU);
    const double center[3] = {29.5, 27.5, 19.5};
    double center_mm[3];
    ot_grid_to_point(&grid, center, center_mm);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        const double index[3] = {(double)(x % grid.n[0]), (double)(x / grid.n[0] % grid.n[1]),
                                 (double)(x / grid.n[0] / grid.n[1])};
        double at_mm[3];
        ot_grid_to_point(&grid, index, at_mm);
        const double r_mm =
            hypot(hypot(at_mm[0] - center_mm[0], at_mm[1] - center_mm[1]), at_mm[2] - center_mm[2]);
        ball->data[x] = r_mm < 60.0 ? 40.0F : -1000.0F;
    }
    must_be_doubted(ball, ball);
    ot_volume_destroy(ball);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bits_do_not_depend_on_threads),
        cmocka_unit_test(images_far_apart_are_found),
        cmocka_unit_test(other_parts_of_the_body_and_noise_are_doubted),
        cmocka_unit_test(a_body_upside_down_is_doubted),
        cmocka_unit_test(a_ball_has_no_pose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
