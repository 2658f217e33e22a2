/* kernels/calibrate.c - which calibration holds, and its factor. */
#include "kernels/calibrate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

static const double BQ_PER_GBQ = 1e9;

enum ot_rc ot_calibration_parse(const char *text, struct ot_calibration *calibration,
                                struct ot_err *err)
{
    static const char relative[] = "relative";
    static const char factor[] = "factor:";
    *calibration = (struct ot_calibration){.region = "fov"};
    if (strcmp(text, "bqml") == 0) {
        calibration->method = OT_CALIBRATION_BQML;
        return OT_OK;
    }
    if (strncmp(text, factor, sizeof factor - 1) == 0) {
        calibration->method = OT_CALIBRATION_FACTOR;
        if (ot_text_to_double(text + sizeof factor - 1, &calibration->bq_per_cps) &&
            calibration->bq_per_cps > 0.0) {
            return OT_OK;
        }
        return ot_fail(err, OT_ERR_ARG, "--calibration: '%.60s' has no positive Bq per count/s",
                       text);
    }
    if (strncmp(text, relative, sizeof relative - 1) == 0) {
        const char *region = text + sizeof relative - 1;
        calibration->method = OT_CALIBRATION_RELATIVE;
        if (*region == '\0') {
            return OT_OK;
        }
        if (*region == ':' && region[1] != '\0' &&
            ot_text_copy(calibration->region, sizeof calibration->region, region + 1)) {
            return OT_OK;
        }
    }
    return ot_fail(err, OT_ERR_ARG,
                   "--calibration: '%.60s' is not relative[:REGION], bqml or factor:X", text);
}

void ot_calibration_text(const struct ot_calibration *calibration, char *text, size_t size)
{
    switch (calibration->method) {
    case OT_CALIBRATION_RELATIVE:
        (void)snprintf(text, size, "relative:%s", calibration->region);
        return;
    case OT_CALIBRATION_BQML:
        (void)snprintf(text, size, "bqml");
        return;
    case OT_CALIBRATION_FACTOR:
        (void)snprintf(text, size, "factor:%.9g", calibration->bq_per_cps);
        return;
    }
}

static bool states_bqml(const struct ot_image *image)
{
    return image->facts.quantity_stated && image->volume->unit == OT_UNIT_BQ_PER_ML;
}

enum ot_rc ot_calibration_default(const struct ot_image *image, bool is_pet,
                                  struct ot_calibration *calibration, struct ot_err *err)
{
    *calibration = (struct ot_calibration){.region = "fov"};
    if (states_bqml(image) && strcmp(image->facts.nuclide, "Y-90") == 0) {
        calibration->method = OT_CALIBRATION_BQML;
        return OT_OK;
    }
    if (!is_pet) {
        calibration->method = OT_CALIBRATION_RELATIVE;
        return OT_OK;
    }
    return ot_fail(err, OT_ERR_UNIT,
                   "the PET does not state Bq/ml of Y-90 (unit %s, radionuclide %s); declare it "
                   "with --calibration bqml, or calibrate with --calibration relative",
                   states_bqml(image) ? "Bq/ml" : "not stated",
                   image->facts.nuclide[0] != '\0' ? image->facts.nuclide : "not stated");
}

enum ot_rc ot_calibration_check_nuclide(const struct ot_image *image,
                                        const struct ot_calibration *calibration,
                                        bool isotope_override, bool *declares_y90,
                                        struct ot_err *err)
{
    const char *nuclide = image->facts.nuclide;
    const bool counts = image->facts.quantity_stated && image->volume->unit == OT_UNIT_NONE;
    *declares_y90 = false;
    if (calibration->method == OT_CALIBRATION_BQML && (counts || image->facts.other_quantity)) {
        return ot_fail(err, OT_ERR_UNIT,
                       "the image states counts or another quantity, which is no Bq/ml: calibrate "
                       "with relative, or export it in Bq/ml");
    }
    if (calibration->method == OT_CALIBRATION_FACTOR && states_bqml(image)) {
        return ot_fail(err, OT_ERR_UNIT,
                       "the image states Bq/ml, which factor:X (Bq per count/s) cannot scale: "
                       "calibrate with bqml");
    }
    if (calibration->method == OT_CALIBRATION_FACTOR && image->facts.use != OT_USE_IMAGE) {
        return ot_fail(err, OT_ERR_UNIT,
                       "factor:X is Bq per count/s, and the object stores counts without the time "
                       "they were collected in: divide by it and give the rates as NIfTI or NRRD");
    }
    if (calibration->method == OT_CALIBRATION_RELATIVE) {
        return OT_OK;
    }
    if (nuclide[0] == '\0') {
        *declares_y90 = true;
        return OT_OK;
    }
    if (strcmp(nuclide, "Y-90") != 0 && !isotope_override) {
        return ot_fail(err, OT_ERR_UNIT,
                       "the image names the radionuclide %s, not Y-90; absolute calibration needs "
                       "--isotope-override",
                       nuclide);
    }
    return OT_OK;
}

void ot_calibrate_scale(struct ot_volume *values, double factor)
{
    const size_t count = ot_grid_voxel_count(&values->grid);
    for (size_t x = 0; x < count; x++) {
        values->data[x] = (float)((double)values->data[x] * factor);
    }
    values->unit = OT_UNIT_BQ_PER_ML;
}

enum ot_rc ot_calibrate_relative_factor(double net_gbq, double region_counts, double voxel_ml,
                                        double *factor, struct ot_err *err)
{
    if (!(region_counts > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "the calibration region holds %g counts", region_counts);
    }
    *factor = net_gbq * BQ_PER_GBQ / (region_counts * voxel_ml);
    return OT_OK;
}
