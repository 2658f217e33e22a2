/* cli/kernel_values.c - voxel S values as JSON, CSV and volume; the spectrum behind them. */
#include "cli/flow_kernel.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "io/json.h"
#include "io/nuclide_table.h"

/* The n-th offset of the octant, i fastest; false after the last. */
static bool nth_offset(const struct ot_voxel_s *kernel, size_t n, ptrdiff_t offset[3])
{
    const size_t size[2] = {kernel->radius[0] + 1, kernel->radius[1] + 1};
    offset[0] = (ptrdiff_t)(n % size[0]);
    offset[1] = (ptrdiff_t)(n / size[0] % size[1]);
    offset[2] = (ptrdiff_t)(n / (size[0] * size[1]));
    return (size_t)offset[2] <= kernel->radius[2];
}

json_t *ot_kernel_json(const struct ot_voxel_s *kernel)
{
    ptrdiff_t d[3];
    json_t *values = json_array();
    for (size_t n = 0; nth_offset(kernel, n, d); n++) {
        const double s = ot_voxel_s_mgy_per_mbq_s(kernel, d[0], d[1], d[2]);
        if (json_array_append_new(values, json_pack("{s:I, s:I, s:I, s:o}", "i", (json_int_t)d[0],
                                                    "j", (json_int_t)d[1], "k", (json_int_t)d[2],
                                                    "s_mgy_per_mbq_s", ot_json_number(s))) != 0) {
            json_decref(values);
            return NULL;
        }
    }
    return json_pack("{s:s, s:s, s:f, s:[f,f,f], s:f, s:s, s:o}", "nuclide", kernel->nuclide,
                     "medium", kernel->medium, "density_g_cm3", kernel->density_g_per_cm3,
                     "voxel_mm", kernel->spacing_mm[0], kernel->spacing_mm[1],
                     kernel->spacing_mm[2], "energy_mev_per_decay", kernel->energy_mev,
                     "table_sha256", kernel->table_sha256, "values", values);
}

enum ot_rc ot_kernel_volume(const struct ot_voxel_s *kernel, struct ot_volume **out,
                            struct ot_err *err)
{
    struct ot_grid grid = {.dir = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}};
    for (size_t axis = 0; axis < 3; axis++) {
        grid.n[axis] = 2 * kernel->radius[axis] + 1;
        grid.spacing_mm[axis] = kernel->spacing_mm[axis];
        grid.origin_mm[axis] = -(double)kernel->radius[axis] * kernel->spacing_mm[axis];
    }
    const enum ot_rc rc = ot_volume_create(&grid, OT_UNIT_NONE, out, err);
    for (size_t x = 0; rc == OT_OK && x < ot_grid_voxel_count(&grid); x++) {
        const ptrdiff_t i = (ptrdiff_t)(x % grid.n[0]) - (ptrdiff_t)kernel->radius[0];
        const ptrdiff_t j = (ptrdiff_t)(x / grid.n[0] % grid.n[1]) - (ptrdiff_t)kernel->radius[1];
        const ptrdiff_t k = (ptrdiff_t)(x / (grid.n[0] * grid.n[1])) - (ptrdiff_t)kernel->radius[2];
        (*out)->data[x] = (float)ot_voxel_s_mgy_per_mbq_s(kernel, i, j, k);
    }
    return rc;
}

void ot_kernel_csv(const struct ot_voxel_s *kernel, struct ot_buffer *csv)
{
    ptrdiff_t d[3];
    ot_buffer_text(csv, "i,j,k,s_mgy_per_mbq_s\n");
    for (size_t n = 0; nth_offset(kernel, n, d); n++) {
        ot_buffer_printf(csv, "%td,%td,%td,%.9g\n", d[0], d[1], d[2],
                         ot_voxel_s_mgy_per_mbq_s(kernel, d[0], d[1], d[2]));
    }
}

enum ot_rc ot_flow_kernel_spectrum(const char *nuclide, struct ot_spectrum *out, struct ot_err *err)
{
    struct ot_buffer names = {0};
    struct ot_radionuclides *table = NULL;
    enum ot_rc rc = ot_nuclide_table_load(&table, err);
    if (rc != OT_OK) {
        return rc;
    }
    const struct ot_radionuclide *found = ot_radionuclide_named(table, nuclide);
    for (size_t n = 0; n < table->count; n++) {
        if (table->nuclide[n].beta_count > 0) {
            ot_buffer_printf(&names, "%s%s", names.size > 0 ? ", " : "", table->nuclide[n].name);
        }
    }
    rc = ot_buffer_check(&names, err);
    if (rc == OT_OK && (found == NULL || found->beta_count == 0)) {
        rc = ot_fail(err, OT_ERR_ARG, "no beta spectrum of %.20s; there are %s", nuclide,
                     names.data);
    } else if (rc == OT_OK) {
        rc = ot_spectrum_make(found, out, err);
    }
    ot_buffer_release(&names);
    ot_radionuclides_destroy(table);
    return rc;
}

void ot_kernel_spectrum_csv(const struct ot_spectrum *spectrum, struct ot_buffer *csv)
{
    static const double step_mev = 0.002;
    double end_point_mev = 0.0;
    for (size_t n = 0; n < spectrum->count; n++) {
        end_point_mev = fmax(end_point_mev, spectrum->branch[n].end_point_mev);
    }
    ot_buffer_text(csv, "energy_mev,electrons_per_mev_and_decay\n");
    for (size_t n = 0; (double)n * step_mev < end_point_mev; n++) {
        const double t_mev = (double)n * step_mev;
        ot_buffer_printf(csv, "%.4f,%.6e\n", t_mev, ot_spectrum_per_mev(spectrum, t_mev));
    }
    ot_buffer_printf(csv, "%.4f,%.6e\n", end_point_mev, 0.0);
}
