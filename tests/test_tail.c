/* tests/test_tail.c - the far photon dose against closed formulas and the plain sum over fine
 * voxels. labels: numeric slow timeout: 120 */
#include "kernels/tail.h"

#include "core/mem.h"
#include "kernels/convolve.h"
#include "kernels/phantom.h"
#include "tests/support/kernel.h"
#include "tests/support/ot_test.h"

static const double RHO = 1.05;

static struct ot_volume *filled(const struct ot_grid *grid, enum ot_unit unit, double value)
{
    struct ot_volume *volume = ot_test_volume(grid, unit);
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        volume->data[x] = (float)value;
    }
    return volume;
}

static struct ot_tail *tail_of(const struct ot_tail_request *request)
{
    struct ot_err err = {0};
    struct ot_tail *tail = NULL;
    assert_ok(ot_tail_make(request, &tail, &err), err);
    assert_int_equal(tail->dose->unit, OT_UNIT_GY);
    return tail;
}

static size_t middle(const struct ot_grid *grid)
{
    return grid->n[0] / 2 + grid->n[0] * (grid->n[1] / 2 + grid->n[1] * (grid->n[2] / 2));
}

/* A voxel that has activity 300 mm around it in all directions gets all that its own mass emits. */
static void deep_in_an_infinite_medium_all_energy_arrives(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(33, 35, 31, 20.0, 19.0, 22.0);
    struct ot_radial_kernel *radial = ot_test_radial("liver");
    struct ot_volume *activity = filled(&grid, OT_UNIT_BQ_PER_ML, 1e6);
    struct ot_volume *density = filled(&grid, OT_UNIT_G_PER_CM3, RHO);
    struct ot_tail_request request = {.activity = activity,
                                      .radial = radial,
                                      .density = density,
                                      .constant = OT_Y90_DEFAULT,
                                      .coarse_mm = 20.0,
                                      .threads = 2};
    struct ot_tail *tail = tail_of(&request);
    /* the table's own sum beyond 11.9 mm, scaled as its beta part is: by hand */
    const double want_mev = (0.93302 - 0.92997) * 0.93121 / 0.92997;
    assert_near(tail->energy_mev, want_mev, 2e-5);
    assert_near(tail->from_mm, 11.9, 1e-9);
    assert_near(tail->to_mm, 300.0, 1e-9);
    assert_near(tail->coarse_mm, 20.0, 0.0);
    const double k_tail = 49.67 * tail->energy_mev / 0.931212;
    assert_ratio(tail->dose->data[middle(&grid)], k_tail / RHO, 1e-4);
    assert_ratio(tail->emitted_j, 1e6 * 8.36 * 33 * 35 * 31 * k_tail * 1e-9, 1e-4);
    assert_true(tail->deposited_j > 0.3 * tail->emitted_j);
    assert_true(tail->deposited_j < 0.9 * tail->emitted_j);
    /* half the medium gives half at its face */
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        activity->data[x] = x % 33 < 16 ? 1e6F : x % 33 == 16 ? 5e5F : 0.0F;
    }
    struct ot_tail *half = tail_of(&request);
    assert_ratio(half->dose->data[middle(&grid)], 0.5 * k_tail / RHO, 1e-4);
    const double sum =
        (double)half->dose->data[middle(&grid) - 1] + (double)half->dose->data[middle(&grid) + 1];
    assert_ratio(sum, k_tail / RHO, 2e-4); /* equal distances add to the deep dose */
    ot_tail_destroy(half);
    ot_tail_destroy(tail);
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
    ot_radial_kernel_destroy(radial);
}

