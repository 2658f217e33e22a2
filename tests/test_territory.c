/* tests/test_territory.c - diameters, margins, overlaps and consistency of shapes that are known.
 * labels: numeric */
#include "core/mem.h"
#include "core/stats.h"
#include "segment/consistency.h"
#include "segment/surface.h"
#include "segment/territory.h"
#include "segment/voi_algebra.h"
#include "tests/support/ot_test.h"

static const double PI = 3.14159265358979323846;

static const struct ot_grid GRID = {.n = {70, 60, 50},
                                    .spacing_mm = {2.0, 2.3, 2.6},
                                    .origin_mm = {69, -16.06, 91.67},
                                    .dir = {{-1, 0, 0}, {0, 0.8, -0.6}, {0, -0.6, -0.8}}};

enum { MOST = 8 };

struct list {
    struct ot_voi voi[MOST];
    size_t count;
};

static bool in_shape(const double p[3], const double c[3], const double r[3])
{
    double sum = 0.0;
    for (size_t n = 0; n < 3; n++) {
        sum += (p[n] - c[n]) * (p[n] - c[n]) / (r[n] * r[n]);
    }
    return sum <= 1.0;
}

/* An ellipsoid along the patient's axes, by 4 x 4 x 4 points in each voxel; the part with x above
 * `cut_mm` only. The grid is oblique to it. */
static void give(struct list *list, enum ot_role role, const char *name, const double c[3],
                 const double r[3], double cut_mm)
{
    struct ot_voi *voi = &list->voi[list->count++];
    voi->role = role;
    (void)snprintf(voi->name, sizeof voi->name, "%s", name);
    voi->fraction = ot_test_volume(&GRID, OT_UNIT_NONE);
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        int held = 0;
        const double middle[3] = {(double)(x % GRID.n[0]), (double)(x / GRID.n[0] % GRID.n[1]),
                                  (double)(x / (GRID.n[0] * GRID.n[1]))};
        const double wide[3] = {r[0] + 3.0, r[1] + 3.0, r[2] + 3.0};
        double near[3];
        ot_grid_to_point(&GRID, middle, near);
        for (size_t t = 0; in_shape(near, c, wide) && t < 64; t++) {
            const double index[3] = {
                (double)(x % GRID.n[0]) + (double)(t % 4) / 4.0 - 0.375,
                (double)(x / GRID.n[0] % GRID.n[1]) + (double)(t / 4 % 4) / 4.0 - 0.375,
                (double)(x / (GRID.n[0] * GRID.n[1])) + (double)(t / 16) / 4.0 - 0.375};
            double p[3];
            ot_grid_to_point(&GRID, index, p);
            held += p[0] >= cut_mm && in_shape(p, c, r);
        }
        voi->fraction->data[x] = (float)held / 64.0F;
    }
}

static void release(struct list *list)
{
    for (size_t n = 0; n < list->count; n++) {
        ot_voi_release(&list->voi[n]);
    }
}

static double ellipsoid_ml(double a, double b, double c)
{
    return 4.0 / 3.0 * PI * a * b * c / 1000.0;
}

static const double ORIGIN[3] = {0, 0, 0};
static const double LIVER_MM[3] = {50, 45, 42};
static const double ALL = -1e3;

static void the_diameter_is_the_longest_axis(void **state)
{
    (void)state;
    static const double long_mm[3] = {14, 31, 11};
    static const double ball_mm[3] = {17, 17, 17};
    struct list list = {.count = 0};
    give(&list, OT_ROLE_TUMOR, "long", ORIGIN, long_mm, ALL);
    give(&list, OT_ROLE_TUMOR, "ball", ORIGIN, ball_mm, ALL);
    give(&list, OT_ROLE_TUMOR, "half", ORIGIN, ball_mm, 0.0);
    static const double want_mm[] = {62, 34, 34};
    for (size_t n = 0; n < 3; n++) {
        struct ot_surface surface;
        struct ot_err err = {0};
        assert_ok(ot_surface_make(list.voi[n].fraction, 2, &surface, &err), err);
        assert_near(ot_surface_diameter_mm(&surface, 2), want_mm[n], 0.8); /* a third of a voxel */
        ot_surface_release(&surface);
    }
    release(&list);
}

