/* cli/cmd_register.c - rigid registration and resampling. */
#include "cli/cmd.h"

struct params {
    const char *fixed;
    const char *moving;
    const char *mask;
    struct ot_texts resample;
    const char *transform;
    double start_x_mm;
    double start_y_mm;
    double start_z_mm;
    int starts;
    int levels;
    double sampling_fraction;
    int seed;
    double least_overlap_fraction;
    const char *format;
    const char *out;
    bool overwrite;
    bool json;
};

static const struct params defaults = {
    .start_x_mm = 0,
    .start_y_mm = 0,
    .start_z_mm = 0,
    .starts = 8,
    .levels = 3,
    .sampling_fraction = 0.1,
    .seed = 1,
    .least_overlap_fraction = 0.5,
    .format = "itk",
};

static const char *const format_words[] = {"reg", "itk", NULL};

static const struct ot_opt opts[] = {
    OT_FILE_NEEDED(struct params, fixed, "fixed", "PATH",
                   "image that stays: DICOM folder, NIfTI or NRRD"),
    OT_FILE_NEEDED(struct params, moving, "moving", "PATH", "image that is brought onto it"),
    OT_FILE(struct params, mask, "mask", "PATH[#SELECTOR]",
            "VOI in the fixed image within which the images are compared"),
    OT_TEXTS(struct params, resample, "resample", "KIND:NAME=PATH[#SELECTOR]",
             "image (linear), activity (conserves the total) or labels (conserves fractions) that "
             "moves along"),
    OT_FILE(struct params, transform, "transform", "FILE",
            "use this transform (DICOM REG or ITK text) instead of searching one"),
    OT_F64(struct params, start_x_mm, "start-x-mm", "mm", -500, 500, "start of the search along x"),
    OT_F64(struct params, start_y_mm, "start-y-mm", "mm", -500, 500, "start of the search along y"),
    OT_F64(struct params, start_z_mm, "start-z-mm", "mm", -500, 500, "start of the search along z"),
    OT_INT(struct params, starts, "starts", "N", 1, 64,
           "number of starts around it; the best metric wins"),
    OT_INT(struct params, levels, "levels", "N", 1, 6, "resolutions, coarse to fine"),
    OT_F64(struct params, sampling_fraction, "sampling-fraction", "0..1", 0.001, 1,
           "share of the voxels that the metric looks at"),
    OT_INT(struct params, seed, "seed", "N", 0, 2147483647, "seed of that sample"),
    OT_F64(struct params, least_overlap_fraction, "least-overlap-fraction", "0..1", 0, 1,
           "less overlap than this is a failure"),
    OT_CHOICE(struct params, format, "format", "FORMAT", format_words,
              "of the transform: reg (DICOM) or itk (text)"),
    OT_FILE_NEEDED(struct params, out, "out", "DIR",
                   "folder for the results; refused when it is not empty"),
    OT_FLAG(struct params, overwrite, "overwrite",
            "use the output folder although it is not empty"),
    OT_FLAG(struct params, json, "json", "print the results as JSON"),
};

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    (void)params;
    (void)run;
    return ot_fail(err, OT_ERR_ARG,
                   "register comes in a later version; images of one study share their frame of "
                   "reference and need none");
}

extern const struct ot_cmd ot_cmd_register;
const struct ot_cmd ot_cmd_register = {
    .name = "register",
    .summary = "rigid registration and resampling between studies",
    .details = "Finds the rigid motion (three shifts, three angles) that brings the moving\n"
               "image onto the fixed one: Mattes mutual information, from coarse to fine, from\n"
               "several starts, the same result at every run. SPECT and PET studies are\n"
               "registered by their CTs: give the CTs as fixed and moving and the activity\n"
               "images to --resample.\n\n"
               "A registration that fails (metric, overlap or angles) is an error, not a\n"
               "result. The transform is written with its metric and overlap; images that move\n"
               "along are resampled by what they are.",
    .example = "tare register --fixed diagnostic_ct/ --moving maa_ct/ --resample "
               "activity:maa=maa_spect/ --out reg/",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
