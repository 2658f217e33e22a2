/* io/inspect_names.h - takes names of files out of what `inspect` tells. */
#ifndef OT_IO_INSPECT_NAMES_H
#define OT_IO_INSPECT_NAMES_H

#include <jansson.h>

#include "core/text.h"

/* Names of files hold names of patients: in "reason" of each entry of `list` the base name of one
 * of `paths` becomes "<file N>", N counted from 1 in their order, and "<file>" where there is but
 * one; likewise that of the JSON file beside it. A name without a dot is replaced only where errors
 * name files: elsewhere it may be a number or a word. */
void ot_inspect_hide_names(json_t *list, const struct ot_texts *paths);

#endif /* OT_IO_INSPECT_NAMES_H */
