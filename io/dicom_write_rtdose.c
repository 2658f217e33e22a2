/* io/dicom_write_rtdose.c - a dose map as an RT Dose object of 16 bits. */
#include <math.h>
#include <stdio.h>

#include "core/mem.h"
#include "io/dicom_build.h"

static const double STEPS = 65535.0;
enum { DS_SIZE = 17 };

/* Gy per stored step, rounded up so that the greatest dose fits, as the text that is written. */
static enum ot_rc choose_scaling(const struct ot_volume *dose, char text[DS_SIZE], double *scaling,
                                 struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(&dose->grid);
    double top_gy = 0.0;
    for (size_t x = 0; x < count; x++) {
        top_gy = (double)dose->data[x] > top_gy ? (double)dose->data[x] : top_gy;
    }
    (void)snprintf(text, DS_SIZE, "%.9e", top_gy / STEPS * (1.0 + 1e-8));
    if (!(top_gy > 0.0) || !ot_text_to_double(text, scaling)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "the greatest dose is %g Gy, of which an RT Dose has no steps; check the "
                       "activity and the VOIs",
                       top_gy);
    }
    return OT_OK;
}

static enum ot_rc quantize(const struct ot_volume *dose, double scaling, uint16_t *stored,
                           struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(&dose->grid);
    for (size_t x = 0; x < count; x++) {
        const double steps = round((double)dose->data[x] / scaling);
        if (!(steps >= 0.0 && steps <= STEPS)) {
            return ot_fail(err, OT_ERR_RANGE,
                           "voxel %zu has %g Gy, which an RT Dose of 16 bits cannot hold", x,
                           (double)dose->data[x]);
        }
        stored[x] = (uint16_t)steps;
    }
    return OT_OK;
}

static void put_geometry(struct ot_dicom_build *build, const struct ot_grid *grid)
{
    double cosines[6];
    const double between_rows_first[2] = {grid->spacing_mm[1], grid->spacing_mm[0]};
    for (size_t r = 0; r < 3; r++) {
        cosines[r] = grid->dir[r][0];
        cosines[3 + r] = grid->dir[r][1];
    }
    ot_build_numbers(build, 0x00200032, grid->origin_mm, 3);
    ot_build_numbers(build, 0x00200037, cosines, 6);
    ot_build_numbers(build, 0x00280030, between_rows_first, 2);
    ot_build_numbers(build, 0x00180050, &grid->spacing_mm[2], 1);
    ot_build_printf(build, 0x00280008, "IS", "%zu", grid->n[2]);
    ot_build_put(build, 0x00280009, "AT", "(3004,000c)"); /* frames differ by their offset */
    ot_build_printf(build, 0x00280010, "US", "%zu", grid->n[1]);
    ot_build_printf(build, 0x00280011, "US", "%zu", grid->n[0]);
}

/* Where each frame lies along the normal, from the first. */
static enum ot_rc put_offsets(struct ot_dicom_build *build, const struct ot_grid *grid,
                              struct ot_err *err)
{
    double *offset_mm = OT_NEW(double, grid->n[2], err);
    if (offset_mm == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t k = 0; k < grid->n[2]; k++) {
        offset_mm[k] = (double)k * grid->spacing_mm[2];
    }
    ot_build_numbers(build, 0x3004000c, offset_mm, grid->n[2]);
    ot_free(offset_mm);
    return OT_OK;
}

enum ot_rc ot_dicom_rtdose_encode(const struct ot_dicom_series_head *series,
                                  const struct ot_volume *dose, struct ot_buffer *out,
                                  struct ot_err *err)
{
    static const char *const dose_class = "1.2.840.10008.5.1.4.1.1.481.2";
    static const char *const plan_class = "1.2.840.10008.5.1.4.1.1.481.5";
    static const struct ot_dicom_row rows[] = {
        {0x00280002, "US", "1"},  {0x00280004, "CS", "MONOCHROME2"}, {0x00280100, "US", "16"},
        {0x00280101, "US", "16"}, {0x00280102, "US", "15"},          {0x00280103, "US", "0"},
        {0x30040002, "CS", "GY"}, {0x30040004, "CS", "PHYSICAL"},    {0x3004000a, "CS", "PLAN"},
        {0x00081070, "PN", ""},
    };
    char scaling_text[DS_SIZE];
    char plan_uid[OT_UID_SIZE];
    double scaling = 0.0;
    const size_t count = ot_grid_voxel_count(&dose->grid);
    enum ot_rc rc = ot_volume_require_unit(dose, OT_UNIT_GY, "dose", err);
    if (rc == OT_OK) {
        /* Some importers refuse a dose without a plan: it refers to one that is not written. */
        rc = ot_dicom_instance_uid(series, 1, plan_uid, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    rc = choose_scaling(dose, scaling_text, &scaling, err);
    if (rc != OT_OK) {
        return rc;
    }
    uint16_t *stored = OT_NEW(uint16_t, count, err);
    rc = stored != NULL ? quantize(dose, scaling, stored, err) : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        struct ot_dicom_build build = {.err = err};
        ot_build_begin(&build, series, "RTDOSE", dose_class, 0);
        ot_build_rows(&build, rows, sizeof rows / sizeof rows[0]);
        ot_build_put(&build, 0x3004000e, "DS", scaling_text);
        ot_build_printf(&build, 0x30040006, "LO", "rounded to within %.3g Gy", scaling / 2.0);
        put_geometry(&build, &dose->grid);
        rc = put_offsets(&build, &dose->grid, err);
        ot_build_open(&build, 0x300c0002);
        ot_build_put(&build, 0x00081150, "UI", plan_class);
        ot_build_put(&build, 0x00081155, "UI", plan_uid);
        ot_build_close(&build);
        ot_build_pixels(&build, stored, count);
        const enum ot_rc built = ot_build_end(&build, out);
        rc = rc == OT_OK ? built : rc;
    }
    ot_free(stored);
    return rc;
}
