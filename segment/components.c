/* segment/components.c - parts and holes of a region by ITK's labels. */
#include "segment/components.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/mem.h"
#include "segment/shim/itk_components.h"

static const float FULL = 1.0F - 1e-6F; /* a sum of exact overlaps may miss 1 by rounding */

/* Voxels that a region touches, fills by half, or does not fill. */
enum which { TOUCHED, HALF, UNFILLED };

static bool is_one(enum which which, float fraction)
{
    return which == TOUCHED ? fraction > 0.0F : which == HALF ? fraction >= 0.5F : fraction < FULL;
}

/* Labels of such voxels that are connected. */
static enum ot_rc label_region(const struct ot_volume *region, enum which which, uint32_t **label,
                               size_t *count, struct ot_err *err)
{
    const size_t voxels = ot_grid_voxel_count(&region->grid);
    unsigned char *inside = OT_NEW(unsigned char, voxels, err);
    *label = inside != NULL ? OT_NEW(uint32_t, voxels, err) : NULL;
    enum ot_rc rc = *label != NULL ? OT_OK : OT_ERR_NOMEM;
    for (size_t x = 0; rc == OT_OK && x < voxels; x++) {
        inside[x] = is_one(which, region->data[x]);
    }
    if (rc == OT_OK) {
        rc = otx_label_components(inside, &region->grid, false, *label, count, err);
    }
    if (rc != OT_OK) {
        ot_free(*label);
        *label = NULL;
    }
    ot_free(inside);
    return rc;
}

static enum ot_rc keep_label(const struct ot_volume *region, const uint32_t *label, size_t wanted,
                             struct ot_volume **out, struct ot_err *err)
{
    const enum ot_rc rc = ot_volume_create(&region->grid, OT_UNIT_NONE, out, err);
    const size_t voxels = ot_grid_voxel_count(&region->grid);
    for (size_t x = 0; rc == OT_OK && x < voxels; x++) {
        (*out)->data[x] = label[x] == wanted ? region->data[x] : 0.0F;
    }
    return rc;
}

enum ot_rc ot_component_largest(const struct ot_volume *region, size_t *parts,
                                struct ot_volume **out, struct ot_err *err)
{
    const size_t voxels = ot_grid_voxel_count(&region->grid);
    uint32_t *label = NULL;
    double *volume = NULL;
    size_t count = 0;
    size_t largest = 0;
    *out = NULL;
    enum ot_rc rc = label_region(region, TOUCHED, &label, &count, err);
    if (rc == OT_OK && count == 0) {
        rc = ot_fail(err, OT_ERR_RANGE, "the region is empty");
    }
    if (rc == OT_OK) {
        volume = OT_NEW(double, count + 1, err);
        rc = volume != NULL ? OT_OK : OT_ERR_NOMEM;
    }
    for (size_t x = 0; rc == OT_OK && x < voxels; x++) {
        volume[label[x]] += (double)region->data[x];
    }
    for (size_t n = 1; rc == OT_OK && n <= count; n++) {
        largest = largest == 0 || volume[n] > volume[largest] ? n : largest;
    }
    if (rc == OT_OK) {
        rc = keep_label(region, label, largest, out, err);
    }
    if (parts != NULL) {
        *parts = count;
    }
    ot_free(volume);
    ot_free(label);
    return rc;
}

enum ot_rc ot_component_cores(const struct ot_volume *region, size_t *cores, struct ot_err *err)
{
    uint32_t *label = NULL;
    const enum ot_rc rc = label_region(region, HALF, &label, cores, err);
    ot_free(label);
    return rc;
}

enum ot_rc ot_voxel_at(const struct ot_grid *grid, const double point_mm[3], size_t *voxel,
                       struct ot_err *err)
{
    double index[3];
    ot_grid_to_index(grid, point_mm, index);
    *voxel = 0;
    for (size_t c = 3; c-- > 0;) {
        const double nearest = floor(index[c] + 0.5);
        if (!(nearest >= 0.0 && nearest <= (double)(grid->n[c] - 1))) {
            return ot_fail(err, OT_ERR_RANGE, "the point (%g, %g, %g) mm lies outside the image",
                           point_mm[0], point_mm[1], point_mm[2]);
        }
        *voxel = *voxel * grid->n[c] + (size_t)nearest;
    }
    return OT_OK;
}

enum ot_rc ot_component_at(const struct ot_volume *region, const double point_mm[3],
                           struct ot_volume **out, struct ot_err *err)
{
    uint32_t *label = NULL;
    size_t count = 0;
    size_t voxel = 0;
    *out = NULL;
    enum ot_rc rc = ot_voxel_at(&region->grid, point_mm, &voxel, err);
    if (rc == OT_OK) {
        rc = label_region(region, TOUCHED, &label, &count, err);
    }
    if (rc == OT_OK && label[voxel] == 0) {
        rc = ot_fail(err, OT_ERR_RANGE, "the point (%g, %g, %g) mm lies outside the region",
                     point_mm[0], point_mm[1], point_mm[2]);
    }
    if (rc == OT_OK) {
        rc = keep_label(region, label, label[voxel], out, err);
    }
    ot_free(label);
    return rc;
}

static bool is_at_face(const struct ot_grid *grid, size_t x)
{
    const size_t at[3] = {x % grid->n[0], x / grid->n[0] % grid->n[1],
                          x / (grid->n[0] * grid->n[1])};
    bool face = false;
    for (size_t c = 0; c < 3; c++) {
        face = face || at[c] == 0 || at[c] == grid->n[c] - 1;
    }
    return face;
}

enum ot_rc ot_region_fill(const struct ot_volume *region, struct ot_volume **out,
                          struct ot_err *err)
{
    const size_t voxels = ot_grid_voxel_count(&region->grid);
    uint32_t *label = NULL;
    unsigned char *open = NULL;
    size_t count = 0;
    *out = NULL;
    enum ot_rc rc = label_region(region, UNFILLED, &label, &count, err);
    if (rc == OT_OK) {
        open = OT_NEW(unsigned char, count + 1, err);
        rc = open != NULL ? ot_volume_create(&region->grid, OT_UNIT_NONE, out, err) : OT_ERR_NOMEM;
    }
    for (size_t x = 0; rc == OT_OK && x < voxels; x++) {
        if (is_at_face(&region->grid, x)) {
            open[label[x]] = 1;
        }
    }
    for (size_t x = 0; rc == OT_OK && x < voxels; x++) {
        (*out)->data[x] = label[x] != 0 && open[label[x]] == 0 ? 1.0F : region->data[x];
    }
    ot_free(open);
    ot_free(label);
    return rc;
}
