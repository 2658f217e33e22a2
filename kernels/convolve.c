/* kernels/convolve.c - finds the box that holds activity and chooses the engine. */
#include "kernels/convolve.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "core/mem.h"
#include "kernels/convolve_engine.h"

/* Two spacings that differ by less are one: files keep them as float or with six digits. */
static const double SPACING_TOLERANCE = 1e-5;

const char *ot_convolution_name(enum ot_convolution how)
{
    switch (how) {
    case OT_CONVOLUTION_AUTO:
        return "auto";
    case OT_CONVOLUTION_DIRECT:
        return "direct";
    case OT_CONVOLUTION_FFT:
        return "fft";
    }
    return "?";
}

void ot_spread_destroy(struct ot_spread *spread)
{
    if (spread == NULL) {
        return;
    }
    ot_free(spread->value);
    ot_free(spread);
}

enum row_flag { ROW_NEGATIVE = 1, ROW_NOT_FINITE = 2, ROW_NOT_ZERO = 4 };

struct scan {
    struct ot_row_extent *extent; /* owned; of every row of the grid */
    unsigned char *flags;         /* owned; of every row */
};

OT_VERSIONS static unsigned char flags_of(const float *row, size_t n)
{
    int negative = 0;
    int not_finite = 0;
    int not_zero = 0;
#pragma omp simd reduction(| : negative, not_finite, not_zero)
    for (size_t i = 0; i < n; i++) {
        negative |= row[i] < 0.0F ? ROW_NEGATIVE : 0;
        not_finite |= fabsf(row[i]) <= FLT_MAX ? 0 : ROW_NOT_FINITE;
        not_zero |= fabsf(row[i]) > 0.0F ? ROW_NOT_ZERO : 0;
    }
    return (unsigned char)(negative | not_finite | not_zero);
}

static void scan_row(const float *row, size_t n, struct ot_row_extent *extent, unsigned char *flags)
{
    *flags = flags_of(row, n);
    size_t lo = 0;
    size_t hi = (*flags & ROW_NOT_ZERO) != 0 ? n : 0;
    while (lo < hi && !(fabsf(row[lo]) > 0.0F)) {
        lo++;
    }
    while (hi > lo && !(fabsf(row[hi - 1]) > 0.0F)) {
        hi--;
    }
    *extent = lo < hi ? (struct ot_row_extent){lo, hi} : (struct ot_row_extent){0, 0};
}

/* Looks at every voxel once. */
static enum ot_rc scan_source(const struct ot_volume *source, int threads, struct scan *scan,
                              bool *nonnegative, struct ot_err *err)
{
    const size_t *n = source->grid.n;
    const size_t rows = n[1] * n[2];
    scan->extent = OT_NEW(struct ot_row_extent, rows, err);
    scan->flags = OT_NEW(unsigned char, rows, err);
    if (scan->extent == NULL || scan->flags == NULL) {
        return OT_ERR_NOMEM;
    }
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t row = 0; row < rows; row++) {
        scan_row(source->data + row * n[0], n[0], &scan->extent[row], &scan->flags[row]);
    }
    *nonnegative = true;
    for (size_t row = 0; row < rows; row++) {
        if ((scan->flags[row] & ROW_NOT_FINITE) != 0) {
            return ot_fail(err, OT_ERR_RANGE,
                           "source of the convolution is not finite in row "
                           "j = %zu, k = %zu",
                           row % n[1], row / n[1]);
        }
        *nonnegative = *nonnegative && (scan->flags[row] & ROW_NEGATIVE) == 0;
    }
    return OT_OK;
}

/* Smallest box lo <= index < hi with all nonzero voxels; false when there are none. */
static bool find_box(const struct ot_row_extent *extent, const size_t n[3], size_t lo[3],
                     size_t hi[3])
{
    bool any = false;
    for (size_t k = 0; k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            const struct ot_row_extent row = extent[j + n[1] * k];
            if (row.lo == row.hi) {
                continue;
            }
            const size_t first[3] = {row.lo, j, k};
            const size_t end[3] = {row.hi, j + 1, k + 1};
            for (size_t axis = 0; axis < 3; axis++) {
                lo[axis] = !any || first[axis] < lo[axis] ? first[axis] : lo[axis];
                hi[axis] = !any || end[axis] > hi[axis] ? end[axis] : hi[axis];
            }
            any = true;
        }
    }
    return any;
}

/* Extents of the box's rows, relative to the box; in place, which is safe since rows only move
 * towards the start. */
