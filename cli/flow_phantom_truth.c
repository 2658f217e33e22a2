/* cli/flow_phantom_truth.c - case files and truth.json of the synthetic patient. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/phantom_case.h"
#include "core/radial_kernel.h"
#include "core/stats.h"
#include "io/json.h"
#include "io/kernel_table.h"
#include "kernels/nuclide.h"
#include "kernels/phantom_truth.h"

static const double RELATIVE_SIGMA = 0.00095;
static const uint64_t SAMPLES_MAX = UINT64_C(1) << 27;
static const double BQ_PER_GBQ = 1e9;

/* "ROLE=dicom/rtstruct.dcm#NAME", "ROLE:NAME=..." where the name is not the role's. */
static json_t *voi_list(void)
{
    json_t *list = json_array();
    for (size_t v = 0; v < ot_phantom_voi_count; v++) {
        const struct ot_phantom_voi *voi = &ot_phantom_vois[v];
        const char *role = ot_role_name(voi->role);
        const bool same = strcmp(role, voi->name) == 0;
        char text[160];
        (void)snprintf(text, sizeof text, "%s%s%s=dicom/rtstruct.dcm#%s", role, same ? "" : ":",
                       same ? "" : voi->name, voi->name);
        if (voi->drawn) {
            (void)json_array_append_new(list, json_string(text));
        }
    }
    return list;
}

/* A patient in whom a unilobar treatment is reasonable (criteria table 5). */
static void add_clinical_facts(json_t *object)
{
    static const char *const texts[][2] = {
        {"child_pugh", "A5"},
        {"tumor_stage", "T3"},
        {"dosimetry_model", "multi"},
        {"treatment_intent", "downstage"},
        {"liver_background", "compensated"},
        {"disease_laterality", "unilobar"},
        {"maa_tumor_targeting", "good"},
        {"multidisciplinary_review", "yes"},
        {"unresectable", "yes"},
    };
    for (size_t n = 0; n < sizeof texts / sizeof texts[0]; n++) {
        (void)json_object_set_new(object, texts[n][0], json_string(texts[n][1]));
    }
    (void)json_object_set_new(object, "albi_grade", json_integer(1));
    (void)json_object_set_new(object, "bilirubin_mg_dl", json_real(0.8));
    (void)json_object_set_new(object, "hepatic_reserve_percent", json_real(45.0));
}

static json_t *case_file(const struct ot_phantom_case *patient)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:f, s:f, s:s}", "case_id", patient->case_id, "scenario",
                     "unilobar", "ct", "dicom/ct", "voi", voi_list(), "activity_gbq",
                     patient->phantom.activity_gbq, "residual_fraction",
                     patient->phantom.residual_fraction, "site_zone", "America/New_York");
}

enum ot_rc ot_phantom_write_cases(struct ot_phantom_case *patient, struct ot_err *err)
{
    json_t *plan = case_file(patient);
    if (plan != NULL) {
        (void)json_object_set_new(plan, "spect", json_string("dicom/spect/spect.dcm"));
        (void)json_object_set_new(plan, "calibration", json_string("relative"));
        add_clinical_facts(plan);
    }
    enum ot_rc rc = ot_phantom_put_json(patient, OT_FOLDER_ROOT, "case-plan.json", plan, err);
    if (rc != OT_OK) {
        return rc;
    }
    json_t *verify = case_file(patient);
    if (verify != NULL) {
        (void)json_object_set_new(verify, "pet", json_string("dicom/pet"));
        (void)json_object_set_new(verify, "calibration", json_string("bqml"));
        /* CT and contours are those of the mapping study, in one frame of reference. */
        (void)json_object_set_new(verify, "study_override", json_true());
        (void)json_object_set_new(verify, "injection_time",
                                  json_string("2026-09-09T10:00:00-04:00"));
        (void)json_object_set_new(verify, "calibration_time",
                                  json_string("2026-09-06T12:00:00-04:00"));
        add_clinical_facts(verify);
    }
    return ot_phantom_put_json(patient, OT_FOLDER_ROOT, "case-verify.json", verify, err);
}

