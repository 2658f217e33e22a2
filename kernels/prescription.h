/* kernels/prescription.h - the activity that meets the aims and keeps the limits.
 *
 * a_aim = least activity at which every applicable goal row whose value grows with the activity
 * holds. A goal on something else (coverage of the tumor) is judged, and cannot be met by
 * activity. a_max = greatest activity up to which no limit or band row is `fail` and no lung
 * limit is exceeded. prescribed = a_aim if a_aim <= a_max, else a_max, "aim not reached".
 *
 * Doses are linear in the activity, so every verdict can change only where some comparison of
 * some row crosses its own limit; these activities are computed from the rows, and the rows are
 * judged at each, between them, and again at the result. Strict comparators (> 88 Gy) and
 * rounding put the result one part in 1e9 inside.
 */
#ifndef OT_KERNELS_PRESCRIPTION_H
#define OT_KERNELS_PRESCRIPTION_H

#include "kernels/criteria.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { OT_MAX_STRETCH = 8 };

enum ot_prescription_outcome {
    OT_RX_AIM = 0,         /* prescribed = a_aim */
    OT_RX_AIM_NOT_REACHED, /* prescribed = a_max < a_aim, or no activity holds every goal */
    OT_RX_NO_AIM,          /* no goal row applies; prescribed = a_max of a scenario's row */
    OT_RX_NONE, /* nothing prescribed: no goal applies, and no row but the lungs' limits */
};

struct ot_stretch_goal {
    const char *id; /* borrowed from the table */
    char voi[64];
    double activity_gbq; /* least at which it holds; NaN: none */
    bool within_max;     /* activity_gbq <= a_max */
    bool reached;        /* holds at the prescribed activity */
};

struct ot_prescription {
    enum ot_prescription_outcome outcome;
    double a_aim_gbq;      /* NaN: null, see aim_reason */
    double a_max_gbq;      /* NaN: nothing limits, see max_reason */
    double prescribed_gbq; /* NaN only with OT_RX_NONE */
    const char *aim_id;    /* goal row that needs the most; "" for none */
    char aim_voi[64];
    const char *max_id; /* row that fails above a_max, or L-01, L-02; "" for none */
    char max_voi[64];
    char binding_id[16]; /* of the two, the one that decides prescribed_gbq; "" for none */
    char aim_reason[200];
    char max_reason[200]; /* also names limit rows that could not be judged */
    char reason[240];     /* one sentence about prescribed_gbq */
    struct ot_stretch_goal stretch[OT_MAX_STRETCH];
    size_t stretch_count;
};

/* input->activity_gbq is not read; the facts say by per_gbq what scales.
 * Errors: OT_ERR_ARG (scenario 0 has no goals), OT_ERR_RANGE (a result does not hold when it is
 * judged again), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_prescribe(const struct ot_criteria *criteria,
                                      const struct ot_criteria_case *input,
                                      struct ot_prescription *out, struct ot_err *err);

/* "aim", "aim not reached", "no aim", "none". */
const char *ot_prescription_outcome_name(enum ot_prescription_outcome outcome);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_PRESCRIPTION_H */
