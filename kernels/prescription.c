/* kernels/prescription.c - walks the activities at which some verdict can change.
 *
 * Between two neighboring crossings every verdict is constant, so it is enough to judge
 * at each and once between. */
#include "kernels/prescription.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/crossings.h"

/* How far inside an open end the result lies; far below what a dose calibrator resolves. */
static const double INSIDE = 1e-9;

struct search {
    const struct ot_criteria *criteria;
    struct ot_criteria_case input; /* activity_gbq changes from step to step */
    struct ot_checks checks;       /* of the last step */
    struct ot_crossings crossings;
};

static enum ot_rc judge_at(struct search *search, double activity_gbq, struct ot_err *err)
{
    search->checks.count = 0;
    search->input.activity_gbq = activity_gbq;
    return ot_criteria_judge(search->criteria, &search->input, &search->checks, err);
}

static bool is_aim(const struct ot_check *check, enum ot_criterion_role role)
{
    return check->role == role && check->applies && check->scales;
}

/* True when there are aims of this role and all hold. `only` (may be NULL): this check alone. */
static bool aims_hold(const struct ot_checks *checks, enum ot_criterion_role role, const char *id,
                      const char *voi)
{
    bool some = false;
    for (size_t n = 0; n < checks->count; n++) {
        const struct ot_check *check = &checks->check[n];
        const bool wanted =
            id == NULL || (strcmp(check->id, id) == 0 && strcmp(check->voi, voi) == 0);
        if (wanted && is_aim(check, role)) {
            some = true;
            if (check->holds != OT_TRUE) {
                return false;
            }
        }
    }
    return some;
}

static const struct ot_check *first_aim_missed(const struct ot_checks *checks)
{
    for (size_t n = 0; n < checks->count; n++) {
        if (is_aim(&checks->check[n], OT_CRITERION_GOAL) && checks->check[n].holds != OT_TRUE) {
            return &checks->check[n];
        }
    }
    return NULL;
}

static const struct ot_check *first_limit_failed(const struct ot_checks *checks)
{
    for (size_t n = 0; n < checks->count; n++) {
        const struct ot_check *check = &checks->check[n];
        if ((check->role == OT_CRITERION_LIMIT || check->role == OT_CRITERION_BAND) &&
            check->verdict == OT_VERDICT_FAIL) {
            return check;
        }
    }
    return NULL;
}

/* The least activity at which the aims of a role (or one check) hold; NaN: none. */
static enum ot_rc least_activity(struct search *search, enum ot_criterion_role role, const char *id,
                                 const char *voi, double *gbq, struct ot_err *err)
{
    const struct ot_crossings *all = &search->crossings;
    *gbq = NAN;
    for (size_t step = 0; step <= 2 * all->count; step++) {
        enum ot_rc rc = judge_at(search, ot_crossings_step_gbq(all, step), err);
        if (rc != OT_OK) {
            return rc;
        }
        if (!aims_hold(&search->checks, role, id, voi)) {
            continue;
        }
        const bool between = step % 2 == 0;
        if (step == 0) {
            *gbq = 0.0; /* earlier treatments alone reach it */
            return OT_OK;
        }
        const double below = step > 1 ? all->gbq[step / 2 - 1] : 0.0;
        *gbq = between ? below * (1.0 + INSIDE) : ot_crossings_step_gbq(all, step);
        rc = judge_at(search, *gbq, err);
        if (rc == OT_OK && !aims_hold(&search->checks, role, id, voi)) {
            rc = ot_fail(err, OT_ERR_RANGE, "the aims do not hold at %.12g GBq when judged again",
                         *gbq);
        }
        return rc;
    }
    return OT_OK;
}

static void take_max(struct ot_prescription *out, const struct ot_check *limit)
{
    out->max_id = limit->id;
    (void)ot_text_copy(out->max_voi, sizeof out->max_voi, limit->voi);
    (void)snprintf(out->max_reason, sizeof out->max_reason, "%s: %.60s %.16s %.40s %s above",
                   limit->id, limit->voi, ot_comparator_name(limit->comparator), limit->limit,
                   limit->unit);
}

