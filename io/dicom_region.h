/* io/dicom_region.h - which ROI or segment a selector means. */
#ifndef OT_IO_DICOM_REGION_H
#define OT_IO_DICOM_REGION_H

#include <stdint.h>

#include "core/err.h"
#include "core/voi.h"
#include "io/shim/dcmtk_file.h"

/* More is no region that a person drew, and would only fill memory. */
enum {
    OT_REGIONS_MOST = 10000, /* ROIs of a structure set, segments of a segmentation */
    OT_POINTS_PER_CONTOUR_MOST = 1000000,
    OT_POINTS_PER_ROI_MOST = 5000000
};

/* Where a kind of file lists its regions. */
struct ot_dicom_catalog {
    uint32_t sequence;
    uint32_t number;
    uint32_t name;
    const char *what; /* "ROI", "segment" */
    long least;       /* entries of a smaller number are no regions */
};

struct ot_dicom_choice {
    long number;
    char label[OT_VOI_NAME_SIZE];
};

/* selector: a name, exactly; else a number; NULL: the only one.
 * Errors: OT_ERR_FORMAT listing the names, OT_ERR_UNSUPPORTED (over OT_REGIONS_MOST). */
OT_MUST_CHECK enum ot_rc ot_dicom_choose(const struct otx_item *root,
                                         const struct ot_dicom_catalog *catalog,
                                         const char *selector, struct ot_dicom_choice *choice,
                                         struct ot_err *err);

#endif /* OT_IO_DICOM_REGION_H */
