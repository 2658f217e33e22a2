/* io/report_head.c - the first screen: who, warnings, verdicts, activity. */
#include <string.h>

#include "io/report_page.h"

static void chip(struct ot_buffer *html, const char *term, const char *text)
{
    if (*text != '\0') {
        ot_buffer_printf(html, "<div><dt>%s</dt><dd>", term);
        ot_buffer_html(html, text);
        ot_buffer_text(html, "</dd></div>");
    }
}

static const char *stage_words(const char *stage)
{
    if (strcmp(stage, "plan") == 0) {
        return "Plan from a simulation before treatment";
    }
    if (strcmp(stage, "verify") == 0) {
        return "Verification after treatment";
    }
    return strcmp(stage, "dose") == 0 ? "Dose map" : "Result";
}

/* What was assumed stands first and apart: it can change every number below. */
static void put_warnings(struct ot_page *page)
{
    struct ot_buffer *html = page->html;
    const bool shunt =
        strcmp(ot_page_text(page->result, "activity.lung_shunt_source", ""), "assumed") == 0;
    const bool residual =
        strcmp(ot_page_text(page->result, "activity.residual_source", ""), "assumed") == 0;
    if (shunt || residual) {
        ot_buffer_text(
            html, "<div class=\"alert strong\" role=\"note\"><h2>Assumed, not measured</h2><ul>");
        if (shunt) {
            ot_buffer_text(html,
                           "<li><b>Lung shunt fraction 0 is assumed</b>: it was neither given "
                           "nor measurable. The lung dose is not judged.</li>");
        }
        if (residual) {
            ot_buffer_text(html, "<li><b>Residual fraction 0 is assumed</b>: it was not given. All "
                                 "of the activity counts as injected.</li>");
        }
        ot_buffer_text(html, "</ul></div>");
    }
    const json_t *warnings = ot_page_find(page->result, "warnings");
    if (json_array_size(warnings) == 0) {
        return;
    }
    ot_buffer_text(html, "<div class=\"alert\" role=\"note\"><h2>Warnings</h2><ul>");
    size_t n;
    json_t *item;
    json_array_foreach(warnings, n, item)
    {
        ot_buffer_text(html, "<li>");
        if (json_is_object(item)) {
            ot_page_object(html, item, NULL);
        } else {
            ot_page_value(html, item, "", OT_DIGITS_TABLE);
        }
        ot_buffer_text(html, "</li>");
    }
    ot_buffer_text(html, "</ul></div>");
}

void ot_report_head(struct ot_page *page)
{
    struct ot_buffer *html = page->html;
    const char *stage = ot_page_text(page->result, "stage", "");
    ot_buffer_text(html, "<header><p class=\"kicker\">Y-90 radioembolization dosimetry</p><h1>");
    ot_buffer_html(html, ot_page_text(page->result, "case_id", "Case without a name"));
    ot_buffer_text(html, "</h1><p class=\"stage\">");
    ot_buffer_html(html, stage_words(stage));
    ot_buffer_text(html, "</p><dl class=\"chips\">");
    chip(html, "Stage", stage);
    chip(html, "Scenario", ot_page_text(page->result, "scenario", ""));
    chip(html, "Computed", ot_page_text(page->result, "provenance.start_time", ""));
    chip(html, "Engine", ot_page_text(page->result, "engine.name", ""));
    ot_buffer_text(html, "</dl><p class=\"research\">Research software, no medical device: "
                         "a qualified person decides.</p></header>\n");
    put_warnings(page);
}

static size_t count_verdict(const json_t *checks, const char *verdict)
{
    size_t n;
    size_t count = 0;
    json_t *check;
    json_array_foreach(checks, n, check)
    {
        count += strcmp(ot_page_text(check, "verdict", "not_evaluated"), verdict) == 0 ? 1 : 0;
    }
    return count;
}