/* One image with its VOIs, as the sampling sees it. */
struct view {
    const struct ot_phantom_case *patient;
    const struct ot_volume *image;
    struct ot_volume *const *fraction;
    struct ot_volume *source; /* owned; above 0 where there is activity or lung */
    double gbq_per_ml;        /* at injection, of an image value of 1 */
    struct ot_truth_settings settings;
    struct ot_truth ideal[OT_PHANTOM_MAX_VOIS]; /* the same for every image */
    double worst_relative_sigma;
};

static double activity_in(const struct view *view, size_t v)
{
    const size_t all = ot_grid_voxel_count(&view->image->grid);
    return ot_sum_product(view->image->data, view->fraction[v]->data, all) * view->gbq_per_ml *
           ot_grid_voxel_volume_ml(&view->image->grid);
}

static size_t index_of(const char *name)
{
    size_t v = 0;
    while (v + 1 < ot_phantom_voi_count && strcmp(ot_phantom_vois[v].name, name) != 0) {
        v++;
    }
    return v;
}

static void note_sigma(struct view *view, const struct ot_truth *truth)
{
    if (truth->mean_gy > 1.0) {
        view->worst_relative_sigma =
            fmax(view->worst_relative_sigma, truth->sigma_gy / truth->mean_gy);
    }
}

/* (A_T/m_T)/(A_N/m_N); tumors and normal tissue have one density. */
static void add_tn_ratio(const struct view *view, size_t v, json_t *row)
{
    const struct ot_phantom *phantom = &view->patient->phantom;
    const size_t n = index_of("normal_perfused");
    const struct ot_phantom_voi *normal = &ot_phantom_vois[n];
    const double per_ml =
        ot_phantom_volume_ml(phantom, normal) / ot_phantom_volume_ml(phantom, &ot_phantom_vois[v]);
    const double ideal = ot_phantom_activity_gbq(phantom, &ot_phantom_vois[v]) /
                         ot_phantom_activity_gbq(phantom, normal) * per_ml;
    const double image = activity_in(view, v) / activity_in(view, n) * per_ml;
    (void)json_object_set_new(row, "tn_ratio", ot_json_number(ideal));
    (void)json_object_set_new(row, "image_tn_ratio", ot_json_number(image));
}

static enum ot_rc row_of(struct view *view, size_t v, json_t **out, struct ot_err *err)
{
    const struct ot_phantom *phantom = &view->patient->phantom;
    const struct ot_phantom_voi *voi = &ot_phantom_vois[v];
    const struct ot_truth_image written = {.concentration = view->image,
                                           .scale = view->gbq_per_ml,
                                           .phantom = phantom,
                                           .fractions = view->fraction,
                                           .source = view->source,
                                           .blurred = view->patient->request->blur_mm > 0.0};
    struct ot_truth truth;
    *out = NULL;
    view->settings.seed = view->patient->request->seed * 1000 + v;
    const enum ot_rc rc =
        ot_truth_of_image(&written, voi->role, view->fraction[v], &view->settings, &truth, err);
    if (rc != OT_OK) {
        return rc;
    }
    note_sigma(view, &truth);
    json_t *row = json_pack("{s:s, s:s}", "name", voi->name, "role", ot_role_name(voi->role));
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"volume_ml", ot_phantom_volume_ml(phantom, voi)},
        {"mass_g", ot_phantom_mass_g(phantom, voi)},
        {"activity_gbq", activity_in(view, v)},
        {"ideal_activity_gbq", ot_phantom_activity_gbq(phantom, voi)},
        {"mean_gy", truth.mean_gy},
        {"mean_sigma_gy", truth.sigma_gy},
        {"ideal_gy", view->ideal[v].mean_gy},
        {"ideal_sigma_gy", view->ideal[v].sigma_gy},
    };
    for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++) {
        (void)json_object_set_new(row, numbers[n].name, ot_json_number(numbers[n].value));
    }
    if (voi->role == OT_ROLE_TUMOR) {
        add_tn_ratio(view, v, row);
    }
    *out = row;
    return row != NULL ? OT_OK : ot_fail(err, OT_ERR_NOMEM, "out of memory");
}

