/* core/grid.c - geometry of voxel grids. */
#include "core/grid.h"

#include <assert.h>
#include <math.h>

static const double DIR_TOL = 1e-4;

static double dot_columns(const struct ot_grid *grid, size_t a, size_t b)
{
    double sum = 0.0;
    for (size_t r = 0; r < 3; r++) {
        sum += grid->dir[r][a] * grid->dir[r][b];
    }
    return sum;
}

static double determinant(const double (*m)[3])
{
    return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
           m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
           m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

enum ot_rc ot_grid_validate(const struct ot_grid *grid, struct ot_err *err)
{
    size_t count = 1;
    for (size_t axis = 0; axis < 3; axis++) {
        if (grid->n[axis] == 0 || __builtin_mul_overflow(count, grid->n[axis], &count)) {
            return ot_fail(err, OT_ERR_GEOMETRY, "axis %zu has impossible size %zu", axis,
                           grid->n[axis]);
        }
        if (!isfinite(grid->spacing_mm[axis]) || grid->spacing_mm[axis] <= 0.0) {
            return ot_fail(err, OT_ERR_GEOMETRY, "axis %zu has spacing %g mm", axis,
                           grid->spacing_mm[axis]);
        }
        if (!isfinite(grid->origin_mm[axis])) {
            return ot_fail(err, OT_ERR_GEOMETRY, "origin component %zu is not finite", axis);
        }
    }
    for (size_t a = 0; a < 3; a++) {
        for (size_t b = a; b < 3; b++) {
            const double want = a == b ? 1.0 : 0.0;
            if (!(fabs(dot_columns(grid, a, b) - want) <= DIR_TOL)) { /* also catches NaN */
                return ot_fail(err, OT_ERR_GEOMETRY, "direction axes %zu and %zu not orthonormal",
                               a, b);
            }
        }
    }
    if (determinant(grid->dir) < 0.0) {
        return ot_fail(err, OT_ERR_GEOMETRY, "direction matrix is left-handed");
    }
    return OT_OK;
}

size_t ot_grid_voxel_count(const struct ot_grid *grid)
{
    return grid->n[0] * grid->n[1] * grid->n[2];
}

double ot_grid_voxel_volume_ml(const struct ot_grid *grid)
{
    const double mm3_per_ml = 1000.0;
    return grid->spacing_mm[0] * grid->spacing_mm[1] * grid->spacing_mm[2] / mm3_per_ml;
}

bool ot_grid_same(const struct ot_grid *a, const struct ot_grid *b, double tol_mm)
{
    for (size_t axis = 0; axis < 3; axis++) {
        if (a->n[axis] != b->n[axis]) {
            return false;
        }
    }
    /* Both maps are affine, so agreement at the eight corners is agreement everywhere. */
    for (unsigned corner = 0; corner < 8; corner++) {
        for (size_t r = 0; r < 3; r++) {
            double pa = a->origin_mm[r];
            double pb = b->origin_mm[r];
            for (size_t c = 0; c < 3; c++) {
                const double index = (corner >> c & 1U) != 0U ? (double)(a->n[c] - 1) : 0.0;
                pa += a->dir[r][c] * a->spacing_mm[c] * index;
                pb += b->dir[r][c] * b->spacing_mm[c] * index;
            }
            if (!(fabs(pa - pb) <= tol_mm)) {
                return false;
            }
        }
    }
    return true;
}

void ot_grid_to_point(const struct ot_grid *grid, const double index[3], double point_mm[3])
{
    double point[3];
    for (size_t r = 0; r < 3; r++) {
        point[r] = grid->origin_mm[r];
        for (size_t c = 0; c < 3; c++) {
            point[r] += grid->dir[r][c] * grid->spacing_mm[c] * index[c];
        }
    }
    for (size_t r = 0; r < 3; r++) {
        point_mm[r] = point[r];
    }
}

void ot_grid_to_index(const struct ot_grid *grid, const double point_mm[3], double index[3])
{
    double found[3];
    for (size_t c = 0; c < 3; c++) {
        found[c] = 0.0;
        for (size_t r = 0; r < 3; r++) {
            found[c] += grid->dir[r][c] * (point_mm[r] - grid->origin_mm[r]);
        }
        found[c] /= grid->spacing_mm[c];
    }
    for (size_t c = 0; c < 3; c++) {
        index[c] = found[c];
    }
}

bool ot_grid_axes_aligned(const struct ot_grid *a, const struct ot_grid *b, size_t axis[3],
                          int sign[3])
{
    for (size_t c = 0; c < 3; c++) {
        size_t matches = 0;
        for (size_t d = 0; d < 3; d++) {
            double cosine = 0.0;
            for (size_t r = 0; r < 3; r++) {
                cosine += b->dir[r][c] * a->dir[r][d];
            }
            if (fabs(fabs(cosine) - 1.0) <= DIR_TOL) {
                axis[c] = d;
                sign[c] = cosine > 0.0 ? 1 : -1;
                matches++;
            } else if (!(fabs(cosine) <= DIR_TOL)) {
                return false;
            }
        }
        if (matches != 1) {
            return false;
        }
    }
    return true;
}

struct ot_grid ot_grid_part(const struct ot_grid *grid, const size_t first[3], const size_t n[3])
{
    struct ot_grid part = *grid;
    const double corner[3] = {(double)first[0], (double)first[1], (double)first[2]};
    ot_grid_to_point(grid, corner, part.origin_mm);
    for (size_t axis = 0; axis < 3; axis++) {
        assert(first[axis] + n[axis] <= grid->n[axis]);
        part.n[axis] = n[axis];
    }
    return part;
}
