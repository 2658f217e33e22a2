/* io/dicom_pet.c - PET series of single slices (PS3.3 A.21), each with a scale of its own. */
#include "io/dicom_pet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/dicom_mapping.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

/* Units (0054,1001) that are no concentration and cannot be made one. */
static const char *const refused_units[] = {"PROPCNTS", "PROPCPS", "1CM",    "CM2",    "PCNT",
                                            "CM2ML",    "MLG",     "MLMING", "MLMINML"};

static const double mapping_tolerance = 1e-4; /* relative; slopes are written with 6 digits */

static enum ot_rc check_series_type(const struct otx_item *root, struct ot_err *err)
{
    /* Frames of enhanced objects say it in their frame type. */
    static const uint32_t tags[] = {TAG_SERIES_TYPE, TAG_FRAME_TYPE};
    for (size_t n = 0; n < sizeof tags / sizeof tags[0]; n++) {
        if (ot_dicom_text_has(root, tags[n], "DYNAMIC") ||
            ot_dicom_text_has(root, tags[n], "GATED")) {
            return ot_fail(err, OT_ERR_UNSUPPORTED,
                           "is a dynamic or gated series (0054,1000); give one static volume");
        }
    }
    return OT_OK;
}

static enum ot_rc check_corrections(const struct otx_item *root, struct ot_texts *notes,
                                    struct ot_err *err)
{
    char text[256];
    if (!ot_dicom_text(root, TAG_CORRECTED_IMAGE, text, sizeof text)) {
        if (ot_dicom_text_is(root, TAG_ATTENUATION_CORRECTED, "NO")) {
            return ot_fail(err, OT_ERR_UNSUPPORTED,
                           "was not corrected for attenuation (0018,9759): its values are no "
                           "activity");
        }
        if (ot_dicom_text_is(root, TAG_ATTENUATION_CORRECTED, "YES")) {
            return OT_OK;
        }
        (void)ot_texts_add(notes, "CorrectedImage (0028,0051) does not say what was corrected");
        return OT_OK;
    }
    if (!ot_dicom_text_has(root, TAG_CORRECTED_IMAGE, "ATTN")) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "was not corrected for attenuation (0028,0051): its values are no activity");
    }
    return OT_OK;
}

/* Philips writes counts and, privately, the factor to Bq/ml: (7053,xx09), 0 where unusable. */
static enum ot_rc philips_factor(const struct otx_item *root, double *bq_per_ml, struct ot_err *err)
{
    char creator[64];
    bool found = false;
    *bq_per_ml = 0.0;
    if (ot_dicom_text(root, TAG_PHILIPS_PET_CREATOR, creator, sizeof creator) &&
        strcmp(creator, "Philips PET Private Group") != 0) {
        return OT_OK;
    }
    enum ot_rc rc = ot_dicom_number(root, TAG_PHILIPS_BQ_PER_ML, bq_per_ml, &found, err);
    if (rc == OT_OK && found && !(*bq_per_ml >= 0.0)) {
        rc = ot_fail(err, OT_ERR_RANGE, "the factor to Bq/ml (7053,1009) is %g", *bq_per_ml);
    }
    return rc;
}

static enum ot_rc read_scale(const struct ot_dicom_file *file, bool counts,
                             struct ot_dicom_plane *plane, bool *concentration, struct ot_err *err)
{
    enum ot_rc rc = ot_dicom_need_numbers(file->root, TAG_RESCALE_SLOPE, &plane->slope, 1, err);
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(file->root, TAG_RESCALE_INTERCEPT, &plane->intercept, 1, err);
    }
    if (rc == OT_OK && !(plane->slope > 0.0)) {
        rc = ot_fail(err, OT_ERR_RANGE, "RescaleSlope (0028,1053) is %g; it must be > 0",
                     plane->slope);
    }
    double factor = 0.0;
    if (rc == OT_OK && counts) {
        rc = philips_factor(file->root, &factor, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", file->name);
        return rc;
    }
    if (factor > 0.0) {
        plane->slope *= factor;
        plane->intercept *= factor;
    }
    *concentration = factor > 0.0;
    return OT_OK;
}

