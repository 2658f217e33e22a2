/* io/dicom_mapping.h - real world values (PS3.3 C.7.6.16.2.11): what stored pixels mean. */
#ifndef OT_IO_DICOM_MAPPING_H
#define OT_IO_DICOM_MAPPING_H

#include <stdbool.h>

#include "core/err.h"
#include "core/volume.h"
#include "io/shim/dcmtk_file.h"

struct ot_dicom_mapping {
    bool found;        /* there is a mapping to Bq/ml, or else to counts */
    enum ot_unit unit; /* OT_UNIT_BQ_PER_ML, or OT_UNIT_NONE for counts */
    double slope, intercept;
    double first, last; /* stored values outside have no meaning; -INFINITY, INFINITY: no limit */
    char other[24];     /* unit of the mappings there are, where none is found; "" without any */
};

/* Reads the mappings (0040,9096) of a data set. A mapping to Bq/ml goes before one to counts.
 * Errors: OT_ERR_FORMAT (numbers missing), OT_ERR_UNIT (a mapping without unit),
 * OT_ERR_UNSUPPORTED (a table instead of a line; two mappings to one unit),
 * OT_ERR_RANGE (a slope that is not above 0). */
OT_MUST_CHECK enum ot_rc ot_dicom_read_mapping(const struct otx_item *root,
                                               struct ot_dicom_mapping *mapping,
                                               struct ot_err *err);

#endif /* OT_IO_DICOM_MAPPING_H */
