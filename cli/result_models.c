/* cli/result_models.c - activity, single compartment, partition and lungs of the result. */
#include <math.h>
#include <string.h>

#include "cli/result.h"
#include "core/stats.h"
#include "io/json.h"
#include "kernels/mird.h"
#include "kernels/partition.h"

static const double G_PER_KG = 1000.0;

double ot_models_injected_gbq(const struct ot_injection_run *run)
{
    if (run->absolute) {
        return isnan(run->reference_gbq) ? run->reference_total_gbq
                                         : run->reference_gbq * (1.0 - run->residual_fraction);
    }
    return run->weight * run->reference_gbq * (1.0 - run->residual_fraction);
}

void ot_models_make(const struct ot_dosimetry *d, struct ot_models *models)
{
    *models = (struct ot_models){.lung_shunt_known = true};
    for (size_t n = 0; n < d->injection_count; n++) {
        const struct ot_injection_run *run = &d->injections[n];
        const double injected = ot_models_injected_gbq(run);
        models->injected_gbq += injected;
        models->net_liver_gbq += injected * (1.0 - run->lung_shunt_fraction);
        models->lung_gbq += injected * run->lung_shunt_fraction;
        models->administered_gbq +=
            run->absolute ? run->reference_gbq : run->weight * run->reference_gbq;
        models->total_in_image_gbq += run->weight * run->reference_total_gbq;
        models->lung_shunt_known =
            models->lung_shunt_known && strcmp(run->lung_shunt_source, "assumed") != 0;
    }
    models->lung_gy = d->constant.gy_kg_per_gbq * models->lung_gbq / d->given->lung_mass_kg +
                      d->given->prior_lung_gy;
}

/* Part of all counts in a VOI, or in it and a second one, where both overlap once. */
static double share_of(const struct ot_dosimetry *d, const struct ot_voi *voi,
                       const struct ot_voi *second, double all)
{
    const size_t count = ot_grid_voxel_count(&d->grid);
    const float *counts = d->total_activity->data;
    double sum = 0.0;
    if (second == NULL) {
        return ot_sum_product(counts, voi->fraction->data, count) / all;
    }
    for (size_t x = 0; x < count; x++) {
        const double f = (double)voi->fraction->data[x] + (double)second->fraction->data[x];
        sum += (double)counts[x] * fmin(f, 1.0);
    }
    return sum / all;
}

/* Region -> fraction of all counts, for every VOI and the field of view. */
static json_t *counts_share(const struct ot_dosimetry *d)
{
    const size_t count = ot_grid_voxel_count(&d->grid);
    const double all = ot_sum(d->total_activity->data, count);
    json_t *share = json_pack("{s:f}", "fov", 1.0);
    const char *const regions[] = {"liver", "lungs"};
    const enum ot_role roles[] = {OT_ROLE_LIVER, OT_ROLE_LUNGS};
    const struct ot_voi *drawn[2] = {NULL, NULL};
    for (size_t n = 0; n < d->voi_count; n++) {
        (void)json_object_set_new(share, d->vois[n].name,
                                  ot_json_number(share_of(d, &d->vois[n], NULL, all)));
    }
    for (size_t n = 0; n < 2; n++) {
        drawn[n] = ot_dosimetry_voi_of_role(d, roles[n]);
        if (drawn[n] != NULL) {
            (void)json_object_set_new(share, regions[n],
                                      ot_json_number(share_of(d, drawn[n], NULL, all)));
        }
    }
    if (drawn[0] != NULL && drawn[1] != NULL) {
        (void)json_object_set_new(share, "liver+lungs",
                                  ot_json_number(share_of(d, drawn[0], drawn[1], all)));
    }
    return share;
}

static json_t *one_injection(const struct ot_injection_run *run)
{
    char calibration[96];
    ot_calibration_text(&run->calibration, calibration, sizeof calibration);
    const double injected = ot_models_injected_gbq(run);
    const double administered =
        run->absolute ? run->reference_gbq : run->weight * run->reference_gbq;
    return json_pack(
        "{s:o, s:o, s:f, s:s, s:f, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "name",
        run->perfused != NULL ? json_string(run->perfused->name) : json_null(), "activity_gbq",
        ot_json_number(administered), "residual_fraction", run->residual_fraction,
        "residual_source", run->residual_source, "lung_shunt_fraction", run->lung_shunt_fraction,
        "lung_shunt_source", run->lung_shunt_source, "image_lung_shunt_fraction",
        ot_json_number(run->image_lung_shunt_fraction), "injected_gbq", ot_json_number(injected),
        "net_liver_gbq", ot_json_number(injected * (1.0 - run->lung_shunt_fraction)),
        "total_in_image_gbq", ot_json_number(run->weight * run->reference_total_gbq),
        "measured_total_mbq", ot_json_number(run->measured_total_mbq), "scan_to_net_ratio",
        ot_json_number(run->scan_to_net_ratio), "calibration", calibration);
}

