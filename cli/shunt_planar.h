/* cli/shunt_planar.h - private to flow_shunt_planar.c and its parts: two views and the regions on
 * them. */
#ifndef OT_CLI_SHUNT_PLANAR_H
#define OT_CLI_SHUNT_PLANAR_H

#include "cli/shunt_parts.h"
#include "core/planar.h"

enum ot_planar_region { OT_PLANAR_LUNGS, OT_PLANAR_LIVER, OT_PLANAR_BACKGROUND, OT_PLANAR_REGIONS };

enum ot_planar_window { OT_WINDOW_MAIN, OT_WINDOW_LOWER, OT_WINDOW_UPPER, OT_PLANAR_WINDOWS };

/* One side. */
struct ot_planar_side {
    const struct ot_planar_frame *window[OT_PLANAR_WINDOWS]; /* borrowed; NULL: none */
    struct ot_volume *region[OT_PLANAR_REGIONS];             /* owned; as this side sees them */
};

struct ot_planar_work {
    struct ot_shunt_work *w;
    struct ot_planar planar;       /* owned */
    struct ot_planar_side side[2]; /* anterior, posterior */
    bool drawn[OT_PLANAR_REGIONS];
    enum ot_scatter_method scatter;
    struct ot_scatter_windows windows;
};

extern const char *const ot_planar_region_names[OT_PLANAR_REGIONS];

/* Reads the frames, finds main and scatter windows of both sides, and whether the sides fit.
 * Errors: those of the readers; OT_ERR_ARG, OT_ERR_FORMAT (a view or window is missing),
 *   OT_ERR_GEOMETRY (matrices differ). */
OT_MUST_CHECK enum ot_rc ot_planar_load_views(struct ot_planar_work *p, struct ot_err *err);

/* Draws --roi and --roi-mask on the anterior side, and on the posterior one as it sees them.
 * Errors: OT_ERR_ARG, OT_ERR_GEOMETRY (beyond the view, overlapping), those of the readers. */
OT_MUST_CHECK enum ot_rc ot_planar_draw_regions(struct ot_planar_work *p, struct ot_err *err);

#endif /* OT_CLI_SHUNT_PLANAR_H */
