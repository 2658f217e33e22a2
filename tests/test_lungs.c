/* tests/test_lungs.c - both lungs in a synthetic chest with trachea, bronchi and stomach gas.
 * labels: numeric */
#include "core/mem.h"
#include "core/stats.h"
#include "segment/lungs.h"
#include "tests/support/ot_test.h"

static const double PI = 3.14159265358979323846;

/* The patient lies the other way round: i to the right, j to the front, k to the head. */
static const struct ot_grid GRID = {.n = {88, 66, 56},
                                    .spacing_mm = {4.0, 4.2, 5.0},
                                    .origin_mm = {174, 136, -140},
                                    .dir = {{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}}};

struct chest {
    bool airways;   /* trachea and main bronchi open into the lungs */
    bool touching;  /* the lungs meet in front */
    bool left_gone; /* one lung only */
    bool stomach;   /* gas below the left lung */
};

static bool in_ellipsoid(const double p[3], const double c[3], const double r[3])
{
    double sum = 0.0;
    for (size_t n = 0; n < 3; n++) {
        sum += (p[n] - c[n]) * (p[n] - c[n]) / (r[n] * r[n]);
    }
    return sum <= 1.0;
}

static const double RIGHT[3] = {-75, 0, 10};
static const double LEFT[3] = {72, 0, 15};
static const double RIGHT_MM[3] = {52, 70, 105};
static const double LEFT_MM[3] = {45, 66, 98};

static bool in_airways(const double p[3])
{
    if (p[2] > 60.0) {
        return p[0] * p[0] + p[1] * p[1] <= 81.0; /* trachea of 18 mm */
    }
    const double z = 60.0 - 0.5 * fabs(p[0]); /* bronchi of 12 mm, down to both sides */
    return fabs(p[0]) <= 45.0 && p[1] * p[1] + (p[2] - z) * (p[2] - z) <= 36.0;
}

static float hu_at(const struct chest *chest, const double p[3])
{
    static const double stomach[3] = {70, 20, -115};
    static const double stomach_mm[3] = {35, 30, 14};
    if (p[0] * p[0] / (160.0 * 160.0) + p[1] * p[1] / (115.0 * 115.0) > 1.0) {
        return -1000.0F;
    }
    if (chest->airways && in_airways(p)) {
        return -1000.0F;
    }
    if (chest->stomach && in_ellipsoid(p, stomach, stomach_mm)) {
        return -1000.0F;
    }
    if (chest->touching && fabs(p[0]) < 42.0 && fabs(p[1] + 45.0) < 6.0 && fabs(p[2]) < 15.0) {
        return -830.0F;
    }
    const bool right = in_ellipsoid(p, RIGHT, RIGHT_MM);
    const bool left = !chest->left_gone && in_ellipsoid(p, LEFT, LEFT_MM);
    return right || left ? -830.0F : 40.0F;
}

/* Mean HU of each voxel, by 3 x 3 x 3 points, as a CT has it. */
static struct ot_volume *make_ct(const struct chest *chest)
{
    struct ot_volume *ct = ot_test_volume(&GRID, OT_UNIT_HU);
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        double sum = 0.0;
        for (size_t t = 0; t < 27; t++) {
            const double index[3] = {
                (double)(x % GRID.n[0]) + ((double)(t % 3) - 1.0) / 3.0,
                (double)(x / GRID.n[0] % GRID.n[1]) + ((double)(t / 3 % 3) - 1.0) / 3.0,
                (double)(x / (GRID.n[0] * GRID.n[1])) + ((double)(t / 9) - 1.0) / 3.0};
            double p[3];
            ot_grid_to_point(&GRID, index, p);
            sum += (double)hu_at(chest, p);
        }
        ct->data[x] = (float)(sum / 27.0);
    }
    return ct;
}

static double ml(const struct ot_volume *mask)
{
    return mask == NULL
               ? 0.0
               : ot_sum(mask->data, ot_grid_voxel_count(&GRID)) * ot_grid_voxel_volume_ml(&GRID);
}

static double ellipsoid_ml(const double r[3])
{
    return 4.0 / 3.0 * PI * r[0] * r[1] * r[2] / 1000.0;
}

static struct ot_lungs lungs_of(const struct chest *chest)
{
    struct ot_lungs lungs;
    struct ot_err err = {0};
    struct ot_volume *ct = make_ct(chest);
    assert_ok(ot_lungs_from_hu(ct, 2, &lungs, &err), err);
    ot_volume_destroy(ct);
    return lungs;
}

