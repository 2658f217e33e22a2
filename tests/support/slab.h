/* tests/support/slab.h - a plane interface of liver and lung: every method of dose, and the Monte
 * Carlo data.
 *
 * Liver (1.05 g/cm3) fills z < 0, lung (0.26) z > 0, the interface lies on faces of the voxels; one
 * side holds 1 MBq/ml. The constant is the local energy of the Monte Carlo's own liver table, so
 * that methods without a photon tail stand beside it as they are.
 */
#ifndef OT_TESTS_SUPPORT_SLAB_H
#define OT_TESTS_SUPPORT_SLAB_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

enum ot_slab_method {
    OT_SLAB_RAYS,
    OT_SLAB_SOURCE, /* voxel S values of the source's medium */
    OT_SLAB_LOCAL,
    OT_SLAB_SOFT,        /* the liver's kernel everywhere, as if all were liver */
    OT_SLAB_SOFT_SCALED, /* the same, times 1.05 over the density */
    OT_SLAB_METHODS
};
const char *ot_slab_method_name(enum ot_slab_method method); /* static */

enum { OT_SLAB_MOST = 64 };

/* Dose against depth; layer n lies between edge_mm[n] and edge_mm[n + 1]. */
struct ot_slab {
    size_t count;
    double edge_mm[OT_SLAB_MOST + 1];
    double dose_gy[OT_SLAB_MOST];
    double sigma_gy[OT_SLAB_MOST]; /* 0 where computed */
};

/* Layers of voxel_mm from -20 to 36 mm. Errors: as the engines. */
OT_MUST_CHECK enum ot_rc ot_slab_dose(enum ot_slab_method method, bool source_in_lung,
                                      double voxel_mm, struct ot_slab *out, struct ot_err *err);

/* The same layers as means of slab_liver_lung.csv at `path`; layers must be made of its bins. */
OT_MUST_CHECK enum ot_rc ot_slab_monte_carlo(const char *path, bool source_in_lung, double voxel_mm,
                                             struct ot_slab *out, struct ot_err *err);

#endif /* OT_TESTS_SUPPORT_SLAB_H */