/* A liver with two tumors and an empty part, on anisotropic voxels, and a margin of body. */
static struct ot_volume *patient(const struct ot_grid *grid)
{
    static const struct {
        double at_mm[3], radius_mm, bq_per_ml;
    } balls[] = {{{0, 0, 0}, 60, 4e5}, {{25, -20, 10}, 12, 4e6}, {{-30, 15, -20}, 7, 8e6}};
    struct ot_volume *activity = ot_test_volume(grid, OT_UNIT_BQ_PER_ML);
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        const size_t at[3] = {x % grid->n[0], x / grid->n[0] % grid->n[1],
                              x / (grid->n[0] * grid->n[1])};
        for (size_t b = 0; b < sizeof balls / sizeof balls[0]; b++) {
            double r2 = 0.0;
            for (size_t axis = 0; axis < 3; axis++) {
                const double p =
                    ((double)at[axis] - 0.5 * (double)grid->n[axis]) * grid->spacing_mm[axis] -
                    balls[b].at_mm[axis];
                r2 += p * p;
            }
            if (r2 < balls[b].radius_mm * balls[b].radius_mm) {
                activity->data[x] += (float)balls[b].bq_per_ml;
            }
        }
    }
    return activity;
}

/* The table's tail as a kernel that is used whole: the beta shells emptied. */
static struct ot_radial_kernel *tail_alone(struct ot_radial_kernel *radial)
{
    for (size_t n = 0; radial->edge_mm[n + 1] <= 11.9 + 1e-9; n++) {
        radial->energy_mev[n] = 0.0;
    }
    radial->beta_range_mm = radial->edge_mm[radial->count];
    return radial;
}

/* Two scales against the plain sum over all voxels of the activity. */
static void compare_with_fine_voxels(const char *name, const struct ot_volume *activity)
{
    struct ot_err err = {0};
    const struct ot_grid grid = activity->grid;
    struct ot_radial_kernel *radial = ot_test_radial("liver");
    struct ot_volume *density = filled(&grid, OT_UNIT_G_PER_CM3, RHO);
    const struct ot_tail_request request = {.activity = activity,
                                            .radial = radial,
                                            .density = density,
                                            .constant = OT_Y90_DEFAULT,
                                            .threads = 2};
    struct ot_tail *tail = tail_of(&request);
    struct ot_voxel_s *kernel = NULL;
    struct ot_spread *spread = NULL;
    struct ot_radial_kernel *whole = tail_alone(radial);
    assert_ok(ot_voxel_s_create(whole, grid.spacing_mm, RHO, tail->energy_mev, 2, &kernel, &err),
              err);
    assert_ok(ot_convolve(activity, kernel, OT_CONVOLUTION_FFT, 2, &spread, &err), err);
    const double gy_per_unit =
        tail->energy_mev * OT_J_PER_MEV * ot_dose_constant_tau_s(&OT_Y90_DEFAULT) / (RHO * 1e-3);
    double most_gy = 0.0;
    double worst_gy = 0.0;
    double sum[2] = {0.0};
    double all = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        const size_t at[3] = {x % grid.n[0], x / grid.n[0] % grid.n[1],
                              x / (grid.n[0] * grid.n[1])};
        size_t from = 0;
        for (size_t axis = 3; axis-- > 0;) {
            from = from * spread->n[axis] + (size_t)((ptrdiff_t)at[axis] - spread->first[axis]);
        }
        const double plain_gy = gy_per_unit * (double)spread->value[from];
        most_gy = fmax(most_gy, plain_gy);
        worst_gy = fmax(worst_gy, fabs(plain_gy - (double)tail->dose->data[x]));
        sum[0] += plain_gy;
        sum[1] += (double)tail->dose->data[x];
    }
    for (size_t n = 0; n < spread->n[0] * spread->n[1] * spread->n[2]; n++) {
        all += gy_per_unit * (double)spread->value[n];
    }
    print_message(
        "%s, coarse against fine voxels: %.2f %% of the maximum of %.4f Gy at most; sum %+.3f %%\n",
        name, 100 * worst_gy / most_gy, most_gy, 100 * (sum[1] / sum[0] - 1));
    assert_true(worst_gy <= 0.01 * most_gy);
    assert_ratio(sum[1], sum[0], 1e-3);
    assert_ratio(all * ot_grid_voxel_volume_ml(&grid) * RHO * 1e-3, tail->emitted_j, 1e-5);
    ot_tail_destroy(tail);
    ot_spread_destroy(spread);
    ot_voxel_s_destroy(kernel);
    ot_volume_destroy(density);
    ot_radial_kernel_destroy(radial);
}

