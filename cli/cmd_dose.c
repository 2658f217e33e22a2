/* cli/cmd_dose.c - tare dose. */
#include "cli/cmd.h"

#include "cli/case.h"
#include "cli/flow_case.h"

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    static const char *const unused[] = {"dose", "plan", "dose_parts", "subvoxels", NULL};
    return ot_run_case_command((struct ot_case *)params, OT_STAGE_DOSE, unused, run, err);
}

extern const struct ot_cmd ot_cmd_dose;
const struct ot_cmd ot_cmd_dose = {
    .name = "dose",
    .summary = "activity image to dose map, and what the VOIs get",
    .details =
        "Computes the absorbed dose of an activity image, with or without CT and VOIs. Relative\n"
        "calibration needs --activity-gbq; an image in Bq/ml of Y-90 needs nothing else.",
    .example = "tare dose --pet pet.nii.gz --case-id P1 --out result",
    .opts = ot_case_opts,
    .opt_count = OT_CASE_OPT_COUNT,
    .defaults = &ot_case_defaults,
    .params_size = sizeof(struct ot_case),
    .run = run,
};
