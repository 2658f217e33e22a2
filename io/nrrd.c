/* io/nrrd.c - NRRD files become images and regions. */
#include "io/nrrd.h"

#include <string.h>

#include "core/text.h"

bool ot_nrrd_is(const void *bytes, size_t size)
{
    static const char magic[] = "NRRD000";
    return size > sizeof magic && memcmp(bytes, magic, sizeof magic - 1) == 0;
}

enum ot_rc ot_nrrd_image_read(const char *path, enum ot_unit unit, struct ot_image **out,
                              struct ot_err *err)
{
    (void)unit;
    *out = NULL;
    return ot_fail(err, OT_ERR_UNSUPPORTED, "%s: this build cannot read NRRD",
                   ot_text_base_name(path));
}

enum ot_rc ot_nrrd_regions_read(const char *path, const char *const *selectors, size_t count,
                                struct ot_region **out, struct ot_err *err)
{
    (void)selectors;
    for (size_t n = 0; n < count; n++) {
        out[n] = NULL;
    }
    return ot_fail(err, OT_ERR_UNSUPPORTED, "%s: this build cannot read NRRD",
                   ot_text_base_name(path));
}
