/* kernels/convolve_direct.c - the convolution as a symmetric sum over rows that hold activity.
 *
 * The kernel depends on |di|, |dj|, |dk| only, so mirrored source rows are added before anything is
 * multiplied: planes k - dk and k + dk once per plane of the result, rows j - dj and j + dj on the
 * way. For each di one weighted sum of those rows follows, aligned and without shifts; the shifts
 * along i come last. A voxel costs an eighth of the plain triple loop's multiplications, and less:
 *   - The fractions beyond the ball in the kernel's box are left out; see convolve_recipe.h.
 *   - A group of four rows gives up to four sums in one pass: each vector loaded serves four
 *     products, so that arithmetic is the limit and not the first-level cache.
 * A plane of the result is swept along j; the sums of planes that a row of it sees are a ring of
 * rows, which for the grids of emission images is about as large as the first-level cache. Rows
 * have zeros behind them for the kernel to reach into and stand one behind the other, so that a
 * batch of them is one run of the inner loops.
 *
 * Sums are in float, from the outside in: pairs and shifts far from the centre, which carry
 * little, come first, so that nearly all roundings are of partial sums that are still small.
 */
#include "kernels/convolve_engine.h"

#include <omp.h>
#include <string.h>

#include "core/mem.h"
#include "kernels/convolve_recipe.h"
#include "kernels/convolve_rows.h"

/* Rows of the result that are summed at once. */
enum { BLOCK = OT_CONVOLVE_BLOCK, GROUP = OT_CONVOLVE_GROUP, BATCH = 2 };

struct sizes {
    size_t width;  /* of a row: n[0] and what the kernel reaches into, in whole blocks */
    size_t margin; /* before the first row of sums: 2 ri, in whole blocks */
    size_t ring;   /* source rows that a batch sees: 2 rj + BATCH, a multiple of BATCH */
    size_t plane;  /* floats of a ring */
    size_t stride; /* from one di to the next in `sums` */
};

/* What one thread works with. */
struct work {
    float *planes; /* a ring for each dk: rows of source planes k - dk and k + dk, added; after them
                      stand the first BATCH - 1 again, so that any BATCH in turn are in one piece */
    float *sums;   /* a batch of rows per di, with a margin before each */
    float *outer;  /* one row, scratch */
    const float *zeros;           /* one row */
    const float **below, **above; /* rows of the source that are added, by dk */
};

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static struct sizes sizes_of(const struct ot_convolve_job *job)
{
    const size_t *r = job->kernel->radius;
    struct sizes sizes = {.width = round_up(job->n[0] + 2 * r[0], BLOCK),
                          .margin = round_up(2 * r[0], BLOCK),
                          .ring = round_up(2 * r[1] + BATCH, BATCH)};
    sizes.plane = (sizes.ring + BATCH - 1) * sizes.width;
    sizes.stride = BATCH * sizes.width + sizes.margin;
    return sizes;
}

/* Row j of plane k, or zeros where there is none or it is empty; `extent` is of row j, by plane. */
static const float *source_row(const struct ot_convolve_job *job, size_t j, ptrdiff_t k,
                               const struct ot_row_extent *extent, const float *zeros)
{
    if (k < 0 || k >= (ptrdiff_t)job->n[2] || extent[k].lo == extent[k].hi) {
        return zeros;
    }
    return job->source + j * job->row_stride + (size_t)k * job->plane_stride;
}

/* Adds row j of all mirrored planes round k into the rings; beyond the source are zeros. Whether
 * there is activity in them. */
static bool load_row(const struct ot_convolve_job *job, const struct sizes *sizes,
                     const struct ot_row_extent *extents, size_t j, ptrdiff_t k,
                     const struct work *work)
{
    const size_t count = job->kernel->radius[2] + 1;
    const size_t slot = j % sizes->ring;
    float *to = work->planes + sizes->width * slot;
    bool any = false;
    for (size_t dk = 0; dk < count; dk++) {
        work->below[dk] = work->zeros;
        work->above[dk] = work->zeros;
        if (j < job->n[1]) {
            const struct ot_row_extent *extent = extents + j * job->n[2];
            work->below[dk] = source_row(job, j, k - (ptrdiff_t)dk, extent, work->zeros);
            if (dk > 0) {
                work->above[dk] = source_row(job, j, k + (ptrdiff_t)dk, extent, work->zeros);
            }
        }
        any = any || work->below[dk] != work->zeros || work->above[dk] != work->zeros;
    }
    ot_convolve_add(work->below, work->above, count, job->n[0], to, sizes->plane);
    for (size_t dk = 0; slot + 1 < BATCH && dk < count; dk++) {
        const float *row = to + sizes->plane * dk;
        memcpy(work->planes + sizes->plane * dk + sizes->width * (sizes->ring + slot), row,
               job->n[0] * sizeof *row);
    }
    return any;
}

