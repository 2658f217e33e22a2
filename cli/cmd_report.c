/* cli/cmd_report.c - renders the report of a result folder again. */
#include <string.h>

#include "cli/cmd.h"
#include "core/image.h"
#include "io/file.h"
#include "io/json.h"
#include "io/load.h"
#include "io/report.h"
#include "io/store.h"
#include "io/vois_file.h"

struct params {
    const char *dir;
    bool overwrite;
};

static const struct params defaults = {.dir = NULL};
static const struct ot_opt opts[] = {
    OT_WORD_POSITIONAL(struct params, dir, "dir", "DIR", true, "result folder"),
    OT_FLAG(struct params, overwrite, "overwrite", "replace the report.html that is there"),
};

/* What a result folder holds. */
struct folder {
    const char *dir;
    struct ot_texts paths;
    json_t *result;
    struct ot_image *dose;
    struct ot_image *background;
    struct ot_voi *vois;
    size_t voi_count;
};

static const char *path_in(struct folder *folder, const char *name)
{
    return ot_texts_add(&folder->paths, "%s/%s", folder->dir, name);
}

static bool is_there(struct folder *folder, const char *name)
{
    char byte;
    size_t got = 0;
    const char *path = path_in(folder, name);
    return path != NULL && ot_file_peek(path, &byte, 1, &got, NULL) == OT_OK;
}

/* An image that may be absent; a damaged one is an error. */
static enum ot_rc load_image(struct folder *folder, const char *name, enum ot_use use,
                             struct ot_image **image, struct ot_err *err)
{
    const char *path = path_in(folder, name);
    if (path == NULL) {
        return ot_fail(err, OT_ERR_NOMEM, "%s: no memory", name);
    }
    return is_there(folder, name) ? ot_image_load(path, use, image, err) : OT_OK;
}

static enum ot_rc read_folder(struct folder *folder, struct ot_err *err)
{
    const char *path = path_in(folder, "result.json");
    if (path == NULL) {
        return ot_fail(err, OT_ERR_NOMEM, "result.json: no memory");
    }
    enum ot_rc rc = ot_json_read(path, &folder->result, err);
    const char *schema = json_string_value(json_object_get(folder->result, "schema"));
    if (rc == OT_OK && (schema == NULL || strcmp(schema, "opentare.result/1") != 0)) {
        rc = ot_fail(err, OT_ERR_FORMAT,
                     "result.json: its schema is not opentare.result/1; give a result folder of "
                     "this program");
    }
    if (rc == OT_OK) {
        rc = load_image(folder, "dose.nii.gz", OT_USE_DOSE, &folder->dose, err);
    }
    if (rc == OT_OK) {
        rc = load_image(folder, "background.nii.gz", OT_USE_CT, &folder->background, err);
    }
    if (rc == OT_OK && is_there(folder, "vois.json")) {
        rc = ot_vois_load(folder->dir, &folder->vois, &folder->voi_count, err);
    }
    return rc;
}

static void release(struct folder *folder)
{
    json_decref(folder->result);
    ot_image_destroy(folder->dose);
    ot_image_destroy(folder->background);
    ot_vois_destroy(folder->vois, folder->voi_count);
    ot_texts_release(&folder->paths);
}

static enum ot_rc write_report(struct folder *folder, bool overwrite, struct ot_err *err)
{
    struct ot_buffer html = {0};
    const struct ot_report_input input = {
        .result = folder->result,
        .dose = folder->dose != NULL ? folder->dose->volume : NULL,
        .background = folder->background != NULL ? folder->background->volume : NULL,
        .vois = folder->vois,
        .voi_count = folder->voi_count,
    };
    enum ot_rc rc = ot_report_render(&input, &html, err);
    if (rc == OT_OK) {
        const char *path = path_in(folder, "report.html");
        if (path == NULL) {
            rc = ot_fail(err, OT_ERR_NOMEM, "report.html: no memory");
        } else {
            rc = ot_store_file(path, html.data, html.size, overwrite, err);
        }
    }
    ot_buffer_release(&html);
    return rc;
}

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    const struct params *given = (const struct params *)params;
    struct folder folder = {.dir = given->dir};
    struct ot_progress progress;
    /* Told before minutes of drawing, and not only by the writer. */
    enum ot_rc rc = OT_OK;
    if (!given->overwrite && is_there(&folder, "report.html")) {
        rc = ot_fail(err, OT_ERR_ARG,
                     "report.html: it is there already; give --overwrite to replace it");
    }
    ot_progress_begin(&progress, "report", run->messages);
    if (rc == OT_OK) {
        rc = read_folder(&folder, err);
    }
    if (rc == OT_OK) {
        ot_progress_step(&progress, "read");
        rc = write_report(&folder, given->overwrite, err);
    }
    ot_progress_end(&progress);
    if (rc == OT_OK) {
        (void)fprintf(run->out, "report.html is written%s\n",
                      folder.dose == NULL ? "; without pictures, for the folder holds no "
                                            "dose.nii.gz"
                                          : "");
    }
    release(&folder);
    return rc;
}

extern const struct ot_cmd ot_cmd_report;
const struct ot_cmd ot_cmd_report = {
    .name = "report",
    .summary = "render a result folder again",
    .details = "Reads result.json, dose.nii.gz, the VOIs and, where it was kept, "
               "background.nii.gz of a result folder and writes report.html there: one "
               "self-contained file without script and network. No number is computed again.",
    .example = "tare report out --overwrite",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
