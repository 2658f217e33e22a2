/* segment/contour_stack.c - slabs of polygons, and what of a slice lies in each. */
#include "segment/contour_stack.h"

#include <math.h>
#include <omp.h>
#include <stdint.h>

#include "core/mem.h"
#include "segment/polygon.h"

/* Angle between the planes' normal and the grid's axis, radians, up to which the grid counts as
 * aligned: 0.1 mm over 200 mm. */
static const double ALIGNED_TOL = 5e-4;

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

bool ot_contour_layout_find(const struct ot_contour_planes *planes, const struct ot_grid *grid,
                            struct ot_contour_layout *layout)
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
                            const struct ot_contour_layout *layout, struct slab *slab,
                            struct ot_err *err)
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
    struct ot_contour_layout layout;
    struct ot_pixels pixels; /* of a slice: hold those of all slabs */
};

static void stack_release(struct stack *stack)
{
    for (size_t s = 0; stack->slab != NULL && s < stack->count; s++) {
        ot_edges_release(&stack->slab[s].edges);
    }
    ot_free(stack->slab);
}

static void add_pixels(struct stack *stack, const struct slab *slab, const struct ot_grid *grid)
{
    const size_t *axis = stack->layout.axis;
    const struct ot_pixels more = ot_edges_pixels(&slab->edges, grid->n[axis[0]], grid->n[axis[1]]);
    struct ot_pixels *all = &stack->pixels;
    for (size_t c = 0; c < 2; c++) {
        all->low[c] = more.low[c] < all->low[c] ? more.low[c] : all->low[c];
        all->high[c] = more.high[c] > all->high[c] ? more.high[c] : all->high[c];
    }
}

static enum ot_rc stack_make(const struct ot_contour_set *set,
                             const struct ot_contour_planes *planes, const struct ot_grid *grid,
                             struct stack *stack, struct ot_err *err)
{
    stack->count = planes->count;
    stack->pixels = (struct ot_pixels){.low = {SIZE_MAX, SIZE_MAX}};
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
        add_pixels(stack, &stack->slab[s], grid);
    }
    return OT_OK;
}

struct scratch {
    double *area; /* of the slab last rasterized */
    double *sum;
    size_t slab; /* SIZE_MAX: none */
};

/* sum += part * area, in the stack's pixels. */
static void add_area(const struct stack *stack, double part, size_t nu, struct scratch *scratch)
{
    const struct ot_pixels *pixels = &stack->pixels;
    for (size_t v = pixels->low[1]; v < pixels->high[1]; v++) {
        for (size_t x = pixels->low[0] + nu * v; x < pixels->high[0] + nu * v; x++) {
            scratch->sum[x] += part * scratch->area[x];
        }
    }
}

/* Writes the sums of slice k, and leaves zeros for the next. */
static void put_slice(const struct stack *stack, size_t k, double *sum, struct ot_volume *out)
{
    const size_t *axis = stack->layout.axis;
    const struct ot_pixels *pixels = &stack->pixels;
    const size_t stride[3] = {1, out->grid.n[0], out->grid.n[0] * out->grid.n[1]};
    const size_t nu = out->grid.n[axis[0]];
    for (size_t v = pixels->low[1]; v < pixels->high[1]; v++) {
        float *row = out->data + v * stride[axis[1]] + k * stride[axis[2]];
        for (size_t u = pixels->low[0]; u < pixels->high[0]; u++) {
            const double inside = sum[u + nu * v];
            row[u * stride[axis[0]]] = inside > 1.0 ? 1.0F : (float)inside; /* NaN stays so */
            sum[u + nu * v] = 0.0;
        }
    }
}

/* One slice of the grid: areas of the slabs that it meets, each by the share of the slice. What
 * they do not reach is not touched: it is 0, and memory that nothing is written to costs none. */
static void raster_slice(const struct stack *stack, size_t k, struct scratch *scratch,
                         struct ot_volume *out)
{
    const size_t nu = out->grid.n[stack->layout.axis[0]];
    bool met = false;
    for (size_t s = 0; s < stack->count; s++) {
        const struct slab *slab = &stack->slab[s];
        const double part = fmin(slab->high, (double)k + 1.0) - fmax(slab->low, (double)k);
        if (!(part > 0.0)) {
            continue;
        }
        if (scratch->slab != s) {
            ot_edges_raster(&slab->edges, &stack->pixels, nu, scratch->area);
            scratch->slab = s;
        }
        met = true;
        add_area(stack, part, nu, scratch);
    }
    if (met) {
        put_slice(stack, k, scratch->sum, out);
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

enum ot_rc ot_contour_stack_raster(const struct ot_contour_set *set,
                                   const struct ot_contour_planes *planes,
                                   const struct ot_contour_layout *layout, int threads,
                                   struct ot_volume *out, struct ot_err *err)
{
    struct stack stack = {.layout = *layout};
    enum ot_rc rc = stack_make(set, planes, &out->grid, &stack, err);
    if (rc == OT_OK) {
        rc = raster_stack(&stack, threads, out, err);
    }
    stack_release(&stack);
    return rc;
}
