/* kernels/convolve_fft.c - the convolution by padded Fourier transforms of planes.
 *
 * Planes are transformed, real to complex, in single precision; along k, where slices are thick
 * and the kernel is short, their transforms are summed directly. The kernel is even in every axis,
 * so that its transform in a plane is real and is summed from cosines:
 *     K_dk(w) = sum over di, dj >= 0 of f(di,dj,dk) c(di,wi) c(dj,wj),
 *     c(0,w) = 1, c(d,w) = 2 cos(2 pi d w / N),
 *     spectrum of plane k = K_0 S_k + sum over dk > 0 of K_dk (S_k-dk + S_k+dk).
 * Beside a transform along k this needs no padding there, passes over memory once, and keeps no
 * spectrum of the volume: a thread holds those of the 2 rk + SLAB planes that SLAB results need.
 * A plane's box is padded to N >= n + 2 radius, so that nothing wraps round.
 *
 * Spectra are stored turned, wj fastest, so that every transform is of contiguous values; LINES
 * rows are turned at a time, a cache line of each column. FFTW's planner does not measure here,
 * since measured plans differ from run to run, and with them the last bits. Its estimates are good
 * for out of place transforms of one line and for lengths that hold many factors 2, so sizes are
 * multiples of 16. Plans are for one line and one thread: the bits do not depend on how planes
 * are shared out.
 */
#include "kernels/convolve_engine.h"

#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <string.h>

#include <fftw3.h>

#include "core/mem.h"

static const double TWO_PI = 6.28318530717958647693;

/* Results that share the spectra in cache; rows turned at once; complex values in a cache line,
 * of which each column gets one more than it needs: columns 4096 bytes apart would share sets. */
enum { SLAB = 4, LINES = 8, LINE = 8, SIZE_UNIT = 16 };

static pthread_mutex_t planner_lock = PTHREAD_MUTEX_INITIALIZER; /* FFTW's is for one thread */

struct transform {
    size_t n[2];   /* padded */
    size_t half;   /* columns: n[0] / 2 + 1 */
    size_t pitch;  /* complex values from row to row before they are turned */
    size_t column; /* complex values from column to column of a spectrum */
    size_t plane;  /* complex values of a spectrum */
    size_t ring;   /* spectra that a thread holds */
    fftwf_plan row_forward, column_forward, column_back, row_back;
    float *kernel; /* owned; K_dk, twice each: at 2 wj + 2 n[1] (dk + (rk + 1) wi) */
};

/* What one thread works with. */
struct work {
    fftwf_complex *ring;   /* spectra; plane p, counted from -2 rk, at p modulo t->ring */
    fftwf_complex *turned; /* a plane whose rows are transformed */
    fftwf_complex *rows;   /* LINES rows, not yet turned */
    fftwf_complex *sum;    /* a column */
    float *real;           /* a row of voxels */
    const float *zeros;    /* a column */
    size_t ready;          /* planes before this one are in the ring */
};

/* Least multiple of SIZE_UNIT >= n without prime factors above 5. */
static size_t good_size(size_t n)
{
    for (n = (n + SIZE_UNIT - 1) / SIZE_UNIT * SIZE_UNIT;; n += SIZE_UNIT) {
        size_t rest = n;
        for (size_t p = 2; p <= 5; p++) {
            while (rest % p == 0) {
                rest /= p;
            }
        }
        if (rest == 1) {
            return n;
        }
    }
}

static void sizes_of(const struct ot_convolve_job *job, struct transform *t)
{
    t->n[0] = good_size(job->out_n[0]);
    t->n[1] = good_size(job->out_n[1]);
    t->half = t->n[0] / 2 + 1;
    t->pitch = (t->half + LINE - 1) / LINE * LINE;
    t->column = t->n[1] + LINE;
    t->plane = t->column * t->half;
    t->ring = 2 * job->kernel->radius[2] + SLAB;
}

