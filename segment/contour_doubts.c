/* segment/contour_doubts.c - crossing sides by two areas; gaps by the planes' distances. */
#include "segment/contour_doubts.h"

#include <math.h>
#include <stdbool.h>

#include "core/mem.h"
#include "segment/contour_planes.h"
#include "segment/polygon.h"

static const double SAME_AREA = 1e-3;

/* The contour in its plane, scaled to its box: the unit square. False where it has no extent. */
static bool to_unit_square(const struct ot_contour *contour, const struct ot_contour_frame *frame,
                           double *uv)
{
    double low[2] = {INFINITY, INFINITY};
    double high[2] = {-INFINITY, -INFINITY};
    for (size_t n = 0; n < contour->count; n++) {
        const double *point = contour->points_mm + 3 * n;
        for (size_t axis = 0; axis < 2; axis++) {
            const double *along = frame->in_plane[axis];
            uv[2 * n + axis] = along[0] * point[0] + along[1] * point[1] + along[2] * point[2];
            low[axis] = fmin(low[axis], uv[2 * n + axis]);
            high[axis] = fmax(high[axis], uv[2 * n + axis]);
        }
    }
    if (!(high[0] > low[0] && high[1] > low[1])) {
        return false;
    }
    for (size_t n = 0; n < 2 * contour->count; n++) {
        uv[n] = (uv[n] - low[n % 2]) / (high[n % 2] - low[n % 2]);
    }
    return true;
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

static enum ot_rc crosses_itself(const struct ot_contour *contour,
                                 const struct ot_contour_frame *frame, bool *crosses,
                                 struct ot_err *err)
{
    struct ot_edges edges = {0};
    double *uv = OT_NEW(double, 2 * contour->count, err);
    enum ot_rc rc = uv != NULL ? ot_edges_init(&edges, contour->count, err) : OT_ERR_NOMEM;
    *crosses = false;
    if (rc == OT_OK && to_unit_square(contour, frame, uv)) {
        ot_edges_add(&edges, uv, contour->count);
        rc = ot_edges_finish(&edges, err);
        const double area = ot_edges_area(&edges);
        *crosses = fabs(area - circulation_area(uv, contour->count)) > SAME_AREA * area;
    }
    ot_edges_release(&edges);
    ot_free(uv);
    return rc;
}

enum ot_rc ot_contour_doubts(const struct ot_contour_set *set, const char *name,
                             struct ot_texts *warnings, struct ot_err *err)
{
    struct ot_contour_planes *planes = NULL;
    size_t crossing = 0;
    enum ot_rc rc = ot_contour_planes_create(set, 0.0, &planes, err);
    for (size_t n = 0; rc == OT_OK && n < set->count; n++) {
        bool crosses = false;
        rc = crosses_itself(&set->contours[n], &planes->frame, &crosses, err);
        crossing += crosses;
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
    ot_contour_planes_destroy(planes);
    return rc;
}
