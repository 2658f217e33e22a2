/* tests/test_uncertainty.c - blurred spheres, recovery curves and the mean dose of a VOI. */
#include "kernels/uncertainty.h"

#include "kernels/recovery.h"
#include "tests/support/ot_test.h"

/* Fact sheet 8: diameter, voxel, FWHM; u(v)/v, phi, RC in the own contour, u(C)/C. */
static void the_worked_numbers_of_blurred_spheres(void **state)
{
    (void)state;
    static const double rows[][7] = {{30, 4.8, 12, .7468, .7289, .6090, .4469},
                                     {50, 4.07, 8, .3050, .8916, .8384, .1622},
                                     {20, 4.8, 15, 1.383, .4937, .3401, 1.0037}};
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        const double *row = rows[n];
        const double uv = ot_u_of_volume(row[0], row[1], row[2]);
        const double phi = ot_blur_at_border(row[0], row[2]);
        const double rc = ot_blur_recovery(row[0], row[2]);
        assert_ratio(uv, row[3], 4e-4);
        assert_near(phi, row[4], 5.1e-5);
        assert_near(rc, row[5], 5.1e-5);
        assert_ratio(phi / (2 * rc) * uv, row[6], 2e-4);
    }
    assert_near(ot_sphere_volume_ml(20.0), 4.18879, 1e-5);
    assert_near(ot_sphere_diameter_mm(ot_sphere_volume_ml(37.0)), 37.0, 1e-12);
    assert_near(ot_blur_recovery(400.0, 8.0), 1.0, 0.03); /* large: all of it */
}

/* Counts grow with the volume where the mass does too: less is lost than either says alone. */
static void parts_of_one_volume_are_added_before_they_are_squared(void **state)
{
    (void)state;
    const double v_ml = ot_sphere_volume_ml(50.0);
    struct ot_mean_uncertainty u = {.calibration = 0.05, .residual = 0.01, .dose_constant = 0.013};
    ot_mean_uncertainty_finish(v_ml, 4.07, 8.0, 8.0, 0.0, &u);
    const double counts = .8916 / (2 * .8384);
    assert_ratio(u.volume, (1.0 - counts) * .3050, 5e-4);
    assert_ratio(u.all, sqrt(0.05 * 0.05 + 0.01 * 0.01 + 0.013 * 0.013 + u.volume * u.volume),
                 1e-12);
    /* Gear's terms with their covariance: u(A)^2 + u(S)^2 + 2 u(A,S). */
    const double gear = pow(counts * .3050, 2) + pow(.3050, 2) - 2 * counts * .3050 * .3050;
    assert_ratio(u.volume * u.volume, gear, 1e-3);
    struct ot_mean_uncertainty corrected = {.recovery = 0.04};
    ot_mean_uncertainty_finish(v_ml, 4.07, 8.0, 8.0, 0.1, &corrected);
    assert_ratio(corrected.volume, (1.1 - counts) * .3050, 5e-4);
    assert_ratio(corrected.all, hypot(corrected.volume, 0.04), 1e-12);
}

static double curve(double b1_ml, double b2, double diameter_mm)
{
    return 1.0 - 1.0 / (1.0 + pow(ot_sphere_volume_ml(diameter_mm) / b1_ml, b2));
}

static void a_curve_is_found_again_from_its_spheres(void **state)
{
    (void)state;
    static const double nema_mm[] = {10, 13, 17, 22, 28, 37};
    double recovery[6];
    struct ot_recovery fit;
    struct ot_err err = {0};
    double at = 0.0;
    double u = 0.0;
    double slope = 0.0;
    for (size_t n = 0; n < 6; n++) {
        recovery[n] = curve(2.7, 0.85, nema_mm[n]);
    }
    assert_ok(ot_recovery_fit(nema_mm, recovery, 6, &fit, &err), err);
    assert_ratio(fit.b1_ml, 2.7, 1e-9);
    assert_ratio(fit.b2, 0.85, 1e-9);
    assert_near(fit.rms, 0.0, 1e-12);
    assert_near(fit.least_ml, 0.523599, 1e-6);
    ot_recovery_at(&fit, 2.7, &at, &u, &slope);
    assert_near(at, 0.5, 1e-9);
    const double more = curve(2.7, 0.85, ot_sphere_diameter_mm(2.7 * 1.0001));
    assert_ratio(slope, (more - 0.5) / 0.5 / 0.0001, 1e-3); /* v R'/R */
    /* With each sphere off by a hundredth to either side, the curve is off by less. */
    for (size_t n = 0; n < 6; n++) {
        recovery[n] += n % 2 == 0 ? 0.01 : -0.01;
    }
    assert_ok(ot_recovery_fit(nema_mm, recovery, 6, &fit, &err), err);
    ot_recovery_at(&fit, 2.7, &at, &u, &slope);
    assert_near(at, 0.5, 0.006);
    assert_true(u > 0.003 && u < 0.01);
    assert_near(fit.rms, 0.01, 0.001);
}

static void tables_that_make_no_curve_are_refused(void **state)
{
    (void)state;
    static const double mm[] = {10, 20, 30};
    struct ot_recovery fit;
    struct ot_err err[5] = {{.code = OT_OK}};
    assert_refused(ot_recovery_fit(mm, (const double[]){.2, .5}, 2, &fit, &err[0]), err[0],
                   OT_ERR_RANGE, "too few");
    assert_refused(ot_recovery_fit(mm, (const double[]){.2, .5, 1.02}, 3, &fit, &err[1]), err[1],
                   OT_ERR_RANGE, "30 mm is 1.02");
    assert_refused(ot_recovery_fit(mm, (const double[]){.6, .5, .4}, 3, &fit, &err[2]), err[2],
                   OT_ERR_RANGE, "does not rise");
    assert_refused(ot_recovery_fit((const double[]){10, -1, 3}, (const double[]){.2, .5, .7}, 3,
                                   &fit, &err[3]),
                   err[3], OT_ERR_RANGE, "diameter of -1");
    /* Rounding leaves a determinant of 1e-17 here, and of it a slope. */
    assert_refused(ot_recovery_fit((const double[]){22, 22, 22}, (const double[]){.558, .342, .387},
                                   3, &fit, &err[4]),
                   err[4], OT_ERR_RANGE, "all of one size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_numbers_of_blurred_spheres),
        cmocka_unit_test(parts_of_one_volume_are_added_before_they_are_squared),
        cmocka_unit_test(a_curve_is_found_again_from_its_spheres),
        cmocka_unit_test(tables_that_make_no_curve_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
