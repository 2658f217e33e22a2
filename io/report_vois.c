/* io/report_vois.c - how the VOIs were made, what the territories cover and what they leave. */
#include <string.h>

#include "io/report_page.h"

static void put_definitions(struct ot_page *page, const json_t *vois)
{
    struct ot_buffer *html = page->html;
    size_t n;
    json_t *row;
    ot_buffer_text(html, "<div class=\"wide\"><table><thead><tr><th scope=\"col\">VOI</th>"
                         "<th scope=\"col\">made as</th><th scope=\"col\" class=\"n\">volume "
                         "<small>ml</small></th><th scope=\"col\">adults have "
                         "<small>ml</small></th></tr></thead><tbody>");
    json_array_foreach(vois, n, row)
    {
        const json_t *expected = json_object_get(row, "expected_ml");
        ot_buffer_text(html, "<tr><td>");
        ot_buffer_html(html, ot_page_text(row, "name", ""));
        ot_buffer_text(html, "</td><td>");
        ot_buffer_html(html, ot_page_text(row, "definition", "given"));
        ot_buffer_text(html, "</td><td class=\"n\">");
        ot_page_value(html, json_object_get(row, "volume_ml"), "", OT_DIGITS_TABLE);
        ot_buffer_text(html, "</td><td>");
        if (json_array_size(expected) == 2) {
            ot_page_value(html, json_array_get(expected, 0), "", OT_DIGITS_FORMULA);
            ot_buffer_text(html, " to ");
            ot_page_value(html, json_array_get(expected, 1), "", OT_DIGITS_FORMULA);
        }
        ot_buffer_text(html, "</td></tr>");
    }
    ot_buffer_text(html, "</tbody></table></div>");
}

static void put_table(struct ot_page *page, const json_t *territories, const char *key,
                      const char *title, const char *hint)
{
    const json_t *rows = ot_page_find(territories, key);
    if (json_array_size(rows) == 0) {
        return;
    }
    ot_buffer_printf(page->html, "<h3>%s</h3>", title);
    ot_page_table(page->html, rows, NULL);
    if (*hint != '\0') {
        ot_buffer_printf(page->html, "<p class=\"hint\">%s</p>", hint);
    }
}

void ot_report_vois(struct ot_page *page)
{
    static const char *const tables[] = {"perfused", "overlaps", "tumors", NULL};
    const json_t *vois = ot_page_find(page->result, "vois");
    json_t *territories = ot_page_find(page->result, "territories");
    if (json_array_size(vois) == 0) {
        return;
    }
    ot_page_section(page, "vois", "VOIs and territories");
    put_definitions(page, vois);
    if (json_is_object(territories)) {
        ot_buffer_text(page->html, "<h3>Liver</h3>");
        ot_page_object(page->html, territories, tables);
        ot_buffer_text(page->html,
                       "<p class=\"hint\">Perfused: of the union of all territories, overlaps "
                       "count once. Future liver remnant: nonperfused liver less tumors and "
                       "thrombus, of the liver less tumors and thrombus.</p>");
        put_table(page, territories, "perfused", "Territories", "");
        put_table(page, territories, "overlaps", "Overlaps of territories", "");
        put_table(page, territories, "tumors", "Tumors in the territories",
                  "Diameter: the largest in any direction, of the surface where half of a voxel is "
                  "tumor. Margin: the least distance from that surface to the edge of the union of "
                  "the territories, negative by how far the tumor reaches beyond; untreated "
                  "margin: to the nearest nonperfused liver, where the capsule is no edge.");
    }
    ot_page_section_end(page);
}
