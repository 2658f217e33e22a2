/* kernels/convolve_fft.c - the convolution by padded Fourier transforms in single precision.
 *
 * The kernel is even in every axis, so its transform is real and is summed from cosines:
 *     K(w) = sum over d >= 0 of f(d) c(di,wi) c(dj,wj) c(dk,wk),  c(0,w) = 1,
 *     c(d,w) = 2 cos(2 pi d w / N);
 * it needs neither a second transform nor memory. The box is padded to N >= n + 2 radius, so
 * nothing wraps round. Three passes, each over planes or rows that one thread owns:
 *   1. source planes: real to complex along i, then along j;
 *   2. columns along k, some at a time in cache: forward, times K, back;
 *   3. result planes: back along j, back along i, crop.
 * Plans are for one thread and one line (or one block of lines), so that every thread count does
 * the same arithmetic.
 */
#include "kernels/convolve_engine.h"

#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <string.h>

#include <fftw3.h>

#include "core/mem.h"

static const double TWO_PI = 6.28318530717958647693;

enum { COLUMNS = 8, LINE_FLOATS = 16 }; /* 64 bytes: a block of columns, an aligned line */

/* State that FFTW keeps: its planner may be used by one thread at a time. */
static pthread_mutex_t planner_lock = PTHREAD_MUTEX_INITIALIZER;

struct transform {
    size_t n[3];  /* padded */
    size_t row;   /* complex values in a stored row, a multiple of COLUMNS */
    size_t plane; /* complex values in a stored plane */
    fftwf_plan forward_i, forward_j, forward_k, back_k, back_j, back_i;
};

/* Cosine factors: c(d,w) at w + n d. */
struct cosines {
    float *axis[3]; /* owned */
};

/* Least size >= n without prime factors above 7; even where asked. */
static size_t good_size(size_t n, bool even)
{
    static const size_t primes[] = {2, 3, 5, 7};
    for (;; n++) {
        size_t rest = n;
        for (size_t p = 0; p < sizeof primes / sizeof primes[0]; p++) {
            while (rest % primes[p] == 0) {
                rest /= primes[p];
            }
        }
        if (rest == 1 && !(even && n % 2 != 0)) {
            return n;
        }
    }
}

static void sizes_of(const struct ot_convolve_job *job, struct transform *t)
{
    for (size_t axis = 0; axis < 3; axis++) {
        t->n[axis] = good_size(job->out_n[axis], axis == 0);
    }
    t->row = (t->n[0] / 2 + 1 + COLUMNS - 1) / COLUMNS * COLUMNS;
    t->plane = t->row * t->n[1];
}

/* Plans on `plane` (one stored plane) and `block` (n[2] x COLUMNS); nothing is computed. */
static enum ot_rc make_plans(const struct ot_convolve_job *job, struct transform *t,
                             fftwf_complex *plane, fftwf_complex *block, struct ot_err *err)
{
    const int n[3] = {(int)t->n[0], (int)t->n[1], (int)t->n[2]};
    const int row = (int)t->row;
    const int source_rows = (int)job->n[1];
    const int result_rows = (int)job->out_n[1];
    float *real = (float *)plane;
    (void)pthread_mutex_lock(&planner_lock);
    t->forward_i = fftwf_plan_many_dft_r2c(1, &n[0], source_rows, real, NULL, 1, 2 * row, plane,
                                           NULL, 1, row, FFTW_ESTIMATE);
    t->back_i = fftwf_plan_many_dft_c2r(1, &n[0], result_rows, plane, NULL, 1, row, real, NULL, 1,
                                        2 * row, FFTW_ESTIMATE);
    t->forward_j = fftwf_plan_many_dft(1, &n[1], row, plane, NULL, row, 1, plane, NULL, row, 1,
                                       FFTW_FORWARD, FFTW_ESTIMATE);
    t->back_j = fftwf_plan_many_dft(1, &n[1], row, plane, NULL, row, 1, plane, NULL, row, 1,
                                    FFTW_BACKWARD, FFTW_ESTIMATE);
    t->forward_k = fftwf_plan_many_dft(1, &n[2], COLUMNS, block, NULL, COLUMNS, 1, block, NULL,
                                       COLUMNS, 1, FFTW_FORWARD, FFTW_ESTIMATE);
    t->back_k = fftwf_plan_many_dft(1, &n[2], COLUMNS, block, NULL, COLUMNS, 1, block, NULL,
                                    COLUMNS, 1, FFTW_BACKWARD, FFTW_ESTIMATE);
    (void)pthread_mutex_unlock(&planner_lock);
    if (t->forward_i == NULL || t->back_i == NULL || t->forward_j == NULL || t->back_j == NULL ||
        t->forward_k == NULL || t->back_k == NULL) {
        return ot_fail(err, OT_ERR_EXTERNAL, "FFTW has no plan for %d x %d x %d voxels", n[0], n[1],
                       n[2]);
    }
    return OT_OK;
}

