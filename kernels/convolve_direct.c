/* kernels/convolve_direct.c - the convolution as a symmetric sum over rows that hold activity.
 *
 * The kernel depends on |di|, |dj|, |dk| only, so mirrored source rows are added before anything is
 * multiplied: planes k - dk and k + dk once per plane of the result, rows j - dj and j + dj on the
 * way. For each di one weighted sum of those rows follows, aligned and without shifts; the shifts
 * along i come last. A voxel costs an eighth of the plain triple loop's multiplications, and less:
 *   - The fractions beyond the ball in the kernel's box are left out; see convolve_recipe.h.
 *   - A group of four rows gives up to four sums in one pass: each vector loaded serves four
 *     products, so that arithmetic is the limit and not the first-level cache.
 *   - Rows have zeros behind them for the kernel to reach into, and stand one behind the other:
 *     a batch of short ones is one run of the inner loops.
 * A tile of the result, some rows of PLANES planes, is made from sums of planes that stay in the
 * second-level cache; a row of the source is fetched once for all planes of a tile.
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

enum { BLOCK = OT_CONVOLVE_BLOCK, GROUP = OT_CONVOLVE_GROUP };
enum { PLANES = 2, NEARLY = 2 * BLOCK };
static const size_t TILE_BYTES = (size_t)640 << 10; /* of the second-level cache */
static const size_t SUMS_BYTES = (size_t)12 << 10;  /* of the first-level cache */

struct sizes {
    size_t width;  /* of a row: n[0], what the kernel reaches into and what fills the last block */
    size_t margin; /* before the first row: 2 ri, rounded up */
    size_t stride; /* from one di to the next in `sums` */
    size_t batch;  /* rows that are summed at once */
    size_t rows;   /* of a tile of the result, a multiple of batch */
    size_t plane;  /* floats of one sum of mirrored planes: rows + 2 rj rows */
    size_t tiles[2]; /* along j and k */
};

/* What one thread works with. */
struct work {
    float *planes; /* for a tile's planes and dk = 0 to rk: sums of source planes k - dk, k + dk */
    struct ot_row_extent *extent; /* of each row of these, over all planes */
    float *sums;                  /* a batch of rows per di */
    float *shifted;               /* one row */
    const float *zeros;           /* one row */
    const float **below, **above; /* rows of the source that are added, by dk */
};

