/* segment/op_unite.c - the union of two VOIs of fractions. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "segment/op_call.h"

static const double STORED = 0.01;   /* files hold fractions in 255 steps: two roundings */
static const double WORTH_IT = 1e-3; /* of the volume */

/* What the fractions say of how two VOIs lie. */
enum lie {
    LIE_OVERLAP, /* some voxel is too small for both */
    LIE_BESIDE,  /* every voxel has room for both, and neither can hold the other */
    LIE_UNKNOWN  /* every voxel has room for both, and one may hold the other */
};

/* A name means one VOI, with its role before it or without. */
static bool same_name(const struct ot_op_node *a, const struct ot_op_node *b)
{
    const bool names = a->kind == OT_OP_NAME && b->kind == OT_OP_NAME;
    const bool a_role = names && a->role[0] != '\0';
    const bool b_role = names && b->role[0] != '\0';
    return names && strcmp(a->text, b->text) == 0 &&
           (!a_role || !b_role || strcmp(a->role, b->role) == 0);
}

/* True where the expressions say that `outer` holds `inner`, whatever their names mean. */
static bool holds(const struct ot_op_node *outer, const struct ot_op_node *inner)
{
    if (same_name(outer, inner)) {
        return true;
    }
    if (outer->kind == OT_OP_UNION &&
        (holds(outer->first, inner) || holds(outer->first->next, inner))) {
        return true;
    }
    const bool both = inner->kind == OT_OP_INTERSECTION;
    if (both || inner->kind == OT_OP_DIFFERENCE) {
        return holds(outer, inner->first) || (both && holds(outer, inner->first->next));
    }
    return false;
}

static enum lie compare(const struct ot_volume *a, const struct ot_volume *b)
{
    bool room = true;
    bool a_holds = true;
    bool b_holds = true;
    for (size_t x = 0; x < ot_grid_voxel_count(&a->grid); x++) {
        const double more = (double)a->data[x] - (double)b->data[x];
        room = room && (double)a->data[x] + (double)b->data[x] <= 1.0 + STORED;
        a_holds = a_holds && more >= -STORED;
        b_holds = b_holds && more <= STORED;
    }
    return !room ? LIE_OVERLAP : (a_holds || b_holds ? LIE_UNKNOWN : LIE_BESIDE);
}

/* Fractions do not say where in a voxel a part lies: the union is at least the greater, at most the
 * sum. Where some voxel is too small for both they overlap, as a VOI does with one that holds it:
 * the greater, for the sum would count the common part twice. Two VOIs that leave each other room
 * in every voxel are neighbors, which may share voxels at their border: the sum, as everywhere for
 * the VOIs of a role. But a thin VOI and a part of it leave each other room too. That one has no
 * greater fraction anywhere, and the halves of a thin VOI may have the same fractions as a thin VOI
 * drawn twice; if the expressions do not say so either, nothing here can tell, and no volume is
 * guessed. */
enum ot_rc ot_op_unite(struct ot_op_scene *scene, const struct ot_op_node *node,
                       struct ot_volume *a, const struct ot_volume *b, struct ot_err *err)
{
    const struct ot_op_node *first = node->first;
    const bool known = holds(first, first->next) || holds(first->next, first);
    const enum lie lie = known ? LIE_OVERLAP : compare(a, b);
    const size_t voxels = ot_grid_voxel_count(&a->grid);
    const double voxel_ml = ot_grid_voxel_volume_ml(&a->grid);
    double greater_ml = 0.0;
    double added_ml = 0.0;
    for (size_t x = 0; x < voxels; x++) {
        greater_ml += voxel_ml * fmax((double)a->data[x], (double)b->data[x]);
        added_ml += voxel_ml * fmin(1.0, (double)a->data[x] + (double)b->data[x]);
    }
    const bool matters = added_ml - greater_ml > WORTH_IT * greater_ml;
    if (lie == LIE_UNKNOWN && matters) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "it cannot be told whether one of two thin VOIs holds the other (%.4g ml "
                       "together) or lies beside it (%.4g ml): join them on a finer grid, as with "
                       "--grid ct, or name only the one that holds the other",
                       greater_ml, added_ml);
    }
    const bool beside = lie == LIE_BESIDE;
    for (size_t x = 0; x < voxels; x++) {
        const float other = b->data[x];
        a->data[x] = beside ? fminf(1.0F, a->data[x] + other) : fmaxf(a->data[x], other);
    }
    if (matters && !known) {
        (void)ot_texts_add(
            &scene->notes,
            "| of VOIs that %s: %.4g ml, fractions %s; the other way it were %.4g ml",
            beside ? "lie side by side" : "overlap", beside ? added_ml : greater_ml,
            beside ? "added" : "by the greater", beside ? greater_ml : added_ml);
    }
    return OT_OK;
}
