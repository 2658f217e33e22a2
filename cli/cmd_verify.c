/* cli/cmd_verify.c - tare verify. */
#include "cli/cmd.h"

#include "cli/case.h"
#include "cli/flow_case.h"

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    static const char *const unused[] = {"dose", "dose_parts", "subvoxels", NULL};
    return ot_run_case_command((struct ot_case *)params, OT_STAGE_VERIFY, unused, run, err);
}

extern const struct ot_cmd ot_cmd_verify;
const struct ot_cmd ot_cmd_verify = {
    .name = "verify",
    .summary = "Y-90 PET or bremsstrahlung SPECT to delivered dose and checks",
    .details = "Takes the activity that a scan after treatment shows, decay-corrected to the "
               "injection, computes\n"
               "the absorbed dose, checks the criteria of the scenario and, with --plan, compares "
               "what was\n"
               "delivered with what was planned, VOI by VOI.",
    .example = "tare verify case.json --plan result --out verified",
    .opts = ot_case_opts,
    .opt_count = OT_CASE_OPT_COUNT,
    .defaults = &ot_case_defaults,
    .params_size = sizeof(struct ot_case),
    .run = run,
};
