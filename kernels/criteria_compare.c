/* kernels/criteria_compare.c - numbers, words and days against literals, with three values. */
#include "kernels/criteria_compare.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct ot_fact *ot_criteria_look_up(const struct ot_criteria_view *view, const char *name)
{
    const struct ot_fact *fact =
        view->injection != NULL ? ot_facts_find(view->injection->facts, name) : NULL;
    return fact != NULL ? fact : ot_facts_find(view->input->facts, name);
}

/* Whether a word is the literal, or a member of the Child-Pugh class that the literal names. */
static bool word_matches(const char *name, const char *word, const char *literal)
{
    const bool is_class = literal[0] != '\0' && literal[1] == '\0' &&
                          strcmp(name, "child_pugh") == 0 && word[0] != '\0' && word[1] != '\0';
    return strcmp(word, literal) == 0 || (is_class && word[0] == literal[0]);
}

enum ot_truth ot_truth_of(bool holds)
{
    return holds ? OT_TRUE : OT_FALSE;
}

static enum ot_truth compare_words(const struct ot_fact *fact, enum ot_comparator op,
                                   const char *literal)
{
    char part[96];
    if (op != OT_CMP_EQ && op != OT_CMP_IN) {
        return OT_UNKNOWN;
    }
    while (ot_list_next(&literal, part, sizeof part)) {
        for (size_t n = 0; n < fact->words.count; n++) {
            if (word_matches(fact->name, fact->words.text[n], part)) {
                return OT_TRUE;
            }
        }
    }
    return OT_FALSE;
}

static enum ot_truth compare_numbers(double value, enum ot_comparator op, const char *literal)
{
    char part[96];
    double limit = NAN;
    bool any = false;
    if (!isfinite(value)) {
        return OT_UNKNOWN;
    }
    while (ot_list_next(&literal, part, sizeof part)) {
        if (!ot_text_to_double(part, &limit)) {
            return OT_UNKNOWN;
        }
        /* A declared whole number (a grade, a count) is compared exactly. */
        any = any || !(value < limit || value > limit);
    }
    switch (op) {
    case OT_CMP_GE:
        return ot_truth_of(value >= limit);
    case OT_CMP_GT:
        return ot_truth_of(value > limit);
    case OT_CMP_LE:
        return ot_truth_of(value <= limit);
    case OT_CMP_LT:
        return ot_truth_of(value < limit);
    case OT_CMP_EQ:
    case OT_CMP_IN:
        return ot_truth_of(any);
    case OT_CMP_NONE:
    case OT_CMP_BETWEEN:
    case OT_CMP_TARGET:
    case OT_CMP_EVERY:
    case OT_CMP_AT:
        break;
    }
    return OT_UNKNOWN;
}

static enum ot_truth compare(const struct ot_criteria_view *view, const char *name,
                             enum ot_comparator op, const char *literal)
{
    const struct ot_fact *fact = ot_criteria_look_up(view, name);
    if (fact == NULL) {
        return OT_UNKNOWN;
    }
    return fact->is_number
               ? compare_numbers(ot_fact_value(fact, view->input->activity_gbq), op, literal)
               : compare_words(fact, op, literal);
}

/* A number, or the day number of a treatment day. */
static bool ordinal(const struct ot_fact *fact, double activity_gbq, double *value)
{
    int day = 0;
    if (fact != NULL && !fact->is_number && fact->words.count > 0 &&
        ot_treatment_day_parse(fact->words.text[0], &day)) {
        *value = day;
        return true;
    }
    *value = ot_fact_value(fact, activity_gbq);
    return isfinite(*value);
}

static bool ordinal_literal(const char *text, double *value)
{
    int day = 0;
    if (ot_treatment_day_parse(text, &day)) {
        *value = day;
        return true;
    }
    return ot_text_to_double(text, value);
}

enum ot_truth ot_criteria_compare_row(const struct ot_criteria_view *view,
                                      const struct ot_criterion *row, bool *above)
{
    *above = false;
    if (row->comparator != OT_CMP_BETWEEN) {
        return compare(view, row->input, row->comparator, row->value);
    }
    double value = NAN;
    double lo = NAN;
    double hi = NAN;
    if (!ordinal(ot_criteria_look_up(view, row->input), view->input->activity_gbq, &value) ||
        !ordinal_literal(row->value, &lo) || !ordinal_literal(row->value_hi, &hi)) {
        return OT_UNKNOWN;
    }
    *above = value > hi;
    return ot_truth_of(value >= lo && value <= hi);
}

enum ot_rc ot_criteria_when(const struct ot_criteria_view *view, const struct ot_criterion *row,
                            enum ot_truth *out, char *missing, size_t size, struct ot_err *err)
{
    enum ot_truth all = OT_TRUE;
    enum ot_truth any = OT_FALSE;
    bool more = true;
    const char *when = row->when;
    size_t clause_start = strlen(missing);
    while (true) {
        struct ot_comparison comparison;
        enum ot_rc rc = ot_when_next(&when, &comparison, &more, err);
        if (rc != OT_OK) {
            return rc;
        }
        if (!more) {
            break;
        }
        const enum ot_truth one = compare(view, comparison.name, comparison.op, comparison.literal);
        if (one == OT_UNKNOWN && strstr(missing, comparison.name) == NULL) {
            const size_t used = strlen(missing);
            (void)snprintf(missing + used, size - used, "%s%s", used > 0 ? ", " : "",
                           comparison.name);
        }
        if (one == OT_TRUE || (one == OT_UNKNOWN && any == OT_FALSE)) {
            any = one;
        }
        if (comparison.ends_clause) {
            if (any == OT_FALSE || (any == OT_UNKNOWN && all == OT_TRUE)) {
                all = any;
            }
            /* A clause that is decided needs none of its missing names. */
            missing[any == OT_UNKNOWN ? strlen(missing) : clause_start] = '\0';
            clause_start = strlen(missing);
            any = OT_FALSE;
        }
    }
    *out = all;
    return OT_OK;
}
