/* cli/dosimetry_stated.c - what a file leaves open, or says against all sense: refused or waived.
 */
#include <math.h>
#include <string.h>

#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"

static enum ot_rc refuse_negative(const struct ot_dosimetry *d, const struct ot_image *image,
                                  const char *path, struct ot_err *err)
{
    if (image->facts.negative_count == 0 || d->given->allow_negative) {
        return OT_OK;
    }
    const char *where = "";
    for (size_t n = 0; n < image->facts.notes.count; n++) {
        if (strstr(image->facts.notes.text[n], "negative") != NULL) {
            where = image->facts.notes.text[n];
        }
    }
    return ot_fail(err, OT_ERR_RANGE,
                   "%s: %zu negative voxels (%s); keep them with --allow-negative, or correct the "
                   "image",
                   ot_text_base_name(path), image->facts.negative_count, where);
}

enum ot_rc ot_dosimetry_check_values(const struct ot_dosimetry *d, const struct ot_image *image,
                                     const char *path, struct ot_err *err)
{
    const double intercept = image->facts.intercept;
    if (fabs(intercept) > 0.0 && !d->given->allow_intercept) {
        return ot_fail(
            err, OT_ERR_RANGE,
            "%s: scl_inter adds %g to every voxel, also to air: export the image without "
            "it, or keep it with --allow-intercept",
            ot_text_base_name(path), intercept);
    }
    return refuse_negative(d, image, path, err);
}

enum ot_rc ot_dosimetry_check_lengths(struct ot_dosimetry *d, const char *what, bool assumed,
                                      struct ot_err *err)
{
    if (!assumed) {
        return OT_OK;
    }
    if (!d->given->units_mm) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "%s: the file states no unit of length (NIfTI xyzt_units): write it into "
                       "the file, or say with --units-mm that it is mm",
                       what);
    }
    (void)ot_texts_add(&d->warnings, "%s: states no unit of length; taken as mm by --units-mm",
                       what);
    return OT_OK;
}
