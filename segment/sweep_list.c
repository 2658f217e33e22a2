/* segment/sweep_list.c - a treap threaded in order, and a heap of appointments. */
#include "segment/sweep_list.h"

#include <math.h>

#include "core/mem.h"

enum ot_rc ot_sweep_list_init(struct ot_sweep_list *list, uint32_t slots, struct ot_err *err)
{
    *list = (struct ot_sweep_list){.root = OT_SWEEP_NONE, .first_free = OT_SWEEP_NONE};
    list->slot = OT_NEW(struct ot_sweep_slot, slots, err);
    list->heap = list->slot != NULL ? OT_NEW(uint32_t, slots, err) : NULL;
    if (list->heap == NULL) {
        return OT_ERR_NOMEM;
    }
    for (uint32_t n = slots; n-- > 0;) {
        list->slot[n].side = OT_SWEEP_NONE;
        list->slot[n].place = OT_SWEEP_NONE;
        list->slot[n].after = list->first_free;
        list->first_free = n;
    }
    return OT_OK;
}

void ot_sweep_list_release(struct ot_sweep_list *list)
{
    ot_free(list->slot);
    ot_free(list->heap);
    *list = (struct ot_sweep_list){0};
}

/* A fixed scattering of the slots' numbers does for random numbers. */
static uint32_t priority(uint32_t slot)
{
    uint32_t mixed = (slot + 1U) * UINT32_C(2654435761);
    mixed ^= mixed >> 15;
    return mixed * UINT32_C(2246822519);
}

static void hang(struct ot_sweep_list *list, uint32_t gone, uint32_t here, uint32_t parent)
{
    if (parent == OT_SWEEP_NONE) {
        list->root = here;
    } else {
        list->slot[parent].child[list->slot[parent].child[1] == gone] = here;
    }
    if (here != OT_SWEEP_NONE) {
        list->slot[here].parent = parent;
    }
}

static void rotate_up(struct ot_sweep_list *list, uint32_t slot)
{
    struct ot_sweep_slot *all = list->slot;
    const uint32_t parent = all[slot].parent;
    const size_t side = all[parent].child[1] == slot;
    const uint32_t between = all[slot].child[1 - side];
    hang(list, parent, slot, all[parent].parent);
    all[parent].child[side] = between;
    if (between != OT_SWEEP_NONE) {
        all[between].parent = parent;
    }
    all[slot].child[1 - side] = parent;
    all[parent].parent = slot;
}

uint32_t ot_sweep_list_insert(struct ot_sweep_list *list, uint32_t side, uint32_t parent,
                              size_t child)
{
    struct ot_sweep_slot *all = list->slot;
    const uint32_t made = list->first_free;
    struct ot_sweep_slot *slot = &all[made];
    list->first_free = slot->after;
    slot->side = side;
    slot->parent = parent;
    slot->child[0] = slot->child[1] = OT_SWEEP_NONE;
    slot->before = slot->after = OT_SWEEP_NONE;
    if (parent == OT_SWEEP_NONE) {
        list->root = made;
        return made;
    }
    all[parent].child[child] = made;
    slot->before = child == 1 ? parent : all[parent].before;
    slot->after = child == 1 ? all[parent].after : parent;
    if (slot->before != OT_SWEEP_NONE) {
        all[slot->before].after = made;
    }
    if (slot->after != OT_SWEEP_NONE) {
        all[slot->after].before = made;
    }
    while (slot->parent != OT_SWEEP_NONE && priority(slot->parent) < priority(made)) {
        rotate_up(list, made);
    }
    return made;
}

void ot_sweep_list_remove(struct ot_sweep_list *list, uint32_t slot)
{
    struct ot_sweep_slot *all = list->slot;
    const uint32_t *child = all[slot].child;
    while (child[0] != OT_SWEEP_NONE && child[1] != OT_SWEEP_NONE) {
        rotate_up(list, child[priority(child[1]) > priority(child[0])]);
    }
    hang(list, slot, child[child[0] == OT_SWEEP_NONE], all[slot].parent);
    if (all[slot].before != OT_SWEEP_NONE) {
        all[all[slot].before].after = all[slot].after;
    }
    if (all[slot].after != OT_SWEEP_NONE) {
        all[all[slot].after].before = all[slot].before;
    }
    ot_sweep_list_appoint(list, slot, NAN);
    all[slot].side = OT_SWEEP_NONE;
    all[slot].after = list->first_free;
    list->first_free = slot;
}

static void put(struct ot_sweep_list *list, uint32_t place, uint32_t slot)
{
    list->heap[place] = slot;
    list->slot[slot].place = place;
}

/* Moves the slot at `place` up or down to where it belongs. */
static void settle(struct ot_sweep_list *list, uint32_t place)
{
    const uint32_t slot = list->heap[place];
    const double v = list->slot[slot].meets_v;
    while (place > 0 && list->slot[list->heap[(place - 1) / 2]].meets_v > v) {
        put(list, place, list->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    for (uint32_t below = 2 * place + 1; below < list->appointments; below = 2 * place + 1) {
        if (below + 1 < list->appointments &&
            list->slot[list->heap[below + 1]].meets_v < list->slot[list->heap[below]].meets_v) {
            below++;
        }
        if (!(list->slot[list->heap[below]].meets_v < v)) {
            break;
        }
        put(list, place, list->heap[below]);
        place = below;
    }
    put(list, place, slot);
}

void ot_sweep_list_appoint(struct ot_sweep_list *list, uint32_t slot, double v)
{
    struct ot_sweep_slot *at = &list->slot[slot];
    if (!isnan(v)) {
        at->meets_v = v;
        if (at->place == OT_SWEEP_NONE) {
            put(list, list->appointments++, slot);
        }
        settle(list, at->place);
    } else if (at->place != OT_SWEEP_NONE) {
        const uint32_t place = at->place;
        const uint32_t last = list->heap[--list->appointments];
        at->place = OT_SWEEP_NONE;
        if (last != slot) {
            put(list, place, last);
            settle(list, place);
        }
    }
}

uint32_t ot_sweep_list_next(const struct ot_sweep_list *list)
{
    return list->appointments > 0 ? list->heap[0] : OT_SWEEP_NONE;
}
