/* cli/cmd_register.c - tare register: rigid registration and resampling between studies. */
#include <math.h>

#include "cli/case.h"
#include "cli/cmd.h"
#include "cli/flow_register.h"
#include "io/json.h"

#define P struct ot_register_params

static const P defaults = {.least_overlap_fraction = 0.5, .grid_mm = NAN, .case_id = "register"};

#define OT_FILES(field_, name_, help_) \
    { \
        .name = (name_), .unit = "PATH", .help = (help_), .kind = OT_OPT_TEXTS, .path = OT_PATH, \
        .offset = OT_FIELD(P, field_, struct ot_texts) \
    }

static const struct ot_opt opts[] = {
    OT_TEXT(P, case_id, "case-id", "TEXT", "pseudonym used in every output"),
    OT_FILE_NEEDED(P, fixed, "fixed", "PATH",
                   "image that stays: CT as DICOM, or any image as NIfTI or NRRD"),
    OT_FILE(P, moving, "moving", "PATH", "image whose motion onto the fixed one is searched"),
    OT_FILE(P, apply, "apply", "FILE",
            "use this transform (DICOM Spatial Registration or ITK text) instead of searching one"),
    OT_FLAG(P, invert, "invert",
            "use the transform the other way round; for files that do not state their frames of "
            "reference"),
    OT_FILES(image, "image", "image that moves along, interpolated linearly; repeatable"),
    OT_FILES(activity, "activity",
             "SPECT or PET that moves along, its total conserved; repeatable"),
    {.name = "voi",
     .unit = "ROLE[:NAME]=PATH[#SELECTOR]",
     .help = "VOI that moves along, as fractions of voxels; repeatable",
     .kind = OT_OPT_TEXTS,
     .path = OT_PATH_AFTER_EQUALS,
     .offset = OT_FIELD(P, voi, struct ot_texts)},
    OT_F64(P, grid_mm, "grid-mm", "mm", 0.5, 20,
           "spacing of what is resampled; without it the fixed image's grid"),
    OT_FILE(P, mask, "mask", "PATH[#SELECTOR]",
            "region of the fixed image within which the images are compared"),
    OT_F64(P, start_x_mm, "start-x-mm", "mm", -2000, 2000,
           "one start more: the moving image shifted so along x"),
    OT_F64(P, start_y_mm, "start-y-mm", "mm", -2000, 2000, "the same along y"),
    OT_F64(P, start_z_mm, "start-z-mm", "mm", -2000, 2000, "the same along z"),
    OT_F64(P, least_overlap_fraction, "least-overlap-fraction", "0..1", 0.05, 1,
           "less overlap than this is a failure"),
    OT_FLAG(P, accept_doubtful, "accept-doubtful",
            "take a registration that fails its checks; told in every output"),
    OT_INT(P, threads, "threads", "N", 0, 1024,
           "threads; 0: as many as allowed; the result is the same"),
    OT_FILE_NEEDED(P, out, "out", "DIR", "folder for the results; refused when it is not empty"),
    OT_FLAG(P, patient_override, "patient-override",
            "use inputs although their Patient IDs differ"),
    OT_FLAG(P, allow_intercept, "allow-intercept",
            "keep what the file's scaling adds to an activity"),
    OT_FLAG(P, allow_uncorrected_beds, "allow-uncorrected-beds",
            "take a SPECT of several rotations that states no decay correction"),
    OT_FLAG(P, follow, "follow", "read what symbolic links inside folders lead to"),
    OT_FLAG(P, units_mm, "units-mm", "lengths of files that state no unit of length are mm"),
    OT_FLAG(P, overwrite, "overwrite", "use the output folder although it is not empty"),
    OT_FLAG(P, json, "json", "print the results as JSON"),
};

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL ? value : "";
}

static double part(const json_t *object, const char *key, size_t n)
{
    return json_number_value(json_array_get(json_object_get(object, key), n));
}