static void coarse_voxels_give_the_dose_of_fine_ones(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(45, 40, 48, 4.0, 4.8, 4.1);
    struct ot_volume *activity = patient(&grid);
    compare_with_fine_voxels("a liver", activity);
    ot_volume_destroy(activity);
    if (ot_test_full()) {
        struct ot_err err = {0};
        struct ot_phantom phantom;
        struct ot_volume *fraction[16];
        assert_true(ot_phantom_voi_count <= 16);
        assert_ok(ot_phantom_preset("clinical", &phantom, &err), err);
        assert_ok(ot_phantom_render(&phantom, &phantom.spect, 2, &activity, fraction, &err), err);
        activity->unit = OT_UNIT_BQ_PER_ML;
        compare_with_fine_voxels("the synthetic patient", activity);
        ot_volume_destroy(activity);
        for (size_t v = 0; v < ot_phantom_voi_count; v++) {
            ot_volume_destroy(fraction[v]);
        }
    }
}

/* A lung beside the liver gets as many Gy as liver would; outside the body there are none. */
static void dose_does_not_depend_on_density_and_ends_with_the_body(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(40, 36, 42, 4.5, 4.8, 4.1);
    struct ot_radial_kernel *radial = ot_test_radial("liver");
    struct ot_volume *activity = patient(&grid);
    struct ot_volume *density = filled(&grid, OT_UNIT_G_PER_CM3, RHO);
    struct ot_volume *inside = filled(&grid, OT_UNIT_NONE, 1.0);
    struct ot_tail_request request = {.activity = activity,
                                      .radial = radial,
                                      .density = density,
                                      .constant = OT_Y90_DEFAULT,
                                      .threads = 2};
    struct ot_tail *uniform = tail_of(&request);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        if (x % 40 >= 30) {
            density->data[x] = 0.26F;
        }
        inside->data[x] = x % 40 >= 36 ? 0.4F : 1.0F;
    }
    request.inside = inside;
    struct ot_tail *lung = tail_of(&request);
    double sum_j = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        const float want = x % 40 >= 36 ? 0.0F : uniform->dose->data[x];
        assert_memory_equal(&lung->dose->data[x], &want, sizeof want);
        sum_j += (double)want * (double)density->data[x] * 1e-3 * ot_grid_voxel_volume_ml(&grid);
    }
    assert_ratio(lung->deposited_j, sum_j, 1e-6);
    assert_near(lung->emitted_j, uniform->emitted_j, 0.0);
    assert_true(lung->deposited_j < uniform->deposited_j);
    ot_tail_destroy(uniform);
    ot_tail_destroy(lung);
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
    ot_volume_destroy(inside);
    ot_radial_kernel_destroy(radial);
}

static void bits_do_not_depend_on_the_number_of_threads(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(30, 32, 28, 5.0, 4.8, 5.2);
    struct ot_radial_kernel *radial = ot_test_radial("liver");
    struct ot_volume *activity = patient(&grid);
    struct ot_volume *density = filled(&grid, OT_UNIT_G_PER_CM3, RHO);
    struct ot_tail_request request = {.activity = activity,
                                      .radial = radial,
                                      .density = density,
                                      .constant = OT_Y90_DEFAULT,
                                      .threads = 1};
    struct ot_tail *one = tail_of(&request);
    for (request.threads = 2; request.threads <= 5; request.threads += 3) {
        struct ot_tail *many = tail_of(&request);
        assert_memory_equal(one->dose->data, many->dose->data,
                            sizeof(float) * ot_grid_voxel_count(&grid));
        ot_tail_destroy(many);
    }
    ot_tail_destroy(one);
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
    ot_radial_kernel_destroy(radial);
}

