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

/* A line from (u0, low) to (u1, high) in one row: adds the steps between pixels of what lies at
 * greater u, times `sign`. */
static void add_steps(double u0, double u1, double height, double sign, size_t nu, double *row)
{
    const double last = (double)nu;
    const size_t from = (size_t)fmin(fmax(floor(fmin(u0, u1)), 0.0), last);
    const size_t to = (size_t)fmin(fmax(ceil(fmax(u0, u1)), 0.0), last);
    double carried = 0.0;
    for (size_t a = from; a < to; a++) {
        const double part = sign * height * (1.0 - clamp_mean(u0 - (double)a, u1 - (double)a));
        row[a] += part - carried;
        carried = part;
    }
    if (to < nu) {
        row[to] += sign * height - carried;
    }
}

static void add_piece(const struct ot_piece *piece, size_t nu, size_t nv, double *area)
{
    const struct ot_side *part = &piece->part;
    const double slope = (part->u1 - part->u0) / (part->v1 - part->v0);
    const double top = fmin(part->v1, (double)nv);
    double low = fmax(part->v0, 0.0);
    while (low < top) {
        const double high = fmin(floor(low) + 1.0, top);
        const double u0 = low > part->v0 ? part->u0 + slope * (low - part->v0) : part->u0;
        const double u1 = high < part->v1 ? part->u0 + slope * (high - part->v0) : part->u1;
        add_steps(u0, u1, high - low, piece->opens ? 1.0 : -1.0, nu, area + nu * (size_t)low);
        low = high;
    }
}

void ot_edges_raster(const struct ot_edges *edges, size_t nu, size_t nv, double *area)
{
    memset(area, 0, nu * nv * sizeof *area);
    for (size_t n = 0; n < edges->border.count; n++) {
        add_piece(&edges->border.piece[n], nu, nv, area);
    }
    for (size_t b = 0; b < nv; b++) {
        double inside = 0.0;
        for (size_t a = 0; a < nu; a++) {
            inside += area[a + nu * b];
            area[a + nu * b] = inside < ROUNDING ? 0.0 : (inside > 1.0 - ROUNDING ? 1.0 : inside);
        }
    }
}
