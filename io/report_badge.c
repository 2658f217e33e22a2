/* io/report_badge.c - the parts of a page that speak of criteria: badges, limits, conflicts. */
#include <string.h>

#include "io/report_page.h"

#define NONE "<span class=\"none\" title=\"not available\">\xE2\x80\x93</span>"
#define THIN "\xE2\x80\xAF" /* narrow no-break space */

void ot_page_section(struct ot_page *page, const char *id, const char *title)
{
    ot_buffer_printf(page->html,
                     "<section id=\"%s\" aria-labelledby=\"h-%s\"><h2 id=\"h-%s\">%s</h2>\n", id,
                     id, id, title);
}

void ot_page_section_end(struct ot_page *page)
{
    ot_buffer_text(page->html, "</section>\n");
}

void ot_page_badge(struct ot_buffer *html, const char *verdict)
{
    static const struct {
        const char *verdict, *kind, *sign, *words;
    } badges[] = {
        {"fail", "fail", "\xE2\x9C\x95", "fail"},        {"caution", "caution", "!", "caution"},
        {"pass", "pass", "\xE2\x9C\x93", "pass"},        {"info", "info", "i", "info"},
        {"not_evaluated", "open", "?", "not evaluated"},
    };
    for (size_t n = 0; n < sizeof badges / sizeof *badges; n++) {
        if (strcmp(badges[n].verdict, verdict) == 0) {
            ot_buffer_printf(html,
                             "<span class=\"badge %s\"><b aria-hidden=\"true\">%s</b> %s</span>",
                             badges[n].kind, badges[n].sign, badges[n].words);
            return;
        }
    }
    ot_buffer_text(html, "<span class=\"badge open\">");
    ot_buffer_html(html, *verdict != '\0' ? verdict : "not evaluated");
    ot_buffer_text(html, "</span>");
}

/* The limits' unit as people write it. */
static const char *nice_unit(const char *unit)
{
    if (strcmp(unit, "Gy*kg/GBq") == 0) {
        return "Gy\xC2\xB7kg/GBq";
    }
    return unit;
}

void ot_page_check_value(struct ot_buffer *html, const json_t *check)
{
    ot_page_value(html, ot_page_find(check, "value"), nice_unit(ot_page_text(check, "unit", "")),
                  OT_DIGITS_TABLE);
}

void ot_page_check_limit(struct ot_buffer *html, const json_t *check)
{
    static const char *const signs[][2] = {
        {">=", "\xE2\x89\xA5"}, {"<=", "\xE2\x89\xA4"}, {"==", "="}, {"between", "between"}};
    const json_t *limit = ot_page_find(check, "limit");
    const char *comparator = ot_page_text(check, "comparator", "");
    if (limit == NULL || (json_is_string(limit) && json_string_length(limit) == 0)) {
        ot_buffer_text(html, NONE);
        return;
    }
    for (size_t n = 0; n < sizeof signs / sizeof *signs; n++) {
        if (strcmp(signs[n][0], comparator) == 0) {
            comparator = signs[n][1];
        }
    }
    ot_buffer_html(html, comparator);
    ot_buffer_text(html, *comparator != '\0' ? "\xC2\xA0" : "");
    const char *unit = nice_unit(ot_page_text(check, "unit", ""));
    ot_page_value(html, limit, unit, OT_DIGITS_TABLE);
    if (json_is_string(limit) && *unit != '\0') {
        ot_buffer_text(html, THIN);
        ot_buffer_html(html, unit);
    }
}

static void put_conflict(struct ot_page *page, const char *id)
{
    struct ot_buffer *html = page->html;
    const json_t *texts = ot_page_find(page->result, "conflicts");
    const json_t *known =
        json_is_object(texts) ? json_object_get(texts, id) : ot_page_row(texts, "id", id);
    if (known == NULL) {
        known = ot_page_row(ot_page_find(page->criteria, "conflicts"), "id", id);
    }
    ot_buffer_text(html, "<li><b>");
    ot_buffer_html(html, id);
    ot_buffer_text(html, "</b> ");
    if (json_is_string(known)) {
        ot_buffer_html(html, json_string_value(known));
    } else if (json_is_object(known)) {
        ot_buffer_text(html, "One place: ");
        ot_buffer_html(html, ot_page_text(known, "one", "\xE2\x80\x93"));
        ot_buffer_text(html, ". Another: ");
        ot_buffer_html(html, ot_page_text(known, "other", "\xE2\x80\x93"));
        ot_buffer_text(html, ". Here: ");
        ot_buffer_html(html, ot_page_text(known, "here", "\xE2\x80\x93"));
        ot_buffer_text(html, ".");
    }
    ot_buffer_text(html, "</li>");
}

/* Ids come as a list, or as one text with separators. */
static void put_conflict_ids(struct ot_page *page, const char *ids)
{
    while (*ids != '\0') {
        const size_t length = strcspn(ids, "|,; ");
        char id[16];
        if (length != 0 && length < sizeof id) {
            memcpy(id, ids, length);
            id[length] = '\0';
            put_conflict(page, id);
        }
        ids += ids[length] != '\0' ? length + 1 : length;
    }
}

void ot_page_conflicts(struct ot_page *page, const json_t *check)
{
    const json_t *conflict = ot_page_find(check, "conflict");
    const bool some = json_array_size(conflict) != 0 || json_string_length(conflict) != 0;
    if (!some) {
        return;
    }
    ot_buffer_text(page->html, "<div class=\"conflict\"><b>The paper contradicts itself here:</b>"
                               "<ul>");
    if (json_is_string(conflict)) {
        put_conflict_ids(page, json_string_value(conflict));
    }
    size_t n;
    json_t *item;
    json_array_foreach(conflict, n, item)
    {
        put_conflict_ids(page, json_is_string(item) ? json_string_value(item) : "");
    }
    ot_buffer_text(page->html, "</ul></div>");
}
