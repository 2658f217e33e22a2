/* segment/shim/itk_components.h - connected components of a mask, by ITK. */
#ifndef OT_SEGMENT_SHIM_ITK_COMPONENTS_H
#define OT_SEGMENT_SHIM_ITK_COMPONENTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

/* label[x]: 0 outside of the object (inside[x] == 0), else the number, from 1, of the component
 * that voxel x belongs to; voxels that share a face, an edge or a corner are connected. Components
 * are numbered in the order of their first voxels.
 * inside, label: ot_grid_voxel_count(grid) values, the caller's. count: of components.
 * Errors: OT_ERR_EXTERNAL (ITK's text), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc otx_label_components(const unsigned char *inside,
                                              const struct ot_grid *grid, uint32_t *label,
                                              size_t *count, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_SEGMENT_SHIM_ITK_COMPONENTS_H */
