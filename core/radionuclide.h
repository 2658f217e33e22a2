/* core/radionuclide.h - what is known of a radionuclide: half-life, mean energy, branches. */
#ifndef OT_CORE_RADIONUCLIDE_H
#define OT_CORE_RADIONUCLIDE_H

#include <stddef.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ot_beta_shape {
    OT_BETA_ALLOWED = 0, /* also stands for first forbidden transitions that are not unique */
    OT_BETA_UNIQUE_FIRST_FORBIDDEN,
};

struct ot_beta_branch {
    double end_point_mev;
    double per_decay;
    double mean_mev; /* of one electron of this branch, as the source states it */
    enum ot_beta_shape shape;
};

struct ot_gamma_line {
    double mev;
    double per_decay;
};

enum { OT_BETA_BRANCH_MAX = 6, OT_GAMMA_LINE_MAX = 4 };

struct ot_radionuclide {
    char name[16];     /* "Y-90", as ot_nuclide_normalize() writes it */
    char source[16];   /* where the numbers come from; the table says what it stands for */
    int atomic_number; /* of the nuclide itself, not of what it decays to */
    int mass_number;
    double half_life_s;
    double electrons_mev_per_decay; /* all electrons; NaN where it is not needed */
    size_t beta_count;              /* main beta minus branches, highest end point first */
    struct ot_beta_branch beta[OT_BETA_BRANCH_MAX];
    size_t gamma_count; /* main lines, strongest first */
    struct ot_gamma_line gamma[OT_GAMMA_LINE_MAX];
};

struct ot_radionuclides {
    size_t count;
    struct ot_radionuclide *nuclide; /* owned */
    char sha256[65];                 /* of the table they were read from */
};

void ot_radionuclides_destroy(struct ot_radionuclides *table); /* NULL is fine */

/* The nuclide of that name ("Y-90"); NULL if there is none. Borrowed from the table. */
const struct ot_radionuclide *ot_radionuclide_named(const struct ot_radionuclides *table,
                                                    const char *name);

/* Errors: OT_ERR_RANGE naming the quantity (half-life, energies and yields must be positive and
 * possible: a branch's mean below its end point, branches that add to no more than one decay). */
OT_MUST_CHECK enum ot_rc ot_radionuclide_validate(const struct ot_radionuclide *nuclide,
                                                  struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_RADIONUCLIDE_H */
