/* cli/flow_kernel.c - makes voxel S tables and compares them. */
#include "cli/flow_kernel.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/mem.h"
#include "core/radial_kernel.h"
#include "core/text.h"
#include "io/file.h"
#include "io/kernel_table.h"

static const double FLOOR[2] = {1e-2, 1e-3};
static const char SEPARATORS[] = " \t,;\r";

enum { TABLE_LIMIT_BYTES = 16 * 1024 * 1024, INDEX_MAX = 1000, FIELD_SIZE = 40, FIELDS = 4 };

/* The next field of a line; false at its end or when the field is too long. */
static bool next_field(const char **at, const char *end, const char *separators,
                       char field[FIELD_SIZE])
{
    while (*at < end && strchr(separators, **at) != NULL) {
        (*at)++;
    }
    size_t length = 0;
    while (*at < end && strchr(separators, **at) == NULL && length < FIELD_SIZE - 1) {
        field[length++] = *(*at)++;
    }
    field[length] = '\0';
    return length > 0 && (*at == end || strchr(separators, **at) != NULL);
}

enum ot_rc ot_flow_kernel_voxel(const char *text, double spacing_mm[3], struct ot_err *err)
{
    const char *at = text;
    const char *end = text + strlen(text);
    char field[FIELD_SIZE];
    size_t commas = 0;
    for (const char *c = text; *c != '\0'; c++) {
        commas += *c == ',' ? 1 : 0;
    }
    bool good = commas == 2;
    for (size_t axis = 0; axis < 3 && good; axis++) {
        good = next_field(&at, end, ",", field) && ot_text_to_double(field, &spacing_mm[axis]);
    }
    if (!good || at != end) {
        return ot_fail(err, OT_ERR_ARG,
                       "--voxel-mm %.40s is not three sizes: give one for each axis, as in 4,4,3",
                       text);
    }
    return OT_OK;
}

static enum ot_rc read_own(const struct ot_kernel_request *request,
                           struct ot_radial_kernel **radial, struct ot_err *err)
{
    if (isnan(request->density_g_per_cm3)) {
        return ot_fail(err, OT_ERR_ARG,
                       "--kernel-table does not say its density: give --density-g-cm3");
    }
    const struct ot_kernel_facts facts = {.nuclide = request->nuclide,
                                          .medium = "own table",
                                          .source = "the caller's own",
                                          .density_g_per_cm3 = request->density_g_per_cm3,
                                          .beta_range_mm = request->beta_range_mm};
    return ot_kernel_table_read(request->table, &facts, radial, err);
}

enum ot_rc ot_flow_kernel(const struct ot_kernel_request *request, struct ot_voxel_s **out,
                          struct ot_err *err)
{
    struct ot_radial_kernel *radial = NULL;
    *out = NULL;
    enum ot_rc rc = request->table != NULL
                        ? read_own(request, &radial, err)
                        : ot_kernel_table_load(request->nuclide, request->medium, &radial, err);
    if (rc == OT_OK && request->table == NULL && !isnan(request->beta_range_mm)) {
        rc = ot_fail(err, OT_ERR_ARG, "--beta-range-mm is for a --kernel-table of your own");
    }
    if (rc == OT_OK) {
        const double density = isnan(request->density_g_per_cm3) ? radial->density_g_per_cm3
                                                                 : request->density_g_per_cm3;
        rc = ot_voxel_s_create(radial, request->spacing_mm, density,
                               ot_dose_constant_mev_per_decay(&request->constant), request->threads,
                               out, err);
    }
    ot_radial_kernel_destroy(radial);
    return rc;
}

struct row {
    long index[3];
    double s_mgy_per_mbq_s;
};

/* True when the line is a row of the table. */
static bool read_row(const char *line, const char *end, struct row *row)
{
    char field[FIELD_SIZE];
    for (size_t n = 0; n < FIELDS; n++) {
        if (!next_field(&line, end, SEPARATORS, field)) {
            return false;
        }
        if (n < 3 ? !ot_text_to_long(field, &row->index[n])
                  : !ot_text_to_double(field, &row->s_mgy_per_mbq_s)) {
            return false;
        }
    }
    return true;
}

