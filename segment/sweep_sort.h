/* segment/sweep_sort.h - ends of sides in the order in which a sweep meets them. */
#ifndef OT_SEGMENT_SWEEP_SORT_H
#define OT_SEGMENT_SWEEP_SORT_H

#include <stddef.h>
#include <stdint.h>

struct ot_sweep_end {
    double v, u;
    uint32_t side;
};

/* By v, then u, then side. room: for as many ends. Takes a time that goes as the ends, and as the
 * logarithm of how often v turns from rising to falling: seldom, along a contour. */
void ot_sweep_sort(struct ot_sweep_end *end, struct ot_sweep_end *room, size_t count);

#endif /* OT_SEGMENT_SWEEP_SORT_H */
