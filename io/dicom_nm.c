/* io/dicom_nm.c - reconstructed SPECT: one multi-frame Nuclear Medicine object (PS3.3 C.8.4). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/dicom_mapping.h"
#include "io/dicom_nm.h"
#include "io/dicom_plan.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

enum { GENIE_GROUP = 0x00110000, GENIE_PIXEL_SCALE = 0x3b, GENIE_PIXEL_OFFSET = 0x3c };
static const double bq_per_mbq = 1e6;
static const double same_place_mm = 0.01; /* positions are often written with 2 decimals */

/* A program that edits an image may move one of two positions: neither can be believed then. */
static enum ot_rc check_one_position(const struct otx_item *root, const struct otx_item *detector,
                                     struct ot_err *err)
{
    double outside_mm[3];
    double inside_mm[3];
    bool outside = false;
    bool inside = false;
    enum ot_rc rc = ot_dicom_numbers(root, TAG_IMAGE_POSITION, outside_mm, 3, &outside, err);
    if (rc == OT_OK) {
        rc = ot_dicom_numbers(detector, TAG_IMAGE_POSITION, inside_mm, 3, &inside, err);
    }
    for (size_t r = 0; rc == OT_OK && outside && inside && r < 3; r++) {
        if (!(fabs(outside_mm[r] - inside_mm[r]) <= same_place_mm)) {
            rc = ot_fail(err, OT_ERR_GEOMETRY,
                         "ImagePositionPatient (0020,0032) of the data set differs from that of "
                         "DetectorInformationSequence (0054,0022); remove the wrong one");
        }
    }
    return rc;
}

/* Where the geometry stands: with the detector whose frames these are (from 1), or the first. Some
 * programs that edit images write it into the data set instead. */
static enum ot_rc find_place(const struct otx_item *root, long number,
                             const struct otx_item **place, struct ot_texts *notes,
                             struct ot_err *err)
{
    const struct otx_item *detector = otx_item_first(root, TAG_DETECTOR_SEQUENCE);
    for (long n = 1; n < number && detector != NULL; n++) {
        detector = otx_item_next(root, TAG_DETECTOR_SEQUENCE, detector);
    }
    *place = detector;
    const bool placed = detector != NULL && otx_item_has(detector, TAG_IMAGE_POSITION);
    if (!placed && otx_item_has(root, TAG_IMAGE_POSITION)) {
        *place = root;
        (void)ot_texts_add(notes, "the position is that of the data set; "
                                  "DetectorInformationSequence (0054,0022) holds none");
    } else if (detector == NULL) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "DetectorInformationSequence (0054,0022), which tells where the image is, "
                       "is missing");
    }
    return placed && number <= 1 ? check_one_position(root, detector, err) : OT_OK;
}

/* C.8.4.15: the position is that of the first slice; the following ones lie further along the
 * normal where SpacingBetweenSlices is positive, against it where it is negative. SliceThickness
 * is something else and never stands in. */
