/* cli/cmd_compare.c - tare compare: two dose maps from anywhere. */
#include <math.h>

#include "cli/cmd.h"
#include "cli/flow_compare.h"
#include "io/json.h"

enum { NAME_COLUMNS = 24 };

static const struct ot_compare_params defaults = {
    .dose_percent = 3.0, .distance_mm = 3.0, .threshold_percent = 10.0, .normalization_gy = NAN};

static const struct ot_opt opts[] = {
    OT_WORD_POSITIONAL(struct ot_compare_params, a, "a", "A", true,
                       "reference dose map: RTDOSE, NIfTI or NRRD, in Gy"),
    OT_WORD_POSITIONAL(struct ot_compare_params, b, "b", "B", true,
                       "dose map to judge, on any grid"),
    OT_TEXTS(struct ot_compare_params, voi, "voi", "ROLE[:NAME]=PATH[#SELECTOR]",
             "volume of interest; repeatable"),
    OT_F64(struct ot_compare_params, dose_percent, "dose-percent", "%", 0.01, 100.0,
           "dose difference of gamma 1, of the normalization dose"),
    OT_F64(struct ot_compare_params, distance_mm, "distance-mm", "mm", 0.01, 100.0,
           "distance of gamma 1"),
    OT_F64(struct ot_compare_params, threshold_percent, "threshold-percent", "%", 0.0, 100.0,
           "voxels of A below this part of the normalization dose are left out"),
    OT_F64(struct ot_compare_params, normalization_gy, "normalization-gy", "Gy", 1e-6, 1e6,
           "normalization dose; without it the maximum of A"),
    OT_TEXTS(struct ot_compare_params, isodose_gy, "isodose-gy", "Gy",
             "level of an isodose overlap; repeatable; without it 25, 50, 75 % of the "
             "normalization dose"),
    OT_FLAG(struct ot_compare_params, patient_override, "patient-override",
            "compare although the Patient IDs differ"),
    OT_FLAG(struct ot_compare_params, frame_override, "frame-override",
            "compare although the frames of reference differ, as if they were one"),
    OT_INT(struct ot_compare_params, threads, "threads", "N", 0, 1024,
           "worker threads; 0: as many as allowed"),
    OT_FILE(struct ot_compare_params, out, "out", "DIR",
            "folder for compare.json and gamma.nii.gz"),
    OT_FLAG(struct ot_compare_params, follow, "follow",
            "read what symbolic links inside folders lead to"),
    OT_FLAG(struct ot_compare_params, units_mm, "units-mm",
            "lengths of files that state no unit of length are mm"),
    OT_FLAG(struct ot_compare_params, overwrite, "overwrite", "use a folder that is not empty"),
    OT_FLAG(struct ot_compare_params, json, "json", "print the result as JSON"),
};

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void print_vois(const json_t *vois, FILE *out)
{
    if (json_array_size(vois) == 0) {
        return;
    }
    (void)fprintf(out, "%-24s %9s %9s %9s %8s %9s %9s\n", "VOI", "A mean Gy", "B mean Gy", "B-A Gy",
                  "B-A %", "D70 B-A", "gamma %");
    for (size_t n = 0; n < json_array_size(vois); n++) {
        const json_t *voi = json_array_get(vois, n);
        const json_t *difference = json_object_get(voi, "difference");
        char name[NAME_COLUMNS * 4 + 1];
        const size_t used = ot_text_fit(
            name, sizeof name, json_string_value(json_object_get(voi, "name")), NAME_COLUMNS);
        (void)fprintf(out, "%s%*s %9.2f %9.2f %9.2f %8.2f %9.2f %9.1f\n", name,
                      (int)(NAME_COLUMNS - used), "", number(json_object_get(voi, "a"), "mean_gy"),
                      number(json_object_get(voi, "b"), "mean_gy"), number(difference, "mean_gy"),
                      number(difference, "mean_percent"), number(difference, "d70_gy"),
                      number(voi, "gamma_pass_percent"));
    }
}

static void print_summary(const json_t *result, FILE *out)
{
    const json_t *gamma = json_object_get(result, "gamma");
    const json_t *agreement = json_object_get(result, "bland_altman");
    const json_t *isodoses = json_object_get(result, "isodoses");
    const json_t *warnings = json_object_get(result, "warnings");
    (void)fprintf(out,
                  "gamma %g %% of %.4g Gy, %g mm, above %g %%: %.2f %% of %.0f voxels pass, mean "
                  "%.3f, greatest %.3f\n",
                  number(gamma, "dose_percent"), number(gamma, "normalization_gy"),
                  number(gamma, "distance_mm"), number(gamma, "threshold_percent"),
                  number(gamma, "pass_percent"), number(gamma, "evaluated"), number(gamma, "mean"),
                  number(gamma, "max"));
    (void)fprintf(out, "B - A: mean %.4g Gy, limits of agreement %.4g to %.4g Gy\n",
                  number(agreement, "mean_difference_gy"), number(agreement, "lower_gy"),
                  number(agreement, "upper_gy"));
    for (size_t n = 0; n < json_array_size(isodoses); n++) {
        const json_t *isodose = json_array_get(isodoses, n);
        (void)fprintf(out, "isodose %.4g Gy: A %.1f ml, B %.1f ml, Dice %.4f\n",
                      number(isodose, "level_gy"), number(isodose, "a_ml"), number(isodose, "b_ml"),
                      number(isodose, "dice"));
    }
    print_vois(json_object_get(result, "vois"), out);
    for (size_t n = 0; n < json_array_size(warnings); n++) {
        (void)fprintf(out, "note: %s\n", json_string_value(json_array_get(warnings, n)));
    }
}

static enum ot_rc print_json(const json_t *result, FILE *out, struct ot_err *err)
{
    struct ot_buffer text = {0};
    const enum ot_rc rc = ot_json_write(result, &text, err);
    if (rc == OT_OK) {
        (void)fputs(text.data, out);
    }
    ot_buffer_release(&text);
    return rc;
}

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    const struct ot_compare_params *compare = (const struct ot_compare_params *)params;
    json_t *result = NULL;
    struct ot_progress progress;
    enum ot_rc rc = ot_opts_require(run->opts, err);
    if (rc == OT_OK) {
        rc = ot_opts_check_links(run->opts, compare->follow, err);
    }
    if (rc == OT_OK) {
        ot_progress_begin(&progress, "compare", run->messages);
        rc = ot_flow_compare(compare, &result, err);
        ot_progress_end(&progress);
    }
    if (rc == OT_OK && compare->json) {
        rc = print_json(result, run->out, err);
    } else if (rc == OT_OK) {
        print_summary(result, run->out);
    }
    json_decref(result);
    return rc;
}

extern const struct ot_cmd ot_cmd_compare;
const struct ot_cmd ot_cmd_compare = {
    .name = "compare",
    .summary = "two dose maps: differences per VOI, gamma index, isodoses",
    .details =
        "Compares the dose map B with the reference A, both in Gy and from anywhere (RTDOSE,\n"
        "NIfTI, NRRD). B is brought to A's grid by linear interpolation where the grids differ.\n"
        "Gamma is global, in three dimensions, with an exact search between voxel centers.\n"
        "Also: isodose overlap (Dice), Bland-Altman limits, and per VOI mean, D95, D70, D50.",
    .example =
        "tare compare plan/dose.nii.gz verify/dose.nii.gz --voi tumor:T1=rs.dcm#T1 --out cmp",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