/* The weighted sums of the batch of rows that sees the source's rows from `slot` of the ring on. */
static void weigh_rows(const struct ot_convolve_recipe *recipe, const struct sizes *sizes,
                       size_t slot, const struct work *work)
{
    float *sums = work->sums + sizes->margin;
    const size_t n = BATCH * sizes->width;
    for (size_t di = recipe->group[0].shifts; di < recipe->shifts; di++) {
        memset(sums + sizes->stride * di, 0, n * sizeof *sums);
    }
    for (size_t g = 0; g < recipe->groups; g++) {
        const struct ot_convolve_group *group = &recipe->group[g];
        const float *a[GROUP];
        const float *b[GROUP];
        for (size_t t = 0; t < GROUP; t++) {
            const float *plane = work->planes + sizes->plane * group->dk[t];
            a[t] = plane + sizes->width * ((slot + group->below[t]) % sizes->ring);
            b[t] = plane + sizes->width * ((slot + group->above[t]) % sizes->ring);
        }
        ot_convolve_weigh(a, b, recipe->weight + GROUP * recipe->pitch * g, group->shifts, g == 0,
                          n, sums, sizes->stride);
    }
}

static void convolve_plane(const struct ot_convolve_job *job,
                           const struct ot_convolve_recipe *recipe, const struct sizes *sizes,
                           const struct ot_row_extent *extents, size_t k, const struct work *work)
{
    const size_t *r = job->kernel->radius;
    const size_t *n = job->out_n;
    size_t active = 0; /* rows of the result before this one see activity */
    memset(work->planes, 0, sizes->plane * (r[2] + 1) * sizeof *work->planes);
    for (size_t j = 0; j < n[1]; j += BATCH) {
        for (size_t row = j; row < j + BATCH; row++) { /* the last that the batch sees */
            if (load_row(job, sizes, extents, row, (ptrdiff_t)k - (ptrdiff_t)r[2], work)) {
                active = row + 2 * r[1] + 1;
            }
        }
        if (j < active) {
            weigh_rows(recipe, sizes, (j + sizes->ring - 2 * r[1]) % sizes->ring, work);
        }
        for (size_t row = 0; row < BATCH && j + row < n[1]; row++) {
            float *to = job->value + n[0] * (j + row + n[1] * k);
            if (j < active) {
                /* Voxel 0 of a row of the result is voxel -radius of the source's. */
                ot_convolve_shift(work->sums + sizes->margin + sizes->width * row - r[0],
                                  sizes->stride, r[0], n[0], work->outer, to);
            } else {
                memset(to, 0, n[0] * sizeof *to);
            }
        }
    }
}

/* Extents by row and then by plane, as planes ask for them; NULL after recording the error. */
static struct ot_row_extent *turned_extents(const struct ot_convolve_job *job, struct ot_err *err)
{
    const size_t *n = job->n;
    struct ot_row_extent *turned = OT_NEW(struct ot_row_extent, n[1] * n[2], err);
    for (size_t row = 0; turned != NULL && row < n[1] * n[2]; row++) {
        turned[row / n[1] + n[2] * (row % n[1])] = job->extent[row];
    }
    return turned;
}

/* Floats that one thread needs, in whole blocks. */
static size_t thread_floats(const struct ot_convolve_job *job, const struct sizes *sizes)
{
    const size_t *r = job->kernel->radius;
    return (r[2] + 1) * sizes->plane + (r[0] + 1) * sizes->stride + 2 * sizes->width;
}

double ot_convolve_direct_bytes(const struct ot_convolve_job *job)
{
    const struct sizes sizes = sizes_of(job);
    return (double)thread_floats(job, &sizes) * sizeof(float) * job->threads +
           (double)job->n[1] * (double)job->n[2] * sizeof(struct ot_row_extent);
}

enum ot_rc ot_convolve_direct(const struct ot_convolve_job *job, struct ot_err *err)
{
    const struct sizes sizes = sizes_of(job);
    const size_t *r = job->kernel->radius;
    const size_t threads = (size_t)job->threads;
    const size_t floats = thread_floats(job, &sizes);
    struct ot_convolve_recipe recipe = {0};
    float *numbers = OT_NEW(float, floats *threads, err);
    const float **source = OT_NEW(const float *, 2 * (r[2] + 1) * threads, err);
    struct ot_row_extent *extents = turned_extents(job, err);
    enum ot_rc rc = numbers != NULL && source != NULL && extents != NULL
                        ? ot_convolve_recipe_init(job->kernel, &recipe, err)
                        : OT_ERR_NOMEM;
    if (rc != OT_OK) {
        goto done;
    }
#pragma omp parallel num_threads(job->threads)
    {
        const size_t me = (size_t)omp_get_thread_num();
        struct work work = {.planes = numbers + floats * me, .below = source + 2 * (r[2] + 1) * me};
        work.sums = work.planes + (r[2] + 1) * sizes.plane;
        work.outer = work.sums + (r[0] + 1) * sizes.stride;
        work.zeros = work.outer + sizes.width;
        work.above = work.below + r[2] + 1;
        /* Planes in turn: activity is seldom spread evenly along k. */
#pragma omp for schedule(static, 1)
        for (size_t k = 0; k < job->out_n[2]; k++) {
            convolve_plane(job, &recipe, &sizes, extents, k, &work);
        }
    }

done:
    ot_convolve_recipe_release(&recipe);
    ot_free(numbers);
    ot_free(source);
    ot_free(extents);
    return rc;
}

double ot_convolve_direct_cost(const struct ot_convolve_job *job)
{
    static const double s_per_product = 0.011e-9; /* both measured on one core with AVX-512 */
    static const double s_per_row = 0.095e-9;
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
