/* cli/cmd_scenarios.c - lists and explains the criteria, and judges values without images. */
#include <math.h>
#include <string.h>

#include "cli/cmd.h"
#include "io/checks_json.h"
#include "io/criteria_json.h"
#include "io/json.h"
#include "kernels/clinical.h"
#include "kernels/criteria.h"

struct params {
    const char *name;
    const char *evaluate;
    double lung_limit_gy;
    double lung_limit_cumulative_gy;
    bool json;
    bool strict;
};

static const struct params defaults = {.lung_limit_gy = 30.0, .lung_limit_cumulative_gy = 50.0};

static const struct ot_opt opts[] = {
    OT_WORD_POSITIONAL(struct params, name, "name", "NAME", false,
                       "scenario to explain: segmentectomy, lobectomy, unilobar, bilobar, mvi, or "
                       "none for the general rows"),
    OT_FILE(struct params, evaluate, "evaluate", "VALUES.json",
            "judge the values of one flat JSON object, as {\"vois.tumor.mean_gy\": 204.9}"),
    OT_F64(struct params, lung_limit_gy, "lung-limit-gy", "Gy", 0.0, 1000.0,
           "limit of the lung dose of one treatment"),
    OT_F64(struct params, lung_limit_cumulative_gy, "lung-limit-cumulative-gy", "Gy", 0.0, 1000.0,
           "limit of the lung dose with earlier treatments"),
    OT_FLAG(struct params, json, "json", "print JSON: every row with its id, or the checks"),
    OT_FLAG(struct params, strict, "strict", "exit status 6 when a criterion is fail"),
};

enum { STATUS_CRITERION_FAILED = 6 };

static const char *nth_scenario(size_t n, const void *context)
{
    const struct ot_criteria *criteria = (const struct ot_criteria *)context;
    if (n < criteria->scenario_count) {
        return criteria->scenario[n].name;
    }
    return n == criteria->scenario_count ? "none" : NULL;
}

