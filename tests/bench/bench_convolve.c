/* tests/bench/bench_convolve.c - times one convolution engine on one case.
 *
 * usage: bench_convolve WHO THREADS RUNS NX NY NZ DX DY DZ dense|liver [MEDIUM]
 * WHO is tare:direct, tare:fft, tare:auto, fftw (plain padded 3-D transforms), itk (its filter by
 * transforms; see peer_itk.h for what is timed) or memory_floor (read the source, write the
 * result). Prints seconds of each run, one a line. Ours is timed with its
 * allocations and plans; the peer's plans and the kernel's transform are made before the clock
 * starts, in single precision, at good sizes and with FFTW_MEASURE.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <fftw3.h>

#include "core/mem.h"
#include "io/kernel_table.h"
#include "kernels/convolve.h"
#ifdef OT_WITH_ITK
#include "tests/bench/peer_itk.h"
#endif

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stop_on(enum ot_rc rc, const struct ot_err *err)
{
    if (rc != OT_OK) {
        (void)fprintf(stderr, "bench_convolve: %s\n", err->text);
        exit(1);
    }
}

/* Noise in the whole grid, or in an ellipsoid of about a quarter of its volume. */
static struct ot_volume *make_source(const size_t n[3], const double spacing_mm[3], int dense)
{
    struct ot_err err = {0};
    struct ot_volume *source = NULL;
    struct ot_grid grid = {.dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    memcpy(grid.n, n, sizeof grid.n);
    memcpy(grid.spacing_mm, spacing_mm, sizeof grid.spacing_mm);
    stop_on(ot_volume_create(&grid, OT_UNIT_BQ_PER_ML, &source, &err), &err);
    uint32_t seed = 1;
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        const double p[3] = {(double)(x % n[0]) / (double)n[0] - 0.5,
                             (double)(x / n[0] % n[1]) / (double)n[1] - 0.5,
                             (double)(x / n[0] / n[1]) / (double)n[2] - 0.5};
        seed = seed * 1664525U + 1013904223U;
        if (dense || p[0] * p[0] / 0.16 + p[1] * p[1] / 0.12 + p[2] * p[2] / 0.16 < 1.0) {
            source->data[x] = (float)(seed >> 8) / 16777216.0F;
        }
    }
    return source;
}

static size_t good_size(size_t n)
{
    for (;; n++) {
        size_t rest = n;
        for (size_t p = 2; p <= 7; p++) {
            while (rest % p == 0) {
                rest /= p;
            }
        }
        if (rest == 1) {
            return n;
        }
    }
}

/* The plain way: pad, transform, multiply, transform back, crop. */
static void time_fftw(const struct ot_volume *source, const struct ot_voxel_s *kernel, int threads,
                      int runs)
{
    struct ot_err err = {0};
    const size_t *s = source->grid.n;
    size_t n[3];
    for (size_t axis = 0; axis < 3; axis++) {
        n[axis] = good_size(s[axis] + 2 * kernel->radius[axis]);
    }
    const size_t row = 2 * (n[0] / 2 + 1);
    const size_t floats = row * n[1] * n[2];
    float *work = OT_NEW(float, floats, &err);
    float *factor = OT_NEW(float, floats, &err);
    float *result = OT_NEW(float, s[0] * s[1] * s[2], &err);
    if (work == NULL || factor == NULL || result == NULL) {
        stop_on(OT_ERR_NOMEM, &err);
    }
    (void)fftwf_init_threads();
    fftwf_plan_with_nthreads(threads);
    const int dims[3] = {(int)n[2], (int)n[1], (int)n[0]};
    fftwf_plan forward = fftwf_plan_dft_r2c(3, dims, work, (fftwf_complex *)work, FFTW_MEASURE);
    fftwf_plan back = fftwf_plan_dft_c2r(3, dims, (fftwf_complex *)work, work, FFTW_MEASURE);
    memset(work, 0, floats * sizeof *work);
    const ptrdiff_t r[3] = {(ptrdiff_t)kernel->radius[0], (ptrdiff_t)kernel->radius[1],
                            (ptrdiff_t)kernel->radius[2]};
    for (ptrdiff_t k = -r[2]; k <= r[2]; k++) {
        for (ptrdiff_t j = -r[1]; j <= r[1]; j++) {
            for (ptrdiff_t i = -r[0]; i <= r[0]; i++) {
                const size_t at[3] = {(size_t)(i + (ptrdiff_t)n[0]) % n[0],
                                      (size_t)(j + (ptrdiff_t)n[1]) % n[1],
                                      (size_t)(k + (ptrdiff_t)n[2]) % n[2]};
                work[at[0] + row * (at[1] + n[1] * at[2])] =
                    (float)(ot_voxel_s_fraction(kernel, i, j, k) / (double)(n[0] * n[1] * n[2]));
            }
        }
    }
    fftwf_execute(forward);
    memcpy(factor, work, floats * sizeof *work);
    for (int run = -1; run < runs; run++) {
        const double start = now_s();
        memset(work, 0, floats * sizeof *work);
        for (size_t line = 0; line < s[1] * s[2]; line++) {
            memcpy(work + row * (line % s[1] + n[1] * (line / s[1])), source->data + s[0] * line,
                   s[0] * sizeof *work);
        }
        fftwf_execute(forward);
#pragma omp parallel for schedule(static) num_threads(threads)
        for (size_t x = 0; x < floats; x += 2) {
            const float re = work[x] * factor[x] - work[x + 1] * factor[x + 1];
            work[x + 1] = work[x] * factor[x + 1] + work[x + 1] * factor[x];
            work[x] = re;
        }
        fftwf_execute(back);
        for (size_t line = 0; line < s[1] * s[2]; line++) {
            memcpy(result + s[0] * line, work + row * (line % s[1] + n[1] * (line / s[1])),
                   s[0] * sizeof *work);
        }
        if (run >= 0) {
            (void)printf("%.6f\n", now_s() - start);
        }
    }
    fftwf_destroy_plan(forward);
    fftwf_destroy_plan(back);
    ot_free(work);
    ot_free(factor);
    ot_free(result);
}

