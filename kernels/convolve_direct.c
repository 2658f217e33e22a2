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
 * batch of them is one run of the inner loops. Planes follow each other strip by strip along j, so
 * that what a strip sees of the source stays in the second-level cache.
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

/* Rows of the result that are summed at once; bytes of the source that a strip may see. */
enum { BLOCK = OT_CONVOLVE_BLOCK, GROUP = OT_CONVOLVE_GROUP, BATCH = 2, STRIP_BYTES = 1 << 18 };

struct sizes {
    size_t width;  /* of a row: n[0] and what the kernel reaches into, in whole blocks */
    size_t margin; /* before the first row of sums: 2 ri, in whole blocks */
    size_t ring;   /* source rows that a batch sees: 2 rj + BATCH, a multiple of BATCH */
    size_t strip;  /* rows of the result in a strip, a multiple of BATCH */
    size_t plane;  /* floats of a ring */
    size_t stride; /* from one di to the next in `sums` */
};

/* What one thread works with. */
struct work {
    float *planes; /* a ring for each dk: rows of source planes k - dk and k + dk, added; after them
                      stand the first BATCH - 1 again, so that any BATCH in turn are in one piece */
    float *sums;   /* a batch of rows per di, with a margin before each */
    float *outer;  /* one row, scratch */
    struct ot_convolve_terms *terms; /* of each group of the recipe, scratch */
};

/* Where the source's rows are: row j of plane k at[k + reach + pitch j], for planes up to `reach`
 * beyond the source and one row beyond; `zeros` where there is no row or it is empty. */
struct rows {
    const float **at; /* owned */
    float *zeros;     /* owned */
    size_t reach, pitch;
};

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static struct sizes sizes_of(const struct ot_convolve_job *job)
{
    const size_t *r = job->kernel->radius;
    const size_t seen = STRIP_BYTES / sizeof(float) / job->n[0] / (2 * r[2] + 1);
    struct sizes sizes = {.width = round_up(job->n[0] + 2 * r[0], BLOCK),
                          .margin = round_up(2 * r[0], BLOCK),
                          .ring = round_up(2 * r[1] + BATCH, BATCH)};
    /* A strip begins with the 2 rj rows before it, which are to be a small part of its work. */
    sizes.strip = round_up(seen > 10 * r[1] ? seen - 2 * r[1] : 8 * r[1] + 1, BATCH);
    sizes.plane = (sizes.ring + BATCH - 1) * sizes.width;
    sizes.stride = BATCH * sizes.width + sizes.margin;
    return sizes;
}

/* Adds row j of all mirrored planes round k into the rings; beyond the source are zeros. Whether
 * there is activity in them. */
static bool load_row(const struct ot_convolve_job *job, const struct sizes *sizes,
                     const struct rows *rows, size_t j, ptrdiff_t k, const struct work *work)
{
    const ptrdiff_t reach = (ptrdiff_t)job->kernel->radius[2];
    const size_t slot = j % sizes->ring;
    const float *const *at =
        rows->at + rows->pitch * (j < job->n[1] ? j : job->n[1]) + ((ptrdiff_t)rows->reach + k);
    float *to = work->planes + sizes->width * slot;
    bool any = false;
    for (ptrdiff_t dk = -reach; dk <= reach; dk++) {
        any = any || at[dk] != rows->zeros;
    }
    ot_convolve_add(at, (size_t)reach, job->n[0], to, sizes->plane);
    for (ptrdiff_t dk = 0; slot + 1 < BATCH && dk <= reach; dk++) {
        const float *row = to + sizes->plane * (size_t)dk;
        memcpy(work->planes + sizes->plane * (size_t)dk + sizes->width * (sizes->ring + slot), row,
               job->n[0] * sizeof *row);
    }
    return any;
}

