/* io/dicom_pet_times.c - decay correction of PET series over hours, midnight and days. */
#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_pet.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

static const double s_per_ms = 1e-3;
static const double ln2 = 0.69314718055994530942;
static const double agreement_s = 120.0; /* of two ways to find the start of a scan */
static const double one_second_s = 1.0;
static const double s_per_min = 60.0;
static const double far_apart_s = 600.0; /* of a series' time and its first acquisition */

/* What the slices of a series say together. */
struct beds {
    struct ot_time first_start; /* earliest acquisition */
    struct ot_time mean;        /* mean over slices of each one's average time */
    double *average_s;          /* owned; each slice's average time after first_start */
    double mean_s;              /* of these */
    double spread_s;            /* between the first and the last bed's average time */
};

double ot_pet_average_time_s(double duration_s, double half_life_s)
{
    const double x = half_life_s > 0.0 ? ln2 * duration_s / half_life_s : 0.0;
    if (x < 1e-6) { /* the series x/2 + ... is exact to 1e-13 there */
        return duration_s / 2.0;
    }
    return log(x / -expm1(-x)) / x * duration_s;
}

/* Start and average time of a slice; not known where its date or time is missing. */
static enum ot_rc read_slice(const struct ot_dicom_file *file, double half_life_s,
                             struct ot_time *start, double *average_s, struct ot_err *err)
{
    double duration_ms = 0.0;
    bool found = false;
    *start = ot_dicom_acquired(file->root);
    enum ot_rc rc =
        ot_dicom_number(file->root, TAG_ACTUAL_FRAME_DURATION, &duration_ms, &found, err);
    if (rc == OT_OK && !found) { /* frames of enhanced objects */
        rc = ot_dicom_number(file->root, TAG_FRAME_ACQUISITION_DURATION, &duration_ms, &found, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", file->name);
        return rc;
    }
    *average_s = found && duration_ms > 0.0
                     ? ot_pet_average_time_s(duration_ms * s_per_ms, half_life_s)
                     : 0.0;
    return OT_OK;
}

static enum ot_rc read_beds(const struct ot_dicom_series *series, double half_life_s,
                            struct beds *beds, struct ot_err *err)
{
    struct ot_time *starts = OT_NEW(struct ot_time, series->count, err);
    beds->average_s = OT_NEW(double, series->count, err);
    if (starts == NULL || beds->average_s == NULL) {
        ot_free(starts);
        return OT_ERR_NOMEM;
    }
    bool all = true;
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < series->count; n++) {
        rc = read_slice(series->files[n], half_life_s, &starts[n], &beds->average_s[n], err);
        all = all && starts[n].known && starts[n].zoned == starts[0].zoned;
        if (n == 0 || starts[n].s < beds->first_start.s) {
            beds->first_start = starts[n];
        }
    }
    double sum_s = 0.0;
    double least_s = 0.0;
    double most_s = 0.0;
    for (size_t n = 0; n < series->count; n++) {
        beds->average_s[n] += starts[n].s - beds->first_start.s;
        sum_s += beds->average_s[n];
        least_s = n == 0 ? beds->average_s[n] : fmin(least_s, beds->average_s[n]);
        most_s = n == 0 ? beds->average_s[n] : fmax(most_s, beds->average_s[n]);
    }
    ot_free(starts);
    beds->first_start.known = beds->first_start.known && all;
    beds->mean = beds->first_start;
    beds->mean_s = sum_s / (double)series->count;
    beds->mean.s += beds->mean_s;
    beds->spread_s = most_s - least_s;
    return rc;
}

/* GE's private scan date and time goes before the series' time, which processing may change. */
static struct ot_time ge_scan_start(const struct otx_item *root)
{
    char text[64];
    struct ot_time none = {0};
    if (!ot_dicom_text(root, TAG_MANUFACTURER, text, sizeof text) || strncmp(text, "GE ", 3) != 0) {
        return none;
    }
    if (ot_dicom_text(root, TAG_GE_PET_CREATOR, text, sizeof text) &&
        strcmp(text, "GEMS_PETD_01") != 0) {
        return none;
    }
    return ot_dicom_date_time(root, root, TAG_GE_PET_SCAN_DATE_TIME);
}

/* Siemens writes what the decay was corrected to. */
static struct ot_time siemens_reference(const struct otx_item *root)
{
    char text[64];
    if (!ot_dicom_text(root, TAG_SIEMENS_PET_CREATOR, text, sizeof text) ||
        strcmp(text, "SIEMENS MED PT") != 0) {
        return (struct ot_time){0};
    }
    return ot_dicom_date_time(root, root, TAG_SIEMENS_DECAY_DATE_TIME);
}

static bool not_later(const struct ot_time *a, const struct ot_time *b)
{
    double seconds = 0.0;
    return ot_time_difference(b, a, &seconds, NULL) == OT_OK && seconds >= 0.0;
}

