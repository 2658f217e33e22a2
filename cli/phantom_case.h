/* cli/phantom_case.h - private to cli/flow_phantom*.c: a synthetic patient while it is made. */
#ifndef OT_CLI_PHANTOM_CASE_H
#define OT_CLI_PHANTOM_CASE_H

#include <jansson.h>

#include "cli/flow_phantom.h"
#include "core/voi.h"
#include "io/dicom_write.h"
#include "io/store.h"
#include "kernels/phantom.h"

enum { OT_PHANTOM_MAX_VOIS = 16 };

/* The folders that are written, each through one store; the root is committed last. */
enum ot_phantom_folder {
    OT_FOLDER_SPECT = 0,
    OT_FOLDER_CT,
    OT_FOLDER_PET,
    OT_FOLDER_DICOM,
    OT_FOLDER_NIFTI,
    OT_FOLDER_ROOT,
    OT_FOLDER_COUNT
};

struct ot_phantom_case {
    const struct ot_phantom_request *request;
    struct ot_phantom phantom;
    char case_id[64];
    char patient_id[64];
    struct ot_store *store[OT_FOLDER_COUNT];
    size_t files;

    uint16_t *counts;        /* SPECT */
    struct ot_volume *spect; /* the same as floats */
    struct ot_volume *spect_fraction[OT_PHANTOM_MAX_VOIS];
    uint16_t *pet_stored;
    double *pet_slope;
    struct ot_volume *pet; /* stored * slope, Bq/ml at the scan */
    struct ot_volume *pet_fraction[OT_PHANTOM_MAX_VOIS];
    int16_t *hu;
    uint8_t *ct_parts;
    struct ot_contour_set contours[OT_PHANTOM_MAX_VOIS];

    char uid[8][OT_UID_SIZE];
    struct ot_dicom_series_head spect_series, ct_series, pet_series, voi_series;
    struct ot_dicom_pet pet_facts;
};

/* Activity at injection of 1 Bq/ml that the PET shows: 2^(delay / T_half). */
double ot_phantom_pet_decay(void);

/* Errors of all: OT_ERR_WRITE, OT_ERR_NOMEM, OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_phantom_put(struct ot_phantom_case *patient,
                                        enum ot_phantom_folder folder, const char *name,
                                        const void *bytes, size_t size, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_phantom_put_json(struct ot_phantom_case *patient,
                                             enum ot_phantom_folder folder, const char *name,
                                             json_t *value, struct ot_err *err); /* takes value */
/* Fills in the identifiers and times of the series; deterministic. */
OT_MUST_CHECK enum ot_rc ot_phantom_name_series(struct ot_phantom_case *patient,
                                                struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_phantom_write_dicom(struct ot_phantom_case *patient,
                                                struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_phantom_write_nifti(struct ot_phantom_case *patient,
                                                struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_phantom_write_cases(struct ot_phantom_case *patient,
                                                struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_phantom_write_truth(struct ot_phantom_case *patient,
                                                struct ot_phantom_summary *summary,
                                                struct ot_err *err);

#endif /* OT_CLI_PHANTOM_CASE_H */
