/* io/builtin.h - the tables that are compiled into the program. */
#ifndef OT_IO_BUILTIN_H
#define OT_IO_BUILTIN_H

#include <stddef.h>

/* Text of a table by its path below data/, e.g. "criteria/salem2023.json"; NULL if there is
 * none. Static storage, NUL-terminated; *size (may be NULL) without the NUL. */
const char *ot_builtin_text(const char *name, size_t *size);

/* Name of the n-th table; NULL after the last. */
const char *ot_builtin_name(size_t n);

#endif /* OT_IO_BUILTIN_H */