/* FrameReferenceTime counts from the start of the scan to a slice's average time, and so back to
 * the start: t_acq + T_ave - FrameReferenceTime, of the first file. Not known without it. */
static enum ot_rc start_by_frame(const struct otx_item *root, const struct beds *beds,
                                 struct ot_time *start, struct ot_err *err)
{
    double reference_ms = 0.0;
    bool found = false;
    *start = (struct ot_time){0};
    const enum ot_rc rc =
        ot_dicom_number(root, TAG_FRAME_REFERENCE_TIME, &reference_ms, &found, err);
    if (rc == OT_OK && found && reference_ms > 0.0 && beds->first_start.known) {
        *start = beds->first_start;
        start->s += beds->average_s[0] - reference_ms * s_per_ms;
    }
    return rc;
}

static struct ot_time start_of_scan(const struct otx_item *root, const struct beds *beds,
                                    const struct ot_time *by_frame, struct ot_texts *notes)
{
    const struct ot_time ge = ge_scan_start(root);
    const struct ot_time siemens = siemens_reference(root);
    if (ge.known || siemens.known) {
        return ge.known ? ge : siemens;
    }
    if (!beds->first_start.known) {
        (void)ot_texts_add(notes, "date or time of acquisition (0008,0022/0032) is missing: the "
                                  "time that the values refer to cannot be told");
        return (struct ot_time){0};
    }
    double after_s = 0.0;
    const struct ot_time series = ot_dicom_time(root, TAG_SERIES_DATE, TAG_SERIES_TIME);
    const bool usable = not_later(&series, &beds->first_start);
    const bool comparable =
        ot_time_difference(&series, &beds->first_start, &after_s, NULL) == OT_OK;
    if (!by_frame->known && comparable && fabs(after_s) > far_apart_s) {
        (void)ot_texts_add(notes,
                           "series time (0008,0031) and first acquisition (0008,0032) are %.0f min "
                           "apart; the values are taken to refer to the %s",
                           fabs(after_s) / s_per_min, usable ? "former" : "latter");
    }
    if (usable) {
        return series;
    }
    return by_frame->known ? *by_frame : beds->first_start;
}

static void cross_check(const struct ot_time *by_frame, const struct ot_time *start,
                        struct ot_texts *notes)
{
    double off_s = 0.0;
    if (by_frame->known && ot_time_difference(by_frame, start, &off_s, NULL) == OT_OK &&
        !(fabs(off_s) <= agreement_s)) {
        (void)ot_texts_add(
            notes,
            "FrameReferenceTime (0054,1300) puts the start of the scan %.0f s %s than "
            "date and time do",
            fabs(off_s), off_s > 0.0 ? "later" : "earlier");
    }
}

/* Every slice to the earliest slice's time: value * 2^(later / half-life). */
static enum ot_rc align_beds(const struct beds *beds, double half_life_s,
                             struct ot_dicom_plan *plan, struct ot_err *err)
{
    struct ot_image_facts *facts = &plan->facts;
    if (!beds->first_start.known) {
        (void)ot_texts_add(&facts->notes,
                           "decay was not corrected, and date or time of acquisition "
                           "(0008,0022/0032) is missing");
        return OT_OK;
    }
    double least_s = beds->average_s[0];
    for (size_t n = 1; n < plan->count; n++) {
        least_s = fmin(least_s, beds->average_s[n]);
    }
    facts->value_time = beds->first_start;
    facts->value_time.s += least_s;
    facts->acquired = facts->value_time;
    if (!(beds->spread_s > one_second_s)) {
        return OT_OK;
    }
    if (!(half_life_s > 0.0)) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "decay was not corrected (0054,1102 NONE) and bed positions were acquired "
                       "%.0f s apart; without RadionuclideHalfLife (0018,1075) they cannot be "
                       "brought to one time",
                       beds->spread_s);
    }
    for (size_t n = 0; n < plan->count; n++) {
        const double factor = exp2((beds->average_s[n] - least_s) / half_life_s);
        plan->planes[n].slope *= factor;
        plan->planes[n].intercept *= factor;
    }
    facts->acquired = beds->mean;
    facts->corrected_half_life_s = half_life_s;
    (void)ot_texts_add(&facts->notes,
                       "bed positions up to %.0f s apart, not corrected for decay, were brought to "
                       "the first one's time with the header's half-life",
                       beds->spread_s);
    return OT_OK;
}

static enum ot_rc check_same(const struct ot_dicom_series *series, uint32_t tag, const char *what,
                             char *text, size_t size, struct ot_err *err)
{
    char other[32];
    (void)ot_dicom_text(series->files[0]->root, tag, text, size);
    for (size_t n = 1; n < series->count; n++) {
        (void)ot_dicom_text(series->files[n]->root, tag, other, sizeof other);
        if (strcmp(text, other) != 0) {
            return ot_fail(err, OT_ERR_UNSUPPORTED, "%s: its %s is '%s', that of %s is '%s'",
                           series->files[n]->name, what, other, series->files[0]->name, text);
        }
    }
    return OT_OK;
}

