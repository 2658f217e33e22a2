/* cli/flow_case.h - plan, verify and dose: one case from files to a result folder. Silent. */
#ifndef OT_CLI_FLOW_CASE_H
#define OT_CLI_FLOW_CASE_H

#include <stdbool.h>

#include <jansson.h>

#include "cli/case.h"
#include "cli/cmd.h"
#include "cli/dosimetry.h"
#include "core/err.h"

struct ot_case_outcome {
    json_t *result;  /* owned; the object of result.json */
    bool any_failed; /* a criterion is `fail` */
};

/* Runs the case and writes its result folder, all or nothing.
 *
 * c    completed; c->out names the folder.
 * run  for the provenance.
 * Errors: those of every step; OT_ERR_WRITE when the folder cannot be written; OT_ERR_RANGE
 *         when the energy balance is off by more than 0.5 %. */
OT_MUST_CHECK enum ot_rc ot_flow_case(const struct ot_case *c, enum ot_stage stage,
                                      const struct ot_run *run, struct ot_case_outcome *outcome,
                                      struct ot_err *err);
void ot_case_outcome_release(struct ot_case_outcome *outcome);

/* What plan, verify and dose do with their parameters: complete, run, print. */
OT_MUST_CHECK enum ot_rc ot_run_case_command(struct ot_case *c, enum ot_stage stage,
                                             const char *const *unused, struct ot_run *run,
                                             struct ot_err *err);

#endif /* OT_CLI_FLOW_CASE_H */
