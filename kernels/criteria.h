/* kernels/criteria.h - judges named values by a table of criteria.
 *
 * Order for each row: (1) its model is not the dosimetry model: info; (2) its `when` is false:
 * info; (3) it reads nothing: info; (4) a name is missing: not_evaluated; (5) compare;
 * (6) when an alternative holds, a false verdict is one step milder; (7) a pass that was
 * reported for another treatment day is a caution. Logic has three values: unknown and false is
 * false, unknown or true is true.
 */
#ifndef OT_KERNELS_CRITERIA_H
#define OT_KERNELS_CRITERIA_H

#include "core/criterion.h"
#include "core/facts.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Facts of one injection or of one tumor, by name; borrowed. A name found here wins over the
 * facts of the whole case. */
struct ot_named_facts {
    const char *name;
    const struct ot_facts *facts;
};

/* Lung dose = prior_gy + gy_per_gbq * activity. */
struct ot_lung_facts {
    double gy_per_gbq; /* k (1-R) F / lung mass, or the dose itself with activity_gbq 1 */
    double prior_gy;
    double limit_gy;            /* of one treatment; NaN: no such row */
    double limit_cumulative_gy; /* with prior_gy; NaN: no such row */
    bool known;                 /* false: the shunt is neither given nor measured: not_evaluated */
};

struct ot_criteria_case {
    int scenario; /* 1 to 5; 0: only the lung rows */
    const struct ot_facts *facts;
    double activity_gbq; /* for facts that scale; NaN where none does */
    /* A row whose VOI is `perfused`, or that reads a name only injections have, is judged once
     * for each injection. Put single_compartment.perfused.mean_gy, treated_liver_percent, ...
     * into these facts; with 0 injections all is read from `facts`. */
    const struct ot_named_facts *injections;
    size_t injection_count;
    /* Each tumor's own vois.tumor.mean_gy, shown as info beside the judged union; give none
     * where the case has only one tumor. */
    const struct ot_named_facts *tumors;
    size_t tumor_count;
    const struct ot_lung_facts *lungs; /* NULL: no lung rows */
    bool images_without_tumor;         /* images were given, and no tumor VOI: model `single` */
};

/* "single" or "multi": declared (dosimetry_model), else single in scenario 1 and where images
 * have no tumor VOI, else multi. Static text. */
const char *ot_criteria_model(const struct ot_criteria_case *input);

/* Appends the checks of the scenario in the table's order, then the lung rows L-01 (one
 * treatment) and L-02 (cumulative). `checks` borrows texts from `criteria` and `input`.
 * Errors: OT_ERR_ARG (scenario), OT_ERR_FORMAT (the table), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_criteria_judge(const struct ot_criteria *criteria,
                                           const struct ot_criteria_case *input,
                                           struct ot_checks *checks, struct ot_err *err);

/* True when any check is `fail`. */
bool ot_checks_any_fail(const struct ot_checks *checks);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_CRITERIA_H */
