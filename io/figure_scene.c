/* io/figure_scene.c - what the slices of a report show: window, levels, crop and colors. */
#include <math.h>

#include "core/dvh.h"
#include "core/mem.h"
#include "core/stats.h"
#include "io/figure.h"

/* Tones of middle luminance: they must be seen on black slices and on white paper. */
static const struct ot_rgb TUMOR_COLORS[] = {
    {0.88, 0.20, 0.45}, {0.62, 0.33, 0.92}, {0.80, 0.36, 0.12}, {0.85, 0.35, 0.80}};
static const struct ot_rgb PERFUSED_COLORS[] = {
    {0.10, 0.62, 0.35}, {0.50, 0.66, 0.10}, {0.05, 0.60, 0.60}};

static const struct ot_rgb ROLE_COLORS[OT_ROLE_COUNT] = {
    [OT_ROLE_LIVER] = {0.13, 0.52, 0.85},
    [OT_ROLE_THROMBUS] = {0.70, 0.48, 0.10},
    [OT_ROLE_LUNGS] = {0.38, 0.62, 0.72},
    [OT_ROLE_BODY] = {0.55, 0.57, 0.60},
    [OT_ROLE_EXCLUDE] = {0.60, 0.55, 0.20},
    [OT_ROLE_NORMAL_LIVER] = {0.13, 0.52, 0.85},
    [OT_ROLE_NONPERFUSED_LIVER] = {0.55, 0.57, 0.60},
    [OT_ROLE_OTHER] = {0.55, 0.57, 0.60},
};
static const struct ot_rgb UNION_TUMOR = {0.72, 0.05, 0.22};
static const struct ot_rgb UNION_PERFUSED = {0.02, 0.42, 0.22};
enum {
    TUMOR_COLOR_COUNT = sizeof TUMOR_COLORS / sizeof *TUMOR_COLORS,
    PERFUSED_COLOR_COUNT = sizeof PERFUSED_COLORS / sizeof *PERFUSED_COLORS
};

/* Which of its kind a VOI is, unions not counted. */
static size_t order_of(const struct ot_voi *vois, size_t n)
{
    size_t order = 0;
    for (size_t m = 0; m < n; m++) {
        order += vois[m].role == vois[n].role && !vois[m].is_union ? 1 : 0;
    }
    return order;
}

struct ot_rgb ot_figure_voi_color(const struct ot_voi *vois, size_t n)
{
    const size_t order = order_of(vois, n);
    const enum ot_role role = vois[n].role;
    if (role == OT_ROLE_TUMOR) {
        return vois[n].is_union ? UNION_TUMOR : TUMOR_COLORS[order % TUMOR_COLOR_COUNT];
    }
    if (role == OT_ROLE_PERFUSED || role == OT_ROLE_NORMAL_PERFUSED) {
        return vois[n].is_union ? UNION_PERFUSED : PERFUSED_COLORS[order % PERFUSED_COLOR_COUNT];
    }
    return ROLE_COLORS[role];
}

bool ot_figure_voi_outlined(const struct ot_voi *voi)
{
    return voi->role < OT_ROLE_NORMAL_PERFUSED && voi->role != OT_ROLE_BODY && !voi->is_union;
}

struct box {
    size_t low[3], high[3];
    bool found;
};

static void box_add(struct box *box, const size_t voxel[3])
{
    for (int c = 0; c < 3; c++) {
        box->low[c] = !box->found || voxel[c] < box->low[c] ? voxel[c] : box->low[c];
        box->high[c] = !box->found || voxel[c] > box->high[c] ? voxel[c] : box->high[c];
    }
    box->found = true;
}

/* Adds all voxels of `volume` above `threshold`, which is not negative. */
static void box_grow(struct box *box, const struct ot_volume *volume, double threshold)
{
    const size_t *n = volume->grid.n;
    const size_t count = ot_grid_voxel_count(&volume->grid);
    for (size_t x = ot_skip_zeros(volume->data, 0, count); x < count;
         x = ot_skip_next(volume->data, x, count)) {
        if ((double)volume->data[x] > threshold) {
            box_add(box, (const size_t[3]){x % n[0], x / n[0] % n[1], x / (n[0] * n[1])});
        }
    }
}

static double maximum(const struct ot_volume *volume, size_t voxel[3])
{
    const size_t *n = volume->grid.n;
    const size_t count = ot_grid_voxel_count(&volume->grid);
    double highest = -HUGE_VAL;
    for (size_t x = 0; x < count; x++) {
        if ((double)volume->data[x] > highest) {
            highest = volume->data[x];
            voxel[0] = x % n[0];
            voxel[1] = x / n[0] % n[1];
            voxel[2] = x / (n[0] * n[1]);
        }
    }
    return highest;
}

