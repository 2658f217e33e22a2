/* segment/polygon.c - exact areas of polygons in pixels.
 *
 * The border's pieces do not cross, and each knows on which side of it the inside lies. So the area
 * is a sum over pieces: what lies at greater u of one that opens, less the same of one that closes.
 * In a row of pixels only those that a piece runs through are worked out; all at greater u get the
 * piece's height, as a step that the row's running sum carries on.
 */
#include "segment/polygon.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"

/* What rounding leaves of a pixel that is outside, or lacks in one that is inside. */
static const double ROUNDING = 1e-9;

enum ot_rc ot_edges_init(struct ot_edges *edges, size_t sides, struct ot_err *err)
{
    *edges = (struct ot_edges){.capacity = sides};
    edges->side = OT_NEW(struct ot_side, sides, err);
    return edges->side != NULL ? OT_OK : OT_ERR_NOMEM;
}

void ot_edges_release(struct ot_edges *edges)
{
    if (edges != NULL) {
        ot_free(edges->side);
        ot_pieces_release(&edges->border);
        *edges = (struct ot_edges){0};
    }
}

void ot_edges_add(struct ot_edges *edges, const double *uv, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        const double *a = uv + 2 * n;
        const double *b = uv + 2 * (n + 1 < count ? n + 1 : 0);
        if (a[1] < b[1]) {
            edges->side[edges->count++] = (struct ot_side){a[0], a[1], b[0], b[1]};
        } else if (b[1] < a[1]) {
            edges->side[edges->count++] = (struct ot_side){b[0], b[1], a[0], a[1]};
        }
    }
}

enum ot_rc ot_edges_finish(struct ot_edges *edges, struct ot_err *err)
{
    const enum ot_rc rc = ot_sweep(edges->side, edges->count, &edges->border, err);
    ot_free(edges->side);
    edges->side = NULL;
    return rc;
}

double ot_edges_area(const struct ot_edges *edges)
{
    double area = 0.0;
    for (size_t n = 0; n < edges->border.count; n++) {
        const struct ot_piece *piece = &edges->border.piece[n];
        const double under =
            0.5 * (piece->part.u0 + piece->part.u1) * (piece->part.v1 - piece->part.v0);
        area += piece->opens ? -under : under;
    }
    return area;
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
    static const double even = 1e-10;
    if (a <= 0.0 && b <= 0.0) {
        return 0.0;
    }
    if (a >= 1.0 && b >= 1.0) {
        return 1.0;
    }
    if (fabs(b - a) < even || (a >= 0.0 && b >= 0.0 && a <= 1.0 && b <= 1.0)) {
        return fmin(fmax(0.5 * (a + b), 0.0), 1.0);
    }
    return (clamp_integral(b) - clamp_integral(a)) / (b - a);
}

static size_t clamped(double at, size_t most)
{
    if (!(at > 0.0)) {
        return 0;
    }
    return at < (double)most ? (size_t)at : most;
}

/* A line from (u0, low) to (u1, high) in one row of the pixels before `end`: adds the steps between
 * pixels of what lies at greater u, times `sign`. */
static void add_steps(double u0, double u1, double height, double sign, size_t end, double *row)
{
    const size_t from = clamped(floor(u0 < u1 ? u0 : u1), end);
    const size_t to = clamped(ceil(u0 < u1 ? u1 : u0), end);
    double carried = 0.0;
    for (size_t a = from; a < to; a++) {
        const double part = sign * height * (1.0 - clamp_mean(u0 - (double)a, u1 - (double)a));
        row[a] += part - carried;
        carried = part;
    }
    if (to < end) {
        row[to] += sign * height - carried;
    }
}

static void add_piece(const struct ot_piece *piece, const struct ot_pixels *pixels, size_t nu,
                      double *area)
{
    const struct ot_side *part = &piece->part;
    const double slope = (part->u1 - part->u0) / (part->v1 - part->v0);
    const double top = fmin(part->v1, (double)pixels->high[1]);
    double low = fmax(part->v0, (double)pixels->low[1]);
    while (low < top) {
        const double high = fmin(floor(low) + 1.0, top);
        const double u0 = low > part->v0 ? part->u0 + slope * (low - part->v0) : part->u0;
        const double u1 = high < part->v1 ? part->u0 + slope * (high - part->v0) : part->u1;
        add_steps(u0, u1, high - low, piece->opens ? 1.0 : -1.0, pixels->high[0],
                  area + nu * (size_t)low);
        low = high;
    }
}

struct ot_pixels ot_edges_pixels(const struct ot_edges *edges, size_t nu, size_t nv)
{
    double low[2] = {INFINITY, INFINITY};
    double high[2] = {-INFINITY, -INFINITY};
    for (size_t n = 0; n < edges->border.count; n++) {
        const struct ot_side *part = &edges->border.piece[n].part;
        low[0] = fmin(low[0], fmin(part->u0, part->u1));
        high[0] = fmax(high[0], fmax(part->u0, part->u1));
        low[1] = fmin(low[1], part->v0);
        high[1] = fmax(high[1], part->v1);
    }
    /* One more all about: where a row cuts a piece, rounding may put it beyond the piece's ends. */
    return (struct ot_pixels){
        .low = {clamped(floor(low[0]) - 1.0, nu), clamped(floor(low[1]) - 1.0, nv)},
        .high = {clamped(ceil(high[0]) + 1.0, nu), clamped(ceil(high[1]) + 1.0, nv)}};
}

void ot_edges_raster(const struct ot_edges *edges, const struct ot_pixels *pixels, size_t nu,
                     double *area)
{
    const size_t first = pixels->low[0];
    const size_t end = pixels->high[0];
    for (size_t b = pixels->low[1]; b < pixels->high[1] && first < end; b++) {
        memset(area + first + nu * b, 0, (end - first) * sizeof *area);
    }
    for (size_t n = 0; n < edges->border.count; n++) {
        add_piece(&edges->border.piece[n], pixels, nu, area);
    }
    for (size_t b = pixels->low[1]; b < pixels->high[1]; b++) {
        double inside = 0.0;
        for (size_t a = first; a < end; a++) {
            inside += area[a + nu * b];
            area[a + nu * b] = inside < ROUNDING ? 0.0 : (inside > 1.0 - ROUNDING ? 1.0 : inside);
        }
    }
}
