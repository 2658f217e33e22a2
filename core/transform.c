/* core/transform.c - rigid motions of the patient: a rotation, then a translation. */
#include "core/transform.h"

#include <math.h>
#include <string.h>

static const double DEG_PER_RAD = 57.295779513082320877;
static const double RIGID_WITHIN = 1e-6; /* of unit length and of a right angle */

struct ot_rigid ot_rigid_identity(void)
{
    return (struct ot_rigid){.rotation = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

struct ot_rigid ot_rigid_euler(const double angles_rad[3], const double center_mm[3],
                               const double shift_mm[3])
{
    const double cx = cos(angles_rad[0]);
    const double sx = sin(angles_rad[0]);
    const double cy = cos(angles_rad[1]);
    const double sy = sin(angles_rad[1]);
    const double cz = cos(angles_rad[2]);
    const double sz = sin(angles_rad[2]);
    struct ot_rigid motion = {
        .rotation = {{cz * cy - sz * sx * sy, -sz * cx, cz * sy + sz * sx * cy},
                     {sz * cy + cz * sx * sy, cz * cx, sz * sy - cz * sx * cy},
                     {-cx * sy, sx, cx * cy}}};
    double turned_mm[3];
    ot_rigid_apply(&motion, center_mm, turned_mm);
    for (size_t r = 0; r < 3; r++) {
        motion.translation_mm[r] = center_mm[r] + shift_mm[r] - turned_mm[r];
    }
    return motion;
}

void ot_rigid_angles_deg(const struct ot_rigid *motion, double angles_deg[3])
{
    const double(*m)[3] = motion->rotation;
    angles_deg[0] = DEG_PER_RAD * asin(fmax(-1.0, fmin(1.0, m[2][1])));
    angles_deg[1] = DEG_PER_RAD * atan2(-m[2][0], m[2][2]);
    angles_deg[2] = DEG_PER_RAD * atan2(-m[0][1], m[1][1]);
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static double determinant(double m[3][3])
{
    return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
           m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
           m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

static enum ot_rc check_rotation(double m[3][3], struct ot_err *err)
{
    const double singular = 1e-9;
    const double det = determinant(m);
    if (!(fabs(det) > singular)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "the transform is singular (determinant %.3g)", det);
    }
    for (size_t a = 0; a < 3; a++) {
        const double length = sqrt(dot(m[a], m[a]));
        if (!(fabs(length - 1.0) <= RIGID_WITHIN)) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "the transform scales (row %zu has the length %.9g): only rigid ones "
                           "are used",
                           a + 1, length);
        }
        for (size_t b = 0; b < a; b++) {
            if (!(fabs(dot(m[a], m[b])) <= RIGID_WITHIN)) {
                return ot_fail(err, OT_ERR_GEOMETRY,
                               "the transform shears (rows %zu and %zu are off a right angle by "
                               "%.3g rad): only rigid ones are used",
                               b + 1, a + 1, fabs(dot(m[a], m[b])));
            }
        }
    }
    if (det < 0.0) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "the transform mirrors the patient (determinant %.6f): left and right "
                       "would change places",
                       det);
    }
    return OT_OK;
}

/* Gram-Schmidt by rows, the third as the cross product of the others. */
static void orthonormalize(double m[3][3])
{
    const double first = sqrt(dot(m[0], m[0]));
    for (size_t c = 0; c < 3; c++) {
        m[0][c] /= first;
    }
    const double along = dot(m[0], m[1]);
    for (size_t c = 0; c < 3; c++) {
        m[1][c] -= along * m[0][c];
    }
    const double second = sqrt(dot(m[1], m[1]));
    for (size_t c = 0; c < 3; c++) {
        m[1][c] /= second;
    }
    for (size_t c = 0; c < 3; c++) {
        const size_t d = (c + 1) % 3;
        const size_t e = (c + 2) % 3;
        m[2][c] = m[0][d] * m[1][e] - m[0][e] * m[1][d];
    }
}

