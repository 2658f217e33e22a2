/* tests/test_kernel_table.c - the built-in dose point kernels, and refusal of damaged tables. */
#include "io/kernel_table.h"
#include "tests/support/ot_test.h"

static const struct ot_kernel_facts FACTS = {.nuclide = "Y-90",
                                             .medium = "water",
                                             .source = "none",
                                             .density_g_per_cm3 = 1.0,
                                             .beta_range_mm = 2.0};

#define HEAD "r_lo_mm,r_hi_mm,energy_mev_per_decay,sigma\n"

static enum ot_rc parse(const char *text, struct ot_radial_kernel **kernel, struct ot_err *err)
{
    return ot_kernel_table_parse(text, strlen(text), "table.csv", &FACTS, kernel, err);
}

static void built_in_kernels_hold_the_energy_that_their_readme_states(void **state)
{
    (void)state;
    static const struct {
        const char *medium;
        double density_g_per_cm3, within_beta_range_mev, within_300_mm_mev, r50_mm;
    } want[] = {{"water", 1.00, 0.92989, 0.93295, 2.339},
                {"liver", 1.05, 0.92997, 0.93302, 2.253},
                {"lung", 0.26, 0.93001, 0.93107, 8.985},
                {"bone", 1.85, 0.92790, 0.93339, 1.329}};
    for (size_t n = 0; n < sizeof want / sizeof want[0]; n++) {
        struct ot_err err = {0};
        struct ot_radial_kernel *kernel = NULL;
        assert_ok(ot_kernel_table_load("Y-90", want[n].medium, &kernel, &err), err);
        assert_string_equal(kernel->medium, want[n].medium);
        assert_string_equal(kernel->nuclide, "Y-90");
        assert_int_equal(strlen(kernel->sha256), 64);
        assert_near(kernel->density_g_per_cm3, want[n].density_g_per_cm3, 0.0);
        const double beta_mev = ot_radial_kernel_beta_mev(kernel);
        assert_near(beta_mev, want[n].within_beta_range_mev, 1e-5);
        double sum_mev = 0.0;
        double r50_mm = 0.0;
        for (size_t shell = 0; shell < kernel->count; shell++) {
            const double before = sum_mev;
            sum_mev += kernel->energy_mev[shell];
            if (before < beta_mev / 2 && sum_mev >= beta_mev / 2) {
                r50_mm = kernel->edge_mm[shell] +
                         (kernel->edge_mm[shell + 1] - kernel->edge_mm[shell]) *
                             (beta_mev / 2 - before) / kernel->energy_mev[shell];
            }
        }
        assert_near(sum_mev, want[n].within_300_mm_mev, 1e-5);
        assert_near(kernel->edge_mm[kernel->count], 300.0, 1e-9);
        assert_near(r50_mm, want[n].r50_mm, 1e-3);
        ot_radial_kernel_destroy(kernel);
    }
}

static void an_unknown_kernel_names_those_that_exist(void **state)
{
    (void)state;
    struct ot_radial_kernel *kernel = NULL;
    struct ot_err err = {0};
    assert_refused(ot_kernel_table_load("Y-90", "plasma", &kernel, &err), err, OT_ERR_ARG,
                   "there are Y-90 in water, Y-90 in liver, Y-90 in lung, Y-90 in bone");
    struct ot_err other = {0};
    assert_refused(ot_kernel_table_load("Ho-166", "water", &kernel, &other), other, OT_ERR_ARG,
                   "no kernel of Ho-166 in water");
    assert_null(kernel);
}

static void a_good_table_is_read(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_radial_kernel *kernel = NULL;
    assert_ok(parse(HEAD "0,1,0.5,0.01\r\n1,2,0.4,0\n2,3.5,1e-3,1e-4", &kernel, &err), err);
    assert_int_equal(kernel->count, 3);
    assert_near(kernel->edge_mm[3], 3.5, 0.0);
    assert_near(kernel->energy_mev[2], 1e-3, 0.0);
    assert_near(ot_radial_kernel_beta_mev(kernel), 0.9, 1e-15);
    ot_radial_kernel_destroy(kernel);
}

static void damaged_tables_are_refused_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum ot_rc code;
        const char *part;
    } bad[] = {
        {"", OT_ERR_FORMAT, "first line"},
        {"r,energy\n0,1,1,0\n", OT_ERR_FORMAT, "first line"},
        {HEAD, OT_ERR_FORMAT, "no shells"},
        {HEAD "0,1,0,0\n1,2,0,0\n", OT_ERR_RANGE, "up to 2 mm hold no energy"},
        {HEAD "0,1,0.5,0\n1.5,2,0.4,0\n", OT_ERR_RANGE, "line 3 starts at 1.5 mm where 1 mm"},
        {HEAD "0,1,0.5,0\n0.5,2,0.4,0\n", OT_ERR_RANGE, "line 3 starts at 0.5 mm where 1 mm"},
        {HEAD "0.1,1,0.5,0\n1,2,0.4,0\n", OT_ERR_RANGE, "line 2 starts at 0.1 mm where 0 mm"},
        {HEAD "0,2,0.5,0\n2,1,0.4,0\n", OT_ERR_RANGE, "line 3 ends at 1 mm"},
        {HEAD "0,1,0.5,0\n1,2,-0.4,0\n", OT_ERR_RANGE, "line 3 has a negative"},
        {HEAD "0,1,0.5,0\n1,2,0.4,-1\n", OT_ERR_RANGE, "line 3 has a negative"},
        {HEAD "0,1,0.5,0\n1,2,nan,0\n", OT_ERR_FORMAT, "line 3 is not four numbers"},
        {HEAD "0,1,0.5,0\n1,2,0.4\n", OT_ERR_FORMAT, "line 3 is not four numbers"},
        {HEAD "0,1,0.5,0\n1,2,0.4,0,7\n", OT_ERR_FORMAT, "line 3 is not four numbers"},
        {HEAD "0,1,0.5,0\n\n1,2,0.4,0\n", OT_ERR_FORMAT, "line 3 is not four numbers"},
        {HEAD "0,1,0.5,0\n1,2.5,0.4,0\n", OT_ERR_RANGE, "no shell ends at the beta range of 2 mm"},
    };
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        struct ot_err err = {0};
        struct ot_radial_kernel *kernel = NULL;
        assert_refused(parse(bad[n].text, &kernel, &err), err, bad[n].code, bad[n].part);
        assert_null(kernel);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_kernels_hold_the_energy_that_their_readme_states),
        cmocka_unit_test(an_unknown_kernel_names_those_that_exist),
        cmocka_unit_test(a_good_table_is_read),
        cmocka_unit_test(damaged_tables_are_refused_with_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
