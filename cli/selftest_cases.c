/* cli/selftest_cases.c - models, vials, histograms and criteria against worked numbers.
 *
 * The numbers are computed outside the program, from the formula named with each. */
#include "cli/selftest_parts.h"

#include <math.h>
#include <string.h>

#include "core/criterion.h"
#include "core/dvh.h"
#include "core/facts.h"
#include "io/criteria_json.h"
#include "kernels/biology.h"
#include "kernels/criteria.h"
#include "kernels/decay.h"
#include "kernels/mird.h"
#include "kernels/nuclide.h"
#include "kernels/partition.h"
#include "kernels/vial.h"

static const double DIGITS = 1e-4; /* what the last digit of a worked number is good for */

static const char MIRD[] = "D = k A (1-R)(1-F) / M, k = 49.67 Gy kg/GBq (Salem 2023)";
static const char PARTITION[] = "D_N = k A (1-R)(1-F) / (m_N + r m_T), D_T = r D_N (Ho 1996)";

static void ratio(struct ot_selftest *t, struct ot_selftest_case c)
{
    c.relative = true;
    c.tolerance = c.tolerance > 0.0 ? c.tolerance : DIGITS;
    ot_selftest_add(t, c);
}

static enum ot_rc partition_row(struct ot_selftest *t, const char *name,
                                struct ot_administration given, struct ot_partition_tumor tumor,
                                double normal_kg, const double expected_gy[2], struct ot_err *err)
{
    struct ot_partition normal = {.normal_mass_kg = normal_kg};
    const enum ot_rc rc = ot_partition_dose(&OT_Y90_DEFAULT, &given, &normal, &tumor, 1, err);
    const double obtained_gy[2] = {normal.normal_gy, tumor.dose_gy};
    static const char *const parts[2] = {"normal tissue", "tumor"};
    for (size_t n = 0; rc == OT_OK && n < 2; n++) {
        ratio(t, (struct ot_selftest_case){
                     .group = "models",
                     .name = ot_texts_add(&t->pool, "partition, %s, %s", name, parts[n]),
                     .truth = PARTITION,
                     .unit = "Gy",
                     .expected = expected_gy[n],
                     .obtained = obtained_gy[n]});
    }
    return rc;
}

static enum ot_rc partitions(struct ot_selftest *t, struct ot_err *err)
{
    static const struct {
        const char *name;
        struct ot_administration given;
        struct ot_partition_tumor tumor;
        double normal_kg, expected_gy[2];
    } rows[] = {
        {"T:N 5", {2.2, 0.01, 0.05}, {.mass_kg = 0.3, .tn_ratio = 5}, 1.2, {38.064, 190.319}},
        {"T:N 4", {3.0, 0.0, 0.08}, {.mass_kg = 0.25, .tn_ratio = 4}, 1.5, {54.836, 219.343}},
        {"T:N 10", {2.0, 0.0, 0.05}, {.mass_kg = 0.2, .tn_ratio = 10}, 0.8, {33.705, 337.046}},
    };
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < sizeof rows / sizeof rows[0]; n++) {
        rc = partition_row(t, rows[n].name, rows[n].given, rows[n].tumor, rows[n].normal_kg,
                           rows[n].expected_gy, err);
    }
    return rc;
}