static void print_moved(const json_t *result, FILE *out)
{
    size_t n;
    json_t *row;
    json_array_foreach(json_object_get(result, "resampled"), n, row)
    {
        (void)fprintf(out, "%s: %s", text(row, "file"), text(row, "interpolation"));
        if (json_object_get(row, "kept_fraction") != NULL) {
            (void)fprintf(out, ", total kept to %.4f %%", 100.0 * number(row, "kept_fraction"));
        }
        (void)fputs("\n", out);
    }
    json_array_foreach(json_object_get(result, "vois"), n, row)
    {
        (void)fprintf(out, "%s (%s): %.1f ml\n", text(row, "name"), text(row, "role"),
                      number(row, "volume_ml"));
    }
}

static void print_summary(const json_t *result, FILE *out)
{
    const json_t *transform = json_object_get(result, "transform");
    const json_t *found = json_object_get(result, "registration");
    (void)fprintf(out,
                  "moving to fixed: shift %.2f %.2f %.2f mm at the center, angles %.2f %.2f %.2f "
                  "degrees (x y z, LPS)\n",
                  part(transform, "shift_mm", 0), part(transform, "shift_mm", 1),
                  part(transform, "shift_mm", 2), part(transform, "angles_deg", 0),
                  part(transform, "angles_deg", 1), part(transform, "angles_deg", 2));
    if (json_is_object(found)) {
        (void)fprintf(out,
                      "%s: %.0f %% of the information is shared, overlap %.0f %%, %.0f of %.0f "
                      "starts agree, exchanged it differs by %.2f mm and %.2f degrees\n",
                      text(found, "verdict"), 100.0 * number(found, "relative_metric"),
                      100.0 * number(found, "overlap_fraction"), number(found, "starts_agreeing"),
                      number(found, "starts"), number(found, "inverse_difference_mm"),
                      number(found, "inverse_difference_deg"));
    } else {
        (void)fprintf(out, "transform applied: SHA-256 %s\n", text(transform, "sha256"));
    }
    print_moved(result, out);
    size_t n;
    json_t *warning;
    json_array_foreach(json_object_get(result, "warnings"), n, warning)
    {
        (void)fprintf(out, "note: %s\n", json_string_value(warning));
    }
}

static enum ot_rc print_json(const json_t *result, FILE *out, struct ot_err *err)
{
    struct ot_buffer bytes = {0};
    const enum ot_rc rc = ot_json_write(result, &bytes, err);
    if (rc == OT_OK) {
        (void)fputs(bytes.data, out);
    }
    ot_buffer_release(&bytes);
    return rc;
}

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    const P *p = (const P *)params;
    json_t *result = NULL;
    enum ot_rc rc = ot_opts_require(run->opts, err);
    if (rc == OT_OK) {
        rc = ot_opts_check_links(run->opts, p->follow, err);
    }
    if (rc == OT_OK) {
        rc = ot_case_id_check(p->case_id, err);
    }
    if (rc == OT_OK) {
        struct ot_progress progress;
        ot_progress_begin(&progress, "register", run->messages);
        rc = ot_flow_register(p, &result, err);
        ot_progress_end(&progress);
    }
    if (rc == OT_OK && p->json) {
        rc = print_json(result, run->out, err);
    } else if (rc == OT_OK) {
        print_summary(result, run->out);
    }
    json_decref(result);
    return rc;
}

extern const struct ot_cmd ot_cmd_register;
const struct ot_cmd ot_cmd_register = {
    .name = "register",
    .summary = "rigid registration and resampling between studies",
    .details =
        "Finds the rigid motion (three shifts, three angles) that brings the moving image onto\n"
        "the fixed one: Mattes mutual information, from coarse to fine, from several starts, the\n"
        "same bits at every run. SPECT and PET studies are registered by their CTs: give the CTs\n"
        "as --fixed and --moving and the activity images as --activity. With --apply a transform\n"
        "from a file is used instead.\n\n"
        "A registration that fails its checks (shared information, overlap, agreement of the\n"
        "starts, the images exchanged) is an error, not a result. Written are transform.tfm (ITK\n"
        "text), transform.dcm (DICOM, where both frames of reference are stated), the images that\n"
        "moved, and result.json. plan, verify, dose and dvh take the transform with --transform.",
    .example = "tare register --fixed diagnostic_ct/ --moving maa_ct/ --activity maa_spect/ "
               "--out reg/",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
