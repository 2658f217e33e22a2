/* kernels/phantom_truth.c - quasi-random sampling of mean doses.
 *
 * One replicate takes `count` rays. Their voxels are spread evenly over the VOI (systematic
 * sampling along the cumulated weight); point, direction and distance come from an additive
 * recurrence in six dimensions, shifted at random for each replicate. Each ray looks at DEPTHS
 * distances, one per stratum. The spread of the replicates gives sigma. Replicates are the unit
 * of work for threads, so that the result does not depend on their number.
 */
#include "kernels/phantom_truth.h"

#include <math.h>
#include <omp.h>

#include "core/mem.h"
#include "kernels/random.h"

enum { REPLICATES = 32, DEPTHS = 4, DIMENSIONS = 6, GUIDES = 4096 };
enum { FIRST_COUNT = 2048, ROUNDS_MAX = 8 };
static const double MARGIN = 1.1;

/* Beyond 0.4 of the kernel's range lies a tenth of its energy: voxels whose neighborhood is cold
 * up to there are drawn a quarter as often, and what is found there counts four times. */
static const double NEAR_RANGE = 0.4;
static const double FAR_CHOSEN = 0.25;
enum reach { REACH_NONE = 0, REACH_FAR, REACH_NEAR };

struct distances {
    double *edge_mm; /* borrowed */
    double *below;   /* owned; share of the energy below each edge */
    size_t count;
    size_t guide[GUIDES + 1]; /* the shell in which the share n/GUIDES lies */
};

struct job {
    struct ot_truth_field field;
    const struct ot_grid *grid;
    const size_t *voxel;     /* the voxels that take part */
    const double *cumulated; /* weight up to and with each */
    size_t voxel_count;
    const unsigned char *reach; /* enum reach of every voxel of the grid */
    struct distances distances;
    uint64_t seed;
    uint64_t count; /* rays of one replicate */
};

