/* segment/point_blocks.c - cells of a lattice, and bounds from their boxes. */
#include "segment/point_blocks.h"

#include <math.h>

#include "core/mem.h"

/* Cells that hold the points: where they begin, how wide they are, how many there are. */
struct lattice {
    double low_mm[3];
    double cell_mm;
    size_t n[3];
    size_t cells;
};

static void widen(struct ot_point_block *block, const double point_mm[3])
{
    for (size_t c = 0; c < 3; c++) {
        block->low_mm[c] = point_mm[c] < block->low_mm[c] ? point_mm[c] : block->low_mm[c];
        block->high_mm[c] = point_mm[c] > block->high_mm[c] ? point_mm[c] : block->high_mm[c];
    }
}

static struct ot_point_block no_block(size_t first)
{
    return (struct ot_point_block){.first = first,
                                   .low_mm = {INFINITY, INFINITY, INFINITY},
                                   .high_mm = {-INFINITY, -INFINITY, -INFINITY}};
}

/* In floating point, as what is too wide has more than a size_t holds. */
static double cells_in(const struct ot_point_block *box, double cell_mm)
{
    double cells = 1.0;
    for (size_t c = 0; c < 3; c++) {
        cells *= floor((box->high_mm[c] - box->low_mm[c]) / cell_mm) + 1.0;
    }
    return cells;
}

static struct lattice lattice_about(const double *point_mm, size_t count, double cell_mm)
{
    struct ot_point_block all = no_block(0);
    for (size_t n = 0; n < count; n++) {
        widen(&all, &point_mm[3 * n]);
    }
    while (cells_in(&all, cell_mm) > (double)count) {
        cell_mm *= 2.0;
    }
    struct lattice lattice = {.cell_mm = cell_mm, .cells = 1};
    for (size_t c = 0; c < 3; c++) {
        lattice.low_mm[c] = all.low_mm[c];
        lattice.n[c] = (size_t)((all.high_mm[c] - all.low_mm[c]) / cell_mm) + 1;
        lattice.cells *= lattice.n[c];
    }
    return lattice;
}

static size_t cell_of(const struct lattice *lattice, const double point_mm[3])
{
    size_t cell = 0;
    for (size_t c = 3; c-- > 0;) {
        const size_t at = (size_t)((point_mm[c] - lattice->low_mm[c]) / lattice->cell_mm);
        cell = cell * lattice->n[c] + at;
    }
    return cell;
}

/* Where each cell's points begin; next[cells] is what follows the last. Number of cells in use. */
static size_t count_cells(const struct lattice *lattice, const double *point_mm, size_t count,
                          size_t *next)
{
    size_t used = 0;
    size_t first = 0;
    for (size_t n = 0; n < count; n++) {
        next[cell_of(lattice, &point_mm[3 * n])]++;
    }
    for (size_t cell = 0; cell < lattice->cells; cell++) {
        const size_t held = next[cell];
        used += held > 0;
        next[cell] = first;
        first += held;
    }
    return used;
}

/* Moves the points to their cells, in their order; next[] then says where each cell ends. */
static void deal(const struct lattice *lattice, const double *point_mm, size_t *next,
                 struct ot_point_blocks *out)
{
    for (size_t n = 0; n < out->count; n++) {
        const size_t place = next[cell_of(lattice, &point_mm[3 * n])]++;
        for (size_t c = 0; c < 3; c++) {
            out->point_mm[3 * place + c] = point_mm[3 * n + c];
        }
        out->number[place] = n;
    }
}

static void make_boxes(const struct lattice *lattice, const size_t *end,
                       struct ot_point_blocks *out)
{
    size_t first = 0;
    for (size_t cell = 0; cell < lattice->cells; first = end[cell++]) {
        if (end[cell] == first) {
            continue;
        }
        struct ot_point_block *block = &out->block[out->block_count++];
        *block = no_block(first);
        block->count = end[cell] - first;
        for (size_t n = first; n < end[cell]; n++) {
            widen(block, &out->point_mm[3 * n]);
        }
    }
}

enum ot_rc ot_point_blocks_make(const double *point_mm, size_t count, double cell_mm,
                                struct ot_point_blocks *out, struct ot_err *err)
{
    *out = (struct ot_point_blocks){0};
    if (count == 0) {
        return OT_OK;
    }
    const struct lattice lattice = lattice_about(point_mm, count, cell_mm);
    size_t *next = OT_NEW(size_t, lattice.cells, err);
    size_t used = 0;
    if (next != NULL) {
        used = count_cells(&lattice, point_mm, count, next);
        out->point_mm = OT_NEW_UNSET(double, 3 * count, err);
    }
    out->number = out->point_mm != NULL ? OT_NEW_UNSET(size_t, count, err) : NULL;
    out->block = out->number != NULL ? OT_NEW_UNSET(struct ot_point_block, used, err) : NULL;
    const enum ot_rc rc = out->block != NULL ? OT_OK : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        out->count = count;
        deal(&lattice, point_mm, next, out);
        make_boxes(&lattice, next, out);
    } else {
        ot_point_blocks_release(out);
    }
    ot_free(next);
    return rc;
}

