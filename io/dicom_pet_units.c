/* io/dicom_pet_units.c - what the values of a PET series are, and their way to Bq/ml. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/dicom_mapping.h"
#include "io/dicom_pet.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

static const double G_PER_KG = 1000.0;
static const double mapping_tolerance = 1e-4; /* relative; slopes are written with 6 digits */

/* Units (0054,1001) that are no concentration and cannot be made one. */
static const char *const refused_units[] = {"PROPCNTS", "PROPCPS", "1CM",    "CM2",    "PCNT",
                                            "CM2ML",    "MLG",     "MLMING", "MLMINML"};

/* The unit of the whole series as the file writes it. */
static enum ot_rc read_unit_text(const struct ot_dicom_series *series, char *unit, size_t size,
                                 struct ot_err *err)
{
    char other[32];
    (void)ot_dicom_text(series->files[0]->root, TAG_UNITS, unit, size);
    for (size_t n = 1; n < series->count; n++) {
        (void)ot_dicom_text(series->files[n]->root, TAG_UNITS, other, sizeof other);
        if (strcmp(unit, other) != 0) {
            return ot_fail(err, OT_ERR_UNIT, "%s: its Units (0054,1001) are '%s', those of %s '%s'",
                           series->files[n]->name, other, series->files[0]->name, unit);
        }
    }
    for (size_t n = 0; n < sizeof refused_units / sizeof refused_units[0]; n++) {
        if (strcmp(unit, refused_units[n]) == 0) {
            return ot_fail(err, OT_ERR_UNIT,
                           "%s: its Units (0054,1001) are %s; export the series in BQML",
                           series->files[0]->name, unit);
        }
    }
    return OT_OK;
}

static enum ot_rc read_slope(const struct ot_dicom_file *file, struct ot_dicom_plane *plane,
                             struct ot_err *err)
{
    enum ot_rc rc = ot_dicom_need_numbers(file->root, TAG_RESCALE_SLOPE, &plane->slope, 1, err);
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(file->root, TAG_RESCALE_INTERCEPT, &plane->intercept, 1, err);
    }
    if (rc == OT_OK && !(plane->slope > 0.0)) {
        rc = ot_fail(err, OT_ERR_RANGE, "RescaleSlope (0028,1053) is %g; it must be > 0",
                     plane->slope);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", file->name);
    }
    return rc;
}

/* One of Philips' private factors of a slice; 0 where it is absent or unusable. */
static enum ot_rc philips_factor(const struct ot_dicom_file *file, uint32_t tag, double *factor,
                                 struct ot_err *err)
{
    char creator[64];
    bool found = false;
    *factor = 0.0;
    if (ot_dicom_text(file->root, TAG_PHILIPS_PET_CREATOR, creator, sizeof creator) &&
        strcmp(creator, "Philips PET Private Group") != 0) {
        return OT_OK;
    }
    enum ot_rc rc = ot_dicom_number(file->root, tag, factor, &found, err);
    if (rc == OT_OK && found && !(*factor >= 0.0)) {
        rc = ot_fail(err, OT_ERR_RANGE, "Philips' factor (7053,%04x) is %g",
                     (unsigned)(tag & 0xffffU), *factor);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", file->name);
    }
    return rc;
}

/* Multiplies every slice's scale with its private factor: all of them, or none. */
static enum ot_rc apply_philips(const struct ot_dicom_series *series, uint32_t tag,
                                struct ot_dicom_plan *plan, bool *applied, struct ot_err *err)
{
    size_t found = 0;
    double factor = 0.0;
    *applied = false;
    for (size_t n = 0; n < series->count; n++) {
        const enum ot_rc rc = philips_factor(series->files[n], tag, &factor, err);
        if (rc != OT_OK) {
            return rc;
        }
        found += factor > 0.0 ? 1 : 0;
    }
    if (found > 0 && found < series->count) {
        return ot_fail(err, OT_ERR_UNIT,
                       "%zu of %zu slices lack the factor of their counts (7053,%04x)",
                       series->count - found, series->count, (unsigned)(tag & 0xffffU));
    }
    for (size_t n = 0; found > 0 && n < series->count; n++) {
        const enum ot_rc rc = philips_factor(series->files[n], tag, &factor, err);
        if (rc != OT_OK) {
            return rc;
        }
        plan->planes[n].slope *= factor;
        plan->planes[n].intercept *= factor;
    }
    *applied = found > 0;
    return OT_OK;
}

