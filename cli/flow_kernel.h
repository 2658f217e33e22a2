/* cli/flow_kernel.h - the work of `tare kernel`: a table of voxel S values, and its comparison with
 * a table from elsewhere. */
#ifndef OT_CLI_FLOW_KERNEL_H
#define OT_CLI_FLOW_KERNEL_H

#include <stddef.h>

#include <jansson.h>

#include "core/err.h"
#include "core/text.h"
#include "core/volume.h"
#include "kernels/nuclide.h"
#include "kernels/spectrum.h"
#include "kernels/voxel_s.h"

struct ot_kernel_request {
    const char *nuclide;
    const char *medium;       /* of the built-in kernels; not looked at with a table */
    const char *table;        /* file of a kernel of the caller's own, or NULL */
    double beta_range_mm;     /* of that table; NaN: the whole of it */
    double density_g_per_cm3; /* NaN: that of the medium's table; needed for a table: its own */
    double spacing_mm[3];
    struct ot_dose_constant constant;
    int threads;
};

/* "A,B,C" in mm, one size for each axis. Errors: OT_ERR_ARG. */
OT_MUST_CHECK enum ot_rc ot_flow_kernel_voxel(const char *text, double spacing_mm[3],
                                              struct ot_err *err);

/* out: owned by the caller (ot_voxel_s_destroy). Errors: as ot_kernel_table_load(),
 * ot_kernel_table_read() and ot_voxel_s_create(); OT_ERR_ARG (a table without density, a beta range
 * without table). */
OT_MUST_CHECK enum ot_rc ot_flow_kernel(const struct ot_kernel_request *request,
                                        struct ot_voxel_s **out, struct ot_err *err);

/* The beta spectrum of a nuclide that the built-in table knows. Errors: OT_ERR_ARG (unknown, no
 * beta particles; the message lists those that have them), and those of the table. */
OT_MUST_CHECK enum ot_rc ot_flow_kernel_spectrum(const char *nuclide, struct ot_spectrum *out,
                                                 struct ot_err *err);
/* Rows energy_mev,electrons_per_mev_and_decay every 2 keV below a line with these names. */
void ot_kernel_spectrum_csv(const struct ot_spectrum *spectrum, struct ot_buffer *csv);

/* How a table compares, both divided by their energy per decay. */
struct ot_kernel_check {
    double table_energy_mev; /* sum of the table over all signs, with our voxel mass */
    size_t compared[2];      /* values above 1e-2, 1e-3 of the table's peak */
    double worst_percent[2]; /* largest difference among them, ours against the table */
    int worst_at[2][3];      /* where */
};

/* Reads rows "i j k S" (blanks, tabs, commas or semicolons between; more columns are ignored;
 * lines before the first row may be anything) with S in mGy/(MBq s), of the octant.
 * Errors: OT_ERR_IO, OT_ERR_FORMAT (a row is not four numbers, no row 0 0 0), OT_ERR_RANGE
 * (negative S or index), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_flow_kernel_check(const char *path, const struct ot_voxel_s *kernel,
                                              struct ot_kernel_check *check, struct ot_err *err);

/* All values of the octant with what they are of; a new reference, NULL without memory. */
json_t *ot_kernel_json(const struct ot_voxel_s *kernel);
/* The whole symmetric kernel, S in mGy/(MBq s), the source voxel's centre at the origin.
 * out: owned by the caller (ot_volume_destroy). Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_kernel_volume(const struct ot_voxel_s *kernel, struct ot_volume **out,
                                          struct ot_err *err);
/* The same values as rows i,j,k,s_mgy_per_mbq_s below a line with these names. */
void ot_kernel_csv(const struct ot_voxel_s *kernel, struct ot_buffer *csv);

#endif /* OT_CLI_FLOW_KERNEL_H */
