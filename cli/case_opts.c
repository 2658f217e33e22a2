/* cli/case_opts.c - the vocabulary: every name of a case, its unit, limits and default. */
#include <math.h>

#include "cli/case.h"
#include "kernels/nuclide.h"

#define C struct ot_case
#define YES_NO "yes|no"

static const char *const yes_no[] = {"yes", "no", NULL};
static const char *const densities[] = {"organ", "ct", NULL};
static const char *const engines[] = {"vsv", "local", NULL};
static const char *const convolutions[] = {"auto", "direct", "fft", NULL};
static const char *const heterogeneities[] = {"ray", "source", NULL};
static const char *const scenarios[] = {"segmentectomy", "lobectomy", "unilobar", "bilobar",
                                        "mvi",           "none",      NULL};
static const char *const stages[] = {"plan", "verify", "dose", NULL};
static const char *const child_pughs[] = {"A5",  "A6",  "B7",  "B8",  "B9",  "C10",
                                          "C11", "C12", "C13", "C14", "C15", NULL};
static const char *const tumor_stages[] = {"T1", "T2", "T3", "T4a", "T4b", NULL};
static const char *const models[] = {"single", "multi", NULL};
static const char *const intents[] = {"definitive", "bridge",     "downstage",
                                      "resection",  "palliation", NULL};
static const char *const backgrounds[] = {"normal", "compensated", "decompensated", NULL};
static const char *const therapies[] = {"none", "resection", "ablation", "ebrt",
                                        "sbrt", "tace",      "pve",      NULL};
static const char *const indications[] = {"inadequate_flr", "test_of_time", "vessel_clearance",
                                          "delay_or_definitive", NULL};
static const char *const techniques[] = {"lobar", "modified", NULL};
static const char *const extents[] = {"none", "segmental", "branch", "lobar", "main", NULL};
static const char *const lateralities[] = {"unilobar", "bilobar", NULL};
static const char *const targetings[] = {"good", "poor", "none", "not_done", NULL};
static const char *const sessions[] = {"single", "staged", NULL};
static const char *const days[] = {"W1 Sun", "W1 Mon", "W1 Tue", "W1 Wed", "W1 Thu",
                                   "W1 Fri", "W1 Sat", "W2 Sun", "W2 Mon", "W2 Tue",
                                   "W2 Wed", "W2 Thu", "W2 Fri", "W2 Sat", NULL};

const char *const OT_VOI_FORMATS[] = {"nifti", "seg", "seg-binary", "rtstruct", "seg.nrrd", NULL};

const char *const OT_CASE_FACTS_GROUP = "clinical facts that criteria ask for";

/* clang-format off */
#define IMAGES .group = "images and volumes"
#define DOSE .group = "dose"
#define TREATMENT .group = "treatment"
#define FACTS .group = "clinical facts that criteria ask for"
#define CONTROL .group = "control"
#define OFFSET(field, kind_) .offset = OT_FIELD(C, field, kind_)
#define NUMBER(field, name_, unit_, lo_, hi_, help_, group_) \
    {.name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_F64, .lo = (lo_), \
     .hi = (hi_), OFFSET(field, double), group_}
#define WORD(field, name_, unit_, help_, group_) \
    {.name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_TEXT, \
     OFFSET(field, const char *), group_}
#define PATH(field, name_, unit_, help_, group_) \
    {.name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_TEXT, .path = OT_PATH, \
     OFFSET(field, const char *), group_}
#define ONE_OF(field, name_, unit_, choices_, help_, group_) \
    {.name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_TEXT, \
     .choices = (choices_), OFFSET(field, const char *), group_}
#define SOME_OF(field, name_, unit_, choices_, help_, group_) \
    {.name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_TEXTS, \
     .choices = (choices_), OFFSET(field, struct ot_texts), group_}
#define SWITCH(field, name_, help_, group_) \
    {.name = (name_), .unit = "", .help = (help_), .kind = OT_OPT_FLAG, OFFSET(field, bool), group_}

