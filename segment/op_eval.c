/* segment/op_eval.c - walks the tree of a step: names, operators, calls. */
#include "segment/op_eval.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/stats.h"
#include "segment/op_call.h"
#include "segment/voi_algebra.h"

static const struct {
    const char *name;
    enum ot_rc (*run)(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
    size_t least, most;  /* arguments without a key */
    const char *keys[3]; /* that it knows */
    const char *signature;
} FUNCTIONS[] = {
    {"body", ot_op_body, 1, 1, {NULL}, "body(ct)"},
    {"lungs", ot_op_lungs, 1, 1, {NULL}, "lungs(ct)"},
    {"left_lung", ot_op_left_lung, 1, 1, {NULL}, "left_lung(ct)"},
    {"right_lung", ot_op_right_lung, 1, 1, {NULL}, "right_lung(ct)"},
    {"threshold", ot_op_threshold, 2, 2, {"in"}, "threshold(IMAGE, LEVEL [, in=VOI])"},
    {"above", ot_op_threshold, 2, 2, {"in"}, "above(IMAGE, LEVEL [, in=VOI])"},
    {"below", ot_op_below, 2, 2, {"in"}, "below(IMAGE, LEVEL [, in=VOI])"},
    {"between", ot_op_between, 3, 3, {"in"}, "between(IMAGE, LEVEL, LEVEL [, in=VOI])"},
    {"adaptive",
     ot_op_adaptive,
     2,
     2,
     {"background", "in"},
     "adaptive(IMAGE, PERCENT, background=VOI [, in=VOI])"},
    {"otsu", ot_op_otsu, 1, 1, {"in"}, "otsu(IMAGE [, in=VOI])"},
    {"grow",
     ot_op_grow,
     2,
     3,
     {"seed", "in"},
     "grow(IMAGE, LEVEL [, LEVEL], seed=(X, Y, Z) [, in=VOI])"},
    {"gradient", ot_op_gradient, 1, 1, {"seed", "in"}, "gradient(IMAGE, seed=(X, Y, Z), in=VOI)"},
    {"largest", ot_op_largest, 1, 1, {NULL}, "largest(VOI)"},
    {"part", ot_op_part, 1, 1, {"seed"}, "part(VOI, seed=(X, Y, Z))"},
    {"fill", ot_op_fill, 1, 1, {NULL}, "fill(VOI)"},
    {"smooth", ot_op_smooth, 2, 2, {NULL}, "smooth(VOI, LENGTH)"},
    {"expand", ot_op_expand, 2, 2, {NULL}, "expand(VOI, LENGTH | (X, Y, Z))"},
    {"shrink", ot_op_shrink, 2, 2, {NULL}, "shrink(VOI, LENGTH | (X, Y, Z))"},
};
enum { FUNCTION_COUNT = sizeof FUNCTIONS / sizeof FUNCTIONS[0] };

const char *ot_op_signature(size_t n)
{
    return n < FUNCTION_COUNT ? FUNCTIONS[n].signature : NULL;
}

static const char *nth_function(size_t n, const void *context)
{
    (void)context;
    return n < FUNCTION_COUNT ? FUNCTIONS[n].name : NULL;
}

void ot_op_scene_release(struct ot_op_scene *scene)
{
    ot_lungs_release(&scene->lungs);
    ot_texts_release(&scene->notes);
}

/* The first VOI of a name, and how many VOIs have the role that the word means. */
struct meaning {
    const struct ot_voi *named;
    enum ot_role role; /* OT_ROLE_COUNT: the word is no role */
    bool plural;
    size_t of_role;
};

/* `tumors`, `lungs`, `livers`: the role with an s. */
static bool role_of_word(const char *word, enum ot_role *role, bool *plural)
{
    char singular[OT_VOI_NAME_SIZE];
    const size_t length = strlen(word);
    *plural = false;
    if (ot_role_from_name(word, role)) {
        return true;
    }
    (void)ot_text_copy(singular, sizeof singular, word);
    if (length > 1 && singular[length - 1] == 's') {
        singular[length - 1] = '\0';
        *plural = true;
        return ot_role_from_name(singular, role);
    }
    return false;
}

static struct meaning meaning_of(const struct ot_op_scene *scene, const struct ot_op_node *node)
{
    struct meaning meaning = {.role = OT_ROLE_COUNT};
    enum ot_role role = OT_ROLE_COUNT;
    const bool qualified = node->role[0] != '\0';
    if (!qualified && role_of_word(node->text, &role, &meaning.plural)) {
        meaning.role = role;
    }
    for (size_t n = 0; n < scene->voi_count; n++) {
        const struct ot_voi *voi = &scene->voi[n];
        const bool role_fits = !qualified || strcmp(ot_role_name(voi->role), node->role) == 0;
        if (role_fits && strcmp(voi->name, node->text) == 0) {
            meaning.named = voi;
        }
        meaning.of_role += voi->role == meaning.role;
    }
    return meaning;
}

static const char *nth_voi(size_t n, const void *context)
{
    const struct ot_op_scene *scene = (const struct ot_op_scene *)context;
    return n < scene->voi_count ? scene->voi[n].name : NULL;
}

/* ROLE:NAME: the role may be none, or that of another VOI. */
static enum ot_rc fail_unknown_of_role(const struct ot_op_scene *scene,
                                       const struct ot_op_node *node, struct ot_err *err)
{
    enum ot_role role = OT_ROLE_COUNT;
    if (!ot_role_from_name(node->role, &role)) {
        return ot_fail(err, OT_ERR_ARG,
                       "unknown role '%s'; roles are liver, perfused, tumor, thrombus, lungs, "
                       "body, exclude",
                       node->role);
    }
    for (size_t n = 0; n < scene->voi_count; n++) {
        if (strcmp(scene->voi[n].name, node->text) == 0) {
            return ot_fail(err, OT_ERR_ARG, "the VOI %s has the role %s, not %s", node->text,
                           ot_role_name(scene->voi[n].role), node->role);
        }
    }
    return ot_fail(err, OT_ERR_ARG, "there is no VOI '%s' of the role %s", node->text, node->role);
}

static enum ot_rc fail_unknown(const struct ot_op_scene *scene, const struct ot_op_node *node,
                               const struct meaning *meaning, struct ot_err *err)
{
    static const char *const images[OT_OP_IMAGES] = {"spect", "pet", "ct"};
    for (size_t n = 0; n < OT_OP_IMAGES; n++) {
        if (strcmp(node->text, images[n]) == 0) {
            return ot_fail(err, OT_ERR_ARG, "%s is an image that was not given: add --%s PATH",
                           images[n], images[n]);
        }
    }
    if (meaning->role != OT_ROLE_COUNT) {
        return ot_fail(err, OT_ERR_ARG,
                       "there is no %s: give --voi %s=PATH, or make it in an earlier step",
                       ot_role_name(meaning->role), ot_role_name(meaning->role));
    }
    if (node->role[0] != '\0') {
        return fail_unknown_of_role(scene, node, err);
    }
    const char *nearest = ot_text_nearest(node->text, nth_voi, scene);
    return ot_fail(err, OT_ERR_ARG, "there is no VOI '%s'%s%s%s", node->text,
                   nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                   nearest != NULL ? "?" : "");
}

static enum ot_rc copy_of(const struct ot_volume *from, struct ot_volume **out, struct ot_err *err)
{
    const enum ot_rc rc = ot_volume_create(&from->grid, OT_UNIT_NONE, out, err);
    if (rc == OT_OK) {
        memcpy((*out)->data, from->data, ot_grid_voxel_count(&from->grid) * sizeof *from->data);
    }
    return rc;
}

/* A VOI by its name, or all VOIs of a role as their union. */
static enum ot_rc named_region(struct ot_op_scene *scene, const struct ot_op_node *node,
                               struct ot_volume **out, struct ot_err *err)
{
    const struct meaning meaning = meaning_of(scene, node);
    for (size_t n = 0; n < scene->image_count; n++) {
        if (node->role[0] == '\0' && strcmp(node->text, scene->image[n].name) == 0) {
            return ot_fail(err, OT_ERR_ARG, "%s is an image, and a VOI is expected", node->text);
        }
    }
    if (meaning.named == NULL && meaning.of_role == 0) {
        return fail_unknown(scene, node, &meaning, err);
    }
    if (meaning.named != NULL && meaning.of_role > (meaning.named->role == meaning.role ? 1 : 0)) {
        return ot_fail(err, OT_ERR_ARG,
                       "'%s' is the name of one VOI and the role of %zu: write %s:%s for the one, "
                       "or give it a name of its own",
                       node->text, meaning.of_role, ot_role_name(meaning.named->role), node->text);
    }
    if (meaning.named != NULL) {
        return copy_of(meaning.named->fraction, out, err);
    }
    return ot_vois_union(scene->voi, scene->voi_count, meaning.role, scene->grid, out, err);
}

static enum ot_rc combine(struct ot_op_scene *scene, const struct ot_op_node *node,
                          struct ot_volume **out, struct ot_err *err)
{
    struct ot_volume *b = NULL;
    enum ot_rc rc = ot_op_region(scene, node->first, out, err);
    if (rc == OT_OK) {
        rc = ot_op_region(scene, node->first->next, &b, err);
    }
    const size_t voxels = ot_grid_voxel_count(scene->grid);
    assert(rc != OT_OK || (*out != NULL && b != NULL));
    if (rc == OT_OK && node->kind == OT_OP_UNION) {
        rc = ot_op_unite(scene, node, *out, b, err);
    }
    for (size_t x = 0; rc == OT_OK && node->kind != OT_OP_UNION && x < voxels; x++) {
        float *a = &(*out)->data[x];
        const float other = b->data[x];
        if (node->kind == OT_OP_INTERSECTION) {
            *a = *a < other ? *a : other;
        } else {
            *a = *a > other ? *a - other : 0.0F;
        }
    }
    ot_volume_destroy(b);
    if (rc != OT_OK) {
        ot_volume_destroy(*out);
        *out = NULL;
    }
    return rc;
}

static bool knows_key(const char *const keys[3], const char *key)
{
    for (size_t n = 0; n < 3 && keys[n] != NULL; n++) {
        if (strcmp(keys[n], key) == 0) {
            return true;
        }
    }
    return false;
}

/* Sorts the arguments; refuses unknown and repeated keys, and other numbers of arguments. */
static enum ot_rc sort_arguments(struct ot_op_call *call, size_t function, struct ot_err *err)
{
    for (const struct ot_op_node *at = call->node->first; at != NULL; at = at->next) {
        if (at->key[0] == '\0') {
            if (call->count < OT_OP_ARGUMENTS) {
                call->argument[call->count] = at;
            }
            call->count++;
        } else if (!knows_key(FUNCTIONS[function].keys, at->key) ||
                   ot_op_keyed(call, at->key) != at) {
            return ot_fail(err, OT_ERR_ARG, "%s= is unknown or given twice: %s", at->key,
                           call->signature);
        }
    }
    if (call->count < FUNCTIONS[function].least || call->count > FUNCTIONS[function].most) {
        return ot_fail(err, OT_ERR_ARG, "wrong number of arguments: %s", call->signature);
    }
    return OT_OK;
}

static enum ot_rc call_function(struct ot_op_scene *scene, const struct ot_op_node *node,
                                struct ot_volume **out, struct ot_err *err)
{
    for (size_t n = 0; n < FUNCTION_COUNT; n++) {
        if (strcmp(node->text, FUNCTIONS[n].name) == 0) {
            struct ot_op_call call = {
                .scene = scene, .node = node, .signature = FUNCTIONS[n].signature};
            const enum ot_rc rc = sort_arguments(&call, n, err);
            return rc == OT_OK ? FUNCTIONS[n].run(&call, out, err) : rc;
        }
    }
    if (strcmp(node->text, "liver") == 0) {
        return ot_fail(err, OT_ERR_ARG,
                       "a CT alone does not show the liver's border: draw it and give --voi "
                       "liver=PATH, or use grow() and judge the result");
    }
    const char *nearest = ot_text_nearest(node->text, nth_function, NULL);
    return ot_fail(err, OT_ERR_ARG, "unknown function '%s'%s%s%s", node->text,
                   nearest != NULL ? "; did you mean " : ", see tare segment --help",
                   nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

enum ot_rc ot_op_region(struct ot_op_scene *scene, const struct ot_op_node *node,
                        struct ot_volume **out, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    *out = NULL;
    switch (node->kind) {
    case OT_OP_NAME:
        rc = named_region(scene, node, out, err);
        break;
    case OT_OP_UNION:
    case OT_OP_INTERSECTION:
    case OT_OP_DIFFERENCE:
        rc = combine(scene, node, out, err);
        break;
    case OT_OP_CALL:
        rc = call_function(scene, node, out, err);
        break;
    case OT_OP_NUMBER:
    case OT_OP_POINT:
        rc = ot_fail(err, OT_ERR_ARG, "a VOI is expected, not a number");
        break;
    }
    /* The innermost place is the one that helps. */
    if (rc != OT_OK && strncmp(err->text, "column ", strlen("column ")) != 0) {
        ot_err_context(err, "column %zu", node->column);
    }
    return rc;
}

enum ot_rc ot_op_evaluate(const struct ot_op *op, struct ot_op_scene *scene,
                          struct ot_volume **fraction, struct ot_err *err)
{
    enum ot_rc rc = ot_op_region(scene, op->root, fraction, err);
    if (rc == OT_OK && !(ot_sum((*fraction)->data, ot_grid_voxel_count(scene->grid)) > 0.0)) {
        rc = ot_fail(err, OT_ERR_RANGE, "nothing is left: the VOI is empty");
        ot_volume_destroy(*fraction);
        *fraction = NULL;
    }
    return rc;
}
