/* segment/register.c - the rigid motion that brings one image onto another: the search. */
#include "segment/register.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "segment/register_parts.h"

static const double DEG = 0.017453292519943295769;

/* Voxels of the levels, the points that are looked at, and the steps between which a search goes.
 * The last step is a small part of the voxel, since mutual information is smooth below it. */
static const struct ot_register_level levels[] = {
    {.voxel_mm = 10.0, .points = 6000, .first_step_mm = 16.0, .last_step_mm = 0.8},
    {.voxel_mm = 5.0, .points = 12000, .first_step_mm = 4.0, .last_step_mm = 0.2},
    {.voxel_mm = 2.5, .points = 40000, .first_step_mm = 1.0, .last_step_mm = 0.03},
};
enum { LEVELS = sizeof levels / sizeof levels[0], COARSE = 0, CHECKED = 1, FINE = LEVELS - 1 };

static const double AGREE_MM = 5.0;  /* half a coarse voxel: the same pose */
static const double RIVAL_MM = 15.0; /* beyond the foot of the same summit: another pose */

/* One search per start at the coarse level; each has a metric of its own, so that they can run
 * at once. */
struct start {
    struct ot_register_pose pose;
    struct ot_register_metric *metric;
    double information_nat;
    size_t valid;
    struct ot_err err;
};

static void add_start(struct start *starts, size_t *count, const struct ot_rigid *fixed_to_moving,
                      const double center_mm[3])
{
    starts[(*count)++].pose = ot_register_pose_of(fixed_to_moving, center_mm);
}

/* Patient coordinates as they are, centers of the boxes, centers of the contents; the last one
 * turned to and fro about each axis. */
static size_t make_starts(const struct ot_register_request *request,
                          const struct ot_register_pair *pair, struct start *starts)
{
    const double turn_rad = 12.0 * DEG;
    size_t count = 0;
    struct ot_rigid motion = ot_rigid_identity();
    add_start(starts, &count, &motion, pair->center_mm);
    if (request->start != NULL) {
        const struct ot_rigid back = ot_rigid_invert(request->start);
        add_start(starts, &count, &back, pair->center_mm);
    }
    double fixed_mm[3];
    double moving_mm[3];
    ot_register_box_center(pair->fixed, fixed_mm);
    ot_register_box_center(pair->moving, moving_mm);
    for (size_t c = 0; c < 3; c++) {
        motion.translation_mm[c] = moving_mm[c] - fixed_mm[c];
    }
    add_start(starts, &count, &motion, pair->center_mm);
    ot_register_mass_center(pair->fixed, fixed_mm);
    ot_register_mass_center(pair->moving, moving_mm);
    for (size_t c = 0; c < 3; c++) {
        motion.translation_mm[c] = moving_mm[c] - fixed_mm[c];
    }
    add_start(starts, &count, &motion, pair->center_mm);
    for (size_t n = 0; n < 6; n++) {
        struct ot_register_pose pose = ot_register_pose_of(&motion, pair->center_mm);
        pose.angles_rad[n / 2] += n % 2 == 0 ? turn_rad : -turn_rad;
        starts[count++].pose = pose;
    }
    return count;
}

static enum ot_rc search_starts(const struct ot_register_request *request,
                                const struct ot_register_pair *pair, struct start *starts,
                                size_t count, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        rc = ot_register_metric_create(pair, &starts[n].metric, err);
    }
    if (rc == OT_OK) {
#pragma omp parallel for schedule(dynamic) num_threads(request->threads)
        for (size_t n = 0; n < count; n++) {
            (void)ot_register_climb(starts[n].metric, &levels[COARSE], &starts[n].pose,
                                    &starts[n].information_nat, &starts[n].valid, &starts[n].err);
        }
    }
    for (size_t n = 0; n < count; n++) {
        ot_register_metric_destroy(starts[n].metric);
        if (rc == OT_OK && starts[n].err.code != OT_OK) {
            *err = starts[n].err;
            rc = err->code;
        }
    }
    return rc;
}

/* The best start, how many ended where it did, and how good the best other pose is. */
static size_t compare_starts(const struct ot_register_pair *pair, const struct start *starts,
                             size_t count, struct ot_register_result *result)
{
    size_t best = 0;
    for (size_t n = 1; n < count; n++) {
        if (starts[n].information_nat > starts[best].information_nat) {
            best = n;
        }
    }
    const struct ot_rigid found = ot_register_motion_of(&starts[best].pose, pair->center_mm);
    double rival_nat = 0.0;
    result->starts = count;
    result->starts_agreeing = 0;
    for (size_t n = 0; n < count; n++) {
        const struct ot_rigid other = ot_register_motion_of(&starts[n].pose, pair->center_mm);
        if (ot_rigid_distance_mm(&found, &other, &pair->fixed->grid) <= AGREE_MM) {
            result->starts_agreeing++;
        }
        if (ot_rigid_distance_mm(&found, &other, &pair->fixed->grid) > RIVAL_MM) {
            rival_nat = fmax(rival_nat, starts[n].information_nat);
        }
    }
    result->rival_metric =
        starts[best].information_nat > 0.0 ? rival_nat / starts[best].information_nat : 1.0;
    return best;
}

