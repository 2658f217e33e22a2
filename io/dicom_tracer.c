/* io/dicom_tracer.c - radionuclide, half-life and administration as DICOM headers state them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/dicom_plan.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"
#include "io/nuclide_table.h"

static const double seconds_per_day = 86400.0;
/* Below this half-life nobody images a tracer that was given on an earlier calendar day, so that
 * an hour without a date can be dated; Y-90 (64 h) is imaged days later. */
static const double same_day_half_life_s = 12.0 * 3600.0;
/* Wider than the differences between published half-lives, narrower than those between nuclides. */
static const double half_life_tolerance = 0.02;
/* PET states Bq, but some scanners write MBq: nobody is given 100 kBq. */
static const double least_dose_bq = 1e5;
static const double bq_per_mbq = 1e6;

/* Codes of CID 18 and CID 4020 (SNOMED CT, and as SNOMED RT before), for files without a readable
 * meaning beside them. */
static const struct {
    const char *code;
    const char *nuclide;
} codes[] = {
    {"14691008", "Y-90"},  {"77004003", "F-18"},  {"C-111A1", "F-18"},
    {"35337001", "Ga-68"}, {"63360001", "Zr-89"}, {"C-163A8", "Tc-99m"},
};

static bool nuclide_of_code(const struct otx_item *code, char *nuclide)
{
    char text[128];
    if (ot_dicom_text(code, TAG_CODE_MEANING, text, sizeof text) &&
        ot_nuclide_normalize(text, nuclide)) {
        return true;
    }
    if (!ot_dicom_text(code, TAG_CODE_VALUE, text, sizeof text)) {
        return false;
    }
    for (size_t n = 0; n < sizeof codes / sizeof codes[0]; n++) {
        if (strcmp(codes[n].code, text) == 0) {
            (void)snprintf(nuclide, OT_NUCLIDE_SIZE, "%s", codes[n].nuclide);
            return true;
        }
    }
    return false;
}

/* "Y-90 microspheres", "Solution: 18F": the words are tried one by one; two that differ, none. */
static bool nuclide_of_words(char *text, char *nuclide)
{
    bool found = false;
    char one[OT_NUCLIDE_SIZE];
    for (char *at = text; *at != '\0';) {
        const size_t length = strcspn(at, " ,;:/()");
        const bool last = at[length] == '\0';
        at[length] = '\0';
        if (length > 0 && ot_nuclide_normalize(at, one)) {
            if (found && strcmp(one, nuclide) != 0) {
                nuclide[0] = '\0';
                return false;
            }
            (void)snprintf(nuclide, OT_NUCLIDE_SIZE, "%s", one);
            found = true;
        }
        at += last ? length : length + 1;
    }
    return found;
}

/* What the header names, or else the nuclide that has its half-life. */
static enum ot_rc name_nuclide(const struct otx_item *item, double half_life_s,
                               struct ot_image_facts *facts, struct ot_err *err)
{
    char text[256];
    const struct otx_item *code = otx_item_first(item, TAG_RADIONUCLIDE_SEQUENCE);
    struct ot_radionuclides *table = NULL;
    char *nuclide = facts->nuclide;
    bool named = code != NULL && nuclide_of_code(code, nuclide);
    if (!named && ot_dicom_text(item, TAG_RADIOPHARMACEUTICAL, text, sizeof text)) {
        named = nuclide_of_words(text, nuclide);
    }
    const enum ot_rc rc = ot_nuclide_table_load(&table, err);
    for (size_t n = 0; rc == OT_OK && half_life_s > 0.0 && n < table->count; n++) {
        const double known_s = table->nuclide[n].half_life_s;
        const bool fits = fabs(half_life_s - known_s) <= half_life_tolerance * known_s;
        if (!named && fits) {
            (void)snprintf(nuclide, OT_NUCLIDE_SIZE, "%s", table->nuclide[n].name);
            (void)ot_texts_add(&facts->notes,
                               "the radionuclide is taken as %s from its half-life of %.8g s",
                               nuclide, half_life_s);
            break;
        }
        if (named && !fits && strcmp(table->nuclide[n].name, nuclide) == 0) {
            (void)ot_texts_add(&facts->notes,
                               "the header names %s but a half-life (0018,1075) of %.8g s", nuclide,
                               half_life_s);
        }
    }
    ot_radionuclides_destroy(table);
    return rc;
}

