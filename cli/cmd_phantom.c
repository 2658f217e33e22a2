/* cli/cmd_phantom.c - tare phantom: a synthetic patient with its known truth. */

#include "cli/cmd.h"
#include "cli/flow_phantom.h"
#include "cli/threads.h"

struct params {
    const char *out;
    const char *preset;
    int seed;
    double blur_mm;
    int threads;
    bool noise;
    bool overwrite;
};

static const struct params defaults = {.preset = "small", .seed = 1, .blur_mm = 0.0};
static const char *const presets[] = {"small", "clinical", NULL};

static const struct ot_opt opts[] = {
    OT_FILE_NEEDED(struct params, out, "out", "DIR", "folder to write, made where it is missing"),
    OT_CHOICE(struct params, preset, "preset", "small|clinical", presets,
              "size of the images: seconds to work with, or those of a clinic"),
    OT_INT(struct params, seed, "seed", "N", 0, 1000000000,
           "names the patient and starts the random numbers; the same seed gives the same bytes"),
    OT_FLAG(struct params, noise, "noise", "counting noise in SPECT and PET, noise in the CT"),
    OT_F64(struct params, blur_mm, "blur-mm", "mm", 0.0, 60.0,
           "breathing: Gaussian blur of SPECT and PET along the body, full width at half maximum"),
    OT_FLAG(struct params, overwrite, "overwrite", "write into a folder that is not empty"),
    OT_INT(struct params, threads, "threads", "N", 0, 1024, "threads; 0: as many as allowed"),
};

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    const struct params *p = (const struct params *)params;
    struct ot_phantom_summary summary;
    struct ot_progress progress;
    enum ot_rc rc = ot_opts_require(run->opts, err);
    if (rc != OT_OK) {
        return rc;
    }
    const struct ot_phantom_request request = {
        .out_dir = p->out,
        .preset = p->preset,
        .seed = (uint64_t)p->seed,
        .noise = p->noise,
        .blur_mm = p->blur_mm,
        .overwrite = p->overwrite,
        .threads = ot_threads(p->threads),
    };
    ot_progress_begin(&progress, "phantom", run->messages);
    rc = ot_flow_phantom(&request, &summary, err);
    ot_progress_end(&progress);
    if (rc != OT_OK) {
        return rc;
    }
    (void)fprintf(run->out,
                  "%s: %zu files\n"
                  "  liver %.0f ml, tumors %.1f ml, activity %.2f GBq, lung shunt %.1f %%\n"
                  "  truth: tumor %.1f Gy, normal perfused liver %.1f Gy (sampled to %.2f %%)\n"
                  "  next:  tare plan %s/case-plan.json --out PLAN\n"
                  "         tare verify %s/case-verify.json --plan PLAN --out VERIFY\n",
                  summary.case_id, summary.files, summary.liver_ml, summary.tumor_ml,
                  summary.activity_gbq, 100.0 * summary.lung_shunt_fraction, summary.tumor_gy,
                  summary.normal_perfused_gy, 100.0 * summary.worst_relative_sigma, p->out, p->out);
    return OT_OK;
}

extern const struct ot_cmd ot_cmd_phantom;
const struct ot_cmd ot_cmd_phantom = {
    .name = "phantom",
    .summary = "write a synthetic patient (DICOM and NIfTI) with its known truth",
    .details =
        "Writes a torso with lungs, a liver of two angiosomes and three tumors in one of them, as\n"
        "a clinic would have it: MAA SPECT, its CT, a PET after the injection and the VOIs, in\n"
        "dicom/ and the same values in nifti/, with case-plan.json and case-verify.json to run.\n"
        "truth.json tells volumes, activities and mean doses: mean_gy is what the image as\n"
        "written gives, sampled in mass depth without voxel S values, convolution and voxel rays;\n"
        "ideal_gy that of the smooth shapes before they were put on voxels. vois belong to the\n"
        "SPECT, verify_vois to the PET.",
    .example = "tare phantom --preset small --seed 5 --out patient",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
