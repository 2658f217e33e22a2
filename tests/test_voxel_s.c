/* tests/test_voxel_s.c - voxel S values against closed formulas, and what they refuse.
 * timeout: 120 */
#include "kernels/voxel_s.h"

#include <time.h>

#include "kernels/voxel_s_order.h"
#include "tests/support/kernel.h"
#include "tests/support/ot_test.h"

static void a_block_of_voxels_keeps_what_coarse_voxels_keep(void **state)
{
    (void)state;
    /* 6 mm voxels cut in 3 x 3 x 3: the coarse self fraction is the mean over pairs of the fine. */
    struct ot_voxel_s *coarse = ot_test_voxel_s_box("liver", 1.05, 6, 6.6, 7.2, 1.0);
    struct ot_voxel_s *fine = ot_test_voxel_s_box("liver", 1.05, 2, 2.2, 2.4, 1.0);
    for (int c = 0; c < 2; c++) {
        double sum = 0.0;
        for (int n = 0; n < 27 * 27; n++) {
            const int s[3] = {n % 3, n / 3 % 3, n / 9 % 3};
            const int t[3] = {n / 27 % 3 + 3 * c, n / 81 % 3, n / 243};
            sum += ot_voxel_s_fraction(fine, t[0] - s[0], t[1] - s[1], t[2] - s[2]) / 27.0;
        }
        assert_ratio(ot_voxel_s_fraction(coarse, c, 0, 0), sum, 2e-5);
    }
    ot_voxel_s_destroy(coarse);
    ot_voxel_s_destroy(fine);
}

/* Mean dose of the first active layer, thickness h, of a half-space in units of the deep dose:
 * 1/2 + 1/2 int F(r) m(r) dr, m = mean of min(1, x/r) over 0 < x < h (fact sheet 2.1). */
static double first_layer_of_half_space(double h_mm)
{
    struct ot_radial_kernel *kernel = ot_test_radial("liver");
    const double beta_mev = ot_radial_kernel_beta_mev(kernel);
    double sum = 0.0;
    for (size_t n = 0; n < kernel->count && kernel->edge_mm[n + 1] <= kernel->beta_range_mm + 1e-9;
         n++) {
        const double r = 0.5 * (kernel->edge_mm[n] + kernel->edge_mm[n + 1]);
        sum += kernel->energy_mev[n] / beta_mev *
               (r < h_mm ? 1.0 - r / (2.0 * h_mm) : h_mm / (2.0 * r));
    }
    ot_radial_kernel_destroy(kernel);
    return 0.5 + 0.5 * sum;
}

static void a_half_space_has_the_dose_of_its_closed_formula(void **state)
{
    (void)state;
    static const double thickness_mm[] = {1.0, 3.0, 4.42};
    for (size_t n = 0; n < sizeof thickness_mm / sizeof thickness_mm[0]; n++) {
        struct ot_voxel_s *s = ot_test_voxel_s_box("liver", 1.05, 4.0, 3.0, thickness_mm[n], 1.0);
        const ptrdiff_t r[3] = {(ptrdiff_t)s->radius[0], (ptrdiff_t)s->radius[1],
                                (ptrdiff_t)s->radius[2]};
        double inside = 0.0; /* layers k <= 0 of sources give to the layer k = 0 */
        double all = 0.0;
        for (ptrdiff_t k = -r[2]; k <= r[2]; k++) {
            for (ptrdiff_t j = -r[1]; j <= r[1]; j++) {
                for (ptrdiff_t i = -r[0]; i <= r[0]; i++) {
                    all += ot_voxel_s_fraction(s, i, j, k);
                    inside += k <= 0 ? ot_voxel_s_fraction(s, i, j, k) : 0.0;
                }
            }
        }
        assert_near(all, 1.0, 1e-13);
        assert_near(inside, first_layer_of_half_space(thickness_mm[n]), 1e-5);
        ot_voxel_s_destroy(s);
    }
}

