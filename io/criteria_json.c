/* io/criteria_json.c - the table of criteria, read so that nothing unknown slips through. */
#include "io/criteria_json.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "core/mem.h"
#include "io/builtin.h"
#include "io/criteria_check.h"
#include "io/json.h"

/* Columns that are texts, with the field that holds them. */
static const struct {
    const char *name;
    size_t offset;
} columns[] = {
    {"id", offsetof(struct ot_criterion, id)},
    {"scenario_name", offsetof(struct ot_criterion, scenario_name)},
    {"seed_table", offsetof(struct ot_criterion, seed_table)},
    {"section", offsetof(struct ot_criterion, section)},
    {"quantity", offsetof(struct ot_criterion, quantity)},
    {"voi", offsetof(struct ot_criterion, voi)},
    {"value", offsetof(struct ot_criterion, value)},
    {"value_hi", offsetof(struct ot_criterion, value_hi)},
    {"unit", offsetof(struct ot_criterion, unit)},
    {"model", offsetof(struct ot_criterion, model)},
    {"conditions", offsetof(struct ot_criterion, conditions)},
    {"timing", offsetof(struct ot_criterion, timing)},
    {"grade", offsetof(struct ot_criterion, grade)},
    {"consensus", offsetof(struct ot_criterion, consensus)},
    {"note", offsetof(struct ot_criterion, note)},
    {"source", offsetof(struct ot_criterion, source)},
    {"strength", offsetof(struct ot_criterion, strength)},
    {"input", offsetof(struct ot_criterion, input)},
    {"when", offsetof(struct ot_criterion, when)},
    {"alternative", offsetof(struct ot_criterion, alternative)},
    {"conflict", offsetof(struct ot_criterion, conflict)},
};
enum { COLUMN_COUNT = sizeof columns / sizeof columns[0], MEMBER_COUNT = COLUMN_COUNT + 5 };

static const char *const *column_of(const struct ot_criterion *row, size_t n)
{
    return (const char *const *)(const void *)((const char *)row + columns[n].offset);
}

static const char *member_text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* A text member copied into the pool. */
static enum ot_rc take(const json_t *object, const char *name, const char *where,
                       struct ot_texts *pool, const char **out, struct ot_err *err)
{
    const char *text = member_text(object, name);
    if (text == NULL) {
        return ot_fail(err, OT_ERR_FORMAT, "criteria: %.20s has no text '%s'", where, name);
    }
    *out = ot_texts_add(pool, "%s", text);
    return *out != NULL ? OT_OK : ot_fail(err, OT_ERR_NOMEM, "no memory for the criteria");
}

static enum ot_rc read_verdicts(const json_t *object, struct ot_criterion *row, struct ot_err *err)
{
    const char *if_true = member_text(object, "if_true");
    const char *if_false = member_text(object, "if_false");
    char below[16] = "";
    char above[16] = "";
    const char *rest = if_false != NULL ? if_false : "";
    const bool some = ot_list_next(&rest, below, sizeof below);
    const bool two = ot_list_next(&rest, above, sizeof above);
    if (if_true == NULL || if_false == NULL || !ot_verdict_from_name(if_true, &row->if_true) ||
        (some && !ot_verdict_from_name(below, &row->if_below)) ||
        !ot_verdict_from_name(two ? above : "info", &row->if_above) || rest[0] != '\0' ||
        (two && row->comparator != OT_CMP_BETWEEN) || (row->input[0] != '\0') != some) {
        return ot_fail(err, OT_ERR_FORMAT, "criteria: %.20s: verdicts '%.20s', '%.40s'", row->id,
                       if_true != NULL ? if_true : "", if_false != NULL ? if_false : "");
    }
    if (!two) {
        row->if_above = row->if_below;
    }
    return OT_OK;
}

static enum ot_rc read_row(const json_t *object, struct ot_criteria *out, struct ot_criterion *row,
                           struct ot_err *err)
{
    const char *id = member_text(object, "id");
    for (size_t n = 0; n < COLUMN_COUNT; n++) {
        const char *text = NULL;
        enum ot_rc rc =
            take(object, columns[n].name, id != NULL ? id : "a row", &out->pool, &text, err);
        if (rc != OT_OK) {
            return rc;
        }
        memcpy((char *)row + columns[n].offset, &text, sizeof text);
    }
    const char *role = member_text(object, "role");
    if (role == NULL || !ot_criterion_role_from_name(role, &row->role)) {
        return ot_fail(err, OT_ERR_FORMAT, "criteria: %.20s: unknown role '%.40s'", row->id,
                       role != NULL ? role : "");
    }
    const char *comparator = member_text(object, "comparator");
    if (comparator == NULL || !ot_comparator_from_name(comparator, &row->comparator)) {
        return ot_fail(err, OT_ERR_FORMAT, "criteria: %.20s: unknown comparator '%.40s'", row->id,
                       comparator != NULL ? comparator : "");
    }
    const json_t *scenario = json_object_get(object, "scenario");
    row->scenario = json_is_integer(scenario) ? (int)json_integer_value(scenario) : -1;
    if (json_object_size(object) != MEMBER_COUNT ||
        row->scenario != ot_criteria_scenario(out, row->scenario_name)) {
        return ot_fail(err, OT_ERR_FORMAT, "criteria: %.20s: columns or scenario do not fit",
                       row->id);
    }
    return read_verdicts(object, row, err);
}

