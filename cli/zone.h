/* cli/zone.h - civil time of a named zone and UTC, by the system's zone files (libc).
 *
 * libc knows one zone at a time, that of the TZ variable. Each function here sets it, converts,
 * and restores it. Threads: not for use while another thread reads or writes the environment.
 */
#ifndef OT_CLI_ZONE_H
#define OT_CLI_ZONE_H

#include <stddef.h>

#include "core/err.h"

struct ot_civil {
    int year, month, day, hour, minute; /* month and day from 1 */
};

/* Whether the system knows the zone ("Europe/Paris", "UTC").
 * Errors: OT_ERR_ARG naming a zone that is not a file below the system's zoneinfo. */
OT_MUST_CHECK enum ot_rc ot_zone_check(const char *zone, struct ot_err *err);

/* Seconds since 1970 UTC of a civil time. Of two readings of the same clock (autumn) it is the
 * first. offset_s: seconds east of UTC; may be NULL.
 * Errors: OT_ERR_ARG (zone), OT_ERR_RANGE (no such date or time, or skipped in spring). */
OT_MUST_CHECK enum ot_rc ot_zone_to_utc(const char *zone, const struct ot_civil *civil,
                                        double *utc_s, long *offset_s, struct ot_err *err);

/* Errors: OT_ERR_ARG (zone), OT_ERR_RANGE (year outside 1900-2200). */
OT_MUST_CHECK enum ot_rc ot_zone_from_utc(const char *zone, double utc_s, struct ot_civil *civil,
                                          long *offset_s, struct ot_err *err);

/* "2026-11-25T12:00:00-05:00"; size >= 32. Errors: as ot_zone_from_utc(). */
OT_MUST_CHECK enum ot_rc ot_zone_text(const char *zone, double utc_s, char *text, size_t size,
                                      struct ot_err *err);

#endif /* OT_CLI_ZONE_H */
