/* kernels/phantom_cells.h - the voxels in which the phantom's truth is sampled, and how often. */
#ifndef OT_KERNELS_PHANTOM_CELLS_H
#define OT_KERNELS_PHANTOM_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/volume.h"

struct ot_cells {
    size_t count;
    size_t *voxel;     /* owned; ascending */
    double *cumulated; /* owned; chance of being drawn, up to and with each, not normalized */
    double *worth;     /* owned; what a draw counts: inverse of the chance per fraction */
    double share;      /* of the VOI's volume that these voxels hold; elsewhere the dose is 0 */
};

/* Chooses the voxels of a VOI that have activity within reach.
 *
 * source    above 0 where a voxel may hold activity
 * even      the chance of a voxel follows its volume, not its fraction
 * cells     zero-initialised; owned by the caller (ot_cells_release), also after a failure
 * Errors: OT_ERR_GEOMETRY (grids differ), OT_ERR_RANGE (empty VOI), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_cells_choose(const struct ot_volume *fraction,
                                         const struct ot_volume *source, double range_mm, bool even,
                                         struct ot_cells *cells, struct ot_err *err);
void ot_cells_release(struct ot_cells *cells);

#endif /* OT_KERNELS_PHANTOM_CELLS_H */
