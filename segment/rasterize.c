/* segment/rasterize.c - masks and contours to fractions of voxels. */
#include "segment/rasterize.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/mem.h"
#include "core/resample.h"
#include "core/stats.h"
#include "segment/contour_planes.h"
#include "segment/polygon.h"

/* Angle between the planes' normal and the grid's axis, radians, up to which the grid counts as
 * aligned: 0.1 mm over 200 mm. */
static const double ALIGNED_TOL = 5e-4;
/* An oblique grid is reached through a grid of the contours' own that is this much finer than
 * the target's finest spacing, with a limit on its size. */
static const double FINER = 3.0;
static const double OWN_VOXELS_MOST = 33554432.0; /* 2^25: 128 MiB of float */

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* How the contours' planes lie in a grid that has an axis along their normal. */
struct layout {
    size_t axis[3]; /* grid axes: two in the planes, then the one along the normal */
    double turn;    /* +1 when the third runs along the normal, -1 against it */
};

static bool find_layout(const struct ot_contour_planes *planes, const struct ot_grid *grid,
                        struct layout *layout)
{
    for (size_t c = 0; c < 3; c++) {
        const double axis[3] = {grid->dir[0][c], grid->dir[1][c], grid->dir[2][c]};
        const double cosine = dot(planes->frame.normal, axis);
        const double sine = sqrt(fmax(0.0, dot(axis, axis) - cosine * cosine));
        if (sine <= ALIGNED_TOL) {
            layout->axis[0] = c == 0 ? 1 : 0;
            layout->axis[1] = c == 2 ? 1 : 2;
            layout->axis[2] = c;
            layout->turn = cosine > 0.0 ? 1.0 : -1.0;
            return true;
        }
    }
    return false;
}

/* A slab in units of slices of the grid, 0 at the low face of slice 0, and its polygons. */
struct slab {
    double low, high;
    struct ot_edges edges;
};

static enum ot_rc slab_make(const struct ot_contour_set *set,
                            const struct ot_contour_planes *planes,
                            const struct ot_contour_plane *plane, const struct ot_grid *grid,
                            const struct layout *layout, struct slab *slab, struct ot_err *err)
{
    size_t points = 0;
    size_t most = 0;
    for (size_t c = plane->first; c < plane->first + plane->count; c++) {
        const size_t count = set->contours[planes->order[c]].count;
        points += count;
        most = count > most ? count : most;
    }
    double *uv = OT_NEW(double, 2 * most, err);
    enum ot_rc rc = uv != NULL ? ot_edges_init(&slab->edges, points, err) : OT_ERR_NOMEM;
    for (size_t c = plane->first; rc == OT_OK && c < plane->first + plane->count; c++) {
        const struct ot_contour *contour = &set->contours[planes->order[c]];
        for (size_t n = 0; n < contour->count; n++) {
            double index[3];
            ot_grid_to_index(grid, contour->points_mm + 3 * n, index);
            uv[2 * n] = index[layout->axis[0]] + 0.5;
            uv[2 * n + 1] = index[layout->axis[1]] + 0.5;
        }
        ot_edges_add(&slab->edges, uv, contour->count);
    }
    if (rc == OT_OK) {
        rc = ot_edges_finish(&slab->edges, err);
    }
    if (rc == OT_OK) {
        double index[3];
        ot_grid_to_index(grid, plane->center_mm, index);
        const double middle = index[layout->axis[2]] + 0.5;
        const double per_mm = layout->turn / grid->spacing_mm[layout->axis[2]];
        const double a = middle + (plane->low_mm - plane->position_mm) * per_mm;
        const double b = middle + (plane->high_mm - plane->position_mm) * per_mm;
        slab->low = fmin(a, b);
        slab->high = fmax(a, b);
    }
    ot_free(uv);
    return rc;
}

struct stack {
    struct slab *slab; /* owned; ascending along the grid's axis */
    size_t count;
    struct layout layout;
};

static void stack_release(struct stack *stack)
{
    for (size_t s = 0; stack->slab != NULL && s < stack->count; s++) {
        ot_edges_release(&stack->slab[s].edges);
    }
    ot_free(stack->slab);
}

