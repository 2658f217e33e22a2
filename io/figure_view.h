/* io/figure_view.h - anatomical planes through a grid, as a radiologist looks at them.
 *
 * Axial: from the feet, the patient's right on the left side of the picture, anterior on top.
 * Coronal: from the front, right on the left, superior on top. Sagittal: from the left,
 * anterior on the left, superior on top. A grid that is oblique to the patient is cut along
 * its own axes, each named after the nearest one of the patient; `oblique` says so.
 */
#ifndef OT_IO_FIGURE_VIEW_H
#define OT_IO_FIGURE_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/grid.h"
#include "core/volume.h"

enum ot_plane { OT_AXIAL = 0, OT_CORONAL, OT_SAGITTAL, OT_PLANE_COUNT };

/* How one plane lies in the grid: u runs to the right of the picture, v down, w through it. */
struct ot_view {
    size_t axis[3]; /* voxel axis of u, v, w */
    bool flip[3];   /* the picture's direction is against that of the voxel axis */
    size_t n[3];    /* voxels along u, v, w */
    double spacing_mm[3];
    const char *letter[4]; /* left, right, top, bottom of the picture: "R", "L", "A", "P", ... */
    bool oblique;
};

/* Pre: a valid grid. */
struct ot_view ot_view_of(const struct ot_grid *grid, enum ot_plane plane);

/* "Axial", ...; static. */
const char *ot_plane_name(enum ot_plane plane);

/* Position of a voxel in the picture: voxel[3] (i, j, k) to at[3] (u, v, w). */
void ot_view_locate(const struct ot_view *view, const size_t voxel[3], size_t at[3]);

/* The slice w as n[0] * n[1] values, u fastest, owned by the caller (ot_free).
 * Pre: the view is of the volume's grid and w < n[2]. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_view_slice(const struct ot_view *view, const struct ot_volume *volume,
                                       size_t w, float **values, struct ot_err *err);

/* Lines of equal value through values[nu * nv] at pixel centres, by marching squares; a saddle
 * is decided by the mean of its corners. segments: 4 numbers each (u0, v0, u1, v1), in pixels,
 * 0 at the first centre. */
struct ot_isoline {
    double *segments; /* owned; 4 * count */
    size_t count;
};

/* Errors: OT_ERR_NOMEM. `line` is released with ot_isoline_release(). */
OT_MUST_CHECK enum ot_rc ot_isoline_trace(const float *values, size_t nu, size_t nv, double level,
                                          struct ot_isoline *line, struct ot_err *err);
void ot_isoline_release(struct ot_isoline *line); /* NULL is fine */

#endif /* OT_IO_FIGURE_VIEW_H */
