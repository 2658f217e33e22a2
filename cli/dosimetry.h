/* cli/dosimetry.h - the way of the data from files to absorbed dose, shared by plan, verify and
 * dose; silent, as every flow.
 *
 * The steps are called in order; each leaves what the next one needs. Doses are linear in the
 * activity, so every injection has a dose map for its own reference activity (1 GBq
 * administered where calibration is relative, the measured activity where it is absolute),
 * and ot_dosimetry_combine() adds them for the activities wanted.
 */
#ifndef OT_CLI_DOSIMETRY_H
#define OT_CLI_DOSIMETRY_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "cli/case.h"
#include "cli/motion.h"
#include "cli/progress.h"
#include "core/err.h"
#include "core/image.h"
#include "core/text.h"
#include "core/voi.h"
#include "kernels/calibrate.h"
#include "kernels/density.h"
#include "kernels/dose.h"
#include "kernels/nuclide.h"
#include "kernels/recovery.h"
#include "kernels/tail.h"
#include "segment/territory.h"

enum ot_stage { OT_STAGE_PLAN, OT_STAGE_VERIFY, OT_STAGE_DOSE };

/* One injection on its way. */
struct ot_injection_run {
    const struct ot_injection *given;
    const struct ot_voi *perfused; /* borrowed from the VOIs; NULL: none */
    bool is_pet;
    struct ot_image *image;   /* owned; on its own grid; released once `activity` exists */
    struct ot_volume *counts; /* owned; the image's values on the dose grid */
    double counts_total;
    struct ot_calibration calibration;
    struct ot_time injection_time;

    double residual_fraction;
    const char *residual_source; /* "case" or "assumed" */
    double lung_shunt_fraction;
    const char *lung_shunt_source;    /* "case", "image" or "assumed" */
    double image_lung_shunt_fraction; /* NAN where lungs or liver are not drawn */

    double reference_gbq;       /* administered activity that `map` is for; NAN: not known
                                   (absolute calibration without activity_gbq) */
    double reference_total_gbq; /* in the image, for the reference */
    double measured_total_mbq;  /* of a SPECT in Bq/ml calibrated relatively: a number to look at,
                                   never the dose; NAN: counts */
    double scan_to_net_ratio; /* absolute image's total over A(1-R), as measured; NAN: not known */
    bool absolute;            /* the image itself gives the activity: it does not scale */
    struct ot_volume *activity; /* owned; Bq/ml at injection, for the reference */
    struct ot_dose_map *map;    /* owned; its dose includes the tail's, its energies do not */
    struct ot_tail *tail;       /* owned; NULL unless bremsstrahlung_tail */
    double weight;              /* of `map` in the combined dose */
};

struct ot_stage_time {
    const char *name; /* static */
    double seconds;
};

enum { OT_MAX_STAGES = 16 };

struct ot_dosimetry {
    const struct ot_case *given;
    enum ot_stage stage;
    int threads;
    struct ot_dose_constant constant;
    struct ot_injection_run *injections; /* owned */
    size_t injection_count;
    struct ot_image *ct;         /* owned; NULL without */
    struct ot_grid grid;         /* of the dose */
    struct ot_identity identity; /* frame of reference and study of the inputs, where stated */
    struct ot_motions motions;   /* what brings CT and VOIs of another frame here */

    struct ot_voi *vois; /* owned; given first, then derived */
    size_t voi_count;
    size_t given_voi_count;

    struct ot_volume *hu;               /* owned; the CT on the dose grid, HU; NULL without */
    struct ot_density_map *density_map; /* owned */
    struct ot_volume *density;          /* of density_map; g/cm3 */
    const char *body_source;            /* "voi", "ct" or "none": what bounds the dose */
    struct ot_volume *dose;             /* owned; Gy, combined */
    struct ot_mixed_dose *mixed;        /* owned; doses in the parts of voxels of two media */
    size_t mixed_count;
    struct ot_volume *total_activity; /* owned; Bq/ml at injection, combined */
    double emitted_j, deposited_j, outside_j, balance_fraction; /* of the beta part */
    struct ot_tail *tail;         /* owned; combined; its dose is in `dose`; NULL without tail */
    const char *convolution_used; /* "direct", "fft" or "none" */
    size_t ray_voxels;            /* the most that any injection's map has by rays */
    double tumor_inside_perfused_percent, thrombus_inside_perfused_percent; /* NAN: not known */

    struct ot_recovery *recovery; /* owned; NULL without --recovery */
    json_t *extrahepatic;         /* owned; uptake outside liver and lungs, as the result has it */
    bool wants_territories;       /* measure them with the VOIs: the dose is about them */
    bool territories_known;
    struct ot_territories territories;

    json_t *kernels; /* owned; array of the voxel S tables used; NULL unless they are kept */
    struct ot_texts warnings;
    struct ot_texts waived_by;    /* flags that were made use of: each once, in the order of use */
    json_t *inputs;               /* owned; array of {role, sha256, files} */
    struct ot_progress *progress; /* borrowed; NULL: nobody looks */
    struct ot_stage_time stage_times[OT_MAX_STAGES];
    size_t stage_time_count;
    double marked_s; /* monotonic clock at the last mark */
};

/* Starts a run; `given` is borrowed. */
void ot_dosimetry_init(struct ot_dosimetry *d, const struct ot_case *given, enum ot_stage stage);
void ot_dosimetry_release(struct ot_dosimetry *d);

/* Images, CT and VOIs from files; identity of patient and frame of reference compared; the dose
 * grid chosen; VOIs as fractions on it, and the derived ones.
 * Errors: those of the readers, OT_ERR_ARG (case), OT_ERR_RANGE (negative voxels),
 * OT_ERR_GEOMETRY (VOI outside the image, another frame of reference). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_load(struct ot_dosimetry *d, struct ot_err *err);

/* Counts to activity, residual, lung shunt, warnings of the calibration. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_activity(struct ot_dosimetry *d, struct ot_err *err);

/* Density and one dose map for each injection's reference activity. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_dose(struct ot_dosimetry *d, struct ot_err *err);

/* Adds the injections' maps, each times its `weight`: the activity wanted over the reference,
 * or 1 where the image is absolute. Fills dose, total_activity and the energies. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_combine(struct ot_dosimetry *d, struct ot_err *err);

/* Regions of the combined activity outside liver and lungs above a multiple of the normal liver:
 * d->extrahepatic, and a warning. Errors: OT_ERR_EXTERNAL, OT_ERR_RANGE, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_uptake(struct ot_dosimetry *d, struct ot_err *err);

/* The VOI of that role (unions first), or NULL; by name. */
const struct ot_voi *ot_dosimetry_voi_of_role(const struct ot_dosimetry *d, enum ot_role role);
const struct ot_voi *ot_dosimetry_voi_named(const struct ot_dosimetry *d, const char *name);

/* Mass in g: fraction-weighted voxel volumes times the density of the VOI's medium (density
 * organ), or times the voxel densities (density ct). */
double ot_dosimetry_mass_g(const struct ot_dosimetry *d, const struct ot_voi *voi);

/* Time spent since the last call, noted under `name` (static text). */
void ot_dosimetry_mark(struct ot_dosimetry *d, const char *name);

#endif /* OT_CLI_DOSIMETRY_H */