static enum ot_rc scale_counts(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                               enum ot_pet_quantity *quantity, struct ot_err *err)
{
    bool applied = false;
    *quantity = OT_PET_COUNTS;
    enum ot_rc rc = apply_philips(series, TAG_PHILIPS_BQ_PER_ML, plan, &applied, err);
    if (rc == OT_OK && applied) {
        *quantity = OT_PET_BQ_PER_ML;
        (void)ot_texts_add(&plan->facts.notes,
                           "counts were made Bq/ml with the scanner's own factor (7053,1009)");
        return OT_OK;
    }
    if (rc == OT_OK) {
        rc = apply_philips(series, TAG_PHILIPS_SUV, plan, &applied, err);
    }
    if (rc == OT_OK && applied) {
        *quantity = OT_PET_SUV;
        (void)ot_texts_add(&plan->facts.notes,
                           "counts were made SUV with the scanner's own factor (7053,1000)");
    }
    return rc;
}

/* Real world values in Bq/ml say what stored pixels mean, slice by slice; they stand in the place
 * of Units, which enhanced objects do not have. Where both are stated they must agree. */
static enum ot_rc apply_mappings(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                                 enum ot_pet_quantity *quantity, struct ot_err *err)
{
    size_t mapped = 0;
    for (size_t n = 0; n < series->count; n++) {
        struct ot_dicom_plane *plane = &plan->planes[n];
        struct ot_dicom_mapping mapping;
        enum ot_rc rc = ot_dicom_read_mapping(series->files[n]->root, &mapping, err);
        if (rc == OT_OK && (!mapping.found || mapping.unit != OT_UNIT_BQ_PER_ML)) {
            continue;
        }
        const bool agrees =
            fabs(mapping.slope - plane->slope) <= mapping_tolerance * plane->slope &&
            fabs(mapping.intercept - plane->intercept) <= mapping_tolerance * plane->slope;
        if (rc == OT_OK && *quantity == OT_PET_BQ_PER_ML && !agrees) {
            rc = ot_fail(err, OT_ERR_UNIT,
                         "RescaleSlope (0028,1053) gives %.8g Bq/ml for a stored 1, the real world "
                         "value mapping (0040,9096) %.8g",
                         plane->slope + plane->intercept, mapping.slope + mapping.intercept);
        }
        if (rc != OT_OK) {
            ot_err_context(err, "%s", series->files[n]->name);
            return rc;
        }
        plane->slope = mapping.slope;
        plane->intercept = mapping.intercept;
        plane->least_stored = mapping.first;
        plane->most_stored = mapping.last;
        mapped++;
    }
    if (mapped > 0 && mapped < series->count) {
        return ot_fail(err, OT_ERR_UNIT,
                       "%s: %zu of %zu slices lack the real world value mapping (0040,9096) to "
                       "Bq/ml",
                       series->files[0]->name, series->count - mapped, series->count);
    }
    if (mapped > 0) {
        if (*quantity != OT_PET_BQ_PER_ML && *quantity != OT_PET_NOT_STATED) {
            (void)ot_texts_add(&plan->facts.notes,
                               "the real world value mapping (0040,9096) to Bq/ml is used, not "
                               "Units (0054,1001)");
        }
        *quantity = OT_PET_BQ_PER_ML;
    }
    return OT_OK;
}

