/* cli/summary.c - the result on one screen. */
#include "cli/summary.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "cli/waivers.h"
#include "core/err.h"

enum { TEXT_SIZE = 512, NUMBER_SIZE = 40, FINDINGS = 8, WARNINGS = 3, VOIS = 16 };

/* One line, cut to the width between characters (UTF-8 continuation bytes do not count) and
 * free of control characters: names come from files. */
static void say(FILE *out, const char *fmt, ...) OT_PRINTF(2, 3);

static void say(FILE *out, const char *fmt, ...)
{
    char line[TEXT_SIZE];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    size_t columns = 0;
    for (char *at = line; *at != '\0'; at++) {
        const unsigned char byte = (unsigned char)*at;
        if ((byte & 0xC0U) != 0x80U && ++columns > OT_SUMMARY_COLUMNS) {
            *at = '\0';
            break;
        }
        if (byte < 0x20U || byte == 0x7FU) {
            *at = '?';
        }
    }
    (void)fprintf(out, "%s\n", line);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* "204.9 Gy", "-" when there is no number. */
static const char *number_of(const json_t *object, const char *key, const char *unit,
                             char text[NUMBER_SIZE])
{
    const json_t *value = json_object_get(object, key);
    if (json_is_number(value)) {
        (void)snprintf(text, NUMBER_SIZE, "%.4g%s%s", json_number_value(value),
                       *unit != '\0' ? " " : "", unit);
    } else {
        (void)snprintf(text, NUMBER_SIZE, "-");
    }
    return text;
}

static const json_t *row_named(const json_t *rows, const char *key, const char *name)
{
    size_t n;
    json_t *row;
    json_array_foreach(rows, n, row)
    {
        if (strcmp(text_of(row, key), name) == 0) {
            return row;
        }
    }
    return NULL;
}

static size_t count_of(const json_t *checks, const char *verdict)
{
    size_t n;
    size_t count = 0;
    json_t *check;
    json_array_foreach(checks, n, check)
    {
        count += strcmp(text_of(check, "verdict"), verdict) == 0 ? 1 : 0;
    }
    return count;
}

/* A limit is a number or a text. */
static void scalar(const json_t *value, char *text, size_t size)
{
    if (json_is_number(value)) {
        (void)snprintf(text, size, "%.4g", json_number_value(value));
    } else {
        const char *word = json_string_value(value);
        (void)snprintf(text, size, "%s", word != NULL && *word != '\0' ? word : "-");
    }
}

/* Prints checks of a verdict, each with the reason that its numbers alone do not tell, in at most
 * *room lines; returns how many checks. */
static size_t print_findings(const json_t *checks, const char *verdict, size_t *room, FILE *out)
{
    size_t n;
    size_t printed = 0;
    json_t *check;
    json_array_foreach(checks, n, check)
    {
        const char *reason = text_of(check, "reason");
        const size_t lines = *reason != '\0' ? 2 : 1;
        if (strcmp(text_of(check, "verdict"), verdict) != 0 || lines > *room) {
            continue;
        }
        char value[64];
        char limit[64];
        scalar(json_object_get(check, "value"), value, sizeof value);
        scalar(json_object_get(check, "limit"), limit, sizeof limit);
        const char *voi = text_of(check, "voi");
        say(out, "  %-8s %-6s %s%s%s: %s, wanted %s %s %s", verdict, text_of(check, "id"),
            text_of(check, "quantity"), *voi != '\0' ? " of " : "", voi, value,
            text_of(check, "comparator"), limit, text_of(check, "unit"));
        if (lines == 2) {
            say(out, "                  %s", reason);
        }
        *room -= lines;
        printed++;
    }
    return printed;
}

static void print_checks(const json_t *checks, FILE *out)
{
    if (json_array_size(checks) == 0) {
        say(out, "criteria          none judged");
        return;
    }
    const size_t fails = count_of(checks, "fail");
    const size_t cautions = count_of(checks, "caution");
    say(out,
        "criteria          %zu fail, %zu caution, %zu not evaluated, %zu pass, %zu for information",
        fails, cautions, count_of(checks, "not_evaluated"), count_of(checks, "pass"),
        count_of(checks, "info"));
    size_t room = FINDINGS;
    size_t printed = print_findings(checks, "fail", &room, out);
    printed += print_findings(checks, "caution", &room, out);
    if (fails + cautions > printed) {
        say(out, "  and %zu more, see the report", fails + cautions - printed);
    }
}

static void print_activity(const json_t *result, FILE *out)
{
    char a[NUMBER_SIZE];
    char b[NUMBER_SIZE];
    char c[NUMBER_SIZE];
    const json_t *activity = json_object_get(result, "activity");
    const json_t *plan = json_object_get(result, "prescription");
    if (json_is_object(plan)) {
        const char *outcome = text_of(plan, "outcome");
        const char *binds = text_of(plan, "binds");
        say(out, "activity          prescribed %s (aim %s, max %s)%s%s%s%s",
            number_of(plan, "prescribed_gbq", "GBq", a), number_of(plan, "a_aim_gbq", "GBq", b),
            number_of(plan, "a_max_gbq", "GBq", c), *outcome != '\0' ? ", " : "", outcome,
            *binds != '\0' ? ", binds: " : "", binds);
    }
    const json_t *vial = json_object_get(plan, "vial");
    if (json_is_object(vial)) {
        say(out, "vial              %s at calibration, %s",
            number_of(vial, "gbq_at_calibration", "GBq", a), text_of(vial, "calibration_time"));
        say(out, "time              %s, %s to %s", text_of(vial, "treatment_day"),
            text_of(vial, "from"), text_of(vial, "to"));
    } else if (json_is_object(plan)) {
        say(out, "vial and time     -");
    }
    const json_t *comparison = json_object_get(result, "comparison");
    if (json_is_object(comparison)) {
        say(out, "delivered         %s, planned %s",
            number_of(comparison, "delivered_gbq", "GBq", a),
            number_of(comparison, "planned_gbq", "GBq", b));
    }
    if (json_is_number(json_object_get(activity, "scan_to_net_ratio"))) {
        say(out, "image total       %s at injection, %s of what was injected%s",
            number_of(activity, "total_in_image_gbq", "GBq", a),
            number_of(activity, "scan_to_net_ratio", "", b),
            json_is_true(json_object_get(activity, "rescaled_to_net")) ? " before rescaling" : "");
    }
    say(out, "doses are for     %s, lung shunt %s (%s), residual %s (%s)",
        number_of(activity, "dose_is_for_gbq", "GBq", a),
        number_of(activity, "lung_shunt_fraction", "", b), text_of(activity, "lung_shunt_source"),
        number_of(activity, "residual_fraction", "", c), text_of(activity, "residual_source"));
}

static void print_doses(const json_t *result, FILE *out)
{
    static const char *const roles[] = {"tumor", "normal_perfused", "normal_liver"};
    static const char *const titles[] = {"tumor", "normal perfused", "normal liver"};
    char a[NUMBER_SIZE];
    char b[NUMBER_SIZE];
    char c[NUMBER_SIZE];
    const json_t *vois = json_object_get(result, "vois");
    for (size_t n = 0; n < sizeof roles / sizeof *roles; n++) {
        const json_t *row = row_named(vois, "name", roles[n]);
        row = row != NULL ? row : row_named(vois, "role", roles[n]);
        say(out, "%-17s mean %s, D95 %s, D50 %s", titles[n], number_of(row, "mean_gy", "Gy", a),
            number_of(row, "d95_gy", "Gy", b), number_of(row, "d50_gy", "Gy", c));
    }
    const json_t *lungs = json_object_get(result, "lungs");
    const bool prior = json_number_value(json_object_get(lungs, "prior_gy")) > 0.0;
    say(out, "lungs             %s from the shunt%s%s, voxel mean %s",
        number_of(lungs, "dose_gy", "Gy", a), prior ? " with earlier treatments' " : "",
        prior ? number_of(lungs, "prior_gy", "Gy", c) : "",
        number_of(lungs, "voxel_mean_gy", "Gy", b));
}

/* A sentence over two lines at most, broken at a blank. The second goes farther left where its end
 * would be cut off. */
static void say_wrapped(FILE *out, const char *lead, const char *text)
{
    const size_t room = OT_SUMMARY_COLUMNS - strlen(lead);
    size_t cut = strlen(text);
    if (cut > room) {
        for (cut = room; cut > 0 && text[cut] != ' '; cut--) {
        }
    }
    say(out, "%s%.*s", lead, (int)cut, text);
    if (text[cut] == ' ') {
        const size_t rest = strlen(text + cut + 1);
        const size_t left =
            rest > room && rest <= OT_SUMMARY_COLUMNS ? OT_SUMMARY_COLUMNS - rest : strlen(lead);
        say(out, "%*s%s", (int)left, "", text + cut + 1);
    }
}

/* What was waived stands here whatever else there is to warn of: it must not be lost among "more".
 */
static void print_warnings(const json_t *result, FILE *out)
{
    const json_t *warnings = json_object_get(result, "warnings");
    char waived[TEXT_SIZE];
    const size_t waivers = ot_waivers_text(result, waived, sizeof waived);
    const size_t count = json_array_size(warnings);
    const size_t most = waivers > 0 ? WARNINGS - 1 : WARNINGS;
    const size_t shown = count > most ? most - 1 : count;
    if (waivers > 0) {
        say_wrapped(out, "waived by         ", waived);
    }
    for (size_t n = 0; n < shown; n++) {
        const char *text = json_string_value(json_array_get(warnings, n));
        say_wrapped(out, "warning: ", text != NULL ? text : "see the report");
    }
    if (count > shown) {
        say(out, "and %zu more warning%s, see the report", count - shown,
            count - shown == 1 ? "" : "s");
    }
}

void ot_summary_print(const json_t *result, FILE *out)
{
    say(out, "%s: %s, scenario %s", text_of(result, "case_id"), text_of(result, "stage"),
        text_of(result, "scenario"));
    print_activity(result, out);
    print_doses(result, out);
    print_checks(json_object_get(result, "checks"), out);
    print_warnings(result, out);
}

void ot_summary_print_dvh(const json_t *result, FILE *out)
{
    char ml[NUMBER_SIZE];
    char mean[NUMBER_SIZE];
    char d95[NUMBER_SIZE];
    char d50[NUMBER_SIZE];
    const json_t *vois = json_object_get(result, "vois");
    const size_t count = json_array_size(vois);
    const size_t shown = count > VOIS ? VOIS - 1 : count;
    say(out, "%s: doses of %zu VOIs", text_of(result, "case_id"), count);
    for (size_t n = 0; n < shown; n++) {
        const json_t *row = json_array_get(vois, n);
        say(out, "%-17s %s, mean %s, D95 %s, D50 %s", text_of(row, "name"),
            number_of(row, "volume_ml", "ml", ml), number_of(row, "mean_gy", "Gy", mean),
            number_of(row, "d95_gy", "Gy", d95), number_of(row, "d50_gy", "Gy", d50));
    }
    if (count > shown) {
        say(out, "and %zu more VOIs, see result.json", count - shown);
    }
    print_warnings(result, out);
}
