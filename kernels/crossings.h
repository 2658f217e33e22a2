/* kernels/crossings.h - the activities at which some verdict of a scenario can change.
 *
 * Facts are linear in the activity, so a comparison changes only where its fact crosses its limit:
 * between two neighboring crossings every verdict is constant.
 */
#ifndef OT_KERNELS_CROSSINGS_H
#define OT_KERNELS_CROSSINGS_H

#include <stddef.h>

#include "kernels/criteria.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_crossings {
    double *gbq; /* owned; ascending */
    size_t count;
    size_t capacity;
};

/* Those of all rows of the case's scenario, as the whole case and each injection see them, and of
 * the lungs' limits. `out` is released by the caller (ot_crossings_release) in any case.
 * Errors: OT_ERR_FORMAT (a condition cannot be read), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_crossings_find(const struct ot_criteria *criteria,
                                           const struct ot_criteria_case *input,
                                           struct ot_crossings *out, struct ot_err *err);
void ot_crossings_release(struct ot_crossings *crossings);

/* Step 2n is between the crossings n-1 and n, step 2n+1 is at crossing n; 2 * count is the last. */
double ot_crossings_step_gbq(const struct ot_crossings *crossings, size_t step);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_CROSSINGS_H */
