/* kernels/phantom_cells.c - where the phantom's truth is sampled. */
#include "kernels/phantom_cells.h"

#include <math.h>

#include "core/mem.h"

/* Beyond 0.4 of the kernel's range lies a tenth of its energy: voxels whose neighborhood is cold
 * up to there are drawn a quarter as often, and what is found there counts four times. */
static const double NEAR_RANGE = 0.4;
static const double FAR_CHOSEN = 0.25;
enum reach { REACH_NONE = 0, REACH_FAR, REACH_NEAR };

void ot_cells_release(struct ot_cells *cells)
{
    ot_free(cells->voxel);
    ot_free(cells->cumulated);
    ot_free(cells->worth);
    *cells = (struct ot_cells){0};
}

/* Marks what lies within `radius` places of a mark, along one line. */
static void dilate_line(unsigned char *marks, size_t stride, size_t n, size_t radius,
                        unsigned char *line)
{
    for (size_t t = 0; t < n; t++) {
        line[t] = marks[t * stride];
    }
    size_t due = 0; /* how many places after a mark are still to be marked */
    for (size_t t = 0; t < n; t++) {
        due = line[t] != 0 ? radius + 1 : due - (due > 0 ? 1U : 0U);
        marks[t * stride] = due > 0 ? 1 : 0;
    }
    due = 0;
    for (size_t t = n; t-- > 0;) {
        due = line[t] != 0 ? radius + 1 : due - (due > 0 ? 1U : 0U);
        marks[t * stride] |= due > 0 ? 1 : 0;
    }
}

/* Marks the voxels within a box of the range around each active one, axis by axis: from all
 * others activity is out of reach. */
static enum ot_rc mark_reach(const struct ot_volume *image, double range_mm, unsigned char **out,
                             struct ot_err *err)
{
    const struct ot_grid *grid = &image->grid;
    const size_t all = ot_grid_voxel_count(grid);
    unsigned char *reach = OT_NEW(unsigned char, all, err);
    unsigned char *line = OT_NEW(unsigned char, grid->n[0] + grid->n[1] + grid->n[2], err);
    *out = NULL;
    if (reach == NULL || line == NULL) {
        ot_free(reach);
        ot_free(line);
        return OT_ERR_NOMEM;
    }
    for (size_t x = 0; x < all; x++) {
        reach[x] = image->data[x] > 0.0F ? 1 : 0;
    }
    size_t stride = 1;
    for (size_t axis = 0; axis < 3; axis++) {
        const size_t n = grid->n[axis];
        const size_t radius = (size_t)ceil(range_mm / grid->spacing_mm[axis]);
        for (size_t lines = 0; lines < all / n; lines++) {
            const size_t start = lines / stride * stride * n + lines % stride;
            dilate_line(reach + start, stride, n, radius, line);
        }
        stride *= n;
    }
    ot_free(line);
    *out = reach;
    return OT_OK;
}

/* enum reach of every voxel. */
static enum ot_rc grade_reach(const struct ot_volume *source, double range_mm, unsigned char **out,
                              struct ot_err *err)
{
    unsigned char *far = NULL;
    unsigned char *near = NULL;
    enum ot_rc rc = mark_reach(source, range_mm, &far, err);
    if (rc == OT_OK) {
        rc = mark_reach(source, NEAR_RANGE * range_mm, &near, err);
    }
    for (size_t x = 0; rc == OT_OK && x < ot_grid_voxel_count(&source->grid); x++) {
        far[x] = near[x] != 0 ? REACH_NEAR : far[x];
    }
    ot_free(near);
    if (rc != OT_OK) {
        ot_free(far);
        far = NULL;
    }
    *out = far;
    return rc;
}

static enum ot_rc take(const struct ot_volume *fraction, const unsigned char *reach, bool even,
                       struct ot_cells *cells, struct ot_err *err)
{
    const size_t all = ot_grid_voxel_count(&fraction->grid);
    size_t wanted = 0;
    for (size_t x = 0; x < all; x++) {
        wanted += fraction->data[x] > 0.0F ? 1U : 0U;
    }
    if (wanted == 0) {
        return ot_fail(err, OT_ERR_RANGE, "a VOI of the phantom holds no voxel");
    }
    cells->voxel = OT_NEW(size_t, wanted, err);
    cells->cumulated = OT_NEW(double, wanted, err);
    cells->worth = OT_NEW(double, wanted, err);
    if (cells->voxel == NULL || cells->cumulated == NULL || cells->worth == NULL) {
        return OT_ERR_NOMEM;
    }
    double total = 0.0;
    double chosen = 0.0;
    double chance = 0.0;
    for (size_t x = 0; x < all; x++) {
        const double f = (double)fraction->data[x];
        total += f;
        if (f > 0.0 && reach[x] != REACH_NONE) {
            const double often = reach[x] == REACH_NEAR ? 1.0 : FAR_CHOSEN;
            chosen += f;
            chance += (even ? 1.0 : f) * often;
            cells->voxel[cells->count] = x;
            cells->worth[cells->count] = 1.0 / often;
            cells->cumulated[cells->count++] = chance;
        }
    }
    cells->share = chosen / total;
    return OT_OK;
}

enum ot_rc ot_cells_choose(const struct ot_volume *fraction, const struct ot_volume *source,
                           double range_mm, bool even, struct ot_cells *cells, struct ot_err *err)
{
    unsigned char *reach = NULL;
    if (!ot_grid_same(&source->grid, &fraction->grid, 1e-3)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "the image and the VOI lie on different grids");
    }
    enum ot_rc rc = grade_reach(source, range_mm, &reach, err);
    if (rc == OT_OK) {
        rc = take(fraction, reach, even, cells, err);
    }
    ot_free(reach);
    return rc;
}
