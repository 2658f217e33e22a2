/* core/stats.c - fixed-order sums in double. */
#include "core/stats.h"

/* Blocks keep the partial sums of like size, which loses less than one long chain. */
enum { BLOCK = 4096 };

double ot_sum(const float *values, size_t count)
{
    double total = 0.0;
    for (size_t first = 0; first < count; first += BLOCK) {
        const size_t end = first + BLOCK < count ? first + BLOCK : count;
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
    for (size_t first = 0; first < count; first += BLOCK) {
        const size_t end = first + BLOCK < count ? first + BLOCK : count;
        double block = 0.0;
        for (size_t n = first; n < end; n++) {
            block += (double)a[n] * (double)b[n];
        }
        total += block;
    }
    return total;
}