static void kernels_without_tail_and_wrong_volumes_are_refused(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(5, 6, 7, 9.0, 8.0, 8.5);
    const struct ot_grid other = ot_test_grid(5, 6, 7, 9.0, 8.0, 8.6);
    struct ot_radial_kernel *liver = ot_test_radial("liver");
    struct ot_radial_kernel *lung = ot_test_radial("lung");
    struct ot_volume *activity = filled(&grid, OT_UNIT_BQ_PER_ML, 1.0);
    struct ot_volume *density = filled(&grid, OT_UNIT_G_PER_CM3, RHO);
    struct ot_volume *elsewhere = filled(&other, OT_UNIT_NONE, 1.0);
    const struct ot_tail_request good = {.activity = activity,
                                         .radial = liver,
                                         .density = density,
                                         .constant = OT_Y90_DEFAULT,
                                         .threads = 1};
    struct ot_tail *tail = NULL;
    struct ot_err err[6] = {{{0}, NULL, 0, OT_OK}};
    struct ot_tail_request bad = good;
    bad.density = activity;
    assert_refused(ot_tail_make(&bad, &tail, &err[0]), err[0], OT_ERR_UNIT, "density");
    bad = good;
    bad.inside = elsewhere;
    assert_refused(ot_tail_make(&bad, &tail, &err[1]), err[1], OT_ERR_GEOMETRY, "body");
    bad = good;
    bad.constant.half_life_h = 0.0;
    assert_refused(ot_tail_make(&bad, &tail, &err[2]), err[2], OT_ERR_ARG, "half-life 0 h");
    bad = good;
    bad.radial = lung;
    assert_refused(ot_tail_make(&bad, &tail, &err[3]), err[3], OT_ERR_RANGE,
                   "beta range of 48.2 mm");
    activity->data[3] = NAN;
    assert_refused(ot_tail_make(&good, &tail, &err[4]), err[4], OT_ERR_RANGE,
                   "bremsstrahlung tail");
    activity->data[3] = 1.0F;
    bad = good;
    bad.radial = tail_alone(liver); /* of which nothing lies beyond the range */
    assert_refused(ot_tail_make(&bad, &tail, &err[5]), err[5], OT_ERR_RANGE, "has no tail");
    assert_null(tail);
    ot_radial_kernel_destroy(liver);
    ot_radial_kernel_destroy(lung);
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
    ot_volume_destroy(elsewhere);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
#ifdef OT_TEST_HOOKS
    const struct ot_grid grid = ot_test_grid(3, 4, 5, 20.0, 21.0, 22.0);
    struct ot_radial_kernel *radial = ot_test_radial("liver");
    struct ot_volume *activity = filled(&grid, OT_UNIT_BQ_PER_ML, 1.0);
    struct ot_volume *density = filled(&grid, OT_UNIT_G_PER_CM3, RHO);
    const struct ot_tail_request request = {.activity = activity,
                                            .radial = radial,
                                            .density = density,
                                            .constant = OT_Y90_DEFAULT,
                                            .coarse_mm = 30.0,
                                            .threads = 1};
    enum ot_rc rc = OT_ERR_NOMEM;
    size_t failures = 0;
    for (size_t nth = 1; rc != OT_OK && nth < 500; nth++) {
        struct ot_err err = {0};
        struct ot_tail *tail = NULL;
        ot_mem_fail_at(nth);
        rc = ot_tail_make(&request, &tail, &err);
        ot_mem_fail_at(0);
        assert_true(rc == OT_OK || rc == OT_ERR_NOMEM);
        assert_true((rc == OT_OK) == (tail != NULL));
        failures += rc == OT_OK ? 0 : 1;
        ot_tail_destroy(tail);
    }
    assert_int_equal(rc, OT_OK);
    assert_true(failures > 15);
    ot_volume_destroy(activity);
    ot_volume_destroy(density);
    ot_radial_kernel_destroy(radial);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deep_in_an_infinite_medium_all_energy_arrives),
        cmocka_unit_test(coarse_voxels_give_the_dose_of_fine_ones),
        cmocka_unit_test(dose_does_not_depend_on_density_and_ends_with_the_body),
        cmocka_unit_test(bits_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(kernels_without_tail_and_wrong_volumes_are_refused),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
