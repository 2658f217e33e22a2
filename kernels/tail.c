/* kernels/tail.c - two scales: the near part of the photons' dose on the fine voxels, the far part
 * on coarse ones.
 *
 * A single coarse grid is 5 to 9 % off near small hot tumors, since the tail begins at the beta
 * range (12 mm) as with a step. With a smooth hand-over within 40 mm it is 0.3 % on voxels of 8 mm.
 */
#include "kernels/tail.h"

#include <math.h>
#include <stdbool.h>

#include "core/mem.h"
#include "core/resample.h"
#include "core/stats.h"
#include "kernels/convolve.h"
#include "kernels/voxel_s.h"

static const double GRID_TOLERANCE_MM = 1e-3;
static const double INSIDE_FRACTION = 0.5; /* as in kernels/dose.c */
static const double KG_PER_G = 1e-3;
/* From here on all of the energy is spread on coarse voxels; it is less and less before. */
static const double NEAR_MM = 40.0;

const double OT_TAIL_COARSE_MM = 8.0;

void ot_tail_destroy(struct ot_tail *tail)
{
    if (tail == NULL) {
        return;
    }
    ot_volume_destroy(tail->dose);
    ot_free(tail);
}

static enum ot_rc check(const struct ot_tail_request *request, struct ot_err *err)
{
    const struct ot_grid *grid = &request->activity->grid;
    enum ot_rc rc = ot_volume_require_unit(request->activity, OT_UNIT_BQ_PER_ML, "activity", err);
    if (rc == OT_OK) {
        rc = ot_volume_require_unit(request->density, OT_UNIT_G_PER_CM3, "density", err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (!ot_grid_same(grid, &request->density->grid, GRID_TOLERANCE_MM) ||
        (request->inside != NULL &&
         !ot_grid_same(grid, &request->inside->grid, GRID_TOLERANCE_MM))) {
        return ot_fail(err, OT_ERR_GEOMETRY, "density or body is not on the grid of the activity");
    }
    if (!(request->constant.gy_kg_per_gbq > 0.0 && request->constant.half_life_h > 0.0 &&
          request->coarse_mm >= 0.0) ||
        request->threads < 1) {
        return ot_fail(err, OT_ERR_ARG,
                       "dose constant %g Gy kg/GBq, half-life %g h, coarse voxels of %g mm, %d "
                       "threads",
                       request->constant.gy_kg_per_gbq, request->constant.half_life_h,
                       request->coarse_mm, request->threads);
    }
    const struct ot_radial_kernel *radial = request->radial;
    if (!(radial->beta_range_mm < NEAR_MM && radial->edge_mm[radial->count] > NEAR_MM &&
          ot_radial_kernel_tail_mev(radial) > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "the kernel of %s, with a beta range of %g mm and an end at %g mm, has no "
                       "tail across %g mm",
                       radial->medium, radial->beta_range_mm, radial->edge_mm[radial->count],
                       NEAR_MM);
    }
    return OT_OK;
}

static double coarse_mm(const struct ot_tail_request *request)
{
    return request->coarse_mm > 0.0 ? request->coarse_mm : OT_TAIL_COARSE_MM;
}

/* The coarse grid reaches two voxels beyond the fine one on every side, so that every fine voxel
 * lies between coarse centres that have neighbors. */
static enum ot_rc coarse_grid(const struct ot_tail_request *request, struct ot_grid *coarse,
                              struct ot_err *err)
{
    static const double before[3] = {-2.0, -2.0, -2.0};
    double origin_mm[3];
    const enum ot_rc rc =
        ot_grid_with_spacing(&request->activity->grid, coarse_mm(request), coarse, err);
    if (rc == OT_OK) {
        ot_grid_to_point(coarse, before, origin_mm);
        for (size_t axis = 0; axis < 3; axis++) {
            coarse->origin_mm[axis] = origin_mm[axis];
            coarse->n[axis] += 4;
        }
    }
    return rc;
}

/* How much of the energy at `radius_mm` is spread on the fine grid: 1 at the beta range, falling
 * smoothly to 0 at NEAR_MM. */
static double near_weight(double radius_mm, double from_mm)
{
    const double t = fmin(fmax((radius_mm - from_mm) / (NEAR_MM - from_mm), 0.0), 1.0);
    return 1.0 - t * t * (3.0 - 2.0 * t);
}

/* The near or the far part of the table's tail as a kernel of its own, all of it used. */
static enum ot_rc tail_part(const struct ot_radial_kernel *table, bool near,
                            struct ot_radial_kernel **out, struct ot_err *err)
{
    struct ot_radial_kernel *part = OT_NEW(struct ot_radial_kernel, 1, err);
    *out = NULL;
    if (part == NULL) {
        return OT_ERR_NOMEM;
    }
    *part = *table;
    part->edge_mm = OT_NEW(double, table->count + 2, err);
    part->energy_mev = OT_NEW(double, table->count + 1, err);
    if (part->edge_mm == NULL || part->energy_mev == NULL) {
        ot_radial_kernel_destroy(part);
        return OT_ERR_NOMEM;
    }
    part->count = 1;
    part->edge_mm[1] = table->beta_range_mm;
    for (size_t n = 0; n < table->count; n++) {
        if (ot_radial_kernel_is_beta(table, n)) {
            continue;
        }
        const double middle_mm = 0.5 * (table->edge_mm[n] + table->edge_mm[n + 1]);
        const double weight = near_weight(middle_mm, table->beta_range_mm);
        if (near && !(weight > 0.0)) {
            break;
        }
        part->energy_mev[part->count] = table->energy_mev[n] * (near ? weight : 1.0 - weight);
        part->edge_mm[++part->count] = table->edge_mm[n + 1];
    }
    part->beta_range_mm = part->edge_mm[part->count];
    *out = part;
    return OT_OK;
}

/* Voxel S values of a part; its energy is scaled as the table's beta part is. */
static enum ot_rc part_kernel(const struct ot_tail_request *request, bool near,
                              const double spacing_mm[3], struct ot_voxel_s **out,
                              struct ot_err *err)
{
    struct ot_radial_kernel *part = NULL;
    const double scale = ot_dose_constant_mev_per_decay(&request->constant) /
                         ot_radial_kernel_beta_mev(request->radial);
    *out = NULL;
    enum ot_rc rc = tail_part(request->radial, near, &part, err);
    if (rc == OT_OK) {
        rc = ot_voxel_s_create(part, spacing_mm, part->density_g_per_cm3,
                               scale * ot_radial_kernel_beta_mev(part), request->threads, out, err);
    }
    ot_radial_kernel_destroy(part);
    return rc;
}

/* Adds the part of a spread box that lies on the grid, times `factor`. */
static void add(const struct ot_spread *spread, double factor, struct ot_volume *on)
{
    const struct ot_grid *grid = &on->grid;
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        const size_t at[3] = {x % grid->n[0], x / grid->n[0] % grid->n[1],
                              x / (grid->n[0] * grid->n[1])};
        size_t from = 0;
        bool held = true;
        for (size_t axis = 3; axis-- > 0;) {
            const ptrdiff_t p = (ptrdiff_t)at[axis] - spread->first[axis];
            held = held && p >= 0 && p < (ptrdiff_t)spread->n[axis];
            from = held ? from * spread->n[axis] + (size_t)p : 0;
        }
        if (held) {
            on->data[x] = (float)((double)on->data[x] + factor * (double)spread->value[from]);
        }
    }
}

/* Adds the dose in the table's medium, on the grid of `activity`. */
static enum ot_rc spread_part(const struct ot_tail_request *request, bool near,
                              const struct ot_volume *activity, struct ot_volume *dose,
                              double *energy_mev, struct ot_err *err)
{
    struct ot_voxel_s *kernel = NULL;
    struct ot_spread *spread = NULL;
    enum ot_rc rc = part_kernel(request, near, activity->grid.spacing_mm, &kernel, err);
    if (rc == OT_OK) {
        rc = ot_convolve(activity, kernel, OT_CONVOLUTION_AUTO, request->threads, &spread, err);
    }
    if (rc == OT_OK) {
        const double gy_per_unit = ot_dose_constant_tau_s(&request->constant) * kernel->energy_mev *
                                   OT_J_PER_MEV / (kernel->density_g_per_cm3 * KG_PER_G);
        add(spread, gy_per_unit, dose);
        *energy_mev += kernel->energy_mev;
    }
    ot_voxel_s_destroy(kernel);
    ot_spread_destroy(spread);
    return rc;
}

/* Takes back what the coarse voxels blur. Collecting activity, its source voxels, the target
 * voxels' means and the linear way back average over one, one, one and two voxels; each adds 1/24
 * of the second difference along each axis. The far part is so smooth that this is all of it. */
static enum ot_rc sharpen(struct ot_volume *dose, struct ot_err *err)
{
    static const double blur = 5.0 / 24.0;
    const size_t *n = dose->grid.n;
    const size_t count = ot_grid_voxel_count(&dose->grid);
    const size_t stride[3] = {1, n[0], n[0] * n[1]};
    float *sharp = OT_NEW(float, count, err);
    if (sharp == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t x = 0; x < count; x++) {
        const size_t at[3] = {x % n[0], x / n[0] % n[1], x / (n[0] * n[1])};
        const double here = (double)dose->data[x];
        double curved = 0.0;
        for (size_t axis = 0; axis < 3; axis++) {
            if (at[axis] > 0 && at[axis] + 1 < n[axis]) {
                curved += (double)dose->data[x - stride[axis]] - 2.0 * here +
                          (double)dose->data[x + stride[axis]];
            }
        }
        sharp[x] = (float)(here - blur * curved);
    }
    ot_free(dose->data);
    dose->data = sharp;
    return OT_OK;
}

/* The far part: on coarse voxels, brought back between their centres. */
static enum ot_rc far_dose(const struct ot_tail_request *request, struct ot_volume **out,
                           double *energy_mev, struct ot_err *err)
{
    struct ot_grid grid;
    struct ot_volume *activity = NULL;
    struct ot_volume *dose = NULL;
    *out = NULL;
    enum ot_rc rc = coarse_grid(request, &grid, err);
    if (rc == OT_OK) {
        rc = ot_resample_conserve(request->activity, &grid, request->threads, &activity, err);
    }
    if (rc == OT_OK) {
        rc = ot_volume_create(&grid, OT_UNIT_GY, &dose, err);
    }
    if (rc == OT_OK) {
        rc = spread_part(request, false, activity, dose, energy_mev, err);
    }
    if (rc == OT_OK) {
        rc = sharpen(dose, err);
    }
    if (rc == OT_OK) {
        rc = ot_resample_linear(dose, &request->activity->grid, 0.0, request->threads, out, err);
    }
    ot_volume_destroy(activity);
    ot_volume_destroy(dose);
    return rc;
}

/* No dose outside the body; the energies of what is left. */
static void account(const struct ot_tail_request *request, struct ot_tail *tail)
{
    const struct ot_grid *grid = &request->activity->grid;
    const size_t count = ot_grid_voxel_count(grid);
    for (size_t x = 0; request->inside != NULL && x < count; x++) {
        if (!((double)request->inside->data[x] >= INSIDE_FRACTION)) {
            tail->dose->data[x] = 0.0F;
        }
    }
    const double voxel_ml = ot_grid_voxel_volume_ml(grid);
    tail->coarse_mm = coarse_mm(request);
    tail->from_mm = request->radial->beta_range_mm;
    tail->to_mm = request->radial->edge_mm[request->radial->count];
    tail->emitted_j = ot_sum(request->activity->data, count) * voxel_ml *
                      ot_dose_constant_tau_s(&request->constant) * tail->energy_mev * OT_J_PER_MEV;
    tail->deposited_j =
        ot_sum_product(tail->dose->data, request->density->data, count) * voxel_ml * KG_PER_G;
}

enum ot_rc ot_tail_make(const struct ot_tail_request *request, struct ot_tail **out,
                        struct ot_err *err)
{
    *out = NULL;
    struct ot_tail *tail = OT_NEW(struct ot_tail, 1, err);
    if (tail == NULL) {
        return OT_ERR_NOMEM;
    }
    enum ot_rc rc = check(request, err);
    if (rc == OT_OK) {
        rc = far_dose(request, &tail->dose, &tail->energy_mev, err);
    }
    if (rc == OT_OK) {
        rc = spread_part(request, true, request->activity, tail->dose, &tail->energy_mev, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "bremsstrahlung tail");
        ot_tail_destroy(tail);
        return rc;
    }
    account(request, tail);
    *out = tail;
    return OT_OK;
}
