/* tests/test_decimal.c - values of decimal numbers against the C library's, to the bit.
 * labels: numeric */
#include <stdlib.h>

#include "core/decimal.h"
#include "core/text.h"
#include "tests/support/ot_test.h"

static void expect_same(const char *text)
{
    const double want = strtod(text, NULL);
    const double got = ot_decimal_value(text);
    const bool greater_or_less = got < want || got > want;
    if (greater_or_less || isnan(got) || signbit(got) != signbit(want)) {
        print_error("%s: %.17g, wanted %.17g\n", text, got, want);
        fail();
    }
}

static void values_are_those_of_the_c_library(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",
                                        "-0",
                                        "+0.0",
                                        "-.5",
                                        "7.",
                                        "1e3",
                                        "-1.5E-4",
                                        "999999999999999",
                                        "9999999999999999",
                                        "9007199254740993",
                                        "0.1",
                                        "123456.789012345",
                                        "0.000000000000000000001",
                                        "0.0000000000000000000000123",
                                        "00000000000000000000000000001.5",
                                        "1e308",
                                        "1e400",
                                        "1e-400",
                                        "0.3000000000000000444089209850062616169452667236328125",
                                        "100000000000000000000000"};
    for (size_t n = 0; n < sizeof texts / sizeof texts[0]; n++) {
        expect_same(texts[n]);
    }
    uint64_t random = 1;
    for (size_t n = 0; n < 200000; n++) {
        char text[40];
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const uint64_t digits = random >> (n % 64);
        const int decimals = (int)(n % 24);
        const int length = snprintf(text, sizeof text, "%s%0*llu", n % 2 == 0 ? "-" : "",
                                    decimals + 1, (unsigned long long)digits);
        memmove(text + length - decimals + 1, text + length - decimals, (size_t)decimals + 1);
        text[length - decimals] = '.';
        expect_same(text);
    }
}

static void what_is_too_great_is_refused(void **state)
{
    (void)state;
    double value = 0.0;
    assert_true(isinf(ot_decimal_value("1e400")));
    assert_false(ot_text_to_double("1e400", &value));
    assert_true(ot_text_to_double("-12.5", &value));
    assert_near(value, -12.5, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_the_c_library),
        cmocka_unit_test(what_is_too_great_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
