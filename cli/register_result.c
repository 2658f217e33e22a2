/* cli/register_result.c - result.json of a registration. */
#include <math.h>
#include <string.h>

#include "cli/register_parts.h"
#include "cli/result.h"
#include "core/text.h"
#include "io/json.h"
#include "io/library_versions.h"

/* The motion as a matrix, and as a person reads it: at the middle of the fixed image. */
static json_t *transform_json(const struct ot_register_work *w)
{
    const struct ot_grid *grid = &w->fixed->volume->grid;
    const struct ot_rigid back = ot_rigid_invert(&w->motion);
    const double middle[3] = {((double)grid->n[0] - 1.0) / 2.0, ((double)grid->n[1] - 1.0) / 2.0,
                              ((double)grid->n[2] - 1.0) / 2.0};
    double center_mm[3];
    double from_mm[3];
    double angles_deg[3];
    json_t *matrix = json_array();
    for (size_t r = 0; r < 3; r++) {
        (void)json_array_append_new(
            matrix, json_pack("[f, f, f, f]", w->motion.rotation[r][0], w->motion.rotation[r][1],
                              w->motion.rotation[r][2], w->motion.translation_mm[r]));
    }
    ot_grid_to_point(grid, middle, center_mm);
    ot_rigid_apply(&back, center_mm, from_mm);
    ot_rigid_angles_deg(&w->motion, angles_deg);
    return json_pack("{s:s, s:o, s:[f, f, f], s:[f, f, f], s:[f, f, f], s:f, s:s, s:s}", "maps",
                     "points of the moving image to the fixed one, LPS mm", "matrix", matrix,
                     "center_mm", center_mm[0], center_mm[1], center_mm[2], "shift_mm",
                     center_mm[0] - from_mm[0], center_mm[1] - from_mm[1],
                     center_mm[2] - from_mm[2], "angles_deg", angles_deg[0], angles_deg[1],
                     angles_deg[2], "angle_deg", ot_rigid_angle_deg(&w->motion), "source",
                     w->searched ? "registration" : w->file.format, "sha256", w->file.sha256);
}

static json_t *registration_json(const struct ot_register_work *w, struct ot_err *err)
{
    const struct ot_register_result *found = &w->found;
    if (!w->searched) {
        return json_null();
    }
    return json_pack(
        "{s:s, s:o, s:f, s:f, s:f, s:f, s:I, s:I, s:f, s:f, s:f, s:f}", "verdict",
        w->doubts.count == 0 ? "good" : "doubtful", "doubts", ot_result_texts(&w->doubts, err),
        "mutual_information_nat", found->information_nat, "relative_metric", found->relative_metric,
        "overlap_fraction", found->overlap_fraction, "points_inside_fraction", found->points_inside,
        "starts", (json_int_t)found->starts, "starts_agreeing", (json_int_t)found->starts_agreeing,
        "rival_metric", found->rival_metric, "inverse_difference_mm", found->inverse_mm,
        "inverse_difference_deg", found->inverse_deg, "finest_voxel_mm", found->finest_mm);
}

static json_t *vois_json(const struct ot_register_work *w)
{
    json_t *list = json_array();
    for (size_t n = 0; n < w->d.given_voi_count; n++) {
        const struct ot_voi *voi = &w->d.vois[n];
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:f}", "name", voi->name, "role",
                                                    ot_role_name(voi->role), "volume_ml",
                                                    ot_voi_volume_ml(voi)));
    }
    return list;
}

static json_t *provenance_json(const struct ot_register_work *w)
{
    const struct ot_time start = {.s = w->start_utc_s, .known = true, .zoned = true};
    char start_text[32];
    json_t *libraries = json_object();
    json_t *stages = json_object();
    for (const struct ot_library *library = ot_libraries(); library->name != NULL; library++) {
        (void)json_object_set_new(libraries, library->name, json_string(library->version));
    }
    for (size_t n = 0; n < w->d.stage_time_count; n++) {
        (void)json_object_set_new(stages, w->d.stage_times[n].name,
                                  json_pack("{s:f}", "seconds", w->d.stage_times[n].seconds));
    }
    ot_time_to_iso8601(&start, start_text, sizeof start_text);
    return json_pack("{s:s, s:s, s:s, s:i, s:s, s:o, s:o}", "program", "OpenTARE tare", "version",
                     OT_VERSION, "git_commit", OT_GIT_COMMIT, "threads", w->d.threads, "start_time",
                     start_text, "stages", stages, "libraries", libraries);
}

enum ot_rc ot_register_make_result(struct ot_register_work *w, json_t **out, struct ot_err *err)
{
    *out = json_pack("{s:s, s:s, s:O, s:o, s:o, s:o, s:O, s:o, s:o, s:o, s:o}", "schema",
                     "opentare.register/1", "case_id", w->params->case_id, "inputs", w->d.inputs,
                     "transform", transform_json(w), "registration", registration_json(w, err),
                     "grid", ot_result_grid(&w->d.grid, err), "resampled", w->resampled, "vois",
                     vois_json(w), "warnings", ot_result_texts(&w->d.warnings, err), "waived_by",
                     ot_result_texts(&w->d.waived_by, err), "provenance", provenance_json(w));
    return *out != NULL ? OT_OK : ot_fail(err, OT_ERR_NOMEM, "no memory for the result");
}
