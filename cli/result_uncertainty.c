/* cli/result_uncertainty.c - how well a VOI's mean dose is known, and what recovery makes of it. */
#include <math.h>
#include <string.h>

#include "cli/result.h"
#include "io/json.h"
#include "kernels/recovery.h"
#include "kernels/uncertainty.h"

static const double U_DOSE_CONSTANT = 0.013; /* span of published pairs, fact sheet 1.2 */
static const double FEW_RESOLUTIONS = 3.0;

static bool is_compact(const struct ot_dosimetry *d, const struct ot_voi *voi)
{
    return voi < d->vois + d->given_voi_count && voi->role != OT_ROLE_BODY &&
           voi->role != OT_ROLE_EXCLUDE;
}

static bool is_lesion(const struct ot_voi *voi)
{
    return (voi->role == OT_ROLE_TUMOR || voi->role == OT_ROLE_THROMBUS) && !voi->is_union;
}

/* Whether the net activity of the calibration has F in it. */
static bool needs_shunt(const struct ot_injection_run *run)
{
    static const char *const with_lungs[] = {"fov", "body", "liver+lungs"};
    for (size_t n = 0; n < sizeof with_lungs / sizeof with_lungs[0]; n++) {
        if (strcmp(run->calibration.region, with_lungs[n]) == 0) {
            return false;
        }
    }
    return true;
}

/* What is not known, or NULL; the scales of all doses in `u`. */
static const char *collect(const struct ot_dosimetry *d, const struct ot_voi *voi,
                           struct ot_mean_uncertainty *u)
{
    const struct ot_case *c = d->given;
    const struct ot_injection_run *run = &d->injections[0];
    *u = (struct ot_mean_uncertainty){.calibration = c->calibration_uncertainty,
                                      .dose_constant = U_DOSE_CONSTANT};
    if (!is_compact(d, voi)) {
        return "it is computed for VOIs that a case gives, body and exclude left out";
    }
    if (d->injection_count != 1) {
        return "it is computed for one injection";
    }
    if (isnan(c->resolution_mm)) {
        return "resolution_mm is not given";
    }
    if (isnan(c->calibration_uncertainty)) {
        return "calibration_uncertainty is not given";
    }
    if (run->absolute && !c->rescale_to_net) {
        return NULL;
    }
    if (isnan(c->residual_uncertainty)) {
        return "residual_uncertainty is not given";
    }
    u->residual = c->residual_uncertainty / (1.0 - run->residual_fraction);
    if (!run->absolute && needs_shunt(run)) {
        if (isnan(c->lung_shunt_uncertainty)) {
            return "lung_shunt_uncertainty is not given";
        }
        u->lung_shunt = c->lung_shunt_uncertainty / (1.0 - run->lung_shunt_fraction);
    }
    return NULL;
}

static json_t *parts_json(const struct ot_mean_uncertainty *u)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "calibration", u->calibration, "residual",
                     u->residual, "lung_shunt", u->lung_shunt, "dose_constant", u->dose_constant,
                     "volume", u->volume, "recovery", u->recovery);
}

static void finish(const struct ot_dosimetry *d, double volume_ml, double slope,
                   struct ot_mean_uncertainty *u)
{
    const struct ot_case *c = d->given;
    const double voxel_mm = cbrt(1000.0 * ot_grid_voxel_volume_ml(&d->grid));
    ot_mean_uncertainty_finish(volume_ml, voxel_mm,
                               isnan(c->delineation_fwhm_mm) ? c->resolution_mm
                                                             : c->delineation_fwhm_mm,
                               c->resolution_mm, slope, u);
}

void ot_result_add_uncertainty(const struct ot_dosimetry *d, const struct ot_voi_metrics *m,
                               json_t *row)
{
    struct ot_mean_uncertainty u;
    const double volume_ml = m->dvh->volume_ml;
    const char *missing = collect(d, m->voi, &u);
    if (missing != NULL) {
        (void)json_object_set_new(row, "u_mean_gy", json_null());
        (void)json_object_set_new(row, "u_mean_reason", json_string(missing));
        return;
    }
    finish(d, volume_ml, 0.0, &u);
    (void)json_object_set_new(row, "u_mean_gy", ot_json_number(u.all * fabs(m->dvh->mean_gy)));
    (void)json_object_set_new(row, "u_mean_parts", parts_json(&u));
}

void ot_result_add_recovery(const struct ot_dosimetry *d, const struct ot_voi_metrics *m,
                            json_t *row)
{
    const double volume_ml = m->dvh->volume_ml;
    struct ot_mean_uncertainty u;
    double recovery = 0.0;
    double slope = 0.0;
    double u_fit = 0.0;
    if (is_compact(d, m->voi) && !isnan(d->given->resolution_mm)) {
        (void)json_object_set_new(row, "below_three_resolutions",
                                  json_boolean(ot_result_is_small(d, m)));
    }
    if (d->recovery == NULL || !is_lesion(m->voi)) {
        return;
    }
    if (!(volume_ml >= d->recovery->least_ml && volume_ml <= d->recovery->most_ml)) {
        (void)json_object_set_new(row, "recovery", json_null());
        (void)json_object_set_new(row, "recovered_mean_gy", json_null());
        (void)json_object_set_new(
            row, "recovery_reason",
            json_sprintf(
                "the phantom's spheres reach from %.3g to %.3g ml; nothing is said outside",
                d->recovery->least_ml, d->recovery->most_ml));
        return;
    }
    ot_recovery_at(d->recovery, volume_ml, &recovery, &u_fit, &slope);
    const double mean_gy = m->dvh->mean_gy / recovery;
    (void)json_object_set_new(row, "recovery", ot_json_number(recovery));
    (void)json_object_set_new(row, "recovered_mean_gy", ot_json_number(mean_gy));
    if (collect(d, m->voi, &u) == NULL) {
        u.recovery = u_fit / recovery;
        finish(d, volume_ml, slope, &u);
        (void)json_object_set_new(row, "u_recovered_mean_gy", ot_json_number(u.all * mean_gy));
    }
}

bool ot_result_is_small(const struct ot_dosimetry *d, const struct ot_voi_metrics *m)
{
    return m->dvh != NULL && is_compact(d, m->voi) && !isnan(d->given->resolution_mm) &&
           ot_sphere_diameter_mm(m->dvh->volume_ml) < FEW_RESOLUTIONS * d->given->resolution_mm;
}

void ot_result_warn_small(struct ot_dosimetry *d, const struct ot_metrics *metrics)
{
    for (size_t n = 0; n < metrics->count; n++) {
        const struct ot_voi_metrics *m = &metrics->voi[n];
        if (ot_result_is_small(d, m)) {
            (void)ot_texts_add(&d->warnings,
                               "VOI %s is %.0f mm across, less than three resolutions of %.3g mm: "
                               "its mean dose is lowered by blur",
                               m->voi->name, ot_sphere_diameter_mm(m->dvh->volume_ml),
                               d->given->resolution_mm);
        }
    }
}