/* Nothing is computed yet; the arrays are those of one thread. */
static enum ot_rc make_plans(struct transform *t, const struct work *work, struct ot_err *err)
{
    const int n0 = (int)t->n[0];
    const int n1 = (int)t->n[1];
    (void)pthread_mutex_lock(&planner_lock);
    t->row_forward = fftwf_plan_dft_r2c_1d(n0, work->real, work->rows, FFTW_ESTIMATE);
    t->row_back = fftwf_plan_dft_c2r_1d(n0, work->rows, work->real, FFTW_ESTIMATE);
    t->column_forward =
        fftwf_plan_dft_1d(n1, work->turned, work->ring, FFTW_FORWARD, FFTW_ESTIMATE);
    t->column_back = fftwf_plan_dft_1d(n1, work->sum, work->ring, FFTW_BACKWARD, FFTW_ESTIMATE);
    (void)pthread_mutex_unlock(&planner_lock);
    if (t->row_forward == NULL || t->row_back == NULL || t->column_forward == NULL ||
        t->column_back == NULL) {
        return ot_fail(err, OT_ERR_EXTERNAL, "FFTW has no plan for planes of %d x %d voxels", n0,
                       n1);
    }
    return OT_OK;
}

static void destroy_plans(struct transform *t)
{
    fftwf_plan plans[] = {t->row_forward, t->column_forward, t->column_back, t->row_back};
    (void)pthread_mutex_lock(&planner_lock);
    for (size_t n = 0; n < sizeof plans / sizeof plans[0]; n++) {
        if (plans[n] != NULL) {
            fftwf_destroy_plan(plans[n]);
        }
    }
    (void)pthread_mutex_unlock(&planner_lock);
}

/* c(d,w) for 0 <= d <= radius at w + n d; NULL after recording the error. */
static float *make_cosines(size_t radius, size_t n, struct ot_err *err)
{
    float *cosines = OT_NEW(float, n *(radius + 1), err);
    for (size_t d = 0; cosines != NULL && d <= radius; d++) {
        for (size_t w = 0; w < n; w++) {
            const double turns = (double)(d * w % n) / (double)n;
            cosines[w + n * d] = (float)(d == 0 ? 1.0 : 2.0 * cos(TWO_PI * turns));
        }
    }
    return cosines;
}

OT_VERSIONS static void make_kernel_column(const struct ot_voxel_s *kernel,
                                           const struct transform *t, float *const cosines[2],
                                           size_t wi)
{
    const size_t *r = kernel->radius;
    const size_t n = t->n[1];
    const double scale = 1.0 / ((double)t->n[0] * (double)n);
    for (size_t dk = 0; dk <= r[2]; dk++) {
        float *restrict to = t->kernel + 2 * n * (dk + (r[2] + 1) * wi);
        memset(to, 0, n * sizeof *to);
        for (size_t dj = 0; dj <= r[1]; dj++) {
            const double *octant = kernel->octant + (r[0] + 1) * (dj + (r[1] + 1) * dk);
            const float *restrict c = cosines[1] + n * dj;
            double sum = 0.0;
            for (size_t di = 0; di <= r[0]; di++) {
                sum += octant[di] * (double)cosines[0][wi + t->n[0] * di];
            }
            const float part = (float)(sum * scale);
            for (size_t w = 0; w < n; w++) {
                to[w] += part * c[w];
            }
        }
        for (size_t w = n; w-- > 0;) { /* twice each, from the end, in place */
            to[2 * w + 1] = to[w];
            to[2 * w] = to[w];
        }
    }
}

/* K of all columns, scaled by 1/N. */
static enum ot_rc make_kernel(const struct ot_convolve_job *job, struct transform *t,
                              struct ot_err *err)
{
    const size_t *r = job->kernel->radius;
    float *cosines[2] = {NULL, NULL};
    enum ot_rc rc = OT_ERR_NOMEM;
    t->kernel = OT_NEW(float, 2 * t->n[1] * (r[2] + 1) * t->half, err);
    if (t->kernel == NULL) {
        goto done;
    }
    for (size_t axis = 0; axis < 2; axis++) {
        cosines[axis] = make_cosines(r[axis], t->n[axis], err);
        if (cosines[axis] == NULL) {
            goto done;
        }
    }
#pragma omp parallel for schedule(static) num_threads(job->threads)
    for (size_t wi = 0; wi < t->half; wi++) {
        make_kernel_column(job->kernel, t, cosines, wi);
    }
    rc = OT_OK;

done:
    ot_free(cosines[0]);
    ot_free(cosines[1]);
    return rc;
}

