/* tests/test_transform.c - rigid motions: by hand, against themselves, and what is none. */
#include "core/transform.h"

#include "tests/support/ot_test.h"

static const double RAD = 0.017453292519943295769;

static struct ot_rigid some_motion(void)
{
    const double angles_rad[3] = {7.0 * RAD, -12.0 * RAD, 31.0 * RAD};
    const double center_mm[3] = {15.0, -40.0, 220.0};
    const double shift_mm[3] = {-6.5, 11.0, 22.25};
    return ot_rigid_euler(angles_rad, center_mm, shift_mm);
}

static void turns_go_about_y_then_x_then_z_through_the_center(void **state)
{
    (void)state;
    /* By hand: a quarter about z takes x to y; about x, y to z; about y, z to x. */
    static const double quarters[3][3] = {{90, 0, 0}, {0, 90, 0}, {0, 0, 90}};
    static const double from[3][3] = {{0, 1, 0}, {0, 0, 1}, {1, 0, 0}};
    static const double to[3][3] = {{0, 0, 1}, {1, 0, 0}, {0, 1, 0}};
    const double center_mm[3] = {10.0, 20.0, 30.0};
    const double shift_mm[3] = {1.0, -2.0, 3.0};
    for (size_t n = 0; n < 3; n++) {
        double angles_rad[3];
        double point_mm[3];
        double moved_mm[3];
        for (size_t c = 0; c < 3; c++) {
            angles_rad[c] = quarters[n][c] * RAD;
            point_mm[c] = center_mm[c] + from[n][c];
        }
        const struct ot_rigid motion = ot_rigid_euler(angles_rad, center_mm, shift_mm);
        ot_rigid_apply(&motion, point_mm, moved_mm);
        for (size_t c = 0; c < 3; c++) {
            assert_near(moved_mm[c], center_mm[c] + shift_mm[c] + to[n][c], 1e-12);
        }
    }
    /* The order: about y first. x goes to -z, which a quarter about x takes to y. */
    const double both_rad[3] = {90.0 * RAD, 90.0 * RAD, 0.0};
    const double zero[3] = {0.0, 0.0, 0.0};
    const double x_axis[3] = {1.0, 0.0, 0.0};
    double moved[3];
    const struct ot_rigid both = ot_rigid_euler(both_rad, zero, zero);
    ot_rigid_apply(&both, x_axis, moved);
    assert_near(moved[1], 1.0, 1e-12);
}

static void angles_come_back(void **state)
{
    (void)state;
    double angles_deg[3];
    const struct ot_rigid motion = some_motion();
    ot_rigid_angles_deg(&motion, angles_deg);
    assert_near(angles_deg[0], 7.0, 1e-10);
    assert_near(angles_deg[1], -12.0, 1e-10);
    assert_near(angles_deg[2], 31.0, 1e-10);
    const double tiny_rad[3] = {0.0, 0.0, 1e-9};
    const double zero[3] = {0.0, 0.0, 0.0};
    const struct ot_rigid tiny = ot_rigid_euler(tiny_rad, zero, zero);
    assert_ratio(ot_rigid_angle_deg(&tiny), 1e-9 / RAD, 1e-6);
    const double half_rad[3] = {180.0 * RAD, 0.0, 0.0};
    const struct ot_rigid half = ot_rigid_euler(half_rad, zero, zero);
    assert_near(ot_rigid_angle_deg(&half), 180.0, 1e-6);
}

static void there_and_back_is_nothing(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(30, 20, 40, 3, 4, 5);
    const struct ot_rigid motion = some_motion();
    const struct ot_rigid back = ot_rigid_invert(&motion);
    const struct ot_rigid still = ot_rigid_identity();
    const struct ot_rigid round = ot_rigid_compose(&motion, &back);
    assert_near(ot_rigid_distance_mm(&round, &still, &grid), 0.0, 1e-11);
    assert_near(ot_rigid_angle_deg(&round), 0.0, 1e-11);
    /* first, then second: not the other way round */
    const double zero[3] = {0.0, 0.0, 0.0};
    const double turn_rad[3] = {0.0, 0.0, 90.0 * RAD};
    const double step_mm[3] = {10.0, 0.0, 0.0};
    const struct ot_rigid turn = ot_rigid_euler(turn_rad, zero, zero);
    const struct ot_rigid step = ot_rigid_euler(zero, zero, step_mm);
    const struct ot_rigid both = ot_rigid_compose(&step, &turn);
    double moved_mm[3];
    ot_rigid_apply(&both, zero, moved_mm);
    assert_near(moved_mm[0], 0.0, 1e-12);
    assert_near(moved_mm[1], 10.0, 1e-12);
}