static enum ot_rc read_scenarios(const json_t *array, struct ot_criteria *out, struct ot_err *err)
{
    out->scenario = OT_NEW(struct ot_scenario, json_array_size(array) + 1, err);
    if (out->scenario == NULL) {
        return OT_ERR_NOMEM;
    }
    size_t n;
    json_t *object;
    json_array_foreach(array, n, object)
    {
        struct ot_scenario *scenario = &out->scenario[n];
        scenario->number = (int)json_integer_value(json_object_get(object, "number"));
        enum ot_rc rc = take(object, "name", "a scenario", &out->pool, &scenario->name, err);
        if (rc == OT_OK) {
            rc = take(object, "title", "a scenario", &out->pool, &scenario->title, err);
        }
        if (rc != OT_OK) {
            return rc;
        }
        out->scenario_count++;
    }
    return OT_OK;
}

static size_t count_words(const json_t *array)
{
    size_t count = 0;
    size_t n;
    json_t *object;
    json_array_foreach(array, n, object)
    {
        count += json_array_size(json_object_get(object, "words")) + 1;
    }
    return count;
}

static enum ot_rc read_words(const json_t *object, struct ot_criteria *out, size_t *used,
                             struct ot_criterion_input *input, struct ot_err *err)
{
    const json_t *words = json_object_get(object, "words");
    size_t n;
    json_t *word;
    input->words = words != NULL ? &out->words[*used] : NULL;
    json_array_foreach(words, n, word)
    {
        const char *text = json_string_value(word);
        if (text == NULL) {
            return ot_fail(err, OT_ERR_FORMAT, "criteria: %.60s: a word is no text", input->name);
        }
        const char *copy = ot_texts_add(&out->pool, "%s", text);
        if (copy == NULL) {
            return ot_fail(err, OT_ERR_NOMEM, "no memory for the criteria");
        }
        out->words[(*used)++] = copy;
    }
    (*used)++; /* the NULL at the end; the block is zeroed */
    return OT_OK;
}

static enum ot_rc read_inputs(const json_t *array, struct ot_criteria *out, struct ot_err *err)
{
    out->input = OT_NEW(struct ot_criterion_input, json_array_size(array) + 1, err);
    out->words = OT_NEW(const char *, count_words(array) + 1, err);
    if (out->input == NULL || out->words == NULL) {
        return OT_ERR_NOMEM;
    }
    size_t used = 0;
    size_t n;
    json_t *object;
    json_array_foreach(array, n, object)
    {
        struct ot_criterion_input *input = &out->input[n];
        const char *kind = member_text(object, "kind");
        const char *unit = member_text(object, "unit");
        enum ot_rc rc = take(object, "name", "an input", &out->pool, &input->name, err);
        if (rc != OT_OK) {
            return rc;
        }
        input->unit = ot_texts_add(&out->pool, "%s", unit != NULL ? unit : "");
        input->is_number = kind != NULL && strcmp(kind, "number") == 0;
        input->is_list = kind != NULL && strcmp(kind, "list") == 0;
        const json_t *most = json_object_get(object, "most");
        input->most = most != NULL ? json_number_value(most) : (double)INFINITY;
        const bool has_words = json_object_get(object, "words") != NULL;
        if (input->unit == NULL) {
            return ot_fail(err, OT_ERR_NOMEM, "no memory for the criteria");
        }
        if (kind == NULL || has_words != (strcmp(kind, "word") == 0 || input->is_list) ||
            (!input->is_number && !has_words && strcmp(kind, "day") != 0)) {
            return ot_fail(err, OT_ERR_FORMAT, "criteria: %.60s: unknown kind", input->name);
        }
        rc = read_words(object, out, &used, input, err);
        if (rc != OT_OK) {
            return rc;
        }
        out->input_count++;
    }
    return OT_OK;
}

