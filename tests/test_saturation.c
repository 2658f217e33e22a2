/* tests/test_saturation.c - a plateau at the end of the number range is found, one pixel is not. */
#include <math.h>

#include "io/saturation.h"
#include "tests/support/ot_test.h"

static size_t saturated(const double *stored, size_t count, size_t bits, bool is_signed)
{
    struct ot_peak peak = {.most = -INFINITY};
    ot_peak_add(&peak, stored, count);
    return ot_peak_saturated(&peak, bits, is_signed);
}

/* Threat Q24. */
static void q24_more_than_three_values_at_the_end_are_saturation(void **state)
{
    (void)state;
    const double words[] = {65535, 5, 65535, 65535, 0, 65535};
    const double halves[] = {32767, 32767, -8, 32767, 32767, 32767};
    const double twelve[] = {4095, 4095, 4095, 4095};
    const double below[] = {65534, 65534, 65534, 65534, 65534};
    const double above[] = {32767, 32767, 32767, 32767, 40000};
    const double bytes[] = {255, 255, 255, 255, 255};
    assert_int_equal(saturated(words, 6, 16, false), 4);
    assert_int_equal(saturated(words, 5, 16, false), 0); /* three are what scaling leaves behind */
    assert_int_equal(saturated(halves, 6, 16, true), 5);
    assert_int_equal(saturated(halves, 6, 16, false), 5);
    assert_int_equal(saturated(twelve, 4, 12, false), 4);
    assert_int_equal(saturated(twelve, 4, 16, false), 0);
    assert_int_equal(saturated(below, 5, 16, false), 0);
    assert_int_equal(saturated(above, 5, 16, false), 0);
    assert_int_equal(saturated(bytes, 5, 8, false), 0);
}

static void q24_parts_of_an_image_count_together(void **state)
{
    (void)state;
    const double first[] = {65535, 65535, 7};
    const double second[] = {65535, 1, 65535};
    struct ot_peak all = {.most = -INFINITY};
    struct ot_peak part = {.most = -INFINITY};
    ot_peak_merge(&all, &part);
    ot_peak_add(&part, first, 3);
    ot_peak_merge(&all, &part);
    assert_int_equal(ot_peak_saturated(&all, 16, false), 0);
    part = (struct ot_peak){.most = -INFINITY};
    ot_peak_add(&part, second, 3);
    ot_peak_merge(&all, &part);
    assert_int_equal(ot_peak_saturated(&all, 16, false), 4);
    part = (struct ot_peak){.most = -INFINITY};
    ot_peak_add(&part, first + 2, 1);
    ot_peak_merge(&all, &part);
    assert_int_equal(ot_peak_saturated(&all, 16, false), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(q24_more_than_three_values_at_the_end_are_saturation),
        cmocka_unit_test(q24_parts_of_an_image_count_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
