/* segment/register_parts.h - what the parts of segment/register share among themselves. */
#ifndef OT_SEGMENT_REGISTER_PARTS_H
#define OT_SEGMENT_REGISTER_PARTS_H

#include "segment/register.h"

struct ot_register_level {
    double voxel_mm;
    size_t points;
    double first_step_mm, last_step_mm;
};

/* Both images as one level sees them, and the points of the fixed one. */
struct ot_register_pair {
    struct ot_volume *fixed;  /* owned */
    struct ot_volume *moving; /* owned */
    double *points_mm;        /* owned; 3 * count */
    size_t count;
    double center_mm[3]; /* of the points: rotations turn about it */
};

/* Fixed to moving: turned about the pair's center, then shifted. */
struct ot_register_pose {
    double angles_rad[3];
    double shift_mm[3];
};

struct ot_register_metric; /* the images and points of a pair, ready to be compared at any pose */

OT_MUST_CHECK enum ot_rc ot_register_pair_make(const struct ot_register_request *request,
                                               const struct ot_register_level *level,
                                               struct ot_register_pair *pair, struct ot_err *err);
void ot_register_pair_release(struct ot_register_pair *pair);
void ot_register_box_center(const struct ot_volume *volume, double center_mm[3]);
/* Of the values above the least one. */
void ot_register_mass_center(const struct ot_volume *volume, double center_mm[3]);

struct ot_register_pose ot_register_pose_of(const struct ot_rigid *motion,
                                            const double center_mm[3]);
struct ot_rigid ot_register_motion_of(const struct ot_register_pose *pose,
                                      const double center_mm[3]);

/* A copy of the pair for the metric. Errors: OT_ERR_UNSUPPORTED, OT_ERR_NOMEM, OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_register_metric_create(const struct ot_register_pair *pair,
                                                   struct ot_register_metric **out,
                                                   struct ot_err *err);
void ot_register_metric_destroy(struct ot_register_metric *metric); /* NULL is fine */

/* Goes up the metric from `pose`: steps along its gradient, halved where the gradient turns back,
 * until they are shorter than the level's last one. A step is the length of the vector of the
 * shifts and of the angles times 100 mm.
 * pose, information_nat, valid  of the best place that was seen. */
OT_MUST_CHECK enum ot_rc ot_register_climb(struct ot_register_metric *metric,
                                           const struct ot_register_level *level,
                                           struct ot_register_pose *pose, double *information_nat,
                                           size_t *valid, struct ot_err *err);

/* Overlap and relative metric at `motion` (fixed to moving). */
OT_MUST_CHECK enum ot_rc ot_register_measure(const struct ot_register_pair *pair,
                                             const struct ot_rigid *motion,
                                             struct ot_register_result *result, struct ot_err *err);

#endif /* OT_SEGMENT_REGISTER_PARTS_H */
