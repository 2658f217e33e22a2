/* tests/test_density.c - densities and media of voxels from VOIs and from CT. */
#include "kernels/density.h"

#include "io/hu_table.h"
#include "tests/support/ot_test.h"

enum { LIVER, TUMOR, LUNGS, BODY, VOIS };

/* Four voxels in a row; fractions by VOI. */
static void make_vois(struct ot_voi vois[VOIS], const struct ot_grid *grid,
                      const float fraction[VOIS][4])
{
    static const enum ot_role roles[VOIS] = {OT_ROLE_LIVER, OT_ROLE_TUMOR, OT_ROLE_LUNGS,
                                             OT_ROLE_BODY};
    for (size_t v = 0; v < VOIS; v++) {
        vois[v] = (struct ot_voi){.role = roles[v]};
        (void)snprintf(vois[v].name, sizeof vois[v].name, "%s", ot_role_name(roles[v]));
        vois[v].fraction = ot_test_volume(grid, OT_UNIT_NONE);
        for (size_t x = 0; x < 4; x++) {
            vois[v].fraction->data[x] = fraction[v][x];
        }
    }
}

static void release(struct ot_voi vois[VOIS])
{
    for (size_t v = 0; v < VOIS; v++) {
        ot_voi_release(&vois[v]);
    }
}

static const float FRACTIONS[VOIS][4] = {{1.0F, 0.5F, 0.0F, 0.0F},
                                         {0.5F, 0.6F, 0.0F, 0.0F},
                                         {1.0F, 0.5F, 0.25F, 0.0F},
                                         {1.0F, 1.0F, 0.25F, 0.0F}};

static void liver_wins_over_lungs_and_the_rest_is_liver_without_a_body(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(4, 1, 1, 4, 4, 4);
    struct ot_voi vois[VOIS];
    struct ot_err err = {0};
    struct ot_density_map *map = NULL;
    make_vois(vois, &grid, FRACTIONS);
    assert_ok(ot_density_from_vois(vois, BODY, &OT_TISSUE_DENSITIES_DEFAULT, &grid, &map, &err),
              err);
    assert_near(map->density->data[0], 1.05, 1e-6);
    assert_near(map->density->data[1], 0.6 * 1.05 + 0.4 * 0.26, 1e-6);
    assert_near(map->density->data[2], 0.75 * 1.05 + 0.25 * 0.26, 1e-6);
    assert_near(map->density->data[3], 1.05, 1e-6);
    assert_null(map->share[OT_MEDIUM_BODY]);
    assert_near(map->share[OT_MEDIUM_LUNG]->data[1], 0.4, 1e-6);
    assert_near(map->share[OT_MEDIUM_LIVER]->data[2], 0.75, 1e-6);
    static const double lung[2] = {0.4, 0.25}; /* of the two voxels that have some */
    assert_int_equal(map->mixed_count, 2);
    for (size_t n = 0; n < 2; n++) {
        assert_int_equal(map->mixed[n].voxel, n + 1);
        assert_near(map->mixed[n].lung_fraction, lung[n], 1e-6);
        assert_near(map->mixed[n].soft_g_per_cm3, 1.05, 1e-6);
        assert_near(map->mixed[n].lung_g_per_cm3, 0.26, 1e-6);
    }
    ot_density_map_destroy(map);
    release(vois);
}

