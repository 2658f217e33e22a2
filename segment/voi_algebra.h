/* segment/voi_algebra.h - VOIs made of VOIs, all as fractions on one grid.
 *
 * Union: f = min(1, sum of f). Difference: f = max(0, f_X - min(1, sum of the others)).
 *   normal_perfused   = perfused - (all tumors, thrombus, exclude)
 *   normal_liver      = liver - the same
 *   nonperfused_liver = liver - (all perfused)
 */
#ifndef OT_SEGMENT_VOI_ALGEBRA_H
#define OT_SEGMENT_VOI_ALGEBRA_H

#include <stddef.h>

#include "core/err.h"
#include "core/text.h"
#include "core/voi.h"

/* The VOIs that follow from those given, in this order, each where its parts are given:
 * `tumor` and `lungs` (unions, of two and more), `perfused` (union, of two and more),
 * `normal_perfused` (of the union), `normal_perfused:NAME` (of each, with two and more),
 * `normal_liver`, `nonperfused_liver`.
 *
 * given  on one grid; at most one liver. Names differ from each other and from derived ones.
 * out    owned by the caller (ot_vois_release); NULL and 0 when nothing follows.
 * Errors: OT_ERR_GEOMETRY (another grid), OT_ERR_ARG (names equal, several livers),
 *         OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_vois_derive(const struct ot_voi *given, size_t given_count,
                                        struct ot_voi **out, size_t *out_count, struct ot_err *err);

/* How ot_vois_derive() made a VOI of the given ones: "perfused:RHA - (tumor:T1 u tumor:T2)", with
 * the signs of set algebra, in UTF-8. */
void ot_vois_definition(const struct ot_voi *given, size_t count, const struct ot_voi *derived,
                        struct ot_buffer *text);

/* Releases each VOI and the array. NULL is fine. */
void ot_vois_release(struct ot_voi *vois, size_t count);

/* min(1, sum of the fractions) of all VOIs of a role; zeros where there is none.
 * Errors: OT_ERR_GEOMETRY (a VOI on another grid than `grid`), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_vois_union(const struct ot_voi *vois, size_t count, enum ot_role role,
                                       const struct ot_grid *grid, struct ot_volume **out,
                                       struct ot_err *err);

/* How much of `inner` lies inside `outer`: 100 sum min(f_i, f_o) / sum f_i, percent; 99.5 and
 * more counts as 100. Meant for the finest VOI grid (segment/rasterize.h).
 * Errors: OT_ERR_GEOMETRY (grids differ), OT_ERR_RANGE (inner is empty). */
OT_MUST_CHECK enum ot_rc ot_voi_inside_percent(const struct ot_volume *inner,
                                               const struct ot_volume *outer, double *percent,
                                               struct ot_err *err);

/* The same without rounding up: 100 sum min(f_a, f_b) / sum f_a; what is missing to 100 is the
 * part of `a` outside `b`. Errors: as ot_voi_inside_percent(). */
OT_MUST_CHECK enum ot_rc ot_voi_overlap_percent(const struct ot_volume *a,
                                                const struct ot_volume *b, double *percent,
                                                struct ot_err *err);

#endif /* OT_SEGMENT_VOI_ALGEBRA_H */
