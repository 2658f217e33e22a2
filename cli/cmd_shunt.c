/* cli/cmd_shunt.c - lung shunt fraction from Tc-99m-MAA images. */
#include <math.h>

#include "cli/cmd.h"

struct params {
    const char *case_id;
    const char *planar;
    struct ot_texts roi;
    struct ot_texts roi_mask;
    const char *scatter;
    bool no_background;
    const char *spect;
    const char *ct;
    struct ot_texts voi;
    double dome_rim_mm;
    double lung_volume_ml;
    double lung_mass_kg;
    const char *lung_mass_source;
    double activity_gbq;
    double residual_fraction;
    double prior_lung_gy;
    double lung_limit_gy;
    double lung_limit_cumulative_gy;
    const char *out;
    bool overwrite;
    bool json;
};

static const struct params defaults = {
    .scatter = "none",
    .dome_rim_mm = 20,
    .lung_volume_ml = NAN,
    .lung_mass_kg = 1.0,
    .lung_mass_source = "fixed",
    .activity_gbq = NAN,
    .residual_fraction = 0,
    .prior_lung_gy = 0,
    .lung_limit_gy = 30,
    .lung_limit_cumulative_gy = 50,
};

static const char *const scatter_words[] = {"none", "dual", "triple", NULL};
static const char *const lung_mass_source_words[] = {"fixed", "ct", NULL};

static const struct ot_opt opts[] = {
    OT_TEXT(struct params, case_id, "case-id", "TEXT", "pseudonym used in every output"),
    OT_FILE(struct params, planar, "planar", "FILE",
            "planar NM file with an anterior and a posterior view"),
    OT_TEXTS(struct params, roi, "roi", "ROLE=X,Y,W,H",
             "lungs, liver or background on the planar views, in pixels: corner, width, height"),
    OT_TEXTS(struct params, roi_mask, "roi-mask", "ROLE=PATH",
             "lungs, liver or background as a mask on the anterior view"),
    OT_CHOICE(struct params, scatter, "scatter", "METHOD", scatter_words,
              "none, dual (one lower window) or triple (both neighbors)"),
    OT_FLAG(struct params, no_background, "no-background", "do not subtract the background ROI"),
    OT_FILE(struct params, spect, "spect", "PATH",
            "MAA SPECT: DICOM folder or file, NIfTI or NRRD"),
    OT_FILE(struct params, ct, "ct", "PATH", "CT of the same study"),
    OT_TEXTS(struct params, voi, "voi", "ROLE[:NAME]=PATH[#SELECTOR]",
             "lungs and liver for SPECT/CT"),
    OT_F64(struct params, dome_rim_mm, "dome-rim-mm", "mm", 0, 50,
           "lung this near to the liver is left out and replaced by the mean of the rest"),
    OT_F64(struct params, lung_volume_ml, "lung-volume-ml", "ml", 1, 20000,
           "whole lung volume where the field of view cuts the lungs"),
    OT_F64(struct params, lung_mass_kg, "lung-mass-kg", "kg", 0.05, 5, "lung mass for the dose"),
    OT_CHOICE(struct params, lung_mass_source, "lung-mass-source", "SOURCE", lung_mass_source_words,
              "fixed, or ct: sum of (1 + HU/1000) V; ct needs SPECT/CT"),
    OT_F64(struct params, activity_gbq, "activity-gbq", "GBq", 1e-6, 100,
           "activity to tell the lung dose for"),
    OT_F64(struct params, residual_fraction, "residual-fraction", "0..1", 0, 1,
           "activity that stays in vial and tubing"),
    OT_F64(struct params, prior_lung_gy, "prior-lung-gy", "Gy", 0, 1000,
           "lung dose of earlier treatments"),
    OT_F64(struct params, lung_limit_gy, "lung-limit-gy", "Gy", 0, 1000, "limit of one treatment"),
    OT_F64(struct params, lung_limit_cumulative_gy, "lung-limit-cumulative-gy", "Gy", 0, 1000,
           "limit of all treatments"),
    OT_FILE(struct params, out, "out", "DIR",
            "folder for shunt.json; without it the result is only printed"),
    OT_FLAG(struct params, overwrite, "overwrite",
            "use the output folder although it is not empty"),
    OT_FLAG(struct params, json, "json", "print the results as JSON"),
};

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    (void)params;
    (void)run;
    return ot_fail(err, OT_ERR_ARG,
                   "shunt comes in a later version; plan measures the lung shunt fraction from "
                   "SPECT with liver and lungs VOIs");
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
