/* io/report_checks.c - every criterion with its source, and how the numbers were made. */
#include <string.h>

#include "io/report_page.h"

static void put_check(struct ot_page *page, const json_t *check)
{
    struct ot_buffer *html = page->html;
    ot_buffer_text(html, "<tr><th scope=\"row\"><code>");
    ot_buffer_html(html, ot_page_text(check, "id", "\xE2\x80\x93"));
    ot_buffer_text(html, "</code></th><td>");
    ot_page_badge(html, ot_page_text(check, "verdict", "not_evaluated"));
    ot_buffer_text(html, "</td><td>");
    const struct ot_key_label quantity = ot_page_label(ot_page_text(check, "quantity", ""));
    ot_buffer_html(html, quantity.text);
    const char *voi = ot_page_text(check, "voi", "");
    if (*voi != '\0') {
        ot_buffer_text(html, "<br><small>");
        ot_buffer_html(html, voi);
        ot_buffer_text(html, "</small>");
    }
    ot_buffer_text(html, "</td><td class=\"n\">");
    ot_page_check_value(html, check);
    ot_buffer_text(html, "</td><td class=\"n\">");
    ot_page_check_limit(html, check);
    ot_buffer_text(html, "</td><td>");
    ot_buffer_html(html, ot_page_text(check, "reason", ""));
    ot_page_conflicts(page, check);
    ot_buffer_text(html, "</td><td>");
    ot_buffer_html(html, ot_page_text(check, "source", "\xE2\x80\x93"));
    ot_buffer_text(html, "</td><td>");
    ot_page_value(html, ot_page_find(check, "grade"), "", OT_DIGITS_TABLE);
    ot_buffer_text(html, "</td><td>");
    ot_page_value(html, ot_page_find(check, "consensus"), "", OT_DIGITS_TABLE);
    ot_buffer_text(html, "</td></tr>\n");
}

static size_t count_checks(const json_t *checks, bool info)
{
    size_t n;
    size_t count = 0;
    json_t *check;
    json_array_foreach(checks, n, check)
    {
        count += (strcmp(ot_page_text(check, "verdict", ""), "info") == 0) == info ? 1 : 0;
    }
    return count;
}

static void put_checks(struct ot_page *page, const json_t *checks, bool info)
{
    static const char *const headings[] = {"id",     "verdict", "quantity", "value",    "wanted",
                                           "reason", "source",  "grade",    "consensus"};
    struct ot_buffer *html = page->html;
    ot_buffer_text(html, "<div class=\"wide\"><table class=\"checks\"><thead><tr>");
    for (size_t n = 0; n < sizeof headings / sizeof *headings; n++) {
        ot_buffer_printf(html, "<th scope=\"col\">%s</th>", headings[n]);
    }
    ot_buffer_text(html, "</tr></thead><tbody>\n");
    size_t n;
    json_t *check;
    json_array_foreach(checks, n, check)
    {
        if ((strcmp(ot_page_text(check, "verdict", ""), "info") == 0) == info) {
            put_check(page, check);
        }
    }
    ot_buffer_text(html, "</tbody></table></div>");
}

void ot_report_checks(struct ot_page *page)
{
    struct ot_buffer *html = page->html;
    const json_t *checks = ot_page_find(page->result, "checks");
    if (json_array_size(checks) == 0) {
        return;
    }
    ot_page_section(page, "checks", "All criteria");
    if (count_checks(checks, false) != 0) {
        put_checks(page, checks, false);
    }
    const size_t info = count_checks(checks, true);
    if (info != 0) {
        ot_buffer_printf(html,
                         "<details><summary>%zu rows for information: "
                         "statements that are not judged or do not apply</summary></details>"
                         "<div class=\"fold\">",
                         info);
        put_checks(page, checks, true);
        ot_buffer_text(html, "</div>");
    }
    ot_page_section_end(page);
}

static void put_part(struct ot_page *page, const char *key, const char *title)
{
    json_t *part = ot_page_find(page->result, key);
    if (part == NULL) {
        return;
    }
    struct ot_buffer *html = page->html;
    ot_buffer_printf(html, "<h3>%s</h3>", title);
    if (json_is_object(part)) {
        static const char *const own_table[] = {"counts_share", NULL};
        ot_page_object(html, part, own_table);
    } else if (json_is_object(json_array_get(part, 0))) {
        ot_page_table(html, part, NULL);
    } else {
        ot_buffer_text(html, "<p>");
        ot_page_value(html, part, "", OT_DIGITS_FORMULA);
        ot_buffer_text(html, "</p>");
    }
}

static void put_counts(struct ot_page *page)
{
    json_t *share = ot_page_find(page->result, "activity.counts_share");
    if (!json_is_object(share)) {
        return;
    }
    struct ot_buffer *html = page->html;
    ot_buffer_text(html, "<h3>Counts in each region</h3><p class=\"hint\">Fraction of all counts "
                         "of the image.</p>");
    ot_page_object(html, share, NULL);
}

void ot_report_method(struct ot_page *page)
{
    ot_page_section(page, "method", "How it was computed");
    put_part(page, "engine", "Engine");
    put_part(page, "activity", "Activity and calibration");
    put_counts(page);
    put_part(page, "grid", "Grid");
    put_part(page, "inputs", "Inputs");
    put_part(page, "provenance", "Provenance");
    ot_buffer_text(page->html, "<p class=\"hint\">Schema ");
    ot_buffer_html(page->html, ot_page_text(page->result, "schema", "\xE2\x80\x93"));
    ot_buffer_text(page->html, ". This page shows result.json and computes no number of it.</p>");
    ot_page_section_end(page);
}
