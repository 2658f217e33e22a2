/* kernels/compare.h - two dose maps on one grid: agreement besides the gamma index.
 *
 * A is the reference, B the map that is judged. Voxels where B is not finite lie outside B and
 * are left out everywhere.
 */
#ifndef OT_KERNELS_COMPARE_H
#define OT_KERNELS_COMPARE_H

#include <stddef.h>

#include "core/err.h"
#include "core/volume.h"

/* Bland-Altman: differences d = B - A of voxels. */
struct ot_agreement {
    size_t count;
    double mean_difference_gy; /* sum w d / sum w */
    double sd_gy;              /* sqrt(sum w (d - mean)^2 / sum w) */
    double lower_gy, upper_gy; /* mean -/+ 1.96 sd: limits of agreement */
};

/* Over the voxels with A >= threshold_gy and fraction > 0, weighted by the fraction (NULL: 1).
 * Errors: OT_ERR_UNIT, OT_ERR_GEOMETRY (grids), OT_ERR_RANGE (no such voxel).
 * Source: Bland and Altman, Lancet 1986;327:307. */
OT_MUST_CHECK enum ot_rc ot_compare_agreement(const struct ot_volume *a, const struct ot_volume *b,
                                              const struct ot_volume *fraction, double threshold_gy,
                                              struct ot_agreement *out, struct ot_err *err);

struct ot_isodose {
    double level_gy;
    double a_ml, b_ml; /* volume with at least the level */
    double dice;       /* 2 V(A and B) / (V(A) + V(B)); NAN where neither reaches the level */
};

/* Errors: as above, without OT_ERR_RANGE. */
OT_MUST_CHECK enum ot_rc ot_compare_isodose(const struct ot_volume *a, const struct ot_volume *b,
                                            double level_gy, struct ot_isodose *out,
                                            struct ot_err *err);

#endif /* OT_KERNELS_COMPARE_H */
