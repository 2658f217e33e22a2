/* kernels/random.h - random numbers that depend on a seed and a counter only.
 *
 * Each stream is a function of (seed, stream): voxel x of an image draws from stream x, so that
 * the result does not depend on who computes it.
 */
#ifndef OT_KERNELS_RANDOM_H
#define OT_KERNELS_RANDOM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ot_random {
    uint64_t state;
};

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014); its state is a counter, mixed on output. */
void ot_random_seed(struct ot_random *random, uint64_t seed, uint64_t stream);
uint64_t ot_random_bits(struct ot_random *random);
/* Uniform in [0, 1), 53 bits. */
double ot_random_uniform(struct ot_random *random);
/* Standard normal (Box-Muller, one of the pair). */
double ot_random_normal(struct ot_random *random);
/* Poisson with the given mean >= 0, exact: the sum of means of at most 32, each by counting
 * (Knuth). Cost grows with the mean. */
double ot_random_poisson(struct ot_random *random, double mean);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_RANDOM_H */
