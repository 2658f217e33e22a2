/* cli/dosimetry_activity.c - from each image's values to Bq/ml of Y-90 at injection. */
#include <math.h>
#include <string.h>

#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "cli/waivers.h"
#include "core/stats.h"
#include "segment/calibration_region.h"

static const double BQ_PER_GBQ = 1e9;
static const double BQ_PER_MBQ = 1e6;
static const double SAME_SHUNT = 0.02;
static const double MOST_COUNTS = 0.90;

static double total_gbq(const struct ot_volume *bq_per_ml)
{
    return ot_sum(bq_per_ml->data, ot_grid_voxel_count(&bq_per_ml->grid)) *
           ot_grid_voxel_volume_ml(&bq_per_ml->grid) / BQ_PER_GBQ;
}

/* Sum of counts over a region, exclude VOIs left out.
 * Errors: OT_ERR_ARG (region). */
static enum ot_rc region_counts(const struct ot_dosimetry *d, const struct ot_injection_run *run,
                                const char *region, double *counts, bool *holds_lungs,
                                struct ot_err *err)
{
    struct ot_volume *weights = NULL;
    const enum ot_rc rc = ot_region_weights(region, d->vois, d->given_voi_count, &d->grid, &weights,
                                            holds_lungs, err);
    if (rc == OT_OK) {
        *counts = ot_sum_product(run->counts->data, weights->data, ot_grid_voxel_count(&d->grid));
    }
    ot_volume_destroy(weights);
    return rc;
}

static bool is_bremsstrahlung(const struct ot_injection_run *run)
{
    return !run->is_pet && strcmp(run->image->facts.nuclide, "Y-90") == 0 &&
           run->calibration.method == OT_CALIBRATION_RELATIVE;
}

/* Blur spreads bremsstrahlung counts over any organ's border: only these regions hold them. */
static bool holds_all(const char *region)
{
    return strcmp(region, "fov") == 0 || strcmp(region, "body") == 0;
}

static enum ot_rc choose_calibration(struct ot_dosimetry *d, struct ot_injection_run *run,
                                     struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    bool declares_y90 = false;
    struct ot_volume *const own = run->image->volume; /* NULL: it became the counts */
    run->image->volume = run->counts;                 /* lent: its unit decides */
    if (run->given->calibration != NULL) {
        rc = ot_calibration_parse(run->given->calibration, &run->calibration, err);
    } else if (d->stage == OT_STAGE_PLAN) {
        run->calibration =
            (struct ot_calibration){.method = OT_CALIBRATION_RELATIVE, .region = "fov"};
    } else {
        rc = ot_calibration_default(run->image, run->is_pet, d->given->isotope_override,
                                    &run->calibration, err);
    }
    if (rc == OT_OK && d->stage == OT_STAGE_PLAN &&
        run->calibration.method != OT_CALIBRATION_RELATIVE) {
        rc = ot_fail(err, OT_ERR_ARG,
                     "--calibration: MAA gives a distribution, not an activity of Y-90; tare plan "
                     "is always relative");
    }
    if (rc == OT_OK) {
        rc = ot_calibration_check_nuclide(run->image, &run->calibration, d->given->isotope_override,
                                          &declares_y90, err);
    }
    if (rc == OT_OK && declares_y90) {
        (void)ot_texts_add(&d->warnings, "the image names no radionuclide; its calibration "
                                         "declares it as Y-90");
    }
    if (rc == OT_OK && is_bremsstrahlung(run) && !holds_all(run->calibration.region)) {
        rc = ot_fail(err, OT_ERR_ARG,
                     "--calibration: bremsstrahlung SPECT is not calibrated on relative:%s, whose "
                     "border decides the dose (errors of 50 to 100 %% with the liver's); use "
                     "relative:body or relative:fov",
                     run->calibration.region);
    }
    if (rc == OT_OK) {
        ot_dosimetry_tell_nuclide(d, run);
    }
    run->image->volume = own;
    if (rc != OT_OK && err->code != OT_ERR_ARG) {
        const char *path = run->is_pet ? run->given->pet : run->given->spect;
        ot_err_context(err, "%s", ot_text_base_name(path));
    }
    return rc;
}

