/* cli/calendar.h - when vials are calibrated and when the clinic can inject. */
#ifndef OT_CLI_CALENDAR_H
#define OT_CLI_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "kernels/vial.h"

/* Where vials are calibrated, Sundays 12:00: "America/New_York". */
extern const char OT_CALIBRATION_ZONE[];

enum { OT_CALENDAR_DAYS = 14 }; /* two weeks from calibration */

struct ot_site_hours {
    int open_minute, close_minute; /* since local midnight, open < close */
};

/* "08:00-18:00". Errors: OT_ERR_ARG. */
OT_MUST_CHECK enum ot_rc ot_site_hours_parse(const char *text, struct ot_site_hours *hours,
                                             struct ot_err *err);

/* First Sunday 12:00 America/New_York at or after utc_s. Errors: as ot_zone_to_utc(). */
OT_MUST_CHECK enum ot_rc ot_calendar_next_calibration(double utc_s, double *calibration_utc_s,
                                                      struct ot_err *err);

/* Treatment day of an instant: calendar days from calibration in `calibration_zone`.
 * Errors: as ot_zone_from_utc(). */
OT_MUST_CHECK enum ot_rc ot_calendar_treatment_day(const char *calibration_zone,
                                                   double calibration_utc_s, double injection_utc_s,
                                                   int *day, struct ot_err *err);

/* Seconds east of UTC at the end of an ISO 8601 time: "...-05:00", "...Z". false: no zone. For
 * ot_vial_treatment_day() where a time states its offset and no zone is named. */
bool ot_calendar_iso_offset(const char *iso8601, long *offset_s);

/* The clinic's hours, Monday to Friday, from calibration until two weeks later, in time order.
 * windows[OT_CALENDAR_DAYS + 1]. Days count in calibration_zone, hours in site_zone.
 * Errors: as ot_zone_to_utc(). */
OT_MUST_CHECK enum ot_rc ot_calendar_windows(double calibration_utc_s, const char *calibration_zone,
                                             const char *site_zone,
                                             const struct ot_site_hours *hours,
                                             struct ot_vial_window *windows, size_t *count,
                                             struct ot_err *err);

#endif /* OT_CLI_CALENDAR_H */
