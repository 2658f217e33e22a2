/* segment/keyhole.c - from the right to the left, so that what a hole meets is joined already. */
#include "segment/keyhole.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/mem.h"

enum { DIMS = 3 };

/* Where the ray from a hole's rightmost point first meets a side. */
struct meeting {
    size_t contour, side; /* the side from point `side` to the next */
    double at[DIMS];
};

static const double *point_of(const struct ot_contour *contour, size_t p)
{
    return contour->points_mm + DIMS * (p % contour->count);
}

/* Twice the area; negative where the contour runs clockwise. */
static double turn_of(const struct ot_contour *contour)
{
    double sum = 0.0;
    for (size_t p = 0; p < contour->count; p++) {
        const double *a = point_of(contour, p);
        const double *b = point_of(contour, p + 1);
        sum += a[0] * b[1] - b[0] * a[1];
    }
    return sum;
}

static size_t rightmost(const struct ot_contour *contour)
{
    size_t best = 0;
    for (size_t p = 1; p < contour->count; p++) {
        best = point_of(contour, p)[0] > point_of(contour, best)[0] ? p : best;
    }
    return best;
}

static double right_of(const struct ot_contour *contour)
{
    return point_of(contour, rightmost(contour))[0];
}

/* The contour farthest to the right of those that turn against `turn`; of all where it is 0.
 * `count` where there is none. */
static size_t farthest(const struct ot_contour *contours, size_t count, double turn)
{
    size_t best = count;
    for (size_t n = 0; n < count; n++) {
        const bool asked = turn == 0.0 || turn_of(&contours[n]) * turn < 0.0;
        if (asked && (best == count || right_of(&contours[n]) > right_of(&contours[best]))) {
            best = n;
        }
    }
    return best;
}

static bool meet(const struct ot_contour *contours, size_t count, size_t hole, const double *from,
                 struct meeting *met)
{
    bool any = false;
    for (size_t n = 0; n < count; n++) {
        for (size_t p = 0; n != hole && p < contours[n].count; p++) {
            const double *a = point_of(&contours[n], p);
            const double *b = point_of(&contours[n], p + 1);
            if ((a[1] > from[1]) == (b[1] > from[1])) {
                continue;
            }
            const double x = a[0] + (from[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
            if (x >= from[0] && (!any || x < met->at[0])) {
                *met = (struct meeting){.contour = n, .side = p, .at = {x, from[1], from[2]}};
                any = true;
            }
        }
    }
    return any;
}

static double *put(double *to, const double *points, size_t count)
{
    memcpy(to, points, DIMS * count * sizeof points[0]);
    return to + DIMS * count;
}

/* The contour that was met, up to the meeting; over the bridge, around the hole from its rightmost
 * point, and back; the rest. */
static enum ot_rc join(struct ot_contour *around, const struct ot_contour *hole,
                       const struct meeting *met, struct ot_err *err)
{
    enum { BRIDGE = 3 }; /* points that stand twice: its end twice more, its begin once more */
    const size_t count = around->count + hole->count + BRIDGE;
    const size_t first = rightmost(hole);
    double *points_mm = OT_NEW(double, DIMS *count, err);
    if (points_mm == NULL) {
        return OT_ERR_NOMEM;
    }
    double *to = put(points_mm, around->points_mm, met->side + 1);
    to = put(to, met->at, 1);
    to = put(to, point_of(hole, first), hole->count - first);
    to = put(to, hole->points_mm, first + 1);
    to = put(to, met->at, 1);
    (void)put(to, around->points_mm + DIMS * (met->side + 1), around->count - met->side - 1);
    ot_free(around->points_mm);
    *around = (struct ot_contour){.points_mm = points_mm, .count = count};
    return OT_OK;
}

enum ot_rc ot_keyholes(struct ot_contour *contours, size_t *count, struct ot_err *err)
{
    if (*count < 2) {
        return OT_OK;
    }
    const double turn = turn_of(&contours[farthest(contours, *count, 0.0)]);
    for (;;) {
        struct meeting met = {0};
        const size_t hole = farthest(contours, *count, turn);
        if (hole == *count) {
            return OT_OK;
        }
        if (!meet(contours, *count, hole, point_of(&contours[hole], rightmost(&contours[hole])),
                  &met)) {
            return ot_fail(err, OT_ERR_EXTERNAL, "a contour's hole lies in no contour");
        }
        const enum ot_rc rc = join(&contours[met.contour], &contours[hole], &met, err);
        if (rc != OT_OK) {
            return rc;
        }
        ot_free(contours[hole].points_mm);
        contours[hole] = contours[--*count];
        contours[*count] = (struct ot_contour){0};
    }
}
