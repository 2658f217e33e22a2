/* kernels/criteria.c - one row at a time, in the order of the header. */
#include "kernels/criteria.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/criteria_compare.h"

static const char lung_source[] =
    "Lung dose limits of radioembolization, one treatment and cumulative (van Roekel, thesis), as "
    "the case or site sets them";

const char *ot_criteria_model(const struct ot_criteria_case *input)
{
    const struct ot_fact *declared = ot_facts_find(input->facts, "dosimetry_model");
    if (declared != NULL && declared->words.count > 0) {
        return strcmp(declared->words.text[0], "single") == 0 ? "single" : "multi";
    }
    return input->scenario == 1 || input->images_without_tumor ? "single" : "multi";
}

static bool model_fits(const struct ot_criteria_view *view, const struct ot_criterion *row)
{
    return row->model[0] == '\0' || strcmp(row->model, view->model) == 0;
}

/* The alternative that holds, or NULL. */
static enum ot_rc find_alternative(const struct ot_criteria_view *view,
                                   const struct ot_criterion *row, const struct ot_criterion **out,
                                   struct ot_err *err)
{
    char id[16];
    *out = NULL;
    for (const char *list = row->alternative; ot_list_next(&list, id, sizeof id);) {
        const struct ot_criterion *other = ot_criteria_find(view->criteria, id);
        if (other == NULL || !model_fits(view, other)) {
            continue;
        }
        char missing[160] = "";
        enum ot_truth applies = OT_UNKNOWN;
        bool above = false;
        enum ot_rc rc = ot_criteria_when(view, other, &applies, missing, sizeof missing, err);
        if (rc != OT_OK) {
            return rc;
        }
        if (applies == OT_TRUE && ot_criteria_compare_row(view, other, &above) == OT_TRUE) {
            *out = other;
            return OT_OK;
        }
    }
    return OT_OK;
}

static void limit_text(const struct ot_criterion *row, char *text, size_t size)
{
    const bool days = strchr(row->value, ' ') != NULL;
    (void)snprintf(text, size, row->value_hi[0] != '\0' ? "%s%s%s" : "%s", row->value,
                   days ? " to " : "-", row->value_hi);
}

static void show_value(const struct ot_fact *fact, double activity_gbq, struct ot_check *check)
{
    if (fact == NULL) {
        return;
    }
    check->is_number = fact->is_number;
    check->value = ot_fact_value(fact, activity_gbq);
    check->scales = fact->is_number && fact->per_gbq != 0.0;
    for (size_t n = 0; n < fact->words.count; n++) {
        const size_t used = strlen(check->value_word);
        (void)snprintf(check->value_word + used, sizeof check->value_word - used, "%s%s",
                       n > 0 ? "|" : "", fact->words.text[n]);
    }
}

#define REASON(check, ...) ((void)snprintf((check)->reason, sizeof(check)->reason, __VA_ARGS__))

/* "W1 Wed" of the case against the day for which the number was reported. */
static void soften_by_timing(const struct ot_criteria_view *view, const struct ot_criterion *row,
                             struct ot_check *check)
{
    int wanted = -1;
    int given = -1;
    char wanted_text[16];
    if (row->timing[0] == '\0' || check->verdict != OT_VERDICT_PASS ||
        !ot_treatment_day_parse(row->timing, &wanted)) {
        return;
    }
    const struct ot_fact *day = ot_criteria_look_up(view, "treatment_day");
    const char *text = day != NULL && day->words.count > 0 ? day->words.text[0] : NULL;
    if (text != NULL && ot_treatment_day_parse(text, &given) && given == wanted) {
        return;
    }
    ot_treatment_day_text(wanted, wanted_text, sizeof wanted_text);
    check->verdict = OT_VERDICT_CAUTION;
    REASON(check, "met, but reported for treatment on %s; the day here is %s", wanted_text,
           text != NULL ? text : "unknown");
}

/* "204.9 is not >= 205" */
static void describe(const struct ot_criterion *row, const struct ot_check *check, bool above,
                     char *text, size_t size)
{
    char value[sizeof check->value_word];
    if (check->is_number) {
        (void)snprintf(value, sizeof value, "%.10g", check->value);
    } else {
        (void)ot_text_copy(value, sizeof value, check->value_word);
    }
    const char *relation = ot_comparator_name(row->comparator);
    if (row->comparator == OT_CMP_BETWEEN && check->holds != OT_TRUE) {
        relation = above ? "above" : "below";
    } else if (check->holds != OT_TRUE) {
        (void)snprintf(text, size, "%.40s is not %s %.100s", value,
                       ot_comparator_name(row->comparator), check->limit);
        return;
    }
    (void)snprintf(text, size, "%.40s is %s %.100s", value, relation, check->limit);
}

