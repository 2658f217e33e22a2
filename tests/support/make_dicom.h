/* tests/support/make_dicom.h - small DICOM files, made of lines of attributes. */
#ifndef OT_TESTS_SUPPORT_MAKE_DICOM_H
#define OT_TESTS_SUPPORT_MAKE_DICOM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes a Part 10 file. Each line is "(0028,0030)=4\4", "(0054,0022)[0].(0020,0032)=0\0\0", or
 * "-(0028,0030)" to leave an attribute out again, "!0009,100d DT=..." for a private one; later
 * lines win; NULL ends a list. `base` and
 * `changes` may be NULL. Pixels (16 bits) follow where `count` > 0.
 * syntax: UID; NULL is explicit little endian. Returns 0, or -1. */
int make_dicom(const char *path, const char *syntax, const char *const *base,
               const char *const *changes, const uint16_t *pixels, size_t count);

#ifdef __cplusplus
}
#endif
#endif /* OT_TESTS_SUPPORT_MAKE_DICOM_H */
