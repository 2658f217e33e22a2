/* tests/test_stats.c - sums of what is mostly zeros.
 * labels: numeric */
#include "core/stats.h"
#include "tests/support/ot_test.h"

enum { COUNT = 70000 };

static float values[COUNT];

static void fill(size_t first, size_t end)
{
    memset(values, 0, sizeof values);
    for (size_t n = first; n < end; n++) {
        values[n] = ldexpf(0.7F, -(int)(n % 61)); /* so that sums are rounded */
    }
    if (first < end) {
        values[first] = 0.3F;
        values[end - 1] = 0.7F;
    }
}

static void sums_without_the_zeros_are_the_same_bits(void **state)
{
    (void)state;
    static const size_t span[][2] = {
        {0, COUNT},   {0, 1},         {COUNT - 1, COUNT}, {4096, 8192}, {4095, 8193},
        {1023, 1025}, {20000, 60011}, {69999, 70000},     {17, 40000},  {COUNT, COUNT}};
    for (size_t t = 0; t < sizeof span / sizeof span[0]; t++) {
        fill(span[t][0], span[t][1]);
        const struct ot_span got = ot_span_filled(values, COUNT);
        if (span[t][0] < span[t][1]) {
            assert_int_equal(got.first, span[t][0]);
            assert_int_equal(got.end, span[t][1]);
        } else {
            assert_int_equal(got.first, got.end);
        }
        assert_near(ot_sum_filled(values, COUNT), ot_sum(values, COUNT), 0.0);
    }
}

/* What is not a number must not be taken for nothing. */
static void a_nan_is_not_zero(void **state)
{
    (void)state;
    fill(0, 0);
    values[5000] = NAN;
    assert_int_equal(ot_span_filled(values, COUNT).first, 5000);
    assert_true(isnan(ot_sum_filled(values, COUNT)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_without_the_zeros_are_the_same_bits),
        cmocka_unit_test(a_nan_is_not_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
