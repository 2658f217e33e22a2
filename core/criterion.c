/* core/criterion.c - names of the vocabulary, lists, `when` clauses and treatment days. */
#include "core/criterion.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"

static const char *const role_names[] = {
    "definition", "constant", "example",      "context", "information", "summary",
    "intent",     "practice", "fallback",     "target",  "followup",    "selection",
    "exception",  "goal",     "stretch_goal", "band",    "limit",       "reported_limit",
    "warning",    "model",    "timing",       "option",  "preliminary",
};
static const char *const comparator_names[] = {
    "", ">=", ">", "<=", "<", "==", "in", "between", "target", "every", "at",
};
static const char *const verdict_names[] = {"info", "pass", "caution", "fail", "not_evaluated"};
static const char *const day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

enum { DAYS_PER_WEEK = 7, MAX_WEEKS = 9 };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool find_name(const char *const *names, size_t count, const char *name, size_t *found)
{
    for (size_t n = 0; n < count; n++) {
        if (strcmp(names[n], name) == 0) {
            *found = n;
            return true;
        }
    }
    return false;
}

const char *ot_criterion_role_name(enum ot_criterion_role role)
{
    return (size_t)role < COUNT(role_names) ? role_names[role] : "";
}

const char *ot_comparator_name(enum ot_comparator comparator)
{
    return (size_t)comparator < COUNT(comparator_names) ? comparator_names[comparator] : "";
}

const char *ot_verdict_name(enum ot_verdict verdict)
{
    return (size_t)verdict < COUNT(verdict_names) ? verdict_names[verdict] : "";
}

bool ot_criterion_role_from_name(const char *name, enum ot_criterion_role *role)
{
    size_t n = 0;
    const bool found = find_name(role_names, COUNT(role_names), name, &n);
    *role = (enum ot_criterion_role)n;
    return found;
}

bool ot_comparator_from_name(const char *name, enum ot_comparator *comparator)
{
    size_t n = 0;
    const bool found = find_name(comparator_names, COUNT(comparator_names), name, &n);
    *comparator = (enum ot_comparator)n;
    return found;
}

bool ot_verdict_from_name(const char *name, enum ot_verdict *verdict)
{
    size_t n = 0;
    const bool found = find_name(verdict_names, COUNT(verdict_names), name, &n);
    *verdict = (enum ot_verdict)n;
    return found;
}

void ot_criteria_release(struct ot_criteria *criteria)
{
    if (criteria == NULL) {
        return;
    }
    ot_free(criteria->row);
    ot_free(criteria->conflict);
    ot_free(criteria->scenario);
    ot_free(criteria->input);
    ot_free(criteria->words);
    ot_texts_release(&criteria->pool);
    memset(criteria, 0, sizeof *criteria);
}

const struct ot_criterion *ot_criteria_find(const struct ot_criteria *criteria, const char *id)
{
    for (size_t n = 0; n < criteria->count; n++) {
        if (strcmp(criteria->row[n].id, id) == 0) {
            return &criteria->row[n];
        }
    }
    return NULL;
}

int ot_criteria_scenario(const struct ot_criteria *criteria, const char *name)
{
    for (size_t n = 0; n < criteria->scenario_count; n++) {
        if (strcmp(criteria->scenario[n].name, name) == 0) {
            return criteria->scenario[n].number;
        }
    }
    return strcmp(name, "none") == 0 ? 0 : -1;
}

const struct ot_criterion_input *ot_criteria_input(const struct ot_criteria *criteria,
                                                   const char *name)
{
    for (size_t n = 0; n < criteria->input_count; n++) {
        if (strcmp(criteria->input[n].name, name) == 0) {
            return &criteria->input[n];
        }
    }
    return NULL;
}

