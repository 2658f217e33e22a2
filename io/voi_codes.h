/* io/voi_codes.h - what a VOI is, in codes that other programs know. */
#ifndef OT_IO_VOI_CODES_H
#define OT_IO_VOI_CODES_H

#include "core/voi.h"

/* A concept of SNOMED CT. */
struct ot_code {
    const char *value;
    const char *meaning;
};

struct ot_voi_code {
    struct ot_code category;
    struct ot_code type;
    unsigned char rgb[3];    /* for display */
    unsigned cielab[3];      /* the same, as DICOM scales it (PS3.3 C.10.7.1.1) */
    const char *interpreted; /* RT ROI Interpreted Type (3006,00a4) */
};

/* Roles without a concept of their own are "Tissue": a VOI's name says the rest.
 * Source: DICOM PS3.16 CID 7150 and 7166. */
const struct ot_voi_code *ot_voi_code(enum ot_role role);

#endif /* OT_IO_VOI_CODES_H */
