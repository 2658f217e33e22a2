/* core/stats.c - fixed-order sums in double. */
#include "core/stats.h"

#include <math.h>
#include <stdbool.h>

/* Blocks keep the partial sums of like size, which loses less than one long chain. */
enum { BLOCK = 4096, SIDE_BY_SIDE = 4 };

static bool all_zero(const float values[OT_ZEROS_RUN])
{
    int any = 0;
#pragma omp simd reduction(| : any)
    for (size_t l = 0; l < OT_ZEROS_RUN; l++) {
        any |= !(fabsf(values[l]) <= 0.0F); /* NaN is not zero */
    }
    return any == 0;
}

size_t ot_skip_zeros(const float *values, size_t from, size_t count)
{
    while (from < count && count - from >= OT_ZEROS_RUN && all_zero(values + from)) {
        from += OT_ZEROS_RUN;
    }
    return from;
}

static bool is_zero(float value) /* NaN is not */
{
    return fabsf(value) <= 0.0F;
}

struct ot_span ot_span_filled(const float *values, size_t count)
{
    struct ot_span span = {.first = ot_skip_zeros(values, 0, count), .end = count};
    while (span.first < count && is_zero(values[span.first])) {
        span.first++;
    }
    while (span.end - span.first >= OT_ZEROS_RUN && all_zero(values + span.end - OT_ZEROS_RUN)) {
        span.end -= OT_ZEROS_RUN;
    }
    while (span.end > span.first && is_zero(values[span.end - 1])) {
        span.end--;
    }
    return span;
}

/* Adds one run of each of the blocks side by side. */
static void add_runs(const float *values, double block[SIDE_BY_SIDE])
{
    bool none = true; /* zeros change no sum */
    for (size_t b = 0; b < SIDE_BY_SIDE; b++) {
        none = none && all_zero(values + b * BLOCK);
    }
    for (size_t l = 0; !none && l < OT_ZEROS_RUN; l++) {
        for (size_t b = 0; b < SIDE_BY_SIDE; b++) {
            block[b] += (double)values[l + b * BLOCK];
        }
    }
}

double ot_sum(const float *values, size_t count)
{
    double total = 0.0;
    size_t first = 0;
    /* Four blocks at a time: each is the same chain as alone, and the chains do not wait for each
     * other. */
    for (; count - first >= (size_t)SIDE_BY_SIDE * BLOCK; first += (size_t)SIDE_BY_SIDE * BLOCK) {
        double block[SIDE_BY_SIDE] = {0.0};
        for (size_t n = first; n < first + BLOCK; n += OT_ZEROS_RUN) {
            add_runs(values + n, block);
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
