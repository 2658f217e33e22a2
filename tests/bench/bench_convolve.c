/* tests/bench/bench_convolve.c - times one convolution engine on one case.
 *
 * usage: bench_convolve WHO THREADS RUNS NX NY NZ DX DY DZ SHAPE [WISDOM]
 * WHO is tare:direct, tare:fft, tare:auto, fftw (plain padded 3-D transforms), itk (its filter by
 * transforms; see peer_itk.h for what is timed) or memory_floor (read the source, write the
 * result); each prints seconds of each run, one a line. nothing makes source and kernel and leaves:
 * what all have in memory besides; padded prints the
 * MiB of a volume as transforms pad it, chosen the engine that auto takes. write puts kernel and
 * source on standard output, as float, for peers that are other programs.
 *
 * SHAPE is what holds noise, zero elsewhere: dense (the whole grid), scattered (one voxel in 64 of
 * it), quarter (an ellipsoid of about a quarter of it) or liver (one of 1.9 l). Ours is timed with
 * its allocations and plans; the peer's plans and the kernel's transform are made before the clock
 * starts, in single precision, at good sizes and with FFTW_MEASURE; WISDOM is a file that keeps its
 * plans for the next call.
 */
#include <stdbool.h>
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

/* Whether a point, in mm from the grid's middle, is to hold activity. */
static bool in_shape(const char *shape, const double at_mm[3], const struct ot_grid *grid)
{
    static const double liver_mm[3] = {100.0, 75.0, 60.0};   /* half-axes */
    static const double quarter[3] = {0.4, 0.34641016, 0.4}; /* of the grid */
    double r2 = 0.0;
    for (size_t axis = 0; axis < 3; axis++) {
        const double size_mm = grid->spacing_mm[axis] * (double)grid->n[axis];
        const double half_mm =
            strcmp(shape, "liver") == 0 ? liver_mm[axis] : quarter[axis] * size_mm;
        r2 += at_mm[axis] * at_mm[axis] / (half_mm * half_mm);
    }
    return strcmp(shape, "dense") == 0 || strcmp(shape, "scattered") == 0 || r2 < 1.0;
}