static void both_lungs_have_their_volumes_and_sides(void **state)
{
    (void)state;
    struct ot_lungs lungs = lungs_of(&(struct chest){.stomach = true});
    /* -400 HU is at 49 % of lung and 51 % of tissue: within 1.5 %. */
    assert_ratio(ml(lungs.left), ellipsoid_ml(LEFT_MM), 0.015);
    assert_ratio(ml(lungs.right), ellipsoid_ml(RIGHT_MM), 0.015);
    assert_near(lungs.airways_ml, 0.0, 0.0);
    assert_false(lungs.parted);
    /* Left is where x is positive (LPS), whatever way the grid runs. */
    double moment = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        const double index[3] = {(double)(x % 88), (double)(x / 88 % 66), (double)(x / 5808)};
        double p[3];
        ot_grid_to_point(&GRID, index, p);
        moment += (double)lungs.left->data[x] * p[0];
    }
    assert_ratio(moment * ot_grid_voxel_volume_ml(&GRID) / ml(lungs.left), LEFT[0], 0.02);
    ot_lungs_release(&lungs);
}

static void trachea_and_bronchi_are_left_out(void **state)
{
    (void)state;
    struct ot_lungs lungs = lungs_of(&(struct chest){.airways = true});
    /* Of 24 ml, the part that lies in the body; its walls are within 2 mm. */
    assert_true(lungs.airways_ml > 15.0 && lungs.airways_ml < 60.0);
    /* The bronchi take under 2 % of each lung, and their ends some of its rim. */
    assert_ratio(ml(lungs.left), ellipsoid_ml(LEFT_MM), 0.03);
    assert_ratio(ml(lungs.right), ellipsoid_ml(RIGHT_MM), 0.03);
    size_t in_trachea = 0;
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        const double index[3] = {(double)(x % 88), (double)(x / 88 % 66), (double)(x / 5808)};
        double p[3];
        ot_grid_to_point(&GRID, index, p);
        const bool deep = p[0] * p[0] + p[1] * p[1] < 49.0 && p[2] > 65.0;
        in_trachea += deep && lungs.left->data[x] + lungs.right->data[x] > 0.0F;
    }
    assert_int_equal(in_trachea, 0);
    ot_lungs_release(&lungs);
}

static void lungs_that_touch_are_parted(void **state)
{
    (void)state;
    struct ot_lungs lungs = lungs_of(&(struct chest){.touching = true});
    assert_true(lungs.parted);
    assert_ratio(ml(lungs.left), ellipsoid_ml(LEFT_MM), 0.03);
    assert_ratio(ml(lungs.right), ellipsoid_ml(RIGHT_MM), 0.03);
    ot_lungs_release(&lungs);
}

static void one_lung_is_one_lung(void **state)
{
    (void)state;
    struct ot_lungs lungs = lungs_of(&(struct chest){.left_gone = true, .stomach = true});
    assert_null(lungs.left);
    assert_ratio(ml(lungs.right), ellipsoid_ml(RIGHT_MM), 0.015);
    ot_lungs_release(&lungs);
}

static void a_ct_without_lungs_is_refused(void **state)
{
    (void)state;
    struct ot_lungs lungs;
    struct ot_err err = {0};
    struct ot_volume *ct = ot_test_volume(&GRID, OT_UNIT_HU);
    assert_refused(ot_lungs_from_hu(ct, 1, &lungs, &err), err, OT_ERR_RANGE, "shows no lung");
    ct->unit = OT_UNIT_NONE;
    struct ot_err unit = {0};
    assert_refused(ot_lungs_from_hu(ct, 1, &lungs, &unit), unit, OT_ERR_UNIT, "CT");
    ot_volume_destroy(ct);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
#ifdef OT_TEST_HOOKS
    struct ot_volume *ct = make_ct(&(struct chest){.airways = true, .touching = true});
    for (size_t nth = 1;; nth += ot_test_step(3)) {
        struct ot_lungs lungs;
        struct ot_err err = {0};
        ot_mem_fail_at(nth);
        const enum ot_rc rc = ot_lungs_from_hu(ct, 1, &lungs, &err);
        ot_mem_fail_at(0);
        if (rc == OT_OK) {
            assert_true(nth > 10);
            ot_lungs_release(&lungs);
            break;
        }
        assert_int_equal(rc, OT_ERR_NOMEM);
        assert_null(lungs.left);
    }
    ot_volume_destroy(ct);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_lungs_have_their_volumes_and_sides),
        cmocka_unit_test(trachea_and_bronchi_are_left_out),
        cmocka_unit_test(lungs_that_touch_are_parted),
        cmocka_unit_test(one_lung_is_one_lung),
        cmocka_unit_test(a_ct_without_lungs_is_refused),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
