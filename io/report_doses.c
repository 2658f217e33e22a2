/* io/report_doses.c - what the VOIs get. */
#include <string.h>

#include "io/report_page.h"

/* The row that a reader looks for first: the one that is named like its role (the union, where
 * there are several), else the first of the role. */
static const json_t *row_of(const json_t *vois, const char *role)
{
    const json_t *named = ot_page_row(vois, "name", role);
    return named != NULL ? named : ot_page_row(vois, "role", role);
}

static void line(struct ot_buffer *html, const char *term, const json_t *row, const char *key)
{
    ot_buffer_printf(html, "<div><dt>%s</dt><dd>", term);
    ot_page_value(html, ot_page_find(row, key), "Gy", OT_DIGITS_TABLE);
    ot_buffer_text(html, "</dd></div>");
}

static void put_v_percent(struct ot_buffer *html, const json_t *row)
{
    json_t *v_percent = ot_page_find(row, "v_percent");
    if (!json_is_object(v_percent)) {
        return;
    }
    const char *gy;
    json_t *percent;
    json_object_foreach(v_percent, gy, percent)
    {
        ot_buffer_text(html, "<div><dt>V<sub>");
        ot_buffer_html(html, gy);
        ot_buffer_text(html, "</sub></dt><dd>");
        ot_page_value(html, percent, "%", OT_DIGITS_TABLE);
        ot_buffer_text(html, "</dd></div>");
    }
}

static void put_card(struct ot_page *page, const char *role, const char *title)
{
    const json_t *row = row_of(ot_page_find(page->result, "vois"), role);
    const bool lungs = strcmp(role, "lungs") == 0;
    struct ot_buffer *html = page->html;
    if (row == NULL && !lungs) {
        return;
    }
    ot_buffer_printf(html, "<article class=\"card\"><h3>%s</h3><p class=\"big\">", title);
    ot_page_value(
        html, lungs ? ot_page_find(page->result, "lungs.dose_gy") : ot_page_find(row, "mean_gy"),
        "Gy", OT_DIGITS_TABLE);
    ot_buffer_printf(html, "</p><p class=\"hint\">%s</p><dl>",
                     lungs ? ot_page_lung_dose_title(page->result) : "mean of the voxels");
    if (lungs) {
        line(html, "voxel mean", page->result, "lungs.voxel_mean_gy");
        ot_buffer_text(html, "<div><dt>shunt fraction</dt><dd>");
        ot_page_value(html, ot_page_find(page->result, "lungs.lung_shunt_fraction"), "",
                      OT_DIGITS_TABLE);
        ot_buffer_text(html, "</dd></div><div><dt>source</dt><dd>");
        ot_page_value(html, ot_page_find(page->result, "activity.lung_shunt_source"), "",
                      OT_DIGITS_TABLE);
        ot_buffer_text(html, "</dd></div><div><dt>mass</dt><dd>");
        ot_page_value(html, ot_page_find(page->result, "lungs.mass_kg"), "kg", OT_DIGITS_TABLE);
        ot_buffer_text(html, "</dd></div>");
    } else {
        line(html, "D<sub>95</sub>", row, "d95_gy");
        line(html, "D<sub>70</sub>", row, "d70_gy");
        line(html, "D<sub>50</sub>", row, "d50_gy");
        put_v_percent(html, row);
    }
    ot_buffer_text(html, "</dl></article>");
}

/* The main table: what every reader compares; the rest follows in a second one. */
static const char *const MAIN_KEYS[] = {"volume_ml", "mass_g", "activity_gbq", "mean_gy",
                                        "sd_gy",     "min_gy", "d98_gy",       "d95_gy",
                                        "d70_gy",    "d50_gy", "d2_gy",        "max_gy"};
static const char *const OTHER_KEYS[] = {"energy_j",
                                         "eud_gy",
                                         "bed_gy",
                                         "survival_eud_gy",
                                         "eubed_gy",
                                         "tn_ratio",
                                         "counts_share",
                                         "u_mean_gy",
                                         "recovery",
                                         "recovered_mean_gy",
                                         "u_recovered_mean_gy",
                                         "shift_5mm_percent",
                                         "shift_10mm_percent"};

/* Names that are no words. */
static const struct {
    const char *key, *text;
} NAMES[] = {{"eud_gy", "gEUD"},
             {"bed_gy", "mean BED"},
             {"survival_eud_gy", "survival EUD"},
             {"eubed_gy", "EUBED"},
             {"tn_ratio", "T:N"}};