static void crop_extents(struct ot_row_extent *extent, const size_t n[3], const size_t lo[3],
                         const size_t hi[3])
{
    struct ot_row_extent *to = extent;
    for (size_t k = lo[2]; k < hi[2]; k++) {
        for (size_t j = lo[1]; j < hi[1]; j++) {
            const struct ot_row_extent row = extent[j + n[1] * k];
            *to++ = row.lo == row.hi ? (struct ot_row_extent){0, 0}
                                     : (struct ot_row_extent){row.lo - lo[0], row.hi - lo[0]};
        }
    }
}

static enum ot_rc check_arguments(const struct ot_volume *source, const struct ot_voxel_s *kernel,
                                  int threads, struct ot_err *err)
{
    for (size_t axis = 0; axis < 3; axis++) {
        const double spacing_mm = source->grid.spacing_mm[axis];
        if (!(fabs(spacing_mm - kernel->spacing_mm[axis]) <= SPACING_TOLERANCE * spacing_mm)) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "voxels are %g mm along axis %zu, the kernel's are %g mm", spacing_mm,
                           axis, kernel->spacing_mm[axis]);
        }
    }
    if (threads < 1) {
        return ot_fail(err, OT_ERR_ARG, "number of threads is %d, need 1 or more", threads);
    }
    return OT_OK;
}

/* Allocates the result for a job and runs the engine. */
static enum ot_rc run(struct ot_convolve_job *job, enum ot_convolution how,
                      struct ot_spread *spread, struct ot_err *err)
{
    double count = 1.0;
    for (size_t axis = 0; axis < 3; axis++) {
        job->out_n[axis] = job->n[axis] + 2 * job->kernel->radius[axis];
        spread->n[axis] = job->out_n[axis];
        count *= (double)job->out_n[axis];
    }
    if (how == OT_CONVOLUTION_AUTO) {
        how = ot_convolve_direct_cost(job) <= ot_convolve_fft_cost(job) ? OT_CONVOLUTION_DIRECT
                                                                        : OT_CONVOLUTION_FFT;
    }
    spread->used = how;
    const bool direct = how == OT_CONVOLUTION_DIRECT;
    const double bytes = count * sizeof(float) +
                         (direct ? ot_convolve_direct_bytes(job) : ot_convolve_fft_bytes(job));
    enum ot_rc rc =
        ot_mem_require(bytes, "the convolution", "crop the image or use larger voxels", err);
    if (rc != OT_OK) {
        return rc;
    }
    spread->value = OT_NEW_UNSET(float, job->out_n[0] * job->out_n[1] * job->out_n[2], err);
    if (spread->value == NULL) {
        return OT_ERR_NOMEM;
    }
    job->value = spread->value;
    return direct ? ot_convolve_direct(job, err) : ot_convolve_fft(job, err);
}

enum ot_rc ot_convolve(const struct ot_volume *source, const struct ot_voxel_s *kernel,
                       enum ot_convolution how, int threads, struct ot_spread **out,
                       struct ot_err *err)
{
    struct scan scan = {0};
    struct ot_spread *spread = NULL;
    size_t lo[3] = {0};
    size_t hi[3] = {0};
    bool nonnegative = true;
    *out = NULL;

    enum ot_rc rc = check_arguments(source, kernel, threads, err);
    if (rc == OT_OK) {
        rc = scan_source(source, threads, &scan, &nonnegative, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    spread = OT_NEW(struct ot_spread, 1, err);
    if (spread == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    const size_t *n = source->grid.n;
    spread->used = how == OT_CONVOLUTION_AUTO ? OT_CONVOLUTION_DIRECT : how;
    if (find_box(scan.extent, n, lo, hi)) {
        crop_extents(scan.extent, n, lo, hi);
        struct ot_convolve_job job = {.kernel = kernel,
                                      .source =
                                          source->data + lo[0] + n[0] * (lo[1] + n[1] * lo[2]),
                                      .n = {hi[0] - lo[0], hi[1] - lo[1], hi[2] - lo[2]},
                                      .row_stride = n[0],
                                      .plane_stride = n[0] * n[1],
                                      .extent = scan.extent,
                                      .threads = threads,
                                      .nonnegative = nonnegative};
        for (size_t axis = 0; axis < 3; axis++) {
            spread->first[axis] = (ptrdiff_t)lo[axis] - (ptrdiff_t)kernel->radius[axis];
        }
        rc = run(&job, how, spread, err);
        if (rc != OT_OK) {
            goto done;
        }
    }
    *out = spread;
    spread = NULL; /* handed over */

done:
    ot_free(scan.extent);
    ot_free(scan.flags);
    ot_spread_destroy(spread);
    return rc;
}
