/* core/stats.c - fixed-order sums in double. */
#include "core/stats.h"

/* Blocks keep the partial sums of like size, which loses less than one long chain. */
enum { BLOCK = 4096, SIDE_BY_SIDE = 4 };

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