static void a_territory_makes_no_liver_of_lungs_and_body(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(4, 1, 1, 4, 4, 4);
    static const float fractions[VOIS][4] = {
        {1.0F, 0, 0, 0}, {1.0F, 1.0F, 1.0F, 0}, {0, 1.0F, 0, 0}, {1.0F, 1.0F, 1.0F, 1.0F}};
    struct ot_voi vois[VOIS];
    struct ot_err err = {0};
    struct ot_density_map *map = NULL;
    make_vois(vois, &grid, fractions);
    vois[TUMOR].role = OT_ROLE_PERFUSED;
    assert_ok(ot_density_from_vois(vois, VOIS, &OT_TISSUE_DENSITIES_DEFAULT, &grid, &map, &err),
              err);
    assert_near(map->density->data[0], 1.05, 1e-6);
    assert_near(map->density->data[1], 0.26, 1e-6);
    assert_near(map->density->data[2], 1.04, 1e-6);
    ot_density_map_destroy(map);
    /* Where no liver is drawn, it stands for it. */
    assert_ok(
        ot_density_from_vois(vois + 1, VOIS - 1, &OT_TISSUE_DENSITIES_DEFAULT, &grid, &map, &err),
        err);
    assert_near(map->density->data[2], 1.05, 1e-6);
    ot_density_map_destroy(map);
    release(vois);
}

static void with_a_body_the_parts_outside_it_weigh_nothing(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(4, 1, 1, 4, 4, 4);
    struct ot_voi vois[VOIS];
    struct ot_err err = {0};
    struct ot_density_map *map = NULL;
    make_vois(vois, &grid, FRACTIONS);
    assert_ok(ot_density_from_vois(vois, VOIS, &OT_TISSUE_DENSITIES_DEFAULT, &grid, &map, &err),
              err);
    assert_near(map->density->data[1], 0.6 * 1.05 + 0.4 * 0.26, 1e-6);
    assert_near(map->density->data[2], 0.5 * (0.26 + 1.04), 1e-6);
    assert_near(map->density->data[3], 1.04, 1e-6);
    for (size_t x = 0; x < 4; x++) {
        double sum = 0.0;
        for (size_t m = 0; m < OT_MEDIUM_COUNT; m++) {
            sum += (double)map->share[m]->data[x];
        }
        assert_near(sum, 1.0, 1e-6);
    }
    ot_density_map_destroy(map);
    release(vois);
}

static void the_calibration_has_its_points_and_its_step(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_hu_calibration *table = NULL;
    assert_ok(ot_hu_table_load(&table, &err), err);
    static const double want[][2] = {{-2000, 0.00121}, {-1000, 0.00121}, {-98, 0.93},
                                     {14, 1.03},       {100, 1.1199},    {101, 1.0762},
                                     {100.5, 1.09805}, {0, 1.01744},     {5000, 2.8}};
    for (size_t n = 0; n < sizeof want / sizeof want[0]; n++) {
        assert_near(ot_hu_calibration_density(table, want[n][0]), want[n][1], 2e-5);
    }
    assert_true(isnan(ot_hu_calibration_density(table, NAN)));
    ot_hu_calibration_destroy(table);
}

static void bad_calibrations_are_refused_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum ot_rc code;
        const char *part;
    } bad[] = {
        {"hu,g_per_cm3\n0,1\n", OT_ERR_RANGE, "needs two points"},
        {"hu,density\n0,1\n", OT_ERR_FORMAT, "line 1"},
        {"hu,g_per_cm3\n0,1\n0,2\n", OT_ERR_RANGE, "point 2"},
        {"hu,g_per_cm3\n0,1\n1,-2\n", OT_ERR_RANGE, "-2 g/cm3"},
        {"hu,g_per_cm3\n0,1\n1,inf\n", OT_ERR_FORMAT, "line 3"},
        {"# c\nhu,g_per_cm3\n0,1\n\n", OT_ERR_FORMAT, "line 4"},
    };
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        struct ot_err err = {0};
        struct ot_hu_calibration *table = NULL;
        assert_refused(ot_hu_table_parse(bad[n].text, strlen(bad[n].text), "own.csv", &table, &err),
                       err, bad[n].code, bad[n].part);
        assert_null(table);
    }
}