/* A tile of the result: its planes, and rows whose first is `j`. */
struct tile {
    size_t j, rows, k, planes;
};

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static struct sizes sizes_of(const struct ot_convolve_job *job)
{
    const size_t *r = job->kernel->radius;
    struct sizes sizes = {.width = round_up(job->n[0] + 2 * r[0], BLOCK),
                          .margin = round_up(2 * r[0], BLOCK)};
    const size_t row_bytes = sizes.width * sizeof(float);
    const size_t batch = smaller(SUMS_BYTES / ((r[0] + 1) * row_bytes), 4);
    sizes.batch = batch > 0 ? batch : 1;
    /* The 2 rj rows that the kernel sees beside a tile's own are added up once more for the
     * next. */
    const size_t beside = 2 * r[1];
    const size_t fit = TILE_BYTES / (PLANES * (r[2] + 1) * row_bytes);
    const size_t most = round_up(fit > 2 * beside ? fit - beside : beside + 1, sizes.batch);
    const size_t tiles = (job->out_n[1] + most - 1) / most;
    sizes.rows = round_up((job->out_n[1] + tiles - 1) / tiles, sizes.batch);
    sizes.tiles[0] = (job->out_n[1] + sizes.rows - 1) / sizes.rows;
    sizes.tiles[1] = (job->out_n[2] + PLANES - 1) / PLANES;
    sizes.plane = (sizes.rows + 2 * r[1]) * sizes.width;
    sizes.stride = sizes.batch * sizes.width + sizes.margin;
    return sizes;
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

/* Row j of plane k, or zeros where there is none or it is empty. */
static const float *source_row(const struct ot_convolve_job *job, ptrdiff_t j, ptrdiff_t k,
                               const struct work *work, struct ot_row_extent *extent)
{
    if (j < 0 || j >= (ptrdiff_t)job->n[1] || k < 0 || k >= (ptrdiff_t)job->n[2]) {
        return work->zeros;
    }
    const struct ot_row_extent own = job->extent[(size_t)j + job->n[1] * (size_t)k];
    *extent = join(*extent, own);
    return own.lo == own.hi
               ? work->zeros
               : job->source + (size_t)j * job->row_stride + (size_t)k * job->plane_stride;
}

/* Adds row j of all mirrored planes round the tile's, as row `at` of work->planes; what is beyond
 * the source is 0. */
static void load_row(const struct ot_convolve_job *job, const struct sizes *sizes,
                     const struct tile *tile, size_t at, const struct work *work)
{
    const size_t *r = job->kernel->radius;
    const size_t count = r[2] + 1;
    const ptrdiff_t j = (ptrdiff_t)(tile->j + at) - 2 * (ptrdiff_t)r[1];
    struct ot_row_extent extent = {0, 0};
    for (size_t p = 0; p < tile->planes; p++) {
        const ptrdiff_t k = (ptrdiff_t)(tile->k + p) - (ptrdiff_t)r[2];
        work->below[0] = source_row(job, j, k, work, &extent);
        work->above[0] = work->zeros;
        for (size_t dk = 1; dk < count; dk++) {
            work->below[dk] = source_row(job, j, k - (ptrdiff_t)dk, work, &extent);
            work->above[dk] = source_row(job, j, k + (ptrdiff_t)dk, work, &extent);
        }
        ot_convolve_add(work->below, work->above, count, job->n[0],
                        work->planes + sizes->plane * count * p + sizes->width * at, sizes->plane);
    }
    work->extent[at] = extent;
}

/* Voxels of a row, in whole BLOCKs. */
struct range {
    size_t first, n;
};

/* Clears what the groups of rows do not write first: where the kernel reaches beyond the voxels,
 * and the di that the first group does not need. */
static void clear_sums(const struct ot_convolve_recipe *recipe, const struct sizes *sizes,
                       struct range range, size_t width, float *sums)
{
    const size_t end = range.first + range.n;
    for (size_t di = 0; di < recipe->shifts; di++) {
        float *sum = sums + sizes->stride * di;
        memset(sum, 0, range.first * sizeof *sum);
        memset(sum + end, 0, (width - end) * sizeof *sum);
        if (di >= recipe->group[0].shifts) {
            memset(sum + range.first, 0, range.n * sizeof *sum);
        }
    }
}

/* The weighted sums of rows that stand in `width` floats; `planes` is the first row that they
 * see. */
static void weigh_rows(const struct ot_convolve_recipe *recipe, const struct sizes *sizes,
                       const float *planes, struct range range, size_t width, float *sums)
{
    clear_sums(recipe, sizes, range, width, sums);
    for (size_t g = 0; g < recipe->groups; g++) {
        const struct ot_convolve_group *group = &recipe->group[g];
        const float *a[GROUP];
        const float *b[GROUP];
        for (size_t t = 0; t < GROUP; t++) {
            const float *plane = planes + sizes->plane * group->dk[t] + range.first;
            a[t] = plane + sizes->width * group->below[t];
            b[t] = plane + sizes->width * group->above[t];
        }
        ot_convolve_weigh(a, b, recipe->weight + GROUP * recipe->pitch * g, group->shifts, g == 0,
                          range.n, sums + range.first, sizes->stride);
    }
}

/* A batch of rows of plane p of a tile, from its row `at` on. */
static void convolve_rows(const struct ot_convolve_job *job,
                          const struct ot_convolve_recipe *recipe, const struct sizes *sizes,
                          const struct tile *tile, size_t p, size_t at, const struct work *work)
{
    const size_t *r = job->kernel->radius;
    struct ot_row_extent extent = {0, 0};
    for (size_t row = at; row < at + sizes->batch + 2 * r[1]; row++) {
        extent = join(extent, work->extent[row]);
    }
    float *to = job->value + job->out_n[0] * (tile->j + at + job->out_n[1] * (tile->k + p));
    const size_t rows = smaller(sizes->batch, tile->rows - at);
    if (extent.lo == extent.hi) {
        memset(to, 0, rows * job->out_n[0] * sizeof *to);
        return;
    }
    const size_t first = extent.lo / BLOCK * BLOCK;
    const struct range range = {first, round_up(extent.hi - first, BLOCK)};
    const float *planes = work->planes + sizes->plane * (r[2] + 1) * p + sizes->width * at;
    float *sums = work->sums + sizes->margin;
    if (range.n + NEARLY >= sizes->width) { /* one run is faster than a little less in several */
        weigh_rows(recipe, sizes, planes, (struct range){0, sizes->batch * sizes->width},
                   sizes->batch * sizes->width, sums);
    } else {
        for (size_t row = 0; row < sizes->batch; row++) {
            weigh_rows(recipe, sizes, planes + sizes->width * row, range, sizes->width,
                       sums + sizes->width * row);
        }
    }
    /* Voxel 0 of a row of the result is voxel -radius of the source's. */
    const size_t end = smaller(range.first + range.n, job->n[0]) + 2 * r[0];
    for (size_t row = 0; row < rows; row++, to += job->out_n[0]) {
        memset(to, 0, first * sizeof *to);
        ot_convolve_shift(sums + sizes->width * row + first - r[0], sizes->stride, r[0],
                          end - first, work->shifted, to + first);
        memset(to + end, 0, (job->out_n[0] - end) * sizeof *to);
    }
}

static void convolve_tile(const struct ot_convolve_job *job,
                          const struct ot_convolve_recipe *recipe, const struct sizes *sizes,
                          size_t number, const struct work *work)
{
    struct tile tile = {.j = number % sizes->tiles[0] * sizes->rows,
                        .k = number / sizes->tiles[0] * PLANES};
    tile.rows = smaller(sizes->rows, job->out_n[1] - tile.j);
    tile.planes = smaller(PLANES, job->out_n[2] - tile.k);
    for (size_t at = 0; at < sizes->rows + 2 * job->kernel->radius[1]; at++) {
        load_row(job, sizes, &tile, at, work);
    }
    for (size_t p = 0; p < tile.planes; p++) {
        for (size_t at = 0; at < tile.rows; at += sizes->batch) {
            convolve_rows(job, recipe, sizes, &tile, p, at, work);
        }
    }
}

/* Floats that one thread needs, in whole blocks. */
static size_t thread_floats(const struct ot_convolve_job *job, const struct sizes *sizes)
{
    const size_t *r = job->kernel->radius;
    return PLANES * (r[2] + 1) * sizes->plane + sizes->margin + (r[0] + 1) * sizes->stride +
           2 * sizes->width;
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
    const size_t rows = sizes.rows + 2 * r[1];
    const size_t floats = thread_floats(job, &sizes);
    struct ot_convolve_recipe recipe = {0};
    float *numbers = OT_NEW(float, floats *threads, err);
    struct ot_row_extent *extent = OT_NEW(struct ot_row_extent, rows * threads, err);
    const float **source = OT_NEW(const float *, 2 * (r[2] + 1) * threads, err);
    enum ot_rc rc = numbers != NULL && extent != NULL && source != NULL
                        ? ot_convolve_recipe_init(job->kernel, &recipe, err)
                        : OT_ERR_NOMEM;
    if (rc != OT_OK) {
        goto done;
    }
#pragma omp parallel num_threads(job->threads)
    {
        const size_t me = (size_t)omp_get_thread_num();
        struct work work = {.planes = numbers + floats * me, .extent = extent + rows * me};
        work.sums = work.planes + PLANES * (r[2] + 1) * sizes.plane;
        work.shifted = work.sums + sizes.margin + (r[0] + 1) * sizes.stride;
        work.zeros = work.shifted + sizes.width;
        work.below = source + 2 * (r[2] + 1) * me;
        work.above = work.below + r[2] + 1;
        /* Tiles in turn: activity is seldom spread evenly along k. */
#pragma omp for schedule(static, 1)
        for (size_t number = 0; number < sizes.tiles[0] * sizes.tiles[1]; number++) {
            convolve_tile(job, &recipe, &sizes, number, &work);
        }
    }

done:
    ot_convolve_recipe_release(&recipe);
    ot_free(numbers);
    ot_free(extent);
    ot_free(source);
    return rc;
}

double ot_convolve_direct_cost(const struct ot_convolve_job *job)
{
    static const double s_per_product = 0.013e-9; /* both measured on one core with AVX-512 */
    static const double s_per_row = 0.11e-9;
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
