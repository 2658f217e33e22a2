/* kernels/phantom_section.c - cross-sections of the smooth bodies as polygons. */
#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "kernels/phantom_shape.h"

static const double PI = 3.141592653589793;
enum { MAX_CORNERS = 512 };

struct polygon {
    double xy_mm[2 * MAX_CORNERS][2];
    size_t count;
};

static enum ot_rc add(const struct polygon *polygon, double z_mm, struct ot_contour_set *set,
                      struct ot_err *err)
{
    if (polygon->count < 3) {
        return OT_OK;
    }
    struct ot_contour *grown = OT_NEW(struct ot_contour, set->count + 1, err);
    double *points = OT_NEW(double, 3 * polygon->count, err);
    if (grown == NULL || points == NULL) {
        ot_free(grown);
        ot_free(points);
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < polygon->count; n++) {
        points[3 * n] = polygon->xy_mm[n][0];
        points[3 * n + 1] = polygon->xy_mm[n][1];
        points[3 * n + 2] = z_mm;
    }
    if (set->count > 0) {
        memcpy(grown, set->contours, set->count * sizeof *grown);
    }
    grown[set->count] = (struct ot_contour){.points_mm = points, .count = polygon->count};
    ot_free(set->contours);
    set->contours = grown;
    set->count++;
    return OT_OK;
}

static size_t corners_of(const struct ot_ellipse *ellipse)
{
    const double corner_distance_mm = 1.5;
    const double least = 48.0;
    const double around_mm = PI * (ellipse->semi_mm[0] + ellipse->semi_mm[1]);
    return (size_t)fmin(MAX_CORNERS, fmax(least, ceil(around_mm / corner_distance_mm)));
}

static void point_at(const struct ot_ellipse *ellipse, double angle, double scale, double xy_mm[2])
{
    xy_mm[0] = ellipse->center_mm[0] + scale * ellipse->semi_mm[0] * cos(angle);
    xy_mm[1] = ellipse->center_mm[1] + scale * ellipse->semi_mm[1] * sin(angle);
}

/* A regular n-gon in the unit circle has n/(2 pi) sin(2 pi/n) of its area: its corners are moved
 * out so that the areas are equal. */
static double corner_scale(size_t corners)
{
    const double step = 2.0 * PI / (double)corners;
    return sqrt(step / sin(step));
}

static void trace(const struct ot_ellipse *ellipse, struct polygon *polygon)
{
    polygon->count = corners_of(ellipse);
    const double scale = corner_scale(polygon->count);
    for (size_t n = 0; n < polygon->count; n++) {
        point_at(ellipse, 2.0 * PI * (double)n / (double)polygon->count, scale, polygon->xy_mm[n]);
    }
}

enum ot_rc ot_section_ellipse(const struct ot_ellipse *ellipse, double z_mm,
                              struct ot_contour_set *set, struct ot_err *err)
{
    struct polygon polygon;
    trace(ellipse, &polygon);
    return add(&polygon, z_mm, set, err);
}

/* Sutherland and Hodgman's step for one edge of the clipping region. */
enum ot_rc ot_section_part(const struct ot_ellipse *ellipse, const struct ot_halfspace *half,
                           double z_mm, struct ot_contour_set *set, struct ot_err *err)
{
    struct polygon whole;
    struct polygon part = {.count = 0};
    trace(ellipse, &whole);
    for (size_t n = 0; n < whole.count; n++) {
        const double *from = whole.xy_mm[n];
        const double *to = whole.xy_mm[(n + 1) % whole.count];
        const double rest = half->normal[2] * z_mm - half->offset_mm;
        const double h_from = half->normal[0] * from[0] + half->normal[1] * from[1] + rest;
        const double h_to = half->normal[0] * to[0] + half->normal[1] * to[1] + rest;
        if (h_from >= 0.0) {
            memcpy(part.xy_mm[part.count++], from, sizeof part.xy_mm[0]);
        }
        if ((h_from >= 0.0) != (h_to >= 0.0)) {
            const double t = h_from / (h_from - h_to);
            part.xy_mm[part.count][0] = from[0] + t * (to[0] - from[0]);
            part.xy_mm[part.count][1] = from[1] + t * (to[1] - from[1]);
            part.count++;
        }
    }
    return add(&part, z_mm, set, err);
}

