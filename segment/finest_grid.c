/* segment/finest_grid.c - the grid on which two regions can be compared without loss. */
#include <math.h>

#include "core/mem.h"
#include "segment/contour_planes.h"
#include "segment/rasterize.h"

static const double CONTOUR_PIXEL_MM = 1.0;
static const double VOXELS_MOST = 67108864.0;       /* 2^26: 256 MiB of float */
static const double COMMON_VOXELS_MOST = 8388608.0; /* 2^23: a liver in voxels of 1.2 mm */

/* An oriented box: axes of a grid, and bounds along them. */
struct bounds {
    double low_mm[3], high_mm[3];
};

static void bounds_add(struct bounds *bounds, const struct ot_grid *frame, const double point[3])
{
    for (size_t c = 0; c < 3; c++) {
        double at = 0.0;
        for (size_t r = 0; r < 3; r++) {
            at += frame->dir[r][c] * point[r];
        }
        bounds->low_mm[c] = fmin(bounds->low_mm[c], at);
        bounds->high_mm[c] = fmax(bounds->high_mm[c], at);
    }
}

/* The box of a contour set as a grid of one voxel, or of a mask as its own grid. */
static enum ot_rc grid_of(const struct ot_region *region, struct ot_grid *grid, struct ot_err *err)
{
    if (region->mask != NULL) {
        *grid = region->mask->grid;
        return ot_grid_validate(grid, err);
    }
    struct ot_contour_planes *planes = NULL;
    const enum ot_rc rc = ot_contour_planes_create(&region->contours, 0.0, &planes, err);
    if (rc != OT_OK) {
        return rc;
    }
    *grid = (struct ot_grid){.spacing_mm = {CONTOUR_PIXEL_MM, CONTOUR_PIXEL_MM, 0.0}};
    grid->spacing_mm[2] = planes->spacing_mm;
    for (size_t c = 0; c < 3; c++) {
        const double *axis = c < 2 ? planes->frame.in_plane[c] : planes->frame.normal;
        const double length_mm = planes->box_high_mm[c] - planes->box_low_mm[c];
        grid->n[c] = (size_t)fmax(ceil(length_mm / grid->spacing_mm[c] - 1e-6), 1.0);
        /* Voxels begin at the low faces, so that even slabs are slices of this grid. */
        const double first_mm = planes->box_low_mm[c] + 0.5 * grid->spacing_mm[c];
        for (size_t r = 0; r < 3; r++) {
            grid->dir[r][c] = axis[r];
            grid->origin_mm[r] += axis[r] * first_mm;
        }
    }
    ot_contour_planes_destroy(planes);
    return ot_grid_validate(grid, err);
}

static void corner_of(const struct ot_grid *grid, unsigned corner, double point[3])
{
    for (size_t c = 0; c < 3; c++) {
        point[c] = (corner >> c & 1U) != 0U ? (double)grid->n[c] - 0.5 : -0.5;
    }
    ot_grid_to_point(grid, point, point);
}

/* `finest` moved by whole voxels and resized to cover some boxes. */
static struct ot_grid around(const struct ot_grid *finest, const struct ot_grid *box, size_t boxes)
{
    struct ot_grid grid = *finest;
    struct bounds bounds = {{INFINITY, INFINITY, INFINITY}, {-INFINITY, -INFINITY, -INFINITY}};
    for (size_t corner = 0; corner < 8 * boxes; corner++) {
        double point[3];
        corner_of(&box[corner / 8], (unsigned)(corner % 8), point);
        bounds_add(&bounds, finest, point);
    }
    double shift[3];
    for (size_t c = 0; c < 3; c++) {
        double face_mm = -0.5 * finest->spacing_mm[c];
        for (size_t r = 0; r < 3; r++) {
            face_mm += finest->dir[r][c] * finest->origin_mm[r];
        }
        const double low = (bounds.low_mm[c] - face_mm) / finest->spacing_mm[c];
        const double high = (bounds.high_mm[c] - face_mm) / finest->spacing_mm[c];
        shift[c] = floor(low + 1e-6);
        grid.n[c] = (size_t)fmax(ceil(high - 1e-6) - shift[c], 1.0);
    }
    ot_grid_to_point(finest, shift, grid.origin_mm);
    return grid;
}

/* The finest of the regions' grids about the first `boxes` of them. */
static enum ot_rc finest_about(const struct ot_region *const *regions, size_t count, size_t boxes,
                               double voxels_most, struct ot_grid *out, struct ot_err *err)
{
    struct ot_grid finest = {0};
    struct ot_grid *box = OT_NEW(struct ot_grid, count, err);
    enum ot_rc rc = box != NULL ? OT_OK : OT_ERR_NOMEM;
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        rc = grid_of(regions[n], &box[n], err);
        if (rc == OT_OK &&
            (n == 0 || ot_grid_voxel_volume_ml(&box[n]) < ot_grid_voxel_volume_ml(&finest))) {
            finest = box[n];
        }
    }
    for (double voxels = INFINITY; rc == OT_OK && voxels > voxels_most;) {
        *out = around(&finest, box, boxes);
        voxels = (double)out->n[0] * (double)out->n[1] * (double)out->n[2];
        for (size_t c = 0; voxels > voxels_most && c < 3; c++) {
            finest.spacing_mm[c] *= 1.26; /* half as many voxels */
        }
    }
    ot_free(box);
    return rc;
}

enum ot_rc ot_region_finest_grid(const struct ot_region *const *regions, size_t count,
                                 struct ot_grid *out, struct ot_err *err)
{
    return finest_about(regions, count, 1, VOXELS_MOST, out, err);
}

enum ot_rc ot_regions_common_grid(const struct ot_region *const *regions, size_t count,
                                  struct ot_grid *out, struct ot_err *err)
{
    return finest_about(regions, count, count, COMMON_VOXELS_MOST, out, err);
}
