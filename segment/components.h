/* segment/components.h - connected parts of a region, and its holes. Voxels that share a face are
 * connected; every voxel that the region touches (fraction above 0) counts. Fractions are kept. */
#ifndef OT_SEGMENT_COMPONENTS_H
#define OT_SEGMENT_COMPONENTS_H

#include <stddef.h>

#include "core/err.h"
#include "core/volume.h"

/* The part of greatest volume. `parts`: how many there are; NULL: not asked.
 * out: owned by the caller; NULL on failure.
 * Errors: OT_ERR_RANGE (the region is empty), OT_ERR_UNSUPPORTED (a build without ITK),
 *   OT_ERR_EXTERNAL, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_component_largest(const struct ot_volume *region, size_t *parts,
                                              struct ot_volume **out, struct ot_err *err);

/* The part that holds a point. Errors: as above; OT_ERR_RANGE (the point is outside the image, or
 * outside the region). */
OT_MUST_CHECK enum ot_rc ot_component_at(const struct ot_volume *region, const double point_mm[3],
                                         struct ot_volume **out, struct ot_err *err);

/* How many parts the voxels that the region fills by half or more make: of a connected region
 * whose grid is too coarse to show the gaps in it, more than one. Errors: as above, but an empty
 * region has none. */
OT_MUST_CHECK enum ot_rc ot_component_cores(const struct ot_volume *region, size_t *cores,
                                            struct ot_err *err);

/* The region with fraction 1 in its holes: connected voxels with a fraction below 1 that do not
 * reach a face of the image. Errors: as above, but an empty region stays empty. */
OT_MUST_CHECK enum ot_rc ot_region_fill(const struct ot_volume *region, struct ot_volume **out,
                                        struct ot_err *err);

/* The voxel that a point lies in. Errors: OT_ERR_RANGE (outside the image). */
OT_MUST_CHECK enum ot_rc ot_voxel_at(const struct ot_grid *grid, const double point_mm[3],
                                     size_t *voxel, struct ot_err *err);

#endif /* OT_SEGMENT_COMPONENTS_H */
