/* segment/iso_contour.c - lines of a slice, framed by zeros so that all close, as contours. */
#include "segment/iso_contour.h"

#ifdef OT_WITH_ITK

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "core/stats.h"
#include "segment/keyhole.h"
#include "segment/shim/itk_contour.h"

static const double half = 0.5;
static const double lowest = 0.2;
static const double highest = 0.8;
static const double good_enough = 0.002; /* of the volume */
enum { FEWEST = 3, TRIALS = 14 };        /* points of a polygon; halvings of the range */

/* The part of the grid that the VOI fills, and one slice of it. */
struct window {
    const struct ot_volume *fraction;
    size_t first[3], n[3];
    float *framed; /* owned; (n[0] + 2) * (n[1] + 2), zeros at the rim */
};

/* Room for `more` contours behind those that are there. */
static enum ot_rc grow(struct ot_contour_set *set, size_t more, struct ot_err *err)
{
    struct ot_contour *contours = OT_NEW(struct ot_contour, set->count + more, err);
    if (contours == NULL) {
        return OT_ERR_NOMEM;
    }
    if (set->count > 0) {
        memcpy(contours, set->contours, set->count * sizeof contours[0]);
    }
    ot_free(set->contours);
    set->contours = contours;
    return OT_OK;
}

/* Area by the cross products of a line's sides, in pixels; a hole runs the other way around. */
static double area_of(const double *uv, size_t points)
{
    double sum = 0.0;
    for (size_t p = 0; p + 1 < points; p++) {
        sum += 0.5 * (uv[2 * p] * uv[2 * p + 3] - uv[2 * p + 2] * uv[2 * p + 1]);
    }
    return sum;
}

/* Line n of slice k in indices of the grid, and its area; the point that closes it again is left
 * out. */