static enum ot_rc read_rows(const char *name, const struct ot_buffer *text, struct row *rows,
                            size_t *count, struct ot_err *err)
{
    const char *const end = text->data + text->size;
    size_t number = 0;
    *count = 0;
    for (const char *line = text->data; line < end; number++) {
        const char *stop = (const char *)memchr(line, '\n', (size_t)(end - line));
        stop = stop != NULL ? stop : end;
        struct row *row = &rows[*count];
        const bool blank = strspn(line, SEPARATORS) >= (size_t)(stop - line);
        if (read_row(line, stop, row)) {
            for (size_t axis = 0; axis < 3; axis++) {
                if (row->index[axis] < 0 || row->index[axis] > INDEX_MAX ||
                    !(row->s_mgy_per_mbq_s >= 0.0)) {
                    return ot_fail(err, OT_ERR_RANGE,
                                   "%s: line %zu has a negative value or an index beyond %d", name,
                                   number + 1, INDEX_MAX);
                }
            }
            (*count)++;
        } else if (*count > 0 && !blank) {
            return ot_fail(err, OT_ERR_FORMAT, "%s: line %zu is not i, j, k and S", name,
                           number + 1);
        }
        line = stop < end ? stop + 1 : end;
    }
    return OT_OK;
}

static double mass_kg(const struct ot_voxel_s *kernel)
{
    static const double kg_per_mm3_at_1_g_per_cm3 = 1e-6;
    return kernel->density_g_per_cm3 * kg_per_mm3_at_1_g_per_cm3 * kernel->spacing_mm[0] *
           kernel->spacing_mm[1] * kernel->spacing_mm[2];
}

/* Energy of the rows over all signs of their offsets. */
static double energy_of(const struct row *rows, size_t count, const struct ot_voxel_s *kernel)
{
    static const double gy_per_bq_s_per_mgy_per_mbq_s = 1e-9;
    double sum = 0.0;
    for (size_t n = 0; n < count; n++) {
        double signs = 1.0;
        for (size_t axis = 0; axis < 3; axis++) {
            signs *= rows[n].index[axis] > 0 ? 2.0 : 1.0;
        }
        sum += signs * rows[n].s_mgy_per_mbq_s;
    }
    return sum * gy_per_bq_s_per_mgy_per_mbq_s * mass_kg(kernel) / OT_J_PER_MEV;
}

static void compare(const struct row *rows, size_t count, double peak,
                    const struct ot_voxel_s *kernel, struct ot_kernel_check *check)
{
    const double scale = kernel->energy_mev / check->table_energy_mev;
    for (size_t n = 0; n < count; n++) {
        const long *at = rows[n].index;
        const double table = rows[n].s_mgy_per_mbq_s * scale;
        const double ours = ot_voxel_s_mgy_per_mbq_s(kernel, at[0], at[1], at[2]);
        for (size_t level = 0; level < 2; level++) {
            if (!(rows[n].s_mgy_per_mbq_s > FLOOR[level] * peak)) {
                continue;
            }
            const double percent = 100.0 * (ours / table - 1.0);
            check->compared[level]++;
            if (!(fabs(percent) <= fabs(check->worst_percent[level]))) {
                check->worst_percent[level] = percent;
                for (size_t axis = 0; axis < 3; axis++) {
                    check->worst_at[level][axis] = (int)at[axis];
                }
            }
        }
    }
}

enum ot_rc ot_flow_kernel_check(const char *path, const struct ot_voxel_s *kernel,
                                struct ot_kernel_check *check, struct ot_err *err)
{
    const char *name = ot_text_base_name(path);
    struct ot_buffer text = {0};
    struct row *rows = NULL;
    size_t count = 0;
    double peak = 0.0;
    *check = (struct ot_kernel_check){0};
    enum ot_rc rc = ot_file_read(path, TABLE_LIMIT_BYTES, &text, err);
    if (rc != OT_OK) {
        goto done;
    }
    size_t lines = 1;
    for (size_t n = 0; n < text.size; n++) {
        lines += text.data[n] == '\n' ? 1 : 0;
    }
    rows = OT_NEW(struct row, lines + 1, err);
    if (rows == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    if (text.size > 0) {
        rc = read_rows(name, &text, rows, &count, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    for (size_t n = 0; n < count; n++) {
        const long *at = rows[n].index;
        peak = at[0] + at[1] + at[2] == 0 ? rows[n].s_mgy_per_mbq_s : peak;
    }
    if (!(peak > 0.0)) {
        rc = ot_fail(err, OT_ERR_FORMAT, "%s: no row \"0 0 0 S\" with S above 0", name);
        goto done;
    }
    check->table_energy_mev = energy_of(rows, count, kernel);
    compare(rows, count, peak, kernel, check);

done:
    ot_free(rows);
    ot_buffer_release(&text);
    return rc;
}
