/* segment/lungs.c - lungs by threshold and connection, airways and sides told apart. */
#include "segment/lungs.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "segment/body.h"
#include "segment/components.h"
#include "segment/margin.h"
#include "segment/shim/itk_components.h"
#include "segment/shim/itk_distance.h"
#include "segment/shim/itk_smooth.h"

/* Lung tissue at rest is about -850 to -700 HU, gas -1000; half way to soft tissue is -400. */
static const float AIR_HU = -400.0F;
static const float GAS_HU = -950.0F;
static const float AIRWAY_HU = -930.0F;
static const double LUNG_LEAST_ML = 50.0;
static const double PART_LEAST_ML = 1.0;
static const double AIRWAY_LEAST_ML = 3.0;
static const double AIRWAY_MOST_ML = 150.0;
static const double AIRWAY_WALL_MM = 2.0;
static const double NOISE_MM = 1.0; /* noise is smoothed by as much, or by a voxel */
static const double MIDLINE_MM = 40.0;
/* Of one lung's volume in the other's: below that it is no pair. */
static const double PAIR_LEAST = 0.15;
static const double CORE_MOST_MM = 15.0;

/* One connected part. */
struct part {
    size_t voxels;
    double x_mm;  /* of its middle */
    size_t below; /* voxels below the limit asked for */
};

struct work {
    const struct ot_volume *hu;
    int threads;
    size_t voxels;
    double voxel_ml;
    double midline_mm;
    unsigned char *air; /* owned; what is taken for lung, step by step */
    uint32_t *label;    /* owned; of the last labelling */
    struct part *part;  /* owned; by label, from 1 */
    size_t parts;
};

static double x_of(const struct ot_grid *grid, size_t x)
{
    const double index[3] = {(double)(x % grid->n[0]), (double)(x / grid->n[0] % grid->n[1]),
                             (double)(x / (grid->n[0] * grid->n[1]))};
    double point[3];
    ot_grid_to_point(grid, index, point);
    return point[0];
}

/* Labels `mask` and measures its parts. */
static enum ot_rc find_parts(struct work *w, const unsigned char *mask, const float *values,
                             float limit, struct ot_err *err)
{
    const struct ot_grid *grid = &w->hu->grid;
    ot_free(w->part);
    w->part = NULL;
    enum ot_rc rc = otx_label_components(mask, grid, false, w->label, &w->parts, err);
    if (rc == OT_OK) {
        w->part = OT_NEW(struct part, w->parts + 1, err);
        rc = w->part != NULL ? OT_OK : OT_ERR_NOMEM;
    }
    for (size_t x = 0; rc == OT_OK && x < w->voxels; x++) {
        if (w->label[x] != 0) {
            struct part *part = &w->part[w->label[x]];
            part->voxels++;
            part->x_mm += x_of(grid, x);
            part->below += values[x] < limit;
        }
    }
    for (size_t n = 1; rc == OT_OK && n <= w->parts; n++) {
        w->part[n].x_mm /= (double)w->part[n].voxels;
    }
    return rc;
}

static double part_ml(const struct work *w, size_t n)
{
    return (double)w->part[n].voxels * w->voxel_ml;
}

/* Air in the body, and the body's midline. */
static enum ot_rc find_air(struct work *w, struct ot_err *err)
{
    struct ot_volume *body = NULL;
    const enum ot_rc rc = ot_body_from_hu(w->hu, &body, err);
    double sum_mm = 0.0;
    size_t count = 0;
    for (size_t x = 0; rc == OT_OK && x < w->voxels; x++) {
        const bool inside = body->data[x] > 0.0F;
        sum_mm += inside ? x_of(&w->hu->grid, x) : 0.0;
        count += inside;
        w->air[x] = inside && w->hu->data[x] < AIR_HU;
    }
    w->midline_mm = count > 0 ? sum_mm / (double)count : 0.0;
    ot_volume_destroy(body);
    return rc;
}

/* Leaves the parts that are large enough and not gas. */
static enum ot_rc keep_tissue(struct work *w, struct ot_err *err)
{
    bool any = false;
    const enum ot_rc rc = find_parts(w, w->air, w->hu->data, GAS_HU, err);
    for (size_t x = 0; rc == OT_OK && x < w->voxels; x++) {
        const size_t n = w->label[x];
        w->air[x] =
            n != 0 && part_ml(w, n) >= LUNG_LEAST_ML && 2 * w->part[n].below <= w->part[n].voxels;
        any = any || w->air[x] != 0;
    }
    if (rc == OT_OK && !any) {
        return ot_fail(err, OT_ERR_RANGE,
                       "the CT shows no lung: no connected air of %g ml and more within the body "
                       "that is not gas",
                       LUNG_LEAST_ML);
    }
    return rc;
}

