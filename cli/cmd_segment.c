/* cli/cmd_segment.c - VOIs made from images and other VOIs. */
#include "cli/cmd.h"

struct params {
    const char *case_id;
    const char *spect;
    const char *pet;
    const char *ct;
    struct ot_texts voi;
    struct ot_texts op;
    struct ot_texts keep;
    const char *grid;
    const char *format;
    const char *out;
    bool overwrite;
    int threads;
    bool json;
};

static const struct params defaults = {
    .grid = "fine",
    .format = "nrrd",
    .threads = 0,
};

static const char *const grid_words[] = {"activity", "ct", "fine", NULL};
static const char *const format_words[] = {"seg", "rtstruct", "nrrd", "nifti", NULL};

static const struct ot_opt opts[] = {
    OT_TEXT(struct params, case_id, "case-id", "TEXT", "pseudonym used in every output"),
    OT_FILE(struct params, spect, "spect", "PATH", "activity image that operations call spect"),
    OT_FILE(struct params, pet, "pet", "PATH", "activity image that operations call pet"),
    OT_FILE(struct params, ct, "ct", "PATH", "CT that operations call ct"),
    OT_TEXTS(struct params, voi, "voi", "ROLE[:NAME]=PATH[#SELECTOR]",
             "VOIs that operations may name"),
    OT_TEXTS(struct params, op, "op", "NAME = EXPRESSION",
             "one step; later steps see the VOIs of earlier ones"),
    OT_TEXTS(struct params, keep, "keep", "NAME",
             "VOIs to write; all that were made where none is named"),
    OT_CHOICE(struct params, grid, "grid", "GRID", grid_words,
              "grid of the made VOIs: activity, ct, or fine (the finest of all inputs)"),
    OT_CHOICE(struct params, format, "format", "FORMAT", format_words,
              "seg (DICOM), rtstruct, nrrd (.seg.nrrd) or nifti"),
    OT_FILE_NEEDED(struct params, out, "out", "DIR",
                   "folder for the results; refused when it is not empty"),
    OT_FLAG(struct params, overwrite, "overwrite",
            "use the output folder although it is not empty"),
    OT_INT(struct params, threads, "threads", "N", 0, 1024,
           "threads; 0: OMP_NUM_THREADS, then SLURM_CPUS_PER_TASK, then the cores allowed"),
    OT_FLAG(struct params, json, "json", "print the results as JSON"),
};

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    (void)params;
    (void)run;
    return ot_fail(err, OT_ERR_ARG,
                   "segment comes in a later version; VOIs are read from RTSTRUCT, DICOM SEG, "
                   "NIfTI, NRRD and .seg.nrrd");
}

extern const struct ot_cmd ot_cmd_segment;
const struct ot_cmd ot_cmd_segment = {
    .name = "segment",
    .summary = "make VOIs: threshold, region growing, lungs, body, perfused territory, boolean "
               "operations, margins",
    .details = "Each --op is one step of the form 'NAME = EXPRESSION'. An expression joins\n"
               "VOIs with & (and), | (or) and - (without), and calls: body(ct), lungs(ct),\n"
               "threshold(IMAGE, 10%) of the maximum, threshold(IMAGE, 500) in the image's\n"
               "unit, grow(IMAGE, X, Y, Z, LOW, HIGH) from a seed in mm, gradient(IMAGE, VOI),\n"
               "margin(VOI, 5 mm), margin(VOI, X, Y, Z mm), largest(VOI), fill(VOI),\n"
               "smooth(VOI, 3 mm).\n\n"
               "Only body and lungs are ever made without being asked for, only from a CT, and\n"
               "that is stated in every output. VOIs keep their partial voxels: a result is a\n"
               "fraction per voxel. The algebra that made each VOI is written beside it.",
    .example = "tare segment --spect maa/ --voi liver=rt.dcm#Liver --op 'perfused = "
               "threshold(spect, 10%) & liver' --out vois/",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