static enum ot_rc rows_of(struct view *view, json_t *rows, struct ot_err *err)
{
    for (size_t v = 0; v < ot_phantom_voi_count; v++) {
        json_t *row = NULL;
        enum ot_rc rc = row_of(view, v, &row, err);
        if (rc != OT_OK) {
            return rc;
        }
        (void)json_array_append_new(rows, row);
    }
    return OT_OK;
}

/* Marks the voxels of activity and of lung. */
static enum ot_rc mark_source(struct view *view, struct ot_err *err)
{
    const float *perfused = view->fraction[index_of("RHA")]->data;
    const float *lungs = view->fraction[index_of("lungs")]->data;
    const enum ot_rc rc = ot_volume_create(&view->image->grid, OT_UNIT_NONE, &view->source, err);
    const size_t all = rc == OT_OK ? ot_grid_voxel_count(&view->source->grid) : 0;
    for (size_t x = 0; x < all; x++) {
        view->source->data[x] = perfused[x] + lungs[x] + view->image->data[x];
    }
    return rc;
}

static enum ot_rc sample_ideal(struct view *view, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    for (size_t v = 0; rc == OT_OK && v < ot_phantom_voi_count; v++) {
        view->settings.seed = view->patient->request->seed * 1000 + 500 + v;
        rc = ot_truth_of_shapes(&view->patient->phantom, &ot_phantom_vois[v], view->fraction[v],
                                view->source, &view->settings, &view->ideal[v], err);
        note_sigma(view, &view->ideal[v]);
    }
    return rc;
}

static double share_in_lungs(const struct view *view)
{
    const double lungs = activity_in(view, index_of("lungs"));
    return lungs / (lungs + activity_in(view, index_of("liver")));
}

static json_t *head_of(const struct view *view, double pet_shunt, double worst)
{
    const struct ot_phantom_case *patient = view->patient;
    const struct ot_phantom *phantom = &patient->phantom;
    const double injected_gbq = phantom->activity_gbq * (1.0 - phantom->residual_fraction);
    const size_t n = index_of("normal_perfused");
    const struct ot_phantom_voi *normal = &ot_phantom_vois[n];
    const struct ot_phantom_voi *tumor = &ot_phantom_vois[index_of("tumor")];
    const double tn = ot_phantom_activity_gbq(phantom, tumor) /
                      ot_phantom_activity_gbq(phantom, normal) *
                      ot_phantom_volume_ml(phantom, normal) / ot_phantom_volume_ml(phantom, tumor);
    json_t *head = json_pack("{s:s, s:s, s:s, s:I, s:b, s:f, s:f, s:f, s:f, s:f}", "schema",
                             "opentare.truth/1", "case_id", patient->case_id, "preset",
                             phantom->preset, "seed", (json_int_t)patient->request->seed, "noise",
                             patient->request->noise ? 1 : 0, "blur_mm", patient->request->blur_mm,
                             "activity_gbq", phantom->activity_gbq, "residual_fraction",
                             phantom->residual_fraction, "injected_gbq", injected_gbq,
                             "net_liver_gbq", injected_gbq * (1.0 - phantom->lung_shunt_fraction));
    json_t *more = json_pack(
        "{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:s, s:s, s:f}", "lung_shunt_fraction",
        phantom->lung_shunt_fraction, "image_lung_shunt_fraction", share_in_lungs(view),
        "pet_lung_shunt_fraction", pet_shunt, "tn_ratio", tn, "dose_constant_gy_kg_per_gbq",
        view->settings.gy_kg_per_gbq, "half_life_h", OT_Y90_DEFAULT.half_life_h,
        "density_g_per_cm3", ot_phantom_density_g_per_ml(OT_PART_BODY | OT_PART_LIVER),
        "lung_density_g_per_cm3", ot_phantom_density_g_per_ml(OT_PART_BODY | OT_PART_LUNGS),
        "body_density_g_per_cm3", ot_phantom_density_g_per_ml(OT_PART_BODY), "kernel_sha256",
        view->settings.kernel->sha256, "lung_kernel_sha256", view->settings.lung_kernel->sha256,
        "worst_relative_sigma", worst);
    if (head != NULL && more != NULL) {
        (void)json_object_update(head, more);
    }
    json_decref(more);
    return head;
}