static struct ot_volume *make_source(const size_t n[3], const double spacing_mm[3],
                                     const char *shape)
{
    struct ot_err err = {0};
    struct ot_volume *source = NULL;
    struct ot_grid grid = {.dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    memcpy(grid.n, n, sizeof grid.n);
    memcpy(grid.spacing_mm, spacing_mm, sizeof grid.spacing_mm);
    stop_on(ot_volume_create(&grid, OT_UNIT_BQ_PER_ML, &source, &err), &err);
    const bool scattered = strcmp(shape, "scattered") == 0;
    uint32_t seed = 1;
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        const size_t at[3] = {x % n[0], x / n[0] % n[1], x / n[0] / n[1]};
        double at_mm[3];
        for (size_t axis = 0; axis < 3; axis++) {
            at_mm[axis] = spacing_mm[axis] * ((double)at[axis] + 0.5 - 0.5 * (double)n[axis]);
        }
        seed = seed * 1664525U + 1013904223U;
        if (in_shape(shape, at_mm, &grid) && !(scattered && seed >> 26 > 0)) {
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

/* The peer's arrays: padded real rows of which the transform takes the place. */
struct plain {
    size_t n[3], row, floats;
    float *work, *factor; /* owned */
    fftwf_plan forward, back;
};

static void fill_plain_kernel(const struct ot_voxel_s *kernel, struct plain *plain)
{
    const ptrdiff_t r[3] = {(ptrdiff_t)kernel->radius[0], (ptrdiff_t)kernel->radius[1],
                            (ptrdiff_t)kernel->radius[2]};
    const size_t *n = plain->n;
    memset(plain->work, 0, plain->floats * sizeof *plain->work);
    for (ptrdiff_t k = -r[2]; k <= r[2]; k++) {
        for (ptrdiff_t j = -r[1]; j <= r[1]; j++) {
            for (ptrdiff_t i = -r[0]; i <= r[0]; i++) {
                const size_t at[3] = {(size_t)(i + (ptrdiff_t)n[0]) % n[0],
                                      (size_t)(j + (ptrdiff_t)n[1]) % n[1],
                                      (size_t)(k + (ptrdiff_t)n[2]) % n[2]};
                plain->work[at[0] + plain->row * (at[1] + n[1] * at[2])] =
                    (float)(ot_voxel_s_fraction(kernel, i, j, k) / (double)(n[0] * n[1] * n[2]));
            }
        }
    }
}

/* Plans and transforms the kernel. What is asked for is the source's grid: one radius of padding
 * keeps it free of what wraps round. */
static void make_plain(const struct ot_volume *source, const struct ot_voxel_s *kernel, int threads,
                       const char *wisdom, struct plain *plain)
{
    struct ot_err err = {0};
    for (size_t axis = 0; axis < 3; axis++) {
        plain->n[axis] = good_size(source->grid.n[axis] + kernel->radius[axis]);
    }
    plain->row = 2 * (plain->n[0] / 2 + 1);
    plain->floats = plain->row * plain->n[1] * plain->n[2];
    plain->work = OT_NEW(float, plain->floats, &err);
    plain->factor = OT_NEW(float, plain->floats, &err);
    if (plain->work == NULL || plain->factor == NULL) {
        stop_on(OT_ERR_NOMEM, &err);
    }
    (void)fftwf_init_threads();
    fftwf_plan_with_nthreads(threads);
    if (wisdom != NULL) {
        (void)fftwf_import_wisdom_from_filename(wisdom);
    }
    const int dims[3] = {(int)plain->n[2], (int)plain->n[1], (int)plain->n[0]};
    fftwf_complex *spectrum = (fftwf_complex *)plain->work;
    plain->forward = fftwf_plan_dft_r2c(3, dims, plain->work, spectrum, FFTW_MEASURE);
    plain->back = fftwf_plan_dft_c2r(3, dims, spectrum, plain->work, FFTW_MEASURE);
    if (wisdom != NULL) {
        (void)fftwf_export_wisdom_to_filename(wisdom);
    }
    fill_plain_kernel(kernel, plain);
    fftwf_execute(plain->forward);
    memcpy(plain->factor, plain->work, plain->floats * sizeof *plain->work);
}

/* The plain way: pad, transform, multiply, transform back, crop. */
static void convolve_plain(const struct plain *plain, const struct ot_volume *source, int threads,
                           float *result)
{
    const size_t *s = source->grid.n;
    const size_t *n = plain->n;
    const float *factor = plain->factor;
    float *work = plain->work;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t line = 0; line < n[1] * n[2]; line++) {
        float *to = work + plain->row * line;
        const size_t j = line % n[1];
        const size_t k = line / n[1];
        const size_t filled = j < s[1] && k < s[2] ? s[0] : 0;
        memcpy(to, source->data + s[0] * (filled > 0 ? j + s[1] * k : 0), filled * sizeof *to);
        memset(to + filled, 0, (plain->row - filled) * sizeof *to);
    }
    fftwf_execute(plain->forward);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t x = 0; x < plain->floats; x += 2) {
        const float re = work[x] * factor[x] - work[x + 1] * factor[x + 1];
        work[x + 1] = work[x] * factor[x + 1] + work[x + 1] * factor[x];
        work[x] = re;
    }
    fftwf_execute(plain->back);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t line = 0; line < s[1] * s[2]; line++) {
        memcpy(result + s[0] * line, work + plain->row * (line % s[1] + n[1] * (line / s[1])),
               s[0] * sizeof *work);
    }
}

