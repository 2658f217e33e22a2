/* kernels/dose_parts.h - what the engines of kernels/dose.h share among themselves. */
#ifndef OT_KERNELS_DOSE_PARTS_H
#define OT_KERNELS_DOSE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/grid.h"
#include "core/volume.h"
#include "kernels/convolve.h"
#include "kernels/dose.h"

bool ot_dose_is_inside(const struct ot_dose_request *request, size_t voxel);

/* J absorbed where 1 Bq decays completely. */
double ot_dose_joule_per_bq(const struct ot_dose_request *request);

/* Units, grids, and every number that is divided by; kernels and shares of the media. */
OT_MUST_CHECK enum ot_rc ot_dose_check(const struct ot_dose_request *request, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_dose_check_media(const struct ot_dose_request *request,
                                             struct ot_err *err);

/* An empty map, with the emitted energy taken from the activity alone. */
OT_MUST_CHECK enum ot_rc ot_dose_start_map(const struct ot_dose_request *request,
                                           struct ot_dose_map **out, struct ot_err *err);

/* Convolves the activity that lies in one medium. `source` is scratch on the activity's grid;
 * spread: owned by the caller. */
OT_MUST_CHECK enum ot_rc ot_dose_spread_medium(const struct ot_dose_request *request,
                                               const struct ot_dose_medium *medium,
                                               struct ot_volume *source, struct ot_spread **spread,
                                               struct ot_err *err);

/* What a spread box holds beyond the grid, per ml, in the unit of its source. */
double ot_dose_spread_beyond(const struct ot_spread *spread, const struct ot_grid *grid);

/* Turns J/ml into Gy where there is body; what is elsewhere counts as outside. */
void ot_dose_absorb(const struct ot_dose_request *request, const double *energy_j_per_ml,
                    struct ot_dose_map *map);

/* The energy that is in the finished map, and the balance. */
OT_MUST_CHECK enum ot_rc ot_dose_balance(const struct ot_dose_request *request,
                                         struct ot_dose_map *map, struct ot_err *err);

#endif /* OT_KERNELS_DOSE_PARTS_H */
