/* cli/man.h - the option tables as manual pages and as shell completion. */
#ifndef OT_CLI_MAN_H
#define OT_CLI_MAN_H

#include <stdio.h>

#include "cli/cmd.h"

/* One command as roff with man macros (section 1), made of the same table as its --help. */
void ot_man_print_command(const struct ot_cmd *cmd, FILE *out);

/* The program's own page, which lists the commands and the exit codes. */
void ot_man_print_program(FILE *out);

/* A completion script for bash: commands, options, the words of choices, file names elsewhere. */
void ot_completion_print_bash(FILE *out);

#endif /* OT_CLI_MAN_H */
