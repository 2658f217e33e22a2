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

/* Sum of values[count]; zeros, of which VOIs have many, take little time. */
double ot_sum(const float *values, size_t count);
/* Sum of a[n] * b[n]. */
double ot_sum_product(const float *a, const float *b, size_t count);

enum { OT_ZEROS_RUN = 32 };

/* VOIs are small parts of a grid: whole runs of OT_ZEROS_RUN zeros from `from` on are left out.
 * Returns where the first run with something else begins (NaN is something), or the rest that is no
 * whole run, or count. For loops over all but most of the zeros:
 *     for (x = ot_skip_zeros(v, 0, count); x < count; x = ot_skip_next(v, x, count)) */
size_t ot_skip_zeros(const float *values, size_t from, size_t count);

static inline size_t ot_skip_next(const float *values, size_t x, size_t count)
{
    return (x + 1) % OT_ZEROS_RUN == 0 ? ot_skip_zeros(values, x + 1, count) : x + 1;
}

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_STATS_H */