static void time_fftw(const struct ot_volume *source, const struct ot_voxel_s *kernel, int threads,
                      int runs, const char *wisdom)
{
    struct ot_err err = {0};
    struct plain plain = {0};
    float *result = OT_NEW(float, ot_grid_voxel_count(&source->grid), &err);
    if (result == NULL) {
        stop_on(OT_ERR_NOMEM, &err);
    }
    make_plain(source, kernel, threads, wisdom, &plain);
    for (int run = -1; run < runs; run++) {
        const double start = now_s();
        convolve_plain(&plain, source, threads, result);
        if (run >= 0) {
            (void)printf("%.6f\n", now_s() - start);
        }
    }
    fftwf_destroy_plan(plain.forward);
    fftwf_destroy_plan(plain.back);
    ot_free(plain.work);
    ot_free(plain.factor);
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

/* The kernel as an image, for peers. */
static float *kernel_image(const struct ot_voxel_s *kernel, size_t n[3])
{
    struct ot_err err = {0};
    for (size_t axis = 0; axis < 3; axis++) {
        n[axis] = 2 * kernel->radius[axis] + 1;
    }
    float *weights = OT_NEW(float, n[0] * n[1] * n[2], &err);
    if (weights == NULL) {
        stop_on(OT_ERR_NOMEM, &err);
        return NULL;
    }
    for (size_t x = 0; x < n[0] * n[1] * n[2]; x++) {
        weights[x] =
            (float)ot_voxel_s_fraction(kernel, (ptrdiff_t)(x % n[0]) - (ptrdiff_t)kernel->radius[0],
                                       (ptrdiff_t)(x / n[0] % n[1]) - (ptrdiff_t)kernel->radius[1],
                                       (ptrdiff_t)(x / n[0] / n[1]) - (ptrdiff_t)kernel->radius[2]);
    }
    return weights;
}

static void write_case(const struct ot_volume *source, const struct ot_voxel_s *kernel)
{
    size_t n[3];
    float *weights = kernel_image(kernel, n);
    const int32_t sizes[3] = {(int32_t)n[0], (int32_t)n[1], (int32_t)n[2]};
    (void)fwrite(sizes, sizeof sizes, 1, stdout);
    (void)fwrite(weights, sizeof *weights, n[0] * n[1] * n[2], stdout);
    (void)fwrite(source->data, sizeof *source->data, ot_grid_voxel_count(&source->grid), stdout);
    ot_free(weights);
}

#ifdef OT_WITH_ITK
static void time_itk(const struct ot_volume *source, const struct ot_voxel_s *kernel, int threads,
                     int runs)
{
    size_t n[3];
    float *weights = kernel_image(kernel, n);
    const int failed = peer_itk(source->data, source->grid.n, weights, n, threads, runs);
    ot_free(weights);
    if (failed != 0) {
        exit(1);
    }
}
#endif

static void print_chosen(const struct ot_volume *source, const struct ot_voxel_s *kernel,
                         int threads)
{
    struct ot_err err = {0};
    struct ot_spread *spread = NULL;
    stop_on(ot_convolve(source, kernel, OT_CONVOLUTION_AUTO, threads, &spread, &err), &err);
    (void)printf("%s\n", ot_convolution_name(spread->used));
    ot_spread_destroy(spread);
}

static void print_padded_mib(const size_t n[3], const struct ot_voxel_s *kernel)
{
    double mib = sizeof(float) / (1024.0 * 1024.0);
    for (size_t axis = 0; axis < 3; axis++) {
        mib *= (double)good_size(n[axis] + 2 * kernel->radius[axis]);
    }
    (void)printf("%.6f\n", mib);
}

/* Reads the source and writes the result, once each; pages are there. */
static void time_floor(const struct ot_volume *source, int threads, int runs)
{
    struct ot_err err = {0};
    const size_t count = ot_grid_voxel_count(&source->grid);
    float *result = OT_NEW(float, count, &err);
    if (result == NULL) {
        stop_on(OT_ERR_NOMEM, &err);
    }
    const size_t planes = source->grid.n[2];
    const size_t plane = count / planes;
    for (int run = -1; run < runs; run++) {
        const double start = now_s();
#pragma omp parallel for schedule(static) num_threads(threads)
        for (size_t k = 0; k < planes; k++) {
            memcpy(result + plane * k, source->data + plane * k, plane * sizeof *result);
        }
        if (run >= 0) {
            (void)printf("%.6f\n", now_s() - start);
        }
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
                      "usage: bench_convolve WHO THREADS RUNS NX NY NZ DX DY DZ SHAPE [WISDOM]\n");
        return 2;
    }
    for (size_t axis = 0; axis < 3; axis++) {
        n[axis] = strtoul(argv[SIZE + axis], NULL, 10);
        spacing_mm[axis] = strtod(argv[SPACING + axis], NULL);
    }
    const int threads = (int)strtol(argv[THREADS], NULL, 10);
    const int runs = (int)strtol(argv[RUNS], NULL, 10);
    stop_on(ot_kernel_table_load("Y-90", "liver", &radial, &err), &err);
    stop_on(ot_voxel_s_create(radial, spacing_mm, radial->density_g_per_cm3, 0.93121, threads,
                              &kernel, &err),
            &err);
    struct ot_volume *source = make_source(n, spacing_mm, argv[SHAPE]);
    const char *wisdom = argc > ARGUMENTS ? argv[ARGUMENTS] : NULL;
    if (strcmp(argv[WHO], "fftw") == 0) {
        time_fftw(source, kernel, threads, runs, wisdom);
#ifdef OT_WITH_ITK
    } else if (strcmp(argv[WHO], "itk") == 0) {
        time_itk(source, kernel, threads, runs);
#endif
    } else if (strcmp(argv[WHO], "memory_floor") == 0) {
        time_floor(source, threads, runs);
    } else if (strcmp(argv[WHO], "write") == 0) {
        write_case(source, kernel);
    } else if (strcmp(argv[WHO], "nothing") == 0) {
        (void)runs; /* everything is made and nothing is done */
    } else if (strcmp(argv[WHO], "chosen") == 0) {
        print_chosen(source, kernel, threads);
    } else if (strcmp(argv[WHO], "padded") == 0) {
        print_padded_mib(n, kernel);
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
