/* kernels/convolve_direct.c - the convolution as a symmetric sum over rows that hold activity.
 *
 * The kernel depends on |di|, |dj|, |dk| only, so mirrored source rows are added before anything is
 * multiplied: planes k - dk and k + dk, then rows j - dj and j + dj. For each |di| one weighted
 * sum of the (radius_j + 1)(radius_k + 1) rows follows, aligned and without shifts; the shifts
 * along i come last. A voxel costs an eighth of the plain triple loop's multiplications. Sums are
 * in double: the operations are few, and the result is the oracle's to rounding of the float it is
 * stored in.
 */
#include "kernels/convolve_engine.h"

#include <omp.h>
#include <string.h>

#include "core/mem.h"

/* The hot loops are compiled for wider vectors too and chosen when the program starts. Sums keep
 * their order and nothing is contracted, so all versions give the same bits. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define OT_VERSIONS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define OT_VERSIONS
#endif

enum { BLOCK = 16, GROUP = 4 }; /* voxels of a row, rows of a weighted sum */

/* What one thread works with. Rows are those of the source's box, in double. */
struct work {
    double *planes;               /* (2 rj + 1) x (rk + 1) rows: sums of mirrored planes, a ring */
    struct ot_row_extent *extent; /* of each of those rows */
    double *pairs;                /* rows that had to be added to their mirror row */
    const double **rows;          /* the rows that hold activity */
    double *weight;               /* (ri + 1) x rows */
    double *sums;                 /* (ri + 1) rows, each with a margin of 2 ri on both sides */
};

struct sizes {
    size_t ring;   /* rows of the source that one output row can see */
    size_t pairs;  /* (rj + 1)(rk + 1), a multiple of GROUP */
    size_t width;  /* of a row, a multiple of BLOCK */
    size_t margin; /* 2 ri, rounded up */
};

static size_t round_up(size_t n)
{
    return (n + BLOCK - 1) / BLOCK * BLOCK;
}

static struct sizes sizes_of(const struct ot_convolve_job *job)
{
    const size_t *r = job->kernel->radius;
    return (struct sizes){.ring = 2 * r[1] + 1,
                          .pairs = ((r[1] + 1) * (r[2] + 1) + GROUP - 1) / GROUP * GROUP,
                          .width = round_up(job->n[0]),
                          .margin = round_up(2 * r[0])};
}

/* sum[x] = sum over rows of weight * row[first + x]; count is a multiple of GROUP. */
OT_VERSIONS static void weigh(const double *const *rows, const double *weight, size_t count,
                              size_t first, size_t n, double *sum)
{
    double *restrict to = sum;
    memset(to, 0, n * sizeof *to);
    for (size_t row = 0; row < count; row += GROUP) {
        const double *restrict a = rows[row] + first;
        const double *restrict b = rows[row + 1] + first;
        const double *restrict c = rows[row + 2] + first;
        const double *restrict d = rows[row + 3] + first;
        const double wa = weight[row];
        const double wb = weight[row + 1];
        const double wc = weight[row + 2];
        const double wd = weight[row + 3];
        for (size_t x = 0; x < n; x++) {
            to[x] += (wa * a[x] + wb * b[x]) + (wc * c[x] + wd * d[x]);
        }
    }
}

/* to[x] = sums_0[x] + sum over d of (sums_d[x - d] + sums_d[x + d]). */
OT_VERSIONS static void shift(double *sums, size_t stride, size_t radius, size_t n, float *to)
{
    double *restrict sum = sums;
    for (size_t d = 1; d <= radius; d++) {
        const double *restrict left = sums + d * stride - d;
        const double *restrict right = sums + d * stride + d;
        for (size_t x = 0; x < n; x++) {
            sum[x] += left[x] + right[x];
        }
    }
    for (size_t x = 0; x < n; x++) {
        to[x] = (float)sum[x];
    }
}

/* to = a + b, or a where b is NULL. */
OT_VERSIONS static void add_planes(const float *a, const float *b, size_t n, double *to)
{
    if (b == NULL) {
        for (size_t x = 0; x < n; x++) {
            to[x] = (double)a[x];
        }
    } else {
        for (size_t x = 0; x < n; x++) {
            to[x] = (double)a[x] + (double)b[x];
        }
    }
}

OT_VERSIONS static void add_rows(const double *a, const double *b, size_t n, double *to)
{
    for (size_t x = 0; x < n; x++) {
        to[x] = a[x] + b[x];
    }
}

static struct ot_row_extent join(struct ot_row_extent a, struct ot_row_extent b)
{
    if (a.lo == a.hi) {
        return b;
    }
    if (b.lo == b.hi) {
        return a;
    }
    return (struct ot_row_extent){a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi};
}