static void a_moved_grid_holds_its_voxels_at_moved_places(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(9, 7, 5, 2, 3, 4);
    const struct ot_rigid motion = some_motion();
    struct ot_grid moved = grid;
    struct ot_err err = {0};
    const double index[3] = {6.0, 2.5, 4.0};
    double at_mm[3];
    double want_mm[3];
    ot_rigid_move_grid(&motion, &moved);
    assert_ok(ot_grid_validate(&moved, &err), err);
    ot_grid_to_point(&grid, index, want_mm);
    ot_rigid_apply(&motion, want_mm, want_mm);
    ot_grid_to_point(&moved, index, at_mm);
    for (size_t c = 0; c < 3; c++) {
        assert_near(at_mm[c], want_mm[c], 1e-10);
    }
    double points_mm[9] = {0, 0, 0, 10, 0, 0, 0, 10, 0};
    struct ot_contour contour = {points_mm, 3};
    struct ot_region region = {.contours = {&contour, 1}};
    double corner_mm[3] = {10.0, 0.0, 0.0};
    ot_rigid_move_region(&motion, &region);
    ot_rigid_apply(&motion, corner_mm, corner_mm);
    assert_near(points_mm[3], corner_mm[0], 1e-12);
    assert_near(points_mm[5], corner_mm[2], 1e-12);
}

/* Threat model, row G15. */
static void g15_what_is_not_rigid_is_refused(void **state)
{
    (void)state;
    static const struct {
        double m[9];
        enum ot_rc code;
        const char *text;
    } rows[] = {
        {{1.001, 0, 0, 0, 1, 0, 0, 0, 1}, OT_ERR_GEOMETRY, "scales"},
        {{1, 0, 0, 0, 1.0000011, 0, 0, 0, 1}, OT_ERR_GEOMETRY, "row 2"},
        {{1, 0, 0, 1e-5, 1, 0, 0, 0, 1}, OT_ERR_GEOMETRY, "shears"},
        {{1, 0, 0, 0, 1, 0, 0, 0, -1}, OT_ERR_GEOMETRY, "mirrors"},
        {{1, 0, 0, 0, 1, 0, 0, 0, 0}, OT_ERR_GEOMETRY, "singular"},
        {{0, 0, 0, 0, 0, 0, 0, 0, 0}, OT_ERR_GEOMETRY, "singular"},
        {{1, 0, 0, 0, NAN, 0, 0, 0, 1}, OT_ERR_RANGE, "not finite"},
    };
    const double shift_mm[3] = {1, 2, 3};
    struct ot_rigid motion;
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        struct ot_err err = {0};
        assert_refused(ot_rigid_from_matrix(rows[n].m, shift_mm, &motion, &err), err, rows[n].code,
                       rows[n].text);
    }
    const double far_mm[3] = {1, INFINITY, 3};
    const double turned[9] = {0, -1, 0, 1, 0, 0, 0, 0, 1.0000005};
    struct ot_err err = {0};
    assert_refused(ot_rigid_from_matrix(turned, far_mm, &motion, &err), err, OT_ERR_RANGE,
                   "not finite");
    err = (struct ot_err){0};
    assert_ok(ot_rigid_from_matrix(turned, shift_mm, &motion, &err), err);
    assert_near(motion.rotation[2][2], 1.0, 0.0); /* what a file's digits left off is mended */
    assert_near(motion.rotation[1][0], 1.0, 0.0);
    assert_near(motion.translation_mm[2], 3.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_go_about_y_then_x_then_z_through_the_center),
        cmocka_unit_test(angles_come_back),
        cmocka_unit_test(there_and_back_is_nothing),
        cmocka_unit_test(a_moved_grid_holds_its_voxels_at_moved_places),
        cmocka_unit_test(g15_what_is_not_rigid_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
