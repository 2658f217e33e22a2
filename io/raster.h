/* io/raster.h - voxels as a file stores them: type, byte order, scaling; and what they become.
 *
 * NIfTI and NRRD readers fill one in; images and regions are made of it here, the same way for
 * both. */
#ifndef OT_IO_RASTER_H
#define OT_IO_RASTER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/grid.h"
#include "core/voi.h"
#include "core/volume.h"

enum ot_scalar {
    OT_SCALAR_U8 = 0,
    OT_SCALAR_I8,
    OT_SCALAR_U16,
    OT_SCALAR_I16,
    OT_SCALAR_U32,
    OT_SCALAR_I32,
    OT_SCALAR_U64,
    OT_SCALAR_I64,
    OT_SCALAR_F32,
    OT_SCALAR_F64,
};

size_t ot_scalar_size(enum ot_scalar type); /* bytes */

struct ot_raster {
    struct ot_grid grid;  /* right-handed */
    bool slices_reversed; /* the slices are stored against the grid's axis k */
    enum ot_scalar type;
    bool swap;         /* stored in the other byte order */
    size_t components; /* values per voxel, stored beside each other; >= 1 */
    double slope, intercept;
    const unsigned char *bytes; /* borrowed */
};

/* Makes a grid of an affine map from index to LPS mm; a left-handed one is turned around along
 * k, and the voxels keep their places: *slices_reversed tells that the data must follow.
 * matrix[r][c]: LPS component r of a step along index c. Columns must be orthogonal to 1e-4.
 * Errors: OT_ERR_GEOMETRY. */
OT_MUST_CHECK enum ot_rc ot_raster_grid(const size_t n[3], const double (*matrix)[3],
                                        const double origin_mm[3], struct ot_grid *grid,
                                        bool *slices_reversed, struct ot_err *err);

/* Scaled values of one row of the (right-handed) grid: n[0] of them. */
void ot_raster_row(const struct ot_raster *raster, size_t component, size_t j, size_t k,
                   double *row);

/* How many voxels of 16 bits hold the end of the number range (io/saturation.h). */
size_t ot_raster_saturated(const struct ot_raster *raster);

/* The one component as a volume. out: owned by the caller; NULL on failure.
 * Errors: OT_ERR_UNSUPPORTED (several components), OT_ERR_RANGE (values that are not finite, or
 * too large for a float: their number and the first one's index), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_raster_volume(const struct ot_raster *raster, enum ot_unit unit,
                                          struct ot_volume **out, struct ot_err *err);

/* The voxels whose value is `label` as a mask of ones, cropped.
 * Errors: OT_ERR_RANGE (there is none), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_raster_label_mask(const struct ot_raster *raster, size_t component,
                                              double label, struct ot_volume **out,
                                              struct ot_err *err);

/* Regions of a file without names. A selector is a label value. NULL takes the only region: all
 * voxels of the only label, or fractions where the values lie in [0, 1] and not all are whole.
 * Fills out[n]->mask and ->label; all NULL on failure.
 * Errors: OT_ERR_UNSUPPORTED (several components); OT_ERR_FORMAT (several labels and NULL, an
 * unknown label: the message lists what there is; values that are neither labels nor
 * fractions), OT_ERR_RANGE (no voxel, not finite), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_raster_regions(const struct ot_raster *raster,
                                           const char *const *selectors, size_t count,
                                           struct ot_region **out, struct ot_err *err);

#endif /* OT_IO_RASTER_H */