/* Row j of the planes at distance dk from the centre plane, if it is in the box and not empty. */
static const float *source_row(const struct ot_convolve_job *job, size_t j, ptrdiff_t k,
                               struct ot_row_extent *extent)
{
    *extent = (struct ot_row_extent){0, 0};
    if (k < 0 || k >= (ptrdiff_t)job->n[2]) {
        return NULL;
    }
    *extent = job->extent[j + job->n[1] * (size_t)k];
    return extent->lo == extent->hi
               ? NULL
               : job->source + j * job->row_stride + (size_t)k * job->plane_stride;
}

/* Brings source row j of all planes round `k` into the ring. */
static void load_row(const struct ot_convolve_job *job, const struct sizes *sizes, size_t j,
                     ptrdiff_t k, struct work *work)
{
    const size_t planes = job->kernel->radius[2] + 1;
    for (size_t dk = 0; dk < planes; dk++) {
        const size_t slot = (j % sizes->ring) * planes + dk;
        struct ot_row_extent below;
        struct ot_row_extent above = {0, 0};
        const float *a = source_row(job, j, k - (ptrdiff_t)dk, &below);
        const float *b = dk > 0 ? source_row(job, j, k + (ptrdiff_t)dk, &above) : NULL;
        work->extent[slot] = join(below, above);
        if (a != NULL || b != NULL) {
            add_planes(a != NULL ? a : b, a != NULL ? b : NULL, job->n[0],
                       work->planes + slot * sizes->width);
        }
    }
}

/* A row of the ring, or NULL where there is no source row or it is empty. */
static const double *ring_row(const struct ot_convolve_job *job, const struct sizes *sizes,
                              ptrdiff_t j, size_t dk, const struct work *work,
                              struct ot_row_extent *extent)
{
    if (j < 0 || j >= (ptrdiff_t)job->n[1]) {
        return NULL;
    }
    const size_t slot = ((size_t)j % sizes->ring) * (job->kernel->radius[2] + 1) + dk;
    *extent = join(*extent, work->extent[slot]);
    return work->extent[slot].lo == work->extent[slot].hi ? NULL
                                                          : work->planes + slot * sizes->width;
}

/* Fills the last group with a row that counts nothing. */
static size_t complete_group(const struct ot_convolve_job *job, const struct sizes *sizes,
                             size_t count, struct work *work)
{
    for (; count % GROUP != 0; count++) {
        work->rows[count] = work->rows[0];
        for (size_t di = 0; di <= job->kernel->radius[0]; di++) {
            work->weight[count + sizes->pairs * di] = 0.0;
        }
    }
    return count;
}

/* Lists the rows that reach output row centre j, adding mirrored ones; returns how many. */
static size_t collect_rows(const struct ot_convolve_job *job, const struct sizes *sizes,
                           ptrdiff_t j, struct work *work, struct ot_row_extent *extent)
{
    const size_t *r = job->kernel->radius;
    size_t count = 0;
    for (size_t dk = 0; dk <= r[2]; dk++) {
        for (size_t dj = 0; dj <= r[1]; dj++) {
            const double *a = ring_row(job, sizes, j - (ptrdiff_t)dj, dk, work, extent);
            const double *b =
                dj > 0 ? ring_row(job, sizes, j + (ptrdiff_t)dj, dk, work, extent) : NULL;
            if (a == NULL && b == NULL) {
                continue;
            }
            work->rows[count] = a != NULL ? a : b;
            if (a != NULL && b != NULL) {
                double *pair = work->pairs + count * sizes->width;
                add_rows(a, b, job->n[0], pair);
                work->rows[count] = pair;
            }
            for (size_t di = 0; di <= r[0]; di++) {
                work->weight[count + sizes->pairs * di] =
                    job->kernel->octant[di + (r[0] + 1) * (dj + (r[1] + 1) * dk)];
            }
            count++;
        }
    }
    return complete_group(job, sizes, count, work);
}

