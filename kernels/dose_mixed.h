/* kernels/dose_mixed.h - voxels of two media in the dose by rays; a part of kernels/dose_rays.c. */
#ifndef OT_KERNELS_DOSE_MIXED_H
#define OT_KERNELS_DOSE_MIXED_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "kernels/dose.h"
#include "kernels/ray.h"

/* The work; all arrays are owned and have a value for each voxel. */
struct ot_dose_rays_plan {
    size_t count;
    size_t kinds; /* of sources: media whose kernels come from the same table are one */
    size_t kind_of[OT_RAY_KINDS]; /* of each medium */
    const struct ot_mass_depth *depth[OT_RAY_KINDS];
    float *source[OT_RAY_KINDS]; /* the activity that lies in media of each kind */
    float *density;              /* 0 outside the body */
    uint8_t *kind;               /* of the voxel, or OT_KIND_MIXED */
    uint8_t *uniform;            /* its surroundings */
    uint8_t *wanted;             /* by rays */
    double *energy;              /* per ml, in the unit of the activity */
    struct ot_ray_mixed *mixed;  /* voxels of two media inside the body */
    size_t mixed_count;
    struct ot_ray_scene scene;
};

/* Lists the voxels of two media inside the body, with their planes, and parts their activity: the
 * sum is kept, so are plan->source. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_dose_part_voxels(const struct ot_dose_request *request,
                                             struct ot_dose_rays_plan *plan, struct ot_err *err);

/* Puts the doses of both parts into the map. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_dose_tell_mixed(const struct ot_dose_request *request,
                                            const struct ot_dose_rays_plan *plan,
                                            struct ot_dose_map *map, struct ot_err *err);

#endif /* OT_KERNELS_DOSE_MIXED_H */
