/* cli/dosimetry_parts.h - what the parts of cli/dosimetry share among themselves. */
#ifndef OT_CLI_DOSIMETRY_PARTS_H
#define OT_CLI_DOSIMETRY_PARTS_H

#include "cli/dosimetry.h"
#include "core/transform.h"

enum { OT_IDENTITY_ROLE_SIZE = 32, OT_MAX_VOIS = 64 };

/* Everything that has an identity is compared with the first input that states it. */
struct ot_known_identity {
    bool patient_override, study_override, frame_override; /* waivers: told, not refused */
    bool any_study; /* studies are not compared: a plan is of another day than its delivery */
    struct ot_dosimetry *run; /* borrowed: where waivers are told */
    struct ot_identity first;
    char patient_role[OT_IDENTITY_ROLE_SIZE];
    char study_role[OT_IDENTITY_ROLE_SIZE];
    char frame_role[OT_IDENTITY_ROLE_SIZE];
    char frameless_role[OT_IDENTITY_ROLE_SIZE]; /* a DICOM input without frame of reference */
    bool frameless_told;
};

/* Errors: OT_ERR_FORMAT (another patient or study), OT_ERR_GEOMETRY (another frame of reference),
 * naming both roles, the waiver, and no identity. Where a DICOM input states no frame of
 * reference and another one does, a warning says that it could not be compared. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_same_patient(struct ot_known_identity *known,
                                                   const char *role,
                                                   const struct ot_identity *identity,
                                                   struct ot_err *err);

/* Adds {role, sha256, files} to d->inputs. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_note_input(struct ot_dosimetry *d, const char *role,
                                                 const char *sha256, size_t files,
                                                 struct ot_err *err);

/* An image whose scaling adds to air, or that is cut off at the end of its file's number range,
 * which a case may allow.
 * Errors: OT_ERR_RANGE, naming the waiver. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_check_scale(struct ot_dosimetry *d,
                                                  const struct ot_image_facts *facts,
                                                  const char *path, struct ot_err *err);

/* An activity image's negative voxels, saturation, intercept and undated bed positions, which a
 * case may allow. Intercept and bed positions are noted as waived here: not every caller goes on to
 * tell waivers, and negative or saturated voxels are no refusal to some.
 * Errors: OT_ERR_RANGE, naming the waiver. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_check_values(struct ot_dosimetry *d,
                                                   const struct ot_image *image, const char *path,
                                                   struct ot_err *err);

/* Tells which of these waivers the image has made use of. */
void ot_dosimetry_tell_waivers(struct ot_dosimetry *d, const char *role,
                               const struct ot_image_facts *facts);

/* Whether an image shows Y-90: its header names it or nothing, or the case says so. What names
 * another nuclide and is not overridden shows that one's distribution, decay and all. */
bool ot_dosimetry_is_y90(const struct ot_dosimetry *d, const struct ot_image_facts *facts);

/* Tells a relative calibration on an image that names another radionuclide than is expected, and
 * what between its bed positions cannot be put right. */
void ot_dosimetry_tell_nuclide(struct ot_dosimetry *d, const struct ot_injection_run *run);

/* assumed: the file of `what` states no unit of length. Told where a case says that it is mm.
 * Errors: OT_ERR_GEOMETRY. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_check_lengths(struct ot_dosimetry *d, const char *what,
                                                    bool assumed, struct ot_err *err);

/* What `motion` does to an input of that identity: into the known frame of reference, which its
 * identity then names. `center_mm` is a point of the input whose shift is told.
 * Errors: those of ot_transform_between(), OT_ERR_FORMAT (another patient), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc
ot_dosimetry_motion(struct ot_dosimetry *d, struct ot_known_identity *known,
                    struct ot_motion *motion, const char *role, const double center_mm[3],
                    struct ot_identity *identity, struct ot_rigid *rigid, struct ot_err *err);

/* Moves an image, or a region, where a motion is given for it. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_move_ct(struct ot_dosimetry *d,
                                              struct ot_known_identity *known, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_dosimetry_move_region(struct ot_dosimetry *d,
                                                  struct ot_known_identity *known, const char *name,
                                                  struct ot_region *region, bool *moved,
                                                  struct ot_err *err);

/* Reads every --voi, puts it on d->grid and adds the derived ones; measures how much of the
 * tumors and of the thrombus lies inside the perfused VOIs, on the finest VOI grid. */
OT_MUST_CHECK enum ot_rc
ot_dosimetry_load_vois(struct ot_dosimetry *d, struct ot_known_identity *known, struct ot_err *err);

/* Adds the VOIs that follow from those there are. Errors: as ot_vois_derive(). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_derive_vois(struct ot_dosimetry *d, struct ot_err *err);

/* How much of all tumors, and of all thrombus, lies inside the perfused VOIs, on the finest VOI
 * grid. regions: of the given VOIs. Errors: as ot_region_finest_grid(), ot_voi_inside_percent(). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_measure_inside(struct ot_dosimetry *d,
                                                     struct ot_region *const *regions,
                                                     struct ot_err *err);

/* d->territories, on the finest grid of the given VOIs that matter; nothing where there is neither
 * a perfused VOI nor a tumor. regions: of the given VOIs. Errors: as ot_territories_measure(). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_measure_territories(struct ot_dosimetry *d,
                                                          struct ot_region *const *regions,
                                                          struct ot_err *err);

/* Which perfused VOI belongs to each injection. Errors: OT_ERR_ARG (unknown, or not said). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_match_perfused(struct ot_dosimetry *d, struct ot_err *err);

/* Times of image and injection as instants; the case's injection time wins over the header's.
 * Errors: OT_ERR_ARG, OT_ERR_RANGE. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_find_times(struct ot_dosimetry *d,
                                                 struct ot_injection_run *run, struct ot_err *err);

/* The factor that takes an absolute image's values to the injection.
 * Errors: OT_ERR_ARG, OT_ERR_RANGE (a time that is not known). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_decay_factor(struct ot_dosimetry *d,
                                                   struct ot_injection_run *run, double *factor,
                                                   struct ot_err *err);

/* With bremsstrahlung_tail: the far photon dose of the injection as run->tail, added to the dose of
 * run->map. `inside` as in struct ot_dose_request. Without it, nothing.
 * Errors: those of ot_kernel_table_load() and ot_tail_make(). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_add_tail(const struct ot_dosimetry *d,
                                               const struct ot_volume *inside,
                                               struct ot_injection_run *run, struct ot_err *err);

/* d->tail from the injections' and their weights; NULL where they have none. Errors: OT_ERR_NOMEM.
 */
OT_MUST_CHECK enum ot_rc ot_dosimetry_combine_tails(struct ot_dosimetry *d, struct ot_err *err);

/* sum += weight * part, voxel by voxel. */
void ot_dosimetry_add_weighted(struct ot_volume *sum, const struct ot_volume *part, double weight);

/* What fits the format but hardly the rest of the case: a warning each.
 * Errors: OT_ERR_RANGE (one image in Bq/ml for two injections). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_doubts(struct ot_dosimetry *d, struct ot_err *err);

#endif /* OT_CLI_DOSIMETRY_PARTS_H */
