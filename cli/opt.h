/* cli/opt.h - options as data: one table per command, read by everything.
 *
 * A command describes its parameters once, as a constant table that names the fields of a
 * plain struct. From that table come the parser of argv, the keys of case.json and the columns
 * of cohort.csv (the same name with '_' for '-'), --help and the man page. Nothing about an
 * option is written twice.
 */
#ifndef OT_CLI_OPT_H
#define OT_CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "core/err.h"
#include "core/text.h"

enum ot_opt_kind {
    OT_OPT_FLAG,  /* bool */
    OT_OPT_INT,   /* int */
    OT_OPT_F64,   /* double; NAN in the defaults means: not given */
    OT_OPT_TEXT,  /* const char *; NULL: not given */
    OT_OPT_TEXTS, /* struct ot_texts: may be given several times; a list in JSON; ';' in CSV */
};

enum ot_opt_path {
    OT_NO_PATH = 0,
    OT_PATH,              /* the value is a path */
    OT_PATH_AFTER_EQUALS, /* "...=PATH[#SELECTOR]" */
};

struct ot_opt {
    const char *name;           /* long name, without dashes in front */
    const char *unit;           /* shown after the name: "GBq", "FILE", "local|vsv" */
    const char *help;           /* one sentence, lower case, no full stop */
    const char *group;          /* heading of --help; NULL: the command's own options */
    const char *const *choices; /* NULL-terminated list of allowed texts, or NULL */
    double lo, hi;              /* inclusive limits of a number */
    size_t offset;              /* of the field in the command's parameter struct */
    enum ot_opt_kind kind;
    enum ot_opt_path path;
    bool required;
    bool positional; /* also the next bare word of the command line */
};

/* The field's offset, if and only if it has the stated type: else no compilation. */
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a type and a member name */
#define OT_FIELD(type, field, wanted) _Generic(((type *)0)->field, wanted : offsetof(type, field))

#define OT_FLAG(type, field, name_, help_) \
    { \
        .name = (name_), .unit = "", .help = (help_), .kind = OT_OPT_FLAG, \
        .offset = OT_FIELD(type, field, bool) \
    }
#define OT_INT(type, field, name_, unit_, lo_, hi_, help_) \
    { \
        .name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_INT, .lo = (lo_), \
        .hi = (hi_), .offset = OT_FIELD(type, field, int) \
    }
#define OT_F64(type, field, name_, unit_, lo_, hi_, help_) \
    { \
        .name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_F64, .lo = (lo_), \
        .hi = (hi_), .offset = OT_FIELD(type, field, double) \
    }
#define OT_TEXT(type, field, name_, unit_, help_) \
    { \
        .name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_TEXT, \
        .offset = OT_FIELD(type, field, const char *) \
    }
#define OT_TEXTS(type, field, name_, unit_, help_) \
    { \
        .name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_TEXTS, \
        .offset = OT_FIELD(type, field, struct ot_texts) \
    }
#define OT_FILE(type, field, name_, unit_, help_) \
    { \
        .name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_TEXT, .path = OT_PATH, \
        .offset = OT_FIELD(type, field, const char *) \
    }
#define OT_FILE_NEEDED(type, field, name_, unit_, help_) \
    { \
        .name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_TEXT, .path = OT_PATH, \
        .required = true, .offset = OT_FIELD(type, field, const char *) \
    }
#define OT_WORD_POSITIONAL(type, field, name_, unit_, required_, help_) \
    { \
        .name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_TEXT, .path = OT_PATH, \
        .required = (required_), .positional = true, .offset = OT_FIELD(type, field, const char *) \
    }
#define OT_CHOICE(type, field, name_, unit_, choices_, help_) \
    { \
        .name = (name_), .unit = (unit_), .help = (help_), .kind = OT_OPT_TEXT, \
        .choices = (choices_), .offset = OT_FIELD(type, field, const char *) \
    }

/* Where a value came from; a higher one wins. */
enum ot_origin { OT_FROM_DEFAULT = 0, OT_FROM_SITE, OT_FROM_CASE, OT_FROM_FLAG };

enum { OT_MAX_OPTS = 160 };

/* A command's parameters while they are read. */
struct ot_opts {
    const struct ot_opt *table;
    size_t count;                      /* <= OT_MAX_OPTS */
    void *params;                      /* the command's struct, holding the defaults at first */
    unsigned char origin[OT_MAX_OPTS]; /* enum ot_origin of each option */
    struct ot_texts pool;              /* owns every text that params points to */
};

/* Releases the pool and every OT_OPT_TEXTS field of params. */
void ot_opts_release(struct ot_opts *opts);

/* Reads "--name value", "--name=value", bare flags and positional words.
 * Errors, all OT_ERR_ARG and naming the option: unknown (the nearest is suggested), given
 * twice, without a value, not a number, out of range, not one of the choices. */
OT_MUST_CHECK enum ot_rc ot_opts_parse(struct ot_opts *opts, int argc, char *const *argv,
                                       struct ot_err *err);

/* Sets one option from text, as on the command line; `name` may use '_' for '-'. Nothing
 * happens when a higher origin has set it already. Relative paths are taken below `folder`
 * (NULL: as they are).
 * Errors: OT_ERR_ARG as ot_opts_parse(). */
OT_MUST_CHECK enum ot_rc ot_opts_set(struct ot_opts *opts, const char *name, const char *text,
                                     enum ot_origin origin, const char *folder, struct ot_err *err);

/* Sets options from the members of a JSON object: numbers, texts, true/false, lists of texts.
 * Members named in `skip` (NULL-terminated, or NULL) are left to the caller.
 * Errors: OT_ERR_ARG as ot_opts_parse(), and for a member of another type. */
OT_MUST_CHECK enum ot_rc ot_opts_set_json(struct ot_opts *opts, const json_t *object,
                                          enum ot_origin origin, const char *folder,
                                          const char *const *skip, struct ot_err *err);

/* Errors: OT_ERR_ARG naming the first required option without a value. */
OT_MUST_CHECK enum ot_rc ot_opts_require(const struct ot_opts *opts, struct ot_err *err);

/* Without `follow`: folders of images that were given hold no symbolic links. They might lead out
 * of what a person means to read; the paths themselves are what was meant, and may be links.
 * Errors: OT_ERR_IO, naming option and link. */
OT_MUST_CHECK enum ot_rc ot_opts_check_links(const struct ot_opts *opts, bool follow,
                                             struct ot_err *err);

/* True when the option was set by somebody. Pre: the table has it. */
bool ot_opts_given(const struct ot_opts *opts, const char *name);

/* Who set the option; OT_FROM_DEFAULT where the table does not have it. */
enum ot_origin ot_opts_origin(const struct ot_opts *opts, const char *name);

/* Appends the options that were given, as words of a command line that sets them again.
 * Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_opts_to_words(const struct ot_opts *opts, struct ot_texts *words,
                                          struct ot_err *err);

void ot_opts_print_help(const struct ot_opt *table, size_t count, const void *defaults, FILE *out);

#endif /* OT_CLI_OPT_H */
