/* cli/batch_names.h - takes names of files out of what a batch stores. */
#ifndef OT_CLI_BATCH_NAMES_H
#define OT_CLI_BATCH_NAMES_H

#include <stddef.h>

#include "core/text.h"

/* Names of files hold names of patients, so a table tells inputs by role: in `reason`, each base
 * name of a file or folder that `words` ("--spect=PATH", "--voi=ROLE:NAME=PATH#SELECTOR", ...)
 * name, or a case or site file among them, or that lies in such a folder, becomes "<spect>". A
 * short name without a dot, as "1", is replaced only before a colon: elsewhere it may be a number.
 */
void ot_batch_hide_names(const struct ot_texts *words, char *reason, size_t size);

#endif /* OT_CLI_BATCH_NAMES_H */
