/* kernels/phantom_path.h - what a straight line through the synthetic patient passes, and how much
 * mass that is.
 *
 * The tissues are those of the smooth shapes: crossings are roots of quadratics, no voxel and no
 * step takes part.
 */
#ifndef OT_KERNELS_PHANTOM_PATH_H
#define OT_KERNELS_PHANTOM_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/phantom.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Two crossings for each of body, liver and both lungs. */
enum { OT_PATH_STRETCHES = 8 };

/* A part of the line in one tissue. */
struct ot_stretch {
    double end_mm; /* distance from the line's start; it begins where the one before ends */
    double g_per_ml;
    bool lung;
};

struct ot_path {
    size_t count; /* 0 where the line starts outside the body */
    struct ot_stretch stretch[OT_PATH_STRETCHES];
};

/* The tissues from a point along a unit vector, at least as far as `most_g_per_cm2` of mass or to
 * the body's surface: liver and tumors 1.05, lungs 0.26, the rest of the body 1.04 g/ml.
 * Pre: the liver lies in the body. */
void ot_phantom_path(const struct ot_phantom *phantom, const double from_mm[3],
                     const double direction[3], double most_g_per_cm2, struct ot_path *path);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_PHANTOM_PATH_H */
