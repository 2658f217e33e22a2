/* segment/surface.c - points of a surface, widths, distances. */
#include "segment/surface.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "segment/shim/itk_distance.h"

enum { DIRECTIONS = 2048, FOLLOW_MOST = 32, CANDIDATES = 2048 };
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

/* A point and about how far it is from the other surface. */
struct candidate {
    double about_mm;
    size_t point;
};

static int nearer_first(const void *a, const void *b)
{
    const struct candidate *x = (const struct candidate *)a;
    const struct candidate *y = (const struct candidate *)b;
    if (x->about_mm < y->about_mm || x->about_mm > y->about_mm) {
        return x->about_mm < y->about_mm ? -1 : 1;
    }
    return x->point < y->point ? -1 : 1;
}

static double nearest_mm(const struct ot_surface *surface, const double point_mm[3])
{
    double best2 = INFINITY;
    for (size_t n = 0; n < surface->count; n++) {
        best2 = fmin(best2, distance2(&surface->point_mm[3 * n], point_mm));
    }
    return sqrt(best2);
}

/* |distance| of the voxel nearest to a point, from a distance map. */
static double about_mm(const struct ot_grid *grid, const float *map, const double point_mm[3])
{
    double index[3];
    size_t x = 0;
    ot_grid_to_index(grid, point_mm, index);
    for (size_t c = 3; c-- > 0;) {
        const double most = (double)(grid->n[c] - 1);
        x = x * grid->n[c] + (size_t)fmin(fmax(floor(index[c] + 0.5), 0.0), most);
    }
    return fabs((double)map[x]);
}

/* The map of distances sorts the points; the exact distance is taken between the points of both
 * surfaces, for the 2048 that come first. `about` is good to a voxel: more cannot matter. */
static double exact_margin(const struct ot_surface *surface, const struct ot_volume *other,
                           const struct ot_surface *edge, bool inside, const float *map,
                           struct candidate *candidate)
{
    size_t right = 0;
    size_t wrong = 0;
    for (size_t n = 0; n < surface->count; n++) {
        const double *point = &surface->point_mm[3 * n];
        const double mm = about_mm(&other->grid, map, point);
        if ((fraction_at(other, point) >= (double)LEVEL) == inside) {
            candidate[right++] = (struct candidate){mm, n};
        } else { /* from the end of the array; the farthest first */
            wrong++;
            candidate[surface->count - wrong] = (struct candidate){-mm, n};
        }
    }
    const struct candidate *first = wrong > 0 ? &candidate[surface->count - wrong] : candidate;
    const size_t count = wrong > 0 ? wrong : right;
    qsort(wrong > 0 ? &candidate[surface->count - wrong] : candidate, count, sizeof *candidate,
          nearer_first);
    double best = wrong > 0 ? 0.0 : (double)INFINITY;
    for (size_t n = 0; n < count && n < CANDIDATES; n++) {
        const double mm = nearest_mm(edge, &surface->point_mm[3 * first[n].point]);
        best = wrong > 0 ? fmin(best, -mm) : fmin(best, mm);
    }
    return best;
}

enum ot_rc ot_surface_margin_mm(const struct ot_surface *surface, const struct ot_volume *other,
                                bool inside, int threads, double *margin_mm, struct ot_err *err)
{
    const size_t voxels = ot_grid_voxel_count(&other->grid);
    struct ot_surface edge = {0};
    unsigned char *mask = NULL;
    float *map = NULL;
    struct candidate *candidate = NULL;
    *margin_mm = (double)NAN;
    enum ot_rc rc = ot_surface_make(other, &edge, err);
    if (rc != OT_OK || edge.count == 0 || surface->count == 0) {
        ot_surface_release(&edge);
        return rc;
    }
    mask = OT_NEW(unsigned char, voxels, err);
    map = mask != NULL ? OT_NEW(float, voxels, err) : NULL;
    candidate = map != NULL ? OT_NEW(struct candidate, surface->count, err) : NULL;
    rc = candidate != NULL ? OT_OK : OT_ERR_NOMEM;
    for (size_t x = 0; rc == OT_OK && x < voxels; x++) {
        mask[x] = other->data[x] >= LEVEL;
    }
    if (rc == OT_OK) {
        rc = otx_itk_distance(mask, &other->grid, threads, map, err);
    }
    if (rc == OT_OK) {
        *margin_mm = exact_margin(surface, other, &edge, inside, map, candidate);
    }
    ot_free(candidate);
    ot_free(map);
    ot_free(mask);
    ot_surface_release(&edge);
    return rc;
}