enum ot_rc ot_selftest_models(struct ot_selftest *t, struct ot_err *err)
{
    const struct ot_dose_constant *k = &OT_Y90_DEFAULT;
    const struct ot_administration given = {2.2, 0.01, 0.05};
    const struct ot_administration segment = {1.0, 0.01, 0.05};
    const struct ot_administration shunt = {1.0, 0.0, 0.05};
    double gy = NAN;
    double gbq = NAN;
    double lung_gy = NAN;
    double lung_gbq = NAN;
    ratio(t, (struct ot_selftest_case){
                 .group = "models",
                 .name = "energy absorbed per decay",
                 .truth = "k ln 2 / T = 49.67 J/GBq x 0.693147 / 230760 s, 1.602176634e-13 J/MeV",
                 .unit = "MeV",
                 .expected = 0.93121,
                 .obtained = ot_dose_constant_mev_per_decay(k),
                 .tolerance = 1e-5});
    enum ot_rc rc = ot_mird_dose_gy(k, &given, 1.0, &gy, err);
    if (rc == OT_OK) {
        rc = ot_mird_activity_gbq(k, &segment, 0.15, 400.0, &gbq, err);
    }
    if (rc == OT_OK) {
        rc = ot_mird_lung_dose_gy(k, &given, 1.0, &lung_gy, err);
    }
    if (rc == OT_OK) {
        rc = ot_mird_lung_activity_gbq(k, &shunt, 1.0, 30.0, &lung_gbq, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    ratio(t, (struct ot_selftest_case){.group = "models",
                                       .name = "single compartment, 2.2 GBq, F 5 %, R 1 %, 1 kg",
                                       .truth = MIRD,
                                       .unit = "Gy",
                                       .expected = 102.772,
                                       .obtained = gy});
    ratio(t, (struct ot_selftest_case){.group = "models",
                                       .name = "activity for 400 Gy to 0.15 kg, F 5 %, R 1 %",
                                       .truth = "A = D M / (k (1-F)(1-R)), k = 49.67 Gy kg/GBq",
                                       .unit = "GBq",
                                       .expected = 1.28440,
                                       .obtained = gbq});
    ratio(t, (struct ot_selftest_case){.group = "models",
                                       .name = "lungs of 1 kg, 2.2 GBq, F 5 %, R 1 %",
                                       .truth = "D = k A (1-R) F / m_L",
                                       .unit = "Gy",
                                       .expected = 5.409,
                                       .obtained = lung_gy});
    ratio(t, (struct ot_selftest_case){.group = "models",
                                       .name = "activity for 30 Gy to 1 kg of lung, F 5 %",
                                       .truth = "A = D m_L / (k F (1-R))",
                                       .unit = "GBq",
                                       .expected = 12.0797,
                                       .obtained = lung_gbq});
    return partitions(t, err);
}

/* The worked example of fact sheet 6: 1.27592 GBq on Wednesday noon, 72 h after calibration. */
static enum ot_rc vial_example(struct ot_selftest *t, struct ot_err *err)
{
    const struct ot_vial_window noon = {.open_h = 72.0, .close_h = 72.0, .day = 3};
    const struct ot_vial_request request = {.activity_gbq = 1.27592,
                                            .max_gbq = INFINITY,
                                            .half_life_h = OT_Y90_DEFAULT.half_life_h,
                                            .vials_gbq = OT_STANDARD_VIALS_GBQ,
                                            .vial_count = OT_STANDARD_VIAL_COUNT,
                                            .windows = &noon,
                                            .window_count = 1};
    struct ot_vial_option option = {0};
    size_t count = 0;
    enum ot_rc rc = ot_vial_options(&request, &option, 1, &count, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (count == 0) {
        return ot_fail(err, OT_ERR_RANGE, "no vial was found for 1.27592 GBq");
    }
    ratio(t, (struct ot_selftest_case){.group = "vials",
                                       .name = "vial for 1.27592 GBq on W1 Wed noon",
                                       .truth = "smallest step of 0.5 GBq >= A / 0.4591 = 2.779",
                                       .unit = "GBq",
                                       .expected = 3.0,
                                       .obtained = option.vial_gbq,
                                       .tolerance = 1e-9});
    ratio(t, (struct ot_selftest_case){.group = "vials",
                                       .name = "the 3 GBq vial on W1 Wed noon",
                                       .truth = "3 GBq x 2^(-72/64.1)",
                                       .unit = "GBq",
                                       .expected = 1.37718,
                                       .obtained = option.activity_from_gbq,
                                       .tolerance = 1e-5});
    ratio(t, (struct ot_selftest_case){.group = "vials",
                                       .name = "hours until it holds 1.27592 GBq",
                                       .truth = "64.1 h x log2(3 / 1.27592)",
                                       .unit = "h",
                                       .expected = 79.06,
                                       .obtained = option.equal_h});
    return OT_OK;
}

enum ot_rc ot_selftest_vials(struct ot_selftest *t, struct ot_err *err)
{
    static const double expected[] = {1.29631, 1.68043, 2.17836};
    for (size_t n = 0; n < sizeof expected / sizeof expected[0]; n++) {
        const double hours = 24.0 * (double)(n + 1);
        ratio(t,
              (struct ot_selftest_case){
                  .group = "vials",
                  .name = ot_texts_add(&t->pool, "decay factor of %g h", hours),
                  .truth = "2^(t / 64.1 h)",
                  .unit = "",
                  .expected = expected[n],
                  .obtained = ot_decay_factor(hours * 3600.0, OT_Y90_DEFAULT.half_life_h * 3600.0),
                  .tolerance = 1e-5});
    }
    return vial_example(t, err);
}

static enum ot_rc dvh_of(const double *dose_gy, size_t count, struct ot_dvh **out,
                         struct ot_err *err)
{
    const struct ot_grid grid = {.n = {count, 1, 1},
                                 .spacing_mm = {2.0, 2.0, 2.0},
                                 .dir = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}};
    struct ot_volume *dose = NULL;
    struct ot_volume *fraction = NULL;
    enum ot_rc rc = ot_volume_create(&grid, OT_UNIT_GY, &dose, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(&grid, OT_UNIT_NONE, &fraction, err);
    }
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        dose->data[n] = (float)dose_gy[n];
        fraction->data[n] = 1.0F;
    }
    if (rc == OT_OK) {
        rc = ot_dvh_create(dose, fraction, out, err);
    }
    ot_volume_destroy(dose);
    ot_volume_destroy(fraction);
    return rc;
}

enum { RAMP = 1000 };

static enum ot_rc ramp(struct ot_selftest *t, struct ot_err *err)
{
    static const double percents[] = {98.0, 70.0, 2.0};
    double dose_gy[RAMP];
    struct ot_dvh *dvh = NULL;
    for (size_t n = 0; n < RAMP; n++) {
        dose_gy[n] = 100.0 * ((double)n + 0.5) / RAMP;
    }
    const enum ot_rc rc = dvh_of(dose_gy, RAMP, &dvh, err);
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t n = 0; n < sizeof percents / sizeof percents[0]; n++) {
        ratio(t,
              (struct ot_selftest_case){
                  .group = "histograms",
                  .name = ot_texts_add(&t->pool, "D%.0f of a dose ramp 0 to 100 Gy", percents[n]),
                  .truth = "D_x = 100 Gy (1 - x/100)",
                  .unit = "Gy",
                  .expected = 100.0 - percents[n],
                  .obtained = ot_dvh_dose_at_percent(dvh, percents[n])});
    }
    ratio(t, (struct ot_selftest_case){.group = "histograms",
                                       .name = "V50 of a dose ramp 0 to 100 Gy",
                                       .truth = "V_d = 100 % (1 - d / 100 Gy)",
                                       .unit = "%",
                                       .expected = 50.0,
                                       .obtained = ot_dvh_percent_at_dose(dvh, 50.0)});
    ot_dvh_destroy(dvh);
    return OT_OK;
}

