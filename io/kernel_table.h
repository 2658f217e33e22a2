/* io/kernel_table.h - the dose point kernels that come with the program, and those of others.
 *
 * A table is CSV: r_lo_mm,r_hi_mm,energy_mev_per_decay,sigma - the energy that a point source
 * deposits, per decay, in the shell between two radii, and its statistical standard deviation.
 * data/kernels/index.json says which tables there are, of which medium, and their digests.
 */
#ifndef OT_IO_KERNEL_TABLE_H
#define OT_IO_KERNEL_TABLE_H

#include <stddef.h>

#include "core/err.h"
#include "core/radial_kernel.h"

/* The built-in kernel of `nuclide` ("Y-90") in `medium` ("water", "liver", "lung", "bone").
 *
 * out  owned by the caller (ot_radial_kernel_destroy); NULL on failure.
 * Errors: OT_ERR_ARG    no such kernel; the message lists those there are;
 *         OT_ERR_FORMAT a table is damaged: its digest is not that of the index;
 *         OT_ERR_RANGE  as ot_kernel_table_parse(); OT_ERR_NOMEM; OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_kernel_table_load(const char *nuclide, const char *medium,
                                              struct ot_radial_kernel **out, struct ot_err *err);

/* What a table does not say about itself. */
struct ot_kernel_facts {
    const char *nuclide;
    const char *medium;
    const char *source;
    double density_g_per_cm3;
    double beta_range_mm; /* must be the end of a shell; NaN: that of the last */
};

/* A kernel from the text of a table; `name` stands in messages.
 *
 * out  owned by the caller; NULL on failure.
 * Errors: OT_ERR_FORMAT header, number of fields or a number is wrong, no shells;
 *         OT_ERR_RANGE  first radius not 0, gap or overlap between shells, radii not increasing,
 *                       negative energy or sigma, beta range that is no shell's end, density;
 *         OT_ERR_NOMEM. Messages name the line. */
OT_MUST_CHECK enum ot_rc ot_kernel_table_parse(const char *text, size_t size, const char *name,
                                               const struct ot_kernel_facts *facts,
                                               struct ot_radial_kernel **out, struct ot_err *err);

/* The same from a file of at most 16 MiB.
 * Errors: OT_ERR_IO and OT_ERR_FORMAT as ot_file_read(), and as ot_kernel_table_parse(). */
OT_MUST_CHECK enum ot_rc ot_kernel_table_read(const char *path, const struct ot_kernel_facts *facts,
                                              struct ot_radial_kernel **out, struct ot_err *err);

#endif /* OT_IO_KERNEL_TABLE_H */
