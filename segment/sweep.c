/* segment/sweep.c - heights where something happens, one after the other.
 *
 * At a height first the crossings up to it are made, then sides that end leave and those that begin
 * enter, from less u to greater. Places from which the turns of inside and outside no longer
 * alternate wait in a queue and are mended after that: the sides above a horizontal one change
 * their turns there, and nothing else does. */
#include "segment/sweep.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "segment/sweep_list.h"
#include "segment/sweep_sort.h"

struct sweep {
    const struct ot_side *side; /* by their low ends */
    uint32_t count;
    uint32_t *by_end;  /* owned; the sides by their high ends */
    uint32_t *slot_of; /* owned; of each side that the line meets */
    double *since_v;   /* owned; where the piece begins that is being made of a side */
    struct ot_sweep_list list;
    uint32_t queue_first, queue_last;
    size_t turns; /* crossings, and sides that a horizontal one crosses */
    double v;     /* of the line */
    struct ot_pieces *out;
};

static double u_at(const struct ot_side *side, double v)
{
    if (v <= side->v0) {
        return side->u0;
    }
    return v >= side->v1
               ? side->u1
               : side->u0 + (side->u1 - side->u0) * ((v - side->v0) / (side->v1 - side->v0));
}

/* The sides by their low ends. */
static enum ot_rc sort_sides(struct ot_side *side, size_t count, struct ot_err *err)
{
    struct ot_sweep_end *end = OT_NEW_UNSET(struct ot_sweep_end, 2 * count, err);
    struct ot_side *sorted = end != NULL ? OT_NEW_UNSET(struct ot_side, count, err) : NULL;
    const enum ot_rc rc = sorted != NULL ? OT_OK : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        for (size_t n = 0; n < count; n++) {
            end[n] = (struct ot_sweep_end){side[n].v0, side[n].u0, (uint32_t)n};
        }
        ot_sweep_sort(end, end + count, count);
        for (size_t n = 0; n < count; n++) {
            sorted[n] = side[end[n].side];
        }
        memcpy(side, sorted, count * sizeof *side);
    }
    ot_free(sorted);
    ot_free(end);
    return rc;
}

static enum ot_rc sort_ends(struct sweep *sweep, struct ot_err *err)
{
    const size_t count = sweep->count;
    struct ot_sweep_end *end = OT_NEW_UNSET(struct ot_sweep_end, 2 * count, err);
    if (end == NULL) {
        return OT_ERR_NOMEM;
    }
    for (uint32_t n = 0; n < sweep->count; n++) {
        end[n] = (struct ot_sweep_end){sweep->side[n].v1, sweep->side[n].u1, n};
    }
    ot_sweep_sort(end, end + count, count);
    for (uint32_t n = 0; n < sweep->count; n++) {
        sweep->by_end[n] = end[n].side;
    }
    ot_free(end);
    return OT_OK;
}

/* How many sides the line meets at most, with those that end and those that begin at a height. */
static uint32_t most_met(const struct sweep *sweep)
{
    uint32_t ended = 0;
    uint32_t most = 0;
    for (uint32_t n = 0; n < sweep->count; n++) {
        while (sweep->side[sweep->by_end[ended]].v1 < sweep->side[n].v0) {
            ended++;
        }
        most = n + 1 - ended > most ? n + 1 - ended : most;
    }
    return most;
}

static enum ot_rc sweep_init(struct sweep *sweep, struct ot_err *err)
{
    sweep->queue_first = sweep->queue_last = OT_SWEEP_NONE;
    sweep->by_end = OT_NEW(uint32_t, sweep->count, err);
    sweep->slot_of = sweep->by_end != NULL ? OT_NEW(uint32_t, sweep->count, err) : NULL;
    sweep->since_v = sweep->slot_of != NULL ? OT_NEW(double, sweep->count, err) : NULL;
    sweep->out->piece = sweep->since_v != NULL ? OT_NEW(struct ot_piece, sweep->count, err) : NULL;
    sweep->out->capacity = sweep->count;
    if (sweep->out->piece == NULL) {
        return OT_ERR_NOMEM;
    }
    const enum ot_rc rc = sort_ends(sweep, err);
    return rc == OT_OK ? ot_sweep_list_init(&sweep->list, most_met(sweep), err) : rc;
}

