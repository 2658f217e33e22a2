/* cli/cmd_shunt.c - lung shunt fraction from Tc-99m-MAA images. */
#include <math.h>

#include "cli/case.h"
#include "cli/cmd.h"
#include "cli/flow_shunt.h"
#include "io/json.h"
#include "kernels/nuclide.h"

static const struct ot_shunt_params defaults = {
    .case_id = "case",
    .posterior_view = "mirrored",
    .scatter = "none",
    .dome_rim_mm = 20,
    .lung_edge_mm = 10,
    .lung_volume_ml = NAN,
    .lung_mass_kg = NAN,
    .lung_mass_source = "paired",
    .activity_gbq = NAN,
    .residual_fraction = 0,
    .dose_constant_gy_kg_per_gbq = OT_Y90_GY_KG_PER_GBQ,
    .prior_lung_gy = 0,
    .lung_limit_gy = 30,
    .lung_limit_cumulative_gy = 50,
};

static const char *const scatter_words[] = {"none", "dual", "triple", NULL};
static const char *const lung_mass_source_words[] = {"paired", "fixed", "ct", NULL};
static const char *const posterior_words[] = {"mirrored", "same", NULL};

/* A repeatable ROLE=PATH: the path is one, wherever it is read from. */
#define PLACE(field_, name_, unit_, help_) \
    { \
        .name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_TEXTS, \
        .path = OT_PATH_AFTER_EQUALS, \
        .offset = OT_FIELD(struct ot_shunt_params, field_, struct ot_texts) \
    }