/* An hour without a date: on the day of the acquisition, or the evening before. */
static void date_administration(const struct otx_item *root, const struct otx_item *item,
                                const struct ot_time *acquired, double half_life_s,
                                struct ot_image_facts *facts)
{
    char hour[32];
    struct ot_time at = {0};
    char day[16];
    int y = 0;
    int m = 0;
    int d = 0;
    if (!ot_dicom_text(item, TAG_RADIOPHARMACEUTICAL_START_TIME, hour, sizeof hour)) {
        return;
    }
    if (!(half_life_s > 0.0) || half_life_s > same_day_half_life_s || !acquired->known) {
        (void)ot_texts_add(
            &facts->notes,
            "the administration has an hour (0018,1072) but no date; it is not used");
        return;
    }
    if (!ot_dicom_text(root, TAG_ACQUISITION_DATE, day, sizeof day)) {
        ot_date_from_days((long)floor(acquired->s / seconds_per_day), &y, &m, &d);
        (void)snprintf(day, sizeof day, "%04d%02d%02d", y, m, d);
    }
    if (!ot_time_from_dicom(day, hour, &at)) {
        return;
    }
    char offset[16];
    if (acquired->zoned && (!ot_dicom_text(root, TAG_TIMEZONE_OFFSET, offset, sizeof offset) ||
                            !ot_time_apply_dicom_offset(offset, &at))) {
        return;
    }
    if (at.s > acquired->s) {
        at.s -= seconds_per_day; /* over midnight */
    }
    facts->administered = at;
}

enum ot_rc ot_dicom_read_tracer(const struct otx_item *root, double bq_per_unit,
                                const struct ot_time *acquired, struct ot_image_facts *facts,
                                struct ot_dicom_tracer *tracer, struct ot_err *err)
{
    bool found = false;
    *tracer = (struct ot_dicom_tracer){0};
    const struct otx_item *item = otx_item_first(root, TAG_RADIOPHARMACEUTICAL_SEQUENCE);
    if (item == NULL) {
        item = root; /* some scanners write the attributes there */
    }
    if (otx_item_count(root, TAG_RADIOPHARMACEUTICAL_SEQUENCE) > 1) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "names %zu radiopharmaceuticals (0054,0016); images of one are read here",
                       otx_item_count(root, TAG_RADIOPHARMACEUTICAL_SEQUENCE));
    }
    enum ot_rc rc =
        ot_dicom_number(item, TAG_RADIONUCLIDE_HALF_LIFE, &tracer->half_life_s, &found, err);
    if (rc == OT_OK && found && !(tracer->half_life_s >= 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "RadionuclideHalfLife (0018,1075) is %g s",
                       tracer->half_life_s);
    }
    double dose = 0.0;
    if (rc == OT_OK) {
        rc = ot_dicom_number(item, TAG_RADIONUCLIDE_TOTAL_DOSE, &dose, &found, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    dose = found && dose > 0.0 ? dose * bq_per_unit : 0.0;
    if (bq_per_unit == 1.0 && dose > 0.0 &&
        dose < least_dose_bq) { /* exactly 1: a caller's choice */
        dose *= bq_per_mbq;
        (void)ot_texts_add(&facts->notes,
                           "the administered activity (0018,1074) is taken as MBq: %g Bq", dose);
    }
    facts->administered_bq = dose;
    facts->stated_half_life_s = tracer->half_life_s;
    rc = ot_dicom_number(item, TAG_RADIONUCLIDE_POSITRON_FRACTION, &facts->positron_fraction,
                         &found, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (!(facts->positron_fraction >= 0.0 && facts->positron_fraction <= 1.0)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "RadionuclidePositronFraction (0018,1076) is %g, which is no fraction",
                       facts->positron_fraction);
    }
    rc = name_nuclide(item, tracer->half_life_s, facts, err);
    if (rc != OT_OK) {
        return rc;
    }
    facts->administered = ot_dicom_date_time(root, item, TAG_RADIOPHARMACEUTICAL_START_DATE_TIME);
    if (!facts->administered.known) {
        date_administration(root, item, acquired, tracer->half_life_s, facts);
    }
    return OT_OK;
}