static enum ot_rc distances_init(struct distances *d, const struct ot_radial_kernel *kernel,
                                 struct ot_err *err)
{
    const double rounding_mm = 1e-9;
    const double total_mev = ot_radial_kernel_beta_mev(kernel);
    d->edge_mm = kernel->edge_mm;
    while (d->count < kernel->count &&
           kernel->edge_mm[d->count + 1] <= kernel->beta_range_mm + rounding_mm) {
        d->count++;
    }
    d->below = OT_NEW(double, d->count + 1, err);
    if (d->below == NULL) {
        return OT_ERR_NOMEM;
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

/* The distance below which the share u of the energy is deposited; even within a shell. */
static double distance_mm(const struct distances *d, double u)
{
    size_t shell = d->guide[(size_t)(u * GUIDES)];
    while (shell + 1 < d->count && d->below[shell + 1] <= u) {
        shell++;
    }
    const double part = (u - d->below[shell]) / (d->below[shell + 1] - d->below[shell]);
    return d->edge_mm[shell] + fmin(1.0, part) * (d->edge_mm[shell + 1] - d->edge_mm[shell]);
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

static void shoot(const struct job *job, size_t voxel, const double u[DIMENSIONS],
                  struct sums *sums)
{
    const double two_pi = 6.283185307179586;
    const struct ot_grid *grid = job->grid;
    const double index[3] = {
        (double)(voxel % grid->n[0]) + u[0] - 0.5,
        (double)(voxel / grid->n[0] % grid->n[1]) + u[1] - 0.5,
        (double)(voxel / (grid->n[0] * grid->n[1])) + u[2] - 0.5,
    };
    double point_mm[3];
    for (size_t r = 0; r < 3; r++) {
        point_mm[r] = grid->origin_mm[r] + grid->spacing_mm[r] * index[r];
    }
    if (job->field.holds != NULL && !job->field.holds(job->field.context, point_mm)) {
        return;
    }
    const double cosine = 2.0 * u[3] - 1.0;
    const double sine = sqrt(1.0 - cosine * cosine);
    const double direction[3] = {sine * cos(two_pi * u[4]), sine * sin(two_pi * u[4]), cosine};
    double value = 0.0;
    for (int depth = 0; depth < DEPTHS; depth++) {
        const double r_mm = distance_mm(&job->distances, (depth + u[5]) / DEPTHS);
        const double there_mm[3] = {point_mm[0] + r_mm * direction[0],
                                    point_mm[1] + r_mm * direction[1],
                                    point_mm[2] + r_mm * direction[2]};
        value += job->field.at(job->field.context, there_mm);
    }
    const double worth = job->reach[voxel] == REACH_NEAR ? 1.0 : 1.0 / FAR_CHOSEN;
    sums->value += worth * value;
    sums->weight += worth * DEPTHS;
}

static struct sums replicate(const struct job *job, uint64_t number)
{
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
    const double total = job->cumulated[job->voxel_count - 1];
    size_t v = 0;
    for (uint64_t n = 0; n < job->count; n++) {
        const double wanted = ((double)n + offset) / (double)job->count * total;
        while (v + 1 < job->voxel_count && job->cumulated[v] <= wanted) {
            v++;
        }
        double u[DIMENSIONS];
        for (size_t d = 0; d < DIMENSIONS; d++) {
            at[d] += step[d];
            u[d] = unit(at[d]);
        }
        shoot(job, job->voxel[v], u, &sums);
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

static enum ot_rc sample(struct job *job, const struct ot_truth_settings *settings, double share,
                         struct ot_truth *truth, struct ot_err *err)
{
    const double g_per_kg = 1000.0;
    enum ot_rc rc = distances_init(&job->distances, settings->kernel, err);
    if (rc != OT_OK) {
        return rc;
    }
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
        const double most = (double)(settings->samples_max / REPLICATES);
        const double needed = (double)job->count * (sigma / wanted) * (sigma / wanted) * MARGIN;
        job->count = (uint64_t)fmin(most, fmax(needed, 2.0 * (double)job->count));
    }
    /* GBq/ml * Gy kg/GBq / (g/ml) = Gy kg/g */
    const double gy = settings->gy_kg_per_gbq / settings->density_g_per_ml * g_per_kg * share;
    truth->mean_gy = gy * mean;
    truth->sigma_gy = gy * sigma;
    ot_free(job->distances.below);
    return OT_OK;
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

/* The voxels that hold some of the VOI and have activity within reach, with their cumulated
 * weights; *share is the part of the VOI's weight that they hold. */
static enum ot_rc choose(const struct ot_volume *fraction, const unsigned char *reach, bool even,
                         size_t **voxel, double **cumulated, size_t *count, double *share,
                         struct ot_err *err)
{
    const size_t all = ot_grid_voxel_count(&fraction->grid);
    size_t wanted = 0;
    for (size_t x = 0; x < all; x++) {
        wanted += fraction->data[x] > 0.0F ? 1U : 0U;
    }
    if (wanted == 0) {
        return ot_fail(err, OT_ERR_RANGE, "a VOI of the phantom holds no voxel");
    }
    *voxel = OT_NEW(size_t, wanted, err);
    *cumulated = OT_NEW(double, wanted, err);
    if (*voxel == NULL || *cumulated == NULL) {
        return OT_ERR_NOMEM;
    }
    double total = 0.0;
    double chosen = 0.0;
    double weight = 0.0;
    *count = 0;
    for (size_t x = 0; x < all; x++) {
        const double f = (double)fraction->data[x];
        total += f;
        if (f > 0.0 && reach[x] != REACH_NONE) {
            chosen += f;
            weight += (even ? 1.0 : f) * (reach[x] == REACH_NEAR ? 1.0 : FAR_CHOSEN);
            (*voxel)[*count] = x;
            (*cumulated)[(*count)++] = weight;
        }
    }
    *share = chosen / total;
    return OT_OK;
}

/* `lines` neighboring lines of n places, `stride` apart along each: marks what is within `radius`
 * places of an active one. Bit 0 of a place says active; `due`, one for each line, counts how many
 * places after an active one are still to be marked. */
static void mark_lines(unsigned char *first, size_t lines, size_t n, size_t stride, unsigned radius,
                       unsigned *due)
{
    enum { ACTIVE = 1, MARKED = 2 };
    for (int back = 0; back < 2; back++) {
        for (size_t x = 0; x < lines; x++) {
            due[x] = 0;
        }
        for (size_t t = 0; t < n; t++) {
            unsigned char *place = first + (back != 0 ? n - 1 - t : t) * stride;
            for (size_t x = 0; x < lines; x++) {
                const unsigned left = due[x] - (due[x] > 0 ? 1U : 0U);
                due[x] = (place[x] & ACTIVE) != 0 ? radius + 1 : left;
                place[x] = (unsigned char)(place[x] | (due[x] > 0 ? MARKED : 0));
            }
        }
    }
    for (size_t t = 0; t < n; t++) {
        for (size_t x = 0; x < lines; x++) {
            first[t * stride + x] = (unsigned char)(first[t * stride + x] / MARKED);
        }
    }
}

/* Marks the voxels from which activity is within the kernel's reach: a box around each active
 * voxel, one axis after the other. What is not marked gets exactly 0. */
static enum ot_rc mark_reach(const struct ot_volume *image, double range_mm, int threads,
                             unsigned char **out, struct ot_err *err)
{
    const struct ot_grid *grid = &image->grid;
    const size_t *n = grid->n;
    const size_t all = ot_grid_voxel_count(grid);
    const size_t plane = n[0] * n[1];
    unsigned char *reach = OT_NEW(unsigned char, all, err);
    unsigned *due = reach != NULL ? OT_NEW(unsigned, (size_t)threads *n[0], err) : NULL;
    if (due == NULL) {
        ot_free(reach);
        return OT_ERR_NOMEM;
    }
    unsigned radius[3];
    for (size_t axis = 0; axis < 3; axis++) {
        radius[axis] = (unsigned)ceil(range_mm / grid->spacing_mm[axis]);
    }
#pragma omp parallel num_threads(threads)
    {
        unsigned *mine = due + (size_t)omp_get_thread_num() * n[0];
#pragma omp for schedule(static)
        for (size_t k = 0; k < n[2]; k++) {
            for (size_t x = k * plane; x < (k + 1) * plane; x++) {
                reach[x] = image->data[x] > 0.0F ? 1 : 0;
            }
            for (size_t j = 0; j < n[1]; j++) {
                mark_lines(reach + k * plane + j * n[0], 1, n[0], 1, radius[0], mine);
            }
            mark_lines(reach + k * plane, n[0], n[1], n[0], radius[1], mine);
        }
#pragma omp for schedule(static)
        for (size_t j = 0; j < n[1]; j++) {
            mark_lines(reach + j * n[0], n[0], n[2], plane, radius[2], mine);
        }
    }
    ot_free(due);
    *out = reach;
    return OT_OK;
}

/* enum reach of every voxel. */
static enum ot_rc grade_reach(const struct ot_volume *source, double range_mm, int threads,
                              unsigned char **out, struct ot_err *err)
{
    unsigned char *far = NULL;
    unsigned char *near = NULL;
    enum ot_rc rc = mark_reach(source, range_mm, threads, &far, err);
    if (rc == OT_OK) {
        rc = mark_reach(source, NEAR_RANGE * range_mm, threads, &near, err);
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

/* Both ways to draw a point: by fraction (field.holds NULL), or evenly with a test. */
static enum ot_rc sample_voi(const struct ot_truth_field *field, const struct ot_volume *fraction,
                             const struct ot_volume *source,
                             const struct ot_truth_settings *settings, struct ot_truth *truth,
                             struct ot_err *err)
{
    size_t *voxel = NULL;
    double *cumulated = NULL;
    unsigned char *reach = NULL;
    double share = 0.0;
    struct job job = {.field = *field, .grid = &fraction->grid};
    *truth = (struct ot_truth){0};
    enum ot_rc rc = require_axial(&fraction->grid, err);
    if (rc == OT_OK && !ot_grid_same(&source->grid, &fraction->grid, 1e-3)) {
        rc = ot_fail(err, OT_ERR_GEOMETRY, "the image and the VOI lie on different grids");
    }
    if (rc == OT_OK) {
        rc = grade_reach(source, settings->kernel->beta_range_mm, settings->threads, &reach, err);
    }
    if (rc == OT_OK) {
        rc = choose(fraction, reach, field->holds != NULL, &voxel, &cumulated, &job.voxel_count,
                    &share, err);
    }
    if (rc == OT_OK && job.voxel_count > 0) { /* else nothing is in reach, and the dose is 0 */
        job.voxel = voxel;
        job.reach = reach;
        job.cumulated = cumulated;
        rc = sample(&job, settings, share, truth, err);
    }
    ot_free(voxel);
    ot_free(cumulated);
    ot_free(reach);
    return rc;
}

enum ot_rc ot_truth_of_field(const struct ot_truth_field *field, const struct ot_volume *fraction,
                             const struct ot_volume *source,
                             const struct ot_truth_settings *settings, struct ot_truth *truth,
                             struct ot_err *err)
{
    return sample_voi(field, fraction, source, settings, truth, err);
}

struct shapes {
    const struct ot_phantom *phantom;
    const struct ot_phantom_voi *voi;
    struct ot_phantom_concentrations concentrations;
};

static double shapes_at(const void *context, const double point_mm[3])
{
    const struct shapes *shapes = (const struct shapes *)context;
    return ot_phantom_concentration_of(&shapes->concentrations,
                                       ot_phantom_parts_at(shapes->phantom, point_mm));
}

static bool shapes_hold(const void *context, const double point_mm[3])
{
    const struct shapes *shapes = (const struct shapes *)context;
    return ot_phantom_voi_holds(shapes->voi, ot_phantom_parts_at(shapes->phantom, point_mm));
}

enum ot_rc ot_truth_of_shapes(const struct ot_phantom *phantom, const struct ot_phantom_voi *voi,
                              const struct ot_volume *fraction, const struct ot_volume *source,
                              const struct ot_truth_settings *settings, struct ot_truth *truth,
                              struct ot_err *err)
{
    const struct shapes shapes = {
        .phantom = phantom, .voi = voi, .concentrations = ot_phantom_concentrations(phantom)};
    const struct ot_truth_field field = {.at = shapes_at, .holds = shapes_hold, .context = &shapes};
    return sample_voi(&field, fraction, source, settings, truth, err);
}

struct image {
    const struct ot_volume *concentration;
    double per_mm[3];
    double scale;
};

static double image_at(const void *context, const double point_mm[3])
{
    const struct image *image = (const struct image *)context;
    const struct ot_grid *grid = &image->concentration->grid;
    size_t at[3];
    for (size_t r = 0; r < 3; r++) {
        const double index = (point_mm[r] - grid->origin_mm[r]) * image->per_mm[r] + 0.5;
        if (!(index >= 0.0 && index < (double)grid->n[r])) {
            return 0.0;
        }
        at[r] = (size_t)index;
    }
    return image->scale *
           (double)image->concentration->data[at[0] + grid->n[0] * (at[1] + grid->n[1] * at[2])];
}

enum ot_rc ot_truth_of_image(const struct ot_volume *concentration, double scale,
                             const struct ot_volume *fraction,
                             const struct ot_truth_settings *settings, struct ot_truth *truth,
                             struct ot_err *err)
{
    struct image image = {.concentration = concentration, .scale = scale};
    for (size_t r = 0; r < 3; r++) {
        image.per_mm[r] = 1.0 / concentration->grid.spacing_mm[r];
    }
    const struct ot_truth_field field = {.at = image_at, .context = &image};
    return sample_voi(&field, fraction, concentration, settings, truth, err);
}
