/* tests/test_voi_algebra.c - derived VOIs and the regions of a calibration.
 * labels: numeric */
#include "core/mem.h"
#include "core/stats.h"
#include "segment/calibration_region.h"
#include "segment/voi_algebra.h"
#include "tests/support/ot_test.h"

static const struct ot_grid GRID = {
    .n = {11, 9, 7}, .spacing_mm = {2.0, 2.5, 3.0}, .dir = {{0, 0, -1}, {1, 0, 0}, {0, -1, 0}}};

enum { MOST = 12 };

struct list {
    struct ot_voi voi[MOST];
    size_t count;
};

/* A VOI of fraction f in the voxels first <= i < end. */
static void give(struct list *list, enum ot_role role, const char *name, size_t first, size_t end,
                 float f)
{
    struct ot_voi *voi = &list->voi[list->count++];
    voi->role = role;
    (void)snprintf(voi->name, sizeof voi->name, "%s", name);
    voi->fraction = ot_test_volume(&GRID, OT_UNIT_NONE);
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        if (x % GRID.n[0] >= first && x % GRID.n[0] < end) {
            voi->fraction->data[x] = f;
        }
    }
}

static void release(struct list *list)
{
    for (size_t n = 0; n < list->count; n++) {
        ot_voi_release(&list->voi[n]);
    }
}

static struct list two_injections(void)
{
    struct list list = {.count = 0};
    give(&list, OT_ROLE_LIVER, "liver", 0, 10, 1.0F);
    give(&list, OT_ROLE_PERFUSED, "RHA", 0, 4, 0.9F);
    give(&list, OT_ROLE_PERFUSED, "LHA", 3, 7, 0.5F);
    give(&list, OT_ROLE_TUMOR, "T1", 1, 2, 0.8F);
    give(&list, OT_ROLE_TUMOR, "T2", 1, 4, 0.3F);
    give(&list, OT_ROLE_THROMBUS, "PVT", 5, 6, 0.1F);
    give(&list, OT_ROLE_EXCLUDE, "gallbladder", 6, 7, 0.2F);
    return list;
}

static void expect(const struct ot_voi *voi, const char *name, enum ot_role role, bool is_union,
                   const double *f)
{
    assert_string_equal(voi->name, name);
    assert_int_equal(voi->role, role);
    assert_int_equal(voi->is_union, is_union);
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        assert_near(voi->fraction->data[x], f[x % GRID.n[0]], 1e-6);
    }
}

static void derived_vois_follow_the_contract_voxel_by_voxel(void **state)
{
    (void)state;
    struct list list = two_injections();
    struct ot_voi *made = NULL;
    size_t count = 0;
    struct ot_err err = {0};
    assert_ok(ot_vois_derive(list.voi, list.count, &made, &count, &err), err);
    assert_int_equal(count, 7);
    /* Voxels 0..10 along i, by hand; the others are 0, 1, .3, .3, 0, .1, .2, 0, ... */
    static const double want_1[] = {0, 1, 0.3, 0.3, 0, 0, 0, 0, 0, 0, 0};
    expect(&made[0], "tumor", OT_ROLE_TUMOR, true, want_1);
    static const double want_2[] = {0.9, 0.9, 0.9, 1, 0.5, 0.5, 0.5, 0, 0, 0, 0};
    expect(&made[1], "perfused", OT_ROLE_PERFUSED, true, want_2);
    static const double want_3[] = {0.9, 0, 0.6, 0.7, 0.5, 0.4, 0.3, 0, 0, 0, 0};
    expect(&made[2], "normal_perfused", OT_ROLE_NORMAL_PERFUSED, true, want_3);
    static const double want_4[] = {0.9, 0, 0.6, 0.6, 0, 0, 0, 0, 0, 0, 0};
    expect(&made[3], "normal_perfused:RHA", OT_ROLE_NORMAL_PERFUSED, false, want_4);
    static const double want_5[] = {0, 0, 0, 0.2, 0.5, 0.4, 0.3, 0, 0, 0, 0};
    expect(&made[4], "normal_perfused:LHA", OT_ROLE_NORMAL_PERFUSED, false, want_5);
    static const double want_6[] = {1, 0, 0.7, 0.7, 1, 0.9, 0.8, 1, 1, 1, 0};
    expect(&made[5], "normal_liver", OT_ROLE_NORMAL_LIVER, false, want_6);
    static const double want_7[] = {0.1, 0.1, 0.1, 0, 0.5, 0.5, 0.5, 1, 1, 1, 0};
    expect(&made[6], "nonperfused_liver", OT_ROLE_NONPERFUSED_LIVER, false, want_7);
    ot_vois_release(made, count);
    release(&list);
}

