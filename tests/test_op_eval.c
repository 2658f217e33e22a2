/* tests/test_op_eval.c - steps of `tare segment` on shapes whose volumes are known.
 * labels: numeric */
#include "core/mem.h"
#include "core/stats.h"
#include "segment/op_eval.h"
#include "tests/support/ot_test.h"

static const double PI = 3.14159265358979323846;

/* Oblique axes would hide nothing here: the grid is permuted and flipped instead. i runs towards
 * the feet, j to the left, k to the front. */
static const struct ot_grid GRID = {.n = {40, 50, 45},
                                    .spacing_mm = {2.5, 2.0, 2.2},
                                    .origin_mm = {-50, 50, 50},
                                    .dir = {{0, 1, 0}, {0, 0, -1}, {-1, 0, 0}}};

static bool in_ball(const double point[3], const double center[3], double radius_mm)
{
    double r2 = 0.0;
    for (size_t c = 0; c < 3; c++) {
        r2 += (point[c] - center[c]) * (point[c] - center[c]);
    }
    return r2 <= radius_mm * radius_mm;
}

/* `value` times the part of each voxel in the ball, by 5 x 5 x 5 points, is added. */
static void add_ball(struct ot_volume *volume, const double center[3], double radius_mm,
                     float value)
{
    const struct ot_grid *grid = &volume->grid;
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        int held = 0;
        double middle[3];
        const double center_index[3] = {(double)(x % grid->n[0]),
                                        (double)(x / grid->n[0] % grid->n[1]),
                                        (double)(x / (grid->n[0] * grid->n[1]))};
        ot_grid_to_point(grid, center_index, middle);
        for (size_t t = 0; in_ball(middle, center, radius_mm + 2.0) && t < 125; t++) {
            const double index[3] = {
                (double)(x % grid->n[0]) + ((double)(t % 5) - 2.0) / 5.0,
                (double)(x / grid->n[0] % grid->n[1]) + ((double)(t / 5 % 5) - 2.0) / 5.0,
                (double)(x / (grid->n[0] * grid->n[1])) + ((double)(t / 25) - 2.0) / 5.0};
            double point[3];
            ot_grid_to_point(grid, index, point);
            held += in_ball(point, center, radius_mm);
        }
        volume->data[x] += value * (float)held / 125.0F;
    }
}

struct bench {
    struct ot_volume *spect, *ct;
    struct ot_voi voi[4];
    struct ot_op_scene scene;
};

static const double A[3] = {-10, 0, 5};
static const double B[3] = {22, 6, -8};
static const double RA_MM = 18.0;
static const double RB_MM = 11.0;

static void give(struct bench *b, size_t n, enum ot_role role, const char *name,
                 const double center[3], double radius_mm)
{
    b->voi[n].role = role;
    (void)snprintf(b->voi[n].name, sizeof b->voi[n].name, "%s", name);
    b->voi[n].fraction = ot_test_volume(&GRID, OT_UNIT_NONE);
    add_ball(b->voi[n].fraction, center, radius_mm, 1.0F);
}

/* Counts: 100 in ball A, 60 in ball B, 5 around. CT: 40 HU, 100 in A, -1000 beyond 48 mm. */
static void setup(struct bench *b)
{
    static const double origin[3] = {0, 0, 0};
    *b = (struct bench){0};
    b->spect = ot_test_volume(&GRID, OT_UNIT_NONE);
    b->ct = ot_test_volume(&GRID, OT_UNIT_HU);
    add_ball(b->spect, A, RA_MM, 95.0F);
    add_ball(b->spect, B, RB_MM, 55.0F);
    add_ball(b->ct, origin, 48.0, 1040.0F);
    add_ball(b->ct, A, RA_MM, 60.0F);
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        b->spect->data[x] += 5.0F;
        b->ct->data[x] -= 1000.0F;
    }
    give(b, 0, OT_ROLE_LIVER, "liver", origin, 42.0);
    give(b, 1, OT_ROLE_TUMOR, "A", A, RA_MM);
    give(b, 2, OT_ROLE_TUMOR, "B", B, RB_MM);
    b->scene = (struct ot_op_scene){.grid = &GRID,
                                    .image = {{"spect", b->spect}, {"ct", b->ct}},
                                    .image_count = 2,
                                    .voi = b->voi,
                                    .voi_count = 3,
                                    .threads = 2};
}

