/* core/resample_more.c - resampling that keeps the sum, or interpolates; grids to resample to. */
#include <assert.h>
#include <math.h>
#include <stdint.h>

#include "core/resample.h"
#include "core/stats.h"

/* A target that misses this part of a voxel of the source still covers it. */
static const double COVER_TOL_MM = 1e-3;
static const double SUM_TOL = 1e-6;
static const double OBLIQUE_SUM_TOL = 0.01;

bool ot_grid_covers(const struct ot_grid *outer, const struct ot_grid *inner, double tol_mm)
{
    for (unsigned corner = 0; corner < 8; corner++) {
        double at[3];
        for (size_t c = 0; c < 3; c++) {
            at[c] = (corner >> c & 1U) != 0U ? (double)inner->n[c] - 0.5 : -0.5;
        }
        ot_grid_to_point(inner, at, at);
        ot_grid_to_index(outer, at, at);
        for (size_t c = 0; c < 3; c++) {
            const double tol = tol_mm / outer->spacing_mm[c];
            if (!(at[c] >= -0.5 - tol && at[c] <= (double)outer->n[c] - 0.5 + tol)) {
                return false;
            }
        }
    }
    return true;
}

enum ot_rc ot_resample_box(const struct ot_volume *from, const struct ot_grid *to, int threads,
                           struct ot_volume **out, struct ot_err *err)
{
    return ot_resample_box_in(from, to, 0.0F, threads, out, err);
}

static double magnitude(const struct ot_volume *volume)
{
    const size_t count = ot_grid_voxel_count(&volume->grid);
    double sum = 0.0;
    for (size_t x = 0; x < count; x++) {
        sum += fabs((double)volume->data[x]);
    }
    return sum * ot_grid_voxel_volume_ml(&volume->grid);
}

static double integral(const struct ot_volume *volume)
{
    return ot_sum(volume->data, ot_grid_voxel_count(&volume->grid)) *
           ot_grid_voxel_volume_ml(&volume->grid);
}

enum ot_rc ot_resample_conserve(const struct ot_volume *from, const struct ot_grid *to, int threads,
                                struct ot_volume **out, struct ot_err *err)
{
    struct ot_volume *made = NULL;
    size_t axis[3];
    int sign[3];
    *out = NULL;

    enum ot_rc rc = ot_resample_box(from, to, threads, &made, err);
    if (rc != OT_OK) {
        goto done;
    }
    if (ot_grid_covers(to, &from->grid, COVER_TOL_MM)) {
        const double before = integral(from);
        double after = integral(made);
        const double allowed = SUM_TOL * magnitude(from);
        if (!ot_grid_axes_aligned(&from->grid, to, axis, sign) && after != 0.0) {
            const double factor = before / after;
            if (!(fabs(factor - 1.0) <= OBLIQUE_SUM_TOL)) {
                rc = ot_fail(err, OT_ERR_RANGE,
                             "resampling to an oblique grid changed the sum by the factor %.4f "
                             "(limit 1 %%); use a finer grid",
                             1.0 / factor);
                goto done;
            }
            const size_t count = ot_grid_voxel_count(to);
            for (size_t x = 0; x < count; x++) {
                made->data[x] = (float)(factor * (double)made->data[x]);
            }
            after = integral(made);
        }
        if (!(fabs(after - before) <= allowed)) {
            rc = ot_fail(err, OT_ERR_RANGE,
                         "resampling changed the sum from %.8g to %.8g, more than 1e-6", before,
                         after);
            goto done;
        }
    }
    *out = made;
    made = NULL;

done:
    ot_volume_destroy(made);
    return rc;
}

/* The two voxels around a fractional index and the weight of the second; false outside. */
static bool bracket(double index, size_t n, size_t *low, size_t *high, double *weight)
{
    const double last = (double)(n - 1);
    const double tol = 1e-6; /* of a voxel: a grid resampled to itself has no outside */
    if (!(index >= -0.5 - tol && index <= last + 0.5 + tol)) {
        return false;
    }
    const double held = fmin(fmax(index, 0.0), last);
    *low = (size_t)floor(held);
    *high = *low + 1 < n ? *low + 1 : *low;
    *weight = held - floor(held);
    return true;
}

static double linear_at(const struct ot_volume *from, const double index[3], double outside)
{
    size_t corner[3][2];
    double weight[3];
    for (size_t a = 0; a < 3; a++) {
        if (!bracket(index[a], from->grid.n[a], &corner[a][0], &corner[a][1], &weight[a])) {
            return outside;
        }
    }
    double sum = 0.0;
    for (unsigned c = 0; c < 8; c++) {
        double part = 1.0;
        size_t at[3];
        for (size_t a = 0; a < 3; a++) {
            const unsigned side = c >> a & 1U;
            part *= side != 0U ? weight[a] : 1.0 - weight[a];
            at[a] = corner[a][side];
        }
        if (part > 0.0) {
            sum += part *
                   (double)from->data[at[0] + from->grid.n[0] * (at[1] + from->grid.n[1] * at[2])];
        }
    }
    return sum;
}