static void one_injection_and_one_tumor_need_no_unions(void **state)
{
    (void)state;
    struct list list = {.count = 0};
    give(&list, OT_ROLE_PERFUSED, "P", 0, 4, 1.0F);
    give(&list, OT_ROLE_TUMOR, "T1", 1, 2, 1.0F);
    struct ot_voi *made = NULL;
    size_t count = 0;
    struct ot_err err = {0};
    assert_ok(ot_vois_derive(list.voi, list.count, &made, &count, &err), err);
    assert_int_equal(count, 1);
    static const double want_8[] = {1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0};
    expect(&made[0], "normal_perfused", OT_ROLE_NORMAL_PERFUSED, false, want_8);
    ot_vois_release(made, count);
    assert_ok(ot_vois_derive(&list.voi[1], 1, &made, &count, &err), err);
    assert_null(made);
    assert_int_equal(count, 0);
    release(&list);
}

static void equal_names_two_livers_and_other_grids_are_refused(void **state)
{
    (void)state;
    struct ot_voi *made = NULL;
    size_t count = 0;
    struct list list = {.count = 0};
    give(&list, OT_ROLE_TUMOR, "A", 0, 4, 1.0F);
    give(&list, OT_ROLE_PERFUSED, "A", 1, 2, 1.0F);
    struct ot_err same = {0};
    assert_refused(ot_vois_derive(list.voi, 2, &made, &count, &same), same, OT_ERR_ARG, "'A'");
    (void)snprintf(list.voi[0].name, sizeof list.voi[0].name, "normal_perfused");
    struct ot_err taken = {0};
    assert_refused(ot_vois_derive(list.voi, 2, &made, &count, &taken), taken, OT_ERR_ARG,
                   "normal_perfused");
    give(&list, OT_ROLE_LIVER, "L1", 0, 4, 1.0F);
    give(&list, OT_ROLE_LIVER, "L2", 0, 4, 1.0F);
    struct ot_err livers = {0};
    assert_refused(ot_vois_derive(&list.voi[2], 2, &made, &count, &livers), livers, OT_ERR_ARG,
                   "liver");
    list.voi[1].fraction->grid.origin_mm[2] += 0.5;
    struct ot_err grid = {0};
    assert_refused(ot_vois_derive(list.voi, 2, &made, &count, &grid), grid, OT_ERR_GEOMETRY, "'A'");
    release(&list);
}

static void inside_percent_counts_99_5_as_all(void **state)
{
    (void)state;
    struct list list = {.count = 0};
    give(&list, OT_ROLE_TUMOR, "T", 0, 4, 0.5F);
    give(&list, OT_ROLE_PERFUSED, "P", 1, 9, 1.0F);
    give(&list, OT_ROLE_PERFUSED, "Q", 0, 9, 0.4976F);
    give(&list, OT_ROLE_PERFUSED, "none", 0, 0, 1.0F);
    double percent = 0.0;
    struct ot_err err = {0};
    const struct ot_volume *tumor = list.voi[0].fraction;
    assert_ok(ot_voi_inside_percent(tumor, list.voi[1].fraction, &percent, &err), err);
    assert_near(percent, 75.0, 1e-9);
    assert_ok(ot_voi_inside_percent(tumor, list.voi[2].fraction, &percent, &err), err);
    assert_near(percent, 100.0, 0.0);
    assert_ok(ot_voi_overlap_percent(tumor, list.voi[2].fraction, &percent, &err), err);
    assert_near(percent, 99.52, 1e-4);
    assert_refused(ot_voi_inside_percent(list.voi[3].fraction, tumor, &percent, &err), err,
                   OT_ERR_RANGE, "empty");
    release(&list);
}

static double sum_of(const char *region, const struct list *list, bool want_lungs)
{
    struct ot_volume *weights = NULL;
    bool holds_lungs = !want_lungs;
    struct ot_err err = {0};
    assert_ok(
        ot_region_weights(region, list->voi, list->count, &GRID, &weights, &holds_lungs, &err),
        err);
    assert_int_equal(holds_lungs, want_lungs);
    const double sum =
        ot_sum(weights->data, ot_grid_voxel_count(&GRID)) / (double)(GRID.n[1] * GRID.n[2]);
    ot_volume_destroy(weights);
    return sum;
}

static void regions_leave_the_excluded_out(void **state)
{
    (void)state;
    struct list list = two_injections(); /* gallbladder: 0.2 of voxel 6 */
    give(&list, OT_ROLE_LUNGS, "lungs", 9, 11, 0.5F);
    give(&list, OT_ROLE_BODY, "body", 0, 11, 0.9F);
    assert_near(sum_of("fov", &list, true), 10.8, 1e-5);
    assert_near(sum_of("body", &list, true), 9.7, 1e-5);
    assert_near(sum_of("liver", &list, false), 9.8, 1e-5);
    assert_near(sum_of("liver+lungs", &list, true), 10.3, 1e-5);
    assert_near(sum_of("RHA", &list, false), 3.6, 1e-5);
    assert_near(sum_of("LHA", &list, false), 1.8, 1e-5);
    assert_near(sum_of("perfused", &list, false), 5.0, 1e-5);
    release(&list);
}