static enum ot_rc uniform_doses(struct ot_selftest *t, struct ot_err *err)
{
    static const struct {
        double a, expected_gy;
    } rows[] = {{-10.0, 107.167}, {4.0, 170.748}};
    const double dose_gy[2] = {100.0, 200.0};
    struct ot_dvh *dvh = NULL;
    const enum ot_rc rc = dvh_of(dose_gy, 2, &dvh, err);
    for (size_t n = 0; rc == OT_OK && n < sizeof rows / sizeof rows[0]; n++) {
        ratio(t, (struct ot_selftest_case){
                     .group = "histograms",
                     .name = ot_texts_add(&t->pool, "gEUD of 100 and 200 Gy, a = %g", rows[n].a),
                     .truth = "(sum v_i D_i^a)^(1/a) (Niemierko 1999)",
                     .unit = "Gy",
                     .expected = rows[n].expected_gy,
                     .obtained = ot_dvh_geud_gy(dvh, rows[n].a)});
    }
    ot_dvh_destroy(dvh);
    return rc;
}

enum ot_rc ot_selftest_histograms(struct ot_selftest *t, struct ot_err *err)
{
    static const struct {
        double dose_gy, alpha_beta_gy, repair_h, bed_gy;
    } rows[] = {{205.0, 10.0, 1.5, 301.09}, {50.0, 2.5, 2.5, 87.54}, {120.0, 2.5, 2.5, 336.22}};
    enum ot_rc rc = ramp(t, err);
    if (rc == OT_OK) {
        rc = uniform_doses(t, err);
    }
    for (size_t n = 0; rc == OT_OK && n < sizeof rows / sizeof rows[0]; n++) {
        ratio(t, (struct ot_selftest_case){
                     .group = "histograms",
                     .name = ot_texts_add(&t->pool, "BED of %g Gy, alpha/beta %g Gy, repair %g h",
                                          rows[n].dose_gy, rows[n].alpha_beta_gy, rows[n].repair_h),
                     .truth = "D (1 + D T_r / ((T_r + 64.1 h) alpha/beta)) (Dale 1996)",
                     .unit = "Gy",
                     .expected = rows[n].bed_gy,
                     .obtained = ot_biology_bed_gy(rows[n].dose_gy, rows[n].alpha_beta_gy,
                                                   rows[n].repair_h, OT_Y90_DEFAULT.half_life_h)});
    }
    if (rc == OT_OK) {
        ratio(t, (struct ot_selftest_case){.group = "histograms",
                                           .name = "EQD2 of a BED of 301.09 Gy, alpha/beta 10 Gy",
                                           .truth = "BED / (1 + 2 Gy / (alpha/beta))",
                                           .unit = "Gy",
                                           .expected = 250.91,
                                           .obtained = ot_biology_eqd2_gy(301.09, 10.0)});
    }
    return rc;
}

