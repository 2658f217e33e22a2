/* core/hu_calibration.h - CT numbers to mass density as a piecewise linear table. */
#ifndef OT_CORE_HU_CALIBRATION_H
#define OT_CORE_HU_CALIBRATION_H

#include <stddef.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_hu_calibration {
    size_t count;      /* >= 2 */
    double *hu;        /* owned; increasing */
    double *g_per_cm3; /* owned; > 0; may fall from one point to the next */
    char sha256[65];   /* of the table it was read from */
};

void ot_hu_calibration_destroy(struct ot_hu_calibration *calibration); /* NULL is fine */

/* Errors: OT_ERR_RANGE naming the point. */
OT_MUST_CHECK enum ot_rc ot_hu_calibration_validate(const struct ot_hu_calibration *calibration,
                                                    struct ot_err *err);

/* Linear between points; below the first and above the last the end's value. NaN gives NaN. */
double ot_hu_calibration_density(const struct ot_hu_calibration *calibration, double hu);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_HU_CALIBRATION_H */
