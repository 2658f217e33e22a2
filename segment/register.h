/* segment/register.h - the rigid motion that brings one image onto another.
 *
 * Mutual information (Mattes) over evenly spread points of the fixed image, from coarse to fine
 * voxels, from several starts. A search always ends somewhere, so what it found is examined before
 * it is believed; what fails is refused, not returned with a bad number.
 */
#ifndef OT_SEGMENT_REGISTER_H
#define OT_SEGMENT_REGISTER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/text.h"
#include "core/transform.h"
#include "core/volume.h"

enum { OT_REGISTER_MAX_STARTS = 12 };

struct ot_register_request {
    const struct ot_volume *fixed;
    const struct ot_volume *moving;
    const struct ot_volume *mask; /* fractions on a grid of the fixed frame: points lie where it is
                                     0.5 and more; NULL: everywhere in the fixed image */
    const struct ot_rigid *start; /* moving to fixed; one start more; NULL: none */
    int threads;
};

/* What the search found, and what was measured to judge it. */
struct ot_register_result {
    struct ot_rigid moving_to_fixed;
    double information_nat;  /* mutual information at the finest level */
    double relative_metric;  /* that, over the smaller of the images' own information: 0..1 */
    double overlap_fraction; /* of the smaller of fixed image (or mask) and moving image */
    double points_inside;    /* fraction of the points that fall inside the moving image */
    size_t starts;           /* tried */
    size_t starts_agreeing;  /* that ended at the same pose, at the coarse level */
    double rival_metric;     /* the best other pose at the coarse level, over the best: 0..1 */
    double inverse_mm;  /* fixed and moving exchanged, from another start: how far the corner */
    double inverse_deg; /* of the fixed image and the angle come out differently */
    double finest_mm;   /* voxel of the finest level */
};

/* Limits of the examination. */
struct ot_register_limits {
    double least_overlap_fraction;
    double least_relative_metric;
    double most_rival_metric;
    size_t least_agreeing;
    double most_inverse_mm;
    double most_inverse_deg;
};
extern const struct ot_register_limits ot_register_limits;

/* Searches. Where the unit is HU, values are limited to -500..500 first; others to the range
 * between their 1st and 99th percentile.
 *
 * Errors: OT_ERR_GEOMETRY (under 4 voxels along an axis, the mask holds no point of the image),
 *   OT_ERR_RANGE (an image is uniform), OT_ERR_UNSUPPORTED (built without ITK), OT_ERR_NOMEM,
 *   OT_ERR_EXTERNAL.
 * Threads: equal bits for any number. */
OT_MUST_CHECK enum ot_rc ot_register_search(const struct ot_register_request *request,
                                            struct ot_register_result *result, struct ot_err *err);

/* Adds one sentence for each measure that fails, with its value and its limit: none means that the
 * result can be believed as far as images alone can tell. A body that is its own mirror image
 * has two poses that no metric tells apart. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_register_doubts(const struct ot_register_result *result,
                                            const struct ot_register_limits *limits,
                                            struct ot_texts *doubts, struct ot_err *err);

#endif /* OT_SEGMENT_REGISTER_H */
