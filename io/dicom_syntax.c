/* io/dicom_syntax.c - the transfer syntaxes that are known here. */
#include "io/dicom_syntax.h"

#include <ctype.h>
#include <string.h>

enum { SHOWN_SIZE = 72 };

static bool is_native(const char *uid)
{
    static const char *const known[] = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1",
                                        "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"};
    for (size_t n = 0; n < sizeof known / sizeof known[0]; n++) {
        if (strcmp(known[n], uid) == 0) {
            return true;
        }
    }
    return false;
}

enum ot_rc ot_dicom_syntax_check(const char *uid, bool *compressed, struct ot_err *err)
{
    static const char jpeg_and_video[] = "1.2.840.10008.1.2.4.";
    static const char rle[] = "1.2.840.10008.1.2.5";
    *compressed =
        strncmp(uid, jpeg_and_video, sizeof jpeg_and_video - 1) == 0 || strcmp(uid, rle) == 0;
    if (*compressed || is_native(uid)) {
        return OT_OK;
    }
    char shown[SHOWN_SIZE];
    size_t n = 0;
    for (; uid[n] != '\0' && n + 1 < sizeof shown; n++) {
        shown[n] = (char)(isprint((unsigned char)uid[n]) ? uid[n] : '?');
    }
    shown[n] = '\0';
    return ot_fail(err, OT_ERR_UNSUPPORTED,
                   "its transfer syntax %s (0002,0010) is not known here; export it as Explicit VR "
                   "Little Endian",
                   shown);
}
