/* io/checks_json.c - `checks` of result.json, and the flat object of --evaluate. */
#include "io/checks_json.h"

#include <math.h>
#include <string.h>

#include "io/json.h"

static json_t *split(const char *list)
{
    json_t *array = json_array();
    char part[96];
    while (array != NULL && ot_list_next(&list, part, sizeof part)) {
        if (json_array_append_new(array, json_string(part)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *number_or_text(const char *text)
{
    double number = 0.0;
    if (text[0] == '\0') {
        return json_null();
    }
    return ot_text_to_double(text, &number) ? ot_json_number(number) : json_string(text);
}

json_t *ot_check_to_json(const struct ot_check *check)
{
    json_t *value = check->is_number || check->value_word[0] == '\0'
                        ? ot_json_number(check->value)
                        : json_string(check->value_word);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "id",
                     check->id, "scenario", check->scenario, "quantity", check->quantity, "voi",
                     check->voi, "value", value, "comparator",
                     ot_comparator_name(check->comparator), "limit", number_or_text(check->limit),
                     "unit", check->unit, "verdict", ot_verdict_name(check->verdict), "reason",
                     check->reason, "source", check->source, "grade", check->grade, "consensus",
                     check->consensus, "conflict", split(check->conflict));
}

json_t *ot_checks_to_json(const struct ot_checks *checks)
{
    json_t *array = json_array();
    for (size_t n = 0; array != NULL && n < checks->count; n++) {
        if (json_array_append_new(array, ot_check_to_json(&checks->check[n])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static const char *nth_input(size_t n, const void *context)
{
    const struct ot_criteria *criteria = (const struct ot_criteria *)context;
    return n < criteria->input_count ? criteria->input[n].name : NULL;
}

static enum ot_rc set_number(const struct ot_criterion_input *input, const json_t *value,
                             struct ot_facts *facts, struct ot_err *err)
{
    const double number = json_number_value(value);
    if (!json_is_number(value)) {
        return ot_fail(err, OT_ERR_ARG, "%s must be a number%s%s", input->name,
                       input->unit[0] != '\0' ? " in " : "", input->unit);
    }
    if (!(number >= 0.0 && isfinite(number))) {
        return ot_fail(err, OT_ERR_ARG, "%s is %g, expected 0 or more", input->name, number);
    }
    if (number > input->most) {
        return ot_fail(err, OT_ERR_ARG, "%s is %g, expected 0 to %g", input->name, number,
                       input->most);
    }
    return ot_facts_set_number(facts, input->name, number, err);
}

static enum ot_rc add_word(const struct ot_criterion_input *input, const json_t *value,
                           struct ot_facts *facts, struct ot_err *err)
{
    const char *word = json_string_value(value);
    if (json_is_boolean(value)) {
        word = json_is_true(value) ? "yes" : "no";
    }
    int day = 0;
    if (word == NULL) {
        return ot_fail(err, OT_ERR_ARG, "%s must be a word", input->name);
    }
    bool known = input->words == NULL && word[0] == 'W' && ot_treatment_day_parse(word, &day);
    struct ot_buffer list = {0};
    for (const char *const *each = input->words; each != NULL && *each != NULL; each++) {
        known = known || strcmp(*each, word) == 0;
        ot_buffer_printf(&list, " %s", *each);
    }
    enum ot_rc rc = OT_OK;
    if (!known) {
        rc = ot_fail(err, OT_ERR_ARG, "%s is '%.40s', expected one of%s", input->name, word,
                     list.data != NULL ? list.data : " W1 Sun to W9 Sat");
    } else if (input->is_list) {
        rc = ot_facts_add_word(facts, input->name, word, err);
    } else {
        rc = ot_facts_set_word(facts, input->name, word, err);
    }
    ot_buffer_release(&list);
    return rc;
}

static enum ot_rc add_list(const struct ot_criterion_input *input, const json_t *value,
                           struct ot_facts *facts, struct ot_err *err)
{
    size_t n;
    json_t *each;
    if (!input->is_list) {
        return ot_fail(err, OT_ERR_ARG, "%s takes one value, not a list", input->name);
    }
    json_array_foreach(value, n, each)
    {
        enum ot_rc rc = add_word(input, each, facts, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    return OT_OK;
}

static enum ot_rc add_member(const struct ot_criteria *criteria, const char *name,
                             const json_t *value, struct ot_facts *facts, struct ot_err *err)
{
    const struct ot_criterion_input *input = ot_criteria_input(criteria, name);
    if (input == NULL) {
        const char *nearest = ot_text_nearest(name, nth_input, criteria);
        return ot_fail(err, OT_ERR_ARG, "unknown value '%.60s'%s%s%s", name,
                       nearest != NULL ? "; did you mean " : ": no criterion reads it",
                       nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
    }
    if (json_is_null(value)) {
        return OT_OK;
    }
    if (input->is_number) {
        return set_number(input, value, facts, err);
    }
    return json_is_array(value) ? add_list(input, value, facts, err)
                                : add_word(input, value, facts, err);
}

enum ot_rc ot_facts_from_json(const struct ot_criteria *criteria, json_t *object,
                              struct ot_facts *facts, struct ot_err *err)
{
    if (!json_is_object(object)) {
        return ot_fail(err, OT_ERR_ARG, "the values must be one flat JSON object");
    }
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(object, name, value)
    {
        enum ot_rc rc = add_member(criteria, name, value, facts, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    return OT_OK;
}

enum ot_rc ot_facts_add_text(const struct ot_criteria *criteria, const char *name, const char *text,
                             struct ot_facts *facts, struct ot_err *err)
{
    const struct ot_criterion_input *input = ot_criteria_input(criteria, name);
    double number = 0.0;
    const bool as_number = input != NULL && input->is_number && ot_text_to_double(text, &number);
    json_t *value = as_number ? json_real(number) : json_string(text);
    if (value == NULL) {
        return ot_fail(err, OT_ERR_ARG, "%.60s is no text in UTF-8", name);
    }
    enum ot_rc rc = add_member(criteria, name, value, facts, err);
    json_decref(value);
    return rc;
}
