/* io/dicom_write.c - NM, CT and PET images of the synthetic patient. */
#include "io/dicom_write.h"

#include <math.h>

#include "core/mem.h"
#include "io/dicom_build.h"

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Patient Orientation and Gantry Relationship: supine, head first (CID 19 to 21). */
static void put_orientation(struct ot_dicom_build *build)
{
    ot_build_open(build, 0x00540410);
    ot_build_put(build, 0x00080100, "SH", "F-10450");
    ot_build_put(build, 0x00080102, "SH", "SRT");
    ot_build_put(build, 0x00080104, "LO", "recumbent");
    ot_build_code(build, 0x00540412, "F-10340", "SRT", "supine");
    ot_build_close(build);
    ot_build_code(build, 0x00540414, "F-10470", "SRT", "headfirst");
}

static void put_energy_window(struct ot_dicom_build *build)
{
    ot_build_put(build, 0x00540011, "US", "1");
    ot_build_open(build, 0x00540012);
    ot_build_open(build, 0x00540013);
    ot_build_put(build, 0x00540014, "DS", "126.45");
    ot_build_put(build, 0x00540015, "DS", "154.55");
    ot_build_close(build);
    ot_build_put(build, 0x00540018, "SH", "Tc-99m");
    ot_build_close(build);
}

static void put_detector(struct ot_dicom_build *build, const struct ot_grid *grid)
{
    ot_build_put(build, 0x00540021, "US", "1");
    ot_build_open(build, 0x00540022);
    ot_build_put(build, 0x00181181, "CS", "PARA");
    ot_build_put(build, 0x00181182, "IS", "0");
    ot_build_numbers(build, 0x00200032, grid->origin_mm, 3);
    ot_build_put(build, 0x00200037, "DS", "1\\0\\0\\0\\1\\0");
    ot_build_close(build);
}

static void put_rotation(struct ot_dicom_build *build)
{
    static const struct ot_dicom_row rows[] = {
        {0x00540200, "DS", "180"}, {0x00181144, "DS", "3"},   {0x00181140, "CS", "CC"},
        {0x00181142, "DS", "250"}, {0x00181143, "DS", "360"}, {0x00181242, "IS", "15000"},
        {0x00540053, "US", "120"},
    };
    ot_build_put(build, 0x00540051, "US", "1");
    ot_build_open(build, 0x00540052);
    ot_build_rows(build, rows, COUNT_OF(rows));
    ot_build_close(build);
}

static void put_slice_vector(struct ot_dicom_build *build, size_t slices)
{
    struct ot_buffer text = {0};
    for (size_t k = 0; k < slices; k++) {
        ot_buffer_printf(&text, "%s%zu", k > 0 ? "\\" : "", k + 1);
    }
    if (build->rc == OT_OK) {
        build->rc = ot_buffer_check(&text, build->err);
    }
    ot_build_put(build, 0x00540080, "US", text.data);
    ot_buffer_release(&text);
    ot_build_printf(build, 0x00540081, "US", "%zu", slices);
    ot_build_printf(build, 0x00280008, "IS", "%zu", slices);
    ot_build_put(build, 0x00280009, "AT", "(0054,0080)");
}

