/* tests/test_convolve.c - both engines against the plain sum in double, and each other.
 * labels: threads numeric
 * timeout: 180 */
#include "kernels/convolve.h"

#include <stdlib.h>

#include "core/mem.h"
#include "io/kernel_table.h"
#include "tests/support/ot_test.h"

static struct ot_voxel_s *kernel_of(const char *medium, double density_g_per_cm3, double a,
                                    double b, double c)
{
    struct ot_err err = {0};
    struct ot_radial_kernel *radial = NULL;
    struct ot_voxel_s *kernel = NULL;
    const double spacing_mm[3] = {a, b, c};
    assert_ok(ot_kernel_table_load("Y-90", medium, &radial, &err), err);
    assert_ok(ot_voxel_s_create(radial, spacing_mm, density_g_per_cm3, 0.93121, 2, &kernel, &err),
              err);
    ot_radial_kernel_destroy(radial);
    return kernel;
}

/* Repeatable noise, 0..1. */
static float noise(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (float)(*seed >> 8) / 16777216.0F;
}

static struct ot_volume *noisy(size_t nx, size_t ny, size_t nz, const struct ot_voxel_s *kernel)
{
    const struct ot_grid grid = ot_test_grid(nx, ny, nz, kernel->spacing_mm[0],
                                             kernel->spacing_mm[1], kernel->spacing_mm[2]);
    struct ot_volume *volume = ot_test_volume(&grid, OT_UNIT_BQ_PER_ML);
    uint32_t seed = 7;
    for (size_t x = 0; x < nx * ny * nz; x++) {
        volume->data[x] = noise(&seed);
    }
    return volume;
}

static struct ot_spread *spread_of(const struct ot_volume *source, const struct ot_voxel_s *kernel,
                                   enum ot_convolution how, int threads)
{
    struct ot_err err = {0};
    struct ot_spread *spread = NULL;
    assert_ok(ot_convolve(source, kernel, how, threads, &spread, &err), err);
    assert_true(how == OT_CONVOLUTION_AUTO || spread->used == how);
    return spread;
}

static size_t count_of(const struct ot_spread *spread)
{
    return spread->n[0] * spread->n[1] * spread->n[2];
}

static double largest(const struct ot_spread *spread)
{
    double most = 0.0;
    for (size_t x = 0; x < count_of(spread); x++) {
        most = fmax(most, fabs((double)spread->value[x]));
    }
    return most;
}

static double source_at(const struct ot_volume *source, ptrdiff_t x, ptrdiff_t y, ptrdiff_t z)
{
    const size_t *n = source->grid.n;
    const bool in = x >= 0 && y >= 0 && z >= 0 && x < (ptrdiff_t)n[0] && y < (ptrdiff_t)n[1] &&
                    z < (ptrdiff_t)n[2];
    return in ? (double)source->data[(size_t)x + n[0] * ((size_t)y + n[1] * (size_t)z)] : 0.0;
}

/* The oracle: the plain sum over all offsets, in double, at one voxel of the source's lattice. */
static double plain_sum(const struct ot_volume *source, const struct ot_voxel_s *kernel,
                        ptrdiff_t x, ptrdiff_t y, ptrdiff_t z)
{
    const ptrdiff_t r[3] = {(ptrdiff_t)kernel->radius[0], (ptrdiff_t)kernel->radius[1],
                            (ptrdiff_t)kernel->radius[2]};
    double sum = 0.0;
    for (ptrdiff_t dz = -r[2]; dz <= r[2]; dz++) {
        for (ptrdiff_t dy = -r[1]; dy <= r[1]; dy++) {
            for (ptrdiff_t dx = -r[0]; dx <= r[0]; dx++) {
                sum += ot_voxel_s_fraction(kernel, dx, dy, dz) *
                       source_at(source, x - dx, y - dy, z - dz);
            }
        }
    }
    return sum;
}