static void teardown(struct bench *b)
{
    ot_op_scene_release(&b->scene);
    for (size_t n = 0; n < 4; n++) {
        ot_voi_release(&b->voi[n]);
    }
    ot_volume_destroy(b->spect);
    ot_volume_destroy(b->ct);
}

static struct ot_volume *made_by(struct bench *b, const char *step)
{
    struct ot_op op;
    struct ot_volume *made = NULL;
    struct ot_err err = {0};
    assert_ok(ot_op_parse(step, &op, &err), err);
    assert_ok(ot_op_evaluate(&op, &b->scene, &made, &err), err);
    return made;
}

static void refuse(struct bench *b, const char *step, enum ot_rc code, const char *part)
{
    struct ot_op op;
    struct ot_volume *made = NULL;
    struct ot_err err = {0};
    assert_ok(ot_op_parse(step, &op, &err), err);
    assert_refused(ot_op_evaluate(&op, &b->scene, &made, &err), err, code, part);
    assert_null(made);
}

static double ml_by(struct bench *b, const char *step)
{
    struct ot_volume *made = made_by(b, step);
    const double ml =
        ot_sum(made->data, ot_grid_voxel_count(&GRID)) * ot_grid_voxel_volume_ml(&GRID);
    ot_volume_destroy(made);
    return ml;
}

static double ball_ml(double radius_mm)
{
    return 4.0 / 3.0 * PI * radius_mm * radius_mm * radius_mm / 1000.0;
}

static void thresholds_find_the_balls(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    const double a_ml = ball_ml(RA_MM);
    const double b_ml = ball_ml(RB_MM);
    /* A threshold half way takes a voxel when half of it is inside: 1.5 % of these balls. */
    assert_ratio(ml_by(&b, "x = threshold(spect, 52.5, in=expand(A, 5mm))"), a_ml, 0.015);
    assert_ratio(ml_by(&b, "x = threshold(spect, 54%max, in=expand(B, 5mm))"), b_ml, 0.03);
    assert_ratio(ml_by(&b, "x = threshold(spect, 50%, in=expand(B, 5mm))"), b_ml, 0.04);
    assert_ratio(ml_by(&b, "x = between(ct, 70HU, 200HU)"), a_ml, 0.015);
    assert_ratio(ml_by(&b, "x = above(ct, -480HU) - below(ct, 70HU)"), a_ml, 0.015);
    assert_ratio(ml_by(&b, "x = otsu(spect, in=expand(A, 8mm))"), a_ml, 0.03);
    /* B + p (max - B) with B = 5, max = 100: 52.5 */
    assert_ratio(ml_by(&b, "x = adaptive(spect, 50%, background=liver - expand(tumors, 4mm), "
                           "in=expand(A, 5mm))"),
                 a_ml, 0.015);
    assert_ratio(ml_by(&b, "x = body(ct)"), ball_ml(48.0), 0.03); /* above -300 HU: 67 % of a rim */
    teardown(&b);
}

/* Within a VOI: what is found is a part of it, with the fractions of its rim, not whole voxels that
 * reach beyond it; what a level parts makes up the VOI; what shows all of it is the VOI itself. */
static void what_is_found_within_a_voi_is_a_part_of_it(void **state)
{
    (void)state;
    struct bench b;
    struct ot_volume *made = NULL;
    setup(&b);
    const double a_ml = ml_by(&b, "x = A");
    static const char *const all[] = {
        "x = threshold(spect, 4, in=A)", "x = below(ct, 2000HU, in=A)",
        "x = between(ct, -2000HU, 2000HU, in=A)",
        "x = adaptive(spect, 1%, background=liver - expand(tumors, 4mm), in=A)",
        "x = grow(spect, 4, seed=(-10, 0, 5), in=A)"};
    for (size_t n = 0; n < sizeof all / sizeof all[0]; n++) {
        made = made_by(&b, all[n]);
        for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
            assert_near((double)made->data[x], (double)b.voi[1].fraction->data[x], 1e-6);
        }
        ot_volume_destroy(made);
    }
    /* Two halves by their values: the rim of each belongs to the half beside it. */
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        b.spect->data[x] = x % GRID.n[0] < 18 ? 100.0F : 50.0F;
    }
    const double hot_ml = ml_by(&b, "x = above(spect, 75, in=A)");
    assert_ratio(hot_ml + ml_by(&b, "x = below(spect, 75, in=A)"), a_ml, 1e-6);
    double truth_ml = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        truth_ml += x % GRID.n[0] < 18 ? (double)b.voi[1].fraction->data[x] : 0.0;
    }
    assert_ratio(hot_ml, truth_ml * ot_grid_voxel_volume_ml(&GRID), 0.01);
    refuse(&b, "x = above(spect, 10%, in=liver) - liver", OT_ERR_RANGE, "nothing is left");
    teardown(&b);
}

