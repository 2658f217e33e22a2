/* io/dicom_nm.c - reconstructed SPECT: one multi-frame Nuclear Medicine object (PS3.3 C.8.4). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_plan.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

static const double bq_per_mbq = 1e6;

/* Vectors (0054,00xx) that would make the frames more than one volume. */
static const struct {
    uint32_t tag;
    const char *what;
} divisions[] = {
    {TAG_ENERGY_WINDOW_VECTOR, "energy windows"},
    {TAG_DETECTOR_VECTOR, "detectors"},
    {TAG_PHASE_VECTOR, "phases"},
    {TAG_ROTATION_VECTOR, "rotations"},
    {TAG_RR_INTERVAL_VECTOR, "R-R intervals"},
    {TAG_TIME_SLOT_VECTOR, "time slots"},
    {TAG_TIME_SLICE_VECTOR, "time slices"},
};

static size_t distinct_values(const double *values, size_t count)
{
    size_t distinct = 0;
    for (size_t n = 0; n < count; n++) {
        bool seen = false;
        for (size_t m = 0; m < n && !seen; m++) {
            seen = fabs(values[m] - values[n]) < 0.5;
        }
        distinct += seen ? 0 : 1;
    }
    return distinct;
}

static enum ot_rc check_one_volume(const struct otx_item *root, struct ot_err *err)
{
    char found[200] = "";
    size_t used = 0;
    for (size_t n = 0; n < sizeof divisions / sizeof divisions[0]; n++) {
        double *values = NULL;
        size_t count = 0;
        enum ot_rc rc = ot_dicom_number_list(root, divisions[n].tag, &values, &count, err);
        if (rc != OT_OK) {
            return rc;
        }
        const size_t distinct = distinct_values(values, count);
        ot_free(values);
        if (distinct > 1 && used < sizeof found) {
            const int more = snprintf(found + used, sizeof found - used, "%s%zu %s",
                                      used > 0 ? ", " : "", distinct, divisions[n].what);
            used += more > 0 ? (size_t)more : 0;
        }
    }
    return used == 0 ? OT_OK
                     : ot_fail(err, OT_ERR_UNSUPPORTED,
                               "its frames hold several volumes (%s); export one of them", found);
}

/* Frame n belongs to slice slices[n] (0054,0080), counted from 1; frames without the vector are
 * in order. */
