/* cli/cmd.h - what a subcommand is. Each lives in its own cmd_NAME.c; its work, if it is more
 * than printing, in flow_NAME.c. */
#ifndef OT_CLI_CMD_H
#define OT_CLI_CMD_H

#include <stddef.h>
#include <stdio.h>

#include "cli/opt.h"
#include "cli/progress.h"
#include "core/err.h"

/* What a command gets besides its parameters. */
struct ot_run {
    FILE *out;                    /* results for people, or JSON */
    FILE *messages;               /* progress and diagnostics; NULL: none */
    struct ot_progress *progress; /* of the work that is under way; NULL: nobody looks */
    struct ot_opts *opts;         /* the options as read, with their origins */
    int argc;                     /* the command line after the command's name */
    char *const *argv;
    int status; /* exit status when run() succeeds; 0, or 5 or 6 of the contract */
};

struct ot_cmd {
    const char *name;
    const char *summary; /* one line, for the list of commands */
    const char *details; /* paragraphs for --help and the man page */
    const char *example; /* one command line */
    const struct ot_opt *opts;
    size_t opt_count;
    const void *defaults; /* parameter struct, params_size bytes */
    size_t params_size;
    /* Prints results to run->out only; never exits. `params` may be completed (case files). */
    enum ot_rc (*run)(void *params, struct ot_run *run, struct ot_err *err);
};

/* All commands, in the order of `tare --help`. */
extern const struct ot_cmd *const ot_commands[];
extern const size_t ot_command_count;

/* Runs argv as the program does and returns its exit status; errors go to `errors`. */
int ot_main(int argc, char *const *argv, FILE *out, FILE *errors);

#endif /* OT_CLI_CMD_H */