/* The VOIs' grid may be finer than the image, as with --grid ct, or coarser: what is found does not
 * reach out of the VOI with the image's voxels. */
static void what_an_image_of_other_voxels_shows_ends_where_the_voi_ends(void **state)
{
    (void)state;
    static const double spacing_mm[][3] = {{6.0, 5.0, 5.5}, {1.3, 1.1, 1.2}};
    for (size_t n = 0; n < 2; n++) {
        struct bench b;
        struct ot_grid other = GRID;
        setup(&b);
        for (size_t c = 0; c < 3; c++) {
            other.spacing_mm[c] = spacing_mm[n][c];
            other.n[c] = (size_t)((double)GRID.n[c] * GRID.spacing_mm[c] / spacing_mm[n][c]) + 1;
        }
        ot_volume_destroy(b.spect);
        b.spect = ot_test_volume(&other, OT_UNIT_NONE);
        for (size_t x = 0; x < ot_grid_voxel_count(&other); x++) {
            b.spect->data[x] = x % other.n[0] < other.n[0] / 2 ? 100.0F : 50.0F;
        }
        b.scene.image[0].volume = b.spect;
        struct ot_volume *all = made_by(&b, "x = threshold(spect, 4, in=A)");
        struct ot_volume *hot = made_by(&b, "x = above(spect, 75, in=A)");
        struct ot_volume *cold = made_by(&b, "x = below(spect, 75, in=A)");
        for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
            const double a = (double)b.voi[1].fraction->data[x];
            assert_near((double)all->data[x], a, 1e-6);
            assert_near((double)hot->data[x] + (double)cold->data[x], a, 1e-6);
        }
        assert_true(ot_sum(hot->data, ot_grid_voxel_count(&GRID)) > 0.0);
        assert_true(ot_sum(cold->data, ot_grid_voxel_count(&GRID)) > 0.0);
        ot_volume_destroy(all);
        ot_volume_destroy(hot);
        ot_volume_destroy(cold);
        teardown(&b);
    }
}

static void parts_are_told_apart_by_seed_and_size(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    const double a_ml = ball_ml(RA_MM);
    const double b_ml = ball_ml(RB_MM);
    assert_ratio(ml_by(&b, "x = largest(threshold(spect, 52.5))"), a_ml, 0.03);
    assert_ratio(ml_by(&b, "x = part(threshold(spect, 32.5), seed=(22, 6, -8))"), b_ml, 0.03);
    assert_ratio(ml_by(&b, "x = grow(spect, 32.5, seed=(22, 6, -8))"), b_ml, 0.03);
    assert_ratio(ml_by(&b, "x = grow(spect, 54%seed, seed=(22, 6, -8))"), b_ml, 0.03);
    assert_ratio(ml_by(&b, "x = grow(spect, 52.5, 101, seed=(-10, 0, 5), in=liver)"), a_ml, 0.03);
    /* The steepest slope is the surface of the ball; smoothed by a voxel it loses 3 (voxel/r)^2. */
    assert_ratio(ml_by(&b, "x = gradient(spect, seed=(22, 6, -8), in=expand(B, 8mm))"), 0.88 * b_ml,
                 0.06);
    assert_ratio(ml_by(&b, "x = gradient(spect, seed=(-10, 0, 5), in=expand(A, 8mm))"),
                 0.955 * a_ml, 0.04);
    teardown(&b);
}

