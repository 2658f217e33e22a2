/* tests/test_tail_truth.c - the far photon dose against transport through a border of liver and
 * lung.
 * labels: numeric slow
 * timeout: 120 */
#include "core/text.h"
#include "io/file.h"
#include "kernels/tail.h"
#include "tests/support/kernel.h"
#include "tests/support/ot_test.h"
#include "tests/support/slab.h"

static const double RHO = 1.05;

/* Gy at `depth_mm` beyond a half-space of 1 MBq/ml in liver, along the middle of a wide grid. */
static double half_space_tail_gy(const struct ot_tail *tail, double depth_mm)
{
    const struct ot_grid *grid = &tail->dose->grid;
    const double at = depth_mm / grid->spacing_mm[2] + 0.5 * (double)grid->n[2] - 0.5;
    const size_t k = (size_t)floor(at);
    const double w = at - (double)k;
    const size_t plane = grid->n[0] * grid->n[1];
    const size_t column = grid->n[0] / 2 + grid->n[0] * (grid->n[1] / 2);
    return (1.0 - w) * (double)tail->dose->data[column + plane * k] +
           w * (double)tail->dose->data[column + plane * (k + 1)];
}

/* Part of the beta energy that passes a plane at `depth_mm` of liver from the source's side. */
static double beta_beyond(const struct ot_radial_kernel *radial, double depth_mm)
{
    double sum = 0.0;
    for (size_t n = 0; radial->edge_mm[n + 1] <= 11.9 + 1e-9; n++) {
        const double lo = fmax(radial->edge_mm[n], depth_mm);
        const double hi = radial->edge_mm[n + 1];
        if (hi > lo) {
            const double logs = lo > 0.0 ? depth_mm * log(hi / lo) : 0.0;
            sum += radial->energy_mev[n] / (hi - radial->edge_mm[n]) * 0.5 * (hi - lo - logs);
        }
    }
    return sum / ot_radial_kernel_beta_mev(radial);
}

/* The tail of 1 MBq/ml that fills half of a body of 610 x 610 x 680 mm; `constant` is such that the
 * beta part has the energy of the transport. */
static struct ot_tail *tail_of_half_space(struct ot_grid *grid, struct ot_dose_constant *constant)
{
    *grid = ot_test_grid(61, 61, 68, 10.0, 10.0, 10.0);
    struct ot_radial_kernel *radial = ot_test_radial("liver");
    struct ot_volume *activity = ot_test_volume(grid, OT_UNIT_BQ_PER_ML);
    struct ot_volume *density = ot_test_volume(grid, OT_UNIT_G_PER_CM3);
    const double local_mev = 0.92997;
    *constant = OT_Y90_DEFAULT;
    constant->gy_kg_per_gbq =
        local_mev * OT_J_PER_MEV * ot_dose_constant_tau_s(&OT_Y90_DEFAULT) * 1e9;
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        activity->data[x] = x < ot_grid_voxel_count(grid) / 2 ? 1e6F : 0.0F;
        density->data[x] = (float)RHO;
    }
    const struct ot_tail_request request = {.activity = activity,
                                            .radial = radial,
                                            .density = density,
                                            .constant = *constant,
                                            .threads = 2};
    struct ot_err err = {0};
    struct ot_tail *tail = NULL;
    assert_ok(ot_tail_make(&request, &tail, &err), err);
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
    ot_radial_kernel_destroy(radial);
    return tail;
}

/* The rays of the dose engine and the tail together, voxels of 2 mm: within 4 % or 3 sigma of
 * transport down to 2 % of the source side's dose, on both sides of the border. */
static void rays_and_tail_together_meet_transport_across_a_border(void **state)
{
    (void)state;
    const char *path = ot_test_shared("physics/mc/slab_liver_lung.csv");
    static const double deep_gy[2] = {47.42, 191.5}; /* of its description */
    struct ot_grid grid;
    struct ot_dose_constant constant;
    struct ot_tail *tail = tail_of_half_space(&grid, &constant);
    for (size_t lung = 0; lung < 2; lung++) {
        struct ot_err err = {0};
        struct ot_slab rays;
        struct ot_slab truth;
        size_t compared = 0;
        double worst[2] = {0.0}; /* with the tail, without it */
        assert_ok(ot_slab_monte_carlo(path, lung == 1, 2.0, &truth, &err), err);
        assert_ok(ot_slab_dose(OT_SLAB_RAYS, lung == 1, 2.0, &rays, &err), err);
        for (size_t n = 0; n < truth.count; n++) {
            const double want_gy = truth.dose_gy[n];
            const double z_mm = 0.5 * (truth.edge_mm[n] + truth.edge_mm[n + 1]);
            const double tail_gy = half_space_tail_gy(tail, lung == 1 ? -z_mm : z_mm);
            if (want_gy > 0.02 * deep_gy[lung]) {
                assert_near(rays.dose_gy[n] + tail_gy, want_gy,
                            fmax(0.04 * want_gy, 3.0 * truth.sigma_gy[n]));
                worst[0] = fmax(worst[0], fabs(rays.dose_gy[n] + tail_gy - want_gy) / want_gy);
                worst[1] = fmax(worst[1], fabs(rays.dose_gy[n] - want_gy) / want_gy);
                compared++;
            }
        }
        assert_true(compared >= 18);
        print_message(
            "rays and tail, source in %s: %zu layers, %.1f %% at most, rays alone %.1f %%\n",
            lung == 1 ? "lung" : "liver", compared, 100.0 * worst[0], 100.0 * worst[1]);
    }
    ot_tail_destroy(tail);
}

