/* segment/contour_planes.c - planes and slabs of a contour set. */
#include "segment/contour_planes.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/mem.h"
#include "segment/polygon.h"

static const double SAME_PLANE_MM = 0.05;
static const double UNUSUAL = 1.5; /* times the usual distance: a slice may be missing */
static const double MISSING = 4.0; /* times the usual distance: too many are */
static const double MM3_PER_ML = 1000.0;

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

struct placed {
    double position_mm;
    size_t contour;
};

static int by_position(const void *a, const void *b)
{
    const struct placed *x = (const struct placed *)a;
    const struct placed *y = (const struct placed *)b;
    if (x->position_mm != y->position_mm) {
        return x->position_mm < y->position_mm ? -1 : 1;
    }
    return (x->contour > y->contour) - (x->contour < y->contour);
}

static void group(const struct ot_contour_set *set, struct ot_contour_planes *planes,
                  struct placed *placed)
{
    for (size_t n = 0; n < set->count; n++) {
        placed[n].contour = n;
        placed[n].position_mm = ot_contour_position_mm(&set->contours[n], &planes->frame);
    }
    qsort(placed, set->count, sizeof *placed, by_position);
    for (size_t n = 0; n < set->count; n++) {
        planes->order[n] = placed[n].contour;
        if (n == 0 || placed[n].position_mm - placed[n - 1].position_mm > SAME_PLANE_MM) {
            planes->plane[planes->count++].first = n;
        }
        struct ot_contour_plane *plane = &planes->plane[planes->count - 1];
        plane->count++;
        plane->position_mm += placed[n].position_mm;
    }
    for (size_t p = 0; p < planes->count; p++) {
        planes->plane[p].position_mm /= (double)planes->plane[p].count;
    }
}

/* Range of a plane's points along the two in-plane axes, and their mean. */
static void plane_box(const struct ot_contour_set *set, const struct ot_contour_planes *planes,
                      struct ot_contour_plane *plane, double low[2], double high[2])
{
    size_t points = 0;
    low[0] = low[1] = INFINITY;
    high[0] = high[1] = -INFINITY;
    for (size_t r = 0; r < 3; r++) {
        plane->center_mm[r] = 0.0;
    }
    for (size_t c = plane->first; c < plane->first + plane->count; c++) {
        const struct ot_contour *contour = &set->contours[planes->order[c]];
        for (size_t n = 0; n < contour->count; n++) {
            const double *point = contour->points_mm + 3 * n;
            for (size_t axis = 0; axis < 2; axis++) {
                const double at = dot(planes->frame.in_plane[axis], point);
                low[axis] = fmin(low[axis], at);
                high[axis] = fmax(high[axis], at);
            }
            for (size_t r = 0; r < 3; r++) {
                plane->center_mm[r] += point[r];
            }
        }
        points += contour->count;
    }
    for (size_t r = 0; r < 3; r++) {
        plane->center_mm[r] /= (double)points;
    }
}

/* Even-odd area of a plane: of its polygons in the unit of their box. */
static enum ot_rc plane_area(const struct ot_contour_set *set,
                             const struct ot_contour_planes *planes, struct ot_contour_plane *plane,
                             const double low[2], const double high[2], struct ot_err *err)
{
    struct ot_edges edges = {0};
    double *uv = NULL;
    size_t points = 0;
    size_t most = 0;
    for (size_t c = plane->first; c < plane->first + plane->count; c++) {
        const size_t count = set->contours[planes->order[c]].count;
        points += count;
        most = count > most ? count : most;
    }
    const double size[2] = {high[0] - low[0], high[1] - low[1]};
    enum ot_rc rc = OT_OK;
    if (!(size[0] > 0.0 && size[1] > 0.0)) {
        return OT_OK; /* area 0 */
    }
    uv = OT_NEW(double, 2 * most, err);
    rc = uv != NULL ? ot_edges_init(&edges, points, err) : OT_ERR_NOMEM;
    if (rc != OT_OK) {
        goto done;
    }
    for (size_t c = plane->first; c < plane->first + plane->count; c++) {
        const struct ot_contour *contour = &set->contours[planes->order[c]];
        for (size_t n = 0; n < contour->count; n++) {
            for (size_t axis = 0; axis < 2; axis++) {
                const double at = dot(planes->frame.in_plane[axis], contour->points_mm + 3 * n);
                uv[2 * n + axis] = (at - low[axis]) / size[axis];
            }
        }
        ot_edges_add(&edges, uv, contour->count);
    }
    rc = ot_edges_finish(&edges, err);
    if (rc != OT_OK) {
        goto done;
    }
    plane->area_mm2 = ot_edges_area(&edges) * size[0] * size[1];

done:
    ot_edges_release(&edges);
    ot_free(uv);
    return rc;
}

