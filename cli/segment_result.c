/* cli/segment_result.c - segment.json: steps, VOIs and how they were made, territories. */
#include <string.h>

#include "cli/result.h"
#include "cli/segment_parts.h"
#include "core/clock.h"
#include "io/json.h"
#include "segment/consistency.h"
#include "segment/voi_algebra.h"

static enum ot_rc add_steps(const struct ot_segment_work *w, json_t *list, struct ot_err *err)
{
    for (size_t n = 0; n < w->step_count; n++) {
        const struct ot_segment_step *step = &w->step[n];
        const struct ot_voi *voi = &w->d.vois[w->given_count + n];
        json_t *notes = json_array();
        for (size_t t = 0; t < step->notes; t++) {
            (void)json_array_append_new(notes,
                                        json_string(w->scene.notes.text[step->first_note + t]));
        }
        json_t *row =
            json_pack("{s:s, s:s, s:s, s:b, s:o, s:o}", "operation", step->text, "voi", voi->name,
                      "role", ot_role_name(voi->role), "automatic", w->params->op.count == 0,
                      "volume_ml", ot_json_number(ot_voi_volume_ml(voi)), "notes", notes);
        if (json_array_append_new(list, row) != 0) {
            return ot_fail(err, OT_ERR_NOMEM, "no memory for the steps, or a text is not UTF-8");
        }
    }
    return OT_OK;
}

static json_t *definition_of(const struct ot_segment_work *w, size_t n)
{
    const size_t made_end = w->given_count + w->made_count;
    struct ot_buffer text = {0};
    if (n < w->given_count) {
        return json_null();
    }
    if (n < made_end) {
        const char *equals = strchr(w->step[n - w->given_count].text, '=');
        return json_string(equals + 1 + strspn(equals + 1, " \t"));
    }
    ot_vois_definition(w->d.vois, made_end, &w->d.vois[n], &text);
    json_t *definition = json_string(text.data);
    ot_buffer_release(&text);
    return definition;
}

static enum ot_rc add_vois(const struct ot_segment_work *w, json_t *list, struct ot_err *err)
{
    for (size_t n = 0; n < w->d.voi_count; n++) {
        const struct ot_voi *voi = &w->d.vois[n];
        const char *source = n < w->given_count ? "given" : "made";
        double least_ml = 0.0;
        double most_ml = 0.0;
        json_t *row = json_pack(
            "{s:s, s:s, s:s, s:o, s:o}", "name", voi->name, "role", ot_role_name(voi->role),
            "source", n < w->given_count + w->made_count ? source : "derived", "volume_ml",
            ot_json_number(ot_voi_volume_ml(voi)), "definition", definition_of(w, n));
        const struct ot_voi *whole = ot_dosimetry_voi_of_role(&w->d, voi->role);
        if (ot_voi_expected_ml(voi->role, &least_ml, &most_ml) && row != NULL && whole == voi) {
            (void)json_object_set_new(row, "expected_ml", json_pack("[f, f]", least_ml, most_ml));
        }
        if (json_array_append_new(list, row) != 0) {
            return ot_fail(err, OT_ERR_NOMEM, "no memory for the VOIs, or a name is not UTF-8");
        }
    }
    return OT_OK;
}

enum ot_rc ot_segment_make_result(const struct ot_segment_work *w, json_t **out, struct ot_err *err)
{
    json_t *steps = json_array();
    json_t *vois = json_array();
    json_t *grid = ot_result_grid(&w->d.grid, err);
    enum ot_rc rc = add_steps(w, steps, err);
    if (rc == OT_OK) {
        rc = add_vois(w, vois, err);
    }
    if (rc == OT_OK) {
        const struct ot_time start = {.s = w->start_utc_s, .known = true, .zoned = true};
        char start_text[32];
        ot_time_to_iso8601(&start, start_text, sizeof start_text);
        (void)json_object_set_new(grid, "of", json_string(w->grid_of));
        *out = json_pack(
            "{s:s, s:s?, s:s, s:O, s:O*, s:O, s:O, s:o*, s:o, s:o, s:{s:s, s:s, s:i, s:s}}",
            "schema", "opentare.segment/1", "case_id", w->params->case_id, "notice",
            "Research software, no medical device: a qualified person decides.", "inputs",
            w->d.inputs, "grid", grid, "steps", steps, "vois", vois, "territories",
            ot_result_territories(&w->territories, err), "warnings",
            ot_result_texts(&w->d.warnings, err), "waived_by",
            ot_result_texts(&w->d.waived_by, err), "provenance", "program", "OpenTARE tare",
            "version", OT_VERSION, "threads", w->d.threads, "start_time", start_text);
        if (*out == NULL && err->code == OT_OK) {
            (void)ot_fail(err, OT_ERR_NOMEM, "no memory for the result");
        }
        rc = *out != NULL ? OT_OK : err->code;
    }
    json_decref(grid);
    json_decref(steps);
    json_decref(vois);
    return rc;
}