static void tumors_lungs_and_strangers_are_no_region(void **state)
{
    (void)state;
    struct list list = two_injections();
    static const char *const regions[] = {"T1",         "PVT",       "gallbladder", "tumor",
                                          "lungs",      "nowhere",   "body",        "liver+lungs",
                                          "liver+lung", "liver+1000"};
    static const char *const texts[] = {"tumor", "thrombus", "exclude",   "tumor",    "lungs",
                                        "fov",   "body VOI", "lungs VOI", "liver+MM", "200"};
    for (size_t n = 0; n < 10; n++) {
        struct ot_volume *weights = NULL;
        bool holds_lungs = false;
        struct ot_err err = {0};
        assert_refused(ot_region_weights(regions[n], list.voi, list.count, &GRID, &weights,
                                         &holds_lungs, &err),
                       err, OT_ERR_ARG, texts[n]);
        assert_null(weights);
    }
    release(&list);
}

/* A sphere of 20 mm as liver: the voxels within 10 mm fill a sphere of 30 mm. */
static void a_margin_of_a_sphere_is_a_greater_sphere(void **state)
{
    (void)state;
    struct ot_grid grid = ot_test_grid(26, 29, 18, 3.1, 2.7, 4.4);
    for (size_t c = 0; c < 3; c++) {
        grid.origin_mm[c] = -0.5 * grid.spacing_mm[c] * (double)(grid.n[c] - 1) + 0.3;
    }
    struct ot_voi liver = {.name = "liver", .role = OT_ROLE_LIVER};
    liver.fraction = ot_test_volume(&grid, OT_UNIT_NONE);
    enum { SUB = 6 };
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        size_t inside = 0;
        for (size_t s = 0; s < (size_t)SUB * SUB * SUB; s++) {
            double at[3] = {(double)(x % 26) + ((double)(s % SUB) + 0.5) / SUB - 0.5,
                            (double)(x / 26 % 29) + ((double)(s / SUB % SUB) + 0.5) / SUB - 0.5,
                            (double)(x / (26 * 29)) + ((double)(s / SUB / SUB) + 0.5) / SUB - 0.5};
            ot_grid_to_point(&grid, at, at);
            inside += at[0] * at[0] + at[1] * at[1] + at[2] * at[2] <= 400.0;
        }
        liver.fraction->data[x] = (float)inside / (SUB * SUB * SUB);
    }
    struct ot_volume *weights = NULL;
    bool holds_lungs = true;
    struct ot_err err = {0};
    const enum ot_rc rc =
        ot_region_weights("liver+10", &liver, 1, &grid, &weights, &holds_lungs, &err);
    if (rc == OT_ERR_UNSUPPORTED) {
        assert_non_null(strstr(err.text, "ITK"));
    } else {
        assert_ok(rc, err);
        assert_false(holds_lungs);
        double radii_mm[2] = {0.0, 1e9}; /* farthest within, nearest without */
        for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
            double at[3] = {(double)(x % 26), (double)(x / 26 % 29), (double)(x / (26 * 29))};
            ot_grid_to_point(&grid, at, at);
            const double radius_mm = sqrt(at[0] * at[0] + at[1] * at[1] + at[2] * at[2]);
            if (weights->data[x] > 0.0F) {
                radii_mm[0] = fmax(radii_mm[0], radius_mm);
            } else {
                radii_mm[1] = fmin(radii_mm[1], radius_mm);
            }
        }
        assert_near(radii_mm[0], 30.0, 1.1); /* a third of a voxel */
        assert_near(radii_mm[1], 30.0, 1.1);
        assert_ratio(ot_sum(weights->data, ot_grid_voxel_count(&grid)) *
                         ot_grid_voxel_volume_ml(&grid),
                     4.0 / 3.0 * 3.14159265 * 27.0, 0.03);
    }
    ot_volume_destroy(weights);
    ot_voi_release(&liver);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
#ifdef OT_TEST_HOOKS
    struct list list = two_injections();
    for (size_t nth = 1;; nth++) {
        struct ot_voi *made = NULL;
        size_t count = 0;
        struct ot_err err = {0};
        ot_mem_fail_at(nth);
        const enum ot_rc rc = ot_vois_derive(list.voi, list.count, &made, &count, &err);
        ot_mem_fail_at(0);
        if (rc == OT_OK) {
            assert_true(nth > 10);
            ot_vois_release(made, count);
            break;
        }
        assert_int_equal(rc, OT_ERR_NOMEM);
        assert_null(made);
    }
    release(&list);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derived_vois_follow_the_contract_voxel_by_voxel),
        cmocka_unit_test(one_injection_and_one_tumor_need_no_unions),
        cmocka_unit_test(equal_names_two_livers_and_other_grids_are_refused),
        cmocka_unit_test(inside_percent_counts_99_5_as_all),
        cmocka_unit_test(regions_leave_the_excluded_out),
        cmocka_unit_test(tumors_lungs_and_strangers_are_no_region),
        cmocka_unit_test(a_margin_of_a_sphere_is_a_greater_sphere),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