static void time_ours(const struct ot_volume *source, const struct ot_voxel_s *kernel,
                      enum ot_convolution how, int threads, int runs)
{
    for (int run = -1; run < runs; run++) { /* once before, for pages and threads to be there */
        struct ot_err err = {0};
        struct ot_spread *spread = NULL;
        const double start = now_s();
        stop_on(ot_convolve(source, kernel, how, threads, &spread, &err), &err);
        if (run >= 0) {
            (void)printf("%.6f\n", now_s() - start);
        }
        ot_spread_destroy(spread);
    }
}

#ifdef OT_WITH_ITK
static void time_itk(const struct ot_volume *source, const struct ot_voxel_s *kernel, int threads,
                     int runs)
{
    struct ot_err err = {0};
    const size_t n[3] = {2 * kernel->radius[0] + 1, 2 * kernel->radius[1] + 1,
                         2 * kernel->radius[2] + 1};
    float *weights = OT_NEW(float, n[0] * n[1] * n[2], &err);
    if (weights == NULL) {
        stop_on(OT_ERR_NOMEM, &err);
    }
    for (size_t x = 0; x < n[0] * n[1] * n[2]; x++) {
        weights[x] =
            (float)ot_voxel_s_fraction(kernel, (ptrdiff_t)(x % n[0]) - (ptrdiff_t)kernel->radius[0],
                                       (ptrdiff_t)(x / n[0] % n[1]) - (ptrdiff_t)kernel->radius[1],
                                       (ptrdiff_t)(x / n[0] / n[1]) - (ptrdiff_t)kernel->radius[2]);
    }
    const int failed = peer_itk(source->data, source->grid.n, weights, n, threads, runs);
    ot_free(weights);
    if (failed != 0) {
        exit(1);
    }
}
#endif

static void time_floor(const struct ot_volume *source, int runs)
{
    struct ot_err err = {0};
    const size_t count = ot_grid_voxel_count(&source->grid);
    float *result = OT_NEW(float, count, &err);
    if (result == NULL) {
        stop_on(OT_ERR_NOMEM, &err);
    }
    for (int run = 0; run < runs; run++) {
        const double start = now_s();
        memcpy(result, source->data, count * sizeof *result);
        (void)printf("%.6f\n", now_s() - start);
    }
    ot_free(result);
}

int main(int argc, char **argv)
{
    enum { WHO = 1, THREADS, RUNS, SIZE, SPACING = SIZE + 3, SHAPE = SPACING + 3, ARGUMENTS };
    struct ot_err err = {0};
    struct ot_radial_kernel *radial = NULL;
    struct ot_voxel_s *kernel = NULL;
    size_t n[3];
    double spacing_mm[3];
    if (argc != ARGUMENTS && argc != ARGUMENTS + 1) {
        (void)fprintf(stderr,
                      "usage: bench_convolve WHO THREADS RUNS NX NY NZ DX DY DZ SHAPE [MEDIUM]\n");
        return 2;
    }
    for (size_t axis = 0; axis < 3; axis++) {
        n[axis] = strtoul(argv[SIZE + axis], NULL, 10);
        spacing_mm[axis] = strtod(argv[SPACING + axis], NULL);
    }
    const int threads = (int)strtol(argv[THREADS], NULL, 10);
    const int runs = (int)strtol(argv[RUNS], NULL, 10);
    stop_on(ot_kernel_table_load("Y-90", argc > ARGUMENTS ? argv[ARGUMENTS] : "liver", &radial, &err), &err);
    stop_on(ot_voxel_s_create(radial, spacing_mm, radial->density_g_per_cm3, 0.93121, threads,
                              &kernel, &err),
            &err);
    struct ot_volume *source = make_source(n, spacing_mm, strcmp(argv[SHAPE], "dense") == 0);
    if (strcmp(argv[WHO], "fftw") == 0) {
        time_fftw(source, kernel, threads, runs);
#ifdef OT_WITH_ITK
    } else if (strcmp(argv[WHO], "itk") == 0) {
        time_itk(source, kernel, threads, runs);
#endif
    } else if (strcmp(argv[WHO], "memory_floor") == 0) {
        time_floor(source, runs);
    } else if (strncmp(argv[WHO], "tare:", strlen("tare:")) != 0) {
        stop_on(ot_fail(&err, OT_ERR_ARG, "there is no engine '%s' here", argv[WHO]), &err);
    } else {
        time_ours(source, kernel,
                  strcmp(argv[WHO], "tare:direct") == 0 ? OT_CONVOLUTION_DIRECT
                  : strcmp(argv[WHO], "tare:fft") == 0  ? OT_CONVOLUTION_FFT
                                                        : OT_CONVOLUTION_AUTO,
                  threads, runs);
    }
    ot_volume_destroy(source);
    ot_voxel_s_destroy(kernel);
    ot_radial_kernel_destroy(radial);
    return 0;
}