/* A block of 3 x 4 x 5 whole voxels: its surface cuts the lines between centers at its faces. */
static void the_diameter_of_a_block_is_exact(void **state)
{
    (void)state;
    struct ot_volume *block = ot_test_volume(&GRID, OT_UNIT_NONE);
    for (size_t t = 0; t < 60; t++) {
        block->data[10 + t % 3 + 70 * (20 + t / 3 % 4 + 60 * (0 + t / 12))] = 1.0F;
    }
    struct ot_surface surface;
    struct ot_err err = {0};
    assert_ok(ot_surface_make(block, 2, &surface, &err), err);
    assert_int_equal(surface.points.count, 2 * (12 + 15 + 20));
    /* From a point on one face to one on the opposite: 5 voxels along k, 2 along i, 3 along j. */
    assert_near(ot_surface_diameter_mm(&surface, 2), sqrt(13.0 * 13 + 4.0 * 4 + 6.9 * 6.9), 1e-3);
    ot_surface_release(&surface);
    ot_volume_destroy(block);
}

static void margins_are_the_distances_of_the_shapes(void **state)
{
    (void)state;
    static const double center[3] = {-12, 4, 3};
    static const double tumor_mm[3] = {10, 10, 10};
    static const double territory_mm[3] = {27, 27, 27};
    static const double aside[3] = {-4, 4, 3};   /* 8 mm off the middle: 27 - 10 - 8 */
    static const double at_edge[3] = {12, 4, 3}; /* reaches 7 mm beyond */
    struct list list = {.count = 0};
    give(&list, OT_ROLE_LIVER, "liver", ORIGIN, LIVER_MM, ALL);
    give(&list, OT_ROLE_PERFUSED, "RHA", center, territory_mm, ALL);
    give(&list, OT_ROLE_TUMOR, "T1", center, tumor_mm, ALL);
    give(&list, OT_ROLE_TUMOR, "T2", aside, tumor_mm, ALL);
    struct ot_territories of;
    struct ot_err err = {0};
    assert_ok(ot_territories_measure(list.voi, list.count, 2, &of, &err), err);
    assert_near(of.tumor[0].margin_mm, 17.0, 0.8);
    assert_near(of.tumor[1].margin_mm, 9.0, 0.8);
    assert_near(of.least_margin_mm, of.tumor[1].margin_mm, 0.0);
    assert_near(of.tumor_diameter_mm, 20.0, 0.8);
    /* The territory's edge is untreated liver all about: both margins are the same. */
    assert_near(of.tumor[0].untreated_margin_mm, 17.0, 1.5);
    give(&list, OT_ROLE_TUMOR, "T3", at_edge, tumor_mm, ALL);
    assert_ok(ot_territories_measure(list.voi, list.count, 2, &of, &err), err);
    assert_near(of.tumor[2].margin_mm, -7.0, 0.8);
    assert_near(of.least_margin_mm, of.tumor[2].margin_mm, 0.0);
    assert_true(of.tumor[2].uncovered_ml > 0.1 && of.tumor[2].uncovered_percent < 50.0);
    release(&list);
}

/* V08, V09: overlaps count once, and parts are the whole. */
static void territories_and_the_rest_are_the_liver(void **state)
{
    (void)state;
    static const double tumor[3] = {5, 0, 0};
    static const double tumor_mm[3] = {15, 12, 12};
    struct list list = {.count = 0};
    give(&list, OT_ROLE_LIVER, "liver", ORIGIN, LIVER_MM, ALL);
    give(&list, OT_ROLE_PERFUSED, "A", ORIGIN, LIVER_MM, 10.0);
    give(&list, OT_ROLE_PERFUSED, "B", ORIGIN, LIVER_MM, 20.0); /* all of it in A */
    give(&list, OT_ROLE_TUMOR, "T", tumor, tumor_mm, ALL);
    struct ot_territories of;
    struct ot_err err = {0};
    assert_ok(ot_territories_measure(list.voi, list.count, 1, &of, &err), err);
    /* Of an ellipsoid of half axis a the part with x > h is (a - h)^2 (2 a + h) / (4 a^3). */
    const double liver_ml = ellipsoid_ml(50, 45, 42);
    const double a_part = 40.0 * 40.0 * 110.0 / (4.0 * 125000.0);
    const double b_part = 30.0 * 30.0 * 120.0 / (4.0 * 125000.0);
    assert_ratio(of.liver_ml, liver_ml, 0.003);
    assert_ratio(of.perfused_liver_ml, a_part * liver_ml, 0.005);
    /* Partial voxels at a surface that both have: the rule errs by what such a rim holds. */
    assert_ratio(of.perfused_ml, a_part * liver_ml, 0.035);
    assert_ratio(of.perfused_ml + of.overlap[0].volume_ml,
                 of.territory[0].volume_ml + of.territory[1].volume_ml, 1e-6);
    assert_int_equal(of.overlap_count, 1);
    assert_ratio(of.overlap[0].volume_ml, b_part * liver_ml, 0.05);
    assert_ratio(of.perfused_liver_ml + of.nonperfused_liver_ml, of.liver_ml, 1e-6);
    assert_near(of.perfused_liver_percent + of.nonperfused_liver_percent, 100.0, 1e-4);
    assert_near(of.nonperfused_liver_percent, 100.0 * (1.0 - a_part), 0.5);
    assert_near(of.territory[0].treated_liver_percent, 100.0 * a_part, 0.3);
    /* T reaches from -10 to 20 mm: two thirds of its length lie beyond the territory's edge. */
    const double t_in = 10.0 * 10.0 * (2.0 * 15.0 + 5.0) / (4.0 * 3375.0);
    const double t_ml = ellipsoid_ml(15, 12, 12);
    assert_ratio(of.tumor[0].uncovered_ml, (1.0 - t_in) * t_ml, 0.02);
    const double remnant_ml = (1.0 - a_part) * liver_ml - (1.0 - t_in) * t_ml;
    assert_ratio(of.remnant_ml, remnant_ml, 0.006);
    assert_near(of.remnant_percent, 100.0 * remnant_ml / (liver_ml - t_ml), 0.5);
    release(&list);
}