static enum ot_rc add_line(const struct window *window, const struct otx_lines *lines, size_t n,
                           size_t k, struct ot_contour_set *set, double *area, struct ot_err *err)
{
    const size_t points = otx_lines_points(lines, n);
    if (points < FEWEST + 1) {
        return OT_OK;
    }
    enum ot_rc rc = OT_OK;
    double *uv = OT_NEW(double, 2 * points, err);
    double *index = OT_NEW(double, 3 * (points - 1), err);
    if (uv == NULL || index == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    otx_lines_copy(lines, n, uv);
    *area += area_of(uv, points);
    for (size_t p = 0; p + 1 < points; p++) {
        index[3 * p] = uv[2 * p] - 1.0 + (double)window->first[0];
        index[3 * p + 1] = uv[2 * p + 1] - 1.0 + (double)window->first[1];
        index[3 * p + 2] = (double)k;
    }
    set->contours[set->count++] = (struct ot_contour){.points_mm = index, .count = points - 1};
    index = NULL;

done:
    ot_free(index);
    ot_free(uv);
    return rc;
}

static enum ot_rc add_slice(const struct window *window, size_t k, double level,
                            struct ot_contour_set *set, double *area, struct ot_err *err)
{
    const size_t *whole = window->fraction->grid.n;
    const size_t *n = window->n;
    bool any = false;
    for (size_t j = 0; j < n[1]; j++) {
        const float *from = window->fraction->data + window->first[0] +
                            whole[0] * (window->first[1] + j + whole[1] * k);
        float *to = window->framed + 1 + (n[0] + 2) * (j + 1);
        for (size_t i = 0; i < n[0]; i++) {
            to[i] = from[i];
            any = any || (double)from[i] > level;
        }
    }
    if (!any) {
        return OT_OK;
    }
    struct otx_lines *lines = NULL;
    enum ot_rc rc = otx_itk_lines(window->framed, n[0] + 2, n[1] + 2, level, &lines, err);
    if (rc == OT_OK) {
        rc = grow(set, otx_lines_count(lines), err);
    }
    for (size_t c = 0; rc == OT_OK && c < otx_lines_count(lines); c++) {
        rc = add_line(window, lines, c, k, set, area, err);
    }
    otx_lines_destroy(lines);
    return rc;
}

/* The contours of one level instead of those in `set`, and what they enclose, in voxels. */
static enum ot_rc draw(const struct window *window, double level, struct ot_contour_set *set,
                       double *voxels, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    ot_contour_set_release(set);
    *voxels = 0.0;
    for (size_t k = window->first[2]; rc == OT_OK && k < window->first[2] + window->n[2]; k++) {
        rc = add_slice(window, k, level, set, voxels, err);
    }
    *voxels = fabs(*voxels);
    return rc;
}

/* False where the VOI is empty. */
static bool open_window(const struct ot_volume *fraction, struct window *window)
{
    const size_t *n = fraction->grid.n;
    size_t last[3] = {0};
    bool any = false;
    *window = (struct window){.fraction = fraction, .first = {SIZE_MAX, SIZE_MAX, SIZE_MAX}};
    for (size_t x = 0; x < ot_grid_voxel_count(&fraction->grid); x++) {
        const size_t at[3] = {x % n[0], x / n[0] % n[1], x / (n[0] * n[1])};
        for (size_t a = 0; a < 3 && fraction->data[x] > 0.0F; a++) {
            window->first[a] = at[a] < window->first[a] ? at[a] : window->first[a];
            last[a] = at[a] > last[a] ? at[a] : last[a];
            any = true;
        }
    }
    for (size_t a = 0; any && a < 3; a++) {
        window->n[a] = last[a] - window->first[a] + 1;
    }
    return any;
}

/* Halves the range of levels until the volume is right; the greater the level, the less. */
static enum ot_rc search(const struct window *window, struct ot_contour_set *set,
                         struct ot_err *err)
{
    const double wanted =
        ot_sum(window->fraction->data, ot_grid_voxel_count(&window->fraction->grid));
    double low = lowest;
    double high = highest;
    double voxels = 0.0;
    for (int trial = 0; trial < TRIALS; trial++) {
        const double level = 0.5 * (low + high); /* 0.5 at first */
        const enum ot_rc rc = draw(window, level, set, &voxels, err);
        if (rc != OT_OK || fabs(voxels - wanted) <= good_enough * wanted) {
            return rc;
        }
        if (voxels > wanted) {
            low = level;
        } else {
            high = level;
        }
    }
    return draw(window, half, set, &voxels, err);
}

/* Joins the holes of each slice; the contours of a slice stand together. */
static enum ot_rc join_holes(struct ot_contour_set *set, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    size_t kept = 0;
    size_t next = 0;
    for (size_t first = 0; first < set->count; first = next) {
        struct ot_contour *slice = set->contours + first;
        while (next < set->count && set->contours[next].points_mm[2] == slice->points_mm[2]) {
            next++;
        }
        size_t count = next - first;
        if (rc == OT_OK) {
            rc = ot_keyholes(slice, &count, err);
        }
        memmove(set->contours + kept, slice, count * sizeof slice[0]);
        kept += count;
    }
    set->count = kept;
    return rc;
}

static void to_points(const struct ot_grid *grid, struct ot_contour_set *set)
{
    for (size_t c = 0; c < set->count; c++) {
        for (size_t p = 0; p < set->contours[c].count; p++) {
            double *point = set->contours[c].points_mm + 3 * p;
            const double index[3] = {point[0], point[1], point[2]};
            ot_grid_to_point(grid, index, point);
        }
    }
}

enum ot_rc ot_iso_contours(const struct ot_volume *fraction, struct ot_contour_set *out,
                           struct ot_err *err)
{
    struct window window;
    *out = (struct ot_contour_set){0};
    if (!open_window(fraction, &window)) {
        return OT_OK;
    }
    window.framed = OT_NEW(float, (window.n[0] + 2) * (window.n[1] + 2), err);
    enum ot_rc rc = window.framed != NULL ? search(&window, out, err) : OT_ERR_NOMEM;
    ot_free(window.framed);
    if (rc == OT_OK) {
        rc = join_holes(out, err);
    }
    to_points(&fraction->grid, out);
    return rc;
}

#else /* a build for the thread sanitizer: ITK does not accept its compiler */

enum ot_rc ot_iso_contours(const struct ot_volume *fraction, struct ot_contour_set *out,
                           struct ot_err *err)
{
    (void)fraction;
    *out = (struct ot_contour_set){0};
    return ot_fail(err, OT_ERR_UNSUPPORTED, "this build cannot draw contours");
}

#endif