/* Largest difference from the oracle in units of the maximum, at every `step`-th voxel. */
static double error_of(const struct ot_spread *spread, const struct ot_volume *source,
                       const struct ot_voxel_s *kernel, size_t step)
{
    double worst = 0.0;
    for (size_t at = 0; at < count_of(spread); at += step) {
        const ptrdiff_t x = (ptrdiff_t)(at % spread->n[0]) + spread->first[0];
        const ptrdiff_t y = (ptrdiff_t)(at / spread->n[0] % spread->n[1]) + spread->first[1];
        const ptrdiff_t z = (ptrdiff_t)(at / spread->n[0] / spread->n[1]) + spread->first[2];
        worst = fmax(worst, fabs((double)spread->value[at] - plain_sum(source, kernel, x, y, z)));
    }
    print_message("%s: %.1e of the maximum\n", ot_convolution_name(spread->used),
                  worst / largest(spread));
    return worst / largest(spread);
}

static void both_engines_agree_with_the_plain_sum_on_noise(void **state)
{
    (void)state;
    struct ot_voxel_s *kernel = kernel_of("liver", 1.05, 4.42, 4.8, 3.0);
    struct ot_volume *source = noisy(61, 47, 53, kernel);
    struct ot_spread *direct = spread_of(source, kernel, OT_CONVOLUTION_DIRECT, 2);
    struct ot_spread *fft = spread_of(source, kernel, OT_CONVOLUTION_FFT, 2);
    assert_int_equal(direct->n[0], 61 + 2 * kernel->radius[0]);
    assert_int_equal(direct->first[2], -(ptrdiff_t)kernel->radius[2]);
    assert_true(error_of(direct, source, kernel, ot_test_step(7)) <= 1e-6);
    double worst = 0.0;
    for (size_t x = 0; x < count_of(direct); x++) {
        worst = fmax(worst, fabs((double)direct->value[x] - (double)fft->value[x]));
    }
    print_message("direct against fft: %.1e of the maximum\n", worst / largest(direct));
    assert_true(worst <= 1e-6 * largest(direct));
    ot_spread_destroy(direct);
    ot_spread_destroy(fft);
    ot_volume_destroy(source);
    ot_voxel_s_destroy(kernel);
}

static void a_wide_kernel_and_sparse_rows_agree_with_the_plain_sum(void **state)
{
    (void)state;
    struct ot_voxel_s *kernel = kernel_of("lung", 0.26, 8.0, 6.0, 10.0);
    struct ot_volume *source = noisy(23, 19, 17, kernel);
    uint32_t seed = 99;
    for (size_t row = 0; row < 19 * 17; row++) { /* most rows empty, others partly */
        const size_t first = (size_t)(noise(&seed) * 20);
        for (size_t i = 0; i < 23; i++) {
            if (row % 5 != 0 || i < first || i > first + 6) {
                source->data[i + 23 * row] = 0.0F;
            }
        }
    }
    for (int how = OT_CONVOLUTION_DIRECT; how <= OT_CONVOLUTION_FFT; how++) {
        struct ot_spread *spread = spread_of(source, kernel, (enum ot_convolution)how, 2);
        assert_true(error_of(spread, source, kernel, ot_test_step(11)) <= 1e-6);
        for (size_t x = 0; x < count_of(spread); x++) {
            assert_true(spread->value[x] >= 0.0F);
        }
        ot_spread_destroy(spread);
    }
    ot_volume_destroy(source);
    ot_voxel_s_destroy(kernel);
}

/* The direct engine holds rows in a ring and sums two at once. */
static void there_may_be_any_number_of_rows(void **state)
{
    (void)state;
    struct ot_voxel_s *kernel = kernel_of("liver", 1.05, 2.0, 2.0, 2.0);
    for (size_t rows = 1; rows <= 40; rows++) {
        struct ot_volume *source = noisy(30, rows, 3, kernel);
        struct ot_spread *direct = spread_of(source, kernel, OT_CONVOLUTION_DIRECT, 2);
        struct ot_spread *fft = spread_of(source, kernel, OT_CONVOLUTION_FFT, 2);
        double worst = 0.0;
        for (size_t x = 0; x < count_of(direct); x++) {
            worst = fmax(worst, fabs((double)direct->value[x] - (double)fft->value[x]));
        }
        assert_true(worst <= 1e-6 * largest(direct));
        ot_spread_destroy(direct);
        ot_spread_destroy(fft);
        ot_volume_destroy(source);
    }
    ot_voxel_s_destroy(kernel);
}

