/* segment/surface.c - points of a surface, widths, distances. */
#include "segment/surface.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "segment/shim/itk_distance.h"

enum { DIRECTIONS = 2048, FOLLOW_MOST = 32 };
static const float LEVEL = 0.5F;

static float value_at(const struct ot_volume *region, const size_t at[3], size_t axis, int step)
{
    const size_t *n = region->grid.n;
    size_t moved[3] = {at[0], at[1], at[2]};
    if (step < 0 ? at[axis] == 0 : at[axis] + 1 == n[axis]) {
        return 0.0F;
    }
    moved[axis] = step < 0 ? at[axis] - 1 : at[axis] + 1;
    return region->data[moved[0] + n[0] * (moved[1] + n[1] * moved[2])];
}

/* The cuts of the surface with the six lines from one voxel that it holds by half to neighbors
 * that it does not; adds them where there is room (points NULL: only counts). */
static size_t add_cuts(const struct ot_volume *region, const size_t at[3], float here,
                       double *point_mm)
{
    size_t count = 0;
    for (size_t axis = 0; axis < 3; axis++) {
        for (int step = -1; step <= 1; step += 2) {
            const float there = value_at(region, at, axis, step);
            if (there >= LEVEL) {
                continue;
            }
            if (point_mm != NULL) {
                double index[3] = {(double)at[0], (double)at[1], (double)at[2]};
                index[axis] += step * (double)(here - LEVEL) / (double)(here - there);
                ot_grid_to_point(&region->grid, index, &point_mm[3 * count]);
            }
            count++;
        }
    }
    return count;
}

static size_t walk(const struct ot_volume *region, double *point_mm)
{
    const size_t *n = region->grid.n;
    size_t count = 0;
    size_t x = 0;
    for (size_t k = 0; k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            for (size_t i = 0; i < n[0]; i++, x++) {
                if (region->data[x] >= LEVEL) {
                    const size_t at[3] = {i, j, k};
                    count += add_cuts(region, at, region->data[x],
                                      point_mm != NULL ? &point_mm[3 * count] : NULL);
                }
            }
        }
    }
    return count;
}

enum ot_rc ot_surface_make(const struct ot_volume *region, struct ot_surface *out,
                           struct ot_err *err)
{
    *out = (struct ot_surface){.count = walk(region, NULL)};
    if (out->count == 0) {
        return OT_OK;
    }
    out->point_mm = OT_NEW(double, 3 * out->count, err);
    if (out->point_mm == NULL) {
        out->count = 0;
        return OT_ERR_NOMEM;
    }
    (void)walk(region, out->point_mm);
    return OT_OK;
}

