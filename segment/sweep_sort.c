/* segment/sweep_sort.c - merges what is in order already. */
#include "segment/sweep_sort.h"

#include <stdbool.h>
#include <string.h>

static bool before(const struct ot_sweep_end *a, const struct ot_sweep_end *b)
{
    if (a->v < b->v || a->v > b->v) {
        return a->v < b->v;
    }
    if (a->u < b->u || a->u > b->u) {
        return a->u < b->u;
    }
    return a->side < b->side;
}

/* Where the run that begins at `first` stops to rise. */
static size_t run_end(const struct ot_sweep_end *end, size_t first, size_t count)
{
    size_t next = first + 1;
    while (next < count && before(&end[next - 1], &end[next])) {
        next++;
    }
    return next < count ? next : count;
}

/* Turns runs that fall, so that all rise. */
static void turn_falling(struct ot_sweep_end *end, size_t count)
{
    size_t next = 0;
    for (size_t first = 0; first < count; first = next) {
        next = first + 1;
        while (next < count && before(&end[next], &end[next - 1])) {
            next++;
        }
        for (size_t low = first, high = next - 1; low < high; low++, high--) {
            const struct ot_sweep_end kept = end[low];
            end[low] = end[high];
            end[high] = kept;
        }
    }
}

/* from[first..middle) and from[middle..last), each in order, to out[first..last). */
static void merge(const struct ot_sweep_end *from, size_t first, size_t middle, size_t last,
                  struct ot_sweep_end *out)
{
    size_t a = first;
    size_t b = middle;
    for (size_t n = first; n < last; n++) {
        const bool take_b = a == middle || (b < last && before(&from[b], &from[a]));
        out[n] = take_b ? from[b++] : from[a++];
    }
}

void ot_sweep_sort(struct ot_sweep_end *end, struct ot_sweep_end *room, size_t count)
{
    struct ot_sweep_end *from = end;
    struct ot_sweep_end *out = room;
    turn_falling(end, count);
    while (run_end(from, 0, count) < count) {
        size_t last = 0;
        for (size_t first = 0; first < count; first = last) {
            const size_t middle = run_end(from, first, count);
            last = middle < count ? run_end(from, middle, count) : count;
            merge(from, first, middle, last, out);
        }
        struct ot_sweep_end *const done = out;
        out = from;
        from = done;
    }
    if (from != end) {
        memcpy(end, from, count * sizeof *end);
    }
}
