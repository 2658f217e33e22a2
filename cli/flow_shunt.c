/* cli/flow_shunt.c - from a measured shunt fraction to lung mass, lung dose and its limits. */
#include "cli/flow_shunt.h"

#include <math.h>
#include <string.h>

#include "cli/result.h"
#include "cli/shunt_parts.h"
#include "cli/threads.h"
#include "io/json.h"
#include "io/store.h"

static const double G_PER_KG = 1000.0;
static const double CONVENTION_KG = 1.0;     /* fact sheet 4 */
static const double U_DOSE_CONSTANT = 0.013; /* span of published pairs, fact sheet 1.2 */

/* Which mass goes with the fraction. A patient's own mass with a planar fraction made errors
 * larger, so that the pairs are planar with 1 kg and SPECT/CT with the CT's. */
static enum ot_rc choose_mass(struct ot_shunt_work *w, double *mass_kg, const char **source,
                              struct ot_err *err)
{
    const struct ot_shunt_params *p = w->params;
    const bool fixed = strcmp(p->lung_mass_source, "fixed") == 0;
    const bool ct = strcmp(p->lung_mass_source, "ct") == 0;
    if (ct && w->planar) {
        return ot_fail(err, OT_ERR_ARG,
                       "--lung-mass-source ct does not go with a planar shunt fraction, which is "
                       "paired with the convention of 1 kg");
    }
    if (ct && isnan(w->ct_mass_g)) {
        return ot_fail(err, OT_ERR_ARG, "--lung-mass-source ct needs a CT: give --ct");
    }
    const bool given = !isnan(p->lung_mass_kg);
    if (ct && given) {
        return ot_fail(err, OT_ERR_ARG, "give --lung-mass-kg or --lung-mass-source ct, not both");
    }
    *mass_kg = given ? p->lung_mass_kg : CONVENTION_KG;
    *source = given ? "given" : "convention (1 kg)";
    if (!given && !fixed && !w->planar && !isnan(w->ct_mass_g)) {
        *mass_kg = w->ct_mass_g / G_PER_KG;
        *source = "ct";
    } else if (!given && !fixed && !w->planar) {
        (void)ot_texts_add(&w->d.warnings,
                           "without a CT the fraction from SPECT is paired with a lung mass of "
                           "1 kg by convention; with --ct it is the patient's own");
    }
    if (!(*mass_kg >= 0.1 && *mass_kg <= 5.0)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "a lung mass of %.4g kg from the CT is not that of lungs: check the lungs "
                       "VOI, or give --lung-mass-source fixed",
                       *mass_kg);
    }
    return OT_OK;
}

static void add_check(json_t *checks, const char *id, const char *quantity, double value_gy,
                      double limit_gy)
{
    const bool known = isfinite(value_gy);
    (void)json_array_append_new(checks, json_pack("{s:s, s:s, s:s, s:o, s:s, s:f, s:s, s:s, s:s}",
                                                  "id", id, "quantity", quantity, "voi", "lungs",
                                                  "value", ot_json_number(value_gy), "comparator",
                                                  "<=", "limit", limit_gy, "unit", "Gy", "verdict",
                                                  !known                 ? "not_evaluated"
                                                  : value_gy <= limit_gy ? "pass"
                                                                         : "fail",
                                                  "reason", known ? "" : "missing: activity_gbq"));
}

/* D = k A (1-R) F / m for one treatment and with earlier ones, and what the limits leave. */
static json_t *lungs_json(struct ot_shunt_work *w, double mass_kg, const char *source,
                          json_t *checks)
{
    const struct ot_shunt_params *p = w->params;
    const double per_gbq =
        p->dose_constant_gy_kg_per_gbq * (1.0 - p->residual_fraction) * w->shunt.fraction / mass_kg;
    const double dose_gy = per_gbq * p->activity_gbq;
    const double relative = hypot(w->shunt.u / w->shunt.fraction, U_DOSE_CONSTANT);
    const double room_gy = fmin(p->lung_limit_gy, p->lung_limit_cumulative_gy - p->prior_lung_gy);
    add_check(checks, "L-01", "lung_dose", dose_gy, p->lung_limit_gy);
    add_check(checks, "L-02", "lung_dose_cumulative", dose_gy + p->prior_lung_gy,
              p->lung_limit_cumulative_gy);
    return json_pack("{s:f, s:s, s:o, s:o, s:o, s:o, s:f, s:o, s:f, s:f, s:o}", "mass_kg", mass_kg,
                     "mass_source", source, "ct_mass_kg", ot_json_number(w->ct_mass_g / G_PER_KG),
                     "gy_per_gbq", ot_json_number(per_gbq), "dose_gy", ot_json_number(dose_gy),
                     "u_dose_gy", ot_json_number(relative * dose_gy), "prior_gy", p->prior_lung_gy,
                     "cumulative_gy", ot_json_number(dose_gy + p->prior_lung_gy), "limit_gy",
                     p->lung_limit_gy, "limit_cumulative_gy", p->lung_limit_cumulative_gy,
                     "max_activity_gbq", ot_json_number(fmax(0.0, room_gy) / per_gbq));
}

