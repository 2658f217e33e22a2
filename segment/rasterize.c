/* segment/rasterize.c - masks and contours to fractions of voxels. */
#include "segment/rasterize.h"

#include <math.h>
#include <stdbool.h>

#include "core/resample.h"
#include "core/stats.h"
#include "segment/contour_planes.h"
#include "segment/contour_stack.h"

/* An oblique grid is reached through a grid of the contours' own that is this much finer than
 * the target's finest spacing, with a limit on its size. */
static const double FINER = 3.0;
static const double OWN_VOXELS_MOST = 33554432.0; /* 2^25: 128 MiB of float */

/* A grid of the contours' own around all of them: its third axis along the normal. */
static struct ot_grid own_grid(const struct ot_contour_planes *planes, const double spacing_mm[3])
{
    struct ot_grid grid = {0};
    for (size_t c = 0; c < 3; c++) {
        const double *axis = c < 2 ? planes->frame.in_plane[c] : planes->frame.normal;
        const double length_mm = planes->box_high_mm[c] - planes->box_low_mm[c];
        grid.spacing_mm[c] = spacing_mm[c];
        grid.n[c] = (size_t)fmax(ceil(length_mm / spacing_mm[c] - 1e-6), 1.0);
        const double first_mm = 0.5 * (planes->box_high_mm[c] + planes->box_low_mm[c] -
                                       (double)(grid.n[c] - 1) * spacing_mm[c]);
        for (size_t r = 0; r < 3; r++) {
            grid.dir[r][c] = axis[r];
            grid.origin_mm[r] += axis[r] * first_mm;
        }
    }
    return grid;
}

static double own_voxels(const struct ot_contour_planes *planes, const double spacing_mm[3])
{
    double voxels = 1.0;
    for (size_t c = 0; c < 3; c++) {
        voxels *= (planes->box_high_mm[c] - planes->box_low_mm[c]) / spacing_mm[c] + 1.0;
    }
    return voxels;
}

/* Clamps rounding away; memory without any is only read. */
static void clamp(struct ot_volume *made)
{
    const size_t count = ot_grid_voxel_count(&made->grid);
    for (size_t x = 0; x < count; x++) {
        if (!(made->data[x] >= 0.0F)) {
            made->data[x] = 0.0F;
        } else if (made->data[x] > 1.0F) {
            made->data[x] = 1.0F;
        }
    }
}

static enum ot_rc raster_planes(const struct ot_contour_set *set,
                                const struct ot_contour_planes *planes, const struct ot_grid *grid,
                                int threads, struct ot_volume **out, struct ot_err *err)
{
    struct ot_contour_layout layout;
    struct ot_volume *own = NULL;
    enum ot_rc rc = OT_OK;
    struct ot_grid target = *grid;
    const bool oblique = !ot_contour_layout_find(planes, grid, &layout);
    if (oblique) {
        const double finest =
            fmin(grid->spacing_mm[0], fmin(grid->spacing_mm[1], grid->spacing_mm[2])) / FINER;
        double spacing_mm[3] = {finest, finest, finest};
        while (own_voxels(planes, spacing_mm) > OWN_VOXELS_MOST) {
            spacing_mm[0] = spacing_mm[1] = spacing_mm[2] = 1.1 * spacing_mm[0];
        }
        target = own_grid(planes, spacing_mm);
        layout = (struct ot_contour_layout){.axis = {0, 1, 2}, .turn = 1.0};
    }
    rc = ot_volume_create(&target, OT_UNIT_NONE, &own, err);
    if (rc != OT_OK) {
        goto done;
    }
    rc = ot_contour_stack_raster(set, planes, &layout, threads, own, err);
    if (rc != OT_OK) {
        goto done;
    }
    if (oblique) {
        rc = ot_resample_box(own, grid, threads, out, err);
        if (rc == OT_OK) {
            clamp(*out);
        }
    } else {
        *out = own;
        own = NULL;
    }

done:
    ot_volume_destroy(own);
    return rc;
}