static enum ot_rc find_scenario(const struct ot_criteria *criteria, const char *name, int *number,
                                struct ot_err *err)
{
    *number = ot_criteria_scenario(criteria, name);
    if (*number < 0) {
        const char *nearest = ot_text_nearest(name, nth_scenario, criteria);
        return ot_fail(err, OT_ERR_ARG, "unknown scenario '%.40s'%s%s%s", name,
                       nearest != NULL ? "; did you mean " : ", see tare scenarios",
                       nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
    }
    return OT_OK;
}

static enum ot_rc print_json(json_t *value, FILE *out, struct ot_err *err)
{
    struct ot_buffer buffer = {0};
    enum ot_rc rc = OT_OK;
    if (value == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for JSON");
    } else {
        rc = ot_json_write(value, &buffer, err);
    }
    if (rc == OT_OK) {
        (void)fwrite(buffer.data, 1, buffer.size, out);
    }
    ot_buffer_release(&buffer);
    json_decref(value);
    return rc;
}

static bool in_list(const char *list, const char *id)
{
    char part[16];
    while (ot_list_next(&list, part, sizeof part)) {
        if (strcmp(part, id) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether a row of the scenario (-1: of any) refers to the contradiction. */
static bool conflict_concerns(const struct ot_criteria *criteria, int scenario, const char *id)
{
    for (size_t n = 0; n < criteria->count; n++) {
        if ((scenario < 0 || criteria->row[n].scenario == scenario) &&
            in_list(criteria->row[n].conflict, id)) {
            return true;
        }
    }
    return scenario < 0;
}

/* Rows and contradictions of one scenario, or of all for -1. */
static json_t *rows_to_json(const struct ot_criteria *criteria, int scenario)
{
    json_t *scenarios = json_array();
    json_t *rows = json_array();
    json_t *conflicts = json_array();
    int failed = 0;
    for (size_t n = 0; n < criteria->scenario_count; n++) {
        const struct ot_scenario *one = &criteria->scenario[n];
        if (scenario < 0 || scenario == one->number) {
            failed |=
                json_array_append_new(scenarios, json_pack("{s:i, s:s, s:s}", "number", one->number,
                                                           "name", one->name, "title", one->title));
        }
    }
    for (size_t n = 0; n < criteria->count; n++) {
        if (scenario < 0 || criteria->row[n].scenario == scenario) {
            failed |= json_array_append_new(rows, ot_criterion_to_json(&criteria->row[n]));
        }
    }
    for (size_t n = 0; n < criteria->conflict_count; n++) {
        if (conflict_concerns(criteria, scenario, criteria->conflict[n].id)) {
            failed |= json_array_append_new(conflicts, ot_conflict_to_json(&criteria->conflict[n]));
        }
    }
    json_t *all = json_pack("{s:s, s:s, s:o, s:o, s:o}", "title", criteria->title, "citation",
                            criteria->citation, "scenarios", scenarios, "criteria", rows,
                            "conflicts", conflicts);
    if (failed != 0) {
        json_decref(all);
        return NULL;
    }
    return all;
}

static void list_scenarios(const struct ot_criteria *criteria, FILE *out)
{
    (void)fprintf(out, "%s\n%s\n\n", criteria->citation, criteria->title);
    for (size_t n = 0; n < criteria->scenario_count; n++) {
        size_t rows = 0;
        size_t judged = 0;
        for (size_t r = 0; r < criteria->count; r++) {
            const bool here = criteria->row[r].scenario == criteria->scenario[n].number;
            rows += here;
            judged += here && criteria->row[r].input[0] != '\0';
        }
        (void)fprintf(out, "  %-14s %s (%zu rows, %zu judged)\n", criteria->scenario[n].name,
                      criteria->scenario[n].title, rows, judged);
    }
    (void)fputs("\n`tare scenarios NAME` explains one; `--json` prints every row with its id.\n",
                out);
}

static void print_if(FILE *out, const char *label, const char *text)
{
    if (text[0] != '\0') {
        (void)fprintf(out, "        %s%s\n", label, text);
    }
}

static void explain_row(const struct ot_criterion *row, FILE *out)
{
    (void)fprintf(out, "%-6s  %s: %s", row->id, ot_criterion_role_name(row->role), row->quantity);
    if (row->comparator != OT_CMP_NONE) {
        (void)fprintf(out, " %s %s%s%s", ot_comparator_name(row->comparator), row->value,
                      row->value_hi[0] != '\0' ? " and " : "", row->value_hi);
    }
    (void)fprintf(out, "%s%s%s%s\n", row->unit[0] != '\0' ? " " : "", row->unit,
                  row->voi[0] != '\0' ? ", " : "", row->voi);
    (void)fprintf(out, "        %s; %s%s%s%s\n", row->source,
                  row->grade[0] != '\0' ? "grade " : "no grade", row->grade,
                  row->consensus[0] != '\0' ? ", consensus " : "", row->consensus);
    print_if(out, "strength: ", row->strength);
    print_if(out, "only when: ", row->when);
    print_if(out, "dosimetry model: ", row->model);
    print_if(out, "reported for: ", row->timing);
    print_if(out, "conditions: ", row->conditions);
    print_if(out, "note: ", row->note);
    if (row->input[0] != '\0') {
        const char *below = ot_verdict_name(row->if_below);
        const bool two_sided = row->if_above != row->if_below;
        (void)fprintf(out, "        reads %s: %s, else %s%s%s%s\n", row->input,
                      ot_verdict_name(row->if_true), below, two_sided ? " below, " : "",
                      two_sided ? ot_verdict_name(row->if_above) : "", two_sided ? " above" : "");
    }
    print_if(out, "softened when this holds: ", row->alternative);
    print_if(out, "contradictions in the paper: ", row->conflict);
}

static void explain(const struct ot_criteria *criteria, int scenario, FILE *out)
{
    for (size_t n = 0; n < criteria->scenario_count; n++) {
        if (criteria->scenario[n].number == scenario) {
            (void)fprintf(out, "%s: %s\n%s\n\n", criteria->scenario[n].name,
                          criteria->scenario[n].title, criteria->citation);
        }
    }
    for (size_t n = 0; n < criteria->count; n++) {
        if (criteria->row[n].scenario == scenario) {
            explain_row(&criteria->row[n], out);
        }
    }
    (void)fputs("\ncontradictions and gaps in the paper, and what is done here:\n", out);
    for (size_t n = 0; n < criteria->conflict_count; n++) {
        const struct ot_conflict *conflict = &criteria->conflict[n];
        if (conflict_concerns(criteria, scenario, conflict->id)) {
            (void)fprintf(out, "%s  %s / %s / here: %s\n", conflict->id, conflict->one,
                          conflict->other, conflict->here);
        }
    }
}

static void print_checks(const struct ot_checks *checks, FILE *out)
{
    static const enum ot_verdict order[] = {OT_VERDICT_FAIL, OT_VERDICT_CAUTION, OT_VERDICT_PASS,
                                            OT_VERDICT_NOT_EVALUATED};
    for (size_t v = 0; v < sizeof order / sizeof order[0]; v++) {
        for (size_t n = 0; n < checks->count; n++) {
            const struct ot_check *check = &checks->check[n];
            if (check->verdict != order[v]) {
                continue;
            }
            (void)fprintf(out, "%-13s %-6s %s %s %s %s%s%s\n", ot_verdict_name(check->verdict),
                          check->id, check->quantity, ot_comparator_name(check->comparator),
                          check->limit, check->unit, check->reason[0] != '\0' ? "; " : "",
                          check->reason);
        }
    }
    size_t shown_only = 0;
    for (size_t n = 0; n < checks->count; n++) {
        shown_only += checks->check[n].verdict == OT_VERDICT_INFO;
    }
    (void)fprintf(out, "%zu further rows are information, see --json\n", shown_only);
}

/* A grade that is not given follows from albumin and bilirubin. */
static enum ot_rc derive(struct ot_facts *facts, struct ot_err *err)
{
    const double albumin = ot_fact_value(ot_facts_find(facts, "albumin_g_dl"), NAN);
    const double bilirubin = ot_fact_value(ot_facts_find(facts, "bilirubin_mg_dl"), NAN);
    if (ot_facts_find(facts, "albi_grade") != NULL || !isfinite(albumin) || !isfinite(bilirubin)) {
        return OT_OK;
    }
    int grade = 0;
    enum ot_rc rc = ot_clinical_albi_grade(albumin, bilirubin, &grade, err);
    return rc != OT_OK ? rc : ot_facts_set_number(facts, "albi_grade", grade, err);
}

static double value_or(const struct ot_facts *facts, const char *name, double otherwise)
{
    const double value = ot_fact_value(ot_facts_find(facts, name), NAN);
    return isfinite(value) ? value : otherwise;
}

static enum ot_rc print_judged(const struct params *given, const struct ot_criteria_case *input,
                               const struct ot_checks *checks, FILE *out, struct ot_err *err)
{
    if (!given->json) {
        (void)fprintf(out, "%s, %s-compartment dosimetry\n", given->name, ot_criteria_model(input));
        print_checks(checks, out);
        return OT_OK;
    }
    return print_json(json_pack("{s:s, s:s, s:o}", "scenario", given->name, "dosimetry_model",
                                ot_criteria_model(input), "checks", ot_checks_to_json(checks)),
                      out, err);
}

static enum ot_rc evaluate(const struct params *given, const struct ot_criteria *criteria,
                           int scenario, struct ot_run *run, struct ot_err *err)
{
    json_t *values = NULL;
    struct ot_facts facts = {0};
    struct ot_checks checks = {0};
    enum ot_rc rc = ot_json_read(given->evaluate, &values, err);
    if (rc == OT_OK) {
        rc = ot_facts_from_json(criteria, values, &facts, err);
    }
    if (rc == OT_OK) {
        rc = derive(&facts, err);
    }
    const double lung_gy = value_or(&facts, "lungs.dose_gy", NAN);
    const struct ot_lung_facts lungs = {
        .gy_per_gbq = lung_gy, /* for an activity of 1 */
        .prior_gy = value_or(&facts, "prior_lung_gy", 0.0),
        .limit_gy = value_or(&facts, "lung_limit_gy", given->lung_limit_gy),
        .limit_cumulative_gy =
            value_or(&facts, "lung_limit_cumulative_gy", given->lung_limit_cumulative_gy),
        .known = isfinite(lung_gy),
    };
    const struct ot_criteria_case input = {
        .scenario = scenario, .facts = &facts, .activity_gbq = 1.0, .lungs = &lungs};
    if (rc == OT_OK) {
        rc = ot_criteria_judge(criteria, &input, &checks, err);
    }
    if (rc == OT_OK) {
        rc = print_judged(given, &input, &checks, run->out, err);
    }
    if (rc == OT_OK && given->strict && ot_checks_any_fail(&checks)) {
        run->status = STATUS_CRITERION_FAILED;
    }
    ot_checks_release(&checks);
    ot_facts_release(&facts);
    json_decref(values);
    return rc;
}

static enum ot_rc run_scenarios(void *params, struct ot_run *run, struct ot_err *err)
{
    const struct params *given = (const struct params *)params;
    struct ot_criteria criteria;
    int scenario = -1;
    enum ot_rc rc = ot_criteria_load(&criteria, err);
    if (rc == OT_OK && given->name != NULL) {
        rc = find_scenario(&criteria, given->name, &scenario, err);
    }
    if (rc == OT_OK && given->evaluate != NULL && scenario < 1) {
        rc = ot_fail(err, OT_ERR_ARG, "--evaluate needs a scenario, as tare scenarios unilobar");
    }
    if (rc == OT_OK && given->evaluate != NULL) {
        rc = evaluate(given, &criteria, scenario, run, err);
    } else if (rc == OT_OK && given->json) {
        rc = print_json(rows_to_json(&criteria, scenario), run->out, err);
    } else if (rc == OT_OK && scenario >= 0) {
        explain(&criteria, scenario, run->out);
    } else if (rc == OT_OK) {
        list_scenarios(&criteria, run->out);
    }
    ot_criteria_release(&criteria);
    return rc;
}

extern const struct ot_cmd ot_cmd_scenarios;
const struct ot_cmd ot_cmd_scenarios = {
    .name = "scenarios",
    .summary = "list, explain or evaluate the clinical criteria of the five scenarios",
    .details = "Without NAME the scenarios are listed; with NAME each criterion is shown with its\n"
               "source, grade, consensus, and the contradictions of the paper that bear on it.\n"
               "--evaluate judges numbers from anywhere, without images: a missing value gives\n"
               "not_evaluated, never pass.",
    .example = "tare scenarios unilobar --evaluate values.json",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run_scenarios,
};
