/* io/library_versions.h - which libraries computed a result. */
#ifndef OT_IO_LIBRARY_VERSIONS_H
#define OT_IO_LIBRARY_VERSIONS_H

struct ot_library {
    const char *name; /* NULL ends the list */
    const char *version;
};

/* Static storage; versions as the libraries in use state them. */
const struct ot_library *ot_libraries(void);

#endif /* OT_IO_LIBRARY_VERSIONS_H */
