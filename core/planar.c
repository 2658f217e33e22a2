/* core/planar.c - planar scintigrams and their memory. */
#include "core/planar.h"

#include "core/mem.h"

void ot_planar_release(struct ot_planar *planar)
{
    if (planar == NULL) {
        return;
    }
    for (size_t n = 0; n < planar->count; n++) {
        ot_volume_destroy(planar->frames[n].counts);
    }
    ot_free(planar->frames);
    ot_texts_release(&planar->facts.notes);
    *planar = (struct ot_planar){0};
}
