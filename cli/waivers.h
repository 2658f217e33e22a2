/* cli/waivers.h - which refusals were waived, by the flags that did it: told where it happens, read
 * from the result's key "waived_by".
 */
#ifndef OT_CLI_WAIVERS_H
#define OT_CLI_WAIVERS_H

#include <stddef.h>

#include <jansson.h>

#include "core/err.h"

struct ot_dosimetry;

/* The flag ("units-mm") was made use of: d->waived_by has it, once. */
void ot_waivers_note(struct ot_dosimetry *d, const char *flag);

/* The same, and a warning that says so. */
void ot_waivers_tell(struct ot_dosimetry *d, const char *flag, const char *fmt, ...)
    OT_PRINTF(3, 4);

/* "patient-override allow-negative": a result's flags. text: "" where there is none; cut where it
 * is too small. Returns how many there are. */
size_t ot_waivers_text(const json_t *result, char *text, size_t size);

#endif /* OT_CLI_WAIVERS_H */
