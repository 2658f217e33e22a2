/* core/clock.h - instants as files and people state them.
 *
 * A time that carries its zone is an instant; one that does not is the reading of some wall
 * clock. Two readings of the same clock may be subtracted, and two instants may; mixing the
 * two is refused until the reading has been given a zone.
 */
#ifndef OT_CORE_CLOCK_H
#define OT_CORE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_time {
    double s;   /* since 1970-01-01T00:00:00: UTC if zoned, else the wall clock's own reading */
    bool known; /* false: nothing was stated; all else is 0 */
    bool zoned;
};

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
long ot_days_from_date(int year, int month, int day);
void ot_date_from_days(long days, int *year, int *month, int *day);

/* "2026-09-01T10:00:00+02:00", "...Z", or without zone; seconds may have a fraction or be left
 * out; a blank may stand for T. Nothing else is accepted: false, and *time is not known. */
bool ot_time_from_iso8601(const char *text, struct ot_time *time);

/* DICOM DA "YYYYMMDD" and TM "HHMMSS.FFFFFF" (TM may stop after HH or HHMM). Both must be
 * whole and valid. The result has no zone. */
bool ot_time_from_dicom(const char *date, const char *time_of_day, struct ot_time *time);
/* DICOM DT "YYYYMMDDHHMMSS.FFFFFF&ZZXX"; at least up to the hour; the zone is optional. */
bool ot_time_from_dicom_dt(const char *text, struct ot_time *time);
/* Gives a reading the offset of (0008,0201), "+0200"; leaves zoned and unknown times alone. */
bool ot_time_apply_dicom_offset(const char *offset, struct ot_time *time);

/* later - earlier in seconds.
 * Errors: OT_ERR_RANGE when one is not known, or only one carries a zone. */
OT_MUST_CHECK enum ot_rc ot_time_difference(const struct ot_time *later,
                                            const struct ot_time *earlier, double *seconds,
                                            struct ot_err *err);

/* "2026-09-01T08:00:00Z", or without Z for a reading; "unknown". `size` >= 32. */
void ot_time_to_iso8601(const struct ot_time *time, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_CLOCK_H */