/* R and F, and where they come from. */
static enum ot_rc find_fractions(struct ot_dosimetry *d, struct ot_injection_run *run,
                                 struct ot_err *err)
{
    double liver = NAN;
    double both = NAN;
    bool holds_lungs = false;
    run->image_lung_shunt_fraction = NAN;
    if (ot_dosimetry_voi_of_role(d, OT_ROLE_LIVER) != NULL &&
        ot_dosimetry_voi_of_role(d, OT_ROLE_LUNGS) != NULL) {
        enum ot_rc rc = region_counts(d, run, "liver", &liver, &holds_lungs, err);
        if (rc == OT_OK) {
            rc = region_counts(d, run, "liver+lungs", &both, &holds_lungs, err);
        }
        if (rc != OT_OK) {
            return rc;
        }
        if (both > 0.0) {
            run->image_lung_shunt_fraction = fmax(0.0, (both - liver) / both);
        }
    }
    const double given = run->given->lung_shunt_fraction;
    if (!isnan(given)) {
        run->lung_shunt_fraction = given;
        run->lung_shunt_source = "case";
    } else if (!isnan(run->image_lung_shunt_fraction)) {
        run->lung_shunt_fraction = run->image_lung_shunt_fraction;
        run->lung_shunt_source = "image";
    } else {
        run->lung_shunt_fraction = 0.0;
        run->lung_shunt_source = "assumed";
    }
    const bool residual_known = !isnan(run->given->residual_fraction);
    run->residual_fraction = residual_known ? run->given->residual_fraction : 0.0;
    run->residual_source = residual_known ? "case" : "assumed";
    return OT_OK;
}

/* F against the image's share of counts. */
static bool shunt_differs(const struct ot_injection_run *run)
{
    return strcmp(run->lung_shunt_source, "assumed") != 0 &&
           fabs(run->lung_shunt_fraction - run->image_lung_shunt_fraction) > SAME_SHUNT;
}

static enum ot_rc warn_about_fractions(struct ot_dosimetry *d, const struct ot_injection_run *run,
                                       struct ot_err *err)
{
    const bool shunt_assumed = strcmp(run->lung_shunt_source, "assumed") == 0;
    const bool residual_assumed = strcmp(run->residual_source, "assumed") == 0;
    if (d->given->strict && (shunt_assumed || residual_assumed)) {
        return ot_fail(err, OT_ERR_ARG, "--strict: %s is neither given nor measured",
                       shunt_assumed ? "lung_shunt_fraction" : "residual_fraction");
    }
    if (shunt_assumed) {
        (void)ot_texts_add(&d->warnings, "lung shunt fraction assumed: 0 (neither given nor "
                                         "measurable in the image); lung checks are not evaluated");
    }
    if (residual_assumed) {
        (void)ot_texts_add(&d->warnings, "residual fraction assumed: 0 (not given)");
    }
    if (run->calibration.method != OT_CALIBRATION_RELATIVE && shunt_differs(run)) {
        (void)ot_texts_add(&d->warnings,
                           "lung shunt fraction %.4f is used, and the image's share of counts is "
                           "%.4f",
                           run->lung_shunt_fraction, run->image_lung_shunt_fraction);
    }
    return OT_OK;
}