static enum ot_rc stack_make(const struct ot_contour_set *set,
                             const struct ot_contour_planes *planes, const struct ot_grid *grid,
                             struct stack *stack, struct ot_err *err)
{
    stack->count = planes->count;
    stack->slab = OT_NEW(struct slab, planes->count, err);
    if (stack->slab == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t s = 0; s < planes->count; s++) {
        const size_t p = stack->layout.turn > 0.0 ? s : planes->count - 1 - s;
        const enum ot_rc rc =
            slab_make(set, planes, &planes->plane[p], grid, &stack->layout, &stack->slab[s], err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    return OT_OK;
}

struct scratch {
    double *area; /* of the slab last rasterized */
    double *sum;
    size_t slab; /* SIZE_MAX: none */
};

/* One slice of the grid: areas of the slabs that it meets, each by the share of the slice. */
static void raster_slice(const struct stack *stack, size_t k, struct scratch *scratch,
                         struct ot_volume *out)
{
    const size_t *axis = stack->layout.axis;
    const size_t stride[3] = {1, out->grid.n[0], out->grid.n[0] * out->grid.n[1]};
    const size_t nu = out->grid.n[axis[0]];
    const size_t nv = out->grid.n[axis[1]];
    bool met = false;
    for (size_t x = 0; x < nu * nv; x++) {
        scratch->sum[x] = 0.0;
    }
    for (size_t s = 0; s < stack->count; s++) {
        const struct slab *slab = &stack->slab[s];
        const double part = fmin(slab->high, (double)k + 1.0) - fmax(slab->low, (double)k);
        if (!(part > 0.0)) {
            continue;
        }
        if (scratch->slab != s) {
            ot_edges_raster(&slab->edges, nu, nv, scratch->area);
            scratch->slab = s;
        }
        met = true;
        for (size_t x = 0; x < nu * nv; x++) {
            scratch->sum[x] += part * scratch->area[x];
        }
    }
    for (size_t v = 0; met && v < nv; v++) {
        for (size_t u = 0; u < nu; u++) {
            const double fraction = fmin(fmax(scratch->sum[u + nu * v], 0.0), 1.0);
            out->data[u * stride[axis[0]] + v * stride[axis[1]] + k * stride[axis[2]]] =
                (float)fraction;
        }
    }
}

static enum ot_rc raster_stack(const struct stack *stack, int threads, struct ot_volume *out,
                               struct ot_err *err)
{
    const size_t *axis = stack->layout.axis;
    const size_t size = out->grid.n[axis[0]] * out->grid.n[axis[1]];
    const size_t team = (size_t)threads;
    struct scratch *scratch = OT_NEW(struct scratch, team, err);
    double *areas = scratch != NULL ? OT_NEW(double, 2 * team * size, err) : NULL;
    const enum ot_rc rc = areas != NULL ? OT_OK : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        for (size_t t = 0; t < team; t++) {
            scratch[t] = (struct scratch){
                .area = areas + 2 * t * size, .sum = areas + (2 * t + 1) * size, .slab = SIZE_MAX};
        }
        const ptrdiff_t slices = (ptrdiff_t)out->grid.n[axis[2]];
#pragma omp parallel for schedule(static) num_threads(threads)
        for (ptrdiff_t k = 0; k < slices; k++) {
            raster_slice(stack, (size_t)k, &scratch[omp_get_thread_num()], out);
        }
    }
    ot_free(areas);
    ot_free(scratch);
    return rc;
}

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

static enum ot_rc raster_planes(const struct ot_contour_set *set,
                                const struct ot_contour_planes *planes, const struct ot_grid *grid,
                                int threads, struct ot_volume **out, struct ot_err *err)
{
    struct stack stack = {0};
    struct ot_volume *own = NULL;
    enum ot_rc rc = OT_OK;
    struct ot_grid target = *grid;
    const bool oblique = !find_layout(planes, grid, &stack.layout);
    if (oblique) {
        const double finest =
            fmin(grid->spacing_mm[0], fmin(grid->spacing_mm[1], grid->spacing_mm[2])) / FINER;
        double spacing_mm[3] = {finest, finest, finest};
        while (own_voxels(planes, spacing_mm) > OWN_VOXELS_MOST) {
            spacing_mm[0] = spacing_mm[1] = spacing_mm[2] = 1.1 * spacing_mm[0];
        }
        target = own_grid(planes, spacing_mm);
        stack.layout = (struct layout){.axis = {0, 1, 2}, .turn = 1.0};
    }
    rc = ot_volume_create(&target, OT_UNIT_NONE, &own, err);
    if (rc != OT_OK) {
        goto done;
    }
    rc = stack_make(set, planes, &target, &stack, err);
    if (rc != OT_OK) {
        goto done;
    }
    rc = raster_stack(&stack, threads, own, err);
    if (rc != OT_OK) {
        goto done;
    }
    if (oblique) {
        rc = ot_resample_box(own, grid, threads, out, err);
    } else {
        *out = own;
        own = NULL;
    }

done:
    stack_release(&stack);
    ot_volume_destroy(own);
    return rc;
}

/* Clamps rounding away, and compares with the volume that the region has by itself. */
static enum ot_rc finish(struct ot_volume *made, double volume_ml, double *inside_fraction,
                         struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(&made->grid);
    for (size_t x = 0; x < count; x++) {
        const float f = made->data[x] > 0.0F ? made->data[x] : 0.0F;
        made->data[x] = f < 1.0F ? f : 1.0F;
    }
    const double inside_ml = ot_sum(made->data, count) * ot_grid_voxel_volume_ml(&made->grid);
    if (!(inside_ml > 0.0)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "the region lies outside the image");
    }
    if (inside_fraction != NULL) {
        *inside_fraction = fmin(inside_ml / volume_ml, 1.0);
    }
    return OT_OK;
}

enum ot_rc ot_contours_to_fraction(const struct ot_contour_set *set, double slice_mm,
                                   const struct ot_grid *grid, int threads,
                                   struct ot_volume **fraction, double *inside_fraction,
                                   struct ot_err *err)
{
    struct ot_contour_planes *planes = NULL;
    struct ot_volume *made = NULL;
    *fraction = NULL;
    enum ot_rc rc = ot_grid_validate(grid, err);
    if (rc != OT_OK) {
        goto done;
    }
    rc = ot_contour_planes_create(set, slice_mm, &planes, err);
    if (rc != OT_OK) {
        goto done;
    }
    rc = raster_planes(set, planes, grid, threads, &made, err);
    if (rc != OT_OK) {
        goto done;
    }
    rc = finish(made, planes->volume_ml, inside_fraction, err);
    if (rc != OT_OK) {
        goto done;
    }
    *fraction = made;
    made = NULL;

done:
    ot_volume_destroy(made);
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
