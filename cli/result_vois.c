/* cli/result_vois.c - what each VOI gets: vois[] and dvh.csv. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/result.h"
#include "core/mem.h"
#include "core/stats.h"
#include "io/json.h"
#include "kernels/shift_sensitivity.h"
#include "segment/consistency.h"
#include "segment/voi_algebra.h"

static const double BQ_PER_GBQ = 1e9;
static const double G_PER_KG = 1000.0;

/* Doses at which V_x is stated: the limits of the scenarios and even steps between. */
static const int V_DOSES_GY[] = {10,  20,  30,  40,  50,  70,  80,  90,  100,
                                 120, 140, 150, 200, 205, 250, 300, 400, 500};

static double counts_share(const struct ot_dosimetry *d, const struct ot_voi *voi)
{
    const size_t count = ot_grid_voxel_count(&d->grid);
    return ot_sum_product(d->total_activity->data, voi->fraction->data, count) /
           ot_sum(d->total_activity->data, count);
}

/* The DVH with the dose of the VOI's own medium in voxels of two; a body holds both. */
static enum ot_rc own_dvh(const struct ot_dosimetry *d, const struct ot_voi *voi,
                          struct ot_dvh **out, struct ot_err *err)
{
    if (voi->role == OT_ROLE_BODY || d->mixed_count == 0) {
        return ot_dvh_create(d->dose, voi->fraction, out, err);
    }
    struct ot_own_dose *own = OT_NEW(struct ot_own_dose, d->mixed_count, err);
    *out = NULL;
    if (own == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < d->mixed_count; n++) {
        const struct ot_mixed_dose *mixed = &d->mixed[n];
        own[n] = (struct ot_own_dose){.voxel = mixed->voxel,
                                      .dose_gy = voi->role == OT_ROLE_LUNGS ? mixed->lung_gy
                                                                            : mixed->soft_gy};
    }
    const enum ot_rc rc = ot_dvh_create_own(d->dose, own, d->mixed_count, voi->fraction, out, err);
    ot_free(own);
    return rc;
}

static enum ot_rc measure(const struct ot_dosimetry *d, const struct ot_voi *voi,
                          struct ot_voi_metrics *m, struct ot_err *err)
{
    const bool given = voi < d->vois + d->given_voi_count;
    /* A derived VOI may be empty (all of the liver perfused): it has no dose then. */
    if (!given && !(ot_voi_volume_ml(voi) > 0.0)) {
        return OT_OK;
    }
    const enum ot_rc rc = own_dvh(d, voi, &m->dvh, err);
    if (rc != OT_OK) {
        ot_err_context(err, "VOI %s", voi->name);
        return rc;
    }
    m->mass_g = ot_dosimetry_mass_g(d, voi);
    m->activity_gbq = (double)NAN;
    m->counts_share = (double)NAN;
    if (d->total_activity != NULL) {
        m->activity_gbq = ot_sum_product(d->total_activity->data, voi->fraction->data,
                                         ot_grid_voxel_count(&d->grid)) *
                          ot_grid_voxel_volume_ml(&d->grid) / BQ_PER_GBQ;
        m->counts_share = counts_share(d, voi);
    }
    m->shift_5mm_percent = ot_shift_worst_percent(d->dose, voi->fraction, 5.0);
    m->shift_10mm_percent = ot_shift_worst_percent(d->dose, voi->fraction, 10.0);
    m->energy_j = m->dvh->mean_gy * m->mass_g / G_PER_KG;
    return OT_OK;
}

