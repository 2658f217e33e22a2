/* cli/opt.c - one table read as argv, as JSON and as help. */
#include "cli/opt.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/mem.h"

/* Names are equal when they differ only in '-' against '_'. */
static bool same_name(const char *option, const char *word, size_t length)
{
    if (strlen(option) != length) {
        return false;
    }
    for (size_t n = 0; n < length; n++) {
        const char c = (char)(word[n] == '_' ? '-' : word[n]);
        if (option[n] != c) {
            return false;
        }
    }
    return true;
}

static const struct ot_opt *find(const struct ot_opts *opts, const char *name, size_t length)
{
    for (size_t n = 0; n < opts->count; n++) {
        if (same_name(opts->table[n].name, name, length)) {
            return &opts->table[n];
        }
    }
    return NULL;
}

static const char *nth_name(size_t n, const void *context)
{
    const struct ot_opts *opts = (const struct ot_opts *)context;
    return n < opts->count ? opts->table[n].name : NULL;
}

/* `as_key`: the name is a JSON key or a column, shown with '_'. */
static enum ot_rc unknown(const struct ot_opts *opts, const char *name, size_t length, bool as_key,
                          struct ot_err *err)
{
    char word[64];
    (void)snprintf(word, sizeof word, "%.*s", (int)length, name);
    const char *nearest = ot_text_nearest(word, nth_name, opts);
    char suggestion[96] = "";
    if (nearest != NULL) {
        (void)snprintf(suggestion, sizeof suggestion, "; did you mean %s%s?", as_key ? "" : "--",
                       nearest);
    }
    for (char *c = suggestion; as_key && *c != '\0'; c++) {
        *c = (char)(*c == '-' ? '_' : *c);
    }
    return ot_fail(err, OT_ERR_ARG, "unknown %s %s%s%s", as_key ? "name" : "option",
                   as_key ? "" : "--", word, suggestion);
}

static void *field_of(const struct ot_opts *opts, const struct ot_opt *opt)
{
    return (char *)opts->params + opt->offset;
}

static enum ot_rc store_number(const struct ot_opt *opt, const char *text, void *field,
                               struct ot_err *err)
{
    double value = 0.0;
    if (!ot_text_to_double(text, &value)) {
        return ot_fail(err, OT_ERR_ARG, "--%s: '%.40s' is not a number%s%s", opt->name, text,
                       opt->unit[0] != '\0' ? " of " : "", opt->unit);
    }
    if (!(value >= opt->lo && value <= opt->hi)) {
        return ot_fail(err, OT_ERR_ARG, "--%s: %.40s is outside %g..%g %s", opt->name, text,
                       opt->lo, opt->hi, opt->unit);
    }
    if (opt->kind == OT_OPT_F64) {
        *(double *)field = value;
        return OT_OK;
    }
    assert(opt->lo >= INT_MIN && opt->hi <= INT_MAX);
    if (value < floor(value) || value > floor(value)) {
        return ot_fail(err, OT_ERR_ARG, "--%s: '%.40s' is not a whole number", opt->name, text);
    }
    *(int *)field = (int)value;
    return OT_OK;
}

static const char *nth_choice(size_t n, const void *context)
{
    return ((const struct ot_opt *)context)->choices[n];
}