static void what_is_not_drawn_is_not_known(void **state)
{
    (void)state;
    static const double tumor_mm[3] = {15, 12, 12};
    struct list list = {.count = 0};
    give(&list, OT_ROLE_TUMOR, "T", ORIGIN, tumor_mm, ALL);
    struct ot_territories of;
    struct ot_err err = {0};
    assert_ok(ot_territories_measure(list.voi, list.count, 1, &of, &err), err);
    assert_near(of.tumor_diameter_mm, 30.0, 0.8);
    assert_true(isnan(of.least_margin_mm) && isnan(of.liver_ml) && isnan(of.remnant_ml));
    assert_true(isnan(of.tumor[0].uncovered_ml) && isnan(of.tumor[0].outside_liver_percent));
    assert_ok(ot_territories_measure(NULL, 0, 1, &of, &err), err);
    assert_true(isnan(of.tumor_diameter_mm));
    release(&list);
}

static void vois_on_different_grids_are_refused(void **state)
{
    (void)state;
    static const enum ot_role roles[] = {OT_ROLE_LIVER, OT_ROLE_PERFUSED, OT_ROLE_TUMOR,
                                         OT_ROLE_THROMBUS};
    static const double r[3] = {15, 12, 12};
    struct ot_grid other = GRID;
    other.n[2] -= 10;
    for (size_t n = 0; n < sizeof roles / sizeof roles[0]; n++) {
        struct list list = {.count = 0};
        struct ot_territories of;
        struct ot_err err = {0};
        give(&list, OT_ROLE_LIVER, "liver", ORIGIN, LIVER_MM, ALL);
        give(&list, roles[n], "elsewhere", ORIGIN, r, ALL);
        ot_volume_destroy(list.voi[1].fraction);
        list.voi[1].fraction = ot_test_volume(&other, OT_UNIT_NONE);
        assert_refused(ot_territories_measure(list.voi, list.count, 1, &of, &err), err,
                       OT_ERR_GEOMETRY, "VOI 'elsewhere' is on another grid");
        release(&list);
    }
}

/* The derived VOIs must be `count`, each made as it says. */
static void expect_definitions(const struct list *list, const char *const *want, size_t count)
{
    struct ot_voi *made = NULL;
    size_t made_count = 0;
    struct ot_err err = {0};
    assert_ok(ot_vois_derive(list->voi, list->count, &made, &made_count, &err), err);
    assert_int_equal(made_count, count);
    for (size_t n = 0; n < count; n++) {
        struct ot_buffer text = {0};
        ot_vois_definition(list->voi, list->count, &made[n], &text);
        assert_string_equal(text.data, want[n]);
        ot_buffer_release(&text);
    }
    ot_vois_release(made, made_count);
}