/* Row m of the ring, m < 2 ring: no division in the inner loops. */
static const float *ring_row(const struct sizes *sizes, const float *plane, size_t m)
{
    return plane + sizes->width * (m < sizes->ring ? m : m - sizes->ring);
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
        struct ot_convolve_terms *terms = &work->terms[g];
        for (size_t t = 0; t < GROUP; t++) {
            const float *plane = work->planes + sizes->plane * group->dk[t];
            terms->a[t] = ring_row(sizes, plane, slot + group->below[t]);
            terms->b[t] = ring_row(sizes, plane, slot + group->above[t]);
        }
        terms->weight = recipe->weight + GROUP * recipe->pitch * g;
        terms->shifts = group->shifts;
    }
    ot_convolve_weigh(work->terms, recipe->groups, n, sums, sizes->stride);
}

/* Rows j0 and on of plane k of the result, to the strip's or the plane's end. */
static void convolve_strip(const struct ot_convolve_job *job,
                           const struct ot_convolve_recipe *recipe, const struct sizes *sizes,
                           const struct rows *rows, size_t j0, size_t k, const struct work *work)
{
    const size_t *r = job->kernel->radius;
    const size_t *n = job->out_n;
    const size_t end = j0 + sizes->strip < n[1] ? j0 + sizes->strip : n[1];
    size_t active = 0; /* rows of the result before this one see activity */
    if (j0 == 0) {     /* the rows before the source's first */
        memset(work->planes, 0, sizes->plane * (r[2] + 1) * sizeof *work->planes);
    }
    for (size_t row = j0 > 2 * r[1] ? j0 - 2 * r[1] : 0, j = j0; j < end; j += BATCH) {
        for (; row < j + BATCH; row++) { /* to the last that the batch sees */
            if (load_row(job, sizes, rows, row, (ptrdiff_t)k - (ptrdiff_t)r[2], work)) {
                active = row + 2 * r[1] + 1;
            }
        }
        if (j < active) {
            weigh_rows(recipe, sizes, (j + sizes->ring - 2 * r[1]) % sizes->ring, work);
        }
        for (size_t m = 0; m < BATCH && j + m < end; m++) {
            float *to = job->value + n[0] * (j + m + n[1] * k);
            if (j < active) {
                /* Voxel 0 of a row of the result is voxel -radius of the source's. */
                ot_convolve_shift(work->sums + sizes->margin + sizes->width * m - r[0],
                                  sizes->stride, r[0], n[0], work->outer, to);
            } else {
                memset(to, 0, n[0] * sizeof *to);
            }
        }
    }
}

/* `rows` can be released on failure too. */
static enum ot_rc find_rows(const struct ot_convolve_job *job, struct rows *rows,
                            struct ot_err *err)
{
    const size_t *n = job->n;
    rows->reach = 2 * job->kernel->radius[2];
    rows->pitch = n[2] + 2 * rows->reach;
    rows->zeros = OT_NEW(float, n[0], err);
    rows->at = OT_NEW(const float *, rows->pitch *(n[1] + 1), err);
    if (rows->zeros == NULL || rows->at == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t m = 0; m < rows->pitch * (n[1] + 1); m++) {
        rows->at[m] = rows->zeros;
    }
    for (size_t k = 0; k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            if (job->extent[j + n[1] * k].lo < job->extent[j + n[1] * k].hi) {
                rows->at[k + rows->reach + rows->pitch * j] =
                    job->source + j * job->row_stride + k * job->plane_stride;
            }
        }
    }
    return OT_OK;
}

/* Floats that one thread needs, in whole blocks. */
static size_t thread_floats(const struct ot_convolve_job *job, const struct sizes *sizes)
{
    const size_t *r = job->kernel->radius;
    return (r[2] + 1) * sizes->plane + (r[0] + 1) * sizes->stride + sizes->width;
}

