/* tests/test_spectrum.c - beta spectra against ICRP 107, and the gamma function behind them. */
#include "kernels/spectrum.h"

#include "core/text.h"
#include "io/file.h"
#include "io/nuclide_table.h"
#include "kernels/log_gamma.h"
#include "kernels/nuclide.h"
#include "tests/support/ot_test.h"

static const double PI = 3.14159265358979323846;

static struct ot_spectrum spectrum_of(const char *name, struct ot_radionuclide *data)
{
    struct ot_err err = {0};
    struct ot_radionuclides *table = NULL;
    struct ot_spectrum spectrum;
    assert_ok(ot_nuclide_table_load(&table, &err), err);
    const struct ot_radionuclide *nuclide = ot_radionuclide_named(table, name);
    assert_non_null(nuclide);
    assert_ok(ot_spectrum_make(nuclide, &spectrum, &err), err);
    if (data != NULL) {
        *data = *nuclide;
    }
    ot_radionuclides_destroy(table);
    return spectrum;
}

static void the_gamma_function_meets_its_closed_forms(void **state)
{
    (void)state;
    static const double real[] = {0.1, 0.5, 0.957, 1.0, 1.9, 3.5, 11.9, 30.0};
    for (size_t n = 0; n < sizeof real / sizeof real[0]; n++) {
        assert_near(ot_log_gamma_modulus(real[n], 0.0), lgamma(real[n]), 1e-13);
    }
    /* NIST DLMF 5.4.3 and 5.4.4, by ln to reach far: |Gamma(1+iy)|^2 = pi y / sinh(pi y),
     * |Gamma(1/2+iy)|^2 = pi / cosh(pi y) */
    static const double y[] = {0.01, 0.3, 1.0, 2.7, 9.0, 80.0};
    for (size_t n = 0; n < sizeof y / sizeof y[0]; n++) {
        const double half_sinh = PI * y[n] + log1p(-exp(-2.0 * PI * y[n])) - log(2.0);
        const double half_cosh = PI * y[n] + log1p(exp(-2.0 * PI * y[n])) - log(2.0);
        assert_near(ot_log_gamma_modulus(1.0, y[n]), 0.5 * (log(PI * y[n]) - half_sinh), 1e-12);
        assert_near(ot_log_gamma_modulus(0.5, -y[n]), 0.5 * (log(PI) - half_cosh), 1e-12);
    }
}

static void lambda2_has_its_published_values(void **state)
{
    (void)state;
    assert_near(ot_spectrum_lambda2(40, 90, 0.1), 1.0116, 1e-4);
    assert_near(ot_spectrum_lambda2(40, 90, 0.5), 0.9051, 1e-4);
    assert_near(ot_spectrum_lambda2(40, 90, 1.0), 0.9084, 1e-4);
    assert_near(ot_spectrum_lambda2(40, 90, 2.0), 0.9239, 1e-4);
    /* no charge: 1, by the definition that 72 makes true */
    assert_near(ot_spectrum_lambda2(0, 90, 1.0), 1.0, 1e-12);
}

/* ICRP Publication 107, per decay and MeV. */
static void y90_follows_the_listed_points(void **state)
{
    (void)state;
    static const double points[][2] = {{0.05, 0.3677}, {0.1, 0.4050}, {0.2, 0.4740}, {0.3, 0.5294},
                                       {0.5, 0.5998},  {0.7, 0.6274}, {0.8, 0.6292}, {1.0, 0.6141},
                                       {1.2, 0.5756},  {1.4, 0.5099}, {1.6, 0.4105}, {1.8, 0.2771},
                                       {2.0, 0.1276},  {2.2, 0.01403}};
    const struct ot_spectrum y90 = spectrum_of("Y-90", NULL);
    double worst = 0.0;
    for (size_t n = 0; n < sizeof points / sizeof points[0]; n++) {
        const double got = ot_spectrum_per_mev(&y90, points[n][0]);
        assert_ratio(got, points[n][1], 0.0035);
        worst = fmax(worst, fabs(got / points[n][1] - 1.0));
    }
    assert_ratio(ot_spectrum_per_mev(&y90, 0.0), 0.3379, 0.011); /* no screening here */
    assert_near(ot_spectrum_per_mev(&y90, 2.2801), 0.0, 0.0);
    assert_near(ot_spectrum_per_mev(&y90, -0.1), 0.0, 0.0);
    print_message("Y-90 against ICRP 107, 0.05 to 2.2 MeV: worst %.2f %%\n", 100 * worst);
}

