/* segment/op_images.c - functions that find a VOI in an image. */
#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "segment/body.h"
#include "segment/components.h"
#include "segment/lungs.h"
#include "segment/op_call.h"
#include "segment/shim/itk_smooth.h"
#include "segment/threshold.h"

/* An image with the VOI that a function looks within. */
struct view {
    const struct ot_volume *image;
    struct ot_op_within within; /* nothing: everywhere */
};

static enum ot_rc open_view(const struct ot_op_call *call, struct view *view, struct ot_err *err)
{
    *view = (struct view){0};
    const enum ot_rc rc = ot_op_need_image(call, 0, &view->image, err);
    return rc == OT_OK ? ot_op_within_init(call, "in", view->image, &view->within, err) : rc;
}

/* As the language writes it. */
static const char *unit_text(const struct ot_volume *image)
{
    if (image->unit == OT_UNIT_HU) {
        return "HU";
    }
    return image->unit == OT_UNIT_BQ_PER_ML ? "Bq/ml" : "";
}

/* Argument n as a value of the image. seed_value: NAN where the function has no seed. */
static enum ot_rc need_level(const struct ot_op_call *call, size_t n, const struct view *view,
                             double seed_value, double *level, struct ot_err *err)
{
    const struct ot_op_node *node = call->argument[n];
    const enum ot_unit unit = view->image->unit;
    struct ot_levels levels;
    *level = node->number[0];
    if (node->kind != OT_OP_NUMBER || node->unit == OT_OP_MM ||
        (node->unit == OT_OP_PERCENT_OF_SEED && isnan(seed_value))) {
        return ot_fail(err, OT_ERR_ARG, "a level is expected, such as 10%%, 300HU or 5000Bq/ml: %s",
                       call->signature);
    }
    if (node->unit == OT_OP_PERCENT || node->unit == OT_OP_PERCENT_OF_SEED) {
        const double percent = node->number[0];
        if (unit == OT_UNIT_HU || !(percent >= 0.0 && percent <= 100.0)) {
            return ot_fail(err, OT_ERR_ARG, "%g %%: %s", percent,
                           unit == OT_UNIT_HU ? "a part of a CT number means nothing: give HU"
                                              : "only 0 to 100 % is a part");
        }
        double whole = seed_value;
        if (node->unit == OT_OP_PERCENT) {
            const enum ot_rc rc = ot_threshold_levels(view->image, view->within.here, &levels, err);
            if (rc != OT_OK) {
                return rc;
            }
            whole = levels.greatest;
        }
        if (!(whole > 0.0)) {
            return ot_fail(err, OT_ERR_RANGE, "%s is %g, of which no part is a level",
                           node->unit == OT_OP_PERCENT ? "the greatest value"
                                                       : "the value at the seed",
                           whole);
        }
        *level = whole * percent / 100.0;
        return OT_OK;
    }
    const enum ot_unit stated =
        node->unit == OT_OP_HU ? OT_UNIT_HU
                               : (node->unit == OT_OP_BQ_PER_ML ? OT_UNIT_BQ_PER_ML : OT_UNIT_NONE);
    if (stated != unit) {
        return ot_fail(err, OT_ERR_ARG,
                       unit == OT_UNIT_NONE
                           ? "the values of %s are bare numbers: give the level without a unit%s"
                           : "the values of %s have a unit: give the level in %s",
                       call->argument[0]->text, unit_text(view->image));
    }
    return OT_OK;
}

/* Voxels with low <= value < high, on the scene's grid. */
static enum ot_rc mark(struct ot_op_call *call, const struct view *view, double low, double high,
                       struct ot_volume **out, struct ot_err *err)
{
    struct ot_volume *marks = NULL;
    const enum ot_rc rc = ot_threshold_mark(view->image, low, high, view->within.here, &marks, err);
    return rc == OT_OK ? ot_op_found(call->scene, &view->within, marks, out, err) : rc;
}

static void note_level(struct ot_op_call *call, const struct view *view, double level)
{
    (void)ot_texts_add(&call->scene->notes, "%s() of %s: level %.4g%s%s", call->node->text,
                       call->argument[0]->text, level, unit_text(view->image)[0] != '\0' ? " " : "",
                       unit_text(view->image));
}

enum ot_rc ot_op_threshold(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct view view;
    double low = 0.0;
    enum ot_rc rc = open_view(call, &view, err);
    if (rc == OT_OK) {
        rc = need_level(call, 1, &view, (double)NAN, &low, err);
    }
    if (rc == OT_OK) {
        note_level(call, &view, low);
        rc = mark(call, &view, low, INFINITY, out, err);
    }
    ot_op_within_release(&view.within);
    return rc;
}

enum ot_rc ot_op_below(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct view view;
    double high = 0.0;
    enum ot_rc rc = open_view(call, &view, err);
    if (rc == OT_OK) {
        rc = need_level(call, 1, &view, (double)NAN, &high, err);
    }
    if (rc == OT_OK) {
        note_level(call, &view, high);
        rc = mark(call, &view, -INFINITY, high, out, err);
    }
    ot_op_within_release(&view.within);
    return rc;
}

