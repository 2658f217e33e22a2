/* segment/uptake.c - voxels above a threshold, joined to regions by ITK. */
#include "segment/uptake.h"

#ifdef OT_WITH_ITK

#include <math.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/stats.h"
#include "segment/shim/itk_components.h"

static void add_voxel(struct ot_uptake *region, const struct ot_volume *values, size_t x)
{
    const size_t *n = values->grid.n;
    const double value = (double)values->data[x];
    const double index[3] = {(double)(x % n[0]), (double)(x / n[0] % n[1]),
                             (double)(x / n[0] / n[1])};
    double point_mm[3];
    ot_grid_to_point(&values->grid, index, point_mm);
    for (size_t axis = 0; axis < 3; axis++) {
        region->center_mm[axis] += value * point_mm[axis];
    }
    region->volume_ml += ot_grid_voxel_volume_ml(&values->grid);
    region->mean += value; /* a sum until the end */
    region->max = fmax(region->max, value);
}

static int by_share(const void *a, const void *b)
{
    const struct ot_uptake *x = (const struct ot_uptake *)a;
    const struct ot_uptake *y = (const struct ot_uptake *)b;
    return (x->share < y->share) - (x->share > y->share);
}

/* Sums to means, small regions left out. Returns how many are left. */
static size_t finish(struct ot_uptake *all, size_t count, const struct ot_volume *values,
                     double least_ml)
{
    const double total = ot_sum(values->data, ot_grid_voxel_count(&values->grid));
    const double voxel_ml = ot_grid_voxel_volume_ml(&values->grid);
    size_t kept = 0;
    for (size_t n = 0; n < count; n++) {
        struct ot_uptake region = all[n];
        if (!(region.volume_ml >= least_ml)) {
            continue;
        }
        for (size_t axis = 0; axis < 3; axis++) {
            region.center_mm[axis] /= region.mean;
        }
        region.share = region.mean / total;
        region.mean *= voxel_ml / region.volume_ml;
        all[kept++] = region;
    }
    qsort(all, kept, sizeof all[0], by_share);
    return kept;
}

enum ot_rc ot_uptake_find(const struct ot_volume *values, const struct ot_volume *allowed,
                          double threshold, double least_ml, struct ot_uptake **regions,
                          size_t *count, struct ot_err *err)
{
    const size_t voxels = ot_grid_voxel_count(&values->grid);
    unsigned char *inside = OT_NEW(unsigned char, voxels, err);
    uint32_t *label = inside != NULL ? OT_NEW(uint32_t, voxels, err) : NULL;
    struct ot_uptake *all = NULL;
    size_t found = 0;
    enum ot_rc rc = OT_OK;
    *regions = NULL;
    *count = 0;
    if (label == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    for (size_t x = 0; x < voxels; x++) {
        inside[x] = allowed->data[x] > 0.5F && (double)values->data[x] > threshold;
    }
    rc = otx_label_components(inside, &values->grid, true, label, &found, err);
    if (rc != OT_OK || found == 0) {
        goto done;
    }
    all = OT_NEW(struct ot_uptake, found, err);
    if (all == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    for (size_t x = 0; x < voxels; x++) {
        if (label[x] > 0) {
            add_voxel(&all[label[x] - 1], values, x);
        }
    }
    *count = finish(all, found, values, least_ml);
    if (*count > 0) {
        *regions = all;
        all = NULL;
    }

done:
    ot_free(all);
    ot_free(label);
    ot_free(inside);
    return rc;
}

#else

enum ot_rc ot_uptake_find(const struct ot_volume *values, const struct ot_volume *allowed,
                          double threshold, double least_ml, struct ot_uptake **regions,
                          size_t *count, struct ot_err *err)
{
    (void)values;
    (void)allowed;
    (void)threshold;
    (void)least_ml;
    *regions = NULL;
    *count = 0;
    return ot_fail(err, OT_ERR_UNSUPPORTED, "connected regions need a program built with ITK");
}

#endif
