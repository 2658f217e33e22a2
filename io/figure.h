/* io/figure.h - the report's pictures, drawn with cairo into memory. */
#ifndef OT_IO_FIGURE_H
#define OT_IO_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/text.h"
#include "core/voi.h"
#include "core/volume.h"
#include "io/figure_view.h"

enum { OT_FIGURE_MAX_LEVELS = 6 };

struct ot_rgb {
    double r, g, b; /* 0..1 */
};

/* The color of a VOI in every picture: by role, and among tumors and perfused VOIs by order. */
struct ot_rgb ot_figure_voi_color(const struct ot_voi *vois, size_t n);
/* Whether the VOI is drawn as an outline: what a case gives, without body and unions. */
bool ot_figure_voi_outlined(const struct ot_voi *voi);

/* What all slices of one report share. */
struct ot_scene {
    const struct ot_volume *dose;       /* Gy; borrowed, as all below */
    const struct ot_volume *background; /* or NULL */
    const struct ot_voi *vois;
    size_t voi_count;
    double window_gy; /* the color scale's upper end */
    double level_gy[OT_FIGURE_MAX_LEVELS];
    size_t level_count;
    double gray_low, gray_high; /* background values that are black and white */
    size_t first[3], last[3];   /* voxels shown, inclusive: the VOIs (or the dose) and a margin */
    size_t centre[3];           /* voxel where the three planes meet */
    bool centre_is_tumor;       /* the centroid of the largest tumor; else the highest dose */
    size_t low[3], high[3];     /* voxels of the liver (or what stands for it), inclusive */
};

/* Chooses window, levels, crop and centre. Pre: grids are one. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_scene_prepare(const struct ot_volume *dose,
                                          const struct ot_volume *background,
                                          const struct ot_voi *vois, size_t count,
                                          struct ot_scene *scene, struct ot_err *err);

/* Appends a PNG of slice w of the plane (ot_view's w): gray background, dose wash, isodose lines
 * with their Gy, outlines, letters, a scale bar; `width_px` wide, the height by real aspect.
 * Errors: OT_ERR_NOMEM, OT_ERR_EXTERNAL (cairo's reason is quoted). */
OT_MUST_CHECK enum ot_rc ot_scene_draw(const struct ot_scene *scene, enum ot_plane plane, size_t w,
                                       size_t width_px, struct ot_buffer *png, struct ot_err *err);

/* Appends a PNG of the color scale with its Gy. Errors: as above. */
OT_MUST_CHECK enum ot_rc ot_scene_draw_scale(const struct ot_scene *scene, struct ot_buffer *png,
                                             struct ot_err *err);

/* A vertical line of the DVH plot: a limit of the scenario. */
struct ot_dvh_mark {
    double dose_gy;
    char label[48];
    struct ot_rgb color;
};

/* Appends an SVG of the cumulative DVHs of all VOIs that hold a voxel.
 * Errors: OT_ERR_NOMEM, OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_figure_dvh(const struct ot_scene *scene,
                                       const struct ot_dvh_mark *marks, size_t mark_count,
                                       struct ot_buffer *svg, struct ot_err *err);

#endif /* OT_IO_FIGURE_H */
