/* kernels/random.c - SplitMix64 and the distributions made of it. */
#include "kernels/random.h"

#include <math.h>

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

void ot_random_seed(struct ot_random *random, uint64_t seed, uint64_t stream)
{
    random->state = mix(mix(seed + UINT64_C(0x9E3779B97F4A7C15)) + stream);
}

uint64_t ot_random_bits(struct ot_random *random)
{
    random->state += UINT64_C(0x9E3779B97F4A7C15);
    return mix(random->state);
}

double ot_random_uniform(struct ot_random *random)
{
    return (double)(ot_random_bits(random) >> 11) * 0x1.0p-53;
}

double ot_random_normal(struct ot_random *random)
{
    const double two_pi = 6.283185307179586;
    const double u = 1.0 - ot_random_uniform(random); /* never 0 */
    return sqrt(-2.0 * log(u)) * cos(two_pi * ot_random_uniform(random));
}

double ot_random_poisson(struct ot_random *random, double mean)
{
    const double part = 32.0; /* exp(-32) and its products stay far from underflow */
    double count = 0.0;
    while (mean > 0.0) {
        const double here = fmin(mean, part);
        const double limit = exp(-here);
        double product = ot_random_uniform(random);
        while (product > limit) {
            count += 1.0;
            product *= ot_random_uniform(random);
        }
        mean -= here;
    }
    return count;
}
