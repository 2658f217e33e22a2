/* io/recovery_table.c - spheres of a phantom and what of their activity is seen. */
#include "io/recovery_table.h"

#include <stdint.h>

#include "core/mem.h"
#include "core/text.h"
#include "io/csv.h"

static enum ot_rc read_column(const struct ot_csv *csv, const char *path, const char *name,
                              double *values, struct ot_err *err)
{
    const size_t column = ot_csv_column(csv, name);
    if (column == SIZE_MAX) {
        return ot_fail(err, OT_ERR_FORMAT, "%s: has no column %s", ot_text_base_name(path), name);
    }
    for (size_t row = 0; row < csv->row_count; row++) {
        if (!ot_text_to_double(ot_csv_cell(csv, row, column), &values[row])) {
            return ot_fail(err, OT_ERR_FORMAT, "%s: line %zu: %s is no number",
                           ot_text_base_name(path), csv->lines[row], name);
        }
    }
    return OT_OK;
}

enum ot_rc ot_recovery_table_load(const char *path, double **diameter_mm, double **recovery,
                                  size_t *count, struct ot_err *err)
{
    struct ot_csv *csv = NULL;
    *diameter_mm = NULL;
    *recovery = NULL;
    *count = 0;
    enum ot_rc rc = ot_csv_read(path, &csv, err);
    if (rc == OT_OK && csv->row_count == 0) {
        rc = ot_fail(err, OT_ERR_FORMAT, "%s: lists no sphere", ot_text_base_name(path));
    }
    if (rc == OT_OK) {
        *diameter_mm = OT_NEW(double, csv->row_count, err);
        *recovery = *diameter_mm != NULL ? OT_NEW(double, csv->row_count, err) : NULL;
        rc = *recovery != NULL ? OT_OK : OT_ERR_NOMEM;
    }
    if (rc == OT_OK) {
        rc = read_column(csv, path, "diameter_mm", *diameter_mm, err);
    }
    if (rc == OT_OK) {
        rc = read_column(csv, path, "recovery", *recovery, err);
    }
    if (rc == OT_OK) {
        *count = csv->row_count;
    } else {
        ot_free(*diameter_mm);
        ot_free(*recovery);
        *diameter_mm = NULL;
        *recovery = NULL;
    }
    ot_csv_destroy(csv);
    return rc;
}
