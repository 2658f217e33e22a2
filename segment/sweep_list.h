/* segment/sweep_list.h - what a rising sweep line meets, in order, and the crossings ahead of it.
 *
 * A balanced tree (treap) of slots. A slot holds one side of a polygon; where two sides cross,
 * their slots exchange them. Each slot may have an appointment: the height where its side meets
 * that of the slot after it; the earliest is at hand (a heap). Nothing depends on chance or on
 * addresses.
 */
#ifndef OT_SEGMENT_SWEEP_LIST_H
#define OT_SEGMENT_SWEEP_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define OT_SWEEP_NONE UINT32_MAX

struct ot_sweep_slot {
    uint32_t side;          /* OT_SWEEP_NONE: the slot is free */
    uint32_t before, after; /* neighbors in order; a free slot: after is the next free one */
    uint32_t parent, child[2];
    uint32_t place; /* in the heap; OT_SWEEP_NONE: no appointment */
    double meets_v;
    bool opens;  /* what lies after it is inside */
    bool queued; /* for the sweep */
    uint32_t next_queued;
};

struct ot_sweep_list {
    struct ot_sweep_slot *slot; /* owned */
    uint32_t *heap;             /* owned */
    uint32_t root, first_free;
    uint32_t appointments;
};

/* Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_sweep_list_init(struct ot_sweep_list *list, uint32_t slots,
                                            struct ot_err *err);
void ot_sweep_list_release(struct ot_sweep_list *list);

/* A free slot for `side` as child (0: before it, 1: after it) of slot `parent`, which has none
 * there; OT_SWEEP_NONE: as the root of an empty list. Pre: not all slots are taken. */
uint32_t ot_sweep_list_insert(struct ot_sweep_list *list, uint32_t side, uint32_t parent,
                              size_t child);
void ot_sweep_list_remove(struct ot_sweep_list *list, uint32_t slot);

/* Makes, moves or (v is NaN) cancels the appointment of a slot. */
void ot_sweep_list_appoint(struct ot_sweep_list *list, uint32_t slot, double v);
/* The slot with the earliest appointment; OT_SWEEP_NONE: there is none. */
uint32_t ot_sweep_list_next(const struct ot_sweep_list *list);

#endif /* OT_SEGMENT_SWEEP_LIST_H */
