/* segment/register_pair.c - two images and the points at which they are compared. */
#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "core/resample.h"
#include "core/stats.h"
#include "segment/register_parts.h"

static const double HU_LOW = -500.0; /* between lung and fat; what lies beyond tells no more */
static const double HU_HIGH = 500.0;
enum { LEAST_VOXELS = 4, PERCENTILE_BINS = 4096 };

/* The value below which that part of the voxels lies, to a bin of the range. */
static double percentile(const size_t *bins, size_t all, double part, double low, double width)
{
    size_t below = 0;
    for (size_t n = 0; n < PERCENTILE_BINS; n++) {
        below += bins[n];
        if ((double)below >= part * (double)all) {
            return low + width * ((double)n + 0.5);
        }
    }
    return low + width * PERCENTILE_BINS;
}

static enum ot_rc value_range(const struct ot_volume *volume, double *low, double *high,
                              struct ot_err *err)
{
    const size_t all = ot_grid_voxel_count(&volume->grid);
    const double one_percent = 0.01;
    if (volume->unit == OT_UNIT_HU) {
        *low = HU_LOW;
        *high = HU_HIGH;
        return OT_OK;
    }
    double least = INFINITY;
    double greatest = -INFINITY;
    for (size_t x = 0; x < all; x++) {
        least = fmin(least, (double)volume->data[x]);
        greatest = fmax(greatest, (double)volume->data[x]);
    }
    const double width = (greatest - least) / PERCENTILE_BINS;
    if (!(width > 0.0)) {
        *low = least;
        *high = greatest;
        return OT_OK; /* uniform: told by the caller */
    }
    size_t *bins = OT_NEW(size_t, PERCENTILE_BINS, err);
    if (bins == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t x = 0; x < all; x++) {
        const double at = ((double)volume->data[x] - least) / width;
        bins[at < PERCENTILE_BINS - 1 ? (size_t)at : PERCENTILE_BINS - 1]++;
    }
    *low = percentile(bins, all, one_percent, least, width);
    *high = percentile(bins, all, 1.0 - one_percent, least, width);
    if (!(*high > *low)) { /* nearly all voxels are alike: what is left is the image */
        *low = least;
        *high = greatest;
    }
    ot_free(bins);
    return OT_OK;
}

/* The image with limited values and voxels of about `voxel_mm`; finer ones are not made. */
static enum ot_rc coarsen(const struct ot_volume *image, double voxel_mm, int threads,
                          struct ot_volume **out, struct ot_err *err)
{
    const size_t all = ot_grid_voxel_count(&image->grid);
    double low = 0.0;
    double high = 0.0;
    double finest_mm = INFINITY;
    struct ot_volume *limited = NULL;
    struct ot_grid grid;
    enum ot_rc rc = value_range(image, &low, &high, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(&image->grid, image->unit, &limited, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t x = 0; x < all; x++) {
        limited->data[x] = (float)fmin(fmax((double)image->data[x], low), high);
    }
    for (size_t c = 0; c < 3; c++) {
        finest_mm = fmin(finest_mm, image->grid.spacing_mm[c]);
    }
    rc = ot_grid_with_spacing(&image->grid, fmax(voxel_mm, finest_mm), &grid, err);
    for (size_t c = 0; rc == OT_OK && c < 3; c++) {
        if (grid.n[c] < LEAST_VOXELS) {
            rc = ot_fail(err, OT_ERR_GEOMETRY,
                         "an image of %.0f mm along an axis is too thin to be registered",
                         image->grid.spacing_mm[c] * (double)image->grid.n[c]);
        }
    }
    if (rc == OT_OK) {
        rc = ot_resample_box(limited, &grid, threads, out, err);
    }
    ot_volume_destroy(limited);
    return rc;
}

static enum ot_rc require_contrast(const struct ot_volume *volume, const char *which,
                                   struct ot_err *err)
{
    const size_t all = ot_grid_voxel_count(&volume->grid);
    double least = INFINITY;
    double greatest = -INFINITY;
    for (size_t x = 0; x < all; x++) {
        least = fmin(least, (double)volume->data[x]);
        greatest = fmax(greatest, (double)volume->data[x]);
    }
    if (!(greatest - least > 1e-6 * fmax(fabs(least), fabs(greatest)))) {
        return ot_fail(err, OT_ERR_RANGE,
                       "the %s image is uniform (%.6g everywhere): there is nothing to register",
                       which, least);
    }
    return OT_OK;
}

/* Whether the mask holds the point. */
static bool holds(const struct ot_volume *mask, const double point_mm[3])
{
    double index[3];
    size_t at[3];
    ot_grid_to_index(&mask->grid, point_mm, index);
    for (size_t c = 0; c < 3; c++) {
        const double nearest = floor(index[c] + 0.5);
        if (!(nearest >= 0.0 && nearest < (double)mask->grid.n[c])) {
            return false;
        }
        at[c] = (size_t)nearest;
    }
    return mask->data[at[0] + mask->grid.n[0] * (at[1] + mask->grid.n[1] * at[2])] >= 0.5F;
}

/* Points of an additive recurrence (Kronecker sequence): even for every count, off the grid, so
 * that voxels leave no pattern in the metric, and the same every time. The numbers are the powers
 * of the real root of x^4 = x + 1. */
static enum ot_rc spread_points(const struct ot_volume *mask, size_t wanted,
                                struct ot_register_pair *pair, struct ot_err *err)
{
    static const double step[3] = {0.81917251339616443970, 0.67104360670378920843,
                                   0.54970047790197026280};
    const size_t most_tries = 400 * wanted;
    const struct ot_grid *grid = &pair->fixed->grid;
    double sum_mm[3] = {0.0, 0.0, 0.0};
    pair->points_mm = OT_NEW(double, 3 * wanted, err);
    if (pair->points_mm == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < most_tries && pair->count < wanted; n++) {
        double index[3];
        double *point_mm = &pair->points_mm[3 * pair->count];
        for (size_t c = 0; c < 3; c++) { /* between the outer voxels' centers */
            const double part = 0.5 + (double)(n + 1) * step[c];
            index[c] = (part - floor(part)) * ((double)grid->n[c] - 1.0);
        }
        ot_grid_to_point(grid, index, point_mm);
        if (mask == NULL || holds(mask, point_mm)) {
            for (size_t c = 0; c < 3; c++) {
                sum_mm[c] += point_mm[c];
            }
            pair->count++;
        }
    }
    if (pair->count < wanted / 20) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "the mask lies outside the fixed image, or holds too little of it");
    }
    for (size_t c = 0; c < 3; c++) {
        pair->center_mm[c] = sum_mm[c] / (double)pair->count;
    }
    return OT_OK;
}