static enum ot_rc judge_comparison(const struct ot_criteria_view *view,
                                   const struct ot_criterion *row, struct ot_check *check,
                                   struct ot_err *err)
{
    bool above = false;
    char text[180];
    if (row->comparator >= OT_CMP_TARGET) {
        check->verdict = row->if_true;
        REASON(check, "%s: no tolerance is given: shown, not judged",
               ot_comparator_name(row->comparator));
        return OT_OK;
    }
    check->applies = true;
    check->holds = ot_criteria_compare_row(view, row, &above);
    if (check->holds == OT_UNKNOWN) {
        check->applies = false;
        check->verdict = OT_VERDICT_NOT_EVALUATED;
        REASON(check, "missing: %s", row->input);
        return OT_OK;
    }
    describe(row, check, above, text, sizeof text);
    if (check->holds == OT_TRUE) {
        check->verdict = row->if_true;
        if (check->verdict != OT_VERDICT_PASS) {
            REASON(check, "%s%s%.80s", text, row->conditions[0] != '\0' ? "; " : "",
                   row->conditions);
        }
        soften_by_timing(view, row, check);
        return OT_OK;
    }
    check->verdict = above ? row->if_above : row->if_below;
    if (check->verdict != OT_VERDICT_PASS) {
        REASON(check, "%s", text);
    }
    const struct ot_criterion *other = NULL;
    enum ot_rc rc = find_alternative(view, row, &other, err);
    if (rc == OT_OK && other != NULL &&
        (check->verdict == OT_VERDICT_FAIL || check->verdict == OT_VERDICT_CAUTION)) {
        check->verdict = check->verdict == OT_VERDICT_FAIL ? OT_VERDICT_CAUTION : OT_VERDICT_INFO;
        REASON(check, "%s; softened: the alternative %s holds", text, other->id);
    }
    soften_by_timing(view, row, check);
    return rc;
}

static void fill(const struct ot_criteria_view *view, const struct ot_criterion *row,
                 struct ot_check *check)
{
    check->id = row->id;
    check->scenario = row->scenario_name;
    check->quantity = row->quantity;
    check->unit = row->unit;
    check->source = row->source;
    check->grade = row->grade;
    check->consensus = row->consensus;
    check->conflict = row->conflict;
    check->comparator = row->comparator;
    check->role = row->role;
    (void)ot_text_copy(check->voi, sizeof check->voi,
                       view->injection != NULL ? view->injection->name : row->voi);
    limit_text(row, check->limit, sizeof check->limit);
    if (row->input[0] != '\0') {
        show_value(ot_criteria_look_up(view, row->input), view->input->activity_gbq, check);
    }
}

static enum ot_rc judge_row(const struct ot_criteria_view *view, const struct ot_criterion *row,
                            struct ot_checks *checks, struct ot_err *err)
{
    struct ot_check *check = ot_checks_add(checks, err);
    if (check == NULL) {
        return OT_ERR_NOMEM;
    }
    fill(view, row, check);
    char missing[160] = "";
    enum ot_truth applies = OT_UNKNOWN;
    enum ot_rc rc = ot_criteria_when(view, row, &applies, missing, sizeof missing, err);
    if (rc != OT_OK) {
        return rc;
    }
    check->verdict = OT_VERDICT_INFO;
    if (!model_fits(view, row)) {
        REASON(check, "does not apply: for %s-compartment dosimetry, this is %s", row->model,
               view->model);
    } else if (applies == OT_FALSE) {
        REASON(check, "does not apply: only when %s", row->when);
    } else if (row->input[0] == '\0') {
        REASON(check, "%s: shown, not judged", ot_criterion_role_name(row->role));
    } else if (applies == OT_UNKNOWN || ot_criteria_look_up(view, row->input) == NULL) {
        const bool input_too = ot_criteria_look_up(view, row->input) == NULL &&
                               (applies != OT_UNKNOWN || strstr(missing, row->input) == NULL);
        check->verdict = OT_VERDICT_NOT_EVALUATED;
        REASON(check, "missing: %s%s%s", applies == OT_UNKNOWN ? missing : "",
               applies == OT_UNKNOWN && input_too ? ", " : "", input_too ? row->input : "");
    } else {
        rc = judge_comparison(view, row, check, err);
    }
    return rc;
}

/* Whether a name is known only injection by injection. */
static bool only_in_injections(const struct ot_criteria_case *input, const char *name)
{
    if (name[0] == '\0' || ot_facts_find(input->facts, name) != NULL) {
        return false;
    }
    for (size_t n = 0; n < input->injection_count; n++) {
        if (ot_facts_find(input->injections[n].facts, name) != NULL) {
            return true;
        }
    }
    return false;
}

static bool judged_by_injection(const struct ot_criteria_view *view, const struct ot_criterion *row)
{
    const struct ot_criteria_case *input = view->input;
    if (input->injection_count == 0 || (row->input[0] == '\0' && row->when[0] == '\0')) {
        return false;
    }
    if (strcmp(row->voi, "perfused") == 0 || only_in_injections(input, row->input)) {
        return true;
    }
    bool more = true;
    for (const char *when = row->when; more;) {
        struct ot_comparison comparison;
        if (ot_when_next(&when, &comparison, &more, NULL) != OT_OK) {
            return false; /* the row itself is refused when it is judged */
        }
        if (more && only_in_injections(input, comparison.name)) {
            return true;
        }
    }
    return false;
}