/* Two balls of fractions with a voxel of 0.2 between them are one part, and it is said that they
 * may be two; a ball is one part whatever its rim. */
static void a_part_that_hangs_together_by_little_is_told(void **state)
{
    (void)state;
    for (int joined = 0; joined <= 1; joined++) {
        struct bench b;
        setup(&b);
        const size_t notes = b.scene.notes.count;
        ot_volume_destroy(made_by(&b, joined == 1
                                          ? "x = largest(expand(A, 2.4mm) | expand(B, 2.4mm))"
                                          : "x = largest(A)"));
        bool told = false;
        for (size_t n = notes; n < b.scene.notes.count; n++) {
            told = told || strstr(b.scene.notes.text[n], "one part only by voxels") != NULL;
        }
        print_message("joined %d: told %d\n", joined, (int)told);
        assert_int_equal(told, joined == 1);
        teardown(&b);
    }
}

static void margins_are_balls_of_other_radii(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    assert_ratio(ml_by(&b, "x = expand(A, 10 mm)"), ball_ml(RA_MM + 10.0), 0.015);
    assert_ratio(ml_by(&b, "x = shrink(A, 0.6cm)"), ball_ml(RA_MM - 6.0), 0.045);
    assert_ratio(ml_by(&b, "x = expand(A, 4 mm) - A"), ball_ml(RA_MM + 4.0) - ball_ml(RA_MM), 0.04);
    /* A margin of nothing but along z: a ball swept by 2 * 12 mm, and not along another axis. */
    struct ot_volume *tall = made_by(&b, "x = expand(B, (0, 0, 12))");
    double reach_mm[3] = {0, 0, 0};
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        const double index[3] = {(double)(x % 40), (double)(x / 40 % 50), (double)(x / 2000)};
        double point[3];
        ot_grid_to_point(&GRID, index, point);
        for (size_t c = 0; c < 3 && tall->data[x] >= 0.5F; c++) {
            reach_mm[c] = fmax(reach_mm[c], fabs(point[c] - B[c]));
        }
    }
    assert_near(reach_mm[0], RB_MM, 2.0); /* a voxel */
    assert_near(reach_mm[1], RB_MM, 2.2);
    assert_near(reach_mm[2], RB_MM + 12.0, 2.5);
    ot_volume_destroy(tall);
    /* Rounding by sigma takes 3 (sigma/r)^2 of a ball. */
    assert_ratio(ml_by(&b, "x = smooth(A, 2 mm)"), ball_ml(RA_MM) * (1.0 - 3.0 * 4.0 / 324.0),
                 0.02);
    teardown(&b);
}

/* A ball moved along an oblique line of 2 * 18 mm about the middle: fractions by 5 x 5 x 5 points.
 */
static void make_capsule(struct ot_volume *volume, double radius_mm)
{
    static const double along[3] = {0.8, 0.36, 0.48};
    const struct ot_grid *grid = &volume->grid;
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        int held = 0;
        for (size_t t = 0; t < 125; t++) {
            const double index[3] = {
                (double)(x % grid->n[0]) + ((double)(t % 5) - 2.0) / 5.0,
                (double)(x / grid->n[0] % grid->n[1]) + ((double)(t / 5 % 5) - 2.0) / 5.0,
                (double)(x / (grid->n[0] * grid->n[1])) + ((double)(t / 25) - 2.0) / 5.0};
            double p[3];
            ot_grid_to_point(grid, index, p);
            const double at = p[0] * along[0] + p[1] * along[1] + p[2] * along[2];
            const double near_mm = fmin(fmax(at, -18.0), 18.0);
            const double nearest[3] = {near_mm * along[0], near_mm * along[1], near_mm * along[2]};
            held += in_ball(p, nearest, radius_mm);
        }
        volume->data[x] = (float)held / 125.0F;
    }
}

static double capsule_ml(double radius_mm)
{
    return (PI * radius_mm * radius_mm * 36.0) / 1000.0 + ball_ml(radius_mm);
}