static void summarize(const struct view *view, const json_t *rows, double worst,
                      struct ot_phantom_summary *summary)
{
    const struct ot_phantom *phantom = &view->patient->phantom;
    const size_t tumor = index_of("tumor");
    const size_t normal = index_of("normal_perfused");
    summary->activity_gbq = phantom->activity_gbq;
    summary->lung_shunt_fraction = phantom->lung_shunt_fraction;
    summary->liver_ml = ot_phantom_volume_ml(phantom, &ot_phantom_vois[index_of("liver")]);
    summary->tumor_ml = ot_phantom_volume_ml(phantom, &ot_phantom_vois[tumor]);
    summary->tumor_gy = json_number_value(json_object_get(json_array_get(rows, tumor), "mean_gy"));
    summary->normal_perfused_gy =
        json_number_value(json_object_get(json_array_get(rows, normal), "mean_gy"));
    summary->worst_relative_sigma = worst;
}

static struct view spect_view(const struct ot_phantom_case *patient,
                              const struct ot_radial_kernel *kernel,
                              const struct ot_radial_kernel *lung_kernel)
{
    const struct ot_phantom *phantom = &patient->phantom;
    const size_t all = ot_grid_voxel_count(&phantom->spect);
    const double counts_ml =
        ot_sum(patient->spect->data, all) * ot_grid_voxel_volume_ml(&phantom->spect);
    return (struct view){.patient = patient,
                         .image = patient->spect,
                         .fraction = patient->spect_fraction,
                         .gbq_per_ml =
                             phantom->activity_gbq * (1.0 - phantom->residual_fraction) / counts_ml,
                         .settings = {.kernel = kernel,
                                      .lung_kernel = lung_kernel,
                                      .gy_kg_per_gbq = OT_Y90_DEFAULT.gy_kg_per_gbq,
                                      .relative_sigma = RELATIVE_SIGMA,
                                      .samples_max = SAMPLES_MAX,
                                      .threads = patient->request->threads}};
}

/* The same patient's; the smooth shapes are the same, too. */
static struct view pet_view(const struct view *spect)
{
    struct view view = *spect;
    view.source = NULL;
    view.image = view.patient->pet;
    view.fraction = view.patient->pet_fraction;
    view.gbq_per_ml = ot_phantom_pet_decay() / BQ_PER_GBQ;
    return view;
}

enum ot_rc ot_phantom_write_truth(struct ot_phantom_case *patient,
                                  struct ot_phantom_summary *summary, struct ot_err *err)
{
    struct ot_radial_kernel *kernel = NULL;
    struct ot_radial_kernel *lung_kernel = NULL;
    struct view plan = {0};
    struct view verify = {0};
    json_t *rows = json_array();
    json_t *pet_rows = json_array();
    enum ot_rc rc = ot_kernel_table_load("Y-90", "liver", &kernel, err);
    if (rc == OT_OK) {
        rc = ot_kernel_table_load("Y-90", "lung", &lung_kernel, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    plan = spect_view(patient, kernel, lung_kernel);
    rc = mark_source(&plan, err);
    if (rc == OT_OK) {
        rc = sample_ideal(&plan, err);
    }
    if (rc == OT_OK) {
        rc = rows_of(&plan, rows, err);
    }
    verify = pet_view(&plan);
    if (rc == OT_OK) {
        rc = mark_source(&verify, err);
    }
    if (rc == OT_OK) {
        rc = rows_of(&verify, pet_rows, err);
    }
    if (rc == OT_OK) {
        const double worst = fmax(plan.worst_relative_sigma, verify.worst_relative_sigma);
        summarize(&plan, rows, worst, summary);
        json_t *head = head_of(&plan, share_in_lungs(&verify), worst);
        (void)json_object_set(head, "vois", rows);
        (void)json_object_set(head, "verify_vois", pet_rows);
        rc = ot_phantom_put_json(patient, OT_FOLDER_ROOT, "truth.json", head, err);
    }

done:
    json_decref(rows);
    json_decref(pet_rows);
    ot_volume_destroy(plan.source);
    ot_volume_destroy(verify.source);
    ot_radial_kernel_destroy(kernel);
    ot_radial_kernel_destroy(lung_kernel);
    return rc;
}
