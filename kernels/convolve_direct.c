/* kernels/convolve_direct.c - the convolution as a symmetric sum over rows that hold activity.
 *
 * The kernel depends on |di|, |dj|, |dk| only, so mirrored source rows are added before anything is
 * multiplied: planes k - dk and k + dk once per output row, rows j - dj and j + dj on the way. For
 * each di one weighted sum of those rows follows, aligned and without shifts; the shifts along i
 * come last. A voxel costs an eighth of the plain triple loop's multiplications, and less:
 *   - The fractions beyond the ball in the kernel's box are left out; see convolve_recipe.h.
 *   - A group of four rows gives up to four sums in one pass: each vector loaded serves four
 *     products, so that arithmetic is the limit and not the first-level cache.
 * Sums are in float, from the outside in: pairs and shifts far from the centre, which carry
 * little, come first, so that nearly all roundings are of partial sums that are still small.
 */
#include "kernels/convolve_engine.h"

#include <omp.h>
#include <string.h>

#include "core/mem.h"
#include "kernels/convolve_recipe.h"

/* Rows are worked through in blocks of 64 bytes, and start at one. */
enum { BLOCK = 16, GROUP = OT_CONVOLVE_GROUP, SHIFTS = OT_CONVOLVE_SHIFTS };

/* What one thread works with. Rows are those of the source's box. */
struct work {
    float *planes;                /* (2 rj + 1) x (rk + 1) rows: sums of mirrored planes, a ring */
    const float **ring;           /* each of those, or zeros where it is empty */
    struct ot_row_extent *extent; /* of the 2 rj + 1 source rows, over all planes */
    const float **row;  /* for one output row, as struct ot_convolve_group counts; then zeros */
    float *sums;        /* a row per di, each with a margin of 2 ri on both sides */
    float *shifted;     /* one such row */
    const float *zeros; /* one row */
};

struct sizes {
    size_t ring;   /* rows of the source that one output row can see */
    size_t width;  /* of a row, a multiple of BLOCK */
    size_t margin; /* 2 ri, rounded up */
    size_t stride; /* of a row of sums */
};

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static struct sizes sizes_of(const struct ot_convolve_job *job)
{
    const size_t *r = job->kernel->radius;
    struct sizes sizes = {.ring = 2 * r[1] + 1,
                          .width = round_up(job->n[0], BLOCK),
                          .margin = round_up(2 * r[0], BLOCK)};
    sizes.stride = sizes.width + 2 * sizes.margin;
    return sizes;
}

/* sums[di] += sum over a group's rows of weight[di] * (a + b), for `count` <= SHIFTS di; count is
 * a constant wherever this is called. */
OT_INLINE void weigh(const float *const *a, const float *const *b, const float *weight,
                     size_t count, size_t n, float *sums, size_t stride)
{
    const float *a0 = a[0], *a1 = a[1], *a2 = a[2], *a3 = a[3];
    const float *b0 = b[0], *b1 = b[1], *b2 = b[2], *b3 = b[3];
    const float *w0 = weight, *w1 = w0 + GROUP, *w2 = w1 + GROUP, *w3 = w2 + GROUP;
    float *s0 = sums, *s1 = s0 + stride, *s2 = s1 + stride, *s3 = s2 + stride;
#pragma omp simd
    for (size_t x = 0; x < n / BLOCK * BLOCK; x++) {
        const float v0 = a0[x] + b0[x];
        const float v1 = a1[x] + b1[x];
        const float v2 = a2[x] + b2[x];
        const float v3 = a3[x] + b3[x];
        s0[x] += (w0[0] * v0 + w0[1] * v1) + (w0[2] * v2 + w0[3] * v3);
        if (count > 1) {
            s1[x] += (w1[0] * v0 + w1[1] * v1) + (w1[2] * v2 + w1[3] * v3);
        }
        if (count > 2) {
            s2[x] += (w2[0] * v0 + w2[1] * v1) + (w2[2] * v2 + w2[3] * v3);
        }
        if (count > 3) {
            s3[x] += (w3[0] * v0 + w3[1] * v1) + (w3[2] * v2 + w3[3] * v3);
        }
    }
}

/* The weighted sums of one group of rows. */
OT_VERSIONS static void weigh_group(const float *const *a, const float *const *b,
                                    const float *weight, size_t shifts, size_t n, float *sums,
                                    size_t stride)
{
    for (; shifts > SHIFTS; shifts -= SHIFTS) {
        weigh(a, b, weight, SHIFTS, n, sums, stride);
        weight += (size_t)SHIFTS * GROUP;
        sums += SHIFTS * stride;
    }
    switch (shifts) {
    case 4:
        weigh(a, b, weight, 4, n, sums, stride);
        break;
    case 3:
        weigh(a, b, weight, 3, n, sums, stride);
        break;
    case 2:
        weigh(a, b, weight, 2, n, sums, stride);
        break;
    default:
        weigh(a, b, weight, 1, n, sums, stride);
    }
}