static void destroy_plans(struct transform *t)
{
    fftwf_plan plans[] = {t->forward_i, t->forward_j, t->forward_k,
                          t->back_k,    t->back_j,    t->back_i};
    (void)pthread_mutex_lock(&planner_lock);
    for (size_t n = 0; n < sizeof plans / sizeof plans[0]; n++) {
        if (plans[n] != NULL) {
            fftwf_destroy_plan(plans[n]);
        }
    }
    (void)pthread_mutex_unlock(&planner_lock);
}

static enum ot_rc make_cosines(const struct ot_convolve_job *job, const struct transform *t,
                               struct cosines *cosines, struct ot_err *err)
{
    for (size_t axis = 0; axis < 3; axis++) {
        const size_t n = t->n[axis];
        const size_t radius = job->kernel->radius[axis];
        cosines->axis[axis] = OT_NEW(float, n *(radius + 1), err);
        if (cosines->axis[axis] == NULL) {
            return OT_ERR_NOMEM;
        }
        for (size_t d = 0; d <= radius; d++) {
            for (size_t w = 0; w < n; w++) {
                const double turns = (double)(d * w % n) / (double)n;
                cosines->axis[axis][w + n * d] = (float)(d == 0 ? 1.0 : 2.0 * cos(TWO_PI * turns));
            }
        }
    }
    return OT_OK;
}

/* Pass 1: plane k of the source's box into plane k + radius of the padded one. */
static void forward_plane(const struct ot_convolve_job *job, const struct transform *t, size_t k,
                          fftwf_complex *plane)
{
    const size_t *r = job->kernel->radius;
    float *real = (float *)plane;
    memset(plane, 0, t->plane * sizeof *plane);
    for (size_t j = 0; j < job->n[1]; j++) {
        const float *from = job->source + j * job->row_stride + k * job->plane_stride;
        memcpy(real + 2 * t->row * (j + r[1]) + r[0], from, job->n[0] * sizeof *from);
    }
    float *first = real + 2 * t->row * r[1];
    fftwf_execute_dft_r2c(t->forward_i, first, (fftwf_complex *)first);
    fftwf_execute_dft(t->forward_j, plane, plane);
}

/* Pass 3: plane k of the padded box into plane k of the result. */
static void back_plane(const struct ot_convolve_job *job, const struct transform *t, size_t k,
                       fftwf_complex *plane)
{
    fftwf_execute_dft(t->back_j, plane, plane);
    fftwf_execute_dft_c2r(t->back_i, plane, (float *)plane);
    for (size_t j = 0; j < job->out_n[1]; j++) {
        const float *from = (const float *)plane + 2 * t->row * j;
        float *to = job->value + job->out_n[0] * (j + job->out_n[1] * k);
        if (job->nonnegative) {
            for (size_t i = 0; i < job->out_n[0]; i++) {
                to[i] = from[i] > 0.0F ? from[i] : 0.0F; /* a sum of products >= 0 is not < 0 */
            }
        } else {
            memcpy(to, from, job->out_n[0] * sizeof *to);
        }
    }
}

/* The kernel's transform at row j, summed over dj and di: at i + row * dk; includes 1/N. */
static void kernel_row(const struct ot_convolve_job *job, const struct transform *t,
                       const struct cosines *cosines, size_t j, float *sums)
{
    const size_t *r = job->kernel->radius;
    const double scale = 1.0 / ((double)t->n[0] * (double)t->n[1] * (double)t->n[2]);
    const size_t used = t->n[0] / 2 + 1;
    memset(sums, 0, t->row * (r[2] + 1) * sizeof *sums);
    for (size_t dk = 0; dk <= r[2]; dk++) {
        for (size_t di = 0; di <= r[0]; di++) {
            double f = 0.0;
            for (size_t dj = 0; dj <= r[1]; dj++) {
                f += job->kernel->octant[di + (r[0] + 1) * (dj + (r[1] + 1) * dk)] *
                     (double)cosines->axis[1][j + t->n[1] * dj];
            }
            const float part = (float)(f * scale);
            const float *c = cosines->axis[0] + t->n[0] * di;
            for (size_t i = 0; i < used; i++) {
                sums[i + t->row * dk] += part * c[i];
            }
        }
    }
}

