/* segment/shim/itk_components.h - connected parts of a mask, by ITK. */
#ifndef OT_SEGMENT_SHIM_ITK_COMPONENTS_H
#define OT_SEGMENT_SHIM_ITK_COMPONENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

/* label[x]: 0 where inside[x] == 0, else the number of the voxel's part, 1 ... *count, the part of
 * most voxels first. Voxels that share a face belong together; with `corners` also those that
 * share an edge or a corner.
 * inside, label: ot_grid_voxel_count(grid) values, the caller's.
 * Errors: OT_ERR_EXTERNAL (ITK's text), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc otx_label_components(const unsigned char *inside,
                                              const struct ot_grid *grid, bool corners,
                                              uint32_t *label, size_t *count, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_SEGMENT_SHIM_ITK_COMPONENTS_H */
