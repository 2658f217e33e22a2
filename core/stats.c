/* core/stats.c - fixed-order sums in double. */
#include "core/stats.h"

#include <stdbool.h>
#include <string.h>

/* Blocks keep the partial sums of like size, which loses less than one long chain. */
enum { BLOCK = 4096, SIDE_BY_SIDE = 4 };

enum { ZEROS = 1024 };

static bool is_zero(float value) /* NaN is not */
{
    return value >= 0.0F && value <= 0.0F;
}

/* Of many values at a time; what is not found so, as -0, is looked at one by one. */
static bool are_zero_bits(const float *values)
{
    static const float zeros[ZEROS] = {0.0F};
    return memcmp(values, zeros, sizeof zeros) == 0; /* NOLINT: it is the bits that are meant */
}

static size_t first_filled(const float *values, size_t count)
{
    size_t first = 0;
    while (count - first >= ZEROS && are_zero_bits(values + first)) {
        first += ZEROS;
    }
    while (first < count && is_zero(values[first])) {
        first++;
    }
    return first;
}

/* first: a value that is not 0, or count. */
static size_t end_filled(const float *values, size_t first, size_t count)
{
    size_t end = count;
    while (end - first >= ZEROS && are_zero_bits(values + end - ZEROS)) {
        end -= ZEROS;
    }
    while (end > first && is_zero(values[end - 1])) {
        end--;
    }
    return end;
}

struct ot_span ot_span_filled(const float *values, size_t count)
{
    const size_t first = first_filled(values, count);
    return (struct ot_span){first, end_filled(values, first, count)};
}

double ot_sum(const float *values, size_t count)
{
    double total = 0.0;
    size_t first = 0;
    /* Four blocks at a time: each is the same chain as alone, and the chains do not wait for each
     * other. */
    for (; count - first >= (size_t)SIDE_BY_SIDE * BLOCK; first += (size_t)SIDE_BY_SIDE * BLOCK) {
        double block[SIDE_BY_SIDE] = {0.0};
        for (size_t n = first; n < first + BLOCK; n++) {
            for (size_t b = 0; b < SIDE_BY_SIDE; b++) {
                block[b] += (double)values[n + b * BLOCK];
            }
        }
        for (size_t b = 0; b < SIDE_BY_SIDE; b++) {
            total += block[b];
        }
    }
    for (; first < count; first += BLOCK) {
        const size_t end = BLOCK < count - first ? first + BLOCK : count;
        double block = 0.0;
        for (size_t n = first; n < end; n++) {
            block += (double)values[n];
        }
        total += block;
    }
    return total;
}

/* Blocks that hold zeros only add nothing; the others stay where they are. */
double ot_sum_filled(const float *values, size_t count)
{
    const struct ot_span span = ot_span_filled(values, count);
    const size_t first = span.first / BLOCK * BLOCK;
    return ot_sum(values + first, span.end - first);
}

double ot_sum_product(const float *a, const float *b, size_t count)
{
    double total = 0.0;
    size_t first = 0;
    for (; count - first >= (size_t)SIDE_BY_SIDE * BLOCK; first += (size_t)SIDE_BY_SIDE * BLOCK) {
        double block[SIDE_BY_SIDE] = {0.0};
        for (size_t n = first; n < first + BLOCK; n++) {
            for (size_t s = 0; s < SIDE_BY_SIDE; s++) {
                block[s] += (double)a[n + s * BLOCK] * (double)b[n + s * BLOCK];
            }
        }
        for (size_t s = 0; s < SIDE_BY_SIDE; s++) {
            total += block[s];
        }
    }
    for (; first < count; first += BLOCK) {
        const size_t end = BLOCK < count - first ? first + BLOCK : count;
        double block = 0.0;
        for (size_t n = first; n < end; n++) {
            block += (double)a[n] * (double)b[n];
        }
        total += block;
    }
    return total;
}