enum ot_rc ot_pet_read_scales(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                              enum ot_pet_quantity *quantity, struct ot_err *err)
{
    char unit[32];
    *quantity = OT_PET_OTHER;
    enum ot_rc rc = read_unit_text(series, unit, sizeof unit, err);
    for (size_t n = 0; rc == OT_OK && n < series->count; n++) {
        rc = read_slope(series->files[n], &plan->planes[n], err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (unit[0] == '\0') {
        *quantity = OT_PET_NOT_STATED;
    } else if (strcmp(unit, "BQML") == 0) {
        *quantity = OT_PET_BQ_PER_ML;
    } else if (strcmp(unit, "GML") == 0) {
        *quantity = OT_PET_SUV;
    } else if (strcmp(unit, "CNTS") == 0) {
        rc = scale_counts(series, plan, quantity, err);
    }
    return rc == OT_OK ? apply_mappings(series, plan, quantity, err) : rc;
}

/* Bq/ml of an SUV of 1 g/ml: the administered activity, decayed as the scanner did to the time
 * that the values refer to, over the patient's weight. *lacks names what the header does not
 * say. Errors: OT_ERR_FORMAT, OT_ERR_RANGE. */
static enum ot_rc suv_factor(const struct ot_dicom_series *series, const struct ot_dicom_plan *plan,
                             double *bq_per_ml, const char **lacks, struct ot_err *err)
{
    const struct otx_item *root = series->files[0]->root;
    const struct ot_image_facts *facts = &plan->facts;
    char type[32];
    double weight_kg = 0.0;
    double after_s = 0.0;
    bool found = false;
    *lacks = NULL;
    enum ot_rc rc = ot_dicom_number(root, TAG_PATIENT_WEIGHT, &weight_kg, &found, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (ot_dicom_text(root, TAG_SUV_TYPE, type, sizeof type) && strcmp(type, "BW") != 0) {
        *lacks = "an SUV by body weight (SUVType (0054,1006))";
    } else if (!(weight_kg > 0.0)) {
        *lacks = "PatientWeight (0010,1030)";
    } else if (!(facts->administered_bq > 0.0)) {
        *lacks = "RadionuclideTotalDose (0018,1074)";
    } else if (!facts->administered.known) {
        *lacks = "date and time of the administration (0018,1078)";
    } else if (!facts->value_time.known || ot_dicom_text_is(root, TAG_DECAY_CORRECTION, "NONE")) {
        *lacks = "the time that its decay was corrected to (0054,1102)";
    } else if (!(facts->stated_half_life_s > 0.0)) {
        *lacks = "RadionuclideHalfLife (0018,1075)";
    }
    if (*lacks != NULL) {
        return OT_OK;
    }
    rc = ot_time_difference(&facts->value_time, &facts->administered, &after_s, err);
    *bq_per_ml = facts->administered_bq * exp2(-after_s / facts->stated_half_life_s) /
                 (weight_kg * G_PER_KG);
    return rc;
}

static enum ot_rc suv_to_bq_per_ml(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                                   struct ot_err *err)
{
    double factor = 0.0;
    const char *lacks = NULL;
    const enum ot_rc rc = suv_factor(series, plan, &factor, &lacks, err);
    if (rc != OT_OK) {
        ot_err_context(err, "%s", series->files[0]->name);
        return rc;
    }
    if (lacks != NULL) {
        plan->facts.other_quantity = true;
        (void)ot_texts_add(&plan->facts.notes,
                           "values are SUV, and the header lacks %s: what they mean in Bq/ml "
                           "cannot be told",
                           lacks);
        return OT_OK;
    }
    for (size_t n = 0; n < plan->count; n++) {
        plan->planes[n].slope *= factor;
        plan->planes[n].intercept *= factor;
    }
    plan->unit = OT_UNIT_BQ_PER_ML;
    plan->facts.quantity_stated = true;
    (void)ot_texts_add(&plan->facts.notes,
                       "SUV were made Bq/ml with the header's weight, administered activity and "
                       "times: 1 g/ml is %.6g Bq/ml",
                       factor);
    return OT_OK;
}

enum ot_rc ot_pet_read_unit(const struct ot_dicom_series *series, enum ot_pet_quantity quantity,
                            struct ot_dicom_plan *plan, struct ot_err *err)
{
    char unit[32];
    plan->unit = OT_UNIT_NONE;
    (void)ot_dicom_text(series->files[0]->root, TAG_UNITS, unit, sizeof unit);
    switch (quantity) {
    case OT_PET_SUV:
        return suv_to_bq_per_ml(series, plan, err);
    case OT_PET_BQ_PER_ML:
        plan->unit = OT_UNIT_BQ_PER_ML;
        plan->facts.quantity_stated = true;
        return OT_OK;
    case OT_PET_NOT_STATED:
        (void)ot_texts_add(&plan->facts.notes,
                           "Units (0054,1001) are missing: what the values mean must be declared");
        return OT_OK;
    case OT_PET_COUNTS:
    case OT_PET_OTHER:
        break;
    }
    plan->facts.other_quantity = true;
    (void)ot_texts_add(&plan->facts.notes,
                       "Units (0054,1001) are %s, not BQML: what the values mean in Bq/ml must be "
                       "declared",
                       unit);
    return OT_OK;
}