/* What the choice of the region does to every dose. */
static enum ot_rc warn_about_region(struct ot_dosimetry *d, const struct ot_injection_run *run,
                                    struct ot_err *err)
{
    const bool fov = strcmp(run->calibration.region, "fov") == 0;
    const bool lungs_drawn = ot_dosimetry_voi_of_role(d, OT_ROLE_LUNGS) != NULL;
    double liver = 0.0;
    double both = 0.0;
    double all = 0.0;
    bool holds_lungs = false;
    if (ot_dosimetry_voi_of_role(d, OT_ROLE_LIVER) == NULL) {
        if (fov && !lungs_drawn) {
            (void)ot_texts_add(&d->warnings, "calibrated on the whole field of view without lungs "
                                             "and liver VOIs: the shares of counts are not known");
        }
        return OT_OK;
    }
    enum ot_rc rc = region_counts(d, run, "liver", &liver, &holds_lungs, err);
    if (rc == OT_OK) {
        rc = region_counts(d, run, lungs_drawn ? "liver+lungs" : "liver", &both, &holds_lungs, err);
    }
    if (rc == OT_OK) {
        rc = region_counts(d, run, "fov", &all, &holds_lungs, err);
    }
    if (rc != OT_OK || !(liver > 0.0) || !(all > 0.0)) {
        return rc;
    }
    const double ratio = (1.0 - run->lung_shunt_fraction) * all / liver;
    if (shunt_differs(run)) {
        (void)ot_texts_add(&d->warnings,
                           "lung shunt fraction %.4f is used, and the image's share of counts is "
                           "%.4f; calibrated on the liver every dose is %.3f times that calibrated "
                           "on the field of view (here: relative:%s)",
                           run->lung_shunt_fraction, run->image_lung_shunt_fraction, ratio,
                           run->calibration.region);
    }
    if (both < MOST_COUNTS * all) {
        (void)ot_texts_add(&d->warnings,
                           "%s %.1f %% of all counts: calibrated on the liver every dose is %.3f "
                           "times that calibrated on the field of view (here: relative:%s)",
                           lungs_drawn ? "liver and lungs hold" : "the liver holds",
                           100.0 * both / all, ratio, run->calibration.region);
    } else if (fov && !lungs_drawn) {
        (void)ot_texts_add(&d->warnings,
                           "calibrated on the field of view without a lungs VOI; calibrated on the "
                           "liver every dose is %.3f times as large",
                           ratio);
    }
    return OT_OK;
}

/* A camera's own calibration (Real World Value Mapping, or a sidecar's unit) says how much Tc-99m
 * it saw, which is told beside the net activity and calibrates nothing. */
static void measure_total(struct ot_dosimetry *d, struct ot_injection_run *run)
{
    const double bq_per_count = d->given->spect_bq_per_count;
    const double sum = run->counts_total;
    const char *nuclide = run->image->facts.nuclide;
    run->measured_total_mbq = (double)NAN;
    if (run->counts->unit == OT_UNIT_BQ_PER_ML && run->image->facts.quantity_stated) {
        run->measured_total_mbq = sum * ot_grid_voxel_volume_ml(&d->grid) / BQ_PER_MBQ;
    } else if (!isnan(bq_per_count)) {
        run->measured_total_mbq = sum * bq_per_count / BQ_PER_MBQ;
    }
    if (!isnan(run->measured_total_mbq)) {
        (void)ot_texts_add(&d->warnings,
                           "the image holds %.5g MBq%s%s at its own time; this is told and not "
                           "used: doses follow the net activity",
                           run->measured_total_mbq, nuclide[0] != '\0' ? " of " : "", nuclide);
    }
}

static enum ot_rc relative(struct ot_dosimetry *d, struct ot_injection_run *run, struct ot_err *err)
{
    double counts = 0.0;
    bool holds_lungs = false;
    double factor = 0.0;
    run->reference_gbq = 1.0;
    measure_total(d, run);
    if (d->stage != OT_STAGE_PLAN && isnan(run->given->activity_gbq)) {
        return ot_fail(err, OT_ERR_ARG,
                       "relative calibration needs the administered activity: give "
                       "--activity-gbq");
    }
    enum ot_rc rc = region_counts(d, run, run->calibration.region, &counts, &holds_lungs, err);
    if (rc != OT_OK) {
        return rc;
    }
    double net_gbq = run->reference_gbq * (1.0 - run->residual_fraction);
    if (!holds_lungs) {
        net_gbq *= 1.0 - run->lung_shunt_fraction;
    }
    rc = ot_calibrate_relative_factor(net_gbq, counts, ot_grid_voxel_volume_ml(&d->grid), &factor,
                                      err);
    if (rc == OT_OK) {
        rc = warn_about_region(d, run, err);
    }
    if (rc == OT_OK) {
        ot_calibrate_scale(run->activity, factor);
    }
    return rc;
}

