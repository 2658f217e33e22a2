/* core/hu_calibration.c - CT numbers to mass density. */
#include "core/hu_calibration.h"

#include <math.h>

#include "core/mem.h"

void ot_hu_calibration_destroy(struct ot_hu_calibration *calibration)
{
    if (calibration == NULL) {
        return;
    }
    ot_free(calibration->hu);
    ot_free(calibration->g_per_cm3);
    ot_free(calibration);
}

enum ot_rc ot_hu_calibration_validate(const struct ot_hu_calibration *calibration,
                                      struct ot_err *err)
{
    if (calibration->count < 2) {
        return ot_fail(err, OT_ERR_RANGE, "a CT calibration needs two points, has %zu",
                       calibration->count);
    }
    for (size_t n = 0; n < calibration->count; n++) {
        const double hu = calibration->hu[n];
        const double density = calibration->g_per_cm3[n];
        if (!isfinite(hu) || (n > 0 && !(hu > calibration->hu[n - 1]))) {
            return ot_fail(err, OT_ERR_RANGE,
                           "CT calibration point %zu is at %g HU, not increasing", n + 1, hu);
        }
        if (!(isfinite(density) && density > 0.0)) {
            return ot_fail(err, OT_ERR_RANGE, "CT calibration point %zu has %g g/cm3", n + 1,
                           density);
        }
    }
    return OT_OK;
}

double ot_hu_calibration_density(const struct ot_hu_calibration *calibration, double hu)
{
    const size_t last = calibration->count - 1;
    if (isnan(hu)) {
        return hu;
    }
    if (hu <= calibration->hu[0]) {
        return calibration->g_per_cm3[0];
    }
    for (size_t n = 1; n <= last; n++) {
        if (hu <= calibration->hu[n]) {
            const double width = calibration->hu[n] - calibration->hu[n - 1];
            const double t = (hu - calibration->hu[n - 1]) / width;
            return calibration->g_per_cm3[n - 1] +
                   t * (calibration->g_per_cm3[n] - calibration->g_per_cm3[n - 1]);
        }
    }
    return calibration->g_per_cm3[last];
}
