/* tests/support/sphere.h - a sphere of liver in lung: mass depth in exact geometry, and on voxels.
 *
 * The sphere's radius is 50 mm and 1 MBq/ml is in the liver, none in the lung. The truth follows
 * rays of liver's table through the smooth sphere by quadrature: no voxel has a part in it. The
 * same model on a plane is what test_ray compares with Monte Carlo.
 */
#ifndef OT_TESTS_SUPPORT_SPHERE_H
#define OT_TESTS_SUPPORT_SPHERE_H

#include <stddef.h>

#include "core/err.h"

/* Means over shells: liver within 20, 10, 5 mm of its surface and all of it; lung within 5, 10,
 * 20 and 30 mm. */
enum { OT_SPHERE_LIVER_SHELLS = 4, OT_SPHERE_SHELLS = 8 };
extern const double OT_SPHERE_SHELL_MM[OT_SPHERE_SHELLS][2]; /* radii */

struct ot_sphere {
    double mean_gy[OT_SPHERE_SHELLS];
};

OT_MUST_CHECK enum ot_rc ot_sphere_truth(struct ot_sphere *out, struct ot_err *err);

enum ot_sphere_method { OT_SPHERE_RAYS, OT_SPHERE_SOURCE, OT_SPHERE_LOCAL, OT_SPHERE_METHODS };
const char *ot_sphere_method_name(enum ot_sphere_method method);

/* Voxels of voxel_mm with exact fractions (of 1000 points); each voxel counts with its part of the
 * shell's own medium. Errors: as the engines. */
OT_MUST_CHECK enum ot_rc ot_sphere_dose(enum ot_sphere_method method, double voxel_mm,
                                        struct ot_sphere *out, struct ot_err *err);

#endif /* OT_TESTS_SUPPORT_SPHERE_H */