/* A complex value, whose type is an array and cannot be assigned. */
static void copy_value(const float *from, float *to)
{
    memcpy(to, from, sizeof(fftwf_complex));
}

/* Spectrum of source plane k into `to`. */
static void forward_plane(const struct ot_convolve_job *job, const struct transform *t, size_t k,
                          const struct work *work, fftwf_complex *to)
{
    const size_t *r = job->kernel->radius;
    memset(work->real, 0, t->n[0] * sizeof *work->real);
    for (size_t j = 0; j < t->n[1]; j += LINES) {
        for (size_t line = 0; line < LINES; line++) { /* padded row j + line is source row `from` */
            const size_t from = j + line - r[1];
            const bool in = j + line >= r[1] && from < job->n[1];
            const struct ot_row_extent none = {0, 0};
            const struct ot_row_extent extent = in ? job->extent[from + job->n[1] * k] : none;
            fftwf_complex *row = work->rows + t->pitch * line;
            if (extent.lo == extent.hi) {
                memset(row, 0, t->half * sizeof *row);
                continue;
            }
            memcpy(work->real + r[0], job->source + from * job->row_stride + k * job->plane_stride,
                   job->n[0] * sizeof *work->real);
            fftwf_execute_dft_r2c(t->row_forward, work->real, row);
        }
        for (size_t wi = 0; wi < t->half; wi++) {
            for (size_t line = 0; line < LINES; line++) {
                copy_value(work->rows[wi + t->pitch * line],
                           work->turned[j + line + t->column * wi]);
            }
        }
    }
    for (size_t wi = 0; wi < t->half; wi++) {
        fftwf_execute_dft(t->column_forward, work->turned + t->column * wi, to + t->column * wi);
    }
}

/* `turned` holds transformed rows of result k. */
static void back_plane(const struct ot_convolve_job *job, const struct transform *t, size_t k,
                       const struct work *work, fftwf_complex *turned)
{
    for (size_t j = 0; j < job->out_n[1]; j += LINES) {
        for (size_t wi = 0; wi < t->half; wi++) {
            for (size_t line = 0; line < LINES; line++) {
                copy_value(turned[j + line + t->column * wi], work->rows[wi + t->pitch * line]);
            }
        }
        for (size_t line = 0; line < LINES && j + line < job->out_n[1]; line++) {
            float *to = job->value + job->out_n[0] * (j + line + job->out_n[1] * k);
            fftwf_execute_dft_c2r(t->row_back, work->rows + t->pitch * line, work->real);
            if (job->nonnegative) { /* a sum of products >= 0 is not < 0 */
                for (size_t i = 0; i < job->out_n[0]; i++) {
                    to[i] = work->real[i] > 0.0F ? work->real[i] : 0.0F;
                }
            } else {
                memcpy(to, work->real, job->out_n[0] * sizeof *to);
            }
        }
    }
}

/* sum = K_0 * centre */
OT_VERSIONS static void start_sum(const float *kernel, const float *centre, size_t n, float *sum)
{
#pragma omp simd
    for (size_t x = 0; x < n; x++) {
        sum[x] = kernel[x] * centre[x];
    }
}

/* sum += K_dk * (below + above) */
OT_VERSIONS static void add_to_sum(const float *kernel, const float *below, const float *above,
                                   size_t n, float *sum)
{
#pragma omp simd
    for (size_t x = 0; x < n; x++) {
        sum[x] += kernel[x] * (below[x] + above[x]);
    }
}

/* Planes of a slab are counted from source plane -2 rk: result k needs planes k to k + 2 rk. */
static bool is_in_box(const struct ot_convolve_job *job, size_t plane)
{
    const size_t before = 2 * job->kernel->radius[2];
    return plane >= before && plane - before < job->n[2];
}

static const float *column_of(const struct ot_convolve_job *job, const struct transform *t,
                              const struct work *work, size_t plane, size_t wi)
{
    return is_in_box(job, plane)
               ? (const float *)(work->ring + t->plane * (plane % t->ring) + t->column * wi)
               : work->zeros;
}