static enum ot_rc make_result(struct ot_shunt_work *w, json_t **out, struct ot_err *err)
{
    const struct ot_shunt_params *p = w->params;
    const struct ot_shunt *f = &w->shunt;
    double mass_kg = 0.0;
    const char *source = NULL;
    enum ot_rc rc = choose_mass(w, &mass_kg, &source, err);
    if (rc != OT_OK) {
        return rc;
    }
    json_t *checks = json_array();
    json_t *lungs = lungs_json(w, mass_kg, source, checks);
    *out = json_pack(
        "{s:s, s:s, s:s, s:f, s:{s:f, s:f, s:f, s:f}, s:O, s:o, s:o, s:f, s:O, s:o, s:O, s:o,"
        " s:o, s:{s:s, s:s, s:f}}",
        "schema", "opentare.shunt/1", "case_id", p->case_id, "method",
        w->planar ? "planar" : "spect", "lung_shunt_fraction", f->fraction,
        "lung_shunt_uncertainty", "standard", f->u, "counting", f->u_counting, "region",
        f->u_region, "method", f->u_method, w->planar ? "planar" : "spect", w->measured, "lungs",
        lungs, "activity_gbq", ot_json_number(p->activity_gbq), "residual_fraction",
        p->residual_fraction, "checks", checks, "notice",
        json_string("Research software, no medical device: a qualified person decides."), "inputs",
        w->d.inputs, "warnings", ot_result_texts(&w->d.warnings, err), "waived_by",
        ot_result_texts(&w->d.waived_by, err), "provenance", "program", "OpenTARE tare", "version",
        OT_VERSION, "dose_constant_gy_kg_per_gbq", p->dose_constant_gy_kg_per_gbq);
    json_decref(checks);
    if (*out == NULL && err->code == OT_OK) {
        (void)ot_fail(err, OT_ERR_NOMEM, "no memory for the result");
    }
    rc = *out != NULL ? OT_OK : err->code;
    return rc;
}

static enum ot_rc write_folder(const json_t *result, struct ot_store *store, struct ot_err *err)
{
    static const char *const names[] = {"shunt.json"};
    struct ot_buffer text = {0};
    enum ot_rc rc = ot_json_write(result, &text, err);
    if (rc == OT_OK) {
        rc = ot_store_put(store, names[0], text.data, text.size, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_commit(store, names, 1, err);
    }
    ot_buffer_release(&text);
    return rc;
}

static enum ot_rc choose_method(struct ot_shunt_work *w, struct ot_err *err)
{
    const struct ot_shunt_params *p = w->params;
    const bool plain = p->anterior != NULL || p->posterior != NULL;
    if (plain && (p->anterior == NULL || p->posterior == NULL)) {
        return ot_fail(err, OT_ERR_ARG,
                       "the geometric mean needs both views: give --anterior and --posterior");
    }
    if ((p->planar != NULL) + (plain ? 1 : 0) + (p->spect != NULL) != 1) {
        return ot_fail(err, OT_ERR_ARG,
                       "give one of --planar, --anterior with --posterior, or --spect");
    }
    w->planar = p->spect == NULL;
    if (!isnan(p->activity_gbq) || !(p->prior_lung_gy > 0.0)) {
        return OT_OK;
    }
    return ot_fail(err, OT_ERR_ARG, "--prior-lung-gy is judged with a dose: give --activity-gbq");
}

enum ot_rc ot_flow_shunt(const struct ot_shunt_params *params, json_t **result, struct ot_err *err)
{
    struct ot_shunt_work w = {
        .params = params, .given = ot_case_defaults, .ct_mass_g = (double)NAN};
    struct ot_store *store = NULL;
    *result = NULL;
    w.injection = ot_case_defaults.top;
    w.injection.spect = params->spect;
    w.given.injections = &w.injection;
    w.given.injection_count = 1;
    w.given.ct = params->ct;
    w.given.voi = params->voi;
    w.given.allow_negative = params->allow_negative;
    w.given.allow_saturated = params->allow_saturated;
    w.given.allow_intercept = params->allow_intercept;
    w.given.allow_uncorrected_beds = params->allow_uncorrected_beds;
    w.given.units_mm = params->units_mm;
    w.given.patient_override = params->patient_override;
    w.given.study_override = params->study_override;
    w.given.frame_override = params->frame_override;
    w.given.threads = ot_threads(params->threads);
    ot_dosimetry_init(&w.d, &w.given, OT_STAGE_DOSE);
    enum ot_rc rc = choose_method(&w, err);
    if (rc == OT_OK && params->out != NULL) {
        rc = ot_store_begin(params->out, params->overwrite, &store, err);
    }
    if (rc == OT_OK) {
        rc = w.planar ? ot_shunt_from_planar(&w, err) : ot_shunt_from_spect(&w, err);
    }
    if (rc == OT_OK) {
        rc = make_result(&w, result, err);
    }
    if (rc == OT_OK && store != NULL) {
        rc = write_folder(*result, store, err);
    }
    if (rc != OT_OK) {
        json_decref(*result);
        *result = NULL;
    }
    ot_store_abort(store);
    json_decref(w.measured);
    ot_dosimetry_release(&w.d);
    return rc;
}