static enum ot_rc check_choice(const struct ot_opt *opt, const char *text, struct ot_err *err)
{
    if (opt->choices == NULL) {
        return OT_OK;
    }
    for (size_t n = 0; opt->choices[n] != NULL; n++) {
        if (strcmp(text, opt->choices[n]) == 0) {
            return OT_OK;
        }
    }
    const char *nearest = ot_text_nearest(text, nth_choice, opt);
    return ot_fail(err, OT_ERR_ARG, "--%s: '%.60s' is not one of %s%s%s%s", opt->name, text,
                   opt->unit, nearest != NULL ? "; did you mean " : "",
                   nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

/* The value as kept by the pool: a relative path is put below `folder`. */
static const char *keep(struct ot_opts *opts, const struct ot_opt *opt, const char *text,
                        const char *folder)
{
    size_t before = 0; /* characters in front of the path */
    if (opt->path == OT_PATH_AFTER_EQUALS) {
        const char *equals = strchr(text, '=');
        before = equals != NULL ? (size_t)(equals - text) + 1 : 0;
    }
    const bool joins = opt->path != OT_NO_PATH && folder != NULL && text[before] != '/' &&
                       (opt->path == OT_PATH || before > 0);
    if (!joins) {
        return ot_texts_add(&opts->pool, "%s", text);
    }
    return ot_texts_add(&opts->pool, "%.*s%s/%s", (int)before, text, folder, text + before);
}

static enum ot_rc store_text(struct ot_opts *opts, const struct ot_opt *opt, const char *text,
                             const char *folder, struct ot_err *err)
{
    enum ot_rc rc = check_choice(opt, text, err);
    if (rc != OT_OK) {
        return rc;
    }
    const char *kept = keep(opts, opt, text, folder);
    if (kept == NULL) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory for --%s", opt->name);
    }
    if (opt->kind == OT_OPT_TEXT) {
        *(const char **)field_of(opts, opt) = kept;
        return OT_OK;
    }
    struct ot_texts *list = (struct ot_texts *)field_of(opts, opt);
    return ot_texts_add(list, "%s", kept) != NULL
               ? OT_OK
               : ot_fail(err, OT_ERR_NOMEM, "no memory for --%s", opt->name);
}

/* Several values in one text, as in a cell of cohort.csv. */
static enum ot_rc store_list(struct ot_opts *opts, const struct ot_opt *opt, const char *text,
                             const char *folder, struct ot_err *err)
{
    while (*text != '\0') {
        const size_t length = strcspn(text, ";");
        if (length > 0) {
            struct ot_texts one = {0};
            const char *item = ot_texts_add(&one, "%.*s", (int)length, text);
            enum ot_rc rc = OT_ERR_NOMEM;
            if (item != NULL) {
                rc = store_text(opts, opt, item, folder, err);
            } else {
                (void)ot_fail(err, OT_ERR_NOMEM, "no memory for a list");
            }
            ot_texts_release(&one);
            if (rc != OT_OK) {
                return rc;
            }
        }
        text += length + (text[length] == ';');
    }
    return OT_OK;
}

static enum ot_rc store_flag(const struct ot_opt *opt, const char *text, bool *field,
                             struct ot_err *err)
{
    const bool yes = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
    if (!yes && strcmp(text, "no") != 0 && strcmp(text, "false") != 0) {
        return ot_fail(err, OT_ERR_ARG, "--%s: '%.40s' is not yes or no", opt->name, text);
    }
    *field = yes;
    return OT_OK;
}

/* False when a higher origin has spoken; a first value of a list clears what was there. */
static bool claim(struct ot_opts *opts, const struct ot_opt *opt, enum ot_origin origin)
{
    unsigned char *now = &opts->origin[opt - opts->table];
    if (*now > (unsigned char)origin) {
        return false;
    }
    if (*now < (unsigned char)origin && opt->kind == OT_OPT_TEXTS) {
        ot_texts_release((struct ot_texts *)field_of(opts, opt));
    }
    *now = (unsigned char)origin;
    return true;
}

static enum ot_rc store(struct ot_opts *opts, const struct ot_opt *opt, const char *text,
                        enum ot_origin origin, const char *folder, struct ot_err *err)
{
    if (!claim(opts, opt, origin)) {
        return OT_OK;
    }
    switch (opt->kind) {
    case OT_OPT_FLAG:
        return store_flag(opt, text, (bool *)field_of(opts, opt), err);
    case OT_OPT_INT:
    case OT_OPT_F64:
        return store_number(opt, text, field_of(opts, opt), err);
    case OT_OPT_TEXT:
        return store_text(opts, opt, text, folder, err);
    case OT_OPT_TEXTS:
        return store_list(opts, opt, text, folder, err);
    }
    return ot_fail(err, OT_ERR_ARG, "--%s: unknown option kind", opt->name);
}

void ot_opts_release(struct ot_opts *opts)
{
    for (size_t n = 0; n < opts->count; n++) {
        if (opts->table[n].kind == OT_OPT_TEXTS) {
            ot_texts_release((struct ot_texts *)field_of(opts, &opts->table[n]));
        }
    }
    ot_texts_release(&opts->pool);
}

static const struct ot_opt *next_positional(const struct ot_opts *opts)
{
    for (size_t n = 0; n < opts->count; n++) {
        if (opts->table[n].positional && opts->origin[n] != OT_FROM_FLAG) {
            return &opts->table[n];
        }
    }
    return NULL;
}

/* Takes one word, and its value if that is a word of its own; *used says how many. */
static enum ot_rc take(struct ot_opts *opts, int argc, char *const *argv, int *used,
                       struct ot_err *err)
{
    const char *word = argv[0];
    *used = 1;
    if (strncmp(word, "--", 2) != 0) {
        const struct ot_opt *opt = next_positional(opts);
        if (opt == NULL) {
            return ot_fail(err, OT_ERR_ARG, "unexpected argument '%.60s'", ot_text_base_name(word));
        }
        return store(opts, opt, word, OT_FROM_FLAG, NULL, err);
    }
    const char *name = word + 2;
    const size_t length = strcspn(name, "=");
    const struct ot_opt *opt = find(opts, name, length);
    if (opt == NULL) {
        return unknown(opts, name, length, false, err);
    }
    if (opts->origin[opt - opts->table] == OT_FROM_FLAG && opt->kind != OT_OPT_TEXTS) {
        return ot_fail(err, OT_ERR_ARG, "--%s is given twice", opt->name);
    }
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    if (opt->kind == OT_OPT_FLAG && value == NULL) {
        value = "yes";
    }
    if (value == NULL) {
        if (argc < 2) {
            return ot_fail(err, OT_ERR_ARG, "--%s needs a value (%s)", opt->name, opt->unit);
        }
        value = argv[1];
        *used = 2;
    }
    /* On the command line a list option is repeated; ';' is part of a path. */
    if (opt->kind == OT_OPT_TEXTS) {
        (void)claim(opts, opt, OT_FROM_FLAG);
        return store_text(opts, opt, value, NULL, err);
    }
    return store(opts, opt, value, OT_FROM_FLAG, NULL, err);
}

enum ot_rc ot_opts_parse(struct ot_opts *opts, int argc, char *const *argv, struct ot_err *err)
{
    assert(opts->count <= OT_MAX_OPTS);
    while (argc > 0) {
        int used = 0;
        const enum ot_rc rc = take(opts, argc, argv, &used, err);
        if (rc != OT_OK) {
            return rc;
        }
        argc -= used;
        argv += used;
    }
    return OT_OK;
}

enum ot_rc ot_opts_set(struct ot_opts *opts, const char *name, const char *text,
                       enum ot_origin origin, const char *folder, struct ot_err *err)
{
    const struct ot_opt *opt = find(opts, name, strlen(name));
    if (opt == NULL) {
        return unknown(opts, name, strlen(name), true, err);
    }
    return store(opts, opt, text, origin, folder, err);
}

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
    const struct ot_opt *opt = find(opts, name, strlen(name));
    if (opt == NULL) {
        return unknown(opts, name, strlen(name), true, err);
    }
    if (opt->kind != OT_OPT_TEXTS) {
        return ot_fail(err, OT_ERR_ARG, "%s: takes one value, not a list", name);
    }
    if (!claim(opts, opt, origin)) {
        return OT_OK;
    }
    for (size_t n = 0; n < json_array_size(array); n++) {
        const char *text = json_string_value(json_array_get(array, n));
        if (text == NULL) {
            return ot_fail(err, OT_ERR_ARG, "%s: item %zu of the list is not a text", name, n + 1);
        }
        const enum ot_rc rc = store_text(opts, opt, text, folder, err);
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
    const struct ot_opt *opt = find(opts, name, strlen(name));
    if (opt == NULL) {
        return unknown(opts, name, strlen(name), true, err);
    }
    if (opt->kind != OT_OPT_TEXTS || opt->choices != NULL) {
        return ot_fail(err, OT_ERR_ARG, "%s: takes no object", name);
    }
    if (!claim(opts, opt, origin)) {
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
        const enum ot_rc rc = store_text(opts, opt, pair, NULL, err);
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

enum ot_rc ot_opts_require(const struct ot_opts *opts, struct ot_err *err)
{
    for (size_t n = 0; n < opts->count; n++) {
        const struct ot_opt *opt = &opts->table[n];
        if (opt->required && opts->origin[n] == OT_FROM_DEFAULT) {
            return ot_fail(err, OT_ERR_ARG, "%s%s %s is required", opt->positional ? "" : "--",
                           opt->positional ? "the argument" : opt->name, opt->unit);
        }
    }
    return OT_OK;
}

bool ot_opts_given(const struct ot_opts *opts, const char *name)
{
    const struct ot_opt *opt = find(opts, name, strlen(name));
    assert(opt != NULL);
    return opts->origin[opt - opts->table] != OT_FROM_DEFAULT;
}

enum ot_origin ot_opts_origin(const struct ot_opts *opts, const char *name)
{
    const struct ot_opt *opt = find(opts, name, strlen(name));
    return opt != NULL ? (enum ot_origin)opts->origin[opt - opts->table] : OT_FROM_DEFAULT;
}

static void option_to_words(const struct ot_opts *opts, const struct ot_opt *opt,
                            struct ot_texts *words)
{
    const void *field = field_of(opts, opt);
    switch (opt->kind) {
    case OT_OPT_FLAG:
        (void)ot_texts_add(words, "--%s=%s", opt->name, *(const bool *)field ? "yes" : "no");
        return;
    case OT_OPT_INT:
        (void)ot_texts_add(words, "--%s=%d", opt->name, *(const int *)field);
        return;
    case OT_OPT_F64:
        (void)ot_texts_add(words, "--%s=%.17g", opt->name, *(const double *)field);
        return;
    case OT_OPT_TEXT:
        (void)ot_texts_add(words, "--%s=%s", opt->name, *(const char *const *)field);
        return;
    case OT_OPT_TEXTS: {
        const struct ot_texts *list = (const struct ot_texts *)field;
        for (size_t n = 0; n < list->count; n++) {
            (void)ot_texts_add(words, "--%s=%s", opt->name, list->text[n]);
        }
        return;
    }
    }
}

enum ot_rc ot_opts_to_words(const struct ot_opts *opts, struct ot_texts *words, struct ot_err *err)
{
    for (size_t n = 0; n < opts->count; n++) {
        if (opts->origin[n] != OT_FROM_DEFAULT) {
            option_to_words(opts, &opts->table[n], words);
        }
    }
    return words->failed ? ot_fail(err, OT_ERR_NOMEM, "no memory for a command line") : OT_OK;
}

static void print_default(const struct ot_opt *opt, const void *defaults, FILE *out)
{
    const char *field = (const char *)defaults + opt->offset;
    const char *text = NULL;
    double number = NAN;
    switch (opt->kind) {
    case OT_OPT_INT:
        (void)fprintf(out, " [%d]", *(const int *)(const void *)field);
        break;
    case OT_OPT_F64:
        number = *(const double *)(const void *)field;
        if (!isnan(number)) {
            (void)fprintf(out, " [%g]", number);
        }
        break;
    case OT_OPT_TEXT:
        text = *(const char *const *)(const void *)field;
        if (text != NULL) {
            (void)fprintf(out, " [%s]", text);
        }
        break;
    case OT_OPT_TEXTS:
        (void)fputs(" (may be given several times)", out);
        break;
    case OT_OPT_FLAG:
        break;
    }
}

enum { HELP_COLUMN = 38 };

void ot_opts_print_help(const struct ot_opt *table, size_t count, const void *defaults, FILE *out)
{
    const char *group = NULL;
    for (size_t n = 0; n < count; n++) {
        const struct ot_opt *opt = &table[n];
        if (opt->group != NULL && (group == NULL || strcmp(group, opt->group) != 0)) {
            group = opt->group;
            (void)fprintf(out, "\n%s\n", group);
        }
        const int used = opt->positional ? fprintf(out, "  %s", opt->unit)
                                         : fprintf(out, "  --%s%s%s", opt->name,
                                                   opt->unit[0] != '\0' ? " " : "", opt->unit);
        if (used >= HELP_COLUMN) {
            (void)fprintf(out, "\n%*s", HELP_COLUMN, "");
        } else {
            (void)fprintf(out, "%*s", HELP_COLUMN - used, "");
        }
        (void)fputs(opt->help, out);
        if (opt->required) {
            (void)fputs(" (required)", out);
        } else {
            print_default(opt, defaults, out);
        }
        (void)fputc('\n', out);
    }
}
