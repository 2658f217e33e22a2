/* kernels/phantom.h - the synthetic patient: smooth anatomy, activity, and their voxel images.
 *
 * A torso (elliptic cylinder) with a spine, two lungs and a liver (ellipsoids); a plane parts the
 * liver into the angiosomes RHA and LHA; three tumors lie in RHA. Lungs give way to the liver.
 * Activity lies evenly in the normal tissue of RHA, T:N times as dense in each tumor, and, by the
 * shunt, evenly in the lungs; LHA and the rest are cold. Nobody in particular: the sizes are
 * round numbers of an adult's.
 */
#ifndef OT_KERNELS_PHANTOM_H
#define OT_KERNELS_PHANTOM_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/grid.h"
#include "core/voi.h"
#include "core/volume.h"
#include "kernels/phantom_shape.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { OT_PHANTOM_TUMORS = 3 };

/* What a point belongs to; several at once. */
enum ot_phantom_part {
    OT_PART_BODY = 1,
    OT_PART_LUNGS = 2,
    OT_PART_LIVER = 4,
    OT_PART_RHA = 8,
    OT_PART_T1 = 16,
    OT_PART_T2 = 32,
    OT_PART_T3 = 64,
    OT_PART_TUMORS = 112,
    OT_PART_SPINE = 128, /* only the CT shows it */
    OT_PART_ALL = 255,
};

struct ot_phantom {
    const char *preset; /* "small", "clinical" */
    struct ot_shape body, spine, lung[2], liver, tumor[OT_PHANTOM_TUMORS];
    struct ot_halfspace rha; /* RHA = liver in this half-space */
    double tn_ratio[OT_PHANTOM_TUMORS];
    double activity_gbq; /* administered, A */
    double residual_fraction;
    double lung_shunt_fraction;
    double lungs_ml; /* both without what the liver takes of them; by ot_phantom_preset() */
    struct ot_grid spect, ct, pet;
};

/* Errors: OT_ERR_ARG for a name that is no preset. */
OT_MUST_CHECK enum ot_rc ot_phantom_preset(const char *name, struct ot_phantom *phantom,
                                           struct ot_err *err);

/* Bits of enum ot_phantom_part. */
unsigned ot_phantom_parts_at(const struct ot_phantom *phantom, const double point_mm[3]);

/* VOIs by the names that a result has. A point is in one when it has all bits of `all`, at least
 * one of `any` (0: no condition) and none of `none`. */
struct ot_phantom_voi {
    const char *name;
    enum ot_role role;
    unsigned all, any, none;
    bool drawn; /* has contours of its own; the others are derived */
};
extern const struct ot_phantom_voi ot_phantom_vois[];
extern const size_t ot_phantom_voi_count;

bool ot_phantom_voi_holds(const struct ot_phantom_voi *voi, unsigned parts);
/* Volume of the smooth shape, ml. */
double ot_phantom_volume_ml(const struct ot_phantom *phantom, const struct ot_phantom_voi *voi);
/* Liver and tumors 1.05, lungs 0.26, the rest of the body 1.04 g/ml; 0 outside. */
double ot_phantom_density_g_per_ml(unsigned parts);
/* Mass in g of the smooth shape. */
double ot_phantom_mass_g(const struct ot_phantom *phantom, const struct ot_phantom_voi *voi);
/* Activity of the smooth shape, GBq of the A(1-R) that was injected. */
double ot_phantom_activity_gbq(const struct ot_phantom *phantom, const struct ot_phantom_voi *voi);

/* Concentrations at injection, GBq/ml: normal perfused tissue A(1-R)(1-F)/(V_n + sum TN_t V_t),
 * tumors TN_t times that, lungs A(1-R)F/V_lungs. */
struct ot_phantom_concentrations {
    double normal, tumor[OT_PHANTOM_TUMORS], lungs;
};
struct ot_phantom_concentrations ot_phantom_concentrations(const struct ot_phantom *phantom);
double ot_phantom_concentration_of(const struct ot_phantom_concentrations *of, unsigned parts);

/* Contours of a drawn VOI in the plane z, added to `set`; none where the plane misses it.
 * Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_phantom_section(const struct ot_phantom *phantom,
                                            const struct ot_phantom_voi *voi, double z_mm,
                                            struct ot_contour_set *set, struct ot_err *err);

/* The mean concentration of each voxel, kBq/ml at injection (a float holds it well), and the
 * fraction of each voxel that lies in each VOI. A voxel that a surface may cut is looked at in
 * 512 evenly spread points (4096 in and around the liver), the others are uniform.
 * activity   may be NULL; owned by the caller, unit OT_UNIT_NONE; NULL on failure
 * fractions  may be NULL; else ot_phantom_voi_count volumes, owned by the caller; NULL on failure
 * Errors: OT_ERR_GEOMETRY, OT_ERR_NOMEM. Threads: equal bits for any number. */
OT_MUST_CHECK enum ot_rc ot_phantom_render(const struct ot_phantom *phantom,
                                           const struct ot_grid *grid, int threads,
                                           struct ot_volume **activity,
                                           struct ot_volume **fractions, struct ot_err *err);

/* The CT number at each voxel's center, HU, one short integer each: air -1000, body 40, liver 60,
 * tumors 75, lungs -740, spine 300; with noise_hu > 0 plus seeded normal noise.
 * hu, parts: ot_grid_voxel_count(grid) values, supplied by the caller; parts are the bits of
 * ot_phantom_parts_at() at the same points.
 * Threads: equal bits for any number. */
void ot_phantom_render_ct(const struct ot_phantom *phantom, const struct ot_grid *grid,
                          double noise_hu, uint64_t seed, int threads, int16_t *hu, uint8_t *parts);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_PHANTOM_H */