/* Long rows: the direct engine sums a plane in strips, each of which begins with the rows before
 * it; in the second source they alone hold activity that a strip sees. */
static void strips_of_a_plane_meet_without_a_seam(void **state)
{
    (void)state;
    enum { NX = 500, NY = 120, NZ = 3 };
    struct ot_voxel_s *kernel = kernel_of("liver", 1.05, 2.0, 2.0, 2.0);
    for (size_t first = 0; first <= 45; first += 45) {
        struct ot_volume *source = noisy(NX, NY, NZ, kernel);
        for (size_t x = 0; x < (size_t)NX * NY * NZ; x++) {
            const size_t j = x / NX % NY;
            if (first > 0 && (j < first || j > first + 2)) {
                source->data[x] = 0.0F;
            }
        }
        struct ot_spread *direct = spread_of(source, kernel, OT_CONVOLUTION_DIRECT, 2);
        assert_true(error_of(direct, source, kernel, ot_test_step(397)) <= 1e-6);
        ot_spread_destroy(direct);
        ot_volume_destroy(source);
    }
    ot_voxel_s_destroy(kernel);
}

static void bits_do_not_depend_on_the_number_of_threads(void **state)
{
    (void)state;
    struct ot_voxel_s *kernel = kernel_of("liver", 1.05, 4.0, 5.0, 3.0);
    struct ot_volume *source = noisy(29, 37, 31, kernel);
    for (int how = OT_CONVOLUTION_DIRECT; how <= OT_CONVOLUTION_FFT; how++) {
        struct ot_spread *one = spread_of(source, kernel, (enum ot_convolution)how, 1);
        for (int threads = 2; threads <= 5; threads += 3) {
            struct ot_spread *many = spread_of(source, kernel, (enum ot_convolution)how, threads);
            assert_memory_equal(one->value, many->value, count_of(one) * sizeof(float));
            ot_spread_destroy(many);
        }
        ot_spread_destroy(one);
    }
    ot_volume_destroy(source);
    ot_voxel_s_destroy(kernel);
}

static void g18_nothing_wraps_round_and_nothing_is_lost(void **state)
{
    (void)state;
    struct ot_voxel_s *kernel = kernel_of("liver", 1.05, 4.0, 4.4, 3.2);
    const struct ot_grid grid = ot_test_grid(40, 9, 11, 4.0, 4.4, 3.2);
    struct ot_volume *source = ot_test_volume(&grid, OT_UNIT_BQ_PER_ML);
    source->data[40 * (4 + 9 * 5)] = 1e6F;      /* i = 0 */
    source->data[39 + 40 * (4 + 9 * 5)] = 1.0F; /* the far face, so that the box is wide */
    for (int how = OT_CONVOLUTION_DIRECT; how <= OT_CONVOLUTION_FFT; how++) {
        struct ot_spread *spread = spread_of(source, kernel, (enum ot_convolution)how, 2);
        const size_t *n = spread->n;
        const double limit = 1e-6 * largest(spread) + 1.0;
        double sum = 0.0;
        for (size_t x = 0; x < count_of(spread); x++) {
            sum += (double)spread->value[x];
            if (x % n[0] > 10) {
                assert_true((double)spread->value[x] < limit);
            }
        }
        assert_ratio(sum, 1e6 + 1.0, 1e-6);
        ot_spread_destroy(spread);
    }
    ot_volume_destroy(source);
    ot_voxel_s_destroy(kernel);
}

/* Row G19: a hot voxel in one corner gives nothing at the opposite faces. Rows are summed within
 * the kernel's reach only; a transform in single precision leaves its noise there, and no more. */