enum ot_rc ot_op_between(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct view view;
    double low = 0.0;
    double high = 0.0;
    enum ot_rc rc = open_view(call, &view, err);
    if (rc == OT_OK) {
        rc = need_level(call, 1, &view, (double)NAN, &low, err);
    }
    if (rc == OT_OK) {
        rc = need_level(call, 2, &view, (double)NAN, &high, err);
    }
    if (rc == OT_OK && !(low < high)) {
        rc = ot_fail(err, OT_ERR_ARG, "%g is not below %g", low, high);
    }
    if (rc == OT_OK) {
        rc = mark(call, &view, low, high, out, err);
    }
    ot_op_within_release(&view.within);
    return rc;
}

/* level = B + p (max - B), B the mean of the background. */
enum ot_rc ot_op_adaptive(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct view view;
    struct ot_op_within background = {0};
    struct ot_levels hot;
    struct ot_levels cold;
    const struct ot_op_node *part = call->argument[1];
    enum ot_rc rc = open_view(call, &view, err);
    if (rc == OT_OK && (part->kind != OT_OP_NUMBER || part->unit != OT_OP_PERCENT ||
                        !(part->number[0] > 0.0 && part->number[0] < 100.0) ||
                        ot_op_keyed(call, "background") == NULL)) {
        rc = ot_fail(err, OT_ERR_ARG, "a percentage and a background are expected: %s",
                     call->signature);
    }
    if (rc == OT_OK) {
        rc = ot_op_within_init(call, "background", view.image, &background, err);
    }
    if (rc == OT_OK) {
        rc = ot_threshold_levels(view.image, view.within.here, &hot, err);
    }
    if (rc == OT_OK) {
        rc = ot_threshold_levels(view.image, background.here, &cold, err);
    }
    if (rc == OT_OK && !(hot.greatest > cold.mean)) {
        rc = ot_fail(err, OT_ERR_RANGE, "the background's mean %g is not below the maximum %g",
                     cold.mean, hot.greatest);
    }
    if (rc == OT_OK) {
        const double level = cold.mean + part->number[0] / 100.0 * (hot.greatest - cold.mean);
        note_level(call, &view, level);
        rc = mark(call, &view, level, INFINITY, out, err);
    }
    ot_op_within_release(&background);
    ot_op_within_release(&view.within);
    return rc;
}

enum ot_rc ot_op_otsu(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct view view;
    double level = 0.0;
    enum ot_rc rc = open_view(call, &view, err);
    if (rc == OT_OK) {
        rc = ot_threshold_otsu(view.image, view.within.here, &level, err);
    }
    if (rc == OT_OK) {
        note_level(call, &view, level);
        rc = mark(call, &view, level, INFINITY, out, err);
    }
    ot_op_within_release(&view.within);
    return rc;
}

enum ot_rc ot_op_grow(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct view view = {0};
    struct ot_volume *marks = NULL;
    struct ot_volume *grown = NULL;
    double seed_mm[3];
    double low = 0.0;
    double high = INFINITY;
    size_t voxel = 0;
    enum ot_rc rc = ot_op_need_seed(call, seed_mm, err);
    if (rc == OT_OK) {
        rc = open_view(call, &view, err);
    }
    if (rc == OT_OK) {
        rc = ot_voxel_at(&view.image->grid, seed_mm, &voxel, err);
    }
    const double at_seed = rc == OT_OK ? (double)view.image->data[voxel] : (double)NAN;
    if (rc == OT_OK) {
        rc = need_level(call, 1, &view, at_seed, &low, err);
    }
    if (rc == OT_OK && call->count == 3) {
        rc = need_level(call, 2, &view, at_seed, &high, err);
    }
    if (rc == OT_OK && !(at_seed >= low && at_seed < high)) {
        rc = ot_fail(err, OT_ERR_RANGE, "the value at the seed, %.4g, is not between the levels",
                     at_seed);
    }
    if (rc == OT_OK) {
        note_level(call, &view, low);
        rc = ot_threshold_mark(view.image, low, high, view.within.here, &marks, err);
    }
    if (rc == OT_OK) {
        rc = ot_component_at(marks, seed_mm, &grown, err);
    }
    if (rc == OT_OK) {
        rc = ot_op_found(call->scene, &view.within, grown, out, err);
    }
    ot_volume_destroy(marks);
    ot_op_within_release(&view.within);
    return rc;
}