/* The margin of a capsule is a capsule, from one of 6 mm across (under three voxels) on. */
static void margins_of_a_capsule_are_capsules(void **state)
{
    (void)state;
    static const double margin_mm[] = {0.5, 1.0, 2.0, 5.0, 10.0};
    double worst_mm = 0.0;
    struct bench b;
    setup(&b);
    for (int radius_mm = 3; radius_mm <= 9; radius_mm += 6) {
        make_capsule(b.voi[1].fraction, radius_mm);
        for (size_t n = 0; n < sizeof margin_mm / sizeof margin_mm[0]; n++) {
            char step[64];
            (void)snprintf(step, sizeof step, "x = expand(A, %g mm)", margin_mm[n]);
            const double r_mm = radius_mm + margin_mm[n];
            const double surface_mm2 = 2.0 * PI * r_mm * 36.0 + 4.0 * PI * r_mm * r_mm;
            const double off_mm = (ml_by(&b, step) - capsule_ml(r_mm)) * 1000.0 / surface_mm2;
            worst_mm = fmax(worst_mm, fabs(off_mm));
        }
    }
    print_message("worst: %.3f mm\n", worst_mm);
    assert_true(worst_mm <= 0.15);
    teardown(&b);
}

/* Bit for bit, as a VOI of fractions and as one that fills no voxel by half. */
static void a_margin_of_nothing_is_the_voi_itself(void **state)
{
    (void)state;
    static const char *const steps[] = {"x = expand(A, 0 mm)", "x = shrink(A, 0 mm)",
                                        "x = smooth(A, 0 mm)", "x = expand(A, (0, 0, 0))",
                                        "x = expand(A, -0 mm)"};
    struct bench b;
    setup(&b);
    for (size_t thin = 0; thin < 2; thin++) {
        for (size_t n = 0; n < sizeof steps / sizeof steps[0]; n++) {
            struct ot_volume *made = made_by(&b, steps[n]);
            assert_memory_equal(made->data, b.voi[1].fraction->data,
                                ot_grid_voxel_count(&GRID) * sizeof *made->data);
            ot_volume_destroy(made);
        }
        for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
            b.voi[1].fraction->data[x] *= 0.3F;
        }
    }
    teardown(&b);
}

static void holes_are_filled_and_open_ones_left(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    const double liver_ml = ml_by(&b, "x = liver");
    assert_ratio(ml_by(&b, "x = fill(liver - A)"), liver_ml, 1e-4);
    assert_ratio(ml_by(&b, "x = fill(liver - (A | B))"), liver_ml, 1e-4);
    /* Open to the outside through a channel: nothing to fill. */
    assert_ratio(ml_by(&b, "x = fill(liver - expand(A, (40, 1, 1)))"),
                 ml_by(&b, "x = liver - expand(A, (40, 1, 1))"), 1e-3);
    teardown(&b);
}

/* V09: parts are the whole, and what is in both counts once. */
static void sums_of_parts_equal_the_whole(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    give(&b, 3, OT_ROLE_TUMOR, "C", A, 25.0); /* holds A, touches B */
    b.scene.voi_count = 4;
    const double a_ml = ml_by(&b, "x = A");
    const double b_ml = ml_by(&b, "x = tumor:B");
    const double c_ml = ml_by(&b, "x = C");
    assert_ratio(ml_by(&b, "x = A | B"), a_ml + b_ml, 1e-6);
    assert_ratio(ml_by(&b, "x = A | C"), c_ml, 1e-6);
    assert_ratio(ml_by(&b, "x = C - A") + a_ml, c_ml, 1e-5);
    assert_ratio(ml_by(&b, "x = C | B") + ml_by(&b, "x = C & B"), c_ml + b_ml, 1e-6);
    assert_ratio(ml_by(&b, "x = B - C") + ml_by(&b, "x = C & B"), b_ml, 1e-6);
    /* The role is the union of its VOIs, min(1, sum): partial voxels of two may fill one. */
    assert_ratio(ml_by(&b, "x = tumors"), ml_by(&b, "x = A | B | C"), 0.02);
    teardown(&b);
}

/* Two halves of a ball, parted within voxels, are the ball again; a ball twice is one ball; and the
 * note tells what the other way would give. */