static const struct ot_opt opts[] = {
    OT_TEXT(struct ot_shunt_params, case_id, "case-id", "TEXT", "pseudonym used in every output"),
    OT_FILE(struct ot_shunt_params, planar, "planar", "PATH",
            "planar NM file or folder with an anterior and a posterior view"),
    OT_FILE(struct ot_shunt_params, anterior, "anterior", "FILE",
            "the anterior view alone: NIfTI or NRRD of one slice"),
    OT_FILE(struct ot_shunt_params, posterior, "posterior", "FILE", "the posterior view alone"),
    OT_TEXT(struct ot_shunt_params, views, "views", "VIEW,VIEW",
            "what detectors 1 and 2 saw, where the file does not say: anterior,posterior"),
    OT_CHOICE(struct ot_shunt_params, posterior_view, "posterior-view", "HOW", posterior_words,
              "mirrored, as the opposite detector sees it, or same, turned to the anterior view"),
    OT_TEXTS(struct ot_shunt_params, roi, "roi", "ROLE=[ellipse:]X,Y,W,H",
             "lungs, liver or background on the anterior view, in pixels: corner, width, height; "
             "repeatable"),
    PLACE(roi_mask, "roi-mask", "ROLE=PATH[#LABEL]",
          "lungs, liver or background as a mask on the anterior view; repeatable"),
    OT_CHOICE(struct ot_shunt_params, scatter, "scatter", "METHOD", scatter_words,
              "none, dual (one lower window) or triple (both neighbors)"),
    OT_FLAG(struct ot_shunt_params, no_background, "no-background",
            "do not subtract the background ROI"),
    OT_FILE(struct ot_shunt_params, spect, "spect", "PATH",
            "MAA SPECT: DICOM folder or file, NIfTI or NRRD"),
    OT_FILE(struct ot_shunt_params, ct, "ct", "PATH", "CT of the same study"),
    PLACE(voi, "voi", "ROLE[:NAME]=PATH[#SELECTOR]",
          "lungs, liver and what to exclude, for SPECT/CT; repeatable"),
    OT_FLAG(struct ot_shunt_params, allow_negative, "allow-negative", "keep negative voxels"),
    OT_FLAG(struct ot_shunt_params, allow_saturated, "allow-saturated",
            "use images with voxels at the end of their file's number range"),
    OT_F64(struct ot_shunt_params, dome_rim_mm, "dome-rim-mm", "mm", 0, 50,
           "lung this near to the liver is left out and replaced by the mean of the rest"),
    OT_F64(
        struct ot_shunt_params, lung_edge_mm, "lung-edge-mm", "mm", 0, 30,
        "lung this near to its own border, where blur takes counts away, is not measured either"),
    OT_F64(struct ot_shunt_params, lung_volume_ml, "lung-volume-ml", "ml", 1, 20000,
           "whole lung volume where the field of view cuts the lungs"),
    OT_F64(struct ot_shunt_params, lung_mass_kg, "lung-mass-kg", "kg", 0.1, 5,
           "lung mass for the dose; without it by --lung-mass-source, 1 kg by convention"),
    OT_CHOICE(struct ot_shunt_params, lung_mass_source, "lung-mass-source", "SOURCE",
              lung_mass_source_words,
              "ct: sum of (1 + HU/1000) V; fixed: --lung-mass-kg; paired: ct with SPECT/CT, else "
              "fixed"),
    OT_F64(struct ot_shunt_params, activity_gbq, "activity-gbq", "GBq", 1e-6, 100,
           "activity to tell the lung dose for"),
    OT_F64(struct ot_shunt_params, residual_fraction, "residual-fraction", "0..1", 0, 1,
           "activity that stays in vial and tubing"),
    OT_F64(struct ot_shunt_params, dose_constant_gy_kg_per_gbq, "dose-constant-gy-kg-per-gbq",
           "Gy.kg/GBq", 40, 60, "dose constant k"),
    OT_F64(struct ot_shunt_params, prior_lung_gy, "prior-lung-gy", "Gy", 0, 1000,
           "lung dose of earlier treatments"),
    OT_F64(struct ot_shunt_params, lung_limit_gy, "lung-limit-gy", "Gy", 0, 1000,
           "limit of one treatment"),
    OT_F64(struct ot_shunt_params, lung_limit_cumulative_gy, "lung-limit-cumulative-gy", "Gy", 0,
           1000, "limit of all treatments"),
    OT_INT(struct ot_shunt_params, threads, "threads", "N", 0, 1024,
           "worker threads; 0: as many as allowed"),
    OT_FILE(struct ot_shunt_params, out, "out", "DIR",
            "folder for shunt.json; without it the result is only printed"),
    OT_FLAG(struct ot_shunt_params, patient_override, "patient-override",
            "use inputs although their Patient IDs differ"),
    OT_FLAG(struct ot_shunt_params, study_override, "study-override",
            "use inputs although they are of different studies"),
    OT_FLAG(struct ot_shunt_params, frame_override, "frame-override",
            "use inputs although their frames of reference differ, as if they were one"),
    OT_FLAG(struct ot_shunt_params, allow_intercept, "allow-intercept",
            "keep what the file's scaling adds to every voxel, also to air"),
    OT_FLAG(struct ot_shunt_params, allow_uncorrected_beds, "allow-uncorrected-beds",
            "use a SPECT of several bed positions that states no decay correction"),
    OT_FLAG(struct ot_shunt_params, follow, "follow",
            "read what symbolic links inside folders lead to"),
    OT_FLAG(struct ot_shunt_params, units_mm, "units-mm",
            "lengths of files that state no unit of length are mm"),
    OT_FLAG(struct ot_shunt_params, overwrite, "overwrite",
            "use the output folder although it is not empty"),
    OT_FLAG(struct ot_shunt_params, json, "json", "print the results as JSON"),
};

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL ? value : "";
}

static void print_planar(const json_t *planar, FILE *out)
{
    static const char *const regions[] = {"lungs", "liver"};
    for (size_t n = 0; n < 2; n++) {
        const json_t *counts = json_object_get(planar, regions[n]);
        (void)fprintf(out, "%-17s %.6g anterior, %.6g posterior, geometric mean %.6g counts\n",
                      regions[n], number(counts, "anterior"), number(counts, "posterior"),
                      number(counts, "geometric_mean"));
    }
    (void)fprintf(out, "corrections       scatter %s, background %s\n", text(planar, "scatter"),
                  json_is_true(json_object_get(planar, "background_subtracted"))
                      ? "subtracted"
                      : "not subtracted");
}

static void print_spect(const json_t *spect, FILE *out)
{
    (void)fprintf(out, "lungs             %.0f ml, measured %.0f ml beyond a rim of %.3g mm\n",
                  number(spect, "lung_volume_ml"), number(spect, "lung_measured_ml"),
                  number(spect, "dome_rim_mm"));
    (void)fprintf(out, "bare VOIs         %.4f, without rim and without lung that is not seen\n",
                  number(spect, "share_of_counts_in_vois"));
}

