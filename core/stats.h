/* core/stats.h - sums that do not depend on who adds. All accumulate in double, in one fixed
 * order, whatever the number of threads. */
#ifndef OT_CORE_STATS_H
#define OT_CORE_STATS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Some of many values: first <= n < end. */
struct ot_span {
    size_t first, end;
};

/* From the first to the last value that is not 0; first == end where all are. */
struct ot_span ot_span_filled(const float *values, size_t count);

/* Sum of values[count]. */
double ot_sum(const float *values, size_t count);
/* The same to the bit, faster where many values at both ends are 0, as those of a VOI. */
double ot_sum_filled(const float *values, size_t count);
/* Sum of a[n] * b[n]. */
double ot_sum_product(const float *a, const float *b, size_t count);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_STATS_H */