/* What holds of the whole: `assumed` as soon as one injection's is. */
static const char *common_source(const struct ot_dosimetry *d, bool residual)
{
    const struct ot_injection_run *first = &d->injections[0];
    const char *source = residual ? first->residual_source : first->lung_shunt_source;
    for (size_t n = 1; n < d->injection_count; n++) {
        const struct ot_injection_run *run = &d->injections[n];
        const char *other = residual ? run->residual_source : run->lung_shunt_source;
        if (strcmp(other, "assumed") == 0 || strcmp(source, "assumed") == 0) {
            source = "assumed";
        } else if (strcmp(other, source) != 0) {
            source = "mixed";
        }
    }
    return source;
}

json_t *ot_result_activity(const struct ot_dosimetry *d, const struct ot_models *models,
                           struct ot_err *err)
{
    const struct ot_injection_run *first = &d->injections[0];
    char calibration[96];
    ot_calibration_text(&first->calibration, calibration, sizeof calibration);
    json_t *list = json_array();
    for (size_t n = 0; n < d->injection_count; n++) {
        (void)json_array_append_new(list, one_injection(&d->injections[n]));
    }
    /* With several injections the common fractions are those that give the sums. */
    const double shunt = models->injected_gbq > 0.0 ? models->lung_gbq / models->injected_gbq
                                                    : first->lung_shunt_fraction;
    const bool one = d->injection_count == 1;
    json_t *activity = json_pack(
        "{s:o, s:o, s:o, s:f, s:s, s:o, s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:o}",
        "administered_gbq", ot_json_number(models->administered_gbq), "injected_gbq",
        ot_json_number(models->injected_gbq), "net_liver_gbq",
        ot_json_number(models->net_liver_gbq), "lung_shunt_fraction",
        one ? first->lung_shunt_fraction : shunt, "lung_shunt_source", common_source(d, false),
        "residual_fraction", one ? json_real(first->residual_fraction) : json_null(),
        "residual_source", common_source(d, true), "calibration", calibration, "total_in_image_gbq",
        ot_json_number(models->total_in_image_gbq), "scan_to_net_ratio",
        ot_json_number(one ? first->scan_to_net_ratio : (double)NAN), "rescaled_to_net",
        first->absolute && d->given->rescale_to_net, "dose_is_for_gbq",
        ot_json_number(models->administered_gbq), "counts_share", counts_share(d), "injections",
        list);
    if (activity == NULL) {
        (void)ot_fail(err, OT_ERR_NOMEM, "no memory for the activity of the result");
    }
    return activity;
}

/* One row: all of `net_gbq` in the VOI, and what the image has there. */
static enum ot_rc add_single(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                             const struct ot_voi *voi, double net_gbq, json_t *list,
                             struct ot_err *err)
{
    const struct ot_voi_metrics *m = ot_metrics_of(metrics, voi);
    if (m == NULL) {
        return OT_OK;
    }
    const double mass_kg = m->mass_g / G_PER_KG;
    const double k = d->constant.gy_kg_per_gbq;
    const struct ot_administration given = {.activity_gbq = net_gbq};
    double mean_gy = 0.0;
    const enum ot_rc rc = ot_mird_dose_gy(&d->constant, &given, mass_kg, &mean_gy, err);
    if (rc != OT_OK) {
        ot_err_context(err, "single compartment of %s", voi->name);
        return rc;
    }
    (void)json_array_append_new(
        list,
        json_pack("{s:s, s:s, s:f, s:o, s:o, s:o, s:f}", "voi", voi->name, "role",
                  ot_role_name(voi->role), "mass_kg", mass_kg, "net_gbq", ot_json_number(net_gbq),
                  "mean_gy", ot_json_number(mean_gy), "mean_image_gy",
                  ot_json_number(k * m->activity_gbq / mass_kg), "gy_kg_per_gbq", k));
    return OT_OK;
}