/* The verdict of a row for one known number. */
static enum ot_rc verdict_of(const struct ot_criteria *table, double gy, const char **verdict,
                             struct ot_err *err)
{
    struct ot_facts facts = {0};
    struct ot_checks checks = {0};
    const struct ot_criteria_case input = {.scenario = 1, .facts = &facts, .activity_gbq = NAN};
    *verdict = "none";
    enum ot_rc rc = ot_facts_set_number(&facts, "single_compartment.perfused.mean_gy", gy, err);
    if (rc == OT_OK) {
        rc = ot_criteria_judge(table, &input, &checks, err);
    }
    for (size_t n = 0; rc == OT_OK && n < checks.count; n++) {
        if (strcmp(checks.check[n].id, "S1-12") == 0) {
            *verdict = ot_verdict_name(checks.check[n].verdict);
        }
    }
    ot_checks_release(&checks);
    ot_facts_release(&facts);
    return rc;
}

enum ot_rc ot_selftest_criteria(struct ot_selftest *t, struct ot_err *err)
{
    static const struct {
        double gy;
        const char *expected;
    } rows[] = {{399.9, "fail"}, {400.0, "pass"}};
    struct ot_criteria table = {0};
    enum ot_rc rc = ot_criteria_load(&table, err);
    for (size_t n = 0; rc == OT_OK && n < sizeof rows / sizeof rows[0]; n++) {
        const char *obtained = NULL;
        rc = verdict_of(&table, rows[n].gy, &obtained, err);
        if (rc == OT_OK) {
            ot_selftest_add(
                t, (struct ot_selftest_case){
                       .group = "criteria",
                       .name = ot_texts_add(&t->pool, "S1-12, segment at %.1f Gy", rows[n].gy),
                       .truth = "radiation segmentectomy wants >= 400 Gy (Salem 2023)",
                       .unit = "",
                       .expected_word = rows[n].expected,
                       .obtained_word = obtained});
        }
    }
    ot_criteria_release(&table);
    return rc;
}
