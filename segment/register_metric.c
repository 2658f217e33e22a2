/* segment/register_metric.c - mutual information at a pose, uphill, and what it is worth. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "segment/register_parts.h"
#include "segment/shim/itk_mattes.h"

/* An angle weighs as much as the way of a point this far from the center. */
static const double ARM_MM = 100.0;
enum { BINS = 32, MOST_STEPS = 150 };

struct ot_register_pose ot_register_pose_of(const struct ot_rigid *motion,
                                            const double center_mm[3])
{
    const double rad_per_deg = 0.017453292519943295769;
    struct ot_register_pose pose;
    double moved_mm[3];
    ot_rigid_angles_deg(motion, pose.angles_rad);
    ot_rigid_apply(motion, center_mm, moved_mm);
    for (size_t c = 0; c < 3; c++) {
        pose.angles_rad[c] *= rad_per_deg;
        pose.shift_mm[c] = moved_mm[c] - center_mm[c];
    }
    return pose;
}

struct ot_rigid ot_register_motion_of(const struct ot_register_pose *pose,
                                      const double center_mm[3])
{
    return ot_rigid_euler(pose->angles_rad, center_mm, pose->shift_mm);
}

#ifdef OT_WITH_ITK

struct ot_register_metric {
    struct otx_itk_mattes *itk; /* owned */
};

enum ot_rc ot_register_metric_create(const struct ot_register_pair *pair,
                                     struct ot_register_metric **out, struct ot_err *err)
{
    *out = OT_NEW(struct ot_register_metric, 1, err);
    if (*out == NULL) {
        return OT_ERR_NOMEM;
    }
    return otx_itk_mattes_create(pair->fixed, pair->moving, pair->points_mm, pair->count,
                                 pair->center_mm, BINS, &(*out)->itk, err);
}

void ot_register_metric_destroy(struct ot_register_metric *metric)
{
    if (metric != NULL) {
        otx_itk_mattes_destroy(metric->itk);
        ot_free(metric);
    }
}

static enum ot_rc look(struct ot_register_metric *metric, const struct ot_register_pose *pose,
                       double *information_nat, double gradient[6], size_t *valid,
                       struct ot_err *err)
{
    return otx_itk_mattes_at(metric->itk, pose->angles_rad, pose->shift_mm, information_nat,
                             gradient, valid, err);
}

#else

enum ot_rc ot_register_metric_create(const struct ot_register_pair *pair,
                                     struct ot_register_metric **out, struct ot_err *err)
{
    (void)pair;
    *out = NULL;
    return ot_fail(err, OT_ERR_UNSUPPORTED, "this program was built without ITK, which registers");
}

void ot_register_metric_destroy(struct ot_register_metric *metric)
{
    (void)metric;
}

static enum ot_rc look(struct ot_register_metric *metric, const struct ot_register_pose *pose,
                       double *information_nat, double gradient[6], size_t *valid,
                       struct ot_err *err)
{
    (void)metric;
    (void)pose;
    (void)gradient;
    *information_nat = 0.0;
    *valid = 0;
    return ot_fail(err, OT_ERR_UNSUPPORTED, "this program was built without ITK, which registers");
}

#endif

/* The gradient by angle * ARM_MM and by shift, with the length 1; false where it vanishes. */
static bool direction(const double gradient[6], double along[6])
{
    double square = 0.0;
    for (size_t n = 0; n < 6; n++) {
        along[n] = n < 3 ? gradient[n] / ARM_MM : gradient[n];
        square += along[n] * along[n];
    }
    for (size_t n = 0; n < 6; n++) {
        along[n] /= sqrt(square);
    }
    return square > 0.0 && isfinite(square);
}

enum ot_rc ot_register_climb(struct ot_register_metric *metric,
                             const struct ot_register_level *level, struct ot_register_pose *pose,
                             double *information_nat, size_t *valid, struct ot_err *err)
{
    struct ot_register_pose at = *pose;
    double before[6] = {0.0};
    double step_mm = level->first_step_mm;
    *information_nat = -INFINITY;
    for (int n = 0; n < MOST_STEPS && step_mm >= level->last_step_mm; n++) {
        double gradient[6];
        double along[6];
        double here_nat = 0.0;
        double turn = 0.0;
        size_t here_valid = 0;
        const enum ot_rc rc = look(metric, &at, &here_nat, gradient, &here_valid, err);
        if (rc != OT_OK) {
            return rc;
        }
        if (here_nat > *information_nat) {
            *information_nat = here_nat;
            *valid = here_valid;
            *pose = at;
        }
        if (!direction(gradient, along)) {
            break;
        }
        for (size_t c = 0; c < 6; c++) {
            turn += along[c] * before[c];
        }
        step_mm *= turn < 0.0 ? 0.5 : 1.0;
        memcpy(before, along, sizeof before);
        for (size_t c = 0; c < 3; c++) {
            at.angles_rad[c] += step_mm * along[c] / ARM_MM;
            at.shift_mm[c] += step_mm * along[c + 3];
        }
    }
    return OT_OK;
}