static void tile(struct ot_buffer *html, const char *kind, size_t count, const char *words)
{
    ot_buffer_printf(html, "<div class=\"tile %s%s\"><b>%zu</b><span>%s</span></div>", kind,
                     count == 0 ? " zero" : "", count, words);
}

static void put_finding(struct ot_page *page, const json_t *check)
{
    struct ot_buffer *html = page->html;
    const char *verdict = ot_page_text(check, "verdict", "");
    ot_buffer_printf(html, "<li class=\"finding %s\"><div class=\"what\">",
                     strcmp(verdict, "fail") == 0 ? "fail" : "caution");
    ot_page_badge(html, verdict);
    ot_buffer_text(html, " <b>");
    const struct ot_key_label label = ot_page_label(ot_page_text(check, "quantity", ""));
    ot_buffer_html(html, label.text);
    ot_buffer_text(html, "</b>");
    const char *voi = ot_page_text(check, "voi", "");
    if (*voi != '\0') {
        ot_buffer_text(html, " of <b>");
        ot_buffer_html(html, voi);
        ot_buffer_text(html, "</b>");
    }
    ot_buffer_text(html, " <code>");
    ot_buffer_html(html, ot_page_text(check, "id", ""));
    ot_buffer_text(html, "</code></div><div class=\"numbers\"><b>");
    ot_page_check_value(html, check);
    ot_buffer_text(html, "</b> <span>wanted ");
    ot_page_check_limit(html, check);
    ot_buffer_text(html, "</span></div><div class=\"why\"><p>");
    ot_buffer_html(html, ot_page_text(check, "reason", ""));
    ot_buffer_text(html, "</p><p class=\"source\">");
    ot_buffer_html(html, ot_page_text(check, "source", ""));
    const char *grade = ot_page_text(check, "grade", "");
    if (*grade != '\0') {
        ot_buffer_text(html, " \xC2\xB7 grade ");
        ot_buffer_html(html, grade);
    }
    ot_buffer_text(html, "</p>");
    ot_page_conflicts(page, check);
    ot_buffer_text(html, "</div></li>");
}

static void put_findings(struct ot_page *page, const json_t *checks, const char *verdict)
{
    size_t n;
    json_t *check;
    json_array_foreach(checks, n, check)
    {
        if (strcmp(ot_page_text(check, "verdict", ""), verdict) == 0) {
            put_finding(page, check);
        }
    }
}

static void figure_tile(struct ot_buffer *html, const json_t *value, const char *title,
                        const char *unit, const char *note)
{
    const bool main_one = strcmp(title, "Prescribed activity") == 0;
    ot_buffer_printf(html, "<div class=\"figure%s\"><span>%s</span><b>", main_one ? " main" : "",
                     title);
    ot_page_value(html, value, unit, OT_DIGITS_TABLE);
    ot_buffer_text(html, "</b><small>");
    ot_buffer_html(html, note);
    ot_buffer_text(html, "</small></div>");
}

static void put_activities(struct ot_page *page)
{
    struct ot_buffer *html = page->html;
    const json_t *plan = ot_page_find(page->result, "prescription");
    ot_buffer_text(html, "<div class=\"figures\">");
    if (json_is_object(plan)) {
        figure_tile(html, ot_page_find(plan, "prescribed_gbq"), "Prescribed activity", "GBq",
                    ot_page_text(plan, "outcome", ""));
        figure_tile(html, ot_page_find(plan, "a_aim_gbq"), "Least that meets every goal", "GBq",
                    ot_page_text(plan, "aim_id", ""));
        figure_tile(html, ot_page_find(plan, "a_max_gbq"), "Greatest within every limit", "GBq",
                    ot_page_text(plan, "max_id", ""));
        const json_t *vial = ot_page_find(plan, "vial");
        if (vial != NULL) {
            figure_tile(html, ot_page_find(vial, "gbq_at_calibration"), "Vial at calibration",
                        "GBq", ot_page_text(vial, "treatment_day", ""));
            figure_tile(html, ot_page_find(vial, "bq_per_sphere_from"), "One sphere, from", "Bq",
                        ot_page_text(vial, "from", ""));
        }
    }
    figure_tile(html, ot_page_find(page->result, "activity.dose_is_for_gbq"),
                "Doses and verdicts are for", "GBq", "administered activity");
    ot_buffer_text(html, "</div>");
}

