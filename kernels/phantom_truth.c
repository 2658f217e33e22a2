/* kernels/phantom_truth.c - quasi-random sampling of mean doses.
 *
 * One replicate takes `count` rays. Their voxels are spread evenly over the VOI (systematic
 * sampling along the cumulated weight); point, direction and distance come from an additive
 * recurrence in six dimensions, shifted at random for each replicate. Each ray looks at DEPTHS
 * mass depths, one per stratum, for each medium that it passes. The spread of the replicates gives
 * sigma. Replicates are the unit of work for threads, so that the result does not depend on their
 * number.
 */
#include "kernels/phantom_truth.h"

#include <math.h>

#include "core/mem.h"
#include "kernels/phantom_cells.h"
#include "kernels/random.h"

enum { REPLICATES = 32, DEPTHS = 4, DIMENSIONS = 6, GUIDES = 4096 };
enum { FIRST_COUNT = 2048, ROUNDS_MAX = 8 };
static const double MARGIN = 1.1;

static const double MM_PER_CM = 10.0;
static const double SOFT_G_PER_ML = 1.04; /* the least outside the phantom's lungs */

/* The mass depths of one table, each edge of a shell times the table's density. */
struct depths {
    double *edge_g_per_cm2; /* owned */
    double *below;          /* owned; share of the energy below each edge */
    size_t count;
    size_t guide[GUIDES + 1]; /* the shell in which the share n/GUIDES lies */
};

enum { SOFT = 0, LUNG, MEDIA };

struct job {
    struct ot_truth_field field;
    const struct ot_grid *grid;
    const struct ot_cells *cells;
    struct depths depths[MEDIA];
    double density_g_per_ml; /* without tissues */
    double most_g_per_cm2;   /* a path is not needed beyond */
    uint64_t seed;
    uint64_t count; /* rays of one replicate */
};

static enum ot_rc depths_init(struct depths *d, const struct ot_radial_kernel *kernel,
                              struct ot_err *err)
{
    const double total_mev = ot_radial_kernel_beta_mev(kernel);
    while (d->count < kernel->count && ot_radial_kernel_is_beta(kernel, d->count)) {
        d->count++;
    }
    d->edge_g_per_cm2 = OT_NEW(double, d->count + 1, err);
    d->below = OT_NEW(double, d->count + 1, err);
    if (d->edge_g_per_cm2 == NULL || d->below == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n <= d->count; n++) {
        d->edge_g_per_cm2[n] = kernel->edge_mm[n] / MM_PER_CM * kernel->density_g_per_cm3;
    }
    for (size_t n = 0; n < d->count; n++) {
        d->below[n + 1] = d->below[n] + kernel->energy_mev[n] / total_mev;
    }
    size_t shell = 0;
    for (size_t g = 0; g <= GUIDES; g++) {
        while (shell + 1 < d->count && d->below[shell + 1] <= (double)g / GUIDES) {
            shell++;
        }
        d->guide[g] = shell;
    }
    return OT_OK;
}

static void depths_release(struct depths *d)
{
    ot_free(d->edge_g_per_cm2);
    ot_free(d->below);
}

/* The mass depth below which the share u of the energy is deposited; even within a shell. */
static double depth_g_per_cm2(const struct depths *d, double u)
{
    size_t shell = d->guide[(size_t)(u * GUIDES)];
    while (shell + 1 < d->count && d->below[shell + 1] <= u) {
        shell++;
    }
    const double part = (u - d->below[shell]) / (d->below[shell + 1] - d->below[shell]);
    const double *edge = &d->edge_g_per_cm2[shell];
    return edge[0] + fmin(1.0, part) * (edge[1] - edge[0]);
}

/* Fractional parts of powers of 1/phi, phi^7 = phi + 1: the recurrence of lowest known
 * discrepancy in six dimensions of its kind (generalized golden ratio). */
static void recurrence(uint64_t step[DIMENSIONS])
{
    const double phi = 1.1127756842787055;
    double power = 1.0;
    for (size_t d = 0; d < DIMENSIONS; d++) {
        power /= phi;
        step[d] = (uint64_t)ldexp(power, 64);
    }
}

static double unit(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1.0p-53;
}

struct sums {
    double weight, value;
};

