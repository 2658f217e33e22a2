/* kernels/calibrate.h - from what an image holds to activity concentration at injection. */
#ifndef OT_KERNELS_CALIBRATE_H
#define OT_KERNELS_CALIBRATE_H

#include <stdbool.h>

#include "core/err.h"
#include "core/image.h"
#include "core/volume.h"

enum ot_calibration_method {
    OT_CALIBRATION_RELATIVE, /* all counts of a region stand for the net activity */
    OT_CALIBRATION_BQML,     /* values are Bq/ml of Y-90 */
    OT_CALIBRATION_FACTOR,   /* values are counts per second and voxel; Bq per count/s is given */
};

enum { OT_REGION_SIZE = 64 };

struct ot_calibration {
    enum ot_calibration_method method;
    char region[OT_REGION_SIZE]; /* relative: "fov", "liver", ... */
    double bq_per_cps;           /* factor */
};

/* "relative", "relative:REGION", "bqml", "factor:X".
 * Errors: OT_ERR_ARG naming what is allowed. */
OT_MUST_CHECK enum ot_rc ot_calibration_parse(const char *text, struct ot_calibration *calibration,
                                              struct ot_err *err);
/* The text again; `size` >= 80. */
void ot_calibration_text(const struct ot_calibration *calibration, char *text, size_t size);

/* What holds where nothing was said: Bq/ml of Y-90 where the image states it (a PET of another
 * nuclide with isotope_override too), relative for a SPECT, refusal for another PET (contract,
 * "From counts to activity").
 * Errors: OT_ERR_UNIT saying what must be declared. */
OT_MUST_CHECK enum ot_rc ot_calibration_default(const struct ot_image *image, bool is_pet,
                                                bool isotope_override,
                                                struct ot_calibration *calibration,
                                                struct ot_err *err);

/* Absolute calibration of an image that names another nuclide than Y-90, or whose half-life (1 %)
 * or positron fraction (10 %) is not that of Y-90, is refused unless `isotope_override`;
 * *declares_y90 tells that the image names none, so that the calibration
 * itself declares it. A unit that the image states is not overruled: bqml is refused for counts,
 * factor for Bq/ml.
 * factor:X scales counts per second, which a DICOM object does not store: refused there.
 * Errors: OT_ERR_UNIT. */
OT_MUST_CHECK enum ot_rc ot_calibration_check_nuclide(const struct ot_image *image,
                                                      const struct ot_calibration *calibration,
                                                      bool isotope_override, bool *declares_y90,
                                                      struct ot_err *err);

/* What the Bq/ml of a PET are to be multiplied by where its scanner counted positrons of another
 * nuclide than Y-90: BR_used / BR_Y-90, BR_used as the header states it, else that of the nuclide
 * it names (*assumed); 1 where the header is that of Y-90, or names none. Half-lives are the
 * business of kernels/decay.
 * Errors: OT_ERR_UNIT when BR_used cannot be told.
 * Source: fact sheet 5.1; internal pairs of Y-90: Selwyn et al., Appl Radiat Isot 2007;65:318. */
OT_MUST_CHECK enum ot_rc ot_calibration_positron_factor(const struct ot_image_facts *facts,
                                                        double *factor, bool *assumed,
                                                        struct ot_err *err);

/* Whether radionuclide, half-life (1 %) or positron fraction (10 %) of the header, where stated,
 * are not those of Y-90. */
bool ot_calibration_names_other(const struct ot_image_facts *facts);

/* Whether a stated positron fraction is that of Y-90 to 2 %. */
bool ot_calibration_positrons_agree(const struct ot_image_facts *facts);

/* values := values * factor as Bq/ml; the unit becomes OT_UNIT_BQ_PER_ML. */
void ot_calibrate_scale(struct ot_volume *values, double factor);

/* The factor from counts per voxel to Bq/ml when `net_gbq` is spread over `region_counts`:
 * net * 1e9 / (region_counts * voxel_ml).
 * Errors: OT_ERR_RANGE when the region holds no positive sum of counts. */
OT_MUST_CHECK enum ot_rc ot_calibrate_relative_factor(double net_gbq, double region_counts,
                                                      double voxel_ml, double *factor,
                                                      struct ot_err *err);

#endif /* OT_KERNELS_CALIBRATE_H */
