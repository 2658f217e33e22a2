/* cli/cmd.c - finds the command, reads its options, turns failures into exit codes. */
#include "cli/cmd.h"

#include <stdbool.h>
#include <string.h>

#include "cli/man.h"
#include "core/mem.h"

extern const struct ot_cmd ot_cmd_plan, ot_cmd_verify, ot_cmd_dose, ot_cmd_dvh, ot_cmd_kernel,
    ot_cmd_shunt, ot_cmd_segment, ot_cmd_register, ot_cmd_compare, ot_cmd_inspect, ot_cmd_batch,
    ot_cmd_study, ot_cmd_report, ot_cmd_phantom, ot_cmd_scenarios, ot_cmd_selftest;

const struct ot_cmd *const ot_commands[] = {
    &ot_cmd_plan,    &ot_cmd_verify,  &ot_cmd_dose,      &ot_cmd_dvh,
    &ot_cmd_kernel,  &ot_cmd_shunt,   &ot_cmd_segment,   &ot_cmd_register,
    &ot_cmd_compare, &ot_cmd_inspect, &ot_cmd_batch,     &ot_cmd_study,
    &ot_cmd_report,  &ot_cmd_phantom, &ot_cmd_scenarios, &ot_cmd_selftest,
};
const size_t ot_command_count = sizeof ot_commands / sizeof ot_commands[0];

/* The contract's exit codes. */
enum { EXIT_DONE = 0, EXIT_INTERNAL = 1, EXIT_USAGE = 2, EXIT_INPUT = 3, EXIT_OUTPUT = 4 };

static int exit_code(enum ot_rc rc)
{
    switch (rc) {
    case OT_OK:
        return EXIT_DONE;
    case OT_ERR_ARG:
        return EXIT_USAGE;
    case OT_ERR_IO:
    case OT_ERR_FORMAT:
    case OT_ERR_GEOMETRY:
    case OT_ERR_UNIT:
    case OT_ERR_RANGE:
    case OT_ERR_UNSUPPORTED:
        return EXIT_INPUT;
    case OT_ERR_WRITE:
        return EXIT_OUTPUT;
    case OT_ERR_NOMEM:
    case OT_ERR_EXTERNAL:
        return EXIT_INTERNAL;
    }
    return EXIT_INTERNAL;
}

static void usage(FILE *out)
{
    (void)fputs("usage: tare COMMAND [CASE.json] [--name value]... --out DIR\n\n"
                "Voxel dosimetry for radioembolization of the liver with Y-90 glass microspheres.\n"
                "Research software, no medical device: a qualified person decides.\n\n",
                out);
    for (size_t n = 0; n < ot_command_count; n++) {
        (void)fprintf(out, "  %-10s %s\n", ot_commands[n]->name, ot_commands[n]->summary);
    }
    (void)fputs("\n`tare COMMAND --help` explains a command; `tare --version` tells the version.\n",
                out);
}

static void help(const struct ot_cmd *cmd, FILE *out)
{
    (void)fprintf(out, "tare %s - %s\n\nusage: tare %s", cmd->name, cmd->summary, cmd->name);
    for (size_t n = 0; n < cmd->opt_count; n++) {
        const struct ot_opt *opt = &cmd->opts[n];
        if (opt->positional) {
            (void)fprintf(out, opt->required ? " %s" : " [%s]", opt->unit);
        } else if (opt->required) {
            (void)fprintf(out, " --%s %s", opt->name, opt->unit);
        }
    }
    (void)fprintf(out, " [--name value]...\n\n%s\n\n", cmd->details);
    ot_opts_print_help(cmd->opts, cmd->opt_count, cmd->defaults, out);
    (void)fprintf(out, "\nexample:\n  %s\n", cmd->example);
}

/* One line, whatever arguments and files put into it. */
static int report(const char *name, const struct ot_err *err, FILE *errors)
{
    char line[sizeof err->text];
    memcpy(line, err->text, sizeof line);
    ot_text_make_printable(line);
    (void)fprintf(errors, "tare %s: %s\n", name, line);
    return exit_code(err->code);
}

static int run_command(const struct ot_cmd *cmd, int argc, char *const *argv, FILE *out,
                       FILE *errors)
{
    struct ot_err err = {0};
    void *params = ot_calloc(1, cmd->params_size, &err);
    if (params == NULL) {
        return report(cmd->name, &err, errors);
    }
    memcpy(params, cmd->defaults, cmd->params_size);
    struct ot_opts opts = {.table = cmd->opts, .count = cmd->opt_count, .params = params};
    struct ot_run run = {.out = out, .messages = errors, .opts = &opts, .argc = argc, .argv = argv};
    enum ot_rc rc = ot_opts_parse(&opts, argc, argv, &err);
    if (rc == OT_OK) {
        rc = cmd->run(params, &run, &err);
    }
    int status = rc == OT_OK ? run.status : report(cmd->name, &err, errors);
    if (status == EXIT_DONE && (fflush(out) != 0 || ferror(out) != 0)) {
        (void)fprintf(errors, "tare %s: standard output cannot be written\n", cmd->name);
        status = EXIT_OUTPUT;
    }
    ot_opts_release(&opts);
    ot_free(params);
    return status;
}

static const char *nth_command(size_t n, const void *context)
{
    (void)context;
    return n < ot_command_count ? ot_commands[n]->name : NULL;
}

static bool has_word(int argc, char *const *argv, const char *word)
{
    for (int n = 0; n < argc; n++) {
        if (strcmp(argv[n], word) == 0) {
            return true;
        }
    }
    return false;
}

/* What the program says of itself without a command. */
static bool answer(int argc, char *const *argv, FILE *out)
{
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        usage(out);
    } else if (strcmp(argv[1], "--version") == 0) {
        (void)fprintf(out, "tare (OpenTARE) %s\n", OT_VERSION);
    } else if (strcmp(argv[1], "--man") == 0) {
        ot_man_print_program(out);
    } else if (argc == 3 && strcmp(argv[1], "--completion") == 0 && strcmp(argv[2], "bash") == 0) {
        ot_completion_print_bash(out);
    } else {
        return false;
    }
    return true;
}

int ot_main(int argc, char *const *argv, FILE *out, FILE *errors)
{
    if (argc < 2) {
        usage(errors);
        return EXIT_USAGE;
    }
    if (answer(argc, argv, out)) {
        return EXIT_DONE;
    }
    for (size_t n = 0; n < ot_command_count; n++) {
        if (strcmp(argv[1], ot_commands[n]->name) == 0) {
            if (has_word(argc - 2, argv + 2, "--help")) {
                help(ot_commands[n], out);
                return EXIT_DONE;
            }
            if (has_word(argc - 2, argv + 2, "--man")) {
                ot_man_print_command(ot_commands[n], out);
                return EXIT_DONE;
            }
            return run_command(ot_commands[n], argc - 2, argv + 2, out, errors);
        }
    }
    const char *nearest = ot_text_nearest(argv[1], nth_command, NULL);
    (void)fprintf(errors, "tare: unknown command '%.40s'%s%s%s\n", argv[1],
                  nearest != NULL ? "; did you mean " : ", see tare --help",
                  nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
    return EXIT_USAGE;
}