json_t *ot_result_single_compartment(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                                     const struct ot_models *models, struct ot_err *err)
{
    json_t *list = json_array();
    enum ot_rc rc = add_single(d, metrics, ot_dosimetry_voi_of_role(d, OT_ROLE_LIVER),
                               models->net_liver_gbq, list, err);
    for (size_t n = 0; rc == OT_OK && n < d->injection_count; n++) {
        const struct ot_injection_run *run = &d->injections[n];
        rc = add_single(d, metrics, run->perfused,
                        ot_models_injected_gbq(run) * (1.0 - run->lung_shunt_fraction), list, err);
    }
    if (rc != OT_OK) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *without(const char *reason)
{
    static const char *const keys[] = {"tn_ratio",     "tumor_gy",       "normal_gy",
                                       "lung_gy",      "tumor_image_gy", "normal_image_gy",
                                       "lung_image_gy"};
    json_t *empty = json_object();
    for (size_t n = 0; n < sizeof keys / sizeof keys[0]; n++) {
        (void)json_object_set_new(empty, keys[n], json_null());
    }
    (void)json_object_set_new(empty, "reason", json_string(reason));
    return empty;
}

json_t *ot_result_partition(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                            const struct ot_models *models, struct ot_err *err)
{
    const struct ot_voi_metrics *tumor =
        ot_metrics_of(metrics, ot_dosimetry_voi_of_role(d, OT_ROLE_TUMOR));
    const struct ot_voi_metrics *normal =
        ot_metrics_of(metrics, ot_dosimetry_voi_of_role(d, OT_ROLE_NORMAL_PERFUSED));
    const struct ot_voi_metrics *lungs =
        ot_metrics_of(metrics, ot_dosimetry_voi_of_role(d, OT_ROLE_LUNGS));
    if (normal == NULL) {
        normal = ot_metrics_of(metrics, ot_dosimetry_voi_of_role(d, OT_ROLE_NORMAL_LIVER));
    }
    if (tumor == NULL || normal == NULL) {
        return without(tumor == NULL ? "no tumor VOI" : "no normal tissue VOI");
    }
    const double k = d->constant.gy_kg_per_gbq;
    const struct ot_administration given = {.activity_gbq = models->net_liver_gbq};
    struct ot_partition_tumor t = {.mass_kg = tumor->mass_g / G_PER_KG};
    struct ot_partition n = {.normal_mass_kg = normal->mass_g / G_PER_KG};
    if (!(normal->activity_gbq > 0.0) || !(tumor->activity_gbq > 0.0)) {
        return without("the image has no activity in tumor or normal tissue");
    }
    enum ot_rc rc = ot_partition_tn_ratio(tumor->activity_gbq, t.mass_kg, normal->activity_gbq,
                                          n.normal_mass_kg, &t.tn_ratio, err);
    if (rc == OT_OK) {
        rc = ot_partition_dose(&d->constant, &given, &n, &t, 1, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "partition model");
        return NULL;
    }
    const double lung_image_gy =
        lungs != NULL ? k * lungs->activity_gbq / d->given->lung_mass_kg : (double)NAN;
    return json_pack(
        "{s:f, s:f, s:f, s:o, s:f, s:f, s:o, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:s, s:s, s:f}",
        "tn_ratio", t.tn_ratio, "tumor_gy", t.dose_gy, "normal_gy", n.normal_gy, "lung_gy",
        ot_json_number(models->lung_gy), "tumor_image_gy", k * tumor->activity_gbq / t.mass_kg,
        "normal_image_gy", k * normal->activity_gbq / n.normal_mass_kg, "lung_image_gy",
        ot_json_number(lung_image_gy), "tumor_mass_kg", t.mass_kg, "normal_mass_kg",
        n.normal_mass_kg, "lung_mass_kg", d->given->lung_mass_kg, "net_gbq", models->net_liver_gbq,
        "tumor_activity_gbq", t.activity_gbq, "normal_activity_gbq", n.normal_activity_gbq,
        "lung_activity_gbq", models->lung_gbq, "tumor_voi", tumor->voi->name, "normal_voi",
        normal->voi->name, "dose_constant_gy_kg_per_gbq", k);
}

json_t *ot_result_lungs(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                        const struct ot_models *models, struct ot_err *err)
{
    const struct ot_injection_run *first = &d->injections[0];
    const struct ot_voi_metrics *lungs =
        ot_metrics_of(metrics, ot_dosimetry_voi_of_role(d, OT_ROLE_LUNGS));
    json_t *object = json_pack(
        "{s:f, s:s, s:o, s:o, s:f, s:s, s:o, s:f, s:o, s:f, s:f}", "lung_shunt_fraction",
        models->injected_gbq > 0.0 ? models->lung_gbq / models->injected_gbq : 0.0,
        "lung_shunt_source", common_source(d, false), "image_lung_shunt_fraction",
        ot_json_number(first->image_lung_shunt_fraction), "lung_shunt_uncertainty",
        ot_json_number(d->given->lung_shunt_uncertainty), "mass_kg", d->given->lung_mass_kg,
        "mass_source", d->given->lung_mass_given ? "case" : "convention (1 kg)", "dose_gy",
        models->lung_shunt_known ? ot_json_number(models->lung_gy) : json_null(), "prior_gy",
        d->given->prior_lung_gy, "voxel_mean_gy",
        ot_json_number(lungs != NULL ? lungs->dvh->mean_gy : (double)NAN), "limit_gy",
        d->given->lung_limit_gy, "limit_cumulative_gy", d->given->lung_limit_cumulative_gy);
    if (object == NULL) {
        (void)ot_fail(err, OT_ERR_NOMEM, "no memory for the lungs of the result");
    }
    return object;
}