/* The greatest part that can be the airways; 0: none. */
static size_t choose_airways(const struct work *w)
{
    for (size_t n = 1; n <= w->parts; n++) { /* sorted by size */
        const double ml = part_ml(w, n);
        if (ml >= AIRWAY_LEAST_ML && ml <= AIRWAY_MOST_ML &&
            fabs(w->part[n].x_mm - w->midline_mm) <= MIDLINE_MM) {
            return n;
        }
    }
    return 0;
}

static enum ot_rc take_airways_out(struct work *w, size_t chosen, double *airways_ml,
                                   struct ot_err *err)
{
    struct ot_volume *core = NULL;
    struct ot_volume *near = NULL;
    size_t taken = 0;
    enum ot_rc rc = ot_volume_create(&w->hu->grid, OT_UNIT_NONE, &core, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(&w->hu->grid, OT_UNIT_NONE, &near, err);
    }
    for (size_t x = 0; rc == OT_OK && x < w->voxels; x++) {
        core->data[x] = w->label[x] == chosen ? 1.0F : 0.0F;
    }
    if (rc == OT_OK) {
        rc = ot_margin_mark(core, AIRWAY_WALL_MM, near, err);
    }
    for (size_t x = 0; rc == OT_OK && x < w->voxels; x++) {
        if (w->air[x] != 0 && near->data[x] > 0.0F) {
            w->air[x] = 0;
            taken++;
        }
    }
    *airways_ml = (double)taken * w->voxel_ml;
    ot_volume_destroy(near);
    ot_volume_destroy(core);
    return rc;
}

static enum ot_rc remove_airways(struct work *w, double *airways_ml, struct ot_err *err)
{
    const double *spacing = w->hu->grid.spacing_mm;
    const double voxel_mm = cbrt(spacing[0] * spacing[1] * spacing[2]);
    const double sigma_mm = fmin(voxel_mm, NOISE_MM);
    float *smooth = OT_NEW(float, w->voxels, err);
    unsigned char *gas = smooth != NULL ? OT_NEW(unsigned char, w->voxels, err) : NULL;
    enum ot_rc rc = gas != NULL ? OT_OK : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        rc = otx_smooth_gaussian(w->hu->data, &w->hu->grid, sigma_mm, smooth, err);
    }
    for (size_t x = 0; rc == OT_OK && x < w->voxels; x++) {
        gas[x] = w->air[x] != 0 && smooth[x] < AIRWAY_HU;
    }
    if (rc == OT_OK) {
        rc = find_parts(w, gas, smooth, AIRWAY_HU, err);
    }
    const size_t chosen = rc == OT_OK ? choose_airways(w) : 0;
    *airways_ml = 0.0;
    if (chosen != 0) {
        rc = take_airways_out(w, chosen, airways_ml, err);
    }
    ot_free(gas);
    ot_free(smooth);
    return rc;
}

static bool on_left(const struct work *w, size_t n)
{
    return w->part[n].x_mm > w->midline_mm; /* LPS: x grows to the patient's left */
}

/* The volumes on both sides: greatest parts only. 0 where there is none. */
static bool is_pair(const struct work *w, size_t side[2])
{
    side[0] = 0;
    side[1] = 0;
    for (size_t n = 1; n <= w->parts; n++) {
        size_t *of = &side[on_left(w, n) ? 0 : 1];
        *of = *of == 0 ? n : *of;
    }
    if (side[0] == 0 || side[1] == 0) {
        return false;
    }
    const double a = part_ml(w, side[0]);
    const double b = part_ml(w, side[1]);
    return fmin(a, b) >= PAIR_LEAST * fmax(a, b);
}

