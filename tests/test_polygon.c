/* tests/test_polygon.c - areas of polygons, however they cross and touch; and that their time grows
 * as their points do.
 * labels: numeric */
#include "segment/polygon.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "kernels/random.h"
#include "tests/support/ot_test.h"

enum { NU = 5, NV = 4, SIDES_MOST = 24, LEVELS_MOST = 4 * SIDES_MOST * SIDES_MOST };

static double at(const double *a, const double *b, double v)
{
    return a[0] + (b[0] - a[0]) * ((v - a[1]) / (b[1] - a[1]));
}

static int by_value(const void *a, const void *b)
{
    const double *x = (const double *)a;
    const double *y = (const double *)b;
    return (*x > *y) - (*x < *y);
}

/* The polygons as sides from a to b, uv by uv. */
struct sides {
    double a[SIDES_MOST][2], b[SIDES_MOST][2];
    size_t count;
};

/* Every v at which anything may change: ends, crossings of any two sides, borders of pixels. */
static size_t all_levels(const struct sides *sides, double *level)
{
    size_t levels = 0;
    for (size_t b = 0; b <= NV; b++) {
        level[levels++] = (double)b;
    }
    for (size_t n = 0; n < sides->count; n++) {
        const double *a = sides->a[n];
        const double *b = sides->b[n];
        level[levels++] = a[1];
        level[levels++] = b[1];
        for (size_t u = 0; u <= NU && a[0] != b[0]; u++) {
            level[levels++] = a[1] + (b[1] - a[1]) * (((double)u - a[0]) / (b[0] - a[0]));
        }
        for (size_t m = 0; m < n; m++) {
            const double du[2] = {b[0] - a[0], sides->b[m][0] - sides->a[m][0]};
            const double dv[2] = {b[1] - a[1], sides->b[m][1] - sides->a[m][1]};
            const double turn = du[0] * dv[1] - dv[0] * du[1];
            if (turn != 0.0) {
                const double t =
                    ((sides->a[m][0] - a[0]) * dv[1] - (sides->a[m][1] - a[1]) * du[1]) / turn;
                level[levels++] = a[1] + t * dv[0];
            }
        }
    }
    qsort(level, levels, sizeof *level, by_value);
    return levels;
}

static double clamped(double x)
{
    return fmin(fmax(x, 0.0), 1.0);
}

/* Between two levels no side meets another or a border: trapezoids by their middle. */
static void count_areas(const struct sides *sides, double *area)
{
    static double level[LEVELS_MOST];
    const size_t levels = all_levels(sides, level);
    memset(area, 0, (size_t)NU * NV * sizeof *area);
    for (size_t n = 0; n + 1 < levels; n++) {
        const double v = 0.5 * (level[n] + level[n + 1]);
        double u[SIDES_MOST];
        size_t met = 0;
        if (!(level[n + 1] > level[n] && v > 0.0 && v < NV)) {
            continue;
        }
        for (size_t s = 0; s < sides->count; s++) {
            if ((sides->a[s][1] > v) != (sides->b[s][1] > v)) {
                u[met++] = at(sides->a[s], sides->b[s], v);
            }
        }
        qsort(u, met, sizeof *u, by_value);
        for (size_t s = 0; s + 1 < met; s += 2) {
            for (size_t a = 0; a < NU; a++) {
                area[a + NU * (size_t)v] +=
                    (level[n + 1] - level[n]) *
                    (clamped(u[s + 1] - (double)a) - clamped(u[s] - (double)a));
            }
        }
    }
}

static void add_polygon(struct sides *sides, const double *uv, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        memcpy(sides->a[sides->count], uv + 2 * n, sizeof sides->a[0]);
        memcpy(sides->b[sides->count++], uv + 2 * ((n + 1) % count), sizeof sides->b[0]);
    }
}

/* What a corner may be: anywhere; on a coarse lattice, where sides coincide, touch and lie along
 * the rows and the borders of pixels; near it, by less than sides can be told apart or a little
 * more. */
static double corner(struct ot_random *random, size_t kind, double size)
{
    const double any = (size + 2.0) * ot_random_uniform(random) - 1.0;
    static const double off[] = {0.0, 1e-13, 3e-11, 1e-6};
    return kind == 0 ? any
                     : round(2.0 * any) / 2.0 + off[kind - 1] * (ot_random_uniform(random) - 0.5);
}

/* On more pixels than the polygons reach: the rectangle that holds them has the same bits, the rest
 * is empty and not touched. */
static void expect_rectangle(const struct ot_edges *edges)
{
    enum { WIDE = NU + 7, HIGH = NV + 6 };
    const struct ot_pixels all = {.high = {WIDE, HIGH}};
    const struct ot_pixels part = ot_edges_pixels(edges, WIDE, HIGH);
    double want[WIDE * HIGH];
    double got[WIDE * HIGH];
    for (size_t x = 0; x < (size_t)WIDE * HIGH; x++) {
        got[x] = -1.0;
    }
    ot_edges_raster(edges, &all, WIDE, want);
    ot_edges_raster(edges, &part, WIDE, got);
    assert_true(part.high[0] < WIDE && part.high[1] < HIGH);
    for (size_t x = 0; x < (size_t)WIDE * HIGH; x++) {
        const size_t at[2] = {x % WIDE, x / WIDE};
        const bool within = at[0] >= part.low[0] && at[0] < part.high[0] && at[1] >= part.low[1] &&
                            at[1] < part.high[1];
        assert_near(got[x], within ? want[x] : -1.0, 0.0);
        assert_true(within || (want[x] >= 0.0 && want[x] <= 0.0));
    }
}

static void areas_are_those_of_all_trapezoids(void **state)
{
    (void)state;
    const size_t trials = ot_test_full() ? 300000 : 6000;
    struct ot_random random;
    ot_random_seed(&random, 20260813, 1);
    double worst = 0.0;
    for (size_t trial = 0; trial < trials; trial++) {
        double uv[2 * SIDES_MOST];
        double want[NU * NV];
        double got[NU * NV];
        double sum = 0.0;
        struct sides sides = {0};
        struct ot_edges edges = {0};
        struct ot_err err = {0};
        assert_ok(ot_edges_init(&edges, SIDES_MOST, &err), err);
        const size_t polygons = 1 + trial % 3;
        const size_t points = 3 + trial / 3 % (SIDES_MOST / polygons - 2);
        for (size_t p = 0; p < polygons; p++) {
            for (size_t n = 0; n < points; n++) {
                uv[2 * n] = corner(&random, trial % 5, NU);
                uv[2 * n + 1] = corner(&random, trial % 5, NV);
            }
            add_polygon(&sides, uv, points);
            ot_edges_add(&edges, uv, points);
        }
        assert_ok(ot_edges_finish(&edges, &err), err);
        const struct ot_pixels all = {.high = {NU, NV}};
        ot_edges_raster(&edges, &all, NU, got);
        count_areas(&sides, want);
        for (size_t x = 0; x < (size_t)NU * NV; x++) {
            sum += want[x];
            worst = fmax(worst, fabs(got[x] - want[x]));
            if (!(fabs(got[x] - want[x]) <= 1e-8)) {
                print_error("trial %zu, pixel %zu: %.12f, wanted %.12f\n", trial, x, got[x],
                            want[x]);
                fail();
            }
        }
        expect_rectangle(&edges);
        assert_true(ot_edges_area(&edges) >= sum - 1e-8); /* some lies beside the pixels */
        ot_edges_release(&edges);
    }
    print_message("worst of %zu: %.1e of a pixel\n", trials, worst);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(areas_are_those_of_all_trapezoids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