enum ot_rc ot_register_pair_make(const struct ot_register_request *request,
                                 const struct ot_register_level *level,
                                 struct ot_register_pair *pair, struct ot_err *err)
{
    enum ot_rc rc = coarsen(request->fixed, level->voxel_mm, request->threads, &pair->fixed, err);
    if (rc == OT_OK) {
        rc = coarsen(request->moving, level->voxel_mm, request->threads, &pair->moving, err);
    }
    if (rc == OT_OK) {
        rc = require_contrast(pair->fixed, "fixed", err);
    }
    if (rc == OT_OK) {
        rc = require_contrast(pair->moving, "moving", err);
    }
    return rc == OT_OK ? spread_points(request->mask, level->points, pair, err) : rc;
}

void ot_register_pair_release(struct ot_register_pair *pair)
{
    ot_volume_destroy(pair->fixed);
    ot_volume_destroy(pair->moving);
    ot_free(pair->points_mm);
    *pair = (struct ot_register_pair){0};
}

void ot_register_box_center(const struct ot_volume *volume, double center_mm[3])
{
    const double index[3] = {((double)volume->grid.n[0] - 1.0) / 2.0,
                             ((double)volume->grid.n[1] - 1.0) / 2.0,
                             ((double)volume->grid.n[2] - 1.0) / 2.0};
    ot_grid_to_point(&volume->grid, index, center_mm);
}

void ot_register_mass_center(const struct ot_volume *volume, double center_mm[3])
{
    const size_t *n = volume->grid.n;
    const size_t all = ot_grid_voxel_count(&volume->grid);
    double least = INFINITY;
    double sum = 0.0;
    double moment[3] = {0.0, 0.0, 0.0};
    for (size_t x = 0; x < all; x++) {
        least = fmin(least, (double)volume->data[x]);
    }
    for (size_t x = 0; x < all; x++) {
        const double weight = (double)volume->data[x] - least;
        sum += weight;
        moment[0] += weight * (double)(x % n[0]);
        moment[1] += weight * (double)(x / n[0] % n[1]);
        moment[2] += weight * (double)(x / n[0] / n[1]);
    }
    const double index[3] = {moment[0] / sum, moment[1] / sum, moment[2] / sum};
    ot_grid_to_point(&volume->grid, index, center_mm);
}
