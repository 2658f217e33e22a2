/* cli/opt_json.c - options from the members of a JSON object. */
#include "cli/opt.h"

#include <stdint.h>
#include <string.h>

#include "cli/opt_parts.h"

static enum ot_rc set_member(struct ot_opts *opts, const char *name, const json_t *value,
                             enum ot_origin origin, const char *folder, struct ot_err *err)
{
    char number[40];
    switch (json_typeof(value)) {
    case JSON_STRING:
        return ot_opts_set(opts, name, json_string_value(value), origin, folder, err);
    case JSON_INTEGER:
    case JSON_REAL:
        (void)snprintf(number, sizeof number, "%.15g", json_number_value(value));
        return ot_opts_set(opts, name, number, origin, folder, err);
    case JSON_TRUE:
        return ot_opts_set(opts, name, "yes", origin, folder, err);
    case JSON_FALSE:
        return ot_opts_set(opts, name, "no", origin, folder, err);
    case JSON_ARRAY:
    case JSON_OBJECT:
    case JSON_NULL:
        break;
    }
    return ot_fail(err, OT_ERR_ARG, "%s: expected a number, a text, true or false", name);
}

static enum ot_rc set_array(struct ot_opts *opts, const char *name, const json_t *array,
                            enum ot_origin origin, const char *folder, struct ot_err *err)
{
    const struct ot_opt *opt = ot_opt_find(opts, name, strlen(name));
    if (opt == NULL) {
        return ot_opt_unknown(opts, name, strlen(name), true, err);
    }
    if (opt->kind != OT_OPT_TEXTS) {
        return ot_fail(err, OT_ERR_ARG, "%s: takes one value, not a list", name);
    }
    if (!ot_opt_claim(opts, opt, origin)) {
        return OT_OK;
    }
    for (size_t n = 0; n < json_array_size(array); n++) {
        const char *text = json_string_value(json_array_get(array, n));
        if (text == NULL) {
            return ot_fail(err, OT_ERR_ARG, "%s: item %zu of the list is not a text", name, n + 1);
        }
        const enum ot_rc rc = ot_opt_store_text(opts, opt, text, folder, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    return OT_OK;
}

/* {"tumor": 10} for a list option: one "tumor=10" each. */
static enum ot_rc set_object(struct ot_opts *opts, const char *name, json_t *object,
                             enum ot_origin origin, struct ot_err *err)
{
    const struct ot_opt *opt = ot_opt_find(opts, name, strlen(name));
    if (opt == NULL) {
        return ot_opt_unknown(opts, name, strlen(name), true, err);
    }
    if (opt->kind != OT_OPT_TEXTS || opt->choices != NULL) {
        return ot_fail(err, OT_ERR_ARG, "%s: takes no object", name);
    }
    if (!ot_opt_claim(opts, opt, origin)) {
        return OT_OK;
    }
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(object, key, value)
    {
        char pair[96];
        if (!json_is_number(value)) {
            return ot_fail(err, OT_ERR_ARG, "%s: the value of %.40s is no number", name, key);
        }
        (void)snprintf(pair, sizeof pair, "%.40s=%.15g", key, json_number_value(value));
        const enum ot_rc rc = ot_opt_store_text(opts, opt, pair, NULL, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    return OT_OK;
}

static bool is_listed(const char *const *list, const char *word)
{
    for (; list != NULL && *list != NULL; list++) {
        if (strcmp(*list, word) == 0) {
            return true;
        }
    }
    return false;
}

enum ot_rc ot_opts_set_json(struct ot_opts *opts, const json_t *object, enum ot_origin origin,
                            const char *folder, const char *const *skip, struct ot_err *err)
{
    if (!json_is_object(object)) {
        return ot_fail(err, OT_ERR_ARG, "expected a JSON object of named values");
    }
    /* Jansson's iterators take a non-const object but do not change it. */
    json_t *members = json_copy((json_t *)(uintptr_t)object);
    enum ot_rc rc = members != NULL ? OT_OK : ot_fail(err, OT_ERR_NOMEM, "no memory for JSON");
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(members, name, value)
    {
        if (is_listed(skip, name)) {
            continue;
        }
        if (json_is_array(value)) {
            rc = set_array(opts, name, value, origin, folder, err);
        } else if (json_is_object(value)) {
            rc = set_object(opts, name, value, origin, err);
        } else {
            rc = set_member(opts, name, value, origin, folder, err);
        }
        if (rc != OT_OK) {
            break;
        }
    }
    json_decref(members);
    return rc;
}
