/* kernels/gamma.c - gamma index by exact search over simplices. */
#include "kernels/gamma.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/mem.h"
#include "kernels/gamma_simplex.h"

static const double GRID_TOL_MM = 1e-3;
static const double PASS_TOL = 1e-6; /* float doses: an offset of exactly the tolerance passes */

/* A cell between eight voxel centers, by the offset of its low corner from the reference voxel. */
struct cell {
    ptrdiff_t offset[3];
    double distance2; /* of its nearest point, in units of the distance criterion, squared */
};

struct search {
    const struct ot_volume *reference;
    const struct ot_volume *evaluated;
    struct cell *cells; /* owned; ascending distance */
    size_t count;
    double step[3]; /* voxel spacing in units of the distance criterion */
    double dose_gy;
    double threshold_gy;
};

static int by_distance(const void *a, const void *b)
{
    const struct cell *x = (const struct cell *)a;
    const struct cell *y = (const struct cell *)b;
    if (x->distance2 != y->distance2) {
        return x->distance2 < y->distance2 ? -1 : 1;
    }
    for (size_t c = 3; c > 0; c--) {
        if (x->offset[c - 1] != y->offset[c - 1]) {
            return x->offset[c - 1] < y->offset[c - 1] ? -1 : 1;
        }
    }
    return 0;
}

static double nearest_face(ptrdiff_t offset, double step)
{
    if (offset > 0) {
        return (double)offset * step;
    }
    return offset < -1 ? (double)(-offset - 1) * step : 0.0;
}

static enum ot_rc list_cells(struct search *search, struct ot_err *err)
{
    ptrdiff_t reach[3];
    size_t most = 1;
    for (size_t c = 0; c < 3; c++) {
        const double cells =
            fmin(ceil(OT_GAMMA_MOST / search->step[c]), (double)search->reference->grid.n[c]);
        reach[c] = (ptrdiff_t)cells;
        most *= 2 * (size_t)reach[c];
    }
    search->cells = OT_NEW(struct cell, most, err);
    if (search->cells == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < most; n++) {
        struct cell cell = {.distance2 = 0.0};
        size_t rest = n;
        for (size_t c = 0; c < 3; c++) {
            const size_t across = 2 * (size_t)reach[c];
            cell.offset[c] = (ptrdiff_t)(rest % across) - reach[c];
            rest /= across;
            const double distance = nearest_face(cell.offset[c], search->step[c]);
            cell.distance2 += distance * distance;
        }
        if (cell.distance2 < OT_GAMMA_MOST * OT_GAMMA_MOST) {
            search->cells[search->count++] = cell;
        }
    }
    qsort(search->cells, search->count, sizeof *search->cells, by_distance);
    return OT_OK;
}

/* The eight doses of a cell, in units of the dose criterion, less the reference dose; false when
 * the cell is not wholly inside the evaluated map. */
static bool cell_doses(const struct search *search, const struct cell *cell, const size_t at[3],
                       double reference_gy, double dose[8])
{
    const struct ot_grid *grid = &search->evaluated->grid;
    size_t low[3];
    for (size_t c = 0; c < 3; c++) {
        const ptrdiff_t index = (ptrdiff_t)at[c] + cell->offset[c];
        if (index < 0 || index + 1 >= (ptrdiff_t)grid->n[c]) {
            return false;
        }
        low[c] = (size_t)index;
    }
    for (unsigned corner = 0; corner < 8; corner++) {
        const size_t i = low[0] + (corner & 1U);
        const size_t j = low[1] + (corner >> 1 & 1U);
        const size_t k = low[2] + (corner >> 2 & 1U);
        const double value_gy =
            (double)search->evaluated->data[i + grid->n[0] * (j + grid->n[1] * k)];
        if (!isfinite(value_gy)) {
            return false;
        }
        dose[corner] = (value_gy - reference_gy) / search->dose_gy;
    }
    return true;
}

/* How far the doses of a cell stay from that of the reference, squared. */
static double dose_gap2(const double dose[8])
{
    double low = dose[0];
    double high = dose[0];
    for (size_t corner = 1; corner < 8; corner++) {
        low = fmin(low, dose[corner]);
        high = fmax(high, dose[corner]);
    }
    const double gap = fmax(fmax(low, -high), 0.0);
    return gap * gap;
}

static double cell_distance2(const struct search *search, const struct cell *cell,
                             const double dose[8])
{
    /* Corners on the ways from 000 to 111, one axis (bit) after the other. */
    static const unsigned tetrahedra[6][4] = {{0, 1, 3, 7}, {0, 1, 5, 7}, {0, 2, 3, 7},
                                              {0, 2, 6, 7}, {0, 4, 5, 7}, {0, 4, 6, 7}};
    double best = INFINITY;
    for (size_t t = 0; t < 6; t++) {
        double corner[4][4];
        for (size_t n = 0; n < 4; n++) {
            const unsigned bits = tetrahedra[t][n];
            for (size_t c = 0; c < 3; c++) {
                corner[n][c] =
                    ((double)cell->offset[c] + (double)(bits >> c & 1U)) * search->step[c];
            }
            corner[n][3] = dose[bits];
        }
        best = fmin(best, ot_simplex_distance2((const double(*)[4])corner, 4));
    }
    return best;
}