enum ot_rc ot_metrics_make(const struct ot_dosimetry *d, struct ot_metrics *out, struct ot_err *err)
{
    *out = (struct ot_metrics){0};
    if (d->voi_count == 0) {
        return OT_OK;
    }
    out->voi = OT_NEW(struct ot_voi_metrics, d->voi_count, err);
    if (out->voi == NULL) {
        return OT_ERR_NOMEM;
    }
    /* Unions come first: who asks for "tumor" means all of them. */
    for (int unions = 1; unions >= 0; unions--) {
        for (size_t n = 0; n < d->voi_count; n++) {
            if (d->vois[n].is_union == (unions == 1)) {
                out->voi[out->count++].voi = &d->vois[n];
            }
        }
    }
    struct ot_err *errs = OT_NEW(struct ot_err, out->count, err);
    if (errs == NULL) {
        return OT_ERR_NOMEM;
    }
#pragma omp parallel for schedule(dynamic) num_threads(d->threads)
    for (size_t n = 0; n < out->count; n++) {
        (void)measure(d, out->voi[n].voi, &out->voi[n], &errs[n]);
    }
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < out->count; n++) {
        rc = errs[n].code;
        if (rc != OT_OK) {
            *err = errs[n]; /* the first is told, whatever thread was first */
        }
    }
    ot_free(errs);
    return rc;
}

void ot_metrics_release(struct ot_metrics *metrics)
{
    for (size_t n = 0; n < metrics->count; n++) {
        ot_dvh_destroy(metrics->voi[n].dvh);
    }
    ot_free(metrics->voi);
    *metrics = (struct ot_metrics){0};
}

const struct ot_voi_metrics *ot_metrics_of(const struct ot_metrics *metrics,
                                           const struct ot_voi *voi)
{
    for (size_t n = 0; voi != NULL && n < metrics->count; n++) {
        if (metrics->voi[n].voi == voi && metrics->voi[n].dvh != NULL) {
            return &metrics->voi[n];
        }
    }
    return NULL;
}

static json_t *v_percent(const struct ot_dvh *dvh)
{
    json_t *object = json_object();
    for (size_t n = 0; n < sizeof V_DOSES_GY / sizeof V_DOSES_GY[0]; n++) {
        char key[16];
        (void)snprintf(key, sizeof key, "%d", V_DOSES_GY[n]);
        (void)json_object_set_new(object, key,
                                  json_real(ot_dvh_percent_at_dose(dvh, V_DOSES_GY[n])));
    }
    return object;
}

/* The uniform doses and BED that leave as many cells alive, or null with the reason. */
static void add_survival(const struct ot_dosimetry *d, const struct ot_voi_metrics *m, json_t *row)
{
    const char *role = ot_role_name(m->voi->role);
    const double half_life_h = d->constant.half_life_h;
    const double alpha = ot_case_of_role(&d->given->alpha_per_gy, role);
    const double alpha_beta_gy = ot_case_of_role(&d->given->alpha_beta_gy, role);
    const double repair_h = ot_case_of_role(&d->given->repair_half_time_h, role);
    const bool has_eud = alpha > 0.0;
    const bool has_eubed = has_eud && alpha_beta_gy > 0.0 && repair_h > 0.0;
    (void)json_object_set_new(
        row, "survival_eud_gy",
        has_eud ? json_real(ot_dvh_survival_eud_gy(m->dvh, alpha, 0.0, 0.0, half_life_h))
                : json_null());
    (void)json_object_set_new(row, "eubed_gy",
                              has_eubed ? json_real(ot_dvh_survival_eud_gy(
                                              m->dvh, alpha, alpha_beta_gy, repair_h, half_life_h))
                                        : json_null());
    if (!has_eud) {
        (void)json_object_set_new(row, "survival_eud_reason",
                                  json_sprintf("alpha_per_gy is not given for %s", role));
    }
    if (!has_eubed) {
        (void)json_object_set_new(row, "eubed_reason",
                                  json_sprintf("alpha_per_gy, alpha_beta_gy and repair_half_time_h "
                                               "are not all given for %s",
                                               role));
    }
}