static void y90_has_the_published_mean_energies(void **state)
{
    (void)state;
    const struct ot_spectrum y90 = spectrum_of("Y-90", NULL);
    assert_near(y90.branch[0].mean_mev, 0.93365, 2e-5);
    assert_near(y90.branch[1].mean_mev, 0.18496, 2e-5);
    assert_near(y90.mean_mev_per_decay, 0.93356, 2e-5);
    assert_ratio(y90.mean_mev_per_decay, 0.9331, 0.001); /* ICRP 107, all electrons */
    /* the integral, by another rule than the one that normalized it */
    enum { STEPS = 22801 };
    double sum = 0.0;
    for (int n = 0; n < STEPS; n++) {
        sum += ot_spectrum_per_mev(&y90, (n + 0.5) * 1e-4) * 1e-4;
    }
    assert_near(sum, 1.0, 1e-6);
    /* the mistake that is easily made, and what it costs */
    struct ot_radionuclide data;
    (void)spectrum_of("Y-90", &data);
    struct ot_spectrum allowed;
    data.beta[0].shape = OT_BETA_ALLOWED;
    assert_int_equal(ot_spectrum_make(&data, &allowed, NULL), OT_OK);
    assert_near(allowed.branch[0].mean_mev, 0.9281, 1e-4);
}

/* Transitions that are first forbidden but not unique are taken as allowed. */
static void other_nuclides_have_the_mean_energies_of_icrp_107(void **state)
{
    (void)state;
    static const char *const names[] = {"Y-90", "Ho-166", "Re-188", "Lu-177", "I-131"};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        struct ot_radionuclide data;
        const struct ot_spectrum spectrum = spectrum_of(names[n], &data);
        double worst = 0.0;
        for (size_t b = 0; b < spectrum.count; b++) {
            assert_ratio(spectrum.branch[b].mean_mev, data.beta[b].mean_mev, 0.01);
            worst = fmax(worst, fabs(spectrum.branch[b].mean_mev / data.beta[b].mean_mev - 1.0));
        }
        print_message("%s: mean of each branch within %.2f %%\n", names[n], 100 * worst);
    }
}

static void the_monte_carlo_source_is_the_same_spectrum(void **state)
{
    (void)state;
    struct ot_buffer text = {0};
    struct ot_err err = {0};
    const struct ot_spectrum y90 = spectrum_of("Y-90", NULL);
    size_t compared = 0;
    assert_ok(ot_file_read(ot_test_shared("physics/mc/spectrum_y90.csv"), 1 << 20, &text, &err),
              err);
    for (const char *line = text.data; line != NULL && *line != '\0';) {
        double t_mev = 0.0;
        double per_mev = 0.0;
        if (sscanf(line, "%lf,%lf", &t_mev, &per_mev) == 2) {
            /* 2e-5 of the peak: the file's alpha and electron mass have fewer digits */
            assert_near(ot_spectrum_per_mev(&y90, t_mev), per_mev, 2e-5 * 0.63);
            compared++;
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    assert_true(compared > 1000);
    ot_buffer_release(&text);
}

static void a_nuclide_without_beta_particles_has_no_spectrum(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_radionuclides *table = NULL;
    struct ot_spectrum spectrum;
    assert_ok(ot_nuclide_table_load(&table, &err), err);
    assert_refused(ot_spectrum_make(ot_radionuclide_named(table, "Tc-99m"), &spectrum, &err), err,
                   OT_ERR_ARG, "Tc-99m emits no beta particles");
    ot_radionuclides_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gamma_function_meets_its_closed_forms),
        cmocka_unit_test(lambda2_has_its_published_values),
        cmocka_unit_test(y90_follows_the_listed_points),
        cmocka_unit_test(y90_has_the_published_mean_energies),
        cmocka_unit_test(other_nuclides_have_the_mean_energies_of_icrp_107),
        cmocka_unit_test(the_monte_carlo_source_is_the_same_spectrum),
        cmocka_unit_test(a_nuclide_without_beta_particles_has_no_spectrum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