static double gamma_at(const struct search *search, const size_t at[3], size_t x)
{
    const double reference_gy = (double)search->reference->data[x];
    const double here = ((double)search->evaluated->data[x] - reference_gy) / search->dose_gy;
    double best2 = fmin(here * here, OT_GAMMA_MOST * OT_GAMMA_MOST);
    for (size_t n = 0; n < search->count && search->cells[n].distance2 < best2; n++) {
        double dose[8];
        if (cell_doses(search, &search->cells[n], at, reference_gy, dose) &&
            search->cells[n].distance2 + dose_gap2(dose) < best2) {
            best2 = fmin(best2, cell_distance2(search, &search->cells[n], dose));
        }
    }
    return sqrt(best2);
}

static void fill_map(const struct search *search, int threads, struct ot_volume *map)
{
    const size_t ni = map->grid.n[0];
    const size_t nj = map->grid.n[1];
    const ptrdiff_t rows = (ptrdiff_t)(nj * map->grid.n[2]);
    /* Rows differ in work; which thread takes one does not change its values. */
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (ptrdiff_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < ni; i++) {
            const size_t at[3] = {i, (size_t)row % nj, (size_t)row / nj};
            const size_t x = (size_t)row * ni + i;
            const bool counts = (double)search->reference->data[x] >= search->threshold_gy &&
                                isfinite((double)search->evaluated->data[x]);
            map->data[x] = counts ? (float)gamma_at(search, at, x) : -1.0F;
        }
    }
}

static enum ot_rc check(const struct ot_volume *reference, const struct ot_volume *evaluated,
                        const struct ot_gamma_criterion *criterion, struct ot_err *err)
{
    enum ot_rc rc = ot_volume_require_unit(reference, OT_UNIT_GY, "the reference dose", err);
    if (rc == OT_OK) {
        rc = ot_volume_require_unit(evaluated, OT_UNIT_GY, "the evaluated dose", err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (!ot_grid_same(&reference->grid, &evaluated->grid, GRID_TOL_MM)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "the dose maps are on different grids");
    }
    for (size_t c = 0; c < 3; c++) {
        if (reference->grid.n[c] < 2) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "the gamma index needs two voxels along each axis; axis %zu has one", c);
        }
    }
    if (!(criterion->dose_percent > 0.0 && criterion->distance_mm > 0.0 &&
          criterion->threshold_percent >= 0.0 && criterion->threshold_percent <= 100.0)) {
        return ot_fail(err, OT_ERR_ARG, "gamma of %g %%, %g mm above %g %% is not defined",
                       criterion->dose_percent, criterion->distance_mm,
                       criterion->threshold_percent);
    }
    return OT_OK;
}

static enum ot_rc find_normalization(const struct ot_volume *reference, double given_gy,
                                     double *normalization_gy, struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(&reference->grid);
    double most_gy = 0.0;
    for (size_t x = 0; x < count; x++) {
        if (!isfinite((double)reference->data[x])) {
            return ot_fail(err, OT_ERR_RANGE, "the reference dose has a voxel that is not finite");
        }
        most_gy = fmax(most_gy, (double)reference->data[x]);
    }
    *normalization_gy = isnan(given_gy) ? most_gy : given_gy;
    if (!(*normalization_gy > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "the reference dose map has no dose above 0 Gy");
    }
    return OT_OK;
}

static enum ot_rc summarize(struct ot_gamma *gamma, double threshold_gy, struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(&gamma->map->grid);
    double sum = 0.0;
    for (size_t x = 0; x < count; x++) {
        const double value = (double)gamma->map->data[x];
        if (value >= 0.0) {
            gamma->evaluated++;
            gamma->passed += value <= 1.0 + PASS_TOL;
            gamma->max = fmax(gamma->max, value);
            sum += value;
        }
    }
    if (gamma->evaluated == 0) {
        return ot_fail(err, OT_ERR_RANGE,
                       "no voxel of the reference with %.4g Gy and more lies inside both dose maps",
                       threshold_gy);
    }
    gamma->mean = sum / (double)gamma->evaluated;
    gamma->pass_percent = 100.0 * (double)gamma->passed / (double)gamma->evaluated;
    return OT_OK;
}

enum ot_rc ot_gamma_compute(const struct ot_volume *reference, const struct ot_volume *evaluated,
                            const struct ot_gamma_criterion *criterion, int threads,
                            struct ot_gamma *out, struct ot_err *err)
{
    struct search search = {.reference = reference, .evaluated = evaluated};
    *out = (struct ot_gamma){.map = NULL};
    enum ot_rc rc = check(reference, evaluated, criterion, err);
    if (rc != OT_OK) {
        goto done;
    }
    rc = find_normalization(reference, criterion->normalization_gy, &out->normalization_gy, err);
    if (rc != OT_OK) {
        goto done;
    }
    search.dose_gy = criterion->dose_percent / 100.0 * out->normalization_gy;
    search.threshold_gy = criterion->threshold_percent / 100.0 * out->normalization_gy;
    for (size_t c = 0; c < 3; c++) {
        search.step[c] = reference->grid.spacing_mm[c] / criterion->distance_mm;
    }
    rc = list_cells(&search, err);
    if (rc != OT_OK) {
        goto done;
    }
    rc = ot_volume_create(&reference->grid, OT_UNIT_NONE, &out->map, err);
    if (rc != OT_OK) {
        goto done;
    }
    fill_map(&search, threads, out->map);
    rc = summarize(out, search.threshold_gy, err);

done:
    ot_free(search.cells);
    if (rc != OT_OK) {
        ot_gamma_release(out);
    }
    return rc;
}

void ot_gamma_release(struct ot_gamma *gamma)
{
    if (gamma != NULL) {
        ot_volume_destroy(gamma->map);
        *gamma = (struct ot_gamma){.map = NULL};
    }
}