const struct ot_opt ot_case_opts[OT_CASE_OPT_COUNT] = {
    {.name = "case", .unit = "CASE.json", .help = "the case as a file; flags win over it",
     .kind = OT_OPT_TEXT, .path = OT_PATH, .positional = true, OFFSET(case_path, const char *)},
    PATH(out, "out", "DIR", "result folder to create", CONTROL),
    SWITCH(overwrite, "overwrite", "replace what is in DIR", CONTROL),
    SWITCH(strict, "strict", "exit 6 when a criterion fails; refuse assumed values", CONTROL),
    SWITCH(json, "json", "print result.json instead of the summary", CONTROL),
    PATH(site, "site", "FILE", "a clinic's own limits, vials, hours, biology (JSON)", CONTROL),
    SWITCH(dose_dicom, "dose-dicom", "also write dose.dcm (RTDOSE)", CONTROL),
    SOME_OF(vois_as, "vois-as", OT_VOI_FORMATS_TEXT, OT_VOI_FORMATS,
            "also write the VOIs as DICOM SEG, RTSTRUCT or .seg.nrrd", CONTROL),
    WORD(keep, "keep", "LIST", "intermediates to keep: activity,density,kernel", CONTROL),
    {.name = "threads", .unit = "N", .help = "worker threads; 0: OMP_NUM_THREADS, "
     "SLURM_CPUS_PER_TASK, or the cores allowed", .kind = OT_OPT_INT, .lo = 0, .hi = 1024,
     OFFSET(threads, int), CONTROL},

    WORD(case_id, "case-id", "TEXT", "pseudonym used in every output", IMAGES),
    PATH(top.spect, "spect", "PATH[#SELECTOR]", "MAA or bremsstrahlung SPECT: DICOM, NIfTI or NRRD", IMAGES),
    PATH(top.pet, "pet", "PATH[#SELECTOR]", "Y-90 PET: DICOM, NIfTI or NRRD", IMAGES),
    PATH(ct, "ct", "PATH[#SELECTOR]", "CT of the same study (HU)", IMAGES),
    {.name = "voi", .unit = "ROLE[:NAME]=PATH[#SELECTOR]", .help = "a volume of interest; ROLE is "
     "liver, perfused, tumor, thrombus, lungs, body or exclude", .kind = OT_OPT_TEXTS,
     .path = OT_PATH_AFTER_EQUALS, OFFSET(voi, struct ot_texts), IMAGES},
    {.name = "transform", .unit = "WHAT=FILE", .help = "moves ct, vois or one VOI by name into "
     "the frame of the activity: DICOM Spatial Registration or ITK text", .kind = OT_OPT_TEXTS,
     .path = OT_PATH_AFTER_EQUALS, OFFSET(transform, struct ot_texts), IMAGES},
    WORD(top.calibration, "calibration", "relative[:REGION]|bqml|factor:X",
         "from counts to activity", IMAGES),
    WORD(top.decay_reference, "decay-reference", "injection|TIME",
         "what the values of an image without times refer to", IMAGES),
    SWITCH(skip_bad_voi, "skip-bad-voi",
           "leave out, with a warning, tumor, thrombus and exclude VOIs that are empty or outside "
           "the image", IMAGES),
    SWITCH(isotope_override, "isotope-override",
           "use the image although its header names another radionuclide", IMAGES),
    SWITCH(patient_override, "patient-override",
           "use inputs although their Patient IDs differ", IMAGES),
    SWITCH(study_override, "study-override", "use inputs although they are of different studies",
           IMAGES),
    SWITCH(frame_override, "frame-override",
           "use inputs although their frames of reference differ, as if they were one", IMAGES),
    SWITCH(allow_negative, "allow-negative", "keep negative voxels", IMAGES),
    SWITCH(allow_saturated, "allow-saturated",
           "use an image with voxels at the end of its file's number range", IMAGES),
    SWITCH(allow_intercept, "allow-intercept",
           "keep what the file's scaling adds to every voxel, also to air", IMAGES),
    SWITCH(allow_uncorrected_beds, "allow-uncorrected-beds",
           "use a SPECT of several bed positions that states no decay correction", IMAGES),
    SWITCH(units_mm, "units-mm", "lengths of files that state no unit of length are mm", IMAGES),
    SWITCH(follow, "follow", "read what symbolic links inside folders lead to", IMAGES),
    SWITCH(rescale_to_net, "rescale-to-net",
           "scale an image in Bq/ml so that its total is the net injected activity", IMAGES),
    NUMBER(extrahepatic_multiple, "extrahepatic-multiple", "TIMES", 0.1, 1000,
           "uptake outside liver and lungs is listed above this multiple of the normal liver",
           IMAGES),
    NUMBER(extrahepatic_margin_mm, "extrahepatic-margin-mm", "mm", 0.1, 50,
           "nearer to the liver than this, uptake is taken as its blur", IMAGES),
    NUMBER(spect_bq_per_count, "spect-bq-per-count", "Bq", 1e-6, 1e9,
           "camera factor of a SPECT in counts: tells its measured total, never the dose", IMAGES),
    PATH(recovery, "recovery", "FILE",
         "the scanner's recovery: CSV of phantom spheres, diameter_mm and recovery", IMAGES),
    NUMBER(resolution_mm, "resolution-mm", "mm", 0.5, 40,
           "full width at half maximum of the activity image, for uncertainty", IMAGES),
    NUMBER(delineation_fwhm_mm, "delineation-fwhm-mm", "mm", 0.1, 40,
           "that of the image the VOIs were drawn on; without it resolution-mm", IMAGES),
    NUMBER(calibration_uncertainty, "calibration-uncertainty", "FRACTION", 0, 1,
           "relative, of the dose calibrator (relative) or of the scanner (bqml, factor)", IMAGES),
    NUMBER(residual_uncertainty, "residual-uncertainty", "FRACTION", 0, 1,
           "standard uncertainty of residual-fraction", IMAGES),
    NUMBER(lung_shunt_uncertainty, "lung-shunt-uncertainty", "FRACTION", 0, 1,
           "standard uncertainty of lung-shunt-fraction", IMAGES),
    PATH(dose, "dose", "PATH", "the dose map (tare dvh)", IMAGES),
    PATH(dose_parts, "dose-parts", "FILE",
         "doses of both parts of voxels that are partly lung, as plan writes them (tare dvh)",
         IMAGES),
    {.name = "subvoxels", .unit = "N", .help = "parts of a voxel along each axis between which the "
     "dose is interpolated (tare dvh)", .kind = OT_OPT_INT, .lo = 1, .hi = 8,
     OFFSET(subvoxels, int), IMAGES},
    PATH(plan, "plan", "DIR", "result folder of the plan to compare with (tare verify)", IMAGES),

    ONE_OF(density, "density", "organ|ct", densities, "where voxel densities come from", DOSE),
    PATH(hu_table, "hu-table", "FILE",
         "the scanner's own calibration for density ct (CSV: hu,g_per_cm3)", DOSE),
    NUMBER(liver_density_g_per_cm3, "liver-density-g-per-cm3", "g/cm3", 0.8, 1.3,
           "liver, tumors, thrombus; and everything where there is no body VOI", DOSE),
    NUMBER(lung_density_g_per_cm3, "lung-density-g-per-cm3", "g/cm3", 0.05, 1.1, "lungs", DOSE),
    NUMBER(body_density_g_per_cm3, "body-density-g-per-cm3", "g/cm3", 0.8, 1.3,
           "the rest of the body", DOSE),
    ONE_OF(dose_engine, "dose-engine", "vsv|local", engines,
           "voxel S value convolution or local deposition", DOSE),
    ONE_OF(convolution, "convolution", "auto|direct|fft", convolutions, "how to convolve", DOSE),
    ONE_OF(heterogeneity, "heterogeneity", "ray|source", heterogeneities,
           "where density is not uniform: rays in mass depth, or the kernel of each source's medium", DOSE),
    SWITCH(bremsstrahlung_tail, "bremsstrahlung-tail", "add the photons' dose from beyond the beta range to 300 mm (below 0.5 %)", DOSE),
    WORD(dose_grid, "dose-grid", "activity|ct|MM", "grid of the dose map", DOSE),
    NUMBER(dose_constant_gy_kg_per_gbq, "dose-constant-gy-kg-per-gbq", "Gy kg/GBq", 40, 60,
           "the one dose constant of every model", DOSE),
    NUMBER(half_life_h, "half-life-h", "h", 60, 68, "the one half-life of Y-90", DOSE),
    SOME_OF(alpha_beta_gy, "alpha-beta-gy", "ROLE=GY", NULL, "alpha/beta for BED", DOSE),
    SOME_OF(repair_half_time_h, "repair-half-time-h", "ROLE=H", NULL, "repair for BED", DOSE),
    SOME_OF(geud_a, "geud-a", "ROLE=A", NULL, "exponent of the gEUD", DOSE),
    SOME_OF(alpha_per_gy, "alpha-per-gy", "ROLE=PER_GY", NULL, "alpha for cell-survival EUD, with alpha/beta and repair EUBED", DOSE),

    ONE_OF(scenario, "scenario", "segmentectomy|lobectomy|unilobar|bilobar|mvi|none", scenarios,
           "clinical scenario of Salem et al. 2023", TREATMENT),
    NUMBER(top.activity_gbq, "activity-gbq", "GBq", 0.001, 50,
           "activity administered (verify), or to evaluate (plan)", TREATMENT),
    NUMBER(top.residual_fraction, "residual-fraction", "FRACTION", 0, 0.99,
           "part of the activity that stayed in vial and tubing", TREATMENT),
    NUMBER(top.lung_shunt_fraction, "lung-shunt-fraction", "FRACTION", 0, 0.99,
           "part of the injected activity that goes to the lungs", TREATMENT),
    WORD(top.injection_time, "injection-time", "TIME", "ISO 8601 with zone", TREATMENT),
    WORD(top.calibration_time, "calibration-time", "TIME", "of the vial, ISO 8601 with zone",
         TREATMENT),
    NUMBER(top.vial_gbq_at_calibration, "vial-gbq-at-calibration", "GBq", 0.1, 50,
           "vial, at calibration time", TREATMENT),
    NUMBER(top.bq_per_sphere_at_calibration, "bq-per-sphere-at-calibration", "Bq", 10, 10000,
           "activity of one microsphere at calibration", TREATMENT),
    WORD(top.perfused, "perfused", "NAME", "perfused VOI of the injection, where several exist",
         TREATMENT),
    WORD(site_zone, "site-zone", "ZONE", "time zone of the site", TREATMENT),
    WORD(site_hours, "site-hours", "HH:MM-HH:MM", "when treatments are given", TREATMENT),
    NUMBER(lung_mass_kg, "lung-mass-kg", "kg", 0.2, 3, "mass of both lungs", TREATMENT),
    NUMBER(lung_limit_gy, "lung-limit-gy", "Gy", 1, 100, "limit of one treatment", TREATMENT),
    NUMBER(lung_limit_cumulative_gy, "lung-limit-cumulative-gy", "Gy", 1, 200,
           "limit of all treatments", TREATMENT),
    NUMBER(prior_lung_gy, "prior-lung-gy", "Gy", 0, 200, "lung dose of earlier treatments",
           TREATMENT),
    NUMBER(prior_liver_gy, "prior-liver-gy", "Gy", 0, 1000,
           "mean liver dose of earlier treatments", TREATMENT),
    ONE_OF(stage, "stage", "plan|verify|dose", stages, "what batch does with the case", TREATMENT),

    ONE_OF(child_pugh, "child-pugh", "A5|A6|B7|...|C15", child_pughs, "Child-Pugh score", FACTS),
    NUMBER(albi_grade, "albi-grade", "1..3", 1, 3, "ALBI grade", FACTS),
    NUMBER(albumin_g_dl, "albumin-g-dl", "g/dl", 0.5, 10, "albumin", FACTS),
    NUMBER(bilirubin_mg_dl, "bilirubin-mg-dl", "mg/dl", 0.05, 60, "total bilirubin", FACTS),
    NUMBER(hepatic_reserve_percent, "hepatic-reserve-percent", "%", 0, 100,
           "hepatic reserve, by the site's own definition", FACTS),
    ONE_OF(tumor_stage, "tumor-stage", "T1|T2|T3|T4a|T4b", tumor_stages, "UNOS stage", FACTS),
    NUMBER(tumor_diameter_cm, "tumor-diameter-cm", "cm", 0.1, 40, "largest tumor", FACTS),
    ONE_OF(dosimetry_model, "dosimetry-model", "single|multi", models, "model to judge by", FACTS),
    ONE_OF(treatment_intent, "treatment-intent", "definitive|bridge|downstage|resection|palliation",
           intents, "intent", FACTS),
    ONE_OF(segmental_infusion_possible, "segmental-infusion-possible", YES_NO, yes_no,
           "segmental infusion is technically possible", FACTS),
    ONE_OF(liver_background, "liver-background", "normal|compensated|decompensated", backgrounds,
           "background liver", FACTS),
    NUMBER(couinaud_segments_treated, "couinaud-segments-treated", "1..8", 1, 8,
           "segments treated", FACTS),
    ONE_OF(microsatellites_suspected, "microsatellites-suspected", YES_NO, yes_no,
           "microsatellites are suspected", FACTS),
    NUMBER(margin_cm, "margin-cm", "cm", 0, 20, "treated margin about the tumor", FACTS),
    NUMBER(microcatheter_french, "microcatheter-french", "French", 1, 6, "microcatheter", FACTS),
    SOME_OF(prior_therapy, "prior-therapy", "none|resection|ablation|ebrt|sbrt|tace|pve",
            therapies, "earlier therapy", FACTS),
    ONE_OF(unresectable, "unresectable", YES_NO, yes_no, "unresectable", FACTS),
    ONE_OF(surgical_comorbidity, "surgical-comorbidity", YES_NO, yes_no,
           "comorbidity precludes surgery", FACTS),
    SOME_OF(lobectomy_indication, "lobectomy-indication",
            "inadequate_flr|test_of_time|vessel_clearance|delay_or_definitive", indications,
            "why a lobectomy", FACTS),
    ONE_OF(lobectomy_technique, "lobectomy-technique", "lobar|modified", techniques,
           "technique", FACTS),
    ONE_OF(mvi_extent, "mvi-extent", "none|segmental|branch|lobar|main", extents,
           "macrovascular invasion", FACTS),
    ONE_OF(mvi_laterality, "mvi-laterality", "unilobar|bilobar", lateralities,
           "side of the invasion", FACTS),
    ONE_OF(disease_laterality, "disease-laterality", "unilobar|bilobar", lateralities,
           "side of the disease", FACTS),
    NUMBER(treated_lobes, "treated-lobes", "1..2", 1, 2, "lobes treated", FACTS),
    ONE_OF(maa_tumor_targeting, "maa-tumor-targeting", "good|poor|none|not_done", targetings,
           "MAA uptake of the tumor", FACTS),
    ONE_OF(maa_mvi_targeting, "maa-mvi-targeting", "good|poor|none|not_done", targetings,
           "MAA uptake of the thrombus", FACTS),
    ONE_OF(portal_perfusion_compromised, "portal-perfusion-compromised", YES_NO, yes_no,
           "portal perfusion is compromised", FACTS),
    ONE_OF(aggressive_biology, "aggressive-biology", YES_NO, yes_no, "aggressive disease", FACTS),
    ONE_OF(multidisciplinary_review, "multidisciplinary-review", YES_NO, yes_no,
           "a multidisciplinary team has reviewed the case", FACTS),
    ONE_OF(bilobar_session, "bilobar-session", "single|staged", sessions,
           "one session or two", FACTS),
    ONE_OF(treatment_day, "treatment-day", "W1 Mon..W2 Sat", days,
           "day after calibration; derived from the times where given", FACTS),
    NUMBER(bq_per_sphere, "bq-per-sphere", "Bq", 1, 10000,
           "activity of one microsphere at injection", FACTS),
    NUMBER(treated_liver_percent, "treated-liver-percent", "%", 0, 100,
           "perfused part of the liver; derived from the VOIs where they exist", FACTS),
    NUMBER(tumor_inside_perfused_percent, "tumor-inside-perfused-percent", "%", 0, 100,
           "derived from the VOIs where they exist", FACTS),
    NUMBER(thrombus_inside_perfused_percent, "thrombus-inside-perfused-percent", "%", 0, 100,
           "derived from the VOIs where they exist", FACTS),
    NUMBER(weeks_between_sessions, "weeks-between-sessions", "weeks", 0, 200,
           "between staged sessions", FACTS),
};
/* clang-format on */