/* Sum of c/rho over the depths of one medium's table at which the line is in that medium. */
static double gather(const struct job *job, int medium, const struct ot_path *path,
                     const double from_mm[3], const double direction[3], double u)
{
    size_t n = 0;
    double start_mm = 0.0;
    double passed_g_per_cm2 = 0.0; /* before the stretch n */
    double value = 0.0;
    for (int depth = 0; depth < DEPTHS; depth++) {
        const double wanted = depth_g_per_cm2(&job->depths[medium], (depth + u) / DEPTHS);
        double r_mm = 0.0;
        for (; n < path->count; n++) {
            const struct ot_stretch *stretch = &path->stretch[n];
            r_mm = start_mm + (wanted - passed_g_per_cm2) / stretch->g_per_ml * MM_PER_CM;
            if (r_mm <= stretch->end_mm) {
                break;
            }
            passed_g_per_cm2 += (stretch->end_mm - start_mm) / MM_PER_CM * stretch->g_per_ml;
            start_mm = stretch->end_mm;
        }
        if (n == path->count) {
            break; /* it leaves the body; so do the deeper ones */
        }
        if (path->stretch[n].lung == (medium == LUNG)) {
            const double there_mm[3] = {from_mm[0] + r_mm * direction[0],
                                        from_mm[1] + r_mm * direction[1],
                                        from_mm[2] + r_mm * direction[2]};
            value += job->field.at(job->field.context, there_mm, medium == LUNG) /
                     path->stretch[n].g_per_ml;
        }
    }
    return value;
}

static bool passes(const struct ot_path *path, bool lung)
{
    for (size_t n = 0; n < path->count; n++) {
        if (path->stretch[n].lung == lung) {
            return true;
        }
    }
    return false;
}

static void shoot(const struct job *job, size_t cell, const double u[DIMENSIONS], struct sums *sums)
{
    const double two_pi = 6.283185307179586;
    const struct ot_truth_field *field = &job->field;
    const struct ot_grid *grid = job->grid;
    const size_t voxel = job->cells->voxel[cell];
    const size_t at[3] = {voxel % grid->n[0], voxel / grid->n[0] % grid->n[1],
                          voxel / (grid->n[0] * grid->n[1])};
    double point_mm[3];
    for (size_t r = 0; r < 3; r++) {
        point_mm[r] = grid->origin_mm[r] + grid->spacing_mm[r] * ((double)at[r] + u[r] - 0.5);
    }
    const double cosine = 2.0 * u[3] - 1.0;
    const double sine = sqrt(1.0 - cosine * cosine);
    const double direction[3] = {sine * cos(two_pi * u[4]), sine * sin(two_pi * u[4]), cosine};
    struct ot_path path = {.count = 1,
                           .stretch = {{.end_mm = INFINITY, .g_per_ml = job->density_g_per_ml}}};
    if (field->path != NULL) {
        field->path(field->context, point_mm, direction, job->most_g_per_cm2, &path);
    }
    if (path.count == 0) {
        return; /* no tissue */
    }
    const double weight = field->weight != NULL
                              ? field->weight(field->context, voxel, point_mm, &path.stretch[0])
                              : 1.0;
    if (!(weight > 0.0)) {
        return;
    }
    double value = 0.0;
    for (int medium = 0; medium < MEDIA; medium++) {
        if (job->depths[medium].count > 0 && passes(&path, medium == LUNG)) {
            value += gather(job, medium, &path, point_mm, direction, u[5]);
        }
    }
    const double worth = job->cells->worth[cell] * weight;
    sums->value += worth * value;
    sums->weight += worth * DEPTHS;
}

static struct sums replicate(const struct job *job, uint64_t number)
{
    const struct ot_cells *cells = job->cells;
    struct sums sums = {0};
    struct ot_random random;
    uint64_t step[DIMENSIONS];
    uint64_t at[DIMENSIONS];
    ot_random_seed(&random, job->seed, number);
    recurrence(step);
    for (size_t d = 0; d < DIMENSIONS; d++) {
        at[d] = ot_random_bits(&random);
    }
    const double offset = ot_random_uniform(&random);
    const double total = cells->cumulated[cells->count - 1];
    size_t v = 0;
    for (uint64_t n = 0; n < job->count; n++) {
        const double wanted = ((double)n + offset) / (double)job->count * total;
        while (v + 1 < cells->count && cells->cumulated[v] <= wanted) {
            v++;
        }
        double u[DIMENSIONS];
        for (size_t d = 0; d < DIMENSIONS; d++) {
            at[d] += step[d];
            u[d] = unit(at[d]);
        }
        shoot(job, v, u, &sums);
    }
    return sums;
}

