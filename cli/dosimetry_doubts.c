/* cli/dosimetry_doubts.c - inputs that fit the format, and hardly each other. */
#include <math.h>
#include <string.h>

#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "segment/consistency.h"
#include "segment/margin.h"
#include "segment/voi_algebra.h"

static const double SAME_ACTIVITY = 0.20;
static const double FAR_ACTIVITY = 2.0;
static const double DOME_RIM_MM = 20.0;  /* row G24; as in shunt */
static const double DOME_MULTIPLE = 2.0; /* of the rest of the lungs' concentration */

/* An image in Bq/ml holds all that lies in the patient: taken for two injections, it counts twice.
 * A relative one spreads each injection's activity over the same pattern, which is worth a word. */
static enum ot_rc check_shared_images(struct ot_dosimetry *d, struct ot_err *err)
{
    bool told = false;
    for (size_t n = 0; n < d->injection_count; n++) {
        for (size_t t = 0; t < n; t++) {
            const struct ot_injection_run *a = &d->injections[t];
            const struct ot_injection_run *b = &d->injections[n];
            if (strcmp(a->image->facts.files_sha256, b->image->facts.files_sha256) != 0) {
                continue;
            }
            if (a->absolute || b->absolute) {
                return ot_fail(err, OT_ERR_RANGE,
                               "injections %zu and %zu have the same image in Bq/ml, which would "
                               "count its activity twice: give one injection with the sum of the "
                               "activities, or an image of each",
                               t + 1, n + 1);
            }
            if (!told) {
                (void)ot_texts_add(&d->warnings,
                                   "injections %zu and %zu have the same image: the activity of "
                                   "each is spread over all of it, not over its own perfused VOI",
                                   t + 1, n + 1);
                told = true;
            }
        }
    }
    return OT_OK;
}

/* What the image holds against what was injected: a wrong factor, unit or time shows here. */
static enum ot_rc check_total(struct ot_dosimetry *d, const struct ot_injection_run *run,
                              struct ot_err *err)
{
    const double ratio = run->scan_to_net_ratio;
    const double net_gbq = run->reference_gbq * (1.0 - run->residual_fraction);
    if (!(fabs(ratio - 1.0) > SAME_ACTIVITY)) { /* also where it is not known */
        return OT_OK;
    }
    const bool far = !(ratio >= 1.0 / FAR_ACTIVITY && ratio <= FAR_ACTIVITY);
    if (far && d->given->strict && !d->given->rescale_to_net) {
        return ot_fail(err, OT_ERR_RANGE,
                       "--strict: the image holds %.4g GBq at injection, and %.4g GBq were "
                       "injected: check unit, radionuclide and times, or --rescale-to-net",
                       ratio * net_gbq, net_gbq);
    }
    (void)ot_texts_add(&d->warnings,
                       "the image holds %.4g GBq at injection, and %.4g GBq were injected (ratio "
                       "%.3f%s): %s",
                       ratio * net_gbq, net_gbq, ratio,
                       far ? "; check unit, radionuclide and times" : "",
                       d->given->rescale_to_net ? "rescaled to the activity injected"
                                                : "every dose follows the image");
    return OT_OK;
}

/* Activity and volume of the lungs, and of their part near the liver; Bq/ml times voxels, voxels.
 */
struct rim {
    double activity, rim_activity;
    double volume, rim_volume;
};

static void add_lungs(const struct ot_dosimetry *d, const struct ot_volume *lungs,
                      const struct ot_volume *near, struct rim *sum)
{
    for (size_t x = 0; x < ot_grid_voxel_count(&d->grid); x++) {
        const double f = (double)lungs->data[x];
        const double rim = near->data[x] > 0.0F ? f : 0.0;
        sum->volume += f;
        sum->rim_volume += rim;
        for (size_t n = 0; f > 0.0 && n < d->injection_count; n++) {
            const double value = (double)d->injections[n].activity->data[x];
            sum->activity += f * value;
            sum->rim_activity += rim * value;
        }
    }
}

/* Breathing, blur and another position of the CT put liver counts into the lung beside the dome. */
static enum ot_rc check_dome(struct ot_dosimetry *d, struct ot_err *err)
{
    const struct ot_voi *liver = ot_dosimetry_voi_of_role(d, OT_ROLE_LIVER);
    const struct ot_voi *lungs = ot_dosimetry_voi_of_role(d, OT_ROLE_LUNGS);
    struct ot_volume *near = NULL;
    struct rim sum = {0};
    if (liver == NULL || lungs == NULL) {
        return OT_OK;
    }
    enum ot_rc rc = ot_volume_create(&d->grid, OT_UNIT_NONE, &near, err);
    if (rc == OT_OK) {
        rc = ot_margin_mark_quickly(liver->fraction, DOME_RIM_MM, near, err);
    }
    if (rc == OT_ERR_UNSUPPORTED || rc == OT_ERR_RANGE) { /* no distances here, or no liver */
        *err = (struct ot_err){0};
        ot_volume_destroy(near);
        return OT_OK;
    }
    if (rc == OT_OK) {
        add_lungs(d, lungs->fraction, near, &sum);
        const double rest = sum.activity - sum.rim_activity;
        const double rest_volume = sum.volume - sum.rim_volume;
        /* Concentrations compared crosswise: the rim may be all of the lungs, or none. */
        if (sum.rim_activity * rest_volume > DOME_MULTIPLE * rest * sum.rim_volume) {
            (void)ot_texts_add(&d->warnings,
                               "lung within %.0f mm of the liver has %.0f %% of the lungs' volume "
                               "and %.0f %% of their activity: breathing and blur put counts of "
                               "the liver there, and the dose of that part is doubtful (tare "
                               "shunt leaves it out)",
                               DOME_RIM_MM, 100.0 * sum.rim_volume / sum.volume,
                               100.0 * sum.rim_activity / sum.activity);
        }
    }
    ot_volume_destroy(near);
    return rc;
}

enum ot_rc ot_dosimetry_doubts(struct ot_dosimetry *d, struct ot_err *err)
{
    if (d->given->prior_liver_gy > 0.0) {
        (void)ot_texts_add(&d->warnings,
                           "%.4g Gy of earlier treatments (prior_liver_gy) are in no dose and no "
                           "check: judge the liver's limits with them",
                           d->given->prior_liver_gy);
    }
    enum ot_rc rc = check_shared_images(d, err);
    for (size_t n = 0; rc == OT_OK && n < d->injection_count; n++) {
        rc = check_total(d, &d->injections[n], err);
    }
    if (rc == OT_OK) {
        rc = check_dome(d, err);
    }
    return rc == OT_OK ? ot_vois_check(d->vois, d->given_voi_count, &d->warnings, err) : rc;
}