/* 1 left, 2 right, from the watershed between the cores; 0 where there are no two cores. */
static enum ot_rc part_by_cores(struct work *w, unsigned char *side, bool *parted,
                                struct ot_err *err)
{
    float *depth = OT_NEW(float, w->voxels, err);
    unsigned char *core = depth != NULL ? OT_NEW(unsigned char, w->voxels, err) : NULL;
    enum ot_rc rc = core != NULL ? OT_OK : OT_ERR_NOMEM;
    size_t chosen[2] = {0, 0};
    *parted = false;
    if (rc == OT_OK) {
        rc = otx_itk_distance(w->air, &w->hu->grid, w->threads, depth, err);
    }
    for (double r_mm = 1.0; rc == OT_OK && !*parted && r_mm <= CORE_MOST_MM; r_mm += 1.0) {
        for (size_t x = 0; x < w->voxels; x++) {
            core[x] = w->air[x] != 0 && (double)depth[x] <= -r_mm;
        }
        rc = find_parts(w, core, depth, 0.0F, err);
        *parted = rc == OT_OK && is_pair(w, chosen);
    }
    if (rc == OT_OK && *parted) {
        for (size_t x = 0; x < w->voxels; x++) {
            const size_t n = w->label[x];
            core[x] = n == 0 ? 0 : (n == chosen[0] ? 1 : (n == chosen[1] ? 2 : 0));
        }
        rc = otx_watershed(depth, core, &w->hu->grid, side, err);
    }
    ot_free(core);
    ot_free(depth);
    return rc;
}

/* side[x]: 1 left, 2 right, 0 neither. */
static enum ot_rc find_sides(struct work *w, unsigned char *side, bool *parted, struct ot_err *err)
{
    size_t chosen[2];
    *parted = false;
    enum ot_rc rc = find_parts(w, w->air, w->hu->data, GAS_HU, err);
    if (rc == OT_OK && !is_pair(w, chosen)) {
        rc = part_by_cores(w, side, parted, err);
        if (rc == OT_OK && !*parted) { /* one lung only */
            rc = find_parts(w, w->air, w->hu->data, GAS_HU, err);
        }
    }
    for (size_t x = 0; rc == OT_OK && x < w->voxels; x++) {
        const size_t n = *parted ? 0 : w->label[x];
        if (w->air[x] == 0) {
            side[x] = 0;
        } else if (!*parted) {
            side[x] = n == 0 || part_ml(w, n) < PART_LEAST_ML ? 0 : (on_left(w, n) ? 1 : 2);
        }
    }
    return rc;
}

/* One lung with its holes filled; NULL where the side has no voxel. */
static enum ot_rc make_lung(const struct work *w, const unsigned char *side, unsigned char which,
                            struct ot_volume **out, struct ot_err *err)
{
    struct ot_volume *open = NULL;
    bool any = false;
    enum ot_rc rc = ot_volume_create(&w->hu->grid, OT_UNIT_NONE, &open, err);
    for (size_t x = 0; rc == OT_OK && x < w->voxels; x++) {
        open->data[x] = side[x] == which ? 1.0F : 0.0F;
        any = any || side[x] == which;
    }
    if (rc == OT_OK && any) {
        rc = ot_region_fill(open, out, err);
    }
    ot_volume_destroy(open);
    return rc;
}

enum ot_rc ot_lungs_from_hu(const struct ot_volume *hu, int threads, struct ot_lungs *out,
                            struct ot_err *err)
{
    struct work w = {.hu = hu,
                     .threads = threads,
                     .voxels = ot_grid_voxel_count(&hu->grid),
                     .voxel_ml = ot_grid_voxel_volume_ml(&hu->grid)};
    unsigned char *side = NULL;
    *out = (struct ot_lungs){0};
    enum ot_rc rc = ot_volume_require_unit(hu, OT_UNIT_HU, "CT", err);
    if (rc != OT_OK) {
        return rc;
    }
    w.air = OT_NEW(unsigned char, w.voxels, err);
    w.label = w.air != NULL ? OT_NEW(uint32_t, w.voxels, err) : NULL;
    side = w.label != NULL ? OT_NEW(unsigned char, w.voxels, err) : NULL;
    rc = side != NULL ? find_air(&w, err) : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        rc = keep_tissue(&w, err);
    }
    if (rc == OT_OK) {
        rc = remove_airways(&w, &out->airways_ml, err);
    }
    if (rc == OT_OK) {
        rc = find_sides(&w, side, &out->parted, err);
    }
    if (rc == OT_OK) {
        rc = make_lung(&w, side, 1, &out->left, err);
    }
    if (rc == OT_OK) {
        rc = make_lung(&w, side, 2, &out->right, err);
    }
    if (rc != OT_OK) {
        ot_lungs_release(out);
    }
    ot_free(side);
    ot_free(w.part);
    ot_free(w.label);
    ot_free(w.air);
    return rc;
}

void ot_lungs_release(struct ot_lungs *lungs)
{
    ot_volume_destroy(lungs->left);
    ot_volume_destroy(lungs->right);
    lungs->left = NULL;
    lungs->right = NULL;
}
