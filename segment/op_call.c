/* segment/op_call.c - arguments of the language's functions. */
#include "segment/op_call.h"

#include <math.h>
#include <string.h>

#include "core/resample.h"
#include "segment/threshold.h"

static const double SAME_GRID_MM = 1e-3;
static const double LENGTH_MOST_MM = 200.0;

const struct ot_op_node *ot_op_keyed(const struct ot_op_call *call, const char *key)
{
    for (const struct ot_op_node *at = call->node->first; at != NULL; at = at->next) {
        if (strcmp(at->key, key) == 0) {
            return at;
        }
    }
    return NULL;
}

enum ot_rc ot_op_need_image(const struct ot_op_call *call, size_t n, const struct ot_volume **image,
                            struct ot_err *err)
{
    const struct ot_op_node *node = call->argument[n];
    const char *name = node->kind == OT_OP_NAME ? node->text : "";
    for (size_t t = 0; t < call->scene->image_count; t++) {
        if (strcmp(call->scene->image[t].name, name) == 0) {
            *image = call->scene->image[t].volume;
            return OT_OK;
        }
    }
    if (strcmp(name, "spect") == 0 || strcmp(name, "pet") == 0 || strcmp(name, "ct") == 0) {
        return ot_fail(err, OT_ERR_ARG, "%s is an image that was not given: add --%s PATH", name,
                       name);
    }
    return ot_fail(err, OT_ERR_ARG, "an image (spect, pet or ct) is expected: %s", call->signature);
}

enum ot_rc ot_op_need_ct(const struct ot_op_call *call, const struct ot_volume **image,
                         struct ot_err *err)
{
    const enum ot_rc rc = ot_op_need_image(call, 0, image, err);
    if (rc == OT_OK && (*image)->unit != OT_UNIT_HU) {
        return ot_fail(err, OT_ERR_ARG, "only a CT shows that: %s", call->signature);
    }
    return rc;
}

enum ot_rc ot_op_need_region(const struct ot_op_call *call, size_t n, struct ot_volume **out,
                             struct ot_err *err)
{
    return ot_op_region(call->scene, call->argument[n], out, err);
}

enum ot_rc ot_op_need_seed(const struct ot_op_call *call, double point_mm[3], struct ot_err *err)
{
    const struct ot_op_node *seed = ot_op_keyed(call, "seed");
    if (seed == NULL || seed->kind != OT_OP_POINT) {
        return ot_fail(err, OT_ERR_ARG, "seed=(X, Y, Z) is needed, in mm (LPS): %s",
                       call->signature);
    }
    memcpy(point_mm, seed->number, sizeof seed->number);
    return OT_OK;
}

/* patient[c]: along x, y, z of the patient. Grid axes must run along them where the three differ.
 */
static enum ot_rc turn_to_grid(const struct ot_grid *grid, const double patient_mm[3],
                               double grid_mm[3], struct ot_err *err)
{
    static const double along = 1e-3;
    for (size_t c = 0; c < 3; c++) {
        grid_mm[c] = NAN;
        for (size_t r = 0; r < 3; r++) {
            if (fabs(grid->dir[r][c]) >= 1.0 - along) {
                grid_mm[c] = patient_mm[r];
            }
        }
        if (isnan(grid_mm[c])) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "the image's axes are oblique to the patient's: give one margin for "
                           "all directions");
        }
    }
    return OT_OK;
}

enum ot_rc ot_op_need_margin(const struct ot_op_call *call, size_t n, double margin_mm[3],
                             struct ot_err *err)
{
    const struct ot_op_node *node = call->argument[n];
    if ((node->kind != OT_OP_NUMBER && node->kind != OT_OP_POINT) || node->unit != OT_OP_MM) {
        return ot_fail(err, OT_ERR_ARG, "a length is expected, such as 5 mm: %s", call->signature);
    }
    const bool one = node->kind == OT_OP_NUMBER;
    for (size_t c = 0; c < 3; c++) {
        const double mm = node->number[one ? 0 : c];
        if (!(mm >= 0.0 && mm <= LENGTH_MOST_MM)) {
            return ot_fail(err, OT_ERR_ARG, "%g mm is not 0 to %g mm", mm, LENGTH_MOST_MM);
        }
        margin_mm[c] = mm;
    }
    return one ? OT_OK : turn_to_grid(call->scene->grid, node->number, margin_mm, err);
}