enum ot_rc ot_resample_linear(const struct ot_volume *from, const struct ot_grid *to,
                              double outside, int threads, struct ot_volume **out,
                              struct ot_err *err)
{
    struct ot_volume *made = NULL;
    *out = NULL;
    enum ot_rc rc = ot_grid_validate(&from->grid, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(to, from->unit, &made, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    const size_t ni = to->n[0];
    const size_t nj = to->n[1];
    const ptrdiff_t rows = (ptrdiff_t)(nj * to->n[2]);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (ptrdiff_t row = 0; row < rows; row++) {
        const size_t j = (size_t)row % nj;
        const size_t k = (size_t)row / nj;
        for (size_t i = 0; i < ni; i++) {
            double at[3] = {(double)i, (double)j, (double)k};
            ot_grid_to_point(to, at, at);
            ot_grid_to_index(&from->grid, at, at);
            made->data[(size_t)row * ni + i] = (float)linear_at(from, at, outside);
        }
    }
    *out = made;
    return OT_OK;
}

enum ot_rc ot_grid_with_spacing(const struct ot_grid *grid, double spacing_mm, struct ot_grid *out,
                                struct ot_err *err)
{
    if (!(isfinite(spacing_mm) && spacing_mm > 0.0)) {
        return ot_fail(err, OT_ERR_ARG, "a grid spacing of %g mm is impossible", spacing_mm);
    }
    enum ot_rc rc = ot_grid_validate(grid, err);
    if (rc != OT_OK) {
        return rc;
    }
    *out = *grid;
    double middle[3];
    double voxels = 1.0;
    for (size_t c = 0; c < 3; c++) {
        const double length = (double)grid->n[c] * grid->spacing_mm[c] / spacing_mm;
        const double n = ceil(length - 1e-6); /* rounding is not another voxel */
        voxels *= n;
        out->n[c] = n >= 1.0 ? (size_t)fmin(n, (double)UINT32_MAX) : 1;
        out->spacing_mm[c] = spacing_mm;
        middle[c] = 0.5 * (double)(grid->n[c] - 1);
    }
    if (!(voxels <= (double)UINT32_MAX)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "a grid of %g mm would have %.3g voxels", spacing_mm,
                       voxels);
    }
    ot_grid_to_point(grid, middle, middle);
    for (size_t r = 0; r < 3; r++) {
        out->origin_mm[r] = middle[r];
        for (size_t c = 0; c < 3; c++) {
            out->origin_mm[r] -= out->dir[r][c] * spacing_mm * 0.5 * (double)(out->n[c] - 1);
        }
    }
    return OT_OK;
}

/* Moves the point at which a part has its value from the part's center to a place of its own
 * within it. The places are those of a fixed sequence that fills the cube evenly
 * (Roberts 2018: multiples of powers of the root of x^4 = x + 1); its mean is the center. */
static void spread(const struct ot_volume *fine, int threads, struct ot_volume *out)
{
    static const double step[3] = {0.8191725133961645, 0.6710436067037893, 0.5497004779019703};
    const size_t *n = fine->grid.n;
    const size_t stride[3] = {1, n[0], n[0] * n[1]};
    assert(n[0] > 0);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (ptrdiff_t k = 0; k < (ptrdiff_t)n[2]; k++) {
        size_t x = (size_t)k * stride[2];
        for (size_t row = 0; row < n[0] * n[1]; row++, x++) {
            const size_t j = row / n[0];
            const size_t at[3] = {row - j * n[0], j, (size_t)k};
            const double center = (double)fine->data[x];
            double value = center;
            double least = center;
            double most = center;
            for (size_t a = 0; a < 3; a++) {
                const double turns = 0.5 + step[a] * (double)x;
                const double off = turns - floor(turns) - 0.5; /* of a part */
                const size_t low = at[a] > 0 ? x - stride[a] : x;
                const size_t high = at[a] + 1 < n[a] ? x + stride[a] : x;
                const double neighbor = (double)fine->data[off < 0.0 ? low : high];
                value += fabs(off) * (neighbor - center);
                least = fmin(least, neighbor);
                most = fmax(most, neighbor);
            }
            value = fmin(fmax(value, least), most); /* three slopes may overshoot together */
            out->data[x] = (float)value;
        }
    }
}

enum ot_rc ot_resample_parts(const struct ot_volume *from, size_t parts, int threads,
                             struct ot_volume **out, struct ot_err *err)
{
    struct ot_volume *fine = NULL;
    struct ot_volume *made = NULL;
    struct ot_grid grid = from->grid;
    *out = NULL;
    if (parts == 0) {
        return ot_fail(err, OT_ERR_ARG, "a voxel cannot be split into no parts");
    }
    const double first = 0.5 / (double)parts - 0.5;
    const double index[3] = {first, first, first};
    ot_grid_to_point(&from->grid, index, grid.origin_mm);
    for (size_t a = 0; a < 3; a++) {
        grid.n[a] *= parts;
        grid.spacing_mm[a] /= (double)parts;
    }
    enum ot_rc rc = ot_resample_linear(from, &grid, 0.0, threads, &fine, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(&grid, from->unit, &made, err);
    }
    if (rc == OT_OK) {
        spread(fine, threads, made);
        *out = made;
    }
    ot_volume_destroy(fine);
    return rc;
}