static bool in_ellipse(const struct ot_ellipse *ellipse, const double xy_mm[2])
{
    double sum = 0.0;
    for (size_t r = 0; r < 2; r++) {
        const double u = (xy_mm[r] - ellipse->center_mm[r]) / ellipse->semi_mm[r];
        sum += u * u;
    }
    return sum <= 1.0;
}

static double angle_on(const struct ot_ellipse *ellipse, const double xy_mm[2])
{
    return atan2((xy_mm[1] - ellipse->center_mm[1]) / ellipse->semi_mm[1],
                 (xy_mm[0] - ellipse->center_mm[0]) / ellipse->semi_mm[0]);
}

/* The angle on `ellipse` between `outside` and `inside` at which it enters `hole`. */
static double crossing(const struct ot_ellipse *ellipse, const struct ot_ellipse *hole,
                       double outside, double inside)
{
    for (int step = 0; step < 60; step++) {
        const double middle = 0.5 * (outside + inside);
        double xy_mm[2];
        point_at(ellipse, middle, 1.0, xy_mm);
        if (in_ellipse(hole, xy_mm)) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    return outside;
}

/* One piece: along `ellipse` from angle `first` to `last`, back along the border of `hole`. */
static void trace_piece(const struct ot_ellipse *ellipse, const struct ot_ellipse *hole,
                        double first, double last, struct polygon *piece)
{
    const size_t corners = corners_of(ellipse) / 2;
    piece->count = 0;
    for (size_t n = 0; n <= corners; n++) {
        point_at(ellipse, first + (last - first) * (double)n / (double)corners, 1.0,
                 piece->xy_mm[piece->count++]);
    }
    double ends[2][2];
    point_at(ellipse, last, 1.0, ends[0]);
    point_at(ellipse, first, 1.0, ends[1]);
    const double from = angle_on(hole, ends[0]);
    double to = angle_on(hole, ends[1]);
    /* The border of the hole that lies inside the ellipse: walked the other way round. */
    if (to > from) {
        to -= 2.0 * PI;
    }
    const size_t back = corners_of(hole) / 2;
    for (size_t n = 1; n < back; n++) {
        point_at(hole, from + (to - from) * (double)n / (double)back, 1.0,
                 piece->xy_mm[piece->count++]);
    }
}

enum ot_rc ot_section_without(const struct ot_ellipse *ellipse, const struct ot_ellipse *hole,
                              double z_mm, struct ot_contour_set *set, struct ot_err *err)
{
    enum { LOOKS = 720 };
    const double step = 2.0 * PI / LOOKS;
    bool covered[LOOKS];
    size_t first_covered = LOOKS;
    size_t covered_count = 0;
    for (size_t n = 0; n < LOOKS; n++) {
        double xy_mm[2];
        point_at(ellipse, step * (double)n, 1.0, xy_mm);
        covered[n] = in_ellipse(hole, xy_mm);
        if (covered[n]) {
            covered_count++;
            first_covered = first_covered < n ? first_covered : n;
        }
    }
    if (covered_count == LOOKS) {
        return OT_OK;
    }
    if (covered_count == 0) {
        enum ot_rc rc = ot_section_ellipse(ellipse, z_mm, set, err);
        if (rc == OT_OK && in_ellipse(ellipse, hole->center_mm)) {
            rc = ot_section_ellipse(hole, z_mm, set, err);
        }
        return rc;
    }
    /* From a covered place once around: every run of open places is one piece. */
    enum ot_rc rc = OT_OK;
    for (size_t n = first_covered; rc == OT_OK && n < first_covered + LOOKS;) {
        size_t end = n + 1;
        if (covered[n % LOOKS] && !covered[end % LOOKS]) {
            while (!covered[end % LOOKS]) {
                end++;
            }
            const double first = crossing(ellipse, hole, step * (double)(n + 1), step * (double)n);
            const double last =
                crossing(ellipse, hole, step * (double)(end - 1), step * (double)end);
            struct polygon piece;
            trace_piece(ellipse, hole, first, last, &piece);
            rc = add(&piece, z_mm, set, err);
        }
        n = end;
    }
    return rc;
}