/* The greatest activity up to which no limit fails; NaN: nothing limits. */
static enum ot_rc greatest_activity(struct search *search, struct ot_prescription *out,
                                    struct ot_err *err)
{
    const struct ot_crossings *all = &search->crossings;
    out->a_max_gbq = NAN;
    for (size_t step = 0; step <= 2 * all->count; step++) {
        enum ot_rc rc = judge_at(search, ot_crossings_step_gbq(all, step), err);
        if (rc != OT_OK) {
            return rc;
        }
        const struct ot_check *limit = first_limit_failed(&search->checks);
        if (limit == NULL) {
            continue;
        }
        take_max(out, limit);
        const double last_crossing = step > 0 ? all->gbq[(step - 1) / 2] : 0.0;
        out->a_max_gbq = step % 2 == 0 ? last_crossing : last_crossing * (1.0 - INSIDE);
        if (step == 0) {
            return OT_OK;
        }
        rc = judge_at(search, out->a_max_gbq, err);
        if (rc == OT_OK && first_limit_failed(&search->checks) != NULL) {
            rc = ot_fail(err, OT_ERR_RANGE, "a limit fails at %.12g GBq when judged again",
                         out->a_max_gbq);
        }
        return rc;
    }
    return OT_OK;
}

/* Adds the rows of two roles that lack data: the result does not know them. */
static void name_unjudged(const struct ot_checks *checks, enum ot_criterion_role role,
                          enum ot_criterion_role other, char *text, size_t size)
{
    const char *lead = text[0] != '\0' ? "; not judged: " : "not judged: ";
    for (size_t n = 0; n < checks->count; n++) {
        const struct ot_check *check = &checks->check[n];
        if ((check->role == role || check->role == other) &&
            check->verdict == OT_VERDICT_NOT_EVALUATED) {
            const size_t used = strlen(text);
            (void)snprintf(text + used, size - used, "%s%s", lead, check->id);
            lead = ", ";
        }
    }
}

static enum ot_rc find_aim(struct search *search, struct ot_prescription *out, struct ot_err *err)
{
    enum ot_rc rc = least_activity(search, OT_CRITERION_GOAL, NULL, "", &out->a_aim_gbq, err);
    if (rc != OT_OK) {
        return rc;
    }
    /* Just below the aim, the goal that needs the most does not hold; where no activity is
     * enough, it still fails at the highest. */
    const double probe =
        isfinite(out->a_aim_gbq)
            ? out->a_aim_gbq * (1.0 - 2.0 * INSIDE)
            : ot_crossings_step_gbq(&search->crossings, 2 * search->crossings.count);
    rc = judge_at(search, probe, err);
    if (rc != OT_OK) {
        return rc;
    }
    const struct ot_check *goal = first_aim_missed(&search->checks);
    if (goal != NULL) {
        out->aim_id = goal->id;
        (void)ot_text_copy(out->aim_voi, sizeof out->aim_voi, goal->voi);
        (void)snprintf(out->aim_reason, sizeof out->aim_reason,
                       isfinite(out->a_aim_gbq) ? "%s: %.60s %.16s %.40s %s from here on"
                                                : "%s: %.60s %.16s %.40s %s at no activity",
                       goal->id, goal->voi, ot_comparator_name(goal->comparator), goal->limit,
                       goal->unit);
    } else {
        (void)ot_text_copy(out->aim_reason, sizeof out->aim_reason,
                           "no goal of the scenario applies and grows with the activity");
    }
    name_unjudged(&search->checks, OT_CRITERION_GOAL, OT_CRITERION_GOAL, out->aim_reason,
                  sizeof out->aim_reason);
    return OT_OK;
}

