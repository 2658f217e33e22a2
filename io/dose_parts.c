/* io/dose_parts.c - two doses of a voxel as a table. */
#include "io/dose_parts.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/mem.h"
#include "io/csv.h"

static const double OFF_CENTER = 0.01; /* of a voxel */
/* Of the greatest dose: what a map of 16 bits rounds, and the float of a mean. */
static const double DOSE_TOLERANCE = 1e-4;

enum column { X_MM = 0, Y_MM, Z_MM, LUNG_GY, SOFT_GY, ROWS, COLUMNS };
static const char *const NAMES[COLUMNS] = {"x_mm", "y_mm", "z_mm", "lung_gy", "soft_gy", "rows"};

enum ot_rc ot_dose_parts_write(const struct ot_grid *grid, const struct ot_mixed_dose *parts,
                               size_t count, struct ot_buffer *csv, struct ot_err *err)
{
    for (size_t c = 0; c < COLUMNS; c++) {
        ot_buffer_printf(csv, "%s%s", NAMES[c], c + 1 < COLUMNS ? "," : "\n");
    }
    for (size_t n = 0; n < count; n++) {
        const size_t voxel = parts[n].voxel;
        const double index[3] = {(double)(voxel % grid->n[0]),
                                 (double)(voxel / grid->n[0] % grid->n[1]),
                                 (double)(voxel / (grid->n[0] * grid->n[1]))};
        double point_mm[3];
        ot_grid_to_point(grid, index, point_mm);
        ot_buffer_printf(csv, "%.9g,%.9g,%.9g,%.9g,%.9g,%zu\n", point_mm[0], point_mm[1],
                         point_mm[2], (double)parts[n].lung_gy, (double)parts[n].soft_gy, count);
    }
    return ot_buffer_check(csv, err);
}

/* The voxel whose center a point is. */
static bool find_voxel(const struct ot_grid *grid, const double point_mm[3], size_t *voxel)
{
    double index[3];
    size_t at[3];
    ot_grid_to_index(grid, point_mm, index);
    for (size_t r = 0; r < 3; r++) {
        const double nearest = floor(index[r] + 0.5);
        if (!(fabs(index[r] - nearest) <= OFF_CENTER && nearest >= 0.0 &&
              nearest < (double)grid->n[r])) {
            return false;
        }
        at[r] = (size_t)nearest;
    }
    *voxel = at[0] + grid->n[0] * (at[1] + grid->n[1] * at[2]);
    return true;
}

/* One row, as a part of the map whose doses are off by less than `tolerance_gy`. */
static enum ot_rc read_row(const struct ot_csv *csv, size_t row, const size_t column[COLUMNS],
                           const struct ot_volume *dose, double tolerance_gy,
                           struct ot_mixed_dose *part, struct ot_err *err)
{
    double value[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++) {
        if (!ot_text_to_double(ot_csv_cell(csv, row, column[c]), &value[c])) {
            return ot_fail(err, OT_ERR_FORMAT, "line %zu: %s is no number", csv->lines[row],
                           NAMES[c]);
        }
    }
    if (!(fabs(value[ROWS] - (double)csv->row_count) < 0.5)) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "has %zu rows, but line %zu says that there are %.0f: the table was cut or "
                       "changed",
                       csv->row_count, csv->lines[row], value[ROWS]);
    }
    if (!find_voxel(&dose->grid, value, &part->voxel)) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "line %zu: %g, %g, %g mm is no center of a voxel of the dose map",
                       csv->lines[row], value[X_MM], value[Y_MM], value[Z_MM]);
    }
    const double whole_gy = (double)dose->data[part->voxel];
    if (!(whole_gy >= fmin(value[LUNG_GY], value[SOFT_GY]) - tolerance_gy &&
          whole_gy <= fmax(value[LUNG_GY], value[SOFT_GY]) + tolerance_gy)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "line %zu: the dose map has %g Gy there, which is not between lung_gy %g "
                       "and soft_gy %g: the table belongs to another map",
                       csv->lines[row], whole_gy, value[LUNG_GY], value[SOFT_GY]);
    }
    part->lung_gy = (float)value[LUNG_GY];
    part->soft_gy = (float)value[SOFT_GY];
    return OT_OK;
}

static int by_voxel(const void *a, const void *b)
{
    const size_t x = ((const struct ot_mixed_dose *)a)->voxel;
    const size_t y = ((const struct ot_mixed_dose *)b)->voxel;
    return (x > y) - (x < y);
}

static enum ot_rc read_rows(const struct ot_csv *csv, const struct ot_volume *dose,
                            struct ot_mixed_dose *parts, struct ot_err *err)
{
    size_t column[COLUMNS];
    double greatest_gy = 0.0;
    for (size_t c = 0; c < COLUMNS; c++) {
        column[c] = ot_csv_column(csv, NAMES[c]);
        if (column[c] == SIZE_MAX) {
            return ot_fail(err, OT_ERR_FORMAT, "has no column %s", NAMES[c]);
        }
    }
    if (csv->row_count == 0) {
        return ot_fail(err, OT_ERR_FORMAT, "has no rows: the table was cut");
    }
    for (size_t x = 0; x < ot_grid_voxel_count(&dose->grid); x++) {
        greatest_gy = fmax(greatest_gy, (double)dose->data[x]);
    }
    for (size_t row = 0; row < csv->row_count; row++) {
        const enum ot_rc rc =
            read_row(csv, row, column, dose, DOSE_TOLERANCE * greatest_gy, &parts[row], err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    qsort(parts, csv->row_count, sizeof *parts, by_voxel);
    for (size_t row = 1; row < csv->row_count; row++) {
        if (parts[row - 1].voxel == parts[row].voxel) {
            return ot_fail(err, OT_ERR_GEOMETRY, "tells the voxel %zu twice", parts[row].voxel);
        }
    }
    return OT_OK;
}

enum ot_rc ot_dose_parts_load(const char *path, const struct ot_volume *dose,
                              struct ot_mixed_dose **parts, size_t *count, struct ot_err *err)
{
    struct ot_csv *csv = NULL;
    struct ot_mixed_dose *read = NULL;
    *parts = NULL;
    *count = 0;
    enum ot_rc rc = ot_csv_read(path, &csv, err);
    if (rc != OT_OK) {
        return rc;
    }
    read = OT_NEW(struct ot_mixed_dose, csv->row_count + 1, err);
    rc = read != NULL ? read_rows(csv, dose, read, err) : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        *parts = read;
        *count = csv->row_count;
        read = NULL; /* handed over */
    } else if (rc != OT_ERR_NOMEM) {
        ot_err_context(err, "%s", ot_text_base_name(path));
    }
    ot_free(read);
    ot_csv_destroy(csv);
    return rc;
}
