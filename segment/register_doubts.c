/* segment/register_doubts.c - whether what a registration found can be believed. */
#include "segment/register.h"

/* Of images that belong together the true pose gives 0.5 and more for CT with CT, 0.3 and more for
 * CT with MR; of another part of the body, or noise, the best pose gives under 0.28 in the tests.
 */
const struct ot_register_limits ot_register_limits = {
    .least_overlap_fraction = 0.5,
    .least_relative_metric = 0.3,
    .most_rival_metric = 0.95,
    .least_agreeing = 3,
    .most_inverse_mm = 5.0,
    .most_inverse_deg = 1.5,
};

static void doubt_metric(const struct ot_register_result *result,
                         const struct ot_register_limits *limits, struct ot_texts *doubts)
{
    if (!(result->overlap_fraction >= limits->least_overlap_fraction)) {
        (void)ot_texts_add(doubts, "the images overlap by %.0f %%, less than %.0f %%",
                           100.0 * result->overlap_fraction,
                           100.0 * limits->least_overlap_fraction);
    }
    if (!(result->points_inside >= limits->least_overlap_fraction)) {
        (void)ot_texts_add(doubts,
                           "%.0f %% of the compared points lie in both images, less than %.0f %%",
                           100.0 * result->points_inside, 100.0 * limits->least_overlap_fraction);
    }
    if (!(result->relative_metric >= limits->least_relative_metric)) {
        (void)ot_texts_add(doubts,
                           "the images share %.0f %% of their information, less than %.0f %%",
                           100.0 * result->relative_metric, 100.0 * limits->least_relative_metric);
    }
}

enum ot_rc ot_register_doubts(const struct ot_register_result *result,
                              const struct ot_register_limits *limits, struct ot_texts *doubts,
                              struct ot_err *err)
{
    doubt_metric(result, limits, doubts);
    if (result->starts_agreeing < limits->least_agreeing) {
        (void)ot_texts_add(doubts, "%zu of %zu starts end at the same pose, fewer than %zu",
                           result->starts_agreeing, result->starts, limits->least_agreeing);
    }
    if (!(result->rival_metric <= limits->most_rival_metric)) {
        (void)ot_texts_add(doubts, "another pose is %.0f %% as good, more than %.0f %%",
                           100.0 * result->rival_metric, 100.0 * limits->most_rival_metric);
    }
    if (!(result->inverse_mm <= limits->most_inverse_mm &&
          result->inverse_deg <= limits->most_inverse_deg)) {
        (void)ot_texts_add(doubts,
                           "with the images exchanged the pose differs by %.1f mm and %.1f "
                           "degrees, more than %.0f mm or %.1f degrees",
                           result->inverse_mm, result->inverse_deg, limits->most_inverse_mm,
                           limits->most_inverse_deg);
    }
    return doubts->failed ? ot_fail(err, OT_ERR_NOMEM, "no memory for the doubts") : OT_OK;
}