/* gEUD and BED with the role's parameters, or null with the reason. */
static void add_biology(const struct ot_dosimetry *d, const struct ot_voi_metrics *m, json_t *row)
{
    const char *role = ot_role_name(m->voi->role);
    const double a = ot_case_of_role(&d->given->geud_a, role);
    const double alpha_beta_gy = ot_case_of_role(&d->given->alpha_beta_gy, role);
    const double repair_h = ot_case_of_role(&d->given->repair_half_time_h, role);
    const bool has_a = isfinite(a) && fabs(a) > 0.0;
    const bool has_bed = alpha_beta_gy > 0.0 && repair_h > 0.0;
    (void)json_object_set_new(row, "eud_gy",
                              has_a ? json_real(ot_dvh_geud_gy(m->dvh, a)) : json_null());
    (void)json_object_set_new(row, "bed_gy",
                              has_bed
                                  ? json_real(ot_dvh_mean_bed_gy(m->dvh, alpha_beta_gy, repair_h,
                                                                 d->constant.half_life_h))
                                  : json_null());
    if (!has_a) {
        (void)json_object_set_new(row, "eud_reason",
                                  json_sprintf("geud_a is not given for %s", role));
    }
    if (!has_bed) {
        (void)json_object_set_new(
            row, "bed_reason",
            json_sprintf("alpha_beta_gy and repair_half_time_h are not given for %s", role));
    }
    add_survival(d, m, row);
}

/* (A_t/m_t) / (A_n/m_n) against the perfused normal tissue, else the normal liver. */
static double tn_ratio(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                       const struct ot_voi_metrics *tumor)
{
    const struct ot_voi_metrics *normal =
        ot_metrics_of(metrics, ot_dosimetry_voi_of_role(d, OT_ROLE_NORMAL_PERFUSED));
    if (normal == NULL) {
        normal = ot_metrics_of(metrics, ot_dosimetry_voi_of_role(d, OT_ROLE_NORMAL_LIVER));
    }
    if (normal == NULL || !(normal->activity_gbq > 0.0)) {
        return NAN;
    }
    return (tumor->activity_gbq / tumor->mass_g) / (normal->activity_gbq / normal->mass_g);
}

/* How a derived VOI was made, and what adults have. */
static void add_origin(const struct ot_dosimetry *d, const struct ot_voi *voi, json_t *row)
{
    double least_ml = 0.0;
    double most_ml = 0.0;
    if ((size_t)(voi - d->vois) >= d->given_voi_count) {
        struct ot_buffer text = {0};
        ot_vois_definition(d->vois, d->given_voi_count, voi, &text);
        (void)json_object_set_new(row, "definition", json_string(text.data));
        ot_buffer_release(&text);
    }
    if (ot_voi_expected_ml(voi->role, &least_ml, &most_ml) &&
        ot_dosimetry_voi_of_role(d, voi->role) == voi) {
        (void)json_object_set_new(row, "expected_ml", json_pack("[f, f]", least_ml, most_ml));
    }
}

/* D98 and D2 of a small VOI are doses of one or two voxels of its blurred border, no statistics. */
static void drop_tails(json_t *row)
{
    (void)json_object_set_new(row, "d98_gy", json_null());
    (void)json_object_set_new(row, "d2_gy", json_null());
    (void)json_object_set_new(
        row, "tails_reason",
        json_string("under 27 voxels, or under a sphere of 20 mm: too few voxels for D98 and D2"));
}

