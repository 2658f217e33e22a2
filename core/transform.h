/* core/transform.h - rigid motions of the patient: a rotation, then a translation.
 *
 * A motion maps points to points, both in LPS millimetres: y = R x + t. It is always named by
 * where it leads: `moving_to_fixed` takes a point of the moving image to the same anatomy in the
 * fixed one. Files disagree about the direction; io/transform_file.h says which holds which.
 *
 * An image is moved by moving its grid: no value changes, and resampling happens once, where a
 * grid is wanted.
 */
#ifndef OT_CORE_TRANSFORM_H
#define OT_CORE_TRANSFORM_H

#include "core/err.h"
#include "core/grid.h"
#include "core/voi.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_rigid {
    double rotation[3][3]; /* row r gives component r of the result */
    double translation_mm[3];
};

struct ot_rigid ot_rigid_identity(void);

/* Rotation by angles about the patient's axes through `center_mm`, then a shift:
 *     y = Rz Rx Ry (x - center) + center + shift
 * angles_rad: about x, y, z. That is ITK's Euler3DTransform in its default order. */
struct ot_rigid ot_rigid_euler(const double angles_rad[3], const double center_mm[3],
                               const double shift_mm[3]);

/* The angles about x, y, z, in degrees, of that same decomposition; y and z in -180..180, x in
 * -90..90. */
void ot_rigid_angles_deg(const struct ot_rigid *motion, double angles_deg[3]);

/* From three rows of three numbers, one after the other, as files hold it. What is no rotation is
 * refused: columns not of unit length or not at right angles, within 1e-6, or a reflection; what
 * remains of that error is removed by orthonormalization. Errors: OT_ERR_RANGE (not finite),
 * OT_ERR_GEOMETRY: a scale, a shear, a reflection, or singular, each by its name. */
OT_MUST_CHECK enum ot_rc ot_rigid_from_matrix(const double rotation[9],
                                              const double translation_mm[3],
                                              struct ot_rigid *motion, struct ot_err *err);

void ot_rigid_apply(const struct ot_rigid *motion, const double point_mm[3], double moved_mm[3]);
/* What comes of `first` and then `second`. */
struct ot_rigid ot_rigid_compose(const struct ot_rigid *first, const struct ot_rigid *second);
struct ot_rigid ot_rigid_invert(const struct ot_rigid *motion);

/* The angle of the rotation about its own axis, 0..180. */
double ot_rigid_angle_deg(const struct ot_rigid *motion);
/* The greatest distance between where `a` and `b` take a corner of the grid's box. */
double ot_rigid_distance_mm(const struct ot_rigid *a, const struct ot_rigid *b,
                            const struct ot_grid *grid);

/* The same voxels at their new place. */
void ot_rigid_move_grid(const struct ot_rigid *motion, struct ot_grid *grid);
/* The mask's grid and every contour point; the frame of reference is the caller's to change. */
void ot_rigid_move_region(const struct ot_rigid *motion, struct ot_region *region);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_TRANSFORM_H */