static void definitions_are_the_set_algebra(void **state)
{
    (void)state;
    static const enum ot_role roles[] = {OT_ROLE_LIVER, OT_ROLE_PERFUSED, OT_ROLE_PERFUSED,
                                         OT_ROLE_TUMOR, OT_ROLE_EXCLUDE};
    static const char *const names[] = {"liver", "RHA", "LHA", "T1", "stomach"};
    static const double r[3] = {15, 12, 12};
    static const char *const want[] = {
        "perfused:RHA \xE2\x88\xAA perfused:LHA",
        ("(perfused:RHA \xE2\x88\xAA perfused:LHA) \xE2\x88\x92 "
         "(tumor:T1 \xE2\x88\xAA exclude:stomach)"),
        "perfused:RHA \xE2\x88\x92 (tumor:T1 \xE2\x88\xAA exclude:stomach)",
        "perfused:LHA \xE2\x88\x92 (tumor:T1 \xE2\x88\xAA exclude:stomach)",
        "liver \xE2\x88\x92 (tumor:T1 \xE2\x88\xAA exclude:stomach)",
        "liver \xE2\x88\x92 (perfused:RHA \xE2\x88\xAA perfused:LHA)"};
    struct list list = {.count = 0};
    for (size_t n = 0; n < 5; n++) {
        give(&list, roles[n], names[n], ORIGIN, r, ALL);
    }
    expect_definitions(&list, want, 6);
    release(&list);
}

static void a_definition_says_that_there_is_nothing_to_take_away(void **state)
{
    (void)state;
    static const double r[3] = {15, 12, 12};
    static const char *const want[] = {
        "perfused:RHA (no tumor, thrombus or exclude VOI to take away)",
        "liver (no tumor, thrombus or exclude VOI to take away)",
        "liver \xE2\x88\x92 perfused:RHA"};
    struct list list = {.count = 0};
    give(&list, OT_ROLE_LIVER, "liver", ORIGIN, r, ALL);
    give(&list, OT_ROLE_PERFUSED, "RHA", ORIGIN, r, ALL);
    expect_definitions(&list, want, 3);
    release(&list);
}

static bool warned(const struct ot_texts *warnings, const char *part)
{
    for (size_t n = 0; n < warnings->count; n++) {
        if (strstr(warnings->text[n], part) != NULL) {
            return true;
        }
    }
    return false;
}

/* V10: over 1 % is told, over 20 % refused. */
static void v10_tumors_outside_and_lungs_overlapping_are_told_or_refused(void **state)
{
    (void)state;
    static const double r[3] = {20, 20, 20};
    static const double a_little[3] = {34, 0, 0}; /* reaches 4 mm beyond the liver's end */
    static const double much[3] = {48, 0, 0};
    struct list list = {.count = 0};
    struct ot_texts warnings = {0};
    struct ot_err err = {0};
    give(&list, OT_ROLE_LIVER, "liver", ORIGIN, LIVER_MM, ALL);
    give(&list, OT_ROLE_TUMOR, "T1", ORIGIN, r, ALL);
    assert_ok(ot_vois_check(list.voi, list.count, &warnings, &err), err);
    assert_false(warned(&warnings, "T1"));
    give(&list, OT_ROLE_TUMOR, "T2", a_little, r, ALL);
    assert_ok(ot_vois_check(list.voi, list.count, &warnings, &err), err);
    assert_true(warned(&warnings, "VOI T2: "));
    assert_true(warned(&warnings, "% of it lies outside the liver"));
    give(&list, OT_ROLE_TUMOR, "T3", much, r, ALL);
    assert_refused(ot_vois_check(list.voi, list.count, &warnings, &err), err, OT_ERR_RANGE,
                   "VOI T3");
    ot_voi_release(&list.voi[--list.count]);
    give(&list, OT_ROLE_LUNGS, "lungs", ORIGIN, LIVER_MM, 30.0);
    struct ot_err told = {0};
    assert_ok(ot_vois_check(list.voi, list.count, &warnings, &told), told);
    assert_true(warned(&warnings, "% of it lies in the lungs"));
    give(&list, OT_ROLE_LUNGS, "more", ORIGIN, LIVER_MM, 10.0);
    struct ot_err lungs = {0};
    assert_refused(ot_vois_check(list.voi, list.count, &warnings, &lungs), lungs, OT_ERR_RANGE,
                   "in the lungs");
    ot_texts_release(&warnings);
    release(&list);
}