static void print_dose(const json_t *result, FILE *out)
{
    const json_t *lungs = json_object_get(result, "lungs");
    const json_t *checks = json_object_get(result, "checks");
    (void)fprintf(out, "lung mass         %.4g kg, %s\n", number(lungs, "mass_kg"),
                  text(lungs, "mass_source"));
    (void)fprintf(out, "lung dose         %.4g Gy per GBq; the limits allow ",
                  number(lungs, "gy_per_gbq"));
    if (isnan(number(lungs, "max_activity_gbq"))) { /* nothing reaches the lungs */
        (void)fputs("any activity\n", out);
    } else {
        (void)fprintf(out, "%.4g GBq\n", number(lungs, "max_activity_gbq"));
    }
    for (size_t n = 0; n < json_array_size(checks); n++) {
        const json_t *check = json_array_get(checks, n);
        if (isnan(number(check, "value"))) {
            continue;
        }
        (void)fprintf(out, "  %-8s %s %s: %.4g Gy, wanted <= %.4g Gy\n", text(check, "verdict"),
                      text(check, "id"), text(check, "quantity"), number(check, "value"),
                      number(check, "limit"));
    }
}

static void print_summary(const json_t *result, FILE *out)
{
    const json_t *u = json_object_get(result, "lung_shunt_uncertainty");
    const json_t *warnings = json_object_get(result, "warnings");
    (void)fprintf(out, "%s: lung shunt fraction %.4f +- %.4f (%s)\n", text(result, "case_id"),
                  number(result, "lung_shunt_fraction"), number(u, "standard"),
                  text(result, "method"));
    (void)fprintf(out, "uncertainty       counting %.4f, regions %.4f, method %.4f\n",
                  number(u, "counting"), number(u, "region"), number(u, "method"));
    if (json_object_get(result, "planar") != NULL) {
        print_planar(json_object_get(result, "planar"), out);
    } else {
        print_spect(json_object_get(result, "spect"), out);
    }
    print_dose(result, out);
    for (size_t n = 0; n < json_array_size(warnings); n++) {
        (void)fprintf(out, "warning: %s\n", json_string_value(json_array_get(warnings, n)));
    }
}

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    const struct ot_shunt_params *shunt = (const struct ot_shunt_params *)params;
    struct ot_buffer buffer = {0};
    json_t *result = NULL;
    struct ot_progress progress;
    ot_progress_begin(&progress, "shunt", run->messages);
    enum ot_rc rc = ot_case_id_check(shunt->case_id, err);
    if (rc == OT_OK) {
        rc = ot_opts_check_links(run->opts, shunt->follow, err);
    }
    if (rc == OT_OK) {
        rc = ot_flow_shunt(shunt, &result, err);
    }
    ot_progress_end(&progress);
    if (rc == OT_OK && shunt->json) {
        rc = ot_json_write(result, &buffer, err);
        if (rc == OT_OK) {
            (void)fputs(buffer.data, run->out);
        }
    } else if (rc == OT_OK) {
        print_summary(result, run->out);
    }
    ot_buffer_release(&buffer);
    json_decref(result);
    return rc;
}

extern const struct ot_cmd ot_cmd_shunt;
const struct ot_cmd ot_cmd_shunt = {
    .name = "shunt",
    .summary = "lung shunt fraction, planar or SPECT/CT",
    .details = "Planar: the geometric mean of the anterior and the posterior view in ROIs of\n"
               "lungs and liver, F = G_lungs / (G_lungs + G_liver) with G = sqrt(anterior *\n"
               "posterior), after scatter and background.\n\n"
               "SPECT/CT: F = C_lungs / (C_lungs + C_liver) from attenuation-corrected counts;\n"
               "a rim of lung at the dome, where breathing puts liver counts, is left out and\n"
               "replaced by the mean of the rest of the lungs; lung beyond the field of view\n"
               "likewise, by volume.\n\n"
               "Both come with a standard uncertainty. Planar F goes with a lung mass of 1 kg,\n"
               "SPECT/CT F with the mass from the CT. With an activity the lung dose is judged\n"
               "against the limits.",
    .example = "tare shunt --spect maa/ --ct ct/ --voi lungs=rt.dcm#Lungs --voi liver=rt.dcm#Liver "
               "--activity-gbq 2.2",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