/* Compares with the volume that the region has by itself. */
static enum ot_rc finish(const struct ot_volume *made, double volume_ml, double *inside_fraction,
                         struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(&made->grid);
    const double inside_ml = ot_sum(made->data, count) * ot_grid_voxel_volume_ml(&made->grid);
    if (!(inside_ml > 0.0)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "the region lies outside the image");
    }
    if (inside_fraction != NULL) {
        *inside_fraction = fmin(inside_ml / volume_ml, 1.0);
    }
    return OT_OK;
}

enum ot_rc ot_planes_to_fraction(const struct ot_contour_set *set,
                                 const struct ot_contour_planes *planes, const struct ot_grid *grid,
                                 int threads, struct ot_volume **fraction, double *inside_fraction,
                                 struct ot_err *err)
{
    struct ot_volume *made = NULL;
    *fraction = NULL;
    enum ot_rc rc = ot_grid_validate(grid, err);
    if (rc == OT_OK) {
        rc = raster_planes(set, planes, grid, threads, &made, err);
    }
    if (rc == OT_OK) {
        rc = finish(made, planes->volume_ml, inside_fraction, err);
    }
    if (rc == OT_OK) {
        *fraction = made;
        made = NULL;
    }
    ot_volume_destroy(made);
    return rc;
}

enum ot_rc ot_contours_to_fraction(const struct ot_contour_set *set, double slice_mm,
                                   const struct ot_grid *grid, int threads,
                                   struct ot_volume **fraction, double *inside_fraction,
                                   struct ot_err *err)
{
    struct ot_contour_planes *planes = NULL;
    *fraction = NULL;
    enum ot_rc rc = ot_contour_planes_create(set, slice_mm, &planes, err);
    if (rc == OT_OK) {
        rc = ot_planes_to_fraction(set, planes, grid, threads, fraction, inside_fraction, err);
    }
    ot_contour_planes_destroy(planes);
    return rc;
}

static enum ot_rc mask_volume(const struct ot_volume *mask, double *volume_ml, struct ot_err *err)
{
    static const float rounding = 1e-3F;
    const size_t count = ot_grid_voxel_count(&mask->grid);
    for (size_t x = 0; x < count; x++) {
        if (!(mask->data[x] >= -rounding && mask->data[x] <= 1.0F + rounding)) {
            return ot_fail(err, OT_ERR_FORMAT,
                           "the mask has the value %g, which is no fraction from 0 to 1",
                           (double)mask->data[x]);
        }
    }
    *volume_ml = ot_sum(mask->data, count) * ot_grid_voxel_volume_ml(&mask->grid);
    if (!(*volume_ml > 0.0)) {
        return ot_fail(err, OT_ERR_FORMAT, "the region is empty");
    }
    return OT_OK;
}

enum ot_rc ot_region_to_fraction(const struct ot_region *region, const struct ot_grid *grid,
                                 int threads, struct ot_volume **fraction, double *inside_fraction,
                                 struct ot_err *err)
{
    if (region->mask == NULL) {
        return ot_contours_to_fraction(&region->contours, 0.0, grid, threads, fraction,
                                       inside_fraction, err);
    }
    struct ot_volume *made = NULL;
    double volume_ml = 0.0;
    *fraction = NULL;
    enum ot_rc rc = mask_volume(region->mask, &volume_ml, err);
    if (rc == OT_OK) {
        rc = ot_resample_box(region->mask, grid, threads, &made, err);
    }
    if (rc == OT_OK) {
        made->unit = OT_UNIT_NONE;
        clamp(made);
        rc = finish(made, volume_ml, inside_fraction, err);
    }
    if (rc == OT_OK) {
        *fraction = made;
        made = NULL;
    }
    ot_volume_destroy(made);
    return rc;
}

enum ot_rc ot_region_volume_ml(const struct ot_region *region, double *volume_ml,
                               struct ot_err *err)
{
    if (region->mask != NULL) {
        return mask_volume(region->mask, volume_ml, err);
    }
    struct ot_contour_planes *planes = NULL;
    const enum ot_rc rc = ot_contour_planes_create(&region->contours, 0.0, &planes, err);
    if (rc == OT_OK) {
        *volume_ml = planes->volume_ml;
    }
    ot_contour_planes_destroy(planes);
    return rc;
}
