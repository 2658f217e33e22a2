/* cli/waivers.c - the flags of waivers, as warnings tell them. */
#include "cli/waivers.h"

#include <stdio.h>
#include <string.h>

static const char *const flags[] = {
    "patient-override", "study-override",  "frame-override",  "isotope-override",
    "allow-negative",   "allow-saturated", "allow-intercept", "allow-uncorrected-beds",
    "units-mm",         "skip-bad-voi",
};

/* A refusal or an advice names a flag too, but does not stand among the warnings as "by --flag" or
 * "(--flag)". */
static int is_told(const json_t *warnings, const char *flag)
{
    char by[64];
    char aside[64];
    size_t n;
    const json_t *warning;
    (void)snprintf(by, sizeof by, "by --%s", flag);
    (void)snprintf(aside, sizeof aside, "(--%s)", flag);
    json_array_foreach(warnings, n, warning)
    {
        const char *text = json_string_value(warning);
        if (text != NULL && (strstr(text, by) != NULL || strstr(text, aside) != NULL)) {
            return 1;
        }
    }
    return 0;
}

size_t ot_waivers_used(const json_t *warnings, char *text, size_t size)
{
    size_t count = 0;
    size_t used = 0;
    text[0] = '\0';
    for (size_t n = 0; n < sizeof flags / sizeof flags[0]; n++) {
        if (!is_told(warnings, flags[n])) {
            continue;
        }
        const int more = snprintf(text + used, size - used, "%s%s", count > 0 ? " " : "", flags[n]);
        used = more > 0 && used + (size_t)more < size ? used + (size_t)more : size - 1;
        count++;
    }
    return count;
}
