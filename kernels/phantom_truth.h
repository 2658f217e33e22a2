/* kernels/phantom_truth.h - mean doses by sampling, without voxel S values, a convolution or voxel
 * rays.
 *
 * The dose at x is k times the mean of c(y)/rho(y) at y = x + r u, where u is an isotropic
 * direction and r the distance at which the mass depth q = int rho dr from x reaches a value drawn
 * from the radial kernel's beta part (by reciprocity; f(q) is the part of the energy per g/cm2,
 * scaled to a sum of 1, so k alone remains):
 *     D(x) = k sum over media m of int dOmega/4pi dq f_m(q) [y lies in m] c(y)/rho(y),
 * m the medium that the source lies in: lung has the table of lung, all else that of liver. In a
 * uniform medium that is k/rho times the mean concentration at x + r u. The mean over a VOI draws
 * x from the VOI, too.
 */
#ifndef OT_KERNELS_PHANTOM_TRUTH_H
#define OT_KERNELS_PHANTOM_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/radial_kernel.h"
#include "core/voi.h"
#include "core/volume.h"
#include "kernels/phantom.h"
#include "kernels/phantom_path.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_truth_settings {
    const struct ot_radial_kernel *kernel;      /* of sources outside the lungs */
    const struct ot_radial_kernel *lung_kernel; /* of sources in them; NULL: there are none */
    double gy_kg_per_gbq;
    double density_g_per_ml; /* everywhere; only where a field tells no tissues */
    double relative_sigma;   /* sampling goes on until it is reached ... */
    uint64_t samples_max;    /* ... or a round has taken so many */
    uint64_t seed;
    int threads;
};

struct ot_truth {
    double mean_gy;
    double sigma_gy; /* standard deviation of mean_gy, from 32 independent shifts */
    uint64_t samples;
};

/* An image as it was written. */
struct ot_truth_image {
    const struct ot_volume *concentration; /* GBq/ml times `scale` */
    double scale;                          /* scale * value is GBq/ml at injection */
    const struct ot_phantom *phantom;      /* whose tissues are in it; NULL: one density, and the
                                              rest is not looked at */
    struct ot_volume *const *fractions;    /* of ot_phantom_vois, on the grid of the image */
    const struct ot_volume *source;        /* the same grid; above 0 where there may be activity,
                                              and in all lungs */
    bool blurred;                          /* the image is continuous across surfaces */
};

/* What a VOI gets from an image as written. The image is constant within voxels, 0 outside; a
 * voxel that is partly lung is parted by the phantom's surface, its activity in the ratio of the
 * phantom's concentrations in both parts (evenly where the image is blurred), and its sum is kept.
 * A voxel is drawn by its VOI fraction, a point by mass in what the VOI's role counts of the voxel:
 * lung for lungs, all of it for a body, all but lung for other roles. So the mean is that of the
 * program's VOIs: by volume over voxels, each with the dose (energy per mass) of its own medium.
 *
 * fraction       on the grid of the image, whose axes must be those of the patient
 * Errors: OT_ERR_GEOMETRY (grids differ, or are oblique), OT_ERR_RANGE (empty VOI), OT_ERR_NOMEM.
 * Threads: equal bits for any number.
 * Source: quasi-random shifts after Cranley and Patterson, SIAM J Numer Anal 1976;13:904. */
OT_MUST_CHECK enum ot_rc ot_truth_of_image(const struct ot_truth_image *image, enum ot_role role,
                                           const struct ot_volume *fraction,
                                           const struct ot_truth_settings *settings,
                                           struct ot_truth *truth, struct ot_err *err);

/* What it would get before the shapes were put on voxels: the mean by volume. `fraction` tells
 * which voxels hold some of the VOI, and points are kept where the smooth VOI holds them. `source`,
 * on the same grid, is above 0 wherever a voxel may hold activity, and in all lungs: where none is
 * within reach the dose is 0, and no points are spent there.
 * Errors, threads: as above. */
OT_MUST_CHECK enum ot_rc ot_truth_of_shapes(const struct ot_phantom *phantom,
                                            const struct ot_phantom_voi *voi,
                                            const struct ot_volume *fraction,
                                            const struct ot_volume *source,
                                            const struct ot_truth_settings *settings,
                                            struct ot_truth *truth, struct ot_err *err);

/* The same for any concentration. All functions must be safe to call from several threads. A voxel
 * of `fraction` takes part when its value is not 0. */
struct ot_truth_field {
    /* GBq/ml at a point, which is in lung or not. */
    double (*at)(const void *context, const double point_mm[3], bool lung);
    /* What a point of a voxel counts; `here` is its tissue. NULL: 1. */
    double (*weight)(const void *context, size_t voxel, const double point_mm[3],
                     const struct ot_stretch *here);
    /* Tissues along a line, see kernels/phantom_path.h. NULL: the density of the settings. */
    void (*path)(const void *context, const double from_mm[3], const double direction[3],
                 double most_g_per_cm2, struct ot_path *path);
    bool even; /* the chance of a voxel follows its volume, not its fraction */
    const void *context;
};
OT_MUST_CHECK enum ot_rc ot_truth_of_field(const struct ot_truth_field *field,
                                           const struct ot_volume *fraction,
                                           const struct ot_volume *source,
                                           const struct ot_truth_settings *settings,
                                           struct ot_truth *truth, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_PHANTOM_TRUTH_H */
