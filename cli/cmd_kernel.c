/* cli/cmd_kernel.c - placeholder until its room is built in this session. */
#include "cli/cmd.h"

struct params {
    bool json;
};
static const struct params defaults = {.json = false};
static const struct ot_opt opts[] = {
    OT_FLAG(struct params, json, "json", "print JSON"),
};

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    (void)params;
    (void)run;
    return ot_fail(err, OT_ERR_ARG, "comes later");
}

extern const struct ot_cmd ot_cmd_kernel;
const struct ot_cmd ot_cmd_kernel = {
    .name = "kernel",
    .summary = "to come",
    .details = "To come.",
    .example = "tare kernel",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
