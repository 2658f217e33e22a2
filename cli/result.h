/* cli/result.h - result.json from a finished run, part by part.
 *
 * Each function returns a new reference, or NULL and records the error. Numbers that are not
 * known are null, never 0; json_pack's formats stand for themselves.
 */
#ifndef OT_CLI_RESULT_H
#define OT_CLI_RESULT_H

#include <stdbool.h>

#include <jansson.h>

#include "cli/case.h"
#include "cli/cmd.h"
#include "cli/dosimetry.h"
#include "core/criterion.h"
#include "core/dvh.h"
#include "core/err.h"
#include "core/facts.h"
#include "core/text.h"
#include "segment/territory.h"

/* What is known of one VOI at the combined dose. */
struct ot_voi_metrics {
    const struct ot_voi *voi; /* borrowed */
    struct ot_dvh *dvh;       /* owned */
    double mass_g;
    double activity_gbq;
    double energy_j;
    double counts_share;
    double shift_5mm_percent, shift_10mm_percent; /* kernels/shift_sensitivity.h; NAN: unknown */
};

struct ot_metrics {
    struct ot_voi_metrics *voi; /* owned; one for each of d->vois */
    size_t count;
};

/* Pre: ot_dosimetry_combine(). Errors: OT_ERR_RANGE (an empty VOI, by name), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_metrics_make(const struct ot_dosimetry *d, struct ot_metrics *out,
                                         struct ot_err *err);
void ot_metrics_release(struct ot_metrics *metrics);
const struct ot_voi_metrics *ot_metrics_of(const struct ot_metrics *metrics,
                                           const struct ot_voi *voi);

/* u_mean_gy with its parts, or null with the reason; what a recovery correction makes of the mean
 * of a tumor or thrombus, beside the uncorrected one. Pre: m->dvh. */
void ot_result_add_uncertainty(const struct ot_dosimetry *d, const struct ot_voi_metrics *m,
                               json_t *row);
void ot_result_add_recovery(const struct ot_dosimetry *d, const struct ot_voi_metrics *m,
                            json_t *row);
/* A given VOI that is less than three resolutions across; a warning for each. */
bool ot_result_is_small(const struct ot_dosimetry *d, const struct ot_voi_metrics *m);
void ot_result_warn_small(struct ot_dosimetry *d, const struct ot_metrics *metrics);

json_t *ot_result_vois(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                       struct ot_err *err);
/* dvh.csv: voi,dose_gy,volume_ml,volume_fraction, cumulative. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_result_dvh_csv(const struct ot_metrics *metrics, struct ot_buffer *csv,
                                           struct ot_err *err);

/* Numbers of the models at the activities of the combined dose. */
struct ot_models {
    double injected_gbq;     /* sum of A(1-R) */
    double net_liver_gbq;    /* sum of A(1-R)(1-F) */
    double lung_gbq;         /* sum of A(1-R)F */
    double administered_gbq; /* sum of A; NAN where an image alone says the activity */
    double total_in_image_gbq;
    double lung_gy; /* k lung_gbq / lung mass + prior */
    bool lung_shunt_known;
};

void ot_models_make(const struct ot_dosimetry *d, struct ot_models *models);

/* A(1-R) of one injection at the combined dose. */
double ot_models_injected_gbq(const struct ot_injection_run *run);

json_t *ot_result_activity(const struct ot_dosimetry *d, const struct ot_models *models,
                           struct ot_err *err);
json_t *ot_result_single_compartment(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                                     const struct ot_models *models, struct ot_err *err);
/* {} with a reason where tumor or normal tissue are not drawn. */
json_t *ot_result_partition(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                            const struct ot_models *models, struct ot_err *err);
json_t *ot_result_lungs(const struct ot_dosimetry *d, const struct ot_metrics *metrics,
                        const struct ot_models *models, struct ot_err *err);
json_t *ot_result_engine(const struct ot_dosimetry *d, struct ot_err *err);
json_t *ot_result_grid(const struct ot_grid *grid, struct ot_err *err);
/* Of `run`: version, command line with paths replaced by roles, library versions, constants. */
json_t *ot_result_provenance(const struct ot_dosimetry *d, const struct ot_run *run,
                             double start_utc_s, struct ot_err *err);
/* liver, perfused, overlaps, tumors: volumes, percents, margins. */
json_t *ot_result_territories(const struct ot_territories *of, struct ot_err *err);
json_t *ot_result_texts(const struct ot_texts *texts, struct ot_err *err);

/* Per-VOI differences of a verification from its plan. Errors: OT_ERR_FORMAT (no result of a
 * plan), and those of reading. */
OT_MUST_CHECK enum ot_rc ot_result_comparison(const char *plan_folder, const json_t *vois,
                                              double administered_gbq, json_t **out,
                                              struct ot_err *err);

/* Warns where the plan is of another case, or shares no VOI's name. */
void ot_result_comparison_doubts(const json_t *comparison, const char *case_id,
                                 struct ot_texts *warnings);

#endif /* OT_CLI_RESULT_H */