static void g19_a_hot_corner_gives_nothing_at_the_opposite_faces(void **state)
{
    (void)state;
    static const double most[] = {1e-12, 1e-12, 1e-6};
    struct ot_voxel_s *kernel = kernel_of("liver", 1.05, 4.0, 4.4, 3.2);
    const struct ot_grid grid = ot_test_grid(32, 30, 36, 4.0, 4.4, 3.2);
    struct ot_volume *source = ot_test_volume(&grid, OT_UNIT_BQ_PER_ML);
    const size_t last = ot_grid_voxel_count(&grid) - 1;
    source->data[0] = 1e6F;
    source->data[last] = 1e-9F; /* so little that it counts for nothing, and the box is all */
    for (int how = OT_CONVOLUTION_AUTO; how <= OT_CONVOLUTION_FFT; how++) {
        struct ot_spread *spread = spread_of(source, kernel, (enum ot_convolution)how, 2);
        const size_t *n = spread->n;
        const double limit = most[how] * largest(spread);
        for (size_t x = 0; x < count_of(spread); x++) {
            const size_t at[3] = {x % n[0], x / n[0] % n[1], x / (n[0] * n[1])};
            bool far_off = false; /* beyond the kernel's reach along some axis */
            for (size_t c = 0; c < 3; c++) {
                far_off = far_off || at[c] > 2 * kernel->radius[c];
            }
            assert_true(!far_off || fabs((double)spread->value[x]) <= limit);
        }
        ot_spread_destroy(spread);
    }
    ot_volume_destroy(source);
    ot_voxel_s_destroy(kernel);
}

static void a_point_source_shows_the_kernel_itself(void **state)
{
    (void)state;
    struct ot_voxel_s *kernel = kernel_of("water", 1.0, 3.0, 4.0, 5.0);
    const struct ot_grid grid = ot_test_grid(9, 8, 7, 3.0, 4.0, 5.0);
    struct ot_volume *source = ot_test_volume(&grid, OT_UNIT_BQ_PER_ML);
    source->data[2 + 9 * (3 + 8 * 1)] = 1.0F;
    for (int how = OT_CONVOLUTION_DIRECT; how <= OT_CONVOLUTION_FFT; how++) {
        struct ot_spread *spread = spread_of(source, kernel, (enum ot_convolution)how, 1);
        assert_int_equal(spread->n[1], 2 * kernel->radius[1] + 1);
        for (size_t at = 0; at < count_of(spread); at++) {
            const ptrdiff_t x = (ptrdiff_t)(at % spread->n[0]) + spread->first[0] - 2;
            const ptrdiff_t y =
                (ptrdiff_t)(at / spread->n[0] % spread->n[1]) + spread->first[1] - 3;
            const ptrdiff_t z =
                (ptrdiff_t)(at / spread->n[0] / spread->n[1]) + spread->first[2] - 1;
            assert_near(spread->value[at], ot_voxel_s_fraction(kernel, x, y, z), 3e-7);
        }
        ot_spread_destroy(spread);
    }
    ot_volume_destroy(source);
    ot_voxel_s_destroy(kernel);
}

static void negative_voxels_are_spread_like_others(void **state)
{
    (void)state;
    struct ot_voxel_s *kernel = kernel_of("liver", 1.05, 4.0, 4.0, 4.0);
    struct ot_volume *source = noisy(21, 22, 23, kernel);
    for (size_t x = 0; x < (size_t)21 * 22 * 23; x++) { /* a checkerboard of mean 1 */
        const size_t parity = (x % 21 + x / 21 % 22 + x / 21 / 22) % 2;
        source->data[x] = parity == 0 ? 11.0F : -9.0F;
    }
    for (int how = OT_CONVOLUTION_DIRECT; how <= OT_CONVOLUTION_FFT; how++) {
        struct ot_spread *spread = spread_of(source, kernel, (enum ot_convolution)how, 2);
        assert_true(error_of(spread, source, kernel, ot_test_step(13)) <= 1e-6);
        const size_t mid = spread->n[0] / 2 +
                           spread->n[0] * (spread->n[1] / 2 + spread->n[1] * (spread->n[2] / 2));
        const double two = (double)spread->value[mid] + (double)spread->value[mid + 1];
        assert_near(two / 2, 1.0, 1e-4); /* neighbors differ by the parity's remainder only */
        ot_spread_destroy(spread);
    }
    ot_volume_destroy(source);
    ot_voxel_s_destroy(kernel);
}

