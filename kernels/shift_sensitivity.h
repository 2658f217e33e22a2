/* kernels/shift_sensitivity.h - what a misregistration would do to a mean dose. */
#ifndef OT_KERNELS_SHIFT_SENSITIVITY_H
#define OT_KERNELS_SHIFT_SENSITIVITY_H

#include "core/volume.h"

/* The VOI is shifted by `shift_mm` against the dose map, to and fro along each axis of the grid:
 *     mean(s) = sum f(x) D(x + s) / sum f(x),    change = 100 (mean(s) / mean(0) - 1),
 * with D linear between voxel centers. Returns the change of greatest magnitude, with its sign, in
 * percent. NAN where the VOI is empty or without dose, or where a shift takes over 1 % of it out of
 * the grid, beyond which no dose is known.
 * Pre: equal grids. Threads: one; equal bits at every call. */
double ot_shift_worst_percent(const struct ot_volume *dose, const struct ot_volume *fraction,
                              double shift_mm);

#endif /* OT_KERNELS_SHIFT_SENSITIVITY_H */
