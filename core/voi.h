/* core/voi.h - volumes of interest: as files hold them, and as fractions of voxels. */
#ifndef OT_CORE_VOI_H
#define OT_CORE_VOI_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/image.h"
#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ot_role {
    OT_ROLE_LIVER = 0,
    OT_ROLE_PERFUSED, /* an angiosome, one per injection */
    OT_ROLE_TUMOR,
    OT_ROLE_THROMBUS, /* macrovascular invasion, portal vein thrombus */
    OT_ROLE_LUNGS,
    OT_ROLE_BODY,
    OT_ROLE_EXCLUDE,         /* uptake that is not treated liver */
    OT_ROLE_NORMAL_PERFUSED, /* derived, as the following */
    OT_ROLE_NORMAL_LIVER,
    OT_ROLE_NONPERFUSED_LIVER,
    OT_ROLE_OTHER, /* made on the way to others */
    OT_ROLE_COUNT
};

/* "liver", ...; static, never NULL. */
const char *ot_role_name(enum ot_role role);
/* False unless `text` is the name of a role that a case may give (the first seven). */
bool ot_role_from_name(const char *text, enum ot_role *role);

enum { OT_VOI_NAME_SIZE = 64 };

/* One closed planar polygon; z is not implied: each point is a point in the patient. */
struct ot_contour {
    double *points_mm; /* owned; 3 * count, LPS */
    size_t count;      /* >= 3 */
};

struct ot_contour_set {
    struct ot_contour *contours; /* owned */
    size_t count;
};

void ot_contour_set_release(struct ot_contour_set *set); /* NULL is fine */

/* A region as its file holds it: either a mask on a grid of its own (values 0..1, volume
 * cropped to the voxels that are not 0) or contours. */
struct ot_region {
    char label[OT_VOI_NAME_SIZE]; /* the file's own name for it; shown, never a patient's name */
    struct ot_volume *mask;       /* owned; NULL for contours; unit OT_UNIT_NONE */
    struct ot_contour_set contours;
    struct ot_identity identity;
    char file_sha256[OT_SHA256_SIZE];
    bool length_unit_assumed; /* the file states no unit of length: it was read as mm */
};

void ot_region_destroy(struct ot_region *region); /* NULL is fine */

/* A VOI on the dose grid: the fraction of each voxel that lies inside, 0..1. */
struct ot_voi {
    char name[OT_VOI_NAME_SIZE];
    enum ot_role role;
    bool is_union;              /* of several VOIs of its role, made here */
    struct ot_volume *fraction; /* owned; unit OT_UNIT_NONE */
    double outside_ml;          /* of a given VOI: its volume beyond the grid */
};

void ot_voi_release(struct ot_voi *voi); /* NULL is fine */

/* Volume in ml: sum of fraction * voxel volume, in double, fixed order. */
double ot_voi_volume_ml(const struct ot_voi *voi);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_VOI_H */
