/* tests/test_voxel_s_truth.c - voxel S values against Monte Carlo and published tables.
 * timeout: 120 */
#include "core/text.h"
#include "io/file.h"
#include "kernels/voxel_s.h"
#include "tests/support/kernel.h"
#include "tests/support/ot_test.h"

/* Mean energy per decay of the Monte Carlo runs, MeV (physics/mc/README.md). */
static const double MC_LOCAL_WATER_MEV = 0.92989;
static const double MC_LOCAL_LIVER_MEV = 0.92997;

/* A text file of the shared folder; skips the test where it is absent. */
static void read_shared(const char *name, struct ot_buffer *text)
{
    struct ot_err err = {0};
    assert_ok(ot_file_read(ot_test_shared(name), 1 << 20, text, &err), err);
}

/* Every value above `floor` of the peak within the tolerance or 3 sigma; returns how many. */
static size_t compare_with_monte_carlo(const char *file, const struct ot_voxel_s *s, double floor,
                                       double tolerance, double *worst)
{
    struct ot_buffer text = {0};
    size_t compared = 0;
    double peak = 0.0;
    *worst = 0.0;
    read_shared(file, &text);
    for (const char *line = text.data; line != NULL && *line != '\0';) {
        int i = 0;
        int j = 0;
        int k = 0;
        double value = 0.0;
        double sigma = 0.0;
        if (sscanf(line, "%d,%d,%d,%lf,%lf", &i, &j, &k, &value, &sigma) == 5) {
            peak = fmax(peak, value);
            if (value > floor * peak) {
                const double got = ot_voxel_s_mgy_per_mbq_s(s, i, j, k);
                const double allowed = fmax(tolerance * value, 3.0 * sigma);
                assert_near(got, value, allowed);
                *worst = fmax(*worst, fabs(got / value - 1.0));
                compared++;
            }
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    ot_buffer_release(&text);
    return compared;
}

static void monte_carlo_voxel_tables_are_met_above_a_thousandth_of_the_peak(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        const char *medium;
        double density_g_per_cm3, energy_mev;
        double mm[3];
    } tables[] = {
        {"physics/mc/voxelS_3x3x3_water.csv", "water", 1.00, MC_LOCAL_WATER_MEV, {3, 3, 3}},
        {"physics/mc/voxelS_4.42x4.42x4.42_liver.csv",
         "liver",
         1.05,
         MC_LOCAL_LIVER_MEV,
         {4.42, 4.42, 4.42}},
        {"physics/mc/voxelS_4.07283x4.07283x3_liver.csv",
         "liver",
         1.05,
         MC_LOCAL_LIVER_MEV,
         {4.07283, 4.07283, 3}},
    };
    for (size_t n = 0; n < sizeof tables / sizeof tables[0]; n++) {
        (void)ot_test_shared(tables[n].file); /* skips before anything is owned */
        struct ot_voxel_s *s =
            ot_test_voxel_s_box(tables[n].medium, tables[n].density_g_per_cm3, tables[n].mm[0],
                                tables[n].mm[1], tables[n].mm[2], tables[n].energy_mev);
        double worst = 0.0;
        const size_t compared = compare_with_monte_carlo(tables[n].file, s, 1e-3, 0.01, &worst);
        assert_true(compared >= 8);
        print_message("%s: %zu values, worst %.2f %%\n", tables[n].file, compared, 100 * worst);
        ot_voxel_s_destroy(s);
    }
}

/* Fact sheet 10.4, from another (fitted) kernel of soft tissue, five digits. The kernels are known
 * to 0.7 % for the voxel itself and its neighbors and 1.5 % two voxels away, each: 1 % and 2.1 %
 * between two. Beyond 2 r90 there are 0.1 % of the energy, in the last digits. */
static void fractions_agree_with_the_independent_kernel_of_the_fact_sheet(void **state)
{
    (void)state;
    static const int offset[8][3] = {{0, 0, 0}, {1, 0, 0}, {0, 0, 1}, {1, 1, 0},
                                     {1, 0, 1}, {1, 1, 1}, {2, 0, 0}, {0, 0, 2}};
    static const struct {
        double density_g_per_cm3, mm[3], f[8];
    } rows[] = {
        {1.05, {1, 1, 1}, {.10447, .02192, .02192, .00999, .00999, .00614, .00424, .00424}},
        {1.05, {2, 2, 2}, {.20632, .03996, .03996, .01630, .01630, .00891, .00541, .00541}},
        {1.05, {2.5, 2.5, 2.5}, {.25447, .04671, .04671, .01763, .01763, .00881, .00480, .00480}},
        {1.05, {3, 3, 3}, {.30029, .05183, .05183, .01783, .01783, .00800, .00379, .00379}},
        {1.05, {4, 4, 4}, {.38402, .05748, .05748, .01596, .01596, .00555, .00180, .00180}},
        {1.05,
         {4.42, 4.42, 4.42},
         {.41580, .05836, .05836, .01473, .01473, .00457, .00121, .00121}},
        {1.05,
         {4.7952, 4.7952, 4.7952},
         {.44244, .05858, .05858, .01357, .01357, .00381, .00081, .00081}},
        {1.05,
         {4.0728, 4.0728, 3},
         {.35533, .04906, .07044, .01294, .01836, .00612, .00135, .00586}},
        {1.05,
         {4.0728, 4.0728, 5},
         {.40996, .06309, .04872, .01758, .01351, .00463, .00190, .00051}},
        {1.05,
         {2.734, 2.734, 3.27},
         {.29070, .05424, .04423, .02011, .01662, .00809, .00500, .00242}},
        {1.05,
         {5.4688, 5.4688, 3.27},
         {.41931, .04533, .08557, .00864, .01637, .00382, .00027, .00611}},
        {1.05, {4, 4, 2}, {.30255, .03804, .08148, .00972, .01944, .00625, .00103, .01528}},
        {0.296, {4.8, 4.8, 4.8}, {.14108, .02893, .02893, .01274, .01274, .00757, .00506, .00506}},
    };
    double worst[2] = {0.0};
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        struct ot_voxel_s *s = ot_test_voxel_s_box(
            "liver", rows[n].density_g_per_cm3, rows[n].mm[0], rows[n].mm[1], rows[n].mm[2], 1.0);
        for (size_t q = 0; q < 8; q++) {
            const double got = ot_voxel_s_fraction(s, offset[q][0], offset[q][1], offset[q][2]);
            const size_t far = q < 3 ? 0 : 1;
            assert_near(got, rows[n].f[q], (far == 0 ? 0.01 : 0.021) * rows[n].f[q] + 5e-6);
            const double off = fabs(got - rows[n].f[q]) - 5e-6;
            worst[far] = fmax(worst[far], off / rows[n].f[q]);
        }
        ot_voxel_s_destroy(s);
    }
    print_message("another kernel: near voxels %.2f %%, others %.2f %%\n", 100 * worst[0],
                  100 * worst[1]);
}