/* to[x] = sums_0[x] + sum over d of (sums_d[x - d] + sums_d[x + d]) + outer[x], for d up to
 * `count` <= 3; count and `more`, whether there is an outer row, are constants. */
OT_INLINE void shift_near(const float *sums, size_t stride, size_t count, bool more, size_t n,
                          const float *outer, float *to)
{
    const float *s1 = sums + stride, *s2 = s1 + stride, *s3 = s2 + stride;
#pragma omp simd
    for (size_t x = 0; x < n; x++) {
        float sum = more ? outer[x] : 0.0F;
        sum += count > 2 ? (s3 - 3)[x] + (s3 + 3)[x] : 0.0F;
        sum += count > 1 ? (s2 - 2)[x] + (s2 + 2)[x] : 0.0F;
        sum += count > 0 ? (s1 - 1)[x] + (s1 + 1)[x] : 0.0F;
        to[x] = sum + sums[x];
    }
}

/* The same for any radius; `outer` is scratch. */
OT_VERSIONS static void shift(const float *sums, size_t stride, size_t radius, size_t n,
                              float *outer, float *to)
{
    for (size_t d = radius; d > 3; d--) {
        const float *left = sums + d * stride - d;
        const float *right = sums + d * stride + d;
        const bool first = d == radius;
#pragma omp simd
        for (size_t x = 0; x < n; x++) {
            outer[x] = (first ? 0.0F : outer[x]) + (left[x] + right[x]);
        }
    }
    switch (radius) {
    case 0:
        shift_near(sums, stride, 0, false, n, outer, to);
        break;
    case 1:
        shift_near(sums, stride, 1, false, n, outer, to);
        break;
    case 2:
        shift_near(sums, stride, 2, false, n, outer, to);
        break;
    case 3:
        shift_near(sums, stride, 3, false, n, outer, to);
        break;
    default:
        shift_near(sums, stride, 3, true, n, outer, to);
    }
}