static enum ot_rc slice_of_frames(const struct otx_item *root, struct ot_dicom_plan *plan,
                                  struct ot_err *err)
{
    double *slices = NULL;
    bool *taken = NULL;
    size_t count = 0;
    enum ot_rc rc = ot_dicom_number_list(root, TAG_SLICE_VECTOR, &slices, &count, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (slices != NULL && count != plan->count) {
        rc = ot_fail(err, OT_ERR_FORMAT, "SliceVector (0054,0080) has %zu values for %zu frames",
                     count, plan->count);
        goto done;
    }
    taken = OT_NEW(bool, plan->count, err);
    if (taken == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    for (size_t n = 0; n < plan->count; n++) {
        const double slice = slices != NULL ? slices[n] - 1.0 : (double)n;
        if (!(slice >= 0.0) || slice >= (double)plan->count || taken[(size_t)slice]) {
            rc = ot_fail(err, OT_ERR_FORMAT,
                         "SliceVector (0054,0080) does not number the %zu frames from 1, each once",
                         plan->count);
            goto done;
        }
        taken[(size_t)slice] = true;
        plan->planes[n].along_mm = slice; /* for now: its number */
    }

done:
    ot_free(taken);
    ot_free(slices);
    return rc;
}

/* C.8.4.15: the position is that of the first slice; the following ones lie further along the
 * normal where SpacingBetweenSlices is positive, against it where it is negative. SliceThickness
 * is something else and never stands in. */
static enum ot_rc read_geometry(const struct otx_item *root, struct ot_dicom_plan *plan,
                                struct ot_err *err)
{
    double first_mm[3];
    double step_mm = 0.0;
    double dir[3][3];
    bool found = false;
    const struct otx_item *detector = otx_item_first(root, TAG_DETECTOR_SEQUENCE);
    if (detector == NULL) {
        return ot_fail(
            err, OT_ERR_GEOMETRY,
            "DetectorInformationSequence (0054,0022), which tells where the image is, is "
            "missing");
    }
    enum ot_rc rc = ot_dicom_need_numbers(detector, TAG_IMAGE_POSITION, first_mm, 3, err);
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(detector, TAG_IMAGE_ORIENTATION, plan->face.orientation, 6, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(root, TAG_PIXEL_SPACING, plan->face.spacing_mm, 2, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_number(root, TAG_SPACING_BETWEEN_SLICES, &step_mm, &found, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (!found || !(fabs(step_mm) > 0.0)) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "SpacingBetweenSlices (0018,0088) is %s; the distance of the slices cannot "
                       "be told",
                       found ? "0" : "missing");
    }
    rc = ot_dicom_face_axes(&plan->face, dir, err);
    if (rc == OT_OK) {
        rc = slice_of_frames(root, plan, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t n = 0; n < plan->count; n++) {
        const double offset_mm = plan->planes[n].along_mm * step_mm;
        for (size_t r = 0; r < 3; r++) {
            plan->planes[n].position_mm[r] = first_mm[r] + offset_mm * dir[r][2];
        }
    }
    return ot_dicom_stack(plan->planes, plan->count, &plan->face, &plan->grid, err);
}

/* Several detectors may be named although one volume was made of them: they must agree. */
static enum ot_rc check_detectors(const struct otx_item *root, struct ot_err *err)
{
    double here[9];
    double first[9];
    size_t n = 0;
    for (const struct otx_item *at = otx_item_first(root, TAG_DETECTOR_SEQUENCE); at != NULL;
         at = otx_item_next(root, TAG_DETECTOR_SEQUENCE, at), n++) {
        bool place = false;
        bool turn = false;
        enum ot_rc rc = ot_dicom_numbers(at, TAG_IMAGE_POSITION, here, 3, &place, err);
        if (rc == OT_OK) {
            rc = ot_dicom_numbers(at, TAG_IMAGE_ORIENTATION, here + 3, 6, &turn, err);
        }
        if (rc != OT_OK) {
            return rc;
        }
        for (size_t v = 0; v < 9; v++) {
            if (n > 0 && place && turn && !(fabs(here[v] - first[v]) <= 1e-3)) {
                return ot_fail(err, OT_ERR_UNSUPPORTED,
                               "the detectors of (0054,0022) state different positions; export one "
                               "reconstructed volume");
            }
            first[v] = n == 0 ? here[v] : first[v];
        }
    }
    return OT_OK;
}

/* The item whose unit is Bq/ml; other units only: refused, since counts that are not counts
 * would otherwise be taken as such. */
static enum ot_rc find_mapping(const struct otx_item *root, const struct otx_item **mapping,
                               struct ot_err *err)
{
    char unit[64] = "";
    *mapping = NULL;
    for (const struct otx_item *at = otx_item_first(root, TAG_REAL_WORLD_SEQUENCE); at != NULL;
         at = otx_item_next(root, TAG_REAL_WORLD_SEQUENCE, at)) {
        const struct otx_item *code = otx_item_first(at, TAG_MEASUREMENT_UNITS_SEQUENCE);
        if (code == NULL || !ot_dicom_text(code, TAG_CODE_VALUE, unit, sizeof unit)) {
            return ot_fail(err, OT_ERR_UNIT,
                           "a real world value mapping (0040,9096) states no unit");
        }
        if (strcmp(unit, "Bq/ml") == 0 || strcmp(unit, "Bq/mL") == 0) {
            if (*mapping != NULL) {
                return ot_fail(err, OT_ERR_UNSUPPORTED,
                               "two real world value mappings (0040,9096) to Bq/ml");
            }
            *mapping = at;
        }
    }
    if (*mapping == NULL && unit[0] != '\0') {
        return ot_fail(err, OT_ERR_UNIT,
                       "its values are mapped to '%.20s', not to Bq/ml (0040,9096)", unit);
    }
    return OT_OK;
}

static enum ot_rc read_scale(const struct otx_item *root, struct ot_dicom_plan *plan,
                             struct ot_err *err)
{
    const struct otx_item *mapping = NULL;
    double slope = 1.0;
    double intercept = 0.0;
    bool found = false;
    enum ot_rc rc = find_mapping(root, &mapping, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (mapping != NULL) {
        bool last = false;
        rc = ot_dicom_need_numbers(mapping, TAG_REAL_WORLD_SLOPE, &slope, 1, err);
        if (rc == OT_OK) {
            rc = ot_dicom_need_numbers(mapping, TAG_REAL_WORLD_INTERCEPT, &intercept, 1, err);
        }
        if (rc == OT_OK) {
            rc = ot_dicom_number(mapping, TAG_REAL_WORLD_FIRST, &plan->first_mapped, &found, err);
        }
        if (rc == OT_OK) {
            rc = ot_dicom_number(mapping, TAG_REAL_WORLD_LAST, &plan->last_mapped, &last, err);
        }
        plan->mapped = found && last;
        plan->unit = OT_UNIT_BQ_PER_ML;
        plan->facts.quantity_stated = true;
    } else {
        rc = ot_dicom_number(root, TAG_RESCALE_SLOPE, &slope, &found, err);
        if (rc == OT_OK) {
            rc = ot_dicom_number(root, TAG_RESCALE_INTERCEPT, &intercept, &found, err);
        }
    }
    if (rc == OT_OK && !(slope > 0.0)) {
        rc = ot_fail(err, OT_ERR_RANGE, "the slope from stored to real values is %g", slope);
    }
    for (size_t n = 0; n < plan->count; n++) {
        plan->planes[n].slope = slope;
        plan->planes[n].intercept = intercept;
    }
    return rc;
}

/* A SPECT's values are averages over its acquisition; they are dated by its start. Where the
 * scanner corrected decay, DecayCorrection says to what, if it is there. */
static void read_times(const struct otx_item *root, const struct ot_dicom_tracer *tracer,
                       struct ot_image_facts *facts)
{
    facts->acquired = ot_dicom_acquired(root);
    facts->value_time = facts->acquired;
    if (!ot_dicom_text_has(root, TAG_CORRECTED_IMAGE, "DECY")) {
        return;
    }
    if (ot_dicom_text_is(root, TAG_DECAY_CORRECTION, "ADMIN")) {
        facts->value_time = facts->administered;
        facts->corrected_half_life_s = tracer->half_life_s;
    } else if (ot_dicom_text_is(root, TAG_DECAY_CORRECTION, "START")) {
        facts->corrected_half_life_s = tracer->half_life_s;
    } else {
        facts->value_time = (struct ot_time){0};
        (void)ot_texts_add(&facts->notes,
                           "decay was corrected (0028,0051 DECY), but the header does "
                           "not say to what time");
    }
}

enum ot_rc ot_dicom_plan_nm(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                            struct ot_err *err)
{
    const struct ot_dicom_file *file = series->files[0];
    const struct otx_item *root = file->root;
    struct ot_dicom_tracer tracer;
    enum ot_rc rc = ot_dicom_samples_describe(file, &plan->samples, err);
    if (rc == OT_OK) {
        rc = ot_dicom_plan_frames(plan, plan->samples.frames, err);
    }
    if (rc == OT_OK) {
        plan->face.columns = plan->samples.columns;
        plan->face.rows = plan->samples.rows;
        rc = check_one_volume(root, err);
    }
    if (rc == OT_OK) {
        rc = check_detectors(root, err);
    }
    if (rc == OT_OK) {
        rc = read_geometry(root, plan, err);
    }
    if (rc == OT_OK) {
        rc = read_scale(root, plan, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_identity(root, &plan->facts.identity, err);
    }
    if (rc == OT_OK) {
        const struct ot_time acquired = ot_dicom_acquired(root);
        rc = ot_dicom_read_tracer(root, bq_per_mbq, &acquired, &plan->facts, &tracer, err);
    }
    if (rc == OT_OK) {
        read_times(root, &tracer, &plan->facts);
    } else {
        ot_err_context(err, "%s", file->name);
    }
    return rc;
}
