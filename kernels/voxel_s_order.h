/* kernels/voxel_s_order.h - the order of the quadrature behind ot_voxel_s_create(), for tests that
 * double it. */
#ifndef OT_KERNELS_VOXEL_S_ORDER_H
#define OT_KERNELS_VOXEL_S_ORDER_H

#include "kernels/voxel_s.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { OT_VOXEL_S_ORDER = 12 };

/* ot_voxel_s_create() with `order` (1..OT_QUADRATURE_MAX) points of polar angle between
 * kinks instead of OT_VOXEL_S_ORDER. */
OT_MUST_CHECK enum ot_rc
ot_voxel_s_create_order(const struct ot_radial_kernel *radial, const double spacing_mm[3],
                        double density_g_per_cm3, double energy_mev_per_decay, int order,
                        int threads, struct ot_voxel_s **out, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_VOXEL_S_ORDER_H */
