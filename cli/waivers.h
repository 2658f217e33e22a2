/* cli/waivers.h - which refusals were waived: found in the warnings, each of which names its flag.
 */
#ifndef OT_CLI_WAIVERS_H
#define OT_CLI_WAIVERS_H

#include <stddef.h>

#include <jansson.h>

/* "patient-override allow-negative": the flags that a result's warnings say were made use of, each
 * once. text: "" where there is none; cut where it is too small. Returns how many there are. */
size_t ot_waivers_used(const json_t *warnings, char *text, size_t size);

#endif /* OT_CLI_WAIVERS_H */
