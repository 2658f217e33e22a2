/* segment/polygon.c - exact areas of polygons in pixels.
 *
 * Between two neighboring levels (v of a vertex, or a border of pixel rows) every side is
 * straight from one level to the other. Where two sides cross in between, the strip is cut at
 * the crossing. What is left are trapezoids, whose part of each pixel is known exactly.
 */
#include "segment/polygon.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* Sides nearer than this, in pixels, do not cross. */
static const double CROSS_TOL = 1e-10;
enum { CUTS_MOST = 48 }; /* nested cuts of one strip; a strip is then thinner than rounding */

enum ot_rc ot_edges_init(struct ot_edges *edges, size_t sides, struct ot_err *err)
{
    *edges = (struct ot_edges){.capacity = sides};
    edges->edge = OT_NEW(struct ot_edge, sides, err);
    if (edges->edge == NULL) {
        return OT_ERR_NOMEM;
    }
    edges->level = OT_NEW(double, 2 * sides, err);
    return edges->level != NULL ? OT_OK : OT_ERR_NOMEM;
}

void ot_edges_release(struct ot_edges *edges)
{
    if (edges != NULL) {
        ot_free(edges->edge);
        ot_free(edges->level);
        *edges = (struct ot_edges){0};
    }
}

void ot_edges_add(struct ot_edges *edges, const double *uv, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        const double *a = uv + 2 * n;
        const double *b = uv + 2 * (n + 1 < count ? n + 1 : 0);
        if (a[1] < b[1]) {
            edges->edge[edges->count++] = (struct ot_edge){a[0], a[1], b[0], b[1]};
        } else if (b[1] < a[1]) {
            edges->edge[edges->count++] = (struct ot_edge){b[0], b[1], a[0], a[1]};
        }
    }
}

static int by_low_end(const void *a, const void *b)
{
    const struct ot_edge *x = (const struct ot_edge *)a;
    const struct ot_edge *y = (const struct ot_edge *)b;
    if (x->v0 != y->v0) {
        return x->v0 < y->v0 ? -1 : 1;
    }
    return (x->u0 > y->u0) - (x->u0 < y->u0);
}

static int by_value(const void *a, const void *b)
{
    const double *x = (const double *)a;
    const double *y = (const double *)b;
    return (*x > *y) - (*x < *y);
}

void ot_edges_finish(struct ot_edges *edges)
{
    for (size_t n = 0; n < edges->count; n++) {
        edges->level[2 * n] = edges->edge[n].v0;
        edges->level[2 * n + 1] = edges->edge[n].v1;
    }
    if (edges->count == 0) {
        return;
    }
    qsort(edges->edge, edges->count, sizeof *edges->edge, by_low_end);
    qsort(edges->level, 2 * edges->count, sizeof *edges->level, by_value);
    for (size_t n = 0; n < 2 * edges->count; n++) {
        if (edges->levels == 0 || edges->level[n] > edges->level[edges->levels - 1]) {
            edges->level[edges->levels++] = edges->level[n];
        }
    }
}

static double u_at(const struct ot_edge *edge, double v)
{
    return edge->u0 + (edge->u1 - edge->u0) * ((v - edge->v0) / (edge->v1 - edge->v0));
}

/* Integral of clamp(x, 0, 1) from 0 to x. */
static double clamp_integral(double x)
{
    if (x <= 0.0) {
        return 0.0;
    }
    return x < 1.0 ? 0.5 * x * x : x - 0.5;
}

/* Mean of clamp(x, 0, 1) for x running evenly from a to b. */
static double clamp_mean(double a, double b)
{
    if (a <= 0.0 && b <= 0.0) {
        return 0.0;
    }
    if (a >= 1.0 && b >= 1.0) {
        return 1.0;
    }
    if (fabs(b - a) < CROSS_TOL || (a >= 0.0 && b >= 0.0 && a <= 1.0 && b <= 1.0)) {
        return fmin(fmax(0.5 * (a + b), 0.0), 1.0);
    }
    return (clamp_integral(b) - clamp_integral(a)) / (b - a);
}

/* What one call of ot_edges_raster() works on. */
struct raster {
    const struct ot_edge *edge;
    size_t *active; /* sides that span the strip, ascending u at its middle */
    size_t actives;
    size_t nu;
    double *row; /* areas of the pixel row that the strip lies in */
};

/* Adds the trapezoid between two sides: in each column, what lies left of the right side less
 * what lies left of the left side. */