static void a_union_adds_neighbors_and_counts_what_overlaps_once(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    const double ball = ml_by(&b, "x = A");
    give(&b, 3, OT_ROLE_TUMOR, "C", A, RA_MM);
    b.scene.voi_count = 4;
    assert_ratio(ml_by(&b, "x = A | C"), ball, 1e-6); /* the same again */
    assert_ratio(ml_by(&b, "x = A | A | C"), ball, 1e-6);
    const size_t before = b.scene.notes.count;
    assert_true(before > 0); /* told: the border's voxels would count twice */
    assert_non_null(strstr(b.scene.notes.text[before - 1], "| of VOIs that overlap"));
    /* Parted within the voxels of a plane, 0.3 and 0.7 of each: together the ball. */
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        const size_t i = x % GRID.n[0];
        const float part = i < 18 ? 1.0F : (i == 18 ? 0.3F : 0.0F);
        b.voi[1].fraction->data[x] = part * b.voi[3].fraction->data[x];
        b.voi[3].fraction->data[x] *= 1.0F - part;
    }
    assert_ratio(ml_by(&b, "x = A | C"), ball, 1e-6);
    assert_non_null(strstr(b.scene.notes.text[before], "| of VOIs that lie side by side"));
    /* The role follows the same rule, and so do the derived VOIs. */
    assert_ratio(ml_by(&b, "x = tumors - tumor:B"), ball, 1e-6);
    teardown(&b);
}

/* Sheets that fill no voxel by half, and a part of one: where a name or the expression says so they
 * count once; else one sheet may lie beside the other as well as in it, and nothing is guessed. */
static void a_union_of_thin_vois_is_told_apart_or_refused(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    give(&b, 3, OT_ROLE_TUMOR, "C", A, RA_MM);
    b.scene.voi_count = 4;
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        const bool near_end = x % GRID.n[0] < 20;
        b.voi[1].fraction->data[x] = 0.4F * b.voi[3].fraction->data[x];
        b.voi[3].fraction->data[x] = near_end ? 0.5F * b.voi[1].fraction->data[x] : 0.0F;
    }
    const double sheet_ml = ml_by(&b, "x = A");
    static const char *const once[] = {"x = A | A",       "x = A | tumor:A | A",
                                       "x = A | (A & C)", "x = (C & A) | A",
                                       "x = A | (A - C)", "x = (A | B) | (A & C)"};
    for (size_t n = 0; n < sizeof once / sizeof once[0]; n++) {
        assert_ratio(ml_by(&b, once[n]), n == 5 ? sheet_ml + ml_by(&b, "x = tumor:B") : sheet_ml,
                     1e-6);
    }
    static const char *const unknown[] = {"x = A | C", "x = C | A"};
    for (size_t n = 0; n < 3; n++) {
        refuse(&b, unknown[n % 2], OT_ERR_GEOMETRY,
               "it cannot be told whether one of two thin VOIs holds the other");
        /* Then with the same fractions: drawn twice, or two halves of one sheet of 0.8. */
        for (size_t x = 0; n == 1 && x < ot_grid_voxel_count(&GRID); x++) {
            b.voi[3].fraction->data[x] = b.voi[1].fraction->data[x];
        }
    }
    /* Thin neighbors that share no voxel, or none that matters, are added all the same. */
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        const float all = b.voi[1].fraction->data[x];
        b.voi[3].fraction->data[x] = x % GRID.n[0] < 20 ? all : 0.0F;
        b.voi[1].fraction->data[x] = x % GRID.n[0] < 20 ? 0.0F : all;
    }
    assert_ratio(ml_by(&b, "x = A | C"), sheet_ml, 1e-6);
    teardown(&b);
}

