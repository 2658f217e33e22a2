/* io/load_dicom.c - where the front door hands DICOM over. */
#include "io/load.h"

enum ot_rc ot_load_dicom_image(const char *path, enum ot_use want, struct ot_image **out,
                               struct ot_err *err)
{
    (void)want;
    *out = NULL;
    return ot_fail(err, OT_ERR_UNSUPPORTED, "%s: DICOM images are not read yet",
                   ot_text_base_name(path));
}

enum ot_rc ot_load_dicom_regions(const char *path, const char *const *selectors, size_t count,
                                 struct ot_region **out, struct ot_err *err)
{
    (void)selectors;
    for (size_t n = 0; n < count; n++) {
        out[n] = NULL;
    }
    return ot_fail(err, OT_ERR_UNSUPPORTED, "%s: DICOM regions are not read yet",
                   ot_text_base_name(path));
}
