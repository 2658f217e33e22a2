/* cli/cmd_inspect.c - what is in a file or folder, for people or as JSON. */
#include <string.h>

#include "cli/cmd.h"
#include "io/inspect.h"
#include "io/json.h"

struct params {
    const char *path;
    bool follow; /* symbolic links inside folders */
    bool json;
};
static const struct params defaults = {.path = NULL, .json = false};
static const struct ot_opt opts[] = {
    OT_WORD_POSITIONAL(struct params, path, "path", "PATH", true, "file or folder to look into"),
    OT_FLAG(struct params, follow, "follow", "read what symbolic links inside folders lead to"),
    OT_FLAG(struct params, json, "json", "print JSON"),
};

static const char *text_of(const json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));
    return text != NULL ? text : "";
}

/* "128 x 128 x 45" */
static void print_list(FILE *out, const json_t *list, const char *unit)
{
    for (size_t n = 0; n < json_array_size(list); n++) {
        (void)fprintf(out, "%s%.6g", n > 0 ? " x " : "",
                      json_number_value(json_array_get(list, n)));
    }
    (void)fprintf(out, "%s%s", json_array_size(list) > 0 ? unit : "",
                  json_array_size(list) > 0 ? ", " : "");
}

static void print_words(FILE *out, const char *title, const json_t *list, const char *between)
{
    if (json_array_size(list) == 0) {
        return;
    }
    (void)fprintf(out, "    %s", title);
    for (size_t n = 0; n < json_array_size(list); n++) {
        (void)fprintf(out, "%s%s", n > 0 ? between : "",
                      json_string_value(json_array_get(list, n)));
    }
    (void)fprintf(out, "\n");
}

static void print_if(FILE *out, const json_t *entry, const char *key, const char *before)
{
    const char *text = text_of(entry, key);
    if (text[0] != '\0') {
        (void)fprintf(out, "%s%s", before, text);
    }
}

/* What kind of object it is, and what was done to it. */
static void print_source(FILE *out, const json_t *entry)
{
    if (text_of(entry, "sop_class")[0] == '\0') {
        return;
    }
    (void)fprintf(out, "    %s", text_of(entry, "sop_class"));
    print_if(out, entry, "image_type", ", ");
    print_if(out, entry, "axes", ", axes to ");
    print_if(out, entry, "patient_position", ", patient ");
    print_if(out, entry, "corrections", ", corrected for ");
    print_if(out, entry, "decay_correction", ", decay to ");
    const json_t *windows = json_object_get(entry, "energy_windows_kev");
    for (size_t n = 0; n < json_array_size(windows); n++) {
        const json_t *window = json_array_get(windows, n);
        (void)fprintf(out, "%s%.4g-%.4g keV", n > 0 ? " and " : ", ",
                      json_number_value(json_array_get(window, 0)),
                      json_number_value(json_array_get(window, 1)));
    }
    (void)fprintf(out, "\n");
}

static void print_series(FILE *out, const json_t *entry)
{
    const char *use = text_of(entry, "usable_as");
    const char *modality = text_of(entry, "modality");
    const long files = (long)json_integer_value(json_object_get(entry, "files"));
    (void)fprintf(out, "%s: %s, ", use[0] != '\0' ? use : "not usable",
                  modality[0] != '\0' ? modality : text_of(entry, "format"));
    print_list(out, json_object_get(entry, "size"), "");
    print_list(out, json_object_get(entry, "spacing_mm"), " mm");
    (void)fprintf(out, "%ld file%s", files, files == 1 ? "" : "s");
    print_if(out, entry, "units", ", ");
    print_if(out, entry, "header_units", ", ");
    print_if(out, entry, "radionuclide", ", ");
    print_if(out, entry, "acquired", ", acquired ");
    print_if(out, entry, "value_time", ", values at ");
    print_if(out, entry, "vendor", ", ");
    print_if(out, entry, "model", " ");
    (void)fprintf(out, "\n");
    print_source(out, entry);
    if (text_of(entry, "reason")[0] != '\0') {
        (void)fprintf(out, "    why not: %s\n", text_of(entry, "reason"));
    }
    print_words(out, "needs: ", json_object_get(entry, "needs"), ", ");
    print_words(out, "regions: ", json_object_get(entry, "regions"), ", ");
    print_words(out, "note: ", json_object_get(entry, "notes"), "\n    note: ");
}

static void print_all(FILE *out, const json_t *found)
{
    const json_t *list = json_object_get(found, "series");
    const long skipped = (long)json_integer_value(json_object_get(found, "skipped"));
    for (size_t n = 0; n < json_array_size(list); n++) {
        print_series(out, json_array_get(list, n));
    }
    if (json_array_size(list) == 0) {
        (void)fprintf(out, "no image, contours or segments here\n");
    }
    if (skipped > 0) {
        (void)fprintf(out, "skipped: %ld file%s of other kinds\n", skipped,
                      skipped == 1 ? "" : "s");
    }
}

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    const struct params *p = (const struct params *)params;
    struct ot_buffer text = {0};
    json_t *found = NULL;
    enum ot_rc rc = ot_opts_require(run->opts, err);
    if (rc == OT_OK) {
        rc = ot_opts_check_links(run->opts, p->follow, err);
    }
    if (rc == OT_OK) {
        struct ot_progress progress;
        ot_progress_begin(&progress, "inspect", run->messages);
        rc = ot_inspect(p->path, &found, err);
        ot_progress_end(&progress);
    }
    if (rc != OT_OK) {
        return rc;
    }
    if (!p->json) {
        print_all(run->out, found);
    } else {
        rc = ot_json_write(found, &text, err);
        if (rc == OT_OK) {
            (void)fwrite(text.data, 1, text.size, run->out);
        }
    }
    ot_buffer_release(&text);
    json_decref(found);
    return rc;
}

extern const struct ot_cmd ot_cmd_inspect;
const struct ot_cmd ot_cmd_inspect = {
    .name = "inspect",
    .summary = "tell what is in a file or folder, and what it can serve as",
    .details =
        "Lists every series of a folder, or one file: modality, SOP class, matrix, spacing, axes, "
        "units, radionuclide, energy windows, times, corrections, maker, and what the program can "
        "use it as (spect, pet, ct, planar, "
        "rtstruct, seg, rtdose, dose, mask) or why it cannot. What a file does not state and a "
        "case must declare stands after \"needs\". Names and numbers of patients are never shown.",
    .example = "tare inspect STUDY --json",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
