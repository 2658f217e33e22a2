/* kernels/ray_effort.c - lengths and numbers of rays. */
#include "kernels/ray_effort.h"

#include <math.h>

#include "core/grid.h"

const struct ot_ray_effort OT_RAY_COARSE = {.most = 96, .least = 24, .total = 1 << 20};
const struct ot_ray_effort OT_RAY_FINE = {.most = 384, .least = 96, .total = 1 << 21};
const struct ot_ray_effort OT_RAY_SUM = {.most = 384, .least = 6, .total = 1 << 17};

static const double MM_PER_CM = 10.0;

enum { SETS_MOST = 128 };

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

/* Long rays through small voxels have many steps: then there are fewer sets of them. */
static size_t sets_that_fit(const struct ot_grid *grid, double length_mm, size_t points)
{
    static const double bytes_most = 64.0 * 1024.0 * 1024.0;
    double steps = 1.0; /* of a ray; a direction's mean component is 1/2 */
    for (size_t axis = 0; axis < 3; axis++) {
        steps += 0.5 * length_mm / grid->spacing_mm[axis];
    }
    const double bytes = steps * (double)(points * OT_RAY_MIRRORS * sizeof(struct ot_ray_step));
    size_t sets = SETS_MOST;
    while (sets > 1 && (double)sets * bytes > bytes_most) {
        sets /= 2;
    }
    return sets;
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

enum ot_rc ot_ray_rule_for(const struct ot_ray_scene *scene, const uint8_t *wanted,
                           const struct ot_ray_effort *effort, struct ot_ray_rule **out,
                           struct ot_err *err)
{
    const struct ot_grid *grid = scene->grid;
    const double length_mm = ray_length_mm(scene);
    const size_t points = points_for(grid, wanted, effort);
    return ot_ray_rule_create(grid->spacing_mm, length_mm, sets_that_fit(grid, length_mm, points),
                              points, out, err);
}
