/* io/report.c - report.html from its sections. */
#include "io/report.h"

#include "io/builtin.h"
#include "io/json.h"
#include "io/report_page.h"

static enum ot_rc check_input(const struct ot_report_input *input, struct ot_err *err)
{
    static const double tolerance_mm = 1e-3;
    if (!json_is_object(input->result)) {
        return ot_fail(err, OT_ERR_FORMAT, "result.json: the report needs an object");
    }
    if (input->dose == NULL) {
        return OT_OK;
    }
    const enum ot_rc rc = ot_volume_require_unit(input->dose, OT_UNIT_GY, "dose", err);
    if (rc != OT_OK) {
        return rc;
    }
    const struct ot_grid *grid = &input->dose->grid;
    if (input->background != NULL && !ot_grid_same(grid, &input->background->grid, tolerance_mm)) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "the report's background is not on the grid of the dose");
    }
    for (size_t n = 0; n < input->voi_count; n++) {
        if (!ot_grid_same(grid, &input->vois[n].fraction->grid, tolerance_mm)) {
            return ot_fail(err, OT_ERR_GEOMETRY, "VOI %zu is not on the grid of the dose", n + 1);
        }
    }
    return OT_OK;
}

static void put_head(struct ot_page *page)
{
    struct ot_buffer *html = page->html;
    const char *style = ot_builtin_text("report.css", NULL);
    ot_buffer_text(html, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                         "'none'; style-src 'unsafe-inline'; img-src data:\">\n"
                         "<meta name=\"viewport\" content=\"width=device-width, "
                         "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
                         "<title>");
    ot_buffer_html(html, ot_page_text(page->result, "case_id", "Case without a name"));
    ot_buffer_text(html, " \xC2\xB7 Y-90 dosimetry report</title>\n<style>\n");
    ot_buffer_text(html, style != NULL ? style : "");
    ot_buffer_text(html, "</style></head><body><main>\n");
}

static enum ot_rc put_sections(struct ot_page *page, struct ot_err *err)
{
    put_head(page);
    ot_report_head(page);
    ot_report_glance(page);
    ot_report_verdicts(page);
    ot_report_prescription(page);
    ot_report_doses(page);
    ot_report_vois(page);
    const enum ot_rc rc = ot_report_figures(page, err);
    if (rc != OT_OK) {
        return rc;
    }
    ot_report_formulas(page);
    ot_report_checks(page);
    ot_report_method(page);
    ot_buffer_text(page->html,
                   "<footer>Research software, no medical device: a qualified person decides."
                   "</footer>\n</main></body></html>\n");
    return ot_buffer_check(page->html, err);
}

enum ot_rc ot_report_render(const struct ot_report_input *input, struct ot_buffer *html,
                            struct ot_err *err)
{
    enum ot_rc rc = check_input(input, err);
    if (rc != OT_OK) {
        return rc;
    }
    json_t *criteria = NULL;
    size_t size = 0;
    const char *text = ot_builtin_text("criteria/salem2023.json", &size);
    if (text != NULL) { /* only for the texts of contradictions; ids stand without it too */
        rc = ot_json_parse(text, size, "salem2023.json", &criteria, err);
    }
    if (rc == OT_OK) {
        struct ot_page page = {
            .input = input, .result = input->result, .criteria = criteria, .html = html};
        rc = put_sections(&page, err);
    }
    json_decref(criteria);
    return rc;
}
