/* cli/dosimetry_parts.h - what the parts of cli/dosimetry share among themselves. */
#ifndef OT_CLI_DOSIMETRY_PARTS_H
#define OT_CLI_DOSIMETRY_PARTS_H

#include "cli/dosimetry.h"

/* Everything that has an identity is compared with the first input that states it. */
struct ot_known_identity {
    struct ot_identity first;
    char frame_role[32];
    char patient_role[32];
};

/* Errors: OT_ERR_FORMAT (another patient), OT_ERR_GEOMETRY (another frame of reference), naming
 * both roles and no identity. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_same_patient(struct ot_known_identity *known,
                                                   const char *role,
                                                   const struct ot_identity *identity,
                                                   struct ot_err *err);

/* Adds {role, sha256, files} to d->inputs. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_dosimetry_note_input(struct ot_dosimetry *d, const char *role,
                                                 const char *sha256, size_t files,
                                                 struct ot_err *err);

/* Reads every --voi, puts it on d->grid and adds the derived ones; measures how much of the
 * tumors and of the thrombus lies inside the perfused VOIs, on the finest VOI grid. */
OT_MUST_CHECK enum ot_rc
ot_dosimetry_load_vois(struct ot_dosimetry *d, struct ot_known_identity *known, struct ot_err *err);

/* Adds the VOIs that follow from those there are. Errors: as ot_vois_derive(). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_derive_vois(struct ot_dosimetry *d, struct ot_err *err);

/* d->territories, on the finest grid of the given VOIs that matter; nothing where there is neither
 * a perfused VOI nor a tumor. regions: of the given VOIs. Errors: as ot_territories_measure(). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_measure_territories(struct ot_dosimetry *d,
                                                          struct ot_region *const *regions,
                                                          struct ot_err *err);

/* Which perfused VOI belongs to each injection. Errors: OT_ERR_ARG (unknown, or not said). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_match_perfused(struct ot_dosimetry *d, struct ot_err *err);

/* What fits the format but hardly the rest of the case: a warning each.
 * Errors: OT_ERR_RANGE (one image in Bq/ml for two injections). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_doubts(struct ot_dosimetry *d, struct ot_err *err);

#endif /* OT_CLI_DOSIMETRY_PARTS_H */
