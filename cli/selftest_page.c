/* cli/selftest_page.c - the outcome of a self-test as JSON and as a page to file. */
#include "cli/flow_selftest.h"

#include <math.h>
#include <stdio.h>

#include "core/clock.h"
#include "io/json.h"
#include "io/library_versions.h"

enum { TIME_SIZE = 32 };

static void start_text(const struct ot_selftest *t, char text[TIME_SIZE])
{
    const struct ot_time start = {.s = t->start_utc_s, .known = true, .zoned = true};
    ot_time_to_iso8601(&start, text, TIME_SIZE);
}

static json_t *json_case(const struct ot_selftest_case *c)
{
    const bool words = c->expected_word != NULL;
    json_t *expected = words ? json_string(c->expected_word) : ot_json_number(c->expected);
    json_t *obtained = words ? json_string(c->obtained_word) : ot_json_number(c->obtained);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:f, s:s, s:b, s:s?}", "group", c->group,
                     "name", c->name, "truth", c->truth, "unit", c->unit, "expected", expected,
                     "obtained", obtained, "tolerance", c->tolerance, "tolerance_kind",
                     c->relative ? "relative" : "absolute", "passed", c->passed ? 1 : 0, "note",
                     c->note);
}

json_t *ot_selftest_json(const struct ot_selftest *t)
{
    char start[TIME_SIZE];
    json_t *cases = json_array();
    json_t *libraries = json_object();
    start_text(t, start);
    for (size_t n = 0; n < t->count; n++) {
        (void)json_array_append_new(cases, json_case(&t->cases[n]));
    }
    for (const struct ot_library *library = ot_libraries(); library->name != NULL; library++) {
        (void)json_object_set_new(libraries, library->name, json_string(library->version));
    }
    json_t *root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:i, s:I, s:I, s:b, s:o, s:o}",
                             "schema", "opentare.selftest/1", "program", "OpenTARE tare", "version",
                             OT_VERSION, "git_commit", OT_GIT_COMMIT, "start_time", start,
                             "seconds", t->seconds, "threads", t->threads, "case_count",
                             (json_int_t)t->count, "failed_count", (json_int_t)t->failed, "passed",
                             t->failed == 0 ? 1 : 0, "libraries", libraries, "cases", cases);
    if (root != NULL && json_array_size(cases) != t->count) {
        json_decref(root);
        root = NULL;
    }
    return root;
}

void ot_selftest_texts(const struct ot_selftest_case *c, char expected[OT_SELFTEST_TEXT],
                       char obtained[OT_SELFTEST_TEXT], char tolerance[OT_SELFTEST_TEXT])
{
    const size_t size = OT_SELFTEST_TEXT;
    if (c->expected_word != NULL) {
        (void)snprintf(expected, size, "%s", c->expected_word);
        (void)snprintf(obtained, size, "%s", c->obtained_word);
        (void)snprintf(tolerance, size, "same");
        return;
    }
    (void)snprintf(expected, size, isnan(c->expected) ? "-" : "%.6g", c->expected);
    (void)snprintf(obtained, size, isnan(c->obtained) ? "-" : "%.6g", c->obtained);
    if (c->relative) {
        (void)snprintf(tolerance, size, "%.3g %%", 100.0 * c->tolerance);
    } else {
        (void)snprintf(tolerance, size, "%.3g", c->tolerance);
    }
}

static const char HEAD[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>OpenTARE self-test</title>\n<style>\n"
    "body{font:14px/1.4 system-ui,sans-serif;max-width:72em;margin:2em auto;padding:0 1em}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "td,th{text-align:left;padding:.15em .6em;border-bottom:1px solid #ccc;vertical-align:top}\n"
    "td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    ".pass{color:#063}.fail{color:#a00;font-weight:bold}\n"
    ".sign{margin-top:3em;display:flex;gap:3em}.sign span{flex:1;border-top:1px solid;"
    "padding-top:.3em}\n@media print{body{margin:0;font-size:10px}tr{break-inside:avoid}}\n"
    "</style>\n</head>\n<body>\n<h1>OpenTARE self-test</h1>\n";

static const char TAIL[] =
    "</tbody></table>\n<p>Research software, no medical device: a qualified person decides. The "
    "self-test holds this installation against numbers known from elsewhere; it does not replace "
    "commissioning with the clinic's own images.</p>\n"
    "<p class=\"sign\"><span>Name</span><span>Date</span><span>Signature</span></p>\n"
    "</body>\n</html>\n";

static void html_case(const struct ot_selftest_case *c, struct ot_buffer *html)
{
    char cells[3][OT_SELFTEST_TEXT];
    ot_selftest_texts(c, cells[0], cells[1], cells[2]);
    ot_buffer_text(html, "<tr><td>");
    ot_buffer_html(html, c->name);
    if (c->note != NULL) {
        ot_buffer_text(html, "<br>");
        ot_buffer_html(html, c->note);
    }
    ot_buffer_text(html, "</td><td>");
    ot_buffer_html(html, c->truth);
    for (size_t n = 0; n < 3; n++) {
        ot_buffer_text(html, "</td><td class=\"n\">");
        ot_buffer_html(html, cells[n]);
    }
    ot_buffer_text(html, "</td><td>");
    ot_buffer_html(html, c->unit);
    ot_buffer_printf(html, "</td><td class=\"%s\">%s</td></tr>\n", c->passed ? "pass" : "fail",
                     c->passed ? "pass" : "FAIL");
}

void ot_selftest_html(const struct ot_selftest *t, struct ot_buffer *html)
{
    char start[TIME_SIZE];
    start_text(t, start);
    ot_buffer_text(html, HEAD);
    if (t->failed == 0) {
        ot_buffer_printf(html, "<p class=\"pass\">All %zu cases pass.</p>\n", t->count);
    } else {
        ot_buffer_printf(html, "<p class=\"fail\">%zu of %zu cases fail.</p>\n", t->failed,
                         t->count);
    }
    ot_buffer_printf(html, "<p>%s &middot; tare ", start);
    ot_buffer_html(html, OT_VERSION);
    ot_buffer_text(html, " &middot; commit ");
    ot_buffer_html(html, OT_GIT_COMMIT[0] != '\0' ? OT_GIT_COMMIT : "not known");
    ot_buffer_printf(html, " &middot; %d thread%s &middot; %.1f s</p>\n<p>", t->threads,
                     t->threads == 1 ? "" : "s", t->seconds);
    for (const struct ot_library *library = ot_libraries(); library->name != NULL; library++) {
        ot_buffer_html(html, library->name);
        ot_buffer_text(html, " ");
        ot_buffer_html(html, library->version);
        ot_buffer_text(html, library[1].name != NULL ? " &middot; " : "</p>\n");
    }
    ot_buffer_text(html, "<table><thead><tr><th>case</th><th>held against</th><th>expected</th>"
                         "<th>obtained</th><th>tolerance</th><th>unit</th><th></th></tr></thead>"
                         "<tbody>\n");
    for (size_t n = 0; n < t->count; n++) {
        html_case(&t->cases[n], html);
    }
    ot_buffer_text(html, TAIL);
}