static void steps_that_cannot_be_done_are_refused_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *step, *part;
        enum ot_rc rc;
    } wrong[] = {
        {"x = livr", "column 5: there is no VOI 'livr'; did you mean liver?", OT_ERR_ARG},
        {"x = lungs", "there is no lungs: give --voi lungs=PATH", OT_ERR_ARG},
        {"x = tumor:Z", "there is no VOI 'Z' of the role tumor", OT_ERR_ARG},
        {"x = tumour:A", "column 5: unknown role 'tumour'; roles are", OT_ERR_ARG},
        {"x = perfused:A", "column 5: the VOI A has the role tumor, not perfused", OT_ERR_ARG},
        {"x = spect", "column 5: spect is an image, and a VOI is expected", OT_ERR_ARG},
        {"x = threshold(pet, 10%)", "pet is an image that was not given: add --pet", OT_ERR_ARG},
        {"x = threshold(liver, 10%)", "an image (spect, pet or ct) is expected", OT_ERR_ARG},
        {"x = treshold(spect, 10%)", "unknown function 'treshold'; did you mean threshold?",
         OT_ERR_ARG},
        {"x = threshold(spect)", "wrong number of arguments: threshold(IMAGE, LEVEL", OT_ERR_ARG},
        {"x = threshold(spect, 10%, 5%)", "wrong number of arguments", OT_ERR_ARG},
        {"x = threshold(spect, 10%, inn=liver)", "inn= is unknown or given twice", OT_ERR_ARG},
        {"x = threshold(spect, 10%, in=liver, in=A)", "in= is unknown or given twice", OT_ERR_ARG},
        /* G25: no unit is guessed. */
        {"x = threshold(ct, 10%)", "a part of a CT number means nothing", OT_ERR_ARG},
        {"x = threshold(ct, 10)", "the values of ct have a unit: give the level in HU", OT_ERR_ARG},
        {"x = threshold(spect, 10HU)", "spect are bare numbers", OT_ERR_ARG},
        {"x = threshold(spect, 5mm)", "a level is expected", OT_ERR_ARG},
        {"x = threshold(spect, 5%seed)", "a level is expected", OT_ERR_ARG},
        {"x = threshold(spect, 110%)", "only 0 to 100 %", OT_ERR_ARG},
        {"x = expand(liver, 5)", "a length is expected, such as 5 mm", OT_ERR_ARG},
        {"x = expand(liver, -5mm)", "-5 mm is not 0 to 200 mm", OT_ERR_ARG},
        {"x = smooth(liver, (1,2,3))", "one length is expected", OT_ERR_ARG},
        {"x = body(spect)", "only a CT shows that", OT_ERR_ARG},
        {"x = liver(ct)", "a CT alone does not show the liver's border", OT_ERR_ARG},
        {"x = grow(spect, 10%)", "seed=(X, Y, Z) is needed", OT_ERR_ARG},
        {"x = largest(5mm)", "a VOI is expected, not a number", OT_ERR_ARG},
        {"x = gradient(spect, seed=(0, 0, 0))", "in=VOI is needed", OT_ERR_ARG},
        {"x = between(spect, 50, 20)", "50 is not below 20", OT_ERR_ARG},
        /* G12, V01: a place outside, a VOI without a voxel. */
        {"x = grow(spect, 10%, seed=(500, 0, 0))", "lies outside the image", OT_ERR_RANGE},
        {"x = grow(spect, 50%, seed=(0, 40, 0))", "the value at the seed, 5,", OT_ERR_RANGE},
        {"x = part(A, seed=(40, 0, 0))", "lies outside the region", OT_ERR_RANGE},
        {"x = A - liver", "nothing is left: the VOI is empty", OT_ERR_RANGE},
        {"x = otsu(spect, in=shrink(B, 10.9mm))", "column", OT_ERR_RANGE},
        {"x = gradient(spect, seed=(22, 6, -8), in=A)", "must hold the seed", OT_ERR_RANGE},
        {"x = adaptive(spect, 40%, background=A, in=B)", "is not below the maximum", OT_ERR_RANGE},
    };
    struct bench b;
    setup(&b);
    for (size_t n = 0; n < sizeof wrong / sizeof wrong[0]; n++) {
        refuse(&b, wrong[n].step, wrong[n].rc, wrong[n].part);
    }
    teardown(&b);
}

/* A SPECT has zeros in plenty: 40 % of one would be the whole image. */
static void a_part_of_nothing_is_no_level(void **state)
{
    (void)state;
    static const char *const steps[] = {"x = grow(spect, 40%seed, seed=(0, 40, 0))",
                                        "x = threshold(spect, 10%, in=liver)"};
    struct bench b;
    setup(&b);
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        b.spect->data[x] = 0.0F;
    }
    for (size_t n = 0; n < 2; n++) {
        refuse(&b, steps[n], OT_ERR_RANGE, "is 0, of which no part is a level");
    }
    teardown(&b);
}

