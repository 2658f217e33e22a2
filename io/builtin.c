/* io/builtin.c - looks up an embedded table. */
#include "io/builtin.h"

#include <string.h>

#include "data/embedded.h"

const char *ot_builtin_text(const char *name, size_t *size)
{
    for (const struct ot_embedded *table = ot_embedded_tables; table->name != NULL; table++) {
        if (strcmp(table->name, name) == 0) {
            if (size != NULL) {
                *size = table->size;
            }
            return table->text;
        }
    }
    return NULL;
}

const char *ot_builtin_name(size_t n)
{
    for (size_t at = 0; at < n; at++) {
        if (ot_embedded_tables[at].name == NULL) {
            return NULL;
        }
    }
    return ot_embedded_tables[n].name;
}