void ot_surface_release(struct ot_surface *surface)
{
    ot_free(surface->point_mm);
    *surface = (struct ot_surface){0};
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static double distance2(const double a[3], const double b[3])
{
    const double d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
    return dot(d, d);
}

/* The points that reach farthest along a direction, both ways. */
static void extremes(const struct ot_surface *surface, const double along[3], size_t end[2])
{
    double low = INFINITY;
    double high = -INFINITY;
    for (size_t n = 0; n < surface->count; n++) {
        const double at = dot(&surface->point_mm[3 * n], along);
        if (at < low) {
            low = at;
            end[0] = n;
        }
        if (at > high) {
            high = at;
            end[1] = n;
        }
    }
}

/* Even points of the half sphere, by the golden angle. */
static void direction(size_t n, double along[3])
{
    static const double golden_rad = 2.399963229728653;
    const double z = ((double)n + 0.5) / DIRECTIONS;
    const double r = sqrt(1.0 - z * z);
    along[0] = r * cos(golden_rad * (double)n);
    along[1] = r * sin(golden_rad * (double)n);
    along[2] = z;
}

double ot_surface_diameter_mm(const struct ot_surface *surface)
{
    double best2 = 0.0;
    size_t best[2] = {0, 0};
    for (size_t n = 0; n < DIRECTIONS && surface->count > 0; n++) {
        double along[3];
        size_t end[2] = {0, 0};
        direction(n, along);
        extremes(surface, along, end);
        const double d2 = distance2(&surface->point_mm[3 * end[0]], &surface->point_mm[3 * end[1]]);
        if (d2 > best2) {
            best2 = d2;
            memcpy(best, end, sizeof best);
        }
    }
    /* The line of the two points is a better direction than the one that found them. */
    for (int n = 0; n < FOLLOW_MOST && best2 > 0.0; n++) {
        const double *a = &surface->point_mm[3 * best[0]];
        const double *b = &surface->point_mm[3 * best[1]];
        const double along[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
        size_t end[2] = {0, 0};
        extremes(surface, along, end);
        const double d2 = distance2(&surface->point_mm[3 * end[0]], &surface->point_mm[3 * end[1]]);
        if (!(d2 > best2)) {
            break;
        }
        best2 = d2;
        memcpy(best, end, sizeof best);
    }
    return sqrt(best2);
}

/* The fraction at a point, linear between voxel centers; 0 beyond the image. */
static double fraction_at(const struct ot_volume *volume, const double point_mm[3])
{
    const size_t *n = volume->grid.n;
    double index[3];
    double sum = 0.0;
    ot_grid_to_index(&volume->grid, point_mm, index);
    for (unsigned corner = 0; corner < 8; corner++) {
        double weight = 1.0;
        size_t x = 0;
        for (size_t c = 3; c-- > 0;) {
            const double low = floor(index[c]);
            const double at = low + (double)(corner >> c & 1U);
            weight *= 1.0 - fabs(index[c] - at);
            if (!(at >= 0.0 && at <= (double)(n[c] - 1))) {
                weight = 0.0;
                x = 0;
            } else {
                x = x * n[c] + (size_t)at;
            }
        }
        sum += weight > 0.0 ? weight * (double)volume->data[x] : 0.0;
    }
    return sum;
}

/* A point and a bound of its distance from the other surface. */
struct candidate {
    double bound_mm;
    size_t point;
};

static int nearer_first(const void *a, const void *b)
{
    const struct candidate *x = (const struct candidate *)a;
    const struct candidate *y = (const struct candidate *)b;
    if (x->bound_mm < y->bound_mm || x->bound_mm > y->bound_mm) {
        return x->bound_mm < y->bound_mm ? -1 : 1;
    }
    return x->point < y->point ? -1 : 1;
}

static double nearest_mm(const struct ot_surface *surface, const double point_mm[3])
{
    double best2 = INFINITY;
    for (size_t n = 0; n < surface->count; n++) {
        const double d2 = distance2(&surface->point_mm[3 * n], point_mm);
        best2 = d2 < best2 ? d2 : best2;
    }
    return sqrt(best2);
}

/* |distance| of the voxel nearest to a point, from a distance map. The map does not know that the
 * fraction is 0 beyond the image: what is an edge there is nearer than it says. */
static double map_mm(const struct ot_edge *edge, const double point_mm[3])
{
    const struct ot_grid *grid = &edge->region->grid;
    double index[3];
    size_t x = 0;
    ot_grid_to_index(grid, point_mm, index);
    for (size_t c = 3; c-- > 0;) {
        const double most = (double)(grid->n[c] - 1);
        x = x * grid->n[c] + (size_t)fmin(fmax(floor(index[c] + 0.5), 0.0), most);
    }
    return fabs((double)edge->distance_mm[x]);
}

/* Distance of a point from the nearest face of the image. */
static double to_face_mm(const struct ot_grid *grid, const double point_mm[3])
{
    double index[3];
    double least_mm = INFINITY;
    ot_grid_to_index(grid, point_mm, index);
    for (size_t c = 0; c < 3; c++) {
        const double voxels = fmin(index[c] + 0.5, (double)grid->n[c] - 0.5 - index[c]);
        least_mm = fmin(least_mm, fmax(voxels, 0.0) * grid->spacing_mm[c]);
    }
    return least_mm;
}

/* Distance of a point from the box that holds a surface. */
static double box_mm(const double low[3], const double high[3], const double point_mm[3])
{
    double d2 = 0.0;
    for (size_t c = 0; c < 3; c++) {
        const double off = fmax(fmax(low[c] - point_mm[c], point_mm[c] - high[c]), 0.0);
        d2 += off * off;
    }
    return sqrt(d2);
}

/* The points of `edge` within most_mm of the box round `surface`: no other can be that near. */
static enum ot_rc points_near(const struct ot_surface *edge, const struct ot_surface *surface,
                              double most_mm, struct ot_surface *near, struct ot_err *err)
{
    double low[3] = {INFINITY, INFINITY, INFINITY};
    double high[3] = {-INFINITY, -INFINITY, -INFINITY};
    *near = (struct ot_surface){.point_mm = OT_NEW(double, 3 * edge->count, err)};
    if (near->point_mm == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < 3 * surface->count; n++) {
        low[n % 3] = fmin(low[n % 3], surface->point_mm[n]);
        high[n % 3] = fmax(high[n % 3], surface->point_mm[n]);
    }
    for (size_t n = 0; n < edge->count; n++) {
        if (box_mm(low, high, &edge->point_mm[3 * n]) <= most_mm) {
            memcpy(&near->point_mm[3 * near->count++], &edge->point_mm[3 * n],
                   3 * sizeof *near->point_mm);
        }
    }
    return OT_OK;
}

/* How far the map may be off: it counts from centers of voxels, and is read at one. */
static double map_error_mm(const struct ot_grid *grid)
{
    return 2.0 * sqrt(dot(grid->spacing_mm, grid->spacing_mm));
}

/* The exact distance is taken between the points of both surfaces, of one point after the other
 * until none of the rest can be nearer. */
static enum ot_rc least_distance(const struct ot_surface *surface, const struct ot_edge *edge,
                                 struct candidate *candidate, size_t count, double *best_mm,
                                 struct ot_err *err)
{
    const double error_mm = map_error_mm(&edge->region->grid);
    struct ot_surface near = {0};
    qsort(candidate, count, sizeof *candidate, nearer_first);
    double best = nearest_mm(&edge->surface, &surface->point_mm[3 * candidate[0].point]);
    const enum ot_rc rc = points_near(&edge->surface, surface, best, &near, err);
    for (size_t n = 1; rc == OT_OK && n < count && candidate[n].bound_mm - error_mm < best; n++) {
        best = fmin(best, nearest_mm(&near, &surface->point_mm[3 * candidate[n].point]));
    }
    ot_surface_release(&near);
    *best_mm = best;
    return rc;
}

/* Likewise the greatest; bounds are minus what a distance is at most. */
static double greatest_distance(const struct ot_surface *surface, const struct ot_edge *edge,
                                struct candidate *candidate, size_t count)
{
    const double error_mm = map_error_mm(&edge->region->grid);
    double best = 0.0;
    qsort(candidate, count, sizeof *candidate, nearer_first);
    for (size_t n = 0; n < count && -candidate[n].bound_mm + error_mm > best; n++) {
        best = fmax(best, nearest_mm(&edge->surface, &surface->point_mm[3 * candidate[n].point]));
    }
    return best;
}

enum ot_rc ot_edge_make(const struct ot_volume *region, int threads, struct ot_edge *out,
                        struct ot_err *err)
{
    const size_t voxels = ot_grid_voxel_count(&region->grid);
    unsigned char *mask = NULL;
    *out = (struct ot_edge){.region = region};
    enum ot_rc rc = ot_surface_make(region, &out->surface, err);
    if (rc != OT_OK || out->surface.count == 0) {
        return rc;
    }
    mask = OT_NEW(unsigned char, voxels, err);
    out->distance_mm = mask != NULL ? OT_NEW(float, voxels, err) : NULL;
    rc = out->distance_mm != NULL ? OT_OK : OT_ERR_NOMEM;
    for (size_t x = 0; rc == OT_OK && x < voxels; x++) {
        mask[x] = region->data[x] >= LEVEL;
    }
    if (rc == OT_OK) {
        rc = otx_itk_distance(mask, &region->grid, threads, out->distance_mm, err);
    }
    ot_free(mask);
    if (rc != OT_OK) {
        ot_edge_release(out);
    }
    return rc;
}

void ot_edge_release(struct ot_edge *edge)
{
    ot_surface_release(&edge->surface);
    ot_free(edge->distance_mm);
    *edge = (struct ot_edge){0};
}

enum ot_rc ot_surface_margin_mm(const struct ot_surface *surface, const struct ot_edge *edge,
                                bool inside, double *margin_mm, struct ot_err *err)
{
    *margin_mm = (double)NAN;
    if (edge->surface.count == 0 || surface->count == 0) {
        return OT_OK;
    }
    struct candidate *candidate = OT_NEW(struct candidate, surface->count, err);
    if (candidate == NULL) {
        return OT_ERR_NOMEM;
    }
    size_t right = 0;
    size_t wrong = 0; /* from the end of the array */
    for (size_t n = 0; n < surface->count; n++) {
        const double *point = &surface->point_mm[3 * n];
        const double mm = map_mm(edge, point);
        if ((fraction_at(edge->region, point) >= (double)LEVEL) == inside) {
            const double least_mm = fmin(mm, to_face_mm(&edge->region->grid, point));
            candidate[right++] = (struct candidate){least_mm, n};
        } else {
            wrong++;
            candidate[surface->count - wrong] = (struct candidate){-mm, n};
        }
    }
    enum ot_rc rc = OT_OK;
    if (wrong > 0) {
        *margin_mm = -greatest_distance(surface, edge, candidate + right, wrong);
    } else {
        rc = least_distance(surface, edge, candidate, right, margin_mm, err);
    }
    ot_free(candidate);
    return rc;
}
