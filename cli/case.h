/* cli/case.h - one case: the named values of interface.md, from flags, case file and site file.
 *
 * The same name is the long flag, the key of case.json and the column of cohort.csv; the one
 * table ot_case_opts serves all three. A number that was not given is NAN, a text NULL.
 */
#ifndef OT_CLI_CASE_H
#define OT_CLI_CASE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/opt.h"
#include "core/err.h"
#include "core/text.h"

/* What may differ between injections. In a case without `injections` there is one, made of the
 * case's own values. */
struct ot_injection {
    const char *perfused; /* name of its perfused VOI; NULL: the only one, or none */
    const char *spect;
    const char *pet;
    const char *calibration;
    const char *decay_reference;
    const char *injection_time;
    const char *calibration_time;
    double activity_gbq;
    double residual_fraction;
    double lung_shunt_fraction;
    double vial_gbq_at_calibration;
    double bq_per_sphere_at_calibration;
};

struct ot_case {
    const char *case_path; /* the file itself */
    const char *site;
    const char *case_id;
    const char *ct;
    struct ot_texts voi;
    struct ot_texts transform; /* "WHAT=FILE" each */
    struct ot_injection top;   /* values of the whole case; defaults of each injection */
    bool skip_bad_voi;
    bool isotope_override;
    bool patient_override, study_override, frame_override;
    bool allow_negative, allow_saturated;
    bool follow;                                            /* symbolic links inside folders */
    bool allow_intercept, allow_uncorrected_beds, units_mm; /* waivers of what a file leaves open */
    bool rescale_to_net;
    double spect_bq_per_count;
    const char *recovery;
    double resolution_mm, delineation_fwhm_mm;
    double calibration_uncertainty, residual_uncertainty, lung_shunt_uncertainty;
    double extrahepatic_multiple, extrahepatic_margin_mm;
    const char *density;
    const char *hu_table; /* of the site's scanner; NULL: the built-in one */
    double liver_density_g_per_cm3;
    double lung_density_g_per_cm3;
    double body_density_g_per_cm3;
    double lung_mass_kg;
    double lung_limit_gy;
    double lung_limit_cumulative_gy;
    const char *dose_engine;
    const char *convolution;
    const char *heterogeneity;
    bool bremsstrahlung_tail;
    const char *dose_grid;
    double dose_constant_gy_kg_per_gbq;
    double half_life_h;
    struct ot_texts alpha_beta_gy; /* "ROLE=VALUE" each, as the three that follow */
    struct ot_texts repair_half_time_h;
    struct ot_texts geud_a;
    struct ot_texts alpha_per_gy;
    int threads;
    int subvoxels; /* dvh: parts of a voxel along each axis */

    const char *scenario;
    const char *site_zone;
    const char *site_hours;
    double prior_lung_gy;
    double prior_liver_gy;
    const char *stage;
    const char *out;

    /* clinical facts that criteria ask for */
    const char *child_pugh;
    double albi_grade, albumin_g_dl, bilirubin_mg_dl, hepatic_reserve_percent;
    const char *tumor_stage;
    double tumor_diameter_cm;
    const char *dosimetry_model, *treatment_intent, *segmental_infusion_possible;
    const char *liver_background;
    double couinaud_segments_treated;
    const char *microsatellites_suspected;
    double margin_cm, microcatheter_french;
    struct ot_texts prior_therapy;
    const char *unresectable, *surgical_comorbidity;
    struct ot_texts lobectomy_indication;
    const char *lobectomy_technique, *mvi_extent, *mvi_laterality, *disease_laterality;
    double treated_lobes;
    const char *maa_tumor_targeting, *maa_mvi_targeting, *portal_perfusion_compromised;
    const char *aggressive_biology, *multidisciplinary_review, *bilobar_session;
    const char *treatment_day;
    double bq_per_sphere, treated_liver_percent, tumor_inside_perfused_percent;
    double thrombus_inside_perfused_percent, weeks_between_sessions;

    /* of single commands */
    const char *dose;       /* dvh: the dose map */
    const char *dose_parts; /* dvh: its doses in voxels that are partly lung */
    const char *plan;       /* verify: result folder of the plan */
    const char *keep;
    struct ot_texts vois_as; /* "seg", ...: formats besides vois.nii.gz */
    bool dose_dicom;
    bool overwrite;
    bool strict;
    bool json;

    bool lung_mass_given; /* by anybody: not the default */

    struct ot_injection *injections; /* owned; the first ones as given */
    size_t injection_count;
    struct ot_texts pool; /* owns the texts of `injections` */
};

enum { OT_CASE_OPT_COUNT = 112 };
extern const struct ot_opt ot_case_opts[OT_CASE_OPT_COUNT];
extern const struct ot_case ot_case_defaults;

/* The words that --vois-as takes; NULL-terminated, and as help writes them. */
extern const char *const OT_VOI_FORMATS[];
#define OT_VOI_FORMATS_TEXT "nifti|seg|seg-binary|rtstruct|seg.nrrd"

/* Heading of the facts' part of the table: their values become facts of the criteria. */
extern const char *const OT_CASE_FACTS_GROUP;

/* Completes what the flags gave: reads the case file and the site file (flag > case > site >
 * default), fills `injections`, checks what every command needs.
 * Errors: OT_ERR_ARG (unknown name, bad value), OT_ERR_IO, OT_ERR_FORMAT, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_case_complete(struct ot_case *c, struct ot_opts *opts,
                                          struct ot_err *err);
void ot_case_release(struct ot_case *c); /* what ot_case_complete() made; NULL is fine */

/* A pseudonym that can stand in file names: 1 to 64 letters, digits, '.', '_', '-'; no '.' first.
 */
bool ot_case_id_is_valid(const char *text);
/* Errors: OT_ERR_ARG, which does not repeat the text: it might be a patient's name. */
OT_MUST_CHECK enum ot_rc ot_case_id_check(const char *text, struct ot_err *err);

/* Refuses options that this command does not use: `names` NULL-terminated.
 * Errors: OT_ERR_ARG. */
OT_MUST_CHECK enum ot_rc ot_case_refuse(const struct ot_opts *opts, const char *command,
                                        const char *const *names, struct ot_err *err);

/* The value of `role` in a list of "ROLE=VALUE"; NAN without one. */
double ot_case_of_role(const struct ot_texts *list, const char *role);

#endif /* OT_CLI_CASE_H */
