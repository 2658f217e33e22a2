/* cli/man.c - roff and completion out of the option tables. */
#include "cli/man.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* Text as roff: a dash that is typed must be '\-', a backslash '\e', and a line must not begin
 * with a control character. A blank line becomes a paragraph. */
static void put(const char *text, FILE *out)
{
    char before = '\n';
    for (const char *c = text; *c != '\0'; c++) {
        if (before == '\n' && (*c == '.' || *c == '\'')) {
            (void)fputs("\\&", out);
        }
        if (*c == '\n' && c[1] == '\n') {
            (void)fputs("\n.PP", out);
            before = 'P';
            continue;
        }
        if (*c == '-') {
            (void)fputs("\\-", out);
        } else if (*c == '\\') {
            (void)fputs("\\e", out);
        } else {
            (void)fputc(*c, out);
        }
        before = *c;
    }
}

static void put_title(const char *name, FILE *out)
{
    (void)fputs(".TH \"TARE", out);
    if (name[0] != '\0') {
        (void)fputs("\\-", out);
    }
    for (const char *c = name; *c != '\0'; c++) {
        (void)fputc(toupper((unsigned char)*c), out);
    }
    (void)fprintf(out, "\" 1 \"\" \"OpenTARE %s\" \"OpenTARE\"\n", OT_VERSION);
}

static void put_synopsis(const struct ot_cmd *cmd, FILE *out)
{
    (void)fprintf(out, ".SH SYNOPSIS\n.B tare %s\n", cmd->name);
    for (size_t n = 0; n < cmd->opt_count; n++) {
        const struct ot_opt *opt = &cmd->opts[n];
        if (!opt->positional && !opt->required) {
            continue;
        }
        (void)fputs(opt->required ? "" : "[", out);
        if (!opt->positional) {
            (void)fputs("\\fB\\-\\-", out);
            put(opt->name, out);
            (void)fputs("\\fR ", out);
        }
        (void)fputs("\\fI", out);
        put(opt->unit, out);
        (void)fprintf(out, "\\fR%s\n", opt->required ? "" : "]");
    }
    (void)fputs("[\\fB\\-\\-\\fIname value\\fR]...\n", out);
}

static void put_default(const struct ot_opt *opt, const void *defaults, FILE *out)
{
    const char *field = (const char *)defaults + opt->offset;
    double number = NAN;
    const char *text = NULL;
    switch (opt->kind) {
    case OT_OPT_INT:
        (void)fprintf(out, " Default: %d.", *(const int *)(const void *)field);
        return;
    case OT_OPT_F64:
        number = *(const double *)(const void *)field;
        if (!isnan(number)) {
            (void)fprintf(out, " Default: %g.", number);
        }
        return;
    case OT_OPT_TEXT:
        text = *(const char *const *)(const void *)field;
        if (text != NULL) {
            (void)fputs(" Default: ", out);
            put(text, out);
            (void)fputc('.', out);
        }
        return;
    case OT_OPT_TEXTS:
        (void)fputs(" May be given several times.", out);
        return;
    case OT_OPT_FLAG:
        return;
    }
}

static void put_option(const struct ot_opt *opt, const void *defaults, FILE *out)
{
    (void)fputs(".TP\n", out);
    if (!opt->positional) {
        (void)fputs("\\fB\\-\\-", out);
        put(opt->name, out);
        (void)fputs("\\fR ", out);
    }
    (void)fputs("\\fI", out);
    put(opt->unit, out);
    (void)fputs("\\fR\n", out);
    (void)fputc(toupper((unsigned char)opt->help[0]), out);
    put(opt->help[0] != '\0' ? opt->help + 1 : "", out);
    (void)fputs(opt->required ? ". Required." : ".", out);
    if (!opt->required) {
        put_default(opt, defaults, out);
    }
    (void)fputc('\n', out);
}

static void put_options(const struct ot_cmd *cmd, FILE *out)
{
    (void)fputs(
        ".SH OPTIONS\n"
        "The same names, with '_' for '\\-', are the keys of a case file and the columns of "
        "a cohort table.\n",
        out);
    const char *group = "";
    for (size_t n = 0; n < cmd->opt_count; n++) {
        const char *own = cmd->opts[n].group;
        if (own != NULL && strcmp(own, group) != 0) {
            group = own;
            (void)fputs(".SS ", out);
            put(group, out);
            (void)fputc('\n', out);
        }
        put_option(&cmd->opts[n], cmd->defaults, out);
    }
}