static void doubling_the_order_changes_nothing_that_matters(void **state)
{
    (void)state;
    static const struct {
        const char *medium;
        double density_g_per_cm3, mm[3];
    } cases[] = {{"liver", 1.05, {4.42, 4.42, 4.42}},
                 {"liver", 1.05, {2, 4.4, 6.2}},
                 {"liver", 1.05, {2, 2, 2}},
                 {"bone", 1.85, {4, 4, 2}},
                 {"lung", 0.26, {4.8, 4.8, 4.8}}};
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct ot_err err = {0};
        struct ot_radial_kernel *kernel = ot_test_radial(cases[n].medium);
        struct ot_voxel_s *s = NULL;
        struct ot_voxel_s *twice = NULL;
        assert_ok(
            ot_voxel_s_create(kernel, cases[n].mm, cases[n].density_g_per_cm3, 1.0, 2, &s, &err),
            err);
        assert_ok(ot_voxel_s_create_order(kernel, cases[n].mm, cases[n].density_g_per_cm3, 1.0,
                                          2 * OT_VOXEL_S_ORDER, 2, &twice, &err),
                  err);
        const size_t count = (s->radius[0] + 1) * (s->radius[1] + 1) * (s->radius[2] + 1);
        for (size_t at = 0; at < count; at++) {
            if (twice->octant[at] > 1e-3 * twice->octant[0]) {
                assert_ratio(s->octant[at], twice->octant[at], 1e-5);
            }
        }
        ot_voxel_s_destroy(s);
        ot_voxel_s_destroy(twice);
        ot_radial_kernel_destroy(kernel);
    }
}

static void axes_may_be_exchanged_and_signs_dropped(void **state)
{
    (void)state;
    struct ot_voxel_s *a = ot_test_voxel_s_box("liver", 1.05, 2.5, 3.5, 4.5, 1.0);
    struct ot_voxel_s *b = ot_test_voxel_s_box("liver", 1.05, 4.5, 2.5, 3.5, 1.0);
    for (ptrdiff_t k = -2; k <= 2; k++) {
        for (ptrdiff_t j = -2; j <= 2; j++) {
            for (ptrdiff_t i = -2; i <= 2; i++) {
                const double f = ot_voxel_s_fraction(a, i, j, k);
                assert_near(ot_voxel_s_fraction(b, k, i, j), f, 1e-7);
                assert_near(ot_voxel_s_fraction(a, -i, j, -k), f, 0.0);
            }
        }
    }
    assert_near(ot_voxel_s_fraction(a, 40, 0, 0), 0.0, 0.0);
    ot_voxel_s_destroy(a);
    ot_voxel_s_destroy(b);
}

static void density_scales_all_distances(void **state)
{
    (void)state;
    struct ot_voxel_s *a = ot_test_voxel_s_box("liver", 1.05, 3, 4, 5, 1.0);
    struct ot_voxel_s *b = ot_test_voxel_s_box("liver", 2.10, 1.5, 2, 2.5, 1.0);
    assert_near(ot_voxel_s_fraction(a, 1, 0, 1), ot_voxel_s_fraction(b, 1, 0, 1), 1e-12);
    /* an eighth of the volume at twice the density: four times the dose per decay */
    assert_ratio(ot_voxel_s_mgy_per_mbq_s(b, 0, 0, 0), 4 * ot_voxel_s_mgy_per_mbq_s(a, 0, 0, 0),
                 1e-12);
    ot_voxel_s_destroy(a);
    ot_voxel_s_destroy(b);
}