static json_t *one_voi(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                       const struct ot_voi_metrics *m)
{
    const struct ot_dvh *dvh = m->dvh;
    json_t *row = json_pack("{s:s, s:s}", "name", m->voi->name, "role", ot_role_name(m->voi->role));
    add_origin(d, m->voi, row);
    if (dvh == NULL) {
        (void)json_object_set_new(row, "volume_ml", json_real(0.0));
        (void)json_object_set_new(row, "mean_gy", json_null());
        (void)json_object_set_new(row, "reason", json_string("the VOI holds no tissue"));
        return row;
    }
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"volume_ml", dvh->volume_ml},
        {"mass_g", m->mass_g},
        {"activity_gbq", m->activity_gbq},
        {"energy_j", m->energy_j},
        {"mean_gy", dvh->mean_gy},
        {"min_gy", dvh->min_gy},
        {"max_gy", dvh->max_gy},
        {"sd_gy", dvh->sd_gy},
        {"d98_gy", ot_dvh_dose_at_percent(dvh, 98.0)},
        {"d95_gy", ot_dvh_dose_at_percent(dvh, 95.0)},
        {"d70_gy", ot_dvh_dose_at_percent(dvh, 70.0)},
        {"d50_gy", ot_dvh_dose_at_percent(dvh, 50.0)},
        {"d2_gy", ot_dvh_dose_at_percent(dvh, 2.0)},
        {"shift_5mm_percent", m->shift_5mm_percent},
        {"shift_10mm_percent", m->shift_10mm_percent},
    };
    for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++) {
        (void)json_object_set_new(row, numbers[n].key, ot_json_number(numbers[n].value));
    }
    if (ot_voi_is_small(m->voi)) {
        drop_tails(row);
    }
    (void)json_object_set_new(row, "v_percent", v_percent(dvh));
    add_biology(d, m, row);
    if (d->tail != NULL) {
        const size_t count = ot_grid_voxel_count(&d->grid);
        const float *fraction = m->voi->fraction->data;
        (void)json_object_set_new(
            row, "bremsstrahlung_tail_gy",
            ot_json_number(ot_sum_product(d->tail->dose->data, fraction, count) /
                           ot_sum(fraction, count)));
    }
    if (d->total_activity != NULL) {
        ot_result_add_uncertainty(d, m, row);
        ot_result_add_recovery(d, m, row);
    } else {
        (void)json_object_set_new(row, "u_mean_gy", json_null());
        (void)json_object_set_new(row, "u_mean_reason",
                                  json_string("a dose map tells no activity"));
    }
    (void)json_object_set_new(row, "counts_share", ot_json_number(m->counts_share));
    if (m->voi->role == OT_ROLE_TUMOR && d->total_activity != NULL) {
        (void)json_object_set_new(row, "tn_ratio", ot_json_number(tn_ratio(d, metrics, m)));
    }
    return row;
}

json_t *ot_result_vois(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                       struct ot_err *err)
{
    json_t *list = json_array();
    for (size_t n = 0; list != NULL && n < metrics->count; n++) {
        if (json_array_append_new(list, one_voi(d, metrics, &metrics->voi[n])) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    if (list == NULL) {
        (void)ot_fail(err, OT_ERR_NOMEM, "no memory for the VOIs of the result");
    }
    return list;
}

enum { DVH_STEPS = 250, DVH_POINTS = 2 * DVH_STEPS };

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Doses of a curve: even steps of dose for the eye, even steps of volume so that straight lines
 * between the points hold the mean, also where most of a VOI gets next to nothing. Ascending. */
static void dvh_points(const struct ot_dvh *dvh, double dose_gy[DVH_POINTS])
{
    const double top_gy = dvh->max_gy > 0.0 ? dvh->max_gy : 1.0;
    for (size_t step = 0; step < DVH_STEPS; step++) {
        const double part = (double)step / DVH_STEPS;
        dose_gy[2 * step] = top_gy * (double)(step + 1) / DVH_STEPS;
        dose_gy[2 * step + 1] = step == 0 ? 0.0 : ot_dvh_dose_at_percent(dvh, 100.0 * part);
    }
    qsort(dose_gy, DVH_POINTS, sizeof *dose_gy, by_value);
}

enum ot_rc ot_result_dvh_csv(const struct ot_metrics *metrics, struct ot_buffer *csv,
                             struct ot_err *err)
{
    static const double least_step = 1e-5; /* of the dose: two rows are two numbers as printed */
    ot_buffer_text(csv, "voi,dose_gy,volume_ml,volume_fraction\n");
    for (size_t n = 0; n < metrics->count; n++) {
        const struct ot_dvh *dvh = metrics->voi[n].dvh;
        if (dvh == NULL) {
            continue;
        }
        double dose_gy[DVH_POINTS];
        double last_gy = -1.0;
        dvh_points(dvh, dose_gy);
        for (size_t point = 0; point < DVH_POINTS; point++) {
            if (!(dose_gy[point] >= 0.0 && dose_gy[point] - last_gy > least_step * last_gy)) {
                continue;
            }
            last_gy = dose_gy[point];
            const double part = ot_dvh_percent_at_dose(dvh, last_gy) / 100.0;
            ot_buffer_csv(csv, metrics->voi[n].voi->name);
            ot_buffer_printf(csv, ",%.6g,%.6g,%.6g\n", last_gy, part * dvh->volume_ml, part);
        }
    }
    return ot_buffer_check(csv, err);
}
