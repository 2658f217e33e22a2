/* segment/margin.h - regions grown and shrunk by lengths, and made smooth. */
#ifndef OT_SEGMENT_MARGIN_H
#define OT_SEGMENT_MARGIN_H

#include "core/err.h"
#include "core/volume.h"

/* Sets weights to 1 where a voxel's center is within margin_mm of the region, and leaves the
 * others. Surface and precision: segment/refine.h.
 * Pre: both on one grid.
 * Errors: OT_ERR_RANGE (the region fills no voxel by half), OT_ERR_UNSUPPORTED (a build without
 *   ITK), OT_ERR_EXTERNAL, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_margin_mark(const struct ot_volume *region, double margin_mm,
                                        struct ot_volume *weights, struct ot_err *err);

/* The same on the grid as it is: distances are good to half a voxel, in a twentieth of the time. */
OT_MUST_CHECK enum ot_rc ot_margin_mark_quickly(const struct ot_volume *region, double margin_mm,
                                                struct ot_volume *weights, struct ot_err *err);

/* The region and all within margin_mm[c] >= 0 of it along grid axis c: its Minkowski sum with an
 * ellipsoid of these semi-axes, a ball where they are equal. Fractions by sub-voxels; nothing of
 * the region is lost. With no margin at all the region itself, to the bit. out: owned by the
 * caller; NULL on failure. Errors: as ot_margin_mark(). */
OT_MUST_CHECK enum ot_rc ot_region_expand(const struct ot_volume *region, const double margin_mm[3],
                                          int threads, struct ot_volume **out, struct ot_err *err);

/* What is left when all within margin_mm[c] >= 0 of the region's surface is taken away; all zeros
 * when nothing is left. Where the region reaches the end of the image it is taken to go on. */
OT_MUST_CHECK enum ot_rc ot_region_shrink(const struct ot_volume *region, const double margin_mm[3],
                                          int threads, struct ot_volume **out, struct ot_err *err);

/* The region with its edges rounded: convolved with a Gaussian of sigma_mm >= 0, and cut where the
 * result is 0.5. Details below about sigma_mm go; round parts lose 3 (sigma/radius)^2 of
 * their volume. */
OT_MUST_CHECK enum ot_rc ot_region_smooth(const struct ot_volume *region, double sigma_mm,
                                          struct ot_volume **out, struct ot_err *err);

#endif /* OT_SEGMENT_MARGIN_H */