/* V06: a name that is also a role of others. */
static void an_ambiguous_name_is_refused(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    (void)snprintf(b.voi[1].name, sizeof b.voi[1].name, "tumor");
    refuse(&b, "x = tumor", OT_ERR_ARG,
           "'tumor' is the name of one VOI and the role of 2: write tumor:tumor");
    assert_ratio(ml_by(&b, "x = tumor:tumor"), ball_ml(RA_MM), 0.01);
    teardown(&b);
}

static void images_on_another_grid_are_brought_over_exactly(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    const struct ot_grid fine = {.n = {90, 100, 110},
                                 .spacing_mm = {1.1, 1.0, 0.9},
                                 .origin_mm = {-50, -50, -50},
                                 .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    struct ot_volume *pet = ot_test_volume(&fine, OT_UNIT_BQ_PER_ML);
    add_ball(pet, A, RA_MM, 8000.0F);
    b.scene.image[2] = (struct ot_op_image){"pet", pet};
    b.scene.image_count = 3;
    assert_ratio(ml_by(&b, "x = threshold(pet, 4 kBq/ml)"), ball_ml(RA_MM), 0.01);
    struct ot_volume *made = made_by(&b, "x = threshold(pet, 50%, in=liver)");
    double partial = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&GRID); x++) {
        partial += made->data[x] > 0.01F && made->data[x] < 0.99F;
    }
    assert_true(partial > 100.0); /* the rim keeps its partial voxels */
    ot_volume_destroy(made);
    ot_volume_destroy(pet);
    teardown(&b);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
#ifdef OT_TEST_HOOKS
    static const char *const steps[] = {"x = largest(threshold(spect, 32%, in=liver) & liver) - A",
                                        "x = fill(liver - A) | B",
                                        "x = part(smooth(A, 2mm), seed=(-10, 0, 5))",
                                        "x = grow(spect, 50%, seed=(-10,0,5), in=A)",
                                        "x = gradient(spect, seed=(22,6,-8), in=B)",
                                        "x = shrink(expand(B, 2mm), 1mm)"};
    struct bench b;
    setup(&b);
    for (size_t n = 0; n < sizeof steps / sizeof steps[0]; n++) {
        struct ot_op op;
        struct ot_err parse = {0};
        assert_ok(ot_op_parse(steps[n], &op, &parse), parse);
        for (size_t nth = 1;; nth += ot_test_step(3)) {
            struct ot_volume *made = NULL;
            struct ot_err err = {0};
            ot_mem_fail_at(nth);
            const enum ot_rc rc = ot_op_evaluate(&op, &b.scene, &made, &err);
            ot_mem_fail_at(0);
            if (b.scene.notes.failed) { /* the flow looks at that */
                b.scene.notes.failed = false;
                ot_volume_destroy(made);
                continue;
            }
            if (rc == OT_OK) {
                assert_true(nth > 4);
                ot_volume_destroy(made);
                break;
            }
            assert_int_equal(rc, OT_ERR_NOMEM);
            assert_null(made);
        }
    }
    teardown(&b);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_find_the_balls),
        cmocka_unit_test(what_is_found_within_a_voi_is_a_part_of_it),
        cmocka_unit_test(what_an_image_of_other_voxels_shows_ends_where_the_voi_ends),
        cmocka_unit_test(parts_are_told_apart_by_seed_and_size),
        cmocka_unit_test(a_part_that_hangs_together_by_little_is_told),
        cmocka_unit_test(margins_are_balls_of_other_radii),
        cmocka_unit_test(margins_of_a_capsule_are_capsules),
        cmocka_unit_test(a_margin_of_nothing_is_the_voi_itself),
        cmocka_unit_test(holes_are_filled_and_open_ones_left),
        cmocka_unit_test(sums_of_parts_equal_the_whole),
        cmocka_unit_test(a_union_adds_neighbors_and_counts_what_overlaps_once),
        cmocka_unit_test(a_union_of_thin_vois_is_told_apart_or_refused),
        cmocka_unit_test(steps_that_cannot_be_done_are_refused_in_a_sentence),
        cmocka_unit_test(a_part_of_nothing_is_no_level),
        cmocka_unit_test(an_ambiguous_name_is_refused),
        cmocka_unit_test(images_on_another_grid_are_brought_over_exactly),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