struct box2 {
    double low[2], high[2];
};

static bool boxes_overlap(const struct box2 *a, const struct box2 *b)
{
    return a->low[0] < b->high[0] && b->low[0] < a->high[0] && a->low[1] < b->high[1] &&
           b->low[1] < a->high[1];
}

static int by_value(const void *a, const void *b)
{
    const double *x = (const double *)a;
    const double *y = (const double *)b;
    return (*x > *y) - (*x < *y);
}

static double gap_above(const struct ot_contour_planes *planes, size_t p)
{
    return planes->plane[p + 1].position_mm - planes->plane[p].position_mm;
}

static double usual_distance(const struct ot_contour_planes *planes, double *sorted)
{
    const size_t gaps = planes->count - 1;
    for (size_t p = 0; p < gaps; p++) {
        sorted[p] = gap_above(planes, p);
    }
    qsort(sorted, gaps, sizeof *sorted, by_value);
    return sorted[(gaps - 1) / 2];
}

/* How far a slab reaches at an end of its part: as far as on its other side, if that is usual. */
static double end_reach(const struct ot_contour_planes *planes, double other_reach_mm)
{
    const bool usual = 2.0 * other_reach_mm <= UNUSUAL * planes->spacing_mm;
    return other_reach_mm > 0.0 && usual ? other_reach_mm : 0.5 * planes->spacing_mm;
}

static enum ot_rc make_slabs(struct ot_contour_planes *planes, const struct box2 *boxes,
                             struct ot_err *err)
{
    for (size_t p = 0; p < planes->count; p++) {
        planes->plane[p].low_mm = planes->plane[p].position_mm;
        planes->plane[p].high_mm = planes->plane[p].position_mm;
    }
    for (size_t p = 0; p + 1 < planes->count; p++) {
        const double gap_mm = gap_above(planes, p);
        const bool unusual = gap_mm > UNUSUAL * planes->spacing_mm;
        if (unusual && !boxes_overlap(&boxes[p], &boxes[p + 1])) {
            planes->open_gaps++;
            continue;
        }
        if (gap_mm > MISSING * planes->spacing_mm) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "no contours for %.1f mm between planes that are %.1f mm apart "
                           "elsewhere; draw the missing slices or split the region",
                           gap_mm, planes->spacing_mm);
        }
        planes->joined_gaps += unusual;
        planes->widest_gap_mm = fmax(planes->widest_gap_mm, gap_mm);
        planes->plane[p].high_mm += 0.5 * gap_mm;
        planes->plane[p + 1].low_mm -= 0.5 * gap_mm;
    }
    for (size_t p = 0; p < planes->count; p++) {
        struct ot_contour_plane *plane = &planes->plane[p];
        const double down_mm = plane->position_mm - plane->low_mm;
        const double up_mm = plane->high_mm - plane->position_mm;
        plane->low_mm -= down_mm > 0.0 ? 0.0 : end_reach(planes, up_mm);
        plane->high_mm += up_mm > 0.0 ? 0.0 : end_reach(planes, down_mm);
    }
    return OT_OK;
}