/* Liver and lung with a plane between them, activity on one side: beta particles by mass depth, as
 * the density scaling theorem has it, photons by the tail. Gy per MBq/ml, of the transport's
 * energy. */
static void the_far_side_of_a_border_has_the_dose_of_transport(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_buffer text = {0};
    struct ot_grid grid;
    struct ot_dose_constant constant;
    struct ot_radial_kernel *radial = ot_test_radial("liver");
    struct ot_tail *tail = tail_of_half_space(&grid, &constant);
    size_t compared[2] = {0};
    double worst[2] = {0.0};
    double worst_without[2] = {0.0};
    double far_gy[2][2] = {{0.0}};
    assert_ok(ot_file_read(ot_test_shared("physics/mc/slab_liver_lung.csv"), 1 << 20, &text, &err),
              err);
    for (const char *line = text.data; line != NULL && *line != '\0';) {
        char organ[8];
        double lo = 0.0;
        double hi = 0.0;
        double want_gy = 0.0;
        double sigma_gy = 0.0;
        if (sscanf(line, "source_in_%7[a-z],%lf,%lf,%lf,%lf", organ, &lo, &hi, &want_gy,
                   &sigma_gy) == 5) {
            const size_t lung = strcmp(organ, "lung") == 0 ? 1 : 0; /* holds the source */
            const double depth_mm = lung == 1 ? -0.5 * (lo + hi) : 0.5 * (lo + hi);
            const double source_gy = lung == 1 ? 191.5 : 47.42;
            if (depth_mm > 0.0) {
                const double to_liver = lung == 1 ? 1.0 : 0.26 / RHO;
                const double source_rho = lung == 1 ? 0.26 : RHO;
                double beyond = 0.0; /* the bin's mean */
                for (int n = 0; n < 8; n++) {
                    const double z = depth_mm + (hi - lo) * ((n + 0.5) / 8.0 - 0.5);
                    beyond += beta_beyond(radial, z * to_liver) / 8.0;
                }
                const double beta_gy = constant.gy_kg_per_gbq * beyond / source_rho;
                const double tail_gy = half_space_tail_gy(tail, depth_mm);
                if (want_gy >= 0.02 * source_gy) {
                    const double off = beta_gy + tail_gy - want_gy;
                    assert_near(beta_gy + tail_gy, want_gy, fmax(0.04 * want_gy, 3.0 * sigma_gy));
                    worst[lung] = fmax(worst[lung], fabs(off) / want_gy);
                    worst_without[lung] =
                        fmax(worst_without[lung], fabs(beta_gy - want_gy) / want_gy);
                    compared[lung]++;
                } else if (depth_mm > (lung == 1 ? 12.0 : 48.2)) { /* no beta particle gets there */
                    far_gy[lung][0] += want_gy;
                    far_gy[lung][1] += tail_gy;
                    /* what is missing is nothing beside the dose of the source's side */
                    assert_near(tail_gy, want_gy, 0.0015 * source_gy + 3.0 * sigma_gy);
                }
            }
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    assert_true(compared[0] >= 17 && compared[1] >= 9);
    for (size_t n = 0; n < 2; n++) {
        print_message(
            "source in %s: down to 2 %% of its side %.1f %% at most, without tail %.1f %%; "
            "photons alone %.0f %% of transport\n",
            n == 1 ? "lung" : "liver", 100 * worst[n], 100 * worst_without[n],
            100 * far_gy[n][1] / far_gy[n][0]);
        assert_true(worst[n] < worst_without[n]);
    }
    ot_buffer_release(&text);
    ot_tail_destroy(tail);
    ot_radial_kernel_destroy(radial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rays_and_tail_together_meet_transport_across_a_border),
        cmocka_unit_test(the_far_side_of_a_border_has_the_dose_of_transport),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
