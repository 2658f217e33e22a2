/* segment/threshold.c - voxels by their values. */
#include "segment/threshold.h"

#include <math.h>
#include <stdbool.h>

#include "core/mem.h"

enum { BINS = 512, NEIGHBORS = 27 };

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

/* Whether what a voxel shows is decided, before this layer or in it. */
enum state { STATE_OPEN, STATE_DECIDED, STATE_NEW };

/* True with the mean of the decided neighbors' marks, each counted by how much of it lies within.
 */
static bool neighbors_say(const struct ot_volume *marks, const struct ot_volume *within,
                          const unsigned char *state, size_t x, float *mark)
{
    const size_t *n = marks->grid.n;
    const size_t at[3] = {x % n[0], x / n[0] % n[1], x / (n[0] * n[1])};
    double weight = 0.0;
    double sum = 0.0;
    for (size_t t = 0; t < NEIGHBORS; t++) {
        const size_t off[3] = {t % 3, t / 3 % 3, t / 9};
        bool inside = true;
        for (size_t c = 0; c < 3; c++) {
            inside = inside && at[c] + off[c] >= 1 && at[c] + off[c] <= n[c];
        }
        if (!inside) {
            continue;
        }
        const size_t y =
            (at[0] + off[0] - 1) + n[0] * ((at[1] + off[1] - 1) + n[1] * (at[2] + off[2] - 1));
        if (state[y] == STATE_DECIDED) {
            weight += (double)within->data[y];
            sum += (double)within->data[y] * (double)marks->data[y];
        }
    }
    *mark = weight > 0.0 ? (float)(sum / weight) : 0.0F;
    return weight > 0.0;
}

enum ot_rc ot_threshold_confine(struct ot_volume *marks, const struct ot_volume *within,
                                size_t layers, struct ot_err *err)
{
    const size_t voxels = ot_grid_voxel_count(&marks->grid);
    unsigned char *state = OT_NEW(unsigned char, voxels, err);
    if (state == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t x = 0; x < voxels; x++) {
        state[x] = is_within(within, x) ? STATE_DECIDED : STATE_OPEN;
        marks->data[x] = state[x] == STATE_DECIDED ? marks->data[x] : 0.0F;
    }
    for (size_t layer = 0; layer < layers; layer++) {
        for (size_t x = 0; x < voxels; x++) {
            if (state[x] == STATE_OPEN && within->data[x] > 0.0F &&
                neighbors_say(marks, within, state, x, &marks->data[x])) {
                state[x] = STATE_NEW;
            }
        }
        for (size_t x = 0; x < voxels; x++) {
            state[x] = state[x] == STATE_NEW ? STATE_DECIDED : state[x];
        }
    }
    for (size_t x = 0; x < voxels; x++) {
        marks->data[x] *= fminf(within->data[x], 1.0F);
    }
    ot_free(state);
    return OT_OK;
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
