/* cli/opt_help.c - options as words of a command line and as help. */
#include "cli/opt.h"

#include <math.h>
#include <string.h>

#include "cli/opt_parts.h"

static void option_to_words(const struct ot_opts *opts, const struct ot_opt *opt,
                            struct ot_texts *words)
{
    const void *field = ot_opt_field(opts, opt);
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