const struct ot_case ot_case_defaults = {
    .case_id = "case",
    .subvoxels = 1,
    .top = {.activity_gbq = NAN,
            .residual_fraction = NAN,
            .lung_shunt_fraction = NAN,
            .vial_gbq_at_calibration = NAN,
            .bq_per_sphere_at_calibration = 2500.0},
    .spect_bq_per_count = NAN,
    .resolution_mm = NAN,
    .delineation_fwhm_mm = NAN,
    .calibration_uncertainty = NAN,
    .residual_uncertainty = NAN,
    .lung_shunt_uncertainty = NAN,
    .extrahepatic_multiple = 1.0,
    .extrahepatic_margin_mm = 10.0,
    .density = "organ",
    .liver_density_g_per_cm3 = 1.05,
    .lung_density_g_per_cm3 = 0.26,
    .body_density_g_per_cm3 = 1.04,
    .lung_mass_kg = 1.0,
    .lung_limit_gy = 30.0,
    .lung_limit_cumulative_gy = 50.0,
    .dose_engine = "vsv",
    .convolution = "auto",
    .heterogeneity = "ray",
    .dose_grid = "activity",
    .dose_constant_gy_kg_per_gbq = OT_Y90_GY_KG_PER_GBQ,
    .half_life_h = OT_Y90_HALF_LIFE_H,
    .scenario = "none",
    .site_zone = "America/New_York",
    .site_hours = "08:00-18:00",
    .prior_lung_gy = 0.0,
    .prior_liver_gy = 0.0,
    .stage = "plan",
    .albi_grade = NAN,
    .albumin_g_dl = NAN,
    .bilirubin_mg_dl = NAN,
    .hepatic_reserve_percent = NAN,
    .tumor_diameter_cm = NAN,
    .couinaud_segments_treated = NAN,
    .margin_cm = NAN,
    .microcatheter_french = NAN,
    .treated_lobes = NAN,
    .bq_per_sphere = NAN,
    .treated_liver_percent = NAN,
    .tumor_inside_perfused_percent = NAN,
    .thrombus_inside_perfused_percent = NAN,
    .weeks_between_sessions = NAN,
};