enum ot_rc ot_op_within_init(const struct ot_op_call *call, const char *key,
                             const struct ot_volume *image, struct ot_op_within *within,
                             struct ot_err *err)
{
    const struct ot_op_node *node = ot_op_keyed(call, key);
    *within = (struct ot_op_within){0};
    if (node == NULL) {
        return OT_OK;
    }
    enum ot_rc rc = ot_op_region(call->scene, node, &within->scene, err);
    if (rc == OT_OK && ot_grid_same(&within->scene->grid, &image->grid, SAME_GRID_MM)) {
        within->here = within->scene;
        within->scene = NULL;
        return OT_OK;
    }
    if (rc == OT_OK) {
        rc = ot_resample_box(within->scene, &image->grid, call->scene->threads, &within->here, err);
    }
    return rc;
}

void ot_op_within_release(struct ot_op_within *within)
{
    ot_volume_destroy(within->here);
    ot_volume_destroy(within->scene);
    *within = (struct ot_op_within){0};
}

enum ot_rc ot_op_to_scene(struct ot_op_scene *scene, struct ot_volume *marks,
                          struct ot_volume **out, struct ot_err *err)
{
    if (ot_grid_same(&marks->grid, scene->grid, SAME_GRID_MM)) {
        *out = marks;
        return OT_OK;
    }
    const enum ot_rc rc = ot_resample_box(marks, scene->grid, scene->threads, out, err);
    for (size_t x = 0; rc == OT_OK && x < ot_grid_voxel_count(scene->grid); x++) {
        (*out)->data[x] = fminf(fmaxf((*out)->data[x], 0.0F), 1.0F); /* rounding of sums */
    }
    ot_volume_destroy(marks);
    return rc;
}

/* Two voxels of the scene, which may hold several layers of a finer image's: a VOI's rim is seldom
 * wider. */
static size_t layers_of_rim(const struct ot_grid *scene, const struct ot_grid *image)
{
    double coarse_mm = 0.0;
    double fine_mm = INFINITY;
    for (size_t c = 0; c < 3; c++) {
        coarse_mm = fmax(coarse_mm, scene->spacing_mm[c]);
        fine_mm = fmin(fine_mm, image->spacing_mm[c]);
    }
    return coarse_mm > fine_mm ? (size_t)ceil(2.0 * coarse_mm / fine_mm) : 2;
}

/* What came from an image of other voxels reaches beyond the VOI where those are larger: only how
 * much of what is within was found is taken from it, and where the VOI ends from the VOI. */
static enum ot_rc fit_voi(const struct ot_op_scene *scene, const struct ot_op_within *within,
                          struct ot_volume *found, struct ot_err *err)
{
    struct ot_volume *whole = NULL;
    const enum ot_rc rc = ot_resample_box(within->here, scene->grid, scene->threads, &whole, err);
    for (size_t x = 0; rc == OT_OK && x < ot_grid_voxel_count(scene->grid); x++) {
        const float part = whole->data[x] > 0.0F ? found->data[x] / whole->data[x] : 0.0F;
        found->data[x] = fminf(part, 1.0F) * within->scene->data[x];
    }
    ot_volume_destroy(whole);
    return rc;
}

enum ot_rc ot_op_found(struct ot_op_scene *scene, const struct ot_op_within *within,
                       struct ot_volume *marks, struct ot_volume **out, struct ot_err *err)
{
    if (within->here == NULL) {
        return ot_op_to_scene(scene, marks, out, err);
    }
    enum ot_rc rc =
        ot_threshold_confine(marks, within->here, layers_of_rim(scene->grid, &marks->grid), err);
    if (rc != OT_OK) {
        ot_volume_destroy(marks);
        return rc;
    }
    rc = ot_op_to_scene(scene, marks, out, err);
    if (rc == OT_OK && within->scene != NULL) {
        rc = fit_voi(scene, within, *out, err);
        if (rc != OT_OK) {
            ot_volume_destroy(*out);
            *out = NULL;
        }
    }
    return rc;
}