enum ot_rc ot_dicom_nm_encode(const struct ot_dicom_series_head *series, const struct ot_grid *grid,
                              const uint16_t *counts, struct ot_buffer *out, struct ot_err *err)
{
    static const char *const nm_class = "1.2.840.10008.5.1.4.1.1.20";
    const size_t all = ot_grid_voxel_count(grid);
    struct ot_dicom_build build = {.err = err};
    double total = 0.0;
    for (size_t x = 0; x < all; x++) {
        total += counts[x];
    }
    ot_build_begin(&build, series, "NM", nm_class, 0);
    ot_build_put(&build, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\RECON TOMO\\EMISSION");
    /* An integer string ends at 2^31 - 1. */
    ot_build_printf(&build, 0x00180070, "IS", "%.0f", fmin(total, 2147483647.0));
    ot_build_numbers(&build, 0x00180088, &grid->spacing_mm[2], 1);
    ot_build_put(&build, 0x00200020, "CS", "L\\P");
    ot_build_pixel_format(&build, grid);
    put_slice_vector(&build, grid->n[2]);
    put_energy_window(&build);
    ot_build_open(&build, 0x00540016);
    ot_build_put(&build, 0x00180031, "LO", "Macroaggregated albumin");
    ot_build_code(&build, 0x00540300, "C-163A8", "SRT", "^99m^Technetium");
    ot_build_close(&build);
    put_detector(&build, grid);
    put_rotation(&build);
    ot_build_put(&build, 0x00540202, "CS", "STEP AND SHOOT");
    put_orientation(&build);
    ot_build_pixels(&build, counts, all);
    return ot_build_end(&build, out);
}

enum ot_rc ot_dicom_ct_encode(const struct ot_dicom_series_head *series, const struct ot_grid *grid,
                              size_t k, const int16_t *hu, struct ot_buffer *out,
                              struct ot_err *err)
{
    static const char *const ct_class = "1.2.840.10008.5.1.4.1.1.2";
    static const struct ot_dicom_row rows[] = {
        {0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"},
        {0x00180060, "DS", "120"},
        {0x00181210, "SH", "SOFT"},
        {0x00200012, "IS", "1"},
        {0x00185100, "CS", "HFS"},
        {0x00281052, "DS", "-1024"},
        {0x00281053, "DS", "1"},
        {0x00281054, "LO", "HU"},
    };
    const int offset = 1024;
    const size_t plane = grid->n[0] * grid->n[1];
    uint16_t *stored = OT_NEW(uint16_t, plane, err);
    if (stored == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t x = 0; x < plane; x++) {
        stored[x] = (uint16_t)(hu[x] + offset);
    }
    struct ot_dicom_build build = {.err = err};
    ot_build_begin(&build, series, "CT", ct_class, k);
    ot_build_rows(&build, rows, COUNT_OF(rows));
    ot_build_pixel_format(&build, grid);
    ot_build_plane(&build, grid, k);
    ot_build_pixels(&build, stored, plane);
    ot_free(stored);
    return ot_build_end(&build, out);
}

static void put_isotope(struct ot_dicom_build *build, const struct ot_dicom_series_head *series,
                        const struct ot_dicom_pet *pet)
{
    ot_build_open(build, 0x00540016);
    ot_build_put(build, 0x00180031, "LO", "Y-90 glass microspheres");
    ot_build_put(build, 0x00181072, "TM", pet->administered_time);
    ot_build_numbers(build, 0x00181074, &pet->administered_bq, 1);
    ot_build_numbers(build, 0x00181075, &pet->half_life_s, 1);
    ot_build_put(build, 0x00181076, "DS", "3.186e-05"); /* internal pairs; fact sheet 1.1 */
    ot_build_printf(build, 0x00181078, "DT", "%s%s.000000%s", pet->administered_date,
                    pet->administered_time, series->zone);
    ot_build_code(build, 0x00540300, "C-162A7", "SRT", "^90^Yttrium");
    ot_build_close(build);
}

enum ot_rc ot_dicom_pet_encode(const struct ot_dicom_series_head *series,
                               const struct ot_grid *grid, size_t k, const uint16_t *stored,
                               double slope, const struct ot_dicom_pet *pet, struct ot_buffer *out,
                               struct ot_err *err)
{
    static const char *const pet_class = "1.2.840.10008.5.1.4.1.1.128";
    static const struct ot_dicom_row rows[] = {
        {0x00080008, "CS", "ORIGINAL\\PRIMARY"},
        {0x00181181, "CS", "NONE"},
        {0x00200012, "IS", "1"},
        {0x00280051, "CS", "DECY\\ATTN\\SCAT\\DTIM\\RAN\\NORM"},
        {0x00281052, "DS", "0"},
        {0x00541000, "CS", "STATIC\\IMAGE"},
        {0x00541001, "CS", "BQML"},
        {0x00541002, "CS", "EMISSION"},
        {0x00541100, "CS", "DLYD"},
        {0x00541101, "LO", "CT"},
        {0x00541102, "CS", "START"},
        {0x00541103, "LO", "OSEM"},
        {0x00541105, "LO", "Model"},
    };
    const double ms_per_s = 1000.0;
    const double lambda_per_s = log(2.0) / pet->half_life_s;
    const double decays = lambda_per_s * pet->duration_s;
    /* The mean of decaying activity over the frame, and the moment at which it has that value. */
    const double factor = decays / -expm1(-decays);
    const double reference_ms = log(factor) / lambda_per_s * ms_per_s;
    struct ot_dicom_build build = {.err = err};
    ot_build_begin(&build, series, "PT", pet_class, k);
    ot_build_rows(&build, rows, COUNT_OF(rows));
    ot_build_pixel_format(&build, grid);
    ot_build_plane(&build, grid, k);
    ot_build_numbers(&build, 0x00281053, &slope, 1);
    ot_build_printf(&build, 0x00181242, "IS", "%.0f", pet->duration_s * ms_per_s);
    ot_build_numbers(&build, 0x00541300, &reference_ms, 1);
    ot_build_numbers(&build, 0x00541321, &factor, 1);
    ot_build_printf(&build, 0x00540081, "US", "%zu", grid->n[2]);
    ot_build_printf(&build, 0x00541330, "US", "%zu", k + 1);
    put_isotope(&build, series, pet);
    put_orientation(&build);
    ot_build_pixels(&build, stored, grid->n[0] * grid->n[1]);
    return ot_build_end(&build, out);
}