/* Enhanced objects say whether decay was corrected, and to which instant: NONE, YES or "". */
static enum ot_rc enhanced_correction(const struct ot_dicom_series *series, char *correction,
                                      size_t size, struct ot_err *err)
{
    char corrected[32];
    const enum ot_rc rc = check_same(series, TAG_DECAY_CORRECTED, "DecayCorrected (0018,9758)",
                                     corrected, sizeof corrected, err);
    (void)ot_text_copy(correction, size, strcmp(corrected, "NO") == 0 ? "NONE" : corrected);
    if (rc == OT_OK && corrected[0] != '\0' && strcmp(corrected, "NO") != 0 &&
        strcmp(corrected, "YES") != 0) {
        return ot_fail(err, OT_ERR_FORMAT, "%s: DecayCorrected (0018,9758) is neither YES nor NO",
                       series->files[0]->name);
    }
    return rc;
}

static enum ot_rc decide(const struct ot_dicom_series *series, const char *correction,
                         const struct ot_dicom_tracer *tracer, const struct beds *beds,
                         struct ot_dicom_plan *plan, struct ot_err *err)
{
    struct ot_image_facts *facts = &plan->facts;
    const struct otx_item *root = series->files[0]->root;
    facts->acquired = beds->mean;
    const bool beds_differ = beds->first_start.known && beds->spread_s > one_second_s;
    for (size_t n = 0; beds_differ && n < plan->count; n++) {
        plan->planes[n].after_s = beds->average_s[n] - beds->mean_s;
    }
    if (strcmp(correction, "NONE") == 0) {
        return align_beds(beds, tracer->half_life_s, plan, err);
    }
    if (strcmp(correction, "START") == 0) {
        struct ot_time by_frame;
        const enum ot_rc rc = start_by_frame(root, beds, &by_frame, err);
        facts->value_time = start_of_scan(root, beds, &by_frame, &facts->notes);
        facts->corrected_half_life_s = tracer->half_life_s;
        cross_check(&by_frame, &facts->value_time, &facts->notes);
        return rc;
    }
    if (strcmp(correction, "ADMIN") == 0) {
        facts->value_time = facts->administered;
        facts->corrected_half_life_s = tracer->half_life_s;
        if (!facts->administered.known) {
            (void)ot_texts_add(&facts->notes, "decay was corrected to the administration "
                                              "(0054,1102 ADMIN), whose date and time are missing");
        }
        return OT_OK;
    }
    if (strcmp(correction, "YES") == 0) {
        facts->value_time = ot_dicom_date_time(root, root, TAG_DECAY_CORRECTION_DATE_TIME);
        facts->corrected_half_life_s = tracer->half_life_s;
        if (!facts->value_time.known) {
            (void)ot_texts_add(&facts->notes,
                               "DecayCorrectionDateTime (0018,9701) is missing: the time that the "
                               "values refer to cannot be told");
        }
        return OT_OK;
    }
    (void)ot_texts_add(&facts->notes,
                       "DecayCorrection (0054,1102) is missing: the time that the values refer to "
                       "cannot be told");
    return OT_OK;
}

enum ot_rc ot_pet_read_times(const struct ot_dicom_series *series,
                             const struct ot_dicom_tracer *tracer, struct ot_dicom_plan *plan,
                             struct ot_err *err)
{
    char correction[32];
    struct beds beds = {0};
    enum ot_rc rc = check_same(series, TAG_DECAY_CORRECTION, "DecayCorrection (0054,1102)",
                               correction, sizeof correction, err);
    if (rc == OT_OK && correction[0] == '\0') {
        rc = enhanced_correction(series, correction, sizeof correction, err);
    } else if (rc == OT_OK && strcmp(correction, "NONE") != 0 && strcmp(correction, "START") != 0 &&
               strcmp(correction, "ADMIN") != 0) {
        rc = ot_fail(err, OT_ERR_FORMAT,
                     "%s: DecayCorrection (0054,1102) is none of START, ADMIN, NONE",
                     series->files[0]->name);
    }
    if (rc == OT_OK) {
        rc = read_beds(series, tracer->half_life_s, &beds, err);
    }
    if (rc == OT_OK) {
        rc = decide(series, correction, tracer, &beds, plan, err);
    }
    struct ot_image_facts *facts = &plan->facts;
    if (rc == OT_OK && facts->corrected_half_life_s <= 0.0 && correction[0] != '\0' &&
        strcmp(correction, "NONE") != 0) {
        (void)ot_texts_add(&facts->notes,
                           "decay was corrected with a half-life that the header does "
                           "not state (0018,1075)");
    }
    if (rc == OT_OK && facts->value_time.known && !facts->value_time.zoned) {
        (void)ot_texts_add(&facts->notes, "times carry no zone (0008,0201): they are the scanner's "
                                          "local time");
    }
    ot_free(beds.average_s);
    return rc;
}
