/* kernels/phantom_render.c - the smooth patient on voxel grids. */
#include <math.h>

#include "core/mem.h"
#include "kernels/phantom.h"
#include "kernels/random.h"

/* Points in a voxel that is cut: an additive recurrence in three dimensions (generalized golden
 * ratio). A cubic lattice would be in step with the surfaces and be off by 0.2 % in a small tumor.
 */
enum { POINTS = 512, POINTS_IN_LIVER = 4096 };
static const double RECURRENCE[3] = {0.8191725133961645, 0.6710436067037893, 0.5497004779019703};

/* In how many points to look at a voxel: one unless a surface may cut the ball around it. */
static int points_for(const struct ot_phantom *phantom, const double center_mm[3], double radius_mm)
{
    const enum ot_side body = ot_shape_side(&phantom->body, center_mm, radius_mm);
    if (body != OT_SIDE_IN) {
        return body == OT_SIDE_CUT ? POINTS : 1;
    }
    const enum ot_side liver = ot_shape_side(&phantom->liver, center_mm, radius_mm);
    if (liver == OT_SIDE_CUT) {
        return POINTS_IN_LIVER;
    }
    if (liver == OT_SIDE_OUT) {
        const bool lung = ot_shape_side(&phantom->lung[0], center_mm, radius_mm) == OT_SIDE_CUT ||
                          ot_shape_side(&phantom->lung[1], center_mm, radius_mm) == OT_SIDE_CUT;
        return lung ? POINTS : 1;
    }
    if (ot_halfspace_side(&phantom->rha, center_mm, radius_mm) == OT_SIDE_CUT) {
        return POINTS_IN_LIVER;
    }
    for (size_t t = 0; t < OT_PHANTOM_TUMORS; t++) {
        if (ot_shape_side(&phantom->tumor[t], center_mm, radius_mm) == OT_SIDE_CUT) {
            return POINTS_IN_LIVER;
        }
    }
    return 1;
}

/* What all voxels of a grid share. */
struct view {
    const struct ot_phantom *phantom;
    const struct ot_grid *grid;
    struct ot_phantom_concentrations concentrations;
    double radius_mm;                          /* of the ball around a voxel */
    double from_center_mm[POINTS_IN_LIVER][3]; /* the points in a voxel that is cut */
};

static struct view *view_of(const struct ot_phantom *phantom, const struct ot_grid *grid,
                            struct ot_err *err)
{
    struct view *view = OT_NEW(struct view, 1, err);
    if (view == NULL) {
        return NULL;
    }
    view->phantom = phantom;
    view->grid = grid;
    view->concentrations = ot_phantom_concentrations(phantom);
    const double *spacing_mm = grid->spacing_mm;
    view->radius_mm = 0.5 * sqrt(spacing_mm[0] * spacing_mm[0] + spacing_mm[1] * spacing_mm[1] +
                                 spacing_mm[2] * spacing_mm[2]);
    double at[3] = {0.5, 0.5, 0.5};
    for (size_t n = 0; n < POINTS_IN_LIVER; n++) {
        for (size_t axis = 0; axis < 3; axis++) {
            at[axis] += RECURRENCE[axis];
            at[axis] -= floor(at[axis]);
            for (size_t r = 0; r < 3; r++) {
                view->from_center_mm[n][r] +=
                    grid->dir[r][axis] * spacing_mm[axis] * (at[axis] - 0.5);
            }
        }
    }
    return view;
}

/* How many of a voxel's points lie in each combination of parts. */
struct tally {
    unsigned hits[OT_PART_ALL + 1];
    unsigned points;
};

static void look_at_voxel(const struct view *view, const double index[3], struct tally *tally)
{
    double center_mm[3];
    ot_grid_to_point(view->grid, index, center_mm);
    const int points = points_for(view->phantom, center_mm, view->radius_mm);
    *tally = (struct tally){.points = (unsigned)points};
    if (points == 1) {
        tally->hits[ot_phantom_parts_at(view->phantom, center_mm)] = 1;
        return;
    }
    for (int n = 0; n < points; n++) {
        const double *from_center_mm = view->from_center_mm[n];
        const double point_mm[3] = {center_mm[0] + from_center_mm[0],
                                    center_mm[1] + from_center_mm[1],
                                    center_mm[2] + from_center_mm[2]};
        tally->hits[ot_phantom_parts_at(view->phantom, point_mm)]++;
    }
}