static enum ot_rc read_conflicts(const json_t *array, struct ot_criteria *out, struct ot_err *err)
{
    out->conflict = OT_NEW(struct ot_conflict, json_array_size(array) + 1, err);
    if (out->conflict == NULL) {
        return OT_ERR_NOMEM;
    }
    size_t n;
    json_t *object;
    json_array_foreach(array, n, object)
    {
        struct ot_conflict *conflict = &out->conflict[n];
        enum ot_rc rc = take(object, "id", "a contradiction", &out->pool, &conflict->id, err);
        rc = rc != OT_OK ? rc : take(object, "one", conflict->id, &out->pool, &conflict->one, err);
        rc = rc != OT_OK ? rc
                         : take(object, "other", conflict->id, &out->pool, &conflict->other, err);
        rc =
            rc != OT_OK ? rc : take(object, "here", conflict->id, &out->pool, &conflict->here, err);
        if (rc != OT_OK) {
            return rc;
        }
        out->conflict_count++;
    }
    return OT_OK;
}

static enum ot_rc read_rows(const json_t *array, struct ot_criteria *out, struct ot_err *err)
{
    out->row = OT_NEW(struct ot_criterion, json_array_size(array) + 1, err);
    if (out->row == NULL) {
        return OT_ERR_NOMEM;
    }
    size_t n;
    json_t *object;
    json_array_foreach(array, n, object)
    {
        enum ot_rc rc = read_row(object, out, &out->row[n], err);
        if (rc != OT_OK) {
            return rc;
        }
        if (ot_criteria_find(out, out->row[n].id) != NULL) {
            return ot_fail(err, OT_ERR_FORMAT, "criteria: the id %.20s stands twice",
                           out->row[n].id);
        }
        out->count++;
    }
    for (n = 0; n < out->count; n++) {
        enum ot_rc rc = ot_criteria_check_row(out, &out->row[n], err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    return out->count > 0 ? OT_OK : ot_fail(err, OT_ERR_FORMAT, "criteria: there are no rows");
}

enum ot_rc ot_criteria_from_json(const json_t *table, struct ot_criteria *out, struct ot_err *err)
{
    memset(out, 0, sizeof *out);
    const char *schema = member_text(table, "schema");
    if (schema == NULL || strcmp(schema, "opentare.criteria/1") != 0) {
        return ot_fail(err, OT_ERR_FORMAT, "criteria: the schema is not opentare.criteria/1");
    }
    enum ot_rc rc = take(table, "title", "the table", &out->pool, &out->title, err);
    rc = rc != OT_OK ? rc : take(table, "citation", "the table", &out->pool, &out->citation, err);
    rc = rc != OT_OK ? rc : read_scenarios(json_object_get(table, "scenarios"), out, err);
    rc = rc != OT_OK ? rc : read_inputs(json_object_get(table, "inputs"), out, err);
    rc = rc != OT_OK ? rc : read_conflicts(json_object_get(table, "conflicts"), out, err);
    rc = rc != OT_OK ? rc : read_rows(json_object_get(table, "criteria"), out, err);
    if (rc != OT_OK) {
        ot_criteria_release(out);
    }
    return rc;
}

enum ot_rc ot_criteria_load(struct ot_criteria *out, struct ot_err *err)
{
    static const char name[] = "criteria/salem2023.json";
    memset(out, 0, sizeof *out);
    size_t size = 0;
    const char *text = ot_builtin_text(name, &size);
    if (text == NULL) {
        return ot_fail(err, OT_ERR_FORMAT, "the table %s is not compiled in", name);
    }
    json_t *table = NULL;
    enum ot_rc rc = ot_json_parse(text, size, "salem2023.json", &table, err);
    if (rc == OT_OK) {
        rc = ot_criteria_from_json(table, out, err);
    }
    json_decref(table);
    return rc;
}

static int set(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value);
}

json_t *ot_criterion_to_json(const struct ot_criterion *row)
{
    json_t *object = json_object();
    int failed = object == NULL;
    for (size_t n = 0; n < COLUMN_COUNT && !failed; n++) {
        failed |= set(object, columns[n].name, json_string(*column_of(row, n)));
        if (n == 0) {
            failed |= set(object, "scenario", json_integer(row->scenario));
            failed |= set(object, "role", json_string(ot_criterion_role_name(row->role)));
            failed |= set(object, "comparator", json_string(ot_comparator_name(row->comparator)));
        }
    }
    if (!failed) {
        failed |= set(object, "if_true", json_string(ot_verdict_name(row->if_true)));
        failed |= set(object, "if_false",
                      row->input[0] == '\0' ? json_string("")
                      : row->if_below == row->if_above
                          ? json_string(ot_verdict_name(row->if_below))
                          : json_sprintf("%s|%s", ot_verdict_name(row->if_below),
                                         ot_verdict_name(row->if_above)));
    }
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *ot_conflict_to_json(const struct ot_conflict *conflict)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "id", conflict->id, "one", conflict->one, "other",
                     conflict->other, "here", conflict->here);
}
