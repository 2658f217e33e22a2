/* core/stats.h - sums that do not depend on who adds. All accumulate in double, in one fixed
 * order, whatever the number of threads. */
#ifndef OT_CORE_STATS_H
#define OT_CORE_STATS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sum of values[count]. */
double ot_sum(const float *values, size_t count);
/* Sum of a[n] * b[n]. */
double ot_sum_product(const float *a, const float *b, size_t count);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_STATS_H */
