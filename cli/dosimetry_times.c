/* cli/dosimetry_times.c - the instants of image and injection, and the decay between them. */
#include <math.h>
#include <string.h>

#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "cli/zone.h"
#include "kernels/decay.h"

static const double S_PER_H = 3600.0;
static const double SAME_ADMINISTRATION_S = 15.0 * 60.0;

/* A wall clock's reading in a file, as an instant of the site's zone. */
static enum ot_rc give_zone(struct ot_dosimetry *d, struct ot_time *time, bool *assumed,
                            struct ot_err *err)
{
    if (!time->known || time->zoned) {
        return OT_OK;
    }
    char text[32];
    ot_time_to_iso8601(time, text, sizeof text);
    struct ot_civil civil = {0};
    double utc_s = 0.0;
    const double whole_minute = floor(time->s / 60.0);
    const double days = floor(whole_minute / 1440.0);
    const int minute = (int)(whole_minute - days * 1440.0);
    ot_date_from_days((long)days, &civil.year, &civil.month, &civil.day);
    civil.hour = minute / 60;
    civil.minute = minute % 60;
    const enum ot_rc rc = ot_zone_to_utc(d->given->site_zone, &civil, &utc_s, NULL, err);
    if (rc == OT_OK) {
        time->s = utc_s + (time->s - 60.0 * whole_minute);
        time->zoned = true;
        *assumed = true;
    }
    return rc;
}

static enum ot_rc give_zones(struct ot_dosimetry *d, struct ot_image_facts *facts,
                             struct ot_err *err)
{
    bool assumed = false;
    enum ot_rc rc = give_zone(d, &facts->value_time, &assumed, err);
    if (rc == OT_OK) {
        rc = give_zone(d, &facts->acquired, &assumed, err);
    }
    if (rc == OT_OK) {
        rc = give_zone(d, &facts->administered, &assumed, err);
    }
    if (rc == OT_OK && assumed) {
        (void)ot_texts_add(&d->warnings,
                           "the image's times carry no zone; they are read as times of %s",
                           d->given->site_zone);
    }
    return rc;
}

static enum ot_rc parse_time(const char *name, const char *text, struct ot_time *time,
                             struct ot_err *err)
{
    if (!ot_time_from_iso8601(text, time) || !time->zoned) {
        return ot_fail(err, OT_ERR_ARG,
                       "--%s: '%.40s' is no ISO 8601 time with zone, as 2026-09-01T10:00:00-04:00",
                       name, text);
    }
    return OT_OK;
}

/* injection_time: the case wins over the header; more than 15 min apart is a warning. */
static enum ot_rc find_injection_time(struct ot_dosimetry *d, struct ot_injection_run *run,
                                      struct ot_err *err)
{
    const struct ot_time *header = &run->image->facts.administered;
    if (run->given->injection_time == NULL) {
        run->injection_time = *header;
        return OT_OK;
    }
    enum ot_rc rc =
        parse_time("injection-time", run->given->injection_time, &run->injection_time, err);
    double apart_s = 0.0;
    if (rc == OT_OK && header->known) {
        rc = ot_time_difference(&run->injection_time, header, &apart_s, err);
        if (rc == OT_OK && fabs(apart_s) > SAME_ADMINISTRATION_S) {
            (void)ot_texts_add(&d->warnings,
                               "injection_time is %.1f min from the header's administration time; "
                               "injection_time is used",
                               apart_s / 60.0);
        }
    }
    return rc;
}

enum ot_rc ot_dosimetry_find_times(struct ot_dosimetry *d, struct ot_injection_run *run,
                                   struct ot_err *err)
{
    const enum ot_rc rc = give_zones(d, &run->image->facts, err);
    return rc == OT_OK ? find_injection_time(d, run, err) : rc;
}

/* Absolute calibration: the factor that takes the values to the injection. */
enum ot_rc ot_dosimetry_decay_factor(struct ot_dosimetry *d, struct ot_injection_run *run,
                                     double *factor, struct ot_err *err)
{
    static const char at_injection[] = "injection";
    struct ot_image_facts *facts = &run->image->facts;
    const double half_life_s = d->constant.half_life_h * S_PER_H;
    const char *reference = run->given->decay_reference;
    *factor = 1.0;
    if (facts->value_time.known && reference != NULL) {
        return ot_fail(err, OT_ERR_ARG,
                       "--decay-reference is for images without times, and this image states "
                       "what its values refer to");
    }
    if (!facts->value_time.known && reference == NULL) {
        /* Where the image is dated, "at injection" would contradict what it says. */
        if (d->stage == OT_STAGE_VERIFY || facts->acquired.known) {
            return ot_fail(err, OT_ERR_RANGE,
                           "%s: the image does not say what time its values refer to: give "
                           "--decay-reference injection or a time",
                           run->is_pet ? "pet" : "spect");
        }
        (void)ot_texts_add(&d->warnings, "the image states no time; its values are taken as those "
                                         "at injection (decay_reference injection)");
        reference = at_injection;
    }
    if (reference != NULL && strcmp(reference, at_injection) == 0) {
        if (!ot_decay_is_foreign(facts, half_life_s)) {
            return OT_OK;
        }
        facts->value_time = run->injection_time;
    } else if (reference != NULL) {
        const enum ot_rc rc = parse_time("decay-reference", reference, &facts->value_time, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    if (!run->injection_time.known) {
        return ot_fail(err, OT_ERR_RANGE,
                       "neither the case nor the image states the injection time: give "
                       "--injection-time");
    }
    return ot_decay_to_injection(facts, &run->injection_time, half_life_s, factor, err);
}