/* The unit of the whole series; *counts where Philips' private factor may help. */
static enum ot_rc read_unit(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                            bool *counts, struct ot_err *err)
{
    char unit[32];
    char other[32];
    (void)ot_dicom_text(series->files[0]->root, TAG_UNITS, unit, sizeof unit);
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
    *counts = strcmp(unit, "CNTS") == 0;
    plan->unit = strcmp(unit, "BQML") == 0 ? OT_UNIT_BQ_PER_ML : OT_UNIT_NONE;
    plan->facts.quantity_stated = plan->unit == OT_UNIT_BQ_PER_ML;
    plan->facts.other_quantity = unit[0] != '\0' && !plan->facts.quantity_stated;
    return OT_OK;
}

/* Real world values in Bq/ml say what stored pixels mean, slice by slice; they stand in the place
 * of Units, which enhanced objects do not have. Where both are stated they must agree. */
static enum ot_rc apply_mappings(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                                 struct ot_err *err)
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
        if (rc == OT_OK && plan->unit == OT_UNIT_BQ_PER_ML && !agrees) {
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
        plan->unit = OT_UNIT_BQ_PER_ML;
        plan->facts.quantity_stated = true;
        plan->facts.other_quantity = false;
    }
    return OT_OK;
}

/* What the values still lack, in words. */
static void note_unit(const struct otx_item *root, bool counts, struct ot_dicom_plan *plan)
{
    char unit[32];
    if (plan->facts.quantity_stated) {
        return;
    }
    if (!ot_dicom_text(root, TAG_UNITS, unit, sizeof unit)) {
        (void)ot_texts_add(&plan->facts.notes,
                           "Units (0054,1001) are missing: what the values mean "
                           "must be declared");
    } else if (!counts) {
        (void)ot_texts_add(&plan->facts.notes,
                           "Units (0054,1001) are %s, not BQML: what the values mean in Bq/ml must "
                           "be declared",
                           unit);
    } else {
        (void)ot_texts_add(&plan->facts.notes, "Units (0054,1001) are CNTS, not BQML: what a count "
                                               "means in Bq/ml must be declared");
    }
}

static enum ot_rc read_scales(const struct ot_dicom_series *series, bool counts,
                              struct ot_dicom_plan *plan, struct ot_err *err)
{
    size_t concentrations = 0;
    for (size_t n = 0; n < series->count; n++) {
        bool concentration = false;
        enum ot_rc rc = read_scale(series->files[n], counts, &plan->planes[n], &concentration, err);
        if (rc != OT_OK) {
            return rc;
        }
        concentrations += concentration ? 1 : 0;
    }
    if (counts && concentrations == series->count) {
        plan->unit = OT_UNIT_BQ_PER_ML;
        plan->facts.quantity_stated = true;
        plan->facts.other_quantity = false;
        (void)ot_texts_add(&plan->facts.notes,
                           "counts were made Bq/ml with the scanner's own factor (7053,1009)");
    } else if (concentrations > 0) {
        return ot_fail(err, OT_ERR_UNIT,
                       "%zu of %zu slices lack the factor from counts to Bq/ml (7053,1009)",
                       series->count - concentrations, series->count);
    }
    const enum ot_rc rc = apply_mappings(series, plan, err);
    if (rc == OT_OK) {
        note_unit(series->files[0]->root, counts, plan);
    }
    return rc;
}

/* With one series' slices in hand and scaled, what the headers say about time and tracer. */
static enum ot_rc read_facts(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                             struct ot_err *err)
{
    struct ot_dicom_tracer tracer;
    const struct ot_dicom_file *file = series->files[0];
    const struct ot_time acquired = ot_dicom_acquired(file->root);
    enum ot_rc rc = check_series_type(file->root, err);
    if (rc == OT_OK) {
        rc = check_corrections(file->root, &plan->facts.notes, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_read_tracer(file->root, 1.0, &acquired, &plan->facts, &tracer, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", file->name);
        return rc;
    }
    return ot_pet_read_times(series, &tracer, plan, err);
}

enum ot_rc ot_dicom_plan_pet(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                             struct ot_err *err)
{
    bool counts = false;
    enum ot_rc rc = ot_dicom_plan_slices(series, plan, err);
    if (rc == OT_OK) {
        rc = read_unit(series, plan, &counts, err);
    }
    if (rc == OT_OK) {
        rc = read_scales(series, counts, plan, err);
    }
    if (rc == OT_OK) {
        rc = read_facts(series, plan, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    rc = ot_dicom_stack(plan->planes, plan->count, &plan->face, &plan->grid, err);
    if (rc != OT_OK) {
        ot_err_context(err, "%s%s", series->count == 1 ? "" : "PET series of ",
                       series->files[0]->name);
    }
    return rc;
}