static void measure(struct ot_contour_planes *planes, const struct box2 *boxes)
{
    for (size_t axis = 0; axis < 2; axis++) {
        planes->box_low_mm[axis] = INFINITY;
        planes->box_high_mm[axis] = -INFINITY;
        for (size_t p = 0; p < planes->count; p++) {
            planes->box_low_mm[axis] = fmin(planes->box_low_mm[axis], boxes[p].low[axis]);
            planes->box_high_mm[axis] = fmax(planes->box_high_mm[axis], boxes[p].high[axis]);
        }
    }
    planes->box_low_mm[2] = planes->plane[0].low_mm;
    planes->box_high_mm[2] = planes->plane[planes->count - 1].high_mm;
    for (size_t p = 0; p < planes->count; p++) {
        const struct ot_contour_plane *plane = &planes->plane[p];
        planes->volume_ml += plane->area_mm2 * (plane->high_mm - plane->low_mm) / MM3_PER_ML;
    }
}

static enum ot_rc find_planes(const struct ot_contour_set *set, double slice_mm,
                              struct ot_contour_planes *planes, struct ot_err *err)
{
    struct placed *placed = OT_NEW(struct placed, set->count, err);
    struct box2 *boxes = placed != NULL ? OT_NEW(struct box2, set->count, err) : NULL;
    double *gaps = boxes != NULL ? OT_NEW(double, set->count, err) : NULL;
    enum ot_rc rc = gaps != NULL ? OT_OK : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        group(set, planes, placed);
    }
    for (size_t p = 0; rc == OT_OK && p < planes->count; p++) {
        plane_box(set, planes, &planes->plane[p], boxes[p].low, boxes[p].high);
        rc = plane_area(set, planes, &planes->plane[p], boxes[p].low, boxes[p].high, err);
    }
    if (rc == OT_OK && planes->count == 1 && !(slice_mm > 0.0)) {
        rc = ot_fail(err, OT_ERR_GEOMETRY,
                     "all contours lie in one plane, so that the thickness is not known; draw "
                     "two slices or more");
    }
    if (rc == OT_OK) {
        planes->spacing_mm = planes->count > 1 ? usual_distance(planes, gaps) : slice_mm;
        rc = make_slabs(planes, boxes, err);
    }
    if (rc == OT_OK) {
        measure(planes, boxes);
        if (!(planes->volume_ml > 0.0)) {
            rc = ot_fail(err, OT_ERR_GEOMETRY, "the region's contours enclose no area");
        }
    }
    ot_free(gaps);
    ot_free(boxes);
    ot_free(placed);
    return rc;
}

enum ot_rc ot_contour_planes_create(const struct ot_contour_set *set, double slice_mm,
                                    struct ot_contour_planes **out, struct ot_err *err)
{
    struct ot_contour_planes *planes = NULL;
    struct ot_contour_frame frame;
    *out = NULL;
    enum ot_rc rc = ot_contour_frame_find(set, &frame, err);
    if (rc != OT_OK) {
        return rc;
    }
    planes = OT_NEW(struct ot_contour_planes, 1, err);
    if (planes == NULL) {
        return OT_ERR_NOMEM;
    }
    planes->frame = frame;
    planes->plane = OT_NEW(struct ot_contour_plane, set->count, err);
    planes->order = planes->plane != NULL ? OT_NEW(size_t, set->count, err) : NULL;
    rc = planes->order != NULL ? find_planes(set, slice_mm, planes, err) : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        *out = planes;
        planes = NULL;
    }
    ot_contour_planes_destroy(planes);
    return rc;
}

void ot_contour_planes_destroy(struct ot_contour_planes *planes)
{
    if (planes != NULL) {
        ot_free(planes->plane);
        ot_free(planes->order);
        ot_free(planes);
    }
}