static void decide(struct ot_prescription *out)
{
    const bool limited = isfinite(out->a_max_gbq);
    const bool by_lungs = out->max_id[0] == 'L';
    const char *binding = "";
    out->prescribed_gbq = NAN;
    if (isfinite(out->a_aim_gbq) && (!limited || out->a_aim_gbq <= out->a_max_gbq)) {
        out->outcome = OT_RX_AIM;
        out->prescribed_gbq = out->a_aim_gbq;
        binding = out->aim_id;
        (void)ot_text_copy(out->reason, sizeof out->reason,
                           "the least activity that meets the goals");
    } else if (out->aim_id[0] != '\0' && limited) {
        out->outcome = OT_RX_AIM_NOT_REACHED;
        out->prescribed_gbq = out->a_max_gbq;
        binding = out->max_id;
        (void)snprintf(out->reason, sizeof out->reason,
                       "aim not reached: %s limits before %s of %.60s is met", out->max_id,
                       out->aim_id, out->aim_voi);
    } else if (out->aim_id[0] == '\0' && limited && !by_lungs) {
        out->outcome = OT_RX_NO_AIM;
        out->prescribed_gbq = out->a_max_gbq;
        binding = out->max_id;
        (void)snprintf(out->reason, sizeof out->reason,
                       "no goal applies: the greatest activity that %s allows", out->max_id);
    } else {
        out->outcome = OT_RX_NONE;
        (void)snprintf(out->reason, sizeof out->reason, "nothing is prescribed: %s",
                       out->aim_reason);
    }
    (void)ot_text_copy(out->binding_id, sizeof out->binding_id, binding);
}

static enum ot_rc find_stretch(struct search *search, struct ot_prescription *out,
                               struct ot_err *err)
{
    enum ot_rc rc = judge_at(search, ot_crossings_step_gbq(&search->crossings, 0), err);
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t n = 0; n < search->checks.count && out->stretch_count < OT_MAX_STRETCH; n++) {
        const struct ot_check *check = &search->checks.check[n];
        if (is_aim(check, OT_CRITERION_STRETCH_GOAL)) {
            struct ot_stretch_goal *goal = &out->stretch[out->stretch_count++];
            goal->id = check->id;
            (void)ot_text_copy(goal->voi, sizeof goal->voi, check->voi);
        }
    }
    for (size_t n = 0; rc == OT_OK && n < out->stretch_count; n++) {
        struct ot_stretch_goal *goal = &out->stretch[n];
        rc = least_activity(search, OT_CRITERION_STRETCH_GOAL, goal->id, goal->voi,
                            &goal->activity_gbq, err);
        goal->within_max = isfinite(goal->activity_gbq) &&
                           !(isfinite(out->a_max_gbq) && goal->activity_gbq > out->a_max_gbq);
        goal->reached = goal->activity_gbq <= out->prescribed_gbq;
    }
    return rc;
}

enum ot_rc ot_prescribe(const struct ot_criteria *criteria, const struct ot_criteria_case *input,
                        struct ot_prescription *out, struct ot_err *err)
{
    memset(out, 0, sizeof *out);
    out->aim_id = out->max_id = "";
    out->a_aim_gbq = out->a_max_gbq = out->prescribed_gbq = NAN;
    if (input->scenario < 1) {
        return ot_fail(err, OT_ERR_ARG, "without a scenario there is nothing to aim at");
    }
    struct search search = {.criteria = criteria, .input = *input};
    enum ot_rc rc = ot_crossings_find(criteria, input, &search.crossings, err);
    if (rc == OT_OK) {
        rc = greatest_activity(&search, out, err);
    }
    if (rc == OT_OK) {
        if (out->max_id[0] == '\0') {
            (void)ot_text_copy(out->max_reason, sizeof out->max_reason, "no limit applies");
        }
        name_unjudged(&search.checks, OT_CRITERION_LIMIT, OT_CRITERION_BAND, out->max_reason,
                      sizeof out->max_reason);
        rc = find_aim(&search, out, err);
    }
    if (rc == OT_OK) {
        decide(out);
        rc = find_stretch(&search, out, err);
    }
    ot_crossings_release(&search.crossings);
    ot_checks_release(&search.checks);
    return rc;
}

const char *ot_prescription_outcome_name(enum ot_prescription_outcome outcome)
{
    static const char *const names[] = {"aim", "aim not reached", "no aim", "none"};
    return names[outcome];
}
