/* data/embedded.h - the tables of data/, compiled into the program. */
#ifndef OT_DATA_EMBEDDED_H
#define OT_DATA_EMBEDDED_H

#include <stddef.h>

struct ot_embedded {
    const char *name; /* path below data/, e.g. "kernels/y90_liver.csv"; NULL ends the list */
    const char *text; /* NUL-terminated */
    size_t size;      /* without the NUL */
};

extern const struct ot_embedded ot_embedded_tables[];

#endif /* OT_DATA_EMBEDDED_H */
