/* kernels/ray_effort.c - lengths and numbers of rays. */
#include "kernels/ray_effort.h"

#include <math.h>

#include "core/grid.h"
#include "kernels/ray_scene.h"

enum {
    SETS_MOST = 128,
    POINTS_ALIKE = 192,  /* of a set where all voxels look alike: the least error of 6 to 3072 */
    POINTS_ENOUGH = 384, /* of a set, whatever it needs */
};

const struct ot_ray_effort OT_RAY_SUM = {.most = 3072, .least = 6, .total = 1 << 17};

static const struct ot_ray_efforts FOR_MANY = {
    .coarse = {.most = 96, .least = 24, .total = 1 << 20},
    .fine = {.most = 384, .least = 96, .total = 1 << 21}};
static const struct ot_ray_efforts FOR_FEW = {
    .coarse = {.most = 1536, .least = 24, .total = 1 << 22, .alike = true},
    .fine = {.most = 3072, .least = 96, .total = 1 << 21, .alike = true}};

/* One voxel alone is 1.1 % off with many sets, n of them 1/sqrt(n) of that. */
static const double FEW = 64.0;

static const double MM_PER_CM = 10.0;
/* Of a rule, where enough points fit: some 20 MB. Dose bits depend on it. */
static const double STEPS_MOST = 64.0 * 1024.0 * 1024.0 / 96.0;

/* As far as energy may come, or across the grid and its wall along the edges. */
static double ray_length_mm(const struct ot_ray_scene *scene)
{
    const double range_mm =
        MM_PER_CM * OT_MASS_DEPTH_STEP_G_PER_CM2 * (double)scene->count / scene->lowest_g_per_cm3;
    double across_mm = 0.0;
    for (size_t axis = 0; axis < 3; axis++) {
        across_mm += scene->grid->spacing_mm[axis] * (double)scene->n[axis];
    }
    return fmin(range_mm, across_mm);
}

/* Steps of a set, about. */
static double steps_of_set(const struct ot_grid *grid, double length_mm, size_t points)
{
    double steps = 1.0; /* of a ray; a direction's mean component is 1/2 */
    for (size_t axis = 0; axis < 3; axis++) {
        steps += 0.5 * length_mm / grid->spacing_mm[axis];
    }
    return steps * (double)points;
}

/* Long rays through small voxels have many steps: then there are fewer sets of them. */
static size_t sets_that_fit(const struct ot_grid *grid, double length_mm, size_t points)
{
    size_t sets = SETS_MOST;
    while (sets > 1 && (double)sets * steps_of_set(grid, length_mm, points) > STEPS_MOST) {
        sets /= 2;
    }
    return sets;
}

/* Points of one set: those wanted, or as many as fit; where voxels look alike the rest are more
 * sets. */
static size_t points_of_set(const struct ot_grid *grid, double length_mm, size_t points, bool alike)
{
    const size_t enough = alike ? POINTS_ALIKE : POINTS_ENOUGH;
    while (points > enough && (alike || steps_of_set(grid, length_mm, points) > STEPS_MOST)) {
        points /= 2;
    }
    return points;
}

/* Points of each of the wanted voxels. */
static size_t points_for(const struct ot_grid *grid, const uint8_t *wanted,
                         const struct ot_ray_effort *effort)
{
    const size_t voxels = ot_grid_voxel_count(grid);
    size_t count = 0;
    size_t points = effort->most;
    for (size_t x = 0; x < voxels; x++) {
        count += wanted[x] != 0;
    }
    while (points > effort->least && points * count > effort->total) {
        points /= 2;
    }
    return points;
}

const struct ot_ray_efforts *ot_ray_efforts_for(const struct ot_ray_scene *scene,
                                                const float *const *source)
{
    const size_t *n = scene->grid->n;
    double sum = 0.0;
    double squares = 0.0;
    for (size_t row = 0; row < n[1] * n[2]; row++) {
        const float *density = scene->density + ot_ray_scene_at(scene, 0, row % n[1], row / n[1]);
        for (size_t i = 0; i < n[0]; i++) {
            double here = 0.0;
            for (size_t kind = 0; kind < scene->kinds && density[i] < OT_RAY_OPAQUE; kind++) {
                here += fabs((double)source[kind][n[0] * row + i]);
            }
            sum += here;
            squares += here * here;
        }
    }
    /* sum^2 / squares: how many voxels of equal activity would be as concentrated */
    return sum * sum < FEW * squares ? &FOR_FEW : &FOR_MANY;
}

enum ot_rc ot_ray_rule_for(const struct ot_ray_scene *scene, const uint8_t *wanted,
                           const struct ot_ray_effort *effort, struct ot_ray_rule **out,
                           struct ot_err *err)
{
    const struct ot_grid *grid = scene->grid;
    const double length_mm = ray_length_mm(scene);
    const size_t points = points_for(grid, wanted, effort);
    const size_t of_a_set = points_of_set(grid, length_mm, points, effort->alike);
    const size_t fit = sets_that_fit(grid, length_mm, of_a_set);
    const size_t sets = !effort->alike || points / of_a_set > fit ? fit : points / of_a_set;
    const enum ot_rc rc = ot_ray_rule_create(grid->spacing_mm, length_mm, sets, of_a_set, out, err);
    if (rc == OT_OK && effort->alike) {
        (*out)->points *= (*out)->sets; /* all sets are one */
        (*out)->sets = 1;
    }
    return rc;
}
