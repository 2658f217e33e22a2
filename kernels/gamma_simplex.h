/* kernels/gamma_simplex.h - distance from the origin to a simplex in four dimensions. */
#ifndef OT_KERNELS_GAMMA_SIMPLEX_H
#define OT_KERNELS_GAMMA_SIMPLEX_H

#include <stddef.h>

/* Smallest |sum w_n v_n|^2 over w_n >= 0, sum w_n = 1, for `count` corners v_n, 1..4. */
double ot_simplex_distance2(const double (*corner)[4], size_t count);

#endif /* OT_KERNELS_GAMMA_SIMPLEX_H */