void ot_point_blocks_release(struct ot_point_blocks *blocks)
{
    ot_free(blocks->point_mm);
    ot_free(blocks->number);
    ot_free(blocks->block);
    *blocks = (struct ot_point_blocks){0};
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static double distance2(const double a[3], const double b[3])
{
    const double d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
    return dot(d, d);
}

/* The farthest that a point of a box could reach along a direction. */
static double reach(const struct ot_point_block *block, const double along[3])
{
    double corner[3];
    for (size_t c = 0; c < 3; c++) {
        corner[c] = along[c] > 0.0 ? block->high_mm[c] : block->low_mm[c];
    }
    return dot(corner, along);
}

/* The farthest point yet. */
struct farthest {
    double at;
    size_t place;
};

static void look_into(const struct ot_point_blocks *blocks, const struct ot_point_block *block,
                      const double along[3], struct farthest *farthest)
{
    for (size_t n = block->first; n < block->first + block->count; n++) {
        const double at = dot(&blocks->point_mm[3 * n], along);
        if (at > farthest->at ||
            (!(at < farthest->at) && blocks->number[n] < blocks->number[farthest->place])) {
            *farthest = (struct farthest){at, n};
        }
    }
}

size_t ot_point_blocks_farthest(const struct ot_point_blocks *blocks, const double along[3])
{
    size_t best = 0;
    double best_reach = -INFINITY;
    for (size_t b = 0; b < blocks->block_count; b++) {
        const double at = reach(&blocks->block[b], along);
        if (at > best_reach) {
            best_reach = at;
            best = b;
        }
    }
    struct farthest farthest = {.at = -INFINITY, .place = blocks->block[best].first};
    look_into(blocks, &blocks->block[best], along, &farthest);
    for (size_t b = 0; b < blocks->block_count; b++) {
        if (b != best && reach(&blocks->block[b], along) >= farthest.at) {
            look_into(blocks, &blocks->block[b], along, &farthest);
        }
    }
    return farthest.place;
}

/* Squared distance that a point has from a box at least: 0 in it. */
static double to_box2(const struct ot_point_block *block, const double point_mm[3])
{
    double off[3];
    for (size_t c = 0; c < 3; c++) {
        const double below = block->low_mm[c] - point_mm[c];
        const double above = point_mm[c] - block->high_mm[c];
        const double out = below > above ? below : above;
        off[c] = out > 0.0 ? out : 0.0;
    }
    return dot(off, off);
}

/* Squared distances that the points of two boxes have at least and at most. */
static double apart2(const struct ot_point_block *a, const struct ot_point_block *b)
{
    double off[3];
    for (size_t c = 0; c < 3; c++) {
        const double below = b->low_mm[c] - a->high_mm[c];
        const double above = a->low_mm[c] - b->high_mm[c];
        const double out = below > above ? below : above;
        off[c] = out > 0.0 ? out : 0.0;
    }
    return dot(off, off);
}

static double at_most2(const struct ot_point_block *a, const struct ot_point_block *b)
{
    double off[3];
    for (size_t c = 0; c < 3; c++) {
        const double up = b->high_mm[c] - a->low_mm[c];
        const double down = a->high_mm[c] - b->low_mm[c];
        off[c] = up > down ? up : down;
    }
    return dot(off, off);
}

/* The least of best2 and the squared distances of a point from those of a block. */
static double nearer2(const struct ot_point_blocks *blocks, const struct ot_point_block *block,
                      const double point_mm[3], double best2)
{
    if (to_box2(block, point_mm) < best2) {
        for (size_t n = block->first; n < block->first + block->count; n++) {
            const double d2 = distance2(&blocks->point_mm[3 * n], point_mm);
            best2 = d2 < best2 ? d2 : best2;
        }
    }
    return best2;
}

double ot_point_blocks_least_mm(const struct ot_point_blocks *a, const struct ot_point_blocks *b)
{
    double best2 = INFINITY;
    for (size_t n = 0; n < b->block_count; n++) { /* any point's distance is a first bound */
        best2 = nearer2(b, &b->block[n], a->point_mm, best2);
    }
    for (size_t m = 0; m < a->block_count; m++) {
        const struct ot_point_block *from = &a->block[m];
        for (size_t n = 0; n < b->block_count; n++) {
            if (!(apart2(from, &b->block[n]) < best2)) {
                continue;
            }
            for (size_t p = from->first; p < from->first + from->count; p++) {
                best2 = nearer2(b, &b->block[n], &a->point_mm[3 * p], best2);
            }
        }
    }
    return sqrt(best2);
}

/* The blocks of `b` that may hold the nearest point to one of `from`; none of these is farther from
 * it than *most2. Their number. */
static size_t list_near(const struct ot_point_blocks *b, const struct ot_point_block *from,
                        size_t *near, double *most2)
{
    size_t count = 0;
    *most2 = INFINITY;
    for (size_t n = 0; n < b->block_count; n++) {
        const double d2 = at_most2(from, &b->block[n]);
        *most2 = d2 < *most2 ? d2 : *most2;
    }
    for (size_t n = 0; n < b->block_count; n++) {
        if (apart2(from, &b->block[n]) <= *most2) {
            near[count++] = n;
        }
    }
    return count;
}

enum ot_rc ot_point_blocks_greatest_mm(const struct ot_point_blocks *a,
                                       const struct ot_point_blocks *b, double *mm,
                                       struct ot_err *err)
{
    double best2 = 0.0;
    size_t *near = OT_NEW_UNSET(size_t, b->block_count, err);
    if (near == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t m = 0; m < a->block_count; m++) {
        const struct ot_point_block *from = &a->block[m];
        double most2 = 0.0;
        const size_t count = list_near(b, from, near, &most2);
        for (size_t p = from->first; most2 > best2 && p < from->first + from->count; p++) {
            double d2 = INFINITY;
            /* What is nearer to one than the greatest of the others is not the greatest. */
            for (size_t n = 0; n < count && d2 > best2; n++) {
                d2 = nearer2(b, &b->block[near[n]], &a->point_mm[3 * p], d2);
            }
            best2 = d2 > best2 ? d2 : best2;
        }
    }
    ot_free(near);
    *mm = sqrt(best2);
    return OT_OK;
}
