/* io/selector.h - which part of a file is meant: PATH#KEY=NUMBER,... of an image.
 *
 * One file or folder may hold several volumes: energy windows, time slots, series. Which one is
 * wanted is said behind a '#', counted from 1: `spect.dcm#window=1,slot=2`, `study/#series=4`,
 * `image.nii#2`, which is `image.nii#volume=2`.
 */
#ifndef OT_IO_SELECTOR_H
#define OT_IO_SELECTOR_H

#include <stddef.h>

#include "core/err.h"

enum ot_select {
    OT_SELECT_SERIES,   /* Series Number (0020,0011) of a DICOM folder */
    OT_SELECT_WINDOW,   /* NM: Energy Window Vector (0054,0010) */
    OT_SELECT_DETECTOR, /* NM: Detector Vector (0054,0020) */
    OT_SELECT_PHASE,    /* NM: Phase Vector (0054,0030) */
    OT_SELECT_ROTATION, /* NM: Rotation Vector (0054,0050) */
    OT_SELECT_INTERVAL, /* NM: R-R Interval Vector (0054,0060) */
    OT_SELECT_SLOT,     /* NM: Time Slot Vector (0054,0070) */
    OT_SELECT_STACK,    /* enhanced CT and PET: n-th of the Stack IDs (0020,9056) */
    OT_SELECT_TIME,     /* NM: Time Slice Vector; enhanced: Temporal Position Index (0020,9128) */
    OT_SELECT_VOLUME,   /* NIfTI: volume of a file with more than three axes */
    OT_SELECT_COUNT
};

struct ot_selector {
    long number[OT_SELECT_COUNT]; /* 0: not said */
};

/* "window", ...; static. */
const char *ot_select_name(enum ot_select key);

/* Parses "KEY=NUMBER,..." or "NUMBER".
 * Errors: OT_ERR_ARG (an unknown key, a key twice, no whole number from 1). */
OT_MUST_CHECK enum ot_rc ot_selector_parse(const char *text, struct ot_selector *selector,
                                           struct ot_err *err);

/* Takes PATH#SELECTOR apart at the last '#', unless the whole text is a file or folder.
 * path: `size` bytes. Errors: OT_ERR_ARG (selector; no path; a path that is too long). */
OT_MUST_CHECK enum ot_rc ot_selector_split(const char *text, char *path, size_t size,
                                           struct ot_selector *selector, struct ot_err *err);

/* Refuses a key that has no meaning for a kind of file: a selector is never passed over.
 * allowed: a bit 1 << key each. kind: "a NIfTI file". selector may be NULL. Errors: OT_ERR_ARG. */
OT_MUST_CHECK enum ot_rc ot_selector_allow(const struct ot_selector *selector, unsigned allowed,
                                           const char *kind, struct ot_err *err);

#endif /* OT_IO_SELECTOR_H */