static void ct_gives_lung_by_its_own_line_and_clamps_contrast_in_the_liver(void **state)
{
    (void)state;
    static const float fraction[VOIS][4] = {{1.0F, 0.0F, 0.0F, 0.0F},
                                            {0.0F, 0.0F, 0.0F, 0.0F},
                                            {0.0F, 1.0F, 0.0F, 0.0F},
                                            {1.0F, 1.0F, 1.0F, 0.0F}};
    const struct ot_grid grid = ot_test_grid(4, 1, 1, 4, 4, 4);
    struct ot_volume *hu = ot_test_volume(&grid, OT_UNIT_HU);
    struct ot_hu_calibration *table = NULL;
    struct ot_voi vois[VOIS];
    struct ot_err err = {0};
    struct ot_density_map *map = NULL;
    assert_ok(ot_hu_table_load(&table, &err), err);
    const struct ot_density_ct how = {
        .calibration = table, .liver_lo_g_per_cm3 = 1.0, .liver_hi_g_per_cm3 = 1.07};
    make_vois(vois, &grid, fraction);
    hu->data[0] = 99.0F;
    hu->data[1] = -740.0F;
    hu->data[2] = 800.0F;
    hu->data[3] = -1000.0F;
    assert_ok(ot_density_from_hu(hu, vois, VOIS, &how, &map, &err), err);
    assert_near(map->density->data[0], 1.07, 1e-6);
    assert_near(map->density->data[1], 0.26, 1e-6);
    assert_near(map->density->data[2], 1.0762 + 699.0 / 1499.0 * (1.9642 - 1.0762), 1e-5);
    assert_near(map->density->data[3], 0.00121, 1e-6);
    ot_density_map_destroy(map);

    struct ot_err no_body = {0};
    assert_refused(ot_density_from_hu(hu, vois, BODY, &how, &map, &no_body), no_body, OT_ERR_ARG,
                   "body VOI");
    struct ot_err not_finite = {0};
    hu->data[2] = NAN;
    assert_refused(ot_density_from_hu(hu, vois, VOIS, &how, &map, &not_finite), not_finite,
                   OT_ERR_RANGE, "not finite");
    release(vois);
    ot_hu_calibration_destroy(table);
    ot_volume_destroy(hu);
}

static void other_grids_and_impossible_numbers_are_refused(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(4, 1, 1, 4, 4, 4);
    const struct ot_grid shifted = {.n = {4, 1, 1},
                                    .spacing_mm = {4, 4, 4},
                                    .origin_mm = {0, 1, 0},
                                    .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    struct ot_voi vois[VOIS];
    struct ot_density_map *map = NULL;
    struct ot_err grid_err = {0};
    struct ot_err fraction_err = {0};
    struct ot_err density_err = {0};
    make_vois(vois, &grid, FRACTIONS);
    assert_refused(
        ot_density_from_vois(vois, VOIS, &OT_TISSUE_DENSITIES_DEFAULT, &shifted, &map, &grid_err),
        grid_err, OT_ERR_GEOMETRY, "VOI liver");
    const struct ot_tissue_densities bad = {1.05, 0.0, 1.04};
    assert_refused(ot_density_from_vois(vois, VOIS, &bad, &grid, &map, &density_err), density_err,
                   OT_ERR_RANGE, "density of lung is 0");
    vois[TUMOR].fraction->data[2] = 1.5F;
    assert_refused(
        ot_density_from_vois(vois, VOIS, &OT_TISSUE_DENSITIES_DEFAULT, &grid, &map, &fraction_err),
        fraction_err, OT_ERR_RANGE, "VOI tumor has the fraction 1.5");
    assert_null(map);
    release(vois);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(liver_wins_over_lungs_and_the_rest_is_liver_without_a_body),
        cmocka_unit_test(a_territory_makes_no_liver_of_lungs_and_body),
        cmocka_unit_test(with_a_body_the_parts_outside_it_weigh_nothing),
        cmocka_unit_test(the_calibration_has_its_points_and_its_step),
        cmocka_unit_test(bad_calibrations_are_refused_with_their_line),
        cmocka_unit_test(ct_gives_lung_by_its_own_line_and_clamps_contrast_in_the_liver),
        cmocka_unit_test(other_grids_and_impossible_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
