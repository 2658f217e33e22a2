/* tests/support/make_dicom.h - small DICOM files, made of lines of attributes. */
#ifndef OT_TESTS_SUPPORT_MAKE_DICOM_H
#define OT_TESTS_SUPPORT_MAKE_DICOM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Lines that many made objects share; what a test is about stands after them, and wins. An image is
 * 4 columns by 3 rows of 4.7 x 4.8 mm, of 16 bits without a sign; a SPECT has two frames of it. */
#define MADE_STUDY "(0020,000d)=2.25.2", "(0020,000e)=2.25.3"
#define MADE_PATIENT "(0010,0010)=Somebody^Else", "(0010,0020)=SECRET-ID", "(0020,0052)=2.25.4"
#define MADE_PIXELS \
    "(0028,0002)=1", "(0028,0004)=MONOCHROME2", "(0028,0010)=3", "(0028,0011)=4", \
        "(0028,0100)=16", "(0028,0101)=16", "(0028,0102)=15", "(0028,0103)=0"
#define MADE_SPACING "(0028,0030)=4.8\\4.7"
#define MADE_STRAIGHT "(0020,0037)=1\\0\\0\\0\\1\\0"
#define MADE_CT \
    "(0008,0016)=1.2.840.10008.5.1.4.1.1.2", "(0008,0060)=CT", MADE_STUDY, MADE_PIXELS, \
        MADE_SPACING, "(0028,1052)=0", "(0028,1053)=1"
#define MADE_SPECT \
    "(0008,0008)=DERIVED\\PRIMARY\\RECON TOMO\\EMISSION", \
        "(0008,0016)=1.2.840.10008.5.1.4.1.1.20", "(0008,0018)=2.25.1", "(0008,0060)=NM", \
        "(0018,0088)=4.4", MADE_STUDY, MADE_PIXELS, MADE_SPACING, "(0028,0008)=2", \
        "(0054,0022)[0].(0020,0032)=-10\\-20\\30", "(0054,0080)=1\\2"

/* Writes a Part 10 file. Each line is "(0028,0030)=4\4", "(0054,0022)[0].(0020,0032)=0\0\0", or
 * "-(0028,0030)" to leave an attribute out again, "!0009,100d DT=..." for a private one; later
 * lines win; NULL ends a list. `base` and `changes` may be NULL. Pixels (16 bits) follow where
 * `count` > 0.
 * syntax: UID; NULL is explicit little endian. Returns 0, or -1. */
int make_dicom(const char *path, const char *syntax, const char *const *base,
               const char *const *changes, const uint16_t *pixels, size_t count);

#ifdef __cplusplus
}
#endif
#endif /* OT_TESTS_SUPPORT_MAKE_DICOM_H */
