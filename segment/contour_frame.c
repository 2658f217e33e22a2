/* segment/contour_frame.c - the common plane of a set of contours. */
#include "segment/contour_frame.h"

#include <math.h>
#include <string.h>

static const double PLANAR_TOL_MM = 0.1;

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

/* Twice the vector area about the first point, so that large coordinates cost no digits. Where
 * the parts of a crossing polygon cancel, that of its largest triangle. */
static void area_vector(const struct ot_contour *contour, double area[3])
{
    static const double cancelled = 0.05;
    const double *origin = contour->points_mm;
    double largest[3] = {0.0, 0.0, 0.0};
    area[0] = area[1] = area[2] = 0.0;
    for (size_t n = 1; n + 1 < contour->count; n++) {
        double a[3];
        double b[3];
        double part[3];
        for (size_t r = 0; r < 3; r++) {
            a[r] = contour->points_mm[3 * n + r] - origin[r];
            b[r] = contour->points_mm[3 * n + 3 + r] - origin[r];
        }
        cross(a, b, part);
        if (dot(part, part) > dot(largest, largest)) {
            memcpy(largest, part, sizeof largest);
        }
        for (size_t r = 0; r < 3; r++) {
            area[r] += part[r];
        }
    }
    if (dot(area, area) < cancelled * cancelled * dot(largest, largest)) {
        memcpy(area, largest, sizeof largest);
    }
}

static enum ot_rc check_points(const struct ot_contour_set *set, struct ot_err *err)
{
    if (set->count == 0) {
        return ot_fail(err, OT_ERR_FORMAT, "the region has no contours");
    }
    for (size_t n = 0; n < set->count; n++) {
        const struct ot_contour *contour = &set->contours[n];
        if (contour->count < 3) {
            return ot_fail(err, OT_ERR_FORMAT, "contour %zu has %zu points, needs 3 at least",
                           n + 1, contour->count);
        }
        for (size_t x = 0; x < 3 * contour->count; x++) {
            if (!isfinite(contour->points_mm[x])) {
                return ot_fail(err, OT_ERR_FORMAT, "contour %zu has a point that is not finite",
                               n + 1);
            }
        }
    }
    return OT_OK;
}

/* The area-weighted mean normal, pointing up along its greatest component. */
static enum ot_rc find_normal(const struct ot_contour_set *set, struct ot_contour_frame *frame,
                              struct ot_err *err)
{
    double sum[3] = {0.0, 0.0, 0.0};
    for (size_t n = 0; n < set->count; n++) {
        double area[3];
        area_vector(&set->contours[n], area);
        const double turn = dot(area, sum) < 0.0 ? -1.0 : 1.0;
        for (size_t r = 0; r < 3; r++) {
            sum[r] += turn * area[r];
        }
    }
    const double size = sqrt(dot(sum, sum));
    if (!(size > 0.0)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "the region's contours enclose no area");
    }
    for (size_t r = 0; r < 3; r++) {
        frame->normal[r] = sum[r] / size;
    }
    size_t greatest = 0;
    for (size_t r = 1; r < 3; r++) {
        if (fabs(frame->normal[r]) > fabs(frame->normal[greatest]) + 1e-9) {
            greatest = r;
        }
    }
    const double turn = frame->normal[greatest] < 0.0 ? -1.0 : 1.0;
    for (size_t r = 0; r < 3; r++) {
        frame->normal[r] *= turn;
    }
    /* In-plane axes from the patient axis that is farthest from the normal. */
    const size_t start = (greatest + 1) % 3;
    double axis[3] = {start == 0, start == 1, start == 2};
    cross(frame->normal, axis, frame->in_plane[1]);
    const double length = sqrt(dot(frame->in_plane[1], frame->in_plane[1]));
    for (size_t r = 0; r < 3; r++) {
        frame->in_plane[1][r] /= length;
    }
    cross(frame->in_plane[1], frame->normal, frame->in_plane[0]);
    return OT_OK;
}

static void spread_along(const struct ot_contour *contour, const double direction[3], double *mean,
                         double *deviation)
{
    double sum = 0.0;
    double low = INFINITY;
    double high = -INFINITY;
    for (size_t n = 0; n < contour->count; n++) {
        const double at = dot(direction, contour->points_mm + 3 * n);
        sum += at;
        low = fmin(low, at);
        high = fmax(high, at);
    }
    *mean = sum / (double)contour->count;
    *deviation = fmax(high - *mean, *mean - low);
}

static double own_deviation_mm(const struct ot_contour *contour)
{
    double own[3];
    double mean_mm = 0.0;
    double deviation_mm = 0.0;
    area_vector(contour, own);
    const double size = sqrt(dot(own, own));
    if (!(size > 0.0)) {
        return 0.0;
    }
    for (size_t r = 0; r < 3; r++) {
        own[r] /= size;
    }
    spread_along(contour, own, &mean_mm, &deviation_mm);
    return deviation_mm;
}

/* A contour that is bent turns the common normal too: look for it first. */
static enum ot_rc check_planar(const struct ot_contour_set *set, const double normal[3],
                               struct ot_err *err)
{
    size_t turned = set->count;
    double turned_mm = 0.0;
    for (size_t n = 0; n < set->count; n++) {
        double mean_mm = 0.0;
        double deviation_mm = 0.0;
        spread_along(&set->contours[n], normal, &mean_mm, &deviation_mm);
        if (deviation_mm <= PLANAR_TOL_MM) {
            continue;
        }
        const double own_mm = own_deviation_mm(&set->contours[n]);
        if (own_mm > PLANAR_TOL_MM) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "contour %zu is not planar: a point is %.2f mm off its plane (limit "
                           "%.1f mm)",
                           n + 1, own_mm, PLANAR_TOL_MM);
        }
        if (turned == set->count) {
            turned = n;
            turned_mm = deviation_mm;
        }
    }
    if (turned < set->count) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "contour %zu lies in a plane that is not parallel to the others, by %.2f "
                       "mm over its extent (limit %.1f mm)",
                       turned + 1, turned_mm, PLANAR_TOL_MM);
    }
    return OT_OK;
}

enum ot_rc ot_contour_frame_find(const struct ot_contour_set *set, struct ot_contour_frame *frame,
                                 struct ot_err *err)
{
    enum ot_rc rc = check_points(set, err);
    if (rc == OT_OK) {
        rc = find_normal(set, frame, err);
    }
    if (rc == OT_OK) {
        rc = check_planar(set, frame->normal, err);
    }
    return rc;
}

double ot_contour_position_mm(const struct ot_contour *contour,
                              const struct ot_contour_frame *frame)
{
    double position_mm = 0.0;
    double deviation_mm = 0.0;
    spread_along(contour, frame->normal, &position_mm, &deviation_mm);
    return position_mm;
}