/* Multiplies a block of columns by the kernel's transform. */
static void multiply(const struct ot_convolve_job *job, const struct transform *t,
                     const struct cosines *cosines, const float *sums, fftwf_complex *block)
{
    const size_t radius = job->kernel->radius[2];
    for (size_t k = 0; k < t->n[2]; k++) {
        float factor[COLUMNS];
        memcpy(factor, sums, sizeof factor);
        for (size_t dk = 1; dk <= radius; dk++) {
            const float c = cosines->axis[2][k + t->n[2] * dk];
            for (size_t i = 0; i < COLUMNS; i++) {
                factor[i] += c * sums[i + t->row * dk];
            }
        }
        float *to = (float *)(block + COLUMNS * k);
        for (size_t i = 0; i < COLUMNS; i++) {
            to[2 * i] *= factor[i];
            to[2 * i + 1] *= factor[i];
        }
    }
}

/* Pass 2: all columns of row j. */
static void convolve_columns(const struct ot_convolve_job *job, const struct transform *t,
                             const struct cosines *cosines, size_t j, float *scratch,
                             fftwf_complex *planes)
{
    const size_t first = job->kernel->radius[2];
    fftwf_complex *block = (fftwf_complex *)scratch;
    float *sums = scratch + (size_t)2 * COLUMNS * t->n[2];
    kernel_row(job, t, cosines, j, sums);
    for (size_t i = 0; i < t->row; i += COLUMNS) {
        fftwf_complex *column = planes + t->row * j + i;
        memset(block, 0, t->n[2] * COLUMNS * sizeof *block);
        for (size_t k = first; k < first + job->n[2]; k++) {
            memcpy(block + COLUMNS * k, column + t->plane * k, COLUMNS * sizeof *block);
        }
        fftwf_execute_dft(t->forward_k, block, block);
        multiply(job, t, cosines, sums + i, block);
        fftwf_execute_dft(t->back_k, block, block);
        for (size_t k = 0; k < job->out_n[2]; k++) {
            memcpy(column + t->plane * k, block + COLUMNS * k, COLUMNS * sizeof *block);
        }
    }
}

/* Floats of scratch that one thread needs, in whole lines. */
static size_t scratch_floats(const struct ot_convolve_job *job, const struct transform *t)
{
    const size_t floats = (size_t)2 * COLUMNS * t->n[2] + t->row * (job->kernel->radius[2] + 1);
    return (floats + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
}

double ot_convolve_fft_bytes(const struct ot_convolve_job *job)
{
    struct transform t = {0};
    sizes_of(job, &t);
    return (double)t.plane * (double)job->out_n[2] * sizeof(fftwf_complex) +
           (double)scratch_floats(job, &t) * sizeof(float) * job->threads;
}

enum ot_rc ot_convolve_fft(const struct ot_convolve_job *job, struct ot_err *err)
{
    struct transform t = {0};
    struct cosines cosines = {{NULL}};
    sizes_of(job, &t);
    const size_t floats = scratch_floats(job, &t);
    const size_t first = job->kernel->radius[2];
    enum ot_rc rc = OT_ERR_NOMEM;
    fftwf_complex *planes = OT_NEW(fftwf_complex, t.plane * job->out_n[2], err);
    float *scratch = OT_NEW(float, floats *(size_t)job->threads, err);
    if (planes == NULL || scratch == NULL) {
        goto done;
    }
    rc = make_cosines(job, &t, &cosines, err);
    if (rc == OT_OK) {
        rc = make_plans(job, &t, planes, (fftwf_complex *)scratch, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
#pragma omp parallel num_threads(job->threads)
    {
        float *mine = scratch + floats * (size_t)omp_get_thread_num();
#pragma omp for schedule(static)
        for (size_t k = 0; k < job->n[2]; k++) {
            forward_plane(job, &t, k, planes + t.plane * (k + first));
        }
#pragma omp for schedule(static)
        for (size_t j = 0; j < t.n[1]; j++) {
            convolve_columns(job, &t, &cosines, j, mine, planes);
        }
#pragma omp for schedule(static)
        for (size_t k = 0; k < job->out_n[2]; k++) {
            back_plane(job, &t, k, planes + t.plane * k);
        }
    }

done:
    destroy_plans(&t);
    for (size_t axis = 0; axis < 3; axis++) {
        ot_free(cosines.axis[axis]);
    }
    ot_free(planes);
    ot_free(scratch);
    return rc;
}

double ot_convolve_fft_cost(const struct ot_convolve_job *job)
{
    static const double s_per_cosine = 0.1e-9;
    static const double s_per_step = 0.6e-9; /* measured on one core */
    struct transform t = {0};
    sizes_of(job, &t);
    const double points = (double)t.n[0] * (double)t.n[1] * (double)t.n[2];
    return s_per_step * points * log2(points) +
           s_per_cosine * points * (double)job->kernel->radius[2];
}
