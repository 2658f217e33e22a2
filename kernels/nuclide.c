/* kernels/nuclide.c - the dose constant. */
#include "kernels/nuclide.h"

#include <math.h>

static const double S_PER_H = 3600.0;
static const double BQ_PER_GBQ = 1e9;

const struct ot_dose_constant OT_Y90_DEFAULT = {.gy_kg_per_gbq = OT_Y90_GY_KG_PER_GBQ,
                                                .half_life_h = OT_Y90_HALF_LIFE_H};

const double OT_J_PER_MEV = 1.602176634e-13;

double ot_dose_constant_tau_s(const struct ot_dose_constant *constant)
{
    return constant->half_life_h * S_PER_H / log(2.0);
}

double ot_dose_constant_mev_per_decay(const struct ot_dose_constant *constant)
{
    const double decays_per_gbq = BQ_PER_GBQ * ot_dose_constant_tau_s(constant);
    return constant->gy_kg_per_gbq / decays_per_gbq / OT_J_PER_MEV;
}