/* Copies [from, to) without the blanks at both ends; false when it does not fit or is empty. */
static bool trimmed(const char *from, const char *to, char *out, size_t size)
{
    while (from < to && *from == ' ') {
        from++;
    }
    while (to > from && to[-1] == ' ') {
        to--;
    }
    const size_t length = (size_t)(to - from);
    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

enum ot_rc ot_when_next(const char **when, struct ot_comparison *comparison, bool *more,
                        struct ot_err *err)
{
    memset(comparison, 0, sizeof *comparison);
    const char *at = *when;
    *more = *at != '\0';
    if (!*more) {
        return OT_OK;
    }
    const char *end = strchr(at, ';');
    const char *next = end != NULL ? end + 1 : at + strlen(at);
    end = end != NULL ? end : next;
    comparison->ends_clause = true;
    const char *alternative = strstr(at, " or ");
    if (alternative != NULL && alternative < end) {
        end = alternative;
        next = alternative + strlen(" or ");
        comparison->ends_clause = false;
    }
    at += strspn(at, " ");
    const char *name_end = at + strcspn(at, " ;");
    const char *op = name_end + strspn(name_end, " ");
    const char *op_end = op + strcspn(op, " ;");
    char op_name[8];
    if (op_end >= end || !trimmed(at, name_end, comparison->name, sizeof comparison->name) ||
        !trimmed(op, op_end, op_name, sizeof op_name) ||
        !ot_comparator_from_name(op_name, &comparison->op) || comparison->op == OT_CMP_NONE ||
        comparison->op > OT_CMP_IN ||
        !trimmed(op_end, end, comparison->literal, sizeof comparison->literal)) {
        return ot_fail(err, OT_ERR_FORMAT, "'%.80s' is no comparison 'name op literal'", at);
    }
    *when = next;
    return OT_OK;
}

bool ot_list_next(const char **list, char *part, size_t size)
{
    if (**list == '\0') {
        return false;
    }
    const size_t length = strcspn(*list, "|");
    const size_t copied = length < size ? length : size - 1;
    memcpy(part, *list, copied);
    part[copied] = '\0';
    *list += length;
    if (**list == '|') {
        (*list)++;
    }
    return true;
}

bool ot_treatment_day_parse(const char *text, int *day)
{
    static const char every[] = "day ";
    long number = 0;
    if (strncmp(text, every, strlen(every)) == 0) {
        const bool good = ot_text_to_long(text + strlen(every), &number) && number >= 0 &&
                          number < (long)DAYS_PER_WEEK * MAX_WEEKS;
        *day = good ? (int)number : 0;
        return good;
    }
    size_t weekday = 0;
    if (strlen(text) != strlen("W1 Wed") || text[0] != 'W' || text[1] < '1' || text[1] > '9' ||
        text[2] != ' ' || !find_name(day_names, COUNT(day_names), text + 3, &weekday)) {
        return false;
    }
    *day = DAYS_PER_WEEK * (text[1] - '1') + (int)weekday;
    return true;
}

void ot_treatment_day_text(int day, char *text, size_t size)
{
    if (day < 0 || day >= DAYS_PER_WEEK * MAX_WEEKS) {
        (void)ot_text_copy(text, size, "");
        return;
    }
    (void)snprintf(text, size, "W%d %s", 1 + day / DAYS_PER_WEEK, day_names[day % DAYS_PER_WEEK]);
}

void ot_checks_release(struct ot_checks *checks)
{
    if (checks != NULL) {
        ot_free(checks->check);
        memset(checks, 0, sizeof *checks);
    }
}

struct ot_check *ot_checks_add(struct ot_checks *checks, struct ot_err *err)
{
    if (checks->count == checks->capacity) {
        const size_t capacity = checks->capacity != 0 ? 2 * checks->capacity : 64;
        struct ot_check *grown = OT_NEW(struct ot_check, capacity, err);
        if (grown == NULL) {
            return NULL;
        }
        if (checks->count > 0) {
            memcpy(grown, checks->check, checks->count * sizeof grown[0]);
        }
        ot_free(checks->check);
        checks->check = grown;
        checks->capacity = capacity;
    }
    struct ot_check *check = &checks->check[checks->count++];
    memset(check, 0, sizeof *check);
    check->id = check->quantity = check->unit = check->source = check->grade = check->consensus =
        check->conflict = check->scenario = "";
    check->value = NAN;
    return check;
}