/* Floods the gradient from the seed and from outside of the VOI: 1 is the seed's basin. */
static enum ot_rc flood(const struct view *view, size_t seed, struct ot_volume *marks,
                        struct ot_err *err)
{
    const struct ot_grid *grid = &view->image->grid;
    const size_t voxels = ot_grid_voxel_count(grid);
    const double voxel_mm = cbrt(grid->spacing_mm[0] * grid->spacing_mm[1] * grid->spacing_mm[2]);
    float *relief = OT_NEW(float, voxels, err);
    unsigned char *marker = relief != NULL ? OT_NEW(unsigned char, voxels, err) : NULL;
    unsigned char *basin = marker != NULL ? OT_NEW(unsigned char, voxels, err) : NULL;
    size_t outside = 0;
    enum ot_rc rc = basin != NULL ? OT_OK : OT_ERR_NOMEM;
    for (size_t x = 0; rc == OT_OK && x < voxels; x++) {
        const bool out_of = view->within.here->data[x] < 0.5F;
        outside += out_of;
        marker[x] = x == seed ? 1 : (out_of ? 2 : 0);
    }
    if (rc == OT_OK && (outside == 0 || view->within.here->data[seed] < 0.5F)) {
        rc = ot_fail(err, OT_ERR_RANGE,
                     "the VOI of in= must hold the seed and not all of the image");
    }
    if (rc == OT_OK) {
        rc = otx_gradient_magnitude(view->image->data, grid, voxel_mm, relief, err);
    }
    if (rc == OT_OK) {
        rc = otx_watershed(relief, marker, grid, basin, err);
    }
    for (size_t x = 0; rc == OT_OK && x < voxels; x++) {
        marks->data[x] = basin[x] == 1 ? 1.0F : 0.0F;
    }
    ot_free(basin);
    ot_free(marker);
    ot_free(relief);
    return rc;
}

enum ot_rc ot_op_gradient(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct view view = {0};
    struct ot_volume *marks = NULL;
    double seed_mm[3];
    size_t seed = 0;
    enum ot_rc rc = ot_op_need_seed(call, seed_mm, err);
    if (rc == OT_OK && ot_op_keyed(call, "in") == NULL) {
        rc = ot_fail(err, OT_ERR_ARG, "in=VOI is needed: %s", call->signature);
    }
    if (rc == OT_OK) {
        rc = open_view(call, &view, err);
    }
    if (rc == OT_OK) {
        rc = ot_voxel_at(&view.image->grid, seed_mm, &seed, err);
    }
    if (rc == OT_OK) {
        rc = ot_volume_create(&view.image->grid, OT_UNIT_NONE, &marks, err);
    }
    if (rc == OT_OK) {
        rc = flood(&view, seed, marks, err);
    }
    if (rc == OT_OK) {
        rc = ot_op_found(call->scene, &view.within, marks, out, err);
        marks = NULL; /* handed over */
    }
    ot_volume_destroy(marks);
    ot_op_within_release(&view.within);
    return rc;
}

enum ot_rc ot_op_body(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    const struct ot_volume *ct = NULL;
    struct ot_volume *body = NULL;
    enum ot_rc rc = ot_op_need_ct(call, &ct, err);
    if (rc == OT_OK) {
        rc = ot_body_from_hu(ct, &body, err);
    }
    return rc == OT_OK ? ot_op_to_scene(call->scene, body, out, err) : rc;
}

static void note_lungs(struct ot_op_scene *scene)
{
    const struct ot_lungs *lungs = &scene->lungs;
    if (lungs->airways_ml > 0.0) {
        (void)ot_texts_add(&scene->notes, "lungs: %.1f ml of trachea and bronchi left out",
                           lungs->airways_ml);
    } else {
        (void)ot_texts_add(&scene->notes, "lungs: no airways were found within them");
    }
    if (lungs->parted) {
        (void)ot_texts_add(&scene->notes, "lungs: left and right touch; parted where narrowest");
    }
    if (lungs->left == NULL || lungs->right == NULL) {
        (void)ot_texts_add(&scene->notes, "lungs: only the %s one was found",
                           lungs->left != NULL ? "left" : "right");
    }
}

/* The sides wanted, added, on the scene's grid. */
static enum ot_rc make_lungs(struct ot_op_call *call, bool left, bool right, struct ot_volume **out,
                             struct ot_err *err)
{
    struct ot_op_scene *scene = call->scene;
    const struct ot_volume *ct = NULL;
    struct ot_volume *both = NULL;
    enum ot_rc rc = ot_op_need_ct(call, &ct, err);
    if (rc == OT_OK && scene->lungs.left == NULL && scene->lungs.right == NULL) {
        rc = ot_lungs_from_hu(ct, scene->threads, &scene->lungs, err);
        if (rc == OT_OK) {
            note_lungs(scene);
        }
    }
    if (rc == OT_OK) {
        rc = ot_volume_create(&ct->grid, OT_UNIT_NONE, &both, err);
    }
    const struct ot_volume *sides[] = {left ? scene->lungs.left : NULL,
                                       right ? scene->lungs.right : NULL};
    for (size_t n = 0; rc == OT_OK && n < 2; n++) {
        for (size_t x = 0; sides[n] != NULL && x < ot_grid_voxel_count(&ct->grid); x++) {
            both->data[x] = fmaxf(both->data[x], sides[n]->data[x]);
        }
    }
    return rc == OT_OK ? ot_op_to_scene(scene, both, out, err) : rc;
}

enum ot_rc ot_op_lungs(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    return make_lungs(call, true, true, out, err);
}

enum ot_rc ot_op_left_lung(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    return make_lungs(call, true, false, out, err);
}

enum ot_rc ot_op_right_lung(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    return make_lungs(call, false, true, out, err);
}
