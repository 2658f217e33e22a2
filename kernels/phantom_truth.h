/* kernels/phantom_truth.h - mean doses by sampling, without voxel S values or a convolution.
 *
 * In a uniform medium the dose at x is k/rho times the mean concentration at x + r u, where u is
 * an isotropic direction and r a distance drawn from the radial kernel's beta part (by
 * reciprocity; the beta part is scaled to k ln 2/T_half per decay, so k alone remains). The mean
 * over a VOI draws x from the VOI, too.
 */
#ifndef OT_KERNELS_PHANTOM_TRUTH_H
#define OT_KERNELS_PHANTOM_TRUTH_H

#include <stdint.h>

#include "core/err.h"
#include "core/radial_kernel.h"
#include "core/volume.h"
#include "kernels/phantom.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_truth_settings {
    const struct ot_radial_kernel *kernel; /* of the medium of density_g_per_ml */
    double gy_kg_per_gbq;
    double density_g_per_ml;
    double relative_sigma; /* sampling goes on until it is reached ... */
    uint64_t samples_max;  /* ... or a round has taken so many */
    uint64_t seed;
    int threads;
};

struct ot_truth {
    double mean_gy;
    double sigma_gy; /* standard deviation of mean_gy, from 32 independent shifts */
    uint64_t samples;
};

/* What a VOI gets from an image as written. A voxel is drawn by its VOI fraction, a point evenly
 * in it, and the image is constant within voxels, 0 outside.
 *
 * concentration  GBq/ml times `scale`: scale * value is GBq/ml at injection
 * fraction       on the same grid, whose axes must be those of the patient
 * Errors: OT_ERR_GEOMETRY (grids differ, or are oblique), OT_ERR_RANGE (empty VOI), OT_ERR_NOMEM.
 * Threads: equal bits for any number.
 * Source: quasi-random shifts after Cranley and Patterson, SIAM J Numer Anal 1976;13:904. */
OT_MUST_CHECK enum ot_rc ot_truth_of_image(const struct ot_volume *concentration, double scale,
                                           const struct ot_volume *fraction,
                                           const struct ot_truth_settings *settings,
                                           struct ot_truth *truth, struct ot_err *err);

/* What it would get before the shapes were put on voxels. `fraction` tells which voxels hold some
 * of the VOI, and points are kept where the smooth VOI holds them. `source`, on the same grid, is
 * above 0 wherever a voxel may hold activity: where none is within reach the dose is 0, and no
 * points are spent there.
 * Errors, threads: as above. */
OT_MUST_CHECK enum ot_rc ot_truth_of_shapes(const struct ot_phantom *phantom,
                                            const struct ot_phantom_voi *voi,
                                            const struct ot_volume *fraction,
                                            const struct ot_volume *source,
                                            const struct ot_truth_settings *settings,
                                            struct ot_truth *truth, struct ot_err *err);

/* The same for any concentration: `at` gives GBq/ml at a point, `holds` says whether the VOI
 * holds it; both must be safe to call from several threads. A voxel of `fraction` takes part
 * when its value is not 0. */
struct ot_truth_field {
    double (*at)(const void *context, const double point_mm[3]);
    bool (*holds)(const void *context, const double point_mm[3]);
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
