/* tests/test_nuclide_table.c - the nuclides that come with the program, and damaged tables. */
#include "io/nuclide_table.h"

#include "core/image.h"
#include "kernels/nuclide.h"
#include "tests/support/ot_test.h"

static const double S_PER_H = 3600.0;

static struct ot_radionuclides *built_in(void)
{
    struct ot_err err = {0};
    struct ot_radionuclides *table = NULL;
    assert_ok(ot_nuclide_table_load(&table, &err), err);
    return table;
}

static void half_lives_and_electron_energies_are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double half_life_h, electrons_mev, j_per_gbq; /* T/ln 2 E, as published tables give it */
    } want[] = {{"Y-90", 64.10, 0.9331, 49.77},     {"Tc-99m", 6.015, 0.01618, 0.081},
                {"Ho-166", 26.80, 0.6963, 15.53},   {"Re-188", 17.004, 0.7793, 11.03},
                {"Lu-177", 159.528, 0.1479, 19.64}, {"I-131", 192.4968, 0.1918, 30.73}};
    struct ot_radionuclides *table = built_in();
    for (size_t n = 0; n < sizeof want / sizeof want[0]; n++) {
        const struct ot_radionuclide *nuclide = ot_radionuclide_named(table, want[n].name);
        assert_non_null(nuclide);
        assert_ratio(nuclide->half_life_s, want[n].half_life_h * S_PER_H, 1e-9);
        assert_near(nuclide->electrons_mev_per_decay, want[n].electrons_mev, 1e-9);
        const double j_per_gbq =
            1e9 * nuclide->half_life_s / log(2.0) * nuclide->electrons_mev_per_decay * OT_J_PER_MEV;
        assert_ratio(j_per_gbq, want[n].j_per_gbq, 0.005);
    }
    ot_radionuclides_destroy(table);
}

static void the_default_of_the_dose_constant_has_the_half_life_of_the_table(void **state)
{
    (void)state;
    struct ot_radionuclides *table = built_in();
    const struct ot_radionuclide *y90 = ot_radionuclide_named(table, "Y-90");
    assert_near(y90->half_life_s, OT_Y90_DEFAULT.half_life_h * S_PER_H, 1e-9);
    assert_int_equal(strlen(table->sha256), 64);
    ot_radionuclides_destroy(table);
}

/* Names are looked up as files' names are normalized; the branches give the electrons' energy. */
static void names_are_normal_and_branches_give_most_of_the_energy(void **state)
{
    (void)state;
    struct ot_radionuclides *table = built_in();
    for (size_t n = 0; n < table->count; n++) {
        const struct ot_radionuclide *nuclide = &table->nuclide[n];
        char name[OT_NUCLIDE_SIZE];
        assert_true(ot_nuclide_normalize(nuclide->name, name));
        assert_string_equal(name, nuclide->name);
        double beta_mev = 0.0;
        for (size_t b = 0; b < nuclide->beta_count; b++) {
            beta_mev += nuclide->beta[b].per_decay * nuclide->beta[b].mean_mev;
        }
        /* the rest are conversion and Auger electrons: most of them in Ho-166 and Lu-177 */
        if (nuclide->beta_count > 0) {
            assert_true(beta_mev <= nuclide->electrons_mev_per_decay * 1.0005);
            assert_true(beta_mev >= nuclide->electrons_mev_per_decay * 0.90);
        }
    }
    assert_null(ot_radionuclide_named(table, "Y-91"));
    ot_radionuclides_destroy(table);
}

#define HEAD "{\"schema\": \"opentare.nuclides/1\", \"sources\": {\"S\": \"\"}, \"nuclides\": ["
#define Y90 "{\"name\": \"Y-90\", \"atomic_number\": 39, \"mass_number\": 90, \"source\": \"S\", "

static void damaged_tables_are_refused_with_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum ot_rc code;
        const char *part;
    } bad[] = {
        {"{", OT_ERR_FORMAT, "t.json"},
        {"{\"schema\": \"x\", \"sources\": {}, \"nuclides\": [1]}", OT_ERR_FORMAT, "no nuclides"},
        {HEAD "]}", OT_ERR_FORMAT, "no nuclides"},
        {HEAD Y90 "\"half_life\": 1}]}", OT_ERR_FORMAT, "half_life_s"},
        {HEAD Y90 "\"half_life_s\": 1.0, \"x\": 1}]}", OT_ERR_FORMAT, "nuclide 1"},
        {HEAD Y90 "\"half_life_s\": 1}, " Y90 "\"half_life_s\": 1}]}", OT_ERR_FORMAT,
         "Y-90 stands twice"},
        {HEAD "{\"name\": \"Y-90\", \"atomic_number\": 39, \"mass_number\": 90, \"source\": \"T\", "
              "\"half_life_s\": 1}]}",
         OT_ERR_FORMAT, "source T is not among"},
        {HEAD Y90 "\"half_life_s\": 0}]}", OT_ERR_RANGE, "half-life is 0 s"},
        {HEAD Y90 "\"half_life_s\": 1, \"electrons_mev_per_decay\": -1}]}", OT_ERR_RANGE,
         "electrons have -1 MeV"},
        {HEAD Y90 "\"half_life_s\": 1, \"gamma\": [{\"mev\": 0, \"per_decay\": 1}]}]}",
         OT_ERR_RANGE, "gamma line of 0 MeV"},
        {HEAD Y90 "\"half_life_s\": 1, \"beta_minus\": [{\"end_point_mev\": 2, \"per_decay\": 1, "
                  "\"mean_mev\": 1, \"shape\": \"odd\"}]}]}",
         OT_ERR_FORMAT, "unknown shape odd"},
        {HEAD Y90 "\"half_life_s\": 1, \"beta_minus\": [{\"end_point_mev\": 2, \"per_decay\": 1, "
                  "\"mean_mev\": 3, \"shape\": \"allowed\"}]}]}",
         OT_ERR_RANGE, "end point of 2 MeV with a mean of 3"},
        {HEAD Y90 "\"half_life_s\": 1, \"beta_minus\": [{\"end_point_mev\": 2, \"per_decay\": 1.1, "
                  "\"mean_mev\": 1, \"shape\": \"allowed\"}]}]}",
         OT_ERR_RANGE, "branches add to 1.1"},
    };
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        struct ot_err err = {0};
        struct ot_radionuclides *table = NULL;
        assert_refused(
            ot_nuclide_table_parse(bad[n].text, strlen(bad[n].text), "t.json", &table, &err), err,
            bad[n].code, bad[n].part);
        assert_null(table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_lives_and_electron_energies_are_the_published_ones),
        cmocka_unit_test(the_default_of_the_dose_constant_has_the_half_life_of_the_table),
        cmocka_unit_test(names_are_normal_and_branches_give_most_of_the_energy),
        cmocka_unit_test(damaged_tables_are_refused_with_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