/* The piece of a slot's side that reaches up to the line. */
static enum ot_rc finish_piece(struct sweep *sweep, uint32_t slot, struct ot_err *err)
{
    struct ot_pieces *out = sweep->out;
    const uint32_t n = sweep->list.slot[slot].side;
    const struct ot_side *side = &sweep->side[n];
    const double from_v = sweep->since_v[n];
    if (!(sweep->v > from_v)) {
        return OT_OK;
    }
    if (out->count == out->capacity) {
        struct ot_piece *more = OT_NEW(struct ot_piece, 2 * out->capacity, err);
        if (more == NULL) {
            return OT_ERR_NOMEM;
        }
        memcpy(more, out->piece, out->count * sizeof *more);
        ot_free(out->piece);
        out->piece = more;
        out->capacity *= 2;
    }
    out->piece[out->count++] = (struct ot_piece){
        .part = {u_at(side, from_v), from_v, u_at(side, sweep->v), sweep->v},
        .opens = sweep->list.slot[slot].opens,
    };
    sweep->since_v[n] = sweep->v;
    return OT_OK;
}

static enum ot_rc count_turn(struct sweep *sweep, struct ot_err *err)
{
    return ++sweep->turns <= OT_CROSSINGS_MOST
               ? OT_OK
               : ot_fail(err, OT_ERR_RANGE,
                         "the contours of a plane cross each other over %d times (limit); draw "
                         "them anew",
                         OT_CROSSINGS_MOST);
}

/* Appoints where the side of a slot meets the one after it: if the order has changed by the end of
 * the shorter one. Asked of the end, lines that rounding put in the wrong order mend themselves. */
static void look_ahead(struct sweep *sweep, uint32_t slot)
{
    if (slot == OT_SWEEP_NONE) {
        return;
    }
    double meets_v = NAN;
    const struct ot_sweep_slot *at = &sweep->list.slot[slot];
    if (at->after != OT_SWEEP_NONE) {
        const struct ot_side *a = &sweep->side[at->side];
        const struct ot_side *b = &sweep->side[sweep->list.slot[at->after].side];
        const double top = fmin(a->v1, b->v1);
        const double above = u_at(b, top) - u_at(a, top);
        if (above < -OT_SWEEP_TOUCH) {
            const double here = fmax(u_at(b, sweep->v) - u_at(a, sweep->v), 0.0);
            meets_v = fmin(sweep->v + (top - sweep->v) * (here / (here - above)), top);
        }
    }
    ot_sweep_list_appoint(&sweep->list, slot, meets_v);
}

static enum ot_rc cross(struct sweep *sweep, uint32_t slot, struct ot_err *err)
{
    struct ot_sweep_slot *a = &sweep->list.slot[slot];
    struct ot_sweep_slot *b = &sweep->list.slot[a->after];
    sweep->v = fmax(sweep->v, a->meets_v);
    enum ot_rc rc = count_turn(sweep, err);
    rc = rc == OT_OK ? finish_piece(sweep, slot, err) : rc;
    rc = rc == OT_OK ? finish_piece(sweep, a->after, err) : rc;
    if (rc == OT_OK) {
        const uint32_t side = a->side;
        a->side = b->side;
        b->side = side;
        sweep->slot_of[a->side] = slot;
        sweep->slot_of[b->side] = a->after;
        look_ahead(sweep, a->before);
        look_ahead(sweep, slot);
        look_ahead(sweep, a->after);
    }
    return rc;
}

static void queue(struct sweep *sweep, uint32_t slot)
{
    if (slot == OT_SWEEP_NONE || sweep->list.slot[slot].queued) {
        return;
    }
    sweep->list.slot[slot].queued = true;
    sweep->list.slot[slot].next_queued = OT_SWEEP_NONE;
    if (sweep->queue_first == OT_SWEEP_NONE) {
        sweep->queue_first = slot;
    } else {
        sweep->list.slot[sweep->queue_last].next_queued = slot;
    }
    sweep->queue_last = slot;
}

/* Turns of inside and outside alternate again from each queued place on. */
static enum ot_rc mend_turns(struct sweep *sweep, struct ot_err *err)
{
    struct ot_sweep_slot *all = sweep->list.slot;
    for (uint32_t at = sweep->queue_first; at != OT_SWEEP_NONE; at = all[at].next_queued) {
        all[at].queued = false;
        uint32_t slot = all[at].side != OT_SWEEP_NONE ? at : OT_SWEEP_NONE;
        while (slot != OT_SWEEP_NONE) {
            const uint32_t before = all[slot].before;
            const bool opens = before == OT_SWEEP_NONE || !all[before].opens;
            if (all[slot].opens == opens) {
                break;
            }
            if (sweep->since_v[all[slot].side] < sweep->v) {
                enum ot_rc rc = count_turn(sweep, err);
                rc = rc == OT_OK ? finish_piece(sweep, slot, err) : rc;
                if (rc != OT_OK) {
                    return rc;
                }
            }
            all[slot].opens = opens;
            slot = all[slot].after;
        }
    }
    sweep->queue_first = sweep->queue_last = OT_SWEEP_NONE;
    return OT_OK;
}

