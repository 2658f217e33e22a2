/* segment/surface.c - points of a surface, widths, distances. */
#include "segment/surface.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"

enum { DIRECTIONS = 2048, FOLLOW_MOST = 32 };
static const float LEVEL = 0.5F;
/* Blocks of 8 x 8 x 8 voxels hold some 100 points: few blocks, and few points in each. */
static const double BLOCK_VOXELS = 8.0;

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

/* Most voxels of a region lie deep in it. */
static bool is_deep(const struct ot_volume *region, const size_t at[3], const float *voxel)
{
    const size_t *n = region->grid.n;
    const size_t row = n[0];
    const size_t slice = n[0] * n[1];
    for (size_t c = 0; c < 3; c++) {
        if (at[c] == 0 || at[c] + 1 == n[c]) {
            return false;
        }
    }
    return *(voxel - 1) >= LEVEL && *(voxel + 1) >= LEVEL && *(voxel - row) >= LEVEL &&
           *(voxel + row) >= LEVEL && *(voxel - slice) >= LEVEL && *(voxel + slice) >= LEVEL;
}

static size_t walk_slice(const struct ot_volume *region, size_t k, double *point_mm)
{
    const size_t *n = region->grid.n;
    const float *voxel = region->data + n[0] * n[1] * k;
    size_t count = 0;
    for (size_t j = 0; j < n[1]; j++) {
        for (size_t i = 0; i < n[0]; i++, voxel++) {
            const size_t at[3] = {i, j, k};
            if (*voxel >= LEVEL && !is_deep(region, at, voxel)) {
                count +=
                    add_cuts(region, at, *voxel, point_mm != NULL ? &point_mm[3 * count] : NULL);
            }
        }
    }
    return count;
}

/* first[k]: points of the slices before k; first[n] those of all. */
static void count_points(const struct ot_volume *region, int threads, size_t *first)
{
    const ptrdiff_t slices = (ptrdiff_t)region->grid.n[2];
#pragma omp parallel for schedule(static) num_threads(threads)
    for (ptrdiff_t k = 0; k < slices; k++) {
        first[k + 1] = walk_slice(region, (size_t)k, NULL);
    }
    for (ptrdiff_t k = 0; k < slices; k++) {
        first[k + 1] += first[k];
    }
}

static void put_points(const struct ot_volume *region, int threads, const size_t *first,
                       double *point_mm)
{
    const ptrdiff_t slices = (ptrdiff_t)region->grid.n[2];
#pragma omp parallel for schedule(static) num_threads(threads)
    for (ptrdiff_t k = 0; k < slices; k++) {
        if (first[k + 1] > first[k]) {
            (void)walk_slice(region, (size_t)k, &point_mm[3 * first[k]]);
        }
    }
}

static double block_mm(const struct ot_grid *grid)
{
    return BLOCK_VOXELS * cbrt(grid->spacing_mm[0] * grid->spacing_mm[1] * grid->spacing_mm[2]);
}

enum ot_rc ot_surface_make(const struct ot_volume *region, int threads, struct ot_surface *out,
                           struct ot_err *err)
{
    const size_t slices = region->grid.n[2];
    double *point_mm = NULL;
    *out = (struct ot_surface){.region = region};
    size_t *first = OT_NEW(size_t, slices + 1, err);
    if (first == NULL) {
        return OT_ERR_NOMEM;
    }
    count_points(region, threads, first);
    const size_t count = first[slices];
    enum ot_rc rc = OT_OK;
    if (count > 0) {
        point_mm = OT_NEW_UNSET(double, 3 * count, err);
        rc = point_mm != NULL ? OT_OK : OT_ERR_NOMEM;
    }
    if (rc == OT_OK && count > 0) {
        put_points(region, threads, first, point_mm);
        rc = ot_point_blocks_make(point_mm, count, block_mm(&region->grid), &out->points, err);
    }
    ot_free(point_mm);
    ot_free(first);
    return rc;
}

void ot_surface_release(struct ot_surface *surface)
{
    ot_point_blocks_release(&surface->points);
    *surface = (struct ot_surface){0};
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

/* The two points that reach farthest along a direction, both ways, and their distance. */
struct width {
    const double *low, *high;
    double square;
};

static struct width width_along(const struct ot_surface *surface, const double along[3])
{
    const struct ot_point_blocks *points = &surface->points;
    const double back[3] = {-along[0], -along[1], -along[2]};
    struct width width = {.low = &points->point_mm[3 * ot_point_blocks_farthest(points, back)],
                          .high = &points->point_mm[3 * ot_point_blocks_farthest(points, along)]};
    for (size_t c = 0; c < 3; c++) {
        width.square += (width.low[c] - width.high[c]) * (width.low[c] - width.high[c]);
    }
    return width;
}

/* The greatest of all directions' widths; of equal ones that of the first. */
static struct width widest(const struct ot_surface *surface, int threads)
{
    struct width found[DIRECTIONS];
    struct width best = {.square = 0.0};
#pragma omp parallel for schedule(static) num_threads(threads)
    for (ptrdiff_t n = 0; n < DIRECTIONS; n++) {
        double along[3];
        direction((size_t)n, along);
        found[n] = width_along(surface, along);
    }
    for (size_t n = 0; n < DIRECTIONS; n++) {
        best = found[n].square > best.square ? found[n] : best;
    }
    return best;
}

double ot_surface_diameter_mm(const struct ot_surface *surface, int threads)
{
    if (surface->points.count == 0) {
        return 0.0;
    }
    struct width best = widest(surface, threads);
    /* The line of the two points is a better direction than the one that found them. */
    for (int n = 0; n < FOLLOW_MOST && best.square > 0.0; n++) {
        const double along[3] = {best.high[0] - best.low[0], best.high[1] - best.low[1],
                                 best.high[2] - best.low[2]};
        const struct width width = width_along(surface, along);
        if (!(width.square > best.square)) {
            break;
        }
        best = width;
    }
    return sqrt(best.square);
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

enum ot_rc ot_surface_margin_mm(const struct ot_surface *surface, const struct ot_surface *edge,
                                bool inside, double *margin_mm, struct ot_err *err)
{
    const struct ot_point_blocks *points = &surface->points;
    struct ot_point_blocks beyond = {0};
    size_t count = 0;
    *margin_mm = (double)NAN;
    if (edge->points.count == 0 || points->count == 0) {
        return OT_OK;
    }
    double *wrong_mm = OT_NEW_UNSET(double, 3 * points->count, err);
    if (wrong_mm == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < points->count; n++) {
        const double *point_mm = &points->point_mm[3 * n];
        if ((fraction_at(edge->region, point_mm) >= (double)LEVEL) != inside) {
            memcpy(&wrong_mm[3 * count++], point_mm, 3 * sizeof *wrong_mm);
        }
    }
    enum ot_rc rc = OT_OK;
    if (count == 0) {
        *margin_mm = ot_point_blocks_least_mm(points, &edge->points);
    } else {
        rc = ot_point_blocks_make(wrong_mm, count, block_mm(&surface->region->grid), &beyond, err);
    }
    if (rc == OT_OK && count > 0) {
        rc = ot_point_blocks_greatest_mm(&beyond, &edge->points, margin_mm, err);
        *margin_mm = -*margin_mm;
    }
    ot_point_blocks_release(&beyond);
    ot_free(wrong_mm);
    return rc;
}
