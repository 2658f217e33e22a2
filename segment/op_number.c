/* segment/op_number.c - scans numbers and units. */
#include "segment/op_number.h"

#include <ctype.h>
#include <string.h>

#include "core/text.h"

enum { NUMBER_SIZE = 40 };

bool ot_op_is_number_start(const char *at)
{
    if (*at == '+' || *at == '-') {
        at++;
    }
    return isdigit((unsigned char)*at) != 0 || *at == '.';
}

/* The number itself is judged by ot_text_to_double(). */
size_t ot_op_scan_number(const char *at, double *value)
{
    char digits[NUMBER_SIZE];
    size_t length = 0;
    while (length < sizeof digits - 1) {
        const char byte = at[length];
        const bool exponent =
            (byte == 'e' || byte == 'E') && ot_op_is_number_start(at + length + 1);
        const bool sign =
            (byte == '+' || byte == '-') && (length == 0 || digits[length - 1] == 'e');
        if (isdigit((unsigned char)byte) == 0 && byte != '.' && !exponent && !sign) {
            break;
        }
        digits[length] = byte;
        if (exponent) {
            digits[length] = 'e';
        }
        length++;
    }
    digits[length] = '\0';
    return ot_text_to_double(digits, value) ? length : 0;
}

size_t ot_op_scan_unit(const char *at, enum ot_op_unit *unit, double *factor)
{
    static const struct {
        const char *text;
        enum ot_op_unit unit;
        double factor;
    } units[] = {
        {"%", OT_OP_PERCENT, 1.0},
        {"%max", OT_OP_PERCENT, 1.0},
        {"%seed", OT_OP_PERCENT_OF_SEED, 1.0},
        {"mm", OT_OP_MM, 1.0},
        {"cm", OT_OP_MM, 10.0},
        {"HU", OT_OP_HU, 1.0},
        {"Bq/ml", OT_OP_BQ_PER_ML, 1.0},
        {"kBq/ml", OT_OP_BQ_PER_ML, 1e3},
    };
    size_t length = 0;
    *unit = OT_OP_PLAIN;
    *factor = 1.0;
    while (isalpha((unsigned char)at[length]) != 0 || at[length] == '%' || at[length] == '/') {
        length++;
    }
    for (size_t n = 0; n < sizeof units / sizeof units[0]; n++) {
        if (strlen(units[n].text) == length && strncmp(at, units[n].text, length) == 0) {
            *unit = units[n].unit;
            *factor = units[n].factor;
        }
    }
    return length;
}