/* The voxels whose centers lie in a sphere round the middle of the grid. */
static struct ot_volume *sphere(const struct ot_grid *grid, double radius_mm)
{
    struct ot_volume *mask = ot_test_volume(grid, OT_UNIT_BQ_PER_ML);
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        const size_t at[3] = {x % grid->n[0], x / grid->n[0] % grid->n[1],
                              x / grid->n[0] / grid->n[1]};
        double r2 = 0.0;
        for (size_t axis = 0; axis < 3; axis++) {
            const double p =
                grid->spacing_mm[axis] * ((double)at[axis] + 0.5 - 0.5 * (double)grid->n[axis]);
            r2 += p * p;
        }
        mask->data[x] = r2 < radius_mm * radius_mm ? 1.0F : 0.0F;
    }
    return mask;
}

/* Absorbed fractions of uniform spheres in liver by Monte Carlo, over the local energy. */
static void spheres_keep_the_fraction_that_monte_carlo_found(void **state)
{
    (void)state;
    static const struct {
        double radius_mm, voxel_mm, fraction;
    } spheres[] = {{6.1034, 0.4, 0.6969}, {13.1494, 0.8, 0.8545}, {28.3296, 1.6, 0.9322}};
    for (size_t n = 0; n < sizeof spheres / sizeof spheres[0]; n++) {
        const double a = spheres[n].voxel_mm;
        struct ot_voxel_s *kernel = kernel_of("liver", 1.05, a, a, a);
        const struct ot_grid grid = ot_test_grid(37, 37, 37, a, a, a);
        struct ot_volume *mask = sphere(&grid, spheres[n].radius_mm);
        struct ot_spread *spread = spread_of(mask, kernel, OT_CONVOLUTION_FFT, 2);
        double kept = 0.0;
        double all = 0.0;
        for (size_t at = 0; at < count_of(spread); at++) {
            const ptrdiff_t x = (ptrdiff_t)(at % spread->n[0]) + spread->first[0];
            const ptrdiff_t y = (ptrdiff_t)(at / spread->n[0] % spread->n[1]) + spread->first[1];
            const ptrdiff_t z = (ptrdiff_t)(at / spread->n[0] / spread->n[1]) + spread->first[2];
            kept += source_at(mask, x, y, z) * (double)spread->value[at];
            all += (double)spread->value[at];
        }
        print_message("sphere of %.1f mm: %.4f, Monte Carlo %.4f\n", spheres[n].radius_mm,
                      kept / all, spheres[n].fraction);
        /* The surface is of steps: about a tenth of a voxel in radius. */
        assert_ratio(kept / all, spheres[n].fraction, 0.006);
        ot_spread_destroy(spread);
        ot_volume_destroy(mask);
        ot_voxel_s_destroy(kernel);
    }
}

static void an_empty_source_spreads_nothing(void **state)
{
    (void)state;
    struct ot_voxel_s *kernel = kernel_of("liver", 1.05, 4.0, 4.0, 4.0);
    const struct ot_grid grid = ot_test_grid(5, 6, 7, 4.0, 4.0, 4.0);
    struct ot_volume *source = ot_test_volume(&grid, OT_UNIT_BQ_PER_ML);
    struct ot_spread *spread = spread_of(source, kernel, OT_CONVOLUTION_AUTO, 2);
    assert_int_equal(count_of(spread), 0);
    ot_spread_destroy(spread);
    ot_volume_destroy(source);
    ot_voxel_s_destroy(kernel);
}

