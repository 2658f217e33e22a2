/* segment/margin.c - voxels near a region, by a distance map. */
#include "segment/margin.h"

#ifdef OT_WITH_ITK

#include <math.h>
#include <stdbool.h>

#include "core/mem.h"
#include "core/resample.h"
#include "segment/shim/itk_distance.h"

enum { REFINE = 3 }; /* sub-voxels per axis; odd keeps the centers */
/* 2^26; a grid that would have more when refined is fine enough as it is. */
static const double REFINED_MOST = 67108864.0;

/* The part of the grid that holds the region and the margin; false when the region is empty. */
static bool crop(const struct ot_volume *region, double margin_mm, size_t first[3], size_t n[3])
{
    const struct ot_grid *grid = &region->grid;
    size_t low[3] = {grid->n[0], grid->n[1], grid->n[2]};
    size_t high[3] = {0, 0, 0};
    const size_t voxels = ot_grid_voxel_count(grid);
    for (size_t x = 0; x < voxels; x++) {
        if (region->data[x] > 0.0F) {
            const size_t at[3] = {x % grid->n[0], x / grid->n[0] % grid->n[1],
                                  x / (grid->n[0] * grid->n[1])};
            for (size_t c = 0; c < 3; c++) {
                low[c] = at[c] < low[c] ? at[c] : low[c];
                high[c] = at[c] > high[c] ? at[c] : high[c];
            }
        }
    }
    for (size_t c = 0; c < 3; c++) {
        const size_t reach = (size_t)ceil(margin_mm / grid->spacing_mm[c]) + 1;
        first[c] = low[c] > reach ? low[c] - reach : 0;
        const size_t end = high[c] + 1 + reach < grid->n[c] ? high[c] + 1 + reach : grid->n[c];
        n[c] = end > first[c] ? end - first[c] : 0;
    }
    return low[0] < grid->n[0];
}

static struct ot_grid refined(const struct ot_grid *part, size_t refine)
{
    struct ot_grid fine = *part;
    const double parts = (double)refine;
    const double shift = 0.5 / parts - 0.5;
    const double index[3] = {shift, shift, shift};
    ot_grid_to_point(part, index, fine.origin_mm);
    for (size_t c = 0; c < 3; c++) {
        fine.n[c] *= refine;
        fine.spacing_mm[c] /= parts;
    }
    return fine;
}

/* 1 where the distance at a voxel's center is within the margin. The filter measures to centers
 * of border voxels; on average the surface is half a fine voxel nearer. */
static void mark_within(const float *distance_mm, const struct ot_grid *fine, size_t refine,
                        double margin_mm, const size_t first[3], struct ot_volume *weights)
{
    const struct ot_grid *grid = &weights->grid;
    const double half_mm =
        0.5 * cbrt(fine->spacing_mm[0] * fine->spacing_mm[1] * fine->spacing_mm[2]);
    for (size_t k = refine / 2; k < fine->n[2]; k += refine) {
        for (size_t j = refine / 2; j < fine->n[1]; j += refine) {
            for (size_t i = refine / 2; i < fine->n[0]; i += refine) {
                const double distance = (double)distance_mm[i + fine->n[0] * (j + fine->n[1] * k)];
                if (distance <= 0.0 || distance - half_mm <= margin_mm) {
                    const size_t x = first[0] + i / refine;
                    const size_t y = first[1] + j / refine;
                    const size_t z = first[2] + k / refine;
                    weights->data[x + grid->n[0] * (y + grid->n[1] * z)] = 1.0F;
                }
            }
        }
    }
}

static enum ot_rc mark_on(const struct ot_volume *region, double margin_mm, size_t parts,
                          struct ot_volume *weights, struct ot_err *err)
{
    struct ot_volume *smooth = NULL;
    unsigned char *inside = NULL;
    float *distance_mm = NULL;
    size_t first[3];
    size_t n[3];
    if (!crop(region, margin_mm, first, n)) {
        return ot_fail(err, OT_ERR_RANGE, "the region is empty");
    }
    const struct ot_grid part = ot_grid_part(&region->grid, first, n);
    const double voxels = (double)ot_grid_voxel_count(&part) * pow((double)parts, 3.0);
    const size_t refine = voxels <= REFINED_MOST ? parts : 1;
    const struct ot_grid fine = refined(&part, refine);
    const size_t count = ot_grid_voxel_count(&fine);
    enum ot_rc rc = ot_resample_linear(region, &fine, 0.0, 1, &smooth, err);
    if (rc != OT_OK) {
        goto done;
    }
    inside = OT_NEW(unsigned char, count, err);
    distance_mm = inside != NULL ? OT_NEW(float, count, err) : NULL;
    if (distance_mm == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    size_t object = 0;
    for (size_t x = 0; x < count; x++) {
        inside[x] = smooth->data[x] >= 0.5F;
        object += inside[x];
    }
    if (object == 0) {
        rc = ot_fail(err, OT_ERR_RANGE, "the region fills no voxel of the image by half");
        goto done;
    }
    rc = otx_itk_distance(inside, &fine, 1, distance_mm, err);
    if (rc == OT_OK) {
        mark_within(distance_mm, &fine, refine, margin_mm, first, weights);
    }

done:
    ot_free(distance_mm);
    ot_free(inside);
    ot_volume_destroy(smooth);
    return rc;
}

enum ot_rc ot_margin_mark(const struct ot_volume *region, double margin_mm,
                          struct ot_volume *weights, struct ot_err *err)
{
    return mark_on(region, margin_mm, REFINE, weights, err);
}

enum ot_rc ot_margin_mark_quickly(const struct ot_volume *region, double margin_mm,
                                  struct ot_volume *weights, struct ot_err *err)
{
    return mark_on(region, margin_mm, 1, weights, err);
}

#else

enum ot_rc ot_margin_mark(const struct ot_volume *region, double margin_mm,
                          struct ot_volume *weights, struct ot_err *err)
{
    (void)region;
    (void)weights;
    return ot_fail(err, OT_ERR_UNSUPPORTED,
                   "a margin of %g mm around a region needs a program built with ITK", margin_mm);
}

enum ot_rc ot_margin_mark_quickly(const struct ot_volume *region, double margin_mm,
                                  struct ot_volume *weights, struct ot_err *err)
{
    return ot_margin_mark(region, margin_mm, weights, err);
}

#endif