/* to = a + b, or a where b is NULL. */
OT_VERSIONS static void add_planes(const float *a, const float *b, size_t n, float *to)
{
    float *restrict sum = to;
    if (b == NULL) {
        memcpy(sum, a, n * sizeof *a);
        return;
    }
#pragma omp simd
    for (size_t x = 0; x < n; x++) {
        sum[x] = a[x] + b[x];
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

/* Row j of plane k, if it is in the box and not empty. */
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
    const size_t slot = (j % sizes->ring) * planes;
    struct ot_row_extent all = {0, 0};
    for (size_t dk = 0; dk < planes; dk++) {
        struct ot_row_extent below;
        struct ot_row_extent above = {0, 0};
        const float *a = source_row(job, j, k - (ptrdiff_t)dk, &below);
        const float *b = dk > 0 ? source_row(job, j, k + (ptrdiff_t)dk, &above) : NULL;
        float *sum = work->planes + (slot + dk) * sizes->width;
        if (a != NULL || b != NULL) {
            add_planes(a != NULL ? a : b, a != NULL ? b : NULL, job->n[0], sum);
            all = join(all, join(below, above));
        }
        work->ring[slot + dk] = a != NULL || b != NULL ? sum : work->zeros;
    }
    work->extent[j % sizes->ring] = all;
}

/* Lists the rows that output row centre j sees; returns what they hold. */
static struct ot_row_extent list_rows(const struct ot_convolve_job *job, const struct sizes *sizes,
                                      ptrdiff_t j, struct work *work)
{
    const size_t planes = job->kernel->radius[2] + 1;
    const ptrdiff_t radius = (ptrdiff_t)job->kernel->radius[1];
    const float **row = work->row;
    struct ot_row_extent extent = {0, 0};
    size_t slot = (size_t)(j + radius + 1) % sizes->ring; /* of j - radius, and never negative */
    for (ptrdiff_t at = j - radius; at <= j + radius; at++, row += planes) {
        const bool in = at >= 0 && at < (ptrdiff_t)job->n[1];
        for (size_t dk = 0; dk < planes; dk++) {
            row[dk] = in ? work->ring[dk + planes * slot] : work->zeros;
        }
        extent = in ? join(extent, work->extent[slot]) : extent;
        slot = slot + 1 < sizes->ring ? slot + 1 : 0;
    }
    return extent;
}

static void convolve_row(const struct ot_convolve_job *job, const struct ot_convolve_recipe *recipe,
                         const struct sizes *sizes, ptrdiff_t j, struct work *work, float *to)
{
    const size_t radius = job->kernel->radius[0];
    const struct ot_row_extent extent = list_rows(job, sizes, j, work);
    if (extent.lo == extent.hi) {
        return; /* the result is 0 already */
    }
    const size_t first = extent.lo / BLOCK * BLOCK;
    const size_t n = round_up(extent.hi - first, BLOCK);
    float *sums = work->sums + sizes->margin;
    for (size_t di = 0; di <= radius; di++) {
        memset(sums + di * sizes->stride - sizes->margin, 0,
               (n + 2 * sizes->margin) * sizeof *sums);
    }
    for (size_t g = 0; g < recipe->groups; g++) {
        const struct ot_convolve_group *group = &recipe->group[g];
        const float *a[GROUP];
        const float *b[GROUP];
        bool any = false;
        for (size_t t = 0; t < GROUP; t++) {
            a[t] = work->row[group->below[t]];
            b[t] = work->row[group->above[t]];
            any = any || a[t] != work->zeros || b[t] != work->zeros;
            a[t] += first;
            b[t] += first;
        }
        if (any) {
            weigh_group(a, b, recipe->weight + GROUP * recipe->pitch * g, group->shifts, n, sums,
                        sizes->stride);
        }
    }
    /* Output voxel 0 of the row is source voxel -radius. */
    const size_t end = first + n < job->n[0] ? first + n : job->n[0];
    shift(sums - radius, sizes->stride, radius, end - first + 2 * radius, work->shifted,
          to + first);
}

static void convolve_plane(const struct ot_convolve_job *job,
                           const struct ot_convolve_recipe *recipe, const struct sizes *sizes,
                           size_t k, struct work *work)
{
    const size_t *r = job->kernel->radius;
    const ptrdiff_t centre_k = (ptrdiff_t)k - (ptrdiff_t)r[2];
    for (size_t j = 0; j < job->out_n[1]; j++) {
        if (j < job->n[1]) { /* the last row that this output row sees */
            load_row(job, sizes, j, centre_k, work);
        }
        convolve_row(job, recipe, sizes, (ptrdiff_t)j - (ptrdiff_t)r[1], work,
                     job->value + job->out_n[0] * (j + job->out_n[1] * k));
    }
}

/* Floats that one thread needs, in whole blocks. */
static size_t thread_floats(const struct ot_convolve_job *job, const struct sizes *sizes)
{
    const size_t *r = job->kernel->radius;
    return (sizes->ring * (r[2] + 1) + 1) * sizes->width +
           (round_up(r[0] + 1, SHIFTS) + 1) * sizes->stride;
}

double ot_convolve_direct_bytes(const struct ot_convolve_job *job)
{
    const struct sizes sizes = sizes_of(job);
    return (double)thread_floats(job, &sizes) * sizeof(float) * job->threads;
}

enum ot_rc ot_convolve_direct(const struct ot_convolve_job *job, struct ot_err *err)
{
    const struct sizes sizes = sizes_of(job);
    const size_t *r = job->kernel->radius;
    const size_t threads = (size_t)job->threads;
    const size_t rows = sizes.ring * (r[2] + 1);
    const size_t floats = thread_floats(job, &sizes);
    const size_t pointers = 2 * rows + 1;
    struct ot_convolve_recipe recipe = {0};
    float *numbers = OT_NEW(float, floats *threads, err);
    struct ot_row_extent *extent = OT_NEW(struct ot_row_extent, sizes.ring * threads, err);
    const float **row = OT_NEW(const float *, pointers *threads, err);
    enum ot_rc rc = numbers != NULL && extent != NULL && row != NULL
                        ? ot_convolve_recipe_init(job->kernel, &recipe, err)
                        : OT_ERR_NOMEM;
    if (rc != OT_OK) {
        goto done;
    }
#pragma omp parallel num_threads(job->threads)
    {
        const size_t me = (size_t)omp_get_thread_num();
        struct work work = {.planes = numbers + floats * me,
                            .ring = row + pointers * me,
                            .extent = extent + sizes.ring * me};
        work.row = work.ring + rows;
        work.zeros = work.planes + rows * sizes.width;
        work.row[rows] = work.zeros;
        work.shifted = work.planes + (rows + 1) * sizes.width;
        work.sums = work.shifted + sizes.stride;
        /* Planes in turn: activity is seldom spread evenly along k. */
#pragma omp for schedule(static, 1)
        for (size_t k = 0; k < job->out_n[2]; k++) {
            convolve_plane(job, &recipe, &sizes, k, &work);
        }
    }

done:
    ot_convolve_recipe_release(&recipe);
    ot_free(numbers);
    ot_free(extent);
    ot_free(row);
    return rc;
}

double ot_convolve_direct_cost(const struct ot_convolve_job *job)
{
    static const double s_per_product = 0.0145e-9; /* both measured on one core with AVX-512 */
    static const double s_per_row = 0.125e-9;
    size_t products = 0;
    size_t rows = 0;
    double filled = 0.0; /* source voxels within the extents of their rows */
    for (size_t row = 0; row < job->n[1] * job->n[2]; row++) {
        filled += (double)(job->extent[row].hi - job->extent[row].lo);
    }
    ot_convolve_recipe_work(job->kernel, &products, &rows);
    /* Every source row is seen by the result's rows around it. */
    const double seen = (double)(job->out_n[1] * job->out_n[2]) / (double)(job->n[1] * job->n[2]);
    return filled * seen * ((double)products * s_per_product + (double)rows * s_per_row);
}