/* The scanner's branching ratio and half-life, where they are not those of Y-90. */
static enum ot_rc positron_factor(struct ot_dosimetry *d, const struct ot_injection_run *run,
                                  double *factor, struct ot_err *err)
{
    const struct ot_image_facts *facts = &run->image->facts;
    bool assumed = false;
    const enum ot_rc rc = ot_calibration_positron_factor(facts, factor, &assumed, err);
    const bool unlike = facts->positron_fraction > 0.0 && !d->given->isotope_override;
    if (rc == OT_OK && d->given->isotope_override && fabs(*factor - 1.0) > 0.0) {
        ot_waivers_tell(
            d, "isotope-override",
            "isotope override (--isotope-override): the scanner counted positrons of %s; for the "
            "branching ratio of Y-90 its values are multiplied by %.6g%s",
            facts->nuclide[0] != '\0' ? facts->nuclide : "another nuclide", *factor,
            assumed ? " (its positron fraction is not in the header and was taken "
                      "from a table)"
                    : "");
    } else if (rc == OT_OK && unlike && !ot_calibration_positrons_agree(facts)) {
        (void)ot_texts_add(&d->warnings,
                           "the scanner took %.4g positrons per decay of Y-90 (0018,1076), which "
                           "are 3.186e-05; its values are kept",
                           facts->positron_fraction);
    }
    return rc;
}

/* Scan total against A(1-R): told by ot_dosimetry_doubts(), and made equal where wanted. */
static enum ot_rc compare_with_net(const struct ot_dosimetry *d, struct ot_injection_run *run,
                                   struct ot_err *err)
{
    const double net_gbq = run->reference_gbq * (1.0 - run->residual_fraction);
    run->scan_to_net_ratio = total_gbq(run->activity) / net_gbq;
    if (!d->given->rescale_to_net) {
        return OT_OK;
    }
    if (!(run->scan_to_net_ratio > 0.0 && isfinite(run->scan_to_net_ratio))) {
        return ot_fail(err, OT_ERR_ARG,
                       "--rescale-to-net needs --activity-gbq and an image with activity");
    }
    ot_calibrate_scale(run->activity, 1.0 / run->scan_to_net_ratio);
    return OT_OK;
}

static enum ot_rc absolute(struct ot_dosimetry *d, struct ot_injection_run *run, struct ot_err *err)
{
    double factor = 1.0;
    double positrons = 1.0;
    run->absolute = true;
    run->reference_gbq = run->given->activity_gbq;
    enum ot_rc rc = ot_dosimetry_decay_factor(d, run, &factor, err);
    if (rc == OT_OK && run->is_pet && run->calibration.method == OT_CALIBRATION_BQML) {
        rc = positron_factor(d, run, &positrons, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (run->calibration.method == OT_CALIBRATION_FACTOR) {
        factor *= run->calibration.bq_per_cps / ot_grid_voxel_volume_ml(&d->grid);
        (void)ot_texts_add(&d->warnings, "calibration factor: the image's values are taken as "
                                         "counts per second and voxel");
    }
    ot_calibrate_scale(run->activity, factor * positrons);
    return compare_with_net(d, run, err);
}

static enum ot_rc one_injection(struct ot_dosimetry *d, struct ot_injection_run *run,
                                struct ot_err *err)
{
    run->measured_total_mbq = (double)NAN;
    run->scan_to_net_ratio = (double)NAN;
    run->counts_total = ot_sum(run->counts->data, ot_grid_voxel_count(&d->grid));
    enum ot_rc rc = choose_calibration(d, run, err);
    if (rc == OT_OK) {
        rc = ot_dosimetry_find_times(d, run, err);
    }
    if (rc == OT_OK) {
        rc = find_fractions(d, run, err);
    }
    if (rc == OT_OK) {
        rc = warn_about_fractions(d, run, err);
    }
    if (rc == OT_OK) {
        rc = ot_volume_create(&d->grid, OT_UNIT_BQ_PER_ML, &run->activity, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    memcpy(run->activity->data, run->counts->data,
           ot_grid_voxel_count(&d->grid) * sizeof run->activity->data[0]);
    rc = run->calibration.method == OT_CALIBRATION_RELATIVE ? relative(d, run, err)
                                                            : absolute(d, run, err);
    run->reference_total_gbq = total_gbq(run->activity);
    return rc;
}

enum ot_rc ot_dosimetry_activity(struct ot_dosimetry *d, struct ot_err *err)
{
    for (size_t n = 0; n < d->injection_count; n++) {
        const enum ot_rc rc = one_injection(d, &d->injections[n], err);
        if (rc != OT_OK) {
            if (d->injection_count > 1) {
                ot_err_context(err, "injection %zu", n + 1);
            }
            return rc;
        }
    }
    ot_dosimetry_mark(d, "activity");
    return ot_dosimetry_doubts(d, err);
}
