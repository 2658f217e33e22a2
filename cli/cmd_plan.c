/* cli/cmd_plan.c - tare plan. */
#include "cli/cmd.h"

#include "cli/case.h"
#include "cli/flow_case.h"

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    static const char *const unused[] = {"dose", "plan", "pet", "dose_parts", "subvoxels", NULL};
    return ot_run_case_command((struct ot_case *)params, OT_STAGE_PLAN, unused, run, err);
}

extern const struct ot_cmd ot_cmd_plan;
const struct ot_cmd ot_cmd_plan = {
    .name = "plan",
    .summary = "MAA SPECT/CT to dose per GBq, activity, vial and checks",
    .details =
        "Spreads the net activity over the MAA SPECT, computes the absorbed dose with voxel S "
        "values,\n"
        "finds the activity that meets the aims and limits of the scenario, the vial and the time\n"
        "that serve it, and checks every criterion. The doses of the result are for "
        "--activity-gbq\n"
        "where it is given, else for the prescribed activity, else for 1 GBq.",
    .example = "tare plan case.json --out result",
    .opts = ot_case_opts,
    .opt_count = OT_CASE_OPT_COUNT,
    .defaults = &ot_case_defaults,
    .params_size = sizeof(struct ot_case),
    .run = run,
};
