/* core/planar.h - planar scintigrams: what a gamma camera counted from one side. */
#ifndef OT_CORE_PLANAR_H
#define OT_CORE_PLANAR_H

#include <stddef.h>

#include "core/image.h"
#include "core/volume.h"

enum ot_view { OT_VIEW_UNKNOWN = 0, OT_VIEW_ANTERIOR, OT_VIEW_POSTERIOR };

/* One detector's counts in one energy window: n[2] is 1, i runs along a row as it is stored. The
 * grid's place in the patient has no meaning. */
struct ot_planar_frame {
    struct ot_volume *counts; /* owned */
    enum ot_view view;
    size_t detector;             /* from 1 */
    double lower_kev, upper_kev; /* NAN where the file does not say */
};

struct ot_planar {
    struct ot_planar_frame *frames; /* owned */
    size_t count;
    struct ot_image_facts facts; /* of the first file; its digest is that of all */
};

void ot_planar_release(struct ot_planar *planar); /* NULL is fine */

#endif /* OT_CORE_PLANAR_H */
