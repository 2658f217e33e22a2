/* kernels/calibrate.c - which calibration holds, and its factor. */
#include "kernels/calibrate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "kernels/nuclide.h"

static const double BQ_PER_GBQ = 1e9;
static const double Y90_POSITRONS_PER_DECAY = 31.86e-6; /* Selwyn et al. 2007 */
static const double Y90_HALF_LIFE_S = OT_Y90_HALF_LIFE_H * 3600.0;
static const double SAME_HALF_LIFE = 0.01;
static const double SAME_POSITRONS = 0.10; /* 28 to 34e-6 have been in use for Y-90 */

/* Positrons per decay, for headers that name a nuclide and no fraction. Source: ICRP 107. */
static const struct {
    const char *nuclide;
    double positrons_per_decay;
} positron_emitters[] = {
    {"F-18", 0.9673}, {"Ga-68", 0.8914}, {"Zr-89", 0.2274}, {"C-11", 0.9977},  {"N-13", 0.9980},
    {"O-15", 0.9990}, {"Na-22", 0.8984}, {"Cu-64", 0.1752}, {"I-124", 0.2270},
};

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

enum ot_rc ot_calibration_default(const struct ot_image *image, bool is_pet, bool isotope_override,
                                  struct ot_calibration *calibration, struct ot_err *err)
{
    const char *nuclide = image->facts.nuclide;
    const bool named = nuclide[0] != '\0';
    const bool y90 = strcmp(nuclide, "Y-90") == 0 || (is_pet && named && isotope_override);
    *calibration = (struct ot_calibration){.region = "fov"};
    if (states_bqml(image) && y90) {
        calibration->method = OT_CALIBRATION_BQML;
        return OT_OK;
    }
    if (!is_pet) {
        calibration->method = OT_CALIBRATION_RELATIVE;
        return OT_OK;
    }
    if (states_bqml(image) && named) {
        return ot_fail(err, OT_ERR_UNIT,
                       "the PET names the radionuclide %s, not Y-90: if it is one of Y-90, give "
                       "--isotope-override, which puts decay and branching ratio right, or "
                       "calibrate with --calibration relative",
                       nuclide);
    }
    if (image->facts.other_quantity) { /* declaring it Bq/ml would contradict the file */
        return ot_fail(
            err, OT_ERR_UNIT,
            "the PET's unit (0054,1001) is another one than Bq/ml: export it in BQML, or "
            "calibrate with --calibration relative");
    }
    return ot_fail(err, OT_ERR_UNIT,
                   "the PET does not state Bq/ml of Y-90 (unit %s, radionuclide %s); declare it "
                   "with --calibration bqml, or calibrate with --calibration relative",
                   states_bqml(image) ? "Bq/ml" : "not stated", named ? nuclide : "not stated");
}

static bool near_ratio(double a, double b, double tolerance)
{
    return fabs(a / b - 1.0) <= tolerance;
}

/* What in the header is not of Y-90, as words for a message; "" where all of it is. */
static void other_than_y90(const struct ot_image_facts *facts, char *text, size_t size)
{
    const double half_life_s = facts->stated_half_life_s;
    text[0] = '\0';
    if (facts->nuclide[0] != '\0' && strcmp(facts->nuclide, "Y-90") != 0) {
        (void)snprintf(text, size, "the radionuclide %s", facts->nuclide);
    } else if (half_life_s > 0.0 && !near_ratio(half_life_s, Y90_HALF_LIFE_S, SAME_HALF_LIFE)) {
        (void)snprintf(text, size, "a half-life of %.6g s (0018,1075)", half_life_s);
    } else if (facts->positron_fraction > 0.0 &&
               !near_ratio(facts->positron_fraction, Y90_POSITRONS_PER_DECAY, SAME_POSITRONS)) {
        (void)snprintf(text, size, "a positron fraction of %.4g (0018,1076)",
                       facts->positron_fraction);
    }
}

bool ot_calibration_names_other(const struct ot_image_facts *facts)
{
    char other[96];
    other_than_y90(facts, other, sizeof other);
    return other[0] != '\0';
}

bool ot_calibration_positrons_agree(const struct ot_image_facts *facts)
{
    return near_ratio(facts->positron_fraction, Y90_POSITRONS_PER_DECAY, 0.02);
}

enum ot_rc ot_calibration_positron_factor(const struct ot_image_facts *facts, double *factor,
                                          bool *assumed, struct ot_err *err)
{
    char other[96];
    *factor = 1.0;
    *assumed = false;
    other_than_y90(facts, other, sizeof other);
    if (other[0] == '\0') {
        return OT_OK;
    }
    if (facts->positron_fraction > 0.0) {
        *factor = facts->positron_fraction / Y90_POSITRONS_PER_DECAY;
        return OT_OK;
    }
    for (size_t n = 0; n < sizeof positron_emitters / sizeof positron_emitters[0]; n++) {
        if (strcmp(positron_emitters[n].nuclide, facts->nuclide) == 0) {
            *factor = positron_emitters[n].positrons_per_decay / Y90_POSITRONS_PER_DECAY;
            *assumed = true;
            return OT_OK;
        }
    }
    return ot_fail(err, OT_ERR_UNIT,
                   "the image names %s, and not the positron fraction that the scanner divided by "
                   "(0018,1076): calibrate with --calibration relative",
                   other);
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
    char other[96];
    other_than_y90(&image->facts, other, sizeof other);
    if (other[0] != '\0' && !isotope_override) {
        return ot_fail(err, OT_ERR_UNIT,
                       "the image names %s, not that of Y-90; absolute calibration needs "
                       "--isotope-override, which puts decay and branching ratio right",
                       other);
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
