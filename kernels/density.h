/* kernels/density.h - mass density and source medium of every voxel, from VOIs or from CT.
 *
 * With f_t the largest fraction of liver, tumor and thrombus VOIs (perfused where no liver is
 * drawn), f_l = min(lungs, 1 - f_t), f_b = min(body, 1 - f_t - f_l), and f_0 = 1 - f_t - f_l - f_b
 * the part outside all VOIs: no body VOI:  rho = (f_t + f_0) rho_liver + f_l rho_lung with body:
 * rho = (f_t rho_liver
 * + f_l rho_lung + f_b rho_body) / (f_t + f_l + f_b), rho_body where that sum is 0.
 */
#ifndef OT_KERNELS_DENSITY_H
#define OT_KERNELS_DENSITY_H

#include <stddef.h>

#include "core/err.h"
#include "core/hu_calibration.h"
#include "core/voi.h"
#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ot_medium {
    OT_MEDIUM_LIVER = 0, /* liver, tumors, thrombus; all outside VOIs where there is no body */
    OT_MEDIUM_LUNG,
    OT_MEDIUM_BODY, /* other soft tissue inside a body VOI */
    OT_MEDIUM_COUNT
};

/* "liver", "lung", "body"; static, never NULL. */
const char *ot_medium_name(enum ot_medium medium);
/* The radial kernel table that describes it: "liver", "lung", "liver" (scaled). */
const char *ot_medium_kernel(enum ot_medium medium);

struct ot_tissue_densities {
    double liver_g_per_cm3;
    double lung_g_per_cm3;
    double body_g_per_cm3;
};

extern const struct ot_tissue_densities OT_TISSUE_DENSITIES_DEFAULT; /* 1.05, 0.26, 1.04 */

double ot_tissue_density(const struct ot_tissue_densities *densities, enum ot_medium medium);

/* A voxel that is partly lung: each part has its own density. */
struct ot_mixed_voxel {
    size_t voxel;
    float lung_fraction; /* 0.001..0.999; less counts as pure */
    float soft_g_per_cm3;
    float lung_g_per_cm3;
};

struct ot_density_map {
    struct ot_volume *density;                /* owned; OT_UNIT_G_PER_CM3 */
    struct ot_volume *share[OT_MEDIUM_COUNT]; /* owned; 0..1, summing to 1 in every voxel; NULL for
                                                 a medium that no voxel has. Where all is one
                                                 medium, its share is a volume of ones */
    struct ot_mixed_voxel *mixed;             /* owned; in the order of the voxels */
    size_t mixed_count;
};

void ot_density_map_destroy(struct ot_density_map *map); /* NULL is fine */

/* Density and media by VOI. Only VOIs that a case gives are looked at (role liver, perfused,
 * tumor, thrombus, lungs, body), each on `grid`.
 *
 * out     owned by the caller (ot_density_map_destroy); NULL on failure.
 * Errors: OT_ERR_GEOMETRY (a VOI on another grid), OT_ERR_RANGE (a density outside 0.05..5
 *         g/cm3, a fraction outside 0..1), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_density_from_vois(const struct ot_voi *vois, size_t count,
                                              const struct ot_tissue_densities *densities,
                                              const struct ot_grid *grid,
                                              struct ot_density_map **out, struct ot_err *err);

/* How CT numbers become densities. */
struct ot_density_ct {
    const struct ot_hu_calibration *calibration; /* outside the lungs */
    double liver_lo_g_per_cm3; /* liver, tumors and thrombus are clamped to this range: contrast */
    double liver_hi_g_per_cm3; /* medium raises HU, hardly mass (and falls over a step at 100 HU) */
};

/* Density by CT, media by VOI as above; a body VOI is needed, since without one all that is no VOI
 * would be liver. In the lungs rho = 1 + HU/1000, at least 0.05; liver parts are clamped; voxels of
 * several media have the fraction-weighted mean.
 *
 * hu      OT_UNIT_HU on the dose grid.
 * out     as above. Errors: as above, and OT_ERR_UNIT, OT_ERR_ARG (no body VOI), OT_ERR_RANGE (HU
 * not finite, clamp). */
OT_MUST_CHECK enum ot_rc ot_density_from_hu(const struct ot_volume *hu, const struct ot_voi *vois,
                                            size_t count, const struct ot_density_ct *how,
                                            struct ot_density_map **out, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_DENSITY_H */