static void convolve_row(const struct ot_convolve_job *job, const struct sizes *sizes, ptrdiff_t j,
                         struct work *work, float *to)
{
    const size_t radius = job->kernel->radius[0];
    struct ot_row_extent extent = {0, 0};
    const size_t count = collect_rows(job, sizes, j, work, &extent);
    if (count == 0) {
        return; /* the result is 0 already */
    }
    const size_t n = round_up(extent.hi - extent.lo);
    const size_t first = extent.lo + n > sizes->width ? sizes->width - n : extent.lo;
    const size_t stride = sizes->width + 2 * sizes->margin;
    for (size_t di = 0; di <= radius; di++) {
        double *sum = work->sums + di * stride + sizes->margin;
        weigh(work->rows, work->weight + sizes->pairs * di, count, first, n, sum);
        memset(sum - sizes->margin, 0, sizes->margin * sizeof *sum);
        memset(sum + n, 0, sizes->margin * sizeof *sum);
    }
    /* Output voxel 0 of the row is source voxel -radius. */
    const size_t end = first + n < job->n[0] ? first + n : job->n[0];
    shift(work->sums + sizes->margin - radius, stride, radius, end - first + 2 * radius,
          to + first);
}

static void convolve_plane(const struct ot_convolve_job *job, const struct sizes *sizes, size_t k,
                           struct work *work)
{
    const size_t *r = job->kernel->radius;
    const ptrdiff_t centre_k = (ptrdiff_t)k - (ptrdiff_t)r[2];
    for (size_t j = 0; j < job->out_n[1]; j++) {
        if (j < job->n[1]) { /* the last row that this output row sees */
            load_row(job, sizes, j, centre_k, work);
        }
        convolve_row(job, sizes, (ptrdiff_t)j - (ptrdiff_t)r[1], work,
                     job->value + job->out_n[0] * (j + job->out_n[1] * k));
    }
}

/* Doubles that one thread needs. */
static size_t thread_doubles(const struct ot_convolve_job *job, const struct sizes *sizes)
{
    const size_t *r = job->kernel->radius;
    return (sizes->ring * (r[2] + 1) + sizes->pairs) * sizes->width + sizes->pairs * (r[0] + 1) +
           (r[0] + 1) * (sizes->width + 2 * sizes->margin) + BLOCK;
}

double ot_convolve_direct_bytes(const struct ot_convolve_job *job)
{
    const struct sizes sizes = sizes_of(job);
    return (double)thread_doubles(job, &sizes) * sizeof(double) * job->threads;
}

enum ot_rc ot_convolve_direct(const struct ot_convolve_job *job, struct ot_err *err)
{
    const struct sizes sizes = sizes_of(job);
    const size_t *r = job->kernel->radius;
    const size_t threads = (size_t)job->threads;
    const size_t ring_rows = sizes.ring * (r[2] + 1);
    const size_t doubles = round_up(thread_doubles(job, &sizes));
    enum ot_rc rc = OT_ERR_NOMEM;
    double *numbers = OT_NEW(double, doubles *threads, err);
    struct ot_row_extent *extent = OT_NEW(struct ot_row_extent, ring_rows * threads, err);
    const double **rows = OT_NEW(const double *, sizes.pairs *threads, err);
    if (numbers == NULL || extent == NULL || rows == NULL) {
        goto done;
    }
#pragma omp parallel num_threads(job->threads)
    {
        const size_t me = (size_t)omp_get_thread_num();
        struct work work = {.planes = numbers + doubles * me,
                            .extent = extent + ring_rows * me,
                            .rows = rows + sizes.pairs * me};
        work.pairs = work.planes + ring_rows * sizes.width;
        work.sums = work.pairs + sizes.pairs * sizes.width;
        work.weight = work.sums + (r[0] + 1) * (sizes.width + 2 * sizes.margin);
        /* Planes in turn: activity is seldom spread evenly along k. */
#pragma omp for schedule(static, 1)
        for (size_t k = 0; k < job->out_n[2]; k++) {
            convolve_plane(job, &sizes, k, &work);
        }
    }
    rc = OT_OK;

done:
    ot_free(numbers);
    ot_free(extent);
    ot_free(rows);
    return rc;
}

double ot_convolve_direct_cost(const struct ot_convolve_job *job)
{
    static const double s_per_product = 0.067e-9; /* measured on one core, AVX2 */
    static const double s_per_sum = 0.155e-9;
    const size_t *r = job->kernel->radius;
    double filled = 0.0; /* source voxels within the extents of their rows */
    for (size_t row = 0; row < job->n[1] * job->n[2]; row++) {
        filled += (double)(job->extent[row].hi - job->extent[row].lo);
    }
    double out = 1.0;
    for (size_t axis = 0; axis < 3; axis++) {
        out *= (double)job->out_n[axis];
    }
    const double part = filled / ((double)job->n[0] * (double)job->n[1] * (double)job->n[2]);
    const double pairs = (double)((r[1] + 1) * (r[2] + 1));
    const double products = pairs * (double)(r[0] + 1);
    return out * part * (products * s_per_product + (pairs + (double)r[0] + 2.0) * s_per_sum);
}