static void add_trapezoid(const struct raster *raster, const struct ot_edge *left,
                          const struct ot_edge *right, double low, double high)
{
    const double left_u[2] = {u_at(left, low), u_at(left, high)};
    const double right_u[2] = {u_at(right, low), u_at(right, high)};
    const double from = fmax(floor(fmin(left_u[0], left_u[1])), 0.0);
    const double to = fmin(ceil(fmax(right_u[0], right_u[1])), (double)raster->nu);
    const size_t end = to > from ? (size_t)to : 0; /* outside the pixels: no column */
    for (size_t a = to > from ? (size_t)from : 0; a < end; a++) {
        const double column = (double)a;
        const double part = clamp_mean(right_u[0] - column, right_u[1] - column) -
                            clamp_mean(left_u[0] - column, left_u[1] - column);
        raster->row[a] += part * (high - low);
    }
}

/* Nearly sorted already: the order of the strip below. */
static void sort_active(const struct raster *raster, double v)
{
    for (size_t n = 1; n < raster->actives; n++) {
        const size_t moving = raster->active[n];
        const double u = u_at(&raster->edge[moving], v);
        size_t at = n;
        while (at > 0 && u_at(&raster->edge[raster->active[at - 1]], v) > u) {
            raster->active[at] = raster->active[at - 1];
            at--;
        }
        raster->active[at] = moving;
    }
}

/* Where the first two neighbors cross within the strip. Some neighbors do if any two sides do. */
static bool find_crossing(const struct raster *raster, double low, double high, double *at)
{
    for (size_t n = 0; n + 1 < raster->actives; n++) {
        const struct ot_edge *a = &raster->edge[raster->active[n]];
        const struct ot_edge *b = &raster->edge[raster->active[n + 1]];
        const double below = u_at(b, low) - u_at(a, low);
        const double above = u_at(b, high) - u_at(a, high);
        if ((below < -CROSS_TOL && above > 0.0) || (below > 0.0 && above < -CROSS_TOL)) {
            *at = low + (high - low) * (below / (below - above));
            return *at > low && *at < high;
        }
    }
    return false;
}

static void add_strip(const struct raster *raster, double low, double high, int cuts)
{
    double crossing = 0.0;
    sort_active(raster, 0.5 * (low + high));
    if (cuts < CUTS_MOST && find_crossing(raster, low, high, &crossing)) {
        add_strip(raster, low, crossing, cuts + 1);
        add_strip(raster, crossing, high, cuts + 1);
        return;
    }
    for (size_t n = 0; n + 1 < raster->actives; n += 2) {
        add_trapezoid(raster, &raster->edge[raster->active[n]],
                      &raster->edge[raster->active[n + 1]], low, high);
    }
}

/* Sides that end at or below the strip leave, those that begin at its low end enter. */
static size_t update_active(const struct ot_edges *edges, struct raster *raster, size_t next,
                            double low)
{
    size_t kept = 0;
    for (size_t n = 0; n < raster->actives; n++) {
        if (edges->edge[raster->active[n]].v1 > low) {
            raster->active[kept++] = raster->active[n];
        }
    }
    for (; next < edges->count && edges->edge[next].v0 <= low; next++) {
        if (edges->edge[next].v1 > low) {
            raster->active[kept++] = next;
        }
    }
    raster->actives = kept;
    return next;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): written through raster.active */
void ot_edges_raster(const struct ot_edges *edges, size_t nu, size_t nv, size_t *scratch,
                     double *area)
{
    struct raster raster = {.edge = edges->edge, .active = scratch, .nu = nu};
    size_t next_edge = 0;
    size_t next_level = 0;
    memset(area, 0, nu * nv * sizeof *area);
    if (edges->levels == 0) {
        return;
    }
    const double top = fmin(edges->level[edges->levels - 1], (double)nv);
    double low = fmax(edges->level[0], 0.0);
    while (low < top) {
        while (next_level < edges->levels && edges->level[next_level] <= low) {
            next_level++;
        }
        double high = fmin(floor(low) + 1.0, top);
        if (next_level < edges->levels && edges->level[next_level] < high) {
            high = edges->level[next_level];
        }
        next_edge = update_active(edges, &raster, next_edge, low);
        raster.row = area + nu * (size_t)floor(low);
        add_strip(&raster, low, high, 0);
        low = high;
    }
}