/* Mean of the replicates' means and its standard deviation. */
static void round_of(const struct job *job, int threads, double *mean, double *sigma)
{
    struct sums sums[REPLICATES];
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (int n = 0; n < REPLICATES; n++) {
        sums[n] = replicate(job, (uint64_t)n);
    }
    double means[REPLICATES];
    double sum = 0.0;
    for (int n = 0; n < REPLICATES; n++) {
        means[n] = sums[n].weight > 0.0 ? sums[n].value / sums[n].weight : 0.0;
        sum += means[n];
    }
    *mean = sum / REPLICATES;
    double squares = 0.0;
    for (int n = 0; n < REPLICATES; n++) {
        squares += (means[n] - *mean) * (means[n] - *mean);
    }
    *sigma = sqrt(squares / (REPLICATES * (REPLICATES - 1.0)));
}

static void sample(struct job *job, const struct ot_truth_settings *settings, double share,
                   struct ot_truth *truth)
{
    const double g_per_kg = 1000.0;
    double mean = 0.0;
    double sigma = 0.0;
    job->seed = settings->seed;
    job->count = FIRST_COUNT;
    for (int rounds = 0; rounds < ROUNDS_MAX; rounds++) {
        round_of(job, settings->threads, &mean, &sigma);
        truth->samples = job->count * REPLICATES;
        const double wanted = settings->relative_sigma * mean;
        if (sigma <= wanted || truth->samples >= settings->samples_max) {
            break;
        }
        /* As if sigma fell with the root; quasi-random sums do a little better. */
        const double most = (double)settings->samples_max / REPLICATES;
        const double needed = (double)job->count * (sigma / wanted) * (sigma / wanted) * MARGIN;
        job->count = (uint64_t)fmin(most, fmax(needed, 2.0 * (double)job->count));
    }
    /* GBq/ml / (g/ml) * Gy kg/GBq = Gy kg/g */
    const double gy = settings->gy_kg_per_gbq * g_per_kg * share;
    truth->mean_gy = gy * mean;
    truth->sigma_gy = gy * sigma;
}

static enum ot_rc require_axial(const struct ot_grid *grid, struct ot_err *err)
{
    for (size_t r = 0; r < 3; r++) {
        if (!(fabs(grid->dir[r][r] - 1.0) <= 1e-6)) {
            return ot_fail(err, OT_ERR_GEOMETRY, "the phantom's truth needs a grid along x, y, z");
        }
    }
    return OT_OK;
}

/* Tables of the media, and how far a path can matter. */
static enum ot_rc prepare(struct job *job, const struct ot_truth_settings *settings,
                          struct ot_err *err)
{
    enum ot_rc rc = depths_init(&job->depths[SOFT], settings->kernel, err);
    if (rc == OT_OK && settings->lung_kernel != NULL) {
        rc = depths_init(&job->depths[LUNG], settings->lung_kernel, err);
    }
    for (int medium = 0; rc == OT_OK && medium < MEDIA; medium++) {
        const struct depths *d = &job->depths[medium];
        job->most_g_per_cm2 =
            fmax(job->most_g_per_cm2, d->count > 0 ? d->edge_g_per_cm2[d->count] : 0.0);
    }
    return rc;
}

enum ot_rc ot_truth_of_field(const struct ot_truth_field *field, const struct ot_volume *fraction,
                             const struct ot_volume *source,
                             const struct ot_truth_settings *settings, struct ot_truth *truth,
                             struct ot_err *err)
{
    struct ot_cells cells = {0};
    struct job job = {.field = *field,
                      .grid = &fraction->grid,
                      .cells = &cells,
                      .density_g_per_ml = settings->density_g_per_ml};
    *truth = (struct ot_truth){0};
    enum ot_rc rc = require_axial(&fraction->grid, err);
    if (rc == OT_OK) {
        rc = prepare(&job, settings, err);
    }
    if (rc == OT_OK) {
        /* Across soft tissue; whatever comes across lung comes from where `source` is set, too. */
        const double g_per_ml = field->path != NULL ? SOFT_G_PER_ML : settings->density_g_per_ml;
        const double range_mm = job.most_g_per_cm2 / g_per_ml * MM_PER_CM;
        rc = ot_cells_choose(fraction, source, range_mm, field->even, &cells, err);
    }
    if (rc == OT_OK && cells.count > 0) { /* else nothing is in reach, and the dose is 0 */
        sample(&job, settings, cells.share, truth);
    }
    for (int medium = 0; medium < MEDIA; medium++) {
        depths_release(&job.depths[medium]);
    }
    ot_cells_release(&cells);
    return rc;
}
