/* segment/threshold.h - voxels by their values. A voxel belongs to a threshold or not: its value
 * is all that is known of it. Partial voxels come from the grid it is brought to afterwards. */
#ifndef OT_SEGMENT_THRESHOLD_H
#define OT_SEGMENT_THRESHOLD_H

#include "core/err.h"
#include "core/volume.h"

/* 1 where low <= value < high and the voxel lies in `within` by half, else 0; +-INFINITY leave a
 * side open. within: on the image's grid; NULL: everywhere. out: owned by the caller. */
OT_MUST_CHECK enum ot_rc ot_threshold_mark(const struct ot_volume *image, double low, double high,
                                           const struct ot_volume *within, struct ot_volume **out,
                                           struct ot_err *err);

/* Confines `marks` (0 or 1 a voxel) to `within`, so that each voxel has a part of that VOI's
 * fraction: all of it where a voxel that `within` fills by half or more is marked, none where it is
 * not. A voxel that it fills by less shows more of what lies outside: it follows its neighbors
 * within, and so on for `layers` layers of voxels. So a VOI that is marked all over is left as it
 * is, and what is marked and what is not make up the VOI. */
OT_MUST_CHECK enum ot_rc ot_threshold_confine(struct ot_volume *marks,
                                              const struct ot_volume *within, size_t layers,
                                              struct ot_err *err);

/* What an image is like within a region (NULL: everywhere). */
struct ot_levels {
    size_t voxels;
    double least, greatest, mean;
};

/* Errors: OT_ERR_RANGE (no voxel's center part lies in `within` by half). */
OT_MUST_CHECK enum ot_rc ot_threshold_levels(const struct ot_volume *image,
                                             const struct ot_volume *within,
                                             struct ot_levels *levels, struct ot_err *err);

/* The value that parts the voxels into two classes of least variance within each (Otsu), by a
 * histogram of 512 bins from the least value to the greatest.
 * Errors: OT_ERR_RANGE (no voxel, or all of one value).
 * Source: Otsu, IEEE Trans Syst Man Cybern 1979;9:62. */
OT_MUST_CHECK enum ot_rc ot_threshold_otsu(const struct ot_volume *image,
                                           const struct ot_volume *within, double *level,
                                           struct ot_err *err);

#endif /* OT_SEGMENT_THRESHOLD_H */