static void bits_do_not_depend_on_the_number_of_threads(void **state)
{
    (void)state;
    struct ot_radial_kernel *kernel = ot_test_radial("lung");
    const double mm[3] = {4.8, 4.0, 3.2};
    struct ot_voxel_s *one = NULL;
    assert_int_equal(ot_voxel_s_create(kernel, mm, 0.26, 1.0, 1, &one, NULL), OT_OK);
    for (int threads = 2; threads <= 5; threads += 3) {
        struct ot_voxel_s *many = NULL;
        assert_int_equal(ot_voxel_s_create(kernel, mm, 0.26, 1.0, threads, &many, NULL), OT_OK);
        assert_memory_equal(one->radius, many->radius, sizeof one->radius);
        assert_memory_equal(one->octant, many->octant,
                            sizeof(double) * (one->radius[0] + 1) * (one->radius[1] + 1) *
                                (one->radius[2] + 1));
        ot_voxel_s_destroy(many);
    }
    ot_voxel_s_destroy(one);
    ot_radial_kernel_destroy(kernel);
}

/* The largest kernel in use: lung in voxels of 1 mm. Processor time of one thread, so that a busy
 * machine does not matter; three times what is promised, so that a slow one does not either. */
static void the_largest_kernel_in_use_takes_a_fraction_of_a_second(void **state)
{
    (void)state;
    static const double promised_s = 0.3;
#ifdef __SANITIZE_ADDRESS__
    static const double slowness = 30.0;
#else
    static const double slowness = 3.0;
#endif
    static const double mm[3] = {1, 1, 1};
    struct ot_radial_kernel *kernel = ot_test_radial("lung");
    double best_s = INFINITY;
    for (int n = 0; n < 3; n++) {
        struct ot_voxel_s *s = NULL;
        const clock_t start = clock();
        assert_int_equal(ot_voxel_s_create(kernel, mm, 0.26, 1.0, 1, &s, NULL), OT_OK);
        best_s = fmin(best_s, (double)(clock() - start) / CLOCKS_PER_SEC);
        assert_true(s->radius[0] == 47 && s->radius[2] == 47);
        ot_voxel_s_destroy(s);
    }
    print_message("lung, 1 mm: %.3f s\n", best_s);
    assert_true(best_s <= slowness * promised_s);
    ot_radial_kernel_destroy(kernel);
}

static void impossible_voxels_and_densities_are_refused(void **state)
{
    (void)state;
    struct ot_radial_kernel *kernel = ot_test_radial("liver");
    static const struct {
        double mm[3], density_g_per_cm3, energy_mev;
        const char *part;
    } bad[] = {
        {{0, 4, 4}, 1.05, 1, "voxel size 0 mm along axis 0"},
        {{4, -4, 4}, 1.05, 1, "voxel size -4 mm along axis 1"},
        {{4, 4, NAN}, 1.05, 1, "along axis 2"},
        {{4, 4, 0.19}, 1.05, 1, "needs 0.2 to 50 mm"},
        {{4, 51, 4}, 1.05, 1, "voxel size 51 mm"},
        {{4, 4, 4}, 0.04, 1, "density 0.04 g/cm3"},
        {{4, 4, 4}, 5.1, 1, "density 5.1 g/cm3"},
        {{4, 4, 4}, NAN, 1, "density"},
        {{4, 4, 4}, 1.05, 0, "0 MeV"},
        {{0.2, 4, 4}, 0.05, 1, "use larger voxels"},
    };
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        struct ot_err err = {0};
        struct ot_voxel_s *s = NULL;
        assert_refused(ot_voxel_s_create(kernel, bad[n].mm, bad[n].density_g_per_cm3,
                                         bad[n].energy_mev, 1, &s, &err),
                       err, OT_ERR_RANGE, bad[n].part);
        assert_null(s);
    }
    ot_radial_kernel_destroy(kernel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_of_voxels_keeps_what_coarse_voxels_keep),
        cmocka_unit_test(a_half_space_has_the_dose_of_its_closed_formula),
        cmocka_unit_test(doubling_the_order_changes_nothing_that_matters),
        cmocka_unit_test(axes_may_be_exchanged_and_signs_dropped),
        cmocka_unit_test(density_scales_all_distances),
        cmocka_unit_test(bits_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(the_largest_kernel_in_use_takes_a_fraction_of_a_second),
        cmocka_unit_test(impossible_voxels_and_densities_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
