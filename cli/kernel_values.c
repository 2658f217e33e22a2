/* cli/kernel_values.c - a table of voxel S values as JSON and as CSV. */
#include "cli/flow_kernel.h"

#include <stdbool.h>
#include <stddef.h>

#include "io/json.h"

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

void ot_kernel_csv(const struct ot_voxel_s *kernel, struct ot_buffer *csv)
{
    ptrdiff_t d[3];
    ot_buffer_text(csv, "i,j,k,s_mgy_per_mbq_s\n");
    for (size_t n = 0; nth_offset(kernel, n, d); n++) {
        ot_buffer_printf(csv, "%td,%td,%td,%.9g\n", d[0], d[1], d[2],
                         ot_voxel_s_mgy_per_mbq_s(kernel, d[0], d[1], d[2]));
    }
}
