/* cli/cmd_segment.c - tare segment: VOIs made from images and other VOIs. */
#include <string.h>

#include "cli/case.h"
#include "cli/cmd.h"
#include "cli/flow_segment.h"
#include "io/json.h"

enum { ROWS = 12, NOTES = 3, NAME_COLUMNS = 27, MADE_COLUMNS = 57 };

static const struct ot_segment_params defaults = {.case_id = "segment"};

static const char *const grid_words[] = {"activity", "ct", NULL};

static const struct ot_opt opts[] = {
    OT_TEXT(struct ot_segment_params, case_id, "case-id", "TEXT", "pseudonym used in every output"),
    OT_FILE(struct ot_segment_params, spect, "spect", "PATH",
            "activity image that steps call spect"),
    OT_FILE(struct ot_segment_params, pet, "pet", "PATH", "activity image that steps call pet"),
    OT_FILE(struct ot_segment_params, ct, "ct", "PATH", "CT that steps call ct"),
    {.name = "voi",
     .unit = "ROLE[:NAME]=PATH[#SELECTOR]",
     .help = "VOI that steps may name; repeatable",
     .kind = OT_OPT_TEXTS,
     .path = OT_PATH_AFTER_EQUALS,
     .offset = OT_FIELD(struct ot_segment_params, voi, struct ot_texts)},
    OT_TEXTS(struct ot_segment_params, op, "op", "ROLE[:NAME] = EXPRESSION",
             "one step; repeatable, later steps see the VOIs of earlier ones; without any, body "
             "and lungs are made from the CT"),
    OT_TEXTS(struct ot_segment_params, keep, "keep", "NAME",
             "VOI to write; repeatable; without it all: given, made and derived"),
    {.name = "vois-as",
     .unit = OT_VOI_FORMATS_TEXT,
     .help = "also write the VOIs as DICOM SEG, RTSTRUCT or .seg.nrrd; repeatable",
     .kind = OT_OPT_TEXTS,
     .choices = OT_VOI_FORMATS,
     .offset = OT_FIELD(struct ot_segment_params, vois_as, struct ot_texts)},
    OT_CHOICE(struct ot_segment_params, grid, "grid", "activity|ct", grid_words,
              "grid of the VOIs; without it the activity image's, or the CT's where there is none"),
    OT_FILE_NEEDED(struct ot_segment_params, out, "out", "DIR",
                   "folder for the results; refused when it is not empty"),
    OT_FLAG(struct ot_segment_params, patient_override, "patient-override",
            "use inputs although their Patient IDs differ"),
    OT_FLAG(struct ot_segment_params, study_override, "study-override",
            "use inputs although they are of different studies"),
    OT_FLAG(struct ot_segment_params, frame_override, "frame-override",
            "use inputs although their frames of reference differ, as if they were one"),
    OT_FLAG(struct ot_segment_params, allow_intercept, "allow-intercept",
            "keep what the file's scaling adds to an activity"),
    OT_FLAG(struct ot_segment_params, allow_uncorrected_beds, "allow-uncorrected-beds",
            "take a SPECT of several rotations that states no decay correction"),
    OT_FLAG(struct ot_segment_params, follow, "follow",
            "read what symbolic links inside folders lead to"),
    OT_FLAG(struct ot_segment_params, units_mm, "units-mm",
            "lengths of files that state no unit of length are mm"),
    OT_FLAG(struct ot_segment_params, overwrite, "overwrite",
            "use the output folder although it is not empty"),
    OT_INT(struct ot_segment_params, threads, "threads", "N", 0, 1024,
           "threads; 0: OMP_NUM_THREADS, then SLURM_CPUS_PER_TASK, then the cores allowed"),
    OT_FLAG(struct ot_segment_params, json, "json", "print the results as JSON"),
};

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void print_vois(const json_t *vois, FILE *out)
{
    const size_t count = json_array_size(vois);
    (void)fprintf(out, "%-*s %10s  %-14s %s\n", (int)NAME_COLUMNS, "VOI", "ml", "adults have",
                  "made as");
    for (size_t n = 0; n < count && n < ROWS; n++) {
        const json_t *voi = json_array_get(vois, n);
        const json_t *expected = json_object_get(voi, "expected_ml");
        char range[32] = "";
        if (json_is_array(expected)) {
            (void)snprintf(range, sizeof range, "%.0f-%.0f",
                           json_number_value(json_array_get(expected, 0)),
                           json_number_value(json_array_get(expected, 1)));
        }
        const char *definition = text_of(voi, "definition");
        const char *role = text_of(voi, "role");
        const char *name = text_of(voi, "name");
        const bool own =
            strcmp(role, name) != 0 && strncmp(role, "other", 5) != 0 && strchr(name, ':') == NULL;
        char title[256];
        char shown[NAME_COLUMNS * 4 + 1];
        char made_as[MADE_COLUMNS * 4 + 1];
        (void)snprintf(title, sizeof title, "%s%s%s", own ? role : "", own ? ":" : "", name);
        const size_t used = ot_text_fit(shown, sizeof shown, title, NAME_COLUMNS);
        (void)ot_text_fit(made_as, sizeof made_as,
                          *definition != '\0' ? definition : text_of(voi, "source"), MADE_COLUMNS);
        (void)fprintf(out, "%s%*s %10.2f  %-14s %s\n", shown, (int)(NAME_COLUMNS - used), "",
                      number(voi, "volume_ml"), range, made_as);
    }
    if (count > ROWS) {
        (void)fprintf(out, "and %zu more, see segment.json\n", count - ROWS);
    }
}

