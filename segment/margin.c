/* segment/margin.c - margins by distance maps on sub-voxels. */
#include "segment/margin.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/mem.h"
#include "segment/refine.h"
#include "segment/shim/itk_smooth.h"

/* refined->inside becomes the sub-voxels within `most` units of the region (outwards), or those
 * deeper in it than that. */
static enum ot_rc mark_distance(struct ot_refined *refined, const double unit_mm[3], bool outwards,
                                float most, int threads, struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(&refined->grid);
    float *distance = OT_NEW(float, count, err);
    if (distance == NULL) {
        return OT_ERR_NOMEM;
    }
    const enum ot_rc rc = ot_refined_distance(refined, unit_mm, outwards, threads, distance, err);
    for (size_t x = 0; rc == OT_OK && x < count; x++) {
        refined->inside[x] = (distance[x] <= most) == outwards;
    }
    ot_free(distance);
    return rc;
}

static enum ot_rc mark(const struct ot_volume *region, double margin_mm, size_t parts,
                       struct ot_volume *weights, struct ot_err *err)
{
    static const double mm[3] = {1.0, 1.0, 1.0};
    const double reach_mm[3] = {margin_mm, margin_mm, margin_mm};
    struct ot_refined refined;
    enum ot_rc rc = ot_refined_init(region, reach_mm, parts, OT_SURFACE_AT_HALF, &refined, err);
    if (rc != OT_OK) {
        return rc;
    }
    rc = mark_distance(&refined, mm, true, (float)margin_mm, 1, err);
    parts = refined.parts; /* fewer where the grid is fine enough */
    const struct ot_grid *fine = &refined.grid;
    for (size_t k = parts / 2; rc == OT_OK && k < fine->n[2]; k += parts) {
        for (size_t j = parts / 2; j < fine->n[1]; j += parts) {
            for (size_t i = parts / 2; i < fine->n[0]; i += parts) {
                if (refined.inside[i + fine->n[0] * (j + fine->n[1] * k)] != 0) {
                    const size_t x = refined.first[0] + i / parts;
                    const size_t y = refined.first[1] + j / parts;
                    const size_t z = refined.first[2] + k / parts;
                    weights->data[x + weights->grid.n[0] * (y + weights->grid.n[1] * z)] = 1.0F;
                }
            }
        }
    }
    ot_refined_release(&refined);
    return rc;
}

enum ot_rc ot_margin_mark(const struct ot_volume *region, double margin_mm,
                          struct ot_volume *weights, struct ot_err *err)
{
    return mark(region, margin_mm, OT_REFINE, weights, err);
}

enum ot_rc ot_margin_mark_quickly(const struct ot_volume *region, double margin_mm,
                                  struct ot_volume *weights, struct ot_err *err)
{
    return mark(region, margin_mm, 1, weights, err);
}

static bool is_nothing(const double margin_mm[3])
{
    return !(margin_mm[0] > 0.0 || margin_mm[1] > 0.0 || margin_mm[2] > 0.0);
}

static enum ot_rc copy_of(const struct ot_volume *region, struct ot_volume **out,
                          struct ot_err *err)
{
    const enum ot_rc rc = ot_volume_create(&region->grid, OT_UNIT_NONE, out, err);
    if (rc == OT_OK) {
        memcpy((*out)->data, region->data,
               ot_grid_voxel_count(&region->grid) * sizeof *region->data);
    }
    return rc;
}

static enum ot_rc move_surface(const struct ot_volume *region, const double margin_mm[3],
                               bool outwards, int threads, struct ot_volume **out,
                               struct ot_err *err)
{
    static const double nothing_mm[3] = {0.0, 0.0, 0.0};
    static const double next_to_nothing_mm = 1e-3; /* a step along such an axis is too long */
    struct ot_volume *made = NULL;
    struct ot_refined refined = {0};
    *out = NULL;
    if (is_nothing(margin_mm)) {
        return copy_of(region, out, err);
    }
    const double unit_mm[3] = {fmax(margin_mm[0], next_to_nothing_mm),
                               fmax(margin_mm[1], next_to_nothing_mm),
                               fmax(margin_mm[2], next_to_nothing_mm)};
    enum ot_rc rc = ot_volume_create(&region->grid, OT_UNIT_NONE, &made, err);
    if (rc == OT_OK) {
        rc = ot_refined_init(region, outwards ? margin_mm : nothing_mm, OT_REFINE_SMALL,
                             OT_SURFACE_KEEPS_VOLUME, &refined, err);
    }
    if (rc == OT_OK) {
        rc = mark_distance(&refined, unit_mm, outwards, 1.0F, threads, err);
    }
    if (rc == OT_OK) {
        ot_refined_share(&refined, refined.inside, made);
        for (size_t x = 0; x < ot_grid_voxel_count(&made->grid); x++) {
            if ((region->data[x] > made->data[x]) == outwards) {
                made->data[x] = region->data[x];
            }
        }
        *out = made;
        made = NULL; /* handed over */
    }
    ot_refined_release(&refined);
    ot_volume_destroy(made);
    return rc;
}

enum ot_rc ot_region_expand(const struct ot_volume *region, const double margin_mm[3], int threads,
                            struct ot_volume **out, struct ot_err *err)
{
    return move_surface(region, margin_mm, true, threads, out, err);
}

enum ot_rc ot_region_shrink(const struct ot_volume *region, const double margin_mm[3], int threads,
                            struct ot_volume **out, struct ot_err *err)
{
    return move_surface(region, margin_mm, false, threads, out, err);
}

enum ot_rc ot_region_smooth(const struct ot_volume *region, double sigma_mm, struct ot_volume **out,
                            struct ot_err *err)
{
    static const double nothing_mm[3] = {0.0, 0.0, 0.0};
    struct ot_volume *blurred = NULL;
    struct ot_volume *made = NULL;
    struct ot_refined refined = {0};
    *out = NULL;
    if (!(sigma_mm > 0.0)) {
        return copy_of(region, out, err);
    }
    enum ot_rc rc = ot_volume_create(&region->grid, OT_UNIT_NONE, &blurred, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(&region->grid, OT_UNIT_NONE, &made, err);
    }
    if (rc == OT_OK) {
        rc = otx_smooth_gaussian(region->data, &region->grid, sigma_mm, blurred->data, err);
    }
    if (rc == OT_OK) {
        rc = ot_refined_init(blurred, nothing_mm, OT_REFINE, OT_SURFACE_AT_HALF, &refined, err);
    }
    if (rc == OT_OK) {
        ot_refined_share(&refined, refined.inside, made);
        *out = made;
        made = NULL; /* handed over */
    }
    ot_refined_release(&refined);
    ot_volume_destroy(made);
    ot_volume_destroy(blurred);
    return rc;
}
