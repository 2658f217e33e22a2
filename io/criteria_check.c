/* io/criteria_check.c - references of a row, and literals of the kind that its inputs have. */
#include "io/criteria_check.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/text.h"

/* True when the literal can be compared with the input: a number, or words it may have. */
static bool literal_fits(const struct ot_criterion_input *input, const char *list)
{
    char part[96];
    while (ot_list_next(&list, part, sizeof part)) {
        double number = 0.0;
        int day = 0;
        bool fits = input->is_number && ot_text_to_double(part, &number);
        fits = fits ||
               (!input->is_number && input->words == NULL && ot_treatment_day_parse(part, &day));
        for (const char *const *word = input->words; !fits && word != NULL && *word != NULL;
             word++) {
            /* A class letter of Child-Pugh stands for its members. */
            fits = strcmp(part, *word) == 0 || (strcmp(input->name, "child_pugh") == 0 &&
                                                part[1] == '\0' && part[0] == (*word)[0]);
        }
        if (!fits) {
            return false;
        }
    }
    return true;
}

static enum ot_rc check_references(const struct ot_criteria *out, const struct ot_criterion *row,
                                   struct ot_err *err)
{
    char part[96];
    for (const char *list = row->alternative; ot_list_next(&list, part, sizeof part);) {
        if (ot_criteria_find(out, part) == NULL) {
            return ot_fail(err, OT_ERR_FORMAT, "criteria: %.20s: no alternative %.20s", row->id,
                           part);
        }
    }
    for (const char *list = row->conflict; ot_list_next(&list, part, sizeof part);) {
        bool found = false;
        for (size_t n = 0; n < out->conflict_count; n++) {
            found = found || strcmp(out->conflict[n].id, part) == 0;
        }
        if (!found) {
            return ot_fail(err, OT_ERR_FORMAT, "criteria: %.20s: no contradiction %.20s", row->id,
                           part);
        }
    }
    int day = 0;
    if (row->timing[0] != '\0' && !ot_treatment_day_parse(row->timing, &day)) {
        return ot_fail(err, OT_ERR_FORMAT, "criteria: %.20s: '%.20s' is no day", row->id,
                       row->timing);
    }
    return OT_OK;
}

enum ot_rc ot_criteria_check_row(const struct ot_criteria *out, const struct ot_criterion *row,
                                 struct ot_err *err)
{
    if (row->input[0] != '\0') {
        const struct ot_criterion_input *input = ot_criteria_input(out, row->input);
        const bool judged = row->comparator != OT_CMP_NONE;
        if (input == NULL || !judged || row->value[0] == '\0' ||
            (row->comparator == OT_CMP_BETWEEN) != (row->value_hi[0] != '\0') ||
            !literal_fits(input, row->value) || !literal_fits(input, row->value_hi)) {
            return ot_fail(err, OT_ERR_FORMAT, "criteria: %.20s: '%.60s' cannot be compared",
                           row->id, row->input);
        }
    }
    bool more = true;
    for (const char *when = row->when; more;) {
        struct ot_comparison comparison;
        enum ot_rc rc = ot_when_next(&when, &comparison, &more, err);
        if (rc != OT_OK) {
            ot_err_context(err, "criteria: %.20s", row->id);
            return rc;
        }
        const struct ot_criterion_input *input =
            more ? ot_criteria_input(out, comparison.name) : NULL;
        if (more && (input == NULL || !literal_fits(input, comparison.literal))) {
            return ot_fail(err, OT_ERR_FORMAT, "criteria: %.20s: '%.60s' cannot be compared",
                           row->id, comparison.name);
        }
    }
    return check_references(out, row, err);
}