static enum ot_rc read_geometry(const struct otx_item *root, long number,
                                struct ot_dicom_plan *plan, struct ot_err *err)
{
    double first_mm[3];
    double step_mm = 0.0;
    double dir[3][3];
    bool found = false;
    const struct otx_item *place = NULL;
    enum ot_rc rc = find_place(root, number, &place, &plan->facts.notes, err);
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(place, TAG_IMAGE_POSITION, first_mm, 3, err);
    }
    if (rc == OT_OK) {
        rc = ot_dicom_need_numbers(place, TAG_IMAGE_ORIENTATION, plan->face.orientation, 6, err);
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

/* GE's Xeleris stores counts divided by a factor of its own. */
static enum ot_rc read_private_scale(const struct otx_item *root, double *slope,
                                     struct ot_texts *notes, struct ot_err *err)
{
    static const char creator[] = "GEMS_GENIE_1";
    const uint32_t scale = ot_dicom_private(root, GENIE_GROUP, creator, GENIE_PIXEL_SCALE);
    const uint32_t offset = ot_dicom_private(root, GENIE_GROUP, creator, GENIE_PIXEL_OFFSET);
    double shift = 0.0;
    bool found = false;
    if (scale == 0 || !otx_item_has(root, scale)) {
        return OT_OK;
    }
    enum ot_rc rc = ot_dicom_number(root, offset, &shift, &found, err);
    if (rc == OT_OK) {
        rc = ot_dicom_number(root, scale, slope, &found, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (!found || fabs(shift) > 0.0) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "the maker's private pixel scale (0011,xx3b) %s; export the image with "
                       "RescaleSlope (0028,1053)",
                       found ? "comes with an offset" : "cannot be read");
    }
    (void)ot_texts_add(notes,
                       "stored values were multiplied with the maker's private pixel scale "
                       "(0011,xx3b), %.8g",
                       *slope);
    return OT_OK;
}

static enum ot_rc read_scale(const struct otx_item *root, struct ot_dicom_plan *plan,
                             struct ot_err *err)
{
    struct ot_dicom_mapping mapping;
    bool found = false;
    enum ot_rc rc = ot_dicom_read_mapping(root, &mapping, err);
    if (rc == OT_OK && !mapping.found && mapping.other[0] != '\0') {
        return ot_fail(err, OT_ERR_UNIT,
                       "its values are mapped to '%s', not to Bq/ml or counts (0040,9096)",
                       mapping.other);
    }
    if (rc == OT_OK && mapping.found) {
        plan->unit = mapping.unit;
        plan->facts.quantity_stated = mapping.unit == OT_UNIT_BQ_PER_ML;
    } else if (rc == OT_OK) {
        rc = ot_dicom_number(root, TAG_RESCALE_SLOPE, &mapping.slope, &found, err);
        if (rc == OT_OK && found) {
            bool shifted = false;
            rc = ot_dicom_number(root, TAG_RESCALE_INTERCEPT, &mapping.intercept, &shifted, err);
        } else if (rc == OT_OK) {
            rc = read_private_scale(root, &mapping.slope, &plan->facts.notes, err);
        }
    }
    if (rc == OT_OK && !(mapping.slope > 0.0)) {
        rc =
            ot_fail(err, OT_ERR_RANGE, "the slope from stored to real values is %g", mapping.slope);
    }
    for (size_t n = 0; n < plan->count; n++) {
        plan->planes[n].slope = mapping.slope;
        plan->planes[n].intercept = mapping.intercept;
        plan->planes[n].least_stored = mapping.first;
        plan->planes[n].most_stored = mapping.last;
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

/* How many bed positions the camera turned at: rotations, unless the table is said to have stayed.
 */
static enum ot_rc count_beds(const struct otx_item *root, size_t *beds, struct ot_err *err)
{
    static const double same_bed_mm = 1.0;
    long rotations = 1;
    double least_mm = (double)INFINITY;
    double most_mm = (double)-INFINITY;
    size_t stated = 0;
    bool found = false;
    enum ot_rc rc =
        ot_dicom_integer(root, TAG_NUMBER_OF_ROTATIONS, 0, 65535, &rotations, &found, err);
    for (const struct otx_item *at = otx_item_first(root, TAG_ROTATION_INFORMATION_SEQUENCE);
         rc == OT_OK && at != NULL;
         at = otx_item_next(root, TAG_ROTATION_INFORMATION_SEQUENCE, at)) {
        double traverse_mm = 0.0;
        rc = ot_dicom_number(at, TAG_TABLE_TRAVERSE, &traverse_mm, &found, err);
        least_mm = fmin(least_mm, traverse_mm);
        most_mm = fmax(most_mm, traverse_mm);
        stated += rc == OT_OK && found ? 1 : 0;
    }
    const bool stayed = most_mm - least_mm <= same_bed_mm;
    *beds = rotations > 1 && !(stayed && stated == (size_t)rotations) ? (size_t)rotations : 1;
    return rc;
}

/* One date for a volume of several beds: later ones have decayed more, and no attribute of the
 * object says by how much. */
static enum ot_rc note_beds(const struct otx_item *root, const struct ot_selector *part,
                            struct ot_image_facts *facts, struct ot_err *err)
{
    size_t beds = 1;
    const enum ot_rc rc = count_beds(root, &beds, err);
    if (rc != OT_OK || beds == 1 || part->number[OT_SELECT_ROTATION] != 0 ||
        ot_dicom_text_has(root, TAG_CORRECTED_IMAGE, "DECY")) {
        return rc;
    }
    facts->uncorrected_beds = beds;
    (void)ot_texts_add(&facts->notes,
                       "was put together from %zu bed positions (0054,0051) without a decay "
                       "correction (0028,0051): later ones hold too little",
                       beds);
    return OT_OK;
}

/* A list of corrections without attenuation's: counts from deep inside are too few. */
static void note_attenuation(const struct otx_item *root, struct ot_image_facts *facts)
{
    char text[256];
    if (ot_dicom_text(root, TAG_CORRECTED_IMAGE, text, sizeof text) &&
        !ot_dicom_text_has(root, TAG_CORRECTED_IMAGE, "ATTN")) {
        (void)ot_texts_add(&facts->notes,
                           "was not corrected for attenuation (0028,0051): counts from deep inside "
                           "are too few against those of the lungs");
    }
}

enum ot_rc ot_dicom_plan_nm(const struct ot_dicom_series *series, struct ot_dicom_plan *plan,
                            struct ot_err *err)
{
    const struct ot_dicom_file *file = series->files[0];
    const struct otx_item *root = file->root;
    struct ot_dicom_tracer tracer;
    long detector = 0;
    enum ot_rc rc = ot_dicom_samples_describe(file, &plan->samples, err);
    if (rc == OT_OK) {
        rc = ot_dicom_plan_frames(plan, plan->samples.frames, err);
    }
    if (rc == OT_OK) {
        plan->face.columns = plan->samples.columns;
        plan->face.rows = plan->samples.rows;
        rc = ot_nm_choose_frames(root, &series->part, plan, &detector, err);
    }
    if (rc == OT_OK && detector == 0) {
        rc = check_detectors(root, err);
    }
    if (rc == OT_OK) {
        rc = read_geometry(root, detector, plan, err);
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
        rc = note_beds(root, &series->part, &plan->facts, err);
    }
    if (rc == OT_OK) {
        read_times(root, &tracer, &plan->facts);
        note_attenuation(root, &plan->facts);
    } else {
        ot_err_context(err, "%s", file->name);
    }
    return rc;
}