/* Puts voxel x into what is wanted; both start at 0. */
static void fill_voxel(const struct view *view, const struct tally *tally, size_t x,
                       struct ot_volume *activity, struct ot_volume **fractions)
{
    const double kbq_per_gbq = 1e6;
    double concentration = 0.0;
    unsigned held[16] = {0}; /* by each VOI */
    for (unsigned parts = 1; parts <= OT_PART_ALL; parts++) {
        const unsigned hits = tally->hits[parts];
        if (hits == 0) {
            continue;
        }
        concentration += hits * ot_phantom_concentration_of(&view->concentrations, parts);
        for (size_t v = 0; v < ot_phantom_voi_count; v++) {
            held[v] += ot_phantom_voi_holds(&ot_phantom_vois[v], parts) ? hits : 0;
        }
    }
    if (activity != NULL) {
        activity->data[x] = (float)(concentration / tally->points * kbq_per_gbq);
    }
    for (size_t v = 0; fractions != NULL && v < ot_phantom_voi_count; v++) {
        fractions[v]->data[x] = (float)((double)held[v] / tally->points);
    }
}

static void render_row(const struct view *view, size_t row, struct ot_volume *activity,
                       struct ot_volume **fractions)
{
    const size_t *n = view->grid->n;
    for (size_t i = 0; i < n[0]; i++) {
        const double index[3] = {(double)i, (double)(row % n[1]), (double)(row / n[1])};
        struct tally tally;
        look_at_voxel(view, index, &tally);
        if (tally.hits[0] < tally.points) { /* not all of it is air */
            fill_voxel(view, &tally, i + n[0] * row, activity, fractions);
        }
    }
}

enum ot_rc ot_phantom_render(const struct ot_phantom *phantom, const struct ot_grid *grid,
                             int threads, struct ot_volume **activity, struct ot_volume **fractions,
                             struct ot_err *err)
{
    struct ot_volume *made = NULL;
    struct view *view = view_of(phantom, grid, err);
    enum ot_rc rc = view != NULL ? OT_OK : OT_ERR_NOMEM;
    for (size_t v = 0; fractions != NULL && v < ot_phantom_voi_count; v++) {
        fractions[v] = NULL;
    }
    if (activity != NULL) {
        *activity = NULL;
    }
    if (rc == OT_OK && activity != NULL) {
        rc = ot_volume_create(grid, OT_UNIT_NONE, &made, err);
    }
    for (size_t v = 0; rc == OT_OK && fractions != NULL && v < ot_phantom_voi_count; v++) {
        rc = ot_volume_create(grid, OT_UNIT_NONE, &fractions[v], err);
    }
    if (rc != OT_OK) {
        ot_volume_destroy(made);
        for (size_t v = 0; fractions != NULL && v < ot_phantom_voi_count; v++) {
            ot_volume_destroy(fractions[v]);
            fractions[v] = NULL;
        }
        ot_free(view);
        return rc;
    }
    const size_t rows = grid->n[1] * grid->n[2];
#pragma omp parallel for schedule(dynamic, 16) num_threads(threads)
    for (size_t row = 0; row < rows; row++) {
        render_row(view, row, made, fractions);
    }
    ot_free(view);
    if (activity != NULL) {
        *activity = made;
    }
    return OT_OK;
}

static double hu_of(unsigned parts)
{
    static const double air_hu = -1000.0, body_hu = 40.0, liver_hu = 60.0, tumor_hu = 75.0,
                        lung_hu = -740.0, spine_hu = 300.0;
    if ((parts & OT_PART_BODY) == 0) {
        return air_hu;
    }
    if ((parts & OT_PART_TUMORS) != 0) {
        return tumor_hu;
    }
    if ((parts & OT_PART_LIVER) != 0) {
        return liver_hu;
    }
    if ((parts & OT_PART_LUNGS) != 0) {
        return lung_hu;
    }
    return (parts & OT_PART_SPINE) != 0 ? spine_hu : body_hu;
}

void ot_phantom_render_ct(const struct ot_phantom *phantom, const struct ot_grid *grid,
                          double noise_hu, uint64_t seed, int threads, int16_t *hu, uint8_t *parts)
{
    const double least_hu = -1024.0; /* what the DICOM series can store */
    const size_t rows = grid->n[1] * grid->n[2];
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < grid->n[0]; i++) {
            const size_t x = i + grid->n[0] * row;
            const size_t k = row / grid->n[1];
            const double index[3] = {(double)i, (double)(row % grid->n[1]), (double)k};
            double point_mm[3];
            ot_grid_to_point(grid, index, point_mm);
            parts[x] = (uint8_t)ot_phantom_parts_at(phantom, point_mm);
            double value = hu_of(parts[x]);
            if (noise_hu > 0.0) {
                struct ot_random random;
                ot_random_seed(&random, seed, x);
                value = fmax(least_hu, value + noise_hu * ot_random_normal(&random));
            }
            hu[x] = (int16_t)lround(value);
        }
    }
}
