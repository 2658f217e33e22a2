/* segment/planar_roi.c - rectangles and ellipses on a planar view, and their borders. */
#include "segment/planar_roi.h"

#include <math.h>

enum ot_rc ot_planar_roi_add(const struct ot_planar_roi *roi, struct ot_volume *weights,
                             struct ot_err *err)
{
    const size_t *n = weights->grid.n;
    size_t found = 0;
    if (!(roi->x >= 0.0 && roi->y >= 0.0 && roi->x + roi->width <= (double)n[0] &&
          roi->y + roi->height <= (double)n[1])) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "%g,%g,%g,%g reaches beyond the view of %zu by %zu pixels", roi->x, roi->y,
                       roi->width, roi->height, n[0], n[1]);
    }
    for (size_t j = 0; j < n[1]; j++) {
        for (size_t i = 0; i < n[0]; i++) {
            /* -1..1 over the rectangle */
            const double u = 2.0 * ((double)i + 0.5 - roi->x) / roi->width - 1.0;
            const double v = 2.0 * ((double)j + 0.5 - roi->y) / roi->height - 1.0;
            if (roi->ellipse ? u * u + v * v < 1.0 : fabs(u) < 1.0 && fabs(v) < 1.0) {
                weights->data[i + n[0] * j] = 1.0F;
                found++;
            }
        }
    }
    return found > 0 ? OT_OK
                     : ot_fail(err, OT_ERR_GEOMETRY, "%g,%g,%g,%g holds no pixel's center", roi->x,
                               roi->y, roi->width, roi->height);
}

void ot_planar_mirror(struct ot_volume *view)
{
    const size_t *n = view->grid.n;
    for (size_t j = 0; j < n[1]; j++) {
        float *row = view->data + n[0] * j;
        for (size_t i = 0; i < n[0] / 2; i++) {
            const float other = row[n[0] - 1 - i];
            row[n[0] - 1 - i] = row[i];
            row[i] = other;
        }
    }
}

/* Whether a neighbor of pixel (i, j) is in the region (inside) or out of it, the view's own edge
 * being no border. */
static bool has_neighbor(const struct ot_volume *region, size_t i, size_t j, bool inside)
{
    static const ptrdiff_t steps[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
    const size_t *n = region->grid.n;
    for (size_t s = 0; s < 4; s++) {
        const ptrdiff_t x = (ptrdiff_t)i + steps[s][0];
        const ptrdiff_t y = (ptrdiff_t)j + steps[s][1];
        if (x >= 0 && y >= 0 && x < (ptrdiff_t)n[0] && y < (ptrdiff_t)n[1] &&
            (region->data[(size_t)x + n[0] * (size_t)y] > 0.0F) == inside) {
            return true;
        }
    }
    return false;
}

enum ot_rc ot_planar_move_border(const struct ot_volume *region, bool grow,
                                 const struct ot_volume *other, struct ot_volume **out,
                                 struct ot_err *err)
{
    const size_t *n = region->grid.n;
    const enum ot_rc rc = ot_volume_create(&region->grid, OT_UNIT_NONE, out, err);
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t j = 0; j < n[1]; j++) {
        for (size_t i = 0; i < n[0]; i++) {
            const size_t x = i + n[0] * j;
            const bool in = region->data[x] > 0.0F;
            const bool joins =
                grow && !in && !(other->data[x] > 0.0F) && has_neighbor(region, i, j, true);
            const bool leaves = !grow && in && has_neighbor(region, i, j, false);
            (*out)->data[x] = (in && !leaves) || joins ? 1.0F : 0.0F;
        }
    }
    return OT_OK;
}

double ot_planar_correlation(const struct ot_volume *a, const struct ot_volume *b, bool mirrored)
{
    const size_t *n = a->grid.n;
    const size_t count = n[0] * n[1];
    double sum_a = 0.0;
    double sum_b = 0.0;
    for (size_t x = 0; x < count; x++) {
        sum_a += (double)a->data[x];
        sum_b += (double)b->data[x];
    }
    const double mean_a = sum_a / (double)count;
    const double mean_b = sum_b / (double)count;
    double aa = 0.0;
    double bb = 0.0;
    double ab = 0.0;
    for (size_t j = 0; j < n[1]; j++) {
        for (size_t i = 0; i < n[0]; i++) {
            const size_t there = mirrored ? n[0] - 1 - i : i;
            const double p = (double)a->data[i + n[0] * j] - mean_a;
            const double q = (double)b->data[there + n[0] * j] - mean_b;
            aa += p * p;
            bb += q * q;
            ab += p * q;
        }
    }
    return aa > 0.0 && bb > 0.0 ? ab / sqrt(aa * bb) : 0.0;
}