static void nan_and_other_spacings_are_refused(void **state)
{
    (void)state;
    struct ot_voxel_s *kernel = kernel_of("liver", 1.05, 4.0, 4.0, 4.0);
    struct ot_volume *source = noisy(5, 6, 7, kernel);
    struct ot_spread *spread = NULL;
    struct ot_err nan_err = {0};
    struct ot_err spacing_err = {0};
    struct ot_err thread_err = {0};
    assert_refused(ot_convolve(source, kernel, OT_CONVOLUTION_AUTO, 0, &spread, &thread_err),
                   thread_err, OT_ERR_ARG, "threads is 0");
    source->data[5 * (2 + 6 * 3)] = NAN;
    assert_refused(ot_convolve(source, kernel, OT_CONVOLUTION_AUTO, 2, &spread, &nan_err), nan_err,
                   OT_ERR_RANGE, "not finite in row j = 2, k = 3");
    source->grid.spacing_mm[1] = 4.001;
    assert_refused(ot_convolve(source, kernel, OT_CONVOLUTION_AUTO, 2, &spread, &spacing_err),
                   spacing_err, OT_ERR_GEOMETRY, "4.001 mm along axis 1");
    assert_null(spread);
    ot_volume_destroy(source);
    ot_voxel_s_destroy(kernel);
}

/* A kernel of 4000 voxels' reach: the result would be 8001 voxels wide, 2 TB. */
static void what_does_not_fit_into_memory_is_refused_before_it_is_allocated(void **state)
{
    (void)state;
    struct ot_voxel_s huge = {.radius = {4000, 4000, 4000}, .spacing_mm = {4.0, 4.0, 4.0}};
    struct ot_voxel_s *small = kernel_of("liver", 1.05, 4.0, 4.0, 4.0);
    struct ot_volume *source = noisy(1, 1, 1, small);
    for (int how = OT_CONVOLUTION_DIRECT; how <= OT_CONVOLUTION_FFT; how++) {
        struct ot_spread *spread = NULL;
        struct ot_err err = {0};
        assert_refused(ot_convolve(source, &huge, (enum ot_convolution)how, 2, &spread, &err), err,
                       OT_ERR_UNSUPPORTED, "the convolution needs ");
        assert_true(strtod(err.text + strlen("the convolution needs "), NULL) >= 1953e3); /* MiB */
        assert_non_null(strstr(err.text, " MiB, this machine has "));
        assert_null(spread);
    }
    ot_volume_destroy(source);
    ot_voxel_s_destroy(small);
}

#ifdef OT_TEST_HOOKS
static void every_failed_allocation_is_reported_and_leaks_nothing(void **state)
{
    (void)state;
    struct ot_voxel_s *kernel = kernel_of("liver", 1.05, 4.0, 4.0, 4.0);
    struct ot_volume *source = noisy(5, 6, 7, kernel);
    for (int how = OT_CONVOLUTION_DIRECT; how <= OT_CONVOLUTION_FFT; how++) {
        enum ot_rc rc = OT_ERR_NOMEM;
        for (size_t nth = 1; rc != OT_OK; nth++) {
            struct ot_spread *spread = NULL;
            assert_true(nth < 20);
            ot_mem_fail_at(nth);
            rc = ot_convolve(source, kernel, (enum ot_convolution)how, 2, &spread, NULL);
            ot_mem_fail_at(0);
            assert_true(rc == OT_OK || (rc == OT_ERR_NOMEM && spread == NULL));
            ot_spread_destroy(spread);
        }
    }
    ot_volume_destroy(source);
    ot_voxel_s_destroy(kernel);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_engines_agree_with_the_plain_sum_on_noise),
        cmocka_unit_test(a_wide_kernel_and_sparse_rows_agree_with_the_plain_sum),
        cmocka_unit_test(there_may_be_any_number_of_rows),
        cmocka_unit_test(strips_of_a_plane_meet_without_a_seam),
        cmocka_unit_test(bits_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(g18_nothing_wraps_round_and_nothing_is_lost),
        cmocka_unit_test(g19_a_hot_corner_gives_nothing_at_the_opposite_faces),
        cmocka_unit_test(a_point_source_shows_the_kernel_itself),
        cmocka_unit_test(negative_voxels_are_spread_like_others),
        cmocka_unit_test(spheres_keep_the_fraction_that_monte_carlo_found),
        cmocka_unit_test(an_empty_source_spreads_nothing),
        cmocka_unit_test(nan_and_other_spacings_are_refused),
        cmocka_unit_test(what_does_not_fit_into_memory_is_refused_before_it_is_allocated),
#ifdef OT_TEST_HOOKS
        cmocka_unit_test(every_failed_allocation_is_reported_and_leaks_nothing),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
