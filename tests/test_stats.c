/* tests/test_stats.c - sums in their fixed order, and loops that leave out zeros. */
#include <math.h>
#include <string.h>

#include "core/stats.h"
#include "tests/support/ot_test.h"

enum { COUNT = 3 * 4 * 4096 + 4096 + 77, BLOCK = 4096 };

/* Zeros of both signs, but for some runs of values whose sum depends on their order. */
static void fill(float *values)
{
    for (size_t n = 0; n < COUNT; n++) {
        values[n] = n % 3 == 0 ? -0.0F : 0.0F;
        if (n % 1000 < 40 || n >= COUNT - 3) {
            values[n] = (n % 2 == 0 ? 1.0F : -1.0F) * powf(10.0F, (float)(n % 17) - 8.0F);
        }
    }
}

/* The definition: blocks of 4096, and their sums one after the other. */
static double sum_by_definition(const float *values)
{
    double total = 0.0;
    for (size_t first = 0; first < COUNT; first += BLOCK) {
        double block = 0.0;
        for (size_t n = first; n < first + BLOCK && n < COUNT; n++) {
            block += (double)values[n];
        }
        total += block;
    }
    return total;
}

static void zeros_change_no_bit_of_a_sum(void **state)
{
    (void)state;
    static float values[COUNT];
    fill(values);
    const double sum = ot_sum(values, COUNT);
    const double want = sum_by_definition(values);
    assert_memory_equal(&sum, &want, sizeof sum);
    values[5 * BLOCK + 777] = NAN;
    assert_true(isnan(ot_sum(values, COUNT)));
}

static void loops_meet_all_that_is_not_zero(void **state)
{
    (void)state;
    static float values[COUNT];
    fill(values);
    values[20500] = NAN;
    values[21500] = -1.0F;
    size_t met = 0;
    size_t visited = 0;
    for (size_t x = ot_skip_zeros(values, 0, COUNT); x < COUNT;
         x = ot_skip_next(values, x, COUNT)) {
        met += !(fabsf(values[x]) <= 0.0F);
        visited++;
    }
    size_t all = 0;
    for (size_t x = 0; x < COUNT; x++) {
        all += !(fabsf(values[x]) <= 0.0F);
    }
    assert_int_equal(met, all);
    assert_true(visited < COUNT / 8);
    assert_int_equal(ot_skip_zeros(values, COUNT, COUNT), COUNT);
}

static void the_span_ends_at_what_is_not_zero(void **state)
{
    (void)state;
    static const size_t want[][2] = {{0, COUNT},   {0, 1},       {COUNT - 1, COUNT}, {4096, 8192},
                                     {4095, 8193}, {1023, 1025}, {20000, 50011},     {31, 33},
                                     {17, 40000},  {5000, 5001}};
    static float values[COUNT];
    for (size_t t = 0; t < sizeof want / sizeof want[0]; t++) {
        memset(values, 0, sizeof values);
        values[want[t][0]] = NAN; /* what is not a number must not be taken for nothing */
        values[want[t][1] - 1] = -1e-30F;
        const struct ot_span got = ot_span_filled(values, COUNT);
        assert_int_equal(got.first, want[t][0]);
        assert_int_equal(got.end, want[t][1]);
    }
    memset(values, 0, sizeof values);
    const struct ot_span none = ot_span_filled(values, COUNT);
    assert_int_equal(none.first, none.end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_change_no_bit_of_a_sum),
        cmocka_unit_test(loops_meet_all_that_is_not_zero),
        cmocka_unit_test(the_span_ends_at_what_is_not_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