enum ot_rc ot_rigid_from_matrix(const double rotation[9], const double translation_mm[3],
                                struct ot_rigid *motion, struct ot_err *err)
{
    double rows[3][3];
    *motion = ot_rigid_identity();
    for (size_t n = 0; n < 12; n++) {
        const double value = n < 9 ? rotation[n] : translation_mm[n - 9];
        if (!isfinite(value)) {
            return ot_fail(err, OT_ERR_RANGE, "the transform holds a number that is not finite");
        }
    }
    memcpy(rows, rotation, sizeof rows);
    const enum ot_rc rc = check_rotation(rows, err);
    if (rc != OT_OK) {
        return rc;
    }
    orthonormalize(rows);
    memcpy(motion->rotation, rows, sizeof motion->rotation);
    memcpy(motion->translation_mm, translation_mm, sizeof motion->translation_mm);
    return OT_OK;
}

void ot_rigid_apply(const struct ot_rigid *motion, const double point_mm[3], double moved_mm[3])
{
    double sum[3];
    for (size_t r = 0; r < 3; r++) {
        sum[r] = dot(motion->rotation[r], point_mm) + motion->translation_mm[r];
    }
    memcpy(moved_mm, sum, sizeof sum);
}

struct ot_rigid ot_rigid_compose(const struct ot_rigid *first, const struct ot_rigid *second)
{
    struct ot_rigid both;
    for (size_t r = 0; r < 3; r++) {
        for (size_t c = 0; c < 3; c++) {
            both.rotation[r][c] = second->rotation[r][0] * first->rotation[0][c] +
                                  second->rotation[r][1] * first->rotation[1][c] +
                                  second->rotation[r][2] * first->rotation[2][c];
        }
    }
    ot_rigid_apply(second, first->translation_mm, both.translation_mm);
    return both;
}

struct ot_rigid ot_rigid_invert(const struct ot_rigid *motion)
{
    struct ot_rigid back;
    for (size_t r = 0; r < 3; r++) {
        for (size_t c = 0; c < 3; c++) {
            back.rotation[r][c] = motion->rotation[c][r];
        }
    }
    for (size_t r = 0; r < 3; r++) {
        back.translation_mm[r] = -dot(back.rotation[r], motion->translation_mm);
    }
    return back;
}

double ot_rigid_angle_deg(const struct ot_rigid *motion)
{
    /* From the quaternion's vector part: exact for small angles, where acos() of the trace has
     * no digits left. */
    const double(*m)[3] = motion->rotation;
    const double axis[3] = {m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]};
    return DEG_PER_RAD * atan2(sqrt(dot(axis, axis)), m[0][0] + m[1][1] + m[2][2] - 1.0);
}

double ot_rigid_distance_mm(const struct ot_rigid *a, const struct ot_rigid *b,
                            const struct ot_grid *grid)
{
    double greatest_mm = 0.0;
    for (unsigned corner = 0; corner < 8; corner++) {
        double index[3];
        double point_mm[3];
        double at_a_mm[3];
        double at_b_mm[3];
        for (size_t c = 0; c < 3; c++) {
            index[c] = (corner >> c & 1U) != 0U ? (double)grid->n[c] - 0.5 : -0.5;
        }
        ot_grid_to_point(grid, index, point_mm);
        ot_rigid_apply(a, point_mm, at_a_mm);
        ot_rigid_apply(b, point_mm, at_b_mm);
        const double apart_mm[3] = {at_a_mm[0] - at_b_mm[0], at_a_mm[1] - at_b_mm[1],
                                    at_a_mm[2] - at_b_mm[2]};
        greatest_mm = fmax(greatest_mm, sqrt(dot(apart_mm, apart_mm)));
    }
    return greatest_mm;
}

void ot_rigid_move_grid(const struct ot_rigid *motion, struct ot_grid *grid)
{
    const struct ot_grid before = *grid;
    for (size_t r = 0; r < 3; r++) {
        for (size_t c = 0; c < 3; c++) {
            grid->dir[r][c] = motion->rotation[r][0] * before.dir[0][c] +
                              motion->rotation[r][1] * before.dir[1][c] +
                              motion->rotation[r][2] * before.dir[2][c];
        }
    }
    ot_rigid_apply(motion, before.origin_mm, grid->origin_mm);
}

void ot_rigid_move_region(const struct ot_rigid *motion, struct ot_region *region)
{
    if (region->mask != NULL) {
        ot_rigid_move_grid(motion, &region->mask->grid);
    }
    for (size_t n = 0; n < region->contours.count; n++) {
        const struct ot_contour *contour = &region->contours.contours[n];
        for (size_t p = 0; p < contour->count; p++) {
            ot_rigid_apply(motion, &contour->points_mm[3 * p], &contour->points_mm[3 * p]);
        }
    }
}
