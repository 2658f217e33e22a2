/* kernels/shunt.c - counts of lungs and liver to a fraction, and how well it is known. */
#include "kernels/shunt.h"

#include <math.h>

#include "core/mem.h"

static const double PLANAR_AGREEMENT = 0.081; /* Bastiaannet: half width of 95 % limits */
static const double NORMAL_95 = 1.96;
static const double SPECT_WITHIN = 0.13; /* Allred 2018, relative */

static double squared(double x)
{
    return x * x;
}

struct ot_counts ot_counts_in(const struct ot_volume *values, const struct ot_volume *weights)
{
    struct ot_counts counts = {0};
    for (size_t x = 0; x < ot_grid_voxel_count(&values->grid); x++) {
        const double w = (double)weights->data[x];
        counts.sum += w * (double)values->data[x];
        counts.variance += w * w * (double)values->data[x];
    }
    return counts;
}

struct ot_counts ot_counts_less_scatter(const struct ot_counts *main, const struct ot_counts *lower,
                                        const struct ot_counts *upper,
                                        enum ot_scatter_method method,
                                        const struct ot_scatter_windows *windows)
{
    struct ot_counts out = *main;
    if (method != OT_SCATTER_NONE) {
        const double scale = windows->main_kev / (2.0 * windows->lower_kev);
        out.sum -= scale * lower->sum;
        out.variance += squared(scale) * lower->variance;
    }
    if (method == OT_SCATTER_TRIPLE) {
        const double scale = windows->main_kev / (2.0 * windows->upper_kev);
        out.sum -= scale * upper->sum;
        out.variance += squared(scale) * upper->variance;
    }
    return out;
}

struct ot_counts ot_counts_less_background(const struct ot_counts *region, double pixels,
                                           const struct ot_counts *background,
                                           double background_pixels)
{
    const double scale = pixels / background_pixels;
    return (struct ot_counts){.sum = region->sum - scale * background->sum,
                              .variance = region->variance + squared(scale) * background->variance};
}

enum ot_rc ot_counts_geometric_mean(const struct ot_counts *anterior,
                                    const struct ot_counts *posterior, struct ot_counts *mean,
                                    struct ot_err *err)
{
    if (!(anterior->sum > 0.0 && posterior->sum > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "%.6g counts from anterior and %.6g from posterior have no geometric mean",
                       anterior->sum, posterior->sum);
    }
    mean->sum = sqrt(anterior->sum * posterior->sum);
    mean->variance = squared(mean->sum) / 4.0 *
                     (anterior->variance / squared(anterior->sum) +
                      posterior->variance / squared(posterior->sum));
    return OT_OK;
}

enum ot_rc ot_shunt_fraction(const struct ot_counts *lungs, const struct ot_counts *liver,
                             struct ot_shunt *shunt, struct ot_err *err)
{
    *shunt = (struct ot_shunt){0};
    if (!(liver->sum > 0.0) || !(lungs->sum >= 0.0)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "lungs hold %.6g and the liver holds %.6g, which make no shunt fraction",
                       lungs->sum, liver->sum);
    }
    const double all = lungs->sum + liver->sum;
    shunt->fraction = lungs->sum / all;
    /* F (1 - F) u(L)/L is H u(L) / (L + H)^2, which holds for L = 0 too. */
    shunt->u_counting =
        sqrt(squared(liver->sum) * lungs->variance + squared(lungs->sum) * liver->variance) /
        squared(all);
    return OT_OK;
}

double ot_shunt_u_between(double grown, double shrunk)
{
    return fabs(grown - shrunk) / (2.0 * sqrt(3.0));
}

void ot_shunt_finish(struct ot_shunt *shunt, bool planar)
{
    shunt->u_method =
        planar ? PLANAR_AGREEMENT / NORMAL_95 : shunt->fraction * SPECT_WITHIN / sqrt(3.0);
    shunt->u =
        sqrt(squared(shunt->u_counting) + squared(shunt->u_region) + squared(shunt->u_method));
}

/* Weighted mean over each cube; *cubes of them, the last ones' indices may be unused. */
struct cube {
    double weight;
    double sum;
};

static void spread(const struct cube *cubes, size_t count, double *relative)
{
    struct cube all = {0};
    double squares = 0.0;
    for (size_t n = 0; n < count; n++) {
        all.weight += cubes[n].weight;
        all.sum += cubes[n].sum;
        squares += squared(cubes[n].weight);
    }
    const double mean = all.sum / all.weight;
    const double effective = squared(all.weight) / squares;
    double scatter = 0.0;
    for (size_t n = 0; n < count; n++) {
        if (cubes[n].weight > 0.0) {
            scatter += cubes[n].weight * squared(cubes[n].sum / cubes[n].weight - mean);
        }
    }
    *relative =
        effective > 1.0 ? sqrt(scatter / all.weight / (effective - 1.0)) / fabs(mean) : (double)NAN;
}

enum ot_rc ot_shunt_u_of_mean(const struct ot_volume *values, const struct ot_volume *weights,
                              double edge_mm, double *relative, struct ot_err *err)
{
    const struct ot_grid *grid = &values->grid;
    size_t step[3];
    size_t cubes[3];
    for (size_t axis = 0; axis < 3; axis++) {
        const double voxels = fmax(1.0, floor(edge_mm / grid->spacing_mm[axis] + 0.5));
        step[axis] = (size_t)fmin(voxels, (double)grid->n[axis]);
        cubes[axis] = (grid->n[axis] + step[axis] - 1) / step[axis];
    }
    const size_t count = cubes[0] * cubes[1] * cubes[2];
    struct cube *cube = OT_NEW(struct cube, count, err);
    if (cube == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        const size_t i = x % grid->n[0] / step[0];
        const size_t j = x / grid->n[0] % grid->n[1] / step[1];
        const size_t k = x / grid->n[0] / grid->n[1] / step[2];
        struct cube *at = &cube[i + cubes[0] * (j + cubes[1] * k)];
        const double w = (double)weights->data[x];
        at->weight += w;
        at->sum += w * (double)values->data[x];
    }
    spread(cube, count, relative);
    ot_free(cube);
    return OT_OK;
}

double ot_lung_mass_g(const struct ot_volume *hu, const struct ot_volume *lungs)
{
    const double voxel_ml = ot_grid_voxel_volume_ml(&hu->grid);
    double sum = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&hu->grid); x++) {
        sum += (double)lungs->data[x] * fmax(0.0, 1.0 + (double)hu->data[x] / 1000.0);
    }
    return sum * voxel_ml;
}
