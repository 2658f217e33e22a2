/* core/resample.h - values of one grid brought to another.
 *
 * A voxel image is read as piecewise constant (box) or as samples at voxel centres (linear).
 * Everything is accumulated in double; the bits are equal for every thread count. `threads`
 * is >= 1. The unit of the source is kept.
 */
#ifndef OT_CORE_RESAMPLE_H
#define OT_CORE_RESAMPLE_H

#include <stdbool.h>

#include "core/err.h"
#include "core/grid.h"
#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Mean of `from` over the box of each target voxel; outside of `from` counts as 0:
 *     out(t) = (1/V_t) sum_s from(s) * volume(box_s and box_t).
 * A mask becomes the fraction of each voxel inside it; a CT becomes the mean HU.
 * Grids with parallel axes (in any order and direction): exact. Oblique grids: mean over
 * small boxes at fixed places, per axis 5 in a target voxel or two in the finest source voxel,
 * whichever are more, at most 25; good to 0.2 % of a region five voxels across.
 *
 * out     owned by the caller; NULL on failure.
 * Errors: OT_ERR_GEOMETRY (either grid invalid), OT_ERR_NOMEM.
 * Memory: one source row block and one target plane per thread. */
OT_MUST_CHECK enum ot_rc ot_resample_box(const struct ot_volume *from, const struct ot_grid *to,
                                         int threads, struct ot_volume **out, struct ot_err *err);

/* As ot_resample_box(), but what is outside of `from` counts as `outside`: as air does about a CT.
 * Values are counted from there on (in float), so that a mean of nothing else is exactly that. */
OT_MUST_CHECK enum ot_rc ot_resample_box_in(const struct ot_volume *from, const struct ot_grid *to,
                                            float outside, int threads, struct ot_volume **out,
                                            struct ot_err *err);

/* As ot_resample_box(), for activity concentration. Where the target covers the source,
 * sum(value * voxel volume) is that of the source within 1e-6 of sum |value| * volume. For
 * oblique grids the sampled result is multiplied by the one factor that makes it so.
 * Errors: also OT_ERR_RANGE, when the sum is not kept or that factor is off 1 by over 1 %. */
OT_MUST_CHECK enum ot_rc ot_resample_conserve(const struct ot_volume *from,
                                              const struct ot_grid *to, int threads,
                                              struct ot_volume **out, struct ot_err *err);

/* Trilinear between source voxel centres, at target voxel centres. In the outer half voxel of
 * the source the value of the nearest centre holds; beyond its box, `outside`. */
OT_MUST_CHECK enum ot_rc ot_resample_linear(const struct ot_volume *from, const struct ot_grid *to,
                                            double outside, int threads, struct ot_volume **out,
                                            struct ot_err *err);

/* Trilinear on parts x parts x parts of each voxel, for histograms of a VOI that is drawn as
 * finely: each part has the value of a place of its own within it, not of its center, so that the
 * parts of one plane across a slope do not all have one value and the histogram no steps. In the
 * outer half voxel the value of the nearest center holds. Threads: equal bits for any number.
 * Errors: OT_ERR_GEOMETRY (too many voxels), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_resample_parts(const struct ot_volume *from, size_t parts, int threads,
                                           struct ot_volume **out, struct ot_err *err);

/* A grid of isotropic spacing with the axes and the centre of `grid`; it covers the same box,
 * reaching over by less than one voxel in all where the spacing does not divide it.
 * Errors: OT_ERR_ARG (spacing not > 0), OT_ERR_GEOMETRY (too many voxels). */
OT_MUST_CHECK enum ot_rc ot_grid_with_spacing(const struct ot_grid *grid, double spacing_mm,
                                              struct ot_grid *out, struct ot_err *err);

/* True when the box of `outer` holds that of `inner` within `tol_mm`. */
bool ot_grid_covers(const struct ot_grid *outer, const struct ot_grid *inner, double tol_mm);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_RESAMPLE_H */
