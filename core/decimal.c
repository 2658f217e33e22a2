/* core/decimal.c - short numbers by one division, others by the C library.
 *
 * Up to 15 digits make an integer that a double holds exactly, and so are the powers of ten up to
 * 1e22. Their quotient is rounded once: it is the double next to the number, as strtod() finds it
 * in ten times the time. Contours come as a million of such numbers.
 */
#include "core/decimal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum { DIGITS_MOST = 15 };

static bool short_value(const char *text, double *value)
{
    static const double ten_to[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *at = text + (*text == '+' || *text == '-');
    uint64_t integer = 0;
    size_t digits = 0; /* without leading zeros */
    size_t decimals = 0;
    bool after_point = false;
    for (; *at != '\0'; at++) {
        if (*at == '.') {
            after_point = true;
            continue;
        }
        if (!(*at >= '0' && *at <= '9') || digits == DIGITS_MOST) {
            return false;
        }
        integer = 10 * integer + (uint64_t)(*at - '0');
        digits += integer > 0;
        decimals += after_point;
    }
    if (decimals >= sizeof ten_to / sizeof ten_to[0]) {
        return false;
    }
    const double size = (double)integer / ten_to[decimals];
    *value = *text == '-' ? -size : size;
    return true;
}

double ot_decimal_value(const char *text)
{
    double value = 0.0;
    /* The program never calls setlocale(), so strtod() reads a point. */
    return short_value(text, &value) ? value : strtod(text, NULL);
}