/* Column wi of result k; it replaces that of plane k, which no later result needs. */
static void convolve_column(const struct ot_convolve_job *job, const struct transform *t, size_t k,
                            size_t wi, const struct work *work)
{
    const size_t radius = job->kernel->radius[2];
    const size_t n = 2 * t->n[1];
    const float *kernel = t->kernel + n * (radius + 1) * wi;
    float *sum = (float *)work->sum;
    start_sum(kernel, column_of(job, t, work, k + radius, wi), n, sum);
    for (size_t dk = 1; dk <= radius; dk++) {
        const float *below = column_of(job, t, work, k + radius - dk, wi);
        const float *above = column_of(job, t, work, k + radius + dk, wi);
        if (below != work->zeros || above != work->zeros) {
            add_to_sum(kernel + n * dk, below, above, n, sum);
        }
    }
    fftwf_execute_dft(t->column_back, work->sum,
                      work->ring + t->plane * (k % t->ring) + t->column * wi);
}

/* Results first <= k < end. Slabs come in ascending order. */
static void convolve_slab(const struct ot_convolve_job *job, const struct transform *t,
                          size_t first, size_t end, struct work *work)
{
    const size_t before = 2 * job->kernel->radius[2];
    for (size_t p = work->ready > first ? work->ready : first; p < end + before; p++) {
        if (is_in_box(job, p)) {
            forward_plane(job, t, p - before, work, work->ring + t->plane * (p % t->ring));
        }
    }
    work->ready = end + before;
    for (size_t wi = 0; wi < t->half; wi++) {
        for (size_t k = first; k < end; k++) {
            convolve_column(job, t, k, wi, work);
        }
    }
    for (size_t k = first; k < end; k++) {
        back_plane(job, t, k, work, work->ring + t->plane * (k % t->ring));
    }
}

/* Complex values that one thread works with; all parts are whole cache lines. */
static size_t thread_values(const struct transform *t)
{
    return t->plane * (t->ring + 1) + t->pitch * LINES + 2 * t->column + t->pitch;
}

static struct work work_of(const struct transform *t, fftwf_complex *values)
{
    struct work work = {.ring = values, .turned = values + t->plane * t->ring};
    work.rows = work.turned + t->plane;
    work.sum = work.rows + t->pitch * LINES;
    work.zeros = (const float *)(work.sum + t->column);
    work.real = (float *)(work.sum + 2 * t->column);
    return work;
}

double ot_convolve_fft_bytes(const struct ot_convolve_job *job)
{
    struct transform t = {0};
    sizes_of(job, &t);
    const double kernel = 2.0 * (double)t.n[1] * (double)(job->kernel->radius[2] + 1);
    return kernel * (double)t.half * sizeof(float) +
           (double)thread_values(&t) * sizeof(fftwf_complex) * job->threads;
}

enum ot_rc ot_convolve_fft(const struct ot_convolve_job *job, struct ot_err *err)
{
    struct transform t = {0};
    sizes_of(job, &t);
    const size_t size = thread_values(&t);
    const size_t slabs = (job->out_n[2] + SLAB - 1) / SLAB;
    enum ot_rc rc = OT_ERR_NOMEM;
    fftwf_complex *values = OT_NEW(fftwf_complex, size * (size_t)job->threads, err);
    if (values == NULL) {
        goto done;
    }
    const struct work first = work_of(&t, values);
    rc = make_kernel(job, &t, err);
    if (rc == OT_OK) {
        rc = make_plans(&t, &first, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
#pragma omp parallel num_threads(job->threads)
    {
        struct work work = work_of(&t, values + size * (size_t)omp_get_thread_num());
#pragma omp for schedule(static)
        for (size_t slab = 0; slab < slabs; slab++) {
            const size_t end =
                (slab + 1) * SLAB < job->out_n[2] ? (slab + 1) * SLAB : job->out_n[2];
            convolve_slab(job, &t, slab * SLAB, end, &work);
        }
    }

done:
    destroy_plans(&t);
    ot_free(t.kernel);
    ot_free(values);
    return rc;
}

double ot_convolve_fft_cost(const struct ot_convolve_job *job)
{
    static const double s_per_step = 0.125e-9; /* both measured on one core */
    static const double s_per_sum = 0.27e-9;
    struct transform t = {0};
    sizes_of(job, &t);
    const double points = (double)t.n[0] * (double)t.n[1];
    return points * (s_per_step * log2(points) * (double)(job->n[2] + job->out_n[2]) +
                     s_per_sum * (double)(job->kernel->radius[2] * job->out_n[2]));
}