/* A territory that reaches beyond the liver is told, and is never a reason to refuse. */
static void territories_outside_the_liver_are_told(void **state)
{
    (void)state;
    static const double inside[3] = {20, 20, 20};
    static const double beyond[3] = {48, 0, 0};
    static const double a_little[3] = {34, 0, 0};
    struct list list = {.count = 0};
    struct ot_texts warnings = {0};
    struct ot_err err = {0};
    give(&list, OT_ROLE_PERFUSED, "without", beyond, inside, ALL); /* no liver to compare with */
    assert_ok(ot_vois_check(list.voi, list.count, &warnings, &err), err);
    assert_false(warned(&warnings, "VOI without: "));
    give(&list, OT_ROLE_LIVER, "liver", ORIGIN, LIVER_MM, ALL);
    give(&list, OT_ROLE_PERFUSED, "RHA", ORIGIN, inside, ALL);
    assert_ok(ot_vois_check(list.voi, list.count, &warnings, &err), err);
    assert_false(warned(&warnings, "VOI RHA: "));
    assert_true(warned(&warnings, "VOI without: "));
    assert_true(
        warned(&warnings,
               "% of the territory lies outside the liver and counts in its volume; its doses"));
    ot_texts_release(&warnings);
    ot_voi_release(&list.voi[--list.count]);
    give(&list, OT_ROLE_PERFUSED, "border", a_little, inside, ALL);
    ot_voi_release(&list.voi[0]);
    list.voi[0] = list.voi[--list.count];
    assert_ok(ot_vois_check(list.voi, list.count, &warnings, &err), err);
    assert_true(warned(&warnings, "VOI border: "));
    assert_false(warned(&warnings, "are doubtful"));
    ot_texts_release(&warnings);
    release(&list);
}

/* V11, G11, and sizes. */
static void v11_small_vois_and_g11_a_liver_on_the_left_are_told(void **state)
{
    (void)state;
    static const double small[3] = {8, 8, 8};
    static const double large[3] = {13, 13, 13};
    static const double left[3] = {12, 0, 0};
    static const double body_mm[3] = {66, 60, 55};
    struct list list = {.count = 0};
    struct ot_texts warnings = {0};
    struct ot_err err = {0};
    give(&list, OT_ROLE_TUMOR, "small", ORIGIN, small, ALL);
    give(&list, OT_ROLE_TUMOR, "large", ORIGIN, large, ALL);
    give(&list, OT_ROLE_LIVER, "liver", left, LIVER_MM, ALL);
    assert_ok(ot_vois_check(list.voi, list.count, &warnings, &err), err);
    assert_true(warned(&warnings, "VOI small"));
    assert_false(warned(&warnings, "VOI large"));
    assert_true(warned(&warnings, "adults have 600 to 5000 ml"));
    assert_false(warned(&warnings, "exchanged"));
    give(&list, OT_ROLE_BODY, "body", ORIGIN, body_mm, ALL);
    assert_ok(ot_vois_check(list.voi, list.count, &warnings, &err), err);
    assert_true(warned(&warnings, "left and right may be exchanged"));
    ot_texts_release(&warnings);
    release(&list);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
#ifdef OT_TEST_HOOKS
    static const double r[3] = {20, 20, 20};
    static const double small[3] = {9, 9, 9};
    struct list list = {.count = 0};
    give(&list, OT_ROLE_LIVER, "liver", ORIGIN, LIVER_MM, ALL);
    give(&list, OT_ROLE_PERFUSED, "P", ORIGIN, r, ALL);
    give(&list, OT_ROLE_TUMOR, "T", ORIGIN, small, ALL);
    for (size_t nth = 1;; nth++) {
        struct ot_territories of;
        struct ot_err err = {0};
        ot_mem_fail_at(nth);
        const enum ot_rc rc = ot_territories_measure(list.voi, list.count, 1, &of, &err);
        ot_mem_fail_at(0);
        if (rc == OT_OK) {
            assert_true(nth > 10);
            break;
        }
        assert_int_equal(rc, OT_ERR_NOMEM);
    }
    release(&list);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_diameter_is_the_longest_axis),
        cmocka_unit_test(the_diameter_of_a_block_is_exact),
        cmocka_unit_test(margins_are_the_distances_of_the_shapes),
        cmocka_unit_test(territories_and_the_rest_are_the_liver),
        cmocka_unit_test(what_is_not_drawn_is_not_known),
        cmocka_unit_test(vois_on_different_grids_are_refused),
        cmocka_unit_test(definitions_are_the_set_algebra),
        cmocka_unit_test(a_definition_says_that_there_is_nothing_to_take_away),
        cmocka_unit_test(v10_tumors_outside_and_lungs_overlapping_are_told_or_refused),
        cmocka_unit_test(territories_outside_the_liver_are_told),
        cmocka_unit_test(v11_small_vois_and_g11_a_liver_on_the_left_are_told),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
