/* segment/contour_doubts.c - crossing sides by two areas; gaps by the planes' distances. */
#include "segment/contour_doubts.h"

#include <math.h>
#include <stdbool.h>

#include "core/mem.h"
#include "segment/polygon.h"

static const double SAME_AREA = 1e-3;

struct box2 {
    double low[2], high[2];
};

/* The contour in its plane, in mm; what box it fills there. */
static struct box2 to_plane(const struct ot_contour *contour, const struct ot_contour_frame *frame,
                            double *uv_mm)
{
    struct box2 box = {{INFINITY, INFINITY}, {-INFINITY, -INFINITY}};
    for (size_t n = 0; n < contour->count; n++) {
        const double *point = contour->points_mm + 3 * n;
        for (size_t axis = 0; axis < 2; axis++) {
            const double *along = frame->in_plane[axis];
            const double at = along[0] * point[0] + along[1] * point[1] + along[2] * point[2];
            uv_mm[2 * n + axis] = at;
            box.low[axis] = fmin(box.low[axis], at);
            box.high[axis] = fmax(box.high[axis], at);
        }
    }
    return box;
}

/* From its box to the unit square. */
static void to_unit_square(const struct box2 *box, size_t count, double *uv)
{
    for (size_t n = 0; n < 2 * count; n++) {
        uv[n] = (uv[n] - box->low[n % 2]) / (box->high[n % 2] - box->low[n % 2]);
    }
}

/* What is enclosed counted by how often, and with its sense of rotation. */
static double circulation_area(const double *uv, size_t count)
{
    double twice = 0.0;
    for (size_t n = 0; n < count; n++) {
        const double *a = uv + 2 * n;
        const double *b = uv + 2 * ((n + 1) % count);
        twice += a[0] * b[1] - b[0] * a[1];
    }
    return fabs(0.5 * twice);
}

static enum ot_rc even_odd_area(const double *uv, size_t count, double *area, struct ot_err *err)
{
    struct ot_edges edges = {0};
    enum ot_rc rc = ot_edges_init(&edges, count, err);
    if (rc == OT_OK) {
        ot_edges_add(&edges, uv, count);
        rc = ot_edges_finish(&edges, err);
    }
    *area = rc == OT_OK ? ot_edges_area(&edges) : 0.0;
    ot_edges_release(&edges);
    return rc;
}

/* area_mm2: of the plane, even-odd, where the contour is alone in it; NAN: it is not. */
static enum ot_rc crosses_itself(const struct ot_contour *contour,
                                 const struct ot_contour_frame *frame, double area_mm2,
                                 bool *crosses, struct ot_err *err)
{
    double *uv = OT_NEW(double, 2 * contour->count, err);
    enum ot_rc rc = uv != NULL ? OT_OK : OT_ERR_NOMEM;
    *crosses = false;
    if (rc != OT_OK) {
        return rc;
    }
    const struct box2 box = to_plane(contour, frame, uv);
    const double box_mm2 = (box.high[0] - box.low[0]) * (box.high[1] - box.low[1]);
    if (box_mm2 > 0.0) {
        to_unit_square(&box, contour->count, uv);
        double area = area_mm2 / box_mm2;
        if (isnan(area)) {
            rc = even_odd_area(uv, contour->count, &area, err);
        }
        *crosses = fabs(area - circulation_area(uv, contour->count)) > SAME_AREA * area;
    }
    ot_free(uv);
    return rc;
}

/* How many of the contours of a plane cross themselves. */
static enum ot_rc add_crossing(const struct ot_contour_set *set,
                               const struct ot_contour_planes *planes,
                               const struct ot_contour_plane *plane, size_t *crossing,
                               struct ot_err *err)
{
    const double area_mm2 = plane->count == 1 ? plane->area_mm2 : (double)NAN;
    enum ot_rc rc = OT_OK;
    for (size_t c = plane->first; rc == OT_OK && c < plane->first + plane->count; c++) {
        bool crosses = false;
        rc = crosses_itself(&set->contours[planes->order[c]], &planes->frame, area_mm2, &crosses,
                            err);
        *crossing += crosses;
    }
    return rc;
}

enum ot_rc ot_contour_doubts(const struct ot_contour_set *set,
                             const struct ot_contour_planes *planes, const char *name,
                             struct ot_texts *warnings, struct ot_err *err)
{
    size_t crossing = 0;
    enum ot_rc rc = OT_OK;
    for (size_t p = 0; rc == OT_OK && p < planes->count; p++) {
        rc = add_crossing(set, planes, &planes->plane[p], &crossing, err);
    }
    if (rc == OT_OK && crossing > 0) {
        (void)ot_texts_add(warnings,
                           "VOI %s: %zu of its %zu contours cross themselves; what they enclose "
                           "follows the even-odd rule, and what is enclosed twice is outside",
                           name, crossing, set->count);
    }
    if (rc == OT_OK && planes->joined_gaps > 0) {
        (void)ot_texts_add(warnings,
                           "VOI %s: contours are missing in %zu places, %.1f mm apart at most "
                           "where %.1f mm are usual; their neighbors fill them half way each",
                           name, planes->joined_gaps, planes->widest_gap_mm, planes->spacing_mm);
    }
    return rc;
}