/* "D95" for d95_gy; the label of page.h for the rest. */
static void put_heading(struct ot_buffer *html, const char *key)
{
    const struct ot_key_label label = ot_page_label(key);
    const char *name = NULL;
    for (size_t n = 0; n < sizeof NAMES / sizeof NAMES[0]; n++) {
        name = strcmp(key, NAMES[n].key) == 0 ? NAMES[n].text : name;
    }
    ot_buffer_text(html, "<th scope=\"col\">");
    if (key[0] == 'd' && key[1] >= '0' && key[1] <= '9') {
        ot_buffer_printf(html, "D<sub>%s</sub>", label.text + 1);
    } else if (name != NULL) {
        ot_buffer_text(html, name);
    } else if (strncmp(key, "shift_", strlen("shift_")) == 0) {
        ot_buffer_printf(html, "mean, shifted %.*s mm", (int)strcspn(key + 6, "m"), key + 6);
    } else {
        ot_buffer_html(html, label.text);
    }
    if (*label.unit != '\0') {
        ot_buffer_printf(html, " <small>%s</small>", label.unit);
    }
    ot_buffer_text(html, "</th>");
}

static void put_table(struct ot_page *page, const char *const *keys, size_t count,
                      const char *caption)
{
    struct ot_buffer *html = page->html;
    ot_buffer_printf(html,
                     "<div class=\"wide\"><table class=\"vois\"><caption>%s</caption><thead><tr>"
                     "<th scope=\"col\">VOI</th><th scope=\"col\">role</th>",
                     caption);
    for (size_t n = 0; n < count; n++) {
        put_heading(html, keys[n]);
    }
    ot_buffer_text(html, "</tr></thead><tbody>");
    size_t m;
    json_t *row;
    json_array_foreach(ot_page_find(page->result, "vois"), m, row)
    {
        ot_buffer_text(html, "<tr><th scope=\"row\">");
        ot_buffer_html(html, ot_page_text(row, "name", "\xE2\x80\x93"));
        ot_buffer_text(html, "</th><td>");
        const struct ot_key_label role = ot_page_label(ot_page_text(row, "role", ""));
        ot_buffer_html(html, role.text);
        ot_buffer_text(html, "</td>");
        for (size_t n = 0; n < count; n++) {
            ot_buffer_text(html, "<td class=\"n\">");
            ot_page_value(html, ot_page_find(row, keys[n]), "", OT_DIGITS_TABLE);
            ot_buffer_text(html, "</td>");
        }
        ot_buffer_text(html, "</tr>");
    }
    ot_buffer_text(html, "</tbody></table></div>");
}

static bool any_has(const json_t *vois, const char *key)
{
    size_t n;
    json_t *row;
    json_array_foreach(vois, n, row)
    {
        if (ot_page_find(row, key) != NULL) {
            return true;
        }
    }
    return false;
}

void ot_report_doses(struct ot_page *page)
{
    struct ot_buffer *html = page->html;
    const json_t *vois = ot_page_find(page->result, "vois");
    ot_page_section(page, "doses", "Doses");
    ot_buffer_text(html, "<div class=\"cards\">");
    put_card(page, "tumor", "Tumor");
    put_card(page, "thrombus", "Thrombus");
    put_card(page, "normal_perfused", "Normal perfused");
    put_card(page, "normal_liver", "Normal liver");
    put_card(page, "lungs", "Lungs");
    ot_buffer_text(html, "</div>");
    if (json_array_size(vois) == 0) {
        ot_buffer_text(html, "<p>The result holds no VOI.</p>");
        ot_page_section_end(page);
        return;
    }
    put_table(page, MAIN_KEYS, sizeof MAIN_KEYS / sizeof *MAIN_KEYS,
              "Volume, activity and dose of every VOI; D<sub>x</sub> is the dose that x % of the "
              "volume gets at least.");
    const char *kept[sizeof OTHER_KEYS / sizeof *OTHER_KEYS];
    size_t count = 0;
    for (size_t n = 0; n < sizeof OTHER_KEYS / sizeof *OTHER_KEYS; n++) {
        if (any_has(vois, OTHER_KEYS[n])) {
            kept[count++] = OTHER_KEYS[n];
        }
    }
    if (count != 0) {
        put_table(page, kept, count,
                  "Energy, biological quantities, share of counts, and by how much the mean dose "
                  "changes at most when the VOI is shifted against the dose. A dash: not "
                  "computed, because a parameter was not given or does not apply.");
    }
    ot_page_section_end(page);
}