/* The voxel at the centroid of the largest tumor; false without tumors. */
static bool tumor_centre(const struct ot_scene *scene, size_t centre[3])
{
    const struct ot_voi *largest = NULL;
    double largest_ml = 0.0;
    for (size_t n = 0; n < scene->voi_count; n++) {
        const struct ot_voi *voi = &scene->vois[n];
        const double ml =
            voi->role == OT_ROLE_TUMOR && !voi->is_union ? ot_voi_volume_ml(voi) : 0.0;
        if (ml > largest_ml) {
            largest = voi;
            largest_ml = ml;
        }
    }
    if (largest == NULL) {
        return false;
    }
    const size_t *n = scene->dose->grid.n;
    double sum[3] = {0.0, 0.0, 0.0};
    double weight = 0.0;
    const size_t count = ot_grid_voxel_count(&scene->dose->grid);
    for (size_t x = ot_skip_zeros(largest->fraction->data, 0, count); x < count;
         x = ot_skip_next(largest->fraction->data, x, count)) {
        const double f = largest->fraction->data[x];
        const size_t k = x / (n[0] * n[1]);
        sum[0] += f * (double)(x % n[0]);
        sum[1] += f * (double)(x / n[0] % n[1]);
        sum[2] += f * (double)k;
        weight += f;
    }
    for (int c = 0; c < 3; c++) {
        centre[c] = (size_t)(sum[c] / weight + 0.5);
    }
    return true;
}

/* Upper end of the color scale: the highest D2 of the VOIs that are treated, so that one noisy
 * voxel does not darken the picture; without VOIs the maximum. */
static enum ot_rc choose_window(struct ot_scene *scene, double highest_gy, struct ot_err *err)
{
    double window_gy = 0.0;
    for (size_t n = 0; n < scene->voi_count; n++) {
        const enum ot_role role = scene->vois[n].role;
        if (role == OT_ROLE_BODY || role == OT_ROLE_LUNGS || role == OT_ROLE_EXCLUDE) {
            continue;
        }
        struct ot_dvh *dvh = NULL;
        const enum ot_rc rc = ot_dvh_create(scene->dose, scene->vois[n].fraction, &dvh, NULL);
        if (rc == OT_ERR_NOMEM) {
            return ot_fail(err, OT_ERR_NOMEM, "a DVH does not fit into memory");
        }
        if (rc == OT_OK) { /* an empty VOI has no DVH, and that is no reason to fail here */
            window_gy = fmax(window_gy, ot_dvh_dose_at_percent(dvh, 2.0));
        }
        ot_dvh_destroy(dvh);
    }
    if (!(window_gy > 0.0)) {
        window_gy = highest_gy;
    }
    scene->window_gy = window_gy > 0.0 ? window_gy : 1.0;
    return OT_OK;
}

/* Isodose lines at 1, 2, 5, 10, ... Gy: the highest ones that are below 95 % of the window. */
static void choose_levels(struct ot_scene *scene)
{
    static const double steps[] = {1.0, 2.0, 5.0};
    enum { LEVELS = 5, LADDER = 18 };
    double ladder_gy[LADDER];
    size_t count = 0;
    for (size_t n = 0; n < LADDER; n++) {
        const size_t decade = n / 3;
        const double gy = steps[n % 3] * pow(10.0, (double)decade - 1.0);
        if (gy < 0.95 * scene->window_gy) {
            ladder_gy[count++] = gy;
        }
    }
    const size_t skipped = count > LEVELS ? count - LEVELS : 0;
    for (size_t n = skipped; n < count; n++) {
        scene->level_gy[scene->level_count++] = ladder_gy[n];
    }
}

static void choose_crop(struct ot_scene *scene, double highest_gy)
{
    static const double margin_mm = 35.0;
    struct box shown = {.found = false};
    struct box liver = {.found = false};
    for (size_t n = 0; n < scene->voi_count; n++) {
        const struct ot_voi *voi = &scene->vois[n];
        if (voi->role == OT_ROLE_LIVER || voi->role == OT_ROLE_PERFUSED ||
            voi->role == OT_ROLE_TUMOR || voi->role == OT_ROLE_THROMBUS) {
            box_grow(&liver, voi->fraction, 0.25);
        }
    }
    shown = liver;
    if (!shown.found) {
        box_grow(&shown, scene->dose, 0.02 * highest_gy);
    }
    for (size_t c = 0; c < 3; c++) {
        const struct ot_grid *grid = &scene->dose->grid;
        const size_t margin = (size_t)ceil(margin_mm / grid->spacing_mm[c]);
        const size_t end = grid->n[c] - 1;
        scene->low[c] = shown.found ? shown.low[c] : 0;
        scene->high[c] = shown.found ? shown.high[c] : end;
        scene->first[c] = scene->low[c] > margin ? scene->low[c] - margin : 0;
        scene->last[c] = scene->high[c] + margin < end ? scene->high[c] + margin : end;
    }
}

static void choose_gray(struct ot_scene *scene)
{
    if (scene->background == NULL) {
        return;
    }
    if (scene->background->unit == OT_UNIT_HU) { /* the usual abdominal window: 400 at 40 HU */
        scene->gray_low = -160.0;
        scene->gray_high = 240.0;
        return;
    }
    size_t voxel[3];
    scene->gray_low = 0.0;
    scene->gray_high = fmax(maximum(scene->background, voxel), 1e-30);
}

enum ot_rc ot_scene_prepare(const struct ot_volume *dose, const struct ot_volume *background,
                            const struct ot_voi *vois, size_t count, struct ot_scene *scene,
                            struct ot_err *err)
{
    *scene =
        (struct ot_scene){.dose = dose, .background = background, .vois = vois, .voi_count = count};
    const double highest_gy = maximum(dose, scene->centre);
    scene->centre_is_tumor = tumor_centre(scene, scene->centre);
    const enum ot_rc rc = choose_window(scene, highest_gy, err);
    if (rc != OT_OK) {
        return rc;
    }
    choose_levels(scene);
    choose_crop(scene, highest_gy);
    choose_gray(scene);
    return OT_OK;
}
