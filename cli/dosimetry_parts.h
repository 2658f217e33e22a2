/* cli/dosimetry_parts.h - what the parts of cli/dosimetry share among themselves. */
#ifndef OT_CLI_DOSIMETRY_PARTS_H
#define OT_CLI_DOSIMETRY_PARTS_H

#include "cli/dosimetry.h"

enum { OT_IDENTITY_ROLE_SIZE = 32 };

/* Everything that has an identity is compared with the first input that states it. */
struct ot_known_identity {
    bool patient_override, study_override, frame_override; /* waivers: told, not refused */
    bool any_study; /* studies are not compared: a plan is of another day than its delivery */
    struct ot_texts *warnings; /* borrowed: where waivers are told */
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

/* Reads every --voi, puts it on d->grid and adds the derived ones; measures how much of the
 * tumors and of the thrombus lies inside the perfused VOIs, on the finest VOI grid. */
OT_MUST_CHECK enum ot_rc
ot_dosimetry_load_vois(struct ot_dosimetry *d, struct ot_known_identity *known, struct ot_err *err);

/* Which perfused VOI belongs to each injection. Errors: OT_ERR_ARG (unknown, or not said). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_match_perfused(struct ot_dosimetry *d, struct ot_err *err);

/* What fits the format but hardly the rest of the case: a warning each.
 * Errors: OT_ERR_RANGE (one image in Bq/ml for two injections). */
OT_MUST_CHECK enum ot_rc ot_dosimetry_doubts(struct ot_dosimetry *d, struct ot_err *err);

#endif /* OT_CLI_DOSIMETRY_PARTS_H */
