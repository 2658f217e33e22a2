/* core/radionuclide.c - invariants of nuclide data. */
#include "core/radionuclide.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"

/* Yields have six digits; six of them may add to one and a half of the last. */
static const double ROUNDING = 5e-6;

void ot_radionuclides_destroy(struct ot_radionuclides *table)
{
    if (table == NULL) {
        return;
    }
    ot_free(table->nuclide);
    ot_free(table);
}

const struct ot_radionuclide *ot_radionuclide_named(const struct ot_radionuclides *table,
                                                    const char *name)
{
    for (size_t n = 0; n < table->count; n++) {
        if (strcmp(table->nuclide[n].name, name) == 0) {
            return &table->nuclide[n];
        }
    }
    return NULL;
}

static enum ot_rc check_beta(const struct ot_radionuclide *nuclide, struct ot_err *err)
{
    double sum = 0.0;
    for (size_t n = 0; n < nuclide->beta_count; n++) {
        const struct ot_beta_branch *beta = &nuclide->beta[n];
        if (!(isfinite(beta->end_point_mev) && beta->mean_mev > 0.0 &&
              beta->mean_mev < beta->end_point_mev)) {
            return ot_fail(err, OT_ERR_RANGE, "%s: a beta end point of %g MeV with a mean of %g",
                           nuclide->name, beta->end_point_mev, beta->mean_mev);
        }
        if (n > 0 && !(beta->end_point_mev < nuclide->beta[n - 1].end_point_mev)) {
            return ot_fail(err, OT_ERR_RANGE, "%s: beta end points are not in falling order",
                           nuclide->name);
        }
        sum += beta->per_decay > 0.0 ? beta->per_decay : (double)NAN;
    }
    return sum <= 1.0 + ROUNDING
               ? OT_OK
               : ot_fail(err, OT_ERR_RANGE, "%s: beta branches add to %g", nuclide->name, sum);
}

enum ot_rc ot_radionuclide_validate(const struct ot_radionuclide *nuclide, struct ot_err *err)
{
    if (!(isfinite(nuclide->half_life_s) && nuclide->half_life_s > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "%s: half-life is %g s", nuclide->name,
                       nuclide->half_life_s);
    }
    if (!(nuclide->atomic_number > 0 && nuclide->mass_number >= nuclide->atomic_number)) {
        return ot_fail(err, OT_ERR_RANGE, "%s: atomic number %d, mass number %d", nuclide->name,
                       nuclide->atomic_number, nuclide->mass_number);
    }
    if (!isnan(nuclide->electrons_mev_per_decay) &&
        !(isfinite(nuclide->electrons_mev_per_decay) && nuclide->electrons_mev_per_decay > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "%s: electrons have %g MeV per decay", nuclide->name,
                       nuclide->electrons_mev_per_decay);
    }
    for (size_t n = 0; n < nuclide->gamma_count; n++) {
        if (!(nuclide->gamma[n].mev > 0.0 && nuclide->gamma[n].per_decay > 0.0)) {
            return ot_fail(err, OT_ERR_RANGE, "%s: a gamma line of %g MeV, %g per decay",
                           nuclide->name, nuclide->gamma[n].mev, nuclide->gamma[n].per_decay);
        }
    }
    return check_beta(nuclide, err);
}
