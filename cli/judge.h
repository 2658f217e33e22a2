/* cli/judge.h - a run against the criteria of its scenario: prescription, day, checks. */
#ifndef OT_CLI_JUDGE_H
#define OT_CLI_JUDGE_H

#include <stdbool.h>

#include <jansson.h>

#include "cli/result.h"
#include "cli/schedule.h"
#include "core/criterion.h"
#include "kernels/criteria.h"
#include "kernels/prescription.h"

enum { OT_MAX_JUDGED = 64 };

struct ot_judge {
    struct ot_criteria criteria; /* the table */
    struct ot_facts common;
    struct ot_facts injection_facts[OT_MAX_JUDGED];
    struct ot_facts tumor_facts[OT_MAX_JUDGED];
    struct ot_named_facts injections[OT_MAX_JUDGED];
    struct ot_named_facts tumors[OT_MAX_JUDGED];
    struct ot_lung_facts lungs;
    struct ot_criteria_case input;
    struct ot_prescription prescription;
    bool prescribed; /* prescription is filled */
    bool scales;     /* the facts are doses per GBq of the total activity */
    struct ot_schedule schedule;
    size_t proposed; /* of schedule.options, where option_count > 0 */
    struct ot_checks checks;
};

void ot_judge_release(struct ot_judge *judge);

/* Loads the table and collects what the case states.
 * Errors: OT_ERR_ARG, OT_ERR_FORMAT, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_judge_init(struct ot_judge *judge, const struct ot_dosimetry *d,
                                       struct ot_err *err);

/* plan: the activity that meets aims and limits, from dose maps per GBq; the vials and days
 * that serve it. `parts` are the shares of the injections in the total activity.
 * Errors: as ot_prescribe(), ot_schedule_make(). */
OT_MUST_CHECK enum ot_rc ot_judge_prescribe(struct ot_judge *judge, const struct ot_dosimetry *d,
                                            const double *parts, double now_utc_s,
                                            struct ot_err *err);

/* Judges the combined dose. Errors: as ot_criteria_judge(). */
OT_MUST_CHECK enum ot_rc ot_judge_dose(struct ot_judge *judge, const struct ot_dosimetry *d,
                                       const struct ot_metrics *metrics,
                                       const struct ot_models *models, struct ot_err *err);

json_t *ot_judge_prescription_json(const struct ot_judge *judge, const struct ot_dosimetry *d);
/* Texts of the contradictions that stand beside the checks: id -> text. */
json_t *ot_judge_conflicts_json(const struct ot_judge *judge);

#endif /* OT_CLI_JUDGE_H */
