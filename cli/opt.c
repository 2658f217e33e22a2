/* cli/opt.c - one table read as argv; values of any origin go in through here. */
#include "cli/opt.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "cli/opt_parts.h"

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

const struct ot_opt *ot_opt_find(const struct ot_opts *opts, const char *name, size_t length)
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

enum ot_rc ot_opt_unknown(const struct ot_opts *opts, const char *name, size_t length, bool as_key,
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

void *ot_opt_field(const struct ot_opts *opts, const struct ot_opt *opt)
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

enum ot_rc ot_opt_store_text(struct ot_opts *opts, const struct ot_opt *opt, const char *text,
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
        *(const char **)ot_opt_field(opts, opt) = kept;
        return OT_OK;
    }
    struct ot_texts *list = (struct ot_texts *)ot_opt_field(opts, opt);
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
                rc = ot_opt_store_text(opts, opt, item, folder, err);
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

bool ot_opt_claim(struct ot_opts *opts, const struct ot_opt *opt, enum ot_origin origin)
{
    unsigned char *now = &opts->origin[opt - opts->table];
    if (*now > (unsigned char)origin) {
        return false;
    }
    if (*now < (unsigned char)origin && opt->kind == OT_OPT_TEXTS) {
        ot_texts_release((struct ot_texts *)ot_opt_field(opts, opt));
    }
    *now = (unsigned char)origin;
    return true;
}

static enum ot_rc store(struct ot_opts *opts, const struct ot_opt *opt, const char *text,
                        enum ot_origin origin, const char *folder, struct ot_err *err)
{
    if (!ot_opt_claim(opts, opt, origin)) {
        return OT_OK;
    }
    switch (opt->kind) {
    case OT_OPT_FLAG:
        return store_flag(opt, text, (bool *)ot_opt_field(opts, opt), err);
    case OT_OPT_INT:
    case OT_OPT_F64:
        return store_number(opt, text, ot_opt_field(opts, opt), err);
    case OT_OPT_TEXT:
        return ot_opt_store_text(opts, opt, text, folder, err);
    case OT_OPT_TEXTS:
        return store_list(opts, opt, text, folder, err);
    }
    return ot_fail(err, OT_ERR_ARG, "--%s: unknown option kind", opt->name);
}

void ot_opts_release(struct ot_opts *opts)
{
    for (size_t n = 0; n < opts->count; n++) {
        if (opts->table[n].kind == OT_OPT_TEXTS) {
            ot_texts_release((struct ot_texts *)ot_opt_field(opts, &opts->table[n]));
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
    const struct ot_opt *opt = ot_opt_find(opts, name, length);
    if (opt == NULL) {
        return ot_opt_unknown(opts, name, length, false, err);
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
        (void)ot_opt_claim(opts, opt, OT_FROM_FLAG);
        return ot_opt_store_text(opts, opt, value, NULL, err);
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
    const struct ot_opt *opt = ot_opt_find(opts, name, strlen(name));
    if (opt == NULL) {
        return ot_opt_unknown(opts, name, strlen(name), true, err);
    }
    return store(opts, opt, text, origin, folder, err);
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
    const struct ot_opt *opt = ot_opt_find(opts, name, strlen(name));
    assert(opt != NULL);
    return opts->origin[opt - opts->table] != OT_FROM_DEFAULT;
}

enum ot_origin ot_opts_origin(const struct ot_opts *opts, const char *name)
{
    const struct ot_opt *opt = ot_opt_find(opts, name, strlen(name));
    return opt != NULL ? (enum ot_origin)opts->origin[opt - opts->table] : OT_FROM_DEFAULT;
}
