/* cli/dosimetry_stated.c - what a file leaves open, or says against all sense: refused or waived.
 */
#include <math.h>
#include <string.h>

#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "cli/waivers.h"
#include "kernels/calibrate.h"
#include "kernels/decay.h"

static const double S_PER_H = 3600.0;

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

enum ot_rc ot_dosimetry_check_scale(struct ot_dosimetry *d, const struct ot_image_facts *facts,
                                    const char *path, struct ot_err *err)
{
    if (fabs(facts->intercept) > 0.0 && !d->given->allow_intercept) {
        return ot_fail(err, OT_ERR_RANGE,
                       "%s: %s adds %g to every voxel, also to air: export the image without "
                       "it, or keep it with --allow-intercept",
                       ot_text_base_name(path),
                       facts->use == OT_USE_IMAGE ? "scl_inter" : "the intercept (0028,1052)",
                       facts->intercept);
    }
    if (fabs(facts->intercept) > 0.0) {
        ot_waivers_note(d, "allow-intercept");
    }
    if (facts->saturated_count == 0 || d->given->allow_saturated) {
        return OT_OK;
    }
    return ot_fail(err, OT_ERR_RANGE,
                   "%s: %zu voxels hold the largest number that the file can store, so that what "
                   "was more may be cut off: export it with another scale, or use it as it is with "
                   "--allow-saturated",
                   ot_text_base_name(path), facts->saturated_count);
}

/* Tc-99m loses 11 % in an hour, Y-90 1 %: only the former moves a dose or a lung shunt. */
static enum ot_rc refuse_beds(struct ot_dosimetry *d, const struct ot_image *image,
                              const char *path, struct ot_err *err)
{
    const size_t beds = image->facts.uncorrected_beds;
    if (beds == 0 || strcmp(image->facts.nuclide, "Y-90") == 0) {
        return OT_OK;
    }
    if (d->given->allow_uncorrected_beds) {
        ot_waivers_note(d, "allow-uncorrected-beds");
        return OT_OK;
    }
    return ot_fail(
        err, OT_ERR_RANGE,
        "%s: was put together from %zu bed positions (0054,0051), and no decay correction "
        "is stated (0028,0051): Tc-99m loses 11 %% in an hour; reconstruct it with decay "
        "correction, or use it as it is with --allow-uncorrected-beds",
        ot_text_base_name(path), beds);
}

enum ot_rc ot_dosimetry_check_values(struct ot_dosimetry *d, const struct ot_image *image,
                                     const char *path, struct ot_err *err)
{
    enum ot_rc rc = refuse_beds(d, image, path, err);
    rc = rc == OT_OK ? ot_dosimetry_check_scale(d, &image->facts, path, err) : rc;
    return rc == OT_OK ? refuse_negative(d, image, path, err) : rc;
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
    ot_waivers_tell(d, "units-mm", "%s: states no unit of length; taken as mm by --units-mm", what);
    return OT_OK;
}

bool ot_dosimetry_is_y90(const struct ot_dosimetry *d, const struct ot_image_facts *facts)
{
    return d->given->isotope_override || facts->nuclide[0] == '\0' ||
           strcmp(facts->nuclide, "Y-90") == 0;
}

void ot_dosimetry_tell_nuclide(struct ot_dosimetry *d, const struct ot_injection_run *run)
{
    const struct ot_image_facts *facts = &run->image->facts;
    const char *role = run->is_pet ? "pet" : "spect";
    const bool maa = d->stage == OT_STAGE_PLAN && strcmp(facts->nuclide, "Tc-99m") == 0;
    if (run->calibration.method != OT_CALIBRATION_RELATIVE) {
        return;
    }
    if (!ot_dosimetry_is_y90(d, facts) && !maa) {
        (void)ot_texts_add(&d->warnings,
                           "%s: the header names %s, whose distribution stands for that of Y-90",
                           role, facts->nuclide);
    }
    if (ot_dosimetry_is_y90(d, facts) && !facts->acquired.known &&
        ot_decay_is_foreign(facts, d->constant.half_life_h * S_PER_H)) {
        (void)ot_texts_add(
            &d->warnings,
            "%s: the scanner corrected decay with a half-life of %.6g s, and the image "
            "does not say when it was acquired: between bed positions that could "
            "not be undone",
            role, facts->corrected_half_life_s);
    }
}

void ot_dosimetry_tell_waivers(struct ot_dosimetry *d, const char *role,
                               const struct ot_image_facts *facts)
{
    const struct {
        bool used;
        const char *flag;
        const char *text;
    } waivers[] = {
        {d->given->isotope_override && ot_calibration_names_other(facts), "isotope-override",
         "the header is of another radionuclide; it is taken as Y-90 (--isotope-override)"},
        {d->given->allow_negative && facts->negative_count > 0, "allow-negative",
         "negative voxels are kept (--allow-negative)"},
        {d->given->allow_saturated && facts->saturated_count > 0, "allow-saturated",
         "used although it is saturated: what may be cut off is missing "
         "(--allow-saturated)"},
        {d->given->allow_intercept && fabs(facts->intercept) > 0.0, "allow-intercept",
         "what the file's scaling adds to every voxel, also to air, is kept (--allow-intercept)"},
        {d->given->allow_uncorrected_beds && facts->uncorrected_beds > 0 &&
             strcmp(facts->nuclide, "Y-90") != 0,
         "allow-uncorrected-beds",
         "used although decay between its bed positions is not corrected "
         "(--allow-uncorrected-beds)"},
    };
    for (size_t n = 0; n < sizeof waivers / sizeof waivers[0]; n++) {
        if (waivers[n].used) {
            ot_waivers_tell(d, waivers[n].flag, "%s: %s", role, waivers[n].text);
        }
    }
}