/* The row for one tumor, beside the judged union: what it would be, as info. */
static enum ot_rc show_tumor(const struct ot_criteria_view *view,
                             const struct ot_named_facts *tumor, const struct ot_criterion *row,
                             struct ot_checks *checks, struct ot_err *err)
{
    const struct ot_criteria_view own = {
        .criteria = view->criteria, .input = view->input, .injection = tumor, .model = view->model};
    enum ot_rc rc = judge_row(&own, row, checks, err);
    if (rc != OT_OK) {
        return rc;
    }
    struct ot_check *check = &checks->check[checks->count - 1];
    const char *alone = check->holds == OT_TRUE ? "holds" : "does not hold";
    if (check->applies) {
        REASON(check, "shown for this tumor alone, where it %s; judged on all tumors", alone);
    }
    check->verdict = OT_VERDICT_INFO;
    check->applies = false;
    return OT_OK;
}

static enum ot_rc judge_everywhere(const struct ot_criteria_view *view,
                                   const struct ot_criterion *row, struct ot_checks *checks,
                                   struct ot_err *err)
{
    if (!judged_by_injection(view, row)) {
        enum ot_rc rc = judge_row(view, row, checks, err);
        for (size_t n = 0; rc == OT_OK && n < view->input->tumor_count; n++) {
            if (ot_facts_find(view->input->tumors[n].facts, row->input) != NULL) {
                rc = show_tumor(view, &view->input->tumors[n], row, checks, err);
            }
        }
        return rc;
    }
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < view->input->injection_count; n++) {
        struct ot_criteria_view own = *view;
        own.injection = &view->input->injections[n];
        rc = judge_row(&own, row, checks, err);
    }
    return rc;
}

static enum ot_rc judge_lungs(const struct ot_criteria_case *input, bool cumulative,
                              struct ot_checks *checks, struct ot_err *err)
{
    const struct ot_lung_facts *lungs = input->lungs;
    const double limit = cumulative ? lungs->limit_cumulative_gy : lungs->limit_gy;
    if (!isfinite(limit)) {
        return OT_OK;
    }
    struct ot_check *check = ot_checks_add(checks, err);
    if (check == NULL) {
        return OT_ERR_NOMEM;
    }
    check->id = cumulative ? "L-02" : "L-01";
    check->quantity = cumulative ? "lung_dose_cumulative" : "lung_dose";
    check->unit = "Gy";
    check->source = lung_source;
    check->scenario = "none";
    check->role = OT_CRITERION_LIMIT;
    check->comparator = OT_CMP_LE;
    (void)ot_text_copy(check->voi, sizeof check->voi, "lungs");
    (void)snprintf(check->limit, sizeof check->limit, "%.10g", limit);
    const double dose = lungs->gy_per_gbq == 0.0 ? 0.0 : lungs->gy_per_gbq * input->activity_gbq;
    if (!lungs->known || !isfinite(dose) || !isfinite(lungs->prior_gy)) {
        check->verdict = OT_VERDICT_NOT_EVALUATED;
        REASON(check, lungs->known ? "missing: the lung dose"
                                   : "missing: lung_shunt_fraction is neither given nor measured");
        return OT_OK;
    }
    check->is_number = true;
    check->scales = lungs->gy_per_gbq != 0.0;
    check->value = dose + (cumulative ? lungs->prior_gy : 0.0);
    check->applies = true;
    check->holds = ot_truth_of(check->value <= limit);
    check->verdict = check->holds == OT_TRUE ? OT_VERDICT_PASS : OT_VERDICT_FAIL;
    if (check->holds == OT_FALSE) {
        REASON(check, "%.10g Gy is above the limit of %.10g Gy", check->value, limit);
    }
    return OT_OK;
}

enum ot_rc ot_criteria_judge(const struct ot_criteria *criteria,
                             const struct ot_criteria_case *input, struct ot_checks *checks,
                             struct ot_err *err)
{
    if (input->scenario < 0 || input->scenario > (int)criteria->scenario_count) {
        return ot_fail(err, OT_ERR_ARG, "there is no scenario %d", input->scenario);
    }
    const struct ot_criteria_view view = {
        .criteria = criteria, .input = input, .model = ot_criteria_model(input)};
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && input->scenario > 0 && n < criteria->count; n++) {
        if (criteria->row[n].scenario == input->scenario) {
            rc = judge_everywhere(&view, &criteria->row[n], checks, err);
        }
    }
    if (rc == OT_OK && input->lungs != NULL) {
        rc = judge_lungs(input, false, checks, err);
    }
    if (rc == OT_OK && input->lungs != NULL) {
        rc = judge_lungs(input, true, checks, err);
    }
    return rc;
}

bool ot_checks_any_fail(const struct ot_checks *checks)
{
    for (size_t n = 0; n < checks->count; n++) {
        if (checks->check[n].verdict == OT_VERDICT_FAIL) {
            return true;
        }
    }
    return false;
}