double ot_convolve_direct_bytes(const struct ot_convolve_job *job)
{
    const struct sizes sizes = sizes_of(job);
    const size_t *r = job->kernel->radius;
    const double rows = ((double)job->n[1] + 1.0) * ((double)job->n[2] + 4.0 * (double)r[2]);
    const double pairs = ((double)r[1] + 1.0) * ((double)r[2] + 1.0);
    const double weights = ((double)r[0] + 1.0) * pairs;
    return ((double)thread_floats(job, &sizes) * job->threads + weights) * sizeof(float) +
           rows * sizeof(float *) + pairs / GROUP * job->threads * sizeof(struct ot_convolve_terms);
}

enum ot_rc ot_convolve_direct(const struct ot_convolve_job *job, struct ot_err *err)
{
    const struct sizes sizes = sizes_of(job);
    const size_t *r = job->kernel->radius;
    const size_t threads = (size_t)job->threads;
    const size_t floats = thread_floats(job, &sizes);
    struct ot_convolve_recipe recipe = {0};
    float *numbers = OT_NEW(float, floats *threads, err);
    struct rows rows = {0};
    struct ot_convolve_terms *terms = NULL;
    enum ot_rc rc = numbers != NULL ? find_rows(job, &rows, err) : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        rc = ot_convolve_recipe_init(job->kernel, &recipe, err);
    }
    if (rc == OT_OK) {
        terms = OT_NEW(struct ot_convolve_terms, recipe.groups * threads, err);
        rc = terms != NULL ? OT_OK : OT_ERR_NOMEM;
    }
    if (rc != OT_OK) {
        goto done;
    }
#pragma omp parallel num_threads(job->threads)
    {
        const size_t me = (size_t)omp_get_thread_num();
        struct work work = {.planes = numbers + floats * me, .terms = terms + recipe.groups * me};
        work.sums = work.planes + (r[2] + 1) * sizes.plane;
        work.outer = work.sums + (r[0] + 1) * sizes.stride;
        /* Planes in turn: activity is seldom spread evenly along k. */
#pragma omp for schedule(static, 1) collapse(2)
        for (size_t j0 = 0; j0 < job->out_n[1]; j0 += sizes.strip) {
            for (size_t k = 0; k < job->out_n[2]; k++) {
                convolve_strip(job, &recipe, &sizes, &rows, j0, k, &work);
            }
        }
    }

done:
    ot_convolve_recipe_release(&recipe);
    ot_free(terms);
    ot_free(numbers);
    ot_free(rows.at);
    ot_free(rows.zeros);
    return rc;
}

/* Whether row j of a source plane that plane k of the result sees holds activity. */
static bool sees_activity(const struct ot_convolve_job *job, size_t j, size_t k)
{
    const size_t reach = 2 * job->kernel->radius[2];
    for (size_t plane = k > reach ? k - reach : 0; plane <= k && plane < job->n[2]; plane++) {
        const struct ot_row_extent *extent = &job->extent[j + job->n[1] * plane];
        if (extent->lo < extent->hi) {
            return true;
        }
    }
    return false;
}

/* Rows of the result that see activity, as the sweep above finds them. */
static size_t active_rows(const struct ot_convolve_job *job)
{
    size_t rows = 0;
    for (size_t k = 0; k < job->out_n[2]; k++) {
        size_t active = 0;
        for (size_t j = 0; j < job->out_n[1]; j++) {
            if (j < job->n[1] && sees_activity(job, j, k)) {
                active = j + 2 * job->kernel->radius[1] + 1;
            }
            rows += j < active ? 1 : 0;
        }
    }
    return rows;
}

double ot_convolve_direct_cost(const struct ot_convolve_job *job)
{
    static const double s_per_product = 0.011e-9; /* both measured on one core with AVX-512 */
    static const double s_per_row = 0.095e-9;
    size_t products = 0;
    size_t rows = 0;
    ot_convolve_recipe_work(job->kernel, &products, &rows);
    /* Rows are summed from end to end, wherever their activity is. */
    return (double)active_rows(job) * (double)job->n[0] *
           ((double)products * s_per_product + (double)rows * s_per_row);
}