static void put_key_doses(struct ot_page *page)
{
    static const char *const names[][2] = {{"tumor", "Tumor, mean"},
                                           {"normal_perfused", "Normal perfused, mean"},
                                           {"normal_liver", "Normal liver, mean"}};
    struct ot_buffer *html = page->html;
    const json_t *vois = ot_page_find(page->result, "vois");
    ot_buffer_text(html, "<div class=\"figures\">");
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        const json_t *row = ot_page_row(vois, "name", names[n][0]);
        row = row != NULL ? row : ot_page_row(vois, "role", names[n][0]);
        if (row != NULL) {
            figure_tile(html, ot_page_find(row, "mean_gy"), names[n][1], "Gy",
                        ot_page_text(row, "name", ""));
        }
    }
    figure_tile(html, ot_page_find(page->result, "lungs.dose_gy"),
                ot_page_lung_dose_title(page->result), "Gy",
                ot_page_text(page->result, "activity.lung_shunt_source", ""));
    ot_buffer_text(html, "</div>");
}

void ot_report_glance(struct ot_page *page)
{
    struct ot_buffer *html = page->html;
    const json_t *checks = ot_page_find(page->result, "checks");
    ot_page_section(page, "glance", "At a glance");
    if (json_array_size(checks) != 0) {
        ot_buffer_text(html, "<div class=\"tiles\">");
        tile(html, "fail", count_verdict(checks, "fail"), "fail");
        tile(html, "caution", count_verdict(checks, "caution"), "caution");
        tile(html, "open", count_verdict(checks, "not_evaluated"), "not evaluated");
        tile(html, "pass", count_verdict(checks, "pass"), "pass");
        ot_buffer_text(html, "</div>");
    } else {
        ot_buffer_text(html, "<p>No criteria were judged.</p>");
    }
    put_activities(page);
    put_key_doses(page);
    ot_page_section_end(page);
}

void ot_report_verdicts(struct ot_page *page)
{
    struct ot_buffer *html = page->html;
    const json_t *checks = ot_page_find(page->result, "checks");
    if (json_array_size(checks) == 0) {
        return;
    }
    ot_page_section(page, "verdicts", "What needs attention");
    if (count_verdict(checks, "fail") + count_verdict(checks, "caution") != 0) {
        ot_buffer_text(html, "<ul class=\"findings\">");
        put_findings(page, checks, "fail");
        put_findings(page, checks, "caution");
        ot_buffer_text(html, "</ul>");
    } else {
        ot_buffer_text(html, "<p>No criterion is fail or caution.</p>");
    }
    ot_buffer_text(html, "<p class=\"hint\">Every criterion with its source stands under "
                         "<a href=\"#checks\">All criteria</a>. What could not be evaluated has "
                         "not passed.</p>");
    ot_page_section_end(page);
}

static void put_prescription(struct ot_page *page)
{
    static const char *const shown[] = {"prescribed_gbq", "a_aim_gbq", "a_max_gbq", NULL};
    ot_page_section(page, "prescription", "Prescription");
    ot_page_object(page->html, ot_page_find(page->result, "prescription"), shown);
    ot_page_section_end(page);
}

void ot_report_prescription(struct ot_page *page)
{
    struct ot_buffer *html = page->html;
    if (json_is_object(ot_page_find(page->result, "prescription"))) {
        put_prescription(page);
    }
    json_t *comparison = ot_page_find(page->result, "comparison");
    if (comparison != NULL) {
        ot_page_section(page, "comparison", "Delivered and planned");
        if (json_is_array(comparison)) {
            ot_page_table(html, comparison, NULL);
        } else {
            ot_page_object(html, comparison, NULL);
        }
        ot_page_section_end(page);
    }
}