static enum ot_rc leave(struct sweep *sweep, uint32_t n, struct ot_err *err)
{
    const uint32_t slot = sweep->slot_of[n];
    const uint32_t before = sweep->list.slot[slot].before;
    const enum ot_rc rc = finish_piece(sweep, slot, err);
    if (rc == OT_OK) {
        queue(sweep, sweep->list.slot[slot].after);
        ot_sweep_list_remove(&sweep->list, slot);
        look_ahead(sweep, before);
    }
    return rc;
}

/* Whether side n, which begins at the line, lies after the side x that the line meets. */
static bool lies_after(const struct sweep *sweep, uint32_t n, uint32_t x)
{
    const struct ot_side *one = &sweep->side[n];
    const struct ot_side *other = &sweep->side[x];
    const double apart = one->u0 - u_at(other, sweep->v);
    if (fabs(apart) > OT_SWEEP_TOUCH) {
        return apart > 0.0;
    }
    const double top = fmin(one->v1, other->v1);
    return u_at(one, top) >= u_at(other, top);
}

static void enter(struct sweep *sweep, uint32_t n)
{
    struct ot_sweep_list *list = &sweep->list;
    uint32_t parent = OT_SWEEP_NONE;
    size_t child = 0;
    for (uint32_t at = list->root; at != OT_SWEEP_NONE; at = list->slot[at].child[child]) {
        parent = at;
        child = lies_after(sweep, n, list->slot[at].side);
    }
    const uint32_t slot = ot_sweep_list_insert(list, n, parent, child);
    const uint32_t before = list->slot[slot].before;
    sweep->slot_of[n] = slot;
    sweep->since_v[n] = sweep->v;
    list->slot[slot].opens = before == OT_SWEEP_NONE || !list->slot[before].opens;
    queue(sweep, slot);
    queue(sweep, list->slot[slot].after);
    look_ahead(sweep, before);
    look_ahead(sweep, slot);
}

static enum ot_rc run(struct sweep *sweep, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    uint32_t begun = 0;
    uint32_t ended = 0;
    while (rc == OT_OK && ended < sweep->count) {
        const double end_v = sweep->side[sweep->by_end[ended]].v1;
        const double v = begun < sweep->count ? fmin(sweep->side[begun].v0, end_v) : end_v;
        for (uint32_t next = ot_sweep_list_next(&sweep->list);
             rc == OT_OK && next != OT_SWEEP_NONE && sweep->list.slot[next].meets_v <= v;
             next = ot_sweep_list_next(&sweep->list)) {
            rc = cross(sweep, next, err);
        }
        sweep->v = v;
        while (rc == OT_OK) {
            const struct ot_side *side = sweep->side;
            const bool begins = begun < sweep->count && side[begun].v0 <= v;
            const bool ends = ended < sweep->count && side[sweep->by_end[ended]].v1 <= v;
            if (ends && (!begins || side[sweep->by_end[ended]].u1 <= side[begun].u0)) {
                rc = leave(sweep, sweep->by_end[ended++], err);
            } else if (begins) {
                enter(sweep, begun++);
            } else {
                break;
            }
        }
        rc = rc == OT_OK ? mend_turns(sweep, err) : rc;
    }
    return rc;
}

enum ot_rc ot_sweep(struct ot_side *side, size_t count, struct ot_pieces *out, struct ot_err *err)
{
    *out = (struct ot_pieces){0};
    if (count == 0) {
        return OT_OK;
    }
    if (count >= OT_SWEEP_NONE) {
        return ot_fail(err, OT_ERR_RANGE, "the contours of a plane have %zu sides", count);
    }
    enum ot_rc rc = sort_sides(side, count, err);
    struct sweep sweep = {.side = side, .count = (uint32_t)count, .out = out, .v = side[0].v0};
    rc = rc == OT_OK ? sweep_init(&sweep, err) : rc;
    rc = rc == OT_OK ? run(&sweep, err) : rc;
    ot_sweep_list_release(&sweep.list);
    ot_free(sweep.since_v);
    ot_free(sweep.slot_of);
    ot_free(sweep.by_end);
    if (rc != OT_OK) {
        ot_pieces_release(out);
    }
    return rc;
}

void ot_pieces_release(struct ot_pieces *pieces)
{
    ot_free(pieces->piece);
    *pieces = (struct ot_pieces){0};
}