static void print_notes(const json_t *list, const char *what, FILE *out)
{
    const size_t count = json_array_size(list);
    for (size_t n = 0; n < count && n < NOTES; n++) {
        (void)fprintf(out, "%s: %s\n", what, json_string_value(json_array_get(list, n)));
    }
    if (count > NOTES) {
        (void)fprintf(out, "and %zu more, see segment.json\n", count - NOTES);
    }
}

static void print_territories(const json_t *of, FILE *out)
{
    if (json_is_number(json_object_get(of, "nonperfused_liver_percent"))) {
        (void)fprintf(out,
                      "liver: %.1f %% perfused, %.1f %% nonperfused, future liver remnant %.0f ml "
                      "(%.1f %%, tumors subtracted)\n",
                      number(of, "perfused_liver_percent"), number(of, "nonperfused_liver_percent"),
                      number(of, "future_liver_remnant_ml"),
                      number(of, "future_liver_remnant_percent"));
    }
}

static void print_summary(const json_t *result, FILE *out)
{
    const json_t *steps = json_object_get(result, "steps");
    const json_t *grid = json_object_get(result, "grid");
    const json_t *spacing = json_object_get(grid, "spacing_mm");
    (void)fprintf(out, "grid of the %s: %.4g x %.4g x %.4g mm%s\n", text_of(grid, "of"),
                  json_number_value(json_array_get(spacing, 0)),
                  json_number_value(json_array_get(spacing, 1)),
                  json_number_value(json_array_get(spacing, 2)),
                  json_is_true(json_object_get(json_array_get(steps, 0), "automatic"))
                      ? "; body and lungs made automatically from the CT"
                      : "");
    print_vois(json_object_get(result, "vois"), out);
    print_territories(json_object_get(result, "territories"), out);
    json_t *notes = json_array();
    for (size_t n = 0; n < json_array_size(steps); n++) {
        (void)json_array_extend(notes, json_object_get(json_array_get(steps, n), "notes"));
    }
    print_notes(notes, "found", out);
    json_decref(notes);
    print_notes(json_object_get(result, "warnings"), "warning", out);
}

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    const struct ot_segment_params *segment = (const struct ot_segment_params *)params;
    json_t *result = NULL;
    struct ot_buffer text = {0};
    enum ot_rc rc = ot_opts_require(run->opts, err);
    if (rc == OT_OK) {
        rc = ot_opts_check_links(run->opts, segment->follow, err);
    }
    if (rc == OT_OK) {
        rc = ot_case_id_check(segment->case_id, err);
    }
    if (rc == OT_OK) {
        struct ot_progress progress;
        ot_progress_begin(&progress, "segment", run->messages);
        rc = ot_flow_segment(segment, &result, err);
        ot_progress_end(&progress);
    }
    if (rc == OT_OK && segment->json) {
        rc = ot_json_write(result, &text, err);
        (void)fputs(rc == OT_OK ? text.data : "", run->out);
    } else if (rc == OT_OK) {
        print_summary(result, run->out);
    }
    ot_buffer_release(&text);
    json_decref(result);
    return rc;
}

extern const struct ot_cmd ot_cmd_segment;
const struct ot_cmd ot_cmd_segment = {
    .name = "segment",
    .summary = "make VOIs: threshold, region growing, lungs, body, perfused territory, boolean "
               "operations, margins",
    .details =
        "Each --op is one step: a role, or ROLE:NAME, then = and an expression. A name that is no\n"
        "role is a help for later steps. Expressions name VOIs by NAME, ROLE:NAME, or by a role\n"
        "(tumors: all of them), and join them with | (union), & (both), - (without); | beside &\n"
        "or - needs parentheses.\n\n"
        "From images (spect, pet, ct), LEVEL being 10% of the greatest value, 300HU, 5000Bq/ml,\n"
        "or a bare number for counts:\n"
        "  threshold(IMAGE, LEVEL [, in=VOI])      at and above; also named above()\n"
        "  below(IMAGE, LEVEL [, in=VOI])          below\n"
        "  between(IMAGE, LEVEL, LEVEL [, in=VOI]) at and above the one, below the other\n"
        "  adaptive(IMAGE, PERCENT, background=VOI [, in=VOI])  B + percent of (max - B)\n"
        "  otsu(IMAGE [, in=VOI])                  the level that parts two classes best\n"
        "  grow(IMAGE, LEVEL [, LEVEL], seed=(X, Y, Z) [, in=VOI])  connected to the seed, mm\n"
        "  gradient(IMAGE, seed=(X, Y, Z), in=VOI) up to the steepest slope (watershed)\n"
        "  body(ct)  lungs(ct)  left_lung(ct)  right_lung(ct)\n"
        "From VOIs:\n"
        "  largest(VOI)  part(VOI, seed=(X, Y, Z))  fill(VOI)  smooth(VOI, LENGTH)\n"
        "  expand(VOI, LENGTH | (X, Y, Z))  shrink(VOI, LENGTH | (X, Y, Z))\n\n"
        "Only body and lungs are ever made without being asked for, only from a CT, and that is\n"
        "stated in every output. There is no automatic liver: draw it. A VOI is a fraction per\n"
        "voxel of one grid; how each was made stands beside it in segment.json. Other commands\n"
        "read a VOI again as ROLE=DIR/vois.nii.gz#NAME.",
    .example = "tare segment --spect maa/ --voi liver=rt.dcm#Liver --op 'perfused = "
               "largest(threshold(spect, 10%, in=liver) & liver)' --out vois/",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