static enum ot_rc coarse(const struct ot_register_request *request, struct ot_rigid *motion,
                         struct ot_register_result *result, struct ot_err *err)
{
    struct start starts[OT_REGISTER_MAX_STARTS] = {{.valid = 0}};
    struct ot_register_pair pair = {0};
    enum ot_rc rc = ot_register_pair_make(request, &levels[COARSE], &pair, err);
    if (rc == OT_OK) {
        const size_t count = make_starts(request, &pair, starts);
        rc = search_starts(request, &pair, starts, count, err);
        if (rc == OT_OK) {
            const size_t best = compare_starts(&pair, starts, count, result);
            *motion = ot_register_motion_of(&starts[best].pose, pair.center_mm);
        }
    }
    ot_register_pair_release(&pair);
    return rc;
}

/* One level from `motion` (fixed to moving), which is replaced by what was found. */
static enum ot_rc refine(const struct ot_register_pair *pair, const struct ot_register_level *level,
                         struct ot_rigid *motion, double *information_nat, size_t *valid,
                         struct ot_err *err)
{
    struct ot_register_metric *metric = NULL;
    struct ot_register_pose pose = ot_register_pose_of(motion, pair->center_mm);
    enum ot_rc rc = ot_register_metric_create(pair, &metric, err);
    if (rc == OT_OK) {
        rc = ot_register_climb(metric, level, &pose, information_nat, valid, err);
    }
    if (rc == OT_OK) {
        *motion = ot_register_motion_of(&pose, pair->center_mm);
    }
    ot_register_metric_destroy(metric);
    return rc;
}

/* The images exchanged, from a start that is off by more than a coarse voxel: a pose that is only
 * a dent in the metric of one direction is not found again. */
static enum ot_rc check_inverse(const struct ot_register_request *request,
                                const struct ot_rigid *fixed_to_moving,
                                struct ot_register_result *result, struct ot_err *err)
{
    const double off_mm[3] = {7.0, -7.0, 7.0};
    const double off_rad[3] = {4.0 * DEG, 4.0 * DEG, -4.0 * DEG};
    const struct ot_register_request exchanged = {
        .fixed = request->moving, .moving = request->fixed, .threads = request->threads};
    struct ot_register_level level = levels[CHECKED];
    struct ot_register_pair pair = {0};
    double information_nat = 0.0;
    size_t valid = 0;
    enum ot_rc rc = ot_register_pair_make(&exchanged, &level, &pair, err);
    if (rc == OT_OK) {
        const struct ot_rigid off = ot_rigid_euler(off_rad, pair.center_mm, off_mm);
        const struct ot_rigid back = ot_rigid_invert(fixed_to_moving);
        struct ot_rigid motion = ot_rigid_compose(&off, &back);
        level.first_step_mm = levels[COARSE].first_step_mm / 2.0;
        rc = refine(&pair, &level, &motion, &information_nat, &valid, err);
        const struct ot_rigid there = ot_rigid_invert(&motion);
        const struct ot_rigid round = ot_rigid_compose(fixed_to_moving, &motion);
        result->inverse_mm = ot_rigid_distance_mm(&there, fixed_to_moving, &request->fixed->grid);
        result->inverse_deg = ot_rigid_angle_deg(&round);
    }
    ot_register_pair_release(&pair);
    return rc;
}

enum ot_rc ot_register_search(const struct ot_register_request *request,
                              struct ot_register_result *result, struct ot_err *err)
{
    struct ot_rigid motion = ot_rigid_identity(); /* fixed to moving, as the metric has it */
    size_t valid = 0;
    *result = (struct ot_register_result){.moving_to_fixed = ot_rigid_identity()};
    enum ot_rc rc = coarse(request, &motion, result, err);
    for (size_t n = 1; rc == OT_OK && n < LEVELS; n++) {
        struct ot_register_pair pair = {0};
        rc = ot_register_pair_make(request, &levels[n], &pair, err);
        if (rc == OT_OK) {
            rc = refine(&pair, &levels[n], &motion, &result->information_nat, &valid, err);
        }
        if (rc == OT_OK && n == FINE) {
            result->finest_mm = pair.fixed->grid.spacing_mm[0];
            result->points_inside = (double)valid / (double)pair.count;
            rc = ot_register_measure(&pair, &motion, result, err);
        }
        ot_register_pair_release(&pair);
    }
    if (rc == OT_OK) {
        rc = check_inverse(request, &motion, result, err);
    }
    result->moving_to_fixed = ot_rigid_invert(&motion);
    return rc;
}