/* Lanconelli 2012, after normalizing the energy: values above `floor` of the peak. */
static double compare_with_lanconelli(const char *file, const struct ot_voxel_s *s, double floor,
                                      double tolerance)
{
    struct ot_buffer text = {0};
    static double value[216];
    double energy = 0.0;
    double worst = 0.0;
    read_shared(file, &text);
    for (const char *line = text.data; line != NULL && *line != '\0';) {
        int i = 0;
        int j = 0;
        int k = 0;
        double v = 0.0;
        if (sscanf(line, "%d\t%d\t%d\t%lf", &i, &j, &k, &v) == 4) {
            value[i + 6 * (j + 6 * k)] = v;
            energy += v * (i > 0 ? 2 : 1) * (j > 0 ? 2 : 1) * (k > 0 ? 2 : 1);
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    ot_buffer_release(&text);
    assert_true(energy > 0.0);
    for (int n = 0; n < 216; n++) {
        if (value[n] >= floor * value[0]) {
            const double got = ot_voxel_s_fraction(s, n % 6, n / 6 % 6, n / 36);
            assert_ratio(got, value[n] / energy, tolerance);
            worst = fmax(worst, fabs(got / (value[n] / energy) - 1.0));
        }
    }
    return worst;
}

static void lanconelli_tables_are_met_within_two_percent_in_soft_tissue(void **state)
{
    (void)state;
    static const struct {
        const char *size;
        double mm;
    } tables[] = {{"2.21", 2.21}, {"2.33", 2.33}, {"2.4", 2.4},   {"3", 3},     {"3.59", 3.59},
                  {"3.9", 3.9},   {"4", 4},       {"4.42", 4.42}, {"4.8", 4.8}, {"5", 5},
                  {"6", 6},       {"6.8", 6.8},   {"9.28", 9.28}};
    double worst = 0.0;
    for (size_t n = 0; n < sizeof tables / sizeof tables[0]; n++) {
        char name[200];
        (void)snprintf(name, sizeof name,
                       "testdata/svalues/mghro-MIRDCalculation__lanconelli/90Y%smmsoft.txt",
                       tables[n].size);
        (void)ot_test_shared(name); /* skips before anything is owned */
        struct ot_voxel_s *s =
            ot_test_voxel_s_box("liver", 1.04, tables[n].mm, tables[n].mm, tables[n].mm, 1.0);
        worst = fmax(worst, compare_with_lanconelli(name, s, 1e-2, 0.02));
        ot_voxel_s_destroy(s);
    }
    print_message("Lanconelli, soft tissue: worst %.2f %%\n", 100 * worst);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monte_carlo_voxel_tables_are_met_above_a_thousandth_of_the_peak),
        cmocka_unit_test(fractions_agree_with_the_independent_kernel_of_the_fact_sheet),
        cmocka_unit_test(lanconelli_tables_are_met_within_two_percent_in_soft_tissue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