/* Part of the points of a box that fall inside another one, by a fixed lattice. */
static double share_inside(const struct ot_grid *of, const struct ot_grid *in,
                           const struct ot_rigid *motion)
{
    enum { SIDE = 48 };
    size_t inside = 0;
    for (size_t n = 0; n < (size_t)SIDE * SIDE * SIDE; n++) {
        const size_t at[3] = {n % SIDE, n / SIDE % SIDE, n / SIDE / SIDE};
        double index[3];
        double point_mm[3];
        for (size_t c = 0; c < 3; c++) {
            index[c] = ((double)at[c] + 0.5) / SIDE * (double)of->n[c] - 0.5;
        }
        ot_grid_to_point(of, index, point_mm);
        ot_rigid_apply(motion, point_mm, point_mm);
        ot_grid_to_index(in, point_mm, index);
        bool in_box = true;
        for (size_t c = 0; c < 3; c++) {
            in_box = in_box && index[c] >= -0.5 && index[c] <= (double)in->n[c] - 0.5;
        }
        inside += in_box;
    }
    return (double)inside / ((double)SIDE * SIDE * SIDE);
}

/* Of an image with itself: fixed and moving are the same volume. */
static enum ot_rc own_information(const struct ot_register_pair *own, double *information_nat,
                                  struct ot_err *err)
{
    const struct ot_register_pose still = {.shift_mm = {0.0, 0.0, 0.0}};
    struct ot_register_metric *metric = NULL;
    size_t valid = 0;
    enum ot_rc rc = ot_register_metric_create(own, &metric, err);
    if (rc == OT_OK) {
        rc = look(metric, &still, information_nat, NULL, &valid, err);
    }
    ot_register_metric_destroy(metric);
    return rc;
}

static bool between_centers(const struct ot_grid *grid, const double point_mm[3])
{
    double index[3];
    ot_grid_to_index(grid, point_mm, index);
    for (size_t c = 0; c < 3; c++) {
        if (!(index[c] >= 0.0 && index[c] <= (double)grid->n[c] - 1.0)) {
            return false;
        }
    }
    return true;
}

/* What each image tells of itself at the points that both have: no more can be shared. */
static enum ot_rc relative_metric(const struct ot_register_pair *pair,
                                  const struct ot_rigid *motion, double information_nat,
                                  double *relative, struct ot_err *err)
{
    double *fixed_mm = OT_NEW(double, 3 * pair->count, err);
    double *moving_mm = OT_NEW(double, 3 * pair->count, err);
    double fixed_nat = 0.0;
    double moving_nat = 0.0;
    size_t both = 0;
    enum ot_rc rc = fixed_mm != NULL && moving_mm != NULL ? OT_OK : OT_ERR_NOMEM;
    for (size_t n = 0; rc == OT_OK && n < pair->count; n++) {
        ot_rigid_apply(motion, &pair->points_mm[3 * n], &moving_mm[3 * both]);
        memcpy(&fixed_mm[3 * both], &pair->points_mm[3 * n], 3 * sizeof fixed_mm[0]);
        both += between_centers(&pair->moving->grid, &moving_mm[3 * both]);
    }
    *relative = 0.0;
    if (rc == OT_OK && both > pair->count / 100) {
        const struct ot_register_pair fixed = {
            .fixed = pair->fixed, .moving = pair->fixed, .points_mm = fixed_mm, .count = both};
        const struct ot_register_pair moving = {
            .fixed = pair->moving, .moving = pair->moving, .points_mm = moving_mm, .count = both};
        rc = own_information(&fixed, &fixed_nat, err);
        if (rc == OT_OK) {
            rc = own_information(&moving, &moving_nat, err);
        }
        if (rc == OT_OK && fmin(fixed_nat, moving_nat) > 0.0) {
            *relative = information_nat / fmin(fixed_nat, moving_nat);
        }
    }
    ot_free(fixed_mm);
    ot_free(moving_mm);
    return rc;
}

enum ot_rc ot_register_measure(const struct ot_register_pair *pair, const struct ot_rigid *motion,
                               struct ot_register_result *result, struct ot_err *err)
{
    const struct ot_rigid back = ot_rigid_invert(motion);
    result->overlap_fraction = fmax(share_inside(&pair->fixed->grid, &pair->moving->grid, motion),
                                    share_inside(&pair->moving->grid, &pair->fixed->grid, &back));
    return relative_metric(pair, motion, result->information_nat, &result->relative_metric, err);
}
