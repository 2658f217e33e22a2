/* io/library_versions.c - asks the libraries. */
#include "io/library_versions.h"

#include <stddef.h>

#include <cairo.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <zlib.h>

#include "io/jpeg2000.h"

const struct ot_library *ot_libraries(void)
{
    static struct ot_library list[9]; /* filled with the same values at every call */
    size_t n = 0;
    list[n++] = (struct ot_library){"cairo", cairo_version_string()};
    list[n++] = (struct ot_library){"dcmtk", OT_DCMTK_VERSION};
    list[n++] = (struct ot_library){"fftw", OT_FFTW_VERSION};
    list[n++] = (struct ot_library){"itk", OT_ITK_VERSION};
    list[n++] = (struct ot_library){"jansson", JANSSON_VERSION};
    list[n++] = (struct ot_library){"openjpeg", ot_jpeg2000_version()};
    list[n++] = (struct ot_library){"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)};
    list[n++] = (struct ot_library){"zlib", zlibVersion()};
    list[n] = (struct ot_library){NULL, NULL};
    return list;
}
