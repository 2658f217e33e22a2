/* segment/threshold.c - voxels by their values. */
#include "segment/threshold.h"

#include <math.h>
#include <stdbool.h>

enum { BINS = 512 };

static bool is_within(const struct ot_volume *within, size_t x)
{
    return within == NULL || within->data[x] >= 0.5F;
}

enum ot_rc ot_threshold_mark(const struct ot_volume *image, double low, double high,
                             const struct ot_volume *within, struct ot_volume **out,
                             struct ot_err *err)
{
    const size_t voxels = ot_grid_voxel_count(&image->grid);
    const enum ot_rc rc = ot_volume_create(&image->grid, OT_UNIT_NONE, out, err);
    for (size_t x = 0; rc == OT_OK && x < voxels; x++) {
        const double value = (double)image->data[x];
        (*out)->data[x] = value >= low && value < high && is_within(within, x) ? 1.0F : 0.0F;
    }
    return rc;
}

enum ot_rc ot_threshold_levels(const struct ot_volume *image, const struct ot_volume *within,
                               struct ot_levels *levels, struct ot_err *err)
{
    const size_t voxels = ot_grid_voxel_count(&image->grid);
    double sum = 0.0;
    *levels = (struct ot_levels){.least = INFINITY, .greatest = -INFINITY};
    for (size_t x = 0; x < voxels; x++) {
        if (is_within(within, x)) {
            const double value = (double)image->data[x];
            levels->least = fmin(levels->least, value);
            levels->greatest = fmax(levels->greatest, value);
            levels->voxels++;
            sum += value;
        }
    }
    if (levels->voxels == 0) {
        return ot_fail(err, OT_ERR_RANGE, "no voxel of the image lies in the VOI by half");
    }
    levels->mean = sum / (double)levels->voxels;
    return OT_OK;
}

/* The bin after which the classes' means are farthest apart, weighted by their sizes. */
static size_t best_cut(const size_t *histogram, size_t total)
{
    double all = 0.0;
    for (size_t n = 0; n < BINS; n++) {
        all += (double)n * (double)histogram[n];
    }
    double below = 0.0;
    double below_sum = 0.0;
    double best = -1.0;
    size_t cut = 0;
    for (size_t n = 0; n + 1 < BINS; n++) {
        below += (double)histogram[n];
        below_sum += (double)n * (double)histogram[n];
        const double above = (double)total - below;
        if (below > 0.0 && above > 0.0) {
            const double apart = below_sum / below - (all - below_sum) / above;
            const double between = below * above * apart * apart;
            if (between > best) {
                best = between;
                cut = n;
            }
        }
    }
    return cut;
}

enum ot_rc ot_threshold_otsu(const struct ot_volume *image, const struct ot_volume *within,
                             double *level, struct ot_err *err)
{
    const size_t voxels = ot_grid_voxel_count(&image->grid);
    size_t histogram[BINS] = {0};
    struct ot_levels levels;
    const enum ot_rc rc = ot_threshold_levels(image, within, &levels, err);
    if (rc != OT_OK) {
        return rc;
    }
    const double width = (levels.greatest - levels.least) / BINS;
    if (!(width > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "all voxels have the value %g: there is nothing to part",
                       levels.least);
    }
    for (size_t x = 0; x < voxels; x++) {
        if (is_within(within, x)) {
            const double bin = ((double)image->data[x] - levels.least) / width;
            histogram[bin < BINS ? (size_t)bin : BINS - 1]++;
        }
    }
    *level = levels.least + (double)(best_cut(histogram, levels.voxels) + 1) * width;
    return OT_OK;
}