static void put_exit_status(FILE *out)
{
    (void)fputs(".SH EXIT STATUS\n"
                ".TP\n0\nDone.\n.TP\n1\nInternal failure.\n.TP\n2\nWrong usage.\n"
                ".TP\n3\nInput that cannot be used.\n.TP\n4\nOutput that could not be written.\n"
                ".TP\n5\nSome cases of a batch failed.\n"
                ".TP\n6\nWith \\fB\\-\\-strict\\fR: a criterion failed.\n",
                out);
}

void ot_man_print_command(const struct ot_cmd *cmd, FILE *out)
{
    put_title(cmd->name, out);
    (void)fprintf(out, ".SH NAME\ntare\\-%s \\- ", cmd->name);
    put(cmd->summary, out);
    (void)fputc('\n', out);
    put_synopsis(cmd, out);
    (void)fputs(".SH DESCRIPTION\n", out);
    put(cmd->details, out);
    (void)fputc('\n', out);
    put_options(cmd, out);
    (void)fputs(".SH EXAMPLE\n.nf\n", out);
    put(cmd->example, out);
    (void)fputs("\n.fi\n", out);
    put_exit_status(out);
    (void)fputs(".SH SEE ALSO\n.BR tare (1)\n", out);
}

void ot_man_print_program(FILE *out)
{
    put_title("", out);
    (void)fputs(".SH NAME\ntare \\- voxel dosimetry for radioembolization of the liver\n"
                ".SH SYNOPSIS\n.B tare\n.I COMMAND\n[\\fICASE.json\\fR] "
                "[\\fB\\-\\-\\fIname value\\fR]... \\fB\\-\\-out\\fR \\fIDIR\\fR\n"
                ".SH DESCRIPTION\n"
                "Plans and verifies treatments of the liver with Y\\-90 glass microspheres from "
                "SPECT/CT and PET/CT images. Research software, no medical device: a qualified "
                "person decides.\n.SH COMMANDS\n",
                out);
    for (size_t n = 0; n < ot_command_count; n++) {
        (void)fprintf(out, ".TP\n.BR tare\\-%s (1)\n", ot_commands[n]->name);
        put(ot_commands[n]->summary, out);
        (void)fputc('\n', out);
    }
    put_exit_status(out);
}

static void put_choices(const struct ot_cmd *cmd, FILE *out)
{
    for (size_t n = 0; n < cmd->opt_count; n++) {
        const struct ot_opt *opt = &cmd->opts[n];
        if (opt->choices == NULL) {
            continue;
        }
        (void)fprintf(out, "    %s:--%s) words='", cmd->name, opt->name);
        for (const char *const *choice = opt->choices; *choice != NULL; choice++) {
            (void)fprintf(out, "%s%s", choice == opt->choices ? "" : " ", *choice);
        }
        (void)fputs("' ;;\n", out);
    }
}

void ot_completion_print_bash(FILE *out)
{
    (void)fputs(
        "# bash completion for tare; made by `tare --completion bash`\n"
        "_tare() {\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
        "    COMPREPLY=()\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        COMPREPLY=($(compgen -W '",
        out);
    for (size_t n = 0; n < ot_command_count; n++) {
        (void)fprintf(out, "%s ", ot_commands[n]->name);
    }
    (void)fputs("--help --version' -- \"$word\"))\n"
                "        return\n"
                "    fi\n"
                "    case ${COMP_WORDS[1]}:$before in\n",
                out);
    for (size_t n = 0; n < ot_command_count; n++) {
        put_choices(ot_commands[n], out);
    }
    (void)fputs("    esac\n"
                "    if [ -z \"$words\" ] && [ \"${word#-}\" != \"$word\" ]; then\n"
                "        case ${COMP_WORDS[1]} in\n",
                out);
    for (size_t n = 0; n < ot_command_count; n++) {
        const struct ot_cmd *cmd = ot_commands[n];
        (void)fprintf(out, "        %s) words='--help", cmd->name);
        for (size_t o = 0; o < cmd->opt_count; o++) {
            if (!cmd->opts[o].positional) {
                (void)fprintf(out, " --%s", cmd->opts[o].name);
            }
        }
        (void)fputs("' ;;\n", out);
    }
    (void)fputs("        esac\n"
                "    fi\n"
                "    [ -z \"$words\" ] || COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                "}\n"
                "complete -o default -F _tare tare\n",
                out);
}
